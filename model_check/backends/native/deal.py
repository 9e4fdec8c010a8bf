"""The same states divided among another number of shards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .kernel import Meta
from .store import Shard

__all__ = ["dealt"]


def dealt(
    shards: Sequence[Shard], starts: Sequence[Sequence[int]], number: int, box: int
) -> tuple[list[Shard], list[list[int]]]:
    """Shards with the same states, level by level, and where the levels begin in them.

    The last of the levels has not yet been expanded.
    """
    first = shards[0]
    code, source = first.code, first.source
    made = [Shard(code, source, i, number, box) for i in range(number)]
    deal = code.function("deal")
    begin: list[list[int]] = []
    before: Any = code.memory(1, half=True)  # an initial state comes from no other: 0
    ends = [*starts[1:], [s.count for s in shards]]
    for level, end in zip(starts, ends, strict=True):
        begin.append([s.count for s in made])
        for shard in made:
            shard.meta[Meta.FROM] = shard.count
            shard.reserve(shard.count + sum(end) - sum(level))
        longest = max(e - s for s, e in zip(level, end, strict=True))
        after = code.memory(max(1, longest * len(shards)), half=True)
        for old, start, stop in zip(shards, level, end, strict=True):
            for new in made:
                deal(
                    old.keys, old.parents, start, stop, start, old.number, len(shards), before,
                    after, new.keys, new.parents, new.meta, first.scratch,
                )  # fmt: skip
        before = after
    for i in range(3 * source.actions):
        made[0].counts[i] = sum(s.counts[i] for s in shards)
    for shard in made:
        shard.fill()
    return made, begin

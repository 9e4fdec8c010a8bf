"""The same states divided among another number of shards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .interface import Meta
from .store import Shard

__all__ = ["dealt"]


def dealt(
    shards: Sequence[Shard],
    starts: Sequence[Sequence[int]],
    number: int,
    box: int,
    *,
    halfway: bool = False,
) -> tuple[list[Shard], list[list[int]]]:
    """Shards with the same states, level by level, and where the levels begin in them.

    The last of the levels has not yet been expanded; ``halfway``, it is the one being reached, and
    the one before is expanded as far as the shards say.
    """
    first = shards[0]
    code, source = first.code, first.source
    made = [Shard(code, source, i, number, box, first.marks) for i in range(number)]
    deal = code.function("deal")
    begin: list[list[int]] = []
    expanded = [0] * number
    before: Any = code.memory(1, half=True)  # an initial state comes from no other: 0
    ends = [*starts[1:], [s.count for s in shards]]
    for level, end in zip(starts, ends, strict=True):
        begin.append([s.count for s in made])
        for shard in made:
            shard.meta[Meta.FROM] = shard.count
            shard.reserve(shard.count + sum(end) - sum(level))
        # States of a level that are expanded come before those that are not.
        parts = [list(zip(level, end, strict=True))]
        current = halfway and len(begin) == len(starts) - 1
        if current:
            done = [start + int(s.meta[Meta.NEXT]) for s, start in zip(shards, level, strict=True)]
            parts = [list(zip(level, done, strict=True)), list(zip(done, end, strict=True))]
        longest = max(e - s for s, e in zip(level, end, strict=True))
        after = code.memory(max(1, longest * len(shards)), half=True)
        for part in parts:
            for old, first_of, (start, stop) in zip(shards, level, part, strict=True):
                for new in made:
                    at = int(new.meta[Meta.COUNT] - new.meta[Meta.FROM])
                    deal(
                        old.keys, old.parents, old.acts, start, stop, first_of, old.number,
                        len(shards), before, after, new.keys, new.parents, new.acts, new.meta,
                        first.scratch,
                    )  # fmt: skip
                    if first.marks is not None and level is starts[-1]:
                        code.function("hand")(
                            old.keys, start, stop, first_of, old.reached, new.reached, at, new.meta,
                            first.scratch,
                        )  # fmt: skip
            if current and part is parts[0]:
                expanded = [s.count - int(s.meta[Meta.FROM]) for s in made]
        before = after
    for i in range(3 * source.actions):
        made[0].counts[i] = sum(s.counts[i] for s in shards)
    for shard, done_of in zip(made, expanded, strict=True):
        shard.fill()
        if halfway:
            shard.meta[Meta.FROM] = begin[-2][shard.number]
            shard.meta[Meta.NEXT] = done_of
    return made, begin

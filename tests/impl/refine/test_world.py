"""Worlds as numbers, and the way back."""

from __future__ import annotations

import pytest

from ballotproof.impl.refine.raft.replication import ReplicationCluster
from ballotproof.impl.refine.world import MOST_CRASHES, Worlds


def test_a_world_is_unpacked_as_it_was_packed() -> None:
    worlds = Worlds(ReplicationCluster(2, 2, 0, 1))
    found = [worlds.initial()]
    for world in found:
        found += [new for _, new in worlds.successors(world)][:40]
        if len(found) > 3_000:
            break
    assert {w[-1] for w in found} == {0, 1}
    assert any(w[-2] for w in found)  # lost in a crash
    packed = [worlds.packed(w) for w in found]
    assert [worlds.unpacked(n) for n in packed] == found
    assert len(set(packed)) == len(set(found))


def test_more_crashes_than_can_be_packed_are_refused() -> None:
    Worlds(ReplicationCluster(2, 1, 0, MOST_CRASHES))
    with pytest.raises(ValueError, match="at most 15 crashes"):
        Worlds(ReplicationCluster(2, 1, 0, MOST_CRASHES + 1))

"""Snapshots in several chunks: nothing that the specification forbids, and mistakes in putting them
together are found."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from ballotproof.impl.core import NodeId, TimerExpired
from ballotproof.impl.raft import snapshots
from ballotproof.impl.raft import step as program
from ballotproof.impl.raft.messages import InstallSnapshot
from ballotproof.impl.raft.requests import Compact, Propose
from ballotproof.impl.raft.server import Effect, Effects, Incoming, Input, Server, Timer
from ballotproof.impl.refine.exhaustive import conform
from ballotproof.impl.refine.raft.chunks import ChunkCluster

from .script import Script

Patch = pytest.MonkeyPatch


class Watched(ChunkCluster):
    """Remembers what servers had of unfinished snapshots."""

    seen: set[Incoming]

    def step(self, core: Server, given: Input) -> tuple[Server, Sequence[Effect]]:
        after, effects = super().step(core, given)
        if after.incoming is not None:
            self.seen.add(after.incoming)
        return after, effects


def watched(
    servers: int,
    terms: int,
    commands: int = 0,
    crashes: int = 0,
    candidates: tuple[NodeId, ...] = (0, 1, 2),
) -> Watched:
    cluster = Watched(servers, terms, commands, crashes, candidates)
    cluster.seen = set()
    return cluster


ONE = (0,)
ALL = (0, 1, 2)


@pytest.mark.parametrize(
    ("size", "candidates", "most", "worlds", "complete"),
    [
        ((3, 1, 0, 0), ALL, None, 44_885, True),
        ((2, 2, 0, 1), ALL, None, 24_514, True),
        ((3, 2, 0, 0), ALL, 20_000, 20_000, False),
        pytest.param((3, 1, 1, 0), ONE, None, 952_605, True, marks=pytest.mark.slow),
        pytest.param((3, 1, 0, 1), ALL, None, 457_042, True, marks=pytest.mark.slow),
        pytest.param((2, 2, 1, 1), ALL, 300_000, 300_000, False, marks=pytest.mark.slow),
    ],
)
def test_every_event_is_steps_of_the_specification(
    size: tuple[int, int, int, int],
    candidates: tuple[NodeId, ...],
    most: int | None,
    worlds: int,
    complete: bool,
) -> None:
    found = conform(ChunkCluster(*size, candidates), most)
    assert found.deviation is None, str(found.deviation)
    assert found.complete == complete
    assert found.worlds - worlds in range(5)
    if size[3]:
        assert found.never == ()


def compacting(script: Script, index: int) -> None:
    """The leader takes a snapshot, and what it says then to the third server is delayed."""
    cluster = script.cluster
    assert isinstance(cluster, ChunkCluster)
    core = script.cores[0]
    script.give(0, Compact(index, cluster.stored(0, cluster.entries(core)[:index])))


def two_snapshots(cluster: ChunkCluster) -> Script:
    """The third server has heard nothing of two commands; the leader begins with the first one's
    snapshot, and the first of its chunks has arrived."""
    script = Script(cluster)
    script.give(0, TimerExpired(Timer.ELECTION))
    script.deliver(0, 1)
    script.give(0, Propose(b"command"))
    script.deliver(0, 1)
    script.waiting.clear()
    compacting(script, 1)
    script.give(0, TimerExpired(Timer.HEARTBEAT))
    script.deliver(0, 1)
    script.deliver(0, 2, most=1)
    assert script.cores[2].incoming == Incoming(1, 1, 1, (bytes([16]),))
    return script


def test_a_snapshot_that_begins_while_another_is_half_there() -> None:
    """Chunks that come too early, and those of a snapshot that was given up, are met."""
    cluster = watched(3, 1, 1, candidates=ONE)
    script = two_snapshots(cluster)
    found = conform(cluster, 15_000, begin=script.events)
    assert found.deviation is None, str(found.deviation)
    assert {x.last_index for x in cluster.seen} == {1, 2}
    assert any(x.ahead for x in cluster.seen)


# -------------------------------------------------------------------------------- mistakes
def torn(cluster: ChunkCluster, script: Script | None = None) -> None:
    """Another log is installed than the leader's."""
    found = conform(cluster, 30_000, begin=script.events if script else ()).deviation
    assert found is not None
    assert any("log" in x for x in found.differences), str(found)


def test_a_chunk_at_the_wrong_offset(monkeypatch: Patch) -> None:
    def received(x: Incoming, offset: int, data: bytes) -> Incoming:
        return replace(x, received=x.received + len(data), parts=(*x.parts, data))

    monkeypatch.setattr(snapshots, "received", received)
    torn(watched(3, 1, candidates=ONE))


def test_the_last_chunk_says_that_all_is_there(monkeypatch: Patch) -> None:
    right = snapshots.on_install_snapshot

    def on_install_snapshot(
        s: Server, sender: NodeId, m: InstallSnapshot
    ) -> tuple[Server, Effects]:
        if m.offset + len(m.data) == m.size:
            have = 0 if s.incoming is None else s.incoming.received
            m = replace(m, offset=have, size=have + len(m.data))
        return right(s, sender, m)

    monkeypatch.setattr(program, "on_install_snapshot", on_install_snapshot)
    cluster = watched(3, 1, 1, candidates=ONE)
    torn(cluster, two_snapshots(cluster))


def mixed(monkeypatch: Patch, *same: str) -> None:
    """What is half there counts as the snapshot of the next chunk: in what of it is named."""
    right = snapshots.on_install_snapshot

    def on_install_snapshot(
        s: Server, sender: NodeId, m: InstallSnapshot
    ) -> tuple[Server, Effects]:
        if s.incoming is not None:
            s = replace(s, incoming=replace(s.incoming, **{x: getattr(m, x) for x in same}))
        return right(s, sender, m)

    monkeypatch.setattr(program, "on_install_snapshot", on_install_snapshot)


def test_chunks_of_two_snapshots(monkeypatch: Patch) -> None:
    mixed(monkeypatch, "term", "last_index")
    cluster = watched(3, 1, 1, candidates=ONE)
    torn(cluster, two_snapshots(cluster))


def test_chunks_of_two_leaders(monkeypatch: Patch) -> None:
    """That snapshots end at the same entry does not make them one."""
    mixed(monkeypatch, "term")
    cluster = watched(3, 2)
    script = Script(cluster)
    script.give(0, TimerExpired(Timer.ELECTION))
    script.deliver(0, 1)
    script.waiting.clear()
    compacting(script, 1)
    script.give(0, TimerExpired(Timer.HEARTBEAT))
    script.deliver(0, 1)
    script.deliver(0, 2, most=1)
    script.give(1, TimerExpired(Timer.ELECTION))
    script.deliver(0, 1)
    torn(cluster, script)

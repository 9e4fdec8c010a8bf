"""Snapshots in the program: nothing that the specification forbids, and mistakes in them are
found."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ballotproof.impl.core import NodeId
from ballotproof.impl.raft import restart, snapshots
from ballotproof.impl.raft import step as program
from ballotproof.impl.raft.log import Index, Log
from ballotproof.impl.raft.messages import InstallSnapshot
from ballotproof.impl.raft.records import Snapshot
from ballotproof.impl.raft.requests import Compact
from ballotproof.impl.raft.server import Effects, Server
from ballotproof.impl.refine.exhaustive import Deviation, conform
from ballotproof.impl.refine.raft.snapshots import SnapshotCluster

Patch = pytest.MonkeyPatch


@pytest.mark.parametrize(
    ("servers", "terms", "commands", "crashes", "most", "worlds", "complete"),
    [
        (2, 1, 1, 1, None, 1_570, True),
        (2, 2, 0, 1, None, 23_586, True),
        (3, 1, 0, 0, None, 25_589, True),
        (3, 2, 0, 0, 30_000, 30_000, False),
        pytest.param(2, 2, 1, 1, None, 819_270, True, marks=pytest.mark.slow),
        pytest.param(3, 1, 0, 1, None, 218_746, True, marks=pytest.mark.slow),
    ],
)
def test_every_event_is_steps_of_the_specification(
    servers: int,
    terms: int,
    commands: int,
    crashes: int,
    most: int | None,
    worlds: int,
    complete: bool,
) -> None:
    found = conform(SnapshotCluster(servers, terms, commands, crashes), most)
    assert found.deviation is None, str(found.deviation)
    assert found.complete == complete
    assert found.worlds - worlds in range(5)
    assert found.whole == 0
    if (servers, terms, crashes) == (2, 2, 1):
        assert found.never == ()


def found_in(servers: int, terms: int, commands: int, crashes: int = 0) -> Deviation:
    found = conform(SnapshotCluster(servers, terms, commands, crashes), 60_000).deviation
    assert found is not None
    return found


def test_a_snapshot_of_what_is_not_committed(monkeypatch: Patch) -> None:
    right = snapshots.compact

    def compact(s: Server, given: Compact) -> tuple[Server, Effects]:
        after, effects = right(replace(s, commit=s.log.last_index), given)
        return replace(after, commit=s.commit), effects

    monkeypatch.setattr(program, "compact", compact)
    found = found_in(2, 1, 0)
    assert found.refused is not None, str(found)
    assert found.refused[0] == "take_snapshot"


def test_a_snapshot_that_always_replaces_the_log(monkeypatch: Patch) -> None:
    """7: what follows the last entry of the snapshot in the log stays."""

    def cut(log: Log, snapshot: Snapshot, base: Index) -> Log:
        return Log().compacted(snapshot.index, snapshot.term)

    monkeypatch.setattr(snapshots, "cut", cut)
    found = found_in(2, 1, 1)
    assert found.refused or any("log" in x for x in found.differences), str(found)


def test_an_old_snapshot_is_taken(monkeypatch: Patch) -> None:
    right = snapshots.on_install_snapshot

    def on_install_snapshot(
        s: Server, sender: NodeId, m: InstallSnapshot
    ) -> tuple[Server, Effects]:
        return right(replace(s, commit=min(s.commit, m.last_index - 1)), sender, m)

    monkeypatch.setattr(program, "on_install_snapshot", on_install_snapshot)
    found = found_in(3, 1, 0)
    assert any("snapshot" in x for x in found.differences), str(found)


def test_a_server_that_starts_before_its_snapshot(monkeypatch: Patch) -> None:
    right = restart.recovered

    def recovered(*given: object) -> tuple[Server, Effects]:
        s, effects = right(*given)  # type: ignore[arg-type]  # as they are
        return replace(s, commit=0), effects

    monkeypatch.setattr("ballotproof.impl.refine.raft.replication.recovered", recovered)
    found = found_in(2, 1, 0, crashes=1)
    assert any("commit" in x for x in found.differences), str(found)

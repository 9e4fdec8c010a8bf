"""Real stores on simulated disks: what power failures and rot leave is what the run goes on with,
and a store that is careless is noticed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from ballotproof.impl.host.simulator.disks import Disk
from ballotproof.impl.host.simulator.runs import KINDS, Kind, run_of
from ballotproof.impl.host.storage import store
from ballotproof.impl.host.storage.failures import StorageFailure
from ballotproof.impl.host.storage.frames import HEADER, Frame
from ballotproof.impl.host.storage.kept import Format
from ballotproof.impl.host.storage.modelled import ModelledFiles
from ballotproof.impl.raft.log import Entry
from ballotproof.impl.raft.records import Durable, Record, written

STORED = [k for k in KINDS if k.program().form is not None]
ROTTEN = next(k for k in STORED if "rots" in k.name)
RAFT = Format(Durable(), Record, written)


def test_each_protocol_has_runs_with_stores() -> None:
    assert {k.name.split()[0].strip(",") for k in STORED} == {"raft", "multi-paxos", "paxos"}


def test_what_power_failures_and_rot_do() -> None:
    """Of what was being written all is there, or nothing; a flipped bit is noticed, unless it is in
    what only says how far all is synced."""
    seen: Counter[str] = Counter()
    for seed in range(60):
        result = run_of(seed, STORED[seed % len(STORED)]).run(journal=True)
        assert result.violation is None
        for line in result.journal or ():
            found = re.search(r"(\d+) of (\d+) records survive|a bit flips, and is (\w+)", line)
            if found is not None:
                seen[
                    found[3] or ("all" if found[1] == found[2] != "0" else f"{found[1]} of some")
                ] += 1
    assert set(seen) == {"all", "0 of some", "noticed", "harmless"}
    assert min(seen.values()) >= 3


def test_every_kind_of_end_comes_of_one_write() -> None:
    """A record that is longer than a sector, on a disk that has some already."""
    ends = Counter[int]()
    for number in range(200):
        disk = Disk(RAFT, 1)
        disk.keep([Record(1, 1), Record(1, 1, 0, (Entry(1, b"before"),))])
        ends[disk.power_fails([Record(2, None, 1, (Entry(2, bytes(range(200))),))], number)] += 1
        assert disk.kept.state.term == 1 + (disk.kept.store.last == 3)
    assert set(ends) == {0, 1}
    assert min(ends.values()) > 40


def violations(kind: Kind, runs: int = 60) -> list[str]:
    found = (run_of(seed, kind).run().violation for seed in range(runs))
    return [x for x in found if x is not None]


@pytest.mark.parametrize("kind", STORED, ids=lambda k: k.name)
def test_a_store_that_does_not_sync(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ModelledFiles, "sync", lambda self, name: None)
    found = violations(kind)
    assert found
    assert all(re.search(r"finds -?\d+ of|takes a torn write for damage", x) for x in found)


def unchecked(data: bytes, offset: int, kind: bytes) -> Frame | None:
    """Like ``frame_at``, and takes what it finds for whole."""
    if offset + HEADER.size > len(data):
        return None
    found, number, count, before, length, checksum = HEADER.unpack_from(data, offset)
    end = offset + HEADER.size + length
    if found != kind or end > len(data):
        return None
    return Frame(kind, number, count, before, checksum, data[offset + HEADER.size : end], end)


def test_a_store_that_does_not_look_at_checksums(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "frame_at", unchecked)
    noticed = 0
    for seed in range(60):
        with suppress(StorageFailure, ValueError, IndexError):  # nonsense for the store too
            noticed += run_of(seed, ROTTEN).run().violation is not None
    assert noticed > 5


@pytest.mark.parametrize("rot", [Disk.rots, Disk.power_fails])
def test_the_number_draws_what_happens(rot: Callable[..., Any]) -> None:
    def left(number: int) -> tuple[Any, dict[str, bytes]]:
        disk = Disk(RAFT, 1)
        disk.keep([Record(1, 1)])
        writing = [[Record(2, None, 0, (Entry(2, bytes(300)),))]] if rot is Disk.power_fails else []
        found = rot(disk, *writing, number)
        return found, {name: disk.files.read(name) for name in disk.files.names()}

    assert left(7) == left(7)
    assert len({str(left(number)) for number in range(20)}) > 3

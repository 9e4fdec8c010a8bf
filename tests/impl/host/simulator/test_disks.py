"""Real stores on simulated disks: what power failures, errors and rot leave is what the run goes on
with, and a store or a host that is careless is noticed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import pytest

from ballotproof.impl.host.simulator.decisions import Chance
from ballotproof.impl.host.simulator.disks import Disk
from ballotproof.impl.host.simulator.faults import Call, DiskFails, Dose
from ballotproof.impl.host.simulator.raft import RaftProgram
from ballotproof.impl.host.simulator.runs import KINDS, Kind, run_of
from ballotproof.impl.host.simulator.simulator import Simulator
from ballotproof.impl.host.storage import store
from ballotproof.impl.host.storage.failures import StorageFailure
from ballotproof.impl.host.storage.frames import HEADER, Frame
from ballotproof.impl.host.storage.kept import Format
from ballotproof.impl.host.storage.modelled import Fault, ModelledFiles
from ballotproof.impl.host.storage.store import Store
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


# -------------------------------------------------------------------------------------- errors
GROUP = [Record(2, None, 1, (Entry(2, bytes(range(200))), Entry(2, b"x")))]


@pytest.mark.parametrize("fault", Fault)
def test_every_operation_of_a_group_may_fail(fault: Fault) -> None:
    """A new segment, the group and its mark, and a snapshot. Afterwards all of the group is there,
    or nothing of it, and the store goes on from there."""

    def disk() -> Disk:
        made = Disk(RAFT, 1)
        made.keep([Record(1, 1), Record(1, 1, 0, (Entry(1, bytes(900)),))])
        return made

    whole = disk()
    begin = whole.files.operations
    whole.keep(GROUP)
    operations = whole.files.operations - begin
    assert operations >= 7
    ends: Counter[int] = Counter()
    for operation in range(1, operations + 1):
        for number in range(20):
            broken = disk()
            broken.will_fail(fault, operation, reading=False)
            assert broken.may_fail()
            with pytest.raises(StorageFailure, match=re.escape(fault.value)):
                broken.keep(GROUP)
            ends[broken.power_fails(GROUP, number)] += 1
            there = broken.kept.store.last == whole.kept.store.last
            assert broken.kept.state.term == 1 + there
            assert not broken.may_fail()
            broken.keep([Record(3, 1)])
            assert broken.kept.state.term == 3
    assert set(ends) == {0, 1}
    assert min(ends.values()) >= 15


def test_a_disk_that_cannot_be_read_is_opened_again() -> None:
    """Each reading operation of opening fails, and then it is as if none had."""
    reads = 3
    for operation in range(1, 2 * reads + 1):
        disk = Disk(RAFT, 1)
        disk.keep([Record(1, 1, 0, (Entry(1, b"before"),)), *GROUP])
        disk.will_fail(Fault.IO, operation, reading=True)
        assert disk.power_fails((), operation) == 0
        assert disk.kept.state.term == 2
        assert disk.refused == ["input/output error"] * (operation <= reads)
        assert disk.files.reads == reads
        assert disk.power_fails((), 1) == 0
        assert disk.refused == ["input/output error"] * (operation > reads)  # it was to come
        assert disk.kept.state.term == 2


def test_a_host_whose_disk_fails_stops_until_it_is_mended() -> None:
    """Nothing leaves it meanwhile; and it is down for as long again if its disk cannot be read."""
    dose = Dose(loss=0, copies=0)
    plan = (
        DiskFails(500, 0, 300, Fault.FULL, 2),
        DiskFails(500, 0, 300, Fault.IO, 3, reading=True),
    )
    calls = tuple(Call(600 + 40 * n, 0, "write", "x", n) for n in range(30))
    program = RaftProgram(3, compact_every=5, stored=True)
    result = Simulator(program, (*plan, *calls), Chance(1, dose), dose, journal=True).run()
    told = result.journal or []
    assert result.violation is None
    fails = next(i for i, x in enumerate(told) if "server 0: the disk fails: no space" in x)
    starts = next(i for i, x in enumerate(told) if i > fails and "server 0 starts" in x)
    down = told[fails + 1 : starts]
    said = [x.split(None, 1)[1] for x in down if "server 0" in x]
    assert said[0] == "server 0 stops"
    assert re.fullmatch(r"server 0: \d of \d records survive", said[1])
    assert said[2:] == ["server 0: the disk cannot be read: input/output error"]
    assert int(told[starts].split()[0]) - int(told[fails].split()[0]) == 600
    late = int(told[fails].split()[0]) + 100  # what it had sent before has arrived by then
    assert not [x for x in down if " 0 -> " in x and int(x.split()[0]) > late]
    assert [x for x in told[starts:] if " 0 -> " in x]
    assert sum(op.returned is not None for op in result.history) == 30


def test_errors_of_every_kind_happen_in_runs() -> None:
    seen: Counter[str] = Counter()
    for seed in range(100):
        result = run_of(seed, STORED[seed % len(STORED)]).run(journal=True)
        assert result.violation is None
        for line in result.journal or ():
            found = re.search(r"the disk (fails|cannot be read): (.*)", line)
            if found is not None:
                seen[found[1] if found[1] != "fails" else found[2]] += 1
    assert set(seen) == {*(f.value for f in Fault), "cannot be read"}
    assert min(seen.values()) >= 5


def violations(kind: Kind, runs: int = 60) -> list[str]:
    found = (run_of(seed, kind).run().violation for seed in range(runs))
    return [x for x in found if x is not None]


@pytest.mark.parametrize("kind", STORED, ids=lambda k: k.name)
def test_a_store_that_does_not_sync(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ModelledFiles, "sync", lambda self, name: None)
    found = violations(kind)
    assert found
    assert all(re.search(r"finds -?\d+ of|takes a torn write for damage", x) for x in found)


ERRORS = [k for k in STORED if k.dose.errors]


@pytest.mark.parametrize("kind", ERRORS, ids=lambda k: k.name)
def test_a_store_that_drops_an_error(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says that it has stored what it has not. What follows may make no sense without that."""
    right = Store.sync

    def sync(self: Store) -> None:
        with suppress(StorageFailure):
            right(self)
            return
        self._failed, self._waiting = None, []

    monkeypatch.setattr(Store, "sync", sync)
    found = []
    for seed in range(60):
        try:
            found.append(run_of(seed, kind).run().violation or "")
        except (IndexError, AssertionError) as error:
            found.append(f"nonsense: {error}")
    noticed = [x for x in found if x]
    assert noticed
    assert all(re.search(r"finds|nonsense|a torn write for damage", x) for x in noticed)


@pytest.mark.parametrize("kind", ERRORS, ids=lambda k: k.name)
def test_a_host_that_goes_on_after_an_error(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """It tells others of what was never stored."""
    right = Disk.keep

    def keep(self: Disk, records: Sequence[Any]) -> None:
        with suppress(StorageFailure):
            right(self, records)

    monkeypatch.setattr(Disk, "keep", keep)
    found = violations(kind)
    assert found
    assert all("finds" in x for x in found)


def test_a_store_that_takes_an_error_for_an_empty_file(monkeypatch: pytest.MonkeyPatch) -> None:
    right = ModelledFiles.read

    def read(self: ModelledFiles, name: str) -> bytes:
        try:
            return right(self, name)
        except StorageFailure:
            return b""

    monkeypatch.setattr(ModelledFiles, "read", read)
    assert any(violations(kind) for kind in ERRORS)


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

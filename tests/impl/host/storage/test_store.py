"""Whatever was synced is there after every crash; whatever else is wrong is refused.

A script of appends, syncs and snapshots runs on the model of a disk. Before each change that it
makes to the disk power may fail, in every way that the model knows; each disk that is left is
opened again, and has to hold all that was acknowledged, and nothing that was not written.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence

import pytest

from ballotproof.impl.host.storage.failures import Damaged, StorageFailure
from ballotproof.impl.host.storage.modelled import Fault, Image, ModelledFiles, image
from ballotproof.impl.host.storage.store import Recovered, Store

Script = Sequence[str]
SECTOR = 32


def record(n: int) -> bytes:
    """Of different lengths, and such that none is the beginning of another."""
    return f"record {n};".encode() * (1 + n % 3)


def state(n: int) -> bytes:
    return b"state after " + b"|".join(record(i) for i in range(1, n + 1))


class Run:
    """Runs a script, and knows what has been acknowledged at every instant."""

    def __init__(self, script: Script, files: ModelledFiles, segment_bytes: int = 150) -> None:
        self.script, self.files, self.segment_bytes = script, files, segment_bytes
        self.acknowledged = 0
        self.appended = 0
        self.made = False

    def run(self) -> None:
        store = Store.create(self.files, b"s1", self.segment_bytes)
        self.made = True
        for word in self.script:
            match word:
                case "append":
                    self.appended += 1
                    assert store.append(record(self.appended)) == self.appended
                case "sync":
                    store.sync()
                    self.acknowledged = self.appended
                case "snapshot":
                    store.snapshot(state(self.appended))
                    self.acknowledged = self.appended
                case "reopen":  # the process was killed: what is in its memory is gone
                    store, found = Store.open(self.files, b"s1", self.segment_bytes)
                    self.appended = right(found, self.acknowledged, self.appended)
                    self.acknowledged = self.appended
                case _:
                    raise AssertionError(word)


def right(found: Recovered, acknowledged: int, appended: int) -> int:
    """How many records are there: all that were acknowledged, none that was not written."""
    count = found.number + len(found.records)
    assert acknowledged <= count <= appended
    assert found.snapshot == state(found.number) or (found.snapshot is None and not found.number)
    expected = tuple(record(i) for i in range(found.number + 1, count + 1))
    assert found.records == expected
    return count


def opened(disk: Image) -> tuple[ModelledFiles, Store, Recovered]:
    files = ModelledFiles(disk, SECTOR)
    store, found = Store.open(files, b"s1", 150)
    return files, store, found


LETTERS = {"a": "append", "s": "sync", "t": "snapshot", "r": "reopen"}


def script(letters: str) -> Script:
    return [LETTERS[x] for x in letters]


SCRIPTS: Sequence[Script] = (
    script("asaasas"),
    script("aasastastas"),
    script("aaaasasasas"),
    script("asarastras"),
)

Left = tuple[Image, int, int, bool]
"""A disk that may be left at some instant; what was acknowledged and appended by then, and whether
the store was made."""


def crashes(script: Script, drawn: random.Random | None = None) -> list[Left]:
    """All disks that may be left, or some at each instant."""
    found: list[Left] = []

    def power_fails(_: str) -> None:
        disks: Iterable[Image]
        if drawn is None:
            disks = files.after_every_power_failure()
        else:
            disks = [files.after_power_failure(drawn) for _ in range(20)]
        found.extend((disk, run.acknowledged, run.appended, run.made) for disk in disks)

    files = ModelledFiles((), SECTOR, power_fails)
    run = Run(script, files)
    run.run()
    power_fails("the end")
    return list(dict.fromkeys(found))


def left_by_opening(disk: Image, drawn: random.Random) -> list[Image]:
    """A disk for each change that recovery makes, as if power failed just before it."""
    left: list[Image] = []
    files = ModelledFiles(disk, SECTOR, lambda _: left.append(files.after_power_failure(drawn)))
    Store.open(files, b"s1", 150)
    return left


def survives(disk: Image, acknowledged: int, appended: int, *, made: bool) -> int:
    """The disk is opened, and goes on; how often power failed on the way."""
    if not made and not any(name == "identity" for name, _ in disk):
        with pytest.raises(Damaged, match="there is no store here"):
            opened(disk)
        Store.create(ModelledFiles(disk, SECTOR), b"s1")
        return 1
    files, store, found = opened(disk)
    count = right(found, acknowledged, appended)
    store.append(record(count + 1))
    store.sync()
    again = ModelledFiles(files.after_power_failure(random.Random(count)), SECTOR)
    _, found = Store.open(again, b"s1")
    assert right(found, count + 1, count + 1) == count + 1
    return 2


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda s: f"{len(s)}")
def test_every_crash_point(script: Script) -> None:
    for disk, acknowledged, appended, made in crashes(script):
        survives(disk, acknowledged, appended, made=made)


def some_crash_points(script: Script, drawn: random.Random, seen: set[Image]) -> None:
    """Power fails at each instant in some of the ways in which it may."""
    for disk, acknowledged, appended, made in crashes(script, drawn):
        if disk not in seen:
            seen.add(disk)
            survives(disk, acknowledged, appended, made=made)


def test_crashes_are_many() -> None:
    """The bar is 10,000; the slow test below has 100,000."""
    found = [len({x[0] for x in crashes(script)}) for script in SCRIPTS]
    assert found == [680, 8_240, 1_310, 3_065]


def test_a_crash_during_recovery() -> None:
    """Power fails, and again while the store is opened, at each change that this makes."""
    seen = 0
    drawn = random.Random(7)
    for disk, acknowledged, appended, made in drawn.sample(crashes(SCRIPTS[1]), 400):
        for again in left_by_opening(disk, drawn) if made else ():
            seen += survives(again, acknowledged, appended, made=True)
    assert seen > 2_000


def test_whatever_a_power_failure_may_leave_is_drawn() -> None:
    """Nothing else, and also what remains of the first sectors of a long write."""
    files = ModelledFiles((("log", b"head"),), sector_bytes=4)
    files.append("log", bytes(range(1, 15)))
    files.truncate("log", 10)
    files.rename("log", "kept")
    all_of_them = set(files.after_every_power_failure())
    drawn = random.Random(5)
    assert {files.after_power_failure(drawn) for _ in range(20_000)} == all_of_them
    assert len(all_of_them) > 200


@pytest.mark.slow
def test_a_hundred_thousand_crashes() -> None:
    """Random scripts, and power that fails at any instant: 100,000 different disks."""
    drawn = random.Random(20)
    seen: set[Image] = set()
    while len(seen) < 100_000:
        some_crash_points(script("".join(drawn.choice("aastr") for _ in range(30))), drawn, seen)


# ---------------------------------------------------------------------------------- damage
def closed(script: Script) -> tuple[Image, int]:
    """A disk after everything was synced, and how many records are in it."""
    files = ModelledFiles((), SECTOR)
    run = Run(script, files)
    run.run()
    return image({name: files.read(name) for name in files.names()}), run.appended


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda s: f"{len(s)}")
def test_every_flipped_bit_is_refused(script: Script) -> None:
    """Or it is in one of the two slots of ``synced``, and harms nothing."""
    disk, count = closed(script)
    harmless = refused = 0
    for place, (name, content) in enumerate(disk):
        for bit in range(8 * len(content)):
            flipped = bytearray(content)
            flipped[bit // 8] ^= 1 << bit % 8
            files = (*disk[:place], (name, bytes(flipped)), *disk[place + 1 :])
            if name == "synced":
                harmless += 1
                assert right(opened(files)[2], count, count) == count
            else:
                refused += 1
                with pytest.raises(Damaged, match=name):
                    opened(files)
    assert harmless == 8 * 128
    assert refused == 8 * sum(len(content) for name, content in disk if name != "synced")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda s: f"{len(s)}")
def test_what_is_missing_is_refused(script: Script) -> None:
    """A file that was removed, or cut short."""
    disk, _ = closed(script)
    for place, (name, content) in enumerate(disk):
        with pytest.raises(Damaged):
            opened((*disk[:place], *disk[place + 1 :]))
        for size in range(0, len(content), 7):
            if name != "synced":
                with pytest.raises(Damaged):
                    opened((*disk[:place], (name, content[:size]), *disk[place + 1 :]))


def test_an_older_group_does_not_pass_for_a_later_one() -> None:
    """A disk that left one group out: each that is there is whole, and yet it is noticed."""
    files = ModelledFiles((), SECTOR)
    store = Store.create(files, b"s1")
    for word in (b"one", b"two", b"six"):
        store.append(word)
        store.sync()
    name = "0000000000000001.log"
    data = files.read(name)
    second, third = data.find(b"BPG1", 40), data.rfind(b"BPG1")
    disk = {n: files.read(n) for n in files.names()}
    disk[name] = data[:second] + data[third:]
    with pytest.raises(Damaged, match="group"):
        opened(image(disk))


def test_what_follows_tells_damage_from_torn_writes() -> None:
    """Without ``synced``, too: a group with others behind it was synced; the last may be torn."""
    files = ModelledFiles((), SECTOR)
    store = Store.create(files, b"s1")
    for n in (1, 2, 3):
        store.append(record(n))
        store.sync()
    disk = {name: files.read(name) for name in files.names()} | {"synced": bytes(128)}
    name = "0000000000000001.log"
    places = [i for i in range(len(disk[name])) if disk[name].startswith(b"BPG1", i)]
    assert len(places) == 3
    for i, place in enumerate(places):
        log = bytearray(disk[name])
        log[place + 40] ^= 1
        if i < 2:
            with pytest.raises(Damaged, match="checksum of a group"):
                opened(image(disk | {name: bytes(log)}))
        else:
            assert len(opened(image(disk | {name: bytes(log)}))[2].records) == 2


# ---------------------------------------------------------------------------------- faults
@pytest.mark.parametrize("fault", Fault)
def test_a_store_that_failed_takes_nothing_more(fault: Fault) -> None:
    """Each operation fails once. What was acknowledged before is there; nothing is tried again."""
    script = SCRIPTS[1]
    whole = ModelledFiles((), SECTOR)
    Run(script, whole).run()
    for operation in range(1, whole.operations + 1):
        files = ModelledFiles((), SECTOR)
        files.faults[operation] = fault
        run = Run(script, files)
        with pytest.raises(StorageFailure):
            run.run()
        assert files.operations == operation
        if not run.made:
            continue
        seed = random.Random(operation)
        for _ in range(5):
            _, _, found = opened(files.after_power_failure(seed))
            right(found, run.acknowledged, run.appended)


def test_what_cannot_be_read_is_not_taken_for_missing() -> None:
    """Each reading and each other operation of opening a store fails once. The store is refused,
    not emptied and not called damaged, and the next attempt finds everything."""
    files = ModelledFiles((), SECTOR)
    Run(SCRIPTS[1], files).run()
    left = image({name: files.read(name) for name in files.names()})
    whole = ModelledFiles(left, SECTOR)
    _, found = Store.open(whole, b"s1", 150)
    assert (whole.reads, whole.operations) >= (4, 2)
    for reading in (True, False):
        for number in range(1, (whole.reads if reading else whole.operations) + 1):
            broken = ModelledFiles(left, SECTOR)
            (broken.read_faults if reading else broken.faults)[number] = Fault.IO
            with pytest.raises(StorageFailure, match="input/output error"):
                Store.open(broken, b"s1", 150)
            assert broken.faulted
            for seed in range(5):
                again = ModelledFiles(broken.after_power_failure(random.Random(seed)), SECTOR)
                assert Store.open(again, b"s1", 150)[1] == found


def test_fsync_is_not_tried_again() -> None:
    files = ModelledFiles()
    store = Store.create(files, b"s1")
    store.append(b"x")
    files.faults[files.operations + 2] = Fault.LOST
    with pytest.raises(StorageFailure, match="forgotten"):
        store.sync()
    for go_on in (store.sync, lambda: store.append(b"y"), lambda: store.snapshot(b"")):
        with pytest.raises(StorageFailure, match="has failed before: input/output error"):
            go_on()


# ----------------------------------------------------------------------------------- names
def test_a_store_is_made_once_and_belongs_to_one() -> None:
    files = ModelledFiles()
    with pytest.raises(Damaged, match="there is no store here"):
        Store.open(files, b"s1")
    Store.create(files, b"s1").close()
    with pytest.raises(StorageFailure, match="open it"):
        Store.create(files, b"s1")
    with pytest.raises(StorageFailure, match="that of b's1'"):
        Store.open(files, b"s2")


def test_group_commit() -> None:
    """However many records: one write and one sync of the log, and one write of the mark."""
    files = ModelledFiles()
    store = Store.create(files, b"s1")
    for n in range(1, 101):
        store.append(record(n))
    before = files.operations
    store.sync()
    assert files.operations == before + 3
    assert store.last == 100


def test_snapshots_keep_the_log_short() -> None:
    files = ModelledFiles()
    store = Store.create(files, b"s1", segment_bytes=200)
    for n in range(1, 101):
        store.append(record(n))
        store.sync()
    assert len(files.names()) > 20
    store.snapshot(state(100))
    assert files.names() == [
        "0000000000000100.snapshot",
        "0000000000000101.log",
        "identity",
        "synced",
    ]
    assert list(itertools.chain(store.files.names())) == files.names()

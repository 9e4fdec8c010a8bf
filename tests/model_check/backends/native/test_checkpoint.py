"""A search that was put down and taken up ends like one that never was.

Goal: nothing that can happen to a process or a disk costs more than what came after the last
checkpoint, and nothing that happened to the files is taken for a checkpoint. Method: searches that
are stopped by each limit, killed at any moment, and whose files are cut, changed or cannot be
written; the figures at the end are compared with those of a search in one piece.
"""

from __future__ import annotations

import errno
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.backends.native import checkpoint, search, store
from ballotproof.model_check.backends.native.machine import Compiled
from ballotproof.model_check.backends.native.search import native
from ballotproof.model_check.explore.claims import Claims
from ballotproof.model_check.explore.resources import Resources
from ballotproof.model_check.explore.search import Exploration, Limits, Why
from ballotproof.model_check.frontend.read import read
from ballotproof.spec.commit.transaction_commit import ResourceManager
from ballotproof.spec.commit.two_phase import TwoPhase
from ballotproof.spec.consensus import Value
from ballotproof.spec.lang import Model
from ballotproof.spec.lang.errors import CheckpointError, UsageError
from ballotproof.spec.paxos.single_decree import SingleDecree
from ballotproof.spec.voting import Acceptor, Ballot

FIVE = Model(name="5", protocol=TwoPhase, sizes={ResourceManager: 5})
PAXOS = Model(name="2 ballots", protocol=SingleDecree, sizes={Acceptor: 3, Ballot: 2, Value: 2})


def explored(
    model: Model, resources: Resources | None = None, limits: Limits | None = None
) -> Exploration:
    system = Interpreter(read(model.protocol, model), model)
    claims = Claims(system, deadlock=model.deadlock)
    return native(
        system,
        claims,
        limits or Limits(),
        code=Compiled,
        resources=resources or Resources(threads=1),
    )


def figures(found: Exploration) -> dict[str, Any]:
    return {
        "states": found.states,
        "initial": found.initial,
        "levels": found.levels,
        "depth": found.depth,
        "transitions": found.transitions,
        "actions": {
            a: (c.transitions, c.enabled_in, c.discovered) for a, c in found.actions.items()
        },
        "unreached": found.unreached,
        "vacuous": found.vacuous,
    }


@pytest.fixture
def in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Edges after a few states, so that there are many moments to stop at."""
    for name in ("BUDGET", "SHARED_BUDGET"):
        monkeypatch.setattr(search, name, 150)
    monkeypatch.setattr(search, "BOX", 1)


@pytest.mark.usefixtures("in_small_steps")
@pytest.mark.parametrize("model", [FIVE, PAXOS], ids=lambda m: m.name)
@pytest.mark.parametrize("threads", [(1, 3), (3, 2), (2, 2)])
def test_a_search_in_pieces_ends_as_one_in_one_piece(
    model: Model, threads: tuple[int, int], tmp_path: Path
) -> None:
    """Stopped again and again, and each time taken up by another number of threads."""
    whole = explored(model)
    resources = Resources(threads=threads[0], checkpoint=tmp_path)
    found = explored(model, resources, Limits(states=500))
    pieces = 1
    while found.stopped is not None:
        assert (found.stopped, found.checkpoint) == (Why.STATES, str(tmp_path))
        assert found.states == sum(found.levels)
        resources = replace(resources, resume=True, threads=threads[pieces % 2])
        found = explored(model, resources, Limits(states=found.states + 2_500))
        pieces += 1
    assert pieces > 2
    assert figures(found) == figures(whole)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("in_small_steps")
def test_other_limits_put_it_down_too(tmp_path: Path) -> None:
    whole = figures(explored(FIVE))
    found = explored(FIVE, Resources(threads=1, checkpoint=tmp_path), Limits(seconds=0.001))
    assert found.stopped is Why.TIME
    again = Resources(threads=2, checkpoint=tmp_path, resume=True)
    found = explored(FIVE, again, Limits(depth=9))
    assert found.stopped is Why.DEPTH
    assert figures(explored(FIVE, again)) == whole


def test_a_directory_is_for_one_search(tmp_path: Path) -> None:
    resources = Resources(threads=1, checkpoint=tmp_path)
    with pytest.raises(UsageError, match="holds no checkpoint"):
        explored(FIVE, replace(resources, resume=True))
    explored(FIVE, resources, Limits(states=1_000))
    with pytest.raises(UsageError, match="ballotproof resume"):
        explored(FIVE, resources)
    for other in (replace(FIVE, sizes={ResourceManager: 4}), replace(FIVE, deadlock=True)):
        with pytest.raises(CheckpointError, match="another search"):
            explored(other, replace(resources, resume=True))


@pytest.mark.parametrize("ending", ["json", "keys", "parents", "tail"])
@pytest.mark.parametrize("how", ["cut", "changed", "gone"])
def test_a_damaged_file_is_noticed(ending: str, how: str, tmp_path: Path) -> None:
    resources = Resources(threads=2, checkpoint=tmp_path)
    explored(FIVE, resources, Limits(states=3_000))
    path = sorted(tmp_path.glob(f"*.{ending}"))[0]
    data = path.read_bytes()
    middle = len(data) // 2
    if how == "gone":
        path.unlink()
    elif how == "cut":
        path.write_bytes(data[:middle])
    else:
        path.write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])
    expected = UsageError if (ending, how) == ("json", "gone") else CheckpointError
    with pytest.raises(expected, match=r"damaged|holds no checkpoint"):
        explored(FIVE, replace(resources, resume=True))


def test_what_stands_behind_the_last_checkpoint_does_not_count(tmp_path: Path) -> None:
    """A process that is killed while it writes leaves states that no header speaks of."""
    resources = Resources(threads=1, checkpoint=tmp_path)
    explored(FIVE, resources, Limits(states=3_000))
    for path in [*tmp_path.glob("*.keys"), *tmp_path.glob("*.parents")]:
        with path.open("ab") as file:
            file.write(b"half a sta")
    (tmp_path / "search.json.new").write_bytes(b"{half a head")
    found = explored(FIVE, replace(resources, resume=True))
    assert (found.states, found.depth) == (8_832, 17)


@pytest.mark.usefixtures("in_small_steps")
def test_a_full_disk_ends_the_search_and_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = Resources(threads=1, checkpoint=tmp_path, every_s=0.0)
    explored(FIVE, resources, Limits(states=2_000))
    write = checkpoint._write
    left = [20_000]

    def full(file: Any, data: memoryview) -> str:
        left[0] -= len(data)
        if left[0] < 0:
            file.write(data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "no space left on device")
        return write(file, data)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "_write", full)
        found = explored(FIVE, replace(resources, resume=True))
    assert found.stopped is Why.DISK
    assert 2_000 < found.states < 8_832
    whole = figures(explored(FIVE))
    assert figures(explored(FIVE, replace(resources, resume=True))) == whole


class Killed(BaseException):
    """Nothing is done after it."""


def dying(patch: pytest.MonkeyPatch, operations: int) -> list[str]:
    """Die at the operation on files that comes after so many; what was done."""
    done: list[str] = []

    def counted(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def instead(*arguments: Any, **options: Any) -> Any:
            if len(done) >= operations:
                if name == "write" and len(done) == operations:
                    file, data = arguments
                    file.write(data[: len(data) // 2])
                done.append(name)
                raise Killed
            done.append(name)
            return work(*arguments, **options)

        return instead

    patch.setattr(checkpoint, "_write", counted("write", checkpoint._write))
    patch.setattr(checkpoint, "open", counted("open", open), raising=False)
    for of, name in ((os, "fsync"), (os, "replace"), (Path, "unlink")):
        patch.setattr(of, name, counted(name, getattr(of, name)))
    return done


def gone_on(folder: Path, threads: int, patch: pytest.MonkeyPatch, operations: int) -> list[str]:
    """Begin a search or take it up, and die after so many operations; what was done."""
    resources = Resources(
        threads=threads, checkpoint=folder, every_s=0.0, resume=checkpoint.has_checkpoint(folder)
    )
    with patch.context() as inner:
        done = dying(inner, operations)
        with suppress(Killed):
            explored(FIVE, resources)
    return done


@pytest.mark.filterwarnings(
    "ignore:unclosed file", "ignore::pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.parametrize("threads", [1, 2])
def test_killed_at_each_operation_of_the_last_ones(
    threads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also between the last header and the end, when files go one by one."""
    whole = figures(explored(FIVE))
    all_of_them = len(gone_on(tmp_path / "whole", threads, monkeypatch, 1_000_000))
    for left in range(1, 20):
        folder = tmp_path / str(left)
        gone_on(folder, threads, monkeypatch, all_of_them - left)
        resources = Resources(
            threads=1, checkpoint=folder, resume=checkpoint.has_checkpoint(folder)
        )
        assert figures(explored(FIVE, resources)) == whole, left
        assert list(folder.iterdir()) == []


@pytest.mark.filterwarnings(
    "ignore:unclosed file", "ignore::pytest.PytestUnraisableExceptionWarning"
)
@pytest.mark.usefixtures("in_small_steps")
@pytest.mark.parametrize("seed", range(2))
def test_killed_after_any_number_of_operations(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Again and again, each time by another number of threads; half of them with most states on
    disk."""
    if seed % 2:
        monkeypatch.setattr(store, "MOST_HELD", 1_000)
    chance = random.Random(seed)
    whole = figures(explored(FIVE))
    for _ in range(40):
        gone_on(tmp_path, chance.choice((1, 2, 3)), monkeypatch, chance.randint(1, 40))
    resources = Resources(threads=2, checkpoint=tmp_path)
    resources = replace(resources, resume=checkpoint.has_checkpoint(tmp_path))
    assert figures(explored(FIVE, resources)) == whole
    assert list(tmp_path.iterdir()) == []


def test_a_write_may_be_short() -> None:
    written = bytearray()

    class Slow:
        def write(self, data: memoryview) -> int:
            written.extend(data[:7])
            return min(7, len(data))

    data = random.Random(0).randbytes(1_000)
    checkpoint._write(Slow(), memoryview(data))
    assert bytes(written) == data


# ------------------------------------------------------------------------------ whole processes
SEVEN = ("check", "commit.two_phase/7-resource-managers", "--no-symmetry")
COUNTS = (296_448, 23, 2_744_705)


def start(*arguments: str, held: int | None = None) -> subprocess.Popen[str]:
    """The command, with at most so many states of each shard in memory."""
    command = [sys.executable, "-m", "ballotproof.model_check.cli", *arguments]
    if held is not None:
        few = (
            "from ballotproof.model_check.backends.native import store\n"
            f"store.MOST_HELD = {held}\n"
            "from ballotproof.model_check.cli import main\n"
            "main()"
        )
        command = [sys.executable, "-c", few, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def counts(output: str) -> tuple[int, ...]:
    """States, depth and transitions, as they are printed."""
    found = re.search(r"([\d,]+) states, depth (\d+), ([\d,]+) transitions", output)
    assert found is not None, output
    return tuple(int(x.replace(",", "")) for x in found.groups())


def written_at(folder: Path) -> int | None:
    """When the checkpoint was last written."""
    try:
        return (folder / "search.json").stat().st_mtime_ns
    except FileNotFoundError:
        return None


def killed_again_and_again(
    folder: Path, times: int, seed: int, held: tuple[int | None, ...] = (None,)
) -> int:
    """How many runs it took until so many were killed after they had put the search down again, and
    before their end. Each may hold one of so many states in memory; the others are on disk."""
    chance = random.Random(seed)
    begin = (*SEVEN, "--engine", "native", "--checkpoint", str(folder), "--every", "0.02s")
    command: tuple[str, ...]
    alive = runs = 0
    while alive < times and runs < 10 * times:
        runs += 1
        if (folder / "search.json").exists():
            threads = str(chance.choice((1, 2, 3)))
            command = ("resume", str(folder), "--every", "0.02s", "--threads", threads)
        else:
            command = begin
        before = written_at(folder)
        process = start(*command, "-q", held=chance.choice(held))
        deadline = time.monotonic() + 60
        delay_s = chance.uniform(0.0, 0.15)
        at_once = chance.random() < 0.1
        # Mostly when the search has gone on and was put down again; it may end before the signal.
        while not at_once and process.poll() is None and time.monotonic() < deadline:
            if written_at(folder) != before:
                break
            time.sleep(0.002)
        time.sleep(delay_s)
        alive += process.poll() is None and written_at(folder) != before
        process.send_signal(signal.SIGKILL)
        process.communicate()
    left = (folder / "search.json").exists()
    process = start(*(("resume", str(folder)) if left else begin), held=chance.choice(held))
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, output + errors
    assert counts(output) == COUNTS
    assert alive == times
    return runs


def test_killed_at_any_moment(tmp_path: Path) -> None:
    killed_again_and_again(tmp_path, 4, seed=0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 11))
def test_killed_two_hundred_times(seed: int, tmp_path: Path) -> None:
    """Every other seed with states on disk, in more runs or in all."""
    held: tuple[int | None, ...] = ((None,), (20_000, 5_000, None), (10_000,))[seed % 3]
    runs = killed_again_and_again(tmp_path, 20, seed=seed, held=held)
    print(f"killed in mid-search: 20 of {runs} runs")


def test_ctrl_c_puts_it_down(tmp_path: Path) -> None:
    process = start(*SEVEN, "--engine", "native", "--checkpoint", str(tmp_path), "--every", "0.01s")
    deadline = time.monotonic() + 60
    while not (tmp_path / "search.json").exists() and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    if process.returncode == 130:  # else it was done already
        assert f"ballotproof resume {tmp_path}" in output, errors
        process = start("resume", str(tmp_path))
        output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert counts(output) == COUNTS


def test_limits_are_remembered(tmp_path: Path) -> None:
    """A limit of memory, threads and time; one of states until it has ended the search."""
    few = ("--threads", "2", "--memory", "1GiB", "--time", "1h", "--max-states", "20000")
    process = start(*SEVEN, "--engine", "native", "--checkpoint", str(tmp_path), *few)
    assert process.wait(60) == 20
    process.communicate()
    options = checkpoint.read_header(tmp_path).options
    assert [options[x] for x in ("threads", "memory_bytes", "time_s", "max_states")] == [
        2,
        1 << 30,
        3_600.0,
        20_000,
    ]
    process = start("resume", str(tmp_path), "--max-states", "50000")
    assert process.wait(60) == 20
    process.communicate()
    options = checkpoint.read_header(tmp_path).options
    assert [options[x] for x in ("threads", "memory_bytes", "time_s", "max_states")] == [
        2,
        1 << 30,
        3_600.0,
        50_000,
    ]
    process = start("resume", str(tmp_path))
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert counts(output) == COUNTS

"""States that do not fit into memory go to disk, and no figure tells.

Goal: a search that has room for few states ends like one that has room for all, or says what stops
it and loses nothing. Method: shards that may hold some hundred states, so that a level is larger
than memory and most duplicates are on disk; the figures are compared with those of a search in
memory, and with the interpreter. Disks that are full, files that are cut or changed, processes that
are killed, and the limit of memory as the system sees it.
"""

from __future__ import annotations

import errno
import random
import resource
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ballotproof.model_check.backends.native import checkpoint, search, store
from ballotproof.model_check.backends.native.checkpoint import Archive
from ballotproof.model_check.backends.native.machine import Code, Compiled, Interpreted
from ballotproof.model_check.backends.native.store import Shard
from ballotproof.model_check.discover import shipped
from ballotproof.model_check.explore.resources import Resources
from ballotproof.model_check.explore.search import Limits, Why
from ballotproof.spec.lang.errors import CheckpointError, Unsupported

from ....agree.random_specs import from_seed
from ....agree.test_native import MODELS, agree, shortest
from ....agree.test_shards import CONSTRAINED
from ....agree.test_shards import explored as shards_explored
from ....agree.two_engines import loaded
from .test_checkpoint import FIVE, PAXOS, SEVEN, counts, explored, figures

CHECKED: Callable[[str], Code] = partial(Compiled, checked=True, cache=False)


@pytest.fixture
def room_for_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards that hold a few hundred states, and edges after about as many steps."""
    for name in ("BUDGET", "SHARED_BUDGET"):
        monkeypatch.setattr(search, name, 100)
    monkeypatch.setattr(search, "BOX", 1)
    monkeypatch.setattr(store, "MOST_HELD", 300)
    monkeypatch.setattr(store, "WINDOW", 64)


@pytest.mark.usefixtures("room_for_few")
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("model", [FIVE, PAXOS], ids=lambda m: m.name)
def test_the_figures_are_those_of_a_search_in_memory(
    model: Any, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = explored(model, Resources(threads=threads))
    assert found.disk_bytes > 0
    monkeypatch.setattr(store, "MOST_HELD", 1 << 30)
    whole = explored(model)
    assert whole.disk_bytes == 0
    assert figures(found) == figures(whole)


@pytest.mark.usefixtures("room_for_few")
@pytest.mark.parametrize("threads", [1, 2])
def test_with_every_access_to_memory_checked(threads: int) -> None:
    found = shards_explored(PAXOS, threads, code=CHECKED)
    assert (found.states, found.depth, found.transitions) == (3_921, 17, 22_994)
    assert found.disk_bytes > 0


def test_states_beyond_a_constraint(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = shards_explored(CONSTRAINED.model, 1, code=Compiled)
    monkeypatch.setattr(search, "SHARED_BUDGET", 2_000)
    monkeypatch.setattr(search, "BOX", 1)
    monkeypatch.setattr(store, "MOST_HELD", 40_000)
    few = shards_explored(CONSTRAINED.model, 2, code=Compiled)
    assert few.disk_bytes > 0
    assert few.outside == whole.outside > 0
    assert figures(few) == figures(whole)


@pytest.mark.usefixtures("room_for_few")
def test_random_specifications_agree_with_the_interpreter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search, "BUDGET", 10)
    monkeypatch.setattr(search, "SHARED_BUDGET", 10)
    monkeypatch.setattr(store, "WINDOW", 5)
    for seed in range(60, 69):
        monkeypatch.setattr(store, "MOST_HELD", random.Random(seed).choice((1, 7, 20)))
        with loaded(from_seed(seed).text) as (model,), suppress(Unsupported):
            for selected in (None, ()):
                resources = Resources(threads=1 + seed % 3)
                agree(model, Limits(states=200), Interpreted, selected, resources)


@pytest.mark.slow
@pytest.mark.usefixtures("room_for_few")
@pytest.mark.parametrize("found", MODELS, ids=lambda f: f.identity)
def test_shipped_models_agree_with_the_interpreter(
    found: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "MOST_HELD", 100)
    with suppress(Unsupported):
        agree(found.model, Limits(states=1_000), Compiled)


@pytest.mark.usefixtures("room_for_few")
def test_a_counterexample_is_as_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_HELD", 5)
    monkeypatch.setattr(search, "BUDGET", 5)
    monkeypatch.setattr(search, "SHARED_BUDGET", 5)
    for found in shipped():
        if found.identity in (
            "broken.paxos_own_value/3-acceptors-2-ballots",
            "broken.twopc_early_commit/3-resource-managers",
        ):
            for threads in (1, 2):
                few = shards_explored(found.model, threads, code=Compiled)
                with monkeypatch.context() as patch:
                    patch.setattr(store, "MOST_HELD", 1 << 30)
                    whole = shards_explored(found.model, 1, code=Compiled)
                assert few.halted
                assert few.disk_bytes > 0
                assert shortest(few) == shortest(whole)


@pytest.mark.usefixtures("room_for_few")
@pytest.mark.parametrize("threads", [1, 2])
def test_limits_are_exact(threads: int) -> None:
    for most in (1_000, 2_345, 8_831):
        found = explored(FIVE, Resources(threads=threads), Limits(states=most))
        assert (found.states, sum(found.levels), found.stopped) == (most, most, Why.STATES)
    found = explored(FIVE, Resources(threads=threads), Limits(depth=9))
    assert (found.stopped, found.depth, found.states) == (Why.DEPTH, 9, sum(found.levels))
    assert found.levels[:8] == [1, 11, 55, 170, 375, 652, 962, 1250]


# ------------------------------------------------------------------------------ what goes wrong
@pytest.mark.usefixtures("room_for_few")
@pytest.mark.parametrize("how", ["cut", "changed"])
def test_a_damaged_file_is_noticed(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    append = Archive.append
    done: list[int] = []

    def damage(self: Archive, shard: Shard) -> None:
        append(self, shard)
        done.append(1)
        if len(done) == 3:
            keys, _ = self.files[0]
            if how == "cut":
                keys.truncate(self.stride * 100)
            else:
                keys.seek(50)
                (old,) = keys.read(1)
                keys.seek(50)
                keys.write(bytes([old ^ 4]))

    monkeypatch.setattr(Archive, "append", damage)
    with pytest.raises(CheckpointError, match=r"keys is damaged"):
        explored(FIVE)


@pytest.mark.usefixtures("room_for_few")
@pytest.mark.parametrize("keeping", [False, True])
def test_a_full_disk_ends_the_search(
    keeping: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a checkpoint, nothing is lost."""
    with monkeypatch.context() as patch:
        patch.setattr(store, "MOST_HELD", 1 << 30)
        whole = figures(explored(FIVE))
    resources = Resources(threads=1, checkpoint=tmp_path, every_s=0.0)
    if not keeping:
        resources = Resources(threads=1, disk=tmp_path)
    write = checkpoint._write
    left = [25_000]

    def full(file: Any, data: memoryview) -> str:
        left[0] -= len(data)
        if left[0] < 0:
            file.write(data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "no space left on device")
        return write(file, data)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "_write", full)
        found = explored(FIVE, resources)
    assert found.stopped is Why.DISK
    assert 300 < found.states < 8_832
    if keeping:
        assert figures(explored(FIVE, replace(resources, resume=True))) == whole
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("room_for_few")
@pytest.mark.parametrize("seed", range(3))
def test_a_search_in_pieces_ends_as_one_in_one_piece(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Put down while states are on disk, and taken up with more memory or less, and another number
    of threads."""
    with monkeypatch.context() as patch:
        patch.setattr(store, "MOST_HELD", 1 << 30)
        whole = figures(explored(FIVE))
    chance = random.Random(seed)
    every_s = chance.choice((0.0, 600.0))
    resources = Resources(threads=chance.choice((1, 2, 3)), checkpoint=tmp_path, every_s=every_s)
    found = explored(FIVE, resources, Limits(states=1_500))
    pieces = 1
    while found.stopped is not None:
        monkeypatch.setattr(store, "MOST_HELD", chance.choice((100, 300, 1_000, 1 << 30)))
        resources = replace(resources, resume=True, threads=chance.choice((1, 2, 3)))
        found = explored(FIVE, resources, Limits(states=found.states + chance.randrange(1, 3_000)))
        pieces += 1
    assert pieces > 2
    assert figures(found) == whole
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------------------ whole processes
EIGHT = ("check", "commit.two_phase/8-resource-managers", "--no-symmetry", "--engine", "native")


def run(*arguments: str, file_bytes: int | None = None) -> tuple[int, str, int]:
    """Exit code, output, and how much memory the process had at most, in bytes."""

    def limit() -> None:
        if file_bytes is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))

    # Not what getrusage says: there a process inherits the peak of the one that started it.
    measured = (
        "from ballotproof.model_check.cli import main\n"
        "try: main()\n"
        "finally: print('RSS', open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    )
    made = subprocess.run(
        [sys.executable, "-c", measured, *arguments],
        capture_output=True,
        text=True,
        preexec_fn=limit,  # no threads here
        check=False,
        timeout=300,
    )
    kibibytes = int(made.stdout.rsplit("RSS", 1)[1])
    return made.returncode, made.stdout + made.stderr, kibibytes << 10


@pytest.mark.skipif(sys.platform != "linux", reason="memory is measured as Linux counts it")
def test_the_limit_of_memory_is_kept(tmp_path: Path) -> None:
    """Within ten percent, as the system sees it; a little less than is needed without the disk."""
    run(*EIGHT, "--threads", "1", "--depth", "2")  # the compiler needs memory too: not measured
    _, _, needed = run(*EIGHT, "--threads", "1")
    limit = needed - (8 << 20)
    code, output, most = run(
        *EIGHT, "--threads", "1", "--memory", f"{limit >> 20}MiB", "--disk", str(tmp_path)
    )
    assert code == 0, output
    assert counts(output) == (1_745_408, 26, 18_507_777)
    assert "MiB on disk" in output
    assert most < 1.1 * limit
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of a file is one of this system")
def test_files_that_may_not_grow(tmp_path: Path) -> None:
    """A quota of the system: exit code 20, and the checkpoint before it goes on without it."""
    kept = ("--threads", "1", "--checkpoint", str(tmp_path))
    code, output, _ = run(*SEVEN, "--engine", "native", *kept, "--max-states", "5000")
    assert code == 20, output
    assert "states" in output
    more = ("resume", str(tmp_path), "--max-states")
    code, output, _ = run(*more, "250000", file_bytes=600_000)
    assert code == 20, output
    assert f"the disk cannot be written ({tmp_path}: File too large)" in output
    code, output, _ = run(*more, "1000000")
    assert code == 0, output
    assert counts(output) == (296_448, 23, 2_744_705)

"""Fingerprints in the place of states, and what may be said then.

Goal: with 128 bits no figure differs from those of a search that keeps states; what is found is
real whatever the fingerprints say. Method: marks kept of the smallest states too, so that shipped
models and random specifications are compared with the interpreter; and marks of a few bits, with
which states are omitted, and of which as many searches omit one as the formula allows.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.backends.native import marks, search, store
from ballotproof.model_check.backends.native.machine import Code, Compiled, Interpreted
from ballotproof.model_check.backends.native.marks import Marks, marking
from ballotproof.model_check.backends.native.packing import Packing
from ballotproof.model_check.backends.native.search import native
from ballotproof.model_check.cli import main
from ballotproof.model_check.discover import shipped
from ballotproof.model_check.explore.breadth_first import breadth_first
from ballotproof.model_check.explore.claims import Claims
from ballotproof.model_check.explore.resources import Resources
from ballotproof.model_check.explore.search import Exploration, Limits, Why
from ballotproof.model_check.frontend.read import read
from ballotproof.spec.lang import Model
from ballotproof.spec.lang.errors import Unsupported

from ....agree.random_specs import from_seed
from ....agree.test_native import BY_MACHINE, agree, shortest
from ....agree.test_shards import CONSTRAINED
from ....agree.two_engines import loaded
from .test_checkpoint import FIVE, PAXOS, figures

CHECKED: Callable[[str], Code] = partial(Compiled, checked=True, cache=False)
SEED = 0x5EED


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Marks of states that are shorter too."""
    monkeypatch.setattr(marks, "LEAST", 0)


@pytest.fixture
def in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Edges after a few states, and little room at first."""
    monkeypatch.setattr(search, "BUDGET", 50)
    monkeypatch.setattr(search, "SHARED_BUDGET", 40)
    monkeypatch.setattr(search, "BOX", 1)
    monkeypatch.setattr(store, "STATES", 100)


def explored(
    model: Model,
    threads: int | None = 1,
    *,
    seed: int | None = SEED,
    limits: Limits | None = None,
    code: Callable[[str], Code] = Compiled,
    symmetric: bool = False,
    memory_bytes: int | None = None,
) -> Exploration:
    system = Interpreter(read(model.protocol, model), model)
    return native(
        system,
        Claims(system, deadlock=model.deadlock),
        limits or Limits(),
        code=code,
        symmetry=system.symmetry() if symmetric else None,
        resources=Resources(threads=threads, fingerprint=seed, memory_bytes=memory_bytes),
    )


# --------------------------------------------------------------------------------- the function
@pytest.mark.parametrize("code", [Interpreted, Compiled, CHECKED])
@pytest.mark.parametrize("bits", [128, 100, 8])
def test_the_program_and_python_make_the_same_marks(
    code: Callable[[str], Code], bits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "BITS", bits)
    chance = random.Random(bits)
    for widths in ((63, 63, 9), (20,), (32,), (33,), (63, 63), (60, 50, 40, 30)):
        packing = Packing.dense(widths)
        drawn = Marks(packing, chance.getrandbits(128))
        size = packing.words
        text = (
            f"FACTORS = 0\nHASH = {size}\nWIDTH = {packing.size}\nKEY = 0\nSHARDS = 0\nSHARD = 1\n"
            "def mixed(h):\n    h = wmul(h, -6962139563870052059)\n    return h ^ lshr(h, 35)\n\n"
            + packing.text()
            + "\n\n"
            + marking(packing)
        )
        made = (
            Compiled(text, cache=False, exported=("hash_record", "hash_stored"))
            if code is Compiled
            else code(text)
        )
        if code is CHECKED:
            made = Compiled(
                text, cache=False, checked=True, exported=("hash_record", "hash_stored")
            )
        factors = made.memory(len(drawn.factors))
        for i, factor in enumerate(drawn.signed()):
            factors[i] = factor
        for _ in range(20):
            key = packing.pack([chance.getrandbits(w) for w in widths])
            record = made.memory(size + 4)
            with made.view(record, 0, packing.size) as view:
                view[:] = key
            hashed = made.function("hash_record")(record, 0, factors)
            with made.view(record, 8 * (size + 2), 16) as view:
                mark = bytes(view)
            assert mark == drawn.of(key)
            assert int.from_bytes(mark, "little") < 1 << bits
            stored = made.memory(4)
            with made.view(stored, 16, 16) as view:
                view[:] = mark
            assert made.function("hash_stored")(stored, 1) == hashed


def test_as_many_keys_share_a_mark_as_chance_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over draws, for keys that differ as little as keys can: one draw in 2^8."""
    monkeypatch.setattr(marks, "BITS", 8)
    packing = Packing.dense((60, 60, 40))
    zero = packing.pack([0, 0, 0])
    draws = 4_096
    for other in ([1, 0, 0], [1 << 31, 0, 0], [0, 1 << 59, 0], [0, 0, (1 << 40) - 1]):
        key = packing.pack(other)
        shared = sum(m.of(zero) == m.of(key) for m in (Marks(packing, i) for i in range(draws)))
        assert abs(shared - draws / 256) < 5 * (draws / 256) ** 0.5


# ------------------------------------------------------------------------- as if states were kept
@pytest.mark.usefixtures("always", "in_small_steps")
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("model", [FIVE, PAXOS], ids=lambda m: m.name)
def test_the_figures_are_those_of_a_search_with_states(model: Any, threads: int) -> None:
    found = explored(model, threads)
    assert found.fingerprint is not None
    assert found.fingerprint.bits == 128
    assert found.fingerprint.kept == found.states
    assert figures(found) == figures(explored(model, threads, seed=None))


@pytest.mark.usefixtures("always", "in_small_steps")
@pytest.mark.parametrize("threads", [1, 2])
def test_with_every_access_to_memory_checked(threads: int) -> None:
    found = explored(PAXOS, threads, code=CHECKED)
    assert (found.states, found.depth, found.transitions) == (3_921, 17, 22_994)


@pytest.mark.usefixtures("always")
def test_orbits() -> None:
    found = explored(PAXOS, symmetric=True)
    assert (found.states, found.depth, found.transitions) == (443, 17, 2_577)


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("threads", [1, 2])
def test_states_beyond_a_constraint(threads: int) -> None:
    whole = explored(CONSTRAINED.model, seed=None)
    found = explored(CONSTRAINED.model, threads)
    assert found.outside == whole.outside > 0
    assert found.fingerprint is not None
    assert found.fingerprint.kept == found.states + found.outside
    assert figures(found) == figures(whole)


@pytest.mark.usefixtures("always", "in_small_steps")
@pytest.mark.parametrize("first", range(0, 16, 8))
def test_random_specifications_agree_with_the_interpreter(first: int) -> None:
    for seed in range(first, first + 8):
        with loaded(from_seed(seed).text) as (model,), suppress(Unsupported):
            for selected in (None, ()):
                resources = Resources(threads=1 + seed % 3, fingerprint=seed)
                agree(model, Limits(states=200), Interpreted, selected, resources)


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("identity", BY_MACHINE)
def test_shipped_models_agree_with_the_interpreter(identity: str) -> None:
    (found,) = [f for f in shipped() if f.identity == identity]
    with suppress(Unsupported):
        agree(found.model, Limits(), Compiled, None, Resources(threads=1, fingerprint=SEED))


@pytest.mark.slow
@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("found", [f for f in shipped() if not f.model.slow], ids=str)
def test_all_shipped_models_agree_with_the_interpreter(found: Any) -> None:
    with suppress(Unsupported):
        agree(found.model, Limits(states=1_000), Compiled, None, Resources(fingerprint=SEED))


BROKEN = (
    "broken.paxos_own_value/3-acceptors-2-ballots",
    "broken.raft_double_vote/3-servers-1-term",
    "broken.twopc_early_commit/3-resource-managers",
)


@pytest.mark.usefixtures("always", "in_small_steps")
@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("identity", BROKEN)
def test_a_counterexample_is_as_short(identity: str, symmetric: bool) -> None:
    (found,) = [f for f in shipped() if f.identity == identity]
    whole = explored(found.model, seed=None, code=Interpreted)
    for threads in (1, 2):
        few = explored(found.model, threads, symmetric=symmetric)
        assert few.halted
        assert shortest(few) == shortest(whole)


@pytest.mark.usefixtures("always", "in_small_steps")
@pytest.mark.parametrize("threads", [1, 2])
def test_limits_are_exact(threads: int) -> None:
    for most in (1_000, 2_345, 8_831):
        found = explored(FIVE, threads, limits=Limits(states=most))
        assert (found.states, sum(found.levels), found.stopped) == (most, most, Why.STATES)
        if threads == 1:
            whole = explored(FIVE, seed=None, limits=Limits(states=most))
            assert figures(found) == figures(whole)
    found = explored(FIVE, threads, limits=Limits(depth=9))
    assert (found.stopped, found.depth, found.states) == (Why.DEPTH, 9, sum(found.levels))


@pytest.mark.usefixtures("always")
def test_a_large_search_is_divided_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "processors", lambda: 2)
    monkeypatch.setattr(search, "STATES_TO_DIVIDE", 2_000)
    assert figures(explored(FIVE, None)) == figures(explored(FIVE, seed=None))


@pytest.mark.usefixtures("always")
def test_memory_that_is_full_ends_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing goes to disk."""
    monkeypatch.setattr(search, "BUDGET", 100)
    monkeypatch.setattr(store, "MOST_HELD", 300)
    found = explored(FIVE)
    assert (found.stopped, found.disk_bytes) == (Why.MEMORY, 0)
    assert 300 < found.states < 8_832


def test_states_that_are_no_longer_are_kept() -> None:
    """Then the answer is exact, and says so."""
    found = explored(PAXOS)
    assert found.fingerprint is not None
    assert found.fingerprint.bits is None
    assert found.fingerprint.omission == 0
    assert figures(found) == figures(explored(PAXOS, seed=None))


# ------------------------------------------------------------------------- when states are omitted
@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("bits", [8, 10, 12])
def test_with_few_bits_states_are_omitted(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """So the tests above could fail."""
    monkeypatch.setattr(marks, "BITS", bits)
    for seed in range(3):
        found = explored(FIVE, seed=seed)
        assert found.complete
        assert found.states < 8_832
        assert found.states <= 1 << bits
        assert found.fingerprint is not None
        assert (found.fingerprint.bits, found.fingerprint.omission) == (bits, 1.0)


@pytest.mark.usefixtures("always")
def test_no_more_searches_omit_a_state_than_the_formula_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """288 states with 18 bits: at most 16 percent of the searches. It is fewer, since keys that
    differ alike share their marks in the same draws."""
    model = next(f.model for f in shipped() if f.identity == "commit.two_phase/3-resource-managers")
    monkeypatch.setattr(marks, "BITS", 18)
    searches = 40
    found = [explored(model, seed=seed) for seed in range(searches)]
    omitted = sum(f.states < 288 for f in found)
    below = 288 * 289 / 2 / (1 << 18)
    assert 0 < omitted < below * searches + 3 * (below * searches) ** 0.5
    assert {f.fingerprint.omission for f in found if f.fingerprint and f.states == 288} == {below}


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("bits", [7, 11])
@pytest.mark.parametrize("identity", BROKEN)
def test_what_is_found_is_real_though_states_are_taken_for_others(
    identity: str, bits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A counterexample is never shorter than the shortest, and each of its steps is taken."""
    monkeypatch.setattr(marks, "BITS", bits)
    (one,) = [f for f in shipped() if f.identity == identity]
    system = Interpreter(read(one.model.protocol, one.model), one.model)
    least = shortest(breadth_first(system, Claims(system, deadlock=one.model.deadlock)))
    assert least is not None
    for seed in range(3):
        found = explored(one.model, 1 + seed % 2, seed=seed, symmetric=seed % 3 == 0)
        for finding in found.findings:
            path = finding.path
            if path is None:
                assert finding.name in found.unreached
                continue
            assert len(path.steps) >= least
            states = path.states()
            assert states[0] in set(system.initial())
            for before, after in pairwise(states):
                assert after in {t.target for t in system.successors(before)}
            broken = Claims(system, deadlock=False)
            failing = broken.state(states[-1]) + broken.step(states[-2], states[-1])
            assert finding.name in {b.name for b in failing}


@pytest.mark.usefixtures("always")
def test_what_holds_is_never_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "BITS", 8)
    for seed in range(4):
        for finding in explored(PAXOS, seed=seed).findings:
            assert finding.path is None  # only that something was not reached


# ------------------------------------------------------------------------------ the command line
def run(*arguments: str) -> tuple[int, str]:
    made = CliRunner().invoke(main, arguments)
    return made.exit_code, made.output


LARGE = ("check", "raft.election/3-servers-1-term-1-restart", "--engine", "native")


def test_the_verdict_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "LEAST", 0)
    code, output = run(*LARGE, "--fingerprint", "--fingerprint-seed", "ff", "--no-symmetry")
    assert code == 0, output
    said = " ".join(output.split())
    assert "states told apart by 128-bit fingerprints; the probability that any was omitted" in said
    assert "--fingerprint-seed 000000000000000000000000000000ff" in said
    code, output = run(*LARGE, "--fingerprint", "--no-symmetry", "--json")
    (answer,) = json.loads(output)["models"]
    states = answer["states"]
    told = answer["fingerprint"]
    assert told["bits"] == 128
    assert told["omission_below"] == states * (states + 1) / 2 / 2**128 > 0
    assert len(told["seed"]) == 32


def test_the_verdict_says_that_it_is_exact() -> None:
    target = "commit.two_phase/3-resource-managers"
    code, output = run("check", target, "--engine", "native", "--fingerprint")
    assert code == 0, output
    assert "states told apart as a whole: one takes" in " ".join(output.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--engine", "auto"), "--engine native"),
        (("--engine", "interpret"), "--engine native"),
        (("--checkpoint", "there"), "leave out --checkpoint or --fingerprint"),
        (("--cluster", "local"), "leave out --cluster or --fingerprint"),
        (("--disk", "there"), "leave out --disk or --fingerprint"),
        (("--fingerprint-seed", "xyz"), "hexadecimal"),
        (("--fingerprint-seed", "f" * 33), "hexadecimal"),
        (("--search", "dfs"), "leave out --search dfs"),
    ],
)
def test_what_does_not_go_together(
    arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, output = run(*LARGE, "--fingerprint", *arguments)
    assert code == 64, output
    assert said in output
    assert list(tmp_path.iterdir()) == []


def test_a_seed_alone() -> None:
    code, output = run(*LARGE, "--fingerprint-seed", "ff")
    assert code == 64
    assert "add it" in output


def test_the_long_run_needs_states() -> None:
    code, output = run("check", "commit.blocking/everybody-goes-on", *LARGE[2:], "--fingerprint")
    assert code == 64, output
    assert "long run" in output

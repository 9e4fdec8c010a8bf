"""Several threads give the answers of one, and of the interpreter.

Goal: no figure tells how many threads have searched. Method: the same models by one, two, three and
five shards. In CPython and with few records to a box, so that the shards meet all the time; by
machine code with every access to memory checked; and by real threads over large models.

Only which of several counterexamples of the same length is found may depend on the number.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.backends.native import search
from ballotproof.model_check.backends.native.machine import Code, Compiled, Interpreted
from ballotproof.model_check.backends.native.search import native
from ballotproof.model_check.discover import Found, shipped
from ballotproof.model_check.explore.claims import Claims
from ballotproof.model_check.explore.resources import Resources
from ballotproof.model_check.explore.search import Exploration, Limits, Why
from ballotproof.model_check.frontend.read import read
from ballotproof.spec.commit.transaction_commit import ResourceManager
from ballotproof.spec.commit.two_phase import TwoPhase
from ballotproof.spec.lang import Model
from ballotproof.spec.lang.errors import Unsupported
from ballotproof.spec.lang.protocol import methods_of

from ..model_check import every_construct
from .random_specs import from_seed
from .test_native import agree, counted, paxos, shortest
from .two_engines import loaded

CONSTRAINED = next(
    Found("every_construct", m)
    for m in every_construct.MODELS
    if methods_of(m.protocol, "constraint")
)
CHECKED: Callable[[str], Code] = partial(Compiled, checked=True, cache=False)


def explored(
    model: Model,
    threads: int | None,
    limits: Limits | None = None,
    code: Callable[[str], Code] = Interpreted,
) -> Exploration:
    system = Interpreter(read(model.protocol, model), model)
    claims = Claims(system, deadlock=model.deadlock)
    resources = Resources(threads=threads)
    return native(system, claims, limits or Limits(), code=code, resources=resources)


def figures(found: Exploration) -> dict[str, Any]:
    discovered = {a: c.discovered for a, c in found.actions.items()}
    return {**counted(found), "discovered": discovered}


@pytest.fixture
def in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shards that stop after a few states, and boxes that hold little more than one batch."""
    monkeypatch.setattr(search, "SHARED_BUDGET", 40)
    monkeypatch.setattr(search, "BOX", 1)


@pytest.mark.usefixtures("in_small_steps")
@pytest.mark.parametrize(
    "identity",
    [
        "commit.two_phase/3-resource-managers",
        "raft.election/3-servers-2-terms-1-message-in-flight",
        CONSTRAINED.identity,
    ],
)
def test_figures_do_not_depend_on_the_number_of_shards(identity: str) -> None:
    (model,) = [f.model for f in [*shipped(), CONSTRAINED] if f.identity == identity]
    one, *others = (figures(explored(model, t, code=Compiled)) for t in (1, 2, 3, 5))
    for other in others:
        assert other == one


@pytest.mark.parametrize("threads", [2, 3])
def test_machine_code_with_every_access_checked(threads: int) -> None:
    for identity in ("paxos.single_decree/3-acceptors-2-ballots", "raft.election/3-servers-1-term"):
        (found,) = [f for f in shipped() if f.identity == identity]
        one = explored(found.model, 1, code=CHECKED)
        assert figures(explored(found.model, threads, code=CHECKED)) == figures(one)


@pytest.mark.usefixtures("in_small_steps")
def test_random_specifications_agree_with_the_interpreter() -> None:
    for seed in range(12):
        with loaded(from_seed(seed).text) as (model,):
            try:
                for selected in (None, ()):
                    resources = Resources(threads=2 + seed % 3)
                    agree(model, Limits(states=200), Interpreted, selected, resources)
            except Unsupported:
                pass


@pytest.mark.usefixtures("in_small_steps")
def test_a_counterexample_is_as_short_as_that_of_one_thread() -> None:
    for found in shipped():
        if found.identity in (
            "broken.paxos_own_value/3-acceptors-2-ballots",
            "broken.raft_double_vote/3-servers-1-term",
            "broken.twopc_early_commit/3-resource-managers",
        ):
            one = explored(found.model, 1)
            for threads in (2, 3):
                other = explored(found.model, threads)
                assert other.halted
                assert shortest(other) == shortest(one)


@pytest.mark.usefixtures("in_small_steps")
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_limits_are_exact(threads: int) -> None:
    model = Model(name="3", protocol=TwoPhase, sizes={ResourceManager: 3})
    for most in (1, 5, 100, 287):
        found = explored(model, threads, Limits(states=most))
        assert (found.states, sum(found.levels), found.stopped) == (most, most, Why.STATES)
    found = explored(model, threads, Limits(depth=4))
    assert (found.depth, found.stopped, found.levels) == (4, Why.DEPTH, [1, 7, 21, 38])
    assert explored(model, threads, Limits(depth=11, states=288)).complete


def test_a_large_search_is_divided_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a number of threads, one at first."""
    monkeypatch.setattr(search, "processors", lambda: 2)
    monkeypatch.setattr(search, "STATES_TO_DIVIDE", 20_000)
    found = explored(paxos(3), None, code=Compiled)
    one = explored(paxos(3), 1, code=Compiled)
    assert (found.states, found.depth) == (185_369, 25)
    assert figures(found) == figures(one)


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 2, 4])
def test_large_models(threads: int) -> None:
    found = explored(paxos(4), threads, code=Compiled)
    assert (found.states, found.depth) == (8_220_065, 33)
    assert found.memory_bytes < 50 * found.states

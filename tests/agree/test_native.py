"""The native engine gives the answers of the interpreter: states, steps, depth, verdict, length.

Goal: machine code is trusted because nothing distinguishes it from the interpreter but speed.
Method: the same searches by both, on every shipped model and on random specifications. The source
that the native engine generates is also run by CPython, which needs no compiler: most models are
compared in this way, some by machine code, some as it ships; most of them with every index and
every packed value checked, so that checked and unchecked programs agree too.

What an engine meets first within one level of the search is its own business. So where a claim
breaks, the length of the counterexample is compared, and the counts only where the search is
complete.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.backends.native.machine import Code, Compiled, Interpreted
from ballotproof.model_check.backends.native.search import native
from ballotproof.model_check.discover import Found, shipped
from ballotproof.model_check.explore.breadth_first import breadth_first
from ballotproof.model_check.explore.claims import Claims
from ballotproof.model_check.explore.resources import NO_RESOURCES, Resources
from ballotproof.model_check.explore.search import Exploration, Limits, MistakeFound
from ballotproof.model_check.frontend.read import read
from ballotproof.spec.commit.transaction_commit import ResourceManager
from ballotproof.spec.commit.two_phase import TwoPhase
from ballotproof.spec.consensus import Value
from ballotproof.spec.lang import Model
from ballotproof.spec.lang.errors import SpecError, Unsupported
from ballotproof.spec.paxos.single_decree import SingleDecree
from ballotproof.spec.voting import Acceptor, Ballot

from ..model_check import every_construct
from .random_specs import from_seed
from .test_regressions import AGREE, module
from .two_engines import loaded

MODELS = [f for f in shipped() if not f.model.slow]
CONSTRUCTS = [Found("every_construct", model) for model in every_construct.MODELS]

MOST = 500
"""States up to which a shipped model is compared."""

BY_MACHINE = (
    "commit.two_phase/5-resource-managers",
    "paxos.single_decree/3-acceptors-2-ballots",
    "paxos.crash/2-acceptors-2-ballots-1-restart",
    "raft.election/3-servers-1-term-1-restart",
    "raft.election/3-servers-1-term-queues",
    "raft.ongaro/r2a-2-servers-term-2-log-1",
)
"""Models that are compared as a whole, by machine code: the kinds of networks, and of states."""

SEEDS = range(40)

Outcome = Exploration | str
CHECKED: Callable[[str], Code] = partial(Compiled, checked=True, cache=False)


def outcome(search: Callable[[], Exploration]) -> Outcome:
    """What a search finds; the code of the mistake that it meets, if any."""
    try:
        return search()
    except MistakeFound as found:
        return found.error.code


def both(
    model: Model,
    limits: Limits,
    code: Callable[[str], Code],
    selected: tuple[str, ...] | None,
    resources: Resources,
    checked: bool,
) -> tuple[Outcome, Outcome]:
    """The outcomes of the native search and of the interpreter's."""
    system = Interpreter(read(model.protocol, model), model)
    deadlock = model.deadlock and selected is None

    def claims() -> Claims:
        return Claims(system, selected, deadlock=deadlock)

    def mine() -> Exploration:
        return native(system, claims(), limits, code=code, resources=resources, checked=checked)

    return outcome(mine), outcome(lambda: breadth_first(system, claims(), limits))


def shortest(found: Exploration) -> int | None:
    paths = [f.path for f in found.findings if f.path is not None]
    return min(len(p.steps) for p in paths) if paths else None


def counted(found: Exploration) -> dict[str, Any]:
    """All that does not depend on the order within a level."""
    return {
        "initial": found.initial,
        "states": found.states,
        "transitions": found.transitions,
        "depth": found.depth,
        "levels": found.levels,
        "outside": found.outside,
        "actions": {a: (c.transitions, c.enabled_in) for a, c in found.actions.items()},
        "unreached": set(found.unreached),
        "vacuous": set(found.vacuous),
        "findings": {(f.kind, f.name) for f in found.findings},
    }


def agree(
    model: Model,
    limits: Limits,
    code: Callable[[str], Code],
    selected: tuple[str, ...] | None = None,
    resources: Resources = NO_RESOURCES,
    *,
    checked: bool = False,
) -> None:
    """**Errors** AssertionError where the engines differ; Unsupported."""
    mine, theirs = both(model, limits, code, selected, resources, checked)
    if isinstance(mine, str) or isinstance(theirs, str):
        # Within a level one may break a claim, or meet the limit, before it makes the mistake.
        ended = theirs if isinstance(mine, str) else mine
        assert mine == theirs or (
            isinstance(ended, Exploration) and (ended.halted or ended.stopped is not None)
        )
        return
    if mine.stopped is not None and theirs.stopped is not None:
        assert mine.levels == theirs.levels
    elif mine.stopped is None and theirs.stopped is None:
        assert shortest(mine) == shortest(theirs)
        assert mine.halted == theirs.halted
        if not mine.halted:
            assert counted(mine) == counted(theirs)
    else:
        assert mine.halted or theirs.halted


@pytest.mark.parametrize("found", MODELS + CONSTRUCTS, ids=lambda f: f.identity)
def test_generated_source_agrees_with_the_interpreter(found: Found) -> None:
    try:
        agree(found.model, Limits(states=MOST), Interpreted, checked=True)
    except Unsupported as reason:
        assert found.module == "every_construct", reason  # noqa: PT017  # all others must run


@pytest.mark.parametrize("identity", BY_MACHINE)
def test_machine_code_agrees_with_the_interpreter(identity: str) -> None:
    (found,) = [f for f in shipped() if f.identity == identity]
    agree(found.model, Limits(), CHECKED, checked=True)


def test_random_specifications_agree() -> None:
    """With all claims, of which most soon break, and without, so that all states are seen."""
    refused = 0
    for seed in SEEDS:
        with loaded(from_seed(seed).text) as (model,):
            try:
                agree(model, Limits(states=200), Interpreted, None, checked=True)
                agree(model, Limits(states=200), Interpreted, ())
            except Unsupported:
                refused += 1
            except (AssertionError, SpecError) as error:
                raise AssertionError(f"seed {seed}: {error}") from error
    assert refused <= len(SEEDS) // 4


@pytest.mark.parametrize("name", AGREE)
def test_specifications_on_which_engines_once_disagreed(name: str) -> None:
    with loaded(module(AGREE[name])) as (model,):
        try:
            for selected in (None, ()):
                agree(model, Limits(states=200), Interpreted, selected)
        except Unsupported:
            pytest.skip("not within the native engine")


@pytest.mark.slow
def test_random_specifications_agree_by_machine_code() -> None:
    for seed in range(1_000, 1_150):
        with loaded(from_seed(seed).text) as (model,):
            try:
                for selected in (None, ()):
                    agree(model, Limits(states=1_000), CHECKED, selected, checked=True)
            except Unsupported:
                pass


def explored(model: Model) -> Exploration:
    system = Interpreter(read(model.protocol, model), model)
    return native(system, Claims(system))


def paxos(ballots: int) -> Model:
    sizes = {Acceptor: 3, Ballot: ballots, Value: 2}
    return Model(name="paxos", protocol=SingleDecree, sizes=sizes)


def test_counts_of_tlc() -> None:
    found = explored(paxos(3))
    assert (found.states, found.depth, found.levels[:8]) == (
        185_369,
        25,
        [1, 3, 12, 28, 75, 192, 447, 960],
    )
    found = explored(Model(name="7", protocol=TwoPhase, sizes={ResourceManager: 7}))
    assert (found.states, found.depth, found.transitions) == (296_448, 23, 2_744_705)


@pytest.mark.slow
def test_counts_beyond_the_reach_of_the_interpreter() -> None:
    """8,220,065 is confirmed by the orbits of a search with symmetry (docs/theory)."""
    found = explored(paxos(4))
    assert (found.states, found.depth) == (8_220_065, 33)
    found = explored(Model(name="8", protocol=TwoPhase, sizes={ResourceManager: 8}))
    assert (found.states, found.depth) == (1_745_408, 26)

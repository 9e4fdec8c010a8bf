"""The native engine explores one state of each orbit, and says what the interpreter says of them.

Goal: the representative of an orbit is one and the same whatever state of it is given; then counts,
depths and lengths under symmetry are those of the interpreter, which knows every state of an orbit,
and the sizes of the orbits add up to the number of all states.
Method: both searches by orbits on every quick model and on random specifications; and the law of
representatives itself, for every state met and every permutation. The generated source is run by
CPython here, and by machine code for some models.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.backends.native import write
from ballotproof.model_check.backends.native.canonical import plain_changes, tour
from ballotproof.model_check.backends.native.flow import kinds_of
from ballotproof.model_check.backends.native.kernel import program
from ballotproof.model_check.backends.native.layout import Bounds, OutOfBounds
from ballotproof.model_check.backends.native.machine import Code, Interpreted
from ballotproof.model_check.backends.native.search import cells_of, native, sample, targets_of
from ballotproof.model_check.backends.symmetry import Permutation
from ballotproof.model_check.discover import Found, shipped
from ballotproof.model_check.explore.breadth_first import breadth_first
from ballotproof.model_check.explore.claims import Claims
from ballotproof.model_check.explore.search import Exploration, Limits, MistakeFound
from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.passes.inline import inline
from ballotproof.spec.consensus import Value
from ballotproof.spec.lang import Model
from ballotproof.spec.lang.errors import SpecError, Unsupported
from ballotproof.spec.lang.model import Holds
from ballotproof.spec.paxos.single_decree import SingleDecree
from ballotproof.spec.voting import Acceptor, Ballot

from ..model_check import every_construct
from .random_specs import from_seed
from .test_native import CHECKED, counted, outcome, shortest
from .two_engines import loaded

MODELS = [f for f in shipped() if not f.model.slow]
ONE_OF_EACH = list({f.module: f for f in MODELS}.values())
CONSTRUCTS = [Found("every_construct", model) for model in every_construct.MODELS]
BY_IDENTITY = {f.identity: f for f in shipped()}

MOST = 60
"""Orbits up to which a shipped model is compared."""

LARGEST_GROUP = 120
"""The interpreter looks at every state of an orbit."""

SEEDS = (*range(12), 1032)  # in 1032 a step leaves the bounds of the model

# identity, orbits
WHOLE = [
    ("voting/3-acceptors-2-ballots", 77),
    ("commit.two_phase/5-resource-managers", 314),
]


def system_of(model: Model) -> Interpreter:
    return Interpreter(read(model.protocol, model), model)


def agree(
    model: Model,
    limits: Limits,
    code: Callable[[str], Code],
    selected: tuple[str, ...] | None = None,
) -> None:
    """**Errors** AssertionError where the engines differ; Unsupported."""
    system = system_of(model)
    symmetry = system.symmetry()
    if symmetry.order == 1 or symmetry.order > LARGEST_GROUP:
        return

    def claims() -> Claims:
        return Claims(system, selected, deadlock=model.deadlock and selected is None)

    mine = outcome(lambda: native(system, claims(), limits, code=code, symmetry=symmetry))
    theirs = outcome(lambda: breadth_first(system, claims(), limits, orbit=symmetry.orbit))
    if isinstance(mine, str) or isinstance(theirs, str):
        ended = theirs if isinstance(mine, str) else mine
        assert mine == theirs or (
            isinstance(ended, Exploration) and (ended.halted or ended.stopped is not None)
        )
    elif mine.stopped is not None and theirs.stopped is not None:
        assert mine.levels == theirs.levels
    elif mine.stopped is None and theirs.stopped is None:
        assert shortest(mine) == shortest(theirs)
        assert mine.halted == theirs.halted
        if not mine.halted:
            assert counted(mine) == counted(theirs)
    else:
        assert mine.halted or theirs.halted


@pytest.mark.parametrize("found", ONE_OF_EACH[::3] + CONSTRUCTS, ids=lambda f: f.identity)
def test_orbits_agree_with_the_interpreter(found: Found) -> None:
    try:
        agree(found.model, Limits(states=MOST), Interpreted)
    except Unsupported as reason:
        assert found.module == "every_construct", reason  # noqa: PT017  # all others must run


@pytest.mark.slow
@pytest.mark.parametrize("found", MODELS, ids=lambda f: f.identity)
def test_more_orbits_agree_with_the_interpreter(found: Found) -> None:
    agree(found.model, Limits(states=2_000), CHECKED)
    lawful(found.model, 300)


@pytest.mark.parametrize(("identity", "orbits"), WHOLE)
def test_orbits_add_up(identity: str, orbits: int) -> None:
    """By machine code, to the end: the states of all orbits are all states."""
    model = BY_IDENTITY[identity].model
    system = system_of(model)
    symmetry = system.symmetry()
    found = native(system, Claims(system), code=CHECKED, symmetry=symmetry)
    assert isinstance(model.expect, Holds)
    assert (found.states, found.depth, found.complete) == (orbits, model.expect.depth, True)
    assert sum(len({s, *symmetry.orbit(s)}) for s in found.expanded) == model.expect.states


def test_counts_of_tlc_and_of_an_independent_search() -> None:
    """Three ballots: TLC with symmetry sets finds 17,153 (docs/reference/counts)."""
    model = Model(name="", protocol=SingleDecree, sizes={Acceptor: 3, Ballot: 3, Value: 2})
    system = system_of(model)
    found = native(system, Claims(system), symmetry=system.symmetry())
    assert (found.states, found.depth) == (17_153, 25)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ballots", "values", "orbits", "depth"), [(4, 2, 710_709, 33), (4, 3, 748_439, 33)]
)
def test_counts_beyond_the_reach_of_the_interpreter(
    ballots: int, values: int, orbits: int, depth: int
) -> None:
    """Both are confirmed by an independent search by canonical forms, whose orbits add up."""
    sizes = {Acceptor: 3, Ballot: ballots, Value: values}
    model = Model(name="", protocol=SingleDecree, sizes=sizes)
    system = system_of(model)
    found = native(system, Claims(system, ("agreement",)), symmetry=system.symmetry())
    assert (found.states, found.depth) == (orbits, depth)


def test_random_specifications_agree() -> None:
    """With all claims, of which most soon break, and without, so that all states are seen."""
    for seed in SEEDS:
        with loaded(from_seed(seed).text) as (model,):
            try:
                for selected in (None, ()):
                    agree(model, Limits(states=60), Interpreted, selected)
            except Unsupported:
                pass
            except (AssertionError, SpecError) as error:
                raise AssertionError(f"seed {seed}: {error}") from error


@pytest.mark.slow
@pytest.mark.parametrize("start", range(1_000, 1_200, 25))
def test_more_random_specifications_agree(start: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "MOST_LINES", 3_000)  # the few that are longer take an hour
    for seed in range(start, start + 25):
        with loaded(from_seed(seed).text) as (model,):
            try:
                agree(model, Limits(states=1_000), Interpreted, ())
                lawful(model, 300)
            except (MistakeFound, SpecError, Unsupported):
                pass
            except AssertionError as error:
                raise AssertionError(f"seed {seed}: {error}") from error


# ------------------------------------------------------------------- the law of representatives
def lawful(model: Model, states: int) -> None:
    """**Errors** AssertionError if a state and a permutation of it have other representatives."""
    system = system_of(model)
    symmetry = system.symmetry()
    if symmetry.order == 1 or symmetry.order > LARGEST_GROUP:
        return
    bounds = Bounds(kinds_of(inline(system.spec)))
    sample(system, bounds)
    bounds.level()
    source = program(inline(system.spec), system.codec, bounds, (), {}, symmetry)
    code = Interpreted(source.text)
    memory, scratch = code.memory(source.words), code.memory(max(1, source.scratch))

    def words_of(state: Any) -> list[int]:
        return source.layout.pack(system.cells.whole(cells_of(state)))

    def representative(words: list[int]) -> list[int]:
        for i, word in enumerate(words):
            memory[i] = word
        code.function("canonical")(memory, 0, scratch)
        return list(memory)

    waiting = list(dict.fromkeys(system.initial()))
    seen = set(waiting)
    for state in waiting:  # grows while it is read
        try:
            alike = [words_of(s) for s in (state, *symmetry.orbit(state))]
        except OutOfBounds:  # the search would begin again with more room
            continue
        mine = representative(alike[0])
        assert mine in alike, state
        assert all(representative(words) == mine for words in alike), state
        if len(waiting) < states:
            new = dict.fromkeys(x for x in targets_of(system, state) if x not in seen)
            seen.update(new)
            waiting += new


@pytest.mark.parametrize("found", ONE_OF_EACH + CONSTRUCTS, ids=lambda f: f.identity)
def test_one_representative_for_each_orbit(found: Found) -> None:
    try:
        lawful(found.model, 25)
    except (SpecError, Unsupported):
        assert found.module == "every_construct" or found.module.startswith("broken"), found


def test_one_representative_for_each_orbit_of_random_specifications() -> None:
    for seed in SEEDS:
        with loaded(from_seed(seed).text) as (model,):
            try:
                lawful(model, 25)
            except (SpecError, Unsupported):
                pass
            except AssertionError as error:
                raise AssertionError(f"seed {seed}: {error}") from error


# ------------------------------------------------------------------------------- orders of things
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_plain_changes_bring_things_into_every_order_once(count: int) -> None:
    things = list(range(count))
    met = {tuple(things)}
    for k in plain_changes(count):
        things[k], things[k + 1] = things[k + 1], things[k]
        assert tuple(things) not in met
        met.add(tuple(things))
    assert len(met) == [1, 2, 6, 24, 120][count - 1]


def test_a_tour_meets_every_member_of_a_group() -> None:
    name = next(i for i in BY_IDENTITY if i.startswith("paxos.flexible/grid"))
    system = system_of(BY_IDENTITY[name].model)
    (grid,) = [f for f in system.symmetry().factors if f.members]
    generators, steps = tour(grid.members)
    here: Permutation = grid.members[0]
    met = [here]
    for k in steps:
        here = {s: [generators[k][s][i] for i in to] for s, to in here.items()}
        met.append(here)
    shown = {tuple(tuple(p[s]) for s in grid.members[0]) for p in met}
    assert shown == {tuple(tuple(p[s]) for s in grid.members[0]) for p in grid.members}
    assert len(grid.members) == grid.order == 4

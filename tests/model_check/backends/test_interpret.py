"""The interpreter: counts, mistakes at run time, bounds, premises, refinements and diagnosis.

That it agrees with plain Python on every state is shown in tests/agree.
"""

from __future__ import annotations

from collections import Counter

import pytest

from ballotproof.model_check.backends import interpret
from ballotproof.model_check.backends.emit_python import Routine
from ballotproof.model_check.backends.interpret import Interpreter, source
from ballotproof.model_check.backends.run import PlainPython
from ballotproof.model_check.explore.system import State
from ballotproof.model_check.frontend.read import read
from ballotproof.spec.lang import Model
from ballotproof.spec.lang.errors import InternalError, SpecError
from ballotproof.spec.paxos import single_decree

from .. import every_construct
from ..golden import check
from . import mistakes
from .bounded import Growing, Mapped, Wrong


def interpreter(model: Model) -> Interpreter:
    return Interpreter(read(model.protocol, model), model)


def search(system: Interpreter) -> tuple[int, int, int]:
    """States, transitions and depth of a breadth-first search."""
    level, depth, transitions = list(system.initial()), 0, 0
    seen = set(level)
    while level:
        depth += 1
        reached: list[State] = []
        for state in level:
            for step in system.successors(state):
                transitions += 1
                if step.target not in seen:
                    seen.add(step.target)
                    reached.append(step.target)
        level = reached
    return len(seen), transitions, depth


# ----------------------------------------------------------------------------------- counts
def test_paxos_has_the_states_and_depth_of_tlc() -> None:
    """3,921 distinct states, depth 17: TLC 2 on the TLA+ module Paxos with the same bounds."""
    states, _, depth = search(interpreter(single_decree.MODELS[0]))
    assert (states, depth) == (3_921, 17)


def test_the_same_run_twice_takes_the_same_steps_in_the_same_order() -> None:
    """Also where sets hold None, whose hash is another in every run before Python 3.12."""
    model = every_construct.MODELS[0]
    first, second = interpreter(model), interpreter(model)
    for state in walk(first, 300):
        assert list(first.successors(state)) == list(second.successors(state))


# -------------------------------------------------------------------------------- mistakes
def walk(system: Interpreter | PlainPython, count: int) -> list[State]:
    """The first states of a breadth-first search, those met twice included."""
    states = list(system.initial())
    for i in range(count):
        states += [t.target for t in system.successors(states[i])]
    return states


def first_mistake(system: Interpreter | PlainPython) -> SpecError:
    """The error met by a breadth-first search."""
    with pytest.raises(SpecError) as error:
        walk(system, 50)
    return error.value


@pytest.mark.parametrize("protocol", mistakes.IN_STEPS, ids=lambda p: p.__name__)
def test_a_mistake_is_the_one_that_plain_python_makes(protocol: type[mistakes.Fine]) -> None:
    model = mistakes.model(protocol)
    mine, theirs = first_mistake(interpreter(model)), first_mistake(PlainPython(model))
    assert (mine.code, mine.span) == (theirs.code, theirs.span)
    assert mine.span is not None


def test_what_is_guarded_is_no_mistake() -> None:
    assert search(interpreter(mistakes.model(mistakes.Guarded))) == (4, 3, 4)


@pytest.mark.parametrize(
    ("protocol", "code", "text"),
    [
        (mistakes.IndexNegative, "BP504", "self.log[self.count - 1]"),
        (mistakes.BoundNegative, "BP509", "self.count - 1"),
    ],
)
def test_an_index_below_zero_is_a_mistake_though_python_takes_it(
    protocol: type[mistakes.Fine], code: str, text: str
) -> None:
    error = first_mistake(interpreter(mistakes.model(protocol)))
    assert error.code == code
    assert error.span is not None
    assert text in error.span.excerpt()


def test_mistakes_in_properties() -> None:
    system = interpreter(mistakes.model(mistakes.InAnInvariant))
    (state,) = system.initial()
    with pytest.raises(SpecError, match="BP504"):
        system.broken_invariants(state)
    system = interpreter(mistakes.model(mistakes.InAStepInvariant))
    (state,) = system.initial()
    (step,) = system.successors(state)
    assert system.broken_step_invariants(state, step.target) == []
    (next_step,) = system.successors(step.target)
    with pytest.raises(SpecError, match="BP504"):
        system.broken_step_invariants(step.target, next_step.target)


def test_a_mistake_in_init() -> None:
    with pytest.raises(SpecError, match="BP504"):
        interpreter(mistakes.model(mistakes.InInit)).initial()


def test_a_mistake_in_a_refinement() -> None:
    system = interpreter(mistakes.model(mistakes.InARefinement))
    (state,) = system.initial()
    with pytest.raises(SpecError, match="BP504"):
        system.image("counting", state)
    with pytest.raises(SpecError, match="BP504"):
        system.broken_refinements(state, system.successors(state)[-1].target)


def test_a_failure_that_plain_python_does_not_have_is_ours() -> None:
    system = interpreter(mistakes.model(mistakes.Fine))
    (state,) = system.initial()

    def broken(state: State) -> None:
        raise ZeroDivisionError

    system._successors = broken
    with pytest.raises(InternalError, match="engines disagree"):
        system.successors(state)


# ---------------------------------------------------------------------------------- bounds
def test_bounds_of_the_model() -> None:
    """Beyond them is a mistake, in both engines; within them nothing is different."""
    short = Model(name="short", protocol=Growing, lengths=2)
    small = Model(name="small", protocol=Growing, integers=(0, 2))
    for model, code in ((short, "BP510"), (small, "BP511")):
        mine, theirs = first_mistake(interpreter(model)), first_mistake(PlainPython(model))
        assert mine.code == theirs.code == code
        assert mine.message == theirs.message
    wide = Model(name="wide", protocol=Growing, lengths=4, integers=(0, 4))
    free = Model(name="free", protocol=Growing)
    assert search(interpreter(wide)) == search(interpreter(free))


# ------------------------------------------------------------------------------- diagnosis
def test_premises() -> None:
    system = interpreter(single_decree.MODELS[0])
    assert "agreement" in system.premises()
    (state,) = system.initial()
    assert system.premise_true(state, system.premises()) == []
    true: set[str] = set()
    for state in walk(system, 3_000):
        true.update(system.premise_true(state, system.premises()))
    assert "validity" in true


def test_why_an_action_never_happens() -> None:
    system = interpreter(mistakes.model(mistakes.OnlyLater))
    (state,) = system.initial()
    (count,) = system.explain_disabled("read", [state])[:1]
    assert (count.text, count.asked, count.held) == ("require(self.count == 2)", 1, 0)


def test_guards_are_counted_one_by_one() -> None:
    system = interpreter(single_decree.MODELS[0])
    (state,) = system.initial()
    (prepared, *_) = [t.target for t in system.successors(state)]
    counts = system.explain_disabled("promise", [state, prepared])
    assert [(c.text, c.asked, c.held) for c in counts] == [
        ("require(m in self.sent)", 2, 1),
        ("require(joined is None or m.ballot > joined)", 3, 3),
    ]


# ------------------------------------------------------------------------------ refinement
def test_a_refinement_that_holds_and_one_that_does_not() -> None:
    good = interpreter(Model(name="good", protocol=Mapped))
    (state,) = good.initial()
    assert good.broken_initial_refinements(state) == []
    for step in good.successors(state):
        assert good.broken_refinements(state, step.target) == []
    bad = interpreter(Model(name="bad", protocol=Wrong))
    (state,) = bad.initial()
    assert bad.broken_initial_refinements(state) == []
    verdicts = {t.action: bad.broken_refinements(state, t.target) for t in bad.successors(state)}
    assert verdicts == {"step": [], "jump": ["counting"], "wait": []}
    assert dict(bad.image("counting", state)) == {"count": 0}


# -------------------------------------------------------------------------------- the text
@pytest.mark.parametrize("model", every_construct.MODELS, ids=lambda m: m.name)
def test_generated_source(model: Model) -> None:
    slug = model.name.replace(",", "").replace(" ", "_").lower()
    text = source(read(model.protocol, model), model)
    check(text, f"python/every_construct_{slug}.txt")


# ----------------------------------------------------------------------------- remembering
def test_remembering_ends_where_it_does_not_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpret, "TRIAL", 10)
    routine = Routine("f", (0,))
    asked: Counter[int] = Counter()

    def f(x: int) -> int:
        asked[x] += 1
        return x * x

    tally = interpret._Tally()
    known = interpret._Remembered(f, routine, tally, of_steps=False)
    for x in range(100):  # always new
        tally.count += 1
        assert known[known.before((x,))] == x * x
    assert len(known) == 0
    known = interpret._Remembered(f, routine, tally, of_steps=False)
    tally.count = 0
    asked.clear()
    for x in range(100):  # five values again and again
        tally.count += 1
        assert known[known.before((x % 5,))] == (x % 5) ** 2
    assert set(asked.values()) == {1}


def test_remembering_functions_of_steps() -> None:
    routine = Routine("f", (0, 2), (1,))
    tally = interpret._Tally()
    known = interpret._Remembered(lambda a, c, b: (a, c, b), routine, tally, of_steps=True)
    assert known[known.before((1, 2, 3)), known.after((4, 5, 6))] == (1, 3, 5)
    nothing = interpret._Remembered(lambda: 7, Routine("f"), tally, of_steps=False)
    assert nothing[nothing.before((1, 2))] == 7
    # A step invariant need not look at the state after.
    only_before = interpret._Remembered(lambda a: a, Routine("f", (0,)), tally, of_steps=True)
    assert only_before[only_before.before((1, 2)), only_before.after((3, 4))] == 1

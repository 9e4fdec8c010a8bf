"""Replay: plain Python says of each step whether it is one, and where claims break."""

from __future__ import annotations

from dataclasses import replace

from ballotproof.model_check.counterexample import Behaviour, Step
from ballotproof.model_check.replay import Replay, replay
from ballotproof.spec.lang import BagNetwork, Map

from .behaviours import BROKEN, broken_lock, lock_model, taken
from .lock import Client

c1, c2 = Client.element(0), Client.element(1)


def of_lock(behaviour: Behaviour) -> Replay:
    return replay(lock_model(), behaviour)


def test_a_counterexample_is_real_and_breaks_its_claim_in_its_last_state() -> None:
    replayed = of_lock(broken_lock())
    assert replayed.real
    assert [b.name for b in replayed.broken] == ["exclusion"]
    assert [len(s.broken) for s in replayed.states] == [0] * 8 + [1]
    assert [s.call for s in replayed.states] == ["initial state", *BROKEN]
    assert replayed.text()[-2:] == [
        "  8  yes  enter(Grant(c2))",
        "          invariant exclusion is false here",
    ]


def test_a_step_that_is_not_enabled_names_the_guard() -> None:
    behaviour = broken_lock()
    first, second, *rest = behaviour.steps
    again = Step("ask", {"c": c1}, first.state)
    replayed = of_lock(Behaviour(behaviour.initial, (first, again, second, *rest)))
    assert [s.real for s in replayed.states].count(False) == 1
    wrong = replayed.states[2]
    assert wrong.call == "ask(c1)"
    assert wrong.reasons[0] == "this is not enabled"
    assert "lock.py:" in wrong.reasons[1]
    assert wrong.reasons[2].strip() == "require(not self.asked[c])"
    # The others are judged from the states that the behaviour claims.
    assert replayed.states[-1].broken


def test_a_step_to_another_state_shows_the_difference() -> None:
    behaviour = broken_lock()
    first = behaviour.steps[0]
    state = dict(first.state) | {"free": False}
    replayed = of_lock(Behaviour(behaviour.initial, (replace(first, state=state),)))
    assert replayed.states[1].reasons == (
        "the specification leads to another state; here, other than there:",
        "  free: True -> False",
    )


def test_an_argument_that_is_no_choice() -> None:
    behaviour = taken(lock_model(), "ask(c1)", "grant(Request(c1))")
    first, second = behaviour.steps
    wrong = replace(first, action="leave")
    replayed = of_lock(Behaviour(behaviour.initial, (wrong, second)))
    assert not replayed.states[1].real
    assert replayed.states[1].reasons[-1] == "the state is reached by ask"
    assert replayed.states[2].real


def test_another_initial_state_shows_the_difference() -> None:
    behaviour = broken_lock()
    initial = dict(behaviour.initial) | {"holds": Map({c1: True, c2: True})}
    replayed = of_lock(Behaviour(initial, ()))
    assert not replayed.real
    assert replayed.states[0].reasons == (
        "this is no initial state",
        "  holds[c1]: False -> True",
        "  holds[c2]: False -> True",
    )
    assert [b.name for b in replayed.broken] == ["exclusion"]


def test_in_another_instance_the_same_steps_may_not_be_real() -> None:
    model = lock_model(BagNetwork())
    behaviour = taken(model, "ask(c1)", "grant(Request(c1))", "enter(Grant(c1))")
    assert replay(model, behaviour).real
    with model.universe():
        repeated = Step("enter", {"m": behaviour.steps[2].arguments["m"]}, behaviour.last)
    replayed = replay(model, Behaviour(behaviour.initial, (*behaviour.steps, repeated)))
    assert [s.real for s in replayed.states] == [True, True, True, True, False]

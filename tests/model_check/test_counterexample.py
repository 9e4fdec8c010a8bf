"""A printed counterexample, byte for byte."""

from __future__ import annotations

from ballotproof.model_check.counterexample import Behaviour, Claim, Counterexample
from ballotproof.model_check.explanation import claim_of
from ballotproof.model_check.explore.claims import Kind
from ballotproof.model_check.paint import Paint
from ballotproof.spec.lang import Map

from .behaviours import broken_lock, lock_model

STEPS = """\
  0  initial state
     free = True
     asked = {every key: False}
     holds = {every key: False}
     network = {}
  1  ask(c1)
     asked[c1]: False -> True
     network: + Request(c1)
  2  ask(c2)
     asked[c2]: False -> True
     network: + Request(c2)
  3  grant(Request(c1))
     free: True -> False
     network: + Grant(c1)
  4  enter(Grant(c1))
     holds[c1]: False -> True
  5  leave(c1)
     free: False -> True
     asked[c1]: True -> False
     holds[c1]: True -> False
  6  grant(Request(c2))
     free: True -> False
     network: + Grant(c2)
  7  enter(Grant(c1))
     holds[c1]: False -> True
  8  enter(Grant(c2))
     holds[c2]: False -> True"""


def broken_exclusion() -> Counterexample:
    model = lock_model()
    behaviour = broken_lock()
    claim = claim_of(model, model.universe(), Kind.INVARIANT, "exclusion", behaviour)
    return Counterexample(claim, behaviour)


def test_the_text_of_a_counterexample() -> None:
    text = broken_exclusion().text()
    place = text.pop()
    assert "\n".join(text) == STEPS + (
        "\n"
        "\n"
        "exclusion is false after 8 steps\n"
        "  At most one client holds the lock.\n"
        "  with c = c1, d = c2\n"
        "  `c == d` is false"
    )
    assert place.startswith("  stated at ")
    assert "lock.py:" in place


def test_step_numbers_are_aligned() -> None:
    behaviour = broken_lock()
    long = Behaviour(behaviour.initial, behaviour.steps * 2)
    lines = [line for line in long.text() if "ask(c1)" in line]
    assert lines == ["   1  ask(c1)", "   9  ask(c1)"]


def test_a_step_that_changes_nothing_says_so() -> None:
    behaviour = broken_lock()
    twice = Behaviour(behaviour.initial, (behaviour.steps[0], behaviour.steps[0]))
    assert twice.text()[-2:] == ["  2  ask(c1)", "     (nothing changes)"]


def test_colours_mark_what_came_and_went() -> None:
    text = "\n".join(broken_exclusion().text(Paint(colour=True)))
    assert "\x1b[1mask(c1)\x1b[0m" in text
    assert "network: \x1b[32m+ Request(c1)\x1b[0m" in text
    assert "\x1b[1;31mexclusion is false after 8 steps\x1b[0m" in text


def head(kind: Kind, behaviour: Behaviour | None) -> str:
    return Counterexample(Claim(kind, "claim"), behaviour).verdict_lines()[0]


def test_each_kind_of_claim_says_what_is_wrong() -> None:
    long = broken_lock()
    short = Behaviour(long.initial, ())
    one = Behaviour(long.initial, long.steps[:1])
    assert head(Kind.INVARIANT, long) == "claim is false after 8 steps"
    assert head(Kind.INVARIANT, one) == "claim is false after 1 step"
    assert head(Kind.INVARIANT, short) == "claim is false in the initial state"
    assert head(Kind.STEP_INVARIANT, long) == "claim is false of step 8"
    assert head(Kind.REFINEMENT, long) == "step 8 is neither a step nor a stuttering under claim"
    assert head(Kind.REFINEMENT, short) == "the initial state is mapped to none by claim"
    assert head(Kind.DEADLOCK, long) == "nothing can happen any more after 8 steps"
    assert head(Kind.REACHABLE, None) == "claim is never true"


def test_a_refinement_shows_what_the_mapping_makes_of_the_step() -> None:
    claim = Claim(Kind.REFINEMENT, "abstractly")
    before = {"chosen": Map({1: None, 2: None})}
    after = {"chosen": Map({1: None, 2: 3})}
    assert claim.with_images(before, after).because == (
        "the mapping makes of it",
        "  chosen[2]: None -> 3",
    )
    assert claim.with_images(before).because == (
        "there it would be",
        "  chosen = {every key: None}",
    )

"""``prove --bounded``: what is shown of a proof on its instances, and how it ends."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from ballotproof.model_check.cli import main
from ballotproof.model_check.induction.bounded import Effort, Outcome, bounded_proof
from ballotproof.model_check.induction.conditions import conditions_of
from ballotproof.model_check.induction.finite import Finite, Standing
from ballotproof.model_check.induction.vacuity import vacuity_of
from ballotproof.proofs.paxos.single_decree import PROOFS as SINGLE_DECREE
from ballotproof.spec.consensus import Value
from ballotproof.spec.lang import Model, Proof, action, invariant, require
from ballotproof.spec.lang.errors import Unsupported
from ballotproof.spec.lang.quorum import at_least
from ballotproof.spec.paxos.single_decree import Promise, SingleDecree
from ballotproof.spec.voting import Acceptor, Ballot, Quorum

from .small import CARELESS, LOCK, LOOSE_STACK, STACK, Stack

PAXOS = Proof(name="as shipped", protocol=SingleDecree, of=SingleDecree)
TWO_BALLOTS = Model(
    name="2 ballots", protocol=SingleDecree, sizes={Acceptor: 3, Ballot: 2, Value: 2}
)


def test_a_cti_is_small_and_real() -> None:
    """Without `promises_kept` an acceptor may have promised what it has not noted."""
    made = bounded_proof(conditions_of(PAXOS), TWO_BALLOTS)
    assert made.outcome is Outcome.NOT_INDUCTIVE
    assert [c.cell.name for c in made.ctis] == [
        "promise/promises_truthful",
        "propose/proposals_safe",
        "accept/promises_truthful",
    ]
    accept = made.ctis[2]
    assert (
        "\n".join(accept.text())
        == """\
  a state with the invariant
    promised = {every key: None}
    vote = {every key: None}
    sent = {Accept(b0, v1), Promise(a1, b1, None)}
  accept(a1, Accept(b0, v1))
    promised[a1]: None -> b0
    vote[a1]: None -> Vote(b0, v1)
    sent: + Accepted(a1, b0, v1)
promises_truthful is false afterwards
  A promise reports a vote that was cast, and its sender has cast no other between that one and \
the ballot of the promise, not even later (P14).
  with m = Promise(a1, b1, None), n = Accepted(a1, b0, v1)
  `last is not None` is false"""
    )
    assert made.seen is not None
    assert (made.seen.states, made.seen.complete, made.seen.broken) == (3_921, True, None)
    assert all(j.reach is not None and j.reach.never for j in made.judged)
    text = "\n".join(made.text())
    assert text.count("This state cannot be reached: it is none of the 3,921 of the instance.") == 3
    assert "All 3,921 states of the instance were explored" in text


def test_a_false_invariant_is_refuted_by_a_behaviour() -> None:
    made = bounded_proof(conditions_of(CARELESS), CARELESS.instances[0])
    assert made.outcome is Outcome.REFUTED
    assert made.seen is not None
    assert made.seen.broken is not None
    assert made.seen.broken.claim.name in {"first_asks_first", "kept"}
    assert made.seen.broken.steps == 2


def test_the_way_to_the_state_is_shown_if_there_is_one() -> None:
    made = bounded_proof(conditions_of(CARELESS), CARELESS.instances[0])
    kept = next(j for j in made.judged if j.cti.cell.name == "give/kept")
    assert kept.reach is not None
    assert kept.reach.way is not None
    assert dict(kept.reach.way.last) == dict(kept.cti.behaviour.initial)
    text = "\n".join(made.text())
    assert "This state is reached, in 3 steps:" in text
    assert "a claim is false where the protocol can get" in text


def test_a_candidate_is_held_back_and_said_to_exclude() -> None:
    (proof,) = SINGLE_DECREE
    held_back = replace(proof, candidates=["promises_kept", "votes_recorded"])
    conditions = conditions_of(held_back)
    assert "promises_kept" not in conditions.by_name
    made = bounded_proof(conditions, TWO_BALLOTS)
    assert made.outcome is Outcome.NOT_INDUCTIVE
    excluded = {j.cti.cell.name: j.excluded for j in made.judged}
    assert excluded == {
        "promise/promises_truthful": ("votes_recorded",),
        "propose/proposals_safe": ("promises_kept",),
        "accept/promises_truthful": ("promises_kept",),
    }
    said = (
        "The candidate `promises_kept` excludes it, and is true of every state that can be reached."
    )
    assert said in made.text()
    assert not bounded_proof(conditions_of(proof), TWO_BALLOTS).judged


class Guess(SingleDecree):
    """Candidates that are no lemmas."""

    @invariant
    def promises_only_none(self) -> bool:
        return all(m.vote is None for m in self.sent.of(Promise))

    @invariant
    def nothing(self) -> bool:
        return True


def test_a_candidate_that_is_false_or_says_nothing_is_told_apart() -> None:
    proof = Proof(
        name="x", protocol=Guess, of=SingleDecree, candidates=["promises_only_none", "nothing"]
    )
    made = bounded_proof(conditions_of(proof), replace(TWO_BALLOTS, protocol=Guess))
    text = made.text()
    assert made.seen is not None
    assert made.seen.candidates == {"promises_only_none": 7, "nothing": None}
    assert "No candidate excludes it: `promises_only_none`, `nothing`." in text


class Mistaken(Stack):
    """Pops what is not there, and soon."""

    @action
    def pop(self) -> None:
        require(self.items[self.top - 1] or self.top > 0)
        self.top = self.top - 1


def test_a_mistake_that_is_made_ends_in_its_explanation() -> None:
    model = replace(STACK.instances[0], protocol=Mistaken)
    made = bounded_proof(conditions_of(Proof(name="x", protocol=Mistaken, of=Mistaken)), model)
    assert made.outcome is Outcome.MISTAKEN
    text = "\n".join(made.text())
    assert "a mistake is made where the protocol can get" in text


def test_a_mistake_is_a_cell_of_its_own() -> None:
    effort = Effort(states=100, more=100, steps=2)
    made = bounded_proof(conditions_of(LOOSE_STACK), LOOSE_STACK.instances[0], effort=effort)
    failing = {c.name for c in made.matrix.of(Standing.FAILS)}
    assert failing == {"pop/defined", "push/top_known"}
    text = "\n".join(made.text())
    assert "evaluating pop there is a mistake" in text
    assert re.search(r"not reached within \d+ steps \(100 states explored\); beyond that", text)
    assert "BP504" in text or "outside a sequence" in text


def test_what_is_vacuous_is_not_proved() -> None:
    made = bounded_proof(conditions_of(STACK), STACK.instances[0])
    assert not made.matrix.of(Standing.FAILS)
    assert made.vacuity is not None
    assert made.vacuity.dead == ("never",)
    assert made.outcome is Outcome.VACUOUS
    uncrossed = replace(TWO_BALLOTS, quorums={Quorum: at_least(1)}, assume=False)
    vacuity = vacuity_of(Finite(conditions_of(PAXOS), uncrossed))
    assert vacuity.laws == ("Quorum_intersect",)
    assert vacuity.found


def test_too_little_work_leaves_cells_open() -> None:
    made = bounded_proof(conditions_of(PAXOS), TWO_BALLOTS, resources=1)
    assert made.matrix.of(Standing.UNKNOWN)
    assert made.outcome in (Outcome.UNKNOWN, Outcome.NOT_INDUCTIVE)


def test_what_is_not_bounded_cannot_be_laid_out() -> None:
    with pytest.raises(Unsupported, match="lengths=2"):
        Finite(conditions_of(STACK), Model(name="open", protocol=STACK.protocol))
    huge = replace(STACK.instances[0], lengths=30)
    with pytest.raises(Unsupported, match="smaller sizes"):
        Finite(conditions_of(STACK), huge)


def prove(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["prove", "--bounded", *arguments])
    return result.exit_code, result.output


def test_the_command_says_how_it_ends() -> None:
    code, text = prove("commit.two_phase")
    assert code == 0, text
    assert "inductive on this instance" in text
    here = str(Path(__file__).with_name("shown.py"))
    assert prove(here, "--quiet")[0] == 12
    code, text = prove(f"{here}::Lock", "--quiet")
    assert (code, text.count("\n")) == (0, 1)
    code, text = prove(f"{here}::Lock", "--cell", "give/holder_asked")
    assert code == 0
    assert "1 of 1 cells hold" in text
    code, text = prove(f"{here}::Lock", "--cell", "give/nothing")
    assert code == 64
    assert "there is no cell 'give/nothing'" in text
    code, text = prove(f"{here}::Lock", "--candidate", "holder_asked")
    assert code == 64
    assert "--candidate: holder_asked is no invariant that the proof Lock adds" in text
    code, text = prove("voting", "--states", "10", "--depth", "1", "--quiet")
    assert (code, text.count("\n")) == (0, 1)


def test_what_an_action_does_not_touch_is_marked_so() -> None:
    made = bounded_proof(conditions_of(LOCK), LOCK.instances[0])
    assert made.outcome is Outcome.INDUCTIVE
    assert made.matrix.untouched == set()
    paxos = bounded_proof(conditions_of(PAXOS), TWO_BALLOTS, ctis=0)
    assert {"prepare/agreement", "promise/validity"} <= paxos.matrix.untouched
    assert "accept/agreement" not in paxos.matrix.untouched

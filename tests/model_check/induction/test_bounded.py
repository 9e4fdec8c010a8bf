"""``prove --bounded``: what is shown of a proof on its instances, and how it ends."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from ballotproof.model_check.cli import main
from ballotproof.model_check.discover import FoundProof, find_proofs, find_protocol
from ballotproof.model_check.induction.answer import instance
from ballotproof.model_check.induction.bounded import Effort, Outcome, bounded_proof
from ballotproof.model_check.induction.conditions import conditions_of
from ballotproof.model_check.induction.finite import Finite, Standing
from ballotproof.model_check.induction.vacuity import vacuity_of
from ballotproof.model_check.itf import Codec, Document
from ballotproof.model_check.verdict import ExitCode
from ballotproof.proofs.paxos.single_decree import PROOFS as SINGLE_DECREE
from ballotproof.spec.consensus import Value
from ballotproof.spec.lang import Model, Proof, Protocol, action, invariant, require
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
    assert code == 14
    assert "1 of 1 cells hold: in part" in text
    assert "inductive" not in text
    code, text = prove(f"{here}::Lock", "--cell", "give/nothing")
    assert code == 64
    assert "there is no condition 'give/nothing'; they are named like" in text
    code, text = prove(f"{here}::Lock", "--candidate", "holder_asked")
    assert code == 64
    assert "--candidate: holder_asked is no invariant that the proof Lock adds" in text
    code, text = prove("voting", "--states", "10", "--depth", "1", "--quiet")
    assert (code, text.count("\n")) == (0, 1)


class Wires(Protocol):
    """Nothing is ever on, but of the last wire that is not said."""

    x: bool
    y: bool
    z: bool

    def init(self) -> None:
        self.x = False
        self.y = False
        self.z = False

    @action
    def one(self) -> None:
        self.x = self.z

    @action
    def two(self) -> None:
        self.x = self.z

    @action
    def three(self) -> None:
        self.y = self.z

    @invariant
    def x_off(self) -> bool:
        return not self.x

    @invariant
    def y_off(self) -> bool:
        return not self.y


def test_what_fails_and_is_not_shown_is_named() -> None:
    """Counterexamples are shown of each claim first, so those left out are not the last ones."""
    made = bounded_proof(
        conditions_of(Proof(name="x", protocol=Wires, of=Wires)),
        Model(name="m", protocol=Wires),
        ctis=2,
    )
    failing = [c.name for c in made.matrix.of(Standing.FAILS)]
    assert failing == ["one/x_off", "two/x_off", "three/y_off"]
    assert [c.cell.name for c in made.ctis] == ["one/x_off", "three/y_off"]
    assert [c.name for c in made.not_shown] == ["two/x_off"]
    assert "  1 more fails: two/x_off" in made.text()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--seeds", "2"], "--seeds is of proofs for every size"),
        (["--smtlib", "questions"], "--smtlib writes questions about every size"),
        (["--no-cache"], "leave out --cache and --no-cache, or --bounded"),
        (["--cache"], "leave out --cache and --no-cache, or --bounded"),
        (["--minimise"], "--minimise is of proofs for every size"),
        (["--graph", "x.svg"], "--graph is of proofs for every size"),
        (["--details"], "ask for --json"),
        (["--solver", "both"], "there are z3 and cadical"),
    ],
    ids=str,
)
def test_what_bounded_does_not_do_is_refused(given: list[str], said: str) -> None:
    code, text = prove("consensus", *given)
    assert code == 64
    assert said in text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--ctis", "3"], "--ctis is of finite instances; add --bounded"),
        (["--candidate", "holder_asked"], "candidates of the Proof"),
        (["--states", "10"], "--states is of finite instances; add --bounded"),
        (["--depth", "10"], "--depth is of finite instances; add --bounded"),
        (["--solver", "cadical"], "--solver cadical is for --bounded"),
    ],
    ids=str,
)
def test_what_only_bounded_does_is_refused_without_it(given: list[str], said: str) -> None:
    """Given with the value that is the default, too."""
    result = CliRunner().invoke(main, ["prove", "consensus", *given])
    assert result.exit_code == 64
    assert said in result.output


# ------------------------------------------------------------------------------------- as data
def answer_of(*arguments: str) -> tuple[int, dict[str, Any]]:
    code, text = prove(*arguments, "--json")
    document: dict[str, Any] = json.loads(text)
    assert document["exit_code"] == code
    return code, document


def test_the_document_has_each_condition_and_each_behaviour(tmp_path: Path) -> None:
    here = str(Path(__file__).with_name("shown.py"))
    code, document = answer_of(here)
    assert code == 12
    assert document["errors"] == []
    assert {"ballotproof", "python", "z3"} <= document["versions"].keys()
    lock, careless = document["proofs"]
    assert (lock["exit_code"], careless["exit_code"]) == (0, 12)
    made = bounded_proof(conditions_of(CARELESS), CARELESS.instances[0])
    (shown,) = careless["instances"]
    assert shown["verdict"] == "a claim is false"
    assert {c["name"]: c["status"] for c in shown["conditions"]} == {
        name: s.value for name, s in made.matrix.standing.items()
    }
    assert [c["condition"] for c in shown["ctis"]] == ["give/first_asks_first", "give/kept"]
    assert shown["ctis"][1]["claim"]["name"] == "kept"
    small = Path(__file__).with_name("small.py")  # where the class stands
    codec = Codec(CARELESS.protocol, made.model.universe())
    for j, told in zip(made.judged, shown["ctis"], strict=True):
        read = msgspec.convert(told["trace"], Document)
        assert codec.behaviour(read) == j.cti.behaviour
    for trace, steps, ends in (
        (shown["ctis"][1]["reach"]["trace"], 3, 0),  # the invariants hold there, and fall next
        (shown["seen"]["broken"]["trace"], 2, 12),
    ):
        file = tmp_path / "way.itf.json"
        file.write_text(json.dumps(trace))
        replayed = CliRunner().invoke(
            main, ["replay", str(file), "--json", "--protocol", f"{small}::Careless"]
        )
        assert replayed.exit_code == ends
        taken = json.loads(replayed.output)
        assert taken["real"]
        assert len(taken["states"]) == steps + 1


def test_the_document_is_the_same_of_one_process_and_of_two() -> None:
    def timeless(document: dict[str, Any]) -> dict[str, Any]:
        for proof in document["proofs"]:
            for told in proof["instances"]:
                del told["seconds"]
        return document

    here = str(Path(__file__).with_name("shown.py"))
    one, two = (timeless(answer_of(here, "--jobs", n)[1]) for n in ("1", "2"))
    assert one == two
    assert prove(here, "--jobs", "1") == prove(here, "--jobs", "2")


def test_a_mistake_is_told_as_data() -> None:
    effort = Effort(states=100, more=100, steps=2)
    made = bounded_proof(conditions_of(LOOSE_STACK), LOOSE_STACK.instances[0], effort=effort)
    told = instance(FoundProof("mine.py", LOOSE_STACK), made, ExitCode.INCONCLUSIVE, 0.0)
    by_name = {c.condition: c for c in told.ctis}
    popped = by_name["pop/defined"]
    assert popped.claim is None
    assert popped.error is not None
    assert popped.error.code == "BP504"
    assert popped.error.place is not None
    assert popped.error.place.startswith("tests/model_check/induction/small.py:")
    assert popped.reach is not None
    assert (popped.reach.reached, popped.reach.never) == (False, False)
    assert by_name["push/top_known"].error is None


def test_a_proof_that_cannot_be_laid_out_is_told_beside_the_others(tmp_path: Path) -> None:
    """In text on standard error, in the document among the errors; the others are asked about."""
    file = tmp_path / "mine.py"
    file.write_text(
        "from dataclasses import replace\n"
        "from tests.model_check.induction.small import LOCK, STACK\n"
        "from ballotproof.spec.lang import Model\n"
        "OPEN = Model(name='open', protocol=STACK.protocol)\n"
        "PROOFS = [replace(STACK, instances=[OPEN]), LOCK]\n"
    )
    code, document = answer_of(str(file))
    assert code == 64
    (error,) = document["errors"]
    assert (error["proof"], error["model"], error["exit_code"]) == ("stack", "open", 64)
    assert "lengths=2" in error["error"]["message"]
    assert [len(p["instances"]) for p in document["proofs"]] == [0, 1]
    code, text = prove(str(file))
    assert code == 64
    assert "lengths=2" in text
    assert "inductive on this instance" in text


def test_a_trace_of_a_shipped_proof_names_its_class() -> None:
    (found,) = find_proofs("paxos.single_decree")
    assert found.source == "proofs.paxos.single_decree::SingleDecreeProof"
    assert find_protocol(found.source) is found.proof.protocol


def test_what_an_action_does_not_touch_is_marked_so() -> None:
    made = bounded_proof(conditions_of(LOCK), LOCK.instances[0])
    assert made.outcome is Outcome.INDUCTIVE
    assert made.matrix.untouched == set()
    paxos = bounded_proof(conditions_of(PAXOS), TWO_BALLOTS, ctis=0)
    assert {"prepare/agreement", "promise/validity"} <= paxos.matrix.untouched
    assert "accept/agreement" not in paxos.matrix.untouched

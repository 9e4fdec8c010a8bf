"""The program that the native engine generates, shown: golden files, and what it is made of."""

from __future__ import annotations

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.backends.native.kernel import program
from ballotproof.model_check.backends.native.layout import Bounds
from ballotproof.model_check.backends.native.programs import abstract_codecs
from ballotproof.model_check.backends.native.source import Source
from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.passes.inline import inline
from ballotproof.spec.commit.transaction_commit import ResourceManager
from ballotproof.spec.commit.two_phase import TwoPhase
from ballotproof.spec.consensus import Value
from ballotproof.spec.lang import Model
from ballotproof.spec.paxos.single_decree import SingleDecree
from ballotproof.spec.voting import Acceptor, Ballot

from ...golden import check

TWO_PHASE = Model(name="2", protocol=TwoPhase, sizes={ResourceManager: 2})
PAXOS = Model(name="3 acceptors", protocol=SingleDecree, sizes={Acceptor: 3, Ballot: 2, Value: 2})


def generated(model: Model, *selected: str) -> Source:
    system = Interpreter(read(model.protocol, model), model)
    return program(
        inline(system.spec),
        system.codec,
        Bounds(),
        selected or None,
        abstract_codecs(system),
    )


def function(source: Source, name: str) -> str:
    start = source.text.index(f"def {name}(")
    return source.text[start : source.text.index("\n\n", start)]


def test_a_whole_program() -> None:
    check(generated(TWO_PHASE).text, "native/two_phase.py")


def test_a_quorum_is_a_mask() -> None:
    """All 63 bits of a state of Paxos with two ballots fit into one word, and chosen means that
    some two of three bits are set."""
    source = generated(PAXOS, "agreement", "validity", "promises_truthful")
    assert source.words == 1
    parts = [function(source, name) for name in ("act_2", "inv_agreement_0", "check")]
    parts.append(function(source, "inv_promises_truthful_0"))
    check("\n\n".join(parts) + "\n", "native/single_decree_parts.py")


def test_only_claims_about_what_was_written_are_asked() -> None:
    """A proposal can break no claim about promises, and a promise none about votes."""
    asked = function(generated(PAXOS, "validity", "promises_truthful"), "check").split("if a == ")
    claims = {part[0]: {x for x in ("validity", "truthful") if x in part} for part in asked[1:]}
    assert claims == {"1": {"truthful"}, "2": {"validity"}, "3": {"validity", "truthful"}}


def test_claims_that_no_idle_step_can_break_are_not_asked_of_one() -> None:
    """What is chosen stays chosen where nothing changes, and no vote is then a new one."""
    source = generated(PAXOS, "stability", "vote_after_promise")
    assert function(source, "still").splitlines()[1] == "    return 1"
    # Only votes that were not there before are looked at.
    before, after = "((w0 >> 51) & 0xfff)", "((v0 >> 51) & 0xfff)"
    asked = function(source, "step_vote_after_promise_0")
    assert f"= {after} - ({after} & {before})\n" in asked


def test_a_refinement_asks_first_what_an_abstract_step_leaves_alone() -> None:
    """Each instance of `join` stands behind one comparison with the state that was reached."""
    asked = function(generated(PAXOS, "voting"), "voting_arrives_0").splitlines()
    guards = [x for x in asked if x.startswith("    if ")]
    assert len(guards) == 6  # 3 acceptors, 2 ballots
    assert all("w0 & " in x and "v0 & " in x for x in guards)

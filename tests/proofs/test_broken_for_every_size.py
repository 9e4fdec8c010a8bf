"""A broken Raft is never proved: the condition that its rule is the reason for stays open.

What finite instances show (:mod:`.test_induction`) is seen here as ``ballotproof prove`` has it:
either a behaviour breaks a claim, or conditions of the action that is broken are open, and no
others.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from ballotproof.model_check.cli import main
from ballotproof.model_check.induction.conditions import conditions_of
from ballotproof.model_check.induction.prover import Prover, Settings
from ballotproof.model_check.mutation.mutant import Kind
from ballotproof.model_check.mutation.mutants import mutants_of
from ballotproof.model_check.prove import prove
from ballotproof.model_check.verdict import ExitCode
from ballotproof.proofs.raft.replication import PROOFS

from .broken_raft import BROKEN, Broken

HERE = str(Path(__file__).with_name("broken_raft.py"))
QUICK = Settings(resources=1_000_000)

OPEN = {
    "AnyLog": {"choosable_voted"},
    "CommitsOlder": {"decided_by_quorum", "commit_rule"},
    "AlwaysTruncates": {
        "commit_in_log", "stored_length", "stored_log", "choosable_kept", "commit_agrees",
    },
    "NoComparison": {"terms_along_log", "log_backed", "stored_log"},
}  # fmt: skip
"""The claims of the broken action that are open. Others follow from these in any state, or are kept
if these are."""


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["prove", *arguments])
    return result.exit_code, result.output


def test_to_vote_twice_is_refuted_by_a_behaviour() -> None:
    code, text = run(f"{HERE}::VotesTwice", "--no-cache", "--jobs", "1")
    assert code == ExitCode.SAFETY
    assert "false: a reachable state breaks votes_given, votes_counted" in text
    assert "4  handle_request_vote(RequestVote(s1, s2, t1, 0, t0))" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    "broken", [b for b in BROKEN if b.of.__name__ in OPEN], ids=lambda b: b.of.__name__
)
def test_a_broken_rule_leaves_its_own_conditions_open(broken: Broken) -> None:
    made = prove(broken.proof, QUICK, selection=[broken.action], cache=False)
    assert made.code is ExitCode.INCONCLUSIVE
    assert {r.name for r in made.open} == {
        f"{broken.action}/{claim}" for claim in OPEN[broken.of.__name__]
    }
    for claim in (
        set(broken.claims) - OPEN[broken.of.__name__]
    ):  # false, and proved from what is open
        reasons = made.results[f"{broken.action}/{claim}"].lemmas
        assert {x.removesuffix("'") for x in reasons} & OPEN[broken.of.__name__], claim


def test_quorums_that_need_not_meet_leave_two_leaders_possible() -> None:
    """The law of quorums is taken out of the proof: that who wins is the first does not follow."""
    conditions = conditions_of(PROOFS[0])
    (loose,) = [m for m in mutants_of(conditions) if m.kind is Kind.LAW]
    one = [conditions.implication(p) for p in conditions.invariants if p.name == "winners_first"]
    other = [loose.conditions.implication(p) for p in loose.conditions.invariants]
    (mine,) = one
    (theirs,) = [c for c in other if c.claim == "winners_first"]
    reasons = list(conditions.reasons("winners_first"))
    assert Prover(conditions, QUICK).cell(mine, reasons).status.holds
    assert not Prover(loose.conditions, QUICK).cell(theirs, reasons).status.holds

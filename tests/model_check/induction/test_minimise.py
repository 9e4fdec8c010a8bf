"""What is left of a proof proves it, and nothing of that is too much."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

from click.testing import CliRunner

from ballotproof.model_check.backends.z3.solver import Name
from ballotproof.model_check.cli import main
from ballotproof.model_check.discover import find_proofs
from ballotproof.model_check.induction.conditions import Conditions, conditions_of
from ballotproof.model_check.induction.cores import OnDemand
from ballotproof.model_check.induction.finite import Finite, Standing
from ballotproof.model_check.induction.minimise import Minimal, Minimiser, minimise, restricted
from ballotproof.model_check.induction.prover import Prover, Settings
from ballotproof.model_check.prove import prove
from ballotproof.proofs.commit.two_phase import TwoPhaseProof
from ballotproof.spec.commit.transaction_commit import ResourceManager, Status
from ballotproof.spec.commit.two_phase import Decision, Outcome, Prepared, TwoPhase
from ballotproof.spec.lang import Model, Proof, invariant


class Padded(TwoPhaseProof):
    """Two-phase commit with more than is needed."""

    @invariant
    def yes_from_those_that_ended_work(self) -> bool:
        """True, and needs `working_are_silent`."""
        return all(
            self.status[r] != Status.WORKING for r in ResourceManager if Prepared(r) in self.sent
        )

    @invariant
    def heard_ended_work(self) -> bool:
        """True, and not without the one before."""
        return all(self.status[r] != Status.WORKING for r in self.heard)

    @invariant
    def one_outcome(self) -> bool:
        """True without any other."""
        return not (Decision(Outcome.COMMIT) in self.sent and Decision(Outcome.ABORT) in self.sent)


PADDED = Proof(
    name="padded",
    protocol=Padded,
    of=TwoPhase,
    instances=[
        Model(name="2 managers", protocol=Padded, sizes={ResourceManager: 2}),
    ],
)
QUICK = Settings(resources=1_000_000)


def least(proof: Proof) -> Minimal:
    conditions = conditions_of(proof)
    cores = OnDemand(conditions, cache=False)
    prover = Prover(conditions, QUICK, {}, cores)
    results = prover.prove(conditions.cells)
    assert all(r.status.holds for r in results.values())
    return minimise(conditions, results, QUICK, prover.memory, cores)


def suffices(conditions: Conditions, finite: Finite, without: tuple[str, ...]) -> bool:
    """Whether a part of a proof is inductive on the instance, all claims included."""
    left = restricted(conditions, without)
    names = tuple(left.by_name)
    return all(finite.stands(c, names) is Standing.HOLDS for c in left.cells)


def test_what_is_left_is_proved_and_no_part_of_it_is() -> None:
    """Against all parts of the set, by brute force on the instance."""
    made = least(PADDED)
    dropped = set(made.left_out)
    lemmas = [x for x in made.conditions.by_name if x not in made.conditions.goals]
    assert lemmas
    assert dropped
    assert {*lemmas, *dropped} == {
        x for x in conditions_of(PADDED).by_name if x not in made.conditions.goals
    }
    assert set(made.needed) == set(lemmas)
    again = Prover(made.conditions, QUICK, {}, OnDemand(made.conditions, cache=False))
    assert all(r.status.holds for r in again.prove(made.conditions.cells).values())
    finite = Finite(made.conditions, PADDED.instances[0], solver=Name.CADICAL)
    assert suffices(made.conditions, finite, ())
    for size in range(1, len(lemmas) + 1):
        for without in combinations(lemmas, size):
            assert not suffices(made.conditions, finite, without), without


def test_a_lemma_goes_with_what_rests_on_it() -> None:
    conditions = conditions_of(PADDED)
    cores = OnDemand(conditions, cache=False)
    without = restricted(conditions, ["working_are_silent", "yes_from_those_that_ended_work"])
    left = Minimiser(conditions, QUICK, {}, cores, frozenset()).on_instance(without)
    assert left is not None
    assert "heard_have_agreed" in left.by_name
    assert not {"heard_ended_work", "agreement"} & set(left.by_name)
    kept = frozenset(conditions.goals)
    assert Minimiser(conditions, QUICK, {}, cores, kept).proved(without) is None


def test_what_is_needed_says_what_is_lost() -> None:
    (found,) = find_proofs("commit.two_phase")
    made = prove(found.proof, QUICK, cache=False, least=True).minimal
    assert made is not None
    assert not made.dropped
    assert made.needed["heard_have_agreed"] == "decide_commit/commit_validity fails in the instance"


def test_quiet_says_the_result_in_a_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "from tests.model_check.induction.test_minimise import PADDED\nPROOFS = [PADDED]\n"
    )
    run = CliRunner().invoke(main, ["prove", str(file), "--minimise", "--quiet"])
    assert run.exit_code == 0, run.output
    _, said = run.output.splitlines()
    dropped, needed = said.split("; ")
    assert dropped == "  not needed: one_outcome, heard_ended_work, yes_from_those_that_ended_work"
    assert needed.startswith("needed: aborted_alone_before_yes, ")
    run = CliRunner().invoke(main, ["prove", "commit.two_phase", "--minimise", "--quiet"])
    assert run.output.splitlines()[1].startswith(
        "  every lemma is needed: aborted_alone_before_yes,"
    )

"""What must never end in "proved": nothing, and what engines or solvers disagree about."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from ballotproof.model_check import prove_command
from ballotproof.model_check.backends.fol.solver import Answer, Reply
from ballotproof.model_check.backends.z3.circuit import TRUE
from ballotproof.model_check.backends.z3.solver import Name
from ballotproof.model_check.backends.z3.unroll import Selected, Unrolling
from ballotproof.model_check.cli import main
from ballotproof.model_check.induction import prover
from ballotproof.model_check.induction.cti import _Shrinking
from ballotproof.model_check.induction.finite import Found
from ballotproof.model_check.verdict import ExitCode

EMPTY = str(Path(__file__).with_name("empty.py"))
SHOWN = str(Path(__file__).with_name("shown.py"))


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments)
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("target", "code", "said"),
    [
        ("Absurd", ExitCode.ASSUMPTION, "nothing"),
        ("Idle", ExitCode.VACUOUS, "never"),
    ],
)
def test_a_false_axiom_or_a_dead_action_is_not_proved(
    target: str, code: ExitCode, said: str
) -> None:
    for options in ([], ["--bounded"]):
        found, text = run("prove", f"{EMPTY}::{target}", *options)
        assert found == code, text
        assert said in text
        assert "proved for every size" not in text
        assert "inductive on this instance" not in text


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_solvers_that_disagree_end_in_70(jobs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """cvc5, or what stands for it here, finds satisfiable what Z3 has refuted."""
    monkeypatch.setattr(prover, "ask_cvc5", lambda *_, **__: Reply(Answer.SATISFIABLE))
    for module in (prover, prove_command):
        monkeypatch.setattr(module, "cvc5_version", lambda: "planted")
    options = ["--solver", "both", "--jobs", jobs, "--no-cache"]
    code, text = run("prove", "consensus", *options)
    assert code == ExitCode.INTERNAL, text
    assert "solvers disagree on" in text
    assert "proved" not in text


@pytest.mark.parametrize("solver", [name.value for name in Name])
def test_a_claim_that_the_formula_breaks_and_python_does_not_ends_in_70(
    solver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Unrolling, "broken", lambda *_: TRUE)
    code, text = run("bound", "consensus", "--depth", "2", "--solver", solver)
    assert code == ExitCode.INTERNAL, text
    assert "engines disagree: the formula breaks" in text


@pytest.mark.parametrize("solver", [name.value for name in Name])
def test_a_behaviour_that_is_none_ends_in_70(solver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The solver is said to have taken a step that nobody takes."""
    real = Unrolling.taken

    def taken(self: Unrolling) -> list[Selected]:
        return [*real(self), Selected("accept", (0, (0, 0, 0)), TRUE)]

    monkeypatch.setattr(Unrolling, "taken", taken)
    code, text = run("bound", "broken.twopc_early_commit", "--depth", "8", "--solver", solver)
    assert code == ExitCode.INTERNAL, text
    assert "engines disagree: a behaviour of the formula cannot be replayed" in text


def test_a_counterexample_to_induction_that_is_none_ends_in_70(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The formula is said to be false of a step that keeps the claim."""
    real = _Shrinking.run

    def run_(self: _Shrinking) -> Found:
        found = real(self)
        assert found.before is not None
        empty = tuple(frozenset() if isinstance(x, frozenset) else x for x in found.before)
        return Found(found.cell, empty, found.arguments)

    monkeypatch.setattr(_Shrinking, "run", run_)
    code, text = run("prove", "--bounded", f"{SHOWN}::Careless")
    assert code == ExitCode.INTERNAL, text
    assert "engines disagree" in text

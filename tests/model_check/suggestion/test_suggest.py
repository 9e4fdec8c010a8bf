"""A lemma that is taken out of a proof is found again, or one that does as well."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from ballotproof.model_check.discover import FoundProof, find_proofs
from ballotproof.model_check.induction.conditions import conditions_of
from ballotproof.model_check.induction.cores import OnDemand
from ballotproof.model_check.induction.prover import Prover, Settings
from ballotproof.model_check.mutation.search import instances_of
from ballotproof.model_check.paint import PLAIN
from ballotproof.model_check.suggestion.command import SuggestOptions, run_suggest, text
from ballotproof.model_check.suggestion.repair import Effort, Suggested, Suggester
from ballotproof.model_check.suggestion.states import states_of
from ballotproof.model_check.suggestion.table import Tables
from ballotproof.model_check.suggestion.text import extended
from ballotproof.model_check.verdict import ExitCode
from ballotproof.proofs.commit.two_phase import TwoPhaseProof
from ballotproof.proofs.paxos.single_decree import SingleDecreeProof
from ballotproof.proofs.raft.election import ElectionProof
from ballotproof.spec.commit.two_phase import TwoPhase
from ballotproof.spec.lang import Protocol

SETTINGS = Settings(resources=2_000_000)


LeaveOut = Callable[[type[Protocol], str], None]


@contextmanager
def restored() -> Iterator[LeaveOut]:
    """Takes a lemma out of a proof, and puts it back where it was: the order of the text counts."""
    undo: list[tuple[type[Protocol], dict[str, object]]] = []

    def left_out(cls: type[Protocol], lemma: str) -> None:
        names = list(vars(cls))
        later = [x for x in names[names.index(lemma) :] if not x.startswith("__")]
        undo.append((cls, {x: vars(cls)[x] for x in later}))
        delattr(cls, lemma)

    yield left_out
    for cls, attributes in undo:
        for name in attributes:
            if name in vars(cls):
                delattr(cls, name)
        for name, value in attributes.items():
            setattr(cls, name, value)


@pytest.fixture
def leave_out() -> Iterator[LeaveOut]:
    with restored() as left_out:
        yield left_out


def test_what_is_left_out_comes_back_where_it_was() -> None:
    before = list(vars(TwoPhaseProof))
    with restored() as left_out:
        left_out(TwoPhaseProof, "heard_have_agreed")
        assert "heard_have_agreed" not in vars(TwoPhaseProof)
    assert list(vars(TwoPhaseProof)) == before


def proof_of(target: str) -> FoundProof:
    """The proof, whose lists of lemmas name none that is left out."""
    (found,) = find_proofs(target)
    there = set(dir(found.proof.protocol))
    lemmas = {
        cell: tuple(x for x in names if x in there)
        for cell, names in found.proof.lemmas.items()
        if cell.rpartition("/")[2] in there
    }
    return replace(found, proof=replace(found.proof, lemmas=lemmas))


def suggested(target: str) -> Suggested:
    return Suggester(proof_of(target).proof, Effort(), SETTINGS).run()


def test_what_is_true_of_every_state_met_is_true_in_plain_python() -> None:
    """Every candidate, read and run as an invariant, in all states of an instance."""
    found = proof_of("commit.two_phase")
    conditions = conditions_of(found.proof)
    met = states_of(conditions, instances_of(found.proof)[-1], 1_000)
    assert met.complete
    assert len(met.states) == 288
    tables = Tables(found.proof.protocol, conditions.spec)
    for state in met.states:
        tables.add(met.execution, state)
    candidates = [c for t in tables.tables for c in t.candidates()]
    assert len(candidates) > 100
    named = {f"candidate_{i}": c for i, c in enumerate(candidates)}
    protocol = extended(found.proof, named).protocol
    with met.execution.universe:
        for state in met.states:
            thawed = met.execution.thaw(state)
            assert all(getattr(protocol, name)(thawed) for name in named)


def test_a_literal_more_says_less() -> None:
    """No candidate has all literals of another: that one says the same, and more."""
    found = proof_of("commit.two_phase")
    conditions = conditions_of(found.proof)
    met = states_of(conditions, instances_of(found.proof)[-1], 1_000)
    tables = Tables(found.proof.protocol, conditions.spec)
    for state in met.states:
        tables.add(met.execution, state)
    for table in tables.tables:
        said = [{(x.text, s) for x, s in c.literals} for c in table.candidates()]
        assert not any(a < b for a in said for b in said)


def test_a_lemma_of_two_phase_commit_is_found(leave_out: LeaveOut) -> None:
    """What is said to be proved is proved anew, from nothing that is remembered."""
    leave_out(TwoPhaseProof, "committed_were_told")
    found = proof_of("commit.two_phase")
    made = suggested("commit.two_phase")
    assert made.failing
    assert made.closing
    assert not made.left
    assert not made.open
    conditions = conditions_of(extended(found.proof, made.closing))
    prover = Prover(conditions, SETTINGS, {}, OnDemand(conditions, cache=False))
    assert all(r.status.holds for r in prover.prove(conditions.cells).values())
    assert "    @invariant" in list(text(found, made, PLAIN))


SINGLE = [
    *(("commit.two_phase", TwoPhaseProof, x) for x in vars(TwoPhaseProof) if x[:1] != "_"),
    *(
        ("paxos.single_decree", SingleDecreeProof, x)
        for x in ("votes_recorded", "votes_ordered", "promises_kept")
    ),
    ("raft.election", ElectionProof, "leaders_elected"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("target", "cls", "lemma"), SINGLE)
def test_each_lemma_is_found(
    target: str, cls: type[Protocol], lemma: str, leave_out: LeaveOut
) -> None:
    leave_out(cls, lemma)
    made = suggested(target)
    assert made.failing
    assert made.closing
    assert not made.left
    assert not made.open


def test_a_proof_that_lacks_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_suggest(SuggestOptions(targets=("commit.two_phase",), quiet=True)) == 0
    assert "no condition fails in `3 resource managers`" in capsys.readouterr().out


WRONG = '''
from ballotproof.spec.commit.transaction_commit import ResourceManager, Status
from ballotproof.spec.commit.two_phase import TwoPhase
from ballotproof.spec.lang import Model, Proof, invariant


class Wrong(TwoPhase):
    @invariant
    def nobody_commits(self) -> bool:
        """False."""
        return all(self.status[r] != Status.COMMITTED for r in ResourceManager)


PROOFS = [
    Proof(
        name="wrong",
        protocol=Wrong,
        of=TwoPhase,
        instances=[Model(name="2 managers", protocol=Wrong, sizes={ResourceManager: 2})],
    )
]
'''


def test_no_lemma_makes_a_false_claim_true(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "wrong.py"
    file.write_text(WRONG)
    code = run_suggest(SuggestOptions(targets=(str(file),), json=True))
    assert code == ExitCode.SAFETY
    (proof,) = json.loads(capsys.readouterr().out)["proofs"]
    assert proof["broken"] == ["nobody_commits"]
    assert not proof["lemmas"]


def test_what_is_proposed_can_be_pasted(
    tmp_path: Path, leave_out: LeaveOut, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text, in a class of a file, is read as what it was when it was proved."""
    leave_out(TwoPhaseProof, "heard_have_agreed")
    found = proof_of("commit.two_phase")
    made = suggested("commit.two_phase")
    shown = list(text(found, made, PLAIN))
    start = shown.index("    @invariant")
    names = ("ResourceManager", "Status", "Decision", "Outcome", "Prepared")
    imports = [
        f"from {sys.modules[TwoPhaseProof.__module__].__name__} import {', '.join(names)}",
        "from ballotproof.proofs.commit.two_phase import TwoPhaseProof",
        "from ballotproof.spec.lang import invariant",
    ]
    file = tmp_path / "pasted.py"
    file.write_text("\n".join([*imports, "class Pasted(TwoPhaseProof):", *shown[start:]]) + "\n")
    spec = importlib.util.spec_from_file_location("pasted", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "pasted", module)
    spec.loader.exec_module(module)
    assert issubclass(module.Pasted, TwoPhase)
    read = conditions_of(type(found.proof)(name="p", protocol=module.Pasted, of=TwoPhase))
    proved = conditions_of(extended(found.proof, made.closing))
    for name in made.closing:
        assert read.by_name[name].body == proved.by_name[name].body

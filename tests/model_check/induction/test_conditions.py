"""Proofs are found, and taken apart into conditions; their ghosts change nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ballotproof.model_check.discover import find_proofs, shipped_modules, shipped_proofs
from ballotproof.model_check.induction.conditions import Part, conditions_of
from ballotproof.model_check.ir.walk import fields_read, fields_written
from ballotproof.spec.commit.two_phase import Outcome, Prepared, TwoPhase
from ballotproof.spec.consensus import Consensus
from ballotproof.spec.lang import Map, Proof, action, fill, invariant, require
from ballotproof.spec.lang.errors import SpecError, UsageError
from ballotproof.spec.raft.replication import Raft


class Counted(TwoPhase):
    """Two-phase commit with ghosts, set before, after and inside a branch."""

    told: Map[Outcome, bool]  # ghost

    def init(self) -> None:
        super().init()
        self.told = fill(Outcome, False)

    @action
    def hear(self, m: Prepared) -> None:
        require(m in self.sent)
        sender = m.manager
        if sender in self.heard:
            self.told[Outcome.COMMIT] = True
        super().hear(m)

    @action
    def decide_abort(self) -> None:
        super().decide_abort()
        self.told[Outcome.ABORT] = True

    @action
    def remember(self) -> None:
        require(not self.told[Outcome.COMMIT])
        self.told[Outcome.COMMIT] = True

    @invariant
    def lemma(self) -> bool:
        return True


def test_the_cells_of_a_proof_are_its_actions_by_its_claims() -> None:
    conditions = conditions_of(Proof(name="x", protocol=Consensus, of=Consensus))
    assert [c.name for c in conditions.cells] == [
        "init/agreement",
        "init/defined",
        "choose/agreement",
        "choose/stability",
        "choose/defined",
        "agreement/defined",
    ]
    assert conditions.goals == ("agreement", "stability")


def test_ghosts_may_be_set_anywhere_and_actions_of_their_own_added() -> None:
    conditions = conditions_of(Proof(name="x", protocol=Counted, of=TwoPhase))
    assert "remember" in {a.name for a in conditions.spec.actions}
    assert "lemma" in conditions.by_name
    assert "lemma" not in conditions.goals


def test_restarts_are_not_counted() -> None:
    conditions = conditions_of(Proof(name="x", protocol=Raft, of=Raft, restarts=True))
    restart = next(a for a in conditions.spec.actions if a.name == "restart")
    assert {f.name for f in conditions.spec.fields}.isdisjoint({"restarts"})
    assert fields_written(restart.body) == {"role", "commit", "votes", "next_index", "match_index"}
    assert "restarts" not in fields_read(restart.body) | fields_written(conditions.spec.init.body)
    without = conditions_of(Proof(name="x", protocol=Raft, of=Raft))
    assert len(conditions.spec.actions) == len(without.spec.actions) + 1


def test_goals_are_what_the_protocol_claims() -> None:
    proof = Proof(name="x", protocol=Counted, of=TwoPhase, goals=("agreement",))
    conditions = conditions_of(proof)
    assert conditions.goals == ("agreement",)
    assert not [c for c in conditions.cells if c.part is Part.STEP]
    with pytest.raises(SpecError, match="BP809"):
        conditions_of(replace(proof, goals=("lemma",)))


def test_every_shipped_proof_is_found_by_module_and_class() -> None:
    found = shipped_proofs()
    assert {f.module for f in found} <= set(shipped_modules("ballotproof.proofs"))
    for f in found:
        assert f in find_proofs(f.module)
        assert f in find_proofs(f.proof.of.__name__)
        assert f in find_proofs(f.identity)
    with pytest.raises(UsageError, match="did you mean Consensus"):
        find_proofs("consenus")

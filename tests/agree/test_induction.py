"""Induction by formulas and by exhaustion give the same matrix, cell by cell.

Goal: no state that breaks a cell is missed, and none is invented. Method: for small instances plain
Python is asked in every state that the types allow (:mod:`tests.agree.exhaustive`). For random
specifications that is done wherever there are few enough such states; what the population contains
is counted, so that agreement means something.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from ballotproof.model_check.backends.z3.solver import Answer, Name
from ballotproof.model_check.induction.conditions import Part, conditions_of
from ballotproof.model_check.induction.cti import cti_of, shrunk
from ballotproof.model_check.induction.finite import Finite, Standing
from ballotproof.proofs.commit.two_phase import PROOFS as TWO_PHASE
from ballotproof.proofs.paxos.single_decree import PROOFS as SINGLE_DECREE
from ballotproof.spec.commit.transaction_commit import ResourceManager
from ballotproof.spec.consensus import Value
from ballotproof.spec.lang import Model, Proof
from ballotproof.spec.lang.errors import SpecError, Unsupported
from ballotproof.spec.paxos.single_decree import SingleDecree
from ballotproof.spec.voting import Acceptor, Ballot

from ..model_check.induction.small import CARELESS, LOCK, LOOSE_STACK, STACK
from .exhaustive import Exhaustive
from .random_specs import from_seed
from .two_engines import loaded

SEEDS = range(100)
FEW = 700  # states that the types allow; random specifications with more are left out


def failing(finite: Finite) -> set[str]:
    return {c.name for c in finite.conditions.cells if finite.stands(c) is Standing.FAILS}


@pytest.mark.parametrize("proof", [LOCK, CARELESS, STACK, LOOSE_STACK], ids=lambda p: p.name)
@pytest.mark.parametrize("solver", Name)
def test_the_matrix_is_what_exhaustion_finds(proof: Proof, solver: Name) -> None:
    conditions = conditions_of(proof)
    (model,) = proof.instances
    assert (
        failing(Finite(conditions, model, solver=solver)) == Exhaustive(conditions, model).broken()
    )


def test_asking_about_one_of_each_orbit_changes_nothing() -> None:
    for proof in (LOCK, CARELESS):
        conditions = conditions_of(proof)
        (model,) = proof.instances
        all_choices = Finite(conditions, model, orbits=False)
        assert failing(all_choices) == failing(Finite(conditions, model))
        give = next(a for a in conditions.spec.actions if a.name == "give")
        assert len(all_choices.encoded(give).choices) == 4
        assert len(Finite(conditions, model).encoded(give).choices) == 2


def test_two_phase_commit_with_each_lemma_left_out() -> None:
    """Without one of its lemmas an invariant is inductive in some cells and not in others."""
    (proof,) = TWO_PHASE
    conditions = conditions_of(proof)
    model = replace(proof.instances[0], sizes={ResourceManager: 1})
    finite = Finite(conditions, model)
    exhaustive = Exhaustive(conditions, model)
    assert failing(finite) == exhaustive.broken() == set()
    for left_out in conditions.by_name:
        kept = tuple(p for p in conditions.invariants if p.name != left_out)
        fewer = replace(conditions, invariants=kept)
        assert failing(Finite(fewer, model)) == Exhaustive(fewer, model).broken()


def test_random_specifications() -> None:
    specs = cells = broken = 0
    for seed in SEEDS:
        with loaded(from_seed(seed).text) as (drawn,):
            model = replace(drawn, lengths=1, integers=(0, 1), restarts=0)
            proof = Proof(
                name="x", protocol=model.protocol, of=model.protocol, network=model.network
            )
            try:
                conditions = conditions_of(proof)
            except (SpecError, Unsupported):
                continue  # a loop in a helper has no formula
            exhaustive = Exhaustive(conditions, model)
            if exhaustive.count() > FEW:
                continue
            finite = Finite(conditions, model)
            expected = exhaustive.broken()
            assert failing(finite) == expected, f"BALLOTPROOF_SEED={seed}"
            for cell in conditions.cells:
                if cell.name in expected:
                    assert finite.stands(cell) is Standing.FAILS
                    cti_of(finite, shrunk(finite, cell))  # which runs it in plain Python
            specs += 1
            cells += len(conditions.cells)
            broken += len(expected)
    print(f"specifications: {specs}, cells: {cells}, broken: {broken}")
    assert specs >= 15
    assert 0.05 * cells <= broken <= 0.7 * cells


def test_every_state_is_one_assignment() -> None:
    """Each state that the types allow is taken by the solver, and read back as it was."""
    conditions = conditions_of(STACK)
    finite = Finite(conditions, STACK.instances[0])
    exhaustive = Exhaustive(conditions, STACK.instances[0])
    seen = set()
    for snapshot in exhaustive.states():
        state = finite.codec.encode_state(snapshot)
        literals = finite.free.is_state(finite.before, state)
        assert finite.solver.ask(*literals) is Answer.SATISFIABLE
        assert finite.free.read(finite.before, finite.solver.true) == state
        seen.add(state)
    assert len(seen) == finite.free.count() == exhaustive.count() == 7 * 5


def test_paxos_without_its_lemmas() -> None:
    """What is claimed of Paxos is not inductive by itself: promises are forgotten."""
    proof = Proof(name="as shipped", protocol=SingleDecree, of=SingleDecree)
    model = Model(name="x", protocol=SingleDecree, sizes={Acceptor: 3, Ballot: 2, Value: 2})
    finite = Finite(conditions_of(proof), model)
    assert failing(finite) == {
        "propose/proposals_safe",
        "promise/promises_truthful",
        "accept/promises_truthful",
    }
    (complete,) = SINGLE_DECREE
    assert failing(Finite(conditions_of(complete), model)) == set()


def test_a_core_is_enough() -> None:
    (proof,) = SINGLE_DECREE
    model = replace(proof.instances[0], sizes={Acceptor: 3, Ballot: 2, Value: 2})
    finite = Finite(conditions_of(proof), model)
    for cell in finite.conditions.cells:
        if cell.part is Part.CONSECUTION:
            assert finite.stands(cell) is Standing.HOLDS
            core = finite.core(cell)
            assert finite.stands(cell, core) is Standing.HOLDS

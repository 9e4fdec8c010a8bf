"""Cores: the lemmas that suffice for a cell on an instance, few of them, the same on every run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ballotproof.model_check.induction.conditions import Conditions, Part, conditions_of
from ballotproof.model_check.induction.cores import cores, cores_on
from ballotproof.model_check.induction.finite import Finite, Standing
from ballotproof.model_check.induction.support import Support
from ballotproof.proofs.paxos.single_decree import PROOFS
from ballotproof.spec.consensus import Value
from ballotproof.spec.paxos.single_decree import SingleDecree
from ballotproof.spec.voting import Acceptor, Ballot


def two_ballots(*, shipped: bool = False) -> Conditions:
    (proof,) = PROOFS
    protocol = SingleDecree if shipped else proof.protocol
    sizes = {Acceptor: 3, Ballot: 2, Value: 2}
    model = replace(proof.instances[0], protocol=protocol, sizes=sizes)
    lemmas = {} if shipped else proof.lemmas
    return conditions_of(replace(proof, protocol=protocol, instances=[model], lemmas=lemmas))


def test_a_core_suffices_and_nothing_in_it_is_too_much() -> None:
    conditions = two_ballots()
    finite = Finite(conditions, conditions.proof.instances[0])
    found = cores_on(finite)
    for cell in conditions.cells:
        lemmas = found.get(cell.name, ())
        assert lemmas is not None
        if cell.part is Part.CONSECUTION:
            assert finite.stands(cell, lemmas) is Standing.HOLDS
            for name in lemmas:
                fewer = [x for x in lemmas if x != name]
                assert finite.stands(cell, fewer) is not Standing.HOLDS, (cell.name, name)


def test_a_cell_that_fails_has_none() -> None:
    found = cores(two_ballots(shipped=True), cache=False)
    assert {x for x, lemmas in found.items() if lemmas is None} == {
        "propose/proposals_safe",
        "promise/promises_truthful",
        "accept/promises_truthful",
    }


def test_they_are_kept_by_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALLOTPROOF_CACHE", str(tmp_path / "native"))
    conditions = two_ballots()
    found = cores(conditions)
    (kept,) = (tmp_path / "cores").iterdir()
    assert cores(conditions) == found == cores(conditions, cache=False)
    larger = replace(conditions.proof.instances[0], sizes={Acceptor: 3, Ballot: 1, Value: 2})
    cores(replace(conditions, proof=replace(conditions.proof, instances=[larger])))
    assert len(list((tmp_path / "cores").iterdir())) == 2
    kept.write_bytes(b"damaged")
    assert cores(conditions) == found


def test_lemmas_support_claims() -> None:
    conditions = two_ballots()
    graph = Support.of("paxos", conditions, cores(conditions, cache=False))
    assert graph.arrows["promises_kept", "promises_truthful"] == ("accept",)
    lemmas = set(conditions.by_name) - set(conditions.goals)
    assert {lemma for lemma, _ in graph.arrows} >= lemmas

"""What the documentation draws of the proofs is what the prover rests them on.

``make support`` writes the file again when a proof, or the way in which conditions are proved, has
changed.
"""

from __future__ import annotations

import pytest

from ballotproof.model_check.discover import FoundProof, shipped_proofs
from ballotproof.model_check.induction.conditions import conditions_of
from ballotproof.model_check.induction.prover import Settings
from ballotproof.model_check.induction.support import Support, read
from ballotproof.model_check.prove import prove

from ..docs.pages import DOCS

RECORDED = {s.proof: s for s in read((DOCS / "reference" / "support.json").read_bytes())}

PROOFS = [pytest.param(f, id=f.module) for f in shipped_proofs()]


def test_every_proof_is_there() -> None:
    assert list(RECORDED) == [f.identity for f in shipped_proofs()]


@pytest.mark.parametrize("found", PROOFS)
def test_it_speaks_of_conditions_that_there_are(found: FoundProof) -> None:
    conditions = conditions_of(found.proof)
    recorded = RECORDED[found.identity]
    assert recorded.goals == conditions.goals
    claims = [*conditions.by_name, *(p.name for p in conditions.steps)]
    assert sorted(set(recorded.claims) - {"defined"}) == sorted(claims)
    cells = {c.name for c in conditions.cells} | {f"any state/{x}" for x in claims}
    assert set(recorded.conditions) <= cells
    assert {x for lemmas in recorded.conditions.values() for x in lemmas} <= set(claims)


@pytest.mark.slow
@pytest.mark.parametrize("found", PROOFS)
def test_it_is_what_the_solver_used(found: FoundProof) -> None:
    """Proved anew, from nothing that is remembered."""
    made = prove(found.proof, Settings(), cache=False)
    assert not made.open
    lemmas = {name: r.lemmas for name, r in made.results.items()}
    assert Support.of(found.identity, made.conditions, lemmas) == RECORDED[found.identity]

"""Why atomic commitment is safe when everybody sees everybody: the guards say so.

**Claim** No resource manager commits while another aborts
(:mod:`ballotproof.spec.commit.transaction_commit`).

**The argument** Commit is allowed only if all are prepared or have committed (`commit_validity`),
so nobody has aborted; and abort only if nobody has committed. Both claims are inductive as they
stand: nothing needs to be added.
"""

from __future__ import annotations

from ...spec.commit.transaction_commit import ResourceManager, TransactionCommit
from ...spec.lang import Model, Proof

PROOFS = [
    Proof(
        name="any size",
        protocol=TransactionCommit,
        of=TransactionCommit,
        lemmas={"agreement": ("commit_validity",)},
        instances=[
            Model(
                name="3 resource managers",
                protocol=TransactionCommit,
                sizes={ResourceManager: 3},
            ),
        ],
    ),
]

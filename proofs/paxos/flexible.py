"""Why Flexible Paxos is safe: the proof of Paxos asks that quorums of different phases meet.

**Claim** At most one value is ever chosen (:mod:`ballotproof.spec.paxos.flexible`), although two
quorums of one phase may have nobody in common.

**The argument** is that of :mod:`ballotproof.proofs.paxos.single_decree`, word for word. In (5)
a leader hears from a phase 1 quorum, which keeps out all values but the one that is proposed. In
(6) a phase 2 quorum has chosen, and a phase 1 quorum would have had to keep its value out. That the
two meet is the assumption `quorums_cross`, and no step asks for more. The conjuncts that are added
are about one acceptor each, and are inherited.
"""

from __future__ import annotations

from ...spec.consensus import Value
from ...spec.lang import Model, Proof, at_least
from ...spec.paxos.flexible import Flexible, Phase1Quorum, Phase2Quorum
from ...spec.voting import Acceptor, Ballot
from .single_decree import LEMMAS, SingleDecreeProof


class FlexibleProof(SingleDecreeProof, Flexible):
    """Flexible Paxos, with the conjuncts of the proof of Paxos and no other."""


PROOFS = [
    Proof(
        name="any size",
        protocol=FlexibleProof,
        of=Flexible,
        lemmas=LEMMAS,
        instances=[
            Model(
                name="4 acceptors, 3 ballots, 2 values, phase 1 by 3, phase 2 by 2",
                protocol=FlexibleProof,
                sizes={Acceptor: 4, Ballot: 3, Value: 2},
                quorums={Phase1Quorum: at_least(3), Phase2Quorum: at_least(2)},
            ),
        ],
    ),
]

"""Why voting is safe: who has left a ballot cannot vote in it, and quorums meet.

**Claim** At most one value is ever chosen (:mod:`ballotproof.spec.voting`).

**The argument** The specification says all that is needed.

1. In one ballot all votes are for one value (`one_value_per_ballot`): an acceptor sees those of the
   others, and asks.
2. Nobody votes below the ballot it is in (`votes_behind_promise`), so what a member of a quorum has
   not voted for in a ballot that it has left, it never will.
3. Every vote is for a safe value (`votes_safe`). Some quorum has moved on to ballot b. Let c be the
   highest ballot below b in which a member has voted, for v. Between c and b the quorum keeps
   everybody else out, having left without a vote; in c too, since votes in c are for v (1); and
   below c whoever did so when that vote was cast, for it was safe. And safe values stay safe (2).
4. Of two chosen values take the one of the higher ballot. It was safe there, so in the lower ballot
   some quorum keeps other values out; but a quorum chose there, and **the two have a member in
   common**. So it chose the same value: `agreement`.
"""

from __future__ import annotations

from ..spec.consensus import Value
from ..spec.lang import Model, Proof
from ..spec.voting import Acceptor, Ballot, Voting

PROOFS = [
    Proof(
        name="any size",
        protocol=Voting,
        of=Voting,
        lemmas={
            "cast/votes_safe": ("votes_safe", "one_value_per_ballot"),
            "agreement": ("votes_safe", "one_value_per_ballot"),
        },
        instances=[
            Model(
                name="3 acceptors, 3 ballots, 2 values",
                protocol=Voting,
                sizes={Acceptor: 3, Ballot: 3, Value: 2},
            ),
        ],
    ),
]

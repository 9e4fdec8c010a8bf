"""Why Fast Paxos is safe: of the values that may have been chosen fast, a quorum shows at most one.

**Claim** At most one value is ever chosen (:mod:`ballotproof.spec.paxos.fast`), although acceptors
may vote for different values in one ballot.

**The argument** Where Paxos says "a ballot has one value", Fast Paxos has to do with less: an
acceptor has one vote in a ballot.

1. An acceptor knows its own last vote (`votes_recorded`, `votes_ordered`) and keeps its promises
   (`promises_kept`). So promises are truthful, as in Paxos: `promises_truthful`.
2. It votes once in a ballot (`one_vote_per_ballot`): for the value of the coordinator if there is
   one, and otherwise for the first value that it takes from a proposer. In a classic ballot nobody
   may take one (`any_in_fast_ballots`), and no vote is cast unasked (`votes_invited`).
3. **A proposal is safe** (`proposals_safe`). The coordinator of b has promises of a quorum q.
   Whoever may still vote for w in a lower ballot c has reported a vote above c, or one for w in c
   (`reports_bind`); and every quorum, fast or classic, has a member in q. So if w may be chosen in
   c, a vote is reported that is above c, or for w in c (`choosable_reported`). Let k be the highest
   ballot reported (`latest_exists`). Then k is not below c. If k is above c, the votes in k were
   safe (`votes_safe`), and so all are for w. If k is c and classic, its votes are for one value. If
   k is c and fast, w passes the rule O4 (`choosable_shows`). So either all votes in k are for w, or
   w passes O4 (`choosable_binds`). Only one value does (`pick_unambiguous`): two that did would
   need two fast quorums whose members in q voted for one and for the other, and **two fast quorums
   and a quorum meet**. So the coordinator can pick nothing but w (`picks_what_binds`,
   `picks_safe`).
4. A value that is chosen may be chosen, so all proposals above are for it; and where any value may
   be voted for, all are safe, which can only be if none is chosen below. So a choice binds all
   higher ballots (`choice_binds`), and `agreement` follows.
"""

from __future__ import annotations

from ...spec.consensus import Value
from ...spec.lang import Model, Proof, at_least, invariant
from ...spec.paxos.fast import AcceptAny, Fast, FastQuorum, Proposal
from ...spec.paxos.single_decree import Accept, Accepted, Promise
from ...spec.voting import Acceptor, Ballot, Quorum, Vote


class FastProof(Fast):
    """Fast Paxos, with what an acceptor knows of itself, and on whose word it votes."""

    @invariant
    def votes_recorded(self) -> bool:
        """What an acceptor remembers as its vote it has cast.

        Holds because remembering and sending are one step.
        """
        return all(self.was_cast(a, self.vote[a]) for a in Acceptor)

    def was_cast(self, a: Acceptor, vote: Vote | None) -> bool:
        """Acceptor a has sent this vote, if it is one."""
        return vote is None or Accepted(a, vote.ballot, vote.value) in self.sent

    @invariant
    def votes_ordered(self) -> bool:
        """What an acceptor remembers is the highest of its votes.

        Holds because it votes in no ballot below the one it is in, and has voted in none above it
        (`votes_behind_promise`).
        """
        return all(self.covers(self.vote[m.acceptor], m) for m in self.sent.of(Accepted))

    def covers(self, vote: Vote | None, m: Accepted) -> bool:
        """The vote is in the ballot of this one, or above."""
        return vote is not None and m.ballot <= vote.ballot

    @invariant
    def promises_kept(self) -> bool:
        """An acceptor is in the ballot that it has promised to join, or above.

        Holds because it joins with the promise, and goes upwards only.
        """
        return all(
            self.not_below(self.promised[m.acceptor], m.ballot) for m in self.sent.of(Promise)
        )

    @invariant
    def promises_truthful(self) -> bool:
        """A promise reports a vote that was cast, and its sender has cast no other between that
        one and the ballot of the promise, not even later (P14).

        Holds because what an acceptor remembers is the highest of its votes when it promises
        (`votes_recorded`, `votes_ordered`), and it votes no more below what it has promised
        (`promises_kept`).
        """
        return all(
            self.was_cast(m.acceptor, m.vote)
            and all(
                self.covers(m.vote, n)
                for n in self.sent.of(Accepted)
                if n.acceptor == m.acceptor and n.ballot < m.ballot
            )
            for m in self.sent.of(Promise)
        )

    @invariant
    def proposals_asked_for(self) -> bool:
        """A coordinator proposes what some proposer has asked for.

        Holds because it is free to propose that alone, and otherwise takes the value of a vote, for
        which the same is true (`validity`).
        """
        return all(Proposal(m.value) in self.sent for m in self.sent.of(Accept))

    @invariant
    def votes_invited(self) -> bool:
        """A vote is for the coordinator's value, or was left to the acceptor.

        Holds because these are the two ways to vote.
        """
        return all(
            Accept(m.ballot, m.value) in self.sent or AcceptAny(m.ballot) in self.sent
            for m in self.sent.of(Accepted)
        )

    @invariant
    def any_in_fast_ballots(self) -> bool:
        """Only in a fast ballot acceptors are left the choice.

        Holds because no other coordinator leaves it to them.
        """
        return all(m.ballot in self.fast for m in self.sent.of(AcceptAny))

    @invariant
    def one_vote_per_ballot(self) -> bool:
        """An acceptor votes for one value in a ballot.

        Holds because votes for the coordinator's value are for one value (`one_value_per_ballot`,
        `votes_invited`); and a value of a proposer's is voted for only if it is the acceptor's
        first vote in the ballot (`votes_ordered`).
        """
        return all(
            m.value == n.value
            for m in self.sent.of(Accepted)
            for n in self.sent.of(Accepted)
            if m.acceptor == n.acceptor and m.ballot == n.ballot
        )

    # ------------------------------------------------ what a quorum that has answered can rule out
    @invariant
    def quorum_meets_all(self) -> bool:
        """A quorum has an acceptor in common with any other, fast or not.

        Holds because it has one even with two fast quorums (`quorums_meet`).
        """
        return all(any(a in r for a in q) for q in Quorum for r in Quorum) and all(
            any(a in r for a in q) for q in Quorum for r in FastQuorum
        )

    @invariant
    def fast_quorums_meet(self) -> bool:
        """Two fast quorums have an acceptor in common.

        Holds because they have one even in a quorum (`quorums_meet`).
        """
        return all(any(a in r for a in q) for q in FastQuorum for r in FastQuorum)

    @invariant
    def latest_exists(self) -> bool:
        """Of the votes that a quorum reports, if it reports any, one is highest.

        Holds because a report that comes in is above the highest so far, or is not. It says that
        the reports are finitely many, which nothing else here does.
        """
        return all(
            len(self.latest(self.promises(m.ballot, q))) > 0
            for m in self.sent.of(Promise)
            for q in Quorum
            if m.acceptor in q and m.vote is not None
        )

    def promises(self, b: Ballot, q: Quorum) -> frozenset[Promise]:
        """What the members of q have promised the coordinator of ballot b."""
        return frozenset(m for m in self.sent.of(Promise) if m.ballot == b and m.acceptor in q)

    @invariant
    def reports_bind(self) -> bool:
        """Who may be for w in a ballot that it has left reports a vote for w in it, or a higher
        one.

        Holds because it votes there no more (`promises_kept`), has reported what it voted for
        there, or a higher vote (`promises_truthful`), and votes once in a ballot
        (`one_vote_per_ballot`).
        """
        return all(
            self.reaches(m.vote, c, w)
            for m in self.sent.of(Promise)
            for c in Ballot
            for w in Value
            if c < m.ballot and self.may_be_for(m.acceptor, c, w)
        )

    def reaches(self, vote: Vote | None, b: Ballot, v: Value) -> bool:
        """The vote is for v in ballot b, or is above."""
        return vote is not None and (vote.ballot > b or (vote.ballot == b and vote.value == v))

    @invariant
    def choosable_reported(self) -> bool:
        """What may be chosen below a ballot that a quorum has joined was voted for by one of it, or
        one of it has voted higher.

        Holds because somebody is in that quorum and in the one that may choose
        (`quorum_meets_all`), and reports it (`reports_bind`).
        """
        return all(
            any(self.reaches(m.vote, c, w) for m in self.promises(b, q))
            for b in Ballot
            for q in Quorum
            if all(self.has_joined(a, b) for a in q)
            for c in Ballot
            for w in Value
            if c < b and self.choosable_at(c, w)
        )

    @invariant
    def choosable_shows(self) -> bool:
        """What may be chosen in a fast ballot passes O4, if nothing above that ballot is reported.

        Holds because all of the fast quorum that have answered report a vote for it
        (`reports_bind`).
        """
        return all(
            self.choosable(w, self.promises(b, q))
            for b in Ballot
            for q in Quorum
            if all(self.has_joined(a, b) for a in q)
            for c in Ballot
            for w in Value
            if c < b and c in self.fast and self.choosable_at(c, w)
            if all(m.vote is None or m.vote.ballot <= c for m in self.promises(b, q))
        )

    @invariant
    def votes_safe(self) -> bool:
        """Every vote is for a safe value.

        Holds because what it was invited by is safe (`votes_invited`, `proposals_safe`).
        """
        return all(self.safe_at(m.ballot, m.value) for m in self.sent.of(Accepted))

    @invariant
    def choosable_binds(self) -> bool:
        """Of what may be chosen below a ballot that a quorum has joined, the highest votes reported
        are for it; all of them, or it passes O4.

        Holds because there is a highest vote (`latest_exists`), and it is not below what may be
        chosen (`choosable_reported`). If it is above, it was cast (`promises_truthful`), and no
        other value was safe (`votes_safe`). If it is in the same ballot, and that is fast, see
        `choosable_shows`; in a classic ballot all votes are for one value (`any_in_fast_ballots`,
        `votes_invited`, `one_value_per_ballot`).
        """
        return all(
            self.binds(w, self.promises(b, q))
            for b in Ballot
            for q in Quorum
            if all(self.has_joined(a, b) for a in q)
            for c in Ballot
            for w in Value
            if c < b and self.choosable_at(c, w)
        )

    def binds(self, v: Value, promises: frozenset[Promise]) -> bool:
        """Some of the highest votes reported are for v, and all, or v passes O4."""
        latest = self.latest(promises)
        return any(self.is_for(m, v) for m in latest) and (
            all(self.is_for(m, v) for m in latest) or self.choosable(v, promises)
        )

    @invariant
    def picks_what_binds(self) -> bool:
        """If the highest votes reported bind to a value, a coordinator can pick no other.

        Holds because it picks the value on which they agree, or one that passes O4; and only one
        value does (`pick_unambiguous`).
        """
        return all(
            v == w
            for b in Ballot
            for q in Quorum
            if all(self.has_joined(a, b) for a in q)
            for v in Value
            for w in Value
            if self.binds(w, self.promises(b, q)) and self.picks(v, self.promises(b, q))
        )

    @invariant
    def picks_safe(self) -> bool:
        """A coordinator can pick nothing but what may be chosen below, if anything may.

        Holds because the highest votes bind to that (`choosable_binds`), and then nothing else is
        picked (`picks_what_binds`).
        """
        return all(
            v == w
            for b in Ballot
            for q in Quorum
            if all(self.has_joined(a, b) for a in q)
            for c in Ballot
            for v in Value
            for w in Value
            if c < b and self.choosable_at(c, w) and self.picks(v, self.promises(b, q))
        )

    @invariant
    def choice_binds(self) -> bool:
        """When a value is chosen, every vote in a higher ballot is for it.

        Holds because a value that is chosen may be chosen, and a vote for another would not be safe
        (`votes_safe`).
        """
        return all(
            m.value == v
            for b in Ballot
            for v in Value
            if self.chosen_at(b, v)
            for m in self.sent.of(Accepted)
            if m.ballot > b
        )


PROOFS = [
    Proof(
        name="any size",
        protocol=FastProof,
        of=Fast,
        instances=[
            Model(
                name="3 acceptors, 2 fast ballots and a classic one, 2 values",
                protocol=FastProof,
                sizes={Acceptor: 3, Ballot: 3, Value: 2},
                quorums={FastQuorum: at_least(3)},
                constants={"fast": [0, 1]},
            ),
            Model(
                name="4 acceptors, all quorums of 3, 2 fast ballots and a classic one, 2 values",
                protocol=FastProof,
                sizes={Acceptor: 4, Ballot: 3, Value: 2},
                quorums={Quorum: at_least(3), FastQuorum: at_least(3)},
                constants={"fast": [0, 1]},
                slow=True,
            ),
        ],
        lemmas={
            "validity": ("proposals_asked_for",),
            "propose/proposals_safe": ("picks_safe",),
            "propose_any/proposals_safe": ("choosable_binds",),
            "propose/proposals_asked_for": ("validity", "promises_truthful"),
            "agreement": (
                "choice_binds",
                "one_vote_per_ballot",
                "quorum_meets_all",
                "fast_quorums_meet",
            ),
            "accept/proposals_safe": ("votes_invited", "one_value_per_ballot"),
            "accept_any/proposals_safe": (
                "proposals_safe",
                "votes_behind_promise",
                "votes_ordered",
                "any_in_fast_ballots",
            ),
        },
    ),
]

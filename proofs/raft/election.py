"""Why Raft elects at most one leader in a term: nobody votes twice in it, and quorums meet.

**Claim** At most one server is ever elected in a term, whatever messages are lost, repeated or
reordered, and however often servers stop and restart (:mod:`ballotproof.spec.raft.election`; *ever*
is what :mod:`ballotproof.spec.raft.history` adds).

**The ghost** A server forgets how it voted when it moves on to a later term, and the vote goes on
being counted. So the proof keeps `vote_in`, for each server and term: for whom it voted there.

**The argument**

1. The vote of the present term is the one that is stored (`votes_remembered`), there are none in
   terms that a server has not reached (`no_votes_ahead`), and in terms that it has left nothing
   changes. So in each term a server has one vote: `vote_in` is a map, and what is written there
   stays (`votes_final`).
2. A vote that was sent was given (`votes_granted`); a vote that is counted was sent, or is the
   candidate's own (`votes_counted`).
3. Who was elected has the votes of a quorum (`elected_by_quorum`).
4. Two servers elected in one term would have the votes of two quorums, **which have a member in
   common**, and it has voted for both. So `election_safety`; and who leads was elected
   (`leaders_elected`), so `one_leader_at_a_time`.
"""

from __future__ import annotations

from ...spec.lang import Map, Model, Proof, action, fill, invariant, step_invariant
from ...spec.raft.election import Quorum, RequestVote, Role, Server, Term, Vote
from ...spec.raft.history import Elected, ElectionWithHistory


class ElectionProof(ElectionWithHistory):
    """Elections, with a memory of all votes."""

    vote_in: Map[tuple[Server, Term], Server | None]  # for whom it voted in the term, if it did

    def init(self) -> None:
        super().init()
        self.vote_in = fill((Server, Term), None)

    @action
    def timeout(self, s: Server, t: Term) -> None:
        super().timeout(s, t)
        self.vote_in[s, t] = s

    @action
    def handle_request_vote(self, m: RequestVote) -> None:
        super().handle_request_vote(m)
        self.vote_in[m.dest, self.term[m.dest]] = self.voted_for[m.dest]

    # --------------------------------------------------------------------------------- votes
    @invariant
    def no_votes_ahead(self) -> bool:
        """Nobody has voted in a term that it has not reached.

        Holds because a vote is given in the voter's own term, and terms do not decrease.
        """
        return all(self.vote_in[s, t] is None for s in Server for t in Term if t > self.term[s])

    @invariant
    def votes_remembered(self) -> bool:
        """What a server has stored as its vote is the vote it gave in its term.

        Holds because the vote is stored when it is given, and reset with each new term, in which
        there is none yet (`no_votes_ahead`). A restart keeps it: it is durable.
        """
        return all(self.vote_in[s, self.term[s]] == self.voted_for[s] for s in Server)

    @step_invariant
    def votes_final(self, after: ElectionProof) -> bool:
        """A vote once given stays, in every term.

        Holds because a vote is given where there is none: in the voter's term, where it has not
        voted (`votes_remembered`), or in a new one (`no_votes_ahead`).
        """
        return all(
            self.vote_in[s, t] is None or after.vote_in[s, t] == self.vote_in[s, t]
            for s in Server
            for t in Term
        )

    @invariant
    def votes_granted(self) -> bool:
        """A message that grants a vote says the truth.

        Holds because it is sent in the step that gives the vote, or gives it to the same candidate
        once more; and votes are final, since they are given only where there is none
        (`votes_remembered`).
        """
        return all(
            self.vote_in[m.source, m.term] == m.dest for m in self.network.of(Vote) if m.granted
        )

    @invariant
    def votes_counted(self) -> bool:
        """A candidate counts votes that were given to it, in its term.

        Holds because it counts its own, and those of messages, which say the truth
        (`votes_granted`); with a new term it begins anew; and votes are final (`no_votes_ahead`,
        `votes_remembered`).
        """
        return all(self.vote_in[r, self.term[s]] == s for s in Server for r in self.votes[s])

    # ----------------------------------------------------------------------------- elections
    @invariant
    def elected_by_quorum(self) -> bool:
        """Who was elected in a term has the votes of a quorum there.

        Holds because it counted them when it was elected (`votes_counted`), and votes are final
        (`no_votes_ahead`, `votes_remembered`).
        """
        return all(
            any(all(self.vote_in[r, e.term] == e.server for r in q) for q in Quorum)
            for e in self.elected
        )

    @invariant
    def leaders_elected(self) -> bool:
        """Who leads was elected in its term.

        Holds because it leads from its election on, until it moves to another term or restarts.
        """
        return all(
            Elected(self.term[s], s) in self.elected for s in Server if self.role[s] == Role.LEADER
        )


PROOFS = [
    Proof(
        name="any size",
        protocol=ElectionProof,
        of=ElectionWithHistory,
        restarts=True,
        lemmas={
            "votes_given": ("votes_counted", "votes_remembered", "no_votes_ahead"),
            "election_safety": ("elected_by_quorum",),
            "one_leader_at_a_time": ("leaders_elected", "election_safety"),
        },
        instances=[
            Model(
                name="3 servers, 3 terms",
                protocol=ElectionProof,
                sizes={Server: 3, Term: 3},
                restarts=1,
            ),
        ],
    ),
]

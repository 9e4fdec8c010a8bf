"""Bug: with CheckQuorum, an entry of a lower term is dropped without an answer.

**Mistake** A server that is ahead of the leader's term says nothing to the leader's messages.

**Tempting** because they are of a term that is over, and what comes from a lower term is refused.
To refuse it in silence is as safe. Plain Raft can afford it: the server asks for votes, and its
term spreads with its requests. CheckQuorum has them disregarded.

**Source** The rule and its reason are in the source of etcd/raft ("we have received messages from a
leader at a lower term"), with the test TestFreeStuckCandidateWithCheckQuorum; Ongaro's thesis
(2014), section 4.2.3, says that a leader's messages bring such a server back.

**What goes wrong** Nothing unsafe. A server stands once in vain while the others have a leader.
From then on it is alone in its term: they disregard it, and it ignores the leader, for ever.
"""

from __future__ import annotations

from ..lang import (
    BagNetwork,
    Holds,
    Model,
    Violated,
    action,
    leads_to,
    require,
    strongly_fair,
    weakly_fair,
)
from ..raft.check_quorum import CheckQuorum
from ..raft.election import Role, Server, Term
from ..raft.replication import AppendEntries, Value


class Rejoining(CheckQuorum):
    """CheckQuorum, with a claim about servers that have stood in vain."""

    @action
    def client_request(self, s: Server, v: Value) -> None:
        """The bound on logs is a guard here, so that no behaviour is cut off."""
        require(len(self.log[s]) < self.max_log)
        super().client_request(s, v)

    def ahead(self, s: Server) -> bool:
        """Server s is in a later term than a leader."""
        return any(self.role[r] == Role.LEADER and self.term[r] < self.term[s] for r in Server)

    @leads_to
    def comes_back(self, s: Server) -> tuple[bool, bool]:
        """Who is ahead of a leader does not stay so: the leader learns of the term, and goes."""
        return self.ahead(s), not self.ahead(s)


class StuckCandidate(Rejoining):
    """A server does not answer who is behind."""

    @action
    def handle_append_entries(self, m: AppendEntries) -> None:
        """AppendEntries RPC, if the term is not over."""
        require(m in self.network)
        require(m.term >= self.term[m.dest])
        super().handle_append_entries(m)

    @action
    def drop_append_entries(self, m: AppendEntries) -> None:
        """Otherwise say nothing."""
        self.network.receive(m)
        require(m.term < self.term[m.dest])


FAIRNESS = [
    weakly_fair(Rejoining.check_quorum, each="s"),
    strongly_fair(Rejoining.request_vote, each=("s", "r")),
    strongly_fair(Rejoining.append_entries, each=("s", "r")),
    strongly_fair(Rejoining.handle_append_entries, each="m"),
    strongly_fair(Rejoining.handle_append_reply, each="m"),
    strongly_fair(Rejoining.handle_request_vote, each="m"),
    strongly_fair(Rejoining.handle_vote, each="m"),
]

MODELS = [
    Model(
        name="3 servers, 2 terms",
        protocol=StuckCandidate,
        sizes={Server: 3, Term: 3, Value: 1},
        constants={"max_log": 0},
        network=BagNetwork(capacity=1, loses=True),
        properties=["one_leader_at_a_time", "comes_back"],
        fairness=[*FAIRNESS, weakly_fair(StuckCandidate.drop_append_entries, each="m")],
        expect=Violated("comes_back", steps=6, cycle=11),
    ),
    Model(
        name="3 servers, 2 terms, repaired",
        protocol=Rejoining,
        sizes={Server: 3, Term: 3, Value: 1},
        constants={"max_log": 0},
        network=BagNetwork(capacity=1, loses=True),
        properties=["one_leader_at_a_time", "comes_back"],
        fairness=FAIRNESS,
        slow=True,
        expect=Holds(states=20_733, depth=28),
    ),
]

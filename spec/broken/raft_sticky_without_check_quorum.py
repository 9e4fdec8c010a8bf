"""Bug: servers stay with the leader that they hear, and the leader never asks who hears it.

**Mistake** Requests for votes are disregarded while there is a leader, but no leader steps down by
itself.

**Tempting** because the one rule keeps a good leader, and leaders seem to go soon enough: whoever
misses them times out. But a leader can be heard and not hear.

**Source** H. Howard and I. Abraham, "Raft does not Guarantee Liveness in the face of Network
Faults" (2020), after an outage at Cloudflare; reported in another form for openraft (issue 2080,
2026).

**What goes wrong** Nothing unsafe. The links to the leader are cut, those from it work. Everybody
follows it, nothing is ever committed, and nobody can be elected in its place.
"""

from __future__ import annotations

from ..lang import Holds, Model, Violated, action, leads_to, require, weakly_fair
from ..raft.check_quorum import CheckQuorum
from ..raft.election import Role, Server, Term
from ..raft.replication import Value


class Replaceable(CheckQuorum):
    """CheckQuorum, with a claim about leaders that hear nothing."""

    @action
    def client_request(self, s: Server, v: Value) -> None:
        """The bound on logs is a guard here, so that no behaviour is cut off."""
        require(len(self.log[s]) < self.max_log)
        super().client_request(s, v)

    @leads_to
    def deaf_leader_goes(self, s: Server) -> tuple[bool, bool]:
        """A leader that nobody answers hears something, or leads no more."""
        deaf = self.role[s] == Role.LEADER and not self.active[s]
        return deaf, not deaf


# All messages arrive but for answers to a leader, of which nothing is said.
ANSWERS_ARE_LOST = [
    weakly_fair(Replaceable.check_quorum, each="s"),
    weakly_fair(Replaceable.request_vote, each=("s", "r")),
    weakly_fair(Replaceable.handle_request_vote, each="m"),
    weakly_fair(Replaceable.handle_vote, each="m"),
    weakly_fair(Replaceable.append_entries, each=("s", "r")),
    weakly_fair(Replaceable.handle_append_entries, each="m"),
]


class StickyWithoutCheckQuorum(Replaceable):
    """A leader does not ask itself whether it is heard."""

    @action
    def check_quorum(self, s: Server) -> None:
        require(False)


MODELS = [
    Model(
        name="2 servers, 1 term",
        protocol=StickyWithoutCheckQuorum,
        sizes={Server: 2, Term: 2, Value: 1},
        constants={"max_log": 0},
        properties=["one_leader_at_a_time", "deaf_leader_goes"],
        fairness=ANSWERS_ARE_LOST,
        expect=Violated("deaf_leader_goes", steps=8, cycle=0),
    ),
    Model(
        name="2 servers, 1 term, repaired",
        protocol=Replaceable,
        sizes={Server: 2, Term: 2, Value: 1},
        constants={"max_log": 0},
        properties=["one_leader_at_a_time", "deaf_leader_goes"],
        fairness=ANSWERS_ARE_LOST,
        expect=Holds(states=50, depth=11),
    ),
]

"""Raft with all its features at once: what a product would run.

**Problem** Each of Raft's extensions is right by itself. A product has all of them, and most of the
bugs that were reported for Raft sit where two of them meet.

**Idea** The features are subclasses of :class:`.replication.Raft` that override what differs, so
they combine by inheritance. What is written here is only what one feature has to know of another:

- an election by order is not disregarded (:class:`.transfer.TransferWithCheckQuorum`), and a poll
  ends when its server is told to stand (:class:`.transfer.PoliteTransfer`);
- who hears from a leader does not assent to polls (:class:`.check_quorum.PoliteRaft`);
- a heartbeat on behalf of a read counts as hearing from a leader, and its answer as being heard
  (:mod:`.reads`, :mod:`.check_quorum`);
- a snapshot is loaded before its server stands, by order too (:mod:`.snapshots`, :mod:`.transfer`).

**Source** D. Ongaro, "Consensus: Bridging Theory and Practice" (PhD thesis, Stanford, 2014); the
sections are named in the modules of the features.

**Modelled** Pre-votes, CheckQuorum, changes of membership by one server, snapshots, reads by
ReadIndex, leadership transfer. **Left out** Sessions, which look at committed commands only and so
combine with anything (:class:`.sessions.SessionsWithSnapshots` is the one meeting there is);
leases, which take the place of ReadIndex and of CheckQuorum's time
(:class:`.transfer.TransferWithLease`); joint consensus, which takes the place of single changes.
"""

from __future__ import annotations

from ..lang import BagNetwork, Holds, Model, action, any_set, require
from .election import Quorum, Role, Server, Term
from .membership import ReconfigurableWithHistory
from .membership_single import SingleServerChange
from .reads import Heartbeat, HeartbeatReply, Read, Reads
from .replication import Value
from .snapshots import Snapshots, SnapshotsWithHistory
from .transfer import PoliteTransfer, TimeoutNow


class Production(PoliteTransfer, Reads, SingleServerChange, Snapshots):
    """Raft with all its features."""

    @action
    def handle_timeout_now(self, m: TimeoutNow, t: Term) -> None:
        """3.10. Stand by order, with the snapshot loaded."""
        require(m in self.transfers)
        require(self.commit[m.dest] >= self.snapshot[m.dest])
        super().handle_timeout_now(m, t)

    @action
    def retire(self, s: Server) -> None:
        """4.2.2, 3.10. Who steps down has nothing to hand over."""
        super().retire(s)
        self.transferee[s] = None

    @action
    def handle_heartbeat(self, m: Heartbeat) -> None:
        """6.4, 4.2.3. A heartbeat says that the leader is there."""
        super().handle_heartbeat(m)
        if m.term == self.term[m.dest]:
            self.hears[m.dest] = True
            self.assent[m.dest] = frozenset()

    @action
    def handle_heartbeat_reply(self, m: HeartbeatReply) -> None:
        """6.4, 6.2. Its answer says that the follower is there."""
        super().handle_heartbeat_reply(m)
        s = m.dest
        if m.term == self.term[s] and self.role[s] == Role.LEADER:
            self.active[s] = self.active[s] | {m.source}


class ProductionWithHistory(SnapshotsWithHistory, ReconfigurableWithHistory, Production):
    """The same, with a memory."""


# What is claimed of every instance; the features' own claims of what can happen need larger ones.
SAFETY = [
    "one_leader_at_a_time",
    "votes_given",
    "log_matching",
    "committed_agree",
    "election_safety",
    "leader_completeness",
    "state_machine_safety",
    "fresh_read",
    "one_pending",
    "snapshot_of_log",
    "term_monotone",
    "vote_once",
    "leader_append_only",
    "commit_rule",
    "asked_first",
    "loyal",
    "elected_by_voters",
    "committed_by_voters",
    "snapshot_keeps",
]

# Terms are counted without the first, in which nobody leads.
MODELS = [
    Model(
        name="2 servers, 1 term, log 1, 1 read",
        protocol=ProductionWithHistory,
        sizes={Server: 2, Term: 2, Value: 1, Read: 1},
        constants={"max_log": 1, "founders": {1, 2}, "members": set()},
        quorums={Quorum: any_set},
        network=BagNetwork(capacity=1),
        assume=False,
        properties=SAFETY,
        slow=True,
        expect=Holds(states=89_866, depth=39),
    ),
    Model(
        name="1 server, 2 terms, log 2, 1 read, 1 restart",
        protocol=ProductionWithHistory,
        sizes={Server: 1, Term: 3, Value: 1, Read: 1},
        constants={"max_log": 2, "founders": {1}, "members": set()},
        quorums={Quorum: any_set},
        network=BagNetwork(capacity=1),
        restarts=1,
        properties=SAFETY,
        expect=Holds(states=512, depth=16),
    ),
]

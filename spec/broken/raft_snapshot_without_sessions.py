"""Bug: a snapshot has the state of the state machine, but not its sessions.

**Mistake** The table of sessions is kept beside the state machine, and only the latter is sent.

**Tempting** because the two are written by different people. But what is executed depends on both.

**Source** Ours, from section 6.3 of Ongaro's thesis (2014), which makes sessions part of the
replicated state, and chapter 5.

**What goes wrong** A server that was brought up to date by a snapshot executes a command again that
is in the snapshot.
"""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated
from ..raft.election import Server, Term
from ..raft.replication import Log, Value
from ..raft.sessions import ONE_COMMAND, Client, SessionsWithSnapshots


class WithoutSessions(SessionsWithSnapshots):
    """Snapshots that leave the sessions behind."""

    def restore_sessions(self, s: Server, log: Log) -> None:
        self.executed_to[s] = len(log)


MODELS = [
    Model(
        name="3 servers, 1 term, log 2",
        protocol=WithoutSessions,
        sizes={Server: 3, Term: 2, Value: 1, Client: 1},
        constants={"max_log": 2, "ends": set(), **ONE_COMMAND},
        network=BagNetwork(capacity=1),
        properties=["exactly_once"],
        slow=True,
        expect=Violated("exactly_once", steps=21),
    ),
    Model(
        name="3 servers, 1 term, log 1, the first difference",
        protocol=WithoutSessions,
        sizes={Server: 3, Term: 2, Value: 1, Client: 1},
        constants={"max_log": 1, "ends": set(), **ONE_COMMAND},
        network=BagNetwork(capacity=1),
        properties=["deterministic"],
        expect=Violated("deterministic", steps=14),
    ),
]

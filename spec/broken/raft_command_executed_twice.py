"""Bug: a command is executed as often as it stands in the log.

**Mistake** There are no sessions.

**Tempting** because the log holds each command once: the leader appends what it is sent. But
clients send again what they have had no answer to, and cannot know whether it was lost.

**Source** Ours, by leaving out section 6.3 of Ongaro's thesis (2014).

**What goes wrong** The same command is appended twice, and executed twice.
"""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated
from ..raft.election import Server, Term
from ..raft.replication import Value
from ..raft.sessions import ONE_COMMAND, Client, Sessions


class ExecutedTwice(Sessions):
    """Every command is new."""

    def is_new(self, s: Server, c: Client, v: Value) -> bool:
        return True


MODELS = [
    Model(
        name="2 servers, 1 term, log 2",
        protocol=ExecutedTwice,
        sizes={Server: 2, Term: 2, Value: 1, Client: 1},
        constants={"max_log": 2, "ends": set(), **ONE_COMMAND},
        network=BagNetwork(capacity=1),
        properties=["exactly_once"],
        expect=Violated("exactly_once", steps=16),
    ),
]

"""Bug: a command of a session that has ended is executed as the first of a new one.

**Mistake** When a session ends, what was known of it is forgotten; who is not known is new.

**Tempting** because tables must not grow for ever, and a client that comes back after long ought to
be served. But what it sends may be what it sent before.

**Source** Ongaro's thesis (2014), section 6.3: a server has to reject the requests of a client
whose session it has discarded.

**What goes wrong** A client sends a command, waits long, and sends it again. In between its session
has ended, and the command is executed a second time.
"""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated
from ..raft.election import Server, Term
from ..raft.replication import Value
from ..raft.sessions import ONE_COMMAND, Client, Sessions


class Reopened(Sessions):
    """Sessions that are forgotten when they end."""

    def run(self, s: Server, c: Client, v: Value) -> None:
        super().run(s, c, v)
        if (v, c) in self.ends:
            self.highest[s, c] = 0
            self.ended[s, c] = False


MODELS = [
    Model(
        name="2 servers, 1 term, log 3",
        protocol=Reopened,
        sizes={Server: 2, Term: 2, Value: 2, Client: 1},
        constants={"max_log": 3, "ends": {(2, 1)}, **ONE_COMMAND},
        network=BagNetwork(capacity=1),
        properties=["exactly_once"],
        expect=Violated("exactly_once", steps=21),
    ),
]

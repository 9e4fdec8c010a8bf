"""Bug: each server ends sessions by its own clock.

**Mistake** A session that has been idle for long is removed by every server for itself.

**Tempting** because the table is only there to save work, it seems, and no entry of the log is
spent on it. But it decides what is executed.

**Source** Ongaro's thesis (2014), section 6.3: servers must agree on when to expire a session.

**What goes wrong** One server has ended the session and refuses a command that another executes.
"""

from __future__ import annotations

from ..lang import BagNetwork, Model, Violated, action, invariant
from ..raft.election import Server, Term
from ..raft.replication import Value
from ..raft.sessions import ONE_COMMAND, Client, Sessions


class EndsLocally(Sessions):
    """Sessions that end somewhere."""

    @action
    def expire(self, s: Server, c: Client) -> None:
        """The clock of server s says that the session has been idle for too long."""
        self.ended[s, c] = True

    @invariant
    def same_commands(self) -> bool:
        """State machines that have come equally far have executed the same commands: what clients
        can see of SE3."""
        return all(
            self.executed[s] == self.executed[r]
            for s in Server
            for r in Server
            if self.executed_to[s] == self.executed_to[r]
        )


MODELS = [
    Model(
        name="2 servers, 1 term, log 1, what comes of it",
        protocol=EndsLocally,
        sizes={Server: 2, Term: 2, Value: 1, Client: 1},
        constants={"max_log": 1, "ends": set(), **ONE_COMMAND},
        network=BagNetwork(capacity=1),
        properties=["same_commands"],
        expect=Violated("same_commands", steps=15),
    ),
]

"""Raft in which a leader does not wait: entries are sent before earlier ones are answered.

**Problem** A leader that sends an entry only when the one before it was acknowledged commits one
entry in a round trip. And one that goes back by a single entry after each refusal takes as many
round trips as two logs differ by.

**Idea** What a leader believes to be the next entry for a server is a guess, and nothing rests on
it: the consistency check finds out where it is wrong. So the guess may be revised at any time, and
by any reasoning: forward when an entry is sent, in the hope that it arrives; back by a whole term
when a refusal says where the logs part; back to what is known to match when messages were lost.

**Source** D. Ongaro and J. Ousterhout, "In Search of an Understandable Consensus Algorithm" (USENIX
ATC 2014), section 5.3, where conflicts are found term by term; D. Ongaro, "Consensus: Bridging
Theory and Practice" (PhD thesis, Stanford, 2014), section 10.2.1, on pipelining.

**Modelled** Any revision at any moment, as long as what is next stays above what matches (R14).
This is more than any program does, so that all ways to guess are covered. And a message may be
empty although there is an entry to send.

**Left out** Several entries in one message: it is as good as several messages in a row.
"""

from __future__ import annotations

from ..lang import BagNetwork, Holds, Model, action, reachable, require
from .election import Role, Server, Term
from .replication import AppendEntries, Raft, Value


class Pipelining(Raft):
    """Raft whose leaders guess freely what to send next."""

    @action
    def aim(self, s: Server, r: Server, n: int) -> None:
        """5.3. Believe that entry n is the next one for a server: above what matches, and at most
        the one that the leader will append next."""
        require(n in range(self.match_index[s, r] + 1, len(self.log[s]) + 2))
        require(self.role[s] == Role.LEADER)
        self.next_index[s, r] = n

    @action
    def heartbeat(self, s: Server, r: Server) -> None:
        """5.2. Say that there is a leader, and no more, although there may be an entry to send: it
        is on its way already, or where to begin is still in doubt."""
        require(self.role[s] == Role.LEADER)
        require(r != s)
        prev_index = self.next_index[s, r] - 1
        self.network.send(
            AppendEntries(
                source=s,
                dest=r,
                term=self.term[s],
                prev_index=prev_index,
                prev_term=self.term_at(self.log[s], prev_index),
                entry=None,
                commit=self.commit[s],
            )
        )

    @reachable
    def ahead(self) -> bool:
        """An entry can be on its way before the one before it is known to have arrived."""
        return any(
            self.role[s] == Role.LEADER and self.next_index[s, r] > self.match_index[s, r] + 1
            for s in Server
            for r in Server
            if r != s and len(self.log[s]) > 1 and self.next_index[s, r] > 2
        )


MODELS = [
    Model(
        name="2 servers, 1 term, log 2",
        protocol=Pipelining,
        sizes={Server: 2, Term: 2, Value: 1},
        constants={"max_log": 2},
        network=BagNetwork(capacity=1, loses=True),
        expect=Holds(states=1_264, depth=20),
    ),
    Model(
        name="2 servers, 2 terms, log 2",
        protocol=Pipelining,
        sizes={Server: 2, Term: 3, Value: 1},
        constants={"max_log": 2},
        network=BagNetwork(capacity=1, loses=True),
        slow=True,
        expect=Holds(states=22_209, depth=32),
    ),
]

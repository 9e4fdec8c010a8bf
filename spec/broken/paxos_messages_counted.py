"""Bug: promises are counted as messages, not as acceptors.

**Mistake** The leader of three acceptors waits for two promises, and does not ask whether they come
from two acceptors.

**Tempting** because a counter is simpler than a set of names, and each acceptor promises a ballot
only once. But the network may deliver its message twice.

**Source** The rule that is broken is in L. Lamport, "Paxos Made Simple" (2001), section 2.2: the
promises come from a majority of acceptors. The same mistake in the count of votes of a Raft
candidate is reported in the issues xraft#27 and akka-raft#45.

**What goes wrong** One acceptor alone, heard twice, lets a leader propose what it likes. The quorum
that chose another value is not asked.
"""

from __future__ import annotations

from ..consensus import Value
from ..lang import Model, Violated
from ..paxos.single_decree import Promise, SingleDecree
from ..voting import Acceptor, Ballot


class MessagesCounted(SingleDecree):
    """Paxos of three acceptors, with leaders that count messages."""

    def shown_safe_at(self, b: Ballot, v: Value) -> bool:
        """Two promises for b were received, perhaps the same one twice."""
        return any(
            m.ballot == b
            and n.ballot == b
            and self.follows(v, frozenset(w for w in (m.vote, n.vote) if w is not None))
            for m in self.sent.of(Promise)
            for n in self.sent.of(Promise)
        )


MODELS = [
    Model(
        name="3 acceptors, 2 ballots",
        protocol=MessagesCounted,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        properties=["agreement"],
        expect=Violated("agreement", steps=10),
    ),
]

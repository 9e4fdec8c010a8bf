"""Control, no bug: an acceptor may promise the ballot that it is in already.

**Change** Phase 1b asks for a ballot not below the promise, where Paxos asks for a higher one.

**Suspicious** because an acceptor may now vote in a ballot and then promise it, and may promise one
ballot several times with different reports. But a leader proposes once in a ballot, and a second
report can only tell it of votes for its own proposal, or what the first one said.

**Why it is here** A checker that finds fault with everything unusual is of no use.
"""

from __future__ import annotations

from ..consensus import Value
from ..lang import Holds, Model, action, require
from ..paxos.single_decree import Prepare, Promise, SingleDecree
from ..voting import Acceptor, Ballot


class EqualBallotPromise(SingleDecree):
    """Paxos with acceptors that promise again when asked again."""

    @action
    def promise(self, a: Acceptor, m: Prepare) -> None:
        """Phase 1b, for the same ballot or a higher one."""
        require(m in self.sent)
        joined = self.promised[a]
        require(joined is None or m.ballot >= joined)
        self.promised[a] = m.ballot
        self.sent.add(Promise(a, m.ballot, self.vote[a]))


MODELS = [
    Model(
        name="3 acceptors, 2 ballots",
        protocol=EqualBallotPromise,
        sizes={Acceptor: 3, Ballot: 2, Value: 2},
        expect=Holds(states=30_753, depth=23),
    ),
]

"""Bug: a commit notice names a slot, and not the ballot in which the slot was committed.

**Mistake** A follower that has voted in a slot takes a notice for that slot to be about its vote.

**Tempting** because a slot is committed once, and with one value, so the number of the slot seems
to say it all. But what the follower holds in the slot may come from a ballot that has lost.

**Source** Found in the module MultiPaxos of MultiPaxos-SMR in the TLA+ examples while it was
written down here (:mod:`..paxos.state_machine_replication`). The module checks what clients see,
and in the instances that it ships they see nothing of this.

**What goes wrong** A leader of the lower ballot has put a command into a slot, and only it has
voted for that. The next leader commits another command there. When the first one follows it, by
voting in a higher slot, and then receives the notice, it applies its own command.
"""

from __future__ import annotations

from ..lang import Holds, Model, Set, Violated, action, invariant, record, require
from ..paxos.state_machine_replication import (
    Ballot,
    Command,
    CommitNotice,
    Replica,
    Slot,
    StateMachineReplication,
)


class UnnumberedCommitNotice(StateMachineReplication):
    """The published system, with the properties that its replicas ought to have."""

    @invariant
    def replicas_equal(self) -> bool:
        """Replicas that have come equally far hold the same value (M4)."""
        return all(
            self.value[i] == self.value[j]
            for i in Replica
            for j in Replica
            if self.applied[i] == self.applied[j]
        )

    @invariant
    def applied_chosen(self) -> bool:
        """A replica has applied only what is chosen for that slot (M3)."""
        return all(
            self.is_at(s, c)
            for i in Replica
            for s in Slot
            for c in Command
            if self.has_applied(i, s, c)
        )

    def has_applied(self, i: Replica, s: Slot, c: Command) -> bool:
        """Replica i has applied slot s, with command c in it."""
        last = self.applied[i]
        return last is not None and s <= last and self.command[i, s] == c


@record
class Committed:
    """What the notice should say: a slot, and the ballot in which it was committed."""

    ballot: Ballot
    slot: Slot


class NumberedCommitNotice(UnnumberedCommitNotice):
    """The repair: a notice counts for a vote in its ballot or a higher one."""

    notices: Set[Committed]  # what was sent along with the commit notices

    def init(self) -> None:
        super().init()
        self.notices = Set()

    @action
    def handle_accept_replies(self, i: Replica, b: Ballot, s: Slot, c: Command) -> None:
        """Commit, and say in which ballot."""
        super().handle_accept_replies(i, b, s, c)
        self.notices.add(Committed(b, s))

    @action
    def handle_commit_notice(self, i: Replica, m: CommitNotice) -> None:
        """Commit what was voted for in the ballot of the notice, or later: that is the same."""
        super().handle_commit_notice(i, m)
        require(
            any(
                n.slot == m.slot and n.ballot <= w.ballot
                for n in self.notices
                for w in self.votes[i]
                if w.slot == m.slot
            )
        )


MODELS = [
    Model(
        name="3 replicas, 2 ballots, 1 write and 1 read",
        protocol=UnnumberedCommitNotice,
        sizes={Replica: 3, Ballot: 2, Slot: 2, Command: 2},
        constants={"writes": [0]},
        properties=["replicas_equal"],
        expect=Violated("replicas_equal", steps=13),
    ),
    Model(
        name="3 replicas, 2 ballots, 1 write and 1 read, repaired",
        protocol=NumberedCommitNotice,
        sizes={Replica: 3, Ballot: 2, Slot: 2, Command: 2},
        constants={"writes": [0]},
        properties=["agreement", "replicas_equal", "applied_chosen", "linearizable"],
        deadlock=True,
        expect=Holds(states=1_986_241, depth=28),
        slow=True,
    ),
]

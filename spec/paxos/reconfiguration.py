"""Multi-Paxos whose group of servers changes: the log itself says who decides it.

**Problem** Servers are replaced, and the log has to go on. Two groups that each take themselves for
the one in charge could decide one slot twice.

**Idea** A change of the group is an entry of the log, and takes effect some slots later: what is
executed in slot *s* says who decides the slots from *s* + *window* on. So whoever has executed all
that lies ``window`` or more below a slot knows who decides it, and everybody who knows it knows the
same, because they have executed the same. Nobody proposes in a slot before. Within a slot, then,
there is one group, and nothing is left but Paxos; the groups need not have anyone in common.

**Source** L. Lamport, "Paxos Made Simple" (2001), section 3, last paragraphs, with alpha for the
window; L. Lamport, D. Malkhi, L. Zhou, "Reconfiguring a State Machine" (SIGACT News 41(1), 2010),
section 2, and R. van Renesse, D. Altinbuken, "Paxos Made Moderately Complex" (ACM Computing Surveys
47(3), 2015), section 4.3.

**Modelled** Servers that are leader, acceptor and replica at once, as in a program. An acceptor
that knows what is chosen in a slot forgets its vote there, and reports on the other slots alone.
So the promises of a ballot are counted slot by slot, in the group of the slot.

**Left out** Clients; when to start a ballot; how those who missed something hear of it: whatever is
chosen can be executed by anyone, also by those who decide nothing.
"""

from __future__ import annotations

from ..lang import (
    Const,
    Holds,
    Map,
    Model,
    Protocol,
    Set,
    Sort,
    SubsetOf,
    action,
    any_set,
    constraint,
    explicit,
    fill,
    invariant,
    reachable,
    record,
    require,
    step_invariant,
)
from ..voting import Ballot
from .multi import Command, Slot
from .single_decree import Prepare

# ------------------------------------------------------------------------------- constants


class Server(Sort):
    """Leads, votes and executes."""


class Founders(SubsetOf[Server]):
    """Who decides before any change takes effect. There is one such group."""


class Group(SubsetOf[Server]):
    """Those groups that an administrator may ask for."""


class Heard(SubsetOf[Server]):
    """Servers whose promises a leader may have received when it proposes: any set of them."""


# ------------------------------------------------------------------------ entries and votes
@record
class Execute:
    """A command for the state machine."""

    command: Command


@record
class Noop:
    """Nothing: fills a gap."""


@record
class Reconfigure:
    """Let this group decide."""

    group: Group


Entry = Execute | Noop | Reconfigure


@record
class Vote:
    """A vote in one slot: for this entry, in this ballot."""

    ballot: Ballot
    entry: Entry


# -------------------------------------------------------------------------------- messages
@record
class Promise:
    """Phase 1b: the sender has joined the ballot, does not know what is chosen in the slot, and
    voted there last so."""

    server: Server
    ballot: Ballot
    slot: Slot
    vote: Vote | None


@record
class Accept:
    """Phase 2a: the leader of a ballot asks for votes for an entry in a slot."""

    ballot: Ballot
    slot: Slot
    entry: Entry


@record
class Accepted:
    """Phase 2b: the sender has voted."""

    server: Server
    ballot: Ballot
    slot: Slot
    entry: Entry


Message = Prepare | Promise | Accept | Accepted


# -------------------------------------------------------------------------------- protocol
class Reconfigurable(Protocol):
    """Paxos for a log that says who decides it."""

    window = Const[int]()  # how many slots later a change takes effect; at least 1

    promised: Map[Server, Ballot | None]  # the highest ballot the server has joined
    vote: Map[tuple[Server, Slot], Vote | None]  # its latest vote, where it has executed nothing
    executed: Map[tuple[Server, Slot], Entry | None]  # what it knows to be chosen
    leader: Map[Ballot, Server | None]  # who started the ballot
    sent: Set[Message]  # every message ever sent

    def init(self) -> None:
        self.promised = fill(Server, None)
        self.vote = fill((Server, Slot), None)
        self.executed = fill((Server, Slot), None)
        self.leader = fill(Ballot, None)
        self.sent = Set()

    # ---------------------------------------------------------------------- who decides what
    def group(self, n: Server, s: Slot) -> frozenset[Server]:
        """Who decides slot s, as server n knows: the last group whose change takes effect by then,
        and the founders before."""
        changes = frozenset(t for t in Slot if self.takes_effect(t, s) and self.is_change(n, t))
        if len(changes) == 0:
            return frozenset(x for g in Founders for x in g)
        return frozenset(
            x
            for g in Group
            for x in g
            if any(
                self.executed[n, t] == Reconfigure(g) and all(u <= t for u in changes)
                for t in changes
            )
        )

    def takes_effect(self, t: Slot, s: Slot) -> bool:
        """What is executed in slot t counts when slot s is decided: s is ``window`` later."""
        return t < s and len(frozenset(u for u in Slot if t <= u < s)) >= self.window

    def is_change(self, n: Server, s: Slot) -> bool:
        """In slot s, server n has executed a change of the group."""
        return any(self.executed[n, s] == Reconfigure(g) for g in Group)

    def knows_group(self, n: Server, s: Slot) -> bool:
        """Server n has executed all that says who decides slot s."""
        return all(self.executed[n, t] is not None for t in Slot if self.takes_effect(t, s))

    def decides(self, n: Server, s: Slot, who: frozenset[Server]) -> bool:
        """They are more than half of the group of slot s."""
        group = self.group(n, s)
        return 2 * len(group & who) > len(group)

    # ------------------------------------------------------------------------------- phase 1
    @action
    def prepare(self, n: Server, b: Ballot) -> None:
        """Phase 1a. A server starts a ballot that nobody has."""
        require(self.leader[b] is None)
        self.leader[b] = n
        self.sent.add(Prepare(b))

    @action
    def promise(self, n: Server, m: Prepare) -> None:
        """Phase 1b. Join the ballot, and report the latest vote in every slot, except those where
        it is known what is chosen.

        A server that has joined before may answer again, except for what it voted for since.
        """
        require(m in self.sent)
        joined = self.promised[n]
        require(joined is None or m.ballot >= joined)
        self.promised[n] = m.ballot
        for s in Slot:
            if self.executed[n, s] is None and self.is_below(n, s, m.ballot):
                self.sent.add(Promise(n, m.ballot, s, self.vote[n, s]))

    def is_below(self, n: Server, s: Slot, b: Ballot) -> bool:
        """The latest vote of server n in slot s, if any, is below ballot b."""
        last = self.vote[n, s]
        return last is None or last.ballot < b

    # ------------------------------------------------------------------------------- phase 2
    @action
    def repropose(self, b: Ballot, s: Slot, e: Entry) -> None:
        """Phase 2a in a slot with votes. Propose the entry of the highest vote reported."""
        require(e in {w.entry for h in Heard for w in self.reported(h, b, s)})
        require(self.is_next(b, s))
        require(
            any(self.suffice(h, b, s) and self.is_latest(e, self.reported(h, b, s)) for h in Heard)
        )
        self.sent.add(Accept(b, s, e))

    @action
    def fill_gap(self, b: Ballot, s: Slot) -> None:
        """Phase 2a in a slot without votes, below one with votes. Propose nothing."""
        require(self.is_next(b, s))
        require(
            any(
                self.suffice(h, b, s)
                and not self.reported(h, b, s)
                and any(t > s and len(self.reported(h, b, t)) > 0 for t in Slot)
                for h in Heard
            )
        )
        self.sent.add(Accept(b, s, Noop()))

    @action
    def propose(self, b: Ballot, s: Slot, c: Command) -> None:
        """Phase 2a in a slot above all votes. Propose any command."""
        require(self.is_next(b, s))
        require(self.is_free(b, s))
        self.sent.add(Accept(b, s, Execute(c)))

    @action
    def reconfigure(self, b: Ballot, s: Slot, g: Group) -> None:
        """Phase 2a in a slot above all votes. Propose another group."""
        require(self.is_next(b, s))
        require(self.is_free(b, s))
        self.sent.add(Accept(b, s, Reconfigure(g)))

    def is_next(self, b: Ballot, s: Slot) -> bool:
        """Slot s is the next one of ballot b, and its leader knows the group."""
        return not self.has_proposed(b, s) and any(
            self.leader[b] == n
            and self.executed[n, s] is None
            and self.is_due(n, b, s)
            and self.knows_group(n, s)
            for n in Server
        )

    def is_free(self, b: Ballot, s: Slot) -> bool:
        """Enough have joined ballot b who report no vote in slot s, nor above."""
        return any(
            self.suffice(h, b, s)
            and not any(t >= s and len(self.reported(h, b, t)) > 0 for t in Slot)
            for h in Heard
        )

    def suffice(self, h: Heard, b: Ballot, s: Slot) -> bool:
        """All of h have joined ballot b and do not know what is chosen in slot s; and among them
        are more than half of its group."""
        return any(
            self.leader[b] == n and self.decides(n, s, frozenset(x for x in h)) for n in Server
        ) and all(
            any(m.server == x and m.ballot == b and m.slot == s for m in self.sent.of(Promise))
            for x in h
        )

    def is_due(self, n: Server, b: Ballot, s: Slot) -> bool:
        """In every lower slot server n has executed something, or has made its proposal."""
        return all(
            self.executed[n, r] is not None or self.has_proposed(b, r) for r in Slot if r < s
        )

    def has_proposed(self, b: Ballot, s: Slot) -> bool:
        """The leader of ballot b has made its proposal for slot s."""
        return any(m.ballot == b and m.slot == s for m in self.sent.of(Accept))

    def reported(self, h: Heard, b: Ballot, s: Slot) -> frozenset[Vote]:
        """The votes in slot s that the promises of h for ballot b report."""
        return frozenset(
            m.vote
            for m in self.sent.of(Promise)
            if m.ballot == b and m.slot == s and m.server in h and m.vote is not None
        )

    def is_latest(self, e: Entry, votes: frozenset[Vote]) -> bool:
        """e is the entry of the highest of these votes."""
        return any(w.entry == e and all(u.ballot <= w.ballot for u in votes) for w in votes)

    @action
    def accept(self, n: Server, m: Accept) -> None:
        """Phase 2b. Vote, unless a higher ballot was joined, or the slot is known to be decided."""
        require(m in self.sent)
        joined = self.promised[n]
        require(joined is None or m.ballot >= joined)
        require(self.executed[n, m.slot] is None)
        self.promised[n] = m.ballot
        self.vote[n, m.slot] = Vote(m.ballot, m.entry)
        self.sent.add(Accepted(n, m.ballot, m.slot, m.entry))

    # ------------------------------------------------------------------------------ replicas
    @action
    def execute(self, n: Server, m: Accept) -> None:
        """Execute what a quorum of the slot's group has voted for, after everything before it, and
        forget the own vote."""
        require(m in self.sent)
        require(self.is_first_open(n, m.slot))
        require(self.decides(n, m.slot, self.voters(m)))
        self.executed[n, m.slot] = m.entry
        self.vote[n, m.slot] = None

    def is_first_open(self, n: Server, s: Slot) -> bool:
        """Server n has executed all slots below s, and s not."""
        return self.executed[n, s] is None and all(
            self.executed[n, r] is not None for r in Slot if r < s
        )

    def voters(self, m: Accept) -> frozenset[Server]:
        """Those who have voted for a proposal."""
        return frozenset(
            x.server
            for x in self.sent.of(Accepted)
            if x.ballot == m.ballot and x.slot == m.slot and x.entry == m.entry
        )

    # ---------------------------------------------------------------------------- properties
    @invariant
    def replicas_equal(self) -> bool:
        """No two servers execute different entries in one slot (M1, M4)."""
        return all(
            self.executed[n, s] is None
            or self.executed[m, s] is None
            or self.executed[n, s] == self.executed[m, s]
            for s in Slot
            for n in Server
            for m in Server
        )

    @invariant
    def one_group_for_a_slot(self) -> bool:
        """All who know who decides a slot know the same (M8)."""
        return all(
            self.group(n, s) == self.group(m, s)
            for s in Slot
            for n in Server
            for m in Server
            if self.knows_group(n, s) and self.knows_group(m, s)
        )

    @invariant
    def one_entry_per_ballot(self) -> bool:
        """Proposals in one ballot for one slot are for one entry (P5)."""
        return all(
            m.entry == n.entry
            for m in self.sent.of(Accept)
            for n in self.sent.of(Accept)
            if m.ballot == n.ballot and m.slot == n.slot
        )

    @invariant
    def executed_in_order(self) -> bool:
        """A server has executed what is below whatever it has executed (M3)."""
        return all(
            self.executed[n, s] is not None
            for n in Server
            for t in Slot
            for s in Slot
            if s < t and self.executed[n, t] is not None
        )

    @invariant
    def choices_bind(self) -> bool:
        """Once a quorum of its group has voted for an entry in a slot, no higher ballot proposes
        another (P2b)."""
        return all(
            x.entry == y.entry
            for x in self.sent.of(Accept)
            for y in self.sent.of(Accept)
            if x.slot == y.slot and x.ballot < y.ballot and self.is_chosen(x)
        )

    def is_chosen(self, m: Accept) -> bool:
        """Somebody who knows who decides the slot could find the proposal chosen."""
        return any(
            self.knows_group(n, m.slot) and self.decides(n, m.slot, self.voters(m)) for n in Server
        )

    @step_invariant
    def execution_stable(self, after: Reconfigurable) -> bool:
        """What was executed stays executed."""
        return all(
            self.executed[n, s] is None or after.executed[n, s] == self.executed[n, s]
            for n in Server
            for s in Slot
        )

    @reachable
    def decided_by_another_group(self) -> bool:
        """A slot can be decided by others than the founders."""
        return any(
            self.executed[n, s] is not None and self.group(n, s) != self.group(n, Slot.first())
            for n in Server
            for s in Slot
        )


class InTurn(Reconfigurable):
    """The same, explored only as far as ballots are started in their order."""

    @constraint
    def in_turn(self) -> bool:
        """No ballot is started before all lower ones are."""
        return all(
            self.leader[c] is not None
            for b in Ballot
            for c in Ballot
            if c < b and self.leader[b] is not None
        )


MODELS = [
    Model(
        name="2 servers, one leaves",
        protocol=InTurn,
        sizes={Server: 2, Ballot: 2, Slot: 2, Command: 1},
        quorums={Founders: explicit({1, 2}), Group: explicit({2}), Heard: any_set},
        constants={"window": 1},
        expect=Holds(states=15_425, depth=21),
    ),
    Model(
        name="2 servers, one takes the place of the other",
        protocol=InTurn,
        sizes={Server: 2, Ballot: 2, Slot: 2, Command: 1},
        quorums={Founders: explicit({1}), Group: explicit({2}), Heard: any_set},
        constants={"window": 1},
        expect=Holds(states=186_967, depth=22),
        slow=True,
    ),
    Model(
        name="2 servers, no change takes effect in a window of 2",
        protocol=InTurn,
        sizes={Server: 2, Ballot: 2, Slot: 2, Command: 1},
        quorums={Founders: explicit({1, 2}), Group: explicit({2}), Heard: any_set},
        constants={"window": 2},
        properties=[
            "replicas_equal",
            "one_group_for_a_slot",
            "one_entry_per_ballot",
            "executed_in_order",
            "choices_bind",
            "execution_stable",
        ],
        expect=Holds(states=35_221, depth=23),
    ),
]

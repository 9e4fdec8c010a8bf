"""A protocol without sense that uses every construct of the language, and a variant of it.

The passes and engines are shown it in golden files and must agree on it.
"""

from __future__ import annotations

from enum import Enum

from ballotproof.spec.lang import (
    Bag,
    BagNetwork,
    Const,
    Durable,
    FifoNetwork,
    Map,
    Model,
    Network,
    Protocol,
    QuorumOf,
    Set,
    SetNetwork,
    Sort,
    TotalOrder,
    Volatile,
    action,
    assumption,
    constraint,
    fill,
    implies,
    invariant,
    reachable,
    record,
    refines,
    require,
    step_invariant,
    terminal,
)


class Node(Sort): ...


class Ballot(TotalOrder): ...


class Quorum(QuorumOf[Node]): ...


class Role(Enum):
    IDLE = 1
    BUSY = 2


@record
class Vote:
    ballot: Ballot
    node: Node


@record
class Ask:
    source: Node
    dest: Node
    ballot: Ballot


@record
class Reply:
    source: Node
    dest: Node
    vote: Vote | None


@record
class Stop:
    """Has its ballot at another place than Ask."""

    ballot: Ballot
    source: Node
    dest: Node


class Roles(Protocol):
    """What is left when everything but the roles is forgotten."""

    role: Map[Node, Role]
    votes: Set[Vote | Stop]

    def init(self) -> None:
        self.role = fill(Node, Role.IDLE)
        self.votes = Set()

    @action
    def turn(self, n: Node, r: Role) -> None:
        self.role[n] = r

    @action
    def turn_all(self, r: Role) -> None:
        self.role = fill(Node, r)

    @action
    def reset(self) -> None:
        require(any(self.role[n] == Role.BUSY for n in Node))
        self.role = fill(Node, Role.IDLE)


class Everything(Protocol):
    """One action for each family of constructs."""

    limit = Const[int]()
    favourite = Const[Node]()

    role: Volatile[Map[Node, Role]]
    promised: Durable[Map[Node, Ballot | None]]
    log: Durable[Map[Node, tuple[Vote, ...]]]
    weight: Durable[Map[tuple[Node, Role], int]]
    sent: Durable[Set[Ask | Reply | Stop]]
    copies: Durable[Bag[Ask | Stop]]
    wire: Durable[Network[Ask | Reply]]
    known: Durable[frozenset[Node]]
    last: Durable[Vote | None]
    used: Durable[bool]
    count: Durable[int]

    def init(self) -> None:
        self.role = fill(Node, Role.IDLE)
        self.promised = fill(Node, None)
        self.log = fill(Node, ())
        self.weight = Map({(n, r): 1 if n == self.favourite else 0 for n in Node for r in Role})
        self.sent = Set()
        self.copies = Bag()
        self.wire = Network()
        self.known = frozenset()
        self.last = None
        self.used = False
        self.count = 0

    # ------------------------------------------------------------------------------ actions
    @action
    def send(self, a: Node, b: Node, c: Ballot) -> None:
        """Parameters, chained comparison, records of one union."""
        require(a != b and self.count < self.limit)
        require(Ballot.first() <= Ballot.first() <= c)
        self.sent.add(Ask(a, b, c))
        self.count += 1

    @action
    def choose(self, m: Ask, extra: Ballot | None, soon: bool) -> None:
        """A drawn record, an optional choice, a bool; early return; locals given anew."""
        require(m in self.sent)
        require(not self.used)
        found: Ballot | None = None
        if soon:
            if extra is None:
                return
            found = extra
        elif extra is not None and extra < m.ballot:
            found = m.ballot
        else:
            require(m.dest in self.known)
        self.used = True
        self.promised[m.dest] = found
        self.remember(m.dest, Vote(m.ballot, m.source))

    def remember(self, n: Node, v: Vote) -> None:
        """A helper with an effect, that may do nothing."""
        entries = self.log[n]
        if len(entries) >= 2 or v in entries:
            return
        self.log[n] = (*entries, v)
        self.last = v

    @action
    def reply(self, n: Node, k: int) -> None:
        """An int choice; sequences: index, slice, length, concatenation."""
        require(k in range(len(self.log[n])))
        v = self.log[n][k]
        require((*self.log[n][:k], v) == self.log[n][: k + 1])
        require(self.used)
        self.log[n] = self.log[n][k:]
        self.sent.add(Reply(v.node, n, v if k > 0 else self.last))

    @action
    def gather(self, q: Quorum) -> None:
        """Folds: sets, sums, extremes, sequences; quorums; nested quantifiers."""
        votes = {m.vote for m in self.sent.of(Reply) if m.source in q and m.vote is not None}
        require(len(votes) > 0)
        highest = max((v.ballot for v in votes), default=None)
        lowest = min(v.ballot for v in votes)
        ballot = lowest if highest is None else highest
        require(lowest <= ballot)
        total = sum(1 for n in q if self.role[n] == Role.IDLE)
        require(total == len(q) or any(all(v.ballot <= w.ballot for v in votes) for w in votes))
        self.known = self.known | frozenset(n for n in q)
        self.sent.add(Stop(ballot, self.favourite, self.favourite))
        for n in q:
            self.role[n] = Role.BUSY

    @action
    def sort_out(self, m: Ask | Stop) -> None:
        """Match on records and enumerations; loops with conditions; a whole map."""
        require(m in self.sent)
        require(self.role[m.source] == Role.BUSY)
        match m:
            case Ask(source=a, ballot=b):
                for n in Node:
                    if n != a and self.promised[n] is None:
                        self.promised[n] = b
                self.role[a] = Role.IDLE
            case Stop():
                self.role = Map({n: Role.BUSY if n == m.dest else Role.IDLE for n in Node})
                self.sent.discard(m)
        match self.role[self.favourite]:
            case Role.IDLE:
                self.known = self.known - {self.favourite}
            case Role.BUSY:
                require(self.favourite not in self.known)

    @action
    def copy(self, m: Ask) -> None:
        """A bag: one copy more, up to two."""
        require(m in self.sent)
        require(self.copies.count(m) < 2 and len(self.copies) < 3)
        self.copies.add(m)
        if self.copies.count(m) == 2:
            self.copies.add(Stop(m.ballot, m.source, m.dest))

    @action
    def drop(self, m: Ask | Stop) -> None:
        """Of a bag, each element is chosen once, whatever its copies."""
        require(m in self.copies)
        require(not self.used)
        self.copies.remove(m)
        self.weight[m.source, Role.BUSY] = self.weight[m.source, Role.IDLE] + 1
        require(self.weight[m.source, Role.BUSY] <= 2)

    @action
    def transmit(self, a: Node, b: Node) -> None:
        """A network, whatever the model says it is."""
        require(a != b and self.count > 0)
        require(not any(isinstance(m, Ask) and m.dest == b for m in self.wire))
        self.wire.send(Ask(a, b, Ballot.first()))

    @action
    def deliver(self, m: Ask) -> None:
        self.wire.receive(m)
        if self.role[m.dest] == Role.IDLE:
            self.wire.send(Reply(m.dest, m.source, self.last))

    @action
    def accept(self, m: Reply) -> None:
        self.wire.receive(m)
        require(m.vote != self.last)
        self.last = m.vote

    # --------------------------------------------------------------------------- properties
    def holders(self, n: Node) -> frozenset[Node]:
        """A helper with branches and locals."""
        found = frozenset(v.node for v in self.log[n])
        if self.promised[n] is not None:
            found = found | {n}
        if len(found) == 0:
            return frozenset()
        return found & self.known

    @assumption
    def enough(self) -> bool:
        return self.limit > 0

    @invariant
    def bounded(self) -> bool:
        return self.count <= self.limit and all(len(self.log[n]) <= 2 for n in Node)

    @invariant
    def known_holders(self) -> bool:
        return all(
            implies(self.promised[n] is not None, self.holders(n) <= self.known) for n in Node
        )

    @invariant
    def votes_sent(self) -> bool:
        """Broken: a vote may be of a request that was never sent again."""
        return all(
            any(m.ballot == v.ballot for m in self.sent.of(Ask))
            for n in Node
            if self.role[n] in (Role.IDLE, Role.BUSY)
            for v in self.log[n]
            if v.node != n
        )

    @invariant
    def by_cases(self) -> bool:
        if self.last is None:
            return True
        seen = tuple(v.ballot for n in (self.last.node,) for v in self.log[n])
        return all(seen[i] <= seen[i] for i in range(len(seen)))

    @step_invariant
    def counting(self, after: Everything) -> bool:
        return self.count <= after.count and all(
            after.holders(n) == after.holders(n) for n in Node if after.promised[n] is None
        )

    @step_invariant
    def sent_stays(self, after: Everything) -> bool:
        """Broken by sort_out."""
        return all(m in after.sent for m in self.sent)

    @reachable
    def all_known(self) -> bool:
        return self.known == frozenset(n for n in Node)

    @constraint
    def few(self) -> bool:
        return len(self.sent) <= 3

    @terminal
    def quiet(self) -> bool:
        return self.used and len(self.copies) == 0

    @refines(Roles)
    def roles(self) -> Roles:
        stops = frozenset(m for m in self.sent.of(Stop))
        return Roles(role=self.role, votes=Set(stops - stops))


class More(Everything):
    """Overrides an action, and chooses in what it overrides."""

    @action
    def drop(self, m: Ask | Stop) -> None:
        super().drop(m)
        require(self.known == frozenset() or m.dest in self.known)
        self.count = 0

    @action
    def reply(self, n: Node, k: int) -> None:
        require(k in range(2))
        super().reply(n, k)


SIZES = {Node: 2, Ballot: 2}
CONSTANTS = {"limit": 2, "favourite": 1}

MODELS = [
    Model(
        name="set network",
        protocol=Everything,
        sizes=SIZES,
        constants=CONSTANTS,
        network=SetNetwork(),
    ),
    Model(
        name="bag network",
        protocol=Everything,
        sizes=SIZES,
        constants=CONSTANTS,
        network=BagNetwork(capacity=2, loses=True, duplicates=True),
    ),
    Model(
        name="FIFO network, a restart",
        protocol=Everything,
        sizes=SIZES,
        constants=CONSTANTS,
        network=FifoNetwork(capacity=2, loses=True),
        restarts=1,
    ),
    Model(name="variant", protocol=More, sizes=SIZES, constants=CONSTANTS),
]

"""Cases of records, enumerations, options and bools; captures, guards, alternatives, `as`."""

from __future__ import annotations

from enum import Enum

from ballotproof.spec.lang import (
    Map,
    Model,
    Protocol,
    Set,
    Sort,
    TotalOrder,
    action,
    fill,
    invariant,
    record,
    require,
)


class Node(Sort): ...


class Ballot(TotalOrder): ...


class Role(Enum):
    IDLE = 0
    BUSY = 1
    DONE = 2


@record
class Ask:
    node: Node
    ballot: Ballot


@record
class Answer:
    ballot: Ballot
    node: Node
    granted: bool


@record
class Stop:
    ballot: Ballot


class Matches(Protocol):
    sent: Set[Ask | Answer | Stop]
    role: Map[Node, Role]
    latest: Ask | Answer | None
    seen: Map[Node, Ballot]
    stopped: bool

    def init(self) -> None:
        self.sent = Set()
        self.role = fill(Node, Role.IDLE)
        self.latest = None
        self.seen = fill(Node, Ballot.first())
        self.stopped = False

    @action
    def send(self, n: Node, b: Ballot, granted: bool) -> None:
        require(len(self.sent) < 2)
        if granted:
            self.sent.add(Answer(b, n, True))
        else:
            self.sent.add(Ask(n, b))

    @action
    def stop(self, b: Ballot) -> None:
        require(len(self.sent) < 2)
        self.sent.add(Stop(b))

    @action
    def handle(self, m: Ask | Answer | Stop) -> None:
        """Each class once: the last case needs no test, and all captures are locals after it."""
        require(m in self.sent)
        match m:
            case Ask(node=n, ballot=b):
                self.role[n] = Role.BUSY
            case Answer(b, n, granted=True):
                self.role[n] = Role.DONE
            case Answer(ballot=b, node=n):
                self.role[n] = Role.IDLE
            case _:
                return
        self.seen[n] = b

    @action
    def keep(self, m: Ask | Answer | Stop) -> None:
        """A guard sees what its pattern captured; `|` joins classes without captures."""
        require(m in self.sent)
        match m:
            case Ask(ballot=b) if b > Ballot.first():
                self.latest = None
            case Ask() | Answer():
                self.latest = m
            case other:
                self.stopped = other.ballot == Ballot.first()

    @action
    def forget(self, n: Node) -> None:
        """An optional union: None is a case like the others, and `as` names the record found."""
        match self.latest:
            case None:
                self.stopped = True
            case Ask(node=owner) as ask if owner == n:
                self.seen[n] = ask.ballot
                self.latest = None
            case Ask():
                pass
            case Answer() as answer:
                self.seen[answer.node] = answer.ballot

    @action
    def turn(self, n: Node) -> None:
        match self.role[n]:
            case Role.IDLE | Role.DONE:
                self.role[n] = Role.BUSY
            case Role.BUSY:
                self.role[n] = Role.DONE

    @action
    def undo(self) -> None:
        match self.stopped:
            case True:
                self.stopped = False
            case False:
                require(self.latest is not None)
                self.latest = None

    def weight(self, m: Ask | Answer | Stop) -> int:
        match m:
            case Ask():
                return 1
            case Answer(granted=granted):
                return 2 if granted else 1
            case _:
                return 0

    @invariant
    def few(self) -> bool:
        return sum(self.weight(m) for m in self.sent) < 5


MODELS = [Model(name="2 nodes", protocol=Matches, sizes={Node: 2, Ballot: 2})]

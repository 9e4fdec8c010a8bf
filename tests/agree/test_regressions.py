"""Small specifications on which engines once disagreed, or could.

Each was found by random specifications, or by reading the engines side by side. Where Python
itself has no sensible answer, the front end refuses the text, and the code of its error is what is
expected.
"""

from __future__ import annotations

import textwrap

import pytest

from ballotproof.model_check.frontend.read import read
from ballotproof.spec.lang.errors import SpecError

from .two_engines import compare, loaded

HEAD = """
from __future__ import annotations
from enum import Enum
from ballotproof.spec.lang import *

class Node(Sort): pass
class Term(TotalOrder): pass
class Quorum(SubsetOf[Node]): pass

@record
class Ping:
    number: int

@record
class Vote:
    flag: bool
    number: int

@record
class Held:
    ping: Ping
    flag: bool | None

@record
class Call:
    source: Node
    dest: Term
"""

AGREE = {
    "a captured part of a record outlives the record": """
        class Drawn(Protocol):
            n: int
            def init(self) -> None:
                self.n = 0
            @action
            def act(self) -> None:
                x = Ping(1)
                match x:
                    case Ping(number=k):
                        x = Ping(2)
                        self.n = k
    """,
    "a capture takes a name that was there": """
        class Drawn(Protocol):
            n: int
            def init(self) -> None:
                self.n = 0
            @action
            def act(self) -> None:
                k = 0
                x = Ping(1)
                match x:
                    case Ping(number=k):
                        pass
                self.n = k
    """,
    "a field is None again after a test": """
        class Drawn(Protocol):
            cell: int | None
            n: int | None
            def init(self) -> None:
                self.cell = 1
                self.n = 2
            @action
            def act(self) -> None:
                require(self.cell is not None)
                self.cell = None
                self.n = self.cell
    """,
    "a helper makes a field None after a test": """
        class Drawn(Protocol):
            cell: int | None
            n: int | None
            def init(self) -> None:
                self.cell = 1
                self.n = 2
            def clear(self) -> None:
                self.cell = None
            @action
            def act(self) -> None:
                if self.cell is not None:
                    self.clear()
                    self.n = self.cell
    """,
    "a loop over a bag empties it": """
        class Drawn(Protocol):
            pile: Bag[int]
            def init(self) -> None:
                self.pile = Bag()
            @action
            def put(self) -> None:
                require(len(self.pile) < 2)
                self.pile.add(len(self.pile))
            @action
            def act(self) -> None:
                for x in self.pile:
                    self.pile.remove(x)
    """,
    "a loop over the network sends": """
        class Drawn(Protocol):
            network: Network[Ping]
            def init(self) -> None:
                self.network = Network()
            @action
            def put(self, s: Node) -> None:
                self.network.send(Ping(0))
            @action
            def act(self) -> None:
                for m in self.network:
                    self.network.send(Ping(1))
        MODEL = Model(
            name="x", protocol=Drawn, sizes={Node: 2}, network=BagNetwork(capacity=3)
        )
    """,
    "a branch before a choice": """
        class Drawn(Protocol):
            n: int
            def init(self) -> None:
                self.n = 0
            @action
            def act(self, k: int, flag: bool) -> None:
                if flag:
                    self.n = 1
                require(k in range(self.n, 2))
                self.n = k
    """,
    "two of the same in a sequence are one choice": """
        class Drawn(Protocol):
            row: tuple[int, ...]
            n: int
            def init(self) -> None:
                self.row = (1, 1)
                self.n = 0
            @action
            def act(self, k: int) -> None:
                require(k in self.row)
                self.n = k
    """,
    "an override draws what it has just added": """
        class Base(Protocol):
            sent: Set[int]
            n: int
            def init(self) -> None:
                self.sent = Set()
                self.n = 0
            @action
            def act(self, k: int) -> None:
                require(k in self.sent)
                self.n = k
        class Drawn(Base):
            @action
            def act(self, k: int) -> None:
                self.sent.add(1)
                super().act(k)
    """,
    "an overridden action draws in its own order": """
        class Base(Protocol):
            n: int
            def init(self) -> None:
                self.n = 0
            @action
            def act(self, k: int, l: int) -> None:
                require(l in range(2))
                require(k in range(l, 2))
                self.n = k + l
        class Drawn(Base):
            @action
            def act(self, k: int, l: int) -> None:
                super().act(k, l)
    """,
    "an override gives another argument": """
        class Base(Protocol):
            sent: Set[int]
            n: int
            def init(self) -> None:
                self.sent = Set()
                self.n = 0
            @action
            def put(self, k: int) -> None:
                require(k in range(3))
                self.sent.add(k)
            @action
            def act(self, k: int) -> None:
                require(k in self.sent)
                self.n = k
        class Drawn(Base):
            @action
            def act(self, k: int) -> None:
                require(k in range(2))
                super().act(k + 1)
    """,
    "no initial state": """
        class Drawn(Protocol):
            n: int
            def init(self) -> None:
                self.n = 0
                require(self.n == 1)
            @action
            def act(self) -> None:
                self.n = 1
    """,
    "a step invariant that looks at the state before only": """
        class Drawn(Protocol):
            sent: Set[int]
            n: int
            def init(self) -> None:
                self.sent = Set()
                self.n = 0
            @action
            def act(self, k: int) -> None:
                require(k in range(3))
                self.sent.add(k)
                self.n = k
            @step_invariant
            def small(self, after: Drawn) -> bool:
                return len(self.sent) < 2
            @step_invariant
            def nothing(self, after: Drawn) -> bool:
                return True
    """,
    "what comes after None is present": """
        class Drawn(Protocol):
            cell: int | None
            found: frozenset[int]
            def init(self) -> None:
                self.cell = None
                self.found = frozenset()
            @action
            def act(self) -> None:
                match self.cell:
                    case None:
                        self.cell = 1
                    case k:
                        self.found = self.found | frozenset({k})
    """,
    "a set field as a value": """
        class Drawn(Protocol):
            sent: Set[int]
            found: frozenset[int]
            def init(self) -> None:
                self.sent = Set()
                self.found = frozenset()
            @action
            def act(self, k: int) -> None:
                require(k in range(2))
                self.sent.add(k)
                self.found = frozenset(self.sent) | {2}
    """,
    "equal quorums are one": """
        class Drawn(Protocol):
            f: Map[Quorum, int]
            def init(self) -> None:
                self.f = fill(Quorum, 0)
            @action
            def act(self, q: Quorum) -> None:
                self.f[q] = len(q)
            @invariant
            def once(self) -> bool:
                return sum(self.f[q] for q in Quorum) < 2
        MODEL = Model(
            name="x",
            protocol=Drawn,
            sizes={Node: 2},
            quorums={Quorum: explicit({1}, {1}, {2}, {1, 2})},
        )
    """,
    "a queue between nodes of two sorts": """
        class Drawn(Protocol):
            network: Network[Call]
            n: int
            def init(self) -> None:
                self.network = Network()
                self.n = 0
            @action
            def call(self, s: Node, t: Term) -> None:
                self.network.send(Call(s, t))
            @action
            def get(self, m: Call) -> None:
                self.network.receive(m)
                self.n = 1
        MODEL = Model(
            name="x",
            protocol=Drawn,
            sizes={Node: 2, Term: 2},
            network=FifoNetwork(capacity=1, loses=True),
        )
    """,
    "the default of max is evaluated in any case": """
        class Drawn(Protocol):
            row: tuple[int, ...]
            n: int
            def init(self) -> None:
                self.row = ()
                self.n = 0
            @action
            def act(self) -> None:
                self.n = max((x for x in range(2)), default=self.row[0])
    """,
    "volatile values that init gives last": """
        class Drawn(Protocol):
            f: Volatile[Map[Node, int]]
            def init(self) -> None:
                self.f = fill(Node, 0)
                self.f = fill(Node, 1)
            @action
            def act(self, s: Node) -> None:
                self.f[s] = 2
        MODEL = Model(name="x", protocol=Drawn, sizes={Node: 2}, restarts=1)
    """,
    "the premise does not protect the conclusion": """
        class Drawn(Protocol):
            row: tuple[int, ...]
            n: int
            def init(self) -> None:
                self.row = ()
                self.n = 0
            @action
            def act(self) -> None:
                require(implies(len(self.row) > 0, self.row[0] == 1))
                self.n = 1
    """,
    "a loop that changes other fields keeps what a case has shown": """
        class Drawn(Protocol):
            cell: Ping | Vote | None
            sent: Set[int]
            def init(self) -> None:
                self.cell = None
                self.sent = Set()
            @action
            def act(self, flag: bool) -> None:
                self.cell = Vote(flag, 1) if self.cell is None else Ping(0)
                match self.cell:
                    case Vote(flag=f) if f:
                        for s in Node:
                            self.sent.add(1 if self.cell.flag else 0)
                    case _:
                        self.cell = None
    """,
    "a loop that changes what a case has shown": """
        class Drawn(Protocol):
            cell: Ping | Vote | None
            n: int
            def init(self) -> None:
                self.cell = Ping(0)
                self.n = 0
            @action
            def act(self) -> None:
                match self.cell:
                    case Ping():
                        for i in range(2):
                            self.cell = Ping(min(self.cell.number + 1, 3))
                        self.n = self.cell.number
                    case _:
                        pass
            @action
            def turn(self) -> None:
                match self.cell:
                    case Ping(number=k):
                        for i in range(2):
                            if isinstance(self.cell, Ping):
                                self.cell = Vote(True, k)
                            else:
                                self.cell = None
                    case _:
                        self.cell = Ping(0)
    """,
    "a nested pattern that matches everything leaves nothing": """
        class Drawn(Protocol):
            cell: Held | Vote | None
            n: int
            def init(self) -> None:
                self.cell = None
                self.n = 0
            @action
            def put(self, flag: bool) -> None:
                self.cell = Held(Ping(1), None) if flag else Vote(flag, 2)
            @action
            def act(self) -> None:
                match self.cell:
                    case None:
                        pass
                    case Held(Ping(number=k), _):
                        self.n = k
                    case _:
                        self.n = self.cell.number if self.cell.flag else 0
    """,
    "a class that a test has ruled out is compared": """
        class Drawn(Protocol):
            cell: Ping | Vote | None
            row: tuple[Ping | Vote, ...]
            n: int
            def init(self) -> None:
                self.cell = None
                self.row = (Ping(1),)
                self.n = 0
            @action
            def put(self, flag: bool) -> None:
                self.cell = Ping(1) if flag else Vote(True, 1)
            @action
            def act(self) -> None:
                message = self.cell
                if not isinstance(message, Vote) or message.number > 1:
                    self.n = 1
                elif message == Ping(1) or message in {Ping(1)}:
                    self.n = 2
                elif message != Ping(1) and message not in (Ping(1), Ping(2)):
                    self.n = 3
            @action
            def sets(self) -> None:
                pings = frozenset({Ping(1)})
                votes = frozenset({Vote(True, 1)})
                both: frozenset[Ping | Vote] = frozenset(self.row)
                if not pings & votes and pings - both == frozenset() and not pings <= votes:
                    self.n = len(both | votes)
            @action
            def options(self) -> None:
                if self.cell is not None and not isinstance(self.cell, Ping):
                    maybe: Ping | None = None
                    self.n = 1 if self.cell == maybe else 2
    """,
    "a mistake in what is never equal is made": """
        class Drawn(Protocol):
            row: tuple[Ping | Vote, ...]
            n: int
            def init(self) -> None:
                self.row = ()
                self.n = 0
            @action
            def act(self) -> None:
                self.n = 1 if Vote(True, 1) == self.row[0] else 0
    """,
    "a branch that is never taken may speak of what is not there": """
        class Drawn(Protocol):
            cell: Ping | Vote | None
            n: int
            def init(self) -> None:
                self.cell = None
                self.n = 0
            @action
            def act(self) -> None:
                self.cell = Ping(1)
                if isinstance(self.cell, Vote):
                    self.n = 1 if self.cell.flag else 2
                match self.cell:
                    case Vote(flag=f):
                        self.n = 3 if f else 4
                    case Ping() | Vote() if isinstance(self.cell, Ping):
                        self.n = self.cell.number
                    case None:
                        self.n = 6
            @action
            def known(self) -> None:
                self.cell = Vote(True, 2)
                if isinstance(self.cell, Vote) or self.cell.number == 7:
                    self.n = 0 if isinstance(self.cell, Vote) else self.cell.number
                self.n = self.n + 1 if self.cell is None else self.cell.number
    """,
    "nothing comes after branches of which none goes on": """
        class Drawn(Protocol):
            n: int
            def init(self) -> None:
                self.n = 0
            def least(self, given: int) -> int:
                maybe: int | None = None
                if maybe is None or maybe > 1:
                    return 1
                else:
                    flag = True
                return 2 if flag else 3
            @action
            def act(self) -> None:
                maybe: Node | None = None
                best: int | None = None
                self.n = self.least(self.n) + sum(best for x in range(2) if best is not None)
                if maybe is None:
                    return
                else:
                    flag = True
                self.n = 2 if flag else 3
    """,
    "what branches leave is joined": """
        class Drawn(Protocol):
            cell: Ping | Vote | None
            n: int
            def init(self) -> None:
                self.cell = None
                self.n = 0
            @action
            def act(self, flag: bool) -> None:
                if flag:
                    self.cell = Ping(1)
                elif self.cell is None or isinstance(self.cell, Ping):
                    self.cell = Vote(flag, 2)
                self.n = self.cell.number
            @action
            def drop(self) -> None:
                if isinstance(self.cell, Ping) or isinstance(self.cell, Vote):
                    self.n = self.cell.number
                    self.cell = None
    """,
}

KNOWN = {
    # Python evaluates both arguments of a call; the IR says that the conclusion is evaluated only
    # if the premise holds.
    "the premise does not protect the conclusion",
}

REFUSED = {
    "a loop variable hides a parameter": (
        "BP219",
        """
        class Drawn(Protocol):
            f: Map[Node, int]
            def init(self) -> None:
                self.f = fill(Node, 0)
            @action
            def act(self, s: Node) -> None:
                for s in Node:
                    self.f[s] = 1
                self.f[s] = 2
        """,
    ),
    "a return before a choice": (
        "BP109",
        """
        class Drawn(Protocol):
            n: int
            def init(self) -> None:
                self.n = 0
            @action
            def act(self, flag: bool, k: int) -> None:
                if flag:
                    return
                require(k in range(2))
                self.n = k
        """,
    ),
    "a set is no frozenset": (
        "BP402",
        """
        class Drawn(Protocol):
            sent: Set[int]
            def init(self) -> None:
                self.sent = Set()
            @action
            def act(self) -> None:
                self.sent.add(1)
            @invariant
            def never(self) -> bool:
                return self.sent == frozenset({1})
        """,
    ),
    "a second name for a set": (
        "BP224",
        """
        class Drawn(Protocol):
            sent: Set[int]
            n: int
            def init(self) -> None:
                self.sent = Set()
                self.n = 0
            @action
            def act(self) -> None:
                x = self.sent
                self.sent.add(1)
                self.n = len(x)
        """,
    ),
    "a network is always true": (
        "BP331",
        """
        class Drawn(Protocol):
            network: Network[Ping]
            n: int
            def init(self) -> None:
                self.network = Network()
                self.n = 0
            @action
            def act(self) -> None:
                if not self.network:
                    self.n = 1
        """,
    ),
    "a volatile value that init chooses": (
        "BP130",
        """
        class Drawn(Protocol):
            f: Volatile[Map[Node, int]]
            def init(self, flag: bool) -> None:
                self.f = fill(Node, 1 if flag else 0)
            @action
            def act(self, s: Node) -> None:
                self.f[s] = 2
        MODEL = Model(name="x", protocol=Drawn, sizes={Node: 2}, restarts=1)
        """,
    ),
    "a name used before the comprehension binds it": (
        "BP218",
        """
        class Drawn(Protocol):
            n: int
            def init(self) -> None:
                self.n = 0
            @action
            def act(self, s: Node) -> None:
                require(all(s == x for x in Node if s == x for s in Node))
                self.n = 1
        """,
    ),
}


def module(text: str) -> str:
    """The whole module for a protocol Drawn; its model is the text's MODEL, or the plain one."""
    body = textwrap.dedent(text)
    if "MODEL =" not in body:
        body += '\nMODEL = Model(name="x", protocol=Drawn, sizes={Node: 2, Term: 2})\n'
    return f"{HEAD}\n{body}\nMODELS = [MODEL]\n"


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.xfail(strict=True)] if name in KNOWN else [])
        for name in AGREE
    ],
)
def test_engines_agree(name: str) -> None:
    with loaded(module(AGREE[name])) as models:
        for model in models:
            compare(model)


@pytest.mark.parametrize("name", REFUSED)
def test_front_end_refuses(name: str) -> None:
    code, text = REFUSED[name]
    with loaded(module(text)) as models:
        (model,) = models
        with pytest.raises(SpecError) as raised:
            read(model.protocol, model)
    assert raised.value.code == code

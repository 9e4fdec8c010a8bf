"""Single steps: which the front end accepts, and which it refuses because Python's meaning is lost.

Each body is that of one action. An accepted one must do the same under both engines.
"""

from __future__ import annotations

import importlib.util
import sys
import textwrap
from pathlib import Path

import pytest

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.backends.run import PlainPython
from ballotproof.model_check.frontend.read import read
from ballotproof.spec.lang.errors import SpecError
from ballotproof.spec.lang.model import Model

PROTOCOL = """
from __future__ import annotations

from enum import Enum

from ballotproof.spec.lang import *


class Server(Sort): ...


class Term(TotalOrder): ...


class Role(Enum):
    A = 0
    B = 1


@record
class Ping:
    source: Server
    term: Term


@record
class Pong:
    source: Server
    vote: Ping | None


class Steps(Protocol):
    term: Map[Server, Term | None]
    count: Map[tuple[Server, Server], int]
    sent: Set[Ping | Pong]
    bag: Bag[Ping]
    log: tuple[Term, ...]
    one: Server | None
    n: int
    group: frozenset[Server]

    def init(self) -> None:
        self.term = fill(Server, None)
        self.count = fill((Server, Server), 0)
        self.sent = Set()
        self.bag = Bag()
        self.log = ()
        self.one = None
        self.n = 0
        self.group = frozenset()

    def effect(self, s: Server) -> None:
        self.one = s

    @action
    def step(self, s: Server, t: Term, r: Role) -> None:
BODY

    @action
    def send(self, s: Server, t: Term) -> None:
        require(len(self.sent) < 2)
        self.sent.add(Ping(s, t))
        self.bag.add(Ping(s, t))


MODEL = Model(name="2 servers", protocol=Steps, sizes={Server: 2, Term: 2})
"""

ACCEPTED = """
for x in Server: self.term[x] = t
for x in Server: self.term[s] = t
for x in Server: self.n = 1
for x in Server: self.group |= {x}
for x in Server: self.group -= {x}
for m in self.sent: self.n += 1$self.n = 0
for m in self.sent.of(Ping): self.count[m.source, s] += 1$self.count[s, s] = 0
for m in self.bag: self.bag.remove(m)
for x, y in frozenset((a, b) for a in Server for b in Server): self.count[x, y] = 1
for x in Term: self.log = (*self.log, x)$self.log = self.log[:1]
y = 0$for i in range(3): y += i$self.n = y
x = max((m.term for m in self.sent.of(Ping)), default=None)$self.term[s] = x
self.log = tuple(Term)$self.log = ()
x = (t, t)$self.log = x$self.log = ()
self.group = frozenset() | {s}
require(s in () or s in frozenset({s}))
require(self.log == (t,) or self.log == ())
require(self.term[s] in (t, None))
require(self.one in self.group or self.one is None)
require(all(not isinstance(m, Pong) or isinstance(m, Ping) for m in self.sent))
x: int$x = 1$self.n = x
match self.one:$  case None: x = s$  case y: x = y$self.one = x
match r:$  case Role.A: x = 1$  case Role.B: x = 2$self.n = x
self.count = Map({(x, y): 1 for y in Server for x in Server})
if self.one is not None:$  self.one = None$require(self.one is None)
require(self.one is None)$self.effect(s)$require(self.one == s)
""".strip().split("\n")

REFUSED = """
BP208 for x in Server:$  y = x$  self.one = y
BP208 for x in Server: self.term[s] = self.term[x]
BP208 for x in Server:$  self.count[x, s] = 1$  self.count[s, x] = 2
BP208 for x in Server: self.count[x, s] = self.count[s, s] + 1
BP208 for x in Server: self.count[s, s] += self.count[x, s]
BP208 for x in Server:$  self.sent.add(Ping(x, t))$  self.n += len(self.sent)
BP208 for x in Server: self.effect(x)
BP208 for x in Server: self.log = (*self.log, t)
BP218 for x in Server: y = x$self.one = y
BP218 for x in Server: pass$self.one = x
BP218 require(r == Role.A)$Role = r
BP218 y: Server | None = s$match self.one:$  case y if self.n == 0: pass$  case _: pass$self.one = y
BP219 for s in Server: self.term[s] = t
BP219 x = 1$for x in Server: pass
BP219 match self.one:$  case s: self.n = 1
BP224 x = self.sent$self.sent.add(Ping(s, t))
BP224 x = self.term$self.term[s] = t
BP333 require(len(self.sent | frozenset()) > 0)
BP402 require(self.sent == frozenset())
BP403 require(None in self.sent)
BP404 self.log = self.log[: self.one]
BP404 self.n = None
BP336 self.group = {s}
BP332 require(self.group == Server)
""".strip().split("\n")
"""A dollar ends a line."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("steps")


def model_with(body: str, folder: Path) -> Model:
    """The protocol with this body of ``step``."""
    file = folder / f"step_{abs(hash(body)):x}.py"
    text = textwrap.indent(body.replace("$", "\n"), "        ")
    file.write_text(PROTOCOL.replace("BODY", text), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    model: Model = module.MODEL
    return model


@pytest.mark.parametrize("body", ACCEPTED)
def test_an_accepted_step_means_what_python_means(body: str, folder: Path) -> None:
    model = model_with(body, folder)
    fast = Interpreter(read(model.protocol, model), model)
    plain = PlainPython(model)
    plain.execution.universe = fast.codec.universe
    work = [fast.decode(s) for s in fast.initial()]
    for snapshot in work:  # grows while it is read
        steps = {(t.action, fast.decode(t.target)) for t in fast.successors(fast.encode(snapshot))}
        assert steps == {(t.action, t.target) for t in plain.successors(snapshot)}
        work += [x for x in {target for _, target in steps} if len(work) < 60 and x not in work]


@pytest.mark.parametrize("line", REFUSED)
def test_a_step_that_would_mean_something_else_is_refused(line: str, folder: Path) -> None:
    code, _, body = line.partition(" ")
    model = model_with(body, folder)
    with pytest.raises(SpecError) as caught:
        read(model.protocol, model)
    assert caught.value.code == code

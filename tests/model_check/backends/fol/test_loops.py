"""All rounds of a loop at once are the rounds one after the other, or there is no formula.

Each of these protocols was once proved for every size, though it is safe for the smallest one only.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.discover import find_proofs
from ballotproof.model_check.explore.breadth_first import breadth_first
from ballotproof.model_check.explore.claims import Claims
from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.induction.prover import Settings
from ballotproof.model_check.prove import prove

BEGIN = """
from ballotproof.spec.lang import *

class Node(Sort): ...
class Place(TotalOrder): ...

class P(Protocol):
    number: Map[Node, int]
    marked: Map[Node, bool]
    pair: Map[tuple[Place, Place], int]
    entries: tuple[Node, ...]
    bad: bool
    done: bool

    def init(self) -> None:
        self.number = fill(Node, 0)
        self.marked = fill(Node, False)
        self.pair = fill((Place, Place), 0)
        self.entries = ()
        self.bad = False
        self.done = False

    @action
    def mark(self, n: Node) -> None:
        if any(a != b for a in Node for b in Node):
            self.marked[n] = True
"""

END = """
SMALL = Model(name="small", protocol=P, sizes={Node: 1, Place: 1})
LARGE = Model(name="large", protocol=P, sizes={Node: 2, Place: 2})
PROOFS = [Proof(name="it", protocol=P, of=P, instances=[SMALL])]
"""

UNSAFE = {
    "a local that one way through a branch changes": """
    @action
    def go(self) -> None:
        for n in Node:
            k = 0
            if self.marked[n]:
                k = 1
            self.number[n] = k

    @invariant
    def none(self) -> bool:
        return all(self.number[n] == 0 for n in Node)
""",
    "a local of a guard": """
    @action
    def go(self, b: Node) -> None:
        for n in Node:
            k = n == b
            if self.marked[n]:
                k = True
            require(k)
        self.bad = any(c != b for c in Node)

    @invariant
    def fine(self) -> bool:
        return not self.bad
""",
    "a branch in a branch": """
    @action
    def go(self) -> None:
        for n in Node:
            k = 0
            if self.marked[n]:
                if any(m != n for m in Node):
                    k = k + 1
                    k = k + 1
            else:
                k = 0
            self.number[n] = k

    @invariant
    def few(self) -> bool:
        return all(self.number[n] < 2 for n in Node)
""",
    "an element that comes twice": """
    @action
    def append(self, n: Node) -> None:
        require(len(self.entries) < 2 and not self.done)
        require(n not in self.entries or any(a != b for a in Node for b in Node))
        self.entries = (*self.entries, n)

    @action
    def tally(self) -> None:
        require(not self.done)
        self.done = True
        for n in self.entries:
            self.number[n] = self.number[n] + 1

    @invariant
    def one_each(self) -> bool:
        return all(self.number[n] <= 1 for n in Node)

    @invariant
    def none_before(self) -> bool:
        return self.done or all(self.number[n] == 0 for n in Node)
""",
    "two keys of one map": """
    @action
    def go(self) -> None:
        self.done = True
        for b in Place:
            for c in Place:
                self.pair[b, c] = 1
                self.pair[c, b] = 2

    @invariant
    def twos(self) -> bool:
        return not self.done or all(self.pair[b, c] == 2 for b in Place for c in Place)
""",
    "a local that an inner loop changes": """
    @action
    def go(self) -> None:
        for n in Place:
            k = 0
            for m in Place:
                if m < n:
                    k = 1
            self.pair[n, n] = k

    @invariant
    def none(self) -> bool:
        return all(self.pair[b, c] == 0 for b in Place for c in Place)
""",
}

SAFE = {
    "a local of both ways": """
    @action
    def go(self) -> None:
        for n in Node:
            if self.marked[n]:
                k = 1
            else:
                k = 0
            self.number[n] = k

    @invariant
    def few(self) -> bool:
        return all(0 <= self.number[n] <= 1 for n in Node)
""",
    "the same key twice": """
    @action
    def go(self) -> None:
        for n in Node:
            k = 0
            if self.marked[n]:
                k = k + 2
            self.number[n] = 5
            self.number[n] = k

    @invariant
    def even(self) -> bool:
        return all(self.number[n] == 0 or self.number[n] == 2 for n in Node)
""",
}


def written(text: str, folder: Path) -> Path:
    file = folder / "loops.py"
    file.write_text(BEGIN + text + END, encoding="utf-8")
    return file


@pytest.mark.parametrize("text", UNSAFE.values(), ids=list(UNSAFE))
def test_what_is_unsafe_is_not_proved(text: str, tmp_path: Path) -> None:
    (found,) = find_proofs(str(written(text, tmp_path)))
    (small,) = found.proof.instances
    large = sys.modules[found.proof.protocol.__module__].LARGE
    broken = []
    for model in (small, large):
        system = Interpreter(read(model.protocol, model), model)
        broken.append(bool(breadth_first(system, Claims(system)).findings))
    assert broken == [False, True]
    assert prove(found.proof, Settings(resources=1_000_000), cache=False).code != 0


@pytest.mark.parametrize("text", SAFE.values(), ids=list(SAFE))
def test_what_is_safe_is_proved(text: str, tmp_path: Path) -> None:
    (found,) = find_proofs(str(written(text, tmp_path)))
    assert prove(found.proof, Settings(), cache=False).code == 0

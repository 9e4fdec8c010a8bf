"""Mutants that mypy would refuse: told apart in the IR, and held against mypy and the front end.

A method is read with a test in it and without. Where mypy accepts what is left, there must be the
mutant that the front end makes of it; where it refuses, none. What mypy says is written beside each
case, and a slow test asks it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from mypy import api

from ballotproof.model_check.discover import find_proofs
from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.induction.conditions import conditions_of
from ballotproof.model_check.ir import nodes as n
from ballotproof.model_check.mutation.alterations import of_block
from ballotproof.model_check.mutation.mutant import Kind
from ballotproof.model_check.mutation.mutants import mutants_of
from ballotproof.model_check.mutation.narrowing import accepted, unshown
from ballotproof.model_check.passes.inline import inline
from ballotproof.model_check.passes.inline_effects import inline_effects
from tests.agree.two_engines import loaded

TEXT = """
from __future__ import annotations
from ballotproof.spec.lang import *

class Node(Sort): pass
class Turn(TotalOrder): pass

@record
class Vote:
    turn: Turn
    node: Node

@record
class Ask:
    node: Node

@record
class Tell:
    node: Node
    vote: Vote | None

class Drawn(Protocol):
    holder: Map[Node, Node | None]
    last: Vote | None
    sent: Set[Ask | Tell]
    done: bool

    def init(self) -> None:
        self.holder = fill(Node, None)
        self.last = None
        self.sent = Set()
        self.done = False

    def later(self, t: Turn) -> bool:
        last = self.last
        return last is not None and last.turn > t

    @action
    def step(self, x: Node, y: Node, t: Turn) -> None:
        holder = self.holder[x]
        last = self.last
{body}

MODELS = [Model(name="m", protocol=Drawn, sizes={{Node: 2, Turn: 2}})]
"""


def text_of(lines: str) -> str:
    return TEXT.format(body="\n".join(f"        {line}" for line in lines.splitlines()))


def body_of(lines: str) -> tuple[n.Stmt, ...]:
    """The step as it is read."""
    with loaded(text_of(lines)) as (model,):
        spec = inline(inline_effects(read(model.protocol, model)))
    (step,) = (a for a in spec.actions if a.name == "step")
    return step.body


CASES = {
    "a guard before a comparison for equality": (
        "require(holder is not None)\nrequire(holder == y)\nself.done = True",
        "require(holder == y)\nself.done = True",
        True,
    ),
    "one side of an or": (
        "require(last is None or last.turn < t)\nself.done = True",
        "require(last.turn < t)\nself.done = True",
        False,
    ),
    "one side of an or, for equality": (
        "require(holder is None or holder == y)\nself.done = True",
        "require(holder == y)\nself.done = True",
        True,
    ),
    "one side of an or, for equality, the other way round": (
        "require(holder is None or y == holder)\nself.done = True",
        "require(y == holder)\nself.done = True",
        True,
    ),
    "one side of an and": (
        "require(not (last is not None and last.node == y))\nself.done = True",
        "require(not (last.node == y))\nself.done = True",
        False,
    ),
    "the condition of a comprehension": (
        "require(any(m.vote.turn == t for m in self.sent.of(Tell) if m.vote is not None))\n"
        "self.done = True",
        "require(any(m.vote.turn == t for m in self.sent.of(Tell)))\nself.done = True",
        False,
    ),
    "a test that is not needed": (
        "require(last is not None)\nself.done = True",
        "self.done = True",
        True,
    ),
    "a test in a branch": (
        "if last is not None and last.node == y:\n    require(last.turn == t)\nself.done = True",
        "if last.node == y:\n    require(last.turn == t)\nself.done = True",
        False,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mutant_is_what_the_front_end_makes_of_the_text(case: str) -> None:
    whole, less, accepts = CASES[case]
    original, left = body_of(whole), body_of(less)
    assert unshown(original) == []
    every = [accepted(a.made, original) for a in of_block(original)]
    assert every.count(None) == (not accepts)
    assert (left in every) == accepts


@pytest.mark.slow
def test_mypy_says_so(tmp_path: Path) -> None:
    """Of each text with the test, and without it."""
    for i, (whole, less, accepts) in enumerate(CASES.values()):
        for lines, fine in ((whole, True), (less, accepts)):
            file = tmp_path / f"case_{i}_{fine}.py"
            file.write_text(text_of(lines), encoding="utf-8")
            options = ["--cache-dir", str(tmp_path / "cache")]
            said, _, code = api.run([*options, str(file)])
            assert (code == 0) == fine, f"{lines}\n{said}"


def reads_unshown(spec: n.Spec) -> list[n.Expr]:
    actions = [e for a in (spec.init, *spec.actions) for e in unshown(a.body)]
    return actions + [e for p in spec.properties for e in unshown(p.body)]


def test_no_mutant_of_a_shipped_proof_reads_what_is_not_shown_to_be_there() -> None:
    """Once `vote is not None` was dropped in `fill_gap`, and what was left read the vote."""
    conditions = conditions_of(find_proofs("paxos.multi")[0].proof)
    assert reads_unshown(conditions.spec) == []
    made = list(mutants_of(conditions))
    for m in made:
        assert reads_unshown(m.conditions.spec) == [], (m.where, m.what)
    of_gaps = {m.what for m in made if "fill_gap" in m.actions and m.kind is Kind.CONDITION}
    assert "m.slot == s" in of_gaps
    assert "m.vote is not None" not in of_gaps


def test_a_vote_that_is_compared_may_be_none() -> None:
    """`voted_for is None or voted_for == m.source` without its first half is a text that stands."""
    conditions = conditions_of(find_proofs("raft.election")[0].proof)
    (mutant,) = (m for m in mutants_of(conditions) if m.what == "voted_for is None")
    action = next(a for a in mutant.conditions.spec.actions if a.name == mutant.place)
    assert unshown(action.body) == []

"""The text of a question depends on the question alone: so does a solver's work, and the answer."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ballotproof.model_check.backends.fol import terms as t
from ballotproof.model_check.backends.fol.question import Lowering
from ballotproof.model_check.backends.fol.signature import Style
from ballotproof.model_check.backends.fol.strategies import main_style
from ballotproof.model_check.discover import find_proofs
from ballotproof.model_check.induction.conditions import Conditions, Part, conditions_of


def conditions(target: str) -> Conditions:
    (found,) = find_proofs(target)
    return conditions_of(found.proof)


def texts(lowering: Lowering, names: list[str]) -> dict[str, list[str]]:
    """These conditions as questions, in this order."""
    cells = {cell.name: cell for cell in lowering.conditions.cells}
    return {
        x: [lowering.signature.text(lowering.problem(q)) for q in lowering.questions(cells[x])]
        for x in names
    }


@pytest.mark.parametrize("target", ["paxos.single_decree", "paxos.fast", "raft.replication"])
@pytest.mark.parametrize("named", [True, False], ids=["named", "plain"])
def test_what_was_asked_before_changes_nothing(target: str, named: bool) -> None:
    asked = conditions(target)
    style = main_style(asked) if named else Style()
    names = [c.name for c in asked.cells if c.part is Part.CONSECUTION][::9]
    onward = texts(Lowering(asked, style), names)
    assert texts(Lowering(asked, style), names[::-1]) == onward
    for name in names[:4]:
        assert texts(Lowering(asked, style), [name])[name] == onward[name]


ALL_TEXTS = """
import hashlib
from tests.model_check.backends.fol.test_text import Lowering, conditions, main_style, texts
asked = conditions("raft.election")
found = texts(Lowering(asked, main_style(asked)), [cell.name for cell in asked.cells])
print(len(found), hashlib.sha256(repr(found).encode()).hexdigest())
"""


def test_how_python_hashes_names_changes_nothing() -> None:
    def printed(seed: str) -> str:
        return subprocess.run(
            [sys.executable, "-c", ALL_TEXTS],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    first, second = printed("1"), printed("2")
    assert int(first.split()[0]) > 50
    assert first == second


def test_a_term_decided_by_cases_is_no_pattern() -> None:
    """A variable that has to be equal to such a term takes it into its pattern."""
    leads = t.Function("leads", ("Node", "Term"), t.BOOL)
    calm = t.app(t.Function("calm", (), t.BOOL))
    one, other = (t.app(t.Function(x, (), "Term")) for x in ("one", "other"))
    n, term = t.variable("n", "Node"), t.variable("t", "Term")
    led = t.app(leads, (n, term))

    def claim(equal_to: t.Term) -> t.Term:
        return t.forall([n, term], t.equal(term, equal_to), led, [(led,)])

    assert claim(one).patterns == ((t.app(leads, (n, one)),),)
    assert claim(t.ite(calm, one, other)).patterns == ()

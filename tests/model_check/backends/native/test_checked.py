"""A checked program catches what is out of bounds, and names the line and what it is made of.

That it gives the same answers as an unchecked one is in ``tests/agree/test_native.py``, where most
comparisons are of checked programs.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.backends.native import largest, layout
from ballotproof.model_check.backends.native.broken import BoundBroken, Breach
from ballotproof.model_check.backends.native.layout import IntShape, ScalarShape
from ballotproof.model_check.backends.native.machine import Compiled, Interpreted
from ballotproof.model_check.backends.native.search import native
from ballotproof.model_check.cli import main
from ballotproof.model_check.explore.claims import Claims
from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.ir.sorts import BOOL
from ballotproof.spec.commit.transaction_commit import ResourceManager
from ballotproof.spec.commit.two_phase import TwoPhase
from ballotproof.spec.lang import Model

CODE = """
T = (5, 6, 7)

def run(m, i):
    a = T[i]
    return a

def accept(m, i):
    x = 1 << i
    sto(m, 0, x)
    return x

def rehash(m, i):
    fit(i, 6)
    return i

def recount(m, i):
    x = 0
    while x != i:
        x = x + 1
        stu(m, 8 * x, 1)
    return x

def deal(m, i):
    return ld8(m, i) + ld32(m, i) + ldu(m, i)
"""


@pytest.mark.parametrize(
    ("function", "good", "bad", "breach", "line", "limit"),
    [
        ("run", 2, 3, Breach.INDEX, 5, 3),
        ("run", 0, -1, Breach.INDEX, 5, 3),
        ("accept", 62, 64, Breach.SHIFT, 9, 63),
        ("accept", 0, -1, Breach.SHIFT, 9, 63),
        ("rehash", 6, 7, Breach.VALUE, 14, 6),
        ("rehash", 0, -1, Breach.VALUE, 14, 6),
        ("recount", 3, -1, Breach.INDEX, 21, 25),  # it would go on for ever
        ("deal", 7, 8, Breach.INDEX, 25, 8),
    ],
)
def test_a_bound_is_tested(
    function: str, good: int, bad: int, breach: Breach, line: int, limit: int
) -> None:
    code = Compiled(CODE, checked=True, cache=False)
    run = code.function(function)
    memory = code.memory(4)
    run(memory, good)
    with pytest.raises(BoundBroken) as caught:
        run(memory, bad)
    error = caught.value
    assert (error.breach, error.line, error.limit) == (breach, line, limit)
    assert f"line {line}, in {function}:  {CODE.splitlines()[line - 1].strip()}" in str(error)
    run(memory, good)  # it does not stay broken


@pytest.mark.parametrize("function", ["accept", "rehash", "deal"])
def test_cpython_tests_them_as_well(function: str) -> None:
    code = Interpreted(CODE)
    with pytest.raises((IndexError, OverflowError, ValueError)):
        code.function(function)(code.memory(4), -1)


MODEL = Model(name="2", protocol=TwoPhase, sizes={ResourceManager: 2})


def search(code: Callable[[str], Compiled]) -> None:
    system = Interpreter(read(MODEL.protocol, MODEL), MODEL)
    native(system, Claims(system), code=code, checked=True)


CHECKED = partial(Compiled, checked=True, cache=False)


def test_a_packed_value_without_room_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lane that is one value too small: there are four states of a resource manager."""
    whole = largest.most_in

    def seeded(shape: layout.Shape) -> tuple[int, ...]:
        if isinstance(shape, layout.MapShape) and shape.of == ScalarShape(shape.sort.value, 4):
            return (2,) * shape.keys
        return whole(shape)

    search(CHECKED)
    monkeypatch.setattr("ballotproof.model_check.backends.native.expressions.most_in", seeded)
    with pytest.raises(BoundBroken) as caught:
        search(CHECKED)
    error = caught.value
    assert (error.breach, error.number, error.limit) == (Breach.VALUE, 3, 2)
    assert error.span is not None
    line = Path(error.span.file).read_text().splitlines()[error.span.line - 1]
    assert "self.status[r] = " in line
    assert f"two_phase.py:{error.span.line}:" in str(error)


def test_the_largest_number_may_be_less_than_the_bits_hold() -> None:
    assert largest.most_in(IntShape(-2, 4)) == (6,)
    assert largest.most_in(ScalarShape(BOOL, 3)) == (2,)


def test_a_scratch_memory_that_is_too_small_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = Compiled.memory

    def smaller(self: Compiled, words: int, *, half: bool = False) -> object:
        return memory(self, words - 1 if 1 < words < 60 and not half else words, half=half)

    monkeypatch.setattr(Compiled, "memory", smaller)
    with pytest.raises(BoundBroken) as caught:
        search(CHECKED)
    assert caught.value.breach is Breach.INDEX
    assert "made of the search itself" in str(caught.value)


def test_the_command_ends_with_exit_code_70(monkeypatch: pytest.MonkeyPatch) -> None:
    target = ["check", "commit.two_phase/5-resource-managers", "--checked"]
    result = CliRunner().invoke(main, target)
    assert result.exit_code == 64
    assert "add --engine native" in result.output
    target += ["--engine", "native", "--no-cache"]
    assert CliRunner().invoke(main, target).exit_code == 0
    monkeypatch.setattr(
        "ballotproof.model_check.backends.native.expressions.most_in",
        lambda shape: (0,) * len(shape.lanes),
    )
    result = CliRunner().invoke(main, target)
    assert result.exit_code == 70
    assert "a bound is broken in the generated program" in result.output
    assert "made of spec/commit/two_phase.py:" in result.output
    assert "Traceback" not in result.output
    answer = json.loads(CliRunner().invoke(main, [*target, "--json"]).stdout)
    assert (answer["exit_code"], answer["error"]["code"]) == (70, "internal")

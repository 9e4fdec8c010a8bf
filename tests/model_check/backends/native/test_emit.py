"""Machine code does what CPython does with the same source."""

from __future__ import annotations

import ast
import random
from pathlib import Path
from typing import Any

import pytest

from ballotproof.model_check.backends.native import cache, emit, objects
from ballotproof.model_check.backends.native.machine import Compiled, Interpreted
from ballotproof.spec.lang.errors import InternalError

SOURCE = '''
LIMIT = 5
T = (7, -3, 0x7fffffffffffffff, 11)

def lookup(i):
    """A helper that is not exported."""
    return T[i & 3] if i > 0 or i < -2 else -i

def run(m, h, x, y):
    a = x + y * 3 - (x & y) | (y ^ 6)
    b = 0
    while x > 0:
        x = x - 1
        if x == 3:
            continue
        if b > 40 and not (y == 2):
            break
        b = b + (x << 1) - (y >> 1)
    if (a < b) != (y <= x) and min(a, b) < max(x, LIMIT):
        b = ~b
    elif a == b or popcount(a & 0xff) > 3:
        b = -b
    else:
        pass
    sto(m, y & 7, a)
    sto32(h, 3, -y)
    stu(m, y & 31, a ^ b)
    st8(m, x & 63, b)
    b = b ^ ldu(m, a & 15) ^ ld8(m, y & 63)
    c = ctz(a | 64) + lshr(-1, 60) + wmul(a, -6962139563870052059)
    return wmul(c, 3) ^ b ^ lookup(y) ^ ld(m, y & 7) ^ ld32(h, 3)

def rehash(m, i, x):
    sto(m, i, x)
    return ld(m, i)

def accept(x):
    return unset if x else 1
    unset = 3
'''


@pytest.mark.parametrize("checked", [False, True])
def test_the_same_result_as_cpython(checked: bool) -> None:
    compiled, interpreted = Compiled(SOURCE, checked=checked, cache=False), Interpreted(SOURCE)
    chance = random.Random(1)
    run, same = compiled.function("run"), interpreted.function("run")
    words, halves = compiled.memory(8), compiled.memory(8, half=True)
    their_words, their_halves = interpreted.memory(8), interpreted.memory(8, half=True)
    for _ in range(2_000):
        x, y = chance.randrange(-5, 30), chance.randrange(-9, 20)
        assert run(words, halves, x, y) == same(their_words, their_halves, x, y), (x, y)
    assert [words[i] for i in range(8)] == list(their_words)
    assert [halves[i] for i in range(8)] == list(their_halves)


def test_a_local_is_zero_until_it_is_assigned() -> None:
    for code in (Compiled(SOURCE, cache=False), Interpreted(SOURCE)):
        assert code.function("accept")(1) == 0


def test_a_checked_program_says_that_it_left_its_memory() -> None:
    code = Compiled(SOURCE, checked=True, cache=False)
    memory = code.memory(4)
    store = code.function("rehash")
    assert store(memory, 3, 42) == 42
    for outside in (4, -1, 1 << 40):
        with pytest.raises(InternalError, match=r"index .* where there are \d+ places"):
            store(code.memory(4), outside, 42)


def test_memory_is_zero_and_keeps_its_content_when_it_grows() -> None:
    code = Compiled(SOURCE, cache=False)
    for half in (False, True):
        memory = code.memory(3, half=half)
        memory[1] = -7
        larger = code.grown(memory, 5, half=half)
        assert [larger[i] for i in range(5)] == [0, -7, 0, 0, 0]


def test_code_is_kept_and_a_damaged_file_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    made: list[str] = []
    compile_ = objects.machine_code

    def counted(text: str) -> tuple[Any, bytes]:
        made.append(text)
        return compile_(text)

    monkeypatch.setattr(objects, "machine_code", counted)

    def result() -> int:
        code = Compiled(SOURCE)
        return code.function("rehash")(code.memory(4), 2, 9)

    assert [result(), result()] == [9, 9]
    assert len(made) == 1
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:-1])
    assert result() == 9
    assert len(made) == 2
    Compiled(SOURCE.replace("LIMIT = 5", "LIMIT = 6"))
    Compiled(SOURCE, checked=True)
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize(
    "line", ["import os", "x = [1]", "for i in x: pass", "return x ** 2", "return open(x)"]
)
def test_what_is_no_program_is_refused(line: str) -> None:
    with pytest.raises(InternalError, match="generated"):
        emit.to_llvm(f"def run(x):\n    {line}\n", ("run",))


ONCE = """
def run(p, x):
    a = x + 1
    if a > 3:
        b = a * 2
        c = b
    else:
        c = 7
    d = d + 1
    while x > 0:
        x = x - 1
        e = x
        f = e + g
        g = e
    return a + b + c + d + f
"""


def test_a_local_without_memory_is_assigned_in_one_place_that_every_use_has_passed() -> None:
    (definition,) = ast.parse(ONCE).body
    assert isinstance(definition, ast.FunctionDef)
    assert emit.assigned_once(definition) == {"a", "e"}  # x is a parameter; g is used before


@pytest.mark.parametrize("x", [-1, 0, 2, 3, 9])
def test_locals_with_and_without_memory_mean_the_same(x: int) -> None:
    compiled, interpreted = Compiled(ONCE, cache=False), Interpreted(ONCE)
    assert compiled.function("run")(0, x) == interpreted.function("run")(0, x)

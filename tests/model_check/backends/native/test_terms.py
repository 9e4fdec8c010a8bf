"""Simplifying a term does not change its value.

Method: random terms are built twice, by the constructors that simplify and in plain Python over
the same variables, and compared for random values of the variables; seeded.
"""

from __future__ import annotations

import random

import pytest

from ballotproof.model_check.backends.native import terms as t
from ballotproof.model_check.backends.native.terms import Bits, Const, Name, Term

WORDS = {f"w{i}": Name(f"w{i}") for i in range(2)}
TABLE = (3, 1, 4, 1, 5, 9, 2, 6)


def evaluated(term: Term, values: dict[str, int]) -> int:
    names = {**values, "T": TABLE, "popcount": int.bit_count}
    return int(eval(t.show(term), names))  # the text that the generated program would contain


class Builder:
    """Random terms, with their meaning as a Python expression."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def number(self, depth: int) -> tuple[Term, str]:
        pick = self.random.randrange
        if depth == 0 or pick(4) == 0:
            if pick(2):
                value = pick(9)
                return Const(value), str(value)
            word, offset, width = f"w{pick(2)}", pick(6), 1 + pick(3)
            return Bits(WORDS[word], offset, width), f"({word} >> {offset} & {(1 << width) - 1})"
        a, left = self.number(depth - 1)
        b, right = self.number(depth - 1)
        match pick(10):
            case 0:
                return t.add(a, b), f"({left} + {right})"
            case 1:
                return t.subtract(a, b), f"({left} - {right})"
            case 2:
                return t.multiply(a, b), f"({left} * {right})"
            case 3:
                return t.minimum(a, b), f"min({left}, {right})"
            case 4:
                return t.maximum(a, b), f"max({left}, {right})"
            case 5:
                return t.band(a, b), f"({left} & {right})"
            case 6:
                return t.bor(a, b), f"({left} | {right})"
            case 7:
                low = t.band(b, Const(3))
                return t.shift_left(a, low), f"({left} << ({right} & 3))"
            case 8:
                at = t.band(b, Const(7))
                return t.index(Name("T"), at), f"T[{right} & 7]"
            case _:
                test, asked = self.condition(depth - 1)
                return t.select(test, a, b), f"({left} if {asked} else {right})"

    def condition(self, depth: int) -> tuple[Term, str]:
        pick = self.random.randrange
        if depth == 0:
            a, left = self.number(0)
            value = pick(5)
            return t.equal(a, Const(value)), f"({left} == {value})"
        match pick(7):
            case 0:
                parts = [self.condition(depth - 1) for _ in range(3)]
                text = " and ".join(p for _, p in parts)
                return t.both(p for p, _ in parts), f"({text})"
            case 1:
                parts = [self.condition(depth - 1) for _ in range(3)]
                return t.either(p for p, _ in parts), f"({' or '.join(p for _, p in parts)})"
            case 2:
                a, left = self.condition(depth - 1)
                return t.negation(a), f"(not {left})"
            case 3:
                (a, left), (b, right) = self.number(depth - 1), self.number(depth - 1)
                return t.less(a, b), f"({left} < {right})"
            case 4:
                (a, left), (b, right) = self.number(depth - 1), self.number(depth - 1)
                return t.less_equal(a, b), f"({left} <= {right})"
            case 5:
                a, left = self.number(depth - 1)
                return t.bit(a, 1), f"({left} >> 1 & 1)"
            case _:
                (a, left), (b, right) = self.number(depth - 1), self.number(depth - 1)
                return t.equal(a, b), f"({left} == {right})"


@pytest.mark.parametrize("seed", range(300))
def test_a_simplified_term_has_the_same_value(seed: int) -> None:
    builder = Builder(seed)
    number, as_python = builder.number(4)
    condition, asked = builder.condition(4)
    chance = random.Random(seed)
    for _ in range(20):
        values = {"w0": chance.randrange(1 << 9), "w1": chance.randrange(1 << 9)}
        names = {**values, "T": TABLE}
        assert evaluated(number, values) == eval(as_python, dict(names))
        assert evaluated(condition, values) == bool(eval(asked, dict(names)))


def test_questions_about_one_word_become_one_comparison() -> None:
    word = Name("w0")
    voted = [t.bit(Bits(word, 4, 5), i) for i in (0, 2)]
    assert t.show(t.both(voted)) == "w0 & 0x50 == 0x50".replace("0x50", "80")
    assert t.show(t.either(voted)) == "not (w0 & 80 == 0)"
    assert t.both((voted[0], t.negation(voted[0]))) == t.FALSE
    role_and_term = (t.equal(Bits(word, 0, 2), Const(2)), t.equal(Bits(word, 2, 2), Const(1)))
    assert t.show(t.both(role_and_term)) == "w0 & 15 == 6"

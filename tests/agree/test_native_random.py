"""The native engine agrees with the interpreter on 2,000 random specifications.

Goal: no specification makes the two differ in states, steps, depth, verdict or the length of the
counterexample. Method: specifications drawn from seeds are searched by both. The program that the
native engine generates is run by CPython, which tests every index and bound; every fiftieth is
compiled and run by the machine instead. Half are searched with their claims, most of which soon
break, and half without, so that all states are seen. About a quarter is refused by the native
engine, and others are drawn in their place. Programs that would be long are left to the soak,
``make soak``, which runs as many as one likes, and all of them by the machine.
"""

from __future__ import annotations

import pytest

from ballotproof.model_check.backends.native import lower, search, write
from ballotproof.model_check.backends.native.machine import Interpreted

from .soak import compare
from .test_native import CHECKED

SPECIFICATIONS = 2_000
CHUNK = 100
FIRST = 20_000

LINES = 500
"""Longer programs are left out here: there are few, and they take most of the time."""


def agreeing(first: int, number: int) -> int:
    """How many seeds from the first on it takes until so many specifications were compared.
    **Errors** AssertionError with the seed of one that differs."""
    found, seed = 0, first
    while found < number:
        code = CHECKED if seed % 50 == 0 else Interpreted
        found += compare(seed, code, states=100) == "agree"
        seed += 1
    return seed - first


@pytest.mark.parametrize("chunk", range(SPECIFICATIONS // CHUNK))
def test_random_specifications_agree(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "MOST_LINES", LINES)
    # Less is looked at beforehand: it is quicker, and programs that were too narrow are met too.
    monkeypatch.setattr(search, "SAMPLE", 20)
    monkeypatch.setattr(search, "WALKS", 2)
    drawn = agreeing(FIRST + 2 * CHUNK * chunk, CHUNK)
    assert drawn < 2 * CHUNK, "half are refused"


def test_loops_within_loops_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a RecursionError: hundreds of steps of a loop, each inside of the one before."""

    def endless(lowering: lower.Lowering, *given: object) -> object:
        return endless(lowering, *given)

    assert compare(100, Interpreted, states=10) == "agree"
    monkeypatch.setattr(lower.Lowering, "action", endless)
    assert compare(100, Interpreted, states=10) == "refused"


def test_a_loop_over_a_bag_that_adds_to_a_set_ends() -> None:
    """Once the text of what one step adds was doubled by the next: it did not end."""
    assert compare(20_457, Interpreted, states=100) == "agree"


def test_a_program_that_would_be_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert compare(100, Interpreted, states=10) == "agree"
    monkeypatch.setattr(write, "MOST_LINES", 20)
    assert compare(100, Interpreted, states=10) == "refused"

"""What changed: the smallest places, one line each."""

from __future__ import annotations

import pytest

from ballotproof.model_check.difference import changes, differences, initial_lines
from ballotproof.spec.lang import Bag, Map, Network, Set, record
from ballotproof.spec.lang.network import FifoNetwork
from ballotproof.spec.lang.values import Universe

from .test_rendering import Node, Vote, in_universe, n1, n2, t0, t1


@record
class Entry:
    """A record that is too long to be shown whole."""

    source: Node
    dest: Node
    first_of_the_numbers: int
    second_of_the_numbers: int


def entry(first: int, second: int) -> Entry:
    return Entry(n1, n2, 1_000_000_000_000_000 + first, second)


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        (1, 1, []),
        (1, 2, ["f: 1 -> 2"]),
        (1, True, ["f: 1 -> True"]),
        (None, t0, ["f: None -> t0"]),
        (Map({n1: None, n2: t0}), Map({n1: t1, n2: t0}), ["f[n1]: None -> t1"]),
        (Map({(n1, t0): 1}), Map({(n1, t0): 2}), ["f[n1, t0]: 1 -> 2"]),
        (Set({1, 2}), Set({2, 3}), ["f: - 1", "f: + 3"]),
        (
            Map({n1: frozenset({n1})}),
            Map({n1: frozenset({n1, n2})}),
            ["f[n1]: + n2"],
        ),
        (Bag([1]), Bag([1, 1, 2]), ["f: + 1 (now 2)", "f: + 2"]),
        (Bag([1, 1, 1]), Bag([1]), ["f: - 1 x2"]),
        (Bag([1, 1, 1]), Bag([1, 1]), ["f: - 1 (now 2)"]),
        ((1,), (1, 2), ["f: + [1] 2"]),
        ((1, 2, 3), (1, 5), ["f[1]: 2 -> 5", "f: - [2] 3"]),
        ((1, 2, 3), (2, 3), ["f: - [0] 1"]),
        (Vote(n1, n2, None), Vote(n1, n2, t0), ["f: Vote(n1, n2, None) -> Vote(n1, n2, t0)"]),
        (entry(1, 2), entry(1, 3), ["f.second_of_the_numbers: 2 -> 3"]),
        ((entry(1, 2),), (entry(1, 3),), ["f[0].second_of_the_numbers: 2 -> 3"]),
    ],
)
def test_changes(old: object, new: object, lines: list[str]) -> None:
    assert list(changes("f", old, new)) == lines


def test_messages_behind_others_in_a_queue_are_seen() -> None:
    with in_universe(FifoNetwork()):
        before: Network[Vote] = Network()
        after: Network[Vote] = Network()
        before.send(Vote(n1, n2, t0))
        after.send(Vote(n1, n2, t0))
        after.send(Vote(n1, n2, t1))
    assert list(changes("net", before, after)) == ["net: + Vote(n1, n2, t1)"]


def test_fields_come_in_order_of_declaration() -> None:
    before = {"b": 1, "a": 1, "c": 0}
    assert differences(before, {"b": 2, "a": 3, "c": 0}) == ["b: 1 -> 2", "a: 1 -> 3"]


def test_a_map_with_one_value_everywhere_says_so_once() -> None:
    state = {"m": Map({n1: False, n2: False}), "n": Map({n1: 0, n2: 1}), "o": Map({n1: 0})}
    assert initial_lines(state) == [
        "m = {every key: False}",
        "n = {n1: 0, n2: 1}",
        "o = {n1: 0}",
    ]


def test_the_universe_is_not_needed() -> None:
    assert isinstance(in_universe(), Universe)
    assert list(changes("f", Map({n1: 1}), Map({n1: 2}))) == ["f[n1]: 1 -> 2"]

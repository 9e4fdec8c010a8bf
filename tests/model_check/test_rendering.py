"""Values as text: as the author would write them, and in the same order on every run."""

from __future__ import annotations

from enum import Enum

import pytest

from ballotproof.model_check.rendering import in_order, render, render_call, render_key, sort_key
from ballotproof.spec.lang import Bag, Map, Network, QuorumOf, Set, Sort, TotalOrder, record
from ballotproof.spec.lang.network import BagNetwork, FifoNetwork
from ballotproof.spec.lang.values import Universe


class Node(Sort): ...


class Term(TotalOrder): ...


class Quorum(QuorumOf[Node]): ...


class Role(Enum):
    LEADER = "leader"
    FOLLOWER = "follower"


@record
class Vote:
    source: Node
    dest: Node
    term: Term | None


n1, n2 = Node.element(0), Node.element(1)
t0, t1 = Term.element(0), Term.element(1)


def in_universe(network: object = None) -> Universe:
    return Universe({Node: (n1, n2), Term: (t0, t1)}, network=network)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (True, "True"),
        (-3, "-3"),
        (n1, "n1"),
        (t0, "t0"),
        (Role.LEADER, "LEADER"),
        (Vote(n1, n2, None), "Vote(n1, n2, None)"),
        ((), "()"),
        ((t1,), "(t1,)"),
        ((t1, (n2, 3)), "(t1, (n2, 3))"),
        (frozenset({n2, n1}), "{n1, n2}"),
        (frozenset({10, 9}), "{9, 10}"),
        (Set({Vote(n2, n1, t0), Vote(n1, n2, t1)}), "{Vote(n1, n2, t1), Vote(n2, n1, t0)}"),
        (Bag([n2, n1, n2]), "{n1, n2 x2}"),
        (Map({n1: Role.LEADER, n2: None}), "{n1: LEADER, n2: None}"),
        (Map({(n1, 2): t0}), "{n1, 2: t0}"),
        (Quorum.subset(0, frozenset({n2, n1})), "{n1, n2}"),
    ],
)
def test_render(value: object, text: str) -> None:
    assert render(value) == text


def test_networks() -> None:
    with in_universe(BagNetwork()):
        bag: Network[Vote] = Network()
        for _ in range(2):
            bag.send(Vote(n1, n2, None))
    assert render(bag) == "{Vote(n1, n2, None) x2}"
    with in_universe(FifoNetwork()):
        queues: Network[Vote] = Network()
        queues.send(Vote(n2, n1, t1))
        queues.send(Vote(n1, n2, t0))
        queues.send(Vote(n2, n1, t0))
    assert render(queues) == (
        "{n1->n2: (Vote(n1, n2, t0),), n2->n1: (Vote(n2, n1, t1), Vote(n2, n1, t0))}"
    )


def test_calls_and_keys() -> None:
    assert render_call("promise", [n1, Vote(n1, n2, t0)]) == "promise(n1, Vote(n1, n2, t0))"
    assert render_key((n1, 2)) == "n1, 2"
    assert render_key(n1) == "n1"


def test_every_value_has_its_place_in_the_order() -> None:
    values = [
        None,
        False,
        True,
        -1,
        2,
        Role.LEADER,
        Role.FOLLOWER,
        n1,
        n2,
        t0,
        Quorum.subset(0, frozenset({n1})),
        Vote(n1, n2, None),
        Vote(n1, n2, t0),
        (),
        (3,),
        frozenset(),
        frozenset({n1}),
    ]
    assert in_order(reversed(values)) == values
    assert len({sort_key(v) for v in values}) == len(values)

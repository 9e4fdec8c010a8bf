"""Another instance from the command line."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest

from ballotproof.model_check.overrides import (
    Overrides,
    apply,
    network_text,
    read_constant,
    read_network,
    read_quorum,
)
from ballotproof.spec.lang import BagNetwork, FifoNetwork, Model, SetNetwork
from ballotproof.spec.lang.errors import UsageError
from ballotproof.spec.paxos.single_decree import MODELS, SingleDecree
from ballotproof.spec.voting import Acceptor, Quorum

from .lock import Client, Lock
from .test_itf import MODEL, Node, Term


class Colour(Enum):
    RED = 1
    GREEN = 2


def test_a_model_with_another_instance_expects_nothing() -> None:
    made = apply(MODELS[0], Overrides(sizes=["Acceptor=5"], quorums=["Quorum=at_least:3"]))
    assert made.sizes[Acceptor] == 5
    assert len(made.universe().elements[Quorum]) == 10
    assert made.expect is None
    assert made.name == f"{MODELS[0].name} with Acceptor=5, Quorum=at_least:3"
    assert MODELS[0].expect is not None


def test_nothing_said_changes_nothing() -> None:
    assert apply(MODELS[0], Overrides()) is MODELS[0]


def test_a_model_without_sizes_gets_them() -> None:
    made = apply(Model(name="as given", protocol=Lock), Overrides(sizes=["Client=3"]))
    assert made.sizes == {Client: 3}


def test_networks_restarts_and_constants() -> None:
    made = apply(
        MODEL,
        Overrides(
            constants=["limit=7", "chief=none", "terms=0"], network="bag:2:lossy", restarts=1
        ),
    )
    assert made.constants == {"limit": 7, "chief": None, "terms": frozenset({0})}
    assert made.network == BagNetwork(capacity=2, loses=True)
    assert made.restarts == 1
    assert made.universe().constants["terms"] == frozenset({Term.element(0)})


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (Overrides(sizes=["Aceptor=3"]), "SingleDecree has no sort Aceptor; did you mean Acceptor"),
        (Overrides(sizes=["Quorum=3"]), "has no sort Quorum; it has Acceptor, "),
        (Overrides(sizes=["Acceptor"]), "'Acceptor' names no value; write it as in `--size"),
        (Overrides(sizes=["Acceptor=0"]), "'0' is no number of elements"),
        (Overrides(sizes=["Acceptor=-1"]), "'-1' is no number of elements"),
        (Overrides(sizes=["Acceptor=²"]), "is no number of elements"),
        (Overrides(quorums=["Quorums=majority"]), "did you mean Quorum?"),
        (Overrides(quorums=["Quorum=some"]), "'some' is no quorum system; there are majority,"),
        (Overrides(constants=["n=1"]), "SingleDecree has no constant n; it has none"),
        (Overrides(network="tcp"), "'tcp' is no network; there are set, bag,"),
    ],
)
def test_what_is_not_there_is_named(overrides: Overrides, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        apply(Model(name="m", protocol=SingleDecree, sizes={Acceptor: 3}), overrides)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "nodes", "sets"),
    [
        ("majority", 3, [[0, 1], [0, 2], [1, 2]]),
        ("at_least:2", 2, [[0, 1]]),
        ("explicit:1,2/3", 3, [[0, 1], [2]]),
        ("weighted:2,1,1", 3, [[0, 1], [0, 2]]),
        ("weighted:2,1,1/2", 3, [[0], [1, 2]]),
        ("rows:2x2", 4, [[0, 1], [2, 3]]),
        ("columns:2x2", 4, [[0, 2], [1, 3]]),
        ("grid:1x2", 2, [[0, 1]]),
    ],
)
def test_quorum_systems(text: str, nodes: int, sets: list[list[int]]) -> None:
    assert [sorted(q) for q in read_quorum(text)(nodes)] == sets


@pytest.mark.parametrize("text", ["", "majority:2", "at_least", "at_least:x", "rows:2", "grid:1x"])
def test_what_is_no_quorum_system(text: str) -> None:
    with pytest.raises(UsageError):
        read_quorum(text)


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("set", SetNetwork()),
        ("bag", BagNetwork()),
        ("bag:2", BagNetwork(2)),
        ("bag:2:lossy:duplicating", BagNetwork(2, True, True)),
        ("fifo", FifoNetwork()),
        ("fifo:1:lossy", FifoNetwork(1, True)),
    ],
)
def test_networks_are_read_and_written(text: str, network: Any) -> None:
    assert read_network(text) == network
    assert network_text(network) == text


@pytest.mark.parametrize("text", ["", "set:2", "bag:x", "fifo:duplicating", "fifo:1:loss"])
def test_what_is_no_network(text: str) -> None:
    with pytest.raises(UsageError):
        read_network(text)


@pytest.mark.parametrize(
    ("text", "annotation", "value"),
    [
        ("3", int, 3),
        ("-3", int, -3),
        ("true", bool, True),
        ("false", bool, False),
        ("GREEN", Colour, Colour.GREEN),
        ("2", Node, 2),
        ("n2", Node, 2),
        ("none", Node | None, None),
        ("1", Node | None, 1),
        ("1,2", tuple[int, ...], (1, 2)),
        ("1,2", frozenset[int], frozenset({1, 2})),
    ],
)
def test_constants(text: str, annotation: Any, value: object) -> None:
    found = read_constant(text, annotation, "c=" + text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "annotation"), [("x", int), ("yes", bool), ("BLUE", Colour), ("n", Node)]
)
def test_what_is_no_constant_of_its_type(text: str, annotation: Any) -> None:
    with pytest.raises(UsageError, match=f"'{text}' is no "):
        read_constant(text, annotation, "c=" + text)

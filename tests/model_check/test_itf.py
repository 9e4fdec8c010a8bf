"""ITF files: reading what was written gives an equal behaviour; what does not fit is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotproof.model_check.counterexample import Behaviour, Step
from ballotproof.model_check.itf import Codec, Meta, model_of, read_document, write_document
from ballotproof.spec.lang import (
    Bag,
    BagNetwork,
    Const,
    FifoNetwork,
    Map,
    Model,
    Network,
    Protocol,
    QuorumOf,
    Set,
    SetNetwork,
    Sort,
    TotalOrder,
    action,
    explicit,
    record,
    require,
)
from ballotproof.spec.lang.errors import UsageError
from ballotproof.spec.lang.network import NetworkModel
from ballotproof.spec.lang.values import elements

from .behaviours import broken_lock, lock_model
from .lock import Lock


class Node(Sort): ...


class Number(Sort): ...  # shown as n1, n2 as well: only the types tell them apart


class Term(TotalOrder): ...


class Quorum(QuorumOf[Node]): ...


class Role(Enum):
    LEADER = "leader"
    FOLLOWER = "follower"


@record
class Entry:
    term: Term
    values: frozenset[Number]


@record
class Append:
    source: Node
    dest: Node
    entries: tuple[Entry, ...]
    previous: tuple[int, Term] | None


@record
class Stop:
    source: Node
    dest: Node
    tag: bool


class Everything(Protocol):
    """A state with a field of every type that there is."""

    limit = Const[int]()
    chief = Const[Node | None]()
    terms = Const[frozenset[Term]]()

    yes: bool
    number: int
    role: Role
    node: Node | None
    quorum: Quorum
    log: tuple[Entry, ...]
    pair: tuple[Node, Number]
    maybe_log: tuple[Entry, ...] | None
    numbers: frozenset[Number]
    by_node: Map[Node, Role | None]
    by_pair: Map[tuple[Node, Term], frozenset[Node]]
    sent: Set[Append | Stop]
    bag: Bag[Stop]
    network: Network[Append | Stop]

    def init(self) -> None:
        self.number = 0

    @action
    def anything(
        self, a: Node, q: Quorum, r: Role, t: Term | None, m: Append | Stop, i: int, b: bool
    ) -> None:
        require(m in self.sent)
        require(i in range(3))


MODEL = Model(
    name="of everything",
    protocol=Everything,
    sizes={Node: 3, Number: 2, Term: 2},
    quorums={Quorum: explicit({1, 2}, {2, 3})},
    constants={"limit": -4, "chief": 2, "terms": {0, 1}},
    restarts=0,
)
NETWORKS: list[NetworkModel] = [SetNetwork(), BagNetwork(capacity=3), FifoNetwork()]


def model_with(network: NetworkModel) -> Model:
    return replace(MODEL, network=network)


@st.composite
def states(draw: Callable[[Any], Any], network: NetworkModel) -> dict[str, Any]:
    universe = model_with(network).universe()
    nodes, numbers, terms, quorums = (
        st.sampled_from(universe.elements[sort]) for sort in (Node, Number, Term, Quorum)
    )
    entry = st.builds(Entry, terms, st.frozensets(numbers))
    log = st.lists(entry, max_size=2).map(tuple)
    previous = st.none() | st.tuples(st.integers(), terms)
    append = st.builds(Append, nodes, nodes, log, previous)
    stop = st.builds(Stop, nodes, nodes, st.booleans())
    message = append | stop
    with universe:
        sending: Network[Any] = Network()
        for m in draw(st.lists(message, max_size=3)):
            sending.send(m)
        pairs = [(n, t) for n in elements(Node) for t in elements(Term)]
        return {
            "yes": draw(st.booleans()),
            "number": draw(st.integers()),
            "role": draw(st.sampled_from(Role)),
            "node": draw(st.none() | nodes),
            "quorum": draw(quorums),
            "log": draw(log),
            "pair": draw(st.tuples(nodes, numbers)),
            "maybe_log": draw(st.none() | log),
            "numbers": draw(st.frozensets(numbers)),
            "by_node": Map({n: draw(st.none() | st.sampled_from(Role)) for n in elements(Node)}),
            "by_pair": Map({k: draw(st.frozensets(nodes)) for k in pairs}),
            "sent": Set(draw(st.lists(message, max_size=3))),
            "bag": Bag(draw(st.lists(stop, max_size=3))),
            "network": sending,
        }


@st.composite
def behaviours(draw: Callable[[Any], Any]) -> tuple[NetworkModel, Behaviour]:
    network = draw(st.sampled_from(NETWORKS))
    universe = model_with(network).universe()
    nodes, terms, quorums = (
        st.sampled_from(universe.elements[sort]) for sort in (Node, Term, Quorum)
    )
    steps = []
    for _ in range(draw(st.integers(0, 2))):
        message = Stop(draw(nodes), draw(nodes), draw(st.booleans()))
        if draw(st.booleans()):
            step = Step("lose", {"m": message}, draw(states(network)))
        else:
            arguments = {
                "a": draw(nodes),
                "q": draw(quorums),
                "r": draw(st.sampled_from(Role)),
                "t": draw(st.none() | terms),
                "m": message,
                "i": draw(st.integers()),
                "b": draw(st.booleans()),
            }
            step = Step("anything", arguments, draw(states(network)))
        steps.append(step)
    return network, Behaviour(draw(states(network)), tuple(steps))


@given(behaviours())
def test_reading_what_was_written_gives_an_equal_behaviour(
    drawn: tuple[NetworkModel, Behaviour],
) -> None:
    network, behaviour = drawn
    model = model_with(network)
    codec = Codec(Everything, model.universe())
    document = codec.document(behaviour, codec.meta(model, source="x.py::Everything"))
    text = json.loads(document.encode())
    assert codec.behaviour(document) == behaviour
    again = Codec(Everything, model_of(document.meta, Everything).universe())
    assert again.behaviour(document) == behaviour
    written = again.document(again.behaviour(document), document.meta)
    assert json.loads(written.encode()) == text


@given(st.sampled_from(NETWORKS))
def test_the_instance_is_in_the_file(network: NetworkModel) -> None:
    model = model_with(network)
    meta = Codec(Everything, model.universe()).meta(model, source="x.py::Everything")
    made = model_of(meta, Everything)
    assert (made.sizes, made.network, made.restarts) == (model.sizes, network, 0)
    assert made.universe().elements == model.universe().elements
    assert made.universe().constants == model.universe().constants
    assert made.universe().constants["limit"] == -4


def test_the_file_is_itf(tmp_path: Path) -> None:
    model = lock_model()
    codec = Codec(Lock, model.universe())
    path = tmp_path / "lock.itf.json"
    write_document(codec.document(broken_lock(), codec.meta(model, source="lock.py::Lock")), path)
    content = json.loads(path.read_text())
    assert list(content) == ["#meta", "vars", "states"]
    assert content["#meta"]["format"] == "ITF"
    assert content["#meta"]["varTypes"]["asked"] == "Map[Client, bool]"
    assert content["#meta"]["varTypes"]["network"] == "Network[Request | Grant]"
    assert content["vars"] == ["free", "asked", "holds", "network"]
    assert content["states"][3] == {
        "#meta": {
            "index": 3,
            "action": "grant",
            "arguments": {"m": {"tag": "Request", "value": {"source": "c1"}}},
        },
        "free": False,
        "asked": {"#map": [["c1", True], ["c2", True]]},
        "holds": {"#map": [["c1", False], ["c2", False]]},
        "network": {
            "#set": [
                {"tag": "Grant", "value": {"dest": "c1"}},
                {"tag": "Request", "value": {"source": "c1"}},
                {"tag": "Request", "value": {"source": "c2"}},
            ]
        },
    }
    assert codec.behaviour(read_document(path)) == broken_lock()


def altered(change: Callable[[dict[str, Any]], None]) -> str:
    """What is said of the lock's file after a change to it."""
    model = lock_model()
    codec = Codec(Lock, model.universe())
    document = codec.document(broken_lock(), codec.meta(model, source="lock.py::Lock"))
    content = json.loads(document.encode())
    change(content)
    made = replace_states(document, content["states"])
    with pytest.raises(UsageError) as caught:
        codec.behaviour(made)
    return str(caught.value)


def replace_states(document: Any, states: Any) -> Any:
    document.states = states
    return document


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("free",), 3, "states[2].free: expected bool, found 3"),
        (("free",), None, "states[2].free: expected bool, found null"),
        (("asked", "#map"), [], "states[2].asked: a map has one entry for each key of the sort"),
        (
            ("asked",),
            {"#set": []},
            'states[2].asked: expected Map[Client, bool], found {"#set":[]}',
        ),
        (
            ("asked", "#map", 0, 0),
            "c3",
            'states[2].asked[0]: expected Client, found "c3"',
        ),
        (
            ("network", "#set", 0, "tag"),
            "Gift",
            "states[2].network[0]: expected Request | Grant, found "
            '{"tag":"Gift","value":{"source":"c1"}}',
        ),
        (
            ("network", "#set", 0, "value"),
            {"dest": "c1"},
            'states[2].network[0]: expected Request, found {"tag":"Request","value":{"dest":"c1"}}',
        ),
        (("#meta", "action"), "steal", "Lock has no action steal"),
        (("#meta",), {}, "states[2].#meta: this does not say which action led to the state"),
        (
            ("#meta", "arguments"),
            {"d": "c1"},
            "states[2].#meta: ask has no parameter d",
        ),
        (("#meta", "arguments"), [], "states[2].#meta.arguments: expected an object"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(
    place: tuple[str | int, ...], value: object, message: str
) -> None:
    def change(content: dict[str, Any]) -> None:
        inside: Any = content["states"][2]
        for key in place[:-1]:
            inside = inside[key]
        inside[place[-1]] = value

    assert altered(change) == message


def test_a_missing_field_and_no_states_are_refused() -> None:
    def forget(content: dict[str, Any]) -> None:
        del content["states"][1]["holds"]

    assert altered(forget) == "states[1]: there is no value for holds"
    assert altered(lambda content: content["states"].clear()) == "the trace has no states"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "this is no ITF trace: Input data was truncated"),
        ("[]", "this is no ITF trace: Expected `object`, got `array`"),
        ('{"vars": []}', "this is no ITF trace: Object missing required field `states`"),
        ('{"vars": [], "states": 3}', "Expected `array`, got `int` - at `$.states`"),
        (
            '{"vars": [], "states": [{"x": ' + "[" * 100_000,
            "this is no ITF trace: nested too deeply",
        ),
    ],
)
def test_what_is_no_itf_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "trace.json"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        read_document(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


def test_files_that_cannot_be_read_or_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_document(tmp_path / "none.json")
    model = lock_model()
    codec = Codec(Lock, model.universe())
    document = codec.document(broken_lock(), codec.meta(model, source=""))
    with pytest.raises(UsageError, match="No such file"):
        write_document(document, tmp_path / "none" / "trace.json")


def test_an_instance_of_another_protocol_is_refused() -> None:
    with pytest.raises(UsageError, match="the sort Server, not of Lock"):
        model_of(Meta(sizes={"Server": 3}), Lock)
    with pytest.raises(UsageError, match="Client, which is no sort of quorums"):
        model_of(Meta(sizes={"Client": 2}, quorums={"Client": [[1]]}), Lock)
    with pytest.raises(UsageError, match="binds limit, no constant of Lock"):
        model_of(Meta(sizes={"Client": 2}, constants={"limit": True}), Lock)


def test_small_numbers_of_other_tools_are_read() -> None:
    codec = Codec(Everything, MODEL.universe())
    with codec.universe:
        assert codec.decode(3, int, "x") == 3
        assert codec.decode({"#bigint": "-12"}, int, "x") == -12
        for wrong in (True, 1.5, "3", {"#bigint": "x"}, {"#bigint": ""}, {"#bigint": "1", "a": 2}):
            with pytest.raises(UsageError, match="x: expected int, found"):
                codec.decode(wrong, int, "x")

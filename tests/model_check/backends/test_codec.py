"""Values of the interpreter and the Python objects they stand for, there and back."""

from __future__ import annotations

from typing import Any

import pytest

from ballotproof.model_check.backends.cells import Cells
from ballotproof.model_check.backends.codec import Codec
from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.ir.sorts import (
    BOOL,
    INT,
    BagSort,
    MapSort,
    OptionSort,
    SeqSort,
    SetSort,
    Sort,
    TupleSort,
    UnionSort,
)
from ballotproof.spec.lang import Model
from ballotproof.spec.lang.errors import InternalError
from ballotproof.spec.lang.execute import Execution
from ballotproof.spec.lang.network import Network
from ballotproof.spec.lang.values import Bag, Map, Set

from ..every_construct import MODELS, Ask, Ballot, Node, Reply, Role, Stop, Vote


def codec_of(model: Model) -> Codec:
    return Codec(read(model.protocol, model), model)


@pytest.fixture
def codec() -> Codec:
    return codec_of(MODELS[0])


def sorts(codec: Codec) -> dict[str, Sort]:
    """Sorts of the protocol by name; fields by the name of the field."""
    found: dict[str, Sort] = {s.name: s for s in (*codec.spec.sorts, *codec.spec.records)}
    return found | {f.name: f.sort for f in codec.spec.fields}


N1, N2 = Node.element(0), Node.element(1)
B0, B1 = Ballot.element(0), Ballot.element(1)


def test_values_of_every_sort(codec: Codec) -> None:
    known = sorts(codec)
    ask, reply, stop, vote = (known[x] for x in ("Ask", "Reply", "Stop", "Vote"))
    tag = codec.tags
    quorum = codec.pool(known["Quorum"])[0]  # type: ignore[arg-type]  # a sort by name
    role = known["role"]
    assert isinstance(role, MapSort)
    union = UnionSort((ask, reply, stop))  # type: ignore[arg-type]  # records by name
    examples: list[tuple[Sort, Any, Any]] = [
        (BOOL, True, True),
        (INT, -3, -3),
        (known["Node"], N2, 1),
        (known["Ballot"], B1, 1),
        (known["Quorum"], quorum, 0),
        (role.value, Role.BUSY, 1),
        (vote, Vote(B1, N2), (tag[vote], 1, 1)),  # type: ignore[index]  # a record by name
        (union, Stop(B0, N1, N2), (tag[stop], 0, 0, 1)),  # type: ignore[index]
        (reply, Reply(N1, N2, None), (tag[reply], 0, 1, None)),  # type: ignore[index]
        (OptionSort(known["Node"]), None, None),
        (OptionSort(known["Node"]), N1, 0),
        (TupleSort((INT, known["Node"])), (7, N2), (7, 1)),
        (SeqSort(known["Ballot"]), (B1, B0), (1, 0)),
        (SetSort(known["Node"]), frozenset({N2}), frozenset({1})),
        (BagSort(known["Node"]), frozenset({(N2, 3)}), frozenset({(1, 3)})),
    ]
    for sort, x, value in examples:
        assert codec.encode(sort, x) == value, sort
        assert codec.decode(sort, value) == x, sort


def test_maps_are_in_key_order_the_last_part_fastest(codec: Codec) -> None:
    known = sorts(codec)
    weight = known["weight"]
    assert isinstance(weight, MapSort)
    with codec.universe:
        entries = {(n, r): 10 * n.index + r.value for n in Node for r in Role}
    value = codec.encode(weight, Map(entries))
    assert value == (1, 2, 11, 12)
    assert codec.keys(weight) == list(entries)
    assert [codec.key_number(weight.key, k) for k in codec.values(weight.key)] == [0, 1, 2, 3]


def test_universes(codec: Codec) -> None:
    known = sorts(codec)
    assert codec.values(known["Node"]) == (0, 1)
    assert codec.values(BOOL) == (False, True)
    assert codec.values(OptionSort(known["Node"])) == (None, 0, 1)
    assert codec.size(TupleSort((known["Node"], BOOL))) == 4
    assert codec.members(known["Quorum"]) == ((0, 1),)  # type: ignore[arg-type]  # by name
    assert codec.constant("limit", INT) == 2
    assert codec.constant("favourite", known["Node"]) == 0
    with pytest.raises(InternalError, match="not finite"):
        codec.values(INT)


def snapshots(model: Model, count: int) -> list[Any]:
    plain = Execution(model)
    found = list(plain.initial())
    seen = set(found)
    for state in found:
        if len(found) > count:
            break
        for step in plain.successors(state):
            if step.state not in seen:
                seen.add(step.state)
                found.append(step.state)
    return found


@pytest.mark.parametrize("model", MODELS, ids=lambda m: m.name)
def test_states_there_and_back(model: Model) -> None:
    """Snapshots of plain Python, states, and the cells of the interpreter."""
    codec = codec_of(model)
    cells = Cells(codec.spec, codec)
    shown = set()
    for snapshot in snapshots(model, 300):
        state = codec.encode_state(snapshot)
        assert codec.decode_state(state) == snapshot
        assert cells.whole(cells.cut(state)) == state
        shown.add(str(dict(codec.show_state(state))["wire"]))
    assert len(shown) > 2  # the network was used


def test_states_are_shown_as_fields_hold_them(codec: Codec) -> None:
    snapshot = snapshots(MODELS[0], 1)[0]
    shown = codec.show_state(codec.encode_state(snapshot))
    types = {name: type(value) for name, value in shown.items()}
    assert types["role"] is Map
    assert types["sent"] is Set
    assert types["copies"] is Bag
    assert types["wire"] is Network
    assert types["known"] is frozenset
    assert shown["used"] is False
    assert shown["last"] is None


def test_messages_of_several_classes_have_a_cell_each(codec: Codec) -> None:
    cells = Cells(codec.spec, codec)
    names = [c.name for c in cells.of_field["sent"]]
    assert names == ["sent_Ask", "sent_Reply", "sent_Stop"]
    assert [c.name for c in cells.of_field["last"]] == ["last"]
    sent = frozenset({Ask(N1, N2, B0), Stop(B1, N1, N1)})
    number = next(i for i, f in enumerate(codec.spec.fields) if f.name == "sent")
    state = list(codec.encode_state(snapshots(MODELS[0], 1)[0]))
    state[number] = codec.encode(codec.spec.fields[number].sort, sent)
    cut = cells.cut(tuple(state))
    assert [len(cut[c.number]) for c in cells.of_field["sent"]] == [1, 0, 1]

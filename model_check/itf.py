"""Behaviours as files in the Informal Trace Format (ITF), written and read.

**Source** Apalache ADR-015, "Informal Trace Format in JSON"; variants as Quint writes them.

| in the specification | in the file |
|---|---|
| ``bool`` | ``true``, ``false`` |
| ``int`` | ``{"#bigint": "3"}`` |
| element of a sort, member of an enumeration | ``"a1"``, ``"LEADER"`` |
| ``None`` | ``{"tag": "None", "value": {"#tup": []}}`` |
| record | ``{"tag": "Promise", "value": {"acceptor": "a1", ...}}`` |
| ``tuple[T, ...]``; ``tuple[A, B]`` | ``[...]``; ``{"#tup": [...]}`` |
| ``frozenset``, ``Set``, subset, set network | ``{"#set": [...]}`` |
| ``Map`` | ``{"#map": [[key, value], ...]}`` |
| ``Bag``, bag network | ``{"#map": [[element, count], ...]}`` |
| FIFO network | ``{"#map": [[{"#tup": [source, dest]}, [message, ...]], ...]}`` |

The ``#meta`` of a state names the action that led to it and its arguments, that of the file the
protocol and the instance, so that a file says by itself what it is a behaviour of. Reading is
directed by the types of the protocol, and what does not fit them is refused with its place.
Reading what was written gives an equal behaviour.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from .. import __version__
from ..spec.lang.errors import UsageError
from ..spec.lang.execute import mapped_keys, node_sort
from ..spec.lang.fairness import Fairness, Strength
from ..spec.lang.model import Model, constants_of, sorts_of
from ..spec.lang.network import FifoNetwork, Network, SetNetwork
from ..spec.lang.protocol import Protocol, fields_of, methods_of, persistence
from ..spec.lang.quorum import QuorumSystem, explicit
from ..spec.lang.values import Bag, Map, Set, Sort, SubsetOf, Universe, elements
from .counterexample import Behaviour, Step
from .overrides import network_text, read_network
from .rendering import in_order, parts_of, render

__all__ = ["Codec", "Document", "Meta", "model_of", "read_document", "write_document"]

FORMAT = "ITF"
DESCRIPTION = "https://apalache-mc.org/docs/adr/015adr-trace.html"
NONE = {"tag": "None", "value": {"#tup": []}}


class FairnessMeta(msgspec.Struct, omit_defaults=True):
    """An assumption of fairness: ``weak`` or ``strong``, of which actions, for each of what."""

    strength: str
    actions: list[str]
    each: list[str] = []


class Meta(msgspec.Struct, rename="kebab", omit_defaults=True, kw_only=True):
    """What a file is a behaviour of. Files of other tools have only part of it."""

    format: str = msgspec.field(default="")
    format_description: str = ""
    description: str = ""
    source: str = ""
    """The protocol, as ``package.module::Class`` or ``path/to/file.py::Class``."""
    model: str = ""
    sizes: dict[str, int] = {}
    quorums: dict[str, list[list[int]]] = {}
    """Node numbers as they are shown, counted from 1."""
    constants: dict[str, Any] = {}
    network: str = ""
    """As for ``--network``."""
    restarts: int = 0
    fairness: list[FairnessMeta] = []
    loop_action: str = ""
    loop_arguments: dict[str, Any] = {}
    """The step that leads from the last state back to that with the number ``loop``; none if the
    behaviour stops there."""
    claim: str = ""
    kind: str = ""
    engine: str = ""
    seed: int | None = None
    tool: str = ""
    var_types: dict[str, str] = msgspec.field(default_factory=dict, name="varTypes")


class Document(msgspec.Struct, kw_only=True):
    """An ITF file as it stands, values not yet understood."""

    vars: list[str]
    states: list[dict[str, Any]]
    meta: Meta = msgspec.field(name="#meta", default_factory=Meta)
    params: list[str] = []
    loop: int | None = None

    def encode(self) -> bytes:
        """The file's content, ``#meta`` first and empty optional parts left out."""
        content: dict[str, Any] = {"#meta": self.meta}
        if self.params:
            content["params"] = self.params
        content |= {"vars": self.vars, "states": self.states}
        if self.loop is not None:
            content["loop"] = self.loop
        return msgspec.json.encode(content)


def read_document(path: Path) -> Document:
    """The file at ``path``. **Errors** UsageError when it cannot be read or is no ITF."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Document)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    except msgspec.DecodeError as error:
        raise UsageError(f"{path}: this is no ITF trace: {error}") from None
    except RecursionError:
        raise UsageError(f"{path}: this is no ITF trace: nested too deeply") from None


def write_document(document: Document, path: Path) -> None:
    """Write the file, indented for people. **Errors** UsageError when it cannot be written."""
    text = msgspec.json.format(document.encode(), indent=1)
    try:
        path.write_bytes(text + b"\n")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None


class Codec:
    """Values of one protocol and instance to ITF and back, directed by their declared types."""

    def __init__(self, protocol: type[Protocol], universe: Universe) -> None:
        self.protocol = protocol
        self.universe = universe
        self.fields = {name: persistence(t)[0] for name, t in fields_of(protocol).items()}

    # --------------------------------------------------------------------------- behaviours
    def meta(self, model: Model, *, source: str, engine: str = "", seed: int | None = None) -> Meta:
        """What the file says of the protocol and the instance, from which :func:`model_of` makes
        the model again."""
        quorums, constants = {}, {}
        with self.universe:
            for sort, members in self.universe.elements.items():
                if issubclass(sort, SubsetOf):
                    quorums[sort.__name__] = [[x.index + x.origin for x in q] for q in members]
            for name, const in constants_of(self.protocol).items():
                constants[name] = encode(self.universe.constants[name], const.annotation())
        return Meta(
            source=source,
            model=model.name,
            sizes={
                sort.__name__: len(members)
                for sort, members in self.universe.elements.items()
                if not issubclass(sort, SubsetOf)
            },
            quorums=quorums,
            constants=constants,
            network=network_text(model.network),
            restarts=model.restarts,
            fairness=[
                FairnessMeta(f.strength.value, list(f.actions), list(f.each))
                for f in model.fairness
            ],
            engine=engine,
            seed=seed,
            tool=f"ballotproof {__version__}",
        )

    def document(self, behaviour: Behaviour, meta: Meta) -> Document:
        """The behaviour as a file of its own."""
        meta.format, meta.format_description = FORMAT, DESCRIPTION
        meta.var_types = {name: type_name(t) for name, t in self.fields.items()}
        states: list[dict[str, Any]] = []
        steps = list(behaviour.steps)
        with self.universe:
            if behaviour.loop is not None and not behaviour.stops:
                back = steps.pop()  # a state stands once in the file
                meta.loop_action = back.action
                meta.loop_arguments = self._arguments(back)
            states.append({"#meta": {"index": 0}} | self._state(behaviour.initial))
            for index, step in enumerate(steps, start=1):
                said = {"index": index, "action": step.action, "arguments": self._arguments(step)}
                states.append({"#meta": said} | self._state(step.state))
        return Document(vars=list(self.fields), states=states, meta=meta, loop=behaviour.loop)

    def _arguments(self, step: Step) -> dict[str, Any]:
        types = self.parameter_types(step.action)
        return {n: encode(v, types.get(n)) for n, v in step.arguments.items()}

    def behaviour(self, document: Document) -> Behaviour:
        """The behaviour in a file. **Errors** UsageError where it does not fit the protocol."""
        if not document.states:
            raise UsageError("the trace has no states")
        with self.universe:
            states = [self._read_state(s, i) for i, s in enumerate(document.states)]
            steps = []
            for index, raw in enumerate(document.states[1:], start=1):
                said = raw.get("#meta")
                place = f"states[{index}].#meta"
                if not isinstance(said, dict) or not isinstance(said.get("action"), str):
                    raise UsageError(f"{place}: this does not say which action led to the state")
                raw_arguments = said.get("arguments", {})
                steps.append(self._step(said["action"], raw_arguments, states[index], place))
            loop = document.loop
            if loop is not None:
                if not 0 <= loop < len(states):
                    raise UsageError(f"loop: there is no state {loop}")
                meta = document.meta
                if meta.loop_action:
                    back = self._step(meta.loop_action, meta.loop_arguments, states[loop], "#meta")
                    steps.append(back)
                elif loop < len(steps):
                    raise UsageError("#meta: this does not say which action leads back")
        return Behaviour(states[0], tuple(steps), loop)

    def _step(self, action: str, raw: Any, state: dict[str, Any], place: str) -> Step:
        """The action with its arguments as a file has them, and the state it leads to."""
        types = self.parameter_types(action)
        if not isinstance(raw, dict):
            raise UsageError(f"{place}.arguments: expected an object")
        arguments = {}
        for name, value in raw.items():
            if name not in types:
                raise UsageError(f"{place}: {action} has no parameter {name}")
            arguments[name] = self.decode(value, types[name], f"{place}.arguments.{name}")
        return Step(action, arguments, state)

    def parameter_types(self, action: str) -> dict[str, Any]:
        """The types of an action's parameters, those that the model adds included."""
        method = methods_of(self.protocol, "action").get(action)
        if method is not None:
            hints = get_type_hints(method)
            return {name: t for name, t in hints.items() if name != "return"}
        if action == "restart":
            return {"node": node_sort(self.protocol)}
        if action in ("lose", "duplicate"):
            kinds = [get_args(t)[0] for t in self.fields.values() if get_origin(t) is Network]
            if kinds:
                return {"m": Union[tuple(kinds)]}  # noqa: UP007  # of a list that is computed
        raise UsageError(f"{self.protocol.__name__} has no action {action}")

    def _state(self, state: Mapping[str, Any]) -> dict[str, Any]:
        return {name: encode(state[name], t) for name, t in self.fields.items()}

    def _read_state(self, raw: Mapping[str, Any], index: int) -> dict[str, Any]:
        state = {}
        for name, t in self.fields.items():
            if name not in raw:
                raise UsageError(f"states[{index}]: there is no value for {name}")
            state[name] = self.decode(raw[name], t, f"states[{index}].{name}")
        return state

    # ------------------------------------------------------------------------------ decoding
    def decode(self, raw: Any, t: Any, where: str) -> Any:
        """The value of type ``t`` that is written as ``raw``. Call inside the universe."""

        def wrong() -> UsageError:
            return UsageError(f"{where}: expected {type_name(t)}, found {_excerpt(raw)}")

        def part(value: Any, kind: Any, place: object) -> Any:
            return self.decode(value, kind, f"{where}[{place}]")

        def parts(tag: str) -> list[Any]:
            if not isinstance(raw, dict) or raw.keys() != {tag} or not isinstance(raw[tag], list):
                raise wrong()
            found: list[Any] = raw[tag]
            return found

        def pairs() -> list[tuple[Any, Any]]:
            found = parts("#map")
            if not all(isinstance(pair, list) and len(pair) == 2 for pair in found):
                raise wrong()
            return [(key, value) for key, value in found]

        arguments = get_args(t)
        match get_origin(t):
            case None if t is bool and isinstance(raw, bool):
                return raw
            case None if t is int:
                number = _integer(raw)
                if number is None:
                    raise wrong()
                return number
            case None if t in (None, NoneType) and raw == NONE:
                return None
            case None if isinstance(t, type) and issubclass(t, SubsetOf):
                members = frozenset(part(x, t.base(), i) for i, x in enumerate(parts("#set")))
                for subset in elements(t):
                    if subset.members == members:
                        return subset
                raise wrong()
            case None if isinstance(t, type) and issubclass(t, Sort | Enum):
                for element in elements(t):
                    if render(element) == raw:
                        return element
                raise wrong()
            case None if isinstance(t, type) and getattr(t, "__record__", False):
                types = get_type_hints(t)
                match raw:
                    case {"tag": t.__name__, "value": dict(inside), **rest} if not rest:
                        if inside.keys() != types.keys():
                            raise wrong()
                    case _:
                        raise wrong()
                return t(
                    **{
                        name: self.decode(inside[name], kind, f"{where}.{name}")
                        for name, kind in types.items()
                    }
                )
            case origin if origin in (Union, UnionType):
                return self._decode_union(raw, t, where, wrong)
            case origin if origin is tuple and len(arguments) == 2 and arguments[1] is ...:
                if not isinstance(raw, list):
                    raise wrong()
                return tuple(part(x, arguments[0], i) for i, x in enumerate(raw))
            case origin if origin is tuple:
                items = parts("#tup")
                if len(items) != len(arguments):
                    raise wrong()
                return tuple(
                    part(x, a, i) for i, (x, a) in enumerate(zip(items, arguments, strict=True))
                )
            case origin if origin in (frozenset, Set):
                found = frozenset(part(x, arguments[0], i) for i, x in enumerate(parts("#set")))
                return found if origin is frozenset else Set(found)
            case origin if origin is Bag:
                counts = self._counts(pairs(), arguments[0], where)
                return Bag(x for x, n in counts.items() for _ in range(n))
            case origin if origin is Map:
                entries = {
                    part(k, arguments[0], i): part(v, arguments[1], i)
                    for i, (k, v) in enumerate(pairs())
                }
                keys = mapped_keys(t)
                if entries.keys() != set(keys):
                    raise UsageError(f"{where}: a map has one entry for each key of the sort")
                return Map({k: entries[k] for k in keys})
            case origin if origin is Network:
                return self._decode_network(arguments[0], where, parts, pairs)
            case _:
                raise wrong()

    def _decode_union(self, raw: Any, t: Any, where: str, wrong: Callable[[], UsageError]) -> Any:
        """None, a record by its tag, or the one other type there is."""
        tag = raw.get("tag") if isinstance(raw, dict) else None
        others = []
        for kind in get_args(t):
            if kind is NoneType:
                if raw == NONE:
                    return None
            elif getattr(kind, "__record__", False):
                if kind.__name__ == tag:
                    return self.decode(raw, kind, where)
            else:
                others.append(kind)
        if len(others) != 1:
            raise wrong()
        return self.decode(raw, others[0], where)

    def _counts(self, pairs: list[tuple[Any, Any]], t: Any, where: str) -> dict[Any, int]:
        counts = {}
        for i, (x, n) in enumerate(pairs):
            count = _integer(n)
            if count is None or count < 1:
                raise UsageError(f"{where}[{i}]: expected a count, found {_excerpt(n)}")
            counts[self.decode(x, t, f"{where}[{i}]")] = count
        return counts

    def _decode_network(
        self,
        t: Any,
        where: str,
        parts: Callable[[str], list[Any]],
        pairs: Callable[[], list[tuple[Any, Any]]],
    ) -> Network[Any]:
        network: Network[Any] = Network()
        match network._model:
            case SetNetwork():
                found = [self.decode(x, t, f"{where}[{i}]") for i, x in enumerate(parts("#set"))]
                network._bag = dict.fromkeys(found, 1)
            case FifoNetwork():
                for i, (_, queue) in enumerate(pairs()):
                    if not isinstance(queue, list) or not queue:
                        raise UsageError(f"{where}[{i}]: expected a queue of messages")
                    messages = tuple(
                        self.decode(x, t, f"{where}[{i}][{j}]") for j, x in enumerate(queue)
                    )
                    network._queues[messages[0].source, messages[0].dest] = messages
            case _:
                network._bag = self._counts(pairs(), t, where)
        return network


def model_of(meta: Meta, protocol: type[Protocol]) -> Model:
    """The instance that a file names, of the protocol that it names. **Errors** UsageError."""
    sorts = {sort.__name__: sort for sort in sorts_of(protocol)}
    for name in (*meta.sizes, *meta.quorums):
        if name not in sorts:
            raise UsageError(f"the trace speaks of the sort {name}, not of {protocol.__name__}")
    explicitly: dict[type[SubsetOf[Any]], QuorumSystem] = {}
    for name, sets in meta.quorums.items():
        sort = sorts[name]
        if not issubclass(sort, SubsetOf):
            raise UsageError(f"the trace gives quorums for {name}, which is no sort of quorums")
        origin = sort.base().origin
        explicitly[sort] = explicit(*([i - origin + 1 for i in q] for q in sets))
    model = Model(
        name=meta.model or "of the trace",
        protocol=protocol,
        sizes={sorts[name]: size for name, size in meta.sizes.items()},
        quorums=explicitly,
        network=read_network(meta.network) if meta.network else None,
        restarts=meta.restarts,
        fairness=[_fairness(said) for said in meta.fairness],
        assume=False,
    )
    declared = constants_of(protocol)
    constants = {}
    for name, raw in meta.constants.items():
        if name not in declared:
            raise UsageError(f"the trace binds {name}, no constant of {protocol.__name__}")
        constants[name] = _constant(raw, declared[name].annotation(), name, model)
    return replace(model, constants=constants)


def _fairness(said: FairnessMeta) -> Fairness:
    """An assumption of fairness as a file has it. **Errors** UsageError."""
    known = {s.value: s for s in Strength}
    if said.strength not in known:
        raise UsageError(f"#meta.fairness: there is no {said.strength!r} fairness")
    return Fairness(known[said.strength], tuple(said.actions), tuple(said.each))


def _constant(raw: Any, t: Any, name: str, model: Model) -> Any:
    """A constant, whose elements of sorts are known before the universe is."""
    sizes = {
        sort: tuple(sort.element(i) for i in range(size)) for sort, size in model.sizes.items()
    }
    universe = Universe(dict(sizes))
    with universe:
        return Codec(model.protocol, universe).decode(raw, t, f"#meta.constants.{name}")


# ---------------------------------------------------------------------------------- encoding
def encode(value: Any, t: Any) -> Any:
    """The value as it stands in a file. ``t`` tells sequences from tuples; None leaves it open."""
    arguments = get_args(t)
    match value:
        case bool():
            return value
        case int():
            return {"#bigint": str(value)}
        case None:
            return NONE
        case SubsetOf():
            return {"#set": [render(x) for x in value]}
        case Sort() | Enum():
            return render(value)
        case tuple():
            return _encode_tuple(value, t)
        case frozenset() | Set():
            inner = _member_of(t, frozenset, Set)
            return {"#set": [encode(x, inner) for x in in_order(value)]}
        case Bag():
            inner = arguments[0] if arguments else None
            return {"#map": [[encode(x, inner), _big(value.count(x))] for x in in_order(value)]}
        case Map():
            key, item = arguments or (None, None)
            return {"#map": [[encode(k, key), encode(v, item)] for k, v in value.items()]}
        case Network():
            return _encode_network(value, arguments[0] if arguments else None)
        case _:
            types = get_type_hints(type(value))
            inside = {name: encode(part, types[name]) for name, part in parts_of(value)}
            return {"tag": type(value).__name__, "value": inside}


def _encode_tuple(value: tuple[Any, ...], t: Any) -> Any:
    for kind in (t, *_alternatives(t)):
        arguments = get_args(kind)
        if get_origin(kind) is tuple:
            if len(arguments) == 2 and arguments[1] is ...:
                return [encode(x, arguments[0]) for x in value]
            return {"#tup": [encode(x, a) for x, a in zip(value, arguments, strict=True)]}
    return [encode(x, None) for x in value]


def _encode_network(network: Network[Any], t: Any) -> Any:
    match network._model:
        case SetNetwork():
            return {"#set": [encode(m, t) for m in in_order(network._bag)]}
        case FifoNetwork():
            queues = network._queues
            return {
                "#map": [
                    [{"#tup": list(map(render, ends))}, [encode(m, t) for m in queues[ends]]]
                    for ends in in_order(queues)
                ]
            }
        case _:
            bag = network._bag
            return {"#map": [[encode(m, t), _big(bag[m])] for m in in_order(bag)]}


def _alternatives(t: Any) -> tuple[Any, ...]:
    return get_args(t) if get_origin(t) in (Union, UnionType) else ()


def _member_of(t: Any, *origins: type[Any]) -> Any:
    """The element type of a collection, found through ``T | None``."""
    return next((get_args(k)[0] for k in (t, *_alternatives(t)) if get_origin(k) in origins), None)


def _big(number: int) -> dict[str, str]:
    return {"#bigint": str(number)}


def _integer(raw: Any) -> int | None:
    """An integer, which other tools write as a plain number when it is small."""
    match raw:
        case bool():
            return None
        case int():
            return raw
        case {"#bigint": str(text), **rest} if not rest:
            digits = text.removeprefix("-")
            return int(text) if digits.isascii() and digits.isdigit() else None
        case _:
            return None


def type_name(t: Any) -> str:
    """A type as it stands in the specification: ``Map[Acceptor, Ballot | None]``."""
    arguments = get_args(t)
    if t in (None, NoneType):
        return "None"
    if t is ...:
        return "..."
    if get_origin(t) in (Union, UnionType):
        return " | ".join(map(type_name, arguments))
    name = getattr(get_origin(t) or t, "__name__", str(t))
    return f"{name}[{', '.join(map(type_name, arguments))}]" if arguments else name


def _excerpt(raw: Any) -> str:
    text = "".join(itertools.islice(msgspec.json.encode(raw).decode(), 61))
    return text if len(text) <= 60 else text[:59] + "…"

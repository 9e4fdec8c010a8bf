"""Another instance of a model, from the command line: ``--size Acceptor=3 --restarts 1``.

An instance that was changed is expected to yield nothing in particular.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, assert_never, get_args, get_origin

from ..spec.lang import quorum
from ..spec.lang.errors import UsageError
from ..spec.lang.model import Model, constants_of, sorts_of
from ..spec.lang.network import BagNetwork, FifoNetwork, NetworkModel, SetNetwork
from ..spec.lang.quorum import QuorumSystem
from ..spec.lang.values import Sort, SubsetOf

__all__ = ["Overrides", "apply", "network_text", "read_network", "read_quorum"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the command line says of the instance, still as text."""

    sizes: Sequence[str] = ()
    quorums: Sequence[str] = ()
    constants: Sequence[str] = ()
    network: str | None = None
    restarts: int | None = None

    def __bool__(self) -> bool:
        given = bool(self.sizes or self.quorums or self.constants or self.network)
        return given or self.restarts is not None

    def text(self) -> str:
        said = [*self.sizes, *self.quorums, *self.constants]
        said += [f"network {self.network}"] if self.network else []
        said += [f"restarts {self.restarts}"] if self.restarts is not None else []
        return ", ".join(said)


def apply(model: Model, overrides: Overrides) -> Model:
    """The model with another instance. **Errors** UsageError for a name or value that is none."""
    if not overrides:
        return model
    sorts = {sort.__name__: sort for sort in [*model.sizes, *sorts_of(model.protocol)]}
    plain = {n: s for n, s in sorts.items() if not issubclass(s, SubsetOf)}
    subsets = {n: s for n, s in sorts.items() if issubclass(s, SubsetOf)}
    sizes: dict[type[Sort], int] = dict(model.sizes)
    for said in overrides.sizes:
        name, value = _split(said, "--size Acceptor=3")
        if not value.isascii() or not value.isdigit() or int(value) < 1:
            raise UsageError(f"--size {said}: {value!r} is no number of elements of a sort")
        sizes[_named(name, plain, "sort", model)] = int(value)
    quorums: dict[type[SubsetOf[Any]], QuorumSystem] = dict(model.quorums)
    for said in overrides.quorums:
        name, value = _split(said, "--quorum Quorum=at_least:2")
        sort = _named(name, subsets, "sort of quorums", model)
        quorums[sort] = read_quorum(value)
    constants = dict(model.constants)
    declared = constants_of(model.protocol)
    for said in overrides.constants:
        name, value = _split(said, "--const max_requests=2")
        _named(name, declared, "constant", model)
        constants[name] = read_constant(value, declared[name].annotation(), said)
    return replace(
        model,
        name=f"{model.name} with {overrides.text()}",
        sizes=sizes,
        quorums=quorums,
        constants=constants,
        network=model.network if overrides.network is None else read_network(overrides.network),
        restarts=model.restarts if overrides.restarts is None else overrides.restarts,
        expect=None,
    )


def _split(said: str, example: str) -> tuple[str, str]:
    name, separator, value = said.partition("=")
    if not separator or not name or not value:
        raise UsageError(f"{said!r} names no value; write it as in `{example}`")
    return name, value


def _named(name: str, known: Mapping[str, Any], what: str, model: Model) -> Any:
    if name in known:
        return known[name]
    by_lower = {n.lower(): n for n in known}
    close = get_close_matches(name.lower(), by_lower, n=1)
    hint = f"; did you mean {by_lower[close[0]]}?" if close else ""
    there = f"; it has {', '.join(known)}" if known else "; it has none"
    raise UsageError(f"{model.protocol.__name__} has no {what} {name}{hint or there}")


# -------------------------------------------------------------------------------------- values
def read_quorum(text: str) -> QuorumSystem:
    """``majority``, ``at_least:2``, ``explicit:1,2/2,3``, ``weighted:2,1,1`` (``/3`` for another
    threshold), ``rows:2x3``, ``columns:2x3``, ``grid:2x3``, ``any_set``. **Errors** UsageError.

    >>> [sorted(q) for q in read_quorum("explicit:1,2/3")(3)]
    [[0, 1], [2]]
    """
    kind, _, rest = text.partition(":")
    try:
        match kind:
            case "majority" if not rest:
                return quorum.majority
            case "any_set" if not rest:
                return quorum.any_set
            case "at_least":
                return quorum.at_least(int(rest))
            case "explicit":
                return quorum.explicit(*({int(i) for i in q.split(",")} for q in rest.split("/")))
            case "weighted":
                weights, _, threshold = rest.partition("/")
                numbers = [int(w) for w in weights.split(",")]
                return quorum.weighted(numbers, int(threshold) if threshold else None)
            case "rows" | "columns" | "grid":
                count, width = map(int, rest.split("x"))
                return {"rows": quorum.rows, "columns": quorum.columns, "grid": quorum.grid}[kind](
                    count, width
                )
            case _:
                pass
    except ValueError:
        pass
    raise UsageError(
        f"{text!r} is no quorum system; there are majority, at_least:2, explicit:1,2/2,3, "
        "weighted:2,1,1, rows:2x3, columns:2x3, grid:2x3 and any_set"
    )


def read_network(text: str) -> NetworkModel:
    """``set``, ``bag`` or ``fifo``, then what it may do: ``bag:2:lossy:duplicating`` holds at most
    two messages. **Errors** UsageError.

    >>> read_network("bag:2:lossy")
    BagNetwork(capacity=2, loses=True, duplicates=False)
    """
    kind, *words = text.split(":")
    capacity = next((int(w) for w in words if w.isascii() and w.isdigit()), None)
    said = {w for w in words if not w.isdigit()}
    match kind:
        case "set" if not words:
            return SetNetwork()
        case "bag" if said <= {"lossy", "duplicating"}:
            return BagNetwork(capacity, "lossy" in said, "duplicating" in said)
        case "fifo" if said <= {"lossy"}:
            return FifoNetwork(capacity, "lossy" in said)
        case _:
            raise UsageError(
                f"{text!r} is no network; there are set, bag, bag:2, bag:2:lossy:duplicating, "
                "fifo, fifo:2 and fifo:2:lossy"
            )


def network_text(network: NetworkModel | None) -> str:
    """The network in the form that :func:`read_network` reads; empty for the default.

    >>> network_text(read_network("bag:2:lossy"))
    'bag:2:lossy'
    """
    match network:
        case None:
            return ""
        case SetNetwork():
            return "set"
        case BagNetwork(capacity, loses, duplicates):
            words = ["bag", *_words(capacity, loses), *["duplicating"] * duplicates]
        case FifoNetwork(capacity, loses):
            words = ["fifo", *_words(capacity, loses)]
        case _:
            assert_never(network)
    return ":".join(words)


def _words(capacity: int | None, loses: bool) -> list[str]:
    return ([] if capacity is None else [str(capacity)]) + ["lossy"] * loses


def read_constant(text: str, annotation: Any, said: str) -> Any:
    """A constant of the declared type; elements by number, several values with commas between,
    the two halves of a pair with a colon.

    **Errors** UsageError.

    >>> read_constant("1:2,3:4", frozenset[tuple[int, int]], "") == {(1, 2), (3, 4)}
    True
    """

    def wrong() -> UsageError:
        shown = getattr(annotation, "__name__", str(annotation))
        return UsageError(f"--const {said}: {text!r} is no {shown}")

    arguments = get_args(annotation)
    if get_origin(annotation) in (Union, UnionType):
        if text == "none":
            return None
        return read_constant(text, next(a for a in arguments if a is not NoneType), said)
    if get_origin(annotation) is tuple and arguments[1:] != (Ellipsis,):
        halves = text.split(":")
        if len(halves) != len(arguments):
            raise wrong()
        return tuple(read_constant(h, a, said) for h, a in zip(halves, arguments, strict=True))
    if get_origin(annotation) in (tuple, frozenset):
        parts = [read_constant(t, arguments[0], said) for t in text.split(",") if t]
        return get_origin(annotation)(parts)
    if annotation is bool:
        if text not in ("true", "false"):
            raise wrong()
        return text == "true"
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        if text not in annotation.__members__:
            raise wrong()
        return annotation[text]
    if isinstance(annotation, type) and issubclass(annotation, Sort):
        number = text.removeprefix(annotation.prefix)
    else:
        number = text
    try:
        return int(number)
    except ValueError:
        raise wrong() from None

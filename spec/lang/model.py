"""A model: a finite instance of a protocol, and the verdict it is expected to yield."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from .diagnostics import Diagnostic
from .network import NetworkModel
from .protocol import Protocol, fields_of, methods_of, persistence
from .quorum import QuorumSystem, majority
from .values import Const, QuorumOf, Sort, SubsetOf, Universe

__all__ = ["AssumptionFails", "Deadlocks", "Expectation", "Holds", "Model", "Violated"]


@dataclass(frozen=True)
class Holds:
    """Every property holds in all reachable states, of which there are so many.

    ``depth`` is the number of states on the longest of the shortest paths from an initial state,
    initial states being at depth 1 (as TLC counts). ``None`` when not known beforehand.
    """

    states: int | None = None
    depth: int | None = None


@dataclass(frozen=True)
class Violated:
    """The named property is violated; its shortest counterexample has ``steps`` steps."""

    property: str
    steps: int | None = None


@dataclass(frozen=True)
class Deadlocks:
    """A state without successors, and not terminal, is reached after ``steps`` steps."""

    steps: int | None = None


@dataclass(frozen=True)
class AssumptionFails:
    """The named assumption is false of this instance."""

    assumption: str


Expectation = Holds | Violated | Deadlocks | AssumptionFails


@dataclass(frozen=True, kw_only=True)
class Model:
    """A finite instance of a protocol.

    ``sizes`` gives the number of elements of each sort; sorts of subsets get theirs from
    ``quorums`` (majorities if not named). ``constants`` binds each :class:`~.values.Const` by
    name; elements are given by index. ``restarts`` adds the step ``restart(node)``, at most so many
    times in a behaviour. ``deadlock=True`` makes a state without successors an error unless it is
    terminal. ``assume=False`` goes on although an assumption is false, to see what it guards
    against. ``properties`` restricts what is checked. ``slow`` marks a model that takes more than
    a few seconds, left out unless asked for by name or with ``--all``.
    """

    name: str
    protocol: type[Protocol]
    sizes: Mapping[type[Sort], int] = field(default_factory=dict)
    quorums: Mapping[type[SubsetOf[Any]], QuorumSystem] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    network: NetworkModel | None = None
    restarts: int = 0
    deadlock: bool = False
    assume: bool = True
    properties: Iterable[str] | None = None
    slow: bool = False
    expect: Expectation | None = None

    def universe(self) -> Universe:
        """Elements for every sort the protocol mentions. **Errors** BP6xx when one is missing."""
        sorts = sorts_of(self.protocol)
        found: dict[type[Any], tuple[Any, ...]] = {}
        for sort in [*sorts, *self.sizes]:
            if issubclass(sort, SubsetOf):
                continue
            size = self.sizes.get(sort)
            if size is None:
                raise Diagnostic.SORT_WITHOUT_SIZE.error(sort=sort.__name__, model=self.name)
            if size < 1:
                raise Diagnostic.EMPTY_SORT.error(sort=sort.__name__, model=self.name, size=size)
            found[sort] = tuple(sort.element(i) for i in range(size))
        for sort in [*sorts, *self.quorums]:
            if not issubclass(sort, SubsetOf) or sort in found:
                continue
            base = found.get(sort.base())
            if base is None:
                raise Diagnostic.SORT_WITHOUT_SIZE.error(sort=sort.base().__name__, model=self.name)
            sets = self.quorums.get(sort, majority)(len(base))
            if not sets:
                raise Diagnostic.EMPTY_QUORUM_SYSTEM.error(sort=sort.__name__, model=self.name)
            found[sort] = tuple(
                sort.subset(i, frozenset(base[j] for j in q)) for i, q in enumerate(sets)
            )
        universe = Universe(found, network=self.network)
        declared = constants_of(self.protocol)
        for name in self.constants:
            if name not in declared:
                raise Diagnostic.UNKNOWN_CONSTANT.error(
                    name=name, protocol=self.protocol.__name__, known=", ".join(declared) or "none"
                )
        for name, const in declared.items():
            if name not in self.constants:
                raise Diagnostic.UNBOUND_CONSTANT.error(name=name)
            universe.constants[name] = _bound(
                self.constants[name], const.annotation(), universe, name
            )
        return universe


def constants_of(protocol: type[Protocol]) -> dict[str, Const[Any]]:
    """The constants that the protocol and those it refines declare, base class first."""
    found: dict[str, Const[Any]] = {}
    for cls in reversed(protocol.__mro__):
        for name, value in vars(cls).items():
            if isinstance(value, Const):
                found[name] = value
            elif (abstract := getattr(value, "__abstract__", None)) is not None:
                found = {**constants_of(abstract), **found}
    return found


def sorts_of(protocol: type[Protocol]) -> list[type[Sort]]:
    """All sorts that occur in fields, constants, parameters or the module of the protocol.

    In order of first occurrence; the base of a subset sort comes with it.
    """
    found: dict[type[Sort], None] = {}

    def visit(annotation: Any) -> None:
        annotation, _ = persistence(annotation)
        for part in get_args(annotation):
            visit(part)
        if get_origin(annotation) is not None or not isinstance(annotation, type):
            return
        if issubclass(annotation, Sort):
            if issubclass(annotation, SubsetOf):
                visit(annotation.base())
            found.setdefault(annotation)
        elif getattr(annotation, "__record__", False):
            for part in get_type_hints(annotation).values():
                visit(part)

    for annotation in fields_of(protocol).values():
        visit(annotation)
    for const in constants_of(protocol).values():
        visit(const.annotation())
    for cls in protocol.__mro__:
        for method in vars(cls).values():
            if inspect.isfunction(method) and cls not in (Protocol, object):
                if (abstract := getattr(method, "__abstract__", None)) is not None:
                    found.update(dict.fromkeys(sorts_of(abstract)))
                for annotation in get_type_hints(method).values():
                    visit(annotation)
                for name in method.__code__.co_names:
                    used = method.__globals__.get(name)
                    if isinstance(used, type) and issubclass(used, Sort):
                        visit(used)
                _visit_nested(method.__code__, method.__globals__, visit)
    return list(found)


def _visit_nested(code: Any, namespace: Mapping[str, Any], visit: Any) -> None:
    """Sorts that only a comprehension inside the method names."""
    for constant in code.co_consts:
        if hasattr(constant, "co_names"):
            for name in constant.co_names:
                used = namespace.get(name)
                if isinstance(used, type) and issubclass(used, Sort):
                    visit(used)
            _visit_nested(constant, namespace, visit)


def _bound(value: Any, annotation: Any, universe: Universe, name: str) -> Any:
    """The constant as a value of its declared type; elements of sorts are given by index."""
    origin, arguments = get_origin(annotation), get_args(annotation)

    def wrong() -> Any:
        shown = getattr(annotation, "__name__", str(annotation))
        return Diagnostic.CONSTANT_VALUE.error(name=name, value=value, expected=shown)

    if origin in (Union, UnionType):
        if value is None and type(None) in arguments:
            return None
        inner = next(a for a in arguments if a is not type(None))
        return _bound(value, inner, universe, name)
    if origin is frozenset:
        return frozenset(_bound(x, arguments[0], universe, name) for x in value)
    if origin is tuple:
        return tuple(_bound(x, arguments[0], universe, name) for x in value)
    if annotation in (int, bool):
        if type(value) is not annotation:
            raise wrong()
        return value
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        if not isinstance(value, annotation):
            raise wrong()
        return value
    if isinstance(annotation, type) and issubclass(annotation, Sort):
        pool = universe.elements[annotation]
        if isinstance(value, annotation):
            return value
        if type(value) is not int or not 0 <= value - annotation.origin < len(pool):
            raise wrong()
        return pool[value - annotation.origin]
    raise Diagnostic.CONSTANT_TYPE.error(name=name, type=str(annotation))


def laws_of(protocol: type[Protocol], universe: Universe) -> dict[str, bool]:
    """Every assumption with its truth in this instance: the laws of quorums, then the declared."""
    found: dict[str, bool] = {}
    with universe:
        for sort, members in universe.elements.items():
            if issubclass(sort, QuorumOf):
                found[f"{sort.__name__}_intersect"] = all(
                    q.members & r.members for q in members for r in members
                )
        blank = protocol.__new__(protocol)
        for name, method in methods_of(protocol, "assumption").items():
            found[name] = bool(method(blank))
    return found

"""A model: a finite instance of a protocol, and the verdict it is expected to yield."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import CodeType, UnionType
from typing import Any, TypeGuard, TypeVar, Union, get_args, get_origin

from .diagnostics import Diagnostic
from .errors import BallotproofError, Span, SpecError
from .fairness import Fairness
from .mistakes import explained
from .network import NetworkModel
from .protocol import Protocol, fields_of, methods_of, persistence
from .quorum import QuorumSystem, majority
from .source import called_from, hints_of, member_span, part_of_call, show_type
from .values import Const, QuorumOf, Sort, SubsetOf, Universe

__all__ = ["AssumptionFails", "Deadlocks", "Expectation", "Holds", "Model", "Violated"]


@dataclass(frozen=True)
class Holds:
    """Every property holds in all reachable states, of which there are so many.

    ``orbits`` is how many they are if states that differ by exchanging elements of sorts count
    once; a model with ``symmetry=True`` and no ``orbits`` means them by ``states``. ``depth`` is
    the number of states on the longest of the shortest paths from an initial state, initial states
    being at depth 1 (as TLC counts). ``None`` when not known beforehand.
    """

    states: int | None = None
    depth: int | None = None
    orbits: int | None = None


@dataclass(frozen=True)
class Violated:
    """The named property is violated; its shortest counterexample has ``steps`` steps.

    The counterexample to a claim about the long run has ``steps`` steps and then repeats a cycle of
    ``cycle`` steps for ever; a cycle of 0 steps means that nothing happens any more.
    """

    property: str
    steps: int | None = None
    cycle: int | None = None


@dataclass(frozen=True)
class Deadlocks:
    """A state without successors, and not terminal, is reached after ``steps`` steps."""

    steps: int | None = None


@dataclass(frozen=True)
class AssumptionFails:
    """The named assumption is false of this instance."""

    assumption: str


K = TypeVar("K")
Expectation = Holds | Violated | Deadlocks | AssumptionFails


@dataclass(frozen=True, kw_only=True)
class Model:
    """A finite instance of a protocol.

    ``sizes`` gives the number of elements of each sort; sorts of subsets get theirs from
    ``quorums`` (majorities if not named). ``constants`` binds each :class:`~.values.Const` by
    name; elements are given by index. ``restarts`` adds the step ``restart(node)``, at most so many
    times in a behaviour. ``deadlock=True`` makes a state without successors an error unless it is
    terminal. ``assume=False`` goes on although an assumption is false, to see what it guards
    against. ``symmetry=True`` explores one state of each orbit, that is, of those which differ only
    by exchanging elements of sorts; the counts are then of orbits. With ``None`` the native engine
    does so wherever the counts that are expected can still be compared: unless ``expect`` has
    ``states`` and no ``orbits``. ``properties`` restricts what is
    checked. ``slow`` marks a model that takes more than a few seconds, left out unless asked for by
    name or with ``--all``.

    ``lengths`` is the longest that a sequence anywhere in a state may be, queues of a FIFO network
    included, and ``integers`` the least and the greatest int there. They are no guards: a step
    beyond them is a mistake, which is reported. Engines that lay out a state in memory need them.

    ``fairness`` lists what is assumed of behaviours in the long run, see
    :func:`~.fairness.weakly_fair`; only what is claimed of the long run depends on it.
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
    symmetry: bool | None = None
    properties: Iterable[str] | None = None
    fairness: Iterable[Fairness] = ()
    slow: bool = False
    expect: Expectation | None = None
    lengths: int | None = None
    integers: tuple[int, int] | None = None
    span: Span | None = field(default=None, compare=False, repr=False)  # where it is written

    def __post_init__(self) -> None:
        if self.span is None:
            object.__setattr__(self, "span", called_from())
        if isinstance(self.fairness, Iterable):
            object.__setattr__(self, "fairness", tuple(self.fairness))

    def at(self, argument: str, key: str | None = None) -> Span | None:
        """Where an argument of the model is written, or one entry of an argument that is a dict."""
        return part_of_call(self.span, argument, key)

    def universe(self) -> Universe:
        """Elements for every sort the protocol mentions. **Errors** BP6xx when one is missing."""
        self._check_names()
        sorts = sorts_of(self.protocol)
        found: dict[type[Any], tuple[Any, ...]] = {}
        for sort in [*sorts, *self.sizes]:
            if issubclass(sort, SubsetOf):
                continue
            size = self.sizes.get(sort)
            if size is None:
                raise Diagnostic.SORT_WITHOUT_SIZE.error(
                    self.at("sizes"), sort=sort.__name__, model=self.name
                )
            if type(size) is not int or size < 1:
                raise Diagnostic.EMPTY_SORT.error(
                    self.at("sizes", sort.__name__), sort=sort.__name__, model=self.name, size=size
                )
            found[sort] = tuple(sort.element(i) for i in range(size))
        for sort in [*sorts, *self.quorums]:
            if not issubclass(sort, SubsetOf) or sort in found:
                continue
            base = found.get(sort.base())
            if base is None:
                raise Diagnostic.SORT_WITHOUT_SIZE.error(
                    self.at("sizes"), sort=sort.base().__name__, model=self.name
                )
            found[sort] = tuple(
                sort.subset(i, frozenset(base[j] for j in q))
                for i, q in enumerate(dict.fromkeys(self._sets(sort, len(base))))
            )
        universe = Universe(found, network=self.network)
        for name, const in constants_of(self.protocol).items():
            if name not in self.constants:
                raise Diagnostic.UNBOUND_CONSTANT.error(self.at("constants"), name=name)
            universe.constants[name] = _bound(
                self.constants[name], const, universe, self.at("constants", name)
            )
        return universe

    def _check_names(self) -> None:
        """Whatever the model names is there."""
        protocol = self.protocol
        if not is_class(protocol, Protocol):
            shown = getattr(protocol, "__name__", repr(protocol))
            raise Diagnostic.NOT_A_PROTOCOL.error(self.at("protocol"), name=shown)
        for argument, given, kind in (
            ("sizes", self.sizes, Sort),
            ("quorums", self.quorums, SubsetOf),
        ):
            for sort in given:
                if not is_class(sort, kind):
                    shown = getattr(sort, "__name__", repr(sort))
                    raise Diagnostic.NOT_A_SORT.error(
                        self.at(argument, getattr(sort, "__name__", str(sort))),
                        name=shown,
                        wanted="a sort" if kind is Sort else "a sort of subsets",
                        argument=argument,
                        example="{Server: 3}" if kind is Sort else "{Quorum: at_least(2)}",
                    )
        declared = constants_of(protocol)
        for name in self.constants:
            if name not in declared:
                raise Diagnostic.UNKNOWN_CONSTANT.error(
                    self.at("constants", name),
                    name=name,
                    protocol=protocol.__name__,
                    known=", ".join(declared) or "none",
                )
        claims = [name for kind in CLAIMS for name in methods_of(protocol, kind)]
        expected = [self.expect.property] if isinstance(self.expect, Violated) else []
        for argument, names in (("properties", self.properties or ()), ("expect", expected)):
            for name in names:
                if name not in claims:
                    raise Diagnostic.UNKNOWN_PROPERTY.error(
                        self.at(argument),
                        name=name,
                        protocol=protocol.__name__,
                        known=", ".join(claims) or "none",
                    )

        assumed: object = self.fairness
        for condition in assumed if isinstance(assumed, tuple) else (assumed,):
            if not isinstance(condition, Fairness):
                shown = getattr(condition, "__name__", repr(condition))
                raise Diagnostic.NOT_FAIRNESS.error(self.at("fairness"), given=shown)
            condition.places(protocol, self.at("fairness"))

    def _sets(self, sort: type[SubsetOf[Any]], nodes: int) -> tuple[frozenset[int], ...]:
        """The quorums of a sort, as different sets of indices."""
        at = self.at("quorums", sort.__name__)
        try:
            sets = self.quorums.get(sort, majority)(nodes)
            outside = [j for q in sets for j in q if not 0 <= j < nodes]
        except SpecError:
            raise
        except Exception as error:  # a quorum system of the author's own
            said = f"{type(error).__name__}: {error}"
            raise Diagnostic.QUORUM_SYSTEM_FAILS.error(at, n=nodes, error=said) from error
        if not sets:
            raise Diagnostic.EMPTY_QUORUM_SYSTEM.error(at, sort=sort.__name__, model=self.name)
        if outside:
            raise Diagnostic.QUORUM_OUTSIDE.error(at, node=outside[0] + 1, n=nodes)
        return tuple(dict.fromkeys(sets))  # equal members make equal elements: there is one of each


CLAIMS = (
    "invariant", "step_invariant", "reachable", "eventually", "leads_to", "always_eventually",
    "eventually_always", "assumption", "constraint", "terminal", "refines",
)  # fmt: skip
"""The kinds of methods that say something of states and steps."""


def is_class(given: object, base: type[K]) -> TypeGuard[type[K]]:
    """Whether something that an author gave is a class of the kind asked for."""
    return isinstance(given, type) and issubclass(given, base)


def constants_of(protocol: type[Protocol]) -> dict[str, Const[Any]]:
    """The constants that the protocol and those it refines declare, base class first."""
    found: dict[str, Const[Any]] = {}
    for cls in reversed(protocol.__mro__):
        for name, value in vars(cls).items():
            if isinstance(value, Const):
                found[name] = value
            elif is_class(abstract := getattr(value, "__abstract__", None), Protocol):
                found = {**constants_of(abstract), **found}
    return found


def sorts_of(protocol: type[Protocol]) -> list[type[Sort]]:
    """All sorts that occur in fields, constants, parameters or the module of the protocol.

    In order of first occurrence; the base of a subset sort comes with it.
    """
    found: dict[type[Sort], None] = {}
    opened: list[type[Any]] = []

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
            parts = hints_of(annotation)
            opened.append(annotation)
            for name, part in parts.items():
                if set(_classes_in(part)) & set(opened):
                    raise Diagnostic.RECURSIVE_RECORD.error(
                        member_span(annotation, name), record=annotation.__name__
                    )
                visit(part)
            opened.pop()

    for annotation in fields_of(protocol).values():
        visit(annotation)
    for const in constants_of(protocol).values():
        visit(const.annotation())
    for cls in protocol.__mro__:
        for method in vars(cls).values():
            if inspect.isfunction(method) and cls not in (Protocol, object):
                abstract = getattr(method, "__abstract__", None)
                if is_class(abstract, Protocol):
                    found.update(dict.fromkeys(sorts_of(abstract)))
                for annotation in hints_of(method).values():
                    visit(annotation)
                _visit_code(method.__code__, method.__globals__, visit)
    return list(found)


def _classes_in(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in get_args(annotation):
        yield from _classes_in(part)


def _visit_code(code: CodeType, namespace: Mapping[str, Any], visit: Callable[[Any], None]) -> None:
    """The sorts that a method names, also in its comprehensions, also as ``module.Sort``."""
    for name in code.co_names:
        used = namespace.get(name)
        module = inspect.ismodule(used)
        for sort in [getattr(used, x, None) for x in code.co_names] if module else [used]:
            if is_class(sort, Sort):
                visit(sort)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            _visit_code(constant, namespace, visit)


def _bound(value: Any, const: Const[Any], universe: Universe, at: Span | None) -> Any:
    """The constant as a value of its declared type; elements of sorts are given by number."""
    declared = const.annotation()

    def wrong() -> SpecError:
        return Diagnostic.CONSTANT_VALUE.error(
            at, name=const.name, value=value, expected=show_type(declared)
        )

    made = _of_type(value, declared, universe, wrong)
    if made is UNBINDABLE:
        span = member_span(const.owner, const.name)
        raise Diagnostic.CONSTANT_TYPE.error(span, name=const.name, type=show_type(declared))
    return made


UNBINDABLE = object()
"""Stands for a constant of a type that a model has no way to write."""


def _of_type(
    value: Any, annotation: Any, universe: Universe, wrong: Callable[[], SpecError]
) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        kinds = [a for a in arguments if a is not type(None)]
        if len(kinds) > 1:
            return UNBINDABLE
        if value is None and len(kinds) < len(arguments):
            return None
        return _of_type(value, kinds[0], universe, wrong)
    if origin is frozenset or (origin is tuple and arguments[1:] == (Ellipsis,)):
        if not isinstance(value, set | frozenset | tuple | list):
            raise wrong()
        parts = [_of_type(x, arguments[0], universe, wrong) for x in value]
        return UNBINDABLE if any(x is UNBINDABLE for x in parts) else origin(parts)
    if origin is tuple and len(arguments) == 2:
        if not isinstance(value, tuple) or len(value) != 2:
            raise wrong()
        pair = tuple(_of_type(x, a, universe, wrong) for x, a in zip(value, arguments, strict=True))
        return UNBINDABLE if any(x is UNBINDABLE for x in pair) else pair
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
        if value in pool:
            return value
        if type(value) is not int or not 0 <= value - annotation.origin < len(pool):
            raise wrong()
        return pool[value - annotation.origin]
    return UNBINDABLE


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
            try:
                found[name] = bool(method(blank))
            except BallotproofError:
                raise
            except Exception as error:
                raise explained(error) from error
    return found

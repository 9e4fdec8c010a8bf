"""Running a protocol as the Python it is: the definition of what a specification means.

Slow and plain on purpose. Every other engine must agree with this one, transition by transition,
and a mistake that an engine meets is explained by running the same step here.
"""

from __future__ import annotations

import ast
import inspect
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from types import UnionType
from typing import Any, Union, get_args, get_origin

from .diagnostics import Diagnostic
from .errors import BallotproofError, SpecError
from .mistakes import explained, innermost_span
from .model import Model
from .network import BagNetwork, FifoNetwork, Network
from .protocol import Disabled, Protocol, fields_of, methods_of, persistence
from .source import class_span, hints_of, member_span, method_ast, show_type, span_of
from .values import Bag, Map, Set, Sort, elements

__all__ = ["Execution", "Snapshot", "Step"]

Snapshot = tuple[Any, ...]
"""One state as a hashable value: field by field, in order of declaration. Maps are tuples in key
order, sets and bags frozensets (bags of (element, count)); networks as :func:`freeze` says."""


@dataclass(frozen=True)
class Step:
    """An action with the parameters chosen, and the state it leads to."""

    action: str
    arguments: tuple[Any, ...]
    state: Snapshot


def freeze(value: Any) -> Any:
    """A field value as a hashable value."""
    match value:
        case Map():
            return tuple(v for _, v in value.items())
        case Set():
            return frozenset(value)
        case Bag():
            return frozenset((x, value.count(x)) for x in value)
        case Network():
            return (frozenset(value._bag.items()), frozenset(value._queues.items()))
        case _:
            return value


def mapped_keys(annotation: Any) -> list[Any]:
    """The keys of a map with this type, in the order of a snapshot."""
    key = get_args(annotation)[0]
    if get_origin(key) is tuple:
        return list(itertools.product(*(elements(part) for part in get_args(key))))
    return list(elements(key))


@dataclass
class Extent:
    """The longest sequence and the extreme ints among values; what the bounds of a model bound."""

    length: int = 0
    high: int = 0
    low: int = 0

    def add(self, value: Any, annotation: Any) -> None:
        """Take in a value of this type, and all that is inside it."""
        origin, arguments = get_origin(annotation), get_args(annotation)
        if value is None or annotation is bool:
            return
        if annotation is int:
            self.high, self.low = max(self.high, value), min(self.low, value)
        elif origin in (Union, UnionType):
            kinds = [a for a in arguments if a is not type(None)]
            self.add(value, type(value) if len(kinds) > 1 else kinds[0])
        elif origin is Map:
            for _, x in value.items():  # noqa: PERF102  # a Map of ours
                self.add(x, arguments[1])
        elif origin is tuple and arguments[-1] is not Ellipsis:
            for x, part in zip(value, arguments, strict=True):
                self.add(x, part)
        elif origin is not None:
            if origin is tuple:
                self.length = max(self.length, len(value))
            if origin is Network:
                self.length = max([self.length, *map(len, value._queues.values())])
                value = [*value._bag, *itertools.chain(*value._queues.values())]
            for x in value:
                self.add(x, arguments[0])
        elif getattr(annotation, "__record__", False):
            for name, part in hints_of(annotation).items():
                self.add(getattr(value, name), part)


class Execution:
    """One model, run by Python itself."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.protocol = model.protocol
        self.universe = model.universe()
        self.fields = {n: persistence(t) for n, t in fields_of(self.protocol).items()}
        self.actions = methods_of(self.protocol, "action")
        self.counts_restarts = model.restarts > 0
        with self.universe:
            self._keys = {
                name: mapped_keys(t) for name, (t, _) in self.fields.items() if get_origin(t) is Map
            }

    # ------------------------------------------------------------------------------ states
    def freeze(self, state: Protocol, restarts: int = 0) -> Snapshot:
        """The state as a snapshot; the number of restarts so far is its last component.

        **Errors** BP510 and BP511 if the state is not within the bounds of the model.
        """
        if self.model.lengths is not None or self.model.integers is not None:
            self._within_bounds(state)
        frozen: list[Any] = []
        for name in self.fields:
            value = getattr(state, name)
            if isinstance(value, Map):
                entries = dict(value.items())
                missing = [k for k in self._keys[name] if k not in entries]
                if missing:
                    span = member_span(self.protocol, name)
                    raise Diagnostic.KEY_MISSING.error(span, key=missing[0])
                frozen.append(tuple(entries[k] for k in self._keys[name]))
            else:
                frozen.append(freeze(value))
        if self.counts_restarts:
            frozen.append(restarts)
        return tuple(frozen)

    def _within_bounds(self, state: Protocol) -> None:
        lengths, integers = self.model.lengths, self.model.integers
        for name, (annotation, _) in self.fields.items():
            found = Extent()
            found.add(getattr(state, name), annotation)
            span = member_span(self.protocol, name)
            if lengths is not None and found.length > lengths:
                raise Diagnostic.SEQUENCE_BOUND.error(
                    span, field=name, length=found.length, bound=lengths
                )
            if integers is not None:
                low, high = integers
                beyond = [x for x in (found.high, found.low) if not low <= x <= high]
                if beyond:
                    raise Diagnostic.INTEGER_BOUND.error(
                        span, field=name, value=beyond[0], low=low, high=high
                    )

    def thaw(self, snapshot: Snapshot) -> Protocol:
        """A fresh, mutable state equal to the snapshot. Call inside the universe."""
        state = self.protocol.__new__(self.protocol)
        for (name, (annotation, _)), frozen in zip(self.fields.items(), snapshot, strict=False):
            kind = get_origin(annotation)
            value: Any
            if kind is Map:
                value = Map(dict(zip(self._keys[name], frozen, strict=True)))
            elif kind is Set:
                value = Set(frozen)
            elif kind is Bag:
                value = Bag(x for x, n in frozen for _ in range(n))
            elif kind is Network:
                value = Network()
                value._bag, value._queues = dict(frozen[0]), dict(frozen[1])
            else:
                value = frozen
            state.__dict__[name] = value
        return state

    def initial(self) -> Iterator[Snapshot]:
        """Every initial state; equal ones may come more than once."""
        with self.universe:
            seen = set()
            for arguments in self.choices(self.protocol.init, self._blank):
                state = self._blank()
                if self._attempt(partial(state.init, *arguments)):
                    for name in self.fields:
                        if name not in state.__dict__:
                            span = span_of(self.protocol.init)
                            raise Diagnostic.FIELD_NOT_INITIALISED.error(span, name=name)
                    snapshot = self.freeze(state)
                    if snapshot not in seen:
                        seen.add(snapshot)
                        yield snapshot

    def successors(self, snapshot: Snapshot) -> Iterator[Step]:
        """Every step out of a state: action by action, choice by choice, in a fixed order."""
        with self.universe:
            for name in self.actions:
                yield from self._steps(name, snapshot)
            yield from self._faults(snapshot)

    def steps_of(self, action: str, snapshot: Snapshot) -> Iterator[Step]:
        """The steps of one action, or of one fault of the model, out of a state."""
        with self.universe:
            if action in self.actions:
                yield from self._steps(action, snapshot)
            else:
                yield from (s for s in self._faults(snapshot) if s.action == action)

    def _steps(self, action: str, snapshot: Snapshot) -> Iterator[Step]:
        method = self.actions[action]
        restarts = snapshot[-1] if self.counts_restarts else 0
        for arguments in self.choices(method, lambda: self.thaw(snapshot)):
            state = self.thaw(snapshot)
            if self._attempt(partial(method, state, *arguments)):
                yield Step(action, arguments, self.freeze(state, restarts))

    def _faults(self, snapshot: Snapshot) -> Iterator[Step]:
        """What the network does by itself, and restarts."""
        restarts = snapshot[-1] if self.counts_restarts else 0
        yield from self._network_faults(snapshot, restarts)
        if restarts < self.model.restarts:
            yield from self._restarts(snapshot, restarts)

    def take(self, snapshot: Snapshot, action: str, arguments: tuple[Any, ...]) -> Snapshot | None:
        """The state after one step of a named action, or of ``restart``; None if it is not enabled.
        The arguments are taken as they are, whether or not the specification would choose them.

        **Errors** KeyError if there is no such action; SpecError when it makes a mistake.
        """
        if action == "restart":
            steps = self.successors(snapshot)
            same = (s.state for s in steps if (s.action, s.arguments) == (action, arguments))
            return next(same, None)
        method = self.actions[action]
        with self.universe:
            state = self.thaw(snapshot)
            if not self._attempt(lambda: method(state, *arguments)):
                return None
            return self.freeze(state, snapshot[-1] if self.counts_restarts else 0)

    def _blank(self) -> Protocol:
        return self.protocol.__new__(self.protocol)

    # ------------------------------------------------------------------------- properties
    def holds(self, name: str, snapshot: Snapshot, after: Snapshot | None = None) -> bool:
        """The truth of a property (of a step, if ``after`` is given)."""
        with self.universe:
            method = getattr(self.protocol, name)
            arguments = (self.thaw(snapshot),) + ((self.thaw(after),) if after is not None else ())
            return bool(self._located(lambda: self._looked(lambda: method(*arguments))))

    def choices_of_claim(self, name: str) -> Iterator[tuple[Any, ...]]:
        """Every choice of the parameters of a claim about the long run. **Errors** BP135."""
        method = getattr(self.protocol, name)
        hints = hints_of(method)
        with self.universe:
            domains = []
            for parameter in list(inspect.signature(method).parameters)[1:]:
                domain = natural_domain(hints[parameter])
                if domain is None:
                    raise Diagnostic.LIVENESS_PARAMETER.error(
                        span_of(method),
                        name=name,
                        kind=method.__kind__,
                        parameter=parameter,
                        type=show_type(hints[parameter]),
                    )
                domains.append(domain)
            yield from itertools.product(*domains)

    def judge(
        self, name: str, arguments: tuple[Any, ...], snapshot: Snapshot
    ) -> bool | tuple[bool, bool]:
        """What a claim about the long run says of one state, for these parameters: the pair of
        premise and conclusion if it is marked ``leads_to``, else a truth value."""
        with self.universe:
            method = getattr(self.protocol, name)
            state = self.thaw(snapshot)
            found: bool | tuple[bool, bool] = self._located(
                lambda: self._looked(lambda: method(state, *arguments))
            )
            return found

    def image(self, name: str, snapshot: Snapshot) -> Protocol:
        """The abstract state to which a ``@refines`` method maps a state."""
        with self.universe:
            method = getattr(self.protocol, name)
            image: Protocol = self._located(
                lambda: self._looked(lambda: method(self.thaw(snapshot)))
            )
            return image

    def _looked(self, run: Callable[[], Any]) -> Any:
        """Evaluate a property, which is true or false and never disabled."""
        try:
            return run()
        except Disabled as error:
            raise Diagnostic.REQUIRE_IN_PROPERTY.error(innermost_span(error)) from None

    # -------------------------------------------------------------------- faults of the model
    def _network_faults(self, snapshot: Snapshot, restarts: int) -> Iterator[Step]:
        network = self.model.network
        networks = [k for k, (t, _) in self.fields.items() if get_origin(t) is Network]
        for name in networks:
            of = f"_{name}" if len(networks) > 1 else ""
            loses = isinstance(network, BagNetwork | FifoNetwork) and network.loses
            duplicates = isinstance(network, BagNetwork) and network.duplicates
            for m in list(getattr(self.thaw(snapshot), name)):
                if loses:
                    state = self.thaw(snapshot)
                    getattr(state, name).receive(m)
                    yield Step(f"lose{of}", (m,), self.freeze(state, restarts))
                if duplicates:
                    state = self.thaw(snapshot)
                    if self._attempt(partial(getattr(state, name).send, m)):
                        yield Step(f"duplicate{of}", (m,), self.freeze(state, restarts))

    def _restarts(self, snapshot: Snapshot, restarts: int) -> Iterator[Step]:
        fresh = self.thaw(next(iter(self.initial())))
        for node in elements(node_sort(self.protocol)):
            state = self.thaw(snapshot)
            for name, (_, persists) in self.fields.items():
                if persists == "volatile":
                    entries, initial = getattr(state, name), getattr(fresh, name)
                    for key in self._keys[name]:
                        if key is node or (isinstance(key, tuple) and key[0] is node):
                            entries[key] = initial[key]
            yield Step("restart", (node,), self.freeze(state, restarts + 1))

    # ----------------------------------------------------------------------------- choices
    def choices(
        self, method: Callable[..., Any], state: Callable[[], Protocol]
    ) -> Iterator[tuple[Any, ...]]:
        """Every way to choose the parameters of an action in this state."""
        names = list(inspect.signature(method).parameters)[1:]
        hints = hints_of(method)
        for name in names:
            if name not in hints:
                raise Diagnostic.PARAMETER_WITHOUT_TYPE.error(span_of(method), name=name)
        natural = {name: natural_domain(hints[name]) for name in names}
        drawn = [name for name in names if natural[name] is None]
        drawn.sort(key=lambda name: self._places(method, name, hints[name]))
        order = [name for name in names if natural[name] is not None] + drawn

        def choose(chosen: dict[str, Any], left: list[str]) -> Iterator[tuple[Any, ...]]:
            if not left:
                yield tuple(chosen[name] for name in names)
                return
            name, *rest = left
            values = natural[name]
            if values is None:
                values = self._drawn(method, name, chosen, state(), hints[name])
            for value in values:
                yield from choose({**chosen, name: value}, rest)

        yield from choose({}, order)

    def _source(self, method: Callable[..., Any], name: str, annotation: Any) -> _Source:
        source = choice_of(method, name)
        if source is None:
            raise Diagnostic.PARAMETER_WITHOUT_DOMAIN.error(
                span_of(method),
                name=name,
                type=show_type(annotation),
                domain="range(...)" if annotation is int else "...",
            )
        return source

    def _places(self, method: Callable[..., Any], name: str, annotation: Any) -> tuple[int, ...]:
        """Where a parameter is drawn: how many statements come before, in the method and, where it
        is an overridden method that draws it, in that one."""
        source = self._source(method, name, annotation)
        if source.parent is None:
            return (source.place,)
        above = inherited(self.protocol, method, source.parent)
        names = list(inspect.signature(above).parameters)[1:]
        place = source.parameter
        there = names[place] if isinstance(place, int) else place
        return (source.place, *self._places(above, there, annotation))

    def _drawn(
        self,
        method: Callable[..., Any],
        name: str,
        chosen: dict[str, Any],
        state: Protocol,
        annotation: Any,
    ) -> list[Any]:
        """The values that ``require(name in ...)`` in the method allows, in a fixed order.

        ``chosen`` are the parameters that have a value already; ``state`` is changed.
        """
        source = self._source(method, name, annotation)
        try:
            domain = self._located(lambda: source.evaluate(method, state, chosen))
        except Disabled:
            return []
        if source.parent is not None:
            above = inherited(self.protocol, method, source.parent)
            names = list(inspect.signature(above).parameters)[1:]
            given = {names[k] if isinstance(k, int) else k: x for k, x in domain.items()}
            place = source.parameter
            wanted = names[place] if isinstance(place, int) else place
            return self._drawn(above, wanted, given, state, annotation)
        kept = list(dict.fromkeys(x for x in domain if has_type(x, annotation)))
        return sorted(kept, key=repr) if not isinstance(domain, range | tuple) else kept

    # ------------------------------------------------------------------------------ errors
    def _attempt(self, run: Callable[[], Any]) -> bool:
        try:
            self._located(run)
        except Disabled:
            return False
        return True

    def _located(self, run: Callable[[], Any]) -> Any:
        """Run, and turn any mistake into a SpecError at the place where Python met it."""
        try:
            return run()
        except (Disabled, KeyboardInterrupt):
            raise
        except BallotproofError as error:
            if isinstance(error, SpecError) and error.span is None:
                error.span = innermost_span(error)
            raise
        except Exception as error:
            raise explained(error) from error


# -------------------------------------------------------------------------- where choices come from
@dataclass(frozen=True)
class _Source:
    """The text that names a parameter's domain: statements before it, then the expression.

    If an overridden method names it, ``parent`` is its name, ``parameter`` the place or name of
    the parameter there, and the expression a dict of the other arguments.
    """

    prefix: tuple[ast.stmt, ...]
    domain: ast.expr
    parent: str | None = None
    parameter: int | str = 0
    _compiled: dict[tuple[str, ...], Callable[..., Any]] = field(default_factory=dict)

    @property
    def place(self) -> int:
        """How many statements come before."""
        return len(self.prefix)

    def evaluate(self, method: Callable[..., Any], state: Protocol, chosen: dict[str, Any]) -> Any:
        names = tuple(chosen)
        if names not in self._compiled:
            self._compiled[names] = self._function(method, names)
        return self._compiled[names](state, *chosen.values())

    def _function(self, method: Callable[..., Any], chosen: tuple[str, ...]) -> Callable[..., Any]:
        """The text as a function of ``self`` and the parameters chosen; closed over what the method
        is closed over, ``super()`` included."""
        cells = zip(method.__code__.co_freevars, method.__closure__ or (), strict=True)
        closed = {name: cell.cell_contents for name, cell in cells}
        self_name = next(iter(inspect.signature(method).parameters))
        body: list[ast.stmt] = [*self.prefix, ast.Return(self._known(method, chosen))]
        inner = ast.FunctionDef("domain", _taking([self_name, *chosen]), body, [], None, None)
        returned = ast.Return(ast.Name("domain", ast.Load()))
        outer = ast.FunctionDef("made", _taking([*closed]), [inner, returned], [], None, None)
        module = ast.fix_missing_locations(ast.Module([outer], []))
        namespace: dict[str, Any] = {}
        code = compile(module, method.__code__.co_filename, "exec")
        exec(code, method.__globals__, namespace)  # the text of the specification itself
        function: Callable[..., Any] = namespace["made"](*closed.values())
        return function

    def _known(self, method: Callable[..., Any], chosen: tuple[str, ...]) -> ast.expr:
        """Of the arguments for an overridden method, those that mention chosen parameters only."""
        if self.parent is None or not isinstance(self.domain, ast.Dict):
            return self.domain
        unknown = {*list(inspect.signature(method).parameters)[1:]} - {*chosen}
        pairs = [
            (k, v)
            for k, v in zip(self.domain.keys, self.domain.values, strict=True)
            if not any(isinstance(x, ast.Name) and x.id in unknown for x in ast.walk(v))
        ]
        return ast.Dict([k for k, _ in pairs], [v for _, v in pairs])


def _taking(names: list[str]) -> ast.arguments:
    return ast.arguments([], [ast.arg(name) for name in names], None, [], [], None, [])


_sources: dict[tuple[Any, str], _Source | None] = {}


def choice_of(method: Callable[..., Any], parameter: str) -> _Source | None:
    """Where the values of a parameter come from: the first ``require(parameter in ...)`` or
    ``self.network.receive(parameter)`` at the top level of the method, or the overridden method."""
    key = (method, parameter)
    if key not in _sources:
        _sources[key] = _find_source(method_ast(method).body, parameter)
    return _sources[key]


def _find_source(body: list[ast.stmt], parameter: str) -> _Source | None:
    for i, statement in enumerate(body):
        match statement:
            case ast.Expr(
                ast.Call(
                    func=ast.Name("require"),
                    args=[ast.Compare(ast.Name(name), [ast.In()], [domain])],
                )
            ) if name == parameter:
                return _Source(tuple(body[:i]), domain)
            case ast.Expr(
                ast.Call(func=ast.Attribute(value=network, attr="receive"), args=[ast.Name(name)])
            ) if name == parameter:
                return _Source(tuple(body[:i]), network)
            case ast.Expr(
                ast.Call(
                    func=ast.Attribute(value=ast.Call(func=ast.Name("super")), attr=parent),
                    args=arguments,
                    keywords=keywords,
                )
            ):
                given: dict[int | str, ast.expr] = dict(enumerate(arguments))
                given.update((k.arg, k.value) for k in keywords if k.arg is not None)
                for place, argument in given.items():
                    if isinstance(argument, ast.Name) and argument.id == parameter:
                        places: list[ast.expr | None] = [ast.Constant(k) for k in given]
                        values = ast.Dict(places, [*given.values()])
                        return _Source(tuple(body[:i]), values, parent, place)
            case _:
                pass
    return None


def inherited(protocol: type[Protocol], method: Callable[..., Any], name: str) -> Any:
    """What ``super().name`` means inside ``method``, as a function."""
    mro = protocol.__mro__
    owner = next((c for c in mro if method in vars(c).values()), protocol)
    for cls in mro[mro.index(owner) + 1 :]:
        if name in vars(cls) and cls is not Protocol:
            found = vars(cls)[name]
            if inspect.isfunction(found):
                return found
    problem = f"no class above {owner.__name__} has a method {name}"
    raise Diagnostic.SUPER_CALL.error(span_of(method), method=name, problem=problem)


def natural_domain(annotation: Any) -> list[Any] | None:
    """The values of a type that has finitely many by itself; None when a domain must be named."""
    if annotation is bool:
        return [False, True]
    if isinstance(annotation, type) and issubclass(annotation, Sort | Enum):
        return list(elements(annotation))
    if get_origin(annotation) in (Union, UnionType):
        parts = [natural_domain(a) for a in get_args(annotation) if a is not type(None)]
        if type(None) in get_args(annotation) and len(parts) == 1 and parts[0] is not None:
            return [None, *parts[0]]
    return None


def has_type(value: Any, annotation: Any) -> bool:
    """Whether a record drawn from a set is of the parameter's type; other values always are."""
    if get_origin(annotation) in (Union, UnionType):
        return any(has_type(value, a) for a in get_args(annotation))
    if isinstance(annotation, type) and getattr(annotation, "__record__", False):
        return isinstance(value, annotation)
    return True


def node_sort(protocol: type[Protocol]) -> type[Sort]:
    """The sort by which all volatile fields are kept: a restart resets one of its elements."""
    found: type[Sort] | None = None
    for name, annotation in fields_of(protocol).items():
        inner, persists = persistence(annotation)
        if persists != "volatile":
            continue
        key = get_args(inner)[0] if get_origin(inner) is Map else None
        if get_origin(key) is tuple:
            key = get_args(key)[0]
        if not (isinstance(key, type) and issubclass(key, Sort)) or found not in (None, key):
            raise Diagnostic.VOLATILE_KEY.error(member_span(protocol, name), name=name)
        found = key
    if found is None:
        raise Diagnostic.NOTHING_VOLATILE.error(
            class_span(protocol), protocol=protocol.__name__, model="given"
        )
    return found

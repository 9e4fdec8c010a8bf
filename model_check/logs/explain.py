"""Is there a behaviour of the specification that a log could be a log of?

The states in which the specification may be are kept, all of them: a log does not say everything.
Each line then narrows them down to those that a step as told leads to. Where no step fits, some may
have gone unseen: up to so many are tried, fewer first. The first line after which no state is left
cannot be explained, and neither can the log.

**Cost** Grows with the states that remain possible, and with the steps that may go unseen, to the
power of how many in a row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...spec.lang.errors import UsageError
from ...spec.lang.execute import Execution, Snapshot, node_sort
from ...spec.lang.mistakes import innermost_span
from ...spec.lang.model import Model
from ...spec.lang.protocol import Disabled, methods_of
from ..nearest import instead
from ..rendering import render_call
from .nonsense import nonsense, of_action
from .plain import conflicts, may_fit, plain
from .read import Line

__all__ = ["Explained", "Search", "Unexplained", "check_unseen", "explain"]

MOST_STATES = 20_000


@dataclass(frozen=True, slots=True)
class Explained:
    """``states`` is how many remain possible at the end, ``taken`` counts the actions of one
    behaviour that explains the log, ``unseen`` how many of its steps had no line."""

    lines: int
    states: int
    unseen: int
    taken: Counter[str]


@dataclass(frozen=True, slots=True)
class Unexplained:
    """The first line that cannot be explained, and why not: what comes nearest."""

    line: Line
    number: int
    why: tuple[str, ...]


Way = tuple[Any, ...]
"""How a state was reached: the names of the actions, the last first, each with the way before."""


@dataclass
class Search:
    """A log is read along the states of a specification that it leaves possible."""

    model: Model
    hidden: int
    unseen: Sequence[str] | None
    execution: Execution = field(init=False)
    names: dict[str, list[str]] = field(init=False)
    _plain: dict[int, tuple[Any, Any]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.execution = Execution(self.model)
        self.names = {
            name: list(method.__annotations__)[: method.__code__.co_argcount - 1]
            for name, method in self.execution.actions.items()
        }
        if self.unseen is None:
            self.unseen = list(self.execution.actions)

    def sensible(self, line: Line) -> None:
        """**Errors** UsageError when a line says what can be so in no state, and of no step."""
        check_actions(self.model, line.steps, f"{line.place}: ")
        with self.execution.universe:
            found = [x for name, said in line.state.items() for x in self.odd_state(name, said)]
            steps = [self.odd_step(name, line.arguments) for name in line.steps]
        nearest = min(steps, key=len, default=None)
        found += nearest or []
        if found:
            raise UsageError(f"{line.place}: {found[0]}")

    def odd_state(self, name: str, said: Any) -> Iterator[str]:
        if name in self.execution.fields:
            yield from nonsense(said, self.execution.fields[name][0], name)
        else:
            it, fields = self.model.protocol.__name__, self.execution.fields
            yield f"{it} has no {name}; {instead(name, fields)}"

    def odd_step(self, name: str, said: dict[str, Any]) -> list[str]:
        if name in self.execution.actions:
            return list(of_action(self.execution.actions[name], said, self.names[name]))
        if not self.model.restarts:
            return ['the log allows no restart; its first line may, as in `"restarts": 1`']
        odd = [x for x in said if x != "node"]
        if odd:
            return [f"restart has no argument {odd[0]}; {instead(odd[0], ['node'])}"]
        node = node_sort(self.model.protocol)
        return [x for key, value in said.items() for x in nonsense(value, node, key)]

    def arguments_of(self, name: str, arguments: tuple[Any, ...]) -> dict[str, Any]:
        return dict(zip(self.names.get(name, ["node"]), arguments, strict=False))

    def candidates(self, name: str, state: Snapshot) -> Iterator[tuple[Any, ...]]:
        execution = self.execution
        with execution.universe:
            if name in execution.actions:
                method = execution.actions[name]
                yield from execution.choices(method, lambda: execution.thaw(state))
            else:
                for step in list(execution.steps_of(name, state)):
                    yield step.arguments

    def after(self, line: Line, state: Snapshot) -> Iterator[tuple[str, Snapshot]]:
        """Where a step as told leads from a state; to itself if the line tells of no step."""
        if not line.steps:
            if not self.wrong(line, state):
                yield "", state
            return
        for name in line.steps:
            if name not in self.execution.actions:
                for step in self.execution.steps_of(name, state):
                    if not self.unlike(line, name, step.arguments):
                        if not self.wrong(line, step.state):
                            yield name, step.state
                continue
            for arguments in self.candidates(name, state):
                if not self.may_be(line, name, arguments) or self.unlike(line, name, arguments):
                    continue
                new = self.execution.take(state, name, arguments)
                if new is not None and not self.wrong(line, new):
                    yield name, new

    def may_be(self, line: Line, name: str, arguments: tuple[Any, ...]) -> bool:
        """Whether these may be the arguments of the line; most of those that are not are told by
        their plain forms, which are kept, since there is one of each message ever sent."""
        found = self.arguments_of(name, arguments)
        return all(
            key in found and may_fit(said, self.plain_of(found[key]))
            for key, said in line.arguments.items()
        )

    def plain_of(self, value: Any) -> Any:
        """Kept by identity: the value is held on to, so that no other has its place."""
        known = self._plain.get(id(value))
        if known is None or known[0] is not value:
            known = self._plain[id(value)] = value, plain(value)
        return known[1]

    def unlike(self, line: Line, name: str, arguments: tuple[Any, ...]) -> list[str]:
        found = self.arguments_of(name, arguments)
        return [
            x
            for key, said in line.arguments.items()
            for x in (conflicts(said, found[key], key) if key in found else [f"it has no {key}"])
        ]

    def wrong(self, line: Line, state: Snapshot) -> list[str]:
        if not line.state:
            return []
        with self.execution.universe:
            there = self.execution.thaw(state)
            found: list[str] = []
            for name, said in line.state.items():
                found += conflicts(said, getattr(there, name), name)
        return found

    def hidden_steps(self, state: Snapshot) -> Iterator[tuple[str, Snapshot]]:
        for name in self.unseen or ():
            for step in self.execution.steps_of(name, state):
                if step.state != state:
                    yield name, step.state


def check_unseen(model: Model, unseen: Sequence[str] | None) -> None:
    """**Errors** UsageError when what may go unseen is no action."""
    check_actions(model, unseen or (), "unseen: ")


def check_actions(model: Model, names: Iterable[str], place: str) -> None:
    """**Errors** UsageError when one is no action."""
    known = [*methods_of(model.protocol, "action"), "restart"]
    for name in names:
        if name not in known:
            it = model.protocol.__name__
            raise UsageError(f"{place}{it} has no action {name}; {instead(name, known)}")


def explain(
    model: Model, lines: Iterable[Line], hidden: int = 3, unseen: Sequence[str] | None = None
) -> Explained | Unexplained:
    """Look for a behaviour of the model that fits the log. ``hidden`` is how many steps in a row
    may have gone unseen.

    **Errors** UsageError for names and values that the specification does not have, whatever stands
    before them, and if too many states remain possible; SpecError when the specification makes a
    mistake.
    """
    check_unseen(model, unseen)
    search = Search(model, hidden, unseen)
    states: dict[Snapshot, Way] = dict.fromkeys(search.execution.initial(), ())
    lines = list(lines)
    for line in lines:
        search.sensible(line)
    count = 0
    for count, line in enumerate(lines, 1):
        found, tried = _narrowed(search, line, states)
        if not found:
            return Unexplained(line, count, _why(search, line, tried))
        states = found
    ways = next(iter(states.values()), ())
    taken: Counter[str] = Counter()
    hidden_count = 0
    while ways:
        name, was_hidden, ways = ways
        if name:
            taken[name] += 1
            hidden_count += was_hidden
    return Explained(count, len(states), hidden_count, taken)


def _narrowed(
    search: Search, line: Line, states: dict[Snapshot, Way]
) -> tuple[dict[Snapshot, Way], list[Snapshot]]:
    """The states after a line; and those in which a step as told was looked for."""
    level, seen = states, dict(states)
    for depth in range(search.hidden + 1):
        found: dict[Snapshot, Way] = {}
        for state, way in level.items():
            for name, new in search.after(line, state):
                found.setdefault(new, (name, False, way))
        if found or depth == search.hidden:
            return found, list(seen)
        further: dict[Snapshot, Way] = {}
        for state, way in level.items():
            for name, new in search.hidden_steps(state):
                if new not in seen:
                    further[new] = seen[new] = (name, True, way)
        if len(seen) > MOST_STATES:
            raise UsageError(
                f"{line.place}: more than {MOST_STATES:,} states are possible here; say more in "
                "the log, or let fewer actions go unseen"
            )
        level = further
    return {}, list(seen)


def _why(search: Search, line: Line, states: Sequence[Snapshot]) -> tuple[str, ...]:
    """What comes nearest to the line."""
    best: tuple[int, list[str]] = (99, ["no step leads to what this line says"])
    for state in states[:200]:
        if not line.steps:
            wrong = search.wrong(line, state)
            best = min(best, (len(wrong), wrong), key=lambda x: x[0])
            continue
        for name in line.steps:
            for arguments in search.candidates(name, state):
                unlike = search.unlike(line, name, arguments)
                call = render_call(name, arguments)
                if unlike:
                    rank = (60 + len(unlike), [f"nearest is {call}, and", *unlike])
                else:
                    rank = _refused(search, line, state, name, arguments, call)
                best = min(best, rank, key=lambda x: x[0])
    return tuple(best[1])


def _refused(
    search: Search, line: Line, state: Snapshot, name: str, arguments: tuple[Any, ...], call: str
) -> tuple[int, list[str]]:
    execution = search.execution
    if name not in execution.actions:
        return 50, [f"{call} leads elsewhere"]
    new = execution.take(state, name, arguments)
    if new is not None:
        wrong = search.wrong(line, new)
        return len(wrong), [f"after {call}", *wrong]
    with execution.universe:
        try:
            execution.actions[name](execution.thaw(state), *arguments)
        except Disabled as disabled:
            span = innermost_span(disabled)
            shown = [] if span is None else [f"at {span}", *span.excerpt().splitlines()]
            return 30, [f"{call} is not possible here", *shown]
    return 40, [f"{call} is not possible here"]

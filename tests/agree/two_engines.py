"""An engine against plain Python, transition by transition.

Plain Python (:class:`~ballotproof.spec.lang.execute.Execution`) is the definition. From every state
that it reaches, up to a limit, the other engine must give the same steps, as often, with the same
arguments and targets; must find each property true or false alike; and must report a mistake of the
specification where, and only where, Python meets one.

Where several steps or properties of one state make mistakes, an engine reports one of them, and it
may be any.
"""

from __future__ import annotations

import importlib.util
import itertools
import linecache
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.backends.run import PlainPython
from ballotproof.model_check.explore.system import State, System
from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.ir import nodes as n
from ballotproof.spec.lang import execute, protocol, source
from ballotproof.spec.lang.errors import SpecError
from ballotproof.spec.lang.execute import Execution, Snapshot
from ballotproof.spec.lang.model import Model
from ballotproof.spec.lang.protocol import methods_of

__all__ = ["Disagreement", "Engine", "Explored", "compare", "interpreter", "loaded"]

T = TypeVar("T")
Steps = Counter[tuple[str, tuple[Any, ...], Snapshot]]


class Engine(System, Protocol):
    """A system that can say which state of plain Python a state of its own is."""

    def encode(self, snapshot: Snapshot) -> State: ...
    def decode(self, state: State) -> Snapshot: ...


class Disagreement(AssertionError):
    """Two engines say different things of one model."""


def interpreter(spec: n.Spec, model: Model) -> Engine:
    """The reference engine that works on the IR."""
    return Interpreter(spec, model)


@dataclass
class Explored:
    """What came up on the way: states, steps, actions that fired, mistakes, properties broken."""

    states: int = 0
    steps: int = 0
    fired: set[str] = field(default_factory=set)
    actions: int = 0
    codes: set[str] = field(default_factory=set)
    broken: set[str] = field(default_factory=set)


# -------------------------------------------------------------------------------- a module of text
_numbers = itertools.count()


@contextmanager
def loaded(text: str) -> Iterator[list[Model]]:
    """The models of a module given as text. It is a file as long as the context lasts, because
    the front end and all messages read the file."""
    with tempfile.TemporaryDirectory(prefix="ballotproof-") as folder:
        name = f"drawn_{next(_numbers)}"
        path = Path(folder) / f"{name}.py"
        path.write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
            yield cast("list[Model]", module.MODELS)
        finally:
            del sys.modules[name]
            linecache.clearcache()
            _forget()


def _forget() -> None:
    """Empty what the language remembers of classes and methods, so that thousands can pass."""
    for module in (execute, protocol, source):
        for name, value in vars(module).items():
            if name.startswith("_") and not name.startswith("__") and type(value) is dict:
                value.clear()


# ---------------------------------------------------------------------------------- the definition
class Plain:
    """Plain Python, made to go on after a mistake so as to know of all of them."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.execution = Execution(model)
        self.system = PlainPython(model)

    def initial(self) -> tuple[list[Snapshot], set[str]]:
        try:
            return list(self.execution.initial()), set()
        except SpecError as error:
            return [], {error.code}

    def successors(self, snapshot: Snapshot) -> tuple[Steps, set[str]]:
        steps: Steps = Counter()
        codes: set[str] = set()
        try:
            for step in self.execution.successors(snapshot):
                steps[step.action, step.arguments, step.state] += 1
        except SpecError as error:
            codes.add(error.code)
            steps.clear()
            self._mistakes(snapshot, codes)
        return steps, codes

    def _mistakes(self, snapshot: Snapshot, codes: set[str]) -> None:
        """The codes of all mistakes among the steps out of a state."""
        execution = self.execution

        def caught(run: Callable[..., object], *arguments: Any) -> None:
            try:
                run(*arguments)
            except SpecError as error:
                codes.add(error.code)

        def take(method: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
            state = execution.thaw(snapshot)
            execution._attempt(lambda: method(state, *arguments))

        def take_all(method: Callable[..., Any]) -> None:
            for arguments in execution.choices(method, lambda: execution.thaw(snapshot)):
                caught(take, method, arguments)

        with execution.universe:
            for method in execution.actions.values():
                caught(take_all, method)

    def claims(self, snapshot: Snapshot) -> tuple[dict[str, dict[str, bool]], dict[str, set[str]]]:
        """By kind: the truth of each property of the state, and the codes of mistakes."""
        truths: dict[str, dict[str, bool]] = {}
        codes: dict[str, set[str]] = {}
        for kind in ("invariant", "reachable", "constraint", "terminal"):
            truths[kind], codes[kind] = {}, set()
            for name in methods_of(self.model.protocol, kind):
                try:
                    truths[kind][name] = self.execution.holds(name, snapshot)
                except SpecError as error:
                    codes[kind].add(error.code)
        return truths, codes

    def claims_of_step(self, before: Snapshot, after: Snapshot) -> tuple[dict[str, bool], set[str]]:
        truths: dict[str, bool] = {}
        codes: set[str] = set()
        for name in methods_of(self.model.protocol, "step_invariant"):
            try:
                truths[name] = self.execution.holds(name, before, after)
            except SpecError as error:
                codes.add(error.code)
        return truths, codes


# ------------------------------------------------------------------------------------- comparison
def compare(
    model: Model,
    engine_of: Callable[[n.Spec, Model], Engine] = interpreter,
    *,
    spec: n.Spec | None = None,
    states: int = 100,
    steps: int = 1000,
) -> Explored:
    """Explore breadth-first by plain Python, and ask the other engine the same of every state.

    **Errors** :class:`Disagreement` with the first difference.
    """
    plain = Plain(model)
    engine = engine_of(read(model.protocol, model) if spec is None else spec, model)
    explored = Explored(actions=len(plain.execution.actions))
    expected, codes = plain.initial()
    found = attempt(lambda: [engine.decode(s) for s in engine.initial()], codes, "initial states")
    explored.codes |= codes
    if found is None:
        return explored
    same("initial states", Counter(expected), Counter(found))
    seen, frontier = set(expected), expected
    checked = _Checked(plain, engine, explored)
    for state in expected:
        checked.initial(state)
        checked.state(state)
    while frontier:
        following = []
        for state in frontier:
            if len(seen) >= states or explored.steps >= steps:
                break
            for _, _, target in checked.steps(state):
                if target not in seen and len(seen) < states:
                    seen.add(target)
                    checked.state(target)
                    following.append(target)
        else:
            frontier = following
            continue
        break
    explored.states = len(seen)
    return explored


@dataclass
class _Checked:
    """The comparisons, counted."""

    plain: Plain
    engine: Engine
    explored: Explored

    def steps(self, snapshot: Snapshot) -> Steps:
        """The steps out of a state, on which both agree."""
        engine = self.engine
        expected, codes = self.plain.successors(snapshot)
        where = f"steps out of {self.shown(snapshot)}"

        def ask() -> Steps:
            found: Steps = Counter()
            for t in engine.successors(engine.encode(snapshot)):
                arguments = tuple(engine.show_arguments(t).values())
                found[t.action, arguments, engine.decode(t.target)] += 1
            return found

        found = attempt(ask, codes, where)
        self.explored.codes |= codes
        if found is None:
            return Counter()
        same(where, expected, found)
        self.explored.steps += len(expected)
        self.explored.fired |= {action for action, _, _ in expected}
        for target in dict.fromkeys(t for _, _, t in expected):
            self.step(snapshot, target)
        return expected

    def initial(self, snapshot: Snapshot) -> None:
        """What is claimed of initial states only."""
        self._refinements(
            f"refinement of {self.shown(snapshot)}",
            lambda: self.plain.system.broken_initial_refinements(snapshot),
            lambda: self.engine.broken_initial_refinements(self.engine.encode(snapshot)),
        )

    def _refinements(
        self, where: str, plain: Callable[[], Sequence[str]], engine: Callable[[], Sequence[str]]
    ) -> None:
        codes: set[str] = set()
        expected: Sequence[str] = ()
        try:
            expected = plain()
        except SpecError as error:
            codes.add(error.code)
        found = attempt(engine, codes, where)
        self.explored.codes |= codes
        if found is not None:
            self.explored.broken |= set(expected)
            same(where, sorted(expected), sorted(found))

    def state(self, snapshot: Snapshot) -> None:
        """What is claimed of a state."""
        engine = self.engine
        state = engine.encode(snapshot)
        same("a state, encoded and decoded", snapshot, engine.decode(state))
        truths, codes = self.plain.claims(snapshot)
        where = self.shown(snapshot)

        def check(kind: str, ask: Callable[[], T], expected: Callable[[], T]) -> None:
            found = attempt(ask, codes[kind], f"{kind} in {where}")
            self.explored.codes |= codes[kind]
            if found is not None:
                same(f"{kind} in {where}", expected(), found)

        broken = sorted(x for x, truth in truths["invariant"].items() if not truth)
        self.explored.broken |= set(broken)
        check("invariant", lambda: sorted(engine.broken_invariants(state)), lambda: broken)
        reached = sorted(x for x, truth in truths["reachable"].items() if truth)
        names = engine.reachables
        check("reachable", lambda: sorted(engine.reached(state, names)), lambda: reached)
        check(
            "constraint", lambda: engine.within(state), lambda: all(truths["constraint"].values())
        )
        for name in engine.refinements:
            self.image(name, snapshot)
        check(
            "terminal", lambda: engine.is_terminal(state), lambda: any(truths["terminal"].values())
        )

    def image(self, name: str, snapshot: Snapshot) -> None:
        """The abstract state that a refinement sees."""
        engine, where = self.engine, f"image by {name} of {self.shown(snapshot)}"
        codes: set[str] = set()
        expected: dict[str, Any] = {}
        try:
            expected = dict(self.plain.system.image(name, snapshot))
        except SpecError as error:
            codes.add(error.code)
        found = attempt(lambda: dict(engine.image(name, engine.encode(snapshot))), codes, where)
        self.explored.codes |= codes
        if found is not None:
            same(where, expected, found)

    def step(self, before: Snapshot, after: Snapshot) -> None:
        """What is claimed of a step."""
        engine = self.engine
        truths, codes = self.plain.claims_of_step(before, after)
        where = f"step invariants from {self.shown(before)} to {self.shown(after)}"
        found = attempt(
            lambda: engine.broken_step_invariants(engine.encode(before), engine.encode(after)),
            codes,
            where,
        )
        self.explored.codes |= codes
        if found is not None:
            broken = sorted(x for x, truth in truths.items() if not truth)
            self.explored.broken |= set(broken)
            same(where, broken, sorted(found))
        if engine.refinements:
            self._refinements(
                where,
                lambda: self.plain.system.broken_refinements(before, after),
                lambda: engine.broken_refinements(engine.encode(before), engine.encode(after)),
            )

    def shown(self, snapshot: Snapshot) -> str:
        execution = self.plain.execution
        with execution.universe:
            return repr(execution.thaw(snapshot))


def attempt(ask: Callable[[], T], codes: set[str], where: str) -> T | None:
    """The answer of the other engine; None if it makes a mistake that Python makes as well."""
    try:
        found = ask()
    except SpecError as error:
        if error.code not in codes:
            said = f"{sorted(codes)}" if codes else "nothing"
            raise Disagreement(f"{where}: Python reports {said}, the engine {error}") from error
        return None
    except Exception as error:
        raise Disagreement(f"{where}: the engine fails: {error!r}") from error
    if codes:
        raise Disagreement(f"{where}: Python reports {sorted(codes)}, the engine nothing")
    return found


def same(where: str, expected: object, found: object) -> None:
    """**Errors** :class:`Disagreement` unless both are equal."""
    if expected == found:
        return
    if isinstance(expected, Counter) and isinstance(found, Counter):
        only = [f"only Python ({k}x): {x}" for x, k in (expected - found).items()]
        only += [f"only the engine ({k}x): {x}" for x, k in (found - expected).items()]
        raise Disagreement("\n    ".join([f"{where}:", *only]))
    raise Disagreement(f"{where}: Python says {expected}, the engine {found}")

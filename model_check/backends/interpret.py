"""The reference engine: a model as a transition system, run by Python generated from its IR.

Source is generated and compiled once for each model (:mod:`.emit_python`); from then on a state is
a tuple of cells and every question about it a call of a generated function. A mistake that such a
function meets is explained by running the same state as the plain Python it is.
"""

from __future__ import annotations

import itertools
import linecache
import warnings
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import itemgetter
from typing import Any, NoReturn, cast

from ...spec.lang.errors import InternalError, SpecError, Unsupported
from ...spec.lang.execute import Execution, Snapshot
from ...spec.lang.mistakes import index_outside, negative_bound
from ...spec.lang.model import Model
from ...spec.lang.protocol import Protocol
from ..explore.system import Form, LongRun, RequireCount, State, Transition
from ..ir import nodes as n
from ..ir.show import show_stmt
from ..ir.wellformed import Stage, wellformed
from ..passes.inline import inline
from ..passes.inline_effects import inline_effects
from ..passes.premise import premise
from .bounds import Bounds
from .cells import Cells
from .codec import Codec, all_records
from .emit_python import Emitted, Routine, emit
from .prelude import IndexMistake
from .run import execution_of
from .symmetry import Symmetry

__all__ = ["Interpreter", "source"]

Kind = n.PropertyKind


def source(spec: n.Spec, model: Model) -> str:
    """The Python text that the interpreter runs for this model."""
    return Interpreter(spec, model).source


class Interpreter:
    """A :class:`~..explore.system.System`: the transition system of one model.

    **In** a specification as the front end reads it, and the model it was read for. States are
    tuples of cells, made and understood here only; :meth:`encode` and :meth:`decode` translate
    snapshots of plain Python.
    """

    def __init__(
        self,
        spec: n.Spec,
        model: Model,
        *,
        refined_by: Interpreter | None = None,
        protocol: type[Protocol] | None = None,
    ) -> None:
        self.model = model
        self.protocol = model.protocol if protocol is None else protocol
        wellformed(spec, Stage.READ)
        self.spec = inline_effects(spec)
        wellformed(self.spec, Stage.EFFECTS_INLINED)
        universe = None if refined_by is None else refined_by.codec.universe
        records = all_records(spec) if refined_by is None else refined_by.codec.records
        self.codec: Codec = Codec(
            self.spec, model, protocol=self.protocol, universe=universe, records=records
        )
        self.cells = Cells(self.spec, self.codec)
        self._bounds = Bounds(self.spec, self.cells, model if refined_by is None else None)
        self._abstract = {r.name: self._interpreter_of(r) for r in self.spec.refinements}
        premises = _premises(self.spec)
        cells_of = {name: abstract.cells for name, abstract in self._abstract.items()}
        self._emitted: Emitted = emit(self.spec, self.codec, self.cells, premises, cells_of)
        self.source = self._emitted.text
        self._functions = _compiled(self.source, f"<{spec.name}: {model.name}>")
        self._initial = self._function(self._emitted.initial)
        self._successors = self._function(self._emitted.successors)

        self.actions = tuple(a.name for a in self.spec.actions)
        self.invariants = self._names(Kind.INVARIANT)
        self.step_invariants = self._names(Kind.STEP_INVARIANT)
        self.reachables = self._names(Kind.REACHABLE)
        self.refinements = tuple(r.name for r in self.spec.refinements)
        self._long_run = {p.name: p for p in self.spec.properties if p.kind in n.LIVENESS}
        self.liveness = tuple(self._long_run)
        self._constraints = self._names(Kind.CONSTRAINT)
        self._terminals = self._names(Kind.TERMINAL)
        self.has_terminal = bool(self._terminals)
        self._of_states, self._of_steps = _Tally(), _Tally()
        self._asked = {
            name: self._remembered(routine, of_steps=name in self.step_invariants)
            for name, routine in self._emitted.properties.items()
            if name not in self._long_run
        }
        self._judged: dict[LongRun, tuple[_Remembered, _Tally]] = {}
        self._premises = {
            name: self._remembered(routine) for name, routine in self._emitted.premises.items()
        }
        self._images = {
            name: self._remembered(routine) for name, routine in self._emitted.images.items()
        }
        self._state_checks = [
            (name, self._asked[name].before, self._asked[name]) for name in self.invariants
        ]
        self._step_checks = [
            (name, self._asked[name].before, self._asked[name].after, self._asked[name])
            for name in self.step_invariants
        ]
        self._refinement_checks = [
            (name, self._images[name].before, self._allowed(name)) for name in self.refinements
        ]
        self._abstract_steps: dict[str, dict[State, frozenset[State]]] = {
            name: {} for name in self.refinements
        }
        self._abstract_initial: dict[str, frozenset[State]] = {}

    def _remembered(self, routine: Routine, *, of_steps: bool = False) -> _Remembered:
        tally = self._of_steps if of_steps else self._of_states
        return _Remembered(self._function(routine), routine, tally, of_steps=of_steps)

    def _names(self, kind: Kind) -> tuple[str, ...]:
        return tuple(p.name for p in self.spec.of_kind(kind))

    def _function(self, routine: Routine) -> Callable[..., Any]:
        return cast("Callable[..., Any]", self._functions[routine.name])

    def _interpreter_of(self, r: n.Refinement) -> Interpreter:
        """The system that a refinement refers to, over the same elements and records."""
        method = getattr(self.protocol, r.name)
        abstract: type[Protocol] = method.__abstract__
        return Interpreter(r.abstract, self.model, refined_by=self, protocol=abstract)

    # ------------------------------------------------------------------------------ states
    def encode(self, snapshot: Snapshot) -> State:
        """The state that plain Python has as this snapshot."""
        return self.cells.encode(snapshot)

    def decode(self, state: State) -> Snapshot:
        """The snapshot that plain Python would have of a state."""
        return self.cells.decode(_cells(state))

    def show(self, state: State) -> Mapping[str, Any]:
        return self.codec.show_state(self.cells.whole(_cells(state)))

    def show_arguments(self, transition: Transition) -> Mapping[str, Any]:
        action = next(a for a in self.spec.actions if a.name == transition.action)
        return {
            p.name: self.codec.decode(p.sort, x)
            for p, x in zip(action.parameters, transition.arguments, strict=True)
        }

    def symmetry(self) -> Symmetry:
        """The permutations of elements under which this model looks the same."""
        return Symmetry(self.spec, self.codec, self.cells)

    # ------------------------------------------------------------------------------ bounds
    @property
    def bounded(self) -> bool:
        """Whether the model bounds the values of states."""
        return self._bounds.any

    def within_bounds(self, state: State) -> bool:
        """Whether a state keeps the bounds of the model; a step to one that does not is a mistake,
        for which :meth:`successors` raises SpecError."""
        return self._bounds.hold(_cells(state))

    # ------------------------------------------------------------------------------- steps
    def initial(self) -> Sequence[State]:
        try:
            states = list(dict.fromkeys(self._initial()))
        except Exception as error:
            self._mistake(error, lambda plain: list(plain.initial()))
        if self._bounds.any and not all(map(self._bounds.hold, states)):
            beyond = InternalError("engines disagree on the bounds of the model")
            self._mistake(beyond, lambda plain: list(plain.initial()))
        return states

    def successors(self, state: State) -> Sequence[Transition]:
        try:
            steps = cast("list[Transition]", self._successors(state))
        except Exception as error:
            self._mistake(error, partial(_take_every_step, self.decode(state)))
        if self._bounds.any and not all(self._bounds.hold(_cells(t.target)) for t in steps):
            beyond = InternalError("engines disagree on the bounds of the model")
            self._mistake(beyond, partial(_take_every_step, self.decode(state)))
        return steps

    # -------------------------------------------------------------------------- properties
    def within(self, state: State) -> bool:
        return not self._constraints or not self._false_in(state, self._constraints)

    def is_terminal(self, state: State) -> bool:
        return len(self._false_in(state, self._terminals)) < len(self._terminals)

    def broken_invariants(self, state: State) -> Sequence[str]:
        self._of_states.count += 1
        broken: list[str] = []
        name = ""
        try:
            for name, before, known in self._state_checks:
                if not known[before(state)]:
                    broken.append(name)
        except Exception as error:
            self._mistake(error, partial(_ask, name, self.decode(state), None))
        return broken

    def reached(self, state: State, names: Iterable[str]) -> Sequence[str]:
        names = tuple(names)
        false = self._false_in(state, names)
        return [name for name in names if name not in false]

    def _false_in(self, state: State, names: Sequence[str]) -> list[str]:
        """Those of the named properties that are false of a state."""
        false = []
        name = ""
        try:
            for name in names:
                known = self._asked[name]
                if not known[known.before(state)]:
                    false.append(name)
        except Exception as error:
            self._mistake(error, partial(_ask, name, self.decode(state), None))
        return false

    def broken_step_invariants(self, state: State, target: State) -> Sequence[str]:
        self._of_steps.count += 1
        broken: list[str] = []
        name = ""
        try:
            for name, before, after, known in self._step_checks:
                if not known[before(state), after(target)]:
                    broken.append(name)
        except Exception as error:
            self._mistake(error, partial(_ask, name, self.decode(state), self.decode(target)))
        return broken

    def premises(self) -> Sequence[str]:
        return tuple(self._premises)

    def premise_true(self, state: State, names: Iterable[str]) -> Sequence[str]:
        found = []
        for name in names:
            known = self._premises[name]
            try:
                if known[known.before(state)]:
                    found.append(name)
            except Exception:
                # The invariant itself meets the mistake, and is asked of every state.
                self._false_in(state, (name,))
        return found

    # ------------------------------------------------------------------------ the long run
    def long_run(self, name: str) -> Sequence[LongRun]:
        p = self._long_run[name]
        domains = [self.codec.values(x.sort) for x in p.parameters]
        form = Form(p.kind.value)
        return [LongRun(name, form, chosen) for chosen in itertools.product(*domains)]

    def judge(self, claim: LongRun, state: State) -> tuple[bool, bool]:
        if claim not in self._judged:
            routine, tally = self._emitted.properties[claim.name], _Tally()
            function = partial(self._function(routine), *claim.arguments)
            made = _Remembered(function, routine, tally, of_steps=False)
            self._judged[claim] = (made, tally)
        known, tally = self._judged[claim]
        tally.count += 1
        try:
            found = known[known.before(state)]
        except Exception as error:
            arguments = tuple(self.show_choice(claim).values())
            snapshot = self.decode(state)
            self._mistake(error, lambda plain: plain.judge(claim.name, arguments, snapshot))
        return found if claim.form is Form.LEADS_TO else (True, found)

    def show_choice(self, claim: LongRun) -> Mapping[str, Any]:
        parameters = self._long_run[claim.name].parameters
        return {
            p.name: self.codec.decode(p.sort, x)
            for p, x in zip(parameters, claim.arguments, strict=True)
        }

    # ------------------------------------------------------------------------- refinements
    def broken_initial_refinements(self, state: State) -> Sequence[str]:
        broken = []
        for name in self.refinements:
            if name not in self._abstract_initial:
                self._abstract_initial[name] = frozenset(self._abstract[name].initial())
            if self._image(name, state) not in self._abstract_initial[name]:
                broken.append(name)
        return broken

    def broken_refinements(self, state: State, target: State) -> Sequence[str]:
        broken: list[str] = []
        name = ""
        try:
            for name, before, known in self._refinement_checks:
                seen, then = before(state), before(target)
                if seen != then and not known[seen, then]:
                    broken.append(name)
        except Exception as error:
            states = [self.decode(state), self.decode(target)]
            self._mistake(error, lambda plain: [plain.image(name, s) for s in states])
        return broken

    def _allowed(self, name: str) -> _Remembered:
        """Whether a step is one of the abstract system, or no change there: a function of the
        cells that the refinement reads, before and after."""
        routine = self._emitted.images[name]
        images = self._images[name]
        split = len(routine.cells)

        def allowed(*cells: Any) -> bool:
            first, second = cells[:split], cells[split:]
            before = images[first if split != 1 else first[0]]
            after = images[second if split != 1 else second[0]]
            return bool(before == after or after in self._steps_of_abstract(name, before))

        both = replace(routine, after=routine.cells)
        return _Remembered(allowed, both, self._of_steps, of_steps=True)

    def image(self, name: str, state: State) -> Mapping[str, Any]:
        return self._abstract[name].show(self._image(name, state))

    def _image(self, name: str, state: State) -> State:
        known = self._images[name]
        try:
            image: State = known[known.before(state)]
        except Exception as error:
            self._mistake(error, lambda plain: plain.image(name, self.decode(state)))
        return image

    def _steps_of_abstract(self, name: str, state: State) -> frozenset[State]:
        known = self._abstract_steps[name]
        if state not in known:
            if len(known) >= REMEMBER_UP_TO:
                known.clear()
            known[state] = frozenset(t.target for t in self._abstract[name].successors(state))
        return known[state]

    # -------------------------------------------------------------------------- diagnosis
    def explain_disabled(self, action: str, states: Iterable[State]) -> Sequence[RequireCount]:
        count = self._function(self._emitted.counters[action])
        guards = self._emitted.guards[action]
        asked, held = [0] * len(guards), [0] * len(guards)
        for state in states:
            try:
                count(state, asked, held)
            except Exception as error:
                self._mistake(error, partial(_take_every_step, self.decode(state)))
        # One that stands behind an early return is in the IR once for each path that leads there.
        counts: dict[Hashable, RequireCount] = {}
        for i, guard in enumerate(guards):
            text = _text_of(guard)
            before = counts.get((guard.span, text), RequireCount(guard.span.line, text, 0, 0))
            counts[guard.span, text] = replace(
                before, asked=before.asked + asked[i], held=before.held + held[i]
            )
        return list(counts.values())

    def _mistake(self, error: Exception, run: Callable[[Execution], object]) -> NoReturn:
        """Raise the SpecError for what went wrong in generated code: the one that plain Python
        raises when it does the same. **Errors** InternalError when plain Python finds no fault."""
        if isinstance(error, SpecError):
            raise error
        run(self._plain())
        if isinstance(error, IndexMistake):
            raise self._index_mistake(error) from error
        raise InternalError(
            f"engines disagree: the interpreter fails with {type(error).__name__}: {error}, "
            "and plain Python does not"
        ) from error

    def _index_mistake(self, error: IndexMistake) -> SpecError:
        """A negative index, which plain Python counts from the end."""
        place = self._emitted.places[error.place]
        if isinstance(place, n.At):
            return index_outside(
                place.span,
                place.of.span,
                place.index.span,
                index=error.index,
                length=error.length,
            )
        assert isinstance(place, n.Slice)
        bound = next(b for b in (place.low, place.high) if b is not None)
        return negative_bound(bound.span, bound=error.index)

    def _plain(self) -> Execution:
        return execution_of(self.protocol, self.model, self.codec.universe)


# --------------------------------------------------------------------------------- remembering
REMEMBER_UP_TO = 1 << 18
TRIAL = 1 << 15


@dataclass
class _Tally:
    """How many states, or steps, have been asked about."""

    count: int = 0


class _Remembered(dict[Hashable, Any]):
    """A function of some cells of a state, computed once for each combination of their values.

    ``known[known.before(state)]`` is its value, and ``known[known.before(state),
    known.after(target)]`` that of a function of the cells before and after a step. Most properties
    read few fields, and most steps leave those alone, so this is mostly a look-up. A function for
    which it does not pay, because what it reads is new in most states, is found out: its values
    are then no longer kept.
    """

    def __init__(
        self, function: Callable[..., Any], routine: Routine, tally: _Tally, *, of_steps: bool
    ) -> None:
        super().__init__()
        self._function = function
        self._tally = tally
        self._of_steps = of_steps
        self._limit = TRIAL
        self._pays = True
        self._cells, self._cells_after = len(routine.cells), len(routine.after)
        self.before = _picker(routine.cells)
        self.after = _picker(routine.after)

    def __missing__(self, key: Any) -> Any:
        before, after = key if self._of_steps else (key, ())
        first = before if self._cells > 1 else (before,) * self._cells
        second = after if self._cells_after > 1 else (after,) * self._cells_after
        value = self._function(*first, *second)
        if self._pays and len(self) >= self._limit:
            self._make_room()
        if self._pays:
            self[key] = value
        return value

    def _make_room(self) -> None:
        """Full: keep more if values were asked for again, else keep nothing any more."""
        self._pays = 3 * len(self) < 2 * self._tally.count
        if self._pays and self._limit < REMEMBER_UP_TO:
            self._limit *= 2
        else:
            self.clear()


def _picker(cells: tuple[int, ...]) -> Callable[[Any], Any]:
    """A function that picks these cells out of a state: one alone, several as a tuple."""
    return itemgetter(*cells) if cells else _nothing


def _nothing(state: State) -> tuple[()]:
    return ()


# ------------------------------------------------------------------------------------- helpers
def _cells(state: State) -> tuple[Any, ...]:
    return cast("tuple[Any, ...]", state)


def _take_every_step(state: Snapshot, plain: Execution) -> None:
    for _ in plain.successors(state):
        pass


def _ask(name: str, state: Snapshot, after: Snapshot | None, plain: Execution) -> None:
    plain.holds(name, state, after)


def _compiled(text: str, name: str) -> dict[str, Any]:
    """Run generated source; a traceback through it shows its lines."""
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    namespace: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # code that never runs may take None apart
        code = compile(text, name, "exec")
    exec(code, namespace)  # made by emit, of nothing but the specification
    return namespace


def _premises(spec: n.Spec) -> dict[str, n.Expr]:
    """The premise of each invariant that has one."""
    found: dict[str, n.Expr] = {}
    for p in spec.of_kind(Kind.INVARIANT):
        try:
            alone = inline(replace(spec, actions=(), properties=(p,), refinements=()))
        except Unsupported:
            continue  # a helper with a loop: its premise cannot be told
        (body,) = alone.properties[0].body
        assert isinstance(body, n.Return)
        assert body.value is not None
        condition = premise(body.value)
        if condition is not None:
            found[p.name] = condition
    return found


def _text_of(s: n.Require | n.Choose) -> str:
    """A guard as its author wrote it."""
    lines = [linecache.getline(s.span.file, i) for i in range(s.span.line, s.span.end_line + 1)]
    if not s.span.line or not all(lines):
        return show_stmt(s)
    lines[-1] = lines[-1][: s.span.end_column]
    lines[0] = lines[0][s.span.column :]
    return " ".join(line.strip() for line in lines)

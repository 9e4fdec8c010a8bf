"""Bounded checking: all behaviours of up to k steps at once, as one question to Z3 for each k.

Answers the same question as breadth-first search to that depth, without enumerating states; a
counterexample is decoded, and replayed by the engine that runs the specification, before it is
believed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ...spec.lang.errors import InternalError, SpecError
from ...spec.lang.model import Model
from ..backends.bounds import Bounds
from ..backends.cells import Cells
from ..backends.codec import Codec
from ..backends.interpret import Interpreter
from ..backends.z3.beyond import beyond
from ..backends.z3.circuit import FALSE, Circuit
from ..backends.z3.solver import Answer, Name, solver_of
from ..backends.z3.unroll import Selected, Unrolling
from ..ir import nodes as n
from ..passes.inline import inline
from ..passes.inline_effects import inline_effects
from .claims import Kind
from .search import Finding, MistakeFound, Path

__all__ = ["BoundedResult", "bounded"]

RESTARTS = "restarts"
"""The field by which the front end counts restarts; no bound of the model is meant for it."""


@dataclass(slots=True)
class BoundedResult:
    """What is known after ``steps`` steps.

    ``finding`` is a violation, the shortest there is; ``unknown`` the reason why the solver gave
    up at the next depth. ``gates`` is the size of the circuit.
    """

    steps: int = -1
    gates: int = 0
    seconds: float = 0.0
    finding: Finding | None = None
    unknown: str | None = None
    claims: list[str] = field(default_factory=list)


def bounded(
    spec: n.Spec,
    model: Model,
    system: Interpreter,
    depth: int,
    *,
    properties: set[str] | None = None,
    using: Name = Name.Z3,
    resources: int | None = None,
    seconds: float | None = None,
    after: Path | None = None,
    report: Callable[[BoundedResult], None] | None = None,
) -> BoundedResult:
    """Check invariants and step invariants of every behaviour of at most ``depth`` steps, or of
    what follows ``after`` a path, in so many.

    Past ``seconds`` no further question is asked.

    **Errors** Unsupported when the specification cannot be made a formula; SpecError when a
    behaviour within the bound makes a mistake at run time.
    """
    start_s = time.monotonic()
    plain = inline(inline_effects(spec))
    codec = Codec(plain, model)
    bounds = Bounds(plain, Cells(plain, codec), model)
    solver = solver_of(Circuit(), using, resources)
    start = None if after is None else codec.encode_state(system.decode(after.last))
    unrolling = Unrolling(plain, codec, solver, start)
    claims = [
        p
        for kind in (n.PropertyKind.INVARIANT, n.PropertyKind.STEP_INVARIANT)
        for p in plain.of_kind(kind)
        if properties is None or p.name in properties
    ]
    result = BoundedResult(claims=[p.name for p in claims])
    unrolling.mistakes()
    for step in range(depth + 1):
        if step:
            unrolling.step()
        mistake = unrolling.layers[-1].mistake
        bad = []
        for p in claims:
            if p.kind is n.PropertyKind.STEP_INVARIANT and not step:
                continue
            bad.append((p, unrolling.broken(p)))
        too_far = [
            beyond(solver.circuit, bounds, f.sort, unrolling.state[f.name])
            for f in plain.fields
            if f.name != RESTARTS
        ]
        mistake = solver.circuit.any([mistake, unrolling.mistakes(), *too_far])
        anything = solver.circuit.any([mistake, *(b for _, b in bad)])
        answer = solver.ask(anything) if anything != FALSE else Answer.UNSATISFIABLE
        result.gates, result.seconds = solver.gates, time.monotonic() - start_s
        if answer is Answer.UNKNOWN:
            result.unknown = solver.reason
            return result
        if answer is Answer.SATISFIABLE:
            false = [p for p, b in bad if solver.true(b)]
            result.finding = _finding(false, _paths(system, unrolling.taken(), after), system)
            result.steps = step
            return result
        solver.require([[solver.circuit.no(anything)]])
        result.steps = step
        if report is not None:
            report(result)
        if seconds is not None and result.seconds >= seconds:
            return result
    return result


def _finding(false: list[n.Property], paths: Iterable[Path], system: Interpreter) -> Finding:
    """What is wrong at the end of one of the paths.

    **Errors** MistakeFound when it is a mistake; InternalError when nothing is wrong there.
    """
    met = False
    for path in paths:
        met = True
        for p in false:
            if p.name in _broken(p, path, system):
                return Finding(Kind[p.kind.name], p.name, path)
        try:
            system.successors(path.last)  # a guard there makes the mistake, of a step not taken
        except SpecError as error:
            raise MistakeFound(error, path) from error
    if not met:
        raise InternalError("engines disagree: a behaviour of the formula cannot be replayed")
    what = f"breaks {false[0].name}" if false else "finds a mistake"
    raise InternalError(f"engines disagree: the formula {what}, and running it does not")


def _broken(p: n.Property, path: Path, system: Interpreter) -> Sequence[str]:
    """The claims of the same kind that are false of the last state, or of the last step."""
    if p.kind is n.PropertyKind.INVARIANT:
        return system.broken_invariants(path.last)
    if not path.steps:  # the first step is one that makes a mistake, and is not taken
        return ()
    *_, before, after = path.states()
    return system.broken_step_invariants(before, after)


def _paths(system: Interpreter, taken: list[Selected], after: Path | None) -> Iterator[Path]:
    """The same behaviour, taken step by step in the system that runs the specification: from each
    initial state from which it can be, or from the end of a path.

    **Errors** MistakeFound when a step makes a mistake.
    """
    if after is None:
        taken = taken[1:]  # the first is that of the initial state
        try:
            starts = [Path(state) for state in system.initial()]
        except SpecError as error:
            raise MistakeFound(error, None) from error
    else:
        starts = [after]
    for start in starts:
        path: Path | None = start
        for s in taken:
            assert path is not None
            path = _taken(system, path, s)
            if path is None:
                break
        if path is not None:
            try:
                system.broken_invariants(path.last)
            except SpecError as error:
                raise MistakeFound(error, path) from error
            yield path


def _taken(system: Interpreter, path: Path, choice: Selected) -> Path | None:
    try:
        steps = system.successors(path.last)
    except SpecError as error:
        raise MistakeFound(error, path) from error
    for transition in steps:
        if transition.action == choice.action and transition.arguments == choice.arguments:
            return path.then(transition)
    return None

"""Bounded checking of one model: all behaviours of so many steps, as questions to Z3.

The answer has the form of any other verdict. What was not looked at, refinements, deadlock and
what must be reachable, is not among the properties that it names.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..spec.lang.errors import UsageError
from ..spec.lang.model import Deadlocks, Expectation, Model, Violated
from ..spec.lang.model import Holds as ExpectHolds
from ..spec.lang.protocol import methods_of
from .backends.interpret import Interpreter
from .check import Examination, versions
from .engine import Engine
from .explore.bounded import BoundedResult, bounded
from .explore.claims import Claims
from .explore.search import Exploration, Why
from .explore.system import Form, System
from .frontend.read import read
from .verdict import AssumptionFalse, Holds, Unknown, Verdict
from .verdict import Violated as IsViolated

__all__ = ["bound", "expected_within"]

Report = Callable[[Exploration], None]


def bound(
    model: Model,
    steps: int,
    *,
    solver: str = "z3",
    resources: int | None = None,
    seconds: float | None = None,
    report: Report | None = None,
) -> Verdict:
    """Judge the invariants and step invariants in every behaviour of at most ``steps`` steps.

    ``solver`` is z3 or cadical. ``resources`` bounds Z3's work for each question, in its own unit;
    CaDiCaL knows no such bound. Past ``seconds``, no further
    question is asked, and the verdict speaks of the steps that were looked at.

    **Errors** SpecError when the specification cannot be read, or makes a mistake at run time;
    Unsupported when no formula stands for it.
    """
    elsewhere = {
        **methods_of(model.protocol, "refines"),
        **methods_of(model.protocol, "reachable"),
        **{k: m for form in Form for k, m in methods_of(model.protocol, form.value).items()},
    }
    wanted = tuple(model.properties or ())
    if wanted and all(name in elsewhere for name in wanted):
        raise UsageError(f"{wanted[0]} is not among what bound can ask about; `check` can")
    from .backends.z3.solver import Name, version  # noqa: PLC0415  # importing Z3 takes a while

    using = Name(solver)
    shown = {Name.Z3: "Z3", Name.CADICAL: "CaDiCaL"}[using]
    spec = read(model.protocol, model)
    system = Interpreter(spec, model)
    made: list[BoundedResult] = []

    def explore(_: System, claims: Claims) -> Exploration:
        names = {*claims.invariants, *claims.step_invariants}
        exploration = Exploration()
        result = bounded(
            spec,
            model,
            system,
            steps,
            properties=names,
            using=using,
            resources=resources,
            seconds=seconds,
            report=lambda r: _tell(r, report),
        )
        made.append(result)
        exploration.seconds = result.seconds
        if result.finding is not None:
            exploration.findings.append(result.finding)
            exploration.halted = True
        elif result.unknown is not None:
            exploration.stopped = Why.SOLVER
        elif result.steps < steps:
            exploration.stopped = Why.TIME
        return exploration

    search = f"bounded, {shown} {version(using)}"
    examination = Examination(model, Engine.INTERPRET, search)
    verdict = examination.verdict(explore, shortest=True)
    return _within(verdict, made[0], {solver: version(using)}) if made else verdict


def _tell(result: BoundedResult, report: Report | None) -> None:
    if report is not None:
        report(Exploration(depth=result.steps + 1, seconds=result.seconds))


def _within(verdict: Verdict, result: BoundedResult, solver: dict[str, str]) -> Verdict:
    """The verdict, no wider than what was looked at."""
    evidence = verdict.evidence
    looked_at = set(result.claims)
    only = evidence.bounds.only
    evidence = replace(
        evidence,
        bounds=replace(
            evidence.bounds,
            steps=max(result.steps, 0),
            fairness=(),
            only=None if only is None else tuple(name for name in only if name in looked_at),
        ),
        gates=result.gates,
        actions=(),
        dead=(),
        vacuous=(),
        unreached=(),
        unjudged=(),
        complete=False,
        properties=tuple(p for p in evidence.properties if p.name in looked_at),
        versions={**versions(), **solver},
    )
    match verdict:
        case Holds():
            return Holds(evidence)
        case IsViolated(_, violations):
            return IsViolated(evidence, violations)
        case Unknown(_, why):
            return Unknown(evidence, why)
        case _:
            return verdict


def expected_within(expect: Expectation | None, steps: int, verdict: Verdict) -> Expectation | None:
    """What can be told of a model's expectation from its behaviours of at most so many steps; None
    if that is nothing."""
    checked = {p.name for p in verdict.evidence.properties}
    match expect:
        case _ if isinstance(verdict, AssumptionFalse):
            return expect
        case Violated(name, length, _) if (
            name in checked and length is not None and length <= steps
        ):
            return expect
        case Violated(_, None, _) | ExpectHolds() | Deadlocks() if isinstance(verdict, IsViolated):
            return expect
        case Violated() if isinstance(verdict, IsViolated):
            return ExpectHolds()  # it is broken before it should be, or something else is
        case _:
            return None

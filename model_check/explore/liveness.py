"""Claims about the long run, judged on the graph of all reachable states.

A claim is broken by a *fair* behaviour that goes on for ever among states where it is not met:

| claim | broken by a fair behaviour that |
|---|---|
| ``eventually`` P | from an initial state on never meets P |
| ``leads_to`` P, Q | from a reachable state with P on never meets Q |
| ``always_eventually`` P | from some reachable state on never meets P |
| ``eventually_always`` P | meets the opposite of P again and again |

A behaviour may stop anywhere that fairness lets it, as in TLA: then it stays in its last state.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ...spec.lang.errors import SpecError
from .claims import Claims, Kind
from .fairness import Demand
from .graph import Graph, graph_of
from .lasso import Lasso, find_lasso
from .search import Exploration, Finding, Limits, MistakeFound, Path, Stopped, Why, path_of
from .system import Form, LongRun, State, System

__all__ = ["breaks", "judge_long_run", "telling_state"]

LOOK_EVERY = 1024
FALSE, TRUE = 0, 1
Report = Callable[[Exploration], None]


def judge_long_run(
    system: System,
    claims: Claims,
    found: Exploration,
    demands: Sequence[Demand],
    limits: Limits,
    *,
    keep_going: bool = False,
    report: Report | None = None,
) -> None:
    """Judge the selected claims about the long run, and add to ``found`` what comes of it.

    **In** an exploration that has expanded every state, each of which stands for itself only. Where
    a constraint has cut states off, a behaviour that is found is one all the same, for what is
    enabled is asked of all steps; that there is none says nothing, and then it is not complete.

    **Errors** MistakeFound when the specification makes a mistake at run time.
    """
    judge = _Judge(system, found, demands, limits, report)
    try:
        for name in claims.liveness:
            finding = judge.claim(name)
            if finding is not None:
                found.findings.append(finding)
                if not keep_going:
                    break
        if found.outside and not found.findings:
            found.stopped = Why.CONSTRAINT
    except Stopped as stop:
        found.stopped = stop.why
    except KeyboardInterrupt:
        found.stopped = Why.INTERRUPTED
    except MemoryError:
        found.stopped = Why.MEMORY
    found.long_run = found.stopped in (None, Why.CONSTRAINT) or bool(found.findings)
    found.vacuous = (*found.vacuous, *judge.unspoken)
    found.seconds = judge.elapsed_s()


@dataclass(frozen=True, slots=True)
class _Truth:
    """What a claim says of each state: one byte for each, 1 where it is true."""

    premise: bytearray
    conclusion: bytearray


class _Judge:
    def __init__(
        self,
        system: System,
        found: Exploration,
        demands: Sequence[Demand],
        limits: Limits,
        report: Report | None,
    ) -> None:
        self.system = system
        self.found = found
        self.demands = demands
        self.states: Sequence[State] = found.expanded
        self.unspoken: list[str] = []
        self._limit_s = limits.seconds
        self._report = report
        self._start_s = time.monotonic() - found.seconds
        self._graph: Graph | None = None

    def elapsed_s(self) -> float:
        return time.monotonic() - self._start_s

    def look(self, _: int = 0) -> None:
        """Keep the time limit, and say that there is still something to do. **Errors** Stopped."""
        self.found.seconds = self.elapsed_s()
        if self._report is not None:
            self._report(self.found)
        if self._limit_s is not None and self.found.seconds >= self._limit_s:
            raise Stopped(Why.TIME)

    @property
    def graph(self) -> Graph:
        """The graph, built when it is first asked for."""
        if self._graph is None:
            self._graph = graph_of(self.system, self.states, self.demands, look=self.look)
        return self._graph

    def claim(self, name: str) -> Finding | None:
        """A behaviour that breaks a claim for some choice of its parameters, or None."""
        spoken = False
        for claim in self.system.long_run(name):
            truth = self.truth(claim)
            spoken = spoken or any(truth.premise)
            lasso = self.broken(claim.form, truth)
            if lasso is not None:
                return self.finding(claim, lasso)
        if not spoken:
            self.unspoken.append(name)
        return None

    def truth(self, claim: LongRun) -> _Truth:
        """Ask a claim of every state. **Errors** MistakeFound, Stopped."""
        size = len(self.states)
        truth = _Truth(bytearray(size), bytearray(size))
        for v, state in enumerate(self.states):
            if v % LOOK_EVERY == 0:
                self.look()
            try:
                truth.premise[v], truth.conclusion[v] = self.system.judge(claim, state)
            except SpecError as error:
                raise MistakeFound(error, self.path(self.graph.path_to(v))) from error
        return truth

    def broken(self, form: Form, truth: _Truth) -> Lasso | None:
        """A behaviour that breaks a claim of this form."""
        graph = self.graph
        false = truth.conclusion.translate(NEGATED)
        match form:
            case Form.EVENTUALLY:
                sources = [v for v in graph.initial if false[v]]
                return find_lasso(graph, sources, false)
            case Form.LEADS_TO:
                asked = (v for v in _marked(truth.premise) if false[v])
                return find_lasso(graph, asked, false)
            case Form.ALWAYS_EVENTUALLY:
                return find_lasso(graph, _marked(false), false)
            case Form.EVENTUALLY_ALWAYS:
                everywhere = bytearray(b"\x01") * len(graph)
                return find_lasso(graph, graph.initial, everywhere, false)

    def finding(self, claim: LongRun, lasso: Lasso) -> Finding:
        path = self.path([*lasso.path, *lasso.cycle])
        return Finding(Kind.LIVENESS, claim.name, path, len(lasso.path) - 1, claim)

    def path(self, numbers: Sequence[int]) -> Path:
        return path_of(self.system, [self.states[v] for v in numbers])


def breaks(system: System, claim: LongRun, path: Path, loop: int) -> bool:
    """Whether a behaviour that goes on for ever breaks a claim, be it fair or not.

    After its last step, it goes on from the state with the number ``loop``.
    """
    truth = [system.judge(claim, state) for state in path.states()]
    conclusions = [conclusion for _, conclusion in truth]
    for_ever = conclusions[loop:]
    match claim.form:
        case Form.EVENTUALLY:
            return not any(conclusions)
        case Form.LEADS_TO:
            return any(
                premise and not any(conclusions[min(i, loop) :])
                for i, (premise, _) in enumerate(truth)
            )
        case Form.ALWAYS_EVENTUALLY:
            return not any(for_ever)
        case Form.EVENTUALLY_ALWAYS:
            return not all(for_ever)


def telling_state(system: System, claim: LongRun, path: Path, loop: int) -> int | None:
    """Of a behaviour that breaks a claim, the number of the first state that shows why: where a
    premise is true that is never met, or where what should be true for ever is false. None where
    all states say the same."""
    truth = [system.judge(claim, state) for state in path.states()]
    match claim.form:
        case Form.LEADS_TO:
            later = (any(c for _, c in truth[min(i, loop) :]) for i in range(len(truth)))
            found = (i for i, met in enumerate(later) if truth[i][0] and not met)
            return next(found, None)
        case Form.EVENTUALLY_ALWAYS:
            return next((i for i in range(loop, len(truth)) if not truth[i][1]), None)
        case Form.EVENTUALLY | Form.ALWAYS_EVENTUALLY:
            return None


NEGATED = bytes([TRUE, FALSE]) + bytes(254)


def _marked(marks: bytearray) -> Iterator[int]:
    """The states that are marked, in order."""
    return (v for v, mark in enumerate(marks) if mark)

"""The answer to a check: Holds | Violated | Deadlocked | AssumptionFalse | Unknown, with evidence.

A violated property is not an error of the program, and neither is a search that met a limit: both
are verdicts, and each has its exit code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from .bounds import Bounds
from .counterexample import Counterexample
from .explore.claims import Kind
from .explore.fingerprint import Fingerprint
from .explore.search import Why
from .explore.system import RequireCount

__all__ = [
    "ActionCoverage",
    "AssumptionFalse",
    "DeadAction",
    "Deadlocked",
    "Evidence",
    "ExitCode",
    "Holds",
    "Property",
    "Unknown",
    "Verdict",
    "Violated",
    "Violation",
    "code_of",
    "code_of_kind",
    "worst",
]


class ExitCode(IntEnum):
    """What the program ends with. The codes of TLC where TLC has one; below 10 is ours."""

    HOLDS = 0
    """Every model holds within its bounds, or yields exactly what it is expected to."""
    UNEXPECTED = 1
    """A model yields another verdict than it is expected to, or other counts, and nothing worse."""
    ASSUMPTION = 10
    """An assumption is false of the instance; nothing was checked."""
    DEADLOCK = 11
    SAFETY = 12
    """An invariant or step invariant is broken, or what must be reachable is not."""
    REFINEMENT = 13
    """A refinement is broken, or a claim about the long run."""
    LIVENESS = 13
    INCONCLUSIVE = 14
    """Nothing broken was found, but not everything was to be looked at: depth limit, sampling.
    Also when there was no state to look at."""
    VACUOUS = 15
    """Under ``--strict``: it holds, but an action is dead or an invariant says nothing."""
    LIMIT = 20
    """Nothing broken was found before a limit of states, time or memory."""
    USAGE = 64
    """The command was asked for something that does not exist."""
    SPEC = 65
    """The specification, or a model of it, contains a mistake."""
    INTERNAL = 70
    """A mistake of ours, or two engines that disagree. Please report it."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C."""


SEVERITY = (
    ExitCode.INTERNAL,
    ExitCode.SPEC,
    ExitCode.USAGE,
    ExitCode.INTERRUPTED,
    ExitCode.SAFETY,
    ExitCode.REFINEMENT,
    ExitCode.DEADLOCK,
    ExitCode.ASSUMPTION,
    ExitCode.UNEXPECTED,
    ExitCode.LIMIT,
    ExitCode.INCONCLUSIVE,
    ExitCode.VACUOUS,
    ExitCode.HOLDS,
)
"""From worst to best: with several models the worst decides. What makes the other answers
worthless comes first, then what was refuted, then what was left open."""


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """The code that decides; HOLDS of none.

    >>> worst([ExitCode.LIMIT, ExitCode.SAFETY, ExitCode.HOLDS]).name
    'SAFETY'
    """
    return min(codes, key=SEVERITY.index, default=ExitCode.HOLDS)


# ---------------------------------------------------------------------------------- evidence
@dataclass(frozen=True, slots=True)
class Property:
    """A claim that was checked."""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class ActionCoverage:
    """How often an action was taken.

    **Units** ``transitions`` counts steps, one for each choice of parameters; ``enabled_in`` the
    states in which it could be taken; ``discovered`` the states first met by it.
    """

    name: str
    transitions: int
    enabled_in: int
    discovered: int


@dataclass(frozen=True, slots=True)
class DeadAction:
    """An action that was never enabled, and how far its guards got.

    ``requires`` were counted over ``states`` of the states; the first that never held is the one
    to look at.
    """

    name: str
    states: int
    requires: tuple[RequireCount, ...]

    @property
    def blocking(self) -> RequireCount | None:
        """The first guard that was asked and never held."""
        return next((r for r in self.requires if r.asked and not r.held), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a verdict rests on: the instance, the search, and what it saw.

    **Units** ``transitions`` counts one step for each action and choice of parameters, out of each
    expanded state; it is no property of the model and differs between tools. ``depth`` counts
    states, initial states being at depth 1; it is None when the search does not measure it.
    ``outside`` counts the states one step beyond the constraint: checked, but not among ``states``.
    With ``permutations``, states that so many exchanges of elements make of each other count once:
    states, transitions and the counts of actions are those of one state of each orbit.
    ``memory_bytes`` is what the whole process needed at most; 0 when that was not measured.
    ``disk_bytes`` is the size of the states on disk, where they did not fit into memory.
    ``checkpoint`` is the directory from which the search can be taken up again, ``stopped_by`` what
    the system said when it refused to go on. ``fingerprint`` says how states were told apart, if
    fingerprints were asked for: then a state may be omitted.
    ``engine`` names the engines that have done the work, ``engine_note`` says why another has not.
    ``at_least``: walks met more states than were kept; counts of states are lower bounds.
    ``found_by_walk`` is the number of the random walk that broke a claim. ``gates`` is the size of
    the formula of a bounded check, which visits no states. ``unjudged`` are claims about the long
    run that were not looked at, because not every state was.
    """

    model: str
    protocol: str
    bounds: Bounds
    engine: str
    engine_note: str = ""
    search: str
    permutations: int | None = None
    states: int = 0
    transitions: int = 0
    gates: int | None = None
    depth: int | None = None
    initial: int = 0
    outside: int = 0
    walks: int = 0
    seconds: float = 0.0
    memory_bytes: int = 0
    disk_bytes: int = 0
    checkpoint: str | None = None
    stopped_by: str = ""
    fingerprint: Fingerprint | None = None
    at_least: bool = False
    complete: bool = False
    levels: tuple[int, ...] = ()
    properties: tuple[Property, ...] = ()
    actions: tuple[ActionCoverage, ...] = ()
    dead: tuple[DeadAction, ...] = ()
    vacuous: tuple[str, ...] = ()
    unreached: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()
    seed: int | None = None
    found_by_walk: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def states_per_s(self) -> float:
        return self.states / self.seconds if self.seconds > 0 else 0.0

    @property
    def unit(self) -> str:
        """What ``states`` counts."""
        return "state" if self.permutations is None else "orbit"

    @property
    def is_vacuous(self) -> bool:
        """Whether part of the model said or did nothing, as far as a complete search can tell."""
        return self.complete and bool(self.dead or self.vacuous or not self.states)


# ----------------------------------------------------------------------------------- verdicts
@dataclass(frozen=True, slots=True)
class Violation:
    """One broken claim, with the behaviour that breaks it, if a behaviour can show that."""

    kind: Kind
    name: str
    counterexample: Counterexample


@dataclass(frozen=True, slots=True)
class Holds:
    """Every claim is true of every reachable state and step of the instance."""

    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Violated:
    """At least one claim is false. The first is the one found first, with a shortest behaviour if
    the search was breadth first."""

    evidence: Evidence
    violations: tuple[Violation, ...]


@dataclass(frozen=True, slots=True)
class Deadlocked:
    """A state was reached that nothing leads out of, and that is not terminal."""

    evidence: Evidence
    violation: Violation


@dataclass(frozen=True, slots=True)
class AssumptionFalse:
    """What the protocol assumes of every instance is false of this one; nothing was explored."""

    evidence: Evidence
    assumption: str
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing broken was found, and the search did not see everything."""

    evidence: Evidence
    why: Why


Verdict = Holds | Violated | Deadlocked | AssumptionFalse | Unknown


def code_of(verdict: Verdict, *, strict: bool = False) -> ExitCode:
    """The exit code of a verdict by itself, whatever was expected."""
    match verdict:
        case Holds(evidence):
            return ExitCode.VACUOUS if strict and evidence.is_vacuous else ExitCode.HOLDS
        case Violated(_, violations):
            return worst(code_of_kind(v.kind) for v in violations)
        case Deadlocked():
            return ExitCode.DEADLOCK
        case AssumptionFalse():
            return ExitCode.ASSUMPTION
        case Unknown(_, why):
            match why:
                case Why.STATES | Why.TIME | Why.MEMORY | Why.DISK | Why.WORKERS:
                    return ExitCode.LIMIT
                case Why.DEPTH | Why.SAMPLED | Why.SOLVER | Why.CONSTRAINT | Why.NOTHING:
                    return ExitCode.INCONCLUSIVE
                case Why.INTERRUPTED:
                    return ExitCode.INTERRUPTED


def code_of_kind(kind: Kind) -> ExitCode:
    """The exit code of a broken claim."""
    match kind:
        case Kind.INVARIANT | Kind.STEP_INVARIANT | Kind.REACHABLE:
            return ExitCode.SAFETY
        case Kind.REFINEMENT | Kind.LIVENESS:
            return ExitCode.REFINEMENT
        case Kind.DEADLOCK:
            return ExitCode.DEADLOCK

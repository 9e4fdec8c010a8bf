"""What every search shares: limits, the paths it finds, and the account it gives of itself."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from ...spec.lang.errors import SpecError
from .claims import Broken, Claims, Kind
from .fingerprint import Fingerprint
from .system import LongRun, State, System, Transition

__all__ = [
    "ActionCount",
    "Exploration",
    "Finding",
    "Limits",
    "MistakeFound",
    "Path",
    "Search",
    "Stopped",
    "Why",
    "path_of",
]


class Why(Enum):
    """Why a search ended before it had seen everything."""

    STATES = "state limit"
    TIME = "time limit"
    MEMORY = "out of memory"
    DISK = "the disk cannot be written"
    WORKERS = "workers were lost again and again"
    INTERRUPTED = "interrupted"
    DEPTH = "depth limit"
    SAMPLED = "sampling only"
    SOLVER = "the solver gave up"
    CONSTRAINT = "cut off by a constraint"
    NOTHING = "nothing was explored"


@dataclass(frozen=True, slots=True)
class Limits:
    """Where to stop. **Units** ``depth`` counts states on a path, the initial state included."""

    states: int | None = None
    seconds: float | None = None
    depth: int | None = None


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Path:
    """A behaviour of the system: an initial state, and the steps taken from it."""

    initial: State
    steps: tuple[Transition, ...] = ()

    @property
    def last(self) -> State:
        return self.steps[-1].target if self.steps else self.initial

    def states(self) -> list[State]:
        """All states in order, the initial one first."""
        return [self.initial, *(step.target for step in self.steps)]

    def then(self, step: Transition) -> Path:
        return Path(self.initial, (*self.steps, step))


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken claim, with a behaviour that breaks it in its last state or last step.

    There is no behaviour to show when a ``@reachable`` state is never reached. What breaks a claim
    about the long run goes on for ever: after its last step, which leads there, it goes on from the
    state with the number ``loop`` (the initial one is 0). If that is the last state of the path,
    reached by no step from itself, the behaviour stops there. ``claim`` has the parameters.
    """

    kind: Kind
    name: str
    path: Path | None
    loop: int | None = None
    claim: LongRun | None = None


@dataclass(slots=True)
class ActionCount:
    """How often an action was taken: steps, states it was enabled in, states it discovered."""

    transitions: int = 0
    enabled_in: int = 0
    discovered: int = 0


@dataclass(slots=True)
class Exploration:
    """What a search has seen so far, and in the end what it found.

    **Units** ``depth`` is the number of states on the longest of the shortest paths from an
    initial state, initial states being at depth 1; 0 when the search does not measure it.
    ``levels`` holds the number of states first met at each depth. ``outside`` counts the states
    beyond the constraint: checked, not counted among ``states``, not expanded. ``halted`` says that
    a broken claim ended the search, ``stopped`` that a limit did, and ``stopped_by`` what the
    system said when it refused something; ``long_run`` that the claims
    about the long run were judged too. ``memory_bytes`` is what the whole process needed at most,
    0 when it was not measured, ``disk_bytes`` the size of the states on disk where they do not fit;
    ``checkpoint`` is the directory from which it can be taken up again. ``fingerprint`` says how
    states were told apart, if fingerprints of them were asked for.
    ``at_least``: random walks met more states than could be kept, so that ``states``, ``outside``
    and the states of actions are lower bounds. ``again``: the walk that broke a claim can be taken
    again by its number alone.
    """

    states: int = 0
    transitions: int = 0
    depth: int = 0
    initial: int = 0
    outside: int = 0
    levels: list[int] = field(default_factory=list)
    frontier: int = 0
    walks: int = 0
    actions: dict[str, ActionCount] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    stopped: Why | None = None
    stopped_by: str = ""
    halted: bool = False
    seconds: float = 0.0
    unreached: tuple[str, ...] = ()
    vacuous: tuple[str, ...] = ()
    expanded: Sequence[State] = ()
    long_run: bool = False
    memory_bytes: int = 0
    disk_bytes: int = 0
    checkpoint: str | None = None
    fingerprint: Fingerprint | None = None
    at_least: bool = False
    again: bool = True

    @property
    def complete(self) -> bool:
        """Every state within the bounds was expanded: neither a limit nor a finding ended it."""
        return self.stopped is None and not self.halted


class MistakeFound(Exception):
    """The specification makes a mistake at run time in the last state of ``path``: exit code 65."""

    def __init__(self, error: SpecError, path: Path | None) -> None:
        super().__init__(str(error))
        self.error = error
        self.path = path


class Stopped(Exception):
    """A limit was reached; by what, where that says more."""

    def __init__(self, why: Why, by: str = "") -> None:
        super().__init__(why.value)
        self.why = why
        self.by = by


class _Halted(Exception):
    """A claim is broken, and one is enough."""


Report = Callable[[Exploration], None]
REPORT_EVERY_S = 0.2


class Search(ABC):
    """A search keeps its own order of states; this class keeps count, time and findings.

    A subclass has :meth:`explore` and :meth:`here`, and calls :meth:`beat` and :meth:`count` once
    for each state that it expands, and :meth:`found` with whatever its claims say is broken.
    """

    def __init__(
        self,
        system: System,
        claims: Claims,
        limits: Limits,
        *,
        keep_going: bool,
        report: Report | None,
    ) -> None:
        self.system = system
        self.claims = claims
        self.limits = limits
        self.keep_going = keep_going
        self.result = Exploration(actions={name: ActionCount() for name in system.actions})
        self._report = report
        self._broken: set[Broken] = set()
        self._start_s = time.monotonic()
        watched = report is not None or limits.seconds is not None
        self._next_look_s = 0.0 if watched else float("inf")

    @abstractmethod
    def explore(self) -> None:
        """Visit states until there are no more. **Errors** Stopped when a limit is met."""

    @abstractmethod
    def here(self) -> Path | None:
        """The path to what is being looked at, for the error that was met there."""

    @abstractmethod
    def finish(self) -> None:
        """Complete the figures that are not kept up to date on the way."""

    def run(self) -> Exploration:
        """Explore, and give account, however the search ends. **Errors** MistakeFound."""
        result = self.result
        try:
            self.explore()
        except _Halted:
            result.halted = True
        except Stopped as stop:
            result.stopped, result.stopped_by = stop.why, stop.by
        except KeyboardInterrupt:
            result.stopped = Why.INTERRUPTED
        except MemoryError:
            result.stopped = Why.MEMORY
        except SpecError as error:
            raise MistakeFound(error, self.here()) from error
        self.finish()
        result.unreached = self.claims.unreached
        result.vacuous = self.claims.vacuous
        if result.complete:
            result.findings += [Finding(Kind.REACHABLE, name, None) for name in result.unreached]
        result.seconds = self.elapsed_s()
        return result

    # --------------------------------------------------------------------------- on the way
    def beat(self) -> None:
        """Look at the clock: report progress, and keep the time limit. **Errors** Stopped."""
        elapsed = self.elapsed_s()
        if elapsed < self._next_look_s:
            return
        self.result.seconds = elapsed
        if self._report is not None:
            self._report(self.result)
        limit = self.limits.seconds
        if limit is not None and elapsed >= limit:
            raise Stopped(Why.TIME)
        self._next_look_s = elapsed + REPORT_EVERY_S
        if limit is not None:
            self._next_look_s = min(self._next_look_s, limit)

    def elapsed_s(self) -> float:
        return time.monotonic() - self._start_s

    def count(self, steps: Sequence[Transition]) -> None:
        """Count the steps out of one state."""
        self.result.transitions += len(steps)
        enabled = set()
        for step in steps:
            self.result.actions[step.action].transitions += 1
            enabled.add(step.action)
        for action in enabled:
            self.result.actions[action].enabled_in += 1

    def found(self, broken: Sequence[Broken], path: Callable[[], Path]) -> None:
        """Keep the first counterexample of each claim; the first of all ends the search, unless it
        is to keep going."""
        new = [claim for claim in broken if claim not in self._broken]
        if not new:
            return
        self._broken.update(new)
        made = path()
        self.result.findings += [Finding(claim.kind, claim.name, made) for claim in new]
        if not self.keep_going:
            raise _Halted


def path_of(system: System, states: Iterable[State]) -> Path:
    """The path through these states: for each pair, the first step that leads from one to the next.

    Searches keep states and parents only; the steps between them are found again here.
    """
    first, *rest = states
    steps: list[Transition] = []
    source = first
    for target in rest:
        steps.append(next(t for t in system.successors(source) if t.target == target))
        source = target
    return Path(first, tuple(steps))

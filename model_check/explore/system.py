"""What a search needs of a model: a transition system whose states can be hashed.

States are opaque to the search. The interpreter (:mod:`..backends.interpret`) and plain Python
(:mod:`..backends.run`) are two systems of the same model, and must give equal answers.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

__all__ = ["Form", "LongRun", "RequireCount", "State", "System", "Transition"]

State = Hashable


@dataclass(frozen=True, slots=True)
class Transition:
    """One step: which action, with which parameters (opaque, see ``show_arguments``), to where."""

    action: str
    arguments: tuple[Any, ...]
    target: State


class Form(Enum):
    """How a claim about the long run speaks of the states of a behaviour."""

    EVENTUALLY = "eventually"
    LEADS_TO = "leads_to"
    ALWAYS_EVENTUALLY = "always_eventually"
    EVENTUALLY_ALWAYS = "eventually_always"


@dataclass(frozen=True, slots=True)
class LongRun:
    """A claim about the long run, for one choice of its parameters (opaque, as those of a step)."""

    name: str
    form: Form
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class RequireCount:
    """How often one ``require`` of an action was asked and how often it held.

    ``line`` and ``text`` say which one it is.
    """

    line: int
    text: str
    asked: int
    held: int


class System(Protocol):
    """A finite-branching transition system with its properties, by name.

    **Errors** every method raises SpecError when the specification makes a mistake at run time.
    """

    actions: tuple[str, ...]
    invariants: tuple[str, ...]
    step_invariants: tuple[str, ...]
    reachables: tuple[str, ...]
    refinements: tuple[str, ...]
    liveness: tuple[str, ...]
    has_terminal: bool

    def initial(self) -> Sequence[State]:
        """The initial states, each once."""
        ...

    def successors(self, state: State) -> Sequence[Transition]:
        """Every step out of ``state``, self loops included, one per action and choice."""
        ...

    def within(self, state: State) -> bool:
        """Whether the state satisfies every ``@constraint``."""
        ...

    def is_terminal(self, state: State) -> bool:
        """Whether some ``@terminal`` property says that nothing more need happen."""
        ...

    def broken_invariants(self, state: State) -> Sequence[str]:
        """The invariants that are false in ``state``."""
        ...

    def broken_step_invariants(self, state: State, target: State) -> Sequence[str]:
        """The step invariants that are false of the step."""
        ...

    def reached(self, state: State, names: Iterable[str]) -> Sequence[str]:
        """Those of the named ``@reachable`` properties that are true in ``state``."""
        ...

    def long_run(self, name: str) -> Sequence[LongRun]:
        """A claim about the long run, once for each choice of its parameters."""
        ...

    def judge(self, claim: LongRun, state: State) -> tuple[bool, bool]:
        """The premise and the conclusion of a claim in ``state``; without a premise, True."""
        ...

    def show_choice(self, claim: LongRun) -> Mapping[str, Any]:
        """The parameters of a claim by name, as Python objects."""
        ...

    def broken_initial_refinements(self, state: State) -> Sequence[str]:
        """The refinements whose image of this initial state is no initial state."""
        ...

    def broken_refinements(self, state: State, target: State) -> Sequence[str]:
        """The refinements whose image of the step is neither a step nor a stuttering."""
        ...

    def premises(self) -> Sequence[str]:
        """The invariants that have a premise: ``all(... if premise)``, ``implies(...)``."""
        ...

    def premise_true(self, state: State, names: Iterable[str]) -> Sequence[str]:
        """Those of the named invariants that say something of ``state``: a premise is true."""
        ...

    def show(self, state: State) -> Mapping[str, Any]:
        """The state as Python objects (sort elements, records, Map, Set, ...), field by field."""
        ...

    def show_arguments(self, transition: Transition) -> Mapping[str, Any]:
        """The chosen parameters of a step by name, as Python objects."""
        ...

    def image(self, name: str, state: State) -> Mapping[str, Any]:
        """The abstract state to which a refinement maps ``state``, field by field."""
        ...

    def explain_disabled(self, action: str, states: Iterable[State]) -> Sequence[RequireCount]:
        """For an action that never fired: each ``require`` in order, over the given states."""
        ...

"""What is claimed of a protocol: decorators that say how a method is to be read.

Every property is a method without side effects that returns a bool; its name is a claim
(``agreement``, ``log_matching``), its docstring says it in a sentence and names the source.

What is claimed of the long run (``eventually`` and the three after it) is claimed of every *fair*
behaviour, see :mod:`.fairness`. Such a method may have parameters, which range over sorts,
enumerations and bool: the claim is then made for each choice of them by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = [
    "always_eventually",
    "assumption",
    "constraint",
    "eventually",
    "eventually_always",
    "invariant",
    "leads_to",
    "reachable",
    "refines",
    "step_invariant",
    "terminal",
]

F = TypeVar("F", bound=Callable[..., Any])
A = TypeVar("A")
P = TypeVar("P")


def _marked(kind: str, f: F) -> F:
    f.__kind__ = kind  # type: ignore[attr-defined]  # read by the front end and by execute
    return f


def invariant(f: F) -> F:
    """True in every reachable state."""
    return _marked("invariant", f)


def step_invariant(f: F) -> F:
    """True of every step: ``self`` is the state before it, the argument the state ``after``."""
    return _marked("step_invariant", f)


def reachable(f: F) -> F:
    """True in at least one reachable state: guards against a model in which nothing happens."""
    return _marked("reachable", f)


def eventually(f: F) -> F:
    """True at some time in every fair behaviour: ``◇P``."""
    return _marked("eventually", f)


def leads_to(f: F) -> F:
    """Returns the pair ``premise, conclusion``: whenever the first is true, the second is true then
    or later, in every fair behaviour: ``□(P ⇒ ◇Q)``. Both are evaluated in every state."""
    return _marked("leads_to", f)


def always_eventually(f: F) -> F:
    """True again and again, for ever, in every fair behaviour: ``□◇P``."""
    return _marked("always_eventually", f)


def eventually_always(f: F) -> F:
    """True from some time on, for ever, in every fair behaviour: ``◇□P``."""
    return _marked("eventually_always", f)


def assumption(f: F) -> F:
    """True of the constants and quorums of every instance; reads no state. Exit code 10 if not."""
    return _marked("assumption", f)


def constraint(f: F) -> F:
    """A bound on the search, not a guard: states outside are checked, not counted or expanded."""
    return _marked("constraint", f)


def terminal(f: F) -> F:
    """States in which it is right that nothing more can happen: they are no deadlocks."""
    return _marked("terminal", f)


def refines(abstract: type[A]) -> Callable[[Callable[[P], A]], Callable[[P], A]]:
    """The method maps each state to a state of ``abstract``.

    Initial states must be mapped to initial states, and every step to a step of ``abstract`` or to
    no change at all (stuttering).
    """

    def mark(f: Callable[[P], A]) -> Callable[[P], A]:
        f.__abstract__ = abstract  # type: ignore[attr-defined]  # read by the front end
        return _marked("refines", f)

    return mark

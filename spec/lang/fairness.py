"""Fairness: which steps a behaviour must take in the long run, as part of an instance.

Nothing in a protocol says that a step is ever taken: a behaviour may stop anywhere. What is claimed
of the long run holds only of behaviours that are *fair* in the way that the model assumes, so the
same protocol can be checked under several assumptions.

*Weak* fairness of an action: it is not enabled for ever, without a break, and never taken. *Strong*
fairness: it is not enabled again and again, and taken only finitely often. A step that changes
nothing is no step here, neither for being enabled nor for being taken.

**Source** L. Lamport, "The Temporal Logic of Actions" (ACM TOPLAS 16(3), 1994), section 5: WF and
SF of an action, with the whole state as the subscript.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .diagnostics import Diagnostic
from .errors import Span
from .protocol import Protocol, methods_of
from .source import hints_of

__all__ = ["Fairness", "Strength", "strongly_fair", "weakly_fair"]


class Strength(Enum):
    """How often an action must be enabled for it to be taken."""

    WEAK = "weak"
    STRONG = "strong"


@dataclass(frozen=True)
class Fairness:
    """An assumption on behaviours: one of the actions is taken if it could be, often enough.

    ``actions`` are names; together they are one action, which is enabled where one of them is.
    ``each`` names parameters: the assumption is then made for every choice of them by itself, and
    the others are left open.
    """

    strength: Strength
    actions: tuple[str, ...]
    each: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.strength.value} fairness of {self.subject}"

    @property
    def subject(self) -> str:
        """Of what: ``release``, ``each promise(a, m)``, ``each prepare(r) or refuse(r)``."""
        each = f"({', '.join(self.each)})" if self.each else ""
        return "each " * bool(each) + " or ".join(f"{name}{each}" for name in self.actions)

    def places(
        self, protocol: type[Protocol], at: Span | None = None
    ) -> dict[str, tuple[int, ...]]:
        """For each action, where among its parameters those of ``each`` stand.

        **Errors** BP617 and BP618, at ``at``, for an action or parameter that the protocol lacks.
        """
        known = methods_of(protocol, "action")
        sorts: dict[str, Any] = {}
        found: dict[str, tuple[int, ...]] = {}
        for name in self.actions or ("",):
            if name not in known:
                raise Diagnostic.FAIR_ACTION.error(
                    at,
                    name=name or "nothing",
                    protocol=protocol.__name__,
                    example=f"{protocol.__name__}.{next(iter(known), 'step')}",
                )
            parameters = list(inspect.signature(known[name]).parameters)[1:]
            hints = hints_of(known[name])
            for each in self.each:
                if each not in parameters or sorts.setdefault(each, hints.get(each)) != hints.get(
                    each
                ):
                    raise Diagnostic.FAIR_PARAMETER.error(
                        at, name=each, action=name, known=", ".join(parameters) or "none"
                    )
            found[name] = tuple(parameters.index(each) for each in self.each)
        return found


def weakly_fair(*actions: Callable[..., Any], each: str | Iterable[str] = ()) -> Fairness:
    """Taken sooner or later if it stays enabled: ``weakly_fair(Paxos.promise, each="a")``.

    Without ``each`` the choice of all parameters is left open, which assumes least: something of
    the kind happens. Several actions are one: whichever of them is taken will do.
    """
    return _fair(Strength.WEAK, actions, each)


def strongly_fair(*actions: Callable[..., Any], each: str | Iterable[str] = ()) -> Fairness:
    """Taken sooner or later if it is enabled again and again, though not all the time.

    The parameters are those of :func:`weakly_fair`. It implies weak fairness, and assumes more.
    """
    return _fair(Strength.STRONG, actions, each)


def _fair(
    strength: Strength, actions: tuple[Callable[..., Any], ...], each: str | Iterable[str]
) -> Fairness:
    names = tuple(getattr(a, "__name__", str(a)) for a in actions)
    return Fairness(strength, names, (each,) if isinstance(each, str) else tuple(each))

"""What a model assumes of behaviours in the long run, as the search asks for it.

An assumption with ``each`` is one *demand*; for every choice of those parameters it makes a
*concern* of its own, which is enabled where one of its steps could be taken, and taken by any of
them. A step that changes nothing counts for neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...spec.lang.fairness import Strength
from ...spec.lang.model import Model
from .search import Path
from .system import System, Transition

__all__ = ["Account", "Concern", "Demand", "account_of", "concerns_of", "demands_of"]

Concern = tuple[int, tuple[Any, ...]]
"""The number of a demand, and the arguments for which it is made."""


@dataclass(frozen=True, slots=True)
class Demand:
    """An assumption of fairness: ``places`` says, for each of its actions, where among the
    arguments of a step those stand for which it is made one by one."""

    strong: bool
    places: Mapping[str, tuple[int, ...]]
    text: str = ""


def demands_of(model: Model) -> tuple[Demand, ...]:
    """The assumptions of a model. **Errors** SpecError for an action that the protocol lacks."""
    return tuple(
        Demand(
            f.strength is Strength.STRONG,
            f.places(model.protocol, model.at("fairness")),
            str(f),
        )
        for f in model.fairness
    )


def concerns_of(demands: Sequence[Demand], step: Transition) -> Iterator[Concern]:
    """The concerns that a step belongs to, if it changes something."""
    for number, demand in enumerate(demands):
        places = demand.places.get(step.action)
        if places is not None:
            yield number, tuple([step.arguments[i] for i in places])


@dataclass(frozen=True, slots=True)
class Account:
    """How a behaviour that goes on for ever deals with one concern.

    ``step`` is one that would meet it; ``taken`` is the number of the first step of the cycle that
    does, and ``disabled`` that of the first of its states where no step could. The initial state
    has the number 0, and a step that of the state it leads to.
    """

    concern: Concern
    demand: Demand
    step: Transition
    taken: int | None
    disabled: int | None

    @property
    def fair(self) -> bool:
        return self.taken is not None or (self.disabled is not None and not self.demand.strong)


def account_of(system: System, demands: Sequence[Demand], path: Path, loop: int) -> list[Account]:
    """Every concern that is enabled somewhere in the cycle of a behaviour, with how it is met.

    Plainly said, and slow: each state is asked for its steps again. A behaviour is fair if each
    account is.
    """
    states = path.states()
    cycle = states[loop:-1] or states[loop:]
    first: dict[Concern, Transition] = {}
    enabled: list[set[Concern]] = []
    taken: dict[Concern, int] = {}
    for place, state in enumerate(cycle):
        here = set()
        goes_to = states[loop + place + 1] if loop + place + 1 < len(states) else state
        for step in system.successors(state):
            if step.target == state:
                continue
            for concern in concerns_of(demands, step):
                here.add(concern)
                first.setdefault(concern, step)
                if step.target == goes_to:
                    taken.setdefault(concern, loop + place + 1)
        enabled.append(here)
    return [
        Account(
            concern,
            demands[concern[0]],
            step,
            taken.get(concern),
            next((loop + i for i, here in enumerate(enabled) if concern not in here), None),
        )
        for concern, step in sorted(first.items(), key=lambda item: item[0][0])
    ]

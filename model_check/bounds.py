"""For which instance a verdict speaks: sizes, quorums, constants, network, restarts, limits.

A verdict is never wider than the check that made it, so every text and document names these.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..spec.lang.model import Model
from ..spec.lang.network import SetNetwork
from ..spec.lang.protocol import fields_of, methods_of
from ..spec.lang.values import SubsetOf, Universe
from .explore.system import Form
from .rendering import render

__all__ = ["Bounds", "bounds_of", "claims_of_long_run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """An instance in words. Names are those of the specification, in order of first occurrence.

    ``lengths`` and ``integers`` are the model's own: the longest sequence in a state, and the least
    and the greatest int there. ``constraints`` are predicates that bound the search; ``ignored``
    are assumptions that are false of the instance, which was checked all the same; ``fairness`` is
    what was assumed of behaviours in the long run; ``steps`` is the greatest number of steps that
    were looked at, if not all were; ``only`` lists the properties that were checked
    when not all of them were.
    """

    sizes: tuple[tuple[str, int], ...]
    quorums: tuple[tuple[str, str], ...] = ()
    constants: tuple[tuple[str, str], ...] = ()
    network: str | None = None
    restarts: int | None = None
    lengths: int | None = None
    integers: tuple[int, int] | None = None
    constraints: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    fairness: tuple[str, ...] = ()
    steps: int | None = None
    only: tuple[str, ...] | None = None

    def phrases(self) -> list[str]:
        """Each bound as a phrase."""
        said = [", ".join(f"{sort}={size}" for sort, size in self.sizes)] if self.sizes else []
        said += [f"{sort}: {sets}" for sort, sets in self.quorums]
        said += [f"{name}={value}" for name, value in self.constants]
        if self.network is not None:
            said.append(f"network: {self.network}")
        if self.restarts:
            said.append(f"at most {self.restarts} restart{'s' * (self.restarts > 1)}")
        if self.lengths is not None:
            said.append(f"sequences of at most {self.lengths}")
        if self.integers is not None:
            said.append(f"ints from {self.integers[0]} to {self.integers[1]}")
        if self.constraints:
            said.append(f"within {', '.join(self.constraints)}")
        if self.ignored:
            said.append(f"although {', '.join(self.ignored)} is false")
        said += fairness_phrases(self.fairness)
        if self.steps is not None:
            said.append(f"at most {self.steps} step{'s' * (self.steps != 1)}")
        if self.only is not None:
            said.append(f"only {', '.join(self.only) or 'deadlock'}")
        return said

    def __str__(self) -> str:
        return "; ".join(self.phrases()) or "the one instance there is"


def bounds_of(model: Model, universe: Universe, ignored: Sequence[str] = ()) -> Bounds:
    """The bounds of a model, as its universe has them."""
    sizes, quorums = [], []
    for sort, members in universe.elements.items():
        if issubclass(sort, SubsetOf):
            base = universe.elements[sort.base()]
            quorums.append((sort.__name__, _sets(members, base)))
        else:
            sizes.append((sort.__name__, len(members)))
    declared = fields_of(model.protocol).values()
    has_network = any("Network" in str(annotation) for annotation in declared)
    return Bounds(
        sizes=tuple(sizes),
        quorums=tuple(quorums),
        constants=tuple((name, render(value)) for name, value in universe.constants.items()),
        network=str(model.network or SetNetwork()) if has_network else None,
        restarts=model.restarts or None,
        lengths=model.lengths,
        integers=model.integers,
        constraints=tuple(methods_of(model.protocol, "constraint")),
        ignored=tuple(ignored),
        fairness=tuple(map(str, model.fairness)) if claims_of_long_run(model) else (),
        only=None if model.properties is None else tuple(model.properties),
    )


def fairness_phrases(assumed: Iterable[str]) -> list[str]:
    """Assumptions of one kind as one phrase.

    >>> fairness_phrases(["weak fairness of each ask(c)", "weak fairness of release"])
    ['weak fairness of each ask(c), release']
    """
    kinds: dict[str, list[str]] = {}
    for text in assumed:
        kind, _, subject = text.partition(" of ")
        kinds.setdefault(kind, []).append(subject)
    return [f"{kind} of {', '.join(subjects)}" for kind, subjects in kinds.items()]


def claims_of_long_run(model: Model) -> list[str]:
    """The claims about the long run that are checked; only these depend on fairness."""
    names = [name for form in Form for name in methods_of(model.protocol, form.value)]
    return [x for x in names if model.properties is None or x in model.properties]


def _sets(members: Iterable[SubsetOf[object]], base: Sequence[object]) -> str:
    """A quorum system in words, if it is all sets, or all of one size; else set by set."""
    sets = [q.members for q in members]
    size = min(map(len, sets))
    if set(sets) == {frozenset(c) for c in itertools.combinations(base, size)}:
        return f"any {size} of {len(base)}"
    if len(set(sets)) == 2 ** len(base) - 1:
        return f"any set of {len(base)}"
    shown = [render(q) for q in sets]
    return " ".join(shown)

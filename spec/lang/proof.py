"""A proof: the inductive invariant by which a protocol is safe at every size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from .errors import Span
from .model import Model
from .network import NetworkModel
from .protocol import Protocol
from .source import called_from, part_of_call

__all__ = ["Proof"]


@dataclass(frozen=True, kw_only=True)
class Proof:
    """Why a protocol is safe for any number of nodes, ballots, terms, values and entries.

    ``protocol`` extends ``of``, the specification as it is shipped, by invariants and by *ghost*
    fields: fields that record what has happened, and that no guard and no other field depends on.
    All invariants of ``protocol``, inherited ones included, are proved together by induction: they
    hold initially, and every action keeps them. Its step invariants are proved of every step from
    a state in which the invariants hold. ``goals`` names what is claimed of ``of`` in the end, by
    default all its invariants and step invariants; the others are lemmas.

    ``instances`` are finite: they show that assumptions and actions are not contradictory, and
    steps that break an invariant are looked for there. ``network`` is the network proved for, by
    default a set that only grows, which covers loss, repetition and reordering. ``restarts`` lets
    nodes crash and restart any number of times, if fields are declared durable and volatile.

    ``order`` says what the solver is told of a total order: its axioms, or that it lies among the
    integers. Both are true of every total order there can be; now one is quicker, now the other.
    ``lemmas`` names for a condition, such as ``"accept/agreement"``, the invariants that it follows
    from, where the solver needs to be told; ``"agreement"`` means all conditions of that claim.
    ``"votes_final'"`` is an invariant in the state after the step; it has to come earlier in the
    argument than the claim, lemmas in the order of the text before claims of the protocol. What the
    text of a claim names in backquotes is tried without being told.

    ``candidates`` names invariants of ``protocol`` that are held back: they are neither assumed nor
    proved. ``prove --bounded`` says which of them would exclude the state that a counterexample to
    induction begins in.
    """

    name: str
    protocol: type[Protocol]
    of: type[Protocol]
    instances: Sequence[Model] = ()
    network: NetworkModel | None = None
    restarts: bool = False
    goals: Iterable[str] | None = None
    order: Literal["axioms", "int"] = "axioms"
    lemmas: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    candidates: Iterable[str] = ()
    slow: bool = False
    span: Span | None = field(default=None, compare=False, repr=False)  # where it is written

    def __post_init__(self) -> None:
        if self.span is None:
            object.__setattr__(self, "span", called_from())

    def at(self, argument: str, key: str | None = None) -> Span | None:
        """Where an argument of the proof is written, or one entry of an argument that is a dict."""
        return part_of_call(self.span, argument, key)

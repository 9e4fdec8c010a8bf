"""A proof: the inductive invariant by which a protocol is safe at every size."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .diagnostics import Diagnostic
from .errors import Span
from .model import Model, is_class
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

    def check(self) -> None:
        """**Errors** SpecError for an argument of another kind, or an instance of another class."""
        self.check_arguments()
        for model in self.instances:
            if model.protocol is not self.protocol:
                raise Diagnostic.PROOF_INSTANCE.error(
                    model.at("protocol") or self.at("instances"),
                    name=model.name,
                    other=getattr(model.protocol, "__name__", repr(model.protocol)),
                    protocol=self.protocol.__name__,
                )

    def check_arguments(self, *some: str) -> None:
        """**Errors** SpecError for an argument, or one of ``some``, of another kind."""
        for argument, is_right, wanted, example in self._wanted():
            given = getattr(self, argument)
            if (not some or argument in some) and not is_right(given):
                raise Diagnostic.PROOF_ARGUMENT.error(
                    self.at(argument) or self.span,
                    argument=argument,
                    given=getattr(given, "__name__", repr(given)),
                    wanted=wanted,
                    example=f"`{example}`",
                )

    def _wanted(self) -> Iterator[tuple[str, Callable[[Any], bool], str, str]]:
        """What each argument has to be: a test, in words, and an example."""
        yield "name", lambda x: isinstance(x, str), "a string", 'name="any size"'
        for argument in ("protocol", "of"):
            yield argument, _is_protocol, "a protocol", f"{argument}=Voting"
        example = 'instances=[Model(name="...", protocol=..., sizes={...: 2})]'
        yield "instances", _is_list_of(Model), "a list of models", example
        example = "network=FifoNetwork(capacity=1)"
        yield "network", _is_network, "a network", example
        yield "restarts", lambda x: isinstance(x, bool), "True or False", "restarts=True"
        wanted, example = "a list of names", 'goals=["agreement"]'
        yield "goals", lambda x: x is None or _is_names(x), wanted, example
        yield "candidates", _is_names, wanted, 'candidates=["agreement"]'
        wanted = '"axioms" or "int"'
        yield "order", lambda x: x in ("axioms", "int"), wanted, 'order="axioms"'
        example = 'lemmas={"action/claim": ("invariant", ...)}'
        yield "lemmas", _is_lemmas, "a dict of tuples of names", example

    def at(self, argument: str, key: str | None = None) -> Span | None:
        """Where an argument of the proof is written, or one entry of an argument that is a dict."""
        return part_of_call(self.span, argument, key)


def _is_protocol(given: object) -> bool:
    return is_class(given, Protocol)


def _is_network(given: object) -> bool:
    return given is None or isinstance(given, NetworkModel)


def _is_list_of(kind: type[Any]) -> Callable[[Any], bool]:
    return lambda given: isinstance(given, list | tuple) and all(isinstance(x, kind) for x in given)


def _is_names(given: object) -> bool:
    """A string is a collection of strings too, and never what was meant."""
    if isinstance(given, str) or not isinstance(given, Collection):
        return False
    return all(isinstance(x, str) for x in given)


def _is_lemmas(given: object) -> bool:
    return isinstance(given, Mapping) and all(
        isinstance(cell, str) and _is_names(names) for cell, names in given.items()
    )

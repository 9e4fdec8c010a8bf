"""Names for what is said of quorums inside other formulas, so that it is looked at on demand.

*There is a quorum of which every member has done this or may yet do that* says of a term and an
index that an entry may still be committed. Said in the middle of a conjunct it costs a solver dear:
for whatever the conjunct is instantiated by, and for each quorum, there is a member that stands for
the claim being false; that member has a term, and the conjunct can be instantiated by it. It goes
on for ever.

In the style with ``named`` each such formula, an ``exists`` around a ``forall``, becomes a relation
of its free variables, with its meaning as an axiom. The same formula, under whatever variables, is
the same relation. Where a hypothesis has it as a premise, the hypothesis is instantiated only for
what the goal *mentions* in such a formula. What an action makes of a formula mentions the formula
of the state before, for the same arguments.

Naming what is defined changes no answer, and *mentioned*, like a tag, is true of everything.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from . import terms as t
from .terms import Function, Term
from .triggers import Lookups, looked_up, looking, prenex, with_pattern

__all__ = ["Definitions"]


@dataclass
class Definitions:
    """The named formulas of one signature, whose ``axioms`` get their meanings.

    ``numbered`` makes names; ``lookups`` are the functions whose last argument is a place to
    instantiate hypotheses by; ``meanings`` are variables, and what is said of them.
    """

    axioms: dict[Function, list[Term]]
    numbered: Callable[[str], str]
    lookups: Lookups = field(default_factory=dict)
    meanings: dict[Function, tuple[tuple[Term, ...], Term]] = field(default_factory=dict)
    _known: dict[object, Function] = field(default_factory=dict)

    def named(self, found: Term, before: Term | None = None) -> Term:
        """A formula by its name; ``before`` is the same formula of the state before the step."""
        if not _alternates(found):
            return found
        key, variables = _canonical(found)
        if not variables:
            return found
        f = self._known.get(key)
        if f is None:
            f = Function(self.numbered("named"), tuple(x.sort for x in variables), t.BOOL)
            self._known[key] = f
            self.meanings[f] = variables, found
            named = t.app(f, variables)
            laws = [t.implies(named, found), t.implies(found, named), _mentioned(named)]
            if before is not None and _alternates(before):
                earlier = self.named(before)
                if earlier.free <= set(variables):
                    laws.append(_mentioned(earlier))
            self.axioms[f] = [t.forall(variables, t.TRUE, law, [(named,)]) for law in laws]
        return t.app(f, variables)

    # ------------------------------------------------------------------------------ in formulas
    def unfolded(self, f: Term, keep: bool | None = None) -> Term:
        """Named formulas replaced by what they mean; those in a positive place are kept if ``keep``
        is True, those in a negative place if it is False."""
        if not self.meanings:
            return f
        memo: dict[tuple[Term, bool | None], Term] = {}

        def go(f: Term, positive: bool | None) -> Term:
            if f.sort != t.BOOL or not any(g in self.meanings for g in t.functions_in(f)):
                return f
            key = f, positive
            if key not in memo:
                memo[key] = one(f, positive)
            return memo[key]

        def one(f: Term, positive: bool | None) -> Term:
            if f.function in self.meanings:
                if keep is not None and positive is keep:
                    return f
                variables, meaning = self.meanings[f.function]
                return t.substitute(meaning, dict(zip(variables, f.args, strict=True)))
            flipped = None if positive is None else not positive
            match f.op:
                case "not":
                    return t.negate(go(f.args[0], flipped))
                case "implies":
                    return t.implies(go(f.args[0], flipped), go(f.args[1], positive))
                case "and" | "or" | "forall" | "exists":
                    return t.rebuild(f, lambda x: go(x, positive))
                case _:
                    return t.rebuild(f, lambda x: go(x, None))

        return go(f, True)

    def hypothesis(self, f: Term) -> Term:
        """A formula to be assumed, instantiated on demand where a named formula is a premise."""
        kept = self.unfolded(f, keep=False)
        return t.both(self._on_demand(part) for part in t.parts(kept))

    def goal(self, f: Term) -> Term:
        """A formula to be refuted, already negated: what holds by name, and is looked into."""
        looked = t.negate(looking(t.negate(f), self.lookups)) if self._looks(f) else f
        return self.unfolded(looked, keep=True)

    def _names(self, f: Term) -> bool:
        return any(g in self.meanings for g in t.functions_in(f))

    def _looks(self, f: Term) -> bool:
        return any(g in self.lookups for g in t.functions_in(f))

    def _on_demand(self, f: Term) -> Term:
        if not self._names(f):
            return looked_up(f, self.lookups) if self._looks(f) else f
        binders, guards, body = prenex(f, self._names)
        whole = t.both((*guards, t.negate(body)))
        names = [
            x
            for x in t.subterms(whole)
            if x.function in self.meanings
            and set(x.args) <= set(binders)
            and len(set(x.args)) == len(x.args)
        ]
        for chosen in sorted(names, key=lambda x: -len(x.args)):
            pattern = (_mentioned(chosen),)
            made = with_pattern(binders, guards, body, self.lookups, pattern)
            if made is not None:
                return made
        return self.unfolded(f)


def _mentioned(named: Term) -> Term:
    """That a named formula is mentioned of these arguments."""
    assert named.function is not None
    f = Function(f"mentioned.{named.name}", named.function.domain, t.BOOL)
    return t.app(f, named.args)


def _alternates(f: Term) -> bool:
    return f.op == "exists" and any(x.op == "forall" for x in t.subterms(f))


def _canonical(f: Term) -> tuple[object, tuple[Term, ...]]:
    """A form that tells formulas apart but for the names of variables; and the free ones."""
    variables: dict[Term, int] = {}

    def go(f: Term, bound: dict[Term, int]) -> object:
        if f.op == "var":
            if f in bound:
                return "bound", bound[f]
            return "free", variables.setdefault(f, len(variables)), f.sort
        if not f.args or not (f.free or f.binders):
            return f
        inner = bound
        if f.binders:
            inner = {**bound, **{x: len(bound) + i for i, x in enumerate(f.binders)}}
        sorts = tuple(x.sort for x in f.binders)
        return f.op, f.name, f.value, sorts, tuple(go(x, inner) for x in f.args)

    return go(f, {}), tuple(variables)

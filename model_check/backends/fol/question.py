"""The conditions of a proof as questions to a solver: is there a state where it fails?

A condition is proved when its negation, together with the hypotheses, what is known of the action
and the axioms, cannot be satisfied. An action whose parameter is drawn from messages of several
shapes gives several questions, and all have to be refuted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from ...induction.conditions import Cell, Conditions, Part
from ...ir import nodes as n
from ...ir import walk
from . import terms as t
from .definitions import Definitions
from .evaluate import Env, Evaluator, Fields
from .execute import Case, cases
from .signature import Signature, Style, plain
from .terms import Term

__all__ = ["Lowering", "Question", "unchanged"]

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Question:
    """``hypotheses`` and ``facts`` are assumed, ``goal`` is to follow. ``tests`` are conditions by
    which a solver may distinguish cases."""

    name: str
    hypotheses: Mapping[str, Term]
    facts: tuple[Term, ...]
    goal: Term
    tests: tuple[Term, ...] = ()


def unchanged(cell: Cell) -> bool:
    """Whether an action writes nothing that the claim reads: then it keeps it."""
    return (
        cell.part is Part.CONSECUTION
        and cell.action is not None
        and cell.goal is not None
        and walk.fields_written(cell.action.body).isdisjoint(walk.fields_read(cell.goal.body))
    )


class Lowering:
    """One proof in one style. Whatever several conditions share is evaluated once."""

    def __init__(self, conditions: Conditions, style: Style) -> None:
        self.conditions = conditions
        self.style = style
        self.signature = Signature(style)
        self.evaluator = Evaluator(conditions.spec, self.signature)
        self.before: Fields = self.evaluator.state()
        self.definitions: Definitions | None = None
        if style.named and style.tags:
            known = self.signature
            self.definitions = Definitions(known.axioms, known.numbered, known.lookups)
            self.evaluator.definitions = self.definitions
            self.evaluator.before = self.before
        self._hypotheses: dict[str, Term] = {}
        self._cases: dict[str, list[Case]] = {}
        self._parts: dict[str, set[Term]] = {}

    @cached_property
    def assumptions(self) -> tuple[Term, ...]:
        """What the protocol assumes of its constants and quorums; nothing if the style says so."""
        if not self.style.laws:
            return ()
        env = Env({}, {})
        return tuple(self.evaluator.formula(_body(p), env) for p in self.conditions.assumptions)

    def hypothesis(self, name: str) -> Term:
        """An invariant in the state before."""
        if name not in self._hypotheses:
            p = self.conditions.by_name[name]
            self._hypotheses[name] = self.evaluator.formula(_body(p), Env({}, self.before))
        return self._hypotheses[name]

    def cases(self, action: n.Action) -> list[Case]:
        if action.name not in self._cases:
            self._cases[action.name] = cases(self.evaluator, action, self.before)
        return self._cases[action.name]

    def questions(self, cell: Cell, lemmas: Iterable[str] | None = None) -> list[Question]:
        """The questions of a condition, with some of the invariants as hypotheses, or with all.
        A name with a prime, ``x'``, is that invariant in the state after the step.

        **Errors** Unsupported when the action or claim has no first-order form.
        """
        hypotheses: dict[str, Term] = {}
        primed: list[str] = []
        if cell.part is not Part.INITIATION and cell.action is not self.conditions.spec.init:
            names = list(self.conditions.by_name if lemmas is None else lemmas)
            hypotheses = {x: self.hypothesis(x) for x in names if not x.endswith("'")}
            primed = [x for x in names if x.endswith("'")]
        if cell.part is Part.DEFINED:
            return self._definedness(cell, hypotheses)
        if cell.part is Part.IMPLIED:
            assert cell.goal is not None
            goal = self.hypothesis(cell.goal.name)
            return [Question(cell.name, hypotheses, self.assumptions, goal)]
        assert cell.action is not None
        assert cell.goal is not None
        made = []
        for case in self.cases(cell.action):
            goal = self._changed(cell, self._goal(cell, cell.goal, case))
            if goal is t.TRUE:
                continue
            name = f"{cell.name} {plain(case.label)}".strip()
            facts = (*case.facts, case.guard, *self.assumptions)
            after = {x: self._after(x.removesuffix("'"), case) for x in primed}
            made.append(Question(name, {**hypotheses, **after}, facts, goal, case.tests))
        return made

    def _after(self, name: str, case: Case) -> Term:
        """An invariant in the state after."""
        return self.evaluator.formula(_body(self.conditions.by_name[name]), Env({}, case.fields))

    def _goal(self, cell: Cell, goal: n.Property, case: Case) -> Term:
        """The claim after the step; a step invariant has to be defined as well."""
        if cell.part is not Part.STEP:
            return self.evaluator.formula(_body(goal), Env({}, case.fields))
        env = Env({}, self.before, case.fields)
        held, obligations = self._collected(lambda: self.evaluator.formula(_body(goal), env))
        return t.both((*obligations, held))

    def _changed(self, cell: Cell, goal: Term) -> Term:
        """Those parts of a claim that the step touches. What it says afterwards in the very words
        in which it was true before needs no solver."""
        if cell.part is not Part.CONSECUTION or cell.claim not in self.conditions.by_name:
            return goal
        before = self._parts.get(cell.claim)
        if before is None:
            before = {t.renamed(f) for f in t.parts(self.hypothesis(cell.claim))}
            self._parts[cell.claim] = before
        return t.both(f for f in t.parts(goal) if t.renamed(f) not in before)

    def leaves_out(self, problem: Iterable[tuple[str, Term]]) -> bool:
        """Whether the style leaves out anything that could be said of a question."""
        if self.style.laws:
            return False
        if self.conditions.assumptions:
            return True
        return any(not self.signature.unsaid.isdisjoint(t.functions_in(f)) for _, f in problem)

    def _definedness(self, cell: Cell, hypotheses: Mapping[str, Term]) -> list[Question]:
        facts = list(self.assumptions)
        if cell.action is not None:
            action = cell.action
            found, obligations = self._collected(lambda: cases(self.evaluator, action, self.before))
            facts += [f for case in found for f in case.facts]
        else:
            assert cell.goal is not None
            body = _body(cell.goal)
            _, obligations = self._collected(
                lambda: self.evaluator.formula(body, Env({}, self.before))
            )
        goal = t.both(obligations)
        if goal is t.TRUE:
            return []
        return [Question(cell.name, hypotheses, tuple(facts), goal)]

    def _collected(self, run: Callable[[], R]) -> tuple[R, list[Term]]:
        """What ``run`` evaluates to, and what must hold for nothing to go wrong on the way."""
        ev = self.evaluator
        ev.collecting, ev.obligations = True, []
        try:
            made = run()
            return made, list(dict.fromkeys(f for f, _ in ev.obligations))
        finally:
            ev.collecting, ev.obligations = False, []

    # ---------------------------------------------------------------------------- as problems
    def problem(self, q: Question, extra: Iterable[Term] = ()) -> list[tuple[str, Term]]:
        """The formulas that cannot all hold if the condition is true, each with a name."""
        hypotheses, facts, goal = q.hypotheses, (*q.facts, *extra), t.negate(q.goal)
        if self.definitions is not None:
            names = self.definitions
            hypotheses = {x: names.hypothesis(f) for x, f in hypotheses.items()}
            facts = tuple(map(names.unfolded, facts))
            goal = names.goal(goal)
        made = [(f"lemma.{name}", f) for name, f in hypotheses.items()]
        made += [(f"fact.{i}", f) for i, f in enumerate(facts)]
        made.append(("goal", goal))
        formulas = [f for _, f in made if f is not t.TRUE]
        laws = self.signature.relevant(formulas)
        made += [(f"axiom.{i}", f) for i, f in enumerate(laws)]
        return [(name, f) for name, f in made if f is not t.TRUE]


def _body(p: n.Property) -> n.Expr:
    """The claim as one expression."""
    (returned,) = p.body
    assert isinstance(returned, n.Return)
    assert returned.value is not None
    return returned.value

"""The first-order form of a specification says what running it does.

A state of the interpreter is a finite structure. In it, each claim must have the value that the
interpreter gives it; each action must be enabled for exactly the parameters with which the
interpreter takes it, and lead to the same state. States are those on walks through the shipped
models, and through random ones: goal and method as in ``tests/agree``, with the fast path here
being the formulas.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from ballotproof.model_check.backends.fol import terms as t
from ballotproof.model_check.backends.fol.definitions import Definitions
from ballotproof.model_check.backends.fol.evaluate import Env, Evaluator
from ballotproof.model_check.backends.fol.execute import cases
from ballotproof.model_check.backends.fol.signature import Signature, Style
from ballotproof.model_check.backends.fol.terms import Term
from ballotproof.model_check.backends.fol.values import (
    MapValue,
    Option,
    Rec,
    SeqValue,
    SetValue,
    Tup,
    Value,
    families,
    fields_of,
)
from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.discover import Found, shipped, shipped_proofs
from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.ir import nodes as n
from ballotproof.model_check.ir.sorts import (
    MapSort,
    OptionSort,
    RecordSort,
    SeqSort,
    SetSort,
    Sort,
    TupleSort,
    UnionSort,
)
from ballotproof.model_check.passes.inline import inline
from ballotproof.model_check.passes.inline_effects import inline_effects
from ballotproof.spec.lang.errors import SpecError, Unsupported
from ballotproof.spec.lang.model import Model

from ....agree.random_specs import from_seed
from ....agree.two_engines import loaded
from .structure import Structure, structure_of

STATES = 4
"""States looked at on each walk, the last of them deepest."""

WITHOUT_FORM = {
    "paxos.simplified_fast": "a sum",
    "paxos.state_machine_replication": "reading in a loop",
    "broken.smr_unnumbered_commit_notice": "reading in a loop",
    "broken.fast_paxos_majority_fast_quorum": "a sum",
    "raft.ongaro": "Bag",
    "paxos.reconfiguration": "the number of elements",
    "broken.multi_paxos_group_not_awaited": "the number of elements",
}
"""Specifications with a part that the encoding refuses, and what it says."""


def models() -> list[Found]:
    """One quick model of each protocol, proofs included: they have ghosts."""
    chosen: dict[type, Found] = {}
    for f in shipped():
        if f.model.network is None and not f.model.slow:
            chosen.setdefault(f.model.protocol, f)
    for p in shipped_proofs():
        for m in p.proof.instances:
            free = replace(m, lengths=None, integers=None)
            chosen.setdefault(m.protocol, Found(f"proofs.{p.module}", free))
    return list(chosen.values())


SLOW = ("proofs.raft.replication", "proofs.raft.history", "broken.")
"""Instances with many elements, since formulas are evaluated by trying all; and variants that
differ from a shipped protocol by a line."""

MODELS = [
    pytest.param(f, id=f.identity, marks=[pytest.mark.slow] if f.module.startswith(SLOW) else [])
    for f in models()
]


class Comparison:
    """One model, in both forms."""

    def __init__(self, model: Model, style: Style) -> None:
        read_spec = read(model.protocol, model)
        self.spec = inline(inline_effects(read_spec))
        self.system = Interpreter(read_spec, model)
        self.codec = self.system.codec
        self.evaluator = Evaluator(self.spec, Signature(style))
        self.before = self.evaluator.state()
        known = self.evaluator.signature
        self.names = Definitions(known.axioms, known.numbered, known.lookups)
        if style.named:
            self.evaluator.before, self.evaluator.definitions = self.before, self.names
        self.constants = {x: self.codec.constant(x, s) for x, s in self.spec.constants}

    def structure(self, state: Any) -> Structure:
        values = self.codec.encode_state(self.system.decode(state))
        made = structure_of(self.spec, self.codec, values, self.constants)
        made.enums = self.evaluator.signature.enums
        made.named = self.names.meanings
        return made

    def forms(self, formula: Term) -> list[Term]:
        """A claim as it is, as a hypothesis, as a goal, and with nothing named."""
        goal = t.negate(self.names.goal(t.negate(formula)))
        made = (formula, self.names.hypothesis(formula), goal, self.names.unfolded(formula))
        return list(dict.fromkeys(made))

    # ------------------------------------------------------------------------------- claims
    def claims(self, state: Any, structure: Structure) -> None:
        broken = set(self.system.broken_invariants(state))
        for p in self.spec.of_kind(n.PropertyKind.INVARIANT):
            formula = self.evaluator.formula(body_of(p), Env({}, self.before))
            for form in self.forms(formula):
                assert structure.value(form, {}) == (p.name not in broken), p.name

    def steps_of(self, action: n.Action, state: Any, structure: Structure) -> int:
        """Compare all steps of an action; how many there are."""
        wanted = {
            s.arguments: s.target for s in self.system.successors(state) if s.action == action.name
        }
        found: dict[tuple[Any, ...], Any] = {}
        for case in cases(self.evaluator, action, self.before):
            constants = constants_in(case.facts, case.guard, case.parameters.values())
            for choice in choices(constants, structure):
                for c, v in zip(constants, choice, strict=True):
                    structure.functions[c.name] = lambda v=v: v
                if not structure.value(case.guard, {}):
                    continue
                arguments = tuple(
                    self.read(case.parameters[p.name], p.sort, structure) for p in action.parameters
                )
                after = tuple(
                    self.read(case.fields[f.name], f.sort, structure) for f in self.spec.fields
                )
                assert found.setdefault(arguments, after) == after
                self.step_claims(action, state, wanted[arguments], case.fields, structure)
        expected = {
            args: tuple(self.codec.encode_state(self.system.decode(target)))
            for args, target in wanted.items()
        }
        assert found == expected, action.name
        return len(found)

    def step_claims(
        self,
        action: n.Action,
        state: Any,
        target: Any,
        fields: Mapping[str, Value],
        structure: Structure,
    ) -> None:
        broken = set(self.system.broken_step_invariants(state, target))
        for p in self.spec.of_kind(n.PropertyKind.STEP_INVARIANT):
            formula = self.evaluator.formula(body_of(p), Env({}, self.before, fields))
            assert structure.value(formula, {}) == (p.name not in broken), (action.name, p.name)
        broken = set(self.system.broken_invariants(target))
        for p in self.spec.of_kind(n.PropertyKind.INVARIANT):
            formula = self.evaluator.formula(body_of(p), Env({}, fields))
            assert structure.value(formula, {}) == (p.name not in broken), (action.name, p.name)

    # ------------------------------------------------------------------------- reading values
    def read(self, v: Value, sort: Sort, s: Structure, names: Mapping[Term, Any] = {}) -> Any:
        """A symbolic value as the interpreter has it."""
        match v:
            case Term():
                made = s.value(v, names)
                return made if not isinstance(made, str) else self.member(made, sort)
            case Option():
                assert isinstance(sort, OptionSort)
                if not s.value(v.some, names):
                    return None
                assert v.value is not None
                return self.read(v.value, sort.of, s, names)
            case Tup():
                assert isinstance(sort, TupleSort)
                pairs = zip(v.parts, sort.items, strict=True)
                return tuple(self.read(x, y, s, names) for x, y in pairs)
            case SeqValue():
                assert isinstance(sort, SeqSort)
                length = s.value(v.length, names)
                return tuple(self.read(v.at(t.number(i)), sort.of, s, names) for i in range(length))
            case MapValue():
                assert isinstance(sort, MapSort)
                return tuple(
                    self.read(v.at(self.key(k, sort.key)), sort.value, s, names)
                    for k in self.codec.values(sort.key)
                )
            case SetValue():
                assert isinstance(sort, SetSort)
                return frozenset(self.elements(v, sort.of, s, names))
            case _:
                assert isinstance(sort, RecordSort | UnionSort)
                ((_, rec),) = [(c, r) for c, r in fields_of(v) if s.value(c, names)]
                assert isinstance(rec, Rec)
                pairs = zip(rec.parts, (x for _, x in rec.sort.fields), strict=True)
                parts = tuple(self.read(x, y, s, names) for x, y in pairs)
                return (self.codec.tags[rec.sort], *parts)

    def elements(
        self, v: SetValue, sort: Sort, s: Structure, names: Mapping[Term, Any]
    ) -> Iterator[Any]:
        for f in families(v):
            for choice in itertools.product(*(s.elements(x.sort) for x in f.binders)):
                inner = {**names, **dict(zip(f.binders, choice, strict=True))}
                if s.value(f.guard, inner):
                    yield self.read(f.value, sort, s, inner)

    def member(self, name: str, sort: Sort) -> int:
        return [f"%{sort}.{m}" for m in sort.members].index(name)  # type: ignore[union-attr]  # an enum

    def key(self, k: Any, sort: Sort) -> Value:
        """A key as terms: numbers of elements as constants."""
        if isinstance(sort, TupleSort):
            return Tup(tuple(self.key(x, y) for x, y in zip(k, sort.items, strict=True)))
        if isinstance(k, bool):
            return t.TRUE if k else t.FALSE
        if hasattr(sort, "members"):
            return self.evaluator.signature.member(sort, k)  # type: ignore[arg-type]
        name = self.evaluator.signature.sort(sort)
        return t.app(t.Function(f"element.{name}.{k}", (), name))


def body_of(p: n.Property) -> n.Expr:
    (returned,) = p.body
    assert isinstance(returned, n.Return)
    assert returned.value is not None
    return returned.value


def constants_in(facts: Sequence[Term], guard: Term, parameters: Any) -> list[Term]:
    """The constants that stand for parameters: those with a number in their name."""
    found: dict[Term, None] = {}
    work: list[Any] = [*facts, guard, *parameters]
    while work:
        v = work.pop()
        if isinstance(v, Term):
            found.update((x, None) for x in t.subterms(v) if x.op == "app" and "!" in x.name)
        elif isinstance(v, Option):
            work += [v.some, *([] if v.value is None else [v.value])]
        elif isinstance(v, Rec | Tup):
            work += v.parts
        elif isinstance(v, SeqValue):
            work.append(v.length)
    return list(found)


def choices(constants: Sequence[Term], s: Structure) -> Iterator[tuple[Any, ...]]:
    return itertools.product(*(s.elements(c.sort) for c in constants))


def walk(system: Interpreter, seed: int) -> list[Any]:
    """States of a random walk, evenly spaced."""
    chance = random.Random(seed)
    states = [chance.choice(list(system.initial()))]
    for _ in range(24):
        steps = [x.target for x in system.successors(states[-1]) if x.target not in states]
        if not steps or not system.within(states[-1]):
            break
        states.append(chance.choice(steps))
    return states[:: max(1, len(states) // STATES)]


@pytest.mark.parametrize("found", MODELS)
def test_formulas_agree_with_the_interpreter(found: Found) -> None:
    refused = WITHOUT_FORM.get(found.module)
    if refused is not None:
        with pytest.raises(Unsupported, match=refused):
            compare(found.model)
    else:
        compare(found.model)


def compare(model: Model) -> None:
    """Compare some states of a model, and all steps from them."""
    comparison = Comparison(model, Style(integers="looked up", named=True))
    actions = [a for a in comparison.spec.actions if a.added is None]
    for state in walk(comparison.system, 0):
        structure = comparison.structure(state)
        comparison.claims(state, structure)
        for action in actions:
            comparison.steps_of(action, state, structure)


RANDOM = range(200)


def test_formulas_agree_with_the_interpreter_on_random_specifications() -> None:
    """Claims and actions that have a form, in the first states of a walk; most have none, because
    random text counts and adds."""
    compared: Counter[str] = Counter()
    for seed in RANDOM:
        with loaded(from_seed(seed).text) as (model,):
            if model.network is not None:
                continue
            with suppress(Unsupported, SpecError):
                random_specification(model, compared, seed)
    assert compared["claims"] >= 40, compared
    assert compared["actions"] >= 80, compared
    assert compared["steps"] >= 80, compared


def random_specification(model: Model, compared: Counter[str], seed: int) -> None:
    comparison = Comparison(model, Style(integers="looked up", named=True))
    if not list(comparison.system.initial()):
        return
    for state in walk(comparison.system, 0)[:3]:
        structure = comparison.structure(state)
        try:
            with suppress(Unsupported):
                comparison.claims(state, structure)
                compared["claims"] += 1
            for action in comparison.spec.actions:
                if action.added is None:
                    with suppress(Unsupported):
                        compared["steps"] += comparison.steps_of(action, state, structure)
                        compared["actions"] += 1
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error

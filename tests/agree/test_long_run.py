"""The engines agree on the long run of random specifications.

Goal: plain Python and the interpreter give one verdict on claims about the long run, under random
fairness. Method: the claims of random specifications (:mod:`tests.agree.random_specs`) are made
claims about the long run by another mark; each counterexample is taken again in plain Python by the
check itself, fairness included.
"""

from __future__ import annotations

import inspect
import random
import re
from collections import Counter
from dataclasses import replace

from ballotproof.model_check.check import check
from ballotproof.model_check.engine import Engine
from ballotproof.model_check.explore.search import Limits
from ballotproof.model_check.verdict import Holds, Unknown, Verdict, Violated
from ballotproof.spec.lang import Model
from ballotproof.spec.lang.errors import SpecError
from ballotproof.spec.lang.execute import natural_domain
from ballotproof.spec.lang.fairness import Fairness, Strength
from ballotproof.spec.lang.protocol import methods_of
from ballotproof.spec.lang.source import hints_of

from .random_specs import from_seed
from .two_engines import loaded

SPECIFICATIONS = 100
STATES = 150
"""Specifications with more states are left out: plain Python takes its time."""

FORMS = ("eventually", "always_eventually", "eventually_always")


def with_other_marks(text: str, chance: random.Random) -> str:
    """The claims about states as claims about the long run, one form for each name."""
    chosen: dict[str, str] = {}

    def mark(found: re.Match[str]) -> str:
        form = chosen.setdefault(found["name"], chance.choice(FORMS))
        return f"@{form}\n{found['rest']}"

    claim = r"@(?:invariant|reachable)\n(?P<rest>\s*def (?P<name>\w+))"
    return re.sub(claim, mark, text)


def with_fairness(model: Model, chance: random.Random) -> Model:
    """Random assumptions, some of them for each choice of a parameter."""
    assumed = []
    for name, method in methods_of(model.protocol, "action").items():
        hints = hints_of(method)
        parameters = list(inspect.signature(method).parameters)[1:]
        with model.universe():
            natural = [p for p in parameters if natural_domain(hints[p]) is not None]
        each = tuple(p for p in natural if chance.random() < 0.5)
        if chance.random() < 0.8:
            assumed.append(Fairness(chance.choice(list(Strength)), (name,), each))
    return replace(model, fairness=assumed, symmetry=False)


def verdict_of(model: Model, engine: Engine) -> Verdict | str:
    try:
        limits = Limits(states=STATES)
        return check(model, engine=engine, limits=limits, keep_going=True)
    except SpecError as error:
        return error.code


def lengths(verdict: Verdict) -> list[tuple[str, int, int | None]]:
    """What is violated, after how many steps, and with a cycle of how many."""
    if not isinstance(verdict, Violated):
        return []
    found = [(v.name, v.counterexample) for v in verdict.violations]
    return sorted((name, c.steps, c.cycle) for name, c in found)


def test_the_engines_agree_on_the_long_run() -> None:
    counts: Counter[str] = Counter()
    for seed in range(SPECIFICATIONS):
        chance = random.Random(seed)
        with loaded(with_other_marks(from_seed(seed).text, chance)) as (model,):
            fair = with_fairness(model, chance)
            ours, theirs = (verdict_of(fair, e) for e in (Engine.INTERPRET, Engine.PYTHON))
        if isinstance(ours, str) or isinstance(theirs, str):
            assert ours == theirs, f"seed {seed}"
            counts["mistakes"] += 1
            continue
        assert type(ours) is type(theirs), f"seed {seed}"
        assert {x for x, _, _ in lengths(ours)} == {x for x, _, _ in lengths(theirs)}, (
            f"seed {seed}"
        )
        for _, _, cycle in lengths(ours):
            counts["stops" if cycle == 0 else "safety" if cycle is None else "cycles"] += 1
        counts["holds"] += isinstance(ours, Holds)
        counts["too large"] += isinstance(ours, Unknown)
    assert min(counts[x] for x in ("stops", "cycles", "holds")) >= 10, counts

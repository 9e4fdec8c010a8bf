"""The engines agree on random specifications.

Goal: no specification makes two engines disagree. Method: Hypothesis draws whole specifications
as text (:mod:`tests.agree.random_specs`); plain Python and the interpreter explore each of them,
side by side (:mod:`tests.agree.two_engines`), and of some it is asked by formulas after how many
steps claims fall (:mod:`tests.agree.formulas`). A failure is printed with the text and the first
difference, and shrunk; ``python -m tests.agree.reduce FILE`` shortens a text further.

So that agreement means something, the same specifications are counted: what they contain, whether
their actions fire, whether states are reached, claims broken and mistakes made.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.ir import nodes as n
from ballotproof.model_check.ir.walk import everything_in, statements_in
from ballotproof.spec.lang.errors import SpecError

from .formulas import by_formulas
from .random_specs import RandomSpec, from_seed, specifications
from .reduce import reduced
from .two_engines import Disagreement, compare, loaded

ROOT = Path(__file__).resolve().parents[2]

WHOLE_POPULATION = 500
"""What `make test` draws, and what the counts below refer to."""

FORMULAS = 300
"""Of so many of them formulas are asked as well, and of every tenth of these the native engine."""

SEED = 2014
"""`make test` draws the same ones each time, so that what it says depends on the commit alone."""

SOAK = 20_000
"""What `make test-long` draws, other ones each time."""

RARE = {n.Bind}
"""Nodes that the front end makes of a few specifications only."""


@dataclass
class Population:
    """What a set of specifications contains, and what came up when they ran."""

    specs: int = 0
    with_states: int = 0
    with_messages: int = 0
    with_mistakes: int = 0
    with_broken_claims: int = 0
    with_restarts: int = 0
    with_variant: int = 0
    with_refinement: int = 0
    actions: int = 0
    fired: int = 0
    states: int = 0
    steps: int = 0
    nodes: Counter[type[Any]] = field(default_factory=Counter)
    texts: set[int] = field(default_factory=set)
    to_ask: int = 0
    asked: int = 0
    with_violations: int = 0
    not_asked: Counter[str] = field(default_factory=Counter)
    lengths: Counter[int] = field(default_factory=Counter)

    def add(self, text: str) -> None:
        """Let the engines explore a new specification, and count it. **Errors** Disagreement."""
        if hash(text) in self.texts:
            return
        with loaded(text) as models:
            (model,) = models
            try:
                spec = read(model.protocol, model)
            except SpecError as error:
                raise Disagreement(f"the front end refuses what Python runs: {error}") from error
            system = Interpreter(spec, model)
            explored = compare(model, lambda *_: system, spec=spec)
            if self.asked < self.to_ask:
                self.ask(by_formulas(spec, model, system, also_native=self.asked % 10 == 0))
        self.nodes.update({type(x) for x in _nodes(spec)})
        self.specs += 1
        self.with_states += explored.states > 3
        self.with_messages += any(f.network is not None or _of_records(f) for f in spec.fields)
        self.with_mistakes += bool(explored.codes)
        self.with_broken_claims += bool(explored.broken)
        self.with_restarts += model.restarts > 0
        self.with_variant += model.protocol.__name__ == "Refined"
        self.with_refinement += bool(spec.refinements)
        self.actions += explored.actions
        self.fired += len(explored.fired)
        self.states += explored.states
        self.steps += explored.steps
        self.texts.add(hash(text))

    def ask(self, said: list[int] | str) -> None:
        """Count what formulas were compared on: how many claims fall after how many steps."""
        if isinstance(said, str):
            self.not_asked[said] += 1
            return
        self.asked += 1
        self.with_violations += bool(said)
        self.lengths.update(said)

    def __str__(self) -> str:
        counts = {k: v for k, v in vars(self).items() if isinstance(v, int)}
        told = ", ".join(f"{k.replace('_', ' ')}: {v}" for k, v in counts.items())
        lengths = dict(sorted(self.lengths.items()))
        return f"{told}, not asked: {dict(self.not_asked)}, lengths: {lengths}"


def _of_records(f: n.FieldDecl) -> bool:
    sort = getattr(f.sort, "of", None)
    return "Record" in type(sort).__name__ or "Union" in type(sort).__name__


def _nodes(spec: n.Spec) -> Iterator[n.Node]:
    bodies = [spec.init.body, *(a.body for a in spec.actions)]
    bodies += [*(f.body for f in spec.functions), *(p.body for p in spec.properties)]
    for body in bodies:
        yield from statements_in(body)
        yield from everything_in(body)


def agree_on(count: int, otherwise: int, formulas: int) -> Population:
    """Draw so many specifications, on which the engines must agree, from the seed that is asked
    for, or else from ``otherwise``; of the first ``formulas`` that have one, formulas are asked.

    Hypothesis does not shrink here: on texts of this size the reducer is ten times as fast, and
    ends with shorter ones.
    """
    chosen = int(os.environ.get("BALLOTPROOF_SEED", otherwise))
    population = Population(to_ask=formulas)
    failed: list[str] = []

    @seed(chosen)
    @settings(
        max_examples=count + 100,  # some of the first ones come more than once
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        phases=(Phase.generate,),
    )
    @given(specifications())
    def check(drawn: RandomSpec) -> None:
        try:
            population.add(drawn.text)
        except Disagreement:
            failed.append(drawn.text)
            raise

    try:
        check()
    except Disagreement as error:
        raise Disagreement(
            f"{error}\n\nBALLOTPROOF_SEED={chosen} draws it again. Reduced, it is\n\n"
            f"{reduced(failed[0])}\nand in full\n\n{failed[0]}"
        ) from None
    return population


def test_interpreter_agrees_with_plain_python() -> None:
    population = agree_on(WHOLE_POPULATION, SEED, FORMULAS)
    print(population)
    assert population.specs >= WHOLE_POPULATION
    share = {
        "reach more than three states": population.with_states,
        "exchange messages": population.with_messages,
        "break a claim": population.with_broken_claims,
        "are variants": population.with_variant,
    }
    assert share["reach more than three states"] >= 0.6 * population.specs, population
    assert share["exchange messages"] >= 0.3 * population.specs, population
    assert share["break a claim"] >= 0.3 * population.specs, population
    assert share["are variants"] >= 0.1 * population.specs, population
    assert population.fired >= 0.5 * population.actions, population
    assert 0.01 * population.specs <= population.with_mistakes <= 0.2 * population.specs, population
    assert population.with_restarts >= 0.03 * population.specs, population
    assert population.with_refinement >= 0.05 * population.specs, population
    assert population.asked == FORMULAS, population
    assert population.with_violations >= 0.5 * FORMULAS, population
    assert sum(v for k, v in population.lengths.items() if k > 0) >= 0.25 * FORMULAS, population
    assert sum(v for k, v in population.lengths.items() if k > 1) >= 0.02 * FORMULAS, population
    missing = {*get_args(n.Expr), *get_args(n.Stmt)} - RARE - set(population.nodes)
    assert not missing, population


@pytest.mark.slow
def test_interpreter_agrees_with_plain_python_for_long() -> None:
    print(agree_on(SOAK, random.randrange(1 << 32), SOAK))


def test_the_texts_are_well_typed(tmp_path: Path) -> None:
    """mypy --strict accepts them. Left out are comparisons and branches that it finds pointless, of
    which random text has many, and what it says of code that it knows will never run."""
    files = []
    for i in range(20):
        files.append(tmp_path / f"drawn_{i}.py")
        files[-1].write_text(from_seed(i).text, encoding="utf-8")
    pointless = ["unreachable", "comparison-overlap", "redundant-expr", "var-annotated"]
    left_out = [x for code in pointless for x in ("--disable-error-code", code)]
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", *left_out, *map(str, files)],
        cwd=tmp_path,
        env={"MYPYPATH": str(ROOT / "src"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    dead = re.compile(
        r'"None" has no attribute|Cannot determine type|Tuple index out of range|'
        r'Generator has incompatible item type "int"; expected "bool"'
    )
    errors = [x for x in run.stdout.splitlines() if ": error:" in x and not dead.search(x)]
    assert run.stderr == ""
    assert not [x for x in errors if 'Signature of "init"' not in x]


def test_a_seed_stands_for_one_text() -> None:
    assert from_seed(7).text == from_seed(7).text

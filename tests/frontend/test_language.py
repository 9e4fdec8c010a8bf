"""Each construct of the language, as IR: golden texts to be read beside the protocols.

The protocols in ``language`` have no sense beyond the constructs that they show. That the IR means
what the text means is seen by running both: the interpreter reads the IR, plain Python the text.
"""

from __future__ import annotations

from types import ModuleType

import pytest

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.backends.run import PlainPython
from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.ir.show import show
from ballotproof.model_check.ir.wellformed import Stage, wellformed
from ballotproof.spec.lang.execute import Snapshot
from ballotproof.spec.lang.model import Model

from ..model_check.golden import check
from .language import (
    choices,
    collections,
    comprehensions,
    constants,
    helpers,
    inheritance,
    long_run,
    loops,
    matches,
    narrowing,
    networks,
    properties,
    refinements,
    restarts,
    sequences,
    two_networks,
)

LANGUAGE = (
    choices, collections, comprehensions, constants, helpers, inheritance, long_run, loops,
    matches, narrowing, networks, properties, refinements, restarts, sequences, two_networks,
)  # fmt: skip
LIMIT = 150
"""States of each model in which both engines are asked for their steps."""


def name_of(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


def models() -> list[Model]:
    return [model for module in LANGUAGE for model in module.MODELS]


@pytest.mark.parametrize("module", LANGUAGE, ids=name_of)
def test_the_text_becomes_this_ir(module: ModuleType) -> None:
    texts = []
    for model in module.MODELS:
        spec = read(model.protocol, model)
        wellformed(spec, Stage.READ)
        texts.append(f"{model.name}\n\n{show(spec)}")
    check("\n\n".join(texts), f"frontend/{name_of(module)}.txt")


@pytest.mark.parametrize("model", models(), ids=lambda m: f"{m.protocol.__name__}, {m.name}")
def test_the_ir_means_what_the_text_means(model: Model) -> None:
    fast = Interpreter(read(model.protocol, model), model)
    plain = PlainPython(model)
    plain.execution.universe = fast.codec.universe
    mine: dict[Snapshot, object] = {fast.decode(s): s for s in fast.initial()}
    assert mine.keys() == set(plain.initial())
    work = list(mine)
    for snapshot in work:  # grows while it is read
        state = fast.encode(snapshot)
        steps = {(t.action, fast.decode(t.target)): t.target for t in fast.successors(state)}
        assert steps.keys() == {(t.action, t.target) for t in plain.successors(snapshot)}
        assert list(fast.broken_invariants(state)) == list(plain.broken_invariants(snapshot))
        for (_, after), target in steps.items():
            assert list(fast.broken_step_invariants(state, target)) == list(
                plain.broken_step_invariants(snapshot, after)
            )
            if after not in mine and len(work) < LIMIT:
                mine[after] = target
                work.append(after)

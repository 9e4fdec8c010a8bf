"""What is so in some state of a specification is never taken for what cannot be.

Method: of every shipped protocol, a walk; each of its states and steps is told in full, as a log
may tell it, and must be accepted, and fit.
"""

from __future__ import annotations

import random
from itertools import islice

from ballotproof.model_check.discover import shipped
from ballotproof.model_check.logs.explain import Search
from ballotproof.model_check.logs.nonsense import nonsense
from ballotproof.model_check.logs.plain import plain
from ballotproof.model_check.logs.read import Line
from ballotproof.spec.lang.execute import Snapshot
from ballotproof.spec.raft.election import Role

STEPS, FEW, SEED = 10, 20, 1


def told(search: Search, state: Snapshot) -> Line:
    with search.execution.universe:
        there = search.execution.thaw(state)
        return Line(state={name: plain(getattr(there, name)) for name in search.execution.fields})


def test_states_and_steps_of_every_protocol_are_accepted() -> None:
    choice = random.Random(SEED)
    models = {found.model.protocol: found.model for found in reversed(shipped())}
    assert len(models) > 90
    for model in models.values():
        search = Search(model, 0, None)
        state = next(search.execution.initial())
        for _ in range(STEPS):
            line = told(search, state)
            search.sensible(line)
            assert not search.wrong(line, state)
            steps = list(islice(search.execution.successors(state), FEW))
            if not steps:
                break
            step = choice.choice(steps)
            state = step.state
            if step.action in search.execution.actions:
                said = search.arguments_of(step.action, step.arguments).items()
                line = Line(step=step.action, arguments={name: plain(x) for name, x in said})
                search.sensible(line)
                assert not search.unlike(line, step.action, step.arguments), f"seed {SEED}"


def test_a_value_of_several_kinds() -> None:
    """What comes nearest is told."""
    assert not list(nonsense(None, Role | None, "x"))
    assert list(nonsense("LEADR", Role | None, "x")) == [
        "x is a Role, not LEADR; there are FOLLOWER, CANDIDATE, LEADER"
    ]
    assert list(nonsense(True, int, "x")) == ["x is a whole number, not true"]
    assert list(nonsense([1], tuple[int, int], "x")) == ["x has 2 elements, not 1"]
    assert list(nonsense([1, "a"], tuple[int, ...], "x")) == ["x[2] is a whole number, not a"]

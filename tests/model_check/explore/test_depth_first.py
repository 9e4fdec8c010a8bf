"""Depth-first search sees what breadth-first search sees, in another order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ballotproof.model_check.explore.breadth_first import breadth_first
from ballotproof.model_check.explore.claims import Claims
from ballotproof.model_check.explore.depth_first import depth_first
from ballotproof.model_check.explore.search import Exploration, Limits, Why

from ..graph import Edges, Graph, line

edges_of = st.integers(1, 8).flatmap(
    lambda n: st.dictionaries(
        st.integers(0, n - 1),
        st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, n - 1)), max_size=4),
    )
)
few = st.frozensets(st.integers(0, 7), max_size=2)
steps = st.frozensets(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=2)


def graph_of(
    edges: Edges, outside: frozenset[int], bad: frozenset[int], steps: frozenset[tuple[int, int]]
) -> Graph:
    return Graph(edges, outside=outside, bad={"x": bad}, bad_steps={"s": steps}, true_in={"r": bad})


def figures(result: Exploration) -> tuple[object, ...]:
    found = sorted((f.kind.value, f.name) for f in result.findings)
    actions = {n: (c.transitions, c.enabled_in) for n, c in result.actions.items()}
    counts = (result.states, result.transitions, result.initial, result.outside)
    return (*counts, found, actions, result.complete, result.stopped, result.unreached)


@given(edges_of, few, few, steps)
def test_both_orders_agree(
    edges: Edges,
    outside: frozenset[int],
    bad: frozenset[int],
    steps: frozenset[tuple[int, int]],
) -> None:
    graph = graph_of(edges, outside, bad, steps)
    first = breadth_first(graph, Claims(graph, deadlock=True), keep_going=True)
    other = depth_first(graph, Claims(graph, deadlock=True), keep_going=True)
    assert figures(first) == figures(other)
    assert sorted(map(repr, first.expanded)) == sorted(map(repr, other.expanded))


@given(edges_of, few, st.integers(1, 5))
def test_both_orders_see_the_same_states_within_a_depth(
    edges: Edges, outside: frozenset[int], depth: int
) -> None:
    graph = graph_of(edges, outside, frozenset(), frozenset())
    limits = Limits(depth=depth)
    first = breadth_first(graph, Claims(graph), limits, keep_going=True)
    other = depth_first(graph, Claims(graph), limits, keep_going=True)
    assert (first.states, first.stopped) == (other.states, other.stopped)


@given(edges_of, few, few, steps)
def test_a_counterexample_is_a_behaviour_that_breaks_the_claim(
    edges: Edges,
    outside: frozenset[int],
    bad: frozenset[int],
    steps: frozenset[tuple[int, int]],
) -> None:
    graph = graph_of(edges, outside, bad, steps)
    for finding in depth_first(graph, Claims(graph)).findings:
        path = finding.path
        if path is None:
            continue
        states = path.states()
        for source, step in zip(states, path.steps, strict=False):
            assert step in graph.successors(source)
        broken = Claims(graph).state(path.last)
        if len(states) > 1:
            broken += Claims(graph).step(states[-2], states[-1])
        assert finding.name in [b.name for b in broken]


def test_the_path_is_the_one_that_was_walked() -> None:
    graph = Graph({0: [("go", 1), ("jump", 3)], 1: [("go", 2)], 2: [("go", 3)]}, bad={"x": {3}})
    path = depth_first(graph, Claims(graph)).findings[0].path
    assert path is not None
    assert path.states() == [0, 1, 2, 3]


def test_limits_end_it() -> None:
    graph = Graph(line(0, 1, 2, 3))
    assert depth_first(graph, Claims(graph), Limits(states=2)).stopped is Why.STATES
    cut = depth_first(graph, Claims(graph), Limits(depth=3))
    assert (cut.stopped, cut.states) == (Why.DEPTH, 3)
    assert depth_first(graph, Claims(graph), Limits(depth=4)).complete
    assert depth_first(graph, Claims(graph)).depth == 0


def test_a_long_behaviour_needs_no_recursion() -> None:
    graph = Graph(line(*range(20_000)))
    assert depth_first(graph, Claims(graph)).states == 20_000

"""Shorter behaviours that break the same claim; never another claim, never an impossible step."""

from __future__ import annotations

from hypothesis import given

from ballotproof.model_check.explore.breadth_first import breadth_first
from ballotproof.model_check.explore.claims import Claims, Kind
from ballotproof.model_check.explore.depth_first import depth_first
from ballotproof.model_check.explore.search import Finding, Path, path_of
from ballotproof.model_check.explore.shorten import shorten

from ..graph import Edges, Graph, line
from .test_depth_first import edges_of, few, graph_of, steps


def shortened(graph: Graph, states: list[int], name: str, kind: Kind) -> list[object]:
    finding = Finding(kind, name, path_of(graph, states))
    path = shorten(graph, finding).path
    assert path is not None
    return list(path.states())


def test_loops_are_cut() -> None:
    graph = Graph({0: [("a", 1)], 1: [("a", 0), ("b", 2)]}, bad={"x": {2}})
    assert shortened(graph, [0, 1, 0, 1, 2], "x", Kind.INVARIANT) == [0, 1, 2]


def test_shortcuts_are_taken() -> None:
    graph = Graph({**line(0, 1, 2, 3, 4), 0: [("go", 1), ("jump", 3)]}, bad={"x": {4}})
    assert shortened(graph, [0, 1, 2, 3, 4], "x", Kind.INVARIANT) == [0, 3, 4]


def test_steps_that_do_not_matter_are_left_out() -> None:
    # A counter of two kinds of steps, as 10 * a + b: only a matters.
    edges: Edges = {
        10 * a + b: [("a", 10 * a + 10 + b), ("b", 10 * a + b + 1)]
        for a in range(4)
        for b in range(4)
    }

    graph = Graph(edges, bad={"x": {30, 31, 32, 33}})
    assert shortened(graph, [0, 1, 11, 12, 22, 23, 33], "x", Kind.INVARIANT) == [0, 10, 20, 30]


def test_the_last_step_is_kept_when_it_is_the_step_that_is_wrong() -> None:
    graph = Graph({0: [("go", 1), ("jump", 2)], 1: [("go", 2)]}, bad_steps={"s": {(1, 2)}})
    assert shortened(graph, [0, 1, 2], "s", Kind.STEP_INVARIANT) == [0, 1, 2]


def test_a_deadlock_stays_a_deadlock() -> None:
    graph = Graph({**line(0, 1, 2, 3), 1: [("go", 2), ("jump", 3)]})
    assert shortened(graph, [0, 1, 2, 3], "deadlock", Kind.DEADLOCK) == [0, 1, 3]


def test_nothing_is_done_without_a_behaviour() -> None:
    finding = Finding(Kind.REACHABLE, "goal", None)
    assert shorten(Graph({}), finding) is finding


def test_the_time_limit_leaves_what_there_is() -> None:
    graph = Graph(line(0, 1, 2), bad={"x": {2}})
    finding = Finding(Kind.INVARIANT, "x", path_of(graph, [0, 1, 2]))
    assert shorten(graph, finding, limit_s=0.0) == finding


@given(edges_of, few, few, steps)
def test_what_is_left_breaks_the_same_claim_in_no_more_steps(
    edges: Edges,
    outside: frozenset[int],
    bad: frozenset[int],
    steps: frozenset[tuple[int, int]],
) -> None:
    graph = graph_of(edges, outside, bad, steps)
    shortest = breadth_first(graph, Claims(graph, deadlock=True), keep_going=True).findings
    least = {(f.kind, f.name): length(f.path) for f in shortest}
    for finding in depth_first(graph, Claims(graph, deadlock=True), keep_going=True).findings:
        if finding.path is None:
            continue
        short = shorten(graph, finding, deadlock=True)
        path = short.path
        assert path is not None
        assert (short.kind, short.name) == (finding.kind, finding.name)
        assert least[short.kind, short.name] <= length(path) <= length(finding.path)
        for source, step in zip(path.states(), path.steps, strict=False):
            assert step in graph.successors(source)
            assert graph.within(source)


def length(path: Path | None) -> int:
    return -1 if path is None else len(path.steps)

"""Breadth-first search: TLC's counts, TLC's constraint, shortest counterexamples, limits."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotproof.model_check.explore.breadth_first import breadth_first
from ballotproof.model_check.explore.claims import Claims, Kind
from ballotproof.model_check.explore.search import (
    NO_LIMITS,
    Exploration,
    Limits,
    MistakeFound,
    Path,
    Why,
)
from ballotproof.model_check.explore.system import State, System, Transition
from ballotproof.spec.lang.errors import SpecError

from ..graph import Edges, Graph, line


def search(
    system: System,
    limits: Limits = NO_LIMITS,
    *,
    deadlock: bool = False,
    keep_going: bool = False,
) -> Exploration:
    return breadth_first(system, Claims(system, deadlock=deadlock), limits, keep_going=keep_going)


def names(result: Exploration) -> list[str]:
    return [finding.name for finding in result.findings]


def states_of(path: Path | None) -> list[object]:
    assert path is not None
    return list(path.states())


# --------------------------------------------------------------------------------- counting
def test_states_depth_and_transitions_are_counted_as_tlc_does() -> None:
    # 0 -> 1, 2; both -> 3; 3 -> 0 and to itself. The initial state is at depth 1.
    edges: Edges = {
        0: [("a", 1), ("b", 2)],
        1: [("a", 3)],
        2: [("a", 3)],
        3: [("back", 0), ("stay", 3)],
    }
    result = search(Graph(edges))
    assert (result.states, result.depth, result.transitions, result.initial) == (4, 3, 6, 1)
    assert result.levels == [1, 2, 1]
    assert result.complete


def test_equal_steps_by_different_actions_are_two_transitions() -> None:
    result = search(Graph({0: [("a", 1), ("b", 1), ("b", 1)]}))
    assert (result.states, result.transitions) == (2, 3)
    assert result.actions["b"].transitions == 2
    assert result.actions["b"].enabled_in == 1
    assert (result.actions["a"].discovered, result.actions["b"].discovered) == (1, 0)


def test_equal_initial_states_count_once() -> None:
    result = search(Graph({0: [("a", 1)]}, initial=(0, 1, 0)))
    assert (result.initial, result.states, result.depth) == (2, 2, 1)


def test_no_initial_state_is_no_state_at_all() -> None:
    result = search(Graph({}, initial=()))
    assert (result.states, result.depth, result.complete) == (0, 0, True)


graphs = st.integers(1, 8).flatmap(
    lambda n: st.dictionaries(
        st.integers(0, n - 1),
        st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, n - 1)), max_size=4),
    )
)


def distances(edges: Edges, outside: frozenset[int]) -> dict[int, int]:
    """The depth of each state within, by relaxation until nothing changes."""
    if 0 in outside:
        return {}
    depth = {0: 1}
    changed = True
    while changed:
        changed = False
        for source, steps in edges.items():
            for _, target in steps:
                if source in depth and target not in outside:
                    if depth.get(target, 99) > depth[source] + 1:
                        depth[target] = depth[source] + 1
                        changed = True
    return depth


@given(graphs, st.frozensets(st.integers(0, 7), max_size=2))
def test_the_levels_are_the_distances(edges: Edges, outside: frozenset[int]) -> None:
    depth = distances(edges, outside)
    result = search(Graph(edges, outside=outside))
    assert result.states == len(depth)
    assert result.depth == max(depth.values(), default=0)
    assert result.levels == [
        sum(d == level for d in depth.values()) for level in range(1, result.depth + 1)
    ]
    assert result.transitions == sum(len(edges.get(s, ())) for s in depth)


# ------------------------------------------------------------------------------- constraints
def test_a_violation_one_step_outside_the_constraint_is_found() -> None:
    result = search(Graph(line(0, 1, 2), outside={2}, bad={"small": {2}}))
    assert names(result) == ["small"]
    assert states_of(result.findings[0].path) == [0, 1, 2]
    assert (result.states, result.outside) == (2, 1)


def test_a_violation_two_steps_outside_is_not() -> None:
    result = search(Graph(line(0, 1, 2, 3), outside={2}, bad={"small": {3}}))
    assert result.findings == []
    assert (result.states, result.depth, result.outside, result.complete) == (2, 2, 1, True)


def test_a_state_outside_is_judged_once() -> None:
    graph = Graph({0: [("a", 1), ("a", 9), ("b", 9)], 1: [("a", 9)]}, outside={9}, bad={"x": ()})
    assert search(graph).outside == 1
    assert graph.judged.count(9) == 1


def test_an_initial_state_outside_is_judged_but_not_counted() -> None:
    result = search(Graph(line(0, 1), initial=(0, 5), outside={5}, bad={"small": {5}}))
    assert names(result) == ["small"]
    assert states_of(result.findings[0].path) == [5]
    silent = search(Graph(line(0, 1), initial=(0, 5), outside={5}))
    assert (silent.initial, silent.states, silent.outside) == (1, 2, 1)


def test_a_step_out_of_the_constraint_is_judged() -> None:
    result = search(Graph(line(0, 1), outside={1}, bad_steps={"never": {(0, 1)}}))
    assert names(result) == ["never"]


# ------------------------------------------------------------------------------------ claims
def test_the_counterexample_is_a_shortest_one() -> None:
    edges: Edges = {0: [("go", 1), ("jump", 3)], 1: [("go", 2)], 2: [("go", 4)], 3: [("go", 4)]}
    result = search(Graph(edges, bad={"not_four": {4}}))
    path = result.findings[0].path
    assert path is not None
    assert [step.action for step in path.steps] == ["jump", "go"]
    assert path.last == 4
    assert result.halted
    assert not result.complete


def test_step_invariants_hold_of_self_loops_and_of_steps_to_known_states() -> None:
    loop = search(Graph({0: [("stay", 0)]}, bad_steps={"moves": {(0, 0)}}))
    assert states_of(loop.findings[0].path) == [0, 0]
    back = search(Graph({0: [("go", 1)], 1: [("go", 0)]}, bad_steps={"forward": {(1, 0)}}))
    assert states_of(back.findings[0].path) == [0, 1, 0]


def test_all_that_one_step_breaks_is_reported_together() -> None:
    result = search(Graph(line(0, 1), bad={"x": {1}, "y": {1}}, bad_steps={"s": {(0, 1)}}))
    assert [(f.kind, f.name) for f in result.findings] == [
        (Kind.INVARIANT, "x"),
        (Kind.INVARIANT, "y"),
        (Kind.STEP_INVARIANT, "s"),
    ]
    assert len({f.path for f in result.findings}) == 1


def test_keep_going_finds_a_counterexample_for_each_claim() -> None:
    graph = Graph(line(0, 1, 2, 3), bad={"x": {1, 2}, "y": {3}}, true_in={"goal": {9}})
    result = search(graph, keep_going=True)
    assert [(f.name, f.path and len(f.path.steps)) for f in result.findings] == [
        ("x", 1),
        ("y", 3),
        ("goal", None),
    ]
    assert result.states == 4
    assert result.complete


def test_refinements_are_judged_of_initial_states_and_of_steps() -> None:
    first = search(Graph(line(0, 1), bad_images={"maps": {0}}))
    assert states_of(first.findings[0].path) == [0]
    step = search(Graph(line(0, 1), bad_images={"maps": {(0, 1)}}))
    assert (step.findings[0].kind, states_of(step.findings[0].path)) == (Kind.REFINEMENT, [0, 1])


def test_only_the_selected_claims_are_judged() -> None:
    graph = Graph(line(0, 1), bad={"x": {1}, "y": {0}}, bad_steps={"s": {(0, 1)}})
    result = breadth_first(graph, Claims(graph, {"x"}))
    assert names(result) == ["x"]


def test_a_deadlock_is_a_state_without_steps_that_is_not_terminal() -> None:
    assert names(search(Graph(line(0, 1)), deadlock=True)) == ["deadlock"]
    assert search(Graph(line(0, 1), terminal={1}), deadlock=True).findings == []
    assert search(Graph({0: [("stay", 0)]}), deadlock=True).findings == []
    assert search(Graph(line(0, 1))).findings == []
    # What lies outside the constraint is not expanded, so nothing is said of its steps.
    assert search(Graph(line(0, 1), outside={1}), deadlock=True).findings == []


def test_what_is_never_reached_is_a_violation_of_a_complete_search_only() -> None:
    graph = Graph(line(0, 1, 2), true_in={"goal": {9}, "start": {0}})
    result = search(graph)
    assert [(f.kind, f.name, f.path) for f in result.findings] == [(Kind.REACHABLE, "goal", None)]
    cut = search(graph, limits=Limits(states=2))
    assert (cut.findings, cut.unreached) == ([], ("goal",))


def test_a_state_outside_the_constraint_is_reached_too() -> None:
    assert search(Graph(line(0, 1), outside={1}, true_in={"goal": {1}})).findings == []


def test_an_invariant_whose_premise_is_never_true_is_vacuous() -> None:
    graph = Graph(line(0, 1), said_in={"speaks": {1}, "silent": ()})
    assert search(graph).vacuous == ("silent",)


# ------------------------------------------------------------------------------------ limits
def test_the_state_limit_is_exact_and_none_when_there_is_nothing_more() -> None:
    graph = Graph(line(0, 1, 2, 3))
    cut = search(graph, limits=Limits(states=3))
    assert (cut.states, cut.stopped, cut.complete) == (3, Why.STATES, False)
    assert search(graph, limits=Limits(states=4)).complete


def test_the_depth_limit_is_exact_and_none_when_there_is_nothing_deeper() -> None:
    graph = Graph(line(0, 1, 2, 3), bad={"x": {2}})
    cut = search(graph, limits=Limits(depth=2))
    assert (cut.states, cut.depth, cut.stopped, cut.findings) == (2, 2, Why.DEPTH, [])
    assert names(search(graph, limits=Limits(depth=3))) == ["x"]
    assert search(Graph(line(0, 1, 2)), limits=Limits(depth=3)).complete


class Endless(Graph):
    """0, 1, 2, ... without end, a millisecond each."""

    def successors(self, state: State) -> Sequence[Transition]:
        time.sleep(0.001)
        following = cast("int", state) + 1
        return [Transition("go", (), following)]


def test_the_time_limit_ends_a_search_that_would_never_end() -> None:
    result = search(Endless({0: [("go", 1)]}), limits=Limits(seconds=0.05))
    assert result.stopped is Why.TIME
    assert result.states > 1
    assert 0.05 <= result.seconds < 5


def test_an_interrupt_leaves_the_figures_so_far() -> None:
    def interrupt(state: int) -> None:
        if state == 2:
            raise KeyboardInterrupt

    result = search(Graph(line(0, 1, 2, 3), on_visit=interrupt))
    assert (result.stopped, result.states, result.transitions) == (Why.INTERRUPTED, 3, 2)
    assert list(result.expanded) == [0, 1]


# ---------------------------------------------------------------------------------- mistakes
def fail_in_two(state: int) -> None:
    if state == 2:
        raise SpecError("BP505", "this is None here", "guard it", None)


def test_a_mistake_in_an_action_names_the_state_it_was_made_in() -> None:
    with pytest.raises(MistakeFound) as caught:
        search(Graph(line(0, 1, 2, 3), on_visit=fail_in_two))
    assert states_of(caught.value.path) == [0, 1, 2]
    assert caught.value.error.code == "BP505"


def test_a_mistake_in_a_property_names_the_state_that_was_judged() -> None:
    with pytest.raises(MistakeFound) as caught:
        search(Graph(line(0, 1, 2, 3), bad={"x": ()}, on_judge=fail_in_two))
    assert states_of(caught.value.path) == [0, 1, 2]
    with pytest.raises(MistakeFound) as caught:
        search(Graph(line(2, 3), initial=(2,), bad={"x": ()}, on_judge=fail_in_two))
    assert states_of(caught.value.path) == [2]

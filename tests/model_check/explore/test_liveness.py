"""Claims about the long run: hand-drawn graphs, and random ones against every set of states.

The oracle knows nothing of components: it goes through all sets of states, asks of each whether it
is connected both ways and fair, and whether it can be reached as the claim says.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import cast

import pytest

from ballotproof.model_check.explore.breadth_first import breadth_first
from ballotproof.model_check.explore.claims import Claims, Kind
from ballotproof.model_check.explore.fairness import Demand, account_of
from ballotproof.model_check.explore.liveness import breaks, judge_long_run, telling_state
from ballotproof.model_check.explore.search import NO_LIMITS, Exploration, Finding, Limits, Why
from ballotproof.model_check.explore.system import Form, LongRun, State, Transition

from ..graph import Edges, Graph

CLAIM = "claim"


class Labelled(Graph):
    """Steps with an argument: ``go:1`` is the action ``go`` with the argument 1."""

    def successors(self, state: State) -> Sequence[Transition]:
        made = []
        for step in super().successors(state):
            name, _, argument = step.action.partition(":")
            made.append(Transition(name, (argument,), step.target))
        return made


def weak(*actions: str, each: bool = False) -> Demand:
    return Demand(strong=False, places=dict.fromkeys(actions, (0,) if each else ()))


def strong(*actions: str, each: bool = False) -> Demand:
    return Demand(strong=True, places=dict.fromkeys(actions, (0,) if each else ()))


def judged(graph: Graph, *demands: Demand, limits: Limits = NO_LIMITS) -> Exploration:
    """The graph explored, and its claim judged."""
    graph.actions = tuple(sorted({name.partition(":")[0] for name in graph.actions}))
    claims = Claims(graph)
    found = breadth_first(graph, claims, limits)
    judge_long_run(graph, claims, found, demands, limits)
    return found


def drawn(
    edges: Edges,
    form: Form,
    true_in: Collection[int],
    premise: Collection[int] = (),
    *,
    initial: Sequence[int] = (0,),
    outside: Collection[int] = (),
) -> Labelled:
    if form is not Form.LEADS_TO:
        premise = range(100)
    return Labelled(
        edges, initial=initial, outside=outside, long_run={CLAIM: (form, premise, true_in)}
    )


def lasso(found: Exploration) -> tuple[list[State], int] | None:
    """The states of the behaviour that was found, and where it begins to repeat itself."""
    if not found.findings:
        return None
    (finding,) = found.findings
    assert finding.path is not None
    assert finding.loop is not None
    return finding.path.states(), finding.loop


# ------------------------------------------------------------------------------- drawn by hand
def test_a_behaviour_may_stop_where_nothing_is_assumed() -> None:
    graph = drawn({0: [("go", 1)]}, Form.EVENTUALLY, {1})
    assert lasso(judged(graph)) == ([0], 0)
    assert lasso(judged(graph, weak("go"))) is None


def test_a_behaviour_ends_where_nothing_can_happen() -> None:
    graph = drawn({0: [("go", 1)]}, Form.EVENTUALLY, {2})
    assert lasso(judged(graph, weak("go"))) == ([0, 1], 1)


def test_a_step_that_changes_nothing_is_no_step() -> None:
    graph = drawn({0: [("stay", 0), ("go", 1)]}, Form.EVENTUALLY, {1})
    assert lasso(judged(graph, weak("stay"))) == ([0], 0)
    assert lasso(judged(graph, weak("go"))) is None
    # ... as part of a larger action, it neither enables it nor meets its fairness
    assert lasso(judged(graph, weak("stay", "go"))) is None


def test_weak_fairness_asks_for_what_stays_enabled() -> None:
    round_ = {0: [("turn", 1), ("leave", 2)], 1: [("turn", 0), ("leave", 2)]}
    graph = drawn(round_, Form.EVENTUALLY, {2})
    assert lasso(judged(graph, weak("turn"))) == ([0, 1, 0], 0)
    assert lasso(judged(graph, weak("leave"))) is None


def test_strong_fairness_asks_for_what_is_enabled_again_and_again() -> None:
    round_ = {0: [("turn", 1), ("leave", 2)], 1: [("turn", 0)]}
    graph = drawn(round_, Form.EVENTUALLY, {2})
    assert lasso(judged(graph, weak("turn"), weak("leave"))) == ([0, 1, 0], 0)
    assert lasso(judged(graph, weak("turn"), strong("leave"))) is None


def test_strong_fairness_leaves_what_never_enables_the_action() -> None:
    """The cycle through 0 is unfair; inside the same component, that of 1 and 2 is fair."""
    edges = {0: [("turn", 1), ("leave", 3)], 1: [("turn", 2)], 2: [("turn", 1), ("back", 0)]}
    graph = drawn(edges, Form.EVENTUALLY, {3})
    assert lasso(judged(graph, weak("turn"), strong("leave"))) == ([0, 1, 2, 1], 1)
    assert lasso(judged(graph, weak("turn"), strong("leave"), strong("back"))) is None


def test_fairness_for_each_argument_is_more_than_fairness_of_the_whole() -> None:
    edges = {0: [("serve:1", 1), ("serve:2", 2)], 1: [("rest:1", 0)]}
    graph = drawn(edges, Form.EVENTUALLY, {2})
    rest = weak("rest")
    assert lasso(judged(graph, rest, strong("serve"))) == ([0, 1, 0], 0)
    assert lasso(judged(graph, rest, weak("serve", each=True))) == ([0, 1, 0], 0)
    assert lasso(judged(graph, rest, strong("serve", each=True))) is None


def test_a_pair_of_states_is_a_step_of_all_actions_that_lead_from_the_one_to_the_other() -> None:
    edges = {0: [("a", 1), ("b", 1)], 1: [("c", 0)]}
    graph = drawn(edges, Form.EVENTUALLY, {2})
    assert lasso(judged(graph, strong("a"), strong("b"), weak("c"))) == ([0, 1, 0], 0)


def test_leads_to_speaks_of_what_comes_after_the_premise() -> None:
    edges = {0: [("go", 1)], 1: [("go", 2)], 2: [("go", 3)]}
    graph = drawn(edges, Form.LEADS_TO, {1}, premise={0})
    assert lasso(judged(graph, weak("go"))) is None
    graph = drawn(edges, Form.LEADS_TO, {1}, premise={2})
    assert lasso(judged(graph, weak("go"))) == ([0, 1, 2, 3], 3)


def test_a_premise_that_is_never_true_says_nothing() -> None:
    graph = drawn({0: [("go", 1)]}, Form.LEADS_TO, {1}, premise={7})
    found = judged(graph, weak("go"))
    assert (lasso(found), found.vacuous) == (None, (CLAIM,))


def test_again_and_again_and_from_some_time_on() -> None:
    edges = {0: [("go", 1)], 1: [("go", 0), ("leave", 2)], 2: [("on", 3)]}
    again = drawn(edges, Form.ALWAYS_EVENTUALLY, {0})
    assert lasso(judged(again, weak("go"))) == ([0, 1, 2], 2)
    for_good = drawn(edges, Form.EVENTUALLY_ALWAYS, {2, 3})
    assert lasso(judged(for_good, weak("go"), weak("leave"))) == ([0, 1, 0], 0)
    assert lasso(judged(for_good, weak("go"), strong("leave"))) is None


def test_beyond_a_constraint_a_behaviour_is_one_and_that_there_is_none_says_nothing() -> None:
    edges = {0: [("turn", 1), ("leave", 2)], 1: [("turn", 0)], 2: [("turn", 0)]}
    graph = drawn(edges, Form.EVENTUALLY, {1}, outside={2})
    found = judged(graph, weak("turn"), weak("leave"))
    assert (lasso(found), found.stopped) == (None, Why.CONSTRAINT)
    # leave is enabled in 0 although where it leads lies outside
    assert lasso(judged(drawn(edges, Form.EVENTUALLY, {5}, outside={2}), weak("turn"))) == (
        [0, 1, 0],
        0,
    )
    # nothing is cut off by a constraint that all states satisfy
    found = judged(drawn(edges, Form.EVENTUALLY, {1}), weak("turn"), strong("leave"))
    assert lasso(found) == ([0, 2, 0], 0)


def test_a_time_limit_leaves_it_open() -> None:
    graph = drawn({0: [("go", 1)]}, Form.EVENTUALLY, {1})
    claims = Claims(graph)
    found = breadth_first(graph, claims)
    judge_long_run(graph, claims, found, [weak("go")], Limits(seconds=0.0))
    assert (found.findings, found.stopped, found.long_run) == ([], Why.TIME, False)


# --------------------------------------------------------------------------- against the oracle
SIZE = 5
ACTIONS = ("a:1", "a:2", "b:1")
GRAPHS = 2_000


def random_edges(chance: random.Random) -> dict[int, list[tuple[str, int]]]:
    """Few targets and many steps, so that there are cycles and ways out of them."""
    return {
        s: [
            (chance.choice(ACTIONS), chance.randrange(SIZE))
            for _ in range(chance.choice((1, 2, 3, 5)))
        ]
        for s in range(SIZE)
    }


def random_demands(chance: random.Random) -> list[Demand]:
    return [
        Demand(
            chance.random() < 0.5,
            dict.fromkeys(chance.choice((["a"], ["b"], ["a", "b"])), chance.choice(((), (0,)))),
        )
        for _ in range(chance.randrange(4))
    ]


def random_states(chance: random.Random) -> set[int]:
    return {s for s in range(SIZE) if chance.random() < 0.4}


@pytest.mark.parametrize("form", Form)
def test_every_claim_agrees_with_all_sets_of_states(form: Form) -> None:
    answers: Counter[bool] = Counter()
    for seed in range(GRAPHS):
        chance = random.Random(seed)
        edges, demands = random_edges(chance), random_demands(chance)
        premise, true_in = random_states(chance), random_states(chance)
        initial = chance.sample(range(SIZE), 1 + seed % 2)
        graph = drawn(edges, form, true_in, premise, initial=initial)
        found = judged(graph, *demands)
        wanted = Oracle(graph, initial, demands).broken(form, premise, true_in)
        assert bool(found.findings) == wanted, f"seed {seed}"
        for finding in found.findings:
            check_behaviour(graph, initial, demands, finding)
        answers[wanted] += 1
    assert min(answers.values()) > GRAPHS / 20, "both answers come often enough to mean something"


def check_behaviour(
    graph: Graph, initial: list[int], demands: Sequence[Demand], finding: Finding
) -> None:
    """What is shown is a behaviour, is fair, and breaks the claim."""
    path, loop = finding.path, finding.loop
    assert finding.kind is Kind.LIVENESS
    assert path is not None
    assert loop is not None
    states = path.states()
    assert states[0] in initial
    for state, step in zip(states, path.steps, strict=False):
        assert step in graph.successors(state)
    assert states[-1] == states[loop]
    assert all(account.fair for account in account_of(graph, demands, path, loop))
    assert isinstance(finding.claim, LongRun)
    assert breaks(graph, finding.claim, path, loop)
    told = telling_state(graph, finding.claim, path, loop)
    of_one_state = finding.claim.form in (Form.LEADS_TO, Form.EVENTUALLY_ALWAYS)
    assert (told is not None) == of_one_state


class Oracle:
    """All sets of states, one after the other."""

    def __init__(self, graph: Graph, initial: Sequence[int], demands: Sequence[Demand]) -> None:
        self.pairs: dict[tuple[int, int], set[tuple[int, tuple[str, ...]]]] = {}
        for s in range(SIZE):
            for step in graph.successors(s):
                target = cast("int", step.target)
                if target != s:
                    labels = self.pairs.setdefault((s, target), set())
                    for i, demand in enumerate(demands):
                        if step.action in demand.places:
                            key = step.arguments if demand.places[step.action] else ()
                            labels.add((i, key))
        self.initial = initial
        self.demands = demands

    def closure(self, inside: Collection[int], start: Collection[int]) -> set[int]:
        """What can be reached from some states without leaving a set."""
        reached = {s for s in start if s in inside}
        while True:
            more = {t for s, t in self.pairs if s in reached and t in inside} - reached
            if not more:
                return reached
            reached |= more

    def connected(self, among: frozenset[int]) -> bool:
        return all(self.closure(among, [s]) == among for s in among)

    def fair(self, among: frozenset[int]) -> bool:
        taken = {k for (s, t), labels in self.pairs.items() if {s, t} <= among for k in labels}
        enabled = [
            {k for (s, _), labels in self.pairs.items() if s == x for k in labels} for x in among
        ]
        for concern in set().union(*enabled) - taken:
            if self.demands[concern[0]].strong or all(concern in e for e in enabled):
                return False
        return True

    def for_ever(self, inside: Collection[int], start: Collection[int]) -> Iterator[frozenset[int]]:
        """The sets through all of which a fair behaviour can go for ever, which from ``start`` on
        stays inside."""
        reached = sorted(self.closure(inside, start))
        for size in range(1, len(reached) + 1):
            for chosen in itertools.combinations(reached, size):
                among = frozenset(chosen)
                if self.connected(among) and self.fair(among):
                    yield among

    def broken(self, form: Form, premise: set[int], true_in: set[int]) -> bool:
        everything = set(range(SIZE))
        false = everything - true_in
        reachable = self.closure(everything, self.initial)
        match form:
            case Form.EVENTUALLY:
                return any(self.for_ever(false, self.initial))
            case Form.LEADS_TO:
                return any(self.for_ever(false, reachable & premise))
            case Form.ALWAYS_EVENTUALLY:
                return any(self.for_ever(false, reachable))
            case Form.EVENTUALLY_ALWAYS:
                return any(among & false for among in self.for_ever(everything, self.initial))


@pytest.mark.parametrize("form", Form)
def test_the_oracle_can_say_both(form: Form) -> None:
    edges = {0: [("a:1", 1)], 1: [("b:1", 0)]}
    graph = drawn(edges, form, {1}, {0})
    demands = [weak("a"), weak("b")]
    assert Oracle(graph, [0], []).broken(form, {0}, {1})
    wanted = form is Form.EVENTUALLY_ALWAYS
    assert Oracle(graph, [0], demands).broken(form, {0}, {1}) is wanted

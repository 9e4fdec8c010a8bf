"""The graph of all reachable states, as small as it can be: numbers, and the steps between them.

A step is a pair of different states here, whichever actions lead from the one to the other; it
belongs to the concerns of all of them. That is what a behaviour consists of, and enough to tell
which of them are fair. States stay with whoever found them.

**Order and cost** 12 bytes for each step and 24 for each state, besides a dict of the states: less
than the states themselves, and every claim about the long run is judged without asking the
specification for its steps again.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence

from .fairness import Concern, Demand, concerns_of
from .system import State, System, Transition

__all__ = ["Graph", "graph_of"]

NOT_YET = -1
LOOK_EVERY = 256

Concerns = frozenset[int]


class Graph:
    """States are numbered as ``states`` has them, concerns as ``concerns`` has them.

    The steps out of state ``v`` have the numbers from ``first[v]`` to ``first[v + 1]``;
    ``targets`` says where a step leads. ``taken`` of a step and ``enabled`` of a state are places
    in ``sets``, of which the first is empty. ``depth`` counts the steps of a shortest path from an
    initial state, and ``parent`` is the state before on it.
    """

    def __init__(self, states: Sequence[State]) -> None:
        self.states = states
        self.initial: list[int] = []
        self.first = array("q", [0])
        self.targets = array("i")
        self.taken = array("i")
        self.enabled = array("i")
        self.sets: list[Concerns] = [frozenset()]
        self.concerns: list[Concern] = []
        self.strong: Concerns = frozenset()
        self.depth = array("i")
        self.parent = array("i")

    def __len__(self) -> int:
        return len(self.states)

    def steps(self, v: int) -> range:
        """The numbers of the steps out of a state."""
        return range(self.first[v], self.first[v + 1])

    def path_to(self, v: int) -> list[int]:
        """The states of a shortest path from an initial state."""
        path = []
        while v != NOT_YET:
            path.append(v)
            v = self.parent[v]
        return path[::-1]


def graph_of(
    system: System,
    states: Sequence[State],
    demands: Sequence[Demand] = (),
    *,
    look: Callable[[int], None] = lambda _: None,
) -> Graph:
    """The graph of these states, which are all that a search has expanded.

    A step to a state that is not among them is left out, and yet makes its concerns enabled.
    ``look`` is called now and then with the number of the state being read, and may raise.

    **Errors** SpecError when the specification makes a mistake.
    """
    builder = _Builder(system, states, demands)
    for v in range(len(states)):
        if v % LOOK_EVERY == 0:
            look(v)
        builder.add(v)
    return builder.finish()


class _Builder:
    def __init__(self, system: System, states: Sequence[State], demands: Sequence[Demand]) -> None:
        self.system = system
        self.demands = demands
        self.graph = Graph(states)
        self.numbers = {state: v for v, state in enumerate(states)}
        self._concerns: dict[Concern, int] = {}
        self._places: dict[Concerns, int] = {frozenset(): 0}
        self._labels: dict[tuple[object, ...], int] = {}
        self._unions: dict[tuple[int, int], int] = {}

    def add(self, v: int) -> None:
        """The steps out of the next state."""
        graph, numbers, labels = self.graph, self.numbers, self._labels
        state = graph.states[v]
        found: dict[int, int] = {}
        enabled = 0
        for step in self.system.successors(state):
            target = step.target
            if target == state:
                continue
            key = (step.action, step.arguments)
            label = labels.get(key)
            if label is None:
                label = labels[key] = self._label(step)
            if label:
                enabled = self._union(enabled, label)
            number = numbers.get(target)
            if number is not None:
                known = found.get(number, 0)
                found[number] = self._union(known, label) if label else known
        graph.targets.extend(found.keys())
        graph.taken.extend(found.values())
        graph.enabled.append(enabled)
        graph.first.append(len(graph.targets))

    def _label(self, step: Transition) -> int:
        """The set of the concerns of a step, as a place."""
        numbers = set()
        for concern in concerns_of(self.demands, step):
            number = self._concerns.setdefault(concern, len(self._concerns))
            numbers.add(number)
        return self._place(frozenset(numbers))

    def _place(self, concerns: Concerns) -> int:
        place = self._places.get(concerns)
        if place is None:
            place = self._places[concerns] = len(self.graph.sets)
            self.graph.sets.append(concerns)
        return place

    def _union(self, a: int, b: int) -> int:
        if a == b or not a or not b:
            return a or b
        place = self._unions.get((a, b))
        if place is None:
            sets = self.graph.sets
            place = self._unions[a, b] = self._place(sets[a] | sets[b])
        return place

    def finish(self) -> Graph:
        graph = self.graph
        graph.concerns = list(self._concerns)
        graph.strong = frozenset(
            i for i, (number, _) in enumerate(graph.concerns) if self.demands[number].strong
        )
        initial = (self.numbers.get(state) for state in self.system.initial())
        graph.initial = list(dict.fromkeys(v for v in initial if v is not None))
        _measure(graph, graph.initial)
        return graph


def _measure(graph: Graph, initial: Iterable[int]) -> None:
    """Give every state its depth and the state before it."""
    graph.depth = array("i", [NOT_YET]) * len(graph)
    graph.parent = array("i", [NOT_YET]) * len(graph)
    depth, parent, targets = graph.depth, graph.parent, graph.targets
    waiting = list(initial)
    for v in waiting:
        depth[v] = 0
    for v in waiting:  # grows while it is read
        for e in graph.steps(v):
            w = targets[e]
            if depth[w] == NOT_YET:
                depth[w] = depth[v] + 1
                parent[w] = v
                waiting.append(w)

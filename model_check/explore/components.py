"""Strongly connected components of a part of a graph, and those in which a fair cycle lies.

A behaviour that goes on for ever through finitely many states visits some of them for ever; these,
with the steps that it takes for ever, are strongly connected. So there is a fair behaviour if and
only if there is a strongly connected part of the graph in which every assumption is kept by going
round through all of it.

**Source** R. E. Tarjan, "Depth-First Search and Linear Graph Algorithms" (SIAM J. Comput. 1(2),
1972); for strong fairness, where states must be removed and what is left taken apart again:
E. A. Emerson, C.-L. Lei, "Modalities for Model Checking: Branching Time Logic Strikes Back"
(Science of Computer Programming 8, 1987), and O. Lichtenstein, A. Pnueli, "Checking that Finite
State Concurrent Programs Satisfy their Linear Specification" (POPL 1985).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

from .graph import Concerns, Graph

__all__ = ["components", "fair_components"]


def components(
    graph: Graph, nodes: Iterable[int], region: array[int], here: int
) -> Iterator[list[int]]:
    """The strongly connected components of the states whose ``region`` is ``here``, as far as they
    can be reached from ``nodes`` in it.

    **Order and cost** each component after those that can be reached from it; linear in the steps.
    """
    first, targets = graph.first, graph.targets
    order: dict[int, int] = {}
    low: dict[int, int] = {}  # of the states whose component is not complete
    stack: list[int] = []
    for root in nodes:
        if root in order:
            continue
        order[root] = low[root] = len(order)
        stack.append(root)
        trail, places = [root], [first[root]]
        while trail:
            v, e = trail[-1], places[-1]
            if e < first[v + 1]:
                places[-1] = e + 1
                w = targets[e]
                if region[w] != here:
                    continue
                if w not in order:
                    order[w] = low[w] = len(order)
                    stack.append(w)
                    trail.append(w)
                    places.append(first[w])
                elif w in low and order[w] < low[v]:
                    low[v] = order[w]
                continue
            trail.pop()
            places.pop()
            least = low[v]
            if least == order[v]:
                found = []
                while True:
                    w = stack.pop()
                    del low[w]
                    found.append(w)
                    if w == v:
                        break
                yield found
            elif least < low[trail[-1]]:
                low[trail[-1]] = least


def fair_components(
    graph: Graph, nodes: Iterable[int], inside: bytearray, goal: bytearray | None = None
) -> Iterator[list[int]]:
    """Strongly connected sets of states, of two at least, such that a behaviour that goes on for
    ever through all of one is fair, and meets ``goal`` if that is given.

    Every fair cycle among the states marked ``inside`` that can be reached from ``nodes`` there
    lies in one of them. States at which a behaviour may stop are not looked for.
    """
    region = array("i", bytes(4 * len(graph)))
    for v, marked in enumerate(inside):
        region[v] = -1 if marked else 0
    here = -1
    work: list[tuple[int, list[int]]] = [(here, list(nodes))]
    while work:
        where, starts = work.pop()
        for found in components(graph, starts, region, where):
            if len(found) == 1 or (goal is not None and not any(goal[v] for v in found)):
                continue
            neglected = _neglected(graph, found)
            if neglected is None:
                continue
            if not neglected:
                yield found
                continue
            here -= 1
            left = [v for v in found if not graph.sets[graph.enabled[v]] & neglected]
            for v in left:
                region[v] = here
            work.append((here, left))


def _neglected(graph: Graph, found: list[int]) -> Concerns | None:
    """The concerns of strong fairness that are enabled among these states and never taken by a step
    between them; None if one of weak fairness is enabled in all and never taken."""
    members = set(found)
    sets, targets, taken = graph.sets, graph.targets, graph.taken
    states = {graph.enabled[v] for v in found}
    somewhere: Concerns = frozenset().union(*(sets[i] for i in states))
    if not somewhere:
        return somewhere
    places = {taken[e] for v in found for e in graph.steps(v) if targets[e] in members}
    left = somewhere.difference(*(sets[i] for i in places))
    everywhere = left.intersection(*(sets[i] for i in states))
    return None if everywhere else left & graph.strong

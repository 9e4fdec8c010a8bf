"""Events to begin with: a behaviour in which chosen servers hear each other, and others nothing."""

from __future__ import annotations

from typing import Any

from ballotproof.impl.core import Persist, Receive, Send
from ballotproof.impl.refine.world import Cluster, Event, Packet


class Script:
    """``events`` are what happened so far."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.disks = {n: cluster.blank() for n in cluster.nodes}
        self.cores = {n: cluster.recovered(n, self.disks[n]) for n in cluster.nodes}
        self.events: list[Event] = []
        self.sent: set[Packet] = set()
        self.waiting: list[Packet] = []

    def give(self, node: int, given: Any) -> None:
        before, packets = self.cores[node], len(self.sent)
        self.cores[node], effects = self.cluster.step(before, given)
        for effect in effects:
            match effect:
                case Persist(record):
                    self.disks[node] = self.cluster.written(self.disks[node], record)
                case Send(to, message):
                    self.waiting.append(Packet(node, to, message))
                    self.sent.add(self.waiting[-1])
                case _:
                    pass
        if self.cores[node] != before or len(self.sent) > packets:
            self.events.append(Event(node, given))  # else nothing has happened

    def deliver(self, *among: int, most: int = 100) -> None:
        """Messages between these servers arrive, in the order in which they were sent, until there
        are no more, or so many have; all others are delayed."""
        for _ in range(most):
            found = [p for p in self.waiting if p.sender in among and p.to in among]
            if not found:
                return
            self.waiting.remove(found[0])
            self.give(found[0].to, Receive(found[0].sender, found[0].message))

"""Anything in any order: a cluster in the hands of Hypothesis, with every extension on.

After each step: one leader in a term (R1), all servers apply the same (R5), in order and without
gaps, and again the same after a crash; a read sees all that anybody has applied when it was asked
for (RD1); what is on the disk is what the server has in mind.
"""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ballotproof.impl.core import Receive, TimerExpired
from ballotproof.impl.raft.config import FIGURE_2, Config
from ballotproof.impl.raft.configuration import Configuration
from ballotproof.impl.raft.log import Entry, Index
from ballotproof.impl.raft.requests import (
    AddLearner,
    AddVoter,
    Applied,
    Change,
    ChangeMembership,
    Output,
    Propose,
    Read,
    ReadReady,
    Remove,
    Restored,
    Transfer,
    Transition,
    Unreachable,
)
from ballotproof.impl.raft.server import Input, Role, Timer
from tests.impl.raft.cluster import Cluster

NODES = st.integers(0, 3)
CHANGES = st.lists(
    st.one_of(st.builds(AddVoter, NODES), st.builds(AddLearner, NODES), st.builds(Remove, NODES)),
    max_size=2,
).map(tuple[Change, ...])
CONFIGS = st.sampled_from(
    [
        FIGURE_2,
        Config(keep_entries=1, chunk_bytes=2, window=2, most_entries=2),
        Config(keep_entries=0, chunk_bytes=9, window=0, backtrack=False, check_quorum=False),
        Config(pre_vote=False, window=1, most_entries=3),
    ]
)


class Anything(RuleBasedStateMachine):
    @initialize(config=CONFIGS)
    def begin(self, config: Config) -> None:
        self.cluster = Cluster(3, config, spares=1)
        self.leaders: dict[int, int] = {}
        self.chosen: dict[Index, Entry] = {}
        self.done: dict[int, Index] = dict.fromkeys(range(4), 0)
        self.heard: dict[int, int] = dict.fromkeys(range(4), 0)
        self.asked: dict[int, Index] = {}

    def give(self, n: int, given: Input) -> None:
        self.cluster.give(n, given)
        self.look(n)

    def look(self, n: int) -> None:
        """At what a server has told its host since the last time."""
        told = self.cluster.told[n]
        for x in told[self.heard[n] :]:
            self.judge(n, x)
        self.heard[n] = len(told)

    def judge(self, n: int, x: Output) -> None:
        match x:
            case Applied(index, entry):
                assert index == self.done[n] + 1
                assert self.chosen.setdefault(index, entry) == entry
                self.done[n] = index
            case Restored(snapshot):
                assert snapshot.index > self.done[n]
                assert self.chosen[snapshot.index].term == snapshot.term
                self.done[n] = snapshot.index
            case ReadReady(name):
                assert self.done[n] >= self.asked[name]
            case _:
                pass

    @rule(data=st.data(), again=st.booleans())
    @precondition(lambda self: self.cluster.packets)
    def deliver(self, data: st.DataObject, again: bool) -> None:
        """Any message, which may stay to be delivered again."""
        packets = self.cluster.packets
        i = data.draw(st.integers(0, len(packets) - 1))
        sender, to, message = packets[i] if again else packets.pop(i)
        self.give(to, Receive(sender, message))

    @rule(n=st.integers(1, 12))
    def deliver_in_order(self, n: int) -> None:
        for _ in range(min(n, len(self.cluster.packets))):
            sender, to, message = self.cluster.packets.pop(0)
            self.give(to, Receive(sender, message))

    @rule()
    def lose(self) -> None:
        self.cluster.drop()

    @rule(n=NODES, timer=st.sampled_from(Timer))
    def expire(self, n: int, timer: Timer) -> None:
        if timer in self.cluster.timers[n]:
            self.give(n, TimerExpired(timer))

    @rule(n=NODES, command=st.binary(max_size=3))
    def propose(self, n: int, command: bytes) -> None:
        self.give(n, Propose(command))

    @rule(n=NODES)
    def read(self, n: int) -> None:
        name = len(self.asked)
        self.asked[name] = max(self.done.values())
        self.give(n, Read(name))

    @rule(n=NODES, changes=CHANGES, transition=st.sampled_from(Transition))
    def change(self, n: int, changes: tuple[Change, ...], transition: Transition) -> None:
        self.give(n, ChangeMembership(changes, transition))

    @rule(n=NODES, to=NODES)
    def transfer(self, n: int, to: int) -> None:
        self.give(n, Transfer(to))

    @rule(n=NODES, to=NODES)
    def unreachable(self, n: int, to: int) -> None:
        self.give(n, Unreachable(to))

    @rule(n=NODES)
    def compact(self, n: int) -> None:
        self.cluster.compact(n)
        self.look(n)

    @rule(n=NODES)
    def crash(self, n: int) -> None:
        self.done[n] = self.heard[n] = 0
        self.cluster.start(n, Configuration(()) if n == 3 else None)
        self.look(n)

    @invariant()
    def one_leader_in_a_term(self) -> None:
        for s in self.cluster.servers.values():
            if s.role is Role.LEADER:
                assert self.leaders.setdefault(s.term, s.me) == s.me


TestAnything = Anything.TestCase
TestAnything.settings = settings(max_examples=80, stateful_step_count=80, deadline=None)

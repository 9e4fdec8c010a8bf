"""Anything in any order: clusters of Paxos in the hands of Hypothesis, for one decision and for a
log whose group changes.

Messages arrive in any order, again, or never; timers expire; clients ask; servers crash at rest or
in the middle of what a step asks for, and start with what is on their disks. After each of these
the cluster, as its specification sees it, has all the invariants of the specification, and the step
all its step invariants (``spec/paxos/single_decree.py``, ``spec/paxos/reconfiguration.py``).
Besides: what a learner tells its client is chosen, what is on a disk is what the server has in
mind, and a log is executed in order and once.

That this notices something is shown by programs with a mistake each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import hypothesis.strategies as st
import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec import structs

from ballotproof.impl.core import Deliver, NodeId, Persist, Receive, Send, TimerExpired
from ballotproof.impl.paxos import single_decree as decree
from ballotproof.impl.paxos.multi import messages, server
from ballotproof.impl.paxos.multi.server import Executed
from ballotproof.impl.refine.paxos.multi import MultiCluster
from ballotproof.impl.refine.paxos.single_decree import SingleDecreeCluster
from ballotproof.impl.refine.specification import Specification
from ballotproof.impl.refine.world import CLIENTS, Packet
from ballotproof.spec.lang.execute import Snapshot
from ballotproof.spec.lang.protocol import methods_of

NODES = st.integers(0, 3)


class Anything(RuleBasedStateMachine):
    """``cluster`` says how cores are made, what may be asked of them, and how the specification
    sees them; ``seen`` counts what has happened in all runs."""

    cluster: Any
    spec: Specification
    starts_a_ballot: ClassVar[Sequence[Any]]
    seen: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.nodes: tuple[NodeId, ...] = self.cluster.nodes
        self.disks = {n: self.cluster.blank() for n in self.nodes}
        self.cores = {n: self.cluster.recovered(n, self.disks[n]) for n in self.nodes}
        self.packets: list[Packet] = []
        self.sent: dict[Any, None] = {}
        self.signs: dict[Any, None] = {}
        self.cut: dict[NodeId, int] = {}
        self.state = self.now()
        assert self.state in self.spec.initial()

    # ------------------------------------------------------------------------------- steps
    def give(self, n: NodeId, given: Any) -> None:
        """Hand a server one input; it may crash before all that it asks for is done."""
        core, effects = self.cluster.step(self.cores[n], given)
        done = min(self.cut.pop(n, len(effects)), len(effects))
        stored = [i for i, e in enumerate(effects) if isinstance(e, Persist)]
        first_lost = next((i for i in stored if i >= done), len(effects))
        for i, effect in enumerate(effects):
            match effect:
                case Persist(record) if i < done:
                    self.disks[n] = self.cluster.written(self.disks[n], record)
                case Send(to, message) if i < first_lost:
                    self.note(Packet(n, to, message), arrives=i < done)
                case Deliver(value) if i < done:
                    self.told(n, value)
                case _:
                    pass
        self.cores[n] = core
        if done < len(effects):
            self.seen["crashes over a step"] += 1
            self.start(n)
        assert self.disks[n] == self.cores[n].durable
        self.look()

    def note(self, packet: Packet, *, arrives: bool) -> None:
        """What was stored and not sent in a crash is, to all others, sent and lost."""
        if packet.to != CLIENTS:
            if arrives:
                self.packets.append(packet)
            self.sent.setdefault(self.cluster.message(packet))
        for sign in self.cluster.signs(packet) if arrives else ():
            self.signs.setdefault(sign)
            self.seen["learned"] += 1

    def start(self, n: NodeId) -> None:
        self.cores[n] = self.cluster.recovered(n, self.disks[n])

    def told(self, n: NodeId, value: Any) -> None:
        """A server tells its host something."""

    # --------------------------------------------------------------------------- invariants
    def now(self) -> Snapshot:
        servers = [self.cluster.local(self.cores[n]) for n in self.nodes]
        known = [m for m in self.sent if m is not None]
        return self.spec.snapshot(self.cluster.abstract(servers, [*known, *self.signs]))

    def look(self) -> None:
        before, self.state = self.state, self.now()
        if self.state == before:
            return
        old, new = self.spec.object(before), self.spec.object(self.state)
        with self.spec.execution.universe:
            for name, holds in methods_of(type(new), "invariant").items():
                assert holds(new), name
            for name, holds in methods_of(type(new), "step_invariant").items():
                assert holds(old, new), name

    # -------------------------------------------------------------------------------- rules
    @rule(n=NODES, which=st.integers(0, 5), calm=st.booleans())
    def ask(self, n: NodeId, which: int, calm: bool) -> None:
        """A client wants something, or an operator does, or the leader's timer expires."""
        self.given(n, which, calm, ballot=False)

    @rule(n=NODES, calm=st.booleans())
    def time_out(self, n: NodeId, calm: bool) -> None:
        """The timer after which a server starts a ballot. There are only so many."""
        self.given(n, 0, calm, ballot=True)

    def given(self, n: NodeId, which: int, calm: bool, *, ballot: bool) -> None:
        n %= len(self.nodes)
        possible = [
            x for x in self.cluster.inputs(self.cores[n]) if ballot == (x in self.starts_a_ballot)
        ]
        if possible:
            self.give(n, possible[which % len(possible)])
        if calm:
            self.arrive(20)

    @rule(data=st.data(), again=st.booleans())
    @precondition(lambda self: self.packets)
    def deliver(self, data: st.DataObject, again: bool) -> None:
        """Any message, which may stay to be delivered again."""
        i = data.draw(st.integers(0, len(self.packets) - 1))
        packet = self.packets[i] if again else self.packets.pop(i)
        self.give(packet.to, Receive(packet.sender, packet.message))

    @rule(count=st.integers(1, 9))
    def deliver_in_order(self, count: int) -> None:
        self.arrive(count)

    def arrive(self, count: int) -> None:
        for _ in range(min(count, len(self.packets))):
            packet = self.packets.pop(0)
            self.give(packet.to, Receive(packet.sender, packet.message))

    @rule()
    def settle(self) -> None:
        self.arrive(40)

    @rule(data=st.data(), n=NODES, what=st.sampled_from(("lost", "silence", "crash", "cut")))
    def go_wrong(self, data: st.DataObject, n: NodeId, what: str) -> None:
        """A message is lost, or all to one server; it crashes at rest, or over its next step."""
        n %= len(self.nodes)
        match what:
            case "lost":
                if self.packets:
                    self.packets.pop(data.draw(st.integers(0, len(self.packets) - 1)))
            case "silence":
                self.packets = [p for p in self.packets if p.to != n]
            case "crash":
                self.start(n)
                self.look()
            case _:
                self.cut[n] = data.draw(st.integers(0, 2))


# -------------------------------------------------------------------------------- one decision
class Decree(Anything):
    """Three servers that all propose, each up to four ballots."""

    cluster: Any = SingleDecreeCluster(3, 3, rounds=4)
    spec = Specification(cluster.model)
    starts_a_ballot = (TimerExpired(decree.Retry()),)
    seen: ClassVar[Counter[str]] = Counter()

    def look(self) -> None:
        super().look()
        there: Any = self.spec.object(self.state)
        with self.spec.execution.universe:
            for value in there.learned:
                assert there.chosen(value)
        assert len(there.learned) <= 1


# --------------------------------------------------------------------------------------- a log
class Log(Anything):
    """Four servers, of which three are the group at first; three of them may lead."""

    cluster: Any = MultiCluster(
        4,
        founders=(0, 1, 2),
        groups=((0, 1, 2), (1, 2, 3)),
        leaders=(0, 1, 3),
        rounds=3,
        slots=4,
        window=2,
        commands=2,
    )
    spec = Specification(cluster.model)
    starts_a_ballot = (TimerExpired(server.Timer.ELECTION),)
    seen: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        self.executed = dict.fromkeys(range(4), 0)
        super().__init__()

    def start(self, n: NodeId) -> None:
        super().start(n)
        self.executed[n] = self.cores[n].executed

    def told(self, n: NodeId, value: Any) -> None:
        if isinstance(value, Executed):
            assert value.slot == self.executed[n] + 1
            self.executed[n] = value.slot
            self.seen["executed"] += 1


SETTINGS = settings(max_examples=120, stateful_step_count=60, deadline=None)


# What is drawn depends on which modules are loaded: Hypothesis looks for constants in them. So no
# more is asked for than that something happened.
def test_one_decision() -> None:
    run_state_machine_as_test(Decree, settings=SETTINGS)
    assert Decree.seen["learned"] > 0
    assert Decree.seen["crashes over a step"] > 0


def test_a_log() -> None:
    run_state_machine_as_test(Log, settings=SETTINGS)
    assert Log.seen["executed"] > 0
    assert Log.seen["crashes over a step"] > 0


# -------------------------------------------------------------------------------- with mistakes
class NoVotesSeen(SingleDecreeCluster):
    """A leader proposes its own value, whatever was reported."""

    def step(self, core: decree.Server, given: decree.Input) -> Any:
        match given:
            case Receive(sender, decree.Promise(ballot)):
                given = Receive(sender, decree.Promise(ballot, None))
            case _:
                pass
        return super().step(core, given)


class NoPromiseKept(SingleDecreeCluster):
    """An acceptor votes below the ballot that it has joined."""

    def step(self, core: decree.Server, given: decree.Input) -> Any:
        match given:
            case Receive(_, decree.Accept()):
                core = replace(core, durable=replace(core.durable, promised=None))
            case _:
                pass
        return super().step(core, given)


class OneVoteEnough(SingleDecreeCluster):
    """A learner takes a value for chosen that somebody has voted for."""

    def step(self, core: decree.Server, given: decree.Input) -> Any:
        match given:
            case Receive(sender, decree.Accepted(_, value)):
                given = Receive(sender, decree.Learned(value))
            case _:
                pass
        return super().step(core, given)


class PromiseForgotten(SingleDecreeCluster):
    """A server that starts again has its vote, and has promised nothing."""

    def recovered(self, node: NodeId, disk: decree.Durable) -> decree.Server:
        return super().recovered(node, replace(disk, promised=None))


class RoundForgotten(SingleDecreeCluster):
    """A server that starts again begins with the first round."""

    def recovered(self, node: NodeId, disk: decree.Durable) -> decree.Server:
        return super().recovered(node, replace(disk, round=0, promised=None))


class NoSlotVotesSeen(MultiCluster):
    """A leader proposes what it likes, whatever was reported."""

    def step(self, core: server.Server, given: server.Input) -> Any:
        match given:
            case Receive(sender, messages.Promise() as m):
                given = Receive(sender, structs.replace(m, votes=()))
            case _:
                pass
        return super().step(core, given)


class SlotVotesForgotten(MultiCluster):
    """A server that starts again has promised what it had, and has not voted."""

    def recovered(self, node: NodeId, disk: server.Durable) -> server.Server:
        return super().recovered(node, structs.replace(disk, votes=()))


FIRST_FAILURE = settings(SETTINGS, max_examples=12_000, phases=[Phase.generate], print_blob=False)


@pytest.mark.parametrize(
    "wrong", [NoVotesSeen, NoPromiseKept, OneVoteEnough, PromiseForgotten, RoundForgotten]
)
def test_a_mistake_in_one_decision(wrong: type[SingleDecreeCluster]) -> None:
    class Wrong(Decree):
        cluster = wrong(3, 3, rounds=4)

    with pytest.raises(AssertionError):
        run_state_machine_as_test(Wrong, settings=FIRST_FAILURE)


@pytest.mark.parametrize("wrong", [NoSlotVotesSeen, SlotVotesForgotten])
def test_a_mistake_in_a_log(wrong: type[MultiCluster]) -> None:
    class Wrong(Log):
        cluster = wrong(
            4,
            founders=(0, 1, 2),
            groups=((0, 1, 2), (1, 2, 3)),
            leaders=(0, 1, 3),
            rounds=3,
            slots=4,
            window=2,
            commands=2,
        )

    with pytest.raises(AssertionError):
        run_state_machine_as_test(Wrong, settings=FIRST_FAILURE)

"""The rules of "Paxos Made Simple", section 3, one by one, as a server of Multi-Paxos follows them;
and what a cluster of them does in a network that loses, repeats and reorders."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from ballotproof.impl.core import (
    Deliver,
    NodeId,
    Persist,
    Receive,
    Send,
    SetTimer,
    TimerExpired,
)
from ballotproof.impl.paxos.ballot import Ballot
from ballotproof.impl.paxos.multi.messages import (
    Accept,
    Accepted,
    Chosen,
    Entry,
    Execute,
    Heartbeat,
    Install,
    Message,
    Missing,
    Noop,
    Prepare,
    Promise,
    Reconfigure,
    Refused,
    Snapshot,
    Vote,
)
from ballotproof.impl.paxos.multi.server import (
    Change,
    Compact,
    Durable,
    Effect,
    Executed,
    Input,
    Installed,
    Options,
    Propose,
    Rejected,
    Server,
    Timer,
    blank,
    recovered,
    written,
)
from ballotproof.impl.paxos.multi.step import step

MEMBERS = (0, 1, 2)
A, B, C = (Execute(bytes([x])) for x in b"abc")
MINE = Ballot(1, 0)


def server(disk: Durable | None = None, me: NodeId = 0, options: Options | None = None) -> Server:
    s, _ = recovered(me, disk or blank(MEMBERS), options or Options())
    return s


def given(s: Server, *inputs: Input) -> tuple[Server, tuple[Effect, ...]]:
    """What the last of these makes it do."""
    effects: tuple[Effect, ...] = ()
    for x in inputs:
        s, effects = step(s, x)
    return s, effects


def heard(*messages: tuple[NodeId, Message]) -> list[Input]:
    return [Receive(sender, m) for sender, m in messages]


def sent(effects: Sequence[Effect], to: NodeId | None = None) -> list[Message]:
    return [e.message for e in effects if isinstance(e, Send) and to in (None, e.to)]


def told(effects: Sequence[Effect]) -> list[Any]:
    return [e.value for e in effects if isinstance(e, Deliver)]


TIME_OUT = TimerExpired(Timer.ELECTION)


def leader(
    *votes: tuple[int, Vote], options: Options | None = None, members: tuple[NodeId, ...] = MEMBERS
) -> tuple[Server, tuple[Effect, ...]]:
    """Server 0, whose ballot 1 and 0 itself have joined; 1 has reported these votes."""
    s = server(blank(members), options=options)
    promises = heard((0, Promise(MINE, 0, (), ())), (1, Promise(MINE, 0, (), votes)))
    return given(s, TIME_OUT, *promises)


# -------------------------------------------------------------------------- phase 1, for all slots
def test_3_a_new_leader_asks_once_for_all_slots_and_stores_its_round_first() -> None:
    s, effects = given(server(), TIME_OUT)
    assert isinstance(effects[0], Persist)
    assert effects[0].record.round == 1
    assert [e for e in effects if isinstance(e, Send)] == [
        Send(to, Prepare(MINE, 1)) for to in MEMBERS
    ]
    assert {e.timer for e in effects if isinstance(e, SetTimer)} == set(Timer)
    assert not s.is_leader


def test_3_an_acceptor_reports_its_votes_in_all_open_slots_and_what_is_chosen_below() -> None:
    vote = Vote(Ballot(1, 1), B)
    disk = Durable(Snapshot(0, ((1, MEMBERS),)), chosen=(A,), votes=((3, vote),))
    s, effects = given(server(disk), *heard((2, Prepare(Ballot(2, 2), 1))))
    assert isinstance(effects[0], Persist)
    assert effects[0].record.promised == Ballot(2, 2) == s.durable.promised
    assert sent(effects) == [Promise(Ballot(2, 2), 1, (A,), ((3, vote),))]


def test_3_no_promise_and_no_vote_below_a_promise() -> None:
    high, low = Ballot(2, 2), Ballot(1, 1)
    s, _ = given(server(), *heard((2, Prepare(high, 1))))
    for m in (Prepare(low, 1), Accept(low, 1, A, 0), Heartbeat(low, 0)):
        after, effects = given(s, *heard((1, m)))
        assert sent(effects) == [Refused(low, high)]
        assert after == s


def test_3_promises_of_a_quorum_make_a_leader() -> None:
    s, _ = given(server(), TIME_OUT, *heard((0, Promise(MINE, 0, (), ()))))
    assert not s.is_leader
    s, _ = given(s, *heard((0, Promise(MINE, 0, (), ()))))
    assert not s.is_leader
    s, _ = given(s, *heard((2, Promise(MINE, 0, (), ()))))
    assert s.is_leader


# ------------------------------------------------------------------------------------ phase 2
def test_3_slots_with_votes_get_the_entry_of_the_highest_and_gaps_a_noop() -> None:
    """The example of the paper: 135 and 140 are reported, 136 to 139 are not."""
    low, high = Vote(Ballot(0, 1), A), Vote(Ballot(0, 2), B)
    s, effects = leader((1, low), (4, low))
    assert sent(effects, to=2) == [
        Accept(MINE, n, entry, 0) for n, entry in ((1, A), (2, Noop()), (3, Noop()), (4, A))
    ]
    s = server()
    promises = heard(
        (0, Promise(MINE, 0, (), ((1, low),))), (1, Promise(MINE, 0, (), ((1, high),)))
    )
    for order in (promises, promises[::-1]):
        _, effects = given(s, TIME_OUT, *order)
        assert sent(effects, to=2) == [Accept(MINE, 1, B, 0)]


def test_3_a_command_comes_after_all_slots_with_votes_and_needs_phase_2_alone() -> None:
    s, _ = leader((2, Vote(Ballot(0, 1), A)))
    s, effects = given(s, Propose(b"new"))
    assert sent(effects, to=1) == [Accept(MINE, 3, Execute(b"new"), 0)]
    s, effects = given(s, Propose(b"newer"))
    assert sent(effects, to=1) == [Accept(MINE, 4, Execute(b"newer"), 0)]


def test_3_a_vote_is_stored_before_it_is_told() -> None:
    _, effects = given(server(me=1), *heard((0, Accept(MINE, 2, A, 0))))
    assert isinstance(effects[0], Persist)
    assert effects[0].record.votes == ((2, Vote(MINE, A)),)
    assert sent(effects) == [Accepted(MINE, 2)]


def test_3_chosen_by_a_quorum_of_different_servers_and_executed_in_order() -> None:
    s, _ = leader()
    s, _ = given(s, Propose(b"a"), Propose(b"b"))
    s, effects = given(s, *heard((1, Accepted(MINE, 2)), (2, Accepted(MINE, 2))))
    assert told(effects) == []  # slot 1 is open
    s, effects = given(s, *heard((1, Accepted(MINE, 1)), (1, Accepted(MINE, 1))))
    assert told(effects) == []
    s, effects = given(s, *heard((0, Accepted(MINE, 1))))
    assert told(effects) == [Executed(1, A), Executed(2, B)]
    assert isinstance(effects[0], Persist)
    assert sent(effects) == [Heartbeat(MINE, 2)] * 2
    assert s.executed == 2


def test_3_followers_learn_from_the_leader_what_they_voted_for_in_its_ballot() -> None:
    s, _ = given(server(me=1), *heard((0, Accept(MINE, 1, A, 0))))
    after, effects = given(s, *heard((0, Accept(MINE, 2, B, 1))))
    assert told(effects) == [Executed(1, A)]
    assert after.durable.votes == ((2, Vote(MINE, B)),)


def test_a_vote_in_another_ballot_says_nothing_about_what_is_chosen() -> None:
    s, _ = given(server(me=1), *heard((0, Accept(MINE, 1, A, 0))))
    after, effects = given(s, *heard((2, Heartbeat(Ballot(2, 2), 1))))
    assert told(effects) == []
    assert sent(effects) == [Missing(1)]
    assert after.executed == 0


def test_a_leader_that_learns_of_another_entry_in_its_slot_leads_no_more() -> None:
    s, _ = leader()
    s, _ = given(s, Propose(b"a"))
    s, effects = given(s, *heard((2, Chosen(1, (B,), 1))))
    assert told(effects) == [Executed(1, B)]
    assert s.leading is None


def test_a_refused_leader_starts_above_what_was_in_its_way() -> None:
    s, _ = leader()
    s, effects = given(s, *heard((2, Refused(MINE, Ballot(7, 2)))))
    assert s.leading is None
    assert any(isinstance(e, SetTimer) and e.timer is Timer.ELECTION for e in effects)
    s, effects = given(s, TIME_OUT)
    assert sent(effects, to=1) == [Prepare(Ballot(8, 0), 1)]


def test_who_leads_not_gives_the_command_back() -> None:
    s, effects = given(server(me=1), *heard((0, Heartbeat(MINE, 0))), Propose(b"a"))
    assert told(effects) == [Rejected(A, leader=0)]
    s, _ = leader(options=Options(window=1))
    s, _ = given(s, Propose(b"a"), Propose(b"b"))
    s, effects = given(s, *heard((2, Prepare(Ballot(9, 2), 1))))
    assert told(effects) == [Rejected(B, leader=None)]  # a has been proposed: nobody knows


# ------------------------------------------------------------------------------------ catch-up
def test_who_missed_something_asks_and_is_told_some_entries_at_a_time() -> None:
    chosen = (A, B, C)
    full = server(Durable(Snapshot(0, ((1, MEMBERS),)), chosen=chosen), 1, Options(most_entries=2))
    s, effects = given(server(), *heard((1, Heartbeat(Ballot(1, 1), 3))))
    assert sent(effects) == [Missing(1)]
    _, effects = given(full, *heard((0, Missing(1))))
    assert sent(effects) == [Chosen(1, (A, B), 3)]
    s, effects = given(s, *heard((1, Chosen(1, (A, B), 3))))
    assert told(effects) == [Executed(1, A), Executed(2, B)]
    assert sent(effects) == [Missing(3)]
    s, effects = given(s, *heard((1, Chosen(3, (C,), 3)), (1, Chosen(3, (C,), 3))))
    assert effects == ()
    assert s.durable.chosen == chosen


def test_a_promise_that_skips_unknown_slots_counts_once_they_are_known() -> None:
    s, _ = given(server(), TIME_OUT, *heard((0, Promise(MINE, 0, (), ()))))
    s, effects = given(s, *heard((1, Promise(MINE, 2, (), ()))))
    assert sent(effects) == [Missing(1)]
    assert not s.is_leader
    s, _ = given(s, *heard((1, Chosen(1, (A, B), 2))))
    s, effects = given(s, TimerExpired(Timer.HEARTBEAT))
    assert Prepare(MINE, 3) in sent(effects, to=1)
    s, _ = given(s, *heard((1, Promise(MINE, 2, (), ()))))
    assert s.is_leader


def test_compacted_entries_are_told_as_what_they_led_to() -> None:
    disk = Durable(Snapshot(0, ((1, MEMBERS),)), chosen=(A, Reconfigure((0, 1)), B))
    s, effects = given(server(disk, options=Options(window=2)), Compact(2, b"ab"))
    snapshot = Snapshot(2, ((1, MEMBERS), (4, (0, 1))), b"ab")
    assert isinstance(effects[0], Persist)
    assert written(disk, effects[0].record) == s.durable
    assert (s.durable.snapshot, s.durable.chosen) == (snapshot, (B,))
    _, effects = given(s, *heard((2, Missing(1))))
    assert sent(effects) == [Install(snapshot)]
    other, effects = given(server(me=2), *heard((0, Install(snapshot))))
    assert told(effects) == [Installed(snapshot)]
    assert (other.executed, other.group(3), other.group(4)) == (2, MEMBERS, (0, 1))
    again, effects = recovered(0, s.durable, s.options)
    assert told(effects) == [Installed(snapshot), Executed(3, B)]
    assert again.groups == s.groups


@pytest.mark.parametrize("through", [0, 3, 9])
def test_nothing_is_compacted_that_was_not_executed_or_is_gone(through: int) -> None:
    disk = Durable(Snapshot(1, ((1, MEMBERS),)), chosen=(A,))
    s = server(disk)
    assert given(s, Compact(through, b"")) == (s, ())


# ----------------------------------------------------------------------------- reconfiguration
def test_3_a_change_holds_window_slots_later() -> None:
    s, _ = leader(options=Options(window=2))
    s, _ = given(s, Change((1, 2)))
    s, effects = given(s, *heard((1, Accepted(MINE, 1)), (2, Accepted(MINE, 1))))
    assert told(effects) == [Executed(1, Reconfigure((1, 2)))]
    assert (s.group(2), s.group(3)) == (MEMBERS, (1, 2))


def test_3_nothing_is_proposed_where_the_group_is_not_known_yet() -> None:
    s, _ = leader(options=Options(window=2))
    s, effects = given(s, Change((1, 2)), Propose(b"a"), Propose(b"b"))
    assert sent(effects) == []
    s, effects = given(s, *heard((1, Accepted(MINE, 1)), (2, Accepted(MINE, 1))))
    # Slot 3 is the first of the new group, which 0 does not belong to.
    assert [e for e in effects if isinstance(e, Send) and isinstance(e.message, Accept)] == []
    s, _ = given(s, *heard((2, Promise(MINE, 0, (), ()))))
    assert s.leading is not None
    assert len(s.leading.proposals) == 2


def test_3_a_slot_is_decided_by_its_own_group() -> None:
    s, _ = leader(options=Options(window=1), members=(0, 1))
    s, _ = given(s, Change((0, 2, 3)))
    s, effects = given(s, *heard((0, Accepted(MINE, 1)), (1, Accepted(MINE, 1))), Propose(b"a"))
    assert s.group(2) == (0, 2, 3)
    assert not s.is_leader
    assert told(effects) == [Rejected(A, leader=None)]
    s, _ = given(s, *heard((2, Promise(MINE, 1, (), ()))), Propose(b"a"))
    s, effects = given(s, *heard((1, Accepted(MINE, 2)), (0, Accepted(MINE, 2))))
    assert told(effects) == []
    s, effects = given(s, *heard((3, Accepted(MINE, 2))))
    assert told(effects) == [Executed(2, A)]


def test_new_members_are_asked_for_their_promise_at_once() -> None:
    s, _ = leader(options=Options(window=1), members=(0, 1))
    s, _ = given(s, Change((0, 1, 2)))
    _, effects = given(s, *heard((0, Accepted(MINE, 1)), (1, Accepted(MINE, 1))))
    assert Send(2, Prepare(MINE, 2)) in effects


def test_a_leader_outside_the_group_leads_no_more_and_only_asks() -> None:
    s, _ = leader(options=Options(window=1))
    s, _ = given(s, Change((1, 2)))
    s, _ = given(s, *heard((0, Accepted(MINE, 1)), (1, Accepted(MINE, 1))))
    assert s.leading is None
    s, effects = given(s, TIME_OUT)
    assert sent(effects) == [Missing(2)] * 2


@pytest.mark.parametrize("members", [(), (1, 1)])
def test_a_group_without_members_or_with_one_twice_is_refused(members: tuple[NodeId, ...]) -> None:
    with pytest.raises(ValueError, match="at least one member"):
        Reconfigure(members)


@pytest.mark.parametrize(
    "wrong",
    [{"heartbeat_ticks": 100}, {"window": 0}, {"most_entries": 0}, {"most_waiting": 0}],
)
def test_options_that_cannot_work_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - which one it is is said by the parameter
        Options(**wrong)


# -------------------------------------------------------------------------------- as a cluster
@dataclass
class Net:
    """Servers and a network with a will of its own, drawn from a seed."""

    seed: int
    nodes: tuple[NodeId, ...] = (0, 1, 2, 3)
    options: Options = field(default_factory=lambda: Options(window=3, most_entries=2))
    loss: float = 0.1

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.disks = {n: blank((0, 1, 2)) for n in self.nodes}
        self.packets: list[tuple[NodeId, NodeId, Message]] = []
        self.timers: dict[tuple[NodeId, Timer], int] = {}
        self.executed: dict[NodeId, dict[int, Entry]] = {n: {} for n in self.nodes}
        self.servers: dict[NodeId, Server] = {}
        self.truth: dict[int, Entry] = {}
        self.now = 0
        for n in self.nodes:
            self.start(n)

    def start(self, n: NodeId) -> None:
        self.timers = {key: at for key, at in self.timers.items() if key[0] != n}
        self.executed[n] = {}
        self.servers[n], effects = recovered(n, self.disks[n], self.options)
        self.carry_out(n, effects)

    def carry_out(self, n: NodeId, effects: Sequence[Effect], most: int | None = None) -> None:
        for effect in effects[:most]:
            match effect:
                case Persist(record):
                    self.disks[n] = written(self.disks[n], record)
                case Send(to, message):
                    copies = 0 if self.random.random() < self.loss else 1
                    copies += self.random.random() < self.loss
                    self.packets += [(n, to, message)] * copies
                case SetTimer(timer, least, latest):
                    self.timers[n, timer] = self.now + self.random.randint(least, latest)
                case Deliver(Executed(slot, entry)):
                    self.learn(n, slot, entry)
                case Deliver(Installed(snapshot)):
                    self.executed[n] = {s: self.truth[s] for s in range(1, snapshot.through + 1)}
                case Deliver():
                    pass

    def learn(self, n: NodeId, slot: int, entry: Entry) -> None:
        assert slot == len(self.executed[n]) + 1
        assert self.truth.setdefault(slot, entry) == entry, "two entries for one slot"
        self.executed[n][slot] = entry

    def give(self, n: NodeId, x: Input) -> None:
        self.servers[n], effects = step(self.servers[n], x)
        if self.random.random() < self.loss / 20:
            self.carry_out(n, effects, self.random.randint(0, len(effects)))
            self.start(n)  # it crashed over the effects
        else:
            self.carry_out(n, effects)

    def run(self, events: int) -> None:
        for i in range(events):
            due = [key for key, at in self.timers.items() if at <= self.now]
            if self.packets and self.random.random() < 0.9:
                place = self.random.randrange(len(self.packets))
                sender, to, message = self.packets.pop(place)
                self.give(to, Receive(sender, message))
            elif due:
                n, timer = self.random.choice(due)
                del self.timers[n, timer]
                self.give(n, TimerExpired(timer))
            else:
                self.now += 5
            if i % 40 == 0:
                n = self.random.choice(self.nodes)
                change = self.random.random() < 0.15
                group = tuple(self.random.sample(self.nodes, self.random.choice((2, 3))))
                self.give(n, Change(group) if change else Propose(b"x"))
            if i % 400 == 0:
                n = self.random.choice(self.nodes)
                self.give(n, Compact(len(self.executed[n]) - 2, b""))


@pytest.mark.parametrize("seed", range(12))
def test_servers_agree_and_come_far_whatever_the_network_does(seed: int) -> None:
    net = Net(seed)
    net.run(4_000)
    net.loss = 0.0
    net.run(4_000)
    reached = sorted(len(x) for x in net.executed.values())
    assert reached[-1] >= 20, reached
    groups = max(net.servers.values(), key=lambda s: s.executed).everybody
    assert all(len(net.executed[n]) >= reached[-1] - 5 for n in groups), reached


def test_what_a_step_persists_is_what_it_changed() -> None:
    """The disk of a server is at all times what the server believes it to be."""
    net = Net(seed=99, loss=0.05)
    for _ in range(300):
        net.run(10)
        for n in net.nodes:
            assert net.disks[n] == net.servers[n].durable

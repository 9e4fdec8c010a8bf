"""Compaction and snapshots in chunks (7; thesis, chapter 5)."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ballotproof.impl.core import Deliver, Receive, Send, SetTimer
from ballotproof.impl.raft.config import Config
from ballotproof.impl.raft.configuration import Configuration
from ballotproof.impl.raft.log import Entry, Log
from ballotproof.impl.raft.messages import (
    AppendEntries,
    AppendReply,
    InstallSnapshot,
    SnapshotReply,
)
from ballotproof.impl.raft.progress import Flow
from ballotproof.impl.raft.records import Durable
from ballotproof.impl.raft.requests import Applied, Compact, Restored
from ballotproof.impl.raft.restart import recovered
from ballotproof.impl.raft.server import Incoming, Role, Timer
from ballotproof.impl.raft.snapshots import received
from ballotproof.impl.raft.step import step
from tests.impl.raft.cluster import Cluster

SMALL = Config(keep_entries=0, chunk_bytes=4, window=2)


def behind(config: Config = SMALL, commands: int = 5) -> Cluster:
    """Server 2 has missed everything, and what it lacks is compacted."""
    c = Cluster(config=config)
    c.cut = {2}
    c.elect(0)
    c.propose(0, *(b"%d" % i for i in range(commands)))
    c.settle()
    c.compact(0)
    c.cut = set()
    return c


def test_7_a_snapshot_takes_the_place_of_the_log_up_to_its_last_entry() -> None:
    c = behind()
    s = c.servers[0]
    assert (s.log.base, s.log.base_term, s.log.last_index) == (6, 1, 6)
    assert s.snapshot is not None
    assert (s.snapshot.index, s.snapshot.term) == (6, 1)
    assert s.snapshot.configuration == Configuration((0, 1, 2))
    assert c.disks[0].log == s.log


def test_7_some_entries_stay_for_those_who_lag_a_little() -> None:
    c = behind(Config(keep_entries=2))
    assert c.servers[0].log.base == 4


def test_7_only_what_is_committed_is_compacted_and_once() -> None:
    c = behind()
    before = c.servers[0]
    for index in (0, 6, 7, 99):
        c.give(0, Compact(index, b""))
        assert c.servers[0] == before


def test_7_a_server_that_lacks_what_is_gone_is_sent_the_snapshot() -> None:
    c = behind()
    c.beat(0)
    c.beat(0)
    assert c.machine(2) == c.machine(0) == [b"0", b"1", b"2", b"3", b"4"]
    s = c.servers[2]
    assert (s.commit, s.log.base, s.incoming) == (6, 6, None)
    assert c.servers[0].progress_of(2).flow is Flow.REPLICATE
    c.propose(0, b"x")
    c.settle()
    assert c.machine(2)[-1] == b"x"
    assert [x.index for x in c.told[2] if isinstance(x, Applied)] == [7]


def test_7_what_is_restored_is_stored_before_it_is_answered_and_told_before_what_follows() -> None:
    c = behind()
    c.beat(0)
    c.start(2)
    assert isinstance(c.told[2][0], Restored)
    assert c.servers[2].commit == 6


def chunks_of(data: bytes, size: int, index: int = 6, term: int = 1) -> list[InstallSnapshot]:
    members = Configuration((0, 1, 2))
    return [
        InstallSnapshot(1, index, term, members, len(data), at, data[at : at + size])
        for at in range(0, max(1, len(data)), size)
    ]


@given(st.data())
def test_7_chunks_may_come_in_any_order_and_more_than_once(data: st.DataObject) -> None:
    content = data.draw(st.binary(min_size=1, max_size=20))
    parts = chunks_of(content, data.draw(st.integers(1, 6)))
    order = data.draw(st.permutations(parts + data.draw(st.lists(st.sampled_from(parts)))))
    s, _ = recovered(2, Configuration((0, 1, 2)), Durable(), SMALL)
    done = False
    for m in order:
        s, effects = step(s, Receive(0, m))
        restored = [e for e in effects if isinstance(getattr(e, "value", None), Restored)]
        assert len(restored) <= (not done)
        done = done or bool(restored)
    assert s.snapshot is not None
    assert s.snapshot.data == content
    assert s.commit == 6


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 5)), max_size=12))
def test_7_what_has_arrived_is_the_beginning_of_the_content(parts: list[tuple[int, int]]) -> None:
    """Chunks of any size from anywhere, as of a leader that was configured otherwise."""
    content = bytes(range(14))
    x = Incoming(1, 1)
    for at, size in parts:
        before = x.received
        x = received(x, at, content[at : at + size])
        assert x.received >= before
        assert b"".join(x.parts) == content[: x.received]
        assert all(offset > x.received for offset, _ in x.ahead)


def test_7_a_transfer_goes_on_where_it_stopped() -> None:
    """Of seven chunks and their answers every third message is lost."""
    c = behind(commands=12)
    offsets: list[int] = []
    count = itertools.count()
    for _ in range(40):
        offsets += [m.offset for _, _, m in c.packets if isinstance(m, InstallSnapshot)]
        c.packets = [p for p in c.packets if 2 in (p[0], p[1]) and next(count) % 3]
        if not c.deliver():
            c.expire(0, Timer.HEARTBEAT)
    assert c.machine(2) == c.machine(0)
    assert set(offsets) == {0, 4, 8, 12, 16, 20, 24}
    assert offsets.count(0) < 10


def test_7_after_a_restart_the_transfer_begins_again() -> None:
    c = behind(commands=12)
    parts = chunks_of(b"abcdefghijkl", 4, index=13)
    c.give(2, Receive(0, parts[0]))
    c.start(2)
    c.drop()
    c.give(2, Receive(0, parts[1]))
    assert c.packets[-1][2] == SnapshotReply(1, 13, 0)


def test_7_chunks_of_another_leader_are_of_another_snapshot() -> None:
    """It may be of the same entry, and other bytes."""
    s, _ = recovered(2, Configuration((0, 1, 2)), Durable(), SMALL)
    old, new = chunks_of(b"aaaabbbb", 4), chunks_of(b"AAAABBBB", 4)
    s, _ = step(s, Receive(0, old[0]))
    for m in new[::-1]:
        later = InstallSnapshot(
            2, m.last_index, m.last_term, m.configuration, m.size, m.offset, m.data
        )
        s, _ = step(s, Receive(1, later))
    assert s.snapshot is not None
    assert s.snapshot.data == b"AAAABBBB"


def test_7_an_empty_snapshot_arrives_too() -> None:
    c = Cluster(config=SMALL)
    c.cut = {2}
    c.elect(0)
    c.give(0, Compact(1, b""))
    c.cut = set()
    c.beat(0)
    c.beat(0)
    assert c.servers[2].commit == 1


def test_7_a_snapshot_of_what_is_committed_here_changes_nothing() -> None:
    c = Cluster(config=SMALL)
    c.elect(0)
    c.beat(0)
    before = c.servers[2]
    c.give(2, Receive(0, chunks_of(b"abc", 4, index=1)[0]))
    assert c.servers[2] == before
    assert c.packets[-1][2] == AppendReply(1, True, 1)


def test_7_what_follows_the_snapshot_stays_if_it_is_the_same_log() -> None:
    """And everything goes if it is another: its entries are of another history."""
    for term, left in ((1, 8), (2, 6)):
        log = Durable().log.with_entries(0, tuple(Entry(1, b"x") for _ in range(8)))
        s, _ = recovered(2, Configuration((0, 1, 2)), Durable(1, None, log), SMALL)
        s, _ = step(s, Receive(0, chunks_of(b"abc", 4, index=6, term=term)[0]))
        assert (s.log.base, s.log.last_index) == (6, left)


def test_7_the_configuration_comes_with_the_snapshot() -> None:
    """A newer one in the log that is thrown away does not outlive it."""
    stale = Configuration((2,))
    log = Durable().log.with_entries(0, (*[Entry(1, b"x")] * 7, Entry(1, stale)))
    s, _ = recovered(2, Configuration((0, 1, 2)), Durable(1, None, log), SMALL)
    assert s.configuration == stale
    s, _ = step(s, Receive(0, chunks_of(b"abc", 4, index=6, term=9)[0]))
    assert s.configuration == Configuration((0, 1, 2))


def test_7_a_snapshot_under_way_is_ended_by_any_sign_that_the_log_goes_on() -> None:
    """Scenario snapshot_succeed_via_app_resp_behind."""
    c = behind(commands=12)
    while c.servers[0].progress_of(2).flow is not Flow.SNAPSHOT:
        c.give(0, Receive(2, AppendReply(1, False, 0)))
        c.drop()
    c.give(0, Receive(2, AppendReply(1, True, 13)))
    p = c.servers[0].progress_of(2)
    assert (p.flow, p.next, p.match) == (Flow.REPLICATE, 14, 13)


def test_7_a_newer_snapshot_does_not_disturb_one_that_is_under_way() -> None:
    config = Config(keep_entries=3, chunk_bytes=4, window=1)
    c = behind(config, commands=12)
    for _ in itertools.repeat(None, 3):
        c.beat(0)
    c.propose(0, b"x")
    c.settle()
    c.compact(0)
    c.beat(0)
    assert c.machine(2) == c.machine(0)
    assert c.servers[0].role is Role.LEADER


def test_7_each_server_compacts_by_itself() -> None:
    """A follower asks nobody, and goes on in the same log."""
    c = Cluster(config=SMALL)
    c.elect(0)
    c.propose(0, b"x", b"y")
    c.settle()
    c.beat(0)
    c.compact(1)
    assert [c.servers[n].log.base for n in (0, 1, 2)] == [0, 3, 0]
    assert c.packets == []
    c.propose(0, b"z")
    c.settle()
    c.beat(0)
    assert c.machine(1) == [b"x", b"y", b"z"]
    c.cut = {0}
    c.elect(1)
    assert c.machine(2) == [b"x", b"y", b"z"]


def test_7_the_entry_behind_a_snapshot_is_checked_against_it() -> None:
    s = behind().servers[0]
    assert (s.log.base, s.log.base_term) == (6, 1)
    new = (Entry(3, b"x"),)
    for prev_term, fits in ((2, False), (1, True)):
        after, effects = step(s, Receive(1, AppendEntries(3, 6, prev_term, new, 6)))
        (reply,) = (e.message for e in effects if isinstance(e, Send))
        assert isinstance(reply, AppendReply)
        assert (reply.success, after.log.last_index) == (fits, 6 + fits)


def test_7_a_snapshot_takes_the_place_of_a_log_that_it_does_not_continue() -> None:
    """Other entries, and more of them than the snapshot tells of."""
    log = Log().with_entries(0, tuple(Entry(1, b"%d" % n) for n in range(9)))
    s, _ = recovered(2, Configuration((0, 1, 2)), Durable(1, None, log), SMALL)
    (m,) = chunks_of(b"state", 99, index=6, term=2)
    s, effects = step(s, Receive(0, replace(m, term=3)))
    assert (s.commit, s.log.base, s.log.base_term, s.log.last_index) == (6, 6, 2, 6)
    assert s.snapshot is not None
    assert [e.value for e in effects if isinstance(e, Deliver)] == [Restored(s.snapshot)]


def test_7_each_chunk_is_a_sign_of_the_leader() -> None:
    s, _ = recovered(2, Configuration((0, 1, 2)), Durable(), SMALL)
    for m in chunks_of(b"abcdef", 2):
        s, effects = step(s, Receive(0, m))
        assert any(isinstance(e, SetTimer) and e.timer is Timer.ELECTION for e in effects)
        assert s.leader == 0

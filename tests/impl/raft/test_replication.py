"""Batches, messages under way, and the way back after a refusal (5.3; etcd's progress states)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ballotproof.impl.core import Receive
from ballotproof.impl.raft.config import FIGURE_2, Config
from ballotproof.impl.raft.log import Entry, Log
from ballotproof.impl.raft.messages import AppendEntries, AppendReply, Refused
from ballotproof.impl.raft.progress import Flow, Progress
from ballotproof.impl.raft.records import Durable
from ballotproof.impl.raft.requests import Propose, Reason, Rejected, Unreachable
from ballotproof.impl.raft.server import Role
from tests.impl.raft.cluster import Cluster


def appends(c: Cluster, to: int) -> list[AppendEntries]:
    return [m for _, n, m in c.packets if n == to and isinstance(m, AppendEntries)]


def test_a_new_leader_probes_with_one_message_and_then_waits() -> None:
    c = Cluster()
    c.down = {2}
    c.elect(0)
    assert c.servers[0].progress_of(1).flow is Flow.REPLICATE
    p = c.servers[0].progress_of(2)
    assert (p.flow, p.paused) == (Flow.PROBE, True)
    c.propose(0, b"x", b"y")
    assert appends(c, 2) == []


def test_entries_go_out_without_waiting_up_to_the_window() -> None:
    c = Cluster(config=Config(window=3))
    c.elect(0)
    c.propose(0, b"a", b"b", b"c", b"d", b"e")
    sent = appends(c, 1)
    assert [m.prev_index for m in sent] == [1, 2, 3]
    assert c.servers[0].progress_of(1).inflight == (2, 3, 4)
    c.settle()
    assert c.servers[0].progress_of(1).match == 6
    assert c.servers[0].progress_of(1).inflight == ()


def test_what_waits_goes_out_in_one_message() -> None:
    c = Cluster(config=Config(window=1, most_entries=3))
    c.elect(0)
    c.propose(0, b"a", b"b", b"c", b"d", b"e")
    c.deliver()  # the first entries
    c.packets = [p for p in c.packets if p[0] == 1]  # of the answers, one
    c.deliver()
    assert [len(m.entries) for m in appends(c, 1) if m.entries] == [3]


def test_a_full_window_is_freed_by_an_answer_to_a_heartbeat_after_a_loss() -> None:
    """Scenario replicate_pause."""
    c = Cluster(config=Config(window=3))
    c.elect(0)
    c.beat(0)
    c.cut = {2}
    c.propose(0, b"a", b"b", b"c", b"d")
    c.settle()
    assert c.servers[0].progress_of(2).inflight == (2, 3, 4)
    assert c.servers[0].commit == 5
    c.cut = set()
    c.beat(0)
    assert c.servers[2].log == c.servers[0].log
    assert c.servers[0].progress_of(2).flow is Flow.REPLICATE


def test_an_unreachable_server_is_probed_and_comes_back_without_anything_new() -> None:
    """Scenario heartbeat_resp_recovers_from_probing."""
    c = Cluster()
    c.elect(0)
    c.give(0, Unreachable(1))
    assert c.servers[0].progress_of(1).flow is Flow.PROBE
    c.beat(0)
    assert c.servers[0].progress_of(1).flow is Flow.REPLICATE


def test_an_old_refusal_does_not_move_back_what_matches() -> None:
    c = Cluster()
    c.elect(0)
    c.propose(0, b"x")
    c.settle()
    before = c.servers[0]
    c.give(0, Receive(1, AppendReply(1, False, 0, Refused(1, 0, 0))))
    assert c.servers[0].progress_of(1) == before.progress_of(1)
    assert c.packets == []


def test_commands_are_refused_while_too_many_wait() -> None:
    c = Cluster(config=Config(most_uncommitted=2))
    c.elect(0)
    c.propose(0, b"a", b"b", b"c")
    assert c.told[0][-1] == Rejected(Propose(b"c"), Reason.BUSY, 0)
    c.settle()
    c.propose(0, b"c")
    c.settle()
    assert c.machine(0) == [b"a", b"b", b"c"]


# ------------------------------------------------------------------------------ the way back
def logs(*terms: int) -> Log:
    return Log().with_entries(0, tuple(Entry(t, None) for t in terms))


def with_logs(config: Config, *all_terms: tuple[int, ...]) -> Cluster:
    c = Cluster(len(all_terms), config)
    for n, terms in enumerate(all_terms):
        c.disks[n] = Durable(max(map(max, filter(None, all_terms)), default=0), None, logs(*terms))
        c.start(n)
    return c


FIGURE_7 = (
    (1, 1, 1, 4, 4, 5, 5, 6, 6, 6),
    (1, 1, 1, 4, 4, 5, 5, 6, 6),
    (1, 1, 1, 4),
    (1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6),
    (1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7),
    (1, 1, 1, 4, 4, 4, 4),
    (1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3),
)


def led(config: Config) -> Cluster:
    c = with_logs(config, *FIGURE_7)
    c.elect(0)
    return c


def test_5_3_figure_7_all_logs_become_the_leaders() -> None:
    """Scenario probe_and_replicate."""
    for config in (Config(), Config(backtrack=False), FIGURE_2):
        c = led(config)
        for _ in range(15):
            c.beat(0)
        assert len({s.log for s in c.servers.values()}) == 1
        assert {s.commit for s in c.servers.values()} == {11}


def refusals(config: Config, leader: tuple[int, ...], follower: tuple[int, ...]) -> int:
    """How often the follower refuses before the logs are the same."""
    c = with_logs(config, leader, follower, leader)
    c.lose_touch(c.servers)
    c.time_out(0)
    c.deliver(lambda p: 1 not in (p[0], p[1]))
    c.deliver(lambda p: 1 not in (p[0], p[1]))
    while c.servers[0].role is not Role.LEADER:
        c.deliver(lambda p: 1 not in (p[0], p[1]))
    count = 0
    for _ in range(200):
        if not c.packets:
            c.give(0, Unreachable(1))
            c.beat(0)
        count += sum(isinstance(m, AppendReply) and not m.success for _, _, m in c.packets)
        c.deliver()
        if c.servers[1].log == c.servers[0].log:
            return count
    raise AssertionError("they never agree")


def test_5_3_a_conflict_in_one_term_costs_one_refusal() -> None:
    leader, follower = (1, 1, 1, 4, 4, 5, 5, 6, 6, 6), (1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3)
    assert refusals(Config(), leader, follower) == 1
    assert refusals(Config(backtrack=False), leader, follower) == 7


def terms(*among: int) -> st.SearchStrategy[tuple[int, ...]]:
    return st.lists(st.sampled_from(among), max_size=8).map(lambda x: tuple(sorted(x)))


@given(terms(1, 2), terms(3, 5, 7), terms(4, 6, 8))
def test_5_3_refusals_are_bounded_by_the_terms_in_which_logs_differ(
    both: tuple[int, ...], leader: tuple[int, ...], follower: tuple[int, ...]
) -> None:
    """After what they have in common, no term has entries in both. A place may be refused twice, in
    a probe and in a heartbeat."""
    most = 2 * (1 + min(len(set(leader)), len(set(follower))))
    assert refusals(Config(), both + leader, both + follower) <= most


def test_progress_is_what_it_says_by_default() -> None:
    assert Progress() == Progress(1, 0, Flow.PROBE, False, (), None, False, 0, True)

"""PreVote and CheckQuorum (thesis, 9.6, 4.2.3 and 6.2)."""

from __future__ import annotations

from ballotproof.impl.core import Receive
from ballotproof.impl.raft.config import Config
from ballotproof.impl.raft.messages import PreVote, PreVoteReply, RequestVote
from ballotproof.impl.raft.requests import ForgetLeader
from ballotproof.impl.raft.server import Role, Timer
from tests.impl.raft.cluster import Cluster

ALONE = Config(check_quorum=False)


def test_9_6_who_only_asks_raises_no_term_and_stores_nothing() -> None:
    c = Cluster(config=ALONE)
    c.time_out(0)
    assert (c.servers[0].role, c.servers[0].term) == (Role.PRE_CANDIDATE, 0)
    asked = [m for _, _, m in c.packets]
    assert asked == [PreVote(1, 0, 0)] * 2
    assert all(s.term == 0 for s in c.servers.values())


def test_9_6_with_a_quorum_that_would_vote_it_stands() -> None:
    c = Cluster(config=ALONE)
    c.down = {2}
    c.time_out(0)
    c.settle()
    assert c.leader() == 0
    assert c.servers[0].term == 1


def test_9_6_a_cut_off_server_never_raises_its_term() -> None:
    c = Cluster(config=ALONE)
    c.elect(0)
    c.down = {0, 1}
    for _ in range(5):
        c.time_out(2)
        c.drop()
    assert (c.servers[2].term, c.servers[2].role) == (1, Role.PRE_CANDIDATE)
    c.down = set()
    c.beat(0)
    assert (c.leader(), c.servers[0].term, c.servers[2].role) == (0, 1, Role.FOLLOWER)


def test_9_6_a_stale_log_gets_no_assent() -> None:
    c = Cluster(config=ALONE)
    c.elect(0)
    c.down = {2}
    c.propose(0, b"x")
    c.settle()
    c.down = {0}
    c.time_out(2)
    c.settle()
    assert c.leader() == 0  # nobody else
    c.time_out(1)
    c.settle()
    assert c.role(1) is Role.LEADER


def test_9_6_a_yes_counts_whatever_the_term_of_who_says_it() -> None:
    """Otherwise a server with the highest term and the shortest log can keep all from leading."""
    c = Cluster(config=ALONE)
    c.elect(0)
    c.time_out(0)
    c.down = {0}
    c.elect(1)
    assert c.servers[1].term == 2
    c.down = {2}
    c.time_out(1)  # an old timer
    c.down = {1}
    c.start(2)  # it knows of no leader now
    c.down = {1, 0}
    c.time_out(2)
    ask = next(m for _, to, m in c.packets if to == 0)
    assert ask == PreVote(3, 2, 2)
    c.packets.clear()
    assert c.servers[0].term == 1
    c.give(0, Receive(2, ask))
    assert c.packets == [(0, 2, PreVoteReply(3, granted=True))]


def test_9_6_a_no_tells_of_a_higher_term() -> None:
    c = Cluster(config=ALONE)
    c.time_out(0)
    c.give(0, Receive(1, PreVoteReply(7, granted=False)))
    assert (c.servers[0].term, c.servers[0].role) == (7, Role.FOLLOWER)


def test_4_2_3_who_hears_from_a_leader_disregards_requests_even_of_higher_terms() -> None:
    c = Cluster()
    c.elect(0)
    for n in (0, 1):
        before = c.servers[n]
        c.give(n, Receive(2, RequestVote(9, 99, 9)))
        c.give(n, Receive(2, PreVote(9, 99, 9)))
        assert c.servers[n] == before
    assert c.packets == []


def test_4_2_3_after_the_least_election_time_a_vote_is_free() -> None:
    c = Cluster()
    c.elect(0)
    c.lose_touch([1])
    c.give(1, Receive(2, RequestVote(9, 99, 9)))
    assert c.servers[1].voted_for == 2


def test_4_2_3_the_least_time_comes_first_and_the_rest_is_drawn() -> None:
    c = Cluster()
    c.elect(0)
    timer = c.timers[1][Timer.ELECTION]
    assert (timer.least, timer.most) == (100, 100)
    c.expire(1, Timer.ELECTION)
    timer = c.timers[1][Timer.ELECTION]
    assert (timer.least, timer.most) == (0, 100)
    assert c.role(1) is Role.FOLLOWER
    c.expire(1, Timer.ELECTION)
    assert c.role(1) is Role.PRE_CANDIDATE


def test_6_2_a_leader_that_hears_from_no_quorum_steps_down_in_its_term() -> None:
    c = Cluster()
    c.elect(0)
    c.beat(0)
    c.expire(0, Timer.QUORUM)  # it was heard
    assert c.servers[0].role is Role.LEADER
    c.down = {1, 2}
    c.expire(0, Timer.HEARTBEAT)
    c.drop()
    c.expire(0, Timer.QUORUM)
    assert (c.servers[0].role, c.servers[0].term, c.servers[0].leader) == (Role.FOLLOWER, 1, None)


def test_6_2_one_answer_in_three_servers_is_enough_to_stay() -> None:
    c = Cluster()
    c.elect(0)
    c.down = {2}
    for _ in range(3):
        c.expire(0, Timer.QUORUM)
        c.beat(0)
    c.expire(0, Timer.QUORUM)
    assert c.servers[0].role is Role.LEADER


def test_a_server_that_stood_in_vain_comes_back() -> None:
    """Its requests are disregarded; the leader learns of its term from its answers, and a new
    election takes it in."""
    c = Cluster(config=Config(pre_vote=False))
    c.elect(0)
    c.down = {0, 1}
    c.time_out(2)
    c.drop()
    assert c.servers[2].term == 2
    c.down = set()
    c.expire(0, Timer.HEARTBEAT)
    c.settle()
    assert c.servers[0].role is Role.FOLLOWER
    c.elect(0)
    assert c.servers[2].leader == 0


def test_forgetting_the_leader_frees_the_vote_but_not_with_leases() -> None:
    """Scenario forget_leader_read_only_lease_based, the second half."""
    c = Cluster()
    c.elect(0)
    c.give(1, ForgetLeader())
    assert (c.servers[1].leader, c.servers[1].recent, c.servers[1].term) == (None, False, 1)
    c.beat(0)
    assert c.servers[1].leader == 0
    c = Cluster(config=Config(lease_ticks=50))
    c.elect(0)
    c.give(1, ForgetLeader())
    assert c.servers[1].leader == 0
    c.give(0, ForgetLeader())
    assert c.servers[0].role is Role.LEADER


def test_a_restarted_server_waits_before_it_votes() -> None:
    """It may have heard from a leader that counts on it."""
    c = Cluster()
    c.elect(0)
    c.start(1)
    c.give(1, Receive(2, RequestVote(9, 99, 9)))
    assert c.servers[1].voted_for != 2

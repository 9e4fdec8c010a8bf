"""Leadership transfer (thesis, 3.10)."""

from __future__ import annotations

from ballotproof.impl.core import Receive
from ballotproof.impl.raft.messages import RequestVote, TimeoutNow
from ballotproof.impl.raft.requests import (
    AddLearner,
    ChangeMembership,
    Propose,
    Reason,
    Rejected,
    Transfer,
)
from ballotproof.impl.raft.server import Role, Timer
from tests.impl.raft.cluster import Cluster


def why(c: Cluster, n: int) -> Reason:
    told = c.told[n][-1]
    assert isinstance(told, Rejected)
    return told.reason


def test_3_10_a_successor_that_is_up_to_date_takes_over_at_once() -> None:
    c = Cluster()
    c.elect(0)
    c.give(0, Transfer(1))
    assert [m for _, _, m in c.packets] == [TimeoutNow(1)]
    c.deliver()
    asked = [m for _, _, m in c.packets if isinstance(m, RequestVote)]
    assert [m.handed_over for m in asked] == [True, True]
    c.settle()
    assert (c.leader(), c.servers[1].term) == (1, 2)
    assert c.servers[0].role is Role.FOLLOWER
    assert c.servers[0].transfer is None


def test_3_10_one_that_lags_is_brought_up_to_date_first() -> None:
    c = Cluster()
    c.elect(0)
    c.cut = {1}
    c.propose(0, b"x")
    c.settle()
    c.cut = set()
    c.give(0, Transfer(1))
    assert c.packets == []
    c.beat(0)
    assert c.leader() == 1
    c.beat(1)
    assert c.machine(1) == [b"x"]


def test_3_10_no_commands_while_leadership_is_handed_over() -> None:
    c = Cluster()
    c.elect(0)
    c.give(0, Transfer(1))
    c.drop()
    c.propose(0, b"x")
    assert why(c, 0) is Reason.TRANSFER
    c.give(0, Transfer(2))
    assert why(c, 0) is Reason.TRANSFER


def test_3_10_after_an_election_time_the_leader_goes_on() -> None:
    c = Cluster()
    c.elect(0)
    c.give(0, Transfer(1))
    c.drop()
    timer = c.timers[0][Timer.TRANSFER]
    assert (timer.least, timer.most) == (100, 100)
    c.expire(0, Timer.TRANSFER)
    c.propose(0, b"x")
    c.settle()
    assert c.machine(0) == [b"x"]


def test_3_10_only_voters_take_over() -> None:
    c = Cluster(spares=1)
    c.elect(0)
    c.change(0, ChangeMembership((AddLearner(3),)))
    c.settle()
    for n in (0, 3, 9):
        c.give(0, Transfer(n))
        assert why(c, 0) is Reason.INVALID
    c.give(1, Transfer(2))
    assert why(c, 1) is Reason.NO_LEADER


def test_3_10_a_word_of_an_old_term_is_ignored() -> None:
    c = Cluster()
    c.elect(0)
    c.elect(1)
    c.give(2, Receive(0, TimeoutNow(1)))
    assert (c.servers[2].role, c.servers[2].term) == (Role.FOLLOWER, 2)
    c.give(1, Receive(0, TimeoutNow(2)))
    assert c.servers[1].role is Role.LEADER


def test_3_10_a_command_refused_while_handing_over_names_the_request() -> None:
    c = Cluster()
    c.elect(0)
    c.give(0, Transfer(1))
    c.propose(0, b"x")
    assert c.told[0][-1] == Rejected(Propose(b"x"), Reason.TRANSFER, 0)

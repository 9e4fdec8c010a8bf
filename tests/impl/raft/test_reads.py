"""ReadIndex and lease reads (thesis, 6.4)."""

from __future__ import annotations

from ballotproof.impl.core import Receive, TimerExpired
from ballotproof.impl.raft.config import Config
from ballotproof.impl.raft.messages import PreVote, PreVoteReply, RequestVote, VoteReply
from ballotproof.impl.raft.requests import Read, ReadReady, Reason, Rejected, Transfer
from ballotproof.impl.raft.server import Role, Timer
from tests.impl.raft.cluster import Cluster

LEASES = Config(lease_ticks=80)


def ready(c: Cluster, n: int) -> list[int]:
    return [x.name for x in c.told[n] if isinstance(x, ReadReady)]


def test_6_4_a_read_waits_until_a_quorum_has_answered() -> None:
    c = Cluster()
    c.elect(0)
    c.propose(0, b"x")
    c.settle()
    c.give(0, Read(7))
    assert ready(c, 0) == []
    c.cut = {2}
    c.settle()
    assert c.told[0][-1] == ReadReady(7, 2)


def test_6_4_answers_to_what_was_sent_before_do_not_count() -> None:
    c = Cluster()
    c.elect(0)
    c.expire(0, Timer.HEARTBEAT)
    c.deliver()  # answers are on their way
    answers = c.drop()
    c.give(0, Read(7))
    c.packets = answers
    c.settle()
    assert ready(c, 0) == []


def test_6_4_a_leader_that_was_replaced_answers_nothing() -> None:
    c = Cluster()
    c.elect(0)
    c.cut = {0}
    c.elect(1)
    c.propose(1, b"new")
    c.settle()
    c.give(0, Read(7))
    c.drop()
    c.cut = set()
    c.beat(0)
    assert ready(c, 0) == []
    assert c.told[0][-1] == Rejected(Read(7), Reason.NO_LEADER, None)


def test_6_4_a_new_leader_answers_only_when_an_entry_of_its_term_is_committed() -> None:
    """It may not know yet what is committed."""
    c = Cluster()
    c.elect(0)
    c.propose(0, b"x")
    c.deliver()
    c.deliver()
    assert c.servers[0].commit == 2
    c.drop()
    c.lose_touch(c.servers)
    c.time_out(1)
    while c.servers[1].role is not Role.LEADER:
        c.deliver()
    c.give(1, Read(7))
    assert (c.servers[1].commit, ready(c, 1)) == (1, [])  # x is committed, and it does not know
    c.settle()
    assert c.told[1][-1] == ReadReady(7, 3)
    assert c.machine(1) == [b"x"]


def test_6_4_what_was_committed_is_told_before_the_read() -> None:
    c = Cluster(voters=1)
    c.elect(0)
    c.propose(0, b"x")
    c.give(0, Read(7))
    assert c.told[0][-1] == ReadReady(7, 2)
    assert c.machine(0) == [b"x"]


def test_6_4_reads_that_come_meanwhile_share_the_next_round() -> None:
    c = Cluster()
    c.elect(0)
    for name in range(5):
        c.give(0, Read(name))
    sent = len(c.packets)
    c.settle()
    assert ready(c, 0) == [0, 1, 2, 3, 4]
    assert c.servers[0].reads.round == 2
    assert sent == 2


def test_6_4_a_lost_round_is_asked_again_by_the_heartbeat() -> None:
    c = Cluster()
    c.elect(0)
    c.give(0, Read(1))
    c.give(0, Read(2))
    c.drop()
    c.beat(0)
    assert ready(c, 0) == [1, 2]


def test_6_4_who_does_not_lead_says_who_does() -> None:
    c = Cluster()
    c.elect(0)
    c.give(1, Read(7))
    assert c.told[1][-1] == Rejected(Read(7), Reason.NO_LEADER, 0)


# ------------------------------------------------------------------------------------ leases
def leased() -> Cluster:
    c = Cluster(config=LEASES)
    c.elect(0)
    c.now = 1000
    c.beat(0)
    return c


def test_6_4_1_within_its_lease_a_leader_answers_at_once() -> None:
    c = leased()
    c.give(0, Read(7, now=1079))
    assert ready(c, 0) == [7]
    assert c.packets == []


def test_6_4_1_the_lease_counts_from_when_the_heartbeat_left() -> None:
    c = Cluster(config=LEASES)
    c.elect(0)
    c.now = 1000
    c.expire(0, Timer.HEARTBEAT)
    c.now = 1060
    c.settle()
    c.give(0, Read(7, now=1080))
    assert ready(c, 0) == []
    c.settle()
    assert ready(c, 0) == [7]


def test_6_4_1_without_an_answer_of_a_quorum_there_is_no_lease() -> None:
    c = Cluster(config=LEASES)
    c.elect(0)
    c.cut = {1, 2}
    c.now = 1000
    c.beat(0)
    c.give(0, Read(7, now=1001))
    assert ready(c, 0) == []


def test_6_4_1_heartbeats_may_overtake_their_answers() -> None:
    """A later heartbeat is under way when an earlier one is answered: its time counts."""
    c = Cluster(config=LEASES)
    c.elect(0)
    c.give(0, TimerExpired(Timer.HEARTBEAT, 1000))
    c.deliver()
    answers = c.drop()
    c.give(0, TimerExpired(Timer.HEARTBEAT, 1010))
    c.drop()
    c.packets = answers
    c.settle()
    assert c.servers[0].reads.lease == 1000


def test_6_4_1_no_other_leader_within_the_lease() -> None:
    """All that the other servers can do within the least election time is to wait."""
    c = leased()
    c.cut = {0}
    c.time_out(1)  # of the other two, one runs ahead
    c.settle()
    assert c.leader() == 0


def test_6_4_1_a_promise_outlasts_the_term_in_which_it_was_given() -> None:
    """A server polls, hears from the leader, and promises thereby; then a late refusal of its poll
    tells it of a higher term. The leader may not know that yet and answers reads by its lease, so
    nobody is elected in that term before the promise is over."""
    c = Cluster(config=LEASES)
    c.elect(0)
    c.time_out(1)  # it polls, and the answers are late
    late = (2, 1, PreVoteReply(5, granted=False))
    c.drop()
    c.now = 1000
    c.beat(0)
    assert (c.role(1), c.servers[1].recent) == (Role.FOLLOWER, True)
    c.cut = {0}
    c.packets = [late]
    c.settle()
    assert (c.servers[1].term, c.servers[1].leader) == (5, None)
    last = c.servers[1].log
    for term in (5, 6):  # the present term, and a later one
        c.give(1, Receive(2, RequestVote(term, last.last_index, last.last_term)))
        c.give(1, Receive(2, PreVote(term, last.last_index, last.last_term)))
    assert [m for _, _, m in c.packets if isinstance(m, VoteReply)] == []
    assert c.servers[1].voted_for is None
    c.give(0, Read(7, now=1079))
    assert ready(c, 0) == [7]  # by its lease
    c.expire(1, Timer.ELECTION)  # the least election time is over
    c.give(1, Receive(2, RequestVote(5, last.last_index, last.last_term)))
    assert c.servers[1].voted_for == 2


def test_6_4_1_who_hands_over_has_no_lease_any_more_not_even_if_it_goes_on() -> None:
    """The word to the successor may arrive at any time, and its voters do not wait."""
    c = leased()
    c.give(0, Transfer(1))
    c.drop()
    c.give(0, Read(7, now=1001))
    assert ready(c, 0) == []
    c.expire(0, Timer.TRANSFER)
    c.beat(0)
    assert ready(c, 0) == [7]  # by asking
    c.give(0, Read(8, now=1001))
    assert ready(c, 0) == [7]


def test_6_4_1_without_leases_no_clock_is_read() -> None:
    c = Cluster()
    c.elect(0)
    c.now = 1000
    c.beat(0)
    assert c.servers[0].reads.lease is None
    assert c.servers[0].reads.begun == ()

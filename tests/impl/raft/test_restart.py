"""What survives a crash, and what to do when the disk does not (5.1, 5.5; thesis, 3.8)."""

from __future__ import annotations

from ballotproof.impl.core import Persist, Receive
from ballotproof.impl.raft.config import FIGURE_2, Config
from ballotproof.impl.raft.configuration import Configuration
from ballotproof.impl.raft.messages import AppendEntries, AppendReply, RequestVote, VoteReply
from ballotproof.impl.raft.records import Durable, Record
from ballotproof.impl.raft.requests import Read, ReadReady
from ballotproof.impl.raft.restart import recovered
from ballotproof.impl.raft.server import Role, Timer
from tests.impl.raft.cluster import Cluster


def test_5_5_term_vote_and_log_survive_and_nothing_else() -> None:
    c = Cluster()
    c.elect(0)
    c.propose(0, b"x")
    c.settle()
    before = c.servers[0]
    c.start(0)
    after = c.servers[0]
    assert (after.term, after.voted_for, after.log) == (before.term, before.voted_for, before.log)
    assert (after.role, after.leader, after.commit) == (Role.FOLLOWER, None, 0)


def test_what_was_applied_is_told_again_and_the_same() -> None:
    c = Cluster()
    c.elect(0)
    c.propose(0, b"x", b"y")
    c.settle()
    before = c.machine(1)
    c.start(1)
    assert c.machine(1) == []
    c.beat(0)
    assert c.machine(1) == before


def test_a_restarted_server_reads_nothing_before_it_knows_what_is_committed() -> None:
    """Even alone (read-commit-not-restored)."""
    c = Cluster(voters=1)
    c.elect(0)
    c.propose(0, b"x")
    c.start(0)
    c.give(0, Read(1))
    c.elect(0)
    c.give(0, Read(2))
    assert c.told[0][-1] == ReadReady(2, 3)
    assert c.machine(0) == [b"x"]


def lost() -> Cluster:
    """Server 1 has voted, and stored an entry, and lost its disk."""
    c = Cluster(config=Config(check_quorum=False, pre_vote=False))
    c.elect(0)
    c.propose(0, b"x")
    c.settle()
    c.start(1, lost=True)
    return c


def test_after_the_loss_of_a_disk_a_server_does_not_vote_nor_stand() -> None:
    c = lost()
    c.give(1, Receive(2, RequestVote(9, 99, 9)))
    assert c.packets[-1][2] == VoteReply(9, granted=False)
    c.expire(1, Timer.ELECTION)
    assert c.servers[1].role is Role.FOLLOWER


def test_after_the_loss_of_a_disk_what_it_stores_commits_nothing() -> None:
    """It may have voted for the leader of a later term, who does not have this entry."""
    c = lost()
    c.cut = {2}
    c.beat(0)
    c.propose(0, b"y")
    for _ in range(3):
        c.beat(0)
    assert c.servers[1].log == c.servers[0].log  # it is served
    assert c.machine(0) == [b"x"]
    c.cut = set()
    c.beat(0)
    assert c.machine(0) == [b"x", b"y"]
    c.beat(0)
    assert c.machine(1) == [b"x", b"y"]


def test_after_the_loss_of_a_disk_it_confirms_no_reads() -> None:
    c = lost()
    c.cut = {2}
    c.beat(0)
    c.give(0, Read(7))
    c.settle()
    c.beat(0)
    assert not any(isinstance(x, ReadReady) for x in c.told[0])


def test_that_a_disk_was_lost_is_stored_at_once_and_stays() -> None:
    s, effects = recovered(1, Configuration((0, 1, 2)), Durable(), FIGURE_2, lost=True)
    assert effects[0] == Persist(Record(0, None, counts=False))
    assert not s.counts
    c = lost()
    c.beat(0)
    c.start(1)
    assert not c.servers[1].counts


def test_an_answer_from_before_the_loss_is_not_believed_after_it() -> None:
    c = lost()
    c.beat(0)
    assert not c.servers[0].progress_of(1).counts
    before = c.servers[0]
    c.give(0, Receive(1, AppendReply(1, True, 2)))
    assert c.servers[0] == before


def test_a_joining_server_belongs_to_nobody_and_obeys_who_comes() -> None:
    s, _ = recovered(9, Configuration(()), Durable(), Config())
    c = Cluster(spares=1)
    c.time_out(3)
    assert c.servers[3].role is Role.FOLLOWER
    c.give(3, Receive(0, AppendEntries(1, 0, 0, (), 0)))
    assert c.servers[3].leader == 0
    assert s.configuration.members == ()

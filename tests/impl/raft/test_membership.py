"""Changes of the membership (6; thesis, chapter 4)."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotproof.impl.core import Receive
from ballotproof.impl.raft.config import Config
from ballotproof.impl.raft.configuration import Configuration, majority
from ballotproof.impl.raft.log import Entry, Log
from ballotproof.impl.raft.membership import changed
from ballotproof.impl.raft.messages import AppendEntries, RequestVote, VoteReply
from ballotproof.impl.raft.records import Durable
from ballotproof.impl.raft.requests import (
    Accepted,
    AddLearner,
    AddVoter,
    Change,
    ChangeMembership,
    Reason,
    Rejected,
    Remove,
    Transition,
)
from ballotproof.impl.raft.server import Role
from tests.impl.raft.cluster import Cluster


def reason(c: Cluster, n: int, asked: ChangeMembership) -> Reason:
    told = c.change(n, asked)
    assert isinstance(told, Rejected)
    return told.reason


ADD_3 = ChangeMembership((AddVoter(3),))
LEAVE = ChangeMembership(())


def test_4_1_a_server_is_added_and_caught_up() -> None:
    """Scenario confchange_v1_add_single, but with three."""
    c = Cluster(spares=1)
    c.elect(0)
    c.propose(0, b"x")
    c.settle()
    assert c.change(0, ADD_3) == Accepted(3, 1)
    assert c.servers[0].configuration == Configuration((0, 1, 2, 3))  # in force at once
    c.settle()
    c.beat(0)
    assert c.servers[3].configuration == Configuration((0, 1, 2, 3))
    assert c.machine(3) == [b"x"]


def test_4_1_the_new_majority_commits_the_change() -> None:
    c = Cluster(spares=1)
    c.elect(0)
    c.cut = {2, 3}
    c.change(0, ADD_3)
    c.settle()
    assert c.servers[0].commit == 1  # two of four
    c.cut = {2}
    c.beat(0)
    c.beat(0)
    assert c.servers[0].commit == 2


def test_4_1_one_change_at_a_time() -> None:
    c = Cluster(spares=2)
    c.elect(0)
    c.change(0, ADD_3)
    assert reason(c, 0, ChangeMembership((AddVoter(4),))) is Reason.PENDING
    c.settle()
    c.beat(0)
    assert isinstance(c.change(0, ChangeMembership((AddVoter(4),))), Accepted)


def test_2015_no_change_before_an_entry_of_the_own_term_is_committed() -> None:
    c = Cluster(spares=1)
    c.lose_touch(c.servers)
    c.time_out(0)
    while c.servers[0].role is not Role.LEADER:
        c.deliver()
    assert reason(c, 0, ADD_3) is Reason.EARLY
    c.settle()
    assert isinstance(c.change(0, ADD_3), Accepted)


def test_4_1_a_configuration_that_is_overwritten_is_not_in_force_any_more() -> None:
    c = Cluster(spares=1)
    c.elect(0)
    c.beat(0)
    c.cut = {0}
    c.change(0, ADD_3)
    c.drop()
    assert c.servers[0].configuration == Configuration((0, 1, 2, 3))
    c.elect(1)
    c.cut = set()
    c.beat(1)
    c.beat(1)
    assert c.servers[0].configuration == Configuration((0, 1, 2))
    assert c.servers[0].log == c.servers[1].log


def test_4_1_who_does_not_lead_changes_nothing() -> None:
    c = Cluster()
    assert reason(c, 0, ADD_3) is Reason.NO_LEADER


@pytest.mark.parametrize(
    "asked",
    [
        (AddVoter(0),),
        (Remove(7),),
        (Remove(0), Remove(1), Remove(2)),
        (AddLearner(0), AddLearner(1), AddLearner(2)),
        (AddVoter(3), Remove(3)),
    ],
)
def test_what_leads_nowhere_is_refused(asked: tuple[Change, ...]) -> None:
    c = Cluster()
    c.elect(0)
    assert reason(c, 0, ChangeMembership(asked)) is Reason.INVALID


# --------------------------------------------------------------------------------- learners
def test_4_2_1_a_learner_gets_the_log_and_has_no_vote() -> None:
    c = Cluster(spares=1)
    c.elect(0)
    c.change(0, ChangeMembership((AddLearner(3),)))
    c.settle()
    c.beat(0)
    c.propose(0, b"x")
    c.settle()
    assert c.machine(3) == [b"x"]
    assert c.servers[3].configuration == Configuration((0, 1, 2), (3,))
    c.cut = {1, 2}
    c.propose(0, b"y")
    c.settle()
    assert c.servers[0].commit == 3  # the leader and a learner are no quorum
    c.time_out(3)
    assert (c.servers[3].role, c.servers[3].term) == (Role.FOLLOWER, 1)


def test_4_2_1_a_learner_is_promoted() -> None:
    c = Cluster(spares=1)
    c.elect(0)
    for change in (AddLearner(3), AddVoter(3)):
        c.change(0, ChangeMembership((change,)))
        c.settle()
        c.beat(0)
    assert c.servers[0].configuration == Configuration((0, 1, 2, 3))


def test_a_voter_that_does_not_know_that_it_is_one_votes() -> None:
    """Scenario campaign_learner_must_vote: otherwise nobody could be elected."""
    c = Cluster(voters=2, spares=1)
    c.elect(0)
    c.change(0, ChangeMembership((AddLearner(2),)))
    c.settle()
    c.beat(0)
    c.cut = {2}
    c.change(0, ChangeMembership((AddVoter(2),)))
    c.settle()
    assert c.servers[1].configuration.voters == (0, 1, 2)
    assert c.members(2).voters == (0, 1)
    c.cut = {0}
    c.elect(1)
    c.beat(1)
    assert c.members(2).voters == (0, 1, 2)


# ------------------------------------------------------------------------------------ removal
def test_4_2_2_a_leader_that_is_removed_steps_down_when_that_is_committed() -> None:
    """Scenario confchange_v1_remove_leader_stepdown."""
    c = Cluster()
    c.elect(0)
    c.change(0, ChangeMembership((Remove(0),)))
    assert c.role(0) is Role.LEADER
    c.cut = {2}
    c.settle()
    assert c.role(0) is Role.LEADER  # it does not count itself
    c.cut = set()
    c.beat(0)
    assert (c.servers[0].role, c.servers[0].leader) == (Role.FOLLOWER, None)
    assert c.servers[1].commit == 2  # it said so before it went
    c.time_out(0)
    assert c.role(0) is Role.FOLLOWER
    c.elect(1)
    assert c.servers[1].configuration == Configuration((1, 2))


def test_4_2_2_who_is_removed_may_be_needed_until_that_is_committed() -> None:
    """Server 1 alone has the entry that removes it and whose log can win."""
    c = Cluster(voters=2)
    c.elect(1)
    c.beat(1)
    c.cut = {0}
    c.change(1, ChangeMembership((Remove(1),)))
    c.drop()
    c.start(1)
    c.cut = set()
    c.lose_touch([0, 1])
    c.time_out(0)
    c.settle()
    assert c.role(0) is not Role.LEADER  # its log is the shorter one
    c.lose_touch([0, 1])
    c.time_out(1)
    c.settle()
    assert c.servers[1].configuration == Configuration((0,))
    assert c.role(1) is Role.FOLLOWER  # it has led, and gone when that was committed
    assert c.servers[1].commit == 3


def test_4_2_3_a_removed_server_does_not_disturb() -> None:
    c = Cluster()
    c.elect(0)
    c.cut = {2}
    c.change(0, ChangeMembership((Remove(2),)))
    c.settle()
    c.cut = set()
    c.time_out(2)
    c.settle()
    c.give(0, Receive(2, RequestVote(9, 99, 9)))
    assert (c.leader(), c.servers[0].term) == (0, 1)


# ---------------------------------------------------------------------------- joint consensus
def test_6_jointly_both_majorities_have_to_agree() -> None:
    joint = Configuration((2, 3, 4), outgoing=(0, 1, 2))
    everyone = (0, 1, 2, 3, 4)
    for size in range(6):
        for some in itertools.combinations(everyone, size):
            both = len({0, 1, 2} & set(some)) >= 2 and len({2, 3, 4} & set(some)) >= 2
            assert joint.quorum(some) == both


def test_6_entries_go_to_all_servers_in_both_configurations() -> None:
    c = Cluster(spares=2)
    c.elect(0)
    c.beat(0)
    c.change(0, ChangeMembership((Remove(1), Remove(2), AddVoter(3), AddVoter(4)),
                                 Transition.EXPLICIT))  # fmt: skip
    c.settle()
    c.propose(0, b"x")
    c.settle()
    for _ in range(2):
        c.beat(0)
    assert [c.machine(n) for n in range(5)] == [[b"x"]] * 5


@pytest.mark.parametrize("n", [1, 3])
def test_6_any_server_of_either_configuration_may_lead(n: int) -> None:
    """While it is joint, with votes of a majority of each half, and not with fewer."""
    c = Cluster(config=Config(pre_vote=False), spares=2)
    c.elect(0)
    c.beat(0)
    c.change(0, ChangeMembership((Remove(1), Remove(2), AddVoter(3), AddVoter(4)),
                                 Transition.EXPLICIT))  # fmt: skip
    for _ in range(3):
        c.settle()
        c.beat(0)
    assert c.members(n) == Configuration((0, 3, 4), outgoing=(0, 1, 2), automatic=False)
    c.lose_touch(range(5))
    c.cut = {0, 3, 4} if n == 1 else {0, 1, 2}
    c.time_out(n)
    c.settle()
    assert c.role(n) is Role.CANDIDATE  # one half alone elects nobody
    c.cut = {0}
    c.elect(n)


def test_6_a_new_server_that_is_far_behind_is_caught_up_without_a_vote_first() -> None:
    """As a non-voting member: commits do not wait for it."""
    c = Cluster(spares=1)
    c.elect(0)
    c.propose(0, *(b"%d" % n for n in range(20)))
    c.settle()
    c.change(0, ChangeMembership((AddLearner(3),)))
    c.cut = {2}  # with a voter more, servers 0 and 1 would be too few
    c.down = {3}
    c.propose(0, b"x")
    c.settle()
    assert c.servers[0].commit == c.servers[0].log.last_index
    c.down = set()
    for _ in range(3):
        c.beat(0)
    assert c.machine(3) == c.machine(0)
    assert not c.members(3).votes(3)


def test_6_a_joint_change_goes_in_and_out_by_itself() -> None:
    """Scenario confchange_v2_add_double_auto."""
    c = Cluster(voters=1, spares=2)
    c.elect(0)
    c.change(0, ChangeMembership((AddVoter(1), AddVoter(2))))
    assert c.servers[0].configuration == Configuration((0, 1, 2), outgoing=(0,))
    c.propose(0, b"x")
    c.settle()
    c.beat(0)
    assert c.servers[0].configuration == Configuration((0, 1, 2))
    left = [e for e in c.servers[0].log.entries if isinstance(e.payload, Configuration)]
    assert len(left) == 2  # it is left once
    c.change(0, ChangeMembership((Remove(1), Remove(2))))
    c.settle()
    c.beat(0)
    assert c.servers[0].configuration == Configuration((0,))


def test_6_an_explicit_joint_change_waits_to_be_told() -> None:
    """Scenario confchange_v2_add_single_explicit."""
    c = Cluster(voters=1, spares=2)
    c.elect(0)
    assert reason(c, 0, LEAVE) is Reason.JOINT
    c.change(0, ChangeMembership((AddVoter(1),), Transition.EXPLICIT))
    c.settle()
    c.beat(0)
    assert c.servers[0].configuration.joint
    assert reason(c, 0, ChangeMembership((AddVoter(2),))) is Reason.JOINT
    assert isinstance(c.change(0, LEAVE), Accepted)
    c.settle()
    assert c.servers[0].configuration == Configuration((0, 1))
    assert reason(c, 0, LEAVE) is Reason.JOINT


def test_6_a_new_leader_leaves_the_joint_configuration_that_it_finds() -> None:
    c = Cluster(spares=2)
    c.elect(0)
    c.beat(0)
    swap = ChangeMembership((Remove(0), AddVoter(3), AddVoter(4)))
    c.change(0, swap)
    c.deliver()  # it is stored by the others, and the leader goes before it hears of that
    c.drop()
    c.down = {0}
    assert c.servers[1].configuration.joint
    c.elect(1)
    for _ in range(3):
        c.beat(1)
    assert c.servers[1].configuration == Configuration((1, 2, 3, 4))


def test_6_a_leader_outside_the_new_configuration_leaves_office_with_the_joint_one() -> None:
    """Scenario confchange_v2_replace_leader_stepdown."""
    c = Cluster(spares=1)
    c.elect(0)
    c.change(0, ChangeMembership((Remove(0), AddVoter(3))))
    c.settle()
    for _ in range(3):
        c.beat(0)
    assert c.role(0) is Role.FOLLOWER
    assert c.servers[1].configuration == Configuration((1, 2, 3))
    c.elect(1)


NODES = st.integers(0, 5)
CHANGES = st.lists(
    st.one_of(st.builds(AddVoter, NODES), st.builds(AddLearner, NODES), st.builds(Remove, NODES)),
    max_size=4,
)


@given(st.sets(NODES, min_size=1), CHANGES, st.sampled_from(Transition))
def test_every_quorum_of_a_configuration_meets_every_quorum_of_the_next(
    voters: set[int], changes: list[Change], transition: Transition
) -> None:
    """CF1, over both steps of a joint change; and nobody is in two lists."""
    c = Configuration(tuple(sorted(voters)))
    new = changed(c, changes, transition)
    if new is None:
        return
    steps = [c, new, new.left()] if new.joint else [c, new]
    for before, after in itertools.pairwise(steps):
        for size in range(7):
            for some in itertools.combinations(range(6), size):
                others = [n for n in range(6) if n not in some]
                assert not (before.quorum(some) and after.quorum(others))
    assert not set(steps[-1].voters) & set(steps[-1].learners)
    assert not set(new.voters) & set(new.learners)
    for x in steps:
        assert x.members == tuple(sorted(set(x.members)))


@given(st.lists(st.integers(0, 9), min_size=1, max_size=7))
def test_what_a_quorum_has_reached(numbers: list[int]) -> None:
    """impl-unsorted-quorum-vector: for any order of the numbers."""
    c = Configuration(tuple(range(len(numbers))))
    n = c.reached(numbers.__getitem__)
    assert sum(x >= n for x in numbers) >= majority(numbers)
    assert sum(x > n for x in numbers) < majority(numbers)


def test_4_1_servers_obey_a_leader_and_vote_for_a_candidate_that_they_do_not_know() -> None:
    c = Cluster()
    c.give(1, Receive(9, AppendEntries(1, 0, 0, (), 0)))
    assert c.servers[1].leader == 9
    c.lose_touch([1])
    c.give(1, Receive(9, RequestVote(2, 0, 0)))
    assert c.packets[-1][2] == VoteReply(2, granted=True)


def test_4_1_after_a_restart_the_latest_configuration_in_the_log_is_in_force() -> None:
    new = Configuration((0, 1))
    c = Cluster(config=Config())
    c.disks[0] = Durable(1, None, Log().with_entries(0, (Entry(1, None), Entry(1, new))))
    c.start(0)
    assert c.servers[0].configuration == new


def test_6_a_configuration_is_in_force_as_soon_as_it_stands_in_a_log() -> None:
    """On the leader and on a follower, before anybody knows that it is committed."""
    c = Cluster(spares=1)
    c.elect(0)
    c.beat(0)
    c.change(0, ChangeMembership((AddVoter(3), Remove(2))))
    joint = Configuration((0, 1, 3), outgoing=(0, 1, 2))
    assert c.members(0) == joint
    c.deliver(lambda p: p[1] == 1)
    assert c.members(1) == joint
    assert c.members(2) == Configuration((0, 1, 2))  # it has not arrived there
    assert [c.servers[n].commit for n in (0, 1)] == [1, 1]

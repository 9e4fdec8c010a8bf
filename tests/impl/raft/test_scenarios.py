"""The scenarios of etcd/raft's interaction tests, by their names there: the facts that a correct
Raft must show, and not the text. Some have their place among the tests of a section. All of them,
each with the test that shows its facts:

 1. campaign: test_campaign
 2. single_node: test_single_node
 3. campaign_learner_must_vote:
    test_membership.test_a_voter_that_does_not_know_that_it_is_one_votes
 4. checkquorum: test_checkquorum
 5. prevote: test_prevote
 6. prevote_checkquorum: test_prevote_checkquorum
 7. forget_leader: test_forget_leader
 8. forget_leader_prevote_checkquorum: test_forget_leader_prevote_checkquorum
 9. forget_leader_read_only_lease_based:
    test_pre_vote.test_forgetting_the_leader_frees_the_vote_but_not_with_leases
10. probe_and_replicate: test_replication.test_5_3_figure_7_all_logs_become_the_leaders
11. replicate_pause:
    test_replication.test_a_full_window_is_freed_by_an_answer_to_a_heartbeat_after_a_loss
12. slow_follower_after_compaction: test_slow_follower_after_compaction
13. heartbeat_resp_recovers_from_probing:
    test_replication.test_an_unreachable_server_is_probed_and_comes_back_without_anything_new
14. lagging_commit: test_lagging_commit
15. snapshot_succeed_via_app_resp: test_snapshot_succeed_via_app_resp
16. snapshot_succeed_via_app_resp_behind:
    test_snapshots.test_7_a_snapshot_under_way_is_ended_by_any_sign_that_the_log_goes_on
17. async_storage_writes: test_async_storage_writes
18. async_storage_writes_append_aba_race: test_async_storage_writes_append_aba_race
19. confchange_v1_add_single: test_confchange_v2_add_single_auto
20. confchange_v1_remove_leader: test_confchange_v1_remove_leader
21. confchange_v1_remove_leader_stepdown: test_confchange_v1_remove_leader_stepdown
22. confchange_v2_add_single_auto: test_confchange_v2_add_single_auto
23. confchange_v2_add_single_explicit:
    test_membership.test_6_an_explicit_joint_change_waits_to_be_told
24. confchange_v2_add_double_auto: test_confchange_v2_add_double_auto_is_left_once
25. confchange_v2_add_double_implicit: test_confchange_v2_add_double_implicit
26. confchange_v2_replace_leader: test_confchange_v2_replace_leader
27. confchange_v2_replace_leader_stepdown: test_confchange_v2_replace_leader_stepdown
28. confchange_disable_validation: does not apply: it is about an option that takes a second change
    before the first one is applied; there is none here, and a configuration is in force as soon as
    it stands in the log
"""

from __future__ import annotations

import importlib
import re
import sys

from ballotproof.impl.core import Persist, Receive, Send
from ballotproof.impl.raft.config import Config
from ballotproof.impl.raft.configuration import Configuration
from ballotproof.impl.raft.log import Entry
from ballotproof.impl.raft.messages import (
    AppendEntries,
    AppendReply,
    InstallSnapshot,
    PreVote,
    PreVoteReply,
    RequestVote,
)
from ballotproof.impl.raft.progress import Flow
from ballotproof.impl.raft.requests import (
    Accepted,
    AddLearner,
    AddVoter,
    Applied,
    ChangeMembership,
    ForgetLeader,
    Propose,
    Reason,
    Rejected,
    Remove,
    Transfer,
    Transition,
)
from ballotproof.impl.raft.server import Role, Timer
from tests.impl.raft.cluster import Cluster

NO_PRE_VOTE = Config(pre_vote=False)


# ---------------------------------------------------------------------------------- elections
def test_campaign() -> None:
    c = Cluster()
    c.elect(0)
    c.beat(0)
    assert [s.role for s in c.servers.values()] == [Role.LEADER, Role.FOLLOWER, Role.FOLLOWER]
    for s in c.servers.values():
        assert (s.term, s.voted_for, s.leader, s.commit) == (1, 0, 0, 1)
        assert s.log.entries == (Entry(1, None),)
    assert [c.applied(n) for n in c.servers] == [[1]] * 3


def test_single_node() -> None:
    c = Cluster(voters=1)
    c.time_out(0)
    s = c.servers[0]
    assert (s.role, s.term, s.commit) == (Role.LEADER, 1, 1)
    c.propose(0, b"x")
    assert c.machine(0) == [b"x"]
    assert c.packets == []


def test_checkquorum() -> None:
    c = Cluster(config=NO_PRE_VOTE)
    c.elect(0)
    c.beat(0)
    c.lose_touch([1])
    c.time_out(1)  # server 2 has a leader that is recent, and so has the leader
    asked = c.drop()
    assert {(to, type(m)) for _, to, m in asked} == {(0, RequestVote), (2, RequestVote)}
    before = [c.servers[n] for n in (0, 2)]
    c.packets = asked
    c.settle()
    assert [c.servers[n] for n in (0, 2)] == before
    assert c.role(1) is Role.CANDIDATE
    c.expire(0, Timer.QUORUM)  # one interval in which both have answered, at its beginning
    assert c.role(0) is Role.LEADER
    c.expire(0, Timer.QUORUM)
    assert (c.role(0), c.servers[0].term) == (Role.FOLLOWER, 1)
    c.lose_touch([2])
    c.time_out(1)
    c.settle()
    assert (c.leader(), c.servers[1].term) == (1, 3)


def test_prevote() -> None:
    """Who lags gets no assent, and disturbs nobody. Who does not lag is elected, though the leader
    was heard a moment ago: to hold that against it is another option's business."""
    c = Cluster(config=Config(check_quorum=False))
    c.elect(0)
    c.cut = {2}
    c.propose(0, b"x")
    c.settle()
    c.beat(0)
    c.cut = set()
    before = [c.servers[n] for n in (0, 1)]
    c.time_out(2)
    c.settle()
    assert (c.role(2), c.servers[2].term) == (Role.PRE_CANDIDATE, 1)
    assert [c.servers[n] for n in (0, 1)] == before
    c.beat(0)
    c.time_out(1)
    c.settle()
    assert (c.leader(), c.servers[1].term) == (1, 2)
    assert [c.servers[n].voted_for for n in (0, 2)] == [1, 1]


def test_prevote_checkquorum() -> None:
    c = Cluster()
    c.elect(0)
    c.beat(0)
    c.time_out(1)
    assert [type(m) for _, _, m in c.packets] == [PreVote, PreVote]
    c.settle()  # nobody says yes
    assert (c.role(1), c.servers[1].term) == (Role.PRE_CANDIDATE, 1)
    c.time_out(2)
    c.packets = [p for p in c.packets if p[1] == 1]
    c.deliver()  # a pre-candidate has no leader, and says yes
    assert c.packets == [(1, 2, PreVoteReply(2, granted=True))]
    c.settle()  # they replace a leader that is there
    assert (c.leader(), c.servers[2].term) == (2, 2)
    assert c.servers[1].voted_for == 2


# ------------------------------------------------------------------------ forgetting the leader
def with_learner(config: Config) -> Cluster:
    c = Cluster(config=config, spares=1)
    c.elect(0)
    c.change(0, ChangeMembership((AddLearner(3),)))
    c.settle()
    c.beat(0)
    assert c.servers[3].leader == 0
    return c


def test_forget_leader() -> None:
    c = with_learner(NO_PRE_VOTE)
    leads = c.servers[0]
    c.give(0, ForgetLeader())
    assert c.servers[0] == leads
    for n in (1, 3):  # a follower, and a learner
        before, timers = c.servers[n], dict(c.timers[n])
        c.give(n, ForgetLeader())
        after = c.servers[n]
        assert (after.leader, after.recent) == (None, False)
        assert (after.term, after.voted_for, after.role) == (1, before.voted_for, Role.FOLLOWER)
        assert c.timers[n] == timers
        c.give(n, ForgetLeader())
        assert c.servers[n] == after
    c.beat(0)
    assert [c.servers[n].leader for n in (1, 3)] == [0, 0]
    c.give(1, ForgetLeader())
    c.time_out(1)
    stands = c.servers[1]
    assert stands.role is Role.CANDIDATE
    c.give(1, ForgetLeader())
    assert c.servers[1] == stands


def test_forget_leader_prevote_checkquorum() -> None:
    c = Cluster()
    c.elect(0)
    c.cut = {2}
    c.propose(0, b"x")
    c.settle()
    c.beat(0)
    c.cut = {0}
    c.give(1, ForgetLeader())
    c.time_out(2)
    c.settle()  # server 1 hears a leader no more; but the log of server 2 is the shorter one
    assert (c.role(2), c.servers[2].term, c.servers[1].voted_for) == (Role.PRE_CANDIDATE, 1, 0)
    c.cut = set()
    c.beat(0)
    assert c.servers[2].log == c.servers[0].log
    c.cut = {0}
    c.time_out(2)
    c.drop()
    c.give(1, ForgetLeader())
    c.time_out(2)
    c.settle()  # now it gets the yes of server 1, which had contact a moment ago
    assert (c.leader(), c.servers[2].term) == (2, 2)


# -------------------------------------------------------------------------------- replication
def test_lagging_commit() -> None:
    """A heartbeat commits no further than it shows that the logs match."""
    c = Cluster()
    c.elect(0)
    c.beat(0)
    c.cut = {2}
    c.propose(0, b"x", b"y")
    c.settle()
    assert c.servers[0].commit == 3
    c.cut = set()
    c.expire(0, Timer.HEARTBEAT)
    c.deliver(lambda p: p[1] == 2)
    assert c.servers[2].commit == 1
    assert c.servers[0].progress_of(2).match == 1
    c.settle()
    c.beat(0)
    assert c.servers[2].commit == 3


SMALL = Config(keep_entries=0, chunk_bytes=64, window=2)


def test_slow_follower_after_compaction() -> None:
    """Appends were lost, and what they held is compacted: the leader sends its snapshot, and then
    goes on as usual."""
    c = Cluster(config=SMALL)
    c.elect(0)
    c.beat(0)
    c.cut = {2}
    c.propose(0, b"a", b"b", b"c", b"d")
    c.settle()
    p = c.servers[0].progress_of(2)
    assert (p.flow, p.match, len(p.inflight)) == (Flow.REPLICATE, 1, 2)
    c.compact(0)
    assert c.servers[0].log.base == 5
    c.cut = set()
    c.expire(0, Timer.HEARTBEAT)
    (sent,) = (m for _, to, m in c.packets if to == 2)
    assert isinstance(sent, InstallSnapshot)  # there is nothing to probe with: what is next is gone
    c.settle()
    c.beat(0)
    assert c.machine(2) == [b"a", b"b", b"c", b"d"]
    assert c.servers[0].progress_of(2).flow is Flow.REPLICATE
    c.propose(0, b"e")
    c.settle()
    assert c.servers[0].progress_of(2).match == 6


def test_snapshot_succeed_via_app_resp() -> None:
    """A server without anything joins; the snapshot goes up to the last entry. Its answer ends the
    sending at once, and not only when there is another entry."""
    c = Cluster(config=SMALL, spares=1)
    c.elect(0)
    c.propose(0, b"x")
    c.settle()
    c.cut = {3}
    c.change(0, ChangeMembership((AddVoter(3),)))
    c.settle()
    c.compact(0)
    assert c.servers[0].log.base == c.servers[0].log.last_index == 3
    c.cut = set()
    for _ in range(3):
        c.beat(0)
    p = c.servers[0].progress_of(3)
    assert (p.flow, p.match, p.next) == (Flow.REPLICATE, 3, 4)
    assert (c.machine(3), c.members(3).voters) == ([b"x"], (0, 1, 2, 3))


# ------------------------------------------------------------------------- storage takes its time
def test_async_storage_writes() -> None:
    """Two appends are under way that are not stored; their answers stand behind the records."""
    c = Cluster()
    c.elect(0)
    c.beat(0)
    c.propose(0, b"x")
    c.propose(0, b"y")
    appends = [m for _, to, m in c.drop() if to == 1 and isinstance(m, AppendEntries)]
    assert [m.prev_index for m in appends] == [1, 2]
    queue = [e for m in appends for e in c.give(1, Receive(0, m))]
    kinds = [type(e) for e in queue if isinstance(e, Persist | Send)]
    assert kinds == [Persist, Send, Persist, Send]
    answers = [e.message for e in queue if isinstance(e, Send)]
    assert answers == [AppendReply(1, success=True, match=n) for n in (2, 3)]


def test_async_storage_writes_append_aba_race() -> None:
    """An entry of term 1 is on its way to the disk of server 0 when a leader of term 2 has another
    at that index. That the first one is stored says nothing to the leader of term 2."""
    c = Cluster(voters=5, config=NO_PRE_VOTE)
    c.elect(1)
    c.beat(1)
    c.propose(1, b"old")
    (old,) = (m for _, to, m in c.drop() if to == 0 and isinstance(m, AppendEntries))
    late = c.give(0, Receive(1, old))
    answer = next(e.message for e in late if isinstance(e, Send))
    assert answer == AppendReply(1, success=True, match=2)
    c.packets.clear()
    c.cut = {0, 1}
    c.lose_touch([2, 3, 4])
    c.time_out(2)
    c.deliver()
    c.deliver()
    c.drop()
    assert (c.role(2), c.servers[2].term, c.servers[2].log.last_index) == (Role.LEADER, 2, 2)
    for n in (0, 3):  # with two more, the entry of the new leader would be committed
        c.give(2, Receive(n, answer))
    assert (c.servers[2].commit, c.servers[2].progress_of(0).match) == (1, 0)
    c.cut = {1}
    c.beat(2)
    c.beat(2)
    assert c.servers[0].log == c.servers[2].log
    assert c.servers[2].log.at(2) == Entry(2, None)
    assert c.servers[2].commit == 2


# --------------------------------------------------------------------------------- membership
def test_confchange_v2_add_single_auto() -> None:
    """And ``confchange_v1_add_single``: it is in force at once, and there is no joint one."""
    c = Cluster(voters=1, spares=1)
    c.elect(0)
    assert c.change(0, ChangeMembership((AddVoter(1),))) == Accepted(2, 1)
    assert c.members(0) == Configuration((0, 1))
    c.settle()
    for _ in range(2):
        c.beat(0)
    configurations = [
        e.payload for e in c.servers[1].log.entries if isinstance(e.payload, Configuration)
    ]
    assert configurations == [Configuration((0, 1))]
    assert (c.servers[0].commit, c.servers[1].commit) == (2, 2)


def test_confchange_v1_remove_leader() -> None:
    """It counts itself no more, and replicates and is heard all the same. There, removal takes
    effect when it is applied, and without an option the leader stays; here it is in force as soon
    as it stands in the log, and the leader stays until it is committed, and drops what is proposed
    after that."""
    c = Cluster()
    c.elect(0)
    c.beat(0)
    c.change(0, ChangeMembership((Remove(0),)))
    assert c.members(0) == Configuration((1, 2))
    c.cut = {2}
    c.propose(0, b"x")
    c.settle()
    c.beat(0)
    assert (c.servers[0].progress_of(1).match, c.servers[0].log.last_index) == (3, 3)
    assert (c.role(0), c.servers[0].commit) == (Role.LEADER, 1)  # 0 and 1 have it, 1 alone counts
    c.expire(0, Timer.HEARTBEAT)
    assert {to for _, to, m in c.packets if isinstance(m, AppendEntries)} == {1, 2}
    c.cut = set()
    c.settle()
    c.beat(0)
    assert [c.machine(n) for n in (1, 2)] == [[b"x"]] * 2
    c.propose(0, b"y")
    assert c.told[0][-1] == Rejected(Propose(b"y"), Reason.NO_LEADER, None)
    c.settle()
    assert b"y" not in c.machine(1)


def test_confchange_v1_remove_leader_stepdown() -> None:
    """It sends its last entry, goes, and then hears nothing, asks for nothing and takes nothing."""
    c = Cluster()
    c.elect(0)
    c.beat(0)
    c.propose(0, b"x")
    c.change(0, ChangeMembership((Remove(0),)))
    c.propose(0, b"last")
    while c.role(0) is Role.LEADER:
        c.deliver()
    late = c.drop()
    assert [m for _, to, m in late if to == 1 and isinstance(m, AppendEntries)]
    gone = c.servers[0]
    for n in (1, 2):
        c.give(0, Receive(n, AppendReply(1, success=True, match=4)))
    assert c.servers[0] == gone
    c.give(0, Propose(b"more"))
    assert c.told[0][-1] == Rejected(Propose(b"more"), Reason.NO_LEADER, None)
    c.time_out(0)
    assert (c.role(0), c.servers[0].term, c.packets) == (Role.FOLLOWER, 1, [])
    c.packets = late
    c.settle()
    c.lose_touch([1, 2])
    c.elect(1)
    assert c.machine(1)[:1] == [b"x"]


def test_confchange_v2_add_double_auto_is_left_once() -> None:
    """Although commands come while it is joint, and the answers in pieces."""
    c = Cluster(voters=1, spares=2)
    c.elect(0)
    c.change(0, ChangeMembership((AddVoter(1), AddVoter(2))))
    for n in range(6):
        c.propose(0, b"%d" % n)
        c.deliver()
    c.settle()
    for _ in range(2):
        c.beat(0)
    configurations = [
        e.payload for e in c.servers[0].log.entries if isinstance(e.payload, Configuration)
    ]
    assert [x.joint for x in configurations] == [True, False]
    assert c.machine(2) == [b"%d" % n for n in range(6)]


def test_confchange_v2_add_double_implicit() -> None:
    """Joint although one change would not need it; a snapshot taken meanwhile carries the mark that
    the joint configuration is left by itself."""
    c = Cluster(voters=1, config=Config(keep_entries=0), spares=1)
    c.elect(0)
    c.change(0, ChangeMembership((AddVoter(1),), Transition.JOINT))
    joint = Configuration((0, 1), outgoing=(0,), automatic=True)
    assert c.members(0) == joint
    while c.servers[0].commit < 2:
        c.deliver()
    assert c.members(0) == Configuration((0, 1))  # it has left already
    c.compact(0)
    snapshot = c.servers[0].snapshot
    assert snapshot is not None
    assert (snapshot.index, snapshot.configuration) == (2, joint)
    c.settle()
    for _ in range(3):
        c.beat(0)
    assert c.members(0) == c.members(1) == Configuration((0, 1))


def test_confchange_v2_replace_leader() -> None:
    """Leadership goes to the joining server while the configuration is joint; that one leaves it,
    and the server that is out cannot stand."""
    c = Cluster(spares=1)
    c.elect(0)
    c.beat(0)
    c.change(0, ChangeMembership((Remove(0), AddVoter(3)), Transition.EXPLICIT))
    c.settle()
    for _ in range(2):
        c.beat(0)
    assert c.members(3) == Configuration((1, 2, 3), outgoing=(0, 1, 2), automatic=False)
    c.give(0, Transfer(3))
    c.settle()
    assert (c.leader(), c.role(0)) == (3, Role.FOLLOWER)
    c.beat(3)
    assert isinstance(c.change(3, ChangeMembership(())), Accepted)
    c.settle()
    c.beat(3)
    assert c.members(3) == Configuration((1, 2, 3))
    term = c.servers[3].term
    c.time_out(0)
    c.settle()
    assert (c.leader(), c.servers[3].term) == (3, term)


def test_confchange_v2_replace_leader_stepdown() -> None:
    """Without a transfer, the leader goes when the joint configuration is left, cannot stand, and
    one that remains is elected."""
    c = Cluster(spares=1)
    c.elect(0)
    c.beat(0)
    c.change(0, ChangeMembership((Remove(0), AddVoter(3))))
    c.settle()
    for _ in range(3):
        c.beat(0)
    assert c.role(0) is Role.FOLLOWER
    c.time_out(0)
    assert (c.role(0), c.servers[0].term) == (Role.FOLLOWER, 1)
    c.elect(1)
    assert [x.index for x in c.told[1] if isinstance(x, Applied)] == [1, 2, 3, 4]


# ------------------------------------------------------------------------------- all of them
def test_each_of_the_28_has_a_test_or_a_reason() -> None:
    """And each test here is that of a scenario."""
    assert __doc__ is not None
    entries = re.findall(r"^ ?(\d+)\. (\w+):\s+(.*?)\s*(?=^ ?\d+\. |\Z)", __doc__, re.M | re.S)
    assert [int(number) for number, _, _ in entries] == list(range(1, 29))
    assert len({name for _, name, _ in entries}) == 28
    shown = set()
    for _, name, where in entries:
        reason = re.fullmatch(r"does not apply: (.*)", where, re.S)
        if reason is not None:
            assert len(reason[1].split()) > 5, name
            continue
        module, _, test = where.rpartition(".")
        place = (
            importlib.import_module(f"{__package__}.{module}") if module else sys.modules[__name__]
        )
        assert callable(getattr(place, test, None)), f"{name}: there is no test {where}"
        if module:  # it says so there
            assert name in str(getattr(place, test).__doc__), f"{where} does not name {name}"
        else:
            shown.add(test)
    here = {x for x in globals() if x.startswith("test_")}
    assert here - shown == {"test_each_of_the_28_has_a_test_or_a_reason"}

"""The rules of the Raft paper, one by one, as a server of the program follows them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotproof.impl.core import (
    Deliver,
    Persist,
    ProtocolError,
    Receive,
    Send,
    SetTimer,
    TimerExpired,
)
from ballotproof.impl.raft.config import FIGURE_2, Config
from ballotproof.impl.raft.configuration import Configuration
from ballotproof.impl.raft.log import Entry, Log
from ballotproof.impl.raft.messages import (
    AppendEntries,
    AppendReply,
    InstallSnapshot,
    Message,
    RequestVote,
    SnapshotReply,
    VoteReply,
)
from ballotproof.impl.raft.records import Durable, Record, written
from ballotproof.impl.raft.requests import Accepted, Applied, Propose, Reason, Rejected
from ballotproof.impl.raft.restart import recovered
from ballotproof.impl.raft.server import Effect, Effects, Input, Role, Server, Timer
from ballotproof.impl.raft.step import step

MEMBERS = Configuration((0, 1, 2))
ELECTION, HEARTBEAT = TimerExpired(Timer.ELECTION), TimerExpired(Timer.HEARTBEAT)


def log(*terms: int) -> Log:
    """Entries of these terms."""
    return Log().with_entries(0, tuple(Entry(t, b"%d" % i) for i, t in enumerate(terms, 1)))


def server(
    term: int = 0,
    *,
    entries: Log | None = None,
    voted_for: int | None = None,
    members: Configuration = MEMBERS,
) -> Server:
    s, _ = recovered(0, members, Durable(term, voted_for, entries or Log()), FIGURE_2)
    return s


def run(s: Server, *inputs: Input) -> tuple[Server, Effects]:
    """What the last of these inputs makes it do."""
    effects: Effects = ()
    for x in inputs:
        s, effects = step(s, x)
    return s, effects


def hear(s: Server, sender: int, m: Message) -> tuple[Server, Effects]:
    return step(s, Receive(sender, m))


def sent(effects: Effects, to: int) -> list[Message]:
    return [e.message for e in effects if isinstance(e, Send) and e.to == to]


def leader(entries: Log | None = None) -> Server:
    """Server 0, elected in term 3 by the votes of itself and of server 1."""
    s, _ = run(server(2, entries=entries), ELECTION, Receive(1, VoteReply(3, granted=True)))
    assert s.role is Role.LEADER
    return s


def test_5_1_a_higher_term_makes_a_follower_of_anybody() -> None:
    s, effects = hear(leader(), 2, VoteReply(7, granted=False))
    assert (s.term, s.voted_for, s.role) == (7, None, Role.FOLLOWER)
    assert effects[0] == Persist(Record(7, None))
    assert any(isinstance(e, SetTimer) and e.timer is Timer.ELECTION for e in effects)


def test_5_1_a_request_of_an_old_term_is_refused_with_the_new_one() -> None:
    s = server(5)
    assert sent(hear(s, 1, RequestVote(4, 9, 4))[1], 1) == [VoteReply(5, granted=False)]
    refusal = AppendReply(5, success=False, match=0)
    assert sent(hear(s, 1, AppendEntries(4, 0, 0, (), 0))[1], 1) == [refusal]


@pytest.mark.parametrize(
    "m",
    [
        RequestVote(9, 0, 0),
        VoteReply(9, granted=True),
        AppendEntries(9, 0, 0, (), 0),
        AppendReply(9, success=False, match=0),
        InstallSnapshot(9, 0, 0, Configuration((0, 1, 2)), 0, 0, b""),
        SnapshotReply(9, 0, 0),
    ],
    ids=lambda m: type(m).__name__,
)
def test_5_1_terms_are_exchanged_with_every_message(m: Message) -> None:
    """Whoever has the smaller one takes the larger, and a candidate or a leader is a follower."""
    candidate, _ = run(server(3), ELECTION)
    for s in (server(3), candidate, leader()):
        after, effects = hear(s, 2, m)
        assert (after.term, after.role) == (9, Role.FOLLOWER)
        assert effects[0] == Persist(Record(9, after.voted_for))


def test_5_1_followers_ask_for_nothing_by_themselves() -> None:
    s = server(3, entries=log(1, 2))
    messages: list[Message] = [
        RequestVote(4, 9, 9),
        VoteReply(3, granted=True),
        AppendEntries(4, 2, 2, (Entry(4, b"x"),), 1),
        AppendReply(4, success=True, match=3),
    ]
    for m in messages:
        s, effects = hear(s, 1, m)
        assert all(isinstance(x, VoteReply | AppendReply) for x in sent(effects, 1))
        assert sent(effects, 2) == []
        assert s.role is Role.FOLLOWER


def test_5_1_what_is_not_answered_is_asked_again() -> None:
    """A leader repeats itself at the next heartbeat, a candidate in the next election."""
    s = leader(log(1))
    for _ in range(2):
        s, effects = run(s, HEARTBEAT)
        assert sent(effects, 1) == [AppendEntries(3, 1, 1, (Entry(3, None),), 0)]
    s, first = run(server(), ELECTION)
    s, second = run(s, ELECTION)
    assert (sent(first, 1), sent(second, 1)) == ([RequestVote(1, 0, 0)], [RequestVote(2, 0, 0)])


def test_5_2_servers_start_as_followers() -> None:
    s = server(7, entries=log(7), voted_for=0)
    assert (s.role, s.leader, s.votes) == (Role.FOLLOWER, None, frozenset())


def test_5_2_a_follower_waits_anew_when_it_hears_a_leader_or_gives_its_vote() -> None:
    """And not when it is told what is over, or refuses."""
    s = server(3, entries=log(1, 2), voted_for=1)
    valid: list[Message] = [AppendEntries(3, 0, 0, (), 0), AppendEntries(3, 9, 9, (), 0)]
    for m in (*valid, RequestVote(3, 2, 2)):
        assert waits(hear(s, 1, m)[1]), m
    for m in (AppendEntries(2, 0, 0, (), 0), RequestVote(2, 9, 9), RequestVote(4, 1, 1)):
        assert not waits(hear(s, 1, m)[1]), m
    assert not waits(hear(s, 2, RequestVote(3, 2, 2))[1])  # its vote is given


def waits(effects: Effects) -> bool:
    return any(isinstance(e, SetTimer) and e.timer is Timer.ELECTION for e in effects)


def test_5_2_a_leader_is_heard_regularly_by_all_others() -> None:
    s, effects = run(leader(), HEARTBEAT)
    assert SetTimer(Timer.HEARTBEAT, 10, 10) in effects
    assert all(isinstance(m, AppendEntries) for n in (1, 2) for m in sent(effects, n))
    s, _ = hear(s, 1, AppendReply(3, success=True, match=1))
    _, effects = run(s, HEARTBEAT)
    assert sent(effects, 1) == [AppendEntries(3, 1, 3, (), 1)]  # it has everything: no entries


def test_5_2_a_candidate_goes_on_when_the_leader_of_an_old_term_is_heard() -> None:
    s, _ = run(server(3), ELECTION)
    after, effects = hear(s, 1, AppendEntries(3, 0, 0, (), 0))
    assert after == s
    assert sent(effects, 1) == [AppendReply(4, success=False, match=0)]


def test_5_2_an_election_without_a_winner_is_followed_by_one_in_the_next_term() -> None:
    s, _ = run(server(3), ELECTION, Receive(1, VoteReply(4, granted=False)))
    assert s.role is Role.CANDIDATE
    s, effects = run(s, ELECTION)
    assert (s.term, s.voted_for, s.votes, s.role) == (5, 0, frozenset({0}), Role.CANDIDATE)
    assert waits(effects)  # the time is drawn anew at each election
    s, _ = hear(s, 1, VoteReply(4, granted=True))  # of the election before
    assert s.role is Role.CANDIDATE


def test_5_2_a_candidate_votes_for_itself_stores_that_and_asks_all_others() -> None:
    s, effects = run(server(4, entries=log(1, 3)), ELECTION)
    assert (s.term, s.voted_for, s.role) == (5, 0, Role.CANDIDATE)
    assert s.votes == {0}
    assert effects[0] == Persist(Record(5, 0))
    assert sent(effects, 1) == sent(effects, 2) == [RequestVote(5, 2, 3)]
    assert sent(effects, 0) == []


def test_5_2_first_come_first_served_and_once_in_a_term() -> None:
    s, effects = hear(server(), 1, RequestVote(1, 0, 0))
    assert effects[0] == Persist(Record(1, 1))
    assert sent(effects, 1) == [VoteReply(1, granted=True)]
    assert sent(hear(s, 2, RequestVote(1, 0, 0))[1], 2) == [VoteReply(1, granted=False)]
    assert sent(hear(s, 1, RequestVote(1, 0, 0))[1], 1) == [VoteReply(1, granted=True)]


def test_5_2_the_votes_of_a_majority_elect_and_of_fewer_do_not() -> None:
    five = server(members=Configuration((0, 1, 2, 3, 4)))
    twice = [Receive(1, VoteReply(1, granted=True))] * 2
    s, _ = run(five, ELECTION, *twice)
    assert s.role is Role.CANDIDATE
    s, effects = hear(s, 2, VoteReply(1, granted=True))
    assert s.role is Role.LEADER
    assert all(sent(effects, n) for n in (1, 2, 3, 4))


def test_5_2_who_has_won_is_heard_by_all_at_once() -> None:
    five = server(members=Configuration((0, 1, 2, 3, 4)))
    s, _ = run(five, ELECTION, Receive(1, VoteReply(1, granted=True)))
    s, effects = hear(s, 2, VoteReply(1, granted=True))
    for n in (1, 2, 3, 4):
        (m,) = sent(effects, n)
        assert isinstance(m, AppendEntries)
        other, told = hear(server(), 9, m)
        assert (other.term, other.role, other.leader) == (1, Role.FOLLOWER, 9)
        assert waits(told)


def test_5_2_a_candidate_draws_its_timeout_anew_at_each_election() -> None:
    s = server()
    for term in (1, 2, 3):
        s, effects = run(s, ELECTION)
        assert s.term == term
        assert [e for e in effects if isinstance(e, SetTimer)] == [
            SetTimer(Timer.ELECTION, 100, 200)
        ]


def test_5_2_a_candidate_gives_way_to_the_leader_of_its_term() -> None:
    s, _ = run(server(), ELECTION)
    s, _ = hear(s, 1, AppendEntries(1, 0, 0, (), 0))
    assert (s.role, s.leader, s.voted_for) == (Role.FOLLOWER, 1, 0)


def test_5_2_timeouts_are_drawn_from_an_interval() -> None:
    _, effects = recovered(0, MEMBERS, Durable(), FIGURE_2)
    assert effects == (SetTimer(Timer.ELECTION, 100, 200),)


def test_5_3_a_new_leader_believes_that_all_have_what_it_has() -> None:
    """nextIndex is the index just after the last one of its log."""
    s = leader(log(1, 2))
    assert [(s.progress_of(n).next, s.progress_of(n).match) for n in (1, 2)] == [(3, 0), (3, 0)]


def test_5_3_a_leader_tells_what_is_committed_in_heartbeats_too() -> None:
    s, _ = hear(leader(), 1, AppendReply(3, success=True, match=1))
    _, effects = run(s, HEARTBEAT)
    found = [m.commit for n in (1, 2) for m in sent(effects, n) if isinstance(m, AppendEntries)]
    assert found == [1, 1]


def test_5_3_a_leader_goes_on_until_all_have_all_even_if_it_is_committed_long_since() -> None:
    s, _ = run(leader(), Receive(1, AppendReply(3, success=True, match=1)))
    assert s.commit == 1
    for _ in range(5):
        s, effects = run(s, HEARTBEAT)
        assert sent(effects, 2) == [AppendEntries(3, 0, 0, (Entry(3, None),), 1)]
    s, _ = hear(s, 2, AppendReply(3, success=True, match=1))
    _, effects = run(s, HEARTBEAT)
    assert sent(effects, 2) == [AppendEntries(3, 1, 3, (), 1)]


def test_5_3_a_follower_applies_what_is_committed_in_the_order_of_the_log() -> None:
    s, effects = hear(server(3, entries=log(1, 1, 2)), 1, AppendEntries(3, 3, 2, (), 2))
    assert effects[-2:] == tuple(Deliver(Applied(n, s.log.at(n))) for n in (1, 2))
    _, effects = hear(s, 1, AppendEntries(3, 3, 2, (), 3))
    assert [e for e in effects if isinstance(e, Deliver)] == [Deliver(Applied(3, s.log.at(3)))]


def test_5_3_a_leader_overwrites_and_deletes_nothing_of_its_own_log() -> None:
    """Whatever it is told in its term, or was in an earlier one."""
    s = leader(log(1, 2))
    before = s.log.entries
    messages: list[Message] = [
        AppendEntries(2, 0, 0, (Entry(2, b"other"),), 1),
        AppendReply(3, success=False, match=0),
        AppendReply(2, success=True, match=9),
        RequestVote(3, 9, 9),
    ]
    for m in messages:
        s, _ = hear(s, 1, m)
        s, _ = run(s, Propose(b"x"))
        assert s.log.entries[: len(before)] == before
        before = s.log.entries


def test_5_3_a_leader_stores_a_command_and_sends_it_to_all_others() -> None:
    _, effects = run(leader(), Receive(1, AppendReply(3, True, 1)), Propose(b"x"))
    assert effects[0] == Persist(Record(3, 0, 1, (Entry(3, b"x"),)))
    assert sent(effects, 1) == [AppendEntries(3, 1, 3, (Entry(3, b"x"),), 1)]
    assert effects[-1] == Deliver(Accepted(2, 3))


def test_5_3_a_leader_applies_a_command_once_a_majority_stores_it_and_not_before() -> None:
    five = Configuration((0, 1, 2, 3, 4))
    votes = [Receive(n, VoteReply(1, granted=True)) for n in (1, 2)]
    s, _ = run(server(members=five), ELECTION, *votes, Propose(b"x"))
    s, effects = hear(s, 1, AppendReply(1, success=True, match=2))
    assert (s.commit, [e for e in effects if isinstance(e, Deliver)]) == (0, [])
    s, effects = hear(s, 1, AppendReply(1, success=True, match=2))  # the same server once more
    assert (s.commit, [e for e in effects if isinstance(e, Deliver)]) == (0, [])
    s, effects = hear(s, 4, AppendReply(1, success=True, match=2))
    assert [e.value for e in effects if isinstance(e, Deliver)] == [
        Applied(1, Entry(1, None)),
        Applied(2, Entry(1, b"x")),
    ]


def test_5_3_who_does_not_lead_says_who_does() -> None:
    s, _ = hear(server(), 2, AppendEntries(1, 0, 0, (), 0))
    asked = Propose(b"x")
    assert run(s, asked) == (s, (Deliver(Rejected(asked, Reason.NO_LEADER, 2)),))


def test_5_3_an_append_is_refused_without_the_entry_before_it() -> None:
    refusal = [AppendReply(3, success=False, match=0)]
    new = (Entry(3, b"new"),)
    for entries in (log(1), log(1, 1)):  # too short; another term at index 2
        s, effects = hear(server(3, entries=entries), 1, AppendEntries(3, 2, 2, new, 0))
        assert sent(effects, 1) == refusal
        assert s.log == entries


def test_5_3_what_conflicts_is_deleted_with_all_that_follows() -> None:
    new = (Entry(2, b"a"), Entry(3, b"b"))
    s, effects = hear(server(3, entries=log(1, 2, 2, 2)), 1, AppendEntries(3, 1, 1, new, 0))
    assert effects[0] == Persist(Record(3, None, 2, (Entry(3, b"b"),)))
    assert [e.term for e in s.log.entries] == [1, 2, 3]
    assert sent(effects, 1) == [AppendReply(3, success=True, match=3)]


def test_5_3_an_old_append_deletes_nothing_and_shows_no_more_than_it_holds() -> None:
    entries = log(3, 3, 3)
    s, effects = hear(server(3, entries=entries), 1, AppendEntries(3, 0, 0, entries.entries[:1], 0))
    assert s.log == entries
    assert not any(isinstance(e, Persist) for e in effects)
    assert sent(effects, 1) == [AppendReply(3, success=True, match=1)]


def test_5_3_after_a_refusal_the_leader_goes_back_but_not_behind_what_matches() -> None:
    s = leader(log(1, 1, 2))  # and its own entry at index 4
    s, effects = hear(s, 1, AppendReply(3, success=False, match=0))
    assert sent(effects, 1) == [AppendEntries(3, 2, 1, (Entry(2, b"3"),), 0)]
    s, _ = hear(s, 1, AppendReply(3, success=True, match=3))
    s, effects = hear(s, 1, AppendReply(3, success=False, match=0))  # an old one
    assert s.progress_of(1).next == 4
    assert s.progress_of(1).match == 3


def test_5_4_1_a_candidate_with_a_stale_log_loses() -> None:
    voter = server(3, entries=log(1, 2, 2))
    for last_index, last_term, granted in (
        (3, 2, True),
        (2, 2, False),
        (9, 1, False),
        (1, 3, True),
    ):
        _, effects = hear(voter, 1, RequestVote(4, last_index, last_term))
        assert sent(effects, 1) == [VoteReply(4, granted)]


def test_5_4_2_entries_of_earlier_terms_are_not_committed_by_counting() -> None:
    s, _ = hear(leader(log(1, 2)), 1, AppendReply(3, success=True, match=2))
    assert s.commit == 0
    s, effects = hear(s, 1, AppendReply(3, success=True, match=3))
    assert s.commit == 3
    applied = [e.value.index for e in effects if isinstance(e, Deliver)
               and isinstance(e.value, Applied)]  # fmt: skip
    assert applied == [1, 2, 3]


def test_5_4_2_figure_8() -> None:
    """Server 0 has replicated an entry of an earlier term on a majority, in (c); in (d) another
    leader overwrites it, which it may as long as it is not committed. In (e) the leader has an
    entry of its own term there as well, and with that both are."""
    five = Configuration((0, 1, 2, 3, 4))
    s, _ = run(server(3, entries=log(1, 2), members=five), ELECTION)
    for n in (1, 2):
        s, _ = hear(s, n, VoteReply(4, granted=True))
    assert (s.role, s.term, s.log.last_index) == (Role.LEADER, 4, 3)
    for n in (1, 2):
        s, _ = hear(s, n, AppendReply(4, success=True, match=2))
    assert s.commit == 0  # (c): index 2 is on servers 0, 1 and 2
    overwritten = server(4, entries=log(1, 2), members=five)
    after, _ = hear(overwritten, 4, AppendEntries(5, 1, 1, (Entry(3, b"other"),), 0))
    assert after.log.at(2) == Entry(3, b"other")  # (d)
    for n in (1, 2):
        s, _ = hear(s, n, AppendReply(4, success=True, match=3))
    assert s.commit == 3  # (e)


def test_5_3_a_follower_commits_no_further_than_it_knows_to_match() -> None:
    s, _ = hear(server(3, entries=log(1, 1, 1)), 1, AppendEntries(3, 1, 1, (), 3))
    assert s.commit == 1
    s, _ = hear(s, 1, AppendEntries(3, 0, 0, (), 3))  # an old one
    assert s.commit == 1


def test_5_5_what_is_asked_twice_is_answered_alike_and_done_once() -> None:
    """A server that crashed before it answered is asked again when it is back."""
    ask, append = RequestVote(3, 2, 2), AppendEntries(3, 2, 2, (Entry(3, b"x"),), 0)
    for m, sender in ((ask, 2), (append, 1)):
        s, effects = hear(server(2, entries=log(1, 2)), sender, m)
        back = server(s.term, entries=s.log, voted_for=s.voted_for)
        again, repeated = hear(back, sender, m)
        assert sent(repeated, sender) == sent(effects, sender)
        assert (again.log, again.term, again.voted_for) == (s.log, s.term, s.voted_for)
        assert not any(isinstance(e, Persist) for e in repeated)


def test_5_6_heartbeats_come_before_elections() -> None:
    with pytest.raises(ValueError, match="heartbeats must come before elections"):
        Config(heartbeat_ticks=100, election_ticks=100)


def test_7_a_snapshot_of_an_old_term_is_refused_at_once() -> None:
    s = server(5, entries=log(1))
    after, effects = hear(s, 1, InstallSnapshot(4, 9, 4, MEMBERS, 3, 0, b"abc"))
    assert after == s
    assert effects == (Send(1, SnapshotReply(5, 9, 0)),)


def test_8_a_leader_begins_with_an_entry_of_its_own() -> None:
    s = leader(log(1))
    assert s.log.entries[-1] == Entry(3, None)


def test_old_timers_are_ignored() -> None:
    assert run(leader(), ELECTION)[1] == ()
    assert run(server(), HEARTBEAT) == (server(), ())


def test_the_votes_of_strangers_do_not_count() -> None:
    s, _ = run(server(), ELECTION, Receive(9, VoteReply(1, granted=True)))
    assert s.role is Role.CANDIDATE


TERMS, INDICES = st.integers(0, 4), st.integers(0, 4)
ENTRIES = st.lists(st.builds(Entry, st.integers(1, 4), st.none() | st.just(b"x")), max_size=3)
MESSAGES = st.one_of(
    st.builds(RequestVote, TERMS, INDICES, TERMS),
    st.builds(VoteReply, TERMS, st.booleans()),
    st.builds(AppendEntries, TERMS, INDICES, TERMS, ENTRIES.map(tuple), INDICES),
    st.builds(AppendReply, TERMS, st.booleans(), st.integers(0, 1)),
)
INPUTS = st.one_of(
    st.builds(Propose, st.just(b"x")),
    st.sampled_from([ELECTION, HEARTBEAT]),
    st.builds(Receive, st.sampled_from(MEMBERS.voters), MESSAGES),
)


@given(st.lists(INPUTS, max_size=20))
def test_whatever_arrives_the_disk_is_what_the_server_says(inputs: list[Input]) -> None:
    """Also messages that no server would send: what is on the disk when a message leaves is what
    the server has in mind, terms only go up, and a vote stays for its term."""
    s, disk = server(), Durable()
    for x in inputs:
        old = s
        try:
            s, effects = step(s, x)
        except ProtocolError:
            return  # it saw through them
        seen: list[Effect] = []
        for effect in effects:
            if isinstance(effect, Persist):
                assert not any(isinstance(e, Send) for e in seen)
                disk = written(disk, effect.record)
            seen.append(effect)
        assert disk == Durable(s.term, s.voted_for, s.log)
        assert s.term >= old.term
        if s.term == old.term and old.voted_for is not None:
            assert s.voted_for == old.voted_for

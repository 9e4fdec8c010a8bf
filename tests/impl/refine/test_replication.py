"""Every interleaving of small clusters of the Raft program is allowed by the specification; known
mistakes of Raft implementations, made in the program, are not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from ballotproof.impl.core import Persist, ProtocolError, Receive, SetTimer, TimerExpired
from ballotproof.impl.raft import configuration, elections, replication, terms, timeout
from ballotproof.impl.raft import step as program
from ballotproof.impl.raft.config import FIGURE_2
from ballotproof.impl.raft.configuration import Configuration
from ballotproof.impl.raft.log import Log
from ballotproof.impl.raft.messages import AppendEntries, AppendReply, RequestVote, VoteReply
from ballotproof.impl.raft.progress import Progress
from ballotproof.impl.raft.records import Durable
from ballotproof.impl.raft.restart import recovered
from ballotproof.impl.raft.server import Effect, Input, Role, Server, Timer
from ballotproof.impl.refine.exhaustive import Deviation, conform
from ballotproof.impl.refine.raft.replication import ReplicationCluster

Effects = Sequence[Effect]
Patch = pytest.MonkeyPatch


@pytest.mark.parametrize(
    ("servers", "terms", "commands", "crashes", "worlds", "events"),
    [
        (2, 2, 0, 0, 811, 1_890),
        (2, 1, 1, 1, 430, 942),
        (2, 2, 0, 1, 6_902, 18_570),
        (3, 1, 0, 0, 4_373, 15_507),
    ],
)
def test_every_event_is_steps_of_the_specification(
    servers: int, terms: int, commands: int, crashes: int, worlds: int, events: int
) -> None:
    found = conform(ReplicationCluster(servers, terms, commands, crashes))
    assert found.deviation is None, str(found.deviation)
    assert found.complete
    assert found.never == ()
    assert (found.worlds, found.events) == (worlds, events)
    assert found.whole == 0  # all was judged by what the server knows


@pytest.mark.parametrize("size", [(2, 2, 0, 0), (2, 1, 1, 1)])
def test_to_judge_by_what_a_server_knows_comes_to_the_same(
    size: tuple[int, int, int, int],
) -> None:
    quick = conform(ReplicationCluster(*size))
    slow = conform(ReplicationCluster(*size), locally=False)
    assert slow.whole == slow.events
    for field in ("worlds", "events", "abstract_states", "depth", "complete", "never"):
        assert getattr(quick, field) == getattr(slow, field), field


@pytest.mark.parametrize(
    ("terms", "commands", "most", "worlds", "complete"),
    [
        (2, 0, 100_000, 100_000, False),
        pytest.param(1, 1, None, 588_199, True, marks=pytest.mark.slow),
        pytest.param(2, 0, 1_000_000, 1_000_003, False, marks=pytest.mark.slow),
    ],
)
def test_three_servers_that_may_crash(
    terms: int, commands: int, most: int | None, worlds: int, complete: bool
) -> None:
    found = conform(ReplicationCluster(3, terms, commands, crashes=1), most)
    assert found.deviation is None, str(found.deviation)
    assert (found.worlds, found.complete) == (worlds, complete)
    assert found.whole == 0


# -------------------------------------------------------------------------------- mistakes
class Spoiled(ReplicationCluster):
    """Cores whose effects are changed before the host sees them."""

    def __init__(self, change: Callable[[Effects], Effects]) -> None:
        super().__init__(servers=2, terms=2, crashes=1)
        self.change = change

    def step(self, core: Server, given: Input) -> tuple[Server, Effects]:
        core, effects = program.step(core, given)
        return core, self.change(effects)


def persist_late(effects: Effects) -> Effects:
    return sorted(effects, key=lambda e: isinstance(e, Persist))


def forget_term(effects: Effects) -> Effects:
    return [Persist(replace(e.record, term=0)) if isinstance(e, Persist) else e for e in effects]


def forget_vote(effects: Effects) -> Effects:
    return [
        Persist(replace(e.record, voted_for=None)) if isinstance(e, Persist) else e for e in effects
    ]


def forget_entries(effects: Effects) -> Effects:
    return [
        Persist(replace(e.record, behind=None, entries=())) if isinstance(e, Persist) else e
        for e in effects
    ]


@pytest.mark.parametrize("change", [persist_late, forget_term, forget_vote, forget_entries])
def test_what_is_not_stored_in_time_is_missed(change: Callable[[Effects], Effects]) -> None:
    assert deviation_of(Spoiled(change)).events[-1].crash is not None


def deviation_of(cluster: ReplicationCluster) -> Deviation:
    found = conform(cluster, most_worlds=30_000)
    assert found.deviation is not None
    return found.deviation


def refuses(cluster: ReplicationCluster, action: str) -> None:
    """The specification says no to this very action."""
    wrong = deviation_of(cluster)
    assert wrong.refused is not None, str(wrong)
    assert wrong.refused[0] == action, str(wrong)


def goes_elsewhere(cluster: ReplicationCluster, field: str) -> None:
    """The specification takes the step, and its field has another value then."""
    wrong = deviation_of(cluster)
    assert wrong.refused is None, str(wrong)
    assert any(field in x for x in wrong.differences), str(wrong)


def test_raft_no_up_to_date_check(monkeypatch: Patch) -> None:
    right = elections.on_request_vote

    def on_request_vote(s: Server, sender: int, m: RequestVote) -> Any:
        return right(s, sender, replace(m, last_term=m.term, last_index=99))

    monkeypatch.setattr(program, "on_request_vote", on_request_vote)
    goes_elsewhere(ReplicationCluster(2, 2), "voted_for")


def test_raft_double_vote(monkeypatch: Patch) -> None:
    right = elections.on_request_vote

    def on_request_vote(s: Server, sender: int, m: RequestVote) -> Any:
        return right(replace(s, voted_for=None) if m.term == s.term else s, sender, m)

    monkeypatch.setattr(program, "on_request_vote", on_request_vote)
    goes_elsewhere(ReplicationCluster(2, 1), "voted_for")


def test_raft_vote_for_lower_term(monkeypatch: Patch) -> None:
    right = elections.on_request_vote

    def on_request_vote(s: Server, sender: int, m: RequestVote) -> Any:
        return right(s, sender, replace(m, term=max(m.term, s.term)))

    monkeypatch.setattr(program, "on_request_vote", on_request_vote)
    goes_elsewhere(ReplicationCluster(3, 2), "voted_for")


def test_raft_own_vote_not_recorded(monkeypatch: Patch) -> None:
    right = elections.campaign

    def campaign(s: Server) -> Any:
        s, effects = right(s)
        return replace(s, voted_for=None), effects

    monkeypatch.setattr(timeout, "campaign", campaign)
    goes_elsewhere(ReplicationCluster(2, 1), "voted_for")


def test_raft_no_step_down(monkeypatch: Patch) -> None:
    right = terms.adopt

    def adopt(s: Server, term: int) -> Server:
        after = right(s, term)
        return replace(after, role=s.role, votes=s.votes)

    monkeypatch.setattr(elections, "adopt", adopt)
    goes_elsewhere(ReplicationCluster(2, 2), "role")


def test_raft_half_majority(monkeypatch: Patch) -> None:
    monkeypatch.setattr(configuration, "majority", lambda of: len(of) // 2)
    assert deviation_of(ReplicationCluster(2, 1)).events[-1].node in (0, 1)


def test_raft_figure_8(monkeypatch: Patch) -> None:
    """The mistake itself: an entry of an earlier term is committed by counting."""

    def advance_commit(s: Server) -> Server:
        matches = {n: s.log.last_index if n == s.me else p.match for n, p in s.progress}
        return replace(s, commit=max(s.commit, s.configuration.reached(matches.__getitem__)))

    monkeypatch.setattr(replication, "advance_commit", advance_commit)
    goes_elsewhere(ReplicationCluster(2, 3), "commit")


def test_a_deviation_tells_the_way_there(monkeypatch: Patch) -> None:
    """Its events can be taken one by one; wherever one begins among them, the last is wrong."""
    monkeypatch.setattr(configuration, "majority", lambda of: len(of) // 2)
    cluster = ReplicationCluster(3, 2)
    right = deviation_of(cluster).events
    monkeypatch.undo()
    assert conform(cluster, 1, begin=right[:-1]).deviation is None
    monkeypatch.setattr(configuration, "majority", lambda of: len(of) // 2)
    for n in range(len(right) + 1):
        found = conform(cluster, 30_000, begin=right[:n]).deviation
        assert found is not None
        assert found.events[:n] == right[:n]
        assert len(found.events) == len(right)


def test_raft_always_truncate(monkeypatch: Patch) -> None:
    """The server itself refuses to delete what is committed; that is reached first."""
    monkeypatch.setattr(Log, "first_conflict", lambda self, n, new: n + 1)
    with pytest.raises(ProtocolError, match="replaces entry 1, which is committed"):
        conform(ReplicationCluster(2, 1, 1), most_worlds=30_000)


def test_raft_append_of_an_old_leader(monkeypatch: Patch) -> None:
    right = replication.on_append_entries

    def on_append_entries(s: Server, sender: int, m: AppendEntries) -> Any:
        return right(s, sender, replace(m, term=max(m.term, s.term)))

    monkeypatch.setattr(program, "on_append_entries", on_append_entries)
    assert deviation_of(ReplicationCluster(2, 2)).refused is None


def test_raft_match_regress(monkeypatch: Patch) -> None:
    right = replication.on_append_reply

    def on_append_reply(s: Server, sender: int, m: AppendReply) -> Any:
        if m.success and m.term == s.term:
            progress = tuple((n, Progress() if n == sender else p) for n, p in s.progress)
            s = replace(s, progress=progress)
        return right(s, sender, m)

    monkeypatch.setattr(program, "on_append_reply", on_append_reply)
    goes_elsewhere(ReplicationCluster(2, 1, 1), "match_index")


def test_raft_commit_regress(monkeypatch: Patch) -> None:
    right = replication.on_append_entries

    def on_append_entries(s: Server, sender: int, m: AppendEntries) -> Any:
        return right(replace(s, commit=0) if m.term == s.term else s, sender, m)

    monkeypatch.setattr(program, "on_append_entries", on_append_entries)
    goes_elsewhere(ReplicationCluster(2, 1, 1), "commit")


def test_a_vote_counted_for_another_term(monkeypatch: Patch) -> None:
    right = elections.on_vote_reply

    def on_vote_reply(s: Server, sender: int, m: VoteReply) -> Any:
        return right(s, sender, replace(m, term=max(m.term, s.term)))

    monkeypatch.setattr(program, "on_vote_reply", on_vote_reply)
    refuses(ReplicationCluster(2, 2), "append_entries")  # by one that the text did not elect


def test_a_leader_that_steps_down_waits_for_another() -> None:
    """Otherwise nobody might ever stand for election again."""
    alone, _ = recovered(0, Configuration((0,)), Durable(), FIGURE_2)
    s, _ = program.step(alone, TimerExpired(Timer.ELECTION))
    assert s.role is Role.LEADER
    s, effects = program.step(s, Receive(1, RequestVote(5, 9, 4)))
    assert s.role is Role.FOLLOWER
    assert any(isinstance(e, SetTimer) for e in effects)

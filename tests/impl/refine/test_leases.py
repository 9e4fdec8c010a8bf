"""Reads under a lease: the program does nothing that the specification forbids, and mistakes are
found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from ballotproof.impl.core import NodeId, Receive, SetTimer, TimerExpired
from ballotproof.impl.raft import check_quorum, elections, reads, replication, restart
from ballotproof.impl.raft import step as program
from ballotproof.impl.raft.messages import AppendReply
from ballotproof.impl.raft.requests import Read
from ballotproof.impl.raft.server import Effects, Input, Pending, Role, Server, Timer
from ballotproof.impl.refine.exhaustive import Deviation, conform
from ballotproof.impl.refine.raft.leases import Hosted, LeaseCluster, LoyalLeaseCluster, Tick
from ballotproof.impl.refine.raft.reads import Copy

from .script import Script

SILENT = ("disregard_request_vote", "refuse_as_promised")
"""No steps of the program: it does nothing."""

Patch = pytest.MonkeyPatch


@pytest.mark.parametrize(
    ("size", "options", "most", "worlds", "complete"),
    [
        ((2, 1), {"horizon": 2}, None, 21_033, True),
        ((2, 1, 0, 1), {"horizon": 1}, None, 30_246, True),
        ((2, 2), {"horizon": 0}, 15_000, 15_000, False),
        ((3, 1), {"horizon": 1}, 15_000, 15_000, False),
        pytest.param((2, 1), {}, None, 68_296, True, marks=pytest.mark.slow),
        pytest.param((2, 2), {}, 300_000, 300_000, False, marks=pytest.mark.slow),
        pytest.param((3, 1), {}, 300_000, 300_000, False, marks=pytest.mark.slow),
    ],
)
def test_every_event_is_steps_of_the_specification(
    size: tuple[int, ...], options: dict[str, int], most: int | None, worlds: int, complete: bool
) -> None:
    found = conform(LoyalLeaseCluster(*size, **options), most)
    assert found.deviation is None, str(found.deviation)
    assert found.complete == complete
    assert found.worlds - worlds in range(5)
    assert set(SILENT) <= set(found.never)


def test_without_checks_of_the_quorum_too() -> None:
    found = conform(LeaseCluster(2, 1, horizon=2))
    assert found.deviation is None, str(found.deviation)
    assert (found.worlds, found.complete) == (7_449, True)
    assert found.never == ("abandon", "refuse_as_promised")


def test_elections_when_the_lease_is_over() -> None:
    """Begun when a leader has a lease from one of two others, and almost all of its time is over,
    so that another may be elected while the first leads still."""
    cluster = LeaseCluster(3, 2, horizon=4)
    script = Script(cluster)
    script.give(0, TimerExpired(Timer.ELECTION))
    script.deliver(0, 1)
    script.give(0, TimerExpired(Timer.HEARTBEAT, 0))
    script.deliver(0, 1)
    assert script.cores[0].reads.lease == 0
    for _ in range(3):
        for node in (2, 1, 0):
            script.give(node, Tick())
    found = conform(cluster, 20_000, begin=script.events)
    assert found.deviation is None, str(found.deviation)
    assert found.taken["become_leader"] > 1
    assert found.never == ("refuse_as_promised",)


def test_reads_are_answered_under_a_lease_and_without() -> None:
    """Else all of this would say little."""
    seen: set[tuple[bool, bool]] = set()

    class Watched(LeaseCluster):
        def step(self, core: Server, given: Any) -> tuple[Server, Sequence[Any]]:
            after, effects = super().step(core, given)
            assert isinstance(after, Copy)
            seen.update((x.by == (after.me,), x.commit > 0) for x in after.told)
            return after, effects

    conform(Watched(2, 1, horizon=1))
    assert seen == {(True, True), (False, True)}


@pytest.mark.parametrize(
    ("size", "options"), [((2, 1), {"horizon": 1}), ((2, 1, 0, 1), {"horizon": 0})]
)
def test_to_judge_by_what_a_server_knows_comes_to_the_same(
    size: tuple[int, ...], options: dict[str, int]
) -> None:
    """What a server knows, and the clocks."""
    quick = conform(LeaseCluster(*size, **options))
    slow = conform(LeaseCluster(*size, **options), locally=False)
    assert slow.whole == slow.events
    assert quick.whole < quick.events / 50
    for field in ("worlds", "events", "abstract_states", "depth", "complete", "never"):
        assert getattr(quick, field) == getattr(slow, field), field


# -------------------------------------------------------------------------------- mistakes
def found_in(cluster: LeaseCluster) -> Deviation:
    found = conform(cluster, 60_000).deviation
    assert found is not None
    return found


def refuses(cluster: LeaseCluster, action: str) -> None:
    """The specification says no to this very action."""
    wrong = found_in(cluster)
    assert wrong.refused is not None, str(wrong)
    assert wrong.refused[0] == action, str(wrong)


def goes_elsewhere(cluster: LeaseCluster, field: str) -> None:
    """The specification takes the step, and its field has another value then."""
    wrong = found_in(cluster)
    assert wrong.refused is None, str(wrong)
    assert any(field in x for x in wrong.differences), str(wrong)


@pytest.mark.parametrize("ticks", [2, 3])
def test_a_lease_that_is_not_shortened_by_what_clocks_differ(ticks: int) -> None:
    """6.4.1: of the three ticks that a follower waits, two may be the difference of clocks."""
    cluster = LeaseCluster(2, 1, horizon=ticks)
    cluster.config = replace(cluster.config, lease_ticks=ticks, election_ticks=4)
    goes_elsewhere(cluster, "answered")


def test_a_lease_from_when_the_answer_arrived(monkeypatch: Patch) -> None:
    """6.4.1: it counts from when the question left."""
    right_step, right_confirm = program.step, reads.confirm
    arrived = [0]

    def step(s: Server, given: Input) -> tuple[Server, Effects]:
        arrived[0] = given.now if isinstance(given, Receive) else 0
        return right_step(s, given)

    def confirm(s: Server) -> tuple[Server, Effects]:
        after, effects = right_confirm(s)
        if after.reads.lease != s.reads.lease:
            after = replace(after, reads=replace(after.reads, lease=arrived[0]))
        return after, effects

    monkeypatch.setattr(program, "step", step)
    monkeypatch.setattr(program, "confirm", confirm)
    goes_elsewhere(LeaseCluster(2, 1, horizon=1), "answered")


def test_a_lease_from_an_answer_to_an_earlier_message(monkeypatch: Patch) -> None:
    right = replication.on_append_reply

    def on_append_reply(s: Server, sender: NodeId, m: AppendReply) -> tuple[Server, Effects]:
        return right(s, sender, replace(m, round=s.reads.round))

    monkeypatch.setattr(program, "on_append_reply", on_append_reply)
    goes_elsewhere(LeaseCluster(2, 1, horizon=0), "bound_since")


def test_a_lease_that_is_kept_by_who_leads_no_more(monkeypatch: Patch) -> None:
    """Its own vote is free, and it was one of the quorum."""

    def read(s: Server, asked: Read) -> tuple[Server, Effects]:
        return right_read(replace(s, role=Role.LEADER) if leased(s, asked.now) else s, asked)

    right_read, leased = reads.read, reads.leased
    monkeypatch.setattr(program, "read", read)
    monkeypatch.setattr(program, "resigned", lambda s: (s, ()))

    class AnybodyIsAsked(LoyalLeaseCluster):
        def inputs(self, core: Server) -> Iterable[Any]:
            yield from super().inputs(core)
            assert isinstance(core, Hosted)
            if core.role is Role.FOLLOWER and core.term and not core.told:
                yield Read(core.term, core.clock)

    refuses(AnybodyIsAsked(2, 1, horizon=0), "read")


def test_a_lease_before_the_first_commit_of_the_term(monkeypatch: Patch) -> None:
    """6.4, step 1: what is committed may be more than the leader knows."""
    right = reads.read

    def read(s: Server, asked: Read) -> tuple[Server, Effects]:
        early = replace(s, reads=replace(s.reads, first=0))
        if s.commit < s.reads.first and reads.leased(early, asked.now):
            return reads.with_pending(s, Pending(asked.name, s.commit, s.reads.confirmed)), ()
        return right(s, asked)

    monkeypatch.setattr(program, "read", read)
    goes_elsewhere(LoyalLeaseCluster(2, 2, horizon=0), "answered")


def test_voters_that_do_not_wait(monkeypatch: Patch) -> None:
    """4.2.3: who heard from a leader disregards who asks for a vote."""
    monkeypatch.setattr(elections, "loyal", lambda s: False)
    refuses(LoyalLeaseCluster(2, 2, horizon=0), "handle_request_vote")


def test_a_server_that_starts_and_does_not_wait(monkeypatch: Patch) -> None:
    """It may have heard from a leader that counts on it, and forgotten that."""
    right = restart.recovered

    def recovered(*given: Any, **options: Any) -> tuple[Server, Effects]:
        s, effects = right(*given, **options)
        return replace(s, recent=False), effects

    monkeypatch.setattr(restart, "recovered", recovered)
    refuses(LeaseCluster(2, 2, crashes=1, horizon=0), "timeout")


def test_a_server_that_waits_for_less_than_it_promised(monkeypatch: Patch) -> None:
    def hasty(s: Server) -> SetTimer[Timer]:
        return SetTimer(Timer.ELECTION, 1, 2 * s.config.election_ticks)

    monkeypatch.setattr(check_quorum, "election_timer", hasty)
    refuses(LeaseCluster(2, 2, horizon=2), "timeout")

"""Changes of the membership in the program, one by one and jointly: nothing that the specification
forbids, and mistakes in them are found."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from ballotproof.impl.core import Receive
from ballotproof.impl.raft import step as program
from ballotproof.impl.raft.configuration import Configuration, majority
from ballotproof.impl.raft.membership import change_membership
from ballotproof.impl.raft.messages import AppendReply
from ballotproof.impl.raft.requests import ChangeMembership
from ballotproof.impl.raft.server import Effects, Role, Server
from ballotproof.impl.refine.exhaustive import Deviation, Refinement, conform
from ballotproof.impl.refine.raft.membership import JointCluster, SingleChangeCluster

Patch = pytest.MonkeyPatch

LONG = pytest.mark.slow


@pytest.mark.parametrize(
    ("cluster", "most", "worlds", "complete"),
    [
        (SingleChangeCluster((0, 1), [(0, 1, 2)]), 20_000, 20_000, False),
        (SingleChangeCluster((0, 1, 2), [(1, 2)], crashes=1), 20_000, 20_000, False),
        (SingleChangeCluster((0, 1), [(0, 1, 2)], terms=2, changes=2), 20_000, 20_000, False),
        (JointCluster((0, 1), [(0, 2)]), 20_000, 20_000, False),
        (JointCluster((0, 1), [(2, 3)], terms=2), 20_000, 20_000, False),
        pytest.param(JointCluster((0, 1), [(0, 2)]), None, 229_011, True, marks=LONG),
        pytest.param(
            JointCluster((0, 1), [(0, 2)], 2, 1, 1), 1_000_000, 1_000_000, False, marks=LONG
        ),
        pytest.param(
            SingleChangeCluster((0, 1, 2), [(1, 2)]), 1_000_000, 1_000_000, False, marks=LONG
        ),
        pytest.param(
            SingleChangeCluster((0, 1), [(0, 1, 2), (1, 2)], 2, 2, 1),
            1_000_000,
            1_000_000,
            False,
            marks=LONG,
        ),
    ],
    ids=lambda x: x.model.name if isinstance(x, SingleChangeCluster | JointCluster) else str(x),
)
def test_every_event_is_steps_of_the_specification(
    cluster: SingleChangeCluster | JointCluster, most: int | None, worlds: int, complete: bool
) -> None:
    found = conform(cluster, most)
    assert found.deviation is None, str(found.deviation)
    assert found.complete == complete
    assert found.worlds - worlds in range(20)
    assert found.whole == 0
    assert "client_request" not in found.never
    if complete:
        assert found.never == ()


def found_in(cluster: Refinement, most: int = 50_000) -> Deviation:
    found = conform(cluster, most).deviation
    assert found is not None
    return found


def test_a_change_while_another_is_pending(monkeypatch: Patch) -> None:
    """4.1: the one before must be committed; 6: C_new follows when C_old,new is."""

    def hasty(s: Server, given: ChangeMembership) -> tuple[Server, Effects]:
        last = s.log.last_index if s.commit >= s.reads.first else s.commit
        after, effects = change_membership(replace(s, commit=last), given)
        return replace(after, commit=s.commit), effects

    monkeypatch.setattr(program, "change_membership", hasty)
    for cluster in (
        SingleChangeCluster((0, 1), [(0, 1, 2)], changes=2),
        JointCluster((0, 1), [(0, 2)]),
    ):
        found = found_in(cluster)
        assert isinstance(found.events[-1].given, ChangeMembership), str(found)
        assert found.refused is not None, str(found)


def test_a_change_before_the_term_has_a_commit(monkeypatch: Patch) -> None:
    """The correction of 2015: the leader must have committed an entry of its term."""

    def early(s: Server, given: ChangeMembership) -> tuple[Server, Effects]:
        after, effects = change_membership(replace(s, reads=replace(s.reads, first=0)), given)
        return replace(after, reads=s.reads), effects

    monkeypatch.setattr(program, "change_membership", early)
    found = found_in(SingleChangeCluster((0, 1), [(0, 1, 2)]))
    assert isinstance(found.events[-1].given, ChangeMembership), str(found)


def test_joint_commits_by_the_new_half_alone(monkeypatch: Patch) -> None:
    """6: agreement needs a majority of each half."""

    def reached(self: Configuration, by: Callable[[int], int]) -> int:
        numbers = sorted(map(by, self.voters))
        return numbers[len(numbers) - majority(numbers)]

    monkeypatch.setattr(Configuration, "reached", reached)
    found = found_in(JointCluster((0, 1), [(0, 2)]), 150_000)
    answer = AppendReply(1, success=True, match=2)  # server 1 has not stored the joint one
    assert found.events[-1].given == Receive(2, answer), str(found)


def test_joint_elections_by_the_new_half_alone(monkeypatch: Patch) -> None:
    def quorum(self: Configuration, of: frozenset[int]) -> bool:
        return sum(n in of for n in self.voters) >= majority(self.voters)

    monkeypatch.setattr(Configuration, "quorum", quorum)
    found = found_in(JointCluster((0, 1), [(2,)], terms=2), 150_000)
    assert found.refused is not None, str(found)


def test_a_leader_that_goes_before_its_removal_is_committed(monkeypatch: Patch) -> None:
    """4.2.2: it leads until then."""

    def leaving(s: Server, given: ChangeMembership) -> tuple[Server, Effects]:
        after, effects = change_membership(s, given)
        if not after.configuration.votes(s.me):
            after = replace(after, role=Role.FOLLOWER, leader=None)
        return after, effects

    monkeypatch.setattr(program, "change_membership", leaving)
    found = found_in(SingleChangeCluster((0, 1, 2), [(1, 2)]))
    assert found.refused is not None or any("role" in x for x in found.differences), str(found)

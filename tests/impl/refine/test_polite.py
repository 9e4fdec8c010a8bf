"""PreVote and CheckQuorum in the program: nothing that the specification forbids, and mistakes in
them are found."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from ballotproof.impl.raft import pre_vote, terms
from ballotproof.impl.raft import step as program
from ballotproof.impl.raft.messages import PreVote
from ballotproof.impl.raft.server import Role, Server
from ballotproof.impl.refine.exhaustive import conform
from ballotproof.impl.refine.raft.polite import PoliteCluster

Patch = pytest.MonkeyPatch


@pytest.mark.parametrize(
    ("servers", "terms", "commands", "crashes", "most", "worlds", "complete"),
    [
        (2, 1, 0, 0, None, 748, True),
        (2, 1, 1, 1, None, 20_992, True),
        (2, 2, 0, 1, 60_000, 60_001, False),
        (3, 1, 0, 0, 60_000, 60_000, False),
    ],
)
def test_every_event_is_steps_of_the_specification(
    servers: int,
    terms: int,
    commands: int,
    crashes: int,
    most: int | None,
    worlds: int,
    complete: bool,
) -> None:
    found = conform(PoliteCluster(servers, terms, commands, crashes), most)
    assert found.deviation is None, str(found.deviation)
    assert (found.worlds, found.complete) == (worlds, complete)
    assert found.never == ("disregard_request_vote",)  # to be silent is no step of the program
    assert found.whole == 0


def test_assent_while_there_is_a_leader(monkeypatch: Patch) -> None:
    monkeypatch.setattr(pre_vote, "loyal", lambda s: False)
    found = conform(PoliteCluster(2, 2, 0, 1), 60_000)
    assert found.deviation is not None
    assert any("PreVoteReply" in x for x in found.deviation.differences), str(found.deviation)


def test_a_poll_that_raises_terms(monkeypatch: Patch) -> None:
    right = pre_vote.on_pre_vote

    def on_pre_vote(s: Server, sender: int, m: PreVote) -> Any:
        return right(terms.adopt(s, m.term), sender, m)

    monkeypatch.setattr(program, "on_pre_vote", on_pre_vote)
    found = conform(PoliteCluster(2, 2), 60_000)
    assert found.deviation is not None
    assert any("term" in x for x in found.deviation.differences), str(found.deviation)


def test_a_leader_that_steps_down_although_it_is_heard(monkeypatch: Patch) -> None:
    def quorum_timeout(s: Server) -> Any:
        if s.role is not Role.LEADER:
            return s, ()
        return replace(s, role=Role.FOLLOWER, leader=None), ()

    monkeypatch.setattr(program, "quorum_timeout", quorum_timeout)
    found = conform(PoliteCluster(2, 1), 60_000)
    assert found.deviation is not None
    assert any("role" in x for x in found.deviation.differences), str(found.deviation)

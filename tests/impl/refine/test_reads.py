"""Reads that write nothing: the program does nothing that the specification forbids, and mistakes
are found."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ballotproof.impl.core import Deliver, NodeId
from ballotproof.impl.raft import replication
from ballotproof.impl.raft import step as program
from ballotproof.impl.raft.messages import AppendReply
from ballotproof.impl.raft.requests import ReadReady
from ballotproof.impl.raft.server import Effects, Server
from ballotproof.impl.refine.exhaustive import Deviation, conform
from ballotproof.impl.refine.raft.reads import ReadCluster

Patch = pytest.MonkeyPatch


@pytest.mark.parametrize(
    ("servers", "terms", "commands", "crashes", "most", "worlds", "complete"),
    [
        (2, 1, 0, 1, None, 514, True),
        (2, 2, 0, 0, 1_000, 1_000, False),
        (3, 1, 0, 0, 500, 500, False),
        pytest.param(2, 1, 1, 1, None, 3_622, True, marks=pytest.mark.slow),
        pytest.param(2, 2, 0, 0, None, 11_679, True, marks=pytest.mark.slow),
        pytest.param(3, 1, 0, 1, 15_000, 15_000, False, marks=pytest.mark.slow),
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
    found = conform(ReadCluster(servers, terms, commands, crashes), most)
    assert found.deviation is None, str(found.deviation)
    assert found.complete == complete
    assert found.worlds - worlds in range(5)
    if complete:
        assert found.never == ()


def found_in(servers: int, terms: int) -> Deviation:
    found = conform(ReadCluster(servers, terms), 5_000).deviation
    assert found is not None
    return found


def test_a_read_that_is_answered_before_anybody_has_confirmed(monkeypatch: Patch) -> None:
    """6.4, step 3: first the leader makes sure that it leads."""

    def settle(s: Server) -> tuple[Server, Effects]:
        ready = tuple(Deliver(ReadReady(p.name, p.index)) for p in s.reads.pending)
        return replace(s, reads=replace(s.reads, pending=())), ready

    monkeypatch.setattr(program, "settle", settle)
    found = found_in(2, 1)
    assert any("answered" in x for x in found.differences), str(found)


def test_answers_to_earlier_messages_confirm(monkeypatch: Patch) -> None:
    """6.4, step 3: what counts is a round that began after the read."""
    right = replication.on_append_reply

    def on_append_reply(s: Server, sender: NodeId, m: AppendReply) -> tuple[Server, Effects]:
        return right(s, sender, replace(m, round=s.reads.round))

    monkeypatch.setattr(program, "on_append_reply", on_append_reply)
    found = found_in(2, 1)
    assert found.differences or found.refused, str(found)


def test_a_follower_that_confirms_an_earlier_term(monkeypatch: Patch) -> None:
    right = replication.on_append_reply

    def on_append_reply(s: Server, sender: NodeId, m: AppendReply) -> tuple[Server, Effects]:
        later = m.term > s.term and s.reads.pending
        return right(s, sender, replace(m, term=s.term, round=s.reads.round) if later else m)

    monkeypatch.setattr(program, "on_append_reply", on_append_reply)
    found = found_in(2, 2)
    assert found.differences or found.refused, str(found)

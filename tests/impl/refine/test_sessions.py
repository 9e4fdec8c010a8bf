"""A state machine with sessions behind the program: nothing that the specification forbids, and
mistakes in it are found."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ballotproof.impl.raft import sessions
from ballotproof.impl.raft.log import Index
from ballotproof.impl.raft.sessions import Session, Sessions
from ballotproof.impl.refine.exhaustive import Deviation, conform
from ballotproof.impl.refine.raft.sessions import SessionCluster

Patch = pytest.MonkeyPatch


@pytest.mark.parametrize(
    ("servers", "terms", "commands", "crashes", "most", "worlds", "complete"),
    [
        (2, 1, 3, 0, None, 2_955, True),
        (2, 1, 1, 1, None, 754, True),
        (2, 2, 2, 0, 15_000, 15_000, False),
        (3, 1, 2, 0, 15_000, 15_000, False),
        pytest.param(2, 1, 4, 1, None, 213_178, True, marks=pytest.mark.slow),
        pytest.param(3, 2, 2, 1, 1_000_000, 1_000_000, False, marks=pytest.mark.slow),
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
    found = conform(SessionCluster(servers, terms, commands, crashes), most)
    assert found.deviation is None, str(found.deviation)
    assert found.complete == complete
    assert found.worlds - worlds in range(5)
    assert (found.never, found.whole) == ((), 0)


def found_in(servers: int, terms: int, commands: int) -> Deviation:
    found = conform(SessionCluster(servers, terms, commands), 30_000).deviation
    assert found is not None
    return found


def test_a_command_that_is_executed_twice(monkeypatch: Patch) -> None:
    def used(session: Session, index: Index, answered: int) -> Session:
        return Session(session.name, index)  # what was answered is forgotten

    monkeypatch.setattr(sessions, "used", used)
    found = found_in(2, 1, 2)
    assert any("executed" in x for x in found.differences), str(found)


def test_a_session_that_does_not_end(monkeypatch: Patch) -> None:
    monkeypatch.setattr(Sessions, "without", lambda self, name: self)
    found = found_in(2, 1, 1)
    assert any("ended" in x for x in found.differences), str(found)


def test_an_ended_session_that_is_opened_again(monkeypatch: Patch) -> None:
    right = Sessions.find

    def find(self: Sessions, name: Index) -> Session | None:
        return right(self, name) or Session(name, name)

    def having(self: Sessions, new: Session) -> Sessions:
        return replace(self, open=(new,))

    monkeypatch.setattr(sessions.Sessions, "find", find)
    monkeypatch.setattr(sessions.Sessions, "having", having)
    found = found_in(2, 1, 2)
    assert any("ended" in x for x in found.differences), str(found)


def test_an_answer_to_a_repeated_command_that_is_not_the_first(monkeypatch: Patch) -> None:
    """6.3: the answer is remembered, and not made anew."""

    def used(session: Session, index: Index, answered: int) -> Session:
        kept = tuple((n, bytes([r[0] + 1])) for n, r in session.responses)
        return Session(session.name, index, answered, kept)

    monkeypatch.setattr(sessions, "used", used)
    found = found_in(2, 1, 2)
    assert found.differences, str(found)

"""Every interleaving of small clusters of the Multi-Paxos program is allowed by the specification;
mistakes, made in the program, are not, and the deviation is named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from ballotproof.impl.core import Persist, Send
from ballotproof.impl.paxos.multi import acceptors, answers, leaders, server
from ballotproof.impl.paxos.multi import step as program
from ballotproof.impl.paxos.multi.messages import Entry, Noop, Promise
from ballotproof.impl.paxos.multi.server import Effect, Input, Server
from ballotproof.impl.refine.exhaustive import Deviation, conform
from ballotproof.impl.refine.paxos.multi import MultiCluster

Effects = Sequence[Effect]
Patch = pytest.MonkeyPatch

REPLACED: dict[str, Any] = {"founders": (0,), "groups": ((1,),)}


@pytest.mark.parametrize(
    ("bounds", "worlds", "events"),
    [
        ({"leaders": (0,)}, 39_931, 123_154),
        ({"slots": 1}, 25_565, 105_208),
        (REPLACED, 4_640, 12_902),
        (REPLACED | {"crashes": 1}, 16_506, 61_001),
        ({"leaders": (0,), "slots": 1, "rounds": 2}, 3_663, 11_558),
    ],
)
def test_every_event_is_steps_of_the_specification(
    bounds: dict[str, Any], worlds: int, events: int
) -> None:
    found = conform(MultiCluster(**bounds))
    assert found.deviation is None, str(found.deviation)
    assert found.complete
    assert (found.worlds, found.events) == (worlds, events)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bounds", "never"),
    [
        ({"window": 2, "commands": 2}, ("reconfigure",)),
        ({"servers": 3, "founders": (0, 1), "groups": ((1, 2),)}, ("fill_gap",)),
        (REPLACED | {"window": 2, "slots": 3, "rounds": 2}, ("repropose", "fill_gap")),
        ({"servers": 3, "slots": 1}, ("fill_gap", "reconfigure")),
    ],
)
def test_the_first_million_worlds_of_larger_clusters(
    bounds: dict[str, Any], never: tuple[str, ...]
) -> None:
    """About a minute each. What some of them never do, others do."""
    found = conform(MultiCluster(**bounds), most_worlds=1_000_000)
    assert found.deviation is None, str(found.deviation)
    assert found.never == never


# -------------------------------------------------------------------------------- mistakes
def deviation_of(cluster: MultiCluster) -> Deviation:
    found = conform(cluster, most_worlds=200_000)
    assert found.deviation is not None
    return found.deviation


class Spoiled(MultiCluster):
    """Cores whose effects are changed before the host sees them."""

    def __init__(self, change: Callable[[Effects], Effects], **bounds: Any) -> None:
        super().__init__(crashes=1, **bounds)
        self.change = change

    def step(self, core: Server, given: Input) -> tuple[Server, Effects]:
        core, effects = program.step(core, given)
        return core, self.change(effects)


def late(effects: Effects) -> Effects:
    return sorted(effects, key=lambda e: isinstance(e, Persist))


def without_votes(effects: Effects) -> Effects:
    return [Persist(replace(e.record, votes=())) if isinstance(e, Persist) else e for e in effects]


def without_chosen(effects: Effects) -> Effects:
    return [Persist(replace(e.record, chosen=())) if isinstance(e, Persist) else e for e in effects]


@pytest.mark.parametrize("change", [late, without_votes, without_chosen])
def test_what_is_not_stored_in_time_is_missed(change: Callable[[Effects], Effects]) -> None:
    wrong = deviation_of(Spoiled(change, leaders=(0,), slots=1))
    assert wrong.events[-1].crash is not None


def test_a_vote_against_a_promise_is_refused(monkeypatch: Patch) -> None:
    monkeypatch.setattr(acceptors, "refusal", lambda s, sender, ballot: ())
    wrong = deviation_of(MultiCluster(slots=1))
    assert wrong.refused is not None
    assert wrong.refused[0] in {"promise", "accept"}


def test_a_promise_that_hides_votes_is_no_step(monkeypatch: Patch) -> None:
    right = acceptors.on_prepare

    def on_prepare(s: Server, sender: int, m: Any) -> tuple[Server, Effects]:
        s, effects = right(s, sender, m)
        return s, tuple(
            Send(e.to, replace(e.message, votes=()))
            if isinstance(e, Send) and isinstance(e.message, Promise)
            else e
            for e in effects
        )

    monkeypatch.setattr(program, "on_prepare", on_prepare)
    wrong = deviation_of(MultiCluster(slots=1))
    assert any("Promise" in x for x in wrong.differences)


def test_an_entry_of_ones_own_against_reported_votes_is_refused(monkeypatch: Patch) -> None:
    right = answers.on_promise

    def on_promise(s: Server, sender: int, m: Promise) -> tuple[Server, Effects]:
        return right(s, sender, replace(m, votes=()))

    monkeypatch.setattr(program, "on_promise", on_promise)
    wrong = deviation_of(MultiCluster(slots=1))
    assert wrong.refused is not None
    assert wrong.refused[0] == "propose"


def test_a_noop_where_a_vote_was_reported_is_refused(monkeypatch: Patch) -> None:
    def next_entry(reported: Any, last: int, slot: int, waiting: list[Entry]) -> Entry | None:
        return Noop() if slot <= last else waiting.pop(0) if waiting else None

    monkeypatch.setattr(leaders, "next_entry", next_entry)
    wrong = deviation_of(MultiCluster(slots=1))
    assert wrong.refused is not None
    assert wrong.refused[0] == "fill_gap"


def test_a_quorum_of_any_group_is_refused(monkeypatch: Patch) -> None:
    """Votes are counted in the group that decides the next slot, whichever slot they are for."""
    right = Server.decides

    def decides(s: Server, slot: int, servers: frozenset[int]) -> bool:
        return right(s, s.executed + 1, servers)

    monkeypatch.setattr(Server, "decides", decides)
    wrong = deviation_of(MultiCluster(**REPLACED, leaders=(0,), window=2, slots=3, commands=2))
    assert wrong.refused is not None
    assert wrong.refused[0] == "propose"


def test_a_window_that_is_not_kept_is_refused(monkeypatch: Patch) -> None:
    """A leader that proposes further than it knows who decides."""

    class TooFar(MultiCluster):
        def __init__(self) -> None:
            super().__init__(**REPLACED, leaders=(0,))
            self.options = server.Options(window=2)

    wrong = deviation_of(TooFar())
    assert wrong.refused is not None
    assert wrong.refused[0] in {"propose", "reconfigure"}


def test_a_quorum_of_one_is_refused(monkeypatch: Patch) -> None:
    monkeypatch.setattr(Server, "decides", lambda s, slot, servers: bool(servers))
    wrong = deviation_of(MultiCluster(leaders=(0,), slots=1))
    assert wrong.refused is not None
    assert wrong.refused[0] == "propose"

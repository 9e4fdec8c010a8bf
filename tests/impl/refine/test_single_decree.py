"""Every interleaving of small clusters of the Paxos program is allowed by the specification; each
of the classic mistakes, made in the program, is not, and the deviation is named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from ballotproof.impl.core import Persist, Send
from ballotproof.impl.paxos import single_decree as program
from ballotproof.impl.refine.exhaustive import Deviation, conform
from ballotproof.impl.refine.paxos.single_decree import (
    OverheardCluster,
    SingleDecreeCluster,
    divided,
)
from ballotproof.impl.refine.world import Crash, Event

Effects = Sequence[program.Effect]


@pytest.mark.parametrize(
    ("servers", "proposers", "rounds", "crashes", "worlds", "events"),
    [
        (2, 2, 1, 0, 5_185, 23_600),
        (3, 1, 1, 0, 5_501, 18_490),
        (2, 2, 1, 1, 65_745, 334_344),
        (2, 1, 2, 1, 57_428, 284_152),
    ],
)
def test_every_event_is_a_step_of_the_specification(
    servers: int, proposers: int, rounds: int, crashes: int, worlds: int, events: int
) -> None:
    found = conform(SingleDecreeCluster(servers, proposers, rounds, crashes))
    assert found.deviation is None, str(found.deviation)
    assert found.complete
    assert found.never == ()
    assert (found.worlds, found.events) == (worlds, events)


def test_answers_of_a_server_that_is_no_member_are_nothing() -> None:
    found = conform(OverheardCluster(2, 1, 1))
    assert found.deviation is None, str(found.deviation)
    assert found.complete
    assert found.never == ()
    assert (found.worlds, found.events) == (141, 350)


def test_2_2_a_third_ballot_that_hears_of_two_votes() -> None:
    """What may follow is steps of the specification: the value of the higher ballot is proposed, or
    none. To propose the lower one is not."""
    cluster, begin = divided()
    found = conform(cluster, 20_000, begin=begin)
    assert found.deviation is None, str(found.deviation)
    assert found.worlds >= 20_000
    assert found.never == ()


def test_p2c_the_value_of_the_lower_ballot(monkeypatch: pytest.MonkeyPatch) -> None:
    right = program.on_promise

    def on_promise(
        s: program.Server, sender: int, m: program.Promise
    ) -> tuple[program.Server, program.Effects]:
        s, effects = right(s, sender, m)
        match s.leading:
            case program.Proposing(program.Ballot(2, 0) as ballot):
                return s, program.broadcast(s, program.Accept(ballot, b"a")) if effects else ()
            case _:
                return s, effects

    monkeypatch.setattr(program, "on_promise", on_promise)
    cluster, begin = divided()
    found = conform(cluster, 20_000, begin=begin).deviation
    assert found is not None
    assert [name for name, _ in found.claimed] == ["propose"]
    assert found.refused == found.claimed[0]


def test_a_value_that_is_learned_across_ballots(monkeypatch: pytest.MonkeyPatch) -> None:
    """2.3: an acceptance counts for its ballot, not for its value."""

    def on_accepted(
        s: program.Server, sender: int, m: program.Accepted
    ) -> tuple[program.Server, program.Effects]:
        s = replace(s, votes=s.votes | {(sender, program.Vote(m.ballot, m.value))})
        by = {a for a, v in s.votes if v.value == m.value}
        return program.learn(s, m.value) if len(by) >= s.quorum else (s, ())

    monkeypatch.setattr(program, "on_accepted", on_accepted)
    found = conform(SingleDecreeCluster(2, 1, 2), 20_000).deviation
    assert found is not None
    assert found.refused is not None, str(found)
    assert found.refused[0] == "learn"


def test_what_cannot_happen_is_no_beginning() -> None:
    with pytest.raises(ValueError, match="cannot happen"):
        conform(SingleDecreeCluster(), begin=[Event(2, program.Propose(b"a"))])


def test_a_limit_is_said() -> None:
    found = conform(SingleDecreeCluster(), most_worlds=1_000)
    assert found.deviation is None
    assert not found.complete
    assert found.worlds >= 1_000


# -------------------------------------------------------------------------------- mistakes
def deviation_of(cluster: SingleDecreeCluster) -> Deviation:
    found = conform(cluster, most_worlds=200_000)
    assert found.deviation is not None
    assert not found.complete
    return found.deviation


class Spoiled(SingleDecreeCluster):
    """Cores whose effects are changed before the host sees them."""

    def __init__(self, change: Callable[[Effects], Effects], servers: int, rounds: int = 1) -> None:
        super().__init__(servers, 1, rounds, crashes=1)
        self.change = change

    def step(
        self, core: program.Server, given: program.Input
    ) -> tuple[program.Server, Sequence[program.Effect]]:
        core, effects = program.step(core, given)
        return core, self.change(effects)


def late(effects: Effects) -> Effects:
    """What is to be persisted comes last."""
    return sorted(effects, key=lambda e: isinstance(e, Persist))


def without_votes(effects: Effects) -> Effects:
    """The vote does not reach the disk."""
    return [Persist(replace(e.record, vote=None)) if isinstance(e, Persist) else e for e in effects]


def without_rounds(effects: Effects) -> Effects:
    """The round does not reach the disk."""
    return [Persist(replace(e.record, round=0)) if isinstance(e, Persist) else e for e in effects]


def test_a_promise_given_before_it_is_stored_is_forgotten() -> None:
    wrong = deviation_of(Spoiled(late, servers=2))
    assert wrong.events[-1].crash == Crash(1)
    assert "promised" in str(wrong)


def test_a_vote_that_is_not_stored_is_forgotten() -> None:
    wrong = deviation_of(Spoiled(without_votes, servers=2))
    assert wrong.events[-1].crash is not None
    assert any("vote" in x for x in wrong.differences)


def test_a_round_that_is_not_stored_is_used_twice() -> None:
    """After the crash another client asks, and the leader proposes again in the same ballot. It has
    not promised itself anything: then it would know of the ballot from that."""

    class TwoClients(Spoiled):
        def __init__(self) -> None:
            super().__init__(without_rounds, servers=3)
            other = SingleDecreeCluster(3, 2, 1)
            self.value, self.ballot, self.model = other.value, other.ballot, other.model

        def inputs(self, core: program.Server) -> list[program.Input]:
            fresh = core.wanted is None and core.durable == program.Durable()
            return [program.Propose(b"a"), program.Propose(b"b")] * (core.me == 0 and fresh)

    wrong = deviation_of(TwoClients())
    assert wrong.refused is not None
    assert wrong.refused[0] == "propose"


def test_a_vote_against_a_promise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def on_accept(
        s: program.Server, sender: int, m: program.Accept
    ) -> tuple[program.Server, Effects]:
        promised = max(s.durable.promised or m.ballot, m.ballot)
        durable = replace(s.durable, promised=promised, vote=program.Vote(m.ballot, m.value))
        told = program.broadcast(s, program.Accepted(m.ballot, m.value))
        return replace(s, durable=durable), (Persist(durable), *told)

    monkeypatch.setattr(program, "on_accept", on_accept)
    wrong = deviation_of(SingleDecreeCluster(2, 2, 1))
    assert wrong.refused is not None
    assert wrong.refused[0] == "accept"


def test_a_value_of_ones_own_against_reported_votes_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right = program.on_promise

    def on_promise(
        s: program.Server, sender: int, m: program.Promise
    ) -> tuple[program.Server, Effects]:
        return right(s, sender, replace(m, vote=None))

    monkeypatch.setattr(program, "on_promise", on_promise)
    wrong = deviation_of(SingleDecreeCluster(2, 2, 1))
    assert wrong.refused is not None
    assert wrong.refused[0] == "propose"


def test_a_quorum_of_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program.Server, "quorum", property(lambda s: 1))
    wrong = deviation_of(SingleDecreeCluster(3, 1, 1))
    assert wrong.refused is not None
    assert wrong.refused[0] == "propose"
    assert len(wrong.events) == 3


def test_a_promise_that_hides_a_vote_is_no_step(monkeypatch: pytest.MonkeyPatch) -> None:
    right = program.on_prepare

    def on_prepare(
        s: program.Server, sender: int, m: program.Prepare
    ) -> tuple[program.Server, Effects]:
        s, effects = right(s, sender, m)
        return s, tuple(
            Send(e.to, replace(e.message, vote=None))
            if isinstance(e, Send) and isinstance(e.message, program.Promise)
            else e
            for e in effects
        )

    monkeypatch.setattr(program, "on_prepare", on_prepare)
    wrong = deviation_of(SingleDecreeCluster(2, 2, 1))
    assert wrong.refused is None
    assert any("Promise" in x for x in wrong.differences)

"""Elements that are believed never to occur: they get no bit, and cost no answer.

Goal: what is stored of a set is narrower than its domain, and no figure tells. Method: records of
which the parts are compared by hand; searches that have been shown next to nothing beforehand, so
that what they believe turns out to be wrong, against the interpreter.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.backends.native import layout, patterns, search
from ballotproof.model_check.backends.native.machine import Compiled, Interpreted
from ballotproof.model_check.backends.native.packing import Packing
from ballotproof.model_check.backends.native.patterns import Patterns, facts
from ballotproof.model_check.backends.native.search import native
from ballotproof.model_check.discover import shipped
from ballotproof.model_check.explore.claims import Claims
from ballotproof.model_check.explore.search import Limits
from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.ir.sorts import ElementSort, OptionSort, RecordSort
from ballotproof.spec.consensus import Value
from ballotproof.spec.lang import (
    Map,
    Model,
    Protocol,
    Set,
    Sort,
    TotalOrder,
    action,
    fill,
    record,
    require,
)
from ballotproof.spec.lang.errors import Unsupported
from ballotproof.spec.paxos.single_decree import SingleDecree
from ballotproof.spec.voting import Acceptor, Ballot

from ....agree.random_specs import from_seed
from ....agree.test_native import agree
from ....agree.two_engines import loaded

BALLOT = ElementSort("Ballot", ordered=True)
NODE = ElementSort("Node")
VOTE = RecordSort("Vote", (("ballot", BALLOT), ("by", NODE)))
PROMISE = RecordSort("Promise", (("by", NODE), ("ballot", BALLOT), ("vote", OptionSort(VOTE))))


def test_facts_of_a_record() -> None:
    assert facts(PROMISE, (0, 1, 3, None)) == {".2-"}
    assert facts(PROMISE, (0, 1, 3, (1, 2, 0))) == {".2?", ".0!.2.1", ".1>.2.0"}
    assert facts(PROMISE, (0, 1, 3, (1, 3, 1))) == {".2?", ".0=.2.1", ".1=.2.0"}


def test_only_what_compares_like_something_seen_is_admitted() -> None:
    seen = Patterns()
    votes: list[tuple[Any, ...]] = [(0, a, b, None) for a in range(2) for b in range(3)]
    votes += [(0, a, b, (1, c, a)) for a in range(2) for b in range(3) for c in range(b)]
    other = (0, 0, 1, (1, 2, 0))
    domain = (*votes, other, (0, 0, 1, (1, 0, 1)))
    assert all(seen.admits(PROMISE, domain))  # nothing is known
    for x in votes[:-1]:
        seen.note(PROMISE, x)
    assert seen.admits(PROMISE, domain) == [*[True] * len(votes), False, False]
    again = Patterns()
    again.restore(seen.record())
    assert again.admits(PROMISE, domain) == seen.admits(PROMISE, domain)
    seen.widen("Promise")
    seen.note(PROMISE, other)
    assert seen.admits(PROMISE, domain) == [*[True] * len(votes), True, False]
    seen.widen("Promise")
    assert all(seen.admits(PROMISE, domain))


def paxos(ballots: int) -> Model:
    sizes = {Acceptor: 3, Ballot: ballots, Value: 2}
    return Model(name="paxos", protocol=SingleDecree, sizes=sizes)


def test_a_promise_reports_votes_of_lower_ballots_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """3 acceptors, 4 ballots, 2 values: 48 promises of 108."""
    sizes: list[int] = []
    of = Packing.of

    def noted(made: layout.Layout) -> Packing:
        packing = of(made)
        sizes.append(packing.bits)
        return packing

    monkeypatch.setattr(Packing, "of", noted)
    model = paxos(4)
    system = Interpreter(read(model.protocol, model), model)
    native(system, Claims(system), Limits(states=10))
    assert sizes == [165 - 60]


class Place(TotalOrder):
    """Where something is."""


class Walker(Sort):
    """Who goes."""


@record
class Walk:
    start: Place
    end: Place
    who: Walker


class There(Protocol):
    """All go up, and only from the last place back."""

    at: Map[Walker, Place]
    sent: Set[Walk]

    def init(self) -> None:
        self.at = fill(Walker, Place.first())
        self.sent = Set()

    @action
    def up(self, who: Walker, to: Place) -> None:
        require(self.at[who] < to)
        self.sent.add(Walk(self.at[who], to, who))
        self.at[who] = to

    @action
    def back(self, who: Walker, to: Place) -> None:
        require(all(self.at[who] >= p for p in Place))
        require(to < self.at[who])
        self.sent.add(Walk(self.at[who], to, who))


THERE = Model(name="there and back", protocol=There, sizes={Place: 4, Walker: 2})


def shown_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few states beforehand, from which much is concluded."""
    monkeypatch.setattr(search, "SAMPLE", 6)
    monkeypatch.setattr(search, "WALKS", 0)
    monkeypatch.setattr(patterns, "FEWEST", 1)
    monkeypatch.setattr(layout, "FEWEST_BITS", 1)


@pytest.mark.parametrize("code", [Interpreted, Compiled])
def test_a_belief_that_is_wrong_costs_a_new_start(
    code: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown_nothing(monkeypatch)
    widened: list[str] = []
    widen = Patterns.widen

    def noted(self: Patterns, name: str) -> None:
        widened.append(name)
        widen(self, name)

    monkeypatch.setattr(Patterns, "widen", noted)
    agree(THERE, Limits(), code)
    assert "Walk" in widened


def test_shipped_models_with_beliefs_that_are_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    shown_nothing(monkeypatch)
    for identity in (
        "paxos.single_decree/3-acceptors-2-ballots",
        "paxos.crash/2-acceptors-2-ballots-1-restart",
        "raft.election/3-servers-1-term-1-restart",
        "broken.paxos_own_value/3-acceptors-2-ballots",
    ):
        (found,) = [f for f in shipped() if f.identity == identity]
        agree(found.model, Limits(states=8_000), Compiled)


def test_random_specifications_with_beliefs_that_are_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown_nothing(monkeypatch)
    for seed in range(40, 52):
        with loaded(from_seed(seed).text) as (model,), suppress(Unsupported):
            agree(model, Limits(states=200), Interpreted, ())

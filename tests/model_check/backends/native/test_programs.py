"""Programs that are kept: a run that finds one makes none, and searches as the one that made it.

Goal: nothing that a program is made of can change without the name under which it is kept.
Method: searches with a cache of their own, one after the other, with what is made counted; names of
models that differ in one thing. What happens when a text is edited is in ``test_cache``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.backends.native import programs, search
from ballotproof.model_check.backends.native.cache import PROGRAM, Cache
from ballotproof.model_check.backends.native.layout import Bounds
from ballotproof.model_check.backends.native.machine import Interpreted
from ballotproof.model_check.backends.native.programs import Programs
from ballotproof.model_check.backends.native.search import native, sample
from ballotproof.model_check.explore.claims import Claims
from ballotproof.model_check.explore.resources import Resources
from ballotproof.model_check.explore.search import Exploration
from ballotproof.model_check.frontend.read import read
from ballotproof.spec.consensus import Value
from ballotproof.spec.lang import (
    BagNetwork,
    Const,
    Map,
    Model,
    Protocol,
    Sort,
    action,
    fill,
    invariant,
    require,
)
from ballotproof.spec.lang.quorum import at_least
from ballotproof.spec.paxos.single_decree import SingleDecree
from ballotproof.spec.raft.election import Server, Term
from ballotproof.spec.raft.replication import Raft
from ballotproof.spec.raft.replication import Value as Command
from ballotproof.spec.voting import Acceptor, Ballot, Quorum

PAXOS = Model(name="m", protocol=SingleDecree, sizes={Acceptor: 3, Ballot: 2, Value: 1})
RAFT = Model(
    name="m",
    protocol=Raft,
    sizes={Server: 2, Term: 2, Command: 1},
    constants={"max_log": 1},
    network=BagNetwork(capacity=1),
)


class Node(Sort): ...


class Doubling(Protocol):
    """A number that outgrows what is seen of it beforehand."""

    top = Const[int]()
    at: Map[Node, int]

    def init(self) -> None:
        self.at = fill(Node, 1)

    @action
    def up(self, n: Node) -> None:
        require(self.at[n] < self.top)
        self.at[n] = self.at[n] + 1

    @invariant
    def within(self) -> bool:
        return all(self.at[n] <= self.top for n in Node)


DOUBLING = Model(name="m", protocol=Doubling, sizes={Node: 1}, constants={"top": 1000})
TINY = replace(DOUBLING, sizes={Node: 2}, constants={"top": 2})


def system_of(model: Model) -> Interpreter:
    return Interpreter(read(model.protocol, model), model)


class Count:
    """What was made, and looked at beforehand."""

    made = 0
    sampled = 0


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> Count:
    found = Count()
    make = programs.made_program

    def made(*given: Any, **options: Any) -> Any:
        found.made += 1
        return make(*given, **options)

    def sampled(system: Interpreter, bounds: Bounds) -> None:
        found.sampled += 1
        sample(system, bounds)

    monkeypatch.setattr(programs, "made_program", made)
    monkeypatch.setattr(search, "sample", sampled)
    return found


def searched(model: Model, kept: Path | None, **options: Any) -> Exploration:
    system = system_of(model)
    symmetry = system.symmetry() if options.pop("symmetry", False) else None
    claims = Claims(system, options.pop("selected", None))
    cache = Cache(kept, kind=PROGRAM)
    return native(system, claims, kept=cache, code=Interpreted, symmetry=symmetry, **options)


def figures(found: Exploration) -> tuple[Any, ...]:
    return found.states, found.transitions, found.depth, found.actions, found.levels


@pytest.mark.parametrize("model", [PAXOS, RAFT, DOUBLING], ids=["paxos", "raft", "doubling"])
def test_what_is_kept_searches_as_what_was_made(tmp_path: Path, count: Count, model: Model) -> None:
    alone = searched(model, None)
    made_once = count.made
    made = searched(model, tmp_path)
    assert (count.made, count.sampled) == (2 * made_once, 2)
    again = searched(model, tmp_path)
    assert (count.made, count.sampled) == (2 * made_once, 2)  # neither made nor looked at
    assert figures(alone) == figures(made) == figures(again)


def test_the_doubling_number_starts_again() -> None:
    """So that the test above is also one of a search that does."""
    system = system_of(DOUBLING)
    bounds = Bounds()
    sample(system, bounds)
    assert bounds.high["at"] < 1000


def test_a_kept_program_is_the_one_that_would_be_made(tmp_path: Path) -> None:
    for model in (PAXOS, RAFT):
        for symmetric in (False, True):
            system = system_of(model)
            kept = Programs(system, Cache(tmp_path, kind=PROGRAM))
            symmetry = system.symmetry() if symmetric else None
            sources = []
            for _ in range(2):
                bounds = Bounds()
                if not kept.observed(bounds):
                    sample(system, bounds)
                    bounds.level()
                    kept.keep_observed(bounds)
                sources.append(kept.program(Claims(system), bounds, symmetry))
            made, found = sources
            for name in ("text", "packing", "words", "actions", "batch", "successors", "record",
                         "scratch", "saved", "pending", "factors", "stride"):  # fmt: skip
                assert getattr(made, name) == getattr(found, name), name
            assert found.spans == {}
            assert made.spans
            assert made.layout.places == found.layout.places
            assert vars(made.bounds) | {"kinds": 0, "patterns": 0} == vars(found.bounds) | {
                "kinds": 0,
                "patterns": 0,
            }
            assert made.bounds.patterns.record() == found.bounds.patterns.record()


def test_another_search_is_another_program(tmp_path: Path, count: Count) -> None:
    searched(TINY, tmp_path)
    others: list[dict[str, Any]] = [
        {"symmetry": True},
        {"selected": ()},
        {"resources": Resources(fingerprint=1)},
    ]
    for number, options in enumerate(others, 2):
        searched(TINY, tmp_path, **options)
        assert count.made == number
    assert count.sampled == 1


def test_another_model_is_another_name(tmp_path: Path) -> None:
    models = [
        PAXOS,
        replace(PAXOS, sizes={Acceptor: 3, Ballot: 3, Value: 1}),
        replace(PAXOS, sizes={Acceptor: 4, Ballot: 2, Value: 1}),
        replace(PAXOS, quorums={Quorum: at_least(3)}),
        replace(PAXOS, lengths=3),
        replace(PAXOS, integers=(0, 3)),
        RAFT,
        replace(RAFT, constants={"max_log": 2}),
        replace(RAFT, network=BagNetwork(capacity=2)),
        replace(RAFT, network=BagNetwork(capacity=1, loses=True)),
        replace(RAFT, network=None),
        replace(RAFT, restarts=1),
    ]
    names = {
        Programs(system_of(model), Cache(tmp_path, kind=PROGRAM))._name("room") for model in models
    }
    assert len(names) == len(models)


def test_an_edit_of_our_own_is_another_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = Path(programs.__file__).parents[2]
    lower = ours / "backends" / "native" / "lower.py"
    read_text = Path.read_text

    def edited(self: Path, **options: Any) -> str:
        text = read_text(self, **options)
        return text + "# edited\n" if self == lower else text

    before = programs._own_text()
    programs._own_text.cache_clear()
    assert programs._own_text() == before
    programs._own_text.cache_clear()
    monkeypatch.setattr(Path, "read_text", edited)
    assert programs._own_text() != before
    programs._own_text.cache_clear()


def test_without_a_text_of_our_own_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: Count
) -> None:
    monkeypatch.setattr(programs, "_own_text", lambda: "")
    searched(TINY, tmp_path)
    searched(TINY, tmp_path)
    assert count.made == 2
    assert not list(tmp_path.iterdir())


def test_a_damaged_entry_is_made_again(tmp_path: Path, count: Count) -> None:
    first = searched(TINY, tmp_path)
    for entry in tmp_path.iterdir():
        entry.write_bytes(entry.read_bytes()[:-1])
    assert figures(searched(TINY, tmp_path)) == figures(first)
    assert (count.made, count.sampled) == (2, 2)

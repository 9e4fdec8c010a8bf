"""A search spread over workers gives the figures of one that is not, whatever happens to them.

Method: everything with workers that are objects of this process (:mod:`.fake_ray`), with small
boxes, so that they meet all the time; and the same with Ray, on several nodes of a cluster on this
machine, some of whose workers are killed. The second part needs Ray: ``make test-scale``.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import pytest
from click.testing import CliRunner

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.backends.native import member
from ballotproof.model_check.backends.native.cluster import Clustered, Spread
from ballotproof.model_check.backends.native.search import native
from ballotproof.model_check.cli import main
from ballotproof.model_check.discover import find
from ballotproof.model_check.explore.claims import Claims
from ballotproof.model_check.explore.search import Exploration, Limits, Why
from ballotproof.model_check.frontend.read import read
from ballotproof.spec.lang.model import Model

from .fake_ray import FakeRay

NEEDS_RAY = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="Ray is not installed: make test-scale"
)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeRay:
    made = FakeRay()
    monkeypatch.setitem(sys.modules, "ray", made)
    return made


def searched(
    identity: str | Model,
    spread: Spread | None,
    limits: Limits | None = None,
    *,
    symmetric: bool = False,
) -> Exploration:
    """By one process, or by workers."""
    model = find(identity)[0].model if isinstance(identity, str) else identity
    system = Interpreter(read(model.protocol, model), model)
    selected = None if model.properties is None else set(model.properties)
    return native(
        system,
        Claims(system, selected, deadlock=model.deadlock),
        limits or Limits(),
        symmetry=system.symmetry() if symmetric else None,
        make=None if spread is None else partial(Clustered, spread=spread),
    )


def figures(found: Exploration) -> dict[str, Any]:
    return {
        "initial": found.initial,
        "states": found.states,
        "outside": found.outside,
        "transitions": found.transitions,
        "levels": found.levels,
        "depth": found.depth,
        "actions": {
            a: (c.transitions, c.enabled_in, c.discovered) for a, c in found.actions.items()
        },
        "unreached": found.unreached,
        "vacuous": set(found.vacuous),
        "findings": {(f.kind, f.name) for f in found.findings},
        "stopped": found.stopped,
    }


def shortest(found: Exploration) -> list[int]:
    return [len(f.path.steps) for f in found.findings if f.path is not None]


SOUND = (
    "paxos.single_decree/3-acceptors-2-ballots",
    "commit.two_phase/5-resource-managers",
    "raft.ongaro/r2a-2-servers-term-2-log-1",  # a constraint, and an action that never happens
)


@pytest.mark.parametrize("identity", SOUND)
def test_one_two_and_four_workers(fake: FakeRay, identity: str) -> None:
    alone = figures(searched(identity, None))
    for workers in (1, 2, 4):
        assert figures(searched(identity, Spread(workers, box=64, every_s=0))) == alone, workers
    assert fake.sent


@pytest.mark.parametrize("workers", [1, 3])
def test_the_shortest_counterexample(fake: FakeRay, workers: int) -> None:
    for identity in ("broken.paxos_own_value", "broken.twopc_forgotten_decision"):
        alone = searched(identity, None)
        found = searched(identity, Spread(workers, box=64))
        assert found.halted
        assert shortest(found) == shortest(alone) != []


def test_symmetry(fake: FakeRay) -> None:
    alone = figures(searched(SOUND[0], None, symmetric=True))
    assert figures(searched(SOUND[0], Spread(3, box=64), symmetric=True)) == alone
    assert alone["states"] < 3_921
    here = searched("broken.paxos_own_value", None, symmetric=True)
    found = searched("broken.paxos_own_value", Spread(2, box=64), symmetric=True)
    assert shortest(found) == shortest(here)


@pytest.mark.parametrize("every_s", [0.0, 1e9])
def test_workers_that_are_lost(fake: FakeRay, every_s: float) -> None:
    """In the middle of a level, from time to time; copied at each level, or never."""
    alone = figures(searched(SOUND[0], None))
    spread = Spread(3, box=64, every_s=every_s)
    rounds = 0

    def lose(actors: Sequence[Any]) -> None:
        nonlocal rounds
        rounds += 1
        if rounds in (5, 12, 18):
            fake.kill(actors[rounds % 3])

    spread.on_round = lose
    assert figures(searched(SOUND[0], spread)) == alone
    assert len(fake.actors) == 3 * 4


def test_workers_that_are_lost_for_ever(fake: FakeRay) -> None:
    spread = Spread(2)
    spread.on_round = lambda actors: fake.kill(actors[0])
    found = searched(SOUND[0], spread)
    assert found.stopped is Why.WORKERS
    assert len(fake.actors) == 2 * 4


def test_what_was_sent_is_not_sent_again(fake: FakeRay, monkeypatch: pytest.MonkeyPatch) -> None:
    def received() -> int:
        fake.sent.clear()
        searched(SOUND[0], Spread(2, box=1 << 12))
        return sum(fake.sent)

    with_filter = received()
    monkeypatch.setattr(member, "FILTER", 1)
    assert with_filter < 0.85 * received()


def test_limits_and_interruption(fake: FakeRay) -> None:
    found = searched(SOUND[0], Spread(2, box=64), Limits(states=500))
    assert found.stopped is Why.STATES
    assert 500 <= found.states <= 3_921
    found = searched(SOUND[0], Spread(2), Limits(depth=7))
    assert (found.stopped, found.depth) == (Why.DEPTH, 7)
    spread = Spread(2)
    spread.on_round = lambda actors: signal.raise_signal(signal.SIGINT)
    assert searched(SOUND[0], spread).stopped is Why.INTERRUPTED
    assert not any(actor.is_alive for actor in fake.actors)


def test_the_command_without_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    target = ["check", "paxos.single_decree", "--cluster", "local"]
    result = CliRunner().invoke(main, [*target, "--engine", "native"])
    assert result.exit_code == 64
    assert "pip install 'ballotproof[scale]'" in result.output
    result = CliRunner().invoke(main, target)
    assert result.exit_code == 64
    assert "add --engine native" in result.output
    result = CliRunner().invoke(main, [*target, "--engine", "native", "--checkpoint", "x"])
    assert result.exit_code == 64


# ----------------------------------------------------------------------------------- with Ray
@pytest.fixture(scope="module")
def nodes() -> Iterator[None]:
    """A cluster of three nodes on this machine."""
    ray = importlib.import_module("ray")
    cluster_utils = importlib.import_module("ray.cluster_utils")
    small = {"num_cpus": 2, "object_store_memory": 100 << 20}
    cluster = cluster_utils.Cluster(
        initialize_head=True, head_node_args={**small, "include_dashboard": False}
    )
    for _ in range(2):
        cluster.add_node(**small)
    ray.init(address=cluster.address, log_to_driver=False, logging_level="error")
    yield
    ray.shutdown()
    cluster.shutdown()


@NEEDS_RAY
@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.usefixtures("nodes")
def test_ray_gives_the_same_figures_on_one_two_and_four_workers() -> None:
    alone = figures(searched(SOUND[0], None))
    for workers in (1, 2, 4):
        assert figures(searched(SOUND[0], Spread(workers))) == alone, workers
    found = searched("broken.paxos_own_value", Spread(2), symmetric=True)
    assert shortest(found) == shortest(searched("broken.paxos_own_value", None))


@NEEDS_RAY
@pytest.mark.slow
@pytest.mark.filterwarnings("default")
@pytest.mark.usefixtures("nodes")
def test_a_worker_that_is_killed_is_replaced() -> None:
    """By SIGKILL, in the middle of a level of a model of 185,369 states."""
    ray = importlib.import_module("ray")
    model = find("paxos.single_decree/3-acceptors-3-ballots")[0].model
    alone = figures(searched(model, None))
    spread = Spread(3, every_s=0)
    rounds = 0

    def kill(actors: Sequence[Any]) -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 17:
            os.kill(ray.get(actors[1].process.remote()), signal.SIGKILL)

    spread.on_round = kill
    assert figures(searched(model, spread)) == alone
    assert rounds > 17

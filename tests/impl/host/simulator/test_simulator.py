"""The simulator itself: the same seed is the same run, faults happen, failing runs become small."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ballotproof.impl.core import Persist
from ballotproof.impl.host.simulator.decisions import Chance
from ballotproof.impl.host.simulator.faults import Call, Crash, Cut, Dose, Pause, SyncFails
from ballotproof.impl.host.simulator.minimise import minimise
from ballotproof.impl.host.simulator.raft import RaftProgram
from ballotproof.impl.host.simulator.runs import HASTY, KINDS, Run, run_of
from ballotproof.impl.host.simulator.simulator import Observed, Simulator
from ballotproof.impl.raft.server import Role, Server
from ballotproof.impl.refine.soak import judged, smallest


@pytest.mark.parametrize("seed", range(len(KINDS)))
def test_what_was_written_down_is_the_same_run(seed: int) -> None:
    run = run_of(seed)
    told = run.run(journal=True)
    again = run.noted().run(journal=True)
    assert told.journal
    assert again.journal == told.journal
    assert again.history == told.history


def test_same_seed_same_run_in_another_process() -> None:
    """Byte by byte, however Python shuffles its sets."""
    command = ["ballotproof.impl.refine.soak", "--runs", "10", "--journal"]
    told = []
    for hash_seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-m", *command],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=True,
        )
        told.append(done.stdout[: done.stdout.rindex(b"calls answered")])
    assert told[0] == told[1]
    assert told[0].count(b"\n") > 10_000


def test_each_kind_of_fault_happens() -> None:
    """And clients get answers all the same."""
    seen: Counter[str] = Counter()
    for seed in range(len(KINDS)):
        run = run_of(seed)
        seen.update(type(item).__name__ for item in run.plan)
        result = run.run(journal=True)
        assert result.journal is not None
        for word in ("stops", "starts", "sync failed", "gives up", "answered"):
            seen[word] += sum(word in line for line in result.journal)
    assert min(seen.values()) > 0
    assert {"Crash", "Cut", "Pause", "Skew", "SyncFails", "Call", "Ask"} <= set(seen)


QUIET = Dose(loss=0, copies=0)


def simulated(plan: tuple[Any, ...], dose: Dose = QUIET) -> Simulator:
    return Simulator(RaftProgram(3), plan, Chance(1, dose), dose, journal=True)


def test_a_cut_is_one_way() -> None:
    """No message of the server arrives, and those of others do."""
    simulator = simulated((Cut(0, 3000, (2,), (0, 1)),))
    told = simulator.run().journal or []
    assert not [x for x in told if "2 -> 0" in x or "2 -> 1" in x]
    assert [x for x in told if "-> 2" in x]


def test_who_is_paused_does_everything_later() -> None:
    simulator = simulated((Pause(0, 700, 1),))
    told = simulator.run().journal or []
    times = [int(x.split()[0]) for x in told if "-> 1 " in x or "server 1:" in x]
    assert min(times) == 700
    assert times.count(700) > 10


def test_what_was_not_synced_is_lost_in_a_crash() -> None:
    """A sync takes for ever, so the only servers that have a term have it in memory."""
    dose = Dose(sync=10_000)
    simulator = simulated((Crash(1000, 0, 10), Crash(1000, 1, 10), Crash(1000, 2, 10)), dose)
    simulator.chance.survivors = lambda node, records: 0  # type: ignore[method-assign]  # the worst
    simulator.ticks = 1009
    simulator.run()
    assert [host.core.term for host in simulator.hosts.values()] == [0, 0, 0]
    assert all(host.down for host in simulator.hosts.values())


def test_a_host_whose_sync_fails_stops() -> None:
    simulator = simulated((SyncFails(0, 0, 5000),))
    told = simulator.run().journal or []
    failed = next(i for i, x in enumerate(told) if "server 0: the sync failed" in x)
    assert "server 0 stops" in told[failed + 1]
    assert not [x for x in told[failed + 2 :] if "server 0" in x or " 0 -> " in x]


def test_clients_get_answers_when_nothing_is_wrong() -> None:
    calls = tuple(Call(300 + n, n % 3, "write", "x", n) for n in range(30))
    result = simulated(calls).run()
    assert result.violation is None
    assert all(op.returned is not None for op in result.history)
    assert len(result.history) == 30


def test_8_a_client_without_an_answer_asks_another_server() -> None:
    """The one that it asks first is down all the time."""
    calls = tuple(Call(900 + n, 0, "write", "x", n) for n in range(3))
    result = simulated((Crash(0, 0, 10_000), *calls)).run()
    assert not [x for x in result.journal or [] if "0 -> " in x]
    assert [op.returned is not None for op in result.history] == [True] * 3


def test_steps_are_told_in_order_and_once() -> None:
    """Of each server, what one step leaves is what the next begins with; crashes included."""
    for seed in range(30):
        kind = KINDS[seed % 3]
        at: dict[int, Server] = {}

        def told(x: Observed, at: dict[int, Server] = at) -> None:
            assert x.node not in at or at[x.node] == x.before
            at[x.node] = x.after

        run_of(seed, kind).run(told)
        assert len(at) == len(kind.program().nodes)


# ---------------------------------------------------------------------------- failing runs
class Late(RaftProgram):
    """Whose messages leave before what they speak of is stored."""

    def step(self, core: Any, given: Any) -> Any:
        core, effects = super().step(core, given)
        return core, tuple(sorted(effects, key=lambda e: isinstance(e, Persist)))


def test_a_failing_run_becomes_small() -> None:
    """It needs a few of some thousand faults and decisions, and fails again whenever it is run."""
    storm = next(k for k in KINDS if "storm" in k.name)
    kind = replace(storm, program=lambda: Late(5, HASTY))
    failing = next(run for seed in range(300) if judged(run := run_of(seed, kind))[1] is not None)
    whole = len(failing.plan) + len(failing.noted().decisions or ())
    small, wrong = smallest(failing, most_tries=300)
    kept = len(small.plan) + len(small.decisions or ())
    assert 10 * kept < whole
    assert judged(small)[1] == wrong


@given(st.sets(st.integers(0, 40), min_size=1, max_size=6), st.integers(0, 3))
def test_nothing_can_be_left_out_of_what_is_minimal(needed: set[int], more: int) -> None:
    """Of many items some are needed, all but ``more`` of them."""

    def fails(some: Sequence[int]) -> bool:
        return len(needed & set(some)) >= max(1, len(needed) - more)

    found = minimise(range(41), fails)
    assert fails(found)
    assert found == sorted(found)
    assert not any(fails([*found[:i], *found[i + 1 :]]) for i in range(len(found)))


def test_a_leader_is_elected_in_most_runs() -> None:
    """Otherwise all that is said of runs is said of nothing."""
    leaders = 0
    for seed in range(40):
        simulator = run_of(seed, KINDS[seed % 8]).simulator()
        simulator.run()
        leaders += any(h.core.role is Role.LEADER for h in simulator.hosts.values())
    assert leaders >= 36


def test_runs_are_made_of_their_number() -> None:
    assert run_of(17) == run_of(17)
    assert isinstance(run_of(17), Run)
    assert run_of(17).plan != run_of(27).plan

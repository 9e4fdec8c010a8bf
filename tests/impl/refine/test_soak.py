"""Five hundred clusters in which much goes wrong: nothing that must never happen does, and what
clients saw is linearizable. ``python -m ballotproof.impl.refine.soak --runs 100000`` goes on."""

from __future__ import annotations

import pytest

from ballotproof.impl.host.simulator.runs import CHANGING, KINDS, calm, run_of
from ballotproof.impl.refine.soak import judged, stuck, unsettled


@pytest.mark.parametrize("kind", range(len(KINDS)), ids=lambda k: KINDS[k].name)
def test_runs(kind: int) -> None:
    answered = 0
    for seed in range(kind, 540, len(KINDS)):
        run = run_of(seed)
        result, wrong = judged(run)
        assert wrong is None, f"seed {seed}: {wrong}"
        answered += sum(op.returned is not None for op in result.history)
    assert answered > 200


@pytest.mark.parametrize("seed", range(60))
def test_once_faults_have_ended_clients_are_answered_and_changes_come_to_an_end(seed: int) -> None:
    assert stuck(calm(seed)) is None
    assert unsettled(calm(seed, CHANGING)) is None

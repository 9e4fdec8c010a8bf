"""Five hundred clusters in which much goes wrong: nothing that must never happen does, and what
clients saw is linearizable. ``python -m ballotproof.impl.refine.soak --runs 100000`` goes on."""

from __future__ import annotations

import pytest

from ballotproof.impl.host.simulator.runs import KINDS, run_of
from ballotproof.impl.refine.soak import judged


@pytest.mark.parametrize("kind", range(len(KINDS)), ids=lambda k: KINDS[k].name)
def test_runs(kind: int) -> None:
    answered = 0
    for seed in range(kind, 540, len(KINDS)):
        run = run_of(seed)
        result, wrong = judged(run)
        assert wrong is None, f"seed {seed}: {wrong}"
        answered += sum(op.returned is not None for op in result.history)
    assert answered > 200

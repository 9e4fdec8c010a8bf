"""Simulated runs of Raft are steps of the specification, one by one; mistakes are not."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from ballotproof.impl.core import Persist, Receive
from ballotproof.impl.host.simulator.raft import RaftProgram
from ballotproof.impl.host.simulator.runs import HASTY, KINDS, run_of
from ballotproof.impl.host.simulator.simulator import Observed
from ballotproof.impl.raft.config import FIGURE_2
from ballotproof.impl.raft.messages import AppendReply
from ballotproof.impl.refine.raft.replication import ReplicationCluster
from ballotproof.impl.refine.stepwise import Deviates, Stepwise

FIGURE_2_KINDS = [k for k in KINDS if "Figure 2" in k.name]


def judge(servers: int) -> Stepwise:
    return Stepwise(ReplicationCluster(servers, terms=200, commands=100, crashes=1000))


def test_every_step_is_steps_of_the_specification() -> None:
    """And every action of the specification is taken."""
    taken: Counter[str] = Counter()
    steps = 0
    actions = {*judge(3).spec.actions, "restart"}
    for seed in (0, 2, 4, 1):
        kind = FIGURE_2_KINDS[seed % 2]
        there = judge(len(kind.program().nodes))
        assert run_of(seed, kind).run(there).violation is None
        taken += there.taken
        steps += there.steps
    assert set(taken) == actions
    assert steps > 4_000


@pytest.mark.parametrize("seed", [0, 1])
def test_steps_that_wait_for_the_disk(seed: int) -> None:
    """What a server did while a sync was under way is judged when it is carried out, and what was
    lost in a crash never."""
    kind = KINDS[2]
    dose = type(kind.dose)(sync=7, crashes=6, disks=2)
    kind = type(kind)(kind.name, lambda: RaftProgram(3, FIGURE_2), dose)
    there = judge(3)
    assert run_of(seed, kind).run(there).violation is None
    assert there.taken["restart"] >= 3


def test_a_message_that_leaves_too_early() -> None:
    class Late(RaftProgram):
        def step(self, core: Any, given: Any) -> Any:
            core, effects = super().step(core, given)
            return core, tuple(sorted(effects, key=lambda e: isinstance(e, Persist)))

    kind = FIGURE_2_KINDS[-1]
    kind = type(kind)(kind.name, lambda: Late(5, HASTY), kind.dose)
    there = judge(5)
    with pytest.raises(Deviates) as wrong:
        run_of(0, kind).run(there)
    deviation = wrong.value.deviation
    assert deviation.events[-1].crash is not None
    assert deviation.differences or deviation.refused is not None


def test_a_message_that_nobody_sent() -> None:
    there = judge(3)
    core = there.refinement.recovered(0, there.refinement.blank())
    forged = Receive(1, AppendReply(term=0, success=False, match=0))
    with pytest.raises(Deviates, match="nobody has sent AppendReply"):
        there(Observed(1, 0, forged, core, core, ()))

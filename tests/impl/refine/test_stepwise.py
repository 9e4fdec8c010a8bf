"""Simulated runs are steps of the specification, one by one; mistakes are not."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from ballotproof.impl.core import Persist, Receive
from ballotproof.impl.host.simulator.paxos import PaxosProgram
from ballotproof.impl.host.simulator.raft import RaftProgram
from ballotproof.impl.host.simulator.runs import HASTY, KINDS, run_of
from ballotproof.impl.host.simulator.simulator import Observed
from ballotproof.impl.paxos import single_decree
from ballotproof.impl.paxos.multi import server
from ballotproof.impl.raft.config import FIGURE_2
from ballotproof.impl.raft.messages import AppendReply
from ballotproof.impl.refine.paxos.simulated import Judged, judged_kinds
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


# ------------------------------------------------------------------------------------- Paxos
JUDGED = {judged.kind.name: judged for judged in judged_kinds()}
DECREE = [x for x in JUDGED.values() if x.specification == "paxos.single_decree"]
MULTI = [x for x in JUDGED.values() if x.specification == "paxos.reconfiguration"]


@pytest.mark.parametrize(
    ("judged", "never"), [(DECREE, set[str]()), (MULTI, {"fill_gap"})], ids=["one", "many"]
)
def test_every_step_of_paxos(judged: list[Judged], never: set[str]) -> None:
    """With crashes, lost messages and groups that change; gaps are left to smaller clusters."""
    taken: Counter[str] = Counter()
    for seed in range(6):
        there = judged[seed % 2].run(seed)
        assert there.steps > 20
        taken += there.taken
    assert set(taken) == {*judged[0].judge().spec.actions} - never


def deviates(judged: Judged) -> Deviates:
    """Of the first runs, one has to deviate."""
    for seed in range(40):
        try:
            judged.run(seed)
        except Deviates as wrong:
            return wrong
    pytest.fail("no run deviates")


def test_a_value_of_ones_own_against_reported_votes(monkeypatch: pytest.MonkeyPatch) -> None:
    """P2c."""

    def on_promise(s: Any, sender: int, m: Any) -> Any:
        after, effects = right(s, sender, m)
        if not isinstance(after.leading, single_decree.Proposing) or not effects:
            return after, effects
        ballot = after.leading.ballot
        after = replace(after, leading=single_decree.Proposing(ballot, s.wanted))
        return after, single_decree.broadcast(after, single_decree.Accept(ballot, s.wanted))

    right = single_decree.on_promise
    monkeypatch.setattr(single_decree, "on_promise", on_promise)
    assert deviates(DECREE[1]).deviation.refused is not None


def test_a_value_that_was_voted_for_once_is_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_decree.Server, "quorum", property(lambda s: 1))
    assert deviates(DECREE[0]).deviation.refused is not None


def test_a_promise_that_is_sent_before_it_is_stored() -> None:
    class Late(PaxosProgram):
        def step(self, core: Any, given: Any) -> Any:
            core, effects = super().step(core, given)
            return core, tuple(sorted(effects, key=lambda e: isinstance(e, Persist)))

    kind = DECREE[1].kind
    dose = type(kind.dose)(calls=2, crashes=20, sync=0, longest=50, loss=50, ticks=1500)
    late = type(kind)(kind.name, lambda: Late(5), dose)
    deviation = deviates(Judged("paxos.single_decree", late)).deviation
    assert any(event.crash is not None for event in deviation.events)


def test_a_quorum_of_another_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slot is decided by the group that was there before."""
    monkeypatch.setattr(server, "groups_after", lambda groups, *_: groups)
    assert deviates(MULTI[1]).deviation.refused is not None

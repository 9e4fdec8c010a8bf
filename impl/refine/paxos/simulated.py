"""Which simulated runs of Paxos are held against a specification step by step, and against which.

They are the kinds of :mod:`...host.simulator.runs`, but that nothing is compacted: to the
specification of Multi-Paxos everything that was executed is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from ...host.simulator.multi import MultiProgram
from ...host.simulator.paxos import PaxosProgram
from ...host.simulator.runs import KINDS, TIGHT, Kind, run_of
from ..stepwise import Stepwise
from .multi import SimulatedMulti
from .single_decree import SimulatedDecree

__all__ = ["Judged", "judged_kinds"]


@dataclass(frozen=True)
class Judged:
    """One kind of runs, with the specification that it is held against."""

    specification: str
    kind: Kind

    def judge(self) -> Stepwise:
        """For one run."""
        program = self.kind.program()
        match program:
            case PaxosProgram():
                return Stepwise(SimulatedDecree(len(program.nodes)), whole=True)
            case MultiProgram():
                cluster = SimulatedMulti(
                    len(program.nodes), founders=program.founders, window=program.options.window
                )
                return Stepwise(cluster, whole=True)
            case _:
                raise TypeError(f"{self.kind.name}: no specification is known")

    def run(self, seed: int) -> Stepwise:
        """Judge one run. **Errors** Deviates."""
        judge = self.judge()
        run_of(seed, self.kind).run(judge)
        return judge


def judged_kinds() -> Iterator[Judged]:
    for kind in KINDS:
        if isinstance(kind.program(), PaxosProgram):
            yield Judged("paxos.single_decree", kind)
    first, groups, *_ = (k for k in KINDS if isinstance(k.program(), MultiProgram))
    yield Judged("paxos.reconfiguration", first)
    changing = replace(groups, name="multi-paxos, groups change", program=_changing)
    yield Judged("paxos.reconfiguration", changing)


def _changing() -> MultiProgram:
    return MultiProgram(3, TIGHT, spares=2, stored=True)

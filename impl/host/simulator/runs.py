"""A run for each number: which protocol, how many servers, which options, what goes wrong.

The kinds of runs take turns, so that some hundred runs in a row have tried each of them many times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from msgspec import Struct, structs

from ...paxos.multi.server import Options
from ...raft.config import FIGURE_2, Config
from .decisions import Chance, Decision, Noted, Recalled
from .faults import Call, Crash, Cut, DiskFails, Dose, Item, Pause, Plan, SyncFails
from .multi import MultiProgram
from .paxos import PaxosProgram
from .raft import RaftProgram
from .simulator import Observed, Program, Result, Simulator

__all__ = ["CHANGING", "KINDS", "Kind", "Run", "calm", "run_of"]


class Kind(Struct, frozen=True):
    """``program`` makes a fresh cluster."""

    name: str
    program: Callable[[], Program]
    dose: Dose


SMALL = Config(keep_entries=3, chunk_bytes=32, most_entries=4, most_bytes=48, window=3)
RESTLESS = structs.replace(SMALL, heartbeat_ticks=8, election_ticks=24)
HASTY = structs.replace(FIGURE_2, heartbeat_ticks=8, election_ticks=24)
TIGHT = Options(window=2, most_entries=3)
HURRIED = Options(heartbeat_ticks=8, election_ticks=24, window=4, most_entries=4)
LEASE = Config(lease_ticks=90)
LONG_LEASE = Config(election_ticks=400, lease_ticks=390)

KINDS: Sequence[Kind] = (
    Kind("raft, 3 servers", lambda: RaftProgram(3, Config()), Dose()),
    Kind("raft, 5 servers", lambda: RaftProgram(5, Config()), Dose(crashes=4, cuts=5)),
    Kind(
        "raft as in Figure 2, crashes between effects",
        lambda: RaftProgram(3, FIGURE_2),
        Dose(sync=0, crashes=4, disks=0),
    ),
    Kind(
        "raft, snapshots in small pieces",
        lambda: RaftProgram(3, SMALL, compact_every=5, stored=True),
        Dose(calls=16, crashes=3, errors=3),
    ),
    Kind(
        "raft, members come and go",
        lambda: RaftProgram(3, SMALL, spares=2, compact_every=7),
        Dose(asks=14, crashes=1, cuts=2),
    ),
    Kind(
        "raft, leases and clocks of different rates",
        lambda: RaftProgram(3, LEASE, compact_every=20),
        Dose(skew=30, pauses=3, asks=3),
    ),
    Kind(
        "raft, a disk is lost, and one rots",
        lambda: RaftProgram(5, SMALL, compact_every=9, stored=True),
        Dose(lost_disks=1, rots=1, disks=2, crashes=2, errors=2),
    ),
    Kind(
        "raft, a bad network",
        lambda: RaftProgram(3, Config(), compact_every=20),
        Dose(loss=200, copies=150, spread=60, sync=10),
    ),
    Kind(
        "raft as in Figure 2, in a storm",
        lambda: RaftProgram(5, HASTY),
        Dose(longest=100, calls=16, sync=0, disks=0, crashes=25, cuts=20, loss=200, spread=6),
    ),
    Kind("paxos, 3 servers", PaxosProgram, Dose(calls=2, clients=4, sync=0, ticks=1500)),
    Kind("multi-paxos, 3 servers", MultiProgram, Dose()),
    Kind(
        "multi-paxos, groups change and entries are compacted",
        lambda: MultiProgram(3, TIGHT, spares=2, compact_every=7, stored=True),
        Dose(asks=14, crashes=2, cuts=2, errors=3),
    ),
    Kind(
        "multi-paxos, where much goes wrong",
        lambda: MultiProgram(5, HURRIED, compact_every=9),
        Dose(longest=100, calls=16, sync=0, disks=0, crashes=25, cuts=20, loss=200, spread=6),
    ),
    Kind(
        "raft, long leases and leaders that hand over",
        lambda: RaftProgram(3, LONG_LEASE, words=("transfer",)),
        Dose(
            ticks=5000,
            longest=350,
            clients=4,
            calls=30,
            asks=30,
            cuts=14,
            crashes=0,
            pauses=2,
            disks=0,
            loss=30,
            spread=8,
        ),
    ),
    Kind(
        "paxos, 5 servers",
        lambda: PaxosProgram(5, stored=True),
        Dose(calls=2, crashes=5, loss=150, errors=3),
    ),
)


class Run(Struct, frozen=True):
    """One run: everything about it follows from ``seed`` and the kind, or from what was left of
    that: a plan and decisions."""

    seed: int
    kind: Kind
    plan: Plan
    decisions: tuple[Decision, ...] | None = None

    def again(self, items: Sequence[Item | Decision]) -> Run:
        """A run with these parts, and all else as usual."""
        return Run(
            self.seed,
            self.kind,
            tuple(x for x in items if not isinstance(x, Decision)),
            tuple(x for x in items if isinstance(x, Decision)),
        )

    def noted(self) -> Run:
        """The same run, with all its decisions written down."""
        chance = Noted(self.seed, self.kind.dose)
        Simulator(self.kind.program(), self.plan, chance, self.kind.dose).run()
        return structs.replace(self, decisions=tuple(chance.decisions))

    def simulator(
        self, observe: Callable[[Observed], None] | None = None, journal: bool = False
    ) -> Simulator:
        dose = self.kind.dose
        chance: Chance
        if self.decisions is None:
            chance = Chance(self.seed, dose)
        else:
            chance = Recalled(self.decisions)
        return Simulator(self.kind.program(), self.plan, chance, dose, observe, journal)

    def run(
        self, observe: Callable[[Observed], None] | None = None, journal: bool = False
    ) -> Result:
        return self.simulator(observe, journal).run()


def run_of(seed: int, kind: Kind | None = None) -> Run:
    """The run of this number."""
    kind = kind or KINDS[seed % len(KINDS)]
    program = kind.program()
    return Run(seed, kind, kind.dose.plan(program.nodes, Random(seed), program.words))


CALM = Kind(
    "raft, faults that end",
    lambda: RaftProgram(3, SMALL, compact_every=5),
    Dose(ticks=5000, longest=300, calls=10),
)
CHANGING = Kind(
    "raft, faults that end, and servers that take the places of others",
    lambda: RaftProgram(3, RESTLESS, spares=2, compact_every=7, words=("swap",)),
    Dose(ticks=5000, longest=120, calls=10, cuts=12, crashes=8, asks=40),
)
LAST_FAULT = 2500
"""By then everything in a calm run works again, and goes on doing so."""


def calm(seed: int, kind: Kind = CALM) -> Run:
    """A run whose faults end, and in which a client calls after that."""
    run = run_of(seed, kind)
    kept = tuple(x for x in run.plan if not isinstance(x, Call) and _ends(x) <= LAST_FAULT)
    calls = tuple(x for x in run.plan if isinstance(x, Call))
    late = tuple(Call(LAST_FAULT + 500 + 20 * n, 99, "write", "z", n) for n in range(10))
    quiet = structs.replace(kind.dose, loss=20, copies=5)
    return Run(seed, structs.replace(kind, dose=quiet), (*kept, *calls, *late))


def _ends(x: Item) -> int:
    match x:
        case Crash() | SyncFails():
            return x.at + x.down
        case Cut() | Pause():
            return x.until
        case DiskFails():
            return LAST_FAULT + 1  # it fails when it is used, whenever that is
        case _:
            return 0

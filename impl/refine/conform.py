"""The programs held against their specifications, three ways, with a table of which actions of the
specification each way has exercised.

    python -m ballotproof.impl.refine.conform
    python -m ballotproof.impl.refine.conform --deep 20000000    three servers, two terms, a crash
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import click
from msgspec import structs

from ...model_check.discover import find
from ...model_check.logs.explain import Unexplained, explain
from ...model_check.logs.read import read_logs
from ...spec.lang.model import Model
from ..host.simulator.faults import Dose
from ..host.simulator.runs import KINDS, run_of
from .exhaustive import Deviation, Refinement, conform
from .paxos.multi import MultiCluster
from .paxos.simulated import judged_kinds
from .paxos.single_decree import SingleDecreeCluster
from .raft.chunks import ChunkCluster
from .raft.leases import LoyalLeaseCluster
from .raft.log import RaftLog
from .raft.membership import JointCluster, SingleChangeCluster
from .raft.pipelining import PipeliningCluster
from .raft.polite import PoliteCluster
from .raft.reads import ReadCluster
from .raft.replication import ReplicationCluster
from .raft.sessions import SessionCluster
from .raft.snapshots import SnapshotCluster
from .raft.transfer import PoliteTransferCluster, TransferCluster
from .specification import Specification
from .stepwise import Deviates, Stepwise

__all__ = ["main"]

PAXOS = ((2, 2, 1, 0), (3, 1, 1, 0), (2, 1, 2, 1))
RAFT = ((2, 2, 0, 1), (2, 1, 1, 1), (3, 1, 0, 0), (3, 1, 0, 1))
DEEP = (3, 2, 0, 1)
MOST_WORLDS = 600_000
"""So many of a cluster are explored; only one of those here has more."""


@click.command()
@click.option("--runs", default=20, show_default=True, help="Simulated runs, of each kind.")
@click.option("--logs", default=10, show_default=True, help="Logs that are written and replayed.")
@click.option(
    "--deep",
    type=click.IntRange(min=1),
    metavar="WORLDS",
    help="Instead, so many worlds of three servers, two terms and a crash.",
)
def main(runs: int, logs: int, deep: int | None) -> None:
    """Hold the programs against their specifications, three ways. Exit code 12 at a deviation."""
    begin = time.process_time()
    if deep is not None:
        explored("raft.replication, with a crash", [ReplicationCluster(*DEEP)], deep)
        click.echo(f"{'':12}{time.process_time() - begin:.0f} CPU s")
        return
    paxos = explored("paxos.single_decree", [SingleDecreeCluster(*size) for size in PAXOS])
    multi = explored("paxos.reconfiguration", multi_clusters())
    exhaustive = explored("raft.replication", [ReplicationCluster(*size) for size in RAFT])
    unused = list(featured())
    stepwise = simulated(runs)
    stepwise_paxos = simulated_paxos(runs)
    replayed = logged(logs)
    click.echo("\nhow often each action of the specification explained what a program did\n")
    click.echo(f"{'':28}{'exhaustive':>12}{'simulated':>12}{'logs':>12}")
    never = unused
    cluster = ReplicationCluster(3, 1, 0, 1)
    for protocol, names, columns in (
        ("raft.replication", Stepwise(cluster).spec.actions, (exhaustive, stepwise, replayed)),
        (
            "paxos.single_decree",
            Specification(SingleDecreeCluster().model).actions,
            (paxos, stepwise_paxos["paxos.single_decree"]),
        ),
        (
            "paxos.reconfiguration",
            Specification(MultiCluster().model).actions,
            (multi, stepwise_paxos["paxos.reconfiguration"]),
        ),
    ):
        for name in (*names, "restart") if protocol.startswith("raft") else names:
            counts = "".join(f"{column[name]:>12,}" for column in columns)
            click.echo(f"{protocol + ' ' + name:<44}"[:44] + counts)
            if not any(column[name] for column in columns):
                never.append(name)
    spent = time.process_time() - begin
    click.echo(f"\nnever exercised: {', '.join(never) or 'none'}; {spent:.0f} CPU s")
    raise SystemExit(12 if never else 0)


def features() -> dict[str, list[Refinement]]:
    """Raft's features, each against its specification."""
    return {
        "raft.pipelining": [PipeliningCluster(2, 1, 1), PipeliningCluster(3, 1, 1)],
        "raft.check_quorum": [PoliteCluster(2, 1, 1, 1), PoliteCluster(3, 1)],
        "raft.transfer": [
            TransferCluster(2, 2, 1, 1),
            TransferCluster(3, 2),
            PoliteTransferCluster(2, 2, 1),
        ],
        "raft.snapshots": [SnapshotCluster(2, 2, 1, 1), SnapshotCluster(3, 1, 0, 1)],
        IN_CHUNKS: [
            ChunkCluster(2, 2, 0, 1),
            ChunkCluster(3, 1),
            ChunkCluster(3, 1, 1, candidates=(0,)),
        ],
        "raft.membership_single": [
            SingleChangeCluster((0, 1), [(0, 1, 2)], terms=2, crashes=1),
            SingleChangeCluster((0, 1, 2), [(1, 2)]),
        ],
        "raft.membership_joint": [
            JointCluster((0, 1), [(2, 3)], terms=2),
            JointCluster((0, 1), [(0, 2)]),
        ],
        "raft.reads": [ReadCluster(2, 2, 0, 0), ReadCluster(2, 1, 1, 1)],
        "raft.lease_reads": [
            LoyalLeaseCluster(2, 1),
            LoyalLeaseCluster(2, 1, 0, 1, horizon=1),
            LoyalLeaseCluster(2, 2),
            LoyalLeaseCluster(3, 1, horizon=1),
        ],
        "raft.sessions": [SessionCluster(2, 1, 3, 1), SessionCluster(3, 2, 2)],
    }


IN_CHUNKS = "raft.snapshots in chunks"
LARGER = {IN_CHUNKS: 1_000_000}
"""To see a snapshot begin while another is half there takes more worlds than the rest."""

SILENT = ("disregard_request_vote", "refuse_as_promised")
"""Actions that are no steps of a program: it does nothing."""


def featured() -> Iterable[str]:
    """Every interleaving of small clusters with one feature each; what was never exercised."""
    for title, clusters in features().items():
        taken = explored(title, clusters, LARGER.get(title, MOST_WORLDS // 2))
        for action in Specification(clusters[-1].model).actions:
            if not taken[action] and action not in SILENT:
                yield f"{title} {action}"


def multi_clusters() -> list[MultiCluster]:
    """A group that is replaced, with a crash; one slot, and two leaders; a gap that is filled."""
    return [
        MultiCluster(founders=(0,), groups=((1,),), crashes=1),
        MultiCluster(slots=1),
        MultiCluster(window=2, commands=2),
    ]


def explored(title: str, clusters: Iterable[Refinement], most: int = MOST_WORLDS) -> Counter[str]:
    """Every interleaving of some small clusters."""
    taken: Counter[str] = Counter()
    for cluster in clusters:
        result = conform(cluster, most)
        say(f"exhaustive  {title}: {cluster.model.name}", result.deviation)
        part = "" if result.complete else f"; the first levels, {result.depth} deep"
        click.echo(
            f"{'':12}{result.worlds:,} worlds, {result.events:,} events, all explained{part}"
        )
        taken += result.taken
    return taken


def simulated(runs: int) -> Counter[str]:
    """Runs of the simulator, step by step."""
    taken: Counter[str] = Counter()
    for kind in (k for k in KINDS if "Figure 2" in k.name):
        steps = 0
        cluster = ReplicationCluster(len(kind.program().nodes), 200, 100, 1000)
        for seed in range(runs):
            judge = Stepwise(cluster)
            try:
                run_of(seed, kind).run(judge)
            except Deviates as wrong:
                say(f"simulated   {kind.name}, run {seed}", wrong.deviation)
            steps += judge.steps
            taken += judge.taken
        click.echo(f"simulated   {kind.name}: {runs} runs, {steps:,} steps, all explained")
    return taken


def simulated_paxos(runs: int) -> dict[str, Counter[str]]:
    """Runs of the simulator, step by step; the actions taken, by specification. Each step of
    Multi-Paxos is judged with all messages, some thousand; so there are fewer of these."""
    taken: dict[str, Counter[str]] = {}
    for judged in judged_kinds():
        steps = 0
        actions = taken.setdefault(judged.specification, Counter())
        some = runs if judged.specification == "paxos.single_decree" else -(-runs // 4)
        for seed in range(some):
            try:
                judge = judged.run(seed)
            except Deviates as wrong:
                say(f"simulated   {judged.kind.name}, run {seed}", wrong.deviation)
                raise
            steps += judge.steps
            actions.update(judge.taken)
        click.echo(f"simulated   {judged.kind.name}: {some} runs, {steps:,} steps, all explained")
    return taken


def logged(logs: int) -> Counter[str]:
    """Logs of simulated runs, in which servers tell what they know of themselves."""
    taken: Counter[str] = Counter()
    lines = unseen = 0
    kind = next(k for k in KINDS if "Figure 2" in k.name)
    dose = Dose(ticks=900, longest=100, crashes=1, cuts=1, sync=0, disks=0)
    kind = structs.replace(kind, dose=dose)
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(logs):
            cluster = ReplicationCluster(3, 20, 20, 20)
            log = RaftLog(cluster)
            run_of(seed, kind).run(log)
            path = Path(folder) / f"{seed}.ndjson"
            path.write_text(log.text(), encoding="utf-8")
            told = read_logs([path])
            model = instance_of(cluster, told.head.spec)
            found = explain(model, told.lines, unseen=told.head.unseen)
            if isinstance(found, Unexplained):
                click.echo(f"logs        {found.line.place}: {'; '.join(found.why)}")
                raise SystemExit(12)
            lines += found.lines
            unseen += found.unseen
            taken += found.taken
    click.echo(
        f"logs        {logs} logs, {lines:,} lines, all explained with {unseen:,} unseen steps"
    )
    return taken


def instance_of(cluster: ReplicationCluster, spec: str) -> Model:
    """The instance that the log is of."""
    assert find(spec)[0].model.protocol is cluster.model.protocol
    return cluster.model


def say(title: str, deviation: Deviation | None) -> None:
    if deviation is None:
        click.echo(title)
        return
    click.echo(f"{title}: a deviation\n{deviation}")
    raise SystemExit(12)


if __name__ == "__main__":
    main()

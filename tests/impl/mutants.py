"""Known mistakes of implementations, each made in the programs by changing one place of their text;
and which of our checks notices it.

    .venv/bin/python tests/impl/mutants.py             all, with a table
    .venv/bin/python tests/impl/mutants.py NAME ...    some

A changed program is loaded in place of the right one, and checked until something is wrong: every
interleaving of small clusters (exhaustive), of such clusters with one feature of Raft's each
(features), simulated runs held against the specification step by step (stepwise), simulated runs
with faults of many kinds (simulation), simulated runs whose faults end and whose clients must then
be answered (progress), or whose changes of members must then come to an end (changes), and crash
states and damage of the store (storage).
"""

from __future__ import annotations

import importlib
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["MUTANTS", "Mutant", "caught"]

ROOT = "ballotproof.impl"


@dataclass(frozen=True)
class Mutant:
    """``old`` occurs once in the module. ``by`` are the checks to try, in order; ``kinds`` the
    kinds of simulated runs, by words of their names."""

    name: str
    module: str
    old: str
    new: str
    by: str = "exhaustive stepwise simulation"
    kinds: str = ""


def raft(name: str, module: str, old: str, new: str, by: str = "", kinds: str = "") -> Mutant:
    return Mutant(
        name, f"raft.{module}", old, new, by or "quick stepwise exhaustive simulation", kinds
    )


def paxos(name: str, old: str, new: str) -> Mutant:
    return Mutant(name, "paxos.single_decree", old, new, "exhaustive simulation", "paxos")


def store(name: str, old: str, new: str, module: str = "store") -> Mutant:
    return Mutant(name, f"host.storage.{module}", old, new, "storage")


SIM = "simulation"

MUTANTS = (
    # ---------------------------------------------------------------------------- elections
    raft("raft-double-vote", "elections", "and s.voted_for in (None, sender)", "and True"),
    raft(
        "raft-no-up-to-date-check",
        "elections",
        "and up_to_date(s, m.last_index, m.last_term)",
        "and True",
    ),
    raft(
        "raft-up-to-date-length-only",
        "elections",
        "return (last_term, last_index) >= (s.log.last_term, s.log.last_index)",
        "return last_index >= s.log.last_index",
    ),
    raft(
        "raft-up-to-date-term-only",
        "elections",
        "return (last_term, last_index) >= (s.log.last_term, s.log.last_index)",
        "return last_term >= s.log.last_term",
    ),
    raft("raft-vote-for-lower-term", "elections", "m.term == s.term\n", "m.term <= s.term\n"),
    raft("raft-own-vote-not-recorded", "elections", "voted_for=s.me,", "voted_for=None,"),
    raft(
        "raft-vote-of-another-term",
        "elections",
        "if not m.granted or m.term != s.term or",
        "if not m.granted or",
    ),
    raft(
        "raft-refusal-counted",
        "elections",
        "if not m.granted or m.term != s.term or",
        "if m.term != s.term or",
    ),
    raft(
        "raft-half-majority",
        "configuration",
        "return len(of) // 2 + 1",
        "return (len(of) + 1) // 2",
        "exhaustive",
    ),
    raft(
        "raft-match-not-reset",
        "elections",
        "progress=tuple((n, begin) for n in s.configuration.members)",
        "progress=tuple((n, s.progress_of(n) or begin) for n in s.configuration.members)",
    ),
    raft("raft-no-step-down", "terms", "role=Role.FOLLOWER", "role=s.role"),
    raft("raft-vote-never-reset", "terms", "voted_for=None", "voted_for=s.voted_for"),
    raft("raft-vote-forgotten-in-the-term", "terms", "if term <= s.term", "if term < s.term"),
    # -------------------------------------------------------------------------- replication
    raft(
        "raft-figure-8",
        "replication",
        "if stored <= s.commit or s.log.term_at(stored) != s.term:",
        "if stored <= s.commit:",
    ),
    raft(
        "raft-no-prev-check",
        "replication",
        "if not log.holds(m.prev_index, m.prev_term):",
        "if m.prev_index > log.last_index:",
    ),
    raft("raft-lower-term-append", "replication", "if m.term < s.term:", "if m.term < 0:"),
    raft("raft-always-truncate", "log", "if not self.holds(i, entry.term):", "if i:"),
    raft("raft-commit-regress", "replication", "if commit > s.commit:", "if commit != s.commit:"),
    raft("raft-match-regress", "replication", "match = max(p.match, m.match)", "match = m.match"),
    raft(
        "impl-next-not-above-match",
        "progress",
        "next=max(following, p.match + 1),",
        "next=following,",
        kinds="raft",
    ),
    raft(
        "raft-ack-whole-log",
        "replication",
        "match = m.prev_index + len(m.entries)",
        "match = s.log.last_index",
    ),
    raft(
        "raft-stale-acks-counted",
        "replication",
        "if m.term != s.term or s.role is not Role.LEADER:",
        "if s.role is not Role.LEADER:",
    ),
    raft("raft-commit-on-nack", "replication", "    if m.success:", "    if m:"),
    raft(
        "raft-commit-behind-match",
        "replication",
        "commit = min(m.commit, match)",
        "commit = m.commit",
    ),
    raft(
        "impl-unsorted-quorum-vector",
        "configuration",
        "numbers = sorted(map(by, self.voters))",
        "numbers = list(map(by, self.voters))",
    ),
    raft(
        "impl-prev-term-zero",
        "log",
        "return self.base_term if n == self.base else",
        "return 0 if n == self.base else",
        SIM,
        "snapshots",
    ),
    # --------------------------------------------------------------------------- durability
    raft(
        "impl-request-before-persist",
        "step",
        "(*changes(s, after), *effects,",
        "(*effects, *changes(s, after),",
    ),
    raft(
        "raft-vote-not-durable",
        "step",
        "Record(after.term, after.voted_for, behind",
        "Record(after.term, None, behind",
    ),
    raft(
        "raft-term-not-durable",
        "step",
        "Record(after.term, after.voted_for, behind",
        "Record(before.term, after.voted_for, behind",
    ),
    raft(
        "impl-vote-in-two-writes",
        "step",
        "and before.voted_for == after.voted_for",
        "and True",
    ),
    raft(
        "raft-log-not-durable",
        "step",
        "behind, entries = n, tuple(log.between(n, log.last_index))",
        "behind, entries = n, ()",
    ),
    raft(
        "impl-non-atomic-truncation",
        "records",
        "log = log.with_entries(record.behind, record.entries)",
        "log = log.with_entries(log.last_index, record.entries)",
    ),
    raft(
        "raft-applied-before-committed",
        "step",
        "enumerate(after.log.between(first, after.commit), first + 1)",
        "enumerate(after.log.between(first, after.log.last_index), first + 1)",
        SIM,
    ),
    # ---------------------------------------------------------------------------- snapshots
    raft(
        "impl-snapshot-stale-membership",
        "snapshots",
        "configurations = (Placed(snapshot.index, snapshot.configuration), *later)",
        "configurations = (s.configurations[0], *later)",
        SIM,
        "members",
    ),
    raft(
        "impl-snapshot-without-data",
        "snapshots",
        'data = b"".join(incoming.parts)',
        "data = b''.join(incoming.parts[:1])",
        SIM,
        "snapshots",
    ),
    raft(
        "raft-old-snapshot-installed",
        "snapshots",
        "if m.last_index <= s.commit:",
        "if m.last_index < 0:",
        SIM,
        "snapshots network",
    ),
    raft(
        "raft-chunks-of-two-snapshots",
        "snapshots",
        "if incoming is None or (incoming.term, incoming.last_index) != (m.term, m.last_index):",
        "if incoming is None:",
        SIM,
        "snapshots members network",
    ),
    raft(
        "impl-snapshot-probe-stuck",
        "progress",
        "return replicating(p) if p.match >= base else p",
        "return p",
        "progress",
    ),
    raft(
        "impl-oversize-append",
        "log",
        "if found and size > most_bytes:",
        "if found and size < 0:",
        SIM,
        "snapshots members lost",
    ),
    raft(
        "impl-restart-in-a-snapshot",
        "snapshots",
        "if incoming.received < m.size:",
        "if m.offset + len(m.data) < m.size:",
        SIM,
        "snapshots lost",
    ),
    # --------------------------------------------------------------------------- membership
    raft(
        "raft-single-change-without-commit",
        "membership",
        "    if s.commit < s.reads.first:\n",
        "    if s.commit < 0:\n",
        SIM,
        "members",
    ),
    raft(
        "raft-pipelined-changes",
        "membership",
        "    if s.configurations[-1].index > s.commit:",
        "    if s.commit < 0:",
        SIM,
        "members",
    ),
    raft("raft-two-servers-at-once", "membership", "<= 1:", "<= 2:", SIM, "members"),
    raft(
        "raft-early-joint-exit",
        "membership",
        "if placed.index > s.commit or s.commit < s.reads.first:",
        "if s.commit < s.reads.first:",
        SIM,
        "members",
    ),
    raft(
        "raft-config-not-rolled-back",
        "server",
        "while configurations[-1].index > n:",
        "while configurations[-1].index > n + 99:",
        SIM,
        "members",
    ),
    raft(
        "raft-learner-counted",
        "configuration",
        "return sum(n in of for n in self.voters) >= majority(self.voters) and (",
        "return len(of) >= majority(self.voters) and (",
        SIM,
        "members lost",
    ),
    raft(
        "impl-joint-auto-leave",
        "membership",
        "return appended(s, here.left()) if here.automatic else (s, ())",
        "mine = s.log.term_at(placed.index) == s.term\n"
        "        return appended(s, here.left()) if here.automatic and mine else (s, ())",
        "changes",
    ),
    raft(
        "impl-joint-auto-leave-again",
        "membership",
        "    placed = s.configurations[-1]\n",
        "    placed = next(p for p in reversed(s.configurations) if p.index <= s.commit)\n",
        SIM,
        "members",
    ),
    # ------------------------------------------------------------------------ reads, clients
    raft(
        "impl-read-index-leader-change",
        "elections",
        "progress=tuple((n, begin) for n in s.configuration.members)",
        "progress=tuple(\n"
        "            (n, replace(begin, round=dict(s.progress).get(n, begin).round))\n"
        "            for n in s.configuration.members\n"
        "        )",
        SIM,
        "hand",
    ),
    raft("read-local-leader", "reads", "if leased(s, asked.now):", "if s.commit:", SIM, "Figure"),
    raft(
        "read-index-no-own-commit",
        "reads",
        "index = max(s.commit, reads.first)",
        "index = s.commit",
        "features simulation",
    ),
    raft(
        "impl-read-index-before-the-round",
        "reads",
        "if p.round <= reads.confirmed and p.index",
        "if p.index",
        SIM,
        "Figure",
    ),
    raft(
        "lease-too-long",
        "reads",
        "0 <= now - reads.lease < s.config.lease_ticks",
        "0 <= now - reads.lease < 9 * s.config.lease_ticks",
        "features",
    ),
    raft(
        "lease-voters-not-loyal",
        "check_quorum",
        "return s.config.check_quorum and (s.recent or s.role is Role.LEADER)",
        "return False",
        "features",
    ),
    raft(
        "lease-kept-after-hand-over",
        "transfer",
        "reads=given_up(s.reads)",
        "reads=s.reads",
        SIM,
        "leases",
    ),
    # -------------------------------------------------------------------------- leadership
    raft(
        "raft-order-before-caught-up",
        "transfer",
        "p.match == s.log.last_index",
        "p.match <= s.log.last_index",
        "features",
    ),
    raft(
        "raft-joint-commit-by-the-new-half",
        "configuration",
        "highest = min(highest, numbers[len(numbers) - majority(numbers)])",
        "pass",
        "features",
    ),
    raft(
        "raft-snapshot-loses-what-follows",
        "records",
        "if not log.holds(snapshot.index, snapshot.term):",
        "if log.last_index > snapshot.index:",
        "features",
    ),
    raft(
        "session-answer-forgotten",
        "sessions",
        "if x[0] >= answered",
        "if x[0] > answered",
        "features",
    ),
    raft(
        "session-not-ended",
        "sessions",
        "return table.without(name), state, Closed()",
        "return table, state, Closed()",
        "features",
    ),
    Mutant(
        "client-duplicate-applied",
        "host.simulator.application",
        "if number > last:",
        "if number:",
        SIM,
        "raft",
    ),
    Mutant(
        "client-table-not-in-snapshot",
        "host.simulator.application",
        "dict(values), dict(sessions)",
        "dict(values), {}",
        SIM,
        "snapshots members",
    ),
    raft(
        "prevote-lower-term-reply-dropped",
        "pre_vote",
        "or m.term != s.term + 1:",
        "or m.term != s.term:",
        "progress",
    ),
    # -------------------------------------------------------------------------------- paxos
    raft(
        "impl-prevote-contact",
        "pre_vote",
        "    return s, (Send(sender, PreVoteReply(m.term if granted",
        "    s = replace(s, recent=s.config.check_quorum)\n"
        "    return s, (Send(sender, PreVoteReply(m.term if granted",
        "features",
    ),
    raft(
        "impl-heartbeat-term-ignored",
        "replication",
        "    s = adopt(s, m.term)\n    if m.term != s.term or s.role is not Role.LEADER:\n",
        "    if s.role is not Role.LEADER:\n",
    ),
    raft(
        "impl-wrong-nack-index",
        "replication",
        "refused = Refused(m.prev_index, hint,",
        "refused = Refused(hint, hint,",
        "progress",
    ),
    raft(
        "impl-wiped-disk-rejoin",
        "restart",
        "disk.counts and not lost,",
        "disk.counts,",
        SIM,
        "lost",
    ),
    raft(
        "raft-learner-counted-for-commit",
        "configuration",
        "numbers = sorted(map(by, self.voters))\n        highest",
        "numbers = sorted(map(by, self.members))\n        highest",
        SIM,
        "members",
    ),
    Mutant(
        "impl-told-before-synced",
        "host.storage.kept",
        "        self.store.sync()\n        if",
        "        if",
        "simulation",
        "pieces rots",
    ),
    paxos(
        "paxos-own-value",
        "value = s.wanted if highest is None else highest.value",
        "value = s.wanted",
    ),
    paxos(
        "paxos-lowest-vote",
        "m.vote.ballot > highest.ballot",
        "m.vote.ballot < highest.ballot",
    ),
    paxos(
        "paxos-half-quorum", "return len(self.members) // 2 + 1", "return len(self.members) // 2"
    ),
    paxos(
        "paxos-forgotten-promise",
        "return s, (Persist(durable), Send(sender, Promise(m.ballot, durable.vote)))",
        "return s, (Send(sender, Promise(m.ballot, durable.vote)),)",
    ),
    paxos(
        "paxos-promise-hides-vote",
        "return s, (Persist(durable), Send(sender, Promise(m.ballot, durable.vote)))",
        "return s, (Persist(durable), Send(sender, Promise(m.ballot, None)))",
    ),
    paxos(
        "impl-ballot-overwritten-on-disk",
        "durable = replace(s.durable, promised=m.ballot, vote=vote)",
        "durable = replace(s.durable, vote=vote)",
    ),
    paxos(
        "paxos-learner-cross-ballot",
        "if sum(v == vote for _, v in s.votes) < s.quorum:",
        "if sum(v.value == vote.value for _, v in s.votes) < s.quorum:",
    ),
    paxos(
        "paxos-vote-not-durable",
        "return replace(s, durable=durable), (Persist(durable), *told)",
        "return replace(s, durable=durable), told",
    ),
    paxos(
        "paxos-promise-of-a-stranger",
        "    if sender not in s.members:\n        return s, ()\n    match s.leading:",
        "    match s.leading:",
    ),
    paxos(
        "paxos-vote-of-a-stranger",
        "if s.chosen is not None or sender not in s.members:",
        "if s.chosen is not None:",
    ),
    Mutant(
        "impl-non-member-votes",
        "paxos.multi.server",
        "2 * sum(n in servers for n in group) > len(group)",
        "2 * len(servers) > len(group)",
        "exhaustive",
    ),
    # -------------------------------------------------------------------------------- store
    store(
        "impl-commit-index-not-synced",
        "            self.files.sync(segment.name)\n",
        "",
    ),
    store("impl-bit-flip-elected", "!= checksum:", "== -1:", "frames"),
    store("impl-damage-cut-off", "if later or group is not None:", "if group is not None:"),
    store("impl-snapshot-renamed-before-sync", "            self.files.sync(draft)\n", ""),
    store(
        "impl-name-not-synced",
        "        self.files.sync(name)\n        self.files.sync_names()\n",
        "        self.files.sync(name)\n",
    ),
    store(
        "impl-swallowed-save-error",
        "            self._mark()\n        except (StorageFailure, OSError) as error:\n"
        "            raise self._fail(error) from error\n",
        "            self._mark()\n        except (StorageFailure, OSError) as error:\n"
        "            self._waiting = []\n",
    ),
    store("impl-fsync-retry", "        self._failed = str(error)\n", ""),
    store(
        "impl-missing-meta-term-zero",
        'if "identity" not in names:\n            raise',
        'if "identity" not in names:\n            return Recovered(0, None, ())\n            raise',
    ),
)


# ------------------------------------------------------------------------------ loading them
class _Changed(MetaPathFinder, Loader):
    """Loads one module with another text."""

    def __init__(self, module: str, text: str, path: Path) -> None:
        self.module, self.text, self.path = module, text, path

    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if name != self.module:
            return None
        return ModuleSpec(name, self, origin=str(self.path))

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.text, str(self.path), "exec"), module.__dict__)  # a text of our own


def text_of(module: str) -> tuple[Path, str]:
    spec = PathFinder.find_spec(f"{ROOT}.{module}", [str(_folder(module))])
    assert spec is not None
    assert spec.origin is not None
    path = Path(spec.origin)
    return path, path.read_text(encoding="utf-8")


def _folder(module: str) -> Path:
    package = importlib.import_module("ballotproof")
    assert package.__file__ is not None
    return Path(package.__file__).parent.joinpath("impl", *module.split(".")[:-1])


def changed(mutant: Mutant) -> _Changed:
    """**Errors** ValueError if the place is not there, or not just once: the program has changed,
    and the mutant has to follow."""
    path, text = text_of(mutant.module)
    count = text.count(mutant.old)
    first_only = mutant.old.startswith("    if ")  # the first of several places that look the same
    if count != 1 and not (first_only and count):
        raise ValueError(f"{mutant.name}: its place is {count} times in {path}")
    return _Changed(f"{ROOT}.{mutant.module}", text.replace(mutant.old, mutant.new, 1), path)


def forget() -> None:
    """Programs and what uses them are to be loaded again."""
    for name in [n for n in sys.modules if n.startswith(ROOT) or n.endswith("storage.test_store")]:
        del sys.modules[name]


# ---------------------------------------------------------------------------------- the checks
def module(name: str) -> Any:
    return importlib.import_module(f"{ROOT}.{name}")


def quick(mutant: Mutant) -> str | None:
    """The smallest clusters first."""
    return explored(
        module("refine.raft.replication").ReplicationCluster,
        [(2, 2, 0, 0), (2, 1, 1, 1), (2, 2, 0, 1)],
    )


def features(mutant: Mutant) -> str | None:
    """Each feature against its own specification, in as small a cluster as shows it."""
    raft = "refine.raft."
    clusters = [
        module(raft + "polite").PoliteCluster(2, 2, 0, 1),
        module(raft + "transfer").TransferCluster(2, 2, 1),
        module(raft + "transfer").PoliteTransferCluster(2, 2),
        module(raft + "snapshots").SnapshotCluster(2, 2, 0, 1),
        module(raft + "snapshots").SnapshotCluster(3, 1),
        module(raft + "membership").SingleChangeCluster((0, 1), [(0, 1, 2)], 2, 2),
        module(raft + "membership").JointCluster((0, 1), [(0, 2)]),
        module(raft + "chunks").ChunkCluster(3, 1, candidates=(0,)),
        module(raft + "reads").ReadCluster(2, 1, 1, 1),
        module(raft + "leases").LoyalLeaseCluster(2, 1, horizon=1),
        module(raft + "sessions").SessionCluster(2, 1, 2),
    ]
    for cluster in clusters:
        found = module("refine.exhaustive").conform(cluster, most_worlds=20_000)
        if found.deviation is not None:
            return f"{type(cluster).__name__}: {len(found.deviation.events)} events"
    return None


def exhaustive(mutant: Mutant) -> str | None:
    if mutant.module.startswith("paxos.multi"):
        cluster = module("refine.paxos.multi").MultiCluster(
            2,
            founders=(0,),
            groups=((1,),),
            leaders=(0,),
            slots=3,
            window=2,
            commands=2,
        )
        found = module("refine.exhaustive").conform(cluster, most_worlds=200_000)
        return None if found.deviation is None else f"{len(found.deviation.events)} events"
    if mutant.module.startswith("paxos"):
        divided, begin = module("refine.paxos.single_decree").divided()
        found = module("refine.exhaustive").conform(divided, 5_000, begin=begin)
        if found.deviation is not None:
            return f"{len(found.deviation.events)} events, the first of them chosen"
        overheard = module("refine.paxos.single_decree").OverheardCluster
        found = module("refine.exhaustive").conform(overheard(2, 1, 1), 5_000)
        if found.deviation is not None:
            return f"{len(found.deviation.events)} events, with a server that is no member"
        cluster = module("refine.paxos.single_decree").SingleDecreeCluster
        sizes = [(2, 2, 1, 0), (3, 1, 1, 0), (2, 1, 2, 1), (3, 2, 1, 0)]
    else:
        cluster = module("refine.raft.replication").ReplicationCluster
        sizes = [(2, 3, 0, 0), (3, 2, 0, 0)]
    return explored(cluster, sizes)


def explored(cluster: Any, sizes: Sequence[tuple[int, ...]]) -> str | None:
    conform = module("refine.exhaustive").conform
    for size in sizes:
        found = conform(cluster(*size), most_worlds=15_000)
        if found.deviation is not None:
            return f"{len(found.deviation.events)} events, {found.worlds:,} worlds"
    return None


def stepwise(mutant: Mutant) -> str | None:
    judge, runs = module("refine.stepwise"), module("host.simulator.runs")
    cluster = module("refine.raft.replication").ReplicationCluster
    for n, kind in enumerate([k for k in runs.KINDS if "Figure 2" in k.name] * 4):
        stepwise = judge.Stepwise(cluster(len(kind.program().nodes), 200, 100, 1000))
        try:
            found = runs.run_of(n, kind).run(stepwise)
        except judge.Deviates:
            return f"step {stepwise.steps:,} of run {n}"
        if found.violation is not None:
            return f"run {n}: {found.violation}"
    return None


def simulation(mutant: Mutant) -> str | None:
    soak, runs = module("refine.soak"), module("host.simulator.runs")
    words = mutant.kinds.split() or ["raft"]
    kinds = [k for k in runs.KINDS if any(w in k.name for w in words)]
    for seed in range(400):
        _, wrong = soak.judged(runs.run_of(seed, kinds[seed % len(kinds)]))
        if wrong is not None:
            return f"run {seed}: {wrong}"
    return None


def progress(mutant: Mutant) -> str | None:
    soak, runs = module("refine.soak"), module("host.simulator.runs")
    for seed in range(40):
        wrong = soak.stuck(runs.calm(seed))
        if wrong is not None:
            return f"run {seed}: {wrong}"
    return None


def changes(mutant: Mutant) -> str | None:
    soak, runs = module("refine.soak"), module("host.simulator.runs")
    for seed in range(60):
        wrong = soak.unsettled(runs.calm(seed, runs.CHANGING))
        if wrong is not None:
            return f"run {seed}: {wrong}"
    return None


def storage(mutant: Mutant) -> str | None:
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    try:
        tests = importlib.import_module("tests.impl.host.storage.test_store")
    finally:
        sys.path.pop(0)
    checks: list[tuple[str, Callable[..., None], tuple[Any, ...]]] = [
        ("damage", tests.test_what_follows_tells_damage_from_torn_writes, ()),
        ("fsync", tests.test_fsync_is_not_tried_again, ()),
        *(
            (f"some crashes, script {i}", tests.some_crash_points, (s, random.Random(i), set()))
            for i, s in enumerate(tests.SCRIPTS)
        ),
        *(
            (f"crashes, script {i}", tests.test_every_crash_point, (s,))
            for i, s in enumerate(tests.SCRIPTS)
        ),
        ("flipped bits", tests.test_every_flipped_bit_is_refused, (tests.SCRIPTS[0],)),
        ("missing files", tests.test_what_is_missing_is_refused, (tests.SCRIPTS[0],)),
        *(
            (f"fault {f.name}", tests.test_a_store_that_failed_takes_nothing_more, (f,))
            for f in tests.Fault
        ),
    ]
    for name, check, given in checks:
        try:
            check(*given)
        except BaseException as error:  # pytest's own failures are no Exceptions
            if isinstance(error, KeyboardInterrupt):
                raise
            return name
    return None


CHECKS: dict[str, Callable[[Mutant], str | None]] = {
    "quick": quick,
    "features": features,
    "exhaustive": exhaustive,
    "stepwise": stepwise,
    "simulation": simulation,
    "progress": progress,
    "changes": changes,
    "storage": storage,
}


def caught(mutant: Mutant) -> tuple[str, str] | None:
    """Which check has noticed the mistake, and where; None if none has."""
    finder = changed(mutant)
    forget()
    sys.meta_path.insert(0, finder)
    try:
        for name in mutant.by.split():
            try:
                where = CHECKS[name](mutant)
            except Exception as error:  # a program that breaks is noticed, too
                where = f"{type(error).__name__}: {error}"
            if where is not None:
                return name.replace("quick", "exhaustive"), where
        return None
    finally:
        sys.meta_path.remove(finder)
        forget()


def table(names: list[str]) -> Iterator[str]:
    begin = time.process_time()
    chosen = [m for m in MUTANTS if not names or m.name in names]
    missed = 0
    width = max(len(m.name) for m in chosen)
    for mutant in chosen:
        before = time.process_time()
        found = caught(mutant)
        spent = time.process_time() - before
        missed += found is None
        how, where = found or ("MISSED", "")
        said = where.partition("\n")[0][:90]
        yield f"{mutant.name:<{width}}  {spent:5.1f} s  {how:<10}  {said}"
    seen = len(chosen) - missed
    spent = time.process_time() - begin
    yield f"{seen} of {len(chosen)} mistakes noticed ({seen / len(chosen):.0%}), {spent:.0f} CPU s"


def main() -> None:
    last = ""
    for line in table(sys.argv[1:]):
        print(line, flush=True)
        last = line
    done, _, whole = last.split()[:3]
    sys.exit(0 if done == whole else 12)


if __name__ == "__main__":
    main()

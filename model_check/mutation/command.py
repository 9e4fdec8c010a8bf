"""``ballotproof mutate``: what of a protocol, and of its proof, is needed."""

from __future__ import annotations

import resource
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import click
import msgspec

from ...spec.lang.errors import BallotproofError, UsageError
from ..backends.fol.solver import z3_version
from ..commands import describe, say
from ..discover import FoundProof, find_proofs
from ..induction.prover import Settings, jobs_by_default
from ..paint import Paint, paint_for
from ..progress import Progress, duration
from ..prove import Proved, prove
from ..summary import columns, count
from ..verdict import ExitCode, worst
from .crew import judged
from .judgement import Class, Judge, Judged
from .memory import Remembered
from .mutant import Kind, Mutant
from .mutants import mutants_of
from .search import Effort

__all__ = ["MutateOptions", "run_mutate"]

RESOURCES = 2_000_000
"""The most work for one question about a mutant, in Z3's measure: some two seconds."""

ROLES = {
    Class.KILLED: "good",
    Class.CTI: "good",
    Class.PROVED: "action",
    Class.DEAD: "bad",
    Class.UNDECIDED: "open",
}
WHOLE = (Kind.GUARD, Kind.UPDATE, Kind.SEND, Kind.INVARIANT)
"""What the line of the text says by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MutateOptions:
    """One invocation of ``mutate``. ``jobs`` 0 means as many as there are processors."""

    targets: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    limit: int | None = None
    states: int | None = None
    resources: int | None = None
    jobs: int = 0
    cache: bool = True
    details: bool = False
    json: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """The mutants of one proof with their classes. ``every`` is how many there are."""

    found: FoundProof
    mutants: Sequence[Mutant]
    judged: Sequence[Judged]
    every: int
    seconds: float

    @property
    def code(self) -> ExitCode:
        open_ = any(j.outcome is Class.UNDECIDED for j in self.judged)
        return ExitCode.INCONCLUSIVE if open_ else ExitCode.HOLDS


def run_mutate(options: MutateOptions) -> int:
    """Judge the mutants of all proofs that the targets name. The exit code."""
    chosen = {f.identity: f for target in options.targets for f in find_proofs(target)}
    progress = Progress(sys.stderr, quiet=options.quiet)
    paint = paint_for(sys.stdout)
    codes: list[ExitCode] = []
    results: list[Result] = []
    for number, found in enumerate(chosen.values()):
        progress.phase(found.identity)
        try:
            made = _mutated(found, options, progress)
        except BallotproofError as error:
            progress.clear()
            said = describe(error)
            if len(chosen) == 1 or said is None:
                raise
            click.echo(said[0], err=True)
            codes.append(ExitCode(said[1]))
            continue
        progress.clear()
        if isinstance(made, Proved):
            click.echo(
                f"{found.identity}: the proof does not hold as it is, and mutants are compared "
                f"with it; `ballotproof prove {found.identity}` says what is open",
                err=True,
            )
            codes.append(made.code)
            continue
        codes.append(made.code)
        results.append(made)
        if not options.json:
            say([*[""] * bool(number and not options.quiet), *_text(made, paint, options)])
    code = worst(codes)
    if options.json:
        answer = MutateAnswer(
            exit_code=int(code),
            proofs=[_answer(r) for r in results],
            versions={"z3": z3_version()},
        )
        say(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode())
    return int(code)


def _mutated(found: FoundProof, options: MutateOptions, progress: Progress) -> Result | Proved:
    """The mutants of one proof; the proof instead, if it does not hold."""
    start_s = _processor_s()
    jobs = options.jobs or jobs_by_default()
    proved = prove(
        found.proof, Settings(jobs=jobs), cache=options.cache,
        report=lambda done, of, name: progress.text(lambda: f"{done} of {of} conditions: {name}"),
    )  # fmt: skip
    if proved.code is not ExitCode.HOLDS:
        return proved
    memory = {r.name: [r.known] for r in proved.results.values() if r.known is not None}
    settings = Settings(resources=options.resources or RESOURCES)
    effort = Effort()
    if options.states is not None:
        effort = Effort(states=options.states, deep=max(effort.deep, options.states))
    judge = Judge(
        proved.conditions, effort=effort, settings=settings, memory=memory, results=proved.results
    )
    every = list(mutants_of(proved.conditions))
    mutants = _selected(every, proved, options)
    done: dict[int, Judged] = {}
    remembered = Remembered(judge, settings, enabled=options.cache)
    for number, one in judged(remembered, mutants, jobs):
        done[number] = one
        progress.text(lambda: f"{len(done)} of {len(mutants)} mutants: {_counts(done.values())}")
    in_order = [done[i] for i in range(len(mutants))]
    return Result(found, mutants, in_order, len(every), _processor_s() - start_s)


def _selected(every: Sequence[Mutant], proved: Proved, options: MutateOptions) -> list[Mutant]:
    """Those asked for. **Errors** UsageError for an action that there is not."""
    mutants = list(every)
    if options.actions:
        known = [a.name for a in proved.conditions.spec.actions]
        for name in options.actions:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"it has {', '.join(known)}"
                raise UsageError(f"{proved.conditions.spec.name} has no action {name}; {hint}")
        mutants = [m for m in mutants if m.kind.of_action and m.actions & set(options.actions)]
    return mutants[: options.limit]


def _processor_s() -> float:
    """Processor time of this process and of those it has waited for."""
    used = (resource.getrusage(x) for x in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(r.ru_utime + r.ru_stime for r in used)


# ----------------------------------------------------------------------------------------- text
def _text(r: Result, paint: Paint, options: MutateOptions) -> Iterator[str]:
    """Each mutant, then how many there are of each class."""
    counted = Counter(j.outcome for j in r.judged)
    of = f" of {r.every:,}" if len(r.mutants) < r.every else ""
    head = f"{r.found.identity}: {len(r.mutants):,}{of} mutants"
    if options.quiet:
        yield f"{head}: {_counts(r.judged)}"
        return
    yield paint("action", head)
    for m, j in zip(r.mutants, r.judged, strict=True):
        yield f"  {m.where}: {m.kind.value} in {_places(m)}{_what(m)}"
        if m.source:
            yield f"      {m.source}"
        yield f"      {paint(ROLES[j.outcome], j.outcome.value)}: {j.reason}"
        if options.details and j.broken is not None:
            yield ""
            yield from (f"      {line}".rstrip() for line in j.broken.text)
            yield ""
    yield ""
    yield from (f"  {line}" for line in _table(r))
    yield f"  {duration(r.seconds)} of processor time"
    if counted[Class.UNDECIDED]:
        said = count(counted[Class.UNDECIDED], "mutant")
        yield f"  {said} undecided; --states and --resources look further"


def _counts(judged: Iterable[Judged]) -> str:
    """How many there are of each class, in words."""
    counted = Counter(j.outcome for j in judged)
    return ", ".join(f"{counted[c]} {c.value}" for c in Class if counted[c])


def _places(m: Mutant) -> str:
    """The action, invariant or law that is changed, and what else is."""
    others = sorted(m.actions - {m.place}) + sorted(m.claims - {m.place})
    return ", ".join([m.place, *others])


def _what(m: Mutant) -> str:
    return "" if m.kind in WHOLE and m.source else f": {m.what}"


def _table(r: Result) -> list[str]:
    """Kinds down, classes across."""
    cells = Counter((m.kind, j.outcome) for m, j in zip(r.mutants, r.judged, strict=True))
    classes = [c for c in Class if any(cells[k, c] for k in Kind)]
    rows = [["", *(c.value for c in classes), "all"]]
    for kind in Kind:
        numbers = [cells[kind, c] for c in classes]
        if any(numbers):
            rows.append([kind.value, *(f"{x or ''}" for x in numbers), str(sum(numbers))])
    sums = [sum(cells[k, c] for k in Kind) for c in classes]
    rows.append(["all", *map(str, sums), str(sum(sums))])
    return columns(rows)


# ----------------------------------------------------------------------------------------- JSON
class MutantAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One mutant. ``also`` are the actions and claims beside ``place`` that use the helper, and
    change with it. ``claim`` and ``steps`` are those of a behaviour that breaks it, ``trace`` is
    that behaviour as ITF; ``cell`` is a condition that fails or is open."""

    file: str
    line: int
    kind: str
    place: str
    also: list[str]
    what: str
    source: str
    outcome: str
    reason: str
    claim: str | None
    steps: int | None
    shortest: bool
    trace: msgspec.Raw | None
    cell: str | None


class MutatedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The mutants of one proof. **Units** ``seconds`` is processor time."""

    module: str
    proof: str
    exit_code: int
    all_mutants: int
    counts: dict[str, int]
    mutants: list[MutantAnswer]
    seconds: float


class MutateAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer of ``ballotproof mutate --json``."""

    exit_code: int
    proofs: list[MutatedAnswer]
    versions: dict[str, str]


def _answer(r: Result) -> MutatedAnswer:
    counted = Counter(j.outcome.value for j in r.judged)
    return MutatedAnswer(
        module=r.found.module,
        proof=r.found.proof.name,
        exit_code=int(r.code),
        all_mutants=r.every,
        counts={c.value: counted[c.value] for c in Class},
        mutants=[
            MutantAnswer(
                file=m.where.rpartition(":")[0],
                line=m.span.line,
                kind=m.kind.value,
                place=m.place,
                also=sorted((m.actions | m.claims) - {m.place}),
                what=m.what,
                source=m.source,
                outcome=j.outcome.value,
                reason=j.reason,
                claim=None if j.broken is None else j.broken.claim,
                steps=None if j.broken is None else j.broken.steps,
                shortest=j.broken is not None and j.broken.shortest,
                trace=None if j.broken is None else j.broken.trace,
                cell=j.cell,
            )
            for m, j in zip(r.mutants, r.judged, strict=True)
        ],
        seconds=r.seconds,
    )

"""``ballotproof prove``: which proofs, and what is told of them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile

import click
import msgspec

from ..spec.lang.errors import BallotproofError, UsageError
from .backends.fol.solver import cvc5_version, z3_version
from .commands import describe, say, width
from .discover import FoundProof, find_proofs, shipped_proofs, slug_of
from .induction.answer import FailedAnswer, failed, trace
from .induction.minimise import Minimal
from .induction.prover import RESOURCES, CellResult, Settings, Status, jobs_by_default
from .induction.support import FORMS, Support, written
from .options import ProveOptions
from .paint import Paint, paint_for
from .progress import Progress, duration
from .prove import Proved, prove
from .summary import columns, count
from .verdict import ExitCode, worst

__all__ = ["Attempt", "headline", "proving", "run_prove", "told"]

SLOW = 5
"""So many of the slowest conditions are shown."""


def run_prove(options: ProveOptions) -> int:
    """Prove all that the targets name. The exit code."""
    found = selected(options)
    if options.solver == "both" and cvc5_version() is None:
        raise UsageError("cvc5 is not installed; `pip install cvc5`, or leave out --solver both")
    if options.minimise and options.cells:
        raise UsageError("--minimise is of a whole proof; leave out --cell")
    graph = graph_file(options, len(found))
    if options.smtlib is not None:
        make_folder(Path(options.smtlib))
    settings = Settings(
        resources=options.resources or RESOURCES,
        jobs=options.jobs or jobs_by_default(),
        solver=options.solver,
        seeds=options.seeds,
        smtlib=None if options.smtlib is None else Path(options.smtlib),
    )
    progress = Progress(sys.stderr, quiet=options.json or options.quiet)
    paint = paint_for(sys.stdout)
    attempts: list[Attempt] = []
    for attempt in proving(found, settings, options, progress):
        if not options.json and attempt.proved is not None:
            if attempts and not options.quiet:
                say("")
            say(list(told(attempt.found, attempt.proved, options, paint)))
        attempts.append(attempt)
    code = worst(a.code for a in attempts)
    if graph is not None:
        write(graph, [support(a.found, a.proved) for a in attempts if a.proved is not None])
    if options.json:
        answers = [answer(a.found, a.proved) for a in attempts if a.proved is not None]
        versions = {"z3": z3_version(), "cvc5": cvc5_version() or "not installed"}
        errors = [failed(a.found, a.error, a.code) for a in attempts if a.error is not None]
        made = ProveAnswer(exit_code=int(code), proofs=answers, errors=errors, versions=versions)
        say(msgspec.json.format(msgspec.json.encode(made), indent=2).decode())
    elif len(attempts) > 1:
        say(["", *proofs_table(attempts, paint)])
    return int(code)


@dataclass(frozen=True)
class Attempt:
    """What came of one proof; ``proved`` is None where a mistake kept it from being tried."""

    found: FoundProof
    proved: Proved | None
    code: ExitCode
    error: BallotproofError | None = None


def proving(
    found: Sequence[FoundProof], settings: Settings, options: ProveOptions, progress: Progress
) -> Iterator[Attempt]:
    """One proof after another. A mistake in one is told at once, and the others go on.

    **Errors** those of :func:`.prove.prove` where there is only one and no document to tell of it,
    or nobody foresaw them.
    """
    alone = len(found) == 1
    for one in found:
        progress.phase(one.identity)
        try:
            proved = prove(
                one.proof, settings_for(settings, one, alone=alone),
                selection=options.cells, cache=options.cache, least=options.minimise,
                report=lambda done, of, name: progress.text(lambda: f"{done} of {of}: {name}"),
            )  # fmt: skip
        except BallotproofError as error:
            progress.clear()
            said = describe(error)
            if said is None or (alone and not options.json):
                raise
            click.echo(said[0], err=True)
            yield Attempt(one, None, ExitCode(said[1]), error)
            continue
        progress.clear()
        yield Attempt(one, proved, proved.code)


def selected(options: ProveOptions) -> list[FoundProof]:
    """The proofs that the targets name, each once. **Errors** UsageError."""
    if not options.targets:
        return [f for f in shipped_proofs() if options.every_model or not f.proof.slow]
    chosen = {f.identity: f for target in options.targets for f in find_proofs(target)}
    quick = [f for f in chosen.values() if not f.proof.slow]
    return list(chosen.values()) if options.every_model or not quick else quick


def graph_file(options: ProveOptions, proofs: int) -> Path | None:
    """Where the graph goes. **Errors** UsageError for a form that there is not, or that takes one
    proof only."""
    if options.graph is None:
        return None
    file = Path(options.graph)
    forms = [*FORMS, ".json"]
    if file.suffix not in forms:
        raise UsageError(f"--graph writes {', '.join(forms)}, and not {file.name}")
    if file.suffix == ".svg" and proofs > 1:
        raise UsageError("--graph draws one proof as .svg; .json, .dot and .txt take several")
    try:
        there = file.exists()
        file.open("a", encoding="utf-8").close()  # what it holds stays until there is a graph
        if not there:
            file.unlink()
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from error
    return file


def make_folder(folder: Path) -> None:
    """**Errors** UsageError when there can be no file in this folder."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UsageError(f"nothing can be written to {folder}: {error.strerror}") from error


def support(one: FoundProof, p: Proved) -> Support:
    """Which lemma supports which; of what is left, if lemmas were left out."""
    conditions, results = p.conditions, p.results
    if p.minimal is not None:
        conditions, results = p.minimal.conditions, p.minimal.results
    lemmas = {name: r.lemmas for name, r in results.items()}
    return Support.of(one.identity, conditions, lemmas)


def write(file: Path, graphs: Sequence[Support]) -> None:
    """**Errors** UsageError when the file cannot be written."""
    try:
        file.write_text("\n".join([*written(graphs, file.suffix), ""]), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}") from error


def settings_for(settings: Settings, one: FoundProof, *, alone: bool) -> Settings:
    """Questions of several proofs are written to a folder each."""
    if settings.smtlib is None or alone:
        return settings
    return replace(settings, smtlib=settings.smtlib / slug_of(one.identity))


# ----------------------------------------------------------------------------------------- text
def told(one: FoundProof, p: Proved, options: ProveOptions, paint: Paint) -> Iterator[str]:
    """What is said of a proof."""
    yield headline(one, p, paint)
    if options.quiet:
        if p.minimal is not None:
            yield minimal_in_a_line(p.minimal)
        return
    yield from witnessed(p, paint)
    if not p.results:
        return
    yield ""
    yield from matrix(p, paint)
    yield ""
    yield from figures(p)
    yield from open_cells(p, paint)
    if options.details:
        yield ""
        yield from details(p.results.values())


def headline(one: FoundProof, p: Proved, paint: Paint) -> str:
    """The verdict in a line."""
    proof = one.proof
    of = proof.of.__name__
    done = sum(r.status.holds for r in p.results.values())
    match p.code:
        case ExitCode.HOLDS:
            what = paint("good", "proved for every size")
        case ExitCode.SAFETY:
            what = paint("bad", "false: a reachable state breaks " + said_broken(p))
        case ExitCode.ASSUMPTION:
            what = paint("bad", "assumes what is not so: " + ", ".join(p.witnesses.false))
        case ExitCode.VACUOUS if not p.conditions.goals:
            what = paint("open", "nothing is claimed, and so nothing is proved")
        case ExitCode.VACUOUS:
            what = paint("open", "proved, but perhaps of nothing")
        case _ if not p.open:
            what = paint("open", "in part: the conditions asked for are proved")
        case _:
            what = paint("open", f"open: {count(len(p.open), 'condition')} not proved")
    goals = f"{done} of {count(len(p.results), 'condition')}" if p.results else "nothing was asked"
    return f"{one.identity} of {of}: {what}; {goals}, {duration(p.seconds)}"


def said_broken(p: Proved) -> str:
    """The invariants that are false in a reachable state, by name."""
    broken = p.witnesses.broken
    return "" if broken is None else ", ".join(broken.claims)


def witnessed(p: Proved, paint: Paint) -> Iterator[str]:
    """Whether the proof is about anything."""
    w = p.witnesses
    if not p.conditions.goals:
        of = p.conditions.proof.of.__name__
        if p.conditions.proof.goals is None:
            yield paint("open", f"  {of} has no invariant and no step invariant")
        else:
            yield paint("open", f"  `goals` names no claim of {of}; leave it out to prove them all")
    for name, instance in w.false.items():
        yield paint("bad", f"  the assumption {name} is false in the instance `{instance}`")
    if w.broken is not None:
        are = "are" if len(w.broken.claims) > 1 else "is"
        where = f"this behaviour of the instance `{w.broken.model.name}`"
        yield paint("bad", f"  {said_broken(p)} {are} broken by {where}:")
        yield from w.broken.behaviour.text(paint)
    if not w.instances:
        yield paint("open", "  no instance shows that the assumptions can hold; give `instances`")
    elif w.dead and not w.false and not w.broken:
        names = ", ".join(w.dead)
        yield paint("open", f"  no instance was seen to take {names}; a larger one may")
    elif w.convincing:
        yield (
            f"  assumptions hold and every action happens in "
            f"{', '.join(f'`{x}`' for x in dict.fromkeys(w.fired.values()))}"
        )
    network = p.conditions.proof.network
    kind = (
        "a set that only grows: loss, repetition, reordering" if network is None else str(network)
    )
    if any(f.network is not None for f in p.conditions.spec.fields):
        yield f"  network: {kind}"
    if p.conditions.proof.restarts:
        yield "  nodes restart any number of times"


MARKS = {
    Status.UNCHANGED: ("·", ".", "dim"),
    Status.PROVED: ("✓", "+", "good"),
    Status.KNOWN: ("✓", "+", "good"),
    Status.IMPLIED: ("⇐", "<", "good"),
    Status.UNKNOWN: ("?", "?", "open"),
    Status.UNSUPPORTED: ("!", "!", "open"),
}
LEGEND = (
    (Status.PROVED, "proved"),
    (Status.UNCHANGED, "nothing it reads is written"),
    (Status.IMPLIED, "follows from others"),
    (Status.UNKNOWN, "open"),
    (Status.UNSUPPORTED, "no first-order form"),
)


def plain() -> bool:
    """Whether the output takes no more than ASCII."""
    try:
        "".join(mark for mark, _, _ in MARKS.values()).encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return True
    return False


def matrix(p: Proved, paint: Paint) -> Iterator[str]:
    """Claims by actions: a mark for each condition."""
    column = int(plain())
    rows: dict[str, dict[str, Status]] = {}
    actions: dict[str, None] = {}
    for name, r in p.results.items():
        row, _, claim = name.partition("/")
        is_action = row in {a.name for a in (p.conditions.spec.init, *p.conditions.spec.actions)}
        if not is_action:
            row, claim = "any state", (row if claim == "defined" else claim)
        actions[row] = None
        rows.setdefault(claim, {})[row] = r.status
    order = [a for a in actions if a != "any state"]
    order += ["any state"] if "any state" in actions else []
    letters = [chr(ord("a") + i) if i < 26 else chr(ord("A") + i - 26) for i in range(len(order))]
    size = max(map(len, rows))
    lemmas = [x for x in rows if x not in p.conditions.goals and x != "defined"]
    sorted_rows = [x for x in p.conditions.goals if x in rows] + lemmas
    sorted_rows += ["defined"] if "defined" in rows else []
    yield f"  {'':{size}}  {' '.join(letters)}"
    for claim in sorted_rows:
        marks = []
        for action in order:
            status = rows[claim].get(action)
            if status is None:
                marks.append(" ")
            else:
                mark = MARKS[status]
                marks.append(paint(mark[2], mark[column]))
        yield f"  {claim:{size}}  {' '.join(marks)}".rstrip()
    legend = [f"{x} {a}" for x, a in zip(letters, order, strict=True)]
    yield from wrapped("  ", legend)
    there = {r.status for r in p.results.values()}
    there |= {Status.PROVED} if Status.KNOWN in there else set()
    yield "  " + "; ".join(f"{MARKS[s][column]} {text}" for s, text in LEGEND if s in there)


def wrapped(indent: str, words: Sequence[str]) -> Iterator[str]:
    """Words with commas between, in lines that fit."""
    line = ""
    for word in words:
        more = f"{line}, {word}" if line else word
        if len(indent) + len(more) > width() - 2 and line:
            yield f"{indent}{line},"
            line = word
        else:
            line = more
    if line:
        yield f"{indent}{line}"


def figures(p: Proved) -> Iterator[str]:
    """What it took, and what it rests on."""
    results = p.results.values()
    asked = [r for r in results if r.status is Status.PROVED]
    known = sum(r.status is Status.KNOWN for r in results)
    solvers = f"Z3 {z3_version()}"
    said = [f"{count(len(asked), 'condition')} proved by {solvers}"]
    if known:
        said.append(f"{known} known from before")
    seconds = sum(r.seconds for r in results)
    said.append(f"{duration(seconds)} of processor time")
    yield "  " + ", ".join(said)
    if p.solver == "both":
        confirmed = [r for r in results if r.confirmed is not None]
        agreed = sum(bool(r.confirmed) for r in confirmed)
        yield f"  cvc5 {cvc5_version()} comes to the same answer on {agreed} of {len(confirmed)}"
        missing = [r.name for r in confirmed if not r.confirmed]
        if missing:
            yield from wrapped("    and gives up on ", missing)
    if p.fragment is not None:
        yield f"  quantifiers: {p.fragment.text()}"
    slow = sorted((r for r in results if r.seconds >= 0.5), key=lambda r: -r.seconds)[:SLOW]
    if slow:
        shown = ", ".join(f"{r.name} {duration(r.seconds)} ({r.strategy})" for r in slow)
        yield f"  slowest: {shown}"
    stable = [r for r in results if r.stable is not None]
    if stable:
        yield from stability(stable)
    if p.unused:
        yield from wrapped("  true, and not needed for the goals: ", p.unused)
    if p.minimal is not None:
        yield from minimal(p.minimal)


def minimal(m: Minimal) -> Iterator[str]:
    """Which lemmas are not needed, and why the others are."""
    if not m.dropped:
        yield "  every lemma is needed"
    else:
        yield (
            f"  proved without {count(len(m.left_out), 'lemma')}: "
            f"{count(len(m.results), 'condition')} are left, all proved"
        )
    for name, others in m.dropped.items():
        with_it = f", nor {', '.join(others)}, lost with it" if others else ""
        yield f"    {name} is not needed{with_it}"
    for name, lost in m.needed.items():
        yield f"    {name} is needed: without it {lost}"


def minimal_in_a_line(m: Minimal) -> str:
    """Which lemmas are needed, and which not, without the reasons."""
    kept = ", ".join(m.needed) or "none"
    if not m.dropped:
        return f"  every lemma is needed: {kept}"
    return f"  not needed: {', '.join(m.left_out)}; needed: {kept}"


def stability(results: Sequence[CellResult]) -> Iterator[str]:
    """How often each condition is proved with other seeds."""
    seeds = max(r.stable[1] for r in results if r.stable is not None)
    always = sum(r.stable is not None and r.stable[0] == r.stable[1] for r in results)
    yield f"  with {seeds} other seeds: {always} of {len(results)} conditions proved every time"
    for r in results:
        if r.stable is not None and r.stable[0] < r.stable[1]:
            yield f"    {r.name}: {r.stable[0]} of {r.stable[1]} times ({r.strategy})"


def open_cells(p: Proved, paint: Paint) -> Iterator[str]:
    """Why conditions are open."""
    if not p.open:
        return
    yield ""
    for r in p.open:
        yield f"  {paint('open', r.name)}: {r.reason}"
    yield "  An open condition is neither proved nor refuted."


def details(results: Iterable[CellResult]) -> Iterator[str]:
    """A line for each condition."""
    rows = [("condition", "verdict", "time", "work", "cvc5", "strategy")]
    lemmas = [""]
    for r in results:
        time = f"{r.seconds:.2f} s" if r.seconds else ""
        agreed = "" if r.confirmed is None else "agrees" if r.confirmed else "gives up"
        work = f"{r.work:,}" if r.work else ""
        rows.append((r.name, r.status.value, time, work, agreed, r.strategy))
        lemmas.append(", ".join(r.lemmas))
    for line, used in zip(columns(rows), lemmas, strict=True):
        yield f"  {line}"
        if used:
            yield from wrapped("      from ", used.split(", "))


def proofs_table(attempts: Sequence[Attempt], paint: Paint) -> list[str]:
    """All proofs: how many conditions are closed, what it took, and in which fragment they lie."""
    asked = any(a.proved is not None and a.proved.solver == "both" for a in attempts)
    seeded = any(r.stable for a in attempts if a.proved for r in a.proved.results.values())
    head = ["proof", "conditions", "closed", "Z3 asked"]
    head += ["cvc5 agrees"] * asked + ["every seed"] * seeded + ["CPU", "verdict"]
    rows = [head]
    fragments = ["  quantifiers"]
    for a in attempts:
        if a.proved is None:
            rows.append([a.found.identity, *[""] * (len(head) - 2), "error"])
            fragments.append("")
            continue
        results = a.proved.results.values()
        row = [a.found.identity, f"{len(results):,}", f"{sum(r.status.holds for r in results):,}"]
        row.append(f"{sum(r.status is Status.PROVED for r in results):,}")
        if asked:
            there = [r for r in results if r.confirmed is not None]
            row.append(f"{sum(bool(r.confirmed) for r in there):,} of {len(there):,}")
        if seeded:
            tried = [r.stable for r in results if r.stable is not None]
            row.append(f"{sum(n == of for n, of in tried):,} of {len(tried):,}")
        row += [duration(a.proved.cpu_s), WORDS.get(a.code, "open")]
        rows.append(row)
        fragment = a.proved.fragment
        fragments.append("  " + (fragment.text() if fragment is not None else "unknown"))
    good = sum(a.code is ExitCode.HOLDS for a in attempts)
    lines = [f"{x}{y}".rstrip() for x, y in zip(columns(rows), fragments, strict=True)]
    if good == len(attempts):
        closing = paint("good", f"all {len(attempts)} proofs hold for every size")
    else:
        code = worst(a.code for a in attempts)
        closing = paint("bad", f"{len(attempts) - good} of {len(attempts)} proofs to look at "
                               f"(exit code {int(code)})")  # fmt: skip
    return [*lines, "", closing]


WORDS = {
    ExitCode.HOLDS: "proved",
    ExitCode.SAFETY: "false",
    ExitCode.ASSUMPTION: "assumes what is false",
    ExitCode.VACUOUS: "perhaps of nothing",
}
"""A verdict in a word or two; any other is open."""


# ----------------------------------------------------------------------------------------- JSON
class CellAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One condition. ``work`` is in Z3's own measure, ``seconds`` is processor time."""

    name: str
    status: str
    strategy: str
    lemmas: list[str]
    work: int
    seconds: float
    reason: str
    confirmed: bool | None
    stable: tuple[int, int] | None


class ProofAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One proof. ``fired`` says in which instance an action was seen to happen; ``not_needed`` are
    lemmas that ``--minimise`` leaves out, ``needed`` says what is lost without the others. All that
    is ``broken`` is so after the behaviour ``broken_trace``, an ITF document."""

    module: str
    proof: str
    protocol: str
    goals: list[str]
    exit_code: int
    proved: bool
    conditions: list[CellAnswer]
    fired: dict[str, str]
    false_assumptions: dict[str, str]
    broken: list[str]
    broken_trace: msgspec.Raw | None
    fragment: str | None
    unused: list[str]
    not_needed: list[str] | None
    needed: dict[str, str] | None
    seconds: float


class ProveAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer of ``ballotproof prove --json``. ``errors`` are of proofs that could not be
    tried."""

    exit_code: int
    proofs: list[ProofAnswer]
    errors: list[FailedAnswer]
    versions: Mapping[str, str]


def answer(one: FoundProof, p: Proved) -> ProofAnswer:
    """A proof for programs."""
    broken = p.witnesses.broken
    said = f"breaks {said_broken(p)}"
    cells = [
        CellAnswer(
            name=r.name,
            status=r.status.value,
            strategy=r.strategy,
            lemmas=list(r.lemmas),
            work=r.work,
            seconds=r.seconds,
            reason=r.reason,
            confirmed=r.confirmed,
            stable=r.stable,
        )
        for r in p.results.values()
    ]
    return ProofAnswer(
        module=one.module,
        proof=one.proof.name,
        protocol=one.proof.of.__name__,
        goals=list(p.conditions.goals),
        exit_code=int(p.code),
        proved=p.code is ExitCode.HOLDS,
        conditions=cells,
        fired=p.witnesses.fired,
        false_assumptions=p.witnesses.false,
        broken=[] if broken is None else list(broken.claims),
        broken_trace=None
        if broken is None
        else trace(one.source, broken.model, broken.behaviour, description=said),
        fragment=None if p.fragment is None else p.fragment.text(),
        unused=list(p.unused),
        not_needed=None if p.minimal is None else p.minimal.left_out,
        needed=None if p.minimal is None else dict(p.minimal.needed),
        seconds=p.seconds,
    )

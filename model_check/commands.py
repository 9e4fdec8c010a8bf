"""What the commands do, between the options of :mod:`.cli` and the machine."""

from __future__ import annotations

import inspect
import random
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import click
import msgspec

from ..spec.lang.errors import (
    BallotproofError,
    CheckpointError,
    InternalError,
    SpecError,
    Unsupported,
    UsageError,
    shown_path,
)
from ..spec.lang.model import Expectation, Model
from .bounds import bounds_of
from .check import Mistake, Order, Walks, check, sample, simulate, versions, with_options
from .counterexample import Behaviour
from .discover import SPEC, Found, find, find_protocol, shipped
from .document import (
    ModelAnswer,
    ReplayAnswer,
    ReplayedAnswer,
    answer_of,
    failed_answer,
    listed_answer,
    model_answer,
    trace_of,
    violations_of,
)
from .engine import Engine
from .expectation import outcome_of, shown_expectation
from .explore.claims import Kind
from .explore.resources import Resources
from .explore.search import Limits
from .itf import Codec, model_of, read_document, write_document
from .options import Options
from .overrides import Overrides, apply
from .paint import paint_for
from .progress import Progress
from .space_time import ASCII, UNICODE, Marks, space_time
from .summary import (
    Result,
    closing,
    count,
    coverage_table,
    line,
    paragraph,
    results_table,
)
from .verdict import ExitCode, Verdict, code_of_kind, worst

__all__ = [
    "Run",
    "bounding",
    "describe",
    "run_bound",
    "run_check",
    "run_list",
    "run_replay",
    "run_resume",
    "run_show",
    "run_simulate",
    "searching",
    "selected",
]

EVERY_S = 600.0
"""How often a search is put down, if nothing is said."""


# ------------------------------------------------------------------------------- the terminal
def width() -> int:
    """The width to write for: that of the terminal, or 100."""
    return max(40, shutil.get_terminal_size((100, 24)).columns)


def marks(options: Options) -> Marks | None:
    """The characters for diagrams that the output can show; None when none are wanted."""
    if not options.diagram:
        return None
    try:
        "".join([UNICODE.life, UNICODE.event, UNICODE.right, UNICODE.dashes]).encode(
            sys.stdout.encoding or "ascii"
        )
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


def say(lines: Sequence[str] | str) -> None:
    click.echo(lines if isinstance(lines, str) else "\n".join(lines))


def describe(error: BaseException) -> tuple[str, int] | None:
    """An error as text and exit code; None for one that nobody foresaw."""
    match error:
        case Mistake():
            text = [str(error)]
            if error.behaviour is not None:
                text += ["", "in the state reached by", *error.behaviour.text()]
            return "\n".join(text), ExitCode.SPEC
        case SpecError():
            return str(error), ExitCode.SPEC
        case CheckpointError():
            return f"error: {error}", ExitCode.SPEC
        case UsageError() | Unsupported():
            return f"error: {error}", ExitCode.USAGE
        case InternalError():
            return f"internal error: {error}\nPlease report it.", ExitCode.INTERNAL
        case _:
            return None


# ------------------------------------------------------------------------------------- models
def selected(options: Options) -> tuple[list[Found], int]:
    """The models that the targets name, each once, and how many slow ones were left out.

    A slow model is taken when it is named itself, when nothing else is meant, or with ``--all``.
    """
    if not options.targets:
        everything = shipped()
        quick = [f for f in everything if options.every_model or not f.model.slow]
        return quick, len(everything) - len(quick)
    chosen: dict[tuple[str, str], Found] = {}
    left_out: set[tuple[str, str]] = set()
    for target in options.targets:
        found = find(target)
        quick = [f for f in found if not f.model.slow]
        named = [f for f in found if target.lower() in (f.model.name.lower(), f.slug, f.identity)]
        taken = found if options.every_model or named or not quick else quick
        chosen |= {(f.identity, f.model.name): f for f in taken}
        left_out |= {(f.identity, f.model.name) for f in found if f not in taken}
    return list(chosen.values()), len(left_out - chosen.keys())


def instance(found: Found, options: Options) -> Found:
    """The model with what the options say of the instance and of what is checked."""
    overrides = Overrides(
        sizes=options.sizes,
        quorums=options.quorums,
        constants=options.constants,
        network=options.network,
        restarts=options.restarts,
    )
    model = apply(found.model, overrides)
    model = with_options(
        model,
        properties=options.properties,
        deadlock=options.deadlock,
        symmetry=options.symmetry,
    )
    return replace(found, model=model)


def limits(options: Options) -> Limits:
    return Limits(states=options.max_states, seconds=options.time_s, depth=options.depth)


def resources(options: Options) -> Resources:
    return Resources(
        threads=options.threads,
        memory_bytes=options.memory_bytes,
        disk=None if options.disk is None else Path(options.disk),
        checkpoint=None if options.checkpoint is None else Path(options.checkpoint),
        every_s=EVERY_S if options.every_s is None else options.every_s,
        resume=options.resume,
        cluster=options.cluster,
        workers=options.workers,
        fingerprint=fingerprint_seed(options),
        options={} if options.checkpoint is None else asdict(options),
    )


def fingerprint_seed(options: Options) -> int | None:
    """What draws the function for fingerprints, if they are to be kept. **Errors** UsageError."""
    text = options.fingerprint_seed
    if not options.fingerprint:
        if text is not None:
            raise UsageError("--fingerprint-seed is for --fingerprint; add it")
        return None
    if text is None:
        return secrets.randbits(128)
    try:
        seed = int(text, 16)
    except ValueError:
        seed = -1
    if not 0 <= seed < 1 << 128:
        raise UsageError(f"--fingerprint-seed {text}: write at most 32 hexadecimal digits")
    return seed


# -------------------------------------------------------------------------- check and simulate
def run_check(options: Options) -> int:
    """``ballotproof check``."""
    return searching(options).run()


def searching(options: Options) -> Run:
    """``check``, not begun."""
    order = Order.BREADTH_FIRST if options.search == "bfs" else Order.DEPTH_FIRST

    def verdict(model: Model, progress: Progress) -> Verdict:
        return check(
            model,
            engine=Engine(options.engine),
            order=order,
            limits=limits(options),
            cache=options.cache,
            checked=options.checked,
            resources=resources(options),
            keep_going=options.keep_going,
            report=progress.report,
        )

    return Run("check", options, verdict, shortest=order is Order.BREADTH_FIRST)


def run_resume(folder: str, given: Options) -> int:
    """``ballotproof resume``: the options of before, but for those that are given, and for a limit
    of states that is reached already."""
    from .backends.native.checkpoint import read_header  # noqa: PLC0415  # brings the compiler

    header = read_header(Path(folder))
    try:
        options = msgspec.convert(header.options, Options)
    except msgspec.ValidationError:
        raise UsageError(f"{folder} was not written by `ballotproof check`") from None
    options = replace(
        options,
        checkpoint=folder,
        resume=True,
        max_states=given.max_states or left_of(options.max_states, sum(header.levels)),
        time_s=given.time_s or options.time_s,
        threads=given.threads or options.threads,
        memory_bytes=given.memory_bytes or options.memory_bytes,
        every_s=options.every_s if given.every_s is None else given.every_s,
        json=given.json,
        quiet=given.quiet,
        diagram=given.diagram,
    )
    return run_check(options)


def left_of(most: int | None, states: int) -> int | None:
    """A limit of states, unless there are so many already."""
    return None if most is None or states >= most else most


def run_simulate(options: Options) -> int:
    """``ballotproof simulate``."""
    seed = random.SystemRandom().randrange(2**32) if options.seed is None else options.seed
    number = options.walks
    if number is None:
        number = 100 if options.time_s is None else Walks.MANY
    walks = Walks(seed=seed, number=number, steps=options.steps, first=options.first)
    if options.sample:
        return run_sample(options, walks)

    def verdict(model: Model, progress: Progress) -> Verdict:
        return simulate(
            model,
            walks,
            engine=Engine(options.engine),
            limits=limits(options),
            keep_going=options.keep_going,
            cache=options.cache,
            checked=options.checked,
            report=progress.report,
        )

    return Run("simulate", options, verdict, shortest=False).run()


def run_bound(options: Options) -> int:
    """``ballotproof bound``."""
    return bounding(options).run()


def bounding(options: Options) -> Run:
    """``bound``, not begun."""
    from .bound import bound, expected_within  # noqa: PLC0415  # brings Z3

    steps = options.steps

    def verdict(model: Model, progress: Progress) -> Verdict:
        return bound(
            model,
            steps,
            solver=options.solver,
            resources=options.resources,
            seconds=options.time_s,
            report=progress.report,
        )

    run = Run("bound", options, verdict, shortest=True)
    run.expected = lambda expect, verdict: expected_within(expect, steps, verdict)
    return run


class Run:
    """One command over the models that its targets name."""

    def __init__(
        self,
        command: str,
        options: Options,
        verdict: Callable[[Model, Progress], Verdict],
        *,
        shortest: bool,
    ) -> None:
        self.command = command
        self.options = options
        self.verdict = verdict
        self.shortest = shortest
        self.paint = paint_for(sys.stdout)
        self.progress = Progress(sys.stderr, quiet=options.json or options.quiet)
        self.start_s = time.monotonic()
        self.expected: Callable[[Expectation | None, Verdict], Expectation | None] = _as_it_is
        self.answers: list[ModelAnswer] = []
        self.results: list[Result] = []
        self._said: set[str] = set()  # the mistakes that were told

    def run(self) -> int:
        try:
            found, left_out = selected(self.options)
            if self.options.itf is not None and len(found) != 1:
                names = ", ".join(f.identity for f in found)
                raise UsageError(f"--itf is for one model, and these are meant: {names}")
            if self.options.checkpoint is not None and len(found) != 1:
                names = ", ".join(f.identity for f in found)
                raise UsageError(f"--checkpoint is for one model, and these are meant: {names}")
            return self.check_all(found, left_out)
        except BallotproofError as error:
            said = describe(error)
            if not self.options.json or said is None:
                raise
            self.document(ExitCode(said[1]), error)
            return said[1]

    def check_all(self, found: Sequence[Found], left_out: int) -> int:
        alone = len(found) == 1
        self.examine_all(found, alone=alone)
        code = worst(r.code for r in self.results)
        if self.options.json:
            self.document(code)
        elif not alone:
            self.tell_all(code, left_out)
        return int(code)

    def examine_all(self, found: Sequence[Found], *, alone: bool = False) -> None:
        """Check one model after another, and tell of each."""
        for number, one in enumerate(found, start=1):
            self.progress.phase(one.identity if alone else f"{number}/{len(found)} {one.identity}")
            result = self.examine(one)
            self.results.append(result)
            self.progress.clear()
            self.write_itf(result)
            if not self.options.json:
                self.tell(result, alone=alone)
            if result.code is ExitCode.INTERRUPTED:
                break

    def examine(self, found: Found) -> Result:
        """Check one model; a mistake in its specification is its result, and the others go on."""
        try:
            found = instance(found, self.options)
            verdict = self.verdict(found.model, self.progress)
        except (SpecError, Unsupported) as error:
            said = describe(error)
            code = ExitCode.SPEC if said is None else ExitCode(said[1])
            if self.options.json:
                self.answers.append(failed_answer(found, error, code))
            return Result(found, None, error)
        outcome = outcome_of(
            verdict,
            self.expected(found.model.expect, verdict),
            shortest=self.shortest,
            strict=self.options.strict,
        )
        if self.options.json:
            self.answers.append(model_answer(found, outcome))
        return Result(found, outcome)

    # ---------------------------------------------------------------------------- output
    def tell(self, result: Result, *, alone: bool) -> None:
        if result.error is not None:
            said = describe(result.error)
            text = str(result.error) if said is None else said[0]
            if text not in self._said:  # one mistake, though it is found with each model
                self._said.add(text)
                click.echo(text, err=True)
            if alone:
                return
        if not alone:
            if not self.options.quiet:
                say(line(result, self.paint))
            if not result.surprising or result.outcome is None:
                return
        shown = paragraph(result, self.paint, width=width(), marks=marks(self.options))
        if alone and result.outcome is not None and result.outcome.verdict.evidence.actions:
            shown += ["", *coverage_table(result.outcome.verdict.evidence)]
        say(["", *shown, ""] if not alone else shown)

    def tell_all(self, code: ExitCode, left_out: int) -> None:
        if self.results:
            say(["", *results_table(self.results, width=width()), ""])
            say(closing(self.results, code, self.paint))
        else:
            say("there is no model to check")
        if left_out:
            them = "it" if left_out == 1 else "them"
            say(f"{count(left_out, 'slow model')} left out; --all checks {them} too")

    def document(self, code: ExitCode, error: BaseException | None = None) -> None:
        seconds = time.monotonic() - self.start_s
        made = answer_of(self.command, code, seconds, versions(), self.answers, error)
        say(made.decode())

    def write_itf(self, result: Result) -> None:
        """The first counterexample as a file."""
        if self.options.itf is None or result.outcome is None:
            return
        verdict = result.outcome.verdict
        codec = Codec(result.found.model.protocol, result.found.model.universe())
        for violation in violations_of(verdict):
            document = trace_of(violation, codec, result.found, verdict.evidence)
            if document is not None:
                write_document(document, Path(self.options.itf))
                return


def _as_it_is(expect: Expectation | None, _: Verdict) -> Expectation | None:
    return expect


def run_sample(options: Options, walks: Walks) -> int:
    """``ballotproof simulate --sample``: behaviours to look at, unchecked."""
    found, _ = selected(options)
    paint = paint_for(sys.stdout)
    for one in found:
        made = instance(one, options)
        behaviour = sample(made.model, walks, engine=Engine(options.engine))
        say(paint("action", f"{made.module}: {made.model.name}"))
        if behaviour is None:
            say("  there is no initial state")
            continue
        say(behaviour.text(paint))
        tell_chart(behaviour, options)
        say(f"seed {walks.seed}, walk {walks.first}: a sample, nothing was checked")
        if options.itf is not None:
            codec = Codec(made.model.protocol, made.model.universe())
            meta = codec.meta(
                made.model, source=made.source, engine=options.engine, seed=walks.seed
            )
            write_document(codec.document(behaviour, meta), Path(options.itf))
    return int(ExitCode.HOLDS)


def tell_chart(behaviour: Behaviour, options: Options) -> None:
    drawn = marks(options)
    chart = [] if drawn is None else space_time(behaviour, width=width(), marks=drawn)
    if behaviour.steps and chart:
        say(["", *chart, ""])


# ------------------------------------------------------------------------------------- replay
def run_replay(file: str, protocol: str | None, options: Options) -> int:
    """``ballotproof replay``."""
    from .replay import replay  # noqa: PLC0415  # brings the engine that runs plain Python

    document = read_document(Path(file))
    source = protocol or document.meta.source
    if "::" not in source:
        raise UsageError(
            f"{file} does not say of which protocol it is a behaviour; "
            "name it with --protocol file.py::Class"
        )
    model = model_of(document.meta, find_protocol(source))
    codec = Codec(model.protocol, model.universe())
    try:
        behaviour = codec.behaviour(document)
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from None
    deadlock = document.meta.kind == Kind.DEADLOCK.value
    taken = replay(replace(model, deadlock=deadlock), behaviour)
    code = worst(code_of_kind(b.kind) for b in taken.broken)
    if not taken.real:
        code = ExitCode.UNEXPECTED
    if options.json:
        states = [
            ReplayedAnswer(
                call=s.call,
                real=s.real,
                reasons=list(s.reasons),
                broken=[b.name for b in s.broken],
            )
            for s in taken.states
        ]
        answer = ReplayAnswer(
            file=file,
            source=source,
            exit_code=int(code),
            real=taken.real,
            states=states,
            loop=behaviour.loop,
            long_run=[b.name for b in taken.long_run],
            unfair=list(taken.unfair),
        )
        say(answer.encode().decode())
        return int(code)
    paint = paint_for(sys.stdout)
    say(taken.text(paint))
    tell_chart(behaviour, options)
    steps = len(behaviour.steps)
    every = "the one step is real" if steps == 1 else f"all {steps} steps are real"
    real = every if taken.real else "not every step is real"
    real += ", but the behaviour is not fair" * bool(taken.unfair)
    broken = ", ".join(b.name for b in taken.broken)
    said = f"{real}; broken: {broken}" if broken else f"{real}; nothing is broken"
    say(paint("good" if code is ExitCode.HOLDS else "bad", said))
    return int(code)


# ------------------------------------------------------------------------------ list and show
def run_list(options: Options) -> int:
    """``ballotproof list``."""
    found = [f for t in options.targets for f in find(t)] if options.targets else shipped()
    if options.json:
        say(listed_answer(found).decode())
        return int(ExitCode.HOLDS)
    paint = paint_for(sys.stdout)
    module = ""
    for one in found:
        if one.module != module:
            module = one.module
            say(f"{paint('action', module)}  {title(one)}")
        model = one.model
        sizes = ", ".join(f"{sort.__name__}={size}" for sort, size in model.sizes.items())
        expected = "" if model.expect is None else shown_expectation(model.expect)
        details = "; ".join(text for text in (sizes, expected, "slow" * model.slow) if text)
        say(f"  {one.slug}  {paint('dim', details)}")
    return int(ExitCode.HOLDS)


def title(found: Found) -> str:
    """The first sentence of the module's docstring."""
    module = sys.modules.get(f"{SPEC}.{found.module}")
    text = None if module is None else module.__doc__
    return (text or "").strip().split("\n")[0]


def run_show(options: Options) -> int:
    """``ballotproof show``."""
    found = find(options.targets[0])
    one = found[0]
    if options.form == "text":
        file = inspect.getsourcefile(one.model.protocol)
        if file is None:
            raise UsageError(f"there is no source text of {one.model.protocol.__name__}")
        click.echo(f"# {shown_path(file)}", err=True)
        say(Path(file).read_text(encoding="utf-8").rstrip("\n"))
        return int(ExitCode.HOLDS)
    from .backends.interpret import source  # noqa: PLC0415  # the text alone needs none of these
    from .frontend.read import read  # noqa: PLC0415  # likewise
    from .ir.show import show  # noqa: PLC0415  # likewise

    made = instance(one, options)
    click.echo(f"# {made.identity}: {bounds_of(made.model, made.model.universe())}", err=True)
    spec = read(made.model.protocol, made.model)
    if options.form == "native":
        from .backends.native.readable import readable  # noqa: PLC0415  # brings the compiler
        from .check import Order, by_orbits  # noqa: PLC0415  # only here

        symmetric = by_orbits(made.model, Engine.NATIVE, Order.BREADTH_FIRST)
        bounds = str(bounds_of(made.model, made.model.universe()))
        text = readable(f"{made.identity}: {bounds}", spec, made.model, symmetric=symmetric)
    else:
        text = show(spec) if options.form == "ir" else source(spec, made.model)
    say(text.rstrip("\n"))
    return int(ExitCode.HOLDS)

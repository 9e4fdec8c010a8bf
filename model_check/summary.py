"""Verdicts as text for people: a line while running, a paragraph for one model, a table for many.

What the verdict rests on is never left out: the instance, and how much of it was seen. What makes
a verdict worth less than it seems, dead actions and claims that say nothing, stands above it.
"""

from __future__ import annotations

import shlex
import textwrap
from collections.abc import Sequence
from typing import assert_never

from ..spec.lang.errors import BallotproofError, Unsupported
from .counterexample import Counterexample
from .discover import Found
from .document import violations_of, word_of
from .expectation import Outcome, shown_expectation
from .explore.claims import Kind
from .explore.search import Why
from .paint import Paint
from .progress import duration
from .space_time import Marks, space_time
from .verdict import (
    AssumptionFalse,
    DeadAction,
    Deadlocked,
    Evidence,
    ExitCode,
    Holds,
    Unknown,
    Verdict,
    Violated,
    Violation,
)

__all__ = [
    "Result",
    "closing",
    "columns",
    "coverage_table",
    "line",
    "paragraph",
    "results_table",
    "violation_text",
]

STATES_FOR_MEMORY = 100_000
"""With fewer states, memory says more of Python than of them."""
INDENT = "  "
NOT_JUDGED = "what happens in the long run is known when every state is"


class Result:
    """What came of one model: an outcome, or the error that kept it from being checked."""

    def __init__(
        self, found: Found, outcome: Outcome | None, error: BallotproofError | None = None
    ) -> None:
        self.found = found
        self.outcome = outcome
        self.error = error

    @property
    def code(self) -> ExitCode:
        if self.outcome is None:
            return ExitCode.USAGE if isinstance(self.error, Unsupported) else ExitCode.SPEC
        return self.outcome.code

    @property
    def surprising(self) -> bool:
        """Whether a person should look at the details."""
        return self.code is not ExitCode.HOLDS


# ------------------------------------------------------------------------------------- phrases
def headline(verdict: Verdict) -> str:
    """The verdict in a few words, without its bounds."""
    match verdict:
        case Holds():
            return "holds"
        case Violated(_, violations):
            first = violations[0]
            more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
            if first.kind is Kind.REACHABLE:
                return f"{first.name} never reached{more}"
            return f"{first.name} violated in {how_long(first.counterexample)}{more}"
        case Deadlocked(_, violation):
            return f"deadlock in {count(violation.counterexample.steps, 'step')}"
        case AssumptionFalse(_, assumption):
            return f"assumption {assumption} is false"
        case Unknown(evidence, why):
            return f"unknown: {why_text(why, evidence)}"
        case _:
            assert_never(verdict)


def how_long(counterexample: Counterexample) -> str:
    """The length of a counterexample, in words."""
    steps = count(counterexample.steps, "step")
    match counterexample.cycle:
        case None:
            return steps
        case 0:
            return f"{steps} and a stop"
        case cycle:
            return f"{steps} and a cycle of {cycle}"


def why_text(why: Why, evidence: Evidence) -> str:
    """Why a search ended early, and what nevertheless is certain."""
    match why:
        case Why.STATES:
            return "stopped at the state limit"
        case Why.TIME:
            return "stopped at the time limit"
        case Why.MEMORY:
            return "out of memory"
        case Why.WORKERS:
            return "workers were lost again and again"
        case Why.DISK:
            by = evidence.stopped_by
            return f"the disk cannot be written ({by})" if by else "the disk cannot be written"
        case Why.INTERRUPTED:
            return "interrupted"
        case Why.DEPTH:
            deep = "" if evidence.depth is None else f" {evidence.depth}"
            return f"nothing violated up to depth{deep}"
        case Why.SOLVER:
            return "the solver gave up"
        case Why.CONSTRAINT:
            return "a constraint cuts off states, and with them behaviours"
        case Why.NOTHING:
            return "there was no state to judge"
        case Why.SAMPLED:
            return f"nothing violated in {count(evidence.walks, 'random walk')}"
        case _:
            assert_never(why)


def count(number: int, noun: str) -> str:
    """A number with its noun: ``1 step``, ``3,921 states``."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def role_of(code: ExitCode, verdict: Verdict | None) -> str:
    """How to paint a verdict."""
    if code is ExitCode.HOLDS:
        return "good"
    if verdict is None or code in (ExitCode.UNEXPECTED, ExitCode.ASSUMPTION):
        return "bad"
    return "open" if isinstance(verdict, Holds | Unknown) else "bad"


def figures(evidence: Evidence) -> str:
    """How much was seen, in how much time."""
    if evidence.gates is not None:
        return f"{count(evidence.gates, 'gate')}, {duration(evidence.seconds)}"
    said = ["at least " * evidence.at_least + count(evidence.states, evidence.unit)]
    if evidence.depth is not None:
        said.append(f"depth {evidence.depth}")
    said.append(count(evidence.transitions, "transition"))
    if evidence.walks:
        said.append(count(evidence.walks, "walk"))
    if evidence.outside:
        said.append(f"{evidence.outside:,} checked beyond the constraint")
    if evidence.seed is not None and evidence.seconds > 0:
        rate = f"{evidence.transitions / evidence.seconds:,.0f} steps/s"
    else:
        rate = f"{evidence.states_per_s:,.0f} {evidence.unit}s/s"
    said.append(f"{duration(evidence.seconds)} ({rate})")
    return ", ".join(said)


def memory_text(evidence: Evidence) -> str | None:
    """How much memory was needed, for searches where it matters."""
    if not evidence.memory_bytes or evidence.states < STATES_FOR_MEMORY:
        return None
    mebibytes = evidence.memory_bytes / (1 << 20)
    each = evidence.memory_bytes / evidence.states
    text = f"{mebibytes:,.0f} MiB of memory in all, {each:.1f} bytes for each state"
    if evidence.disk_bytes:
        text += f", and {evidence.disk_bytes / (1 << 20):,.0f} MiB on disk"
    return text


# -------------------------------------------------------------------------------------- views
def line(result: Result, paint: Paint) -> str:
    """One line for one of several models."""
    name = result.found.identity
    if result.outcome is None:
        return f"{paint('bad', 'error')}  {name}"
    verdict = result.outcome.verdict
    evidence = verdict.evidence
    mark = paint("good", "ok   ") if not result.surprising else paint("bad", "FAIL ")
    if isinstance(verdict, Unknown):
        mark = paint("open", "open ")  # neither refuted nor shown
    expected = ", as expected" if result.outcome.as_expected else ""
    if evidence.gates is None:
        seen = count(evidence.states, evidence.unit)
    else:
        seen = f"at most {count(evidence.bounds.steps or 0, 'step')}"
    said = f"{headline(verdict)}{expected}, {seen}"
    return f"{mark}  {name}: {said}, {duration(evidence.seconds)}"


def paragraph(result: Result, paint: Paint, *, width: int, marks: Marks | None) -> list[str]:
    """One model: what to worry about, the counterexamples, and last the verdict with its bounds.

    ``marks`` are the characters of the diagrams; None leaves them out.
    """
    outcome = result.outcome
    found = result.found
    title = f"{found.module}: {found.model.name} ({found.model.protocol.__name__})"
    lines = [paint("action", title), ""]
    if outcome is None:
        return [*lines, str(result.error)]
    verdict = outcome.verdict
    evidence = verdict.evidence
    shown = None
    for violation in violations_of(verdict):
        counterexample = violation.counterexample
        if shown is not None and counterexample.behaviour == shown:  # it breaks several claims
            lines += [*counterexample.verdict_lines(paint), ""]
            continue
        shown = counterexample.behaviour
        lines += [*violation_text(violation, paint, width=width, marks=marks), ""]
    warned = warnings(verdict)
    if warned:
        lines += [*(INDENT + paint("open", text) for text in warned), ""]
    role = role_of(outcome.code, verdict)
    lines += facts(paint(role, headline(verdict)), evidence, width, shown_width(headline(verdict)))
    if isinstance(verdict, AssumptionFalse):
        lines.append(f"{INDENT}{verdict.doc}" if verdict.doc else "")
        lines.append(
            f"{INDENT}nothing was explored: what follows from a false assumption is no news"
        )
    else:
        lines.append(INDENT + figures(evidence))
        memory = memory_text(evidence)
        lines += [] if memory is None else [INDENT + memory]
        if evidence.checkpoint is not None:
            lines.append(f"{INDENT}to go on: ballotproof resume {shlex.quote(evidence.checkpoint)}")
        lines.append(INDENT + f"{evidence.search}, {how(evidence)}")
        if evidence.fingerprint is not None:
            lines += hung(evidence.fingerprint.text(), INDENT, INDENT * 3, width)
        for text in checked(evidence):
            lines += hung(text, INDENT, INDENT * 3, width)
    if outcome.expect is not None:
        lines += [INDENT + text for text in expectation_text(outcome, paint)]
    return lines


def shown_width(text: str) -> int:
    return len(text)


def how(evidence: Evidence) -> str:
    said = f"engine {evidence.engine}"
    if evidence.seed is not None:
        said += f", seed {evidence.seed}"
    if evidence.found_by_walk is not None:
        walk = evidence.found_by_walk
        options = f"--seed {evidence.seed} --first {walk}"
        if evidence.engine == "native":
            options += " --engine native"
        said += f"; found by walk {walk}: {options} takes it again"
    if evidence.engine_note:
        said += f"; {evidence.engine_note}"
    return said


def facts(head: str, evidence: Evidence, width: int, head_width: int) -> list[str]:
    """The verdict and for which instance it speaks, wrapped below it."""
    first = f"{INDENT}{head} for "
    hanging = " " * (len(INDENT) + head_width + len(" for "))
    if len(hanging) > width // 2:
        return [f"{INDENT}{head}", *wrapped(f"for {evidence.bounds}", INDENT * 2, width)]
    rest = wrapped(str(evidence.bounds), hanging, width)
    return [first + rest[0].lstrip(), *rest[1:]]


def wrapped(text: str, indent: str, width: int) -> list[str]:
    """The text in lines; words are never cut."""
    return hung(text, indent, indent, width)


def hung(text: str, first: str, rest: str, width: int) -> list[str]:
    """The text in lines, the first with an indent of its own."""
    return textwrap.wrap(
        text,
        max(width, len(rest) + 20),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def checked(evidence: Evidence) -> list[str]:
    """Which claims were checked, by kind."""
    by_kind: dict[str, list[str]] = {}
    for claim in evidence.properties:
        by_kind.setdefault(claim.kind.value, []).append(claim.name)
    if not by_kind:
        return ["no property was checked: the model claims none"]
    return [f"{kind}: {', '.join(names)}" for kind, names in by_kind.items()]


def expectation_text(outcome: Outcome, paint: Paint) -> list[str]:
    if outcome.as_expected is None:
        assert outcome.expect is not None
        return [f"this cannot tell whether it is as expected: {shown_expectation(outcome.expect)}"]
    if outcome.as_expected:
        return [paint("good", "as expected")]
    return [paint("bad", f"not as expected: {text}") for text in outcome.differences]


def warnings(verdict: Verdict) -> list[str]:
    """What makes a verdict worth less than it seems."""
    evidence = verdict.evidence
    said: list[str] = []
    if isinstance(verdict, AssumptionFalse):
        return said
    if evidence.complete and not evidence.states:
        reason = "no initial state" if not evidence.outside else "every initial state is outside"
        return [f"warning: nothing was explored: {reason}"]
    so_far = "" if evidence.complete else " so far"
    for action in evidence.dead:
        said += dead_text(action, so_far)
    for name in evidence.vacuous:
        said.append(f"warning: {name} says nothing{so_far}: its premise is true in no state")
    if isinstance(verdict, Unknown):
        said += [f"warning: {name} was not reached so far" for name in evidence.unreached]
    if isinstance(verdict, Unknown):
        said += [f"warning: {name} was not judged: {NOT_JUDGED}" for name in evidence.unjudged]
    if evidence.complete and evidence.bounds.constraints and not evidence.outside:
        names = ", ".join(evidence.bounds.constraints)
        said.append(f"note: the constraint {names} cut nothing off")
    return said


def dead_text(action: DeadAction, so_far: str) -> list[str]:
    """A dead action, and the guard that keeps it so."""
    said = [f"warning: {action.name} was never enabled{so_far}"]
    blocking = action.blocking
    if blocking is not None:
        said.append(f"  line {blocking.line}: {blocking.text}")
        said.append(f"  was asked {count(blocking.asked, 'time')} and never held")
    elif action.requires:
        said.append("  each of its guards held at times, but never all of them")
    return said


def violation_text(
    violation: Violation, paint: Paint, *, width: int, marks: Marks | None
) -> list[str]:
    """A counterexample: steps, diagram, and which claim is broken why."""
    counterexample = violation.counterexample
    behaviour = counterexample.behaviour
    lines: list[str] = []
    if behaviour is not None:
        lines += [*behaviour.text(paint), ""]
        chart = [] if marks is None else space_time(behaviour, width=width, marks=marks)
        if behaviour.steps and chart:
            lines += [*chart, ""]
    return lines + counterexample.verdict_lines(paint)


# ------------------------------------------------------------------------------------- tables
def coverage_table(evidence: Evidence) -> list[str]:
    """How often each action was taken."""
    rows = [("action", "steps", "enabled in", f"new {evidence.unit}s")]
    rows += [
        (a.name, f"{a.transitions:,}", f"{a.enabled_in:,}", f"{a.discovered:,}")
        for a in evidence.actions
    ]
    return [INDENT + row for row in columns(rows)]


def results_table(results: Sequence[Result], *, width: int) -> list[str]:
    """All models: the figures, and the verdict with its bounds, in the last column where there is
    room for it and else below."""
    figures = [("states", "depth", "transitions", "time")]
    verdicts = ["verdict"]
    for result in results:
        if result.outcome is None:
            figures.append(("", "", "", ""))
            verdicts.append("error")
            continue
        verdict = result.outcome.verdict
        e = verdict.evidence
        seen = ("", "", "")  # a bounded check visits no states
        if e.gates is None:
            depth = "" if e.depth is None else str(e.depth)
            states = f"{e.states:,}" if e.permutations is None else count(e.states, e.unit)
            seen = (states, depth, f"{e.transitions:,}")
        figures.append((seen[0], seen[1], seen[2], duration(e.seconds)))
        differences = "".join(f"; NOT AS EXPECTED: {d}" for d in result.outcome.differences)
        verdicts.append(f"{headline(verdict)} for {e.bounds}{differences}")
    middle = columns([("", *row) for row in figures])
    names = ["model", *(r.found.identity for r in results)]
    room = width - max(map(len, middle))
    name_width = min(room, max(map(len, names)))
    place = name_width + max(map(len, middle)) + 2
    beside = width - place >= 30
    lines = []
    for name, numbers, verdict_text in zip(names, middle, verdicts, strict=True):
        fits = len(name) <= name_width
        lines += [] if fits else [name]
        row = ((name if fits else "").ljust(name_width) + numbers).rstrip()
        if beside:
            first, *more = wrapped(verdict_text, " " * place, width)
            lines += [row.ljust(place) + first.lstrip(), *more]
        else:
            lines += [row, *wrapped(verdict_text, " " * 6, width)]
    return lines


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows with cells under each other: the first column to the left, figures to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def closing(results: Sequence[Result], code: ExitCode, paint: Paint) -> str:
    """The last line of a run over several models."""
    good = sum(not r.surprising for r in results)
    if good == len(results):
        return paint("good", f"all {len(results)} models yield what they should")
    words = ", ".join(dict.fromkeys(_why(r) for r in results if r.surprising))
    text = f"{len(results) - good} of {count(len(results), 'model')} to look at: {words}"
    return paint("bad", f"{text} (exit code {int(code)})")


def _why(result: Result) -> str:
    if result.outcome is None:
        return "error"
    if result.code is ExitCode.UNEXPECTED:
        return "not as expected"
    if result.code is ExitCode.VACUOUS:
        return "vacuous"
    return word_of(result.outcome.verdict)

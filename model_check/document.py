"""The answer as one JSON document, for programs: ``ballotproof check --json``.

Fields are only added within a version, never renamed, removed or given another meaning; a reader
should ignore those that it does not know. **Units** are part of the names: ``seconds``,
``states_per_s``; ``depth`` counts states, initial states being at depth 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from ..spec.lang.errors import BallotproofError, InternalError, SpecError
from .bounds import Bounds
from .discover import Found
from .expectation import Outcome, shown_expectation
from .explore.fingerprint import Fingerprint
from .itf import Codec, Document, Meta
from .verdict import (
    AssumptionFalse,
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
    "VERSION",
    "Answer",
    "ModelAnswer",
    "ReplayAnswer",
    "ReplayedAnswer",
    "answer_of",
    "bounds_answer",
    "error_of",
    "failed_answer",
    "listed_answer",
    "model_answer",
    "trace_of",
    "violations_of",
    "word_of",
]

VERSION = 1


class ErrorAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A mistake. ``place`` is ``file:line:column``, both counted from 1."""

    code: str
    """``BP...`` for a mistake in a specification, else ``usage`` or ``internal``."""
    message: str
    advice: str = ""
    place: str | None = None


class BoundsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """For which instance the verdict speaks."""

    text: str
    sizes: dict[str, int]
    quorums: dict[str, str]
    constants: dict[str, str]
    network: str | None
    restarts: int
    constraints: list[str]
    ignored_assumptions: list[str]
    fairness: list[str]
    only: list[str] | None


class PropertyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    """``invariant``, ``step invariant``, ``reachable``, ``refinement``, ``liveness`` or
    ``deadlock``."""
    name: str


class ActionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    transitions: int
    enabled_in: int
    discovered: int


class GuardAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One ``require`` of a dead action: how often it was asked and how often it held."""

    line: int
    text: str
    asked: int
    held: int


class DeadActionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    states: int
    guards: list[GuardAnswer]


class ViolationAnswer(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    name: str
    doc: str
    place: str | None
    because: list[str]
    steps: int
    cycle: int | None = None
    """How many steps are repeated for ever after those; 0 if none is, null if that is no matter."""
    trace: msgspec.Raw | None
    """An ITF document, or null when no behaviour shows the violation."""


class FingerprintAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How states were told apart where fingerprints were asked for."""

    bits: int | None
    """Of a fingerprint; null where states took no more than one and were kept."""
    omission_below: float
    """The probability that a state was omitted is below this; 0 where states were kept."""
    key_bytes: int
    """Bytes of a state."""
    seed: str
    """As ``--fingerprint-seed`` takes it."""
    text: str


class ModelAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One model. ``verdict`` is ``holds``, ``violated``, ``deadlock``, ``assumption false``,
    ``unknown`` or ``error``."""

    module: str
    model: str
    slug: str
    protocol: str
    verdict: str
    exit_code: int
    why: str | None = None
    """Why a verdict is unknown; which assumption is false."""
    expected: str | None = None
    as_expected: bool | None = None
    """Null when nothing was expected, or when the verdict is unknown."""
    differences: list[str] = []
    error: ErrorAnswer | None = None
    bounds: BoundsAnswer | None = None
    engine: str | None = None
    engine_note: str = ""
    search: str | None = None
    permutations: int | None = None
    """Of so many permutations each orbit is one state to the search; null without symmetry."""
    seed: int | None = None
    complete: bool = False
    states: int = 0
    transitions: int = 0
    depth: int | None = None
    initial: int = 0
    outside: int = 0
    walks: int = 0
    at_least: bool = False
    """Whether random walks met more states than are counted."""
    seconds: float = 0.0
    states_per_s: float = 0.0
    memory_bytes: int = 0
    """What the whole process needed at most; 0 when that was not measured."""
    disk_bytes: int = 0
    fingerprint: FingerprintAnswer | None = None
    """The size of the states on disk; 0 when they fitted into memory."""
    checkpoint: str | None = None
    """The directory from which the search can be taken up again."""
    levels: list[int] = []
    properties: list[PropertyAnswer] = []
    actions: list[ActionAnswer] = []
    dead: list[DeadActionAnswer] = []
    vacuous: list[str] = []
    unreached: list[str] = []
    unjudged: list[str] = []
    """Claims about the long run that were not looked at, because not every state was."""
    violations: list[ViolationAnswer] = []


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The whole run. ``error`` is set when there was nothing to check."""

    format: str = "ballotproof"
    version: int = VERSION
    command: str
    tool: dict[str, str]
    exit_code: int
    seconds: float
    models: list[ModelAnswer] = []
    error: ErrorAnswer | None = None


class ReplayedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One state of a replayed trace; the first is the initial state."""

    call: str
    real: bool
    reasons: list[str]
    broken: list[str]


class ReplayAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``ballotproof replay --json``."""

    format: str = "ballotproof"
    version: int = VERSION
    command: str = "replay"
    file: str
    source: str
    exit_code: int
    real: bool
    states: list[ReplayedAnswer]
    loop: int | None = None
    """The number of the state from which everything comes again, if the behaviour goes on for
    ever; if it stops, that of its last state."""
    long_run: list[str] = []
    """Claims about the long run that the behaviour breaks."""
    unfair: list[str] = []
    """Assumptions of fairness that it does not keep."""

    def encode(self) -> bytes:
        return _indented(self)


class ListedModel(msgspec.Struct, frozen=True, kw_only=True):
    module: str
    model: str
    slug: str
    protocol: str
    sizes: dict[str, int]
    slow: bool
    expected: str | None


class ListAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``ballotproof list --json``."""

    format: str = "ballotproof"
    version: int = VERSION
    command: str = "list"
    models: list[ListedModel]


def listed_answer(found: Sequence[Found]) -> bytes:
    """The models there are, as a document."""
    models = [
        ListedModel(
            module=f.module,
            model=f.model.name,
            slug=f.slug,
            protocol=f.model.protocol.__name__,
            sizes={sort.__name__: size for sort, size in f.model.sizes.items()},
            slow=f.model.slow,
            expected=None if f.model.expect is None else shown_expectation(f.model.expect),
        )
        for f in found
    ]
    return _indented(ListAnswer(models=models))


def _indented(answer: msgspec.Struct) -> bytes:
    return msgspec.json.format(msgspec.json.encode(answer), indent=1)


def word_of(verdict: Verdict) -> str:
    """The kind of a verdict in a word or two."""
    match verdict:
        case Holds():
            return "holds"
        case Violated():
            return "violated"
        case Deadlocked():
            return "deadlock"
        case AssumptionFalse():
            return "assumption false"
        case Unknown():
            return "unknown"


def violations_of(verdict: Verdict) -> Sequence[Violation]:
    match verdict:
        case Violated(_, violations):
            return violations
        case Deadlocked(_, violation):
            return (violation,)
        case Holds() | AssumptionFalse() | Unknown():
            return ()


def why_of(verdict: Verdict) -> str | None:
    match verdict:
        case AssumptionFalse(_, assumption):
            return assumption
        case Unknown(_, why):
            return why.value
        case Holds() | Violated() | Deadlocked():
            return None


def error_of(error: BaseException) -> ErrorAnswer:
    """A mistake as data."""
    match error:
        case SpecError():
            place = None if error.span is None else str(error.span)
            return ErrorAnswer(
                code=error.code, message=error.message, advice=error.advice, place=place
            )
        case InternalError():
            return ErrorAnswer(code="internal", message=str(error))
        case BallotproofError():
            return ErrorAnswer(code="usage", message=str(error))
        case _:
            return ErrorAnswer(code="internal", message=f"{type(error).__name__}: {error}")


def fingerprint_answer(fingerprint: Fingerprint | None) -> FingerprintAnswer | None:
    """How states were told apart, as data."""
    if fingerprint is None:
        return None
    return FingerprintAnswer(
        bits=fingerprint.bits,
        omission_below=fingerprint.omission,
        key_bytes=fingerprint.key_bytes,
        seed=fingerprint.seed_text,
        text=fingerprint.text(),
    )


def failed_answer(found: Found, error: BaseException, code: ExitCode) -> ModelAnswer:
    """A model that could not be checked."""
    return ModelAnswer(
        module=found.module,
        model=found.model.name,
        slug=found.slug,
        protocol=found.model.protocol.__name__,
        verdict="error",
        exit_code=int(code),
        error=error_of(error),
    )


def model_answer(found: Found, outcome: Outcome) -> ModelAnswer:
    """A model that was checked."""
    verdict = outcome.verdict
    evidence = verdict.evidence
    codec = Codec(found.model.protocol, found.model.universe())
    return ModelAnswer(
        module=found.module,
        model=found.model.name,
        slug=found.slug,
        protocol=evidence.protocol,
        verdict=word_of(verdict),
        exit_code=int(outcome.code),
        why=why_of(verdict),
        expected=None if outcome.expect is None else shown_expectation(outcome.expect),
        as_expected=outcome.as_expected,
        differences=list(outcome.differences),
        bounds=bounds_answer(evidence.bounds),
        engine=evidence.engine,
        engine_note=evidence.engine_note,
        search=evidence.search,
        permutations=evidence.permutations,
        seed=evidence.seed,
        complete=evidence.complete,
        states=evidence.states,
        transitions=evidence.transitions,
        depth=evidence.depth,
        initial=evidence.initial,
        outside=evidence.outside,
        walks=evidence.walks,
        at_least=evidence.at_least,
        seconds=round(evidence.seconds, 6),
        states_per_s=round(evidence.states_per_s, 1),
        memory_bytes=evidence.memory_bytes,
        disk_bytes=evidence.disk_bytes,
        fingerprint=fingerprint_answer(evidence.fingerprint),
        checkpoint=evidence.checkpoint,
        levels=list(evidence.levels),
        properties=[PropertyAnswer(kind=p.kind.value, name=p.name) for p in evidence.properties],
        actions=[
            ActionAnswer(
                name=a.name,
                transitions=a.transitions,
                enabled_in=a.enabled_in,
                discovered=a.discovered,
            )
            for a in evidence.actions
        ],
        dead=[
            DeadActionAnswer(
                name=d.name,
                states=d.states,
                guards=[
                    GuardAnswer(line=r.line, text=r.text, asked=r.asked, held=r.held)
                    for r in d.requires
                ],
            )
            for d in evidence.dead
        ],
        vacuous=list(evidence.vacuous),
        unreached=list(evidence.unreached),
        unjudged=list(evidence.unjudged),
        violations=[_violation(v, codec, found, evidence) for v in violations_of(verdict)],
    )


def bounds_answer(bounds: Bounds) -> BoundsAnswer:
    """An instance as data."""
    return BoundsAnswer(
        text=str(bounds),
        sizes=dict(bounds.sizes),
        quorums=dict(bounds.quorums),
        constants=dict(bounds.constants),
        network=bounds.network,
        restarts=bounds.restarts or 0,
        constraints=list(bounds.constraints),
        ignored_assumptions=list(bounds.ignored),
        fairness=list(bounds.fairness),
        only=None if bounds.only is None else list(bounds.only),
    )


def _violation(
    violation: Violation, codec: Codec, found: Found, evidence: Evidence
) -> ViolationAnswer:
    claim = violation.counterexample.claim
    document = trace_of(violation, codec, found, evidence)
    return ViolationAnswer(
        kind=violation.kind.value,
        name=violation.name,
        doc=claim.doc,
        place=claim.place,
        because=list(claim.because),
        steps=violation.counterexample.steps,
        cycle=violation.counterexample.cycle,
        trace=None if document is None else msgspec.Raw(document.encode()),
    )


def trace_of(
    violation: Violation, codec: Codec, found: Found, evidence: Evidence
) -> Document | None:
    """The behaviour that breaks a claim, as a file that says what it is."""
    behaviour = violation.counterexample.behaviour
    if behaviour is None:
        return None
    meta = meta_of(found, codec, evidence)
    meta.claim, meta.kind = violation.name, violation.kind.value
    meta.description = violation.counterexample.verdict_lines()[0]
    return codec.document(behaviour, meta)


def meta_of(found: Found, codec: Codec, evidence: Evidence) -> Meta:
    """The protocol and the instance of a file."""
    return codec.meta(found.model, source=found.source, engine=evidence.engine, seed=evidence.seed)


def answer_of(
    command: str,
    code: ExitCode,
    seconds: float,
    tool: Mapping[str, str],
    models: Sequence[ModelAnswer] = (),
    error: BaseException | None = None,
) -> bytes:
    """The document, indented for people."""
    made = Answer(
        command=command,
        tool=dict(tool),
        exit_code=int(code),
        seconds=round(seconds, 3),
        models=list(models),
        error=None if error is None else error_of(error),
    )
    return _indented(made)

"""``prove --bounded --json``: instances of proofs and counterexamples to induction, as plain data.

The form is that of ``prove --json``: a proof for each proof, and in it, where that has one list of
conditions, one for each instance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from ...spec.lang.errors import BallotproofError
from ...spec.lang.model import Model
from ..bounds import bounds_of
from ..counterexample import Behaviour, Claim, Counterexample
from ..discover import FoundProof
from ..document import BoundsAnswer, ErrorAnswer, ViolationAnswer, bounds_answer, error_of
from ..itf import Codec
from ..verdict import ExitCode
from .bounded import BoundedProof, Judged
from .conditions import Cell
from .matrix import Matrix
from .reach import Reach, Seen
from .vacuity import Vacuity

__all__ = [
    "BoundedAnswer", "BoundedProofAnswer", "FailedAnswer", "InstanceAnswer", "failed", "instance",
    "trace",
]  # fmt: skip


class ConditionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One cell. ``status`` is ``holds``, ``fails`` or ``unknown``; ``unchanged`` says that it holds
    because the action changes nothing that the claim reads."""

    name: str
    part: str
    action: str | None
    claim: str | None
    status: str
    unchanged: bool


class ClaimAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A property that is false, and because of which values."""

    kind: str
    name: str
    doc: str
    place: str | None
    because: list[str]


class ReachAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the first state of a counterexample can be reached.

    If ``reached``, ``trace`` is a shortest way there, an ITF document. If not, no behaviour of at
    most ``steps`` steps leads there, and none at all if ``never``. ``states`` were looked at:
    ``apart``, only such as can lead there; ``formulas`` says that formulas went further.
    """

    reached: bool
    never: bool
    steps: int
    states: int
    apart: bool
    formulas: bool
    trace: msgspec.Raw | None


class CtiAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A counterexample to induction.

    ``trace`` is an ITF document of the state and, if the claim is not about that state itself, of
    the step. The state is an initial one, or one in which the invariants hold, which need not be
    reached. What is wrong is the ``claim``, or an ``error`` where something is read that is not
    there. ``reach`` is null where that was not looked for; ``excluded_by`` are the candidates that
    are false of the state.
    """

    condition: str
    initial: bool
    claim: ClaimAnswer | None
    error: ErrorAnswer | None
    trace: msgspec.Raw
    reach: ReachAnswer | None
    excluded_by: list[str]


class VacuityAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What makes an instance say nothing; ``open`` are actions about which the solver gave up."""

    false_assumptions: list[str]
    contradiction: bool
    dead: list[str]
    open: list[str]
    no_initial_state: bool


class SeenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What exploring the instance showed, as far as it was.

    ``broken`` is a claim that is false where the protocol can get, ``error`` a mistake that is made
    there, after the behaviour ``error_trace``; ``candidates`` says after how many steps each is
    false first, or null if it was not.
    """

    states: int
    steps: int
    complete: bool
    broken: ViolationAnswer | None
    error: ErrorAnswer | None
    error_trace: msgspec.Raw | None
    candidates: Mapping[str, int | None]


class InstanceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One instance. ``verdict`` is what the text ends with; ``not_shown`` are conditions that fail
    and have no counterexample here (``--ctis``). **Units** ``seconds`` is processor time."""

    model: str
    bounds: BoundsAnswer
    verdict: str
    exit_code: int
    conditions: list[ConditionAnswer]
    ctis: list[CtiAnswer]
    not_shown: list[str]
    vacuity: VacuityAnswer | None
    seen: SeenAnswer | None
    seconds: float


class BoundedProofAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One proof, on its instances."""

    module: str
    proof: str
    protocol: str
    goals: list[str]
    exit_code: int
    instances: list[InstanceAnswer]


class FailedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A proof that could not be asked about, and why; ``model`` is null where that is no matter of
    an instance."""

    module: str
    proof: str
    model: str | None
    exit_code: int
    error: ErrorAnswer


class BoundedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer of ``ballotproof prove --bounded --json``."""

    exit_code: int
    proofs: list[BoundedProofAnswer]
    errors: list[FailedAnswer]
    versions: Mapping[str, str]


def trace(
    source: str, model: Model, behaviour: Behaviour, *, description: str, claim: Claim | None = None
) -> msgspec.Raw:
    """A behaviour as an ITF document, with as many restarts allowed as it takes."""
    restarts = sum(step.action == "restart" for step in behaviour.steps)
    codec = Codec(model.protocol, model.universe())
    meta = codec.meta(model, source=source)
    meta.restarts = max(restarts, model.restarts)
    meta.description = description
    if claim is not None:
        meta.claim, meta.kind = claim.name, claim.kind.value
    return msgspec.Raw(codec.document(behaviour, meta).encode())


def failed(
    one: FoundProof, error: BallotproofError, code: ExitCode, model: Model | None = None
) -> FailedAnswer:
    """Why there is no answer about a proof, or about one instance of it."""
    return FailedAnswer(
        module=one.module,
        proof=one.proof.name,
        model=None if model is None else model.name,
        exit_code=int(code),
        error=error_of(error),
    )


def instance(one: FoundProof, made: BoundedProof, code: ExitCode, seconds: float) -> InstanceAnswer:
    """What an instance says of a proof."""
    said = _Instance(one, made)
    return InstanceAnswer(
        model=made.model.name,
        bounds=bounds_answer(bounds_of(made.model, made.model.universe())),
        verdict=made.outcome.value,
        exit_code=int(code),
        conditions=list(_conditions(made.matrix)),
        ctis=[said.cti(j) for j in made.judged],
        not_shown=[c.name for c in made.not_shown],
        vacuity=None if made.vacuity is None else _vacuity(made.vacuity),
        seen=None if made.seen is None else said.seen(made.seen),
        seconds=seconds,
    )


def _conditions(matrix: Matrix) -> Iterable[ConditionAnswer]:
    for cell in matrix.cells:
        yield ConditionAnswer(
            name=cell.name,
            part=cell.part.value,
            action=None if cell.action is None else cell.action.name,
            claim=cell.claim or None,
            status=matrix.standing[cell.name].value,
            unchanged=cell.name in matrix.untouched,
        )


def _vacuity(found: Vacuity) -> VacuityAnswer:
    return VacuityAnswer(
        false_assumptions=list(found.laws),
        contradiction=found.contradiction,
        dead=list(found.dead),
        open=list(found.open),
        no_initial_state=not found.initial,
    )


class _Instance:
    def __init__(self, one: FoundProof, made: BoundedProof) -> None:
        self.source = one.source
        self.model = made.model

    def cti(self, j: Judged) -> CtiAnswer:
        cti = j.cti
        initial = cti.state is None
        start = "an initial state" if initial else "a state with the invariant"
        return CtiAnswer(
            condition=cti.cell.name,
            initial=initial,
            claim=None if cti.claim is None else _claim(cti.claim),
            error=None if cti.mistake is None else error_of(cti.mistake),
            trace=self.trace(cti.behaviour, _title(cti.cell, start), cti.claim),
            reach=None if j.reach is None else self.reach(j.reach),
            excluded_by=list(j.excluded),
        )

    def reach(self, reach: Reach) -> ReachAnswer:
        way = reach.way
        said = "the way to the first state of a counterexample to induction"
        return ReachAnswer(
            reached=way is not None,
            never=reach.never,
            steps=reach.steps,
            states=reach.states,
            apart=reach.apart,
            formulas=reach.formulas,
            trace=None if way is None else self.trace(way, said),
        )

    def seen(self, seen: Seen) -> SeenAnswer:
        way = None if seen.mistake is None else seen.mistake.behaviour
        said = "the next step reads something that is not there"
        return SeenAnswer(
            states=seen.states,
            steps=seen.steps,
            complete=seen.complete,
            broken=None if seen.broken is None else self.violation(seen.broken),
            error=None if seen.mistake is None else error_of(seen.mistake),
            error_trace=None if way is None else self.trace(way, said),
            candidates=seen.candidates,
        )

    def violation(self, found: Counterexample) -> ViolationAnswer:
        claim = found.claim
        assert found.behaviour is not None
        return ViolationAnswer(
            kind=claim.kind.value,
            name=claim.name,
            doc=claim.doc,
            place=claim.place,
            because=list(claim.because),
            steps=found.steps,
            trace=self.trace(found.behaviour, found.verdict_lines()[0], claim),
        )

    def trace(self, behaviour: Behaviour, said: str, claim: Claim | None = None) -> msgspec.Raw:
        return trace(self.source, self.model, behaviour, description=said, claim=claim)


def _title(cell: Cell, start: str) -> str:
    return f"{cell.name} fails: a counterexample to induction, from {start}"


def _claim(claim: Claim) -> ClaimAnswer:
    return ClaimAnswer(
        kind=claim.kind.value,
        name=claim.name,
        doc=claim.doc,
        place=claim.place,
        because=list(claim.because),
    )

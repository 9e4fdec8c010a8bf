"""``ballotproof prove --bounded``: proofs on their finite instances."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import click
import msgspec

from ...spec.lang.diagnostics import Diagnostic
from ...spec.lang.errors import BallotproofError, SpecError, Unsupported, UsageError
from ...spec.lang.model import Model
from ..backends.z3.solver import Name, version
from ..check import versions
from ..commands import describe, say
from ..discover import FoundProof, find_proofs, shipped_proofs
from ..options import Options
from ..paint import paint_for
from ..processes import can_copy, copies
from ..verdict import ExitCode, worst
from .answer import (
    BoundedAnswer,
    BoundedProofAnswer,
    FailedAnswer,
    InstanceAnswer,
    failed,
    instance,
)
from .bounded import Effort, Outcome, bounded_proof
from .conditions import Conditions, conditions_of
from .prover import jobs_by_default

__all__ = ["chosen_proofs", "run_bounded"]

CODES = {
    Outcome.INDUCTIVE: ExitCode.HOLDS,
    Outcome.IN_PART: ExitCode.INCONCLUSIVE,
    Outcome.NOT_INDUCTIVE: ExitCode.INCONCLUSIVE,
    Outcome.UNKNOWN: ExitCode.INCONCLUSIVE,
    Outcome.FALSE_LAW: ExitCode.ASSUMPTION,
    Outcome.VACUOUS: ExitCode.VACUOUS,
    Outcome.REFUTED: ExitCode.SAFETY,
    Outcome.MISTAKEN: ExitCode.SPEC,
}


def chosen_proofs(options: Options) -> list[FoundProof]:
    """The proofs that the targets name, each once; all that are shipped and quick if none is."""
    if not options.targets:
        return [f for f in shipped_proofs() if options.every_model or not f.proof.slow]
    found = {f.identity: f for target in options.targets for f in find_proofs(target)}
    return list(found.values())


def run_bounded(options: Options) -> int:
    """``ballotproof prove --bounded``."""
    asked = _Asked(options)
    for found in chosen_proofs(options):
        try:
            asked.add(found)
        except (SpecError, Unsupported) as error:
            asked.fail(found, error)
    for looked in asked.all(options.jobs or jobs_by_default()):
        if not options.json:
            looked.say()
    code = worst(asked.codes)
    if options.json:
        say(msgspec.json.format(msgspec.json.encode(asked.answer(code)), indent=2).decode())
    return int(code)


@dataclass(frozen=True, slots=True)
class _Looked:
    """What is said of one instance: its text, or that of an error, and the same for programs."""

    proof: int
    code: ExitCode
    text: tuple[str, ...]
    answer: InstanceAnswer | FailedAnswer

    def say(self) -> None:
        wrong = isinstance(self.answer, FailedAnswer)
        click.echo("\n".join(self.text), err=wrong)


class _Asked:
    """The proofs of an invocation, taken apart, and what becomes of each of their instances."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.proofs: list[tuple[FoundProof, Conditions]] = []
        self.instances: list[tuple[int, Model]] = []
        self.looked: list[_Looked] = []
        self.failed: list[FailedAnswer] = []

    def add(self, found: FoundProof) -> None:
        """A proof, with its instances.

        **Errors** UsageError for a condition or candidate that it does not have, or if it has no
        instances; SpecError.
        """
        options = self.options
        proof = found.proof
        if options.candidates:
            proof = replace(proof, candidates=(*proof.candidates, *options.candidates))
        try:
            conditions = conditions_of(proof)
        except SpecError as error:
            if options.candidates and error.code == Diagnostic.PROOF_CANDIDATE.code:
                raise UsageError(f"--candidate: {error.message}; {error.advice}") from error
            raise
        conditions.selected(options.cells)
        every = proof.instances
        instances = [m for m in every if options.every_model or not m.slow] or every
        if not instances:
            raise UsageError(f"the proof {found.identity} names no instances to look at")
        self.instances += [(len(self.proofs), m) for m in instances]
        self.proofs.append((found, conditions))

    def fail(self, found: FoundProof, error: BallotproofError) -> None:
        """A proof that cannot be taken apart."""
        text, code = _described(error)
        click.echo(text, err=True)
        self.failed.append(failed(found, error, code))

    @property
    def codes(self) -> list[ExitCode]:
        """How each instance ended, and each proof that has none for us."""
        return [*(ExitCode(f.exit_code) for f in self.failed), *(x.code for x in self.looked)]

    def all(self, jobs: int) -> Iterator[_Looked]:
        """Every instance, in order, in processes that are copies of this one."""
        for looked in self._looked(min(jobs, len(self.instances))):
            self.looked.append(looked)
            yield looked

    def _looked(self, jobs: int) -> Iterator[_Looked]:
        global _asked  # noqa: PLW0603  # what the copies start from
        if jobs <= 1 or not can_copy():
            yield from map(self.look, range(len(self.instances)))
            return
        _asked = self
        with copies(jobs) as pool:
            waiting = [pool.submit(_one, i) for i in range(len(self.instances))]
            try:
                for done in waiting:
                    yield done.result()
            finally:
                for future in waiting:
                    future.cancel()

    def look(self, number: int) -> _Looked:
        """One instance. **Errors** InternalError when engines disagree."""
        options = self.options
        place, model = self.instances[number]
        found, conditions = self.proofs[place]
        start_s = time.process_time()
        try:
            made = bounded_proof(
                conditions,
                model,
                solver=Name(options.solver),
                resources=options.resources,
                cells=tuple(conditions.selected(options.cells)) if options.cells else None,
                ctis=options.ctis,
                effort=_effort(options),
            )
        except (SpecError, Unsupported) as error:
            said, code = _described(error)
            return _Looked(place, code, (said,), failed(found, error, code, model))
        code = CODES[made.outcome]
        seconds = time.process_time() - start_s
        head = f"{found.identity}: {model.name} ({found.proof.protocol.__name__})"
        paint = paint_for(sys.stdout)
        text = [paint("action", head), *made.text(paint), ""]
        if options.quiet:
            text = [f"{made.outcome.value:<33} {head}: {made.matrix.summary()}"]
        return _Looked(place, code, tuple(text), instance(found, made, code, seconds))

    def answer(self, code: ExitCode) -> BoundedAnswer:
        """All of it, for programs."""
        by_proof: list[list[InstanceAnswer]] = [[] for _ in self.proofs]
        errors = list(self.failed)
        for looked in self.looked:
            if isinstance(looked.answer, FailedAnswer):
                errors.append(looked.answer)
            else:
                by_proof[looked.proof].append(looked.answer)
        proofs = [
            BoundedProofAnswer(
                module=found.module,
                proof=found.proof.name,
                protocol=found.proof.of.__name__,
                goals=list(conditions.goals),
                exit_code=int(worst(x.code for x in self.looked if x.proof == place)),
                instances=by_proof[place],
            )
            for place, (found, conditions) in enumerate(self.proofs)
        ]
        solver = Name(self.options.solver)
        return BoundedAnswer(
            exit_code=int(code),
            proofs=proofs,
            errors=errors,
            versions={**versions(), solver.value: version(solver)},
        )


_asked: _Asked | None = None


def _one(number: int) -> _Looked:
    """One instance, in a process that is a copy of the one that asked."""
    assert _asked is not None
    return _asked.look(number)


def _described(error: BallotproofError) -> tuple[str, ExitCode]:
    said = describe(error)
    assert said is not None
    return said[0], ExitCode(said[1])


def _effort(options: Options) -> Effort:
    """How far it is looked for the states of counterexamples."""
    made = Effort(solver=Name(options.solver), steps=options.steps)
    if options.max_states is not None:
        made = replace(made, states=min(made.states, options.max_states), more=options.max_states)
    return made if options.resources is None else replace(made, resources=options.resources)

"""``ballotproof prove --bounded``: proofs on their finite instances."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

import click

from ...spec.lang.diagnostics import Diagnostic
from ...spec.lang.errors import BallotproofError, SpecError, Unsupported, UsageError
from ..backends.z3.solver import Name
from ..commands import describe, say
from ..discover import FoundProof, find_proofs, shipped_proofs
from ..options import Options
from ..paint import Paint, paint_for
from ..verdict import ExitCode, worst
from .bounded import Effort, Outcome, bounded_proof
from .conditions import Cell, Conditions, conditions_of

__all__ = ["chosen_proofs", "run_bounded"]

CODES = {
    Outcome.INDUCTIVE: ExitCode.HOLDS,
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
    paint = paint_for(sys.stdout)
    codes: list[ExitCode] = []
    for found in chosen_proofs(options):
        try:
            codes += _one(found, options, paint)
        except (SpecError, Unsupported) as error:
            codes.append(_said(error))
    return int(worst(codes)) if codes else int(ExitCode.HOLDS)


def _said(error: BallotproofError) -> ExitCode:
    text, code = describe(error) or (str(error), ExitCode.SPEC)
    click.echo(text, err=True)
    return ExitCode(code)


def _one(found: FoundProof, options: Options, paint: Paint) -> list[ExitCode]:
    """One proof, on each of its instances."""
    proof = found.proof
    if options.candidates:
        proof = replace(proof, candidates=(*proof.candidates, *options.candidates))
    try:
        conditions = conditions_of(proof)
    except SpecError as error:
        if options.candidates and error.code == Diagnostic.PROOF_CANDIDATE.code:
            raise UsageError(f"--candidate: {error.message}; {error.advice}") from error
        raise
    cells = _cells(conditions, options.cells)
    every = found.proof.instances
    instances = [m for m in every if options.every_model or not m.slow] or every
    if not instances:
        raise UsageError(f"the proof {found.identity} names no instances to look at")
    codes = []
    for model in instances:
        made = bounded_proof(
            conditions,
            model,
            solver=Name(options.solver),
            resources=options.resources,
            cells=cells,
            ctis=options.ctis,
            effort=_effort(options),
        )
        codes.append(CODES[made.outcome])
        head = f"{found.identity}: {model.name} ({found.proof.protocol.__name__})"
        if options.quiet:
            say(f"{made.outcome.value:<28} {head}: {made.matrix.summary()}")
        else:
            say([paint("action", head), *made.text(paint), ""])
    return codes


def _effort(options: Options) -> Effort:
    """How far it is looked for the states of counterexamples."""
    made = Effort(solver=Name(options.solver), steps=options.steps)
    if options.max_states is not None:
        made = replace(made, states=min(made.states, options.max_states), more=options.max_states)
    return made if options.resources is None else replace(made, resources=options.resources)


def _cells(conditions: Conditions, names: Sequence[str]) -> tuple[Cell, ...] | None:
    """The cells asked for: ``accept/agreement``, or a claim or an action for all of its cells."""
    if not names:
        return None
    chosen = tuple(c for c in conditions.cells if {c.name, c.row, c.claim} & set(names))
    known = {x for c in conditions.cells for x in (c.name, c.row, c.claim)}
    for name in names:
        if name not in known:
            example = conditions.cells[-1].name
            raise UsageError(f"there is no cell {name!r}; cells are named like {example}")
    return chosen

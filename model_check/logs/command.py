"""``ballotproof conform``: replay a log against a specification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from ...spec.lang.errors import UsageError
from ...spec.lang.execute import Execution
from ...spec.lang.model import Model
from ..discover import find
from ..overrides import Overrides, apply
from ..verdict import ExitCode
from .explain import Unexplained, explain
from .read import Head, read_logs

__all__ = ["run_conform"]


def run_conform(files: Sequence[str], spec: str | None, hidden: int) -> int:
    """Print the verdict; the exit code.

    **Errors** UsageError when a file is no log, or no log of this specification; SpecError.
    """
    head, lines = read_logs([Path(f) for f in files])
    model = _model(head, spec)
    found = explain(model, lines, hidden, head.unseen)
    shown = ", ".join(files)
    click.echo(f"{shown}: {len(lines)} lines, held against {model.protocol.__name__}\n")
    if isinstance(found, Unexplained):
        click.echo(f"  {found.line.place}: this cannot be explained (line {found.number} in order)")
        click.echo(
            f"    {' or '.join(found.line.steps) or 'a state'} {_said(found.line.arguments)}"
        )
        for reason in found.why:
            click.echo(f"    {reason}")
        return int(ExitCode.SAFETY)
    click.echo(
        f"  explained: {sum(found.taken.values())} steps, {found.unseen} of them unseen; "
        f"possible states at the end: {found.states}"
    )
    for name in Execution(model).actions:
        click.echo(f"  {found.taken[name]:>8}  {name}")
    if found.taken["restart"]:
        click.echo(f"  {found.taken['restart']:>8}  restart")
    return int(ExitCode.HOLDS)


def _said(arguments: dict[str, object]) -> str:
    return ", ".join(f"{name}={x}" for name, x in arguments.items())


def _model(head: Head, spec: str | None) -> Model:
    """The instance that the log is of: a model of the specification, with other sizes."""
    target = spec or head.spec
    if not target:
        raise UsageError("the log names no specification; --spec does")
    model = find(target)[0].model
    model = replace(model, network=None, lengths=None, integers=None)
    overrides = Overrides(
        sizes=tuple(f"{name}={n}" for name, n in head.sizes.items()),
        constants=tuple(f"{name}={n}" for name, n in head.constants.items()),
        network=head.network or None,
        restarts=head.restarts or None,
    )
    return apply(model, overrides)

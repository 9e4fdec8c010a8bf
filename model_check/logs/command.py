"""``ballotproof conform``: replay a log against a specification."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from ...spec.lang.errors import UsageError
from ...spec.lang.execute import Execution
from ...spec.lang.model import Model
from ..bounds import bounds_of
from ..discover import find
from ..overrides import Overrides, apply
from ..summary import count
from ..verdict import ExitCode
from .explain import Unexplained, check_unseen, explain
from .read import Head, read_logs

__all__ = ["run_conform"]


def run_conform(files: Sequence[str], spec: str | None, hidden: int) -> int:
    """Print the verdict; the exit code.

    **Errors** UsageError when a file is no log, or no log of this specification; SpecError.
    """
    logs = read_logs([Path(f) for f in files])
    head, lines = logs.head, logs.lines
    try:
        model = _model(head, spec)
        check_unseen(model, head.unseen)
    except UsageError as error:
        said = str(error).removeprefix("--size ").removeprefix("--const ")
        raise UsageError(f"{head.place}: {said}") from None
    found = explain(model, lines, hidden, head.unseen)
    shown = ", ".join(files)
    click.echo(f"{shown}: {count(len(lines), 'line')}, held against {model.protocol.__name__}")
    click.echo(f"  {_instance(model, head)}")
    for place in logs.cut:
        click.echo(f"  {place}: the last line is cut off, and not read")
    click.echo()
    if isinstance(found, Unexplained):
        click.echo(f"  {found.line.place}: this cannot be explained (line {found.number} in order)")
        click.echo(
            f"    {' or '.join(found.line.steps) or 'a state'} {_said(found.line.arguments)}"
        )
        for reason in found.why:
            click.echo(f"    {reason}")
        return int(ExitCode.SAFETY)
    click.echo(
        f"  explained: {count(sum(found.taken.values()), 'step')}, {found.unseen} of them unseen; "
        f"possible states at the end: {found.states}"
    )
    for name in Execution(model).actions:
        click.echo(f"  {found.taken[name]:>8}  {name}")
    if found.taken["restart"]:
        click.echo(f"  {found.taken['restart']:>8}  restart")
    return int(ExitCode.HOLDS)


def _said(arguments: dict[str, object]) -> str:
    return ", ".join(f"{name}={x}" for name, x in arguments.items())


def _instance(model: Model, head: Head) -> str:
    """The instance that was judged, and of which the log says nothing. What bounds a search does
    not bound a log."""
    bounds = replace(bounds_of(model, model.universe()), constraints=(), fairness=(), only=None)
    said = "; ".join(bounds.phrases())
    silent = [s.__name__ for s in model.sizes if s.__name__ not in head.sizes]
    if not silent:
        return said
    return f"{said} ({', '.join(silent)} as in the first model, which the log does not say)"


def _model(head: Head, spec: str | None) -> Model:
    """The instance that the log is of: the first model of the specification, with the sizes that
    the log says."""
    target = spec or head.spec
    if not target:
        raise UsageError("the log names no specification; --spec does")
    found = find(target)
    modules = list(dict.fromkeys(f.module for f in found))
    if len(modules) > 1:  # a folder: what the log says of itself decides
        own = [f for f in (find(head.spec) if head.spec else ()) if f.module in modules]
        if not own:
            raise UsageError(f"{target} is several specifications: {', '.join(modules)}; name one")
        found = own
    model = found[0].model
    model = replace(model, network=None, lengths=None, integers=None)
    overrides = Overrides(
        sizes=tuple(f"{name}={n}" for name, n in head.sizes.items()),
        constants=tuple(f"{name}={_text(x)}" for name, x in head.constants.items()),
        network=head.network or None,
        restarts=head.restarts or None,
    )
    return apply(model, overrides)


def _text(constant: object) -> str:
    """A constant as the command line takes it."""
    match constant:
        case None | bool():
            return {None: "none", True: "true", False: "false"}[constant]
        case list():
            return ",".join(map(_text, constant))
        case _:
            return str(constant)

"""``ballotproof linearize``: read a history, judge it, draw what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import assert_never

import click

from ...spec.lang.errors import UsageError
from ..verdict import ExitCode
from .linearize import Budget, Linearizable, NotLinearizable, Undecided, linearize
from .objects import OBJECTS, SharedObject, UnknownOperation
from .picture import picture
from .read import read_history

__all__ = ["run_linearize"]


def run_linearize(file: str, of: str, drawing: str | None, budget: Budget) -> int:
    """Print the verdict; the exit code.

    **Errors** UsageError when a file cannot be read or written, or is no history of this object.
    """
    shared = OBJECTS[of]
    history = read_history(Path(file))
    for op in history:
        try:
            shared.check(op)
        except UnknownOperation as error:
            raise UsageError(f"{file}:{op.called}: {error}") from None
    verdict = linearize(history, shared, budget)
    clients, count = len(history.clients), len(history)
    click.echo(f"{file}: {count} operations of {clients} clients, on a {shared.name}\n")
    match verdict:
        case Linearizable(order):
            click.echo(f"  linearizable: {len(order)} operations in an order that fits")
            code = ExitCode.HOLDS
        case NotLinearizable():
            click.echo("\n".join(_told(verdict, shared)))
            code = ExitCode.SAFETY
        case Undecided(key, configurations):
            where = "" if key is None else f" at key {key}"
            click.echo(f"  undecided{where}: gave up after {configurations:,} configurations")
            code = ExitCode.INCONCLUSIVE
        case _:
            assert_never(verdict)
    if drawing is not None:
        if isinstance(verdict, NotLinearizable):
            _write(Path(drawing), picture(verdict, shared))
            click.echo(f"\n  drawn in {drawing}")
        else:
            click.echo("\n  nothing to draw: no violation was found")
    return int(code)


def _told(found: NotLinearizable, shared: SharedObject) -> list[str]:
    where = "" if found.key is None else f"key {found.key}: "
    lines = [
        f"  not linearizable: {where}client {found.last.client} gets {found.last},",
        f"  and no order of the {len(found.history)} operations so far explains that",
        "",
        f"  the longest order that fits, and what the {shared.name} then holds",
    ]
    width = max((len(str(op)) for op in found.longest), default=0)
    for i, (op, state) in enumerate(zip(found.longest, found.states, strict=True), 1):
        shown = ", ".join("nothing" if x is None else str(x) for x in state) or "nothing"
        lines.append(f"  {i:>4}  {op!s:<{width}}  {shown}")
    left = [op for op in found.history if op not in found.longest and not op.pending]
    lines.append("  answered, and not in it")
    lines += [f"        {op}, client {op.client}" for op in left]
    return lines


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None

"""The directive ``{command-help} NAME``: what ``ballotproof NAME --help`` says, folded."""

from __future__ import annotations

import click
from docutils import nodes  # type: ignore[import-untyped]  # it has no types
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from ballotproof.model_check.cli import main

WIDTH = 92


class CommandHelp(SphinxDirective):
    """The name of a command; without one, the help of the whole."""

    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0] if self.arguments else None
        title = f"ballotproof {name} --help" if name else "ballotproof --help"
        text = f"::::{{dropdown}} `{title}`\n```text\n{help_of(name)}\n```\n::::"
        return self.parse_text_to_nodes(text)


def help_of(name: str | None) -> str:
    """**Errors** KeyError when there is no such command."""
    whole = context(main, "ballotproof")
    if name is None:
        return main.get_help(whole)
    command = main.commands[name]
    return command.get_help(context(command, name, whole))


def context(
    command: click.Command, name: str, parent: click.Context | None = None
) -> click.Context:
    return click.Context(command, parent, name, terminal_width=WIDTH, max_content_width=WIDTH)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("command-help", CommandHelp)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

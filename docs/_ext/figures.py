"""Directives whose figures and texts come from the sources, so that no page can state another one.

``{tlc-counts}`` is the table of our counts beside those of TLC, from reference/tlc.toml.
``{mistakes}`` holds lines ``name: rule`` and becomes a table of known mistakes, each with the rule
that it breaks. The build fails when a model or module that is named is gone, and when TLC's count
is not ours.
``{diagnostics}`` is the list of all diagnostics.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from docutils import nodes  # type: ignore[import-untyped]  # it has no types
from protocol_pages import Library, page_of, table
from spec_text import ROOT, SpecModule, spec_modules
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from ballotproof.spec.lang import Holds
from ballotproof.spec.lang.diagnostics import Diagnostic

CASES = ROOT / "tests" / "diagnostics" / "cases"
FACTS = ROOT / "docs" / "reference" / "tlc.toml"


@dataclass(frozen=True)
class Count:
    """What TLC counts on a public module, and the model of ours that is the same system.

    ``model`` is how its name begins.
    """

    module: str
    bounds: str
    distinct: int
    depth: int
    ours: str
    model: str


def read_counts(file: Path = FACTS) -> list[Count]:
    facts = tomllib.loads(file.read_text(encoding="utf-8"))
    return [Count(**entry) for entry in facts["count"]]


def count_table(modules: dict[str, SpecModule]) -> str:
    """**Errors** ExtensionError when ours and TLC's differ, or there is no such model of ours."""
    rows = []
    for count in read_counts():
        home = modules[count.ours]
        found = [m for m in home.models if m.name.startswith(count.model)]
        if not found:
            raise ExtensionError(f"{FACTS.name}: {home.file} has no model {count.model!r}")
        ours = found[0].expect
        if ours != Holds(count.distinct, count.depth):
            raise ExtensionError(f"{FACTS.name}: TLC says {count}, {home.file} says {ours}")
        rows.append(
            [
                f"*{count.module}*: {count.bounds}",
                f"{count.distinct:,}",
                str(count.depth),
                f"[{home.name}]({page_of(home.name)}), {count.model}",
                f"{ours.states:,}",
                str(ours.depth),
            ]
        )
    head = ["public module and bounds", "TLC distinct", "depth", "our model", "states", "depth"]
    return table(head, rows)


class TlcCounts(SphinxDirective):
    """No arguments, no content: the table stands where the directive does."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(FACTS))
        modules = {m.name: m for m in spec_modules()}
        for module in modules.values():
            self.env.note_dependency(str(module.path))
        return self.parse_text_to_nodes(count_table(modules))


class Mistakes(SphinxDirective):
    """Known mistakes with the rules that they break."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        library = Library(spec_modules())
        rows = []
        for line in self.content:
            name, _, rule = line.partition(": ")
            module = library.by_name.get(f"broken.{name}")
            if module is None:
                raise self.error(f"there is no spec/broken/{name}.py")
            self.env.note_dependency(str(module.path))
            link, claim, refuted = library.mistake_row(module)
            rows.append([rule, f"{link}: {claim}", refuted])
        text = table(["rule", "broken by", "refuted by"], rows)
        return self.parse_text_to_nodes(text)


SECTIONS = {
    "BP1": "Declarations",
    "BP2": "Statements",
    "BP3": "Expressions",
    "BP4": "Sorts of values",
    "BP5": "At run time",
    "BP6": "Models",
    "BP7": "Files",
    "BP8": "Proofs",
}


class Diagnostics(SphinxDirective):
    """Every diagnostic, by the first digit of its code: what it says in general, and of a
    specification that is wrong in this way, from tests/diagnostics/cases."""

    def run(self) -> list[nodes.Node]:
        homeless = [d.code for d in Diagnostic if d.code[:3] not in SECTIONS]
        if homeless:
            raise self.error(f"{', '.join(homeless)} belong to no section")
        parts = []
        for prefix, heading in SECTIONS.items():
            parts.append(f"## {heading}")
            for diagnostic in Diagnostic:
                if diagnostic.code.startswith(prefix):
                    parts += self.entry(diagnostic)
        return self.parse_text_to_nodes("\n\n".join(parts), allow_section_headings=True)

    def entry(self, diagnostic: Diagnostic) -> list[str]:
        case = CASES / f"{diagnostic.code}.py"
        self.env.note_dependency(str(case))
        title = f"({diagnostic.code})=\n**{diagnostic.code}** &ensp; {plain(diagnostic.message)}"
        why = case.read_text(encoding="utf-8").split('"""')[1]  # not every case is Python
        report = case.with_suffix(".txt").read_text(encoding="utf-8")
        return [title, why, f"```text\n{report.rstrip()}\n```"]


def plain(template: str) -> str:
    """A message with its placeholders as names: ``{name}`` is *name*."""
    text = template.replace("{{", "\0").replace("}}", "\1")
    parts = re.split(r"(`[^`]*`)", text)
    shown = [
        re.sub(r"\{(\w+)\}", r"\1" if part.startswith("`") else r"*\1*", part) for part in parts
    ]
    return "".join(shown).replace("\0", "{").replace("\1", "}")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("tlc-counts", TlcCounts)
    app.add_directive("mistakes", Mistakes)
    app.add_directive("diagnostics", Diagnostics)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""A page for every proof, written from its text when the documentation is built.

The pages go to docs/proofs, which git ignores: what they say is said in proofs/ and nowhere else.
What is proved of it, the tool says, and not the page.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from protocol_pages import (
    ROLE,
    Library,
    code,
    fold,
    instance,
    literal,
    one_line,
    put,
    sentence,
    table,
    toctree,
)
from spec_text import ROOT, Method, ProtocolText, SpecModule, read_module, spec_modules
from sphinx.application import Sphinx

from ballotproof.model_check.discover import FoundProof, shipped_modules, shipped_proofs
from ballotproof.model_check.induction.support import Support, read, svg, text

OUTPUT = ROOT / "docs" / "proofs"

SUPPORT = ROOT / "docs" / "reference" / "support.json"
"""What the solver used for each condition, which `make support` writes and a test holds."""

PACKAGE = "ballotproof.proofs."

ORDER = ("", "paxos", "raft", "commit")
"""The folders of proofs/, in the order in which they are shown."""


@dataclass(frozen=True)
class ProofModule:
    """One file of proofs/: its text, and the proofs in it."""

    name: str  # ``paxos.single_decree``: dotted, below proofs
    text: SpecModule
    proofs: tuple[FoundProof, ...]

    @property
    def page(self) -> str:
        return f"/proofs/{self.name.replace('.', '/')}.md"

    @property
    def place(self) -> tuple[int, int, str]:
        """Families in order; in each, what speaks of elections or one decision first."""
        family, _, name = self.name.rpartition(".")
        first = ("consensus", "voting", "single_decree", "election", "transaction_commit")
        early = first.index(name) if name in first else len(first)
        return ORDER.index(family), early, name


def proof_modules() -> list[ProofModule]:
    """Every file of proofs/, in the order in which it is best read."""
    found = [
        ProofModule(
            name,
            read_module(importlib.import_module(PACKAGE + name)),
            tuple(shipped_proofs([name])),
        )
        for name in shipped_modules(PACKAGE.rstrip("."))
    ]
    return sorted(found, key=lambda m: m.place)


class ProofPage:
    """The page of one file of proofs/."""

    def __init__(
        self,
        library: Library,
        modules: list[ProofModule],
        module: ProofModule,
        supports: Mapping[str, Support] = MappingProxyType({}),
    ) -> None:
        self.library = library
        self.supports = supports
        self.titles = {m.name: (m.text.title, m.page) for m in modules}
        self.module = module

    def prose(self, text: str) -> str:
        """A docstring as Markdown; what refers to another proof leads there."""

        def role(found: re.Match[str]) -> str:
            name = found[1].removeprefix(PACKAGE)
            if name == found[1] or name not in self.titles:
                return found[0]
            title, page = self.titles[name]
            return f"[{title}]({page})"

        return self.library.prose(ROLE.sub(role, text), self.module.text)

    def text(self) -> str:
        return "\n\n".join(part for part in self.parts() if part.strip()) + "\n"

    def parts(self) -> Iterator[str]:
        text = self.module.text
        yield f"# {text.title}"
        yield f"{{.lead}}\n{self.prose(text.claim)}"
        of = " and ".join(self.library.link(f.proof.of) for f in self.module.proofs)
        file = f"{{download}}`{text.file} </../{text.file}>`"
        yield f"{{.facts}}\n{file} · of {of} · `ballotproof prove {self.module.name}`"
        yield self.prose(text.abstract)
        for protocol in text.protocols:
            yield from self.ghosts(protocol)
            yield from self.claims(protocol)
        yield from self.support()
        yield from self.from_the_specification()
        yield from self.instances()
        yield "## The whole file"
        yield fold(
            f"`{text.file}`",
            f"```{{literalinclude}} /../{text.file}\n:language: python\n:linenos:\n```",
        )

    def ghosts(self, protocol: ProtocolText) -> Iterator[str]:
        if not protocol.fields:
            return
        yield "## Ghosts"
        yield (
            "[Fields that the proof adds](/theory/proofs.md#ghosts): actions write them, and no "
            "action reads them."
        )
        yield table(
            ["field", "type", "what it remembers"],
            ([literal(f.name), literal(f.type), self.prose(f.comment)] for f in protocol.fields),
        )
        writers = [m for m in protocol.methods if m.kind == "action" or m.name == "init"]
        yield fold(
            "Who writes them: " + ", ".join(f"`{m.name}`" for m in writers),
            code("\n\n".join(m.source for m in writers)),
        )

    def claims(self, protocol: ProtocolText) -> Iterator[str]:
        """The conjuncts that are added, and the step invariants, under their headings."""
        claims = protocol.of_kind("invariant", "step_invariant")
        if not claims:
            return
        yield "## Conjuncts"
        helpers = {m.name: m for m in protocol.methods if m.kind is None and m.name != "init"}
        section = ""
        for method in claims:
            if method.section and method.section != section:
                section = method.section
                yield f"{{.section}}\n{sentence(section)}"
            kind = "" if method.kind == "invariant" else " *(of steps)*"
            yield f"**{method.name}**{kind} &ensp; {self.prose(method.doc)}"
            yield fold("Text", code("\n\n".join([method.source, *used(method, helpers)])))

    def support(self) -> Iterator[str]:
        """Which lemma supports which, as a picture and as text."""
        for found in self.module.proofs:
            s = self.supports.get(found.identity)
            if s is None or not s.arrows:
                continue
            yield "## Which lemma supports which"
            yield (
                "An arrow leads from a lemma to what follows from it and others, for the actions "
                "that it tells when pointed at; it is dashed where claims rest on each other in a "
                "circle, from the state before a step to the one after. Claims of the protocol "
                "have thick borders. This is what the solver used, by "
                f"`ballotproof prove {self.module.name} --graph FILE`."
            )
            yield "```{raw} html\n" + "\n".join(svg(s)) + "\n```"
            yield fold("As text", "```text\n" + "\n".join(text(s)) + "\n```")

    def from_the_specification(self) -> Iterator[str]:
        """What the specification claims itself, and the induction uses."""
        rows = []
        for found in self.module.proofs:
            own = {m.name for p in self.module.text.protocols for m in p.methods}
            for cls in found.proof.protocol.__mro__:
                text = self.library.text.get(cls)
                for method in text.of_kind("invariant", "step_invariant") if text else []:
                    if method.name not in own:
                        own.add(method.name)
                        home = f"{cls.__module__.removeprefix('ballotproof.')}.{cls.__name__}"
                        claim = self.prose(one_line(method.doc))
                        rows.append([f"[`{method.name}`](#{home}.{method.name})", claim])
        if rows:
            yield "## What the specification claims"
            yield "Proved together with the conjuncts; of the invariants each may use all."
            yield table(["claim", "in a sentence"], rows)

    def instances(self) -> Iterator[str]:
        yield "## Instances"
        yield (
            "Finite, for `ballotproof prove --bounded`: a proof that fails is repaired there, "
            "where counterexamples are small."
        )
        yield table(
            ["instance", "sizes"],
            (
                [model.name + (" (slow)" if model.slow else ""), "; ".join(instance(model))]
                for found in self.module.proofs
                for model in found.proof.instances
            ),
        )


def used(method: Method, helpers: dict[str, Method]) -> list[str]:
    """The texts of the helpers that a conjunct speaks of, with the helpers of these."""
    found: dict[str, str] = {}

    def visit(source: str) -> None:
        for name in re.findall(r"\bself\.(\w+)\(", source):
            if name in helpers and name not in found:
                found[name] = helpers[name].source
                visit(helpers[name].source)

    visit(method.source)
    return list(found.values())


def overview(library: Library, modules: list[ProofModule]) -> str:
    """The list of all proofs."""
    rows = []
    for module in modules:
        of = ", ".join(library.link(f.proof.of) for f in module.proofs)
        claim = ProofPage(library, modules, module).prose(module.text.claim)
        rows.append([f"[{module.text.title}]({module.page})", claim, of])
    return (
        "\n\n".join(
            [
                "# Proofs",
                "{.lead}\nWhy the protocols are safe at every size. Each page is written from one "
                "file of `proofs/`: the argument first, then conjunct by conjunct.",
                "What induction is, what a ghost is and why quorums have to meet is told in "
                "[What a proof shows](/theory/proofs.md). `ballotproof prove` says which of it is "
                "proved; a page does not.",
                table(["proof", "in a sentence", "of"], rows),
                toctree(m.name.replace(".", "/") for m in modules),
            ]
        )
        + "\n"
    )


def write(app: Sphinx) -> None:
    """Write what has changed, and remove what has no proof any more."""
    library, modules = Library(spec_modules()), proof_modules()
    supports = {s.proof: s for s in read(SUPPORT.read_bytes())}
    made = {OUTPUT / "index.md": overview(library, modules)}
    for module in modules:
        path = OUTPUT / f"{module.name.replace('.', '/')}.md"
        made[path] = ProofPage(library, modules, module, supports).text()
    put(OUTPUT, made)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

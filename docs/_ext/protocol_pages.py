"""A page for every protocol, written from its specification when the documentation is built.

The pages go to docs/protocols, which git ignores: what they say is said in spec/ and nowhere else.
A file is rewritten only when its text changes, so that Sphinx reads again only what is new, and a
page whose specification is gone goes too.

The counterexamples of the known mistakes are not searched for at build time. They stand in
tests/golden/counterexamples, where tests/docs/test_counterexamples.py finds them again.
"""

from __future__ import annotations

import difflib
import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

from family import family_svg
from spec_text import (
    PROPERTY_KINDS,
    ROOT,
    Definition,
    Field,
    Method,
    ProtocolText,
    SpecModule,
    spec_modules,
)
from sphinx.application import Sphinx

from ballotproof.model_check.bounds import bounds_of
from ballotproof.model_check.discover import PROOFS, shipped_modules
from ballotproof.spec.lang import AssumptionFails, Deadlocks, Holds, Model, Protocol, Violated

OUTPUT = ROOT / "docs" / "protocols"
RECORDED = ROOT / "tests" / "golden" / "counterexamples"

FAMILIES = {
    "": ("What is to be achieved", "The abstractions that a protocol is measured against."),
    "paxos": ("Paxos", "One leader per ballot asks before it proposes."),
    "raft": ("Raft", "One leader per term keeps one log."),
    "commit": ("Atomic commit", "All take part, or nobody does."),
    "broken": ("Known mistakes", "Each changes one rule of a protocol above."),
}
"""The folders of spec/, in the order in which they are shown."""

MISTAKE_HEAD = ["mistake", "what is wrong", "refuted by"]

PROPERTY_ID = re.compile(r"\b(?:AC|CF|SN|RD|SE|VR|ZB|P|M|E|C|R|L)\d+\b(?!\.)")
ROLE = re.compile(r":(?:mod|class|func|meth|ref|data|doc):`~?([^`]+)`")


# ------------------------------------------------------------------------------------ the whole
class Library:
    """All specifications, and where each class and property has its place in the documentation."""

    def __init__(self, modules: Iterable[SpecModule]) -> None:
        self.modules = sorted(modules, key=lambda m: (list(FAMILIES).index(m.family), m.name))
        self.by_name = {m.name: m for m in self.modules}
        self.home: dict[type[Protocol], SpecModule] = {}
        self.text: dict[type[Protocol], ProtocolText] = {}
        for module in self.modules:
            for protocol in module.protocols:
                self.home[protocol.cls] = module
                self.text[protocol.cls] = protocol
        self.modules.sort(
            key=lambda m: (list(FAMILIES).index(m.family), m.is_control, -self.weight(m), m.name)
        )
        self.properties = self._properties()

    def weight(self, module: SpecModule) -> int:
        """How many protocols build on those of the module: what much builds on is read first."""
        if module.is_broken:
            return 0
        own = {p.cls for p in module.protocols}
        return sum(
            bool(own & self.ancestors(cls))
            for cls in self.text
            if not self.home[cls].is_broken and self.home[cls] is not module
        )

    def ancestors(self, cls: type[Protocol]) -> set[type[Protocol]]:
        above = self.above(cls)
        return set(above).union(*map(self.ancestors, above))

    def depth(self, cls: type[Protocol]) -> int:
        above = self.above(cls)
        return 1 + max((self.depth(c) for c in above), default=-1)

    def above(self, cls: type[Protocol]) -> list[type[Protocol]]:
        """What a protocol extends or refines."""
        text = self.text[cls]
        found = [text.parent] if text.parent is not None else []
        return found + [c for c in text.refined.values() if c not in found]

    def variants(self, cls: type[Protocol], *, broken: bool) -> list[ProtocolText]:
        """The protocols that extend this one directly."""
        return [
            text
            for other, text in self.text.items()
            if text.parent is cls and self.home[other].is_broken is broken
        ]

    def refiners(self, cls: type[Protocol]) -> list[ProtocolText]:
        return [
            text
            for other, text in self.text.items()
            if cls in text.refined.values() and not self.home[other].is_broken
        ]

    def changed_by(self, mistake: SpecModule) -> type[Protocol]:
        """The protocol with the rule that a known mistake changes: the class that has the text of
        the method it overrides, past those that only add to it; or what it is a model of, if it
        overrides nothing."""
        for protocol in mistake.protocols:
            for method in protocol.methods:
                owners = [] if method.kind in PROPERTY_KINDS else self.owners(protocol, method.name)
                for owner, old in owners:
                    if "super()" not in old.source or owner is owners[-1][0]:
                        return owner.cls
            if protocol.parent is not None:
                return protocol.parent
        return mistake.models[0].protocol

    def owners(self, protocol: ProtocolText, name: str) -> list[tuple[ProtocolText, Method]]:
        """The classes above a protocol that have a method of this name, nearest first."""
        above = [self.text[cls] for cls in protocol.cls.__mro__[1:] if cls in self.text]
        found = [(text, text.method(name)) for text in above]
        return [(text, method) for text, method in found if method is not None]

    def expanded(self, protocol: ProtocolText, method: Method) -> str:
        """The text of a method with ``super().method(...)`` replaced by what it stands for."""
        owners = self.owners(protocol, method.name)
        if not owners:
            return method.source
        above, old = owners[0]
        body = textwrap.dedent(body_of(self.expanded(above, old)))
        call = re.compile(rf"^( *)super\(\)\.{method.name}\(.*\)$", re.MULTILINE)
        return call.sub(lambda found: textwrap.indent(body, found[1]).rstrip(), method.source)

    def mistakes(self) -> list[SpecModule]:
        return [m for m in self.modules if m.is_broken and not m.is_control]

    def _properties(self) -> dict[str, list[tuple[ProtocolText, Method]]]:
        """Every catalogue id, with the properties that state it."""
        found: dict[str, list[tuple[ProtocolText, Method]]] = {}
        for module in self.modules:
            for protocol in module.protocols:
                for method in protocol.of_kind(*PROPERTY_KINDS, "refines"):
                    for name in PROPERTY_ID.findall(method.doc):
                        found.setdefault(name, []).append((protocol, method))
        return dict(sorted(found.items(), key=lambda item: id_key(item[0])))

    def mistake_row(self, module: SpecModule) -> list[str]:
        """A known mistake in a table: name, what is wrong, how it is refuted."""
        refuted = [m for m in module.models if isinstance(m.expect, Violated)]
        shown = (refuted or list(module.models))[0]
        return [
            f"[{module.title}]({page_of(module.name)})",
            self.prose(module.claim, module),
            expectation(shown),
        ]

    def link(self, cls: type[Protocol]) -> str:
        """The class, leading to its page."""
        if cls not in self.home:
            return f"`{cls.__name__}`"
        return f"[`{cls.__name__}`](#{target(cls)})"

    # ------------------------------------------------------------------------------- prose
    def prose(self, text: str, module: SpecModule) -> str:
        """A docstring as Markdown: roles become links, catalogue ids lead to their place."""

        def role(found: re.Match[str]) -> str:
            name = self.resolve(found[1], module)
            if name in self.by_name:
                return f"[{self.by_name[name].title}]({page_of(name)})"
            return f"`{found[1].lstrip('.')}`"

        def link_id(found: re.Match[str]) -> str:
            known = found[0] in self.properties
            return f"[{found[0]}](#property-{found[0]})" if known else found[0]

        text = ROLE.sub(role, text.replace("``", "`")).replace("$", r"\$")
        parts = re.split(r"(`+[^`]+`+)", text)
        return "".join(p if p.startswith("`") else PROPERTY_ID.sub(link_id, p) for p in parts)

    def resolve(self, name: str, module: SpecModule) -> str:
        """A relative module name as one below spec: ``.history`` seen from raft.election."""
        dots = len(name) - len(name.lstrip("."))
        if not dots:
            return name.removeprefix("ballotproof.spec.")
        package = module.name.split(".")[:-dots]
        return ".".join([*package, name.lstrip(".")])


def target(cls: type[Protocol], method: str = "") -> str:
    """The label of a class, or of a method of it."""
    name = f"{cls.__module__.removeprefix('ballotproof.')}.{cls.__name__}"
    return f"{name}.{method}" if method else name


def page_of(name: str) -> str:
    return f"/protocols/{name.replace('.', '/')}.md"


def id_key(name: str) -> tuple[int, str, int]:
    """Consensus first, then logs, then Raft, then the rest."""
    letters = name.rstrip("0123456789")
    place = ["P", "M", "R"].index(letters) if letters in ("P", "M", "R") else 3
    return place, letters, int(name.removeprefix(letters))


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def recorded(module: SpecModule, model: Model) -> Path:
    """The file that holds the counterexample of a model."""
    return RECORDED / f"{module.name}.{slug(model.name)}.txt"


# ----------------------------------------------------------------------------------- Markdown
def code(text: str, language: str = "python") -> str:
    return f"```{{code-block}} {language}\n{text.rstrip()}\n```"


def fold(title: str, body: str, *, is_open: bool = False) -> str:
    options = ":open:\n" if is_open else ""
    return f"::::{{dropdown}} {title}\n{options}\n{body}\n::::"


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *map(cells, rows)]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def cells(row: list[str]) -> list[str]:
    return [" ".join(cell.split()).replace("|", r"\|") for cell in row]


def one_line(text: str) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join(text.partition("\n\n")[0].split())


def literal(text: str) -> str:
    return f"`{text}`" if text else ""


# --------------------------------------------------------------------------------- one module
class Page:
    """The page of one specification file."""

    def __init__(self, library: Library, module: SpecModule) -> None:
        self.library = library
        self.module = module

    def prose(self, text: str) -> str:
        return self.library.prose(text, self.module)

    def text(self) -> str:
        return "\n\n".join(part for part in self.parts() if part.strip()) + "\n"

    def parts(self) -> Iterator[str]:
        module = self.module
        yield f"# {module.title}"
        if module.claim:
            yield f"{{.lead}}\n{self.prose(module.claim)}"
        yield self.summary()
        if module.is_broken:
            yield self.prose(module.abstract)
            yield from self.broken()
            return
        yield self.prose(module.abstract)
        yield from self.definitions()
        several = len(module.protocols) > 1
        for protocol in module.protocols:
            yield from self.protocol(protocol, several=several)
        yield from self.models()
        yield from self.related()
        yield from self.whole_file()

    def summary(self) -> str:
        """One line of facts below the title."""
        module = self.module
        said = [f"{{download}}`{module.file} </../{module.file}>`"]
        for protocol in module.protocols:
            if protocol.parent is not None:
                said.append(f"extends {self.library.link(protocol.parent)}")
            said += [f"refines {self.library.link(c)}" for c in protocol.refined.values()]
        if module.is_broken:
            said.append(f"`ballotproof check {module.name}`")
        if module.name in shipped_modules(PROOFS):
            said.append(f"[why it is safe](/proofs/{module.name.replace('.', '/')}.md)")
        holds = [m for m in module.models if isinstance(m.expect, Holds) and m.expect.states]
        if holds:
            largest = max(m.expect.states or 0 for m in holds if isinstance(m.expect, Holds))
            said.append(f"{plural(len(module.models), 'model')}, up to {largest:,} states")
        return "{.facts}\n" + " · ".join(dict.fromkeys(said))

    # -------------------------------------------------------------------------- definitions
    def definitions(self) -> Iterator[str]:
        own = self.module.definitions
        borrowed = self.borrowed()
        sorts = [d for d in own if d.what not in ("record", "alias")]
        rows = [(d.name, kind_of(d), d.doc) for d in sorts]
        rows += [
            (d.name, f"from [{home.title}]({page_of(home.name)})", d.doc)
            for d, home in borrowed
            if d.what != "record"
        ]
        if rows:
            yield "## Sorts"
            yield table(
                ["sort", "what it is", "meaning"],
                ([literal(name), what, self.prose(one_line(doc))] for name, what, doc in rows),
            )
        records = [d for d in own if d.what == "record"]
        messages = [d for d in records if self.is_message(d)]
        values = [d for d in records if d not in messages]
        if values:
            yield "## Records"
            yield table(["record", "meaning"], map(self.record_row, values))
        if messages:
            yield "## Messages"
            yield table(["message", "meaning"], map(self.record_row, messages))
        taken = [
            f"`{d.name}` of [{home.title}]({page_of(home.name)})"
            for d, home in borrowed
            if d.what == "record"
        ]
        if taken:
            yield f"{{.facts}}\nRecords taken from elsewhere: {', '.join(taken)}."

    def borrowed(self) -> list[tuple[Definition, SpecModule]]:
        """Sorts and records that the module takes from another one, with where they are at home."""
        known = self.library.by_name
        return [
            (d, known[home])
            for name, home in self.module.imported.items()
            if home in known
            for d in known[home].definitions
            if d.name == name and d.what != "alias"
        ]

    def record_row(self, d: Definition) -> list[str]:
        fields = ", ".join(f"{f.name}: {f.type}" for f in d.fields)
        return [f"`{d.name}({fields})`", self.prose(one_line(d.doc))]

    def is_message(self, d: Definition) -> bool:
        """Whether records of the class are put into a field that holds messages."""
        aliases = {a.name: a.base for a in self.module.definitions if a.what == "alias"}
        for protocol in self.module.protocols:
            for f in protocol.fields:
                if f.type.startswith(("Network[", "Bag[")) or f.name in ("sent", "messages"):
                    text = aliases.get(f.type.partition("[")[2].rstrip("]"), f.type)
                    if re.search(rf"\b{d.name}\b", text):
                        return True
        return False

    # ---------------------------------------------------------------------------- protocols
    def protocol(self, protocol: ProtocolText, *, several: bool) -> Iterator[str]:
        level = "###" if several else "##"
        if several:
            yield f"({target(protocol.cls)})=\n## {protocol.name}"
            yield self.prose(protocol.doc)
        else:
            yield f"({target(protocol.cls)})="
        if protocol.parent is not None:
            yield (
                f"`{protocol.name}` extends {self.library.link(protocol.parent)}: what is not said "
                "here is as there."
            )
        if protocol.fields:
            only_constants = all(f.constant for f in protocol.fields)
            yield f"{level} {'Constants' if only_constants else 'State'}"
            if not several:
                yield self.prose(protocol.doc)
            yield self.state(protocol.fields)
        init = protocol.method("init")
        if init is not None:
            yield fold("Initial state", code(init.source))
        yield from self.changed_helpers(protocol, level)
        yield from self.actions(protocol, level)
        yield from self.properties(protocol, level)
        yield from self.refinements(protocol, level)

    def state(self, fields: tuple[Field, ...]) -> str:
        shows_kept = any(f.kept for f in fields)
        rows = []
        group = ""
        for f in fields:
            if f.group != group and f.group:
                rows.append([f"*{self.prose(f.group)}*", "", *([""] if shows_kept else []), ""])
            group = f.group
            row = [literal(f.name), literal(f.type)]
            if shows_kept:
                row.append({"durable": "kept", "volatile": "lost"}.get(f.kept or "", ""))
            row.append(self.prose(("constant: " if f.constant else "") + f.comment))
            rows.append(row)
        head = ["field", "type", *(["by a crash"] if shows_kept else []), "meaning"]
        return table(head, rows)

    def changed_helpers(self, protocol: ProtocolText, level: str) -> Iterator[str]:
        """What a variant says otherwise without being a step: the heart of many variants."""
        changed = [m for m in self.helpers(protocol) if self.overridden(protocol, m) is not None]
        if changed:
            yield f"{level} What differs"
        for method in changed:
            found = self.overridden(protocol, method)
            assert found is not None
            label = target(protocol.cls, method.name)
            yield f"({label})=\n`{method.signature}`, against {self.library.link(found[0].cls)}"
            yield self.prose(method.doc)
            yield self.difference(protocol, method)

    def helpers(self, protocol: ProtocolText) -> list[Method]:
        return [m for m in protocol.methods if m.kind is None and m.name != "init"]

    def new_helpers(self, protocol: ProtocolText) -> dict[str, Method]:
        """The helpers that override nothing, by name."""
        helpers = self.helpers(protocol)
        return {m.name: m for m in helpers if self.overridden(protocol, m) is None}

    def actions(self, protocol: ProtocolText, level: str) -> Iterator[str]:
        actions = protocol.of_kind("action")
        inherited = self.inherited(protocol, "action")
        if not actions and not inherited:
            return
        yield f"{level} Actions"
        if inherited:
            yield self.inherited_line(protocol, inherited)
        sections = {a.section for a in actions}
        section = ""
        helpers = self.new_helpers(protocol)
        for action in actions:
            if len(sections) > 1 and action.section != section:
                section = action.section
                yield f"{{.section}}\n{sentence(section)}"
            yield f"({target(protocol.cls, action.name)})=\n{level}# `{action.signature}`"
            yield self.method_body(protocol, action)
            for name in called(action, helpers):
                yield self.helper(helpers.pop(name))

    def method_body(self, protocol: ProtocolText, method: Method) -> str:
        where = f"{{.where}}\n{self.module.file}:{method.line}"
        parts = [self.prose(method.doc), code(method.source)]
        overridden = self.overridden(protocol, method)
        if overridden is not None and "super()" not in method.source:
            parts.append(
                fold(
                    f"Difference to `{overridden[0].name}.{method.name}`",
                    self.difference(protocol, method),
                )
            )
        return "\n\n".join([*parts, where])

    def helper(self, helper: Method) -> str:
        return fold(
            f"`{helper.signature}`",
            self.prose(helper.doc) + "\n\n" + code(helper.source),
        )

    def overridden(
        self, protocol: ProtocolText, method: Method
    ) -> tuple[ProtocolText, Method] | None:
        """The method that this one takes the place of, and the class that has it."""
        return next(iter(self.library.owners(protocol, method.name)), None)

    def difference(self, protocol: ProtocolText, method: Method) -> str:
        """What a method changes in what it overrides, line by line, in one piece."""
        above, old = self.library.owners(protocol, method.name)[0]
        before = self.library.expanded(above, old).splitlines()
        after = self.library.expanded(protocol, method).splitlines()
        lines = list(difflib.unified_diff(before, after, n=100, lineterm=""))
        return code("\n".join(lines[3:]) or method.source, "diff" if lines else "python")

    def inherited(self, protocol: ProtocolText, kind: str) -> list[tuple[ProtocolText, Method]]:
        own = {m.name for m in protocol.methods}
        found: dict[str, tuple[ProtocolText, Method]] = {}
        for cls in protocol.cls.__mro__[1:]:
            text = self.library.text.get(cls)
            for method in text.of_kind(kind) if text is not None else []:
                if method.name not in own and text is not None:
                    found.setdefault(method.name, (text, method))
        return list(found.values())

    def inherited_line(
        self, protocol: ProtocolText, inherited: list[tuple[ProtocolText, Method]]
    ) -> str:
        links = ", ".join(f"[`{m.name}`](#{target(t.cls, m.name)})" for t, m in inherited)
        return f"Inherited: {links}."

    # --------------------------------------------------------------------------- properties
    def properties(self, protocol: ProtocolText, level: str) -> Iterator[str]:
        own = protocol.of_kind(*PROPERTY_KINDS)
        inherited = [x for kind in PROPERTY_KINDS for x in self.inherited(protocol, kind)]
        if not own and not inherited:
            return
        yield f"{level} Properties"
        if inherited:
            yield self.inherited_line(protocol, inherited)
        for kind, heading in PROPERTY_KINDS.items():
            methods = protocol.of_kind(kind)
            if not methods:
                continue
            yield f"{{.section}}\n{heading}"
            for method in methods:
                claim = self.prose(method.doc) or "*(its name says it)*"
                yield (f"({target(protocol.cls, method.name)})=\n**{method.name}** &ensp; {claim}")
                yield fold("Text", code(method.source))
        helpers = self.property_helpers(protocol)
        if helpers:
            body = "\n\n".join("\n\n".join([self.prose(h.doc), code(h.source)]) for h in helpers)
            names = ", ".join(f"`{h.name}`" for h in helpers)
            yield fold(f"What the properties speak of: {names}", body)

    def property_helpers(self, protocol: ProtocolText) -> list[Method]:
        helpers = self.new_helpers(protocol)
        for action in protocol.of_kind("action"):
            for name in called(action, helpers):
                del helpers[name]
        return list(helpers.values())

    def refinements(self, protocol: ProtocolText, level: str) -> Iterator[str]:
        for method in protocol.of_kind("refines"):
            abstract = protocol.refined[method.name]
            label = target(protocol.cls, method.name)
            yield f"({label})=\n{level} Refinement of {abstract.__name__}"
            yield (
                f"Every step of `{protocol.name}`, seen through this mapping, is a step of "
                f"{self.library.link(abstract)} or changes nothing there. So what holds of "
                f"`{abstract.__name__}` holds here."
            )
            yield self.prose(method.doc)
            yield code(method.source)

    # ------------------------------------------------------------------------------- models
    def models(self) -> Iterator[str]:
        if not self.module.models:
            return
        yield "## Models"
        several = len({m.protocol for m in self.module.models}) > 1
        head = ["model", *(["protocol"] if several else []), "instance", "expected"]
        rows = []
        for model in self.module.models:
            row = [model.name, *([literal(model.protocol.__name__)] if several else [])]
            rows.append([*row, "; ".join(instance(model)), self.expected(model)])
        yield table(head, rows)
        yield (
            "The counts are exact. `ballotproof check "
            f"{self.module.name}` finds them again"
            + (
                "; the models marked *slow* are left out unless asked for."
                if any(m.slow for m in self.module.models)
                else "."
            )
        )

    def expected(self, model: Model) -> str:
        slow = " (slow)" if model.slow else ""
        return expectation(model) + slow

    # ------------------------------------------------------------------------------ related
    def related(self) -> Iterator[str]:
        library = self.library
        variants = [
            [library.link(text.cls), how, self.claim_of(text)]
            for protocol in self.module.protocols
            for how, texts in (
                ("extends", library.variants(protocol.cls, broken=False)),
                ("refines", library.refiners(protocol.cls)),
            )
            for text in texts
            if library.home[text.cls] is not self.module
        ]
        broken = [
            library.mistake_row(home)
            for home in library.modules
            if home.is_broken and library.home.get(library.changed_by(home)) is self.module
        ]
        if variants:
            yield "## What builds on it"
            yield table(["protocol", "", "in a sentence"], variants)
        if broken:
            yield "## What breaks it"
            yield "Known mistakes, each with the counterexample that the checker finds."
            yield table(MISTAKE_HEAD, broken)

    def claim_of(self, text: ProtocolText) -> str:
        home = self.library.home[text.cls]
        claim = home.claim if len(home.protocols) == 1 else one_line(text.doc)
        return self.library.prose(claim, home)

    # ------------------------------------------------------------------------------- broken
    def broken(self) -> Iterator[str]:
        module = self.module
        yield "## The change"
        for protocol in module.protocols:
            yield f"({target(protocol.cls)})="
            yield self.prose(protocol.doc)
            if protocol.fields:
                yield self.changed_fields(protocol)
            for method in protocol.methods:
                found = self.overridden(protocol, method)
                yield f"({target(protocol.cls, method.name)})="
                if found is None:
                    yield self.prose(method.doc) or f"`{method.signature}`"
                    yield code(method.source)
                    continue
                yield f"`{method.name}`, against {self.library.link(found[0].cls)}:"
                yield self.difference(protocol, method)
        if not module.protocols:
            changed = self.library.changed_by(module)
            yield (
                f"The text of {self.library.link(changed)} stays as it is. The instance is the "
                "mistake: see the models below."
            )
        yield "## What the checker says"
        for model in module.models:
            yield f"### {sentence(model.name)}"
            yield f"{'; '.join(instance(model))}. Expected: {self.expected(model)}."
            file = recorded(module, model)
            if file.exists():
                yield code(file.read_text(encoding="utf-8"), "text")
            elif not isinstance(model.expect, Holds):
                name = f"{module.name}/{slug(model.name)}"
                yield f"It takes a while to find: `ballotproof check {name}` prints it."
        yield from self.whole_file()

    def changed_fields(self, protocol: ProtocolText) -> str:
        """Fields that are new, or kept otherwise than in the protocol that is changed."""
        lines = []
        for f in protocol.fields:
            for cls in protocol.cls.__mro__[1:]:
                text = self.library.text.get(cls)
                old = next((g for g in text.fields if g.name == f.name), None) if text else None
                if old is not None:
                    lines.append(f"-{old.declaration}")
                    break
            lines.append(f"+{f.declaration}")
        return code("\n".join(lines), "diff")

    def whole_file(self) -> Iterator[str]:
        yield "## The whole file"
        yield fold(
            f"`{self.module.file}`",
            f"```{{literalinclude}} /../{self.module.file}\n:language: python\n:linenos:\n```",
        )


# ----------------------------------------------------------------------------------- phrases
def plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' * (count != 1)}"


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def kind_of(d: Definition) -> str:
    match d.what:
        case "order":
            return "totally ordered"
        case "quorums":
            return f"sets of `{d.base}`, any two of which meet"
        case "enumeration":
            return ", ".join(f"`{m.name}`" for m in d.fields)
        case "subsets":
            return f"sets of `{d.base}`"
        case _:
            return "elements that are equal or not"


def instance(model: Model) -> list[str]:
    """The bounds of a model, in the words the checker uses."""
    return [f"`{phrase}`" for phrase in bounds_of(model, model.universe()).phrases()]


def expectation(model: Model) -> str:
    match model.expect:
        case Holds(states=None):
            return "holds"
        case Holds(states, depth):
            return f"holds, {states:,} states" + (f", depth {depth}" if depth is not None else "")
        case Violated(name, steps, cycle):
            after = f" after {plural(steps, 'step')}" if steps else ""
            match cycle:
                case None:
                    return f"`{name}` violated{after}"
                case 0:
                    return f"`{name}` violated{after} and a stop"
                case _:
                    return f"`{name}` violated{after} and a cycle of {cycle}"
        case Deadlocks(steps):
            return "deadlock" + (f" after {plural(steps, 'step')}" if steps else "")
        case AssumptionFails(name):
            return f"assumption `{name}` is false"
        case None:
            return "not stated"


def called(method: Method, helpers: dict[str, Method]) -> list[str]:
    """The helpers that a method calls, and those that they call, in that order."""
    found: dict[str, None] = {}

    def visit(source: str) -> None:
        for name in re.findall(r"\bself\.(\w+)\(", source):
            if name in helpers and name not in found:
                found[name] = None
                visit(helpers[name].source)

    visit(method.source)
    return list(found)


def body_of(source: str) -> str:
    """A method without its decorators and its first line."""
    lines = source.splitlines()
    end = next(i for i, line in enumerate(lines) if line.rstrip().endswith(":") and ")" in line)
    return "\n".join(lines[end + 1 :])


# ---------------------------------------------------------------------------------- overview
def overview(library: Library) -> str:
    parts = [
        "# Protocols",
        "{.lead}\nEach protocol is one file of `spec/`, and each page here is written from that "
        "file. What you read is what is checked.",
        "```{raw} html\n" + family_svg(library) + "\n```",
        "{.facts}\nSolid: *extends*, a variant that says only what differs. "
        "Dashed: *refines*, every step is a step of the protocol it points to. "
        "A number counts the known mistakes that change the protocol.",
    ]
    for family, (heading, lead) in FAMILIES.items():
        modules = [m for m in library.modules if m.family == family]
        if not modules or family == "broken":
            continue
        rows = [
            [f"[{m.title}]({page_of(m.name)})", library.prose(m.claim, m), best_model(m)]
            for m in modules
        ]
        parts += [f"## {heading}", lead, table(["protocol", "in a sentence", "checked"], rows)]
        parts.append(toctree(m.name.replace(".", "/") for m in modules))
    parts += [
        "## Known mistakes",
        f"[{len(library.mistakes())} ways to get it wrong](broken/index.md), each with the "
        "counterexample that the checker finds.",
        "## Properties by name",
        "Papers state the same claims under many names. Each claim has an id here, and "
        "[one page](properties.md) lists who states it.",
        toctree(["broken/index", "properties"]),
    ]
    return "\n\n".join(parts) + "\n"


def mistakes_page(library: Library) -> str:
    """All known mistakes, under the protocols that they change."""
    parts = [
        "# Known mistakes",
        "{.lead}\nEach of these changes one rule of a protocol, and each is refuted. "
        "They show what the rule is for.",
        "Some were made in published systems, and their reports are cited. "
        "`ballotproof check broken` finds all that are quick to find; a build fails if one is not "
        "found any more.",
    ]
    groups: dict[str, list[SpecModule]] = {}
    for module in library.modules:
        if module.is_broken:
            home = library.home[library.changed_by(module)]
            groups.setdefault(home.name, []).append(module)
    for home in (m for m in library.modules if m.name in groups):
        parts.append(f"## {home.title}")
        parts.append(table(MISTAKE_HEAD, (library.mistake_row(m) for m in groups[home.name])))
    names = [m.name.rpartition(".")[2] for m in library.modules if m.is_broken]
    parts.append(toctree(names))
    return "\n\n".join(parts) + "\n"


def toctree(names: Iterable[str]) -> str:
    return "```{toctree}\n:hidden:\n\n" + "\n".join(names) + "\n```"


def best_model(module: SpecModule) -> str:
    """The largest model that holds, or the first that does not."""
    holding = [m for m in module.models if isinstance(m.expect, Holds) and m.expect.states]
    if holding:

        def size(m: Model) -> int:
            return m.expect.states or 0 if isinstance(m.expect, Holds) else 0

        return expectation(max(holding, key=size))
    return expectation(module.models[0]) if module.models else ""


def properties_page(library: Library) -> str:
    parts = [
        "# Properties",
        "{.lead}\nEvery claim with an id, and the protocols that state it.",
        "The letters say where a claim belongs: P to consensus and Paxos, M to logs of many "
        "decisions, R to Raft, AC to atomic commit, L to liveness. A docstring names the id, and "
        "this page is made of those docstrings.",
    ]
    for name, uses in library.properties.items():
        kinds = dict.fromkeys(method.name for _, method in uses)
        parts.append(f"(property-{name})=\n## {name}: {', '.join(kinds)}")
        rows = [
            [
                f"[`{p.name}.{m.name}`](#{target(p.cls, m.name)})",
                {"refines": "refinement", None: ""}.get(m.kind, (m.kind or "").replace("_", " ")),
                library.prose(one_line(m.doc), library.home[p.cls]),
            ]
            for p, m in uses
        ]
        parts.append(table(["stated by", "kind", "claim"], rows))
    return "\n\n".join(parts) + "\n"


# ------------------------------------------------------------------------------------ Sphinx
def pages(library: Library) -> dict[Path, str]:
    """Every generated file with its text."""
    found = {
        OUTPUT / "index.md": overview(library),
        OUTPUT / "broken" / "index.md": mistakes_page(library),
        OUTPUT / "properties.md": properties_page(library),
    }
    for module in library.modules:
        path = OUTPUT / f"{module.name.replace('.', '/')}.md"
        found[path] = Page(library, module).text()
    return found


def write(app: Sphinx) -> None:
    """Write what has changed, and remove what has no specification any more."""
    put(OUTPUT, pages(Library(spec_modules())))


def put(folder: Path, made: dict[Path, str]) -> None:
    """Make a folder hold just these pages."""
    for path in folder.rglob("*.md"):
        if path not in made:
            path.unlink()
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""What the documentation knows of a specification: its text, part by part, and its models.

The parts are found in the syntax tree of the file, and the comments beside them, which Python
forgets, in its tokens. What a class inherits is asked of Python itself.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import io
import pkgutil
import re
import textwrap
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import ballotproof.spec
from ballotproof.spec.lang import Holds, Model, Protocol
from ballotproof.spec.lang.protocol import fields_of, methods_of, persistence
from ballotproof.spec.lang.values import Sort, SubsetOf, TotalOrder

ROOT = Path(__file__).resolve().parents[2]

PROPERTY_KINDS = {
    "assumption": "Assumptions",
    "invariant": "Invariants",
    "step_invariant": "Step invariants",
    "reachable": "Must be reachable",
    "eventually": "True at some time of every fair behaviour",
    "leads_to": "One thing leads to another",
    "always_eventually": "True again and again",
    "eventually_always": "True from some time on",
    "constraint": "Bounds on the search",
    "terminal": "Where it may end",
}
"""Kinds of property with the heading under which they are listed, in this order."""


# ------------------------------------------------------------------------------------ parts
@dataclass(frozen=True)
class Method:
    """A method as it stands in its class."""

    name: str
    kind: str | None  # "action", "invariant", ...; None for a helper
    parameters: str
    doc: str
    source: str  # dedented, without the docstring
    line: int
    section: str  # the title of the comment line `# ---- title` above it, if any

    @property
    def signature(self) -> str:
        return f"{self.name}({self.parameters})"


@dataclass(frozen=True)
class Field:
    """A state field, the field of a record, or a constant of the protocol."""

    name: str
    type: str
    comment: str
    group: str = ""  # the comment line above it, which may speak of several fields
    kept: str | None = None  # "durable" or "volatile"
    constant: bool = False

    @property
    def declaration(self) -> str:
        """As it stands in the class."""
        return f"{self.name}: {f'{self.kept.title()}[{self.type}]' if self.kept else self.type}"


@dataclass(frozen=True)
class Definition:
    """A sort, enumeration, record or type alias of the module."""

    name: str
    what: str  # "sort", "order", "quorums", "subsets", "enumeration", "record", "alias"
    doc: str
    fields: tuple[Field, ...] = ()
    base: str = ""  # the sort of which the elements are subsets; the value of an alias


@dataclass(frozen=True)
class ProtocolText:
    """A protocol class: what it declares itself, and from what it is made."""

    cls: type[Protocol]
    doc: str
    fields: tuple[Field, ...]
    methods: tuple[Method, ...]
    line: int

    @property
    def name(self) -> str:
        return self.cls.__name__

    @property
    def parent(self) -> type[Protocol] | None:
        """The protocol it extends, if it is a variant."""
        base = self.cls.__bases__[0]
        return base if base is not Protocol and issubclass(base, Protocol) else None

    @property
    def refined(self) -> dict[str, type[Protocol]]:
        """What it claims to refine, by the name of the mapping."""
        found = methods_of(self.cls, "refines")
        return {n: m.__abstract__ for n, m in found.items() if n in vars(self.cls)}  # type: ignore[attr-defined]  # set by @refines

    def of_kind(self, *kinds: str | None) -> list[Method]:
        return [m for m in self.methods if m.kind in kinds]

    def method(self, name: str) -> Method | None:
        return next((m for m in self.methods if m.name == name), None)


@dataclass(frozen=True)
class SpecModule:
    """One file of spec/."""

    module: ModuleType
    path: Path
    definitions: tuple[Definition, ...]
    protocols: tuple[ProtocolText, ...]
    models: tuple[Model, ...]
    imported: dict[str, str] = field(default_factory=dict)  # name -> module that defines it

    @property
    def name(self) -> str:
        """``paxos.single_decree``: dotted, below spec."""
        return self.module.__name__.removeprefix("ballotproof.spec.")

    @property
    def file(self) -> str:
        """``spec/paxos/single_decree.py``."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def family(self) -> str:
        """The folder, or nothing for the abstractions that stand above the families."""
        return self.name.rpartition(".")[0]

    @property
    def is_broken(self) -> bool:
        """Whether it is a known mistake, or a control: a harmless change that looks like one."""
        return self.family == "broken"

    @property
    def is_control(self) -> bool:
        return self.is_broken and all(isinstance(m.expect, Holds) for m in self.models)

    @cached_property
    def doc(self) -> str:
        return inspect.getdoc(self.module) or ""

    @property
    def title(self) -> str:
        """What stands before the colon of the first line."""
        return self.headline[0]

    @property
    def claim(self) -> str:
        """What stands behind it."""
        return self.headline[1]

    @property
    def headline(self) -> tuple[str, str]:
        first = " ".join(self.doc.partition("\n\n")[0].split()).rstrip(".")
        title, colon, claim = first.partition(": ")
        if self.is_broken:  # "Bug: ..." and "Control, no bug: ...": the file has the better name
            words = self.name.rpartition(".")[2].replace("_", " ")
            title, claim = words[:1].upper() + words[1:], claim if colon else first
        return title, claim and claim[:1].upper() + claim[1:] + "."

    @property
    def abstract(self) -> str:
        """The docstring after its first line."""
        return self.doc.partition("\n\n")[2]


# ----------------------------------------------------------------------------------- reading
def spec_modules() -> list[SpecModule]:
    """Every module of spec/ that defines a protocol, or models of one, in order of name."""
    names = [
        info.name
        for info in pkgutil.walk_packages(ballotproof.spec.__path__, "ballotproof.spec.")
        if not info.ispkg and not info.name.startswith("ballotproof.spec.lang.")
    ]
    read = (read_module(importlib.import_module(name)) for name in sorted(names))
    return [module for module in read if module.protocols or module.models]


def read_module(module: ModuleType) -> SpecModule:
    assert module.__file__ is not None
    path = Path(module.__file__).resolve()
    text = path.read_text(encoding="utf-8")
    reader = _Reader(module, text)
    return SpecModule(
        module,
        path,
        tuple(reader.definitions()),
        tuple(reader.protocols()),
        tuple(getattr(module, "MODELS", ())),
        reader.imported(),
    )


class _Reader:
    def __init__(self, module: ModuleType, text: str) -> None:
        self.module = module
        self.lines = text.splitlines()
        self.tree = ast.parse(text)
        self.comments = {
            token.start[0]: token.string.lstrip("# ").strip()
            for token in tokenize.generate_tokens(io.StringIO(text).readline)
            if token.type == tokenize.COMMENT
        }
        self.own_line = {  # comments with nothing before them
            line for line in self.comments if self.lines[line - 1].lstrip().startswith("#")
        }

    def object(self, name: str) -> Any:
        return getattr(self.module, name, None)

    def imported(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for node in self.tree.body:
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    target = self.object(alias.asname or alias.name)
                    if isinstance(target, type):
                        home = target.__module__.removeprefix("ballotproof.spec.")
                        found[target.__name__] = home
        return found

    def definitions(self) -> Iterator[Definition]:
        for node in self.tree.body:
            match node:
                case ast.ClassDef(name=name):
                    made = self.definition(node, self.object(name))
                    if made is not None:
                        yield made
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    if name != "MODELS" and name[:1].isupper() and not name.isupper():
                        yield Definition(name, "alias", "", base=ast.unparse(value))
                case _:
                    pass

    def definition(self, node: ast.ClassDef, cls: Any) -> Definition | None:
        doc = _doc(node)
        if issubclass(cls, SubsetOf):
            what = "quorums" if "QuorumOf" in ast.unparse(node.bases[0]) else "subsets"
            return Definition(node.name, what, doc, base=cls.base().__name__)
        if issubclass(cls, TotalOrder):
            return Definition(node.name, "order", doc)
        if issubclass(cls, Sort):
            return Definition(node.name, "sort", doc)
        if issubclass(cls, Enum):
            members = tuple(Field(m.name, "", "") for m in cls)
            return Definition(node.name, "enumeration", doc, members)
        if getattr(cls, "__record__", False):
            return Definition(node.name, "record", doc, tuple(self.fields(node)))
        return None

    def protocols(self) -> Iterator[ProtocolText]:
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef):
                cls = self.object(node.name)
                if issubclass(cls, Protocol):
                    yield ProtocolText(
                        cls,
                        _doc(node),
                        tuple(self.fields(node, cls)),
                        tuple(self.methods(node, cls)),
                        node.lineno,
                    )

    def fields(self, node: ast.ClassDef, cls: type[Protocol] | None = None) -> Iterator[Field]:
        annotations = fields_of(cls) if cls is not None else {}
        group = ""
        for statement in node.body:
            line = statement.lineno
            if line - 1 in self.own_line:
                group = self.comments[line - 1]
            elif not self.lines[line - 2].strip():
                group = ""
            comment = self.comments.get(statement.end_lineno or line, "")
            match statement:
                case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                    kept = persistence(annotations[name])[1] if name in annotations else None
                    yield Field(name, _bare(annotation), comment, group, kept)
                case ast.Assign(
                    targets=[ast.Name(id=name)], value=ast.Call(func=ast.Subscript() as const)
                ) if ast.unparse(const.value) == "Const":
                    yield Field(name, ast.unparse(const.slice), comment, group, constant=True)
                case _:
                    pass

    def methods(self, node: ast.ClassDef, cls: type[Protocol]) -> Iterator[Method]:
        section = ""
        previous = node.lineno
        for statement in node.body:
            for line in range(previous, statement.lineno):
                if line in self.own_line and re.match(r"-{6,} ", self.comments[line]):
                    section = self.comments[line].lstrip("- ").strip()
            previous = statement.end_lineno or statement.lineno
            if isinstance(statement, ast.FunctionDef):
                kind = getattr(vars(cls)[statement.name], "__kind__", None)
                parameters = statement.args.args[1:]
                yield Method(
                    statement.name,
                    kind,
                    ", ".join(ast.unparse(p) for p in parameters),
                    _doc(statement),
                    self.source(statement),
                    statement.lineno,
                    section,
                )

    def source(self, node: ast.FunctionDef) -> str:
        """The text of a method with its decorators and comments, and without its docstring."""
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        assert node.end_lineno is not None
        lines = self.lines[first - 1 : node.end_lineno]
        match node.body:
            case [ast.Expr(value=ast.Constant(value=str())) as doc, _, *_]:
                assert doc.end_lineno is not None
                del lines[doc.lineno - first : doc.end_lineno - first + 1]
            case _:
                pass
        return textwrap.dedent("\n".join(lines))


def _doc(node: ast.ClassDef | ast.FunctionDef) -> str:
    return ast.get_docstring(node) or ""


def _bare(annotation: ast.expr) -> str:
    """The type without the Durable or Volatile around it."""
    match annotation:
        case ast.Subscript(value=ast.Name(id="Durable" | "Volatile"), slice=inner):
            return ast.unparse(inner)
        case _:
            return ast.unparse(annotation)

"""The generated program as a file to read: typed, with the specification beside it, and complete.

What is printed runs in CPython, which tests every index: it is the search of the native engine,
slow enough to be stepped through. Nothing is imported from here by it.
"""

from __future__ import annotations

import ast
import inspect
import linecache
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from ....spec.lang.errors import Span
from ....spec.lang.model import Model
from ...explore.claims import Claims
from ...explore.search import Limits, MistakeFound
from ...ir import nodes as n
from ...passes.inline import inline
from ..interpret import Interpreter
from . import driver, intrinsics
from .emit import assignments
from .flow import kinds_of
from .layout import Bounds
from .machine import Compiled
from .programs import Programs
from .search import cells_of, sample, with_room
from .source import Source

__all__ = ["readable"]

FIRST = Limits(states=100_000)

MEMORY_CALLS = ("ld", "sto", "ld32", "sto32", "ldu", "stu", "ld8", "st8", "prefetch")
"""Intrinsics whose first argument is a memory."""


def readable(title: str, spec: n.Spec, model: Model, *, symmetric: bool) -> str:
    """The program of the native engine, with room for the first 100,000 states, as a Python file.

    **Errors** Unsupported for what this engine cannot do.
    """
    system = Interpreter(spec, model)
    programs = Programs(system)
    bounds = Bounds(kinds_of(inline(system.spec)))
    sample(system, bounds)
    bounds.level()
    selected = None if model.properties is None else set(model.properties)
    claims = Claims(system, selected, deadlock=model.deadlock)
    symmetry = system.symmetry() if symmetric else None
    with suppress(MistakeFound):  # so that there is room for what occurs
        with_room(system, claims, FIRST, None, Compiled, bounds, symmetry, programs)
    source = programs.program(claims.anew(), bounds, symmetry)
    states = []
    for state in system.initial():
        whole = system.cells.whole(cells_of(state))
        states.append(source.layout.pack(whole))
    return "\n".join(
        [
            '"""The program of the native engine for',
            "",
            f"    {title}",
            "",
            "Every value is a signed 64-bit integer. Python that runs this file explores what the",
            "machine code does, step by step. Comments name what of the specification a line is",
            "made of.",
            "",
            *_layout(source),
            '"""',
            "",
            _body(inspect.getsource(intrinsics)),
            "",
            *_program(source, spec),
            "",
            *_figures(source, spec, model, states),
            "",
            _body(inspect.getsource(driver), head=False),
        ]
    )


def _body(text: str, *, head: bool = True) -> str:
    """A module without its docstring and ``__all__``, and without what only type checkers need;
    unless it is the ``head`` of the file, without imports."""
    tree = ast.parse(text)
    lines = text.splitlines()
    left_out: set[int] = set()
    for s in tree.body:
        segment = ast.get_source_segment(text, s) or ""
        if (
            isinstance(s, ast.Expr)
            or (isinstance(s, ast.Assign) and segment.startswith("__all__"))
            or (isinstance(s, ast.If) and "TYPE_CHECKING" in segment)
            or (isinstance(s, ast.Import | ast.ImportFrom) and not head)
        ):
            left_out.update(range(s.lineno - 1, s.end_lineno or s.lineno))
    kept = [x for i, x in enumerate(lines) if i not in left_out and not x.startswith(")  # fmt")]
    return "\n".join(kept).strip("\n")


def _layout(source: Source) -> Iterable[str]:
    """Where each field lies."""
    yield f"A state is {source.words} word{'s' * (source.words > 1)}:"
    yield ""
    for name, places in source.layout.places.items():
        spans: list[list[int]] = []  # word, first bit, bit after the last
        for p in places:
            if spans and spans[-1][0] == p.word and spans[-1][2] == p.offset:
                spans[-1][2] += p.lane.width
            elif p.lane.width:
                spans.append([p.word, p.offset, p.offset + p.lane.width])
        said = [
            f"bit{'s' * (b - a > 1)} {a}{f' to {b - 1}' * (b - a > 1)} of word {w}"
            for w, a, b in spans
        ]
        yield f"    {name}: {', '.join(said) or 'nothing, since it has one value only'}"


# ------------------------------------------------------------------------------- the functions
def _program(source: Source, spec: n.Spec) -> Iterable[str]:
    tree = ast.parse(source.text)
    functions = {f.name: f for f in tree.body if isinstance(f, ast.FunctionDef)}
    memories = _memories(functions)
    named = {f"act_{i}": f"action {a.name}" for i, a in enumerate(spec.actions)}
    definition: ast.FunctionDef | None = None
    said: tuple[str, int] | None = None
    for number, line in enumerate(source.text.splitlines(), start=1):
        if line.startswith("def "):
            definition = functions[line[4:].split("(")[0]]
            said = None
            if definition.name in named:
                yield f"# {named[definition.name]}"
            yield _head(definition, memories[definition.name])
            early = _early(definition)
            if early and ast.get_docstring(definition) is None:
                yield f"    {' = '.join(early)} = 0"
            continue
        span = source.origin(number) if line.startswith("    ") else None
        if span is not None and (span.file, span.line) != said and line != "    return o":
            said = (span.file, span.line)
            yield f"{line[: len(line) - len(line.lstrip())]}# {_quoted(span)}"
        yield line


def _quoted(span: Span) -> str:
    text = linecache.getline(span.file, span.line).strip()
    return f"{Path(span.file).name}:{span.line}  {text}"


def _head(definition: ast.FunctionDef, memories: set[str]) -> str:
    parameters = (
        f"{a.arg}: {'Memory[int]' if a.arg in memories else 'int'}" for a in definition.args.args
    )
    return f"def {definition.name}({', '.join(parameters)}) -> int:"


def _early(definition: ast.FunctionDef) -> list[str]:
    """Locals that may be looked at before they are assigned: they are 0 then."""
    places, early = assignments(definition)
    parameters = {a.arg for a in definition.args.args}
    return [x for x in places if x in early and x not in parameters]


def _memories(functions: dict[str, ast.FunctionDef]) -> dict[str, set[str]]:
    """For each function the parameters that are memories: those that are used as one."""
    found: dict[str, set[str]] = {name: set() for name in functions}
    calls = [
        (name, x.func.id, [a.id if isinstance(a, ast.Name) else "" for a in x.args])
        for name, f in functions.items()
        for x in ast.walk(f)
        if isinstance(x, ast.Call) and isinstance(x.func, ast.Name)
    ]
    before = -1
    while before != (before := sum(map(len, found.values()))):
        for name, called, given in calls:
            own = {a.arg for a in functions[name].args.args}
            if called in MEMORY_CALLS:
                found[name] |= own & set(given[:1])
            elif called in functions:
                wanted = [a.arg in found[called] for a in functions[called].args.args]
                used = {x for x, memory in zip(given, wanted, strict=True) if memory}
                found[name] |= own & used
                parameters = [a.arg for a in functions[called].args.args]
                passed = zip(parameters, given, strict=True)
                found[called] |= {a for a, x in passed if x in found[name]}
    return found


# --------------------------------------------------------------------------------- the search
def _figures(
    source: Source, spec: n.Spec, model: Model, states: Sequence[Sequence[int]]
) -> Iterable[str]:
    """What the search has to know besides."""
    yield "SCRATCH = " + str(source.scratch)
    yield "SUCCESSORS = " + str(source.successors)
    yield "DEADLOCK_IS_WRONG = " + str(int(model.deadlock))
    yield "ACTIONS: tuple[str, ...] = " + _tuple(repr(a.name) for a in spec.actions)
    yield "AWAITED: tuple[str, ...] = " + _tuple(map(repr, source.pending))
    yield "BOUNDS: tuple[tuple[str, str], ...] = " + _tuple(map(repr, source.bounds.keys))
    yield "INITIAL: tuple[tuple[int, ...], ...] = " + _tuple(_tuple(map(str, s)) for s in states)


def _tuple(items: Iterable[str]) -> str:
    text = ", ".join(items)
    return f"({text},)" if text else "()"

"""Where something stands in the author's text: methods, classes, fields, calls, failing steps.

Positions are those of the whole file, so a caret is under the very characters that were written.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import FrameType, TracebackType, UnionType
from typing import Any

from .diagnostics import Diagnostic
from .errors import Span, SpecError

__all__ = [
    "called_from",
    "class_ast",
    "class_span",
    "hints_of",
    "innermost_frame",
    "member_span",
    "method_ast",
    "node_at",
    "name_span",
    "part_of_annotation",
    "part_of_call",
    "show_type",
    "span_in",
    "span_of",
    "text_of",
    "tree_of",
]

Function = ast.FunctionDef | ast.AsyncFunctionDef


# ------------------------------------------------------------------------------------- files
@dataclass(frozen=True)
class _Source:
    """A source file as it was read, and its functions by the line on which each begins."""

    text: str
    tree: ast.Module
    functions: dict[int, Function | ast.Lambda]


_sources: dict[str, _Source] = {}


def _source(file: str) -> _Source:
    linecache.checkcache(file)
    text = "".join(linecache.getlines(file))
    if file not in _sources or _sources[file].text != text:
        try:
            tree = ast.parse(text)
        except SyntaxError:  # edited since it was imported
            tree = ast.Module([], [])
        found: dict[int, Function | ast.Lambda] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Lambda):
                found.setdefault(node.lineno, node)
            elif isinstance(node, Function):
                found[min(x.lineno for x in (node, *node.decorator_list))] = node
        _sources[file] = _Source(text, tree, found)
    return _sources[file]


def tree_of(file: str) -> ast.Module:
    """The syntax tree of a source file; an empty one if it cannot be read."""
    return _source(file).tree


def span_in(file: str, node: Any) -> Span:
    """The span of a syntax node, with columns in characters (``ast`` counts UTF-8 bytes)."""
    end_line = node.end_lineno or node.lineno
    return Span(
        file,
        node.lineno,
        _characters(file, node.lineno, node.col_offset),
        end_line,
        _characters(file, end_line, node.end_col_offset or node.col_offset + 1),
    )


def _characters(file: str, line: int, offset: int) -> int:
    text = linecache.getline(file, line)
    return offset if text.isascii() else len(text.encode()[:offset].decode(errors="ignore"))


def text_of(span: Span) -> str:
    """The source text of a span, on one line."""
    lines = [linecache.getline(span.file, i) for i in range(span.line, span.end_line + 1)]
    if not lines:
        return ""
    lines[-1] = lines[-1][: span.end_column]
    lines[0] = lines[0][span.column :]
    return " ".join(" ".join(lines).split())


def node_at(span: Span) -> ast.expr | None:
    """The expression that stands at a span; of several, the outermost."""
    nodes = (x for x in ast.walk(tree_of(span.file)) if isinstance(x, ast.expr))
    return next((x for x in nodes if span_in(span.file, x) == span), None)


# ----------------------------------------------------------------------- methods and classes
_methods: dict[Any, Function] = {}
_classes: dict[type[Any], tuple[str, ast.ClassDef]] = {}


def method_ast(method: Callable[..., Any]) -> Function:
    """The syntax tree of a method, with the line and column numbers of its file.

    **Errors** BP101 if there is no source text, BP305 for a lambda.
    """
    if method not in _methods:
        code = method.__code__
        found = _source(code.co_filename).functions.get(code.co_firstlineno)
        if found is None:
            raise Diagnostic.NO_SOURCE.error(name=method.__qualname__)
        if isinstance(found, ast.Lambda):
            raise Diagnostic.LAMBDA.error(span_in(code.co_filename, found))
        _methods[method] = found
    return _methods[method]


def span_of(method: Callable[..., Any]) -> Span:
    """The name of a method where it is defined."""
    return name_span(method.__code__.co_filename, method_ast(method))


def name_span(file: str, node: Function | ast.ClassDef) -> Span:
    """The name in the head of a definition."""
    start = linecache.getline(file, node.lineno).find(node.name, node.col_offset + len("def "))
    return Span(file, node.lineno, start, node.lineno, start + len(node.name))


def class_ast(cls: type[Any]) -> tuple[str, ast.ClassDef]:
    """The file and syntax tree of a class. **Errors** BP101 if there is no source text."""
    if cls not in _classes:
        file = getattr(sys.modules.get(cls.__module__), "__file__", None) or ""
        wanted = cls.__qualname__.replace(".<locals>", "")
        found = [node for name, node in _classes_in(tree_of(file), "") if name == wanted]
        if not found:
            raise Diagnostic.NO_SOURCE.error(name=cls.__name__)
        _classes[cls] = (file, found[-1])
    return _classes[cls]


def _classes_in(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.ClassDef]]:
    """Every class below a node, with its qualified name."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if isinstance(child, ast.ClassDef):
                yield prefix + child.name, child
            yield from _classes_in(child, f"{prefix}{child.name}.")
        elif not isinstance(child, ast.expr):  # there are no classes inside
            yield from _classes_in(child, prefix)


def class_span(cls: type[Any]) -> Span:
    """The name of a class where it is defined."""
    return name_span(*class_ast(cls))


def member_span(cls: type[Any], name: str) -> Span | None:
    """The annotation of a field, or the value of a constant, where a class or its nearest base
    declares it; None where that is nowhere."""
    for base in cls.__mro__:
        if name not in vars(base) and name not in vars(base).get("__annotations__", {}):
            continue
        try:
            file, node = class_ast(base)
        except SpecError:
            return None
        for statement in reversed(node.body):
            match statement:
                case ast.AnnAssign(target=ast.Name(id=found), annotation=part) if found == name:
                    return span_in(file, part)
                case ast.Assign(targets=[ast.Name(id=found)], value=part) if found == name:
                    return span_in(file, part)
                case _:
                    pass
    return None


# ------------------------------------------------------------------------------- annotations
_hints: dict[Any, dict[str, Any]] = {}


def hints_of(annotated: Any) -> dict[str, Any]:
    """The annotations of a class or method as types, ``Durable`` and ``Volatile`` kept.

    **Errors** BP302 or BP105 at the annotation that has no meaning.
    """
    if annotated not in _hints:
        try:
            _hints[annotated] = typing.get_type_hints(annotated, include_extras=True)
        except Exception as error:
            for name, part, file in _annotations_of(annotated):
                _evaluated(annotated, name, part, file)
            said = f"{type(error).__name__}: {error}"
            raise Diagnostic.PYTHON_ERROR.error(error=said) from None
    return _hints[annotated]


def show_type(annotation: Any) -> str:
    """A type as its author would write it: ``tuple[Server, ...]``, ``Vote | None``."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation is type(None):
        return "None"
    if origin in (typing.Union, UnionType):
        return " | ".join(map(show_type, arguments))
    if arguments:
        inside = ["..." if a is Ellipsis else show_type(a) for a in arguments]
        return f"{show_type(origin)}[{', '.join(inside)}]"
    name = getattr(annotation, "__name__", None)
    return name if isinstance(name, str) else f"a {type(annotation).__name__}"


def part_of_annotation(span: Span | None, shown: str) -> Span | None:
    """The part of an annotation that is written like ``shown``; the whole where there is none."""
    whole = node_at(span) if span is not None else None
    if span is None or whole is None:
        return span
    for part in ast.walk(whole):
        if isinstance(part, ast.expr) and ast.unparse(part) == shown:
            return span_in(span.file, part)
    return span


def _annotations_of(annotated: Any) -> Iterator[tuple[str, ast.expr, str]]:
    if not isinstance(annotated, type):
        node = method_ast(annotated)
        file = annotated.__code__.co_filename
        for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
            if argument.annotation is not None:
                yield argument.arg, argument.annotation, file
        if node.returns is not None:
            yield "return", node.returns, file
        return
    for cls in annotated.__mro__:
        if vars(cls).get("__annotations__"):
            file, tree = class_ast(cls)
            for statement in tree.body:
                match statement:
                    case ast.AnnAssign(target=ast.Name(id=name), annotation=part):
                        yield name, part, file
                    case _:
                        pass


def _evaluated(annotated: Any, name: str, part: ast.expr, file: str) -> None:
    """Report the annotation if it has no meaning."""
    module = sys.modules.get(annotated.__module__)
    namespace = {**vars(module)} if module is not None else {}
    probe = type("probe", (), {"__annotations__": {name: ast.unparse(part)}})
    try:
        typing.get_type_hints(probe, namespace, namespace)
    except NameError as error:
        at = next(
            (x for x in ast.walk(part) if isinstance(x, ast.Name) and x.id == error.name), part
        )
        raise Diagnostic.UNKNOWN_NAME.error(span_in(file, at), name=error.name) from None
    except Exception:
        raise Diagnostic.FIELD_TYPE.error(span_in(file, part), type=ast.unparse(part)) from None


# --------------------------------------------------------------------------- calls and steps
_LANGUAGE = __file__.rsplit("/", 1)[0]
_MACHINE = (_LANGUAGE, _LANGUAGE.removesuffix("spec/lang") + "model_check", "<")


def _is_authors(frame: FrameType) -> bool:
    """Whether code is the author's: not of the language, nor of the checker, nor generated."""
    name = frame.f_code.co_filename
    return not name.startswith(_MACHINE) and frame.f_globals.get("__name__") != "dataclasses"


def _span_of_frame(frame: FrameType, instruction: int) -> Span | None:
    file = frame.f_code.co_filename
    line, end_line, column, end_column = list(frame.f_code.co_positions())[instruction // 2]
    if line is None or end_line is None or column is None or end_column is None:
        return None
    return Span(
        file,
        line,
        _characters(file, line, column),
        end_line,
        _characters(file, end_line, end_column),
    )


def called_from() -> Span | None:
    """The call in the author's text that the language is working on."""
    frame = inspect.currentframe()
    while frame is not None and not _is_authors(frame):
        frame = frame.f_back
    return _span_of_frame(frame, frame.f_lasti) if frame is not None else None


def innermost_frame(error: BaseException) -> tuple[FrameType, Span] | None:
    """Where in the author's text an exception was raised: the frame, and the expression."""
    found: tuple[FrameType, Span] | None = None
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        if _is_authors(trace.tb_frame):
            span = _span_of_frame(trace.tb_frame, trace.tb_lasti)
            if span is not None:
                found = trace.tb_frame, span
        trace = trace.tb_next
    return found


def part_of_call(span: Span | None, keyword: str, key: str | None = None) -> Span | None:
    """The value of a keyword argument of the call at ``span``; with ``key``, that entry of the
    dict which is the value. The call itself where there is no such thing."""
    call = node_at(span) if span is not None else None
    if span is None or not isinstance(call, ast.Call):
        return span
    given: Mapping[str | None, ast.expr] = {k.arg: k.value for k in call.keywords}
    value = given.get(keyword)
    if value is None:
        return span
    if key is not None and isinstance(value, ast.Dict):
        for k, v in zip(value.keys, value.values, strict=True):
            if k is not None and _key_text(k) == key:
                return _joined(span_in(span.file, k), span_in(span.file, v))
    return span_in(span.file, value)


def _key_text(key: ast.expr) -> str:
    match key:
        case ast.Constant():
            return str(key.value)
        case ast.Attribute():
            return key.attr
        case _:
            return ast.unparse(key)


def _joined(first: Span, last: Span) -> Span:
    return Span(first.file, first.line, first.column, last.end_line, last.end_column)

"""What went wrong at run time: a Python exception as one of our diagnostics.

Engines that read the IR meet the same mistakes without any exception; they call the functions
below with the spans of the IR, so that a mistake reads the same whoever meets it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from types import FrameType
from typing import Any

from .diagnostics import Diagnostic
from .errors import Span, SpecError
from .source import innermost_frame, node_at, span_in, text_of, tree_of

__all__ = [
    "bag_lacks",
    "explained",
    "index_outside",
    "innermost_span",
    "negative_bound",
    "none_used",
    "nothing_to_take",
]


# ------------------------------------------------------------------------------ for all engines
def none_used(expression: Span) -> SpecError:
    """BP505: an optional expression is None where its value is needed."""
    text = text_of(expression)
    name, first = text, "test it first"
    if not text.replace(".", "").isidentifier():
        name, first = "x", f"give it a name, `x = {text}`, and test that first"
    advice = f"{first}: `{name} is not None and ...`, or `require({name} is not None)` in an action"
    return Diagnostic.NONE_USED.error(expression, expression=text, advice=advice)


def index_outside(
    whole: Span, sequence: Span, position: Span, *, index: int, length: int
) -> SpecError:
    """BP504: in ``sequence[position]``, which stands at ``whole``."""
    least = "" if text_of(position).isdigit() else "0 <= "
    guard = f"{least}{text_of(position)} < len({text_of(sequence)})"
    return Diagnostic.INDEX_OUT_OF_RANGE.error(whole, index=index, length=length, guard=guard)


def negative_bound(position: Span, *, bound: int) -> SpecError:
    """BP509: a bound of a slice is below zero."""
    guard = f"0 <= {text_of(position)}"
    return Diagnostic.NEGATIVE_BOUND.error(position, bound=bound, guard=guard)


def bag_lacks(call: Span | None, *, element: object) -> SpecError:
    """BP506: ``call`` is a ``bag.remove(element)``."""
    node = node_at(call) if call is not None else None
    guard = "m in self.messages"
    match node:
        case ast.Call(func=ast.Attribute(value=bag), args=[given]):
            guard = f"{ast.unparse(given)} in {ast.unparse(bag)}"
        case _:
            pass
    return Diagnostic.BAG_REMOVE.error(call, element=element, guard=guard)


def nothing_to_take(call: Span, name: str) -> SpecError:
    """BP507: ``min`` or ``max`` of no values, and no default."""
    return Diagnostic.MIN_OF_EMPTY.error(call, name=name)


# ----------------------------------------------------------------------------- for plain Python
def innermost_span(error: BaseException) -> Span | None:
    """The expression in the author's text in which an exception was raised."""
    found = innermost_frame(error)
    return found[1] if found is not None else None


def explained(error: Exception) -> SpecError:
    """A Python exception as one of our diagnostics.

    What the message needs beyond the exception, such as the index that was outside, is found by
    evaluating the parts of the failing expression once more: expressions have no effects.
    """
    found = innermost_frame(error)
    if found is not None:
        made = _recognised(error, *found)
        if made is not None:
            return made
    said = f"{type(error).__name__}: {error}"
    return Diagnostic.PYTHON_ERROR.error(found[1] if found else None, error=said)


def _recognised(error: Exception, frame: FrameType, span: Span) -> SpecError | None:
    text = str(error)
    node = _expression(span)
    missing = _none_in(node, frame) if node is not None else None
    match error:
        case KeyError():
            if missing is not None:
                return none_used(span_in(span.file, missing))
            return Diagnostic.KEY_MISSING.error(span, key=error.args[0])
        case AttributeError() | TypeError() if "NoneType" in text and missing is not None:
            return none_used(span_in(span.file, missing))
        case AttributeError() if getattr(error.obj, "__record__", False):
            found = type(error.obj).__name__
            return Diagnostic.WRONG_RECORD.error(span, found=found, name=error.name)
        case ValueError() if text.startswith(("min()", "max()")):
            return nothing_to_take(span, text[:3])
        case IndexError() if isinstance(node, ast.Subscript):
            sequence, index = _value(node.value, frame), _value(node.slice, frame)
            if isinstance(sequence, tuple) and isinstance(index, int):
                return index_outside(
                    span,
                    span_in(span.file, node.value),
                    span_in(span.file, node.slice),
                    index=index,
                    length=len(sequence),
                )
    return None


def _expression(span: Span) -> ast.expr | None:
    """The expression at a span. Python gives the last part only of a chain over several lines."""
    exact = node_at(span)
    if exact is not None:
        return exact
    ends = [
        (found.line, found.column, node)
        for node in ast.walk(tree_of(span.file))
        if isinstance(node, ast.expr)
        and (found := span_in(span.file, node)).end_line == span.end_line
        and found.end_column == span.end_column
        and (found.line, found.column) <= (span.line, span.column)
    ]
    return max(ends, key=lambda e: e[:2])[2] if ends else None


_UNKNOWN = object()


def _value(node: ast.expr, frame: FrameType) -> Any:
    """The value of an expression in a frame, or ``_UNKNOWN``."""
    code = compile(ast.Expression(node), "<explained>", "eval")
    try:
        return eval(code, {**frame.f_globals, **frame.f_locals})  # text of the specification
    except Exception:
        return _UNKNOWN


def _none_in(node: ast.expr, frame: FrameType) -> ast.expr | None:
    """The operand that is None, of an operation for which that was a mistake."""
    match node:
        case ast.Call(func=ast.Name("min" | "max"), args=[ast.GeneratorExp() as all_]):
            found = _value(ast.copy_location(ast.ListComp(all_.elt, all_.generators), all_), frame)
            return all_.elt if isinstance(found, list) and None in found else None
        case _:
            pass
    for part in (*_operands(node), node):
        written = isinstance(part, ast.Constant | ast.Slice)
        if not written and _value(part, frame) is None:
            return part
    return None


def _operands(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Attribute(value=value):
            yield value
        case ast.Subscript(value=value, slice=ast.Tuple(elts=keys)):
            yield value
            yield from keys
        case ast.Subscript(value=value, slice=key):
            yield value
            yield key
        case ast.Compare(left=left, comparators=rest):
            yield left
            yield from rest
        case ast.BinOp(left=left, right=right):
            yield left
            yield right
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.Call(func=func, args=args, keywords=keywords):
            yield from _operands(func) if isinstance(func, ast.Attribute) else ()
            yield from args
            yield from (k.value for k in keywords)
        case ast.GeneratorExp(generators=[first, *_]) | ast.SetComp(generators=[first, *_]):
            yield first.iter
        case _:
            pass

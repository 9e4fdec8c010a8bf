"""A shorter specification on which two engines still disagree.

Hypothesis shrinks the decisions behind a text; this works on the text itself, and so also on a
specification that a person wrote. Statements, branches and declarations are left out, expressions
replaced by a part of theirs or by a constant, as long as the same kind of disagreement remains.

    python -m tests.agree.reduce drawn.py
"""

from __future__ import annotations

import ast
import copy
import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from ballotproof.spec.lang.errors import BallotproofError, InternalError

from .two_engines import Disagreement, compare, loaded

__all__ = ["disagreement", "reduced"]

KEPT = ("func", "annotation", "returns", "target")
CONSTANTS: tuple[bool | int | None, ...] = (True, False, None, 0, 1)


def disagreement(text: str) -> str | None:
    """What kind of disagreement there is on a specification; None if there is none, or no sense."""
    try:
        with loaded(text) as models:
            for model in models:
                compare(model)
    except Disagreement as error:
        return _kind(str(error))
    except InternalError as error:
        return _kind(f"InternalError({error!r})")
    except BallotproofError as error:
        return _kind(f"{type(error).__name__}: {error}") if "disagree" in str(error) else None
    except Exception:
        return None
    return None


def _kind(message: str) -> str:
    """The message without the states and names in it."""
    head = re.split(r" (?:out of|from|in) \w+\(", message)[0]
    tail = re.search(r"InternalError\(.*?\w+Error", message)
    side = re.search(r"only Python|only the engine|reports nothing|the engine nothing", message)
    parts = [head, tail.group() if tail else "", side.group() if side else ""]
    return re.sub(r"[\d]+", "", "|".join(parts))[:200]


def reduced(text: str, kind: Callable[[str], str | None] = disagreement) -> str:
    """The shortest text to be found that has the same ``kind``; the text itself if that is None."""
    wanted = kind(text)
    if wanted is None:
        return text
    tree = ast.parse(text)
    again = True
    while again:
        again = False
        position = 0
        while True:
            tried = copy.deepcopy(tree)
            change = next(_from(_changes(tried), position), None)
            if change is None:
                break
            change()
            shorter = ast.unparse(ast.fix_missing_locations(tried))
            if shorter != ast.unparse(tree) and kind(shorter) == wanted:
                tree = ast.parse(shorter)
                again = True
            else:
                position += 1
    return ast.unparse(tree) + "\n"


def _from(changes: Iterator[Callable[[], None]], position: int) -> Iterator[Callable[[], None]]:
    for i, change in enumerate(changes):
        if i >= position:
            yield change


def _changes(tree: ast.AST) -> Iterator[Callable[[], None]]:
    """Ways to make a tree smaller, the greatest steps first."""
    yield from _declarations(tree)
    yield from _statements(tree)
    yield from _expressions(tree)


def _declarations(tree: ast.AST) -> Iterator[Callable[[], None]]:
    """A field without the statements that give it a value, a constant without its binding."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        for statement in node.body:
            match statement:
                case ast.AnnAssign(target=ast.Name(id=name)):
                    yield partial(_drop_field, tree, node, statement, name)
                case ast.Assign(targets=[ast.Name(id=name)]):
                    yield partial(_drop_constant, tree, node, statement, name)
                case _:
                    pass


def _drop_field(tree: ast.AST, owner: ast.ClassDef, declared: ast.stmt, name: str) -> None:
    owner.body.remove(declared)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body[:] = [s for s in node.body if not _sets(s, name)] or [ast.Pass()]


def _sets(statement: ast.stmt, name: str) -> bool:
    match statement:
        case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"), attr=attr)]):
            return attr == name
        case _:
            return False


def _drop_constant(tree: ast.AST, owner: ast.ClassDef, declared: ast.stmt, name: str) -> None:
    owner.body.remove(declared)
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            kept = [
                (k, v) for k, v in pairs if not (isinstance(k, ast.Constant) and k.value == name)
            ]
            node.keys, node.values = [k for k, _ in kept], [v for _, v in kept]


def _statements(tree: ast.AST) -> Iterator[Callable[[], None]]:
    for node in ast.walk(tree):
        for name in ("body", "orelse", "cases", "ifs", "generators", "decorator_list"):
            block = getattr(node, name, None)
            if not isinstance(block, list):
                continue
            if name in ("body", "orelse", "cases", "ifs") or len(block) > 1:
                for i in reversed(range(len(block))):
                    yield partial(_drop, block, i, name)
            for i, inner in enumerate(block):
                if isinstance(inner, ast.If | ast.For):
                    yield from (partial(_put, block, i, x) for x in (inner.body, inner.orelse) if x)
                if isinstance(inner, ast.Match):
                    yield from (partial(_put, block, i, case.body) for case in inner.cases)


def _drop(block: list[ast.stmt], i: int, name: str) -> None:
    del block[i]
    if not block and name == "body":
        block.append(ast.Pass())


def _put(block: list[ast.stmt], i: int, inner: list[ast.stmt]) -> None:
    block[i : i + 1] = inner


def _expressions(tree: ast.AST) -> Iterator[Callable[[], None]]:
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.expr) and name not in KEPT:
                yield from (partial(setattr, node, name, e) for e in _simpler(value))
            if isinstance(value, list):
                for i, part in enumerate(value):
                    if isinstance(part, ast.expr):
                        yield from (partial(value.__setitem__, i, e) for e in _simpler(part))
                        if len(value) > 1 or isinstance(node, ast.Call | ast.Tuple):
                            yield partial(value.__delitem__, i)


def _simpler(e: ast.expr) -> Iterator[ast.expr]:
    if isinstance(e, ast.Constant | ast.Name):
        return
    for constant in CONSTANTS:
        yield ast.Constant(constant)
    for part in ast.iter_child_nodes(e):
        if isinstance(part, ast.expr):
            yield part
        if isinstance(part, ast.comprehension):
            yield part.iter


if __name__ == "__main__":
    print(reduced(Path(sys.argv[1]).read_text(encoding="utf-8")))

"""Specifications with something changed at random, for the front end to accept or to refuse.

A mutant is a shipped specification in which one to three nodes of the syntax tree were replaced,
deleted, swapped or wrapped. Most are wrong, in ways that nobody thought of. A seed gives the same
mutants on every machine.
"""

from __future__ import annotations

import ast
import copy
import random
from collections.abc import Iterator
from pathlib import Path

__all__ = ["mutant", "specifications"]

EXPRESSIONS = (
    """
None; True; 0; -1; 3; 1.5; "text"; b"x"; ...; (); []; {}; {1}; (1, 2); [x for x in y]
{x: x for x in y}; lambda: 0; self; after; self.missing; missing; super(); super().init
super().init(); Map; Server; Role; frozenset(); frozenset[int](); tuple(); set(); list()
x if y else z; f"{x}"; (x := 1); x[0]; x[-1]; x[1:2]; x[::2]; x[1, 2]; x.y; x.y.z; x(y)
x(*y); x(**y); x(y=1); not x; -x; ~x; x is y; x is None; x < y < z; x in y; x not in y; x and y
x or y; x + y; x - y; x * y; x // y; x | y; x & y; x @ y; all(x for x in y); any(y); sum(y)
max(y); min(x, y); max((x for x in y), default=None); len(x); range(3); range(x, y)
isinstance(x, y); fill(x, y); Set(); Set(x); Bag(); Network(); Map({x: y for x in y}); print(x)
(x for x in y); {x for x in y if x}; (*x, y); implies(x, y); require(x); int; bool; tuple[int, ...]
Map[int, int]; frozenset[int]; int | None; object; Self; "int"; list[int]; dict[int, int]
""".strip()
    .replace("\n", ";")
    .split(";")
)

STATEMENTS = """
pass
return
return x
return None
break
continue
while x: pass
for x in y: pass
for x, y in z: self.a = x
for x in y: return x
if x: pass
x = y
x = y = z
x, y = z
x: int
x: int = y
x += 1
x //= 2
self.a = x
self.a[x] = y
self.a[x][y] = z
self.a.b = x
self.a |= x
self.a = self.b
del x
assert x
raise x
global x
import os
def f(): pass
async def f(): pass
class C: pass
with x: pass
try: x$except: y
for y in x: break$else: pass
match x:$ case None: pass$ case y: pass
match x:$ case C(a=1, b=y) if y: pass$ case C() | D(): pass$ case _: x = 1
match x:$ case [y, *z]: pass
match x:$ case {"a": y}: pass
require(x)
require(x in y)
self.a.add(x)
self.a.remove(x)
self.a.send(x)
self.a.receive(x)
self.a()
super().init()
x.add(y)
yield x
await x
x
"text"
[x for x in y]
return self
""".strip().split("\n")
"""A dollar ends a line."""

OPERATORS = (
    (ast.boolop, (ast.And, ast.Or)),
    (ast.unaryop, (ast.Not, ast.USub, ast.UAdd, ast.Invert)),
    (ast.operator, (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.BitOr, ast.BitAnd, ast.BitXor)),
    (ast.cmpop, (ast.Eq, ast.NotEq, ast.Lt, ast.GtE, ast.Is, ast.IsNot, ast.In, ast.NotIn)),
)


def mutant(text: str, package: str, rng: random.Random) -> str:
    """A file like ``text``, a module of ``package``, with a few of its nodes changed."""
    tree = ast.parse(text)
    _make_absolute(tree, package)
    for _ in range(rng.randint(1, 3)):
        _change(tree, rng)
    return ast.unparse(ast.fix_missing_locations(tree))


def _make_absolute(tree: ast.Module, package: str) -> None:
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.level:
            above = package.split(".")
            above = above[: len(above) - node.level + 1]
            node.module = ".".join([*above, *([node.module] if node.module else [])])
            node.level = 0


Place = tuple[ast.AST, str, int | None]
"""Where a node hangs in the tree: its parent, the attribute, the place in a list."""


def _change(tree: ast.Module, rng: random.Random) -> None:
    classes = [x for x in tree.body if isinstance(x, ast.ClassDef)]
    heavy = max(classes, key=lambda c: len(list(ast.walk(c))))
    target = heavy if rng.random() < 0.9 else rng.choice(classes)
    names = sorted({x.id for x in ast.walk(tree) if isinstance(x, ast.Name)})
    fields = sorted({x.attr for x in ast.walk(tree) if isinstance(x, ast.Attribute)})
    match rng.randint(0, 5):
        case 0 | 1:
            _replace_expression(target, names, fields, rng)
        case 2:
            _change_block(target, names, fields, rng)
        case 3:
            _rename(target, names, fields, rng)
        case 4:
            _change_operator(target, rng)
        case _:
            _change_list(target, rng)


def _places(root: ast.AST, kind: type[ast.AST]) -> list[Place]:
    """The places of all nodes of a kind."""
    found: list[Place] = []
    for parent in ast.walk(root):
        for name, value in ast.iter_fields(parent):
            if isinstance(value, kind):
                found.append((parent, name, None))
            elif isinstance(value, list):
                found += [(parent, name, i) for i, x in enumerate(value) if isinstance(x, kind)]
    return found


def _set(place: Place, node: ast.AST) -> None:
    parent, name, i = place
    if i is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[i] = node


def _get(place: Place) -> ast.AST:
    parent, name, i = place
    value: ast.AST = getattr(parent, name) if i is None else getattr(parent, name)[i]
    return value


def _filled(tree: ast.AST, names: list[str], fields: list[str], rng: random.Random) -> ast.AST:
    """A template with names of the specification for ``x``, ``y``, ``C``, ``self.a``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and len(node.id) == 1 and rng.random() < 0.9:
            node.id = rng.choice(names)
        if isinstance(node, ast.Attribute) and len(node.attr) == 1:
            node.attr = rng.choice(fields)
    return tree


def _replace_expression(
    root: ast.AST, names: list[str], fields: list[str], rng: random.Random
) -> None:
    places = _places(root, ast.expr)
    place = rng.choice(places)
    if rng.random() < 0.5:
        _set(place, copy.deepcopy(_get(rng.choice(places))))
        return
    template = ast.parse(rng.choice(EXPRESSIONS).strip(), mode="eval").body
    made = _filled(template, names, fields, rng)
    if rng.random() < 0.4:  # put what was there inside
        inner = [p for p in _places(made, ast.expr) if isinstance(_get(p), ast.Name)]
        if inner:
            _set(rng.choice(inner), _get(place))
    _set(place, made)


def _change_block(root: ast.AST, names: list[str], fields: list[str], rng: random.Random) -> None:
    blocks = [
        block
        for node in ast.walk(root)
        for name in ("body", "orelse")
        if isinstance(block := getattr(node, name, None), list) and block
    ]
    block = rng.choice(blocks)
    i = rng.randrange(len(block))
    match rng.randint(0, 3):
        case 0 if len(block) > 1:
            del block[i]
        case 1:
            block.insert(i, copy.deepcopy(rng.choice(rng.choice(blocks))))
        case 2:
            j = rng.randrange(len(block))
            block[i], block[j] = block[j], block[i]
        case _:
            made = ast.parse(rng.choice(STATEMENTS).replace("$", "\n"))
            _filled(made, names, fields, rng)
            block[i : i + rng.randint(0, 1)] = made.body


def _rename(root: ast.AST, names: list[str], fields: list[str], rng: random.Random) -> None:
    nodes = [x for x in ast.walk(root) if isinstance(x, ast.Name | ast.Attribute | ast.arg)]
    match rng.choice(nodes):
        case ast.Name() as name:
            name.id = rng.choice(names)
        case ast.Attribute() as attribute:
            attribute.attr = rng.choice([*fields, *names])
        case ast.arg() as argument:
            argument.arg = rng.choice(names)


def _change_operator(root: ast.AST, rng: random.Random) -> None:
    kind, choices = rng.choice(OPERATORS)
    places = _places(root, kind)
    if places:
        _set(rng.choice(places), rng.choice(choices)())


def _change_list(root: ast.AST, rng: random.Random) -> None:
    """Drop, repeat or swap arguments, decorators, generators, cases, elements."""
    lists = [
        value
        for node in ast.walk(root)
        for name, value in ast.iter_fields(node)
        if isinstance(value, list) and value and name not in ("body", "orelse", "ops", "targets")
    ]
    chosen = rng.choice(lists)
    i, j = rng.randrange(len(chosen)), rng.randrange(len(chosen))
    match rng.randint(0, 2):
        case 0:
            del chosen[i]
        case 1:
            chosen.insert(i, copy.deepcopy(chosen[j]))
        case _:
            chosen[i], chosen[j] = chosen[j], chosen[i]


def specifications(folder: Path) -> Iterator[tuple[str, str]]:
    """The text of every shipped specification, with the package in which it lies."""
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).parts
        text = path.read_text(encoding="utf-8")
        if "lang" not in parts and "(Protocol)" in text:
            yield text, ".".join(["ballotproof", "spec", *parts[:-1]])

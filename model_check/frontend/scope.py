"""Names inside one method: what each stands for, and what tests have shown about it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from ..ir import nodes as n
from ..ir.sorts import Sort

__all__ = ["Local", "Names", "Scope"]


@dataclass(frozen=True)
class Local:
    """A Python name: the expression it stands for, or, with ``variable``, an IR local.

    ``undecided`` is a drawn parameter whose ``require(x in ...)`` has not come yet.
    """

    expr: n.Expr
    variable: bool = False
    undecided: bool = False


@dataclass
class Names:
    """IR names used in one method, so that each is bound once."""

    used: set[str] = field(default_factory=set)
    variables: dict[str, n.Var] = field(default_factory=dict)  # locals that statements assign
    sets: set[str] = field(default_factory=set)  # locals that may be a set, and no frozenset

    def fresh(self, name: str) -> str:
        made, count = name, 1
        while made in self.used:
            count += 1
            made = f"{name}_{count}"
        self.used.add(made)
        return made

    def copy(self) -> Names:
        return Names(set(self.used), dict(self.variables), set(self.sets))

    def restore(self, before: Names) -> None:
        """Forget the names that were made since ``before`` was a copy of these."""
        self.used, self.variables, self.sets = before.used, before.variables, before.sets


@dataclass
class Scope:
    """What the names mean at one point of a method.

    ``maybe`` holds locals assigned on some paths only. ``narrowed`` maps the text of a name or
    attribute (``m``, ``m.vote``) to the sort that the tests around it leave. ``dead`` says that no
    path leads here.
    """

    locals: dict[str, Local]
    names: Names
    narrowed: dict[str, Sort] = field(default_factory=dict)
    maybe: set[str] = field(default_factory=set)
    dead: bool = False

    def fork(self) -> Scope:
        return Scope(dict(self.locals), self.names, dict(self.narrowed), set(self.maybe))

    def bind(self, name: str, expr: n.Expr) -> Scope:
        """A scope in which a comprehension variable stands for ``expr``."""
        inner = self.fork()
        inner.rebind(name, Local(expr))
        return inner

    def rebind(self, name: str, local: Local) -> None:
        """Give a name a new meaning; what was known about the old one is forgotten."""
        self.locals[name] = local
        self.maybe.discard(name)
        self.forget(name)

    def forget(self, path: str) -> None:
        """What tests have shown of a name or attribute, and of what is inside it, is over."""
        for text in self.known_of(path):
            del self.narrowed[text]

    def known_of(self, path: str) -> dict[str, Sort]:
        """What tests have shown of a name or attribute, and of what is inside it."""
        return {t: s for t, s in self.narrowed.items() if t == path or t.startswith(f"{path}.")}

    def with_narrowed(self, facts: dict[str, Sort]) -> Scope:
        inner = self.fork()
        inner.narrowed.update(facts)
        return inner


def path_of(node: ast.expr) -> str | None:
    """The text of a name or of a chain of attributes on one, else None."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            inner = path_of(value)
            return f"{inner}.{attr}" if inner is not None else None
        case _:
            return None

"""Candidates as text: classes made of it, run by Python and read by the front end as any other."""

from __future__ import annotations

import itertools
import linecache
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType

from ...spec.lang import invariant
from ...spec.lang.proof import Proof
from ...spec.lang.protocol import Protocol
from .vocabulary import QUORUM, Helper, Literal, Scope

__all__ = ["Candidate", "class_of", "extended", "imports", "method_of"]

WIDTH = 100


@dataclass(frozen=True, slots=True)
class Candidate:
    """In a scope, at least one of these literals is true: some as they are, some negated.

    ``literals`` are in the order in which they are said; the last is the conclusion.
    """

    scope: Scope
    literals: tuple[tuple[Literal, bool], ...]

    @property
    def helpers(self) -> tuple[Helper, ...]:
        return tuple({h.name: h for x, _ in self.literals for h in x.helpers}.values())

    @property
    def weight(self) -> tuple[int, int]:
        """Simple ones first."""
        return len(self.literals), sum(len(x.text) for x, _ in self.literals)

    @property
    def of_quorums(self) -> bool:
        """Whether it speaks of all members of a quorum."""
        return any(x.weight == QUORUM for x, _ in self.literals)

    def value(self) -> list[str]:
        """The lines of the claim as an expression."""
        *conditions, conclusion = self.literals
        said = _said(conclusion)
        if not self.scope.generators:
            return [" or ".join([*(_said(x) for x in conditions), said])]
        when = " and ".join(_said((x, not positive)) for x, positive in conditions)
        loops = re.split(r" (?=for )", self.scope.generators)
        lines = [said, *loops, *([f"if {when}"] if when else [])]
        whole = f"all({' '.join(lines)})"
        if len(whole) + len("        return ") <= WIDTH:
            return [whole]
        return ["all(", *(f"    {line}" for line in lines), ")"]

    @property
    def said(self) -> str:
        """The claim in one line."""
        return " ".join(" ".join(self.value()).split()).replace("( ", "(").replace(" )", ")")

    @property
    def name(self) -> str:
        """Words of the scope and of the conclusion."""
        conclusion, _ = self.literals[-1]
        words = re.findall(r"[A-Za-z]\w+", conclusion.text)
        skipped = {"self", "any", "all", "for", "in", "is", "None", "not", *_types(self.scope)}
        chosen = [self.scope.name, *(w for w in words if w not in skipped)]
        made = list(dict.fromkeys(w.lower() for x in chosen for w in x.split("_")))
        return "_".join(made[:6])


def _types(scope: Scope) -> list[str]:
    return [str(sort) for _, sort in scope.variables]


def _said(literal: tuple[Literal, bool]) -> str:
    x, positive = literal
    return x.text if positive else x.negation


# --------------------------------------------------------------------------------------- methods
def method_of(candidate: Candidate, name: str, doc: str = "") -> list[str]:
    """The lines of an invariant, as they stand in a class."""
    lines = ["    @invariant", f"    def {name}(self) -> bool:"]
    if doc:
        lines.append(f'        """{doc}"""')
    first, *more = candidate.value()
    return [*lines, f"        return {first}", *(f"        {line}" for line in more)]


def imports(proof: Proof, text: Iterable[str]) -> list[str]:
    """The imports that a text needs and the file of the proof does not have."""
    home = vars(sys.modules[proof.protocol.__module__])
    used = set(re.findall(r"\b[A-Za-z]\w*\b", "\n".join(text)))
    missing: dict[str, list[str]] = {}
    for name, value in sorted(namespace(proof.protocol).items()):
        if name in used and name not in home and isinstance(value, type):
            missing.setdefault(value.__module__, []).append(name)
    if "invariant" not in home:
        missing.setdefault("ballotproof.spec.lang", []).append("invariant")
    return [f"from {module} import {', '.join(names)}" for module, names in sorted(missing.items())]


def namespace(protocol: type[Protocol]) -> dict[str, object]:
    """The names that the text of a protocol may use: those of its modules, the nearest first."""
    made: dict[str, object] = {}
    for cls in reversed(protocol.__mro__):
        if issubclass(cls, Protocol) and cls is not Protocol:
            made |= {k: v for k, v in vars(sys.modules[cls.__module__]).items() if k[:2] != "__"}
    return made


# --------------------------------------------------------------------------------------- classes
_numbers = itertools.count()


def class_of(base: type[Protocol], body: Sequence[str]) -> type[Protocol]:
    """A subclass with this text, which has a file of its own that is kept in memory alone."""
    number = next(_numbers)
    name = f"suggested_{number}"
    text = "\n".join(["class Suggested(Base):", *(body or ["    pass"])]) + "\n"
    file = f"<{name}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    module = ModuleType(name)
    sys.modules[name] = module
    vars(module).update(namespace(base))
    vars(module).update({"Base": base, "invariant": invariant, "__name__": name, "__file__": file})
    exec(compile(text, file, "exec", dont_inherit=True), vars(module))  # made of the vocabulary
    made: type[Protocol] = vars(module)["Suggested"]
    return made


def extended(proof: Proof, candidates: Mapping[str, Candidate]) -> Proof:
    """The proof with candidates as lemmas, after its own."""
    helpers = {h.name: h for c in candidates.values() for h in c.helpers}
    body = [line for h in helpers.values() for line in h.text()]
    body += [line for name, c in candidates.items() for line in method_of(c, name)]
    made = class_of(proof.protocol, body)
    instances = [replace(m, protocol=made) for m in proof.instances]
    return replace(proof, protocol=made, instances=instances)

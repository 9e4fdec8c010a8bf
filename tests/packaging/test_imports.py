"""Imports point along the road, never back, and are relative inside the four folders.

The rule is read off the syntax, so an import inside a function or under TYPE_CHECKING counts too.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "ballotproof"
ROOMS = ("impl", "model_check", "proofs", "spec")

# What a part may import of ours; the longest name that fits a module decides.
ALLOWED = {
    "spec": {"spec"},
    "spec.lang": {"spec.lang"},
    "model_check": {"model_check", "spec"},
    "proofs": {"proofs", "model_check", "spec"},
    "impl": {"impl"},
    "impl.refine": {"impl", "model_check", "spec"},
}


def within(module: str, part: str) -> bool:
    """Whether a dotted name is that part or lies in it."""
    return module == part or module.startswith(part + ".")


def allowed_in(module: str) -> set[str]:
    """The parts that this module may import."""
    return ALLOWED[max((part for part in ALLOWED if within(module, part)), key=len)]


def imports(source: str, module: str, *, package: bool) -> Iterator[tuple[int, str]]:
    """Line and name of all that a module imports of ours, without the leading `ballotproof.`.

    A name that a `from` takes is part of the answer, as it may be a module. An absolute import
    is answered as `absolute NAME`.
    """
    here = ["ballotproof", *module.split(".")]
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                found = [(0, alias.name) for alias in names]
            case ast.ImportFrom(module=base, names=names, level=level):
                found = [(level, f"{base}.{alias.name}".removeprefix("None.")) for alias in names]
            case _:
                continue
        for level, name in found:
            if level:
                above = here[: len(here) - level + package]
                yield node.lineno, ".".join([*above, name]).removeprefix("ballotproof.")
            elif name.split(".")[0] in {"ballotproof", *ROOMS}:
                yield node.lineno, f"absolute {name}"


def violations(source: str, module: str, *, package: bool = False) -> list[str]:
    """The imports that point back, each as `line: name`."""
    rooms = allowed_in(module)
    return [
        f"{line}: {name}"
        for line, name in imports(source, module, package=package)
        if name.split(".")[0] in ROOMS or name.startswith("absolute ")
        if not any(within(name, room) for room in rooms)
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_imports_point_along_the_road(room: str) -> None:
    back = []
    for path in sorted((PACKAGE / room).rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        package = parts[-1] == "__init__"
        module = ".".join(parts[:-1] if package else parts)
        found = violations(path.read_text(encoding="utf-8"), module, package=package)
        back += [f"{path.relative_to(PACKAGE)}:{violation}" for violation in found]
    assert back == []


@pytest.mark.parametrize(
    ("module", "source", "expected"),
    [
        ("spec.lang.values", "from .protocol import Protocol", []),
        ("spec.lang.values", "from ..consensus import Consensus", ["1: spec.consensus.Consensus"]),
        ("spec.paxos.fast", "from ..lang import Map\nimport re", []),
        ("spec.voting", "from ..model_check import verdict", ["1: model_check.verdict"]),
        ("spec.voting", "def f():\n    from .. import proofs", ["2: proofs"]),
        ("model_check.cli", "from ..spec.lang.model import Model", []),
        ("model_check.cli", "from .. import __version__", []),
        ("model_check.cli", "from ..impl.core import Core", ["1: impl.core.Core"]),
        ("proofs.induct", "from ..model_check.ir.nodes import Expr", []),
        ("proofs.induct", "from ..impl import core", ["1: impl.core"]),
        ("impl.raft.election", "from ..core import Core", []),
        ("impl.raft.election", "from ...spec.raft import election", ["1: spec.raft.election"]),
        ("impl.refine.election", "from ...spec.raft import election", []),
        ("impl.core", "import ballotproof.impl", ["1: absolute ballotproof.impl"]),
        ("impl.core", "from spec import lang", ["1: absolute spec.lang"]),
    ],
)
def test_the_rule_itself(module: str, source: str, expected: list[str]) -> None:
    assert violations(source, module) == expected


def test_a_package_counts_its_own_folder() -> None:
    assert violations("from .lang import Map", "spec", package=True) == []
    assert violations("from ..impl import Core", "spec", package=True) == ["1: impl.Core"]

"""Finding models: by every name they go by, in a user's files, and with an error that helps."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ballotproof.model_check.discover import (
    SPEC,
    Found,
    find,
    find_protocol,
    shipped,
    shipped_modules,
    slug_of,
)
from ballotproof.spec.lang.errors import SpecError, UsageError
from ballotproof.spec.paxos.single_decree import MODELS, SingleDecree

MINIMAL = """\
from ballotproof.spec.lang import *

class Node(Sort): ...

class Tiny(Protocol):
    up: Map[Node, bool]

    def init(self) -> None:
        self.up = fill(Node, False)

    @action
    def start(self, n: Node) -> None:
        self.up[n] = True
"""
MODEL = 'MODELS = [Model(name="one node", protocol=Tiny, sizes={Node: 1})]\n'


@pytest.fixture(autouse=True)
def _unchanged_imports() -> Iterator[None]:
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if not name.startswith("ballotproof"):
            del sys.modules[name]


def written(folder: Path, text: str, name: str = "mine.py") -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def refused(target: str) -> str:
    with pytest.raises((UsageError, SpecError)) as caught:
        find(target)
    return str(caught.value)


# -------------------------------------------------------------------------------- what is shipped
def test_modules_are_found_without_importing_them() -> None:
    modules = shipped_modules()
    assert "paxos.single_decree" in modules
    assert "raft.election" in modules
    assert not any(name.startswith("lang") or name.endswith("__init__") for name in modules)
    assert modules == sorted(modules)


def test_every_shipped_model_has_a_name_of_its_own() -> None:
    names = [found.identity for found in shipped()]
    assert len(names) > 50
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "target",
    [
        "paxos.single_decree",
        "single_decree",
        "SINGLE_DECREE",
        "paxos/single_decree",
        "paxos.single_*",
        "paxos.single_decree/3-acceptors-2-ballots",
    ],
)
def test_the_names_of_a_model(target: str) -> None:
    assert Found("paxos.single_decree", MODELS[0]) in find(target)


def test_module_and_slug_name_one_model() -> None:
    for found in shipped():
        assert find(found.identity) == [found]
        assert find(found.identity.upper()) == [found]
    in_module = [f for f in shipped(["paxos.single_decree"]) if f.slug.startswith("3-acceptors")]
    assert in_module
    assert find("paxos.single_decree/3-acceptors-*") == in_module
    assert "nothing is called" in refused("paxos.single_decree/no-such-model")


def test_a_class_and_a_folder_are_names_of_all_their_models() -> None:
    assert {f.module for f in find("SingleDecree")} >= {"paxos.single_decree"}
    assert {f.module.split(".")[0] for f in find("broken")} == {"broken"}
    assert len(find("broken")) > 10
    assert {f.module for f in find("*decree")} == {"paxos.single_decree"}


def test_a_file_of_the_repository_is_the_module_it_is_imported_as() -> None:
    file = sys.modules[SingleDecree.__module__].__file__
    assert file is not None
    found = find(str(Path(file).resolve()))
    assert found == [Found("paxos.single_decree", m) for m in MODELS]
    assert find_protocol(found[0].source) is SingleDecree


def test_what_is_not_there_is_near_to_something() -> None:
    assert "did you mean" in refused("singel_decree")
    assert "single_decree" in refused("singel_decree")
    assert "nothing is called 'zzzz'\n`ballotproof list`" in refused("zzzz")
    assert "did you mean SingleDecree?" in refused("single_decree::SingelDecree")


# ----------------------------------------------------------------------------- a user's file
def test_the_models_of_a_file(tmp_path: Path) -> None:
    file = written(tmp_path, MINIMAL + MODEL)
    for target in (file, f"{file}::Tiny"):
        (found,) = find(target)
        assert (found.module, found.model.name) == (file, "one node")
    assert find_protocol(f"{file}::Tiny") is find(file)[0].model.protocol


def test_a_protocol_without_models_waits_for_sizes(tmp_path: Path) -> None:
    (found,) = find(written(tmp_path, MINIMAL))
    assert found.model.sizes == {}
    with pytest.raises(SpecError, match="does not say how many elements Node has"):
        found.model.universe()


def test_a_variant_takes_over_the_quick_models_of_its_base(tmp_path: Path) -> None:
    text = """\
from ballotproof.spec.paxos.single_decree import *
from ballotproof.spec.paxos.single_decree import SingleDecree

class Variant(SingleDecree):
    pass
"""
    found = find(written(tmp_path, text) + "::Variant")
    assert [f.model.name for f in found] == [m.name for m in MODELS if not m.slow]
    assert all(f.model.protocol.__name__ == "Variant" for f in found)
    assert all(f.model.expect is None for f in found)


def test_neighbours_can_be_imported(tmp_path: Path) -> None:
    written(tmp_path, MINIMAL, "neighbour_of_mine.py")
    file = written(tmp_path, "from neighbour_of_mine import *\n" + MODEL)
    assert find(file)[0].model.protocol.__module__ == "neighbour_of_mine"


def test_a_file_in_a_package_can_import_relatively(tmp_path: Path) -> None:
    written(tmp_path, "", "my_package_of_specs/__init__.py")
    written(tmp_path, MINIMAL, "my_package_of_specs/base.py")
    file = written(tmp_path, "from .base import *\n" + MODEL, "my_package_of_specs/variant.py")
    assert find(file)[0].model.protocol.__module__ == "my_package_of_specs.base"


def test_two_files_of_one_name_are_two_modules(tmp_path: Path) -> None:
    first = written(tmp_path, MINIMAL + MODEL, "a/mine.py")
    second = written(tmp_path, MINIMAL + MODEL.replace("one node", "other"), "b/mine.py")
    assert [find(file)[0].model.name for file in (first, second)] == ["one node", "other"]
    for file in (first, second):
        assert find(file)[0].model.protocol is find(file)[0].model.protocol


def test_a_file_may_have_the_name_of_a_module_of_python(tmp_path: Path) -> None:
    file = written(tmp_path, MINIMAL + MODEL, "queue.py")
    assert find(file)[0].model.name == "one node"
    assert not hasattr(sys.modules.get("queue"), "MODELS")


# ------------------------------------------------------------------------------------ mistakes
def test_no_such_file_or_class(tmp_path: Path) -> None:
    file = written(tmp_path, MINIMAL)
    assert f"there is no file {tmp_path}/mien.py; did you mean" in refused(f"{tmp_path}/mien.py")
    assert refused(f"{file}::Tinny") == (
        f"{file} has no protocol Tinny; did you mean Tiny?; its protocols are Tiny"
    )
    assert "Node is not a protocol" in refused(f"{file}::Node")
    assert "it has no protocols" in refused(written(tmp_path, "", "empty.py") + "::Tiny")
    assert "is not a protocol" in refused(written(tmp_path, "x = 1\n", "nothing.py"))


@pytest.mark.parametrize(
    ("text", "place", "code", "message"),
    [
        ("x = 1\ndef f(:\n", "2:7", "BP702", "this is no Python: "),
        ("x = 1\nimport not_there\n", "2:1", "BP703", "No module named 'not_there'"),
        ("from ballotproof.spec.lang import nothing\n", "1:1", "BP703", "cannot import name"),
        ("x = 1\n\ny = [x, 1 / 0]\n", "3:9", "BP704", "ZeroDivisionError: division by zero"),
        ("def f():\n    raise SystemExit(3)\nf()\n", "2:5", "BP704", "SystemExit: 3"),
        ("MODELS = [1]\n", "1:1", "BP701", "is no list of models"),
        ("x = 1\nMODELS = 3\n", "2:1", "BP701", "is no list of models"),
    ],
)
def test_a_file_that_cannot_be_imported_says_where(
    tmp_path: Path, text: str, place: str, code: str, message: str
) -> None:
    file = written(tmp_path, text)
    said = refused(file)
    assert said.startswith(f"{file}:{place}: error[{code}]: ")
    assert message in said
    # A second attempt meets the mistake again, not a half-made module.
    assert refused(file) == said


def test_slugs() -> None:
    assert slug_of("3 acceptors, 2 ballots") == "3-acceptors-2-ballots"
    assert slug_of("R2a (strict)") == "r2a-strict"
    assert SPEC == "ballotproof.spec"

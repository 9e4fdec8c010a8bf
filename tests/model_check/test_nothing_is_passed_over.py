"""What stands in a file is checked, or refused; no protocol or model is left out in silence."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from ballotproof.model_check.cli import main
from ballotproof.model_check.discover import find

HEAD = """
from ballotproof.spec.lang import *
from ballotproof.spec.commit.two_phase import *
"""
COUNTER = """
class Node(Sort): ...

class Counter(Protocol):
    log: Map[Node, tuple[int, ...]]

    def init(self) -> None:
        self.log = fill(Node, ())

    @action
    def step(self, n: Node) -> None:
        require(self.log[n][1] == 1)
        self.log[n] = ()
"""


def names(file: Path) -> list[tuple[str, str]]:
    return [(f.model.protocol.__name__, f.model.name) for f in find(str(file))]


def test_models_whose_names_make_one_slug(tmp_path: Path) -> None:
    file = tmp_path / "counter.py"
    models = 'Model(name="a b", protocol=Counter, sizes={Node: 1}), '
    models += 'Model(name="a, b", protocol=Counter, sizes={Node: 2})'
    file.write_text(f"{HEAD}{COUNTER}\nMODELS = [{models}]\n")
    assert names(file) == [("Counter", "a b"), ("Counter", "a, b")]
    text = CliRunner().invoke(main, ["check", str(file), "--depth", "1"]).stdout
    assert text.count("counter.py/a-b") == 4  # a line and a row for each


def test_every_protocol_of_a_file_without_models(tmp_path: Path) -> None:
    file = tmp_path / "two.py"
    file.write_text(f"{HEAD}\nclass A(TwoPhase): ...\n\nclass B(TwoPhase): ...\n")
    assert {protocol for protocol, _ in names(file)} == {"A", "B"}
    assert len(names(file)) == 8  # each with all quick models of two-phase commit
    assert len(find(f"{file}::B/3-resource-managers")) == 1


def test_models_that_a_star_import_brings_are_not_those_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "starred.py"
    file.write_text(
        f"from ballotproof.spec.commit.two_phase import *  # noqa\n{HEAD}"
        "\nfrom ballotproof.spec.commit.two_phase import MODELS\n"
        "class Hasty(TwoPhase): ...\n"
    )
    assert {protocol for protocol, _ in names(file)} == {"Hasty"}


def test_a_mistake_in_a_guard_is_explained_by_bound_as_well(tmp_path: Path) -> None:
    file = tmp_path / "mistaken.py"
    model = 'MODELS = [Model(name="one", protocol=Counter, sizes={Node: 1})]'
    file.write_text(f"{HEAD}{COUNTER}\n{model}\n")
    result = CliRunner().invoke(main, ["bound", str(file), "--depth", "2"])
    assert result.exit_code == 65
    assert "error[BP504]: index 1 is outside a sequence of length 0" in result.output

"""``ballotproof prove``: what it refuses, what it keeps apart, and what it calls no proof."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from ballotproof.model_check.cli import main
from ballotproof.model_check.verdict import ExitCode

COUNTER = """
from ballotproof.spec.lang import Model, Proof, Protocol, action, invariant


class Counter(Protocol):
    x: int

    def init(self) -> None:
        self.x = 0

    @action
    def up(self) -> None:
        self.x += 1

    @action
    def reset(self) -> None:
        if self.may_reset():
            self.x = 0

    def may_reset(self) -> bool:
        return self.x > 0

    @invariant
    def not_negative(self) -> bool:
        return self.x >= 0


class Down(Counter):
    @action
    def up(self) -> None:
        self.x -= 1


class Silent(Protocol):
    x: int

    def init(self) -> None:
        self.x = 0

    @action
    def up(self) -> None:
        self.x += 1


ONE = Model(name="one", protocol=Counter)
"""


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["prove", *arguments, "--no-cache", "--jobs", "1"])
    return result.exit_code, result.output


def written(folder: Path, *proofs: str) -> str:
    """A file with these proofs."""
    file = folder / "counters.py"
    listed = "".join(f"    Proof({p}),\n" for p in proofs)
    file.write_text(f"{COUNTER}\nPROOFS = [\n{listed}]\n", encoding="utf-8")
    return str(file)


SOUND = 'name="any", protocol=Counter, of=Counter, instances=[ONE]'
UNSOUND = 'name="any", protocol=Down, of=Down'


def test_proofs_of_one_name_are_told_apart_by_their_class(tmp_path: Path) -> None:
    file = written(tmp_path, UNSOUND, SOUND)
    code, text = run(file, "--json")
    assert code == ExitCode.INCONCLUSIVE
    proofs = json.loads(text)["proofs"]
    assert [p["exit_code"] for p in proofs] == [ExitCode.INCONCLUSIVE, ExitCode.HOLDS]
    code, text = run(file)
    assert f"{file}::Down/any of Down: open" in text
    assert f"{file}::Counter/any of Counter: proved" in text
    for one in (f"{file}::Counter", f"{file}::Counter/any"):
        code, text = run(one)
        assert code == ExitCode.HOLDS
        assert "Down" not in text


def test_each_of_several_proofs_has_a_name_and_questions_of_its_own(tmp_path: Path) -> None:
    other = UNSOUND.replace("any", "other")
    file = written(tmp_path, SOUND, other)
    assert run(f"{file}/any")[0] == ExitCode.HOLDS
    assert run(f"{file}/other")[0] == ExitCode.INCONCLUSIVE
    run(file, "--smtlib", str(tmp_path / "questions"))
    folders = list((tmp_path / "questions").iterdir())
    assert len(folders) == 2
    assert all(list(folder.glob("*.smt2")) for folder in folders)


def test_a_class_that_there_is_not_is_told_from_those_there_are(tmp_path: Path) -> None:
    file = written(tmp_path, SOUND, SOUND.replace("any", "other"))
    code, text = run(f"{file}::Nope")
    assert code == ExitCode.USAGE
    assert text.count(f"{file}::Counter") == 1


@pytest.mark.parametrize("proof", [
    'name="x", protocol=Silent, of=Silent, instances=[Model(name="one", protocol=Silent)]',
    f"{SOUND}, goals=[]",
])  # fmt: skip
def test_a_proof_that_claims_nothing_is_none(proof: str, tmp_path: Path) -> None:
    code, text = run(written(tmp_path, proof))
    assert code == ExitCode.VACUOUS
    assert "nothing is claimed" in text
    assert "proved for every size" not in text


def test_an_instance_of_another_class_shows_nothing(tmp_path: Path) -> None:
    wrong = SOUND.replace("[ONE]", '[Model(name="down", protocol=Down)]')
    for options in ([], ["--bounded"]):
        result = CliRunner().invoke(main, ["prove", written(tmp_path, wrong), *options])
        assert result.exit_code == ExitCode.SPEC
        assert "the instance down is one of Down" in result.output


@pytest.mark.parametrize("argument", [
    "instances=['x']", "instances='x'", "order='foo'", "network='fifo'", "goals='not_negative'",
    "goals=1", "candidates=None", "candidates='x'", "lemmas={'up/not_negative': 'not_negative'}",
    "lemmas=[]", "restarts='yes'", "name=3", "protocol=3", "of='Counter'", "protocol=int",
])  # fmt: skip
def test_an_argument_of_another_kind_is_named_with_its_place(argument: str, tmp_path: Path) -> None:
    key = argument.partition("=")[0]
    others = [p for p in SOUND.split(", ") if p.partition("=")[0] != key]
    file = written(tmp_path, ", ".join([*others, argument]))
    code, text = run(file)
    assert code == ExitCode.SPEC, text
    assert f"error[BP812]: {key}=" in text
    assert f"{file}:" in text


def test_where_nothing_can_be_written_nothing_is_proved(tmp_path: Path) -> None:
    file = written(tmp_path, SOUND)
    for option in (["--smtlib", f"{file}/in"], ["--graph", f"{file}/in/graph.svg"]):
        code, text = run(file, *option)
        assert code == ExitCode.USAGE, text
        assert "any of Counter" not in text
    graph = tmp_path / "graph.txt"
    assert run(f"{file}::Nope", "--graph", str(graph))[0] == ExitCode.USAGE
    assert not graph.exists()

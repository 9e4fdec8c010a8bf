"""``ballotproof survey``: three ways to one table, and the worst of all decides.

Method: files of a user's in which one of the ways goes wrong, and shipped specifications in which
none does.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ballotproof.model_check.cli import main
from ballotproof.model_check.discover import shipped, shipped_proofs
from ballotproof.model_check.options import Options
from ballotproof.model_check.survey import proofs_about

COUNTER = """\
from ballotproof.spec.lang import *

class Node(Sort): ...

class Counter(Protocol):
    count: int

    def init(self) -> None:
        self.count = 0

    @action
    def step(self, n: Node) -> None:
        require(self.count < {most})
        self.count += 1

    @invariant
    def small(self) -> bool:
        "It stays small."
        return {small}

MODELS = [Model(name="two", protocol=Counter, sizes={{Node: 2}}, {model})]
PROOFS = [Proof(name="any size", protocol=Counter, of=Counter, instances=MODELS)]
"""

HOLDS = "expect=Holds(states=4, depth=4)"


def survey(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "100", "BALLOTPROOF_CACHE": "off"}).invoke(
        main, ["survey", *arguments]
    )


def counter(folder: Path, small: str, model: str = HOLDS, most: int = 3) -> str:
    file = folder / "counter.py"
    file.write_text(COUNTER.format(small=small, model=model, most=most))
    return str(file)


def cells(result: Result, name: str) -> list[str]:
    """The row of a specification in the table: it is the last line that begins with its name."""
    line = [x for x in result.stdout.splitlines() if x.startswith(name + " ")][-1]
    return re.split(r"  +", line)[1:-1]


def test_a_row_has_what_three_ways_found() -> None:
    result = survey("consensus", "broken.paxos_own_value", "--quiet")
    assert result.exit_code == 0
    assert cells(result, "specification") == [
        "models", "states", "explored", "4 steps", "every size",
    ]  # fmt: skip
    assert cells(result, "consensus") == ["1", "4", "holds", "holds", "6 of 6"]
    assert cells(result, "broken.paxos_own_value") == ["1", "3,648", "violated", "holds", "-"]
    assert "2 models as they should be" in result.stdout
    assert "1 proof for every size" in result.stdout
    assert "!" not in result.stdout


def test_a_file_has_models_and_proofs_of_its_own(tmp_path: Path) -> None:
    result = survey(counter(tmp_path, "self.count <= 3"))
    assert result.exit_code == 0
    assert cells(result, str(tmp_path / "counter.py"))[:4] == ["1", "4", "holds", "holds"]
    assert "proved for every size" in result.stdout


def test_a_broken_claim_is_found_by_all_three(tmp_path: Path) -> None:
    result = survey(counter(tmp_path, "self.count < 3", model=""), "--quiet")
    assert result.exit_code == 12
    row = cells(result, str(tmp_path / "counter.py"))
    assert row[2:4] == ["violated!", "violated!"]
    assert row[4].endswith("!")
    assert "small is false after 3 steps" in result.stdout
    assert "(exit code 12)" in result.stdout


def test_what_lies_deeper_than_the_bound_is_found_by_the_search_alone(tmp_path: Path) -> None:
    file = counter(tmp_path, "self.count < 3", model="expect=Violated('small', steps=3)")
    result = survey(file, "--depth", "2", "--quiet")
    assert cells(result, file)[2:4] == ["violated", "holds"]
    assert result.exit_code == 12  # the proof claims what an instance of it breaks


def test_an_open_condition_is_told_and_decides(tmp_path: Path) -> None:
    """True in every state that is reached, and not inductive."""
    file = counter(tmp_path, "self.count != -1")
    result = survey(file, "--quiet")
    assert result.exit_code == 14
    assert cells(result, file)[2:4] == ["holds", "holds"]
    assert cells(result, file)[4].endswith("!")
    assert "step/small" in result.stdout


def test_other_counts_than_expected_decide(tmp_path: Path) -> None:
    file = counter(tmp_path, "self.count <= 3", model="expect=Holds(states=5, depth=4)")
    result = survey(file, "--quiet")
    assert result.exit_code == 1
    assert cells(result, file)[2:4] == ["holds!", "holds"]


def test_a_mistake_in_one_model_leaves_the_others(tmp_path: Path) -> None:
    file = counter(tmp_path, "self.count < 10 // 0")
    result = survey(file, "consensus", "--quiet")
    assert result.exit_code == 65
    assert cells(result, file)[2:4] == ["error!", "error!"]
    assert cells(result, "consensus")[2:4] == ["holds", "holds"]


def test_wrong_usage_has_its_code() -> None:
    assert survey("no_such_protocol").exit_code == 64
    assert survey("consensus", "--depth", "0").exit_code == 64


def test_every_shipped_proof_has_a_row() -> None:
    """Without a target, whatever is shipped with a proof is proved."""
    found = [f for f in shipped() if not f.model.slow]
    assert [p.identity for p in proofs_about(found, Options())] == [
        p.identity for p in shipped_proofs() if not p.proof.slow
    ]


@pytest.mark.slow
def test_all_that_is_shipped_is_as_it_should_be() -> None:
    result = survey("--quiet")
    assert result.exit_code == 0, result.stdout
    assert cells(result, "raft.replication")[4].partition(" of ")[0] == "759"

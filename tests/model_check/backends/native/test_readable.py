"""The program that ``show --native`` prints runs by itself, and gives the counts of the engine."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from ballotproof.model_check.cli import main

PROGRAM = Path(sys.executable).with_name("ballotproof")


def shown(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["show", *arguments, "--native"])
    assert result.exit_code == 0, result.output
    return result.stdout


def ran(text: str, folder: Path) -> str:
    """What the program says when Python runs it where nothing of ours can be imported."""
    file = folder / "shown.py"
    file.write_text(text)
    run = subprocess.run(
        [sys.executable, "-I", "-S", file], capture_output=True, text=True, check=True, cwd=folder
    )
    return run.stdout


@pytest.mark.parametrize(
    ("model", "counts"),
    [
        ("paxos.single_decree/3-acceptors-2-ballots", "3,921 states, depth 17, 22,994 steps"),
        ("commit.two_phase/5-resource-managers", "8,832 states, depth 17, 58,145 steps"),
        (
            "raft.ongaro/r2a-2-servers-term-2-log-1",
            "5,234 states, depth 32, 37,102 steps",
        ),  # a constraint
    ],
)
def test_it_gives_the_counts_of_the_engine(model: str, counts: str, tmp_path: Path) -> None:
    assert counts in ran(shown(model), tmp_path)


def test_it_reads_beside_the_specification(tmp_path: Path) -> None:
    text = shown("paxos.single_decree")
    compile(text, "shown.py", "exec")
    assert re.search(r"# action promise\ndef act_1\(st: Memory\[int\], s: int, out: ", text)
    assert re.search(r"    # single_decree.py:\d+  require\(m in self.sent\)\n    if w0 & ", text)
    assert "    promised: bits 0 to 5 of word 0\n" in text


def test_it_says_how_a_claim_is_broken(tmp_path: Path) -> None:
    said = ran(shown("broken.paxos_own_value"), tmp_path)
    assert "breaks an invariant, at or after 11 steps: prepare, " in said
    assert "and one step more" in said


@pytest.mark.slow
def test_it_passes_a_strict_type_checker(tmp_path: Path) -> None:
    file = tmp_path / "shown.py"
    file.write_text(shown("raft.election"))
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", file],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert run.returncode == 0, run.stdout

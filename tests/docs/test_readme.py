"""The variant of the README passes the type checker that it speaks of, and does what is shown."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from .command import run
from .pages import ROOT, agrees, blocks, links, sessions

README = ROOT / "README.md"


@pytest.fixture
def variant(tmp_path: Path) -> Path:
    """``mine.py``, as it stands there."""
    (block,) = (b for b in blocks(README) if b.language == "python")
    file = tmp_path / "mine.py"
    file.write_text(block.text, encoding="utf-8")
    return file


def test_the_variant_is_typed(variant: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", str(variant)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_variant_breaks_agreement_as_shown(variant: Path) -> None:
    (session,) = sessions(README)
    program, *arguments = shlex.split(session.command)
    assert program == ".venv/bin/ballotproof"
    code, text = run(arguments, variant.parent)
    assert code == 12
    assert agrees(session.output, text), text


def test_the_first_claim_to_fall_is_the_one_named(variant: Path) -> None:
    """Without ``--property``."""
    code, text = run(["check", "./mine.py::Mine", "--no-diagram"], variant.parent)
    assert code == 12
    assert "votes_behind_promise violated in 5 steps" in text
    assert "`votes_behind_promise`, after 5 steps" in README.read_text(encoding="utf-8")


def test_links_lead_somewhere() -> None:
    for target in links(README):
        assert (ROOT / target).exists(), target

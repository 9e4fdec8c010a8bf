"""The list of known mistakes fits the programs, and each check notices what it should. All of them
are made by ``make mutants``."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

TOOL = Path(__file__).with_name("mutants.py")


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mutants_of_programs", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_each_mistake_has_its_place(tool: ModuleType) -> None:
    """A program that has changed is noticed here: give the mistake its new place."""
    assert len(tool.MUTANTS) >= 88
    assert len({m.name for m in tool.MUTANTS}) == len(tool.MUTANTS)
    for mutant in tool.MUTANTS:
        assert tool.changed(mutant).text != tool.text_of(mutant.module)[1]


def run(*names: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(TOOL), *names], capture_output=True, text=True, check=False
    )


def test_each_check_notices_something() -> None:
    done = run(
        "raft-double-vote",
        "raft-ack-whole-log",
        "raft-old-snapshot-installed",
        "raft-order-before-caught-up",
        "prevote-lower-term-reply-dropped",
        "impl-missing-meta-term-zero",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 of 6 mistakes noticed (100%)" in done.stdout
    for check in ("exhaustive", "features", "stepwise", "simulation", "progress", "storage"):
        assert check in done.stdout


@pytest.mark.slow
def test_all_mistakes_are_noticed() -> None:
    done = run()
    assert done.returncode == 0, done.stdout + done.stderr

"""Whatever a specification says, the front end reads it or reports a mistake: no traceback.

Shipped specifications are changed at random (:mod:`.mutants`). What is accepted must be well
formed, so that no engine behind the front end meets what it does not expect.
"""

from __future__ import annotations

import importlib.util
import random
import sys
import warnings
from pathlib import Path
from types import ModuleType

import pytest

from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.ir.wellformed import Stage, wellformed
from ballotproof.spec.lang.errors import SpecError

from .mutants import mutant, specifications

SPEC = Path(__file__).resolve().parents[2] / "src" / "ballotproof" / "spec"
SEED = 1998
BATCH = 50


@pytest.mark.parametrize("batch", range(4))
def test_a_mutant_is_read_or_refused(batch: int, tmp_path: Path) -> None:
    texts = list(specifications(SPEC))
    counts = {"read": 0, "refused": 0, "no module": 0}
    for number in range(batch * BATCH, (batch + 1) * BATCH):
        rng = random.Random(SEED * 1_000_000 + number)
        text, package = rng.choice(texts)
        counts[_outcome(mutant(text, package, rng), tmp_path / f"mutant_{number}.py")] += 1
    assert counts["read"] > 0
    assert counts["refused"] > BATCH // 3


@pytest.mark.slow
@pytest.mark.parametrize("batch", range(40))
def test_many_mutants(batch: int, tmp_path: Path) -> None:
    test_a_mutant_is_read_or_refused(1000 + batch, tmp_path)


def _outcome(text: str, file: Path) -> str:
    """What became of a mutant. Anything but a SpecError is raised, with the file that caused it."""
    file.write_text(text, encoding="utf-8")
    try:
        module = _load(file)
    except Exception:  # Python refuses it: a misspelt base class, a default before a parameter, ...
        return "no module"
    try:
        model = module.MODELS[0]
        model.universe()
        wellformed(read(model.protocol, model), Stage.READ)
    except SpecError as error:
        _is_shown(error, file)
        return "refused"
    except Exception as error:
        error.add_note(f"while reading {file}")
        raise
    finally:
        del sys.modules[file.stem]
    file.unlink()
    return "read"


def _is_shown(error: SpecError, file: Path) -> None:
    """The report has a place, and its carets stand under characters of the line."""
    assert error.span is not None, f"{error}, in {file}"
    _, line, carets, *_ = str(error).split("\n")
    assert carets.strip("^ ") == ""
    assert 0 < len(carets.rstrip()) <= len(line), f"{error}, in {file}"


def _load(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as `x is 1`
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[file.stem]
        raise
    return module

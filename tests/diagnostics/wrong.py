"""Wrong specifications, and what is said of each: the files in ``cases``.

``BP203.py`` is a small specification with one mistake, and ``BP203.txt`` the whole text that its
author is shown. Another mistake of the same kind is ``BP203_read.py``, named after what differs.
"""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.backends.run import PlainPython
from ballotproof.model_check.discover import find, find_proofs
from ballotproof.model_check.explore.system import System
from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.induction.conditions import conditions_of
from ballotproof.spec.lang.errors import SpecError
from ballotproof.spec.lang.model import Model

__all__ = ["CASES", "code_of", "mistakes_in", "relative"]

FOLDER = Path(__file__).resolve().parent / "cases"
CASES = sorted(FOLDER.glob("BP*.py"))

PYTHON_ONLY = {"BP503", "BP508", "BP512", "BP513"}
"""Met when a protocol is run by Python alone: the front end reports the cause before."""

NOT_BY_PYTHON = {"BP504_last", "BP509"}
"""Python counts a negative index from the end, and goes on."""


def code_of(case: Path) -> str:
    """``BP203`` for ``BP203_read.py``."""
    return case.stem.partition("_")[0]


def mistakes_in(case: Path) -> Iterator[SpecError]:
    """The mistake of a case, as each way of running it reports it: one, or one for each engine."""
    if code_of(case).startswith("BP7"):
        yield raised_by(lambda: find(str(case)))
        return
    if code_of(case).startswith("BP8"):
        yield raised_by(lambda: [conditions_of(f.proof) for f in find_proofs(str(case))])
        return
    try:
        module = _load(case)
    except SpecError as error:
        yield error
        return
    for attempt in _attempts(case.stem, module):
        yield raised_by(attempt)


def _attempts(case: str, module: ModuleType) -> Iterator[Callable[[], Any]]:
    model: Model = module.MODEL
    if hasattr(module, "run"):
        yield module.run
    elif case.startswith("BP6"):
        yield lambda: (model.universe(), read(model.protocol, model))
    elif case.startswith("BP5"):
        if case not in NOT_BY_PYTHON:
            yield lambda: explore(PlainPython(model))
        if case not in PYTHON_ONLY:
            yield lambda: explore(Interpreter(read(model.protocol, model), model))
    else:
        yield lambda: read(model.protocol, model)


def raised_by(run: Callable[[], Any]) -> SpecError:
    """The mistake that ``run`` reports."""
    try:
        run()
    except SpecError as error:
        return error
    raise AssertionError("no mistake is reported")


def explore(system: System, limit: int = 200) -> None:
    """Ask the first states of a search everything that a check asks."""
    states = list(system.initial())
    seen = set(states)
    for state in states:  # grows while it is read
        system.broken_invariants(state)
        for step in system.successors(state):
            system.broken_step_invariants(state, step.target)
            if step.target not in seen and len(states) < limit:
                seen.add(step.target)
                states.append(step.target)


def _load(case: Path) -> ModuleType:
    """Import a case, once."""
    name = f"wrong_{case.stem}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, case)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def relative(error: SpecError) -> str:
    """The text of an error, with the file named as it lies in the folder of the cases."""
    text = re.sub(r"[^\s`]*/(BP\w+\.py)", r"\1", str(error))
    return f"{text}\n"

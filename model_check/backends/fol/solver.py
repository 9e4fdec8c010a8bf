"""Solvers for first-order questions: Z3, and cvc5 as a second opinion where it is installed.

Both are given the same text. A limit bounds their work in a measure of their own, which does not
depend on the machine, so that an answer is the same everywhere.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import z3  # type: ignore[import-untyped]  # ships no types; all of it that is used is below

from .signature import Signature
from .terms import Term

__all__ = ["Answer", "Reply", "ask_cvc5", "ask_z3", "cvc5_version", "z3_version"]

Problem = Sequence[tuple[str, Term]]
"""Named formulas; those called ``lemma.x`` are reported when they were needed."""


class Answer(Enum):
    """UNSATISFIABLE proves a condition. SATISFIABLE refutes it; UNKNOWN comes with a reason."""

    UNSATISFIABLE = "unsat"
    SATISFIABLE = "sat"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reply:
    """``used`` are the lemmas that the refutation needed; ``work`` is in the solver's measure."""

    answer: Answer
    reason: str = ""
    used: tuple[str, ...] = ()
    work: int = 0


# ------------------------------------------------------------------------------------------ Z3
def ask_z3(
    signature: Signature, problem: Problem, *, resources: int, seed: int = 0, models: bool = False
) -> Reply:
    """Ask Z3. Without ``models`` it instantiates by patterns only, and refutes or gives up."""
    context = z3.Context()
    solver = z3.SimpleSolver(ctx=context)
    solver.set("mbqi", models)
    solver.set("random_seed", seed)
    solver.set("rlimit", resources)
    names: dict[str, str] = {}
    parsed: Any = z3.parse_smt2_string(signature.text(problem), ctx=context)
    for (name, _), formula in zip(problem, parsed, strict=True):
        if name.startswith("lemma."):
            names[name] = name.removeprefix("lemma.")
            solver.assert_and_track(formula, name)
        else:
            solver.add(formula)
    answer = str(solver.check())
    work = _statistic(solver, "rlimit count")
    if answer == "unsat":
        core = {str(x) for x in solver.unsat_core()}
        used = tuple(short for name, short in names.items() if name in core)
        return Reply(Answer.UNSATISFIABLE, used=used, work=work)
    if answer == "sat" and models:
        return Reply(Answer.SATISFIABLE, work=work)
    reason = str(solver.reason_unknown()) if answer == "unknown" else "incomplete quantifiers"
    return Reply(Answer.UNKNOWN, reason=_plainly(reason), work=work)


def _plainly(reason: str) -> str:
    """What Z3 gives as its reason, in words."""
    if "quantifiers" in reason:
        return "no contradiction found, and no further instance to try: a lemma may be missing"
    if "canceled" in reason or "resource" in reason:
        return "resource limit reached"
    return reason


def _statistic(solver: Any, name: str) -> int:
    statistics = solver.statistics()
    return int(statistics.get_key_value(name)) if name in statistics.keys() else 0  # noqa: SIM118  # Z3's own class


def z3_version() -> str:
    """The version of Z3 in use."""
    return str(z3.get_version_string())


# ---------------------------------------------------------------------------------------- cvc5
def cvc5_version() -> str | None:
    """The version of cvc5, or None if it is not installed."""
    try:
        return str(importlib.import_module("cvc5").__version__)
    except ImportError:
        return None


def ask_cvc5(
    signature: Signature,
    problem: Problem,
    *,
    resources: int,
    seed: int = 0,
    options: Sequence[tuple[str, str]] = (),
) -> Reply:
    """Ask cvc5, if it is installed."""
    cvc5 = importlib.import_module("cvc5")
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("rlimit-per", str(resources))
    solver.setOption("seed", str(seed))
    for name, value in options:
        solver.setOption(name, value)
    parser = cvc5.InputParser(solver)
    text = "(set-logic ALL)\n" + signature.text(problem)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "condition")
    symbols = parser.getSymbolManager()
    while not (command := parser.nextCommand()).isNull():
        command.invoke(solver, symbols)
    result = solver.checkSat()
    if result.isUnsat():
        return Reply(Answer.UNSATISFIABLE)
    if result.isSat():
        return Reply(Answer.SATISFIABLE)
    reason = str(result.getUnknownExplanation()).rpartition(".")[2].lower().replace("out", " out")
    return Reply(Answer.UNKNOWN, reason=reason)

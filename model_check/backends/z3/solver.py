"""The little that is used of Z3: clauses in, an assignment out. Typed, and with limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any

import z3  # type: ignore[import-untyped]  # ships no types; all of it that is used is below

from .circuit import TRUE, Circuit, Literal

__all__ = ["Answer", "Solver"]


class Answer(Enum):
    """What a solver says. UNKNOWN is an answer, with a reason, not an error."""

    SATISFIABLE = "sat"
    UNSATISFIABLE = "unsat"
    UNKNOWN = "unknown"


class Solver:
    """An incremental solver for one circuit, which may grow between calls.

    ``resources`` is Z3's own measure of work for one call (deterministic, unlike time); None for
    no limit.
    """

    def __init__(self, circuit: Circuit, resources: int | None = None, seed: int = 0) -> None:
        self.circuit = circuit
        self._told = 0
        self._solver: Any = z3.SolverFor("QF_FD")
        self._solver.set("random_seed", seed)
        if resources is not None:
            self._solver.set("rlimit", resources)
        self._model: Any = None
        self.reason = ""

    @property
    def gates(self) -> int:
        return len(self.circuit)

    def require(self, clauses: Iterable[Sequence[Literal]]) -> None:
        """Add clauses over literals of the circuit, and what the gates they mention mean."""
        lines = [*self.circuit.clauses(self._told), *clauses]
        if self._told == 0:
            lines.append((TRUE,))
        self._told = len(self.circuit)
        text = "\n".join(" ".join(map(_number, clause)) + " 0" for clause in lines)
        if text:
            self._solver.from_string(f"p cnf {self._told} {len(lines)}\n{text}\n")

    def ask(self, *assumptions: Literal) -> Answer:
        """Whether all that was required can hold together with the assumptions."""
        self.require(())
        answer = self._solver.check(*map(_symbol, assumptions))
        self._model = self._solver.model() if answer == z3.sat else None
        if answer == z3.unknown:
            self.reason = str(self._solver.reason_unknown())
        return Answer(str(answer))

    def true(self, literal: Literal) -> bool:
        """The value of a literal in the last assignment found."""
        value = self._model.eval(_variable(literal), model_completion=True)
        return bool(z3.is_true(value)) != bool(literal & 1)


def _number(literal: Literal) -> str:
    """A literal as DIMACS has it: variables count from 1, and a minus negates."""
    variable = literal // 2 + 1
    return str(-variable if literal & 1 else variable)


def _variable(literal: Literal) -> Any:
    """The constant that Z3 makes of a DIMACS variable: its name is a number, not a text."""
    context = z3.main_ctx()
    name = z3.Z3_mk_int_symbol(context.ref(), literal // 2 + 1)
    return z3.BoolRef(z3.Z3_mk_const(context.ref(), name, z3.BoolSort().ast), context)


def _symbol(literal: Literal) -> Any:
    return z3.Not(_variable(literal)) if literal & 1 else _variable(literal)


def version() -> str:
    """The version of Z3 in use."""
    return str(z3.get_version_string())

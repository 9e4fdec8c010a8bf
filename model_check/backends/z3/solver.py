"""The little that is used of a solver: clauses in, an assignment or a core out. Typed, with limits.

Z3 is always there. CaDiCaL (the extra ``sat``) answers the same questions some times faster, and
cannot be told to give up.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from enum import Enum
from importlib import import_module
from importlib.metadata import version as installed
from importlib.util import find_spec
from typing import Any

import z3  # type: ignore[import-untyped]  # ships no types; all of it that is used is below

from ....spec.lang.errors import UsageError
from .circuit import TRUE, Circuit, Literal

__all__ = ["Answer", "Cadical", "Name", "Solver", "Z3", "solver_of"]


class Answer(Enum):
    """What a solver says. UNKNOWN is an answer, with a reason, not an error."""

    SATISFIABLE = "sat"
    UNSATISFIABLE = "unsat"
    UNKNOWN = "unknown"


class Name(Enum):
    """The solvers that can be asked for."""

    Z3 = "z3"
    CADICAL = "cadical"


class Solver(ABC):
    """An incremental solver for one circuit, which may grow between calls.

    ``reason`` says why the last answer was UNKNOWN.
    """

    def __init__(self, circuit: Circuit) -> None:
        self.circuit = circuit
        self.reason = ""
        self._told: set[int] = set()

    @property
    def gates(self) -> int:
        return len(self.circuit)

    def require(self, clauses: Iterable[Sequence[Literal]]) -> None:
        """Add clauses over literals of the circuit, and what the gates they mention mean."""
        given = list(clauses)
        self._tell((x for clause in given for x in clause), given)

    def _tell(self, mentioned: Iterable[Literal], given: Sequence[Sequence[Literal]] = ()) -> None:
        lines: list[Sequence[Literal]] = [] if self._told else [(TRUE,)]
        self._told.add(TRUE >> 1)
        lines += self.circuit.clauses(mentioned, self._told)
        if lines or given:
            self._add([*lines, *given])

    def ask(self, *assumptions: Literal) -> Answer:
        """Whether all that was required can hold together with the assumptions."""
        self._tell(assumptions)
        return self._check(assumptions)

    @abstractmethod
    def true(self, literal: Literal) -> bool:
        """The value of a literal in the last assignment found, if it was mentioned before; one
        that nothing depends on may have any value."""

    @abstractmethod
    def core(self) -> frozenset[Literal]:
        """Assumptions of the last call that cannot hold together; not always the fewest."""

    @abstractmethod
    def _add(self, clauses: Sequence[Sequence[Literal]]) -> None: ...

    @abstractmethod
    def _check(self, assumptions: Sequence[Literal]) -> Answer: ...


def solver_of(circuit: Circuit, name: Name = Name.Z3, resources: int | None = None) -> Solver:
    """A solver by name. **Errors** UsageError when it is not installed, or has no such limit."""
    match name:
        case Name.Z3:
            return Z3(circuit, resources)
        case Name.CADICAL:
            if find_spec("pysat") is None:
                raise UsageError("CaDiCaL is not installed; `pip install 'ballotproof[sat]'` does")
            if resources is not None:
                raise UsageError("only Z3 can be given a limit of work; leave out one of the two")
            return Cadical(circuit)


class Z3(Solver):
    """``resources`` is Z3's own measure of work for one call (deterministic, unlike time); None for
    no limit."""

    def __init__(self, circuit: Circuit, resources: int | None = None, seed: int = 0) -> None:
        super().__init__(circuit)
        self._solver: Any = z3.SolverFor("QF_FD")
        self._solver.set("random_seed", seed)
        if resources is not None:
            self._solver.set("rlimit", resources)
        self._assumed: Sequence[Literal] = ()
        self._symbols: dict[Literal, Any] = {}

    def _add(self, clauses: Sequence[Sequence[Literal]]) -> None:
        text = "\n".join(" ".join(map(_number, clause)) + " 0" for clause in clauses)
        self._solver.from_string(f"p cnf {len(self.circuit)} {len(clauses)}\n{text}\n")

    def _check(self, assumptions: Sequence[Literal]) -> Answer:
        self._assumed = assumptions
        answer = self._solver.check(*map(self._symbol, assumptions))
        self._model = self._solver.model() if answer == z3.sat else None
        if answer == z3.unknown:
            self.reason = str(self._solver.reason_unknown())
        return Answer(str(answer))

    _model: Any = None

    def true(self, literal: Literal) -> bool:
        value = self._model.eval(self._symbol(literal & ~1), model_completion=True)
        return bool(z3.is_true(value)) != bool(literal & 1)

    def core(self) -> frozenset[Literal]:
        found = {x.get_id() for x in self._solver.unsat_core()}
        return frozenset(a for a in self._assumed if self._symbol(a).get_id() in found)

    def _symbol(self, literal: Literal) -> Any:
        """The literal as Z3 knows it, made once."""
        made = self._symbols.get(literal)
        if made is None:
            variable = _variable(literal)
            made = self._symbols[literal] = z3.Not(variable) if literal & 1 else variable
        return made


class Cadical(Solver):
    """CaDiCaL 1.9.5, as the package python-sat brings it."""

    def __init__(self, circuit: Circuit) -> None:
        super().__init__(circuit)
        solvers: Any = import_module("pysat.solvers")  # an extra, which may be missing
        self._solver: Any = solvers.Solver(name="cadical195")
        self._model: list[int] = []

    def _add(self, clauses: Sequence[Sequence[Literal]]) -> None:
        add = self._solver.add_clause
        for clause in clauses:
            add([-(x // 2 + 1) if x & 1 else x // 2 + 1 for x in clause])

    def _check(self, assumptions: Sequence[Literal]) -> Answer:
        found = self._solver.solve([-(x // 2 + 1) if x & 1 else x // 2 + 1 for x in assumptions])
        self._model = self._solver.get_model() if found else []
        return Answer.SATISFIABLE if found else Answer.UNSATISFIABLE

    def true(self, literal: Literal) -> bool:
        place = literal // 2
        value = place < len(self._model) and self._model[place] > 0
        return value != bool(literal & 1)

    def core(self) -> frozenset[Literal]:
        found = self._solver.get_core() or []
        return frozenset(2 * (abs(x) - 1) + (x < 0) for x in found)


def _number(literal: Literal) -> str:
    """A literal as DIMACS has it: variables count from 1, and a minus negates."""
    variable = literal // 2 + 1
    return str(-variable if literal & 1 else variable)


def _variable(literal: Literal) -> Any:
    """The constant that Z3 makes of a DIMACS variable: its name is a number, not a text."""
    context = z3.main_ctx()
    name = z3.Z3_mk_int_symbol(context.ref(), literal // 2 + 1)
    return z3.BoolRef(z3.Z3_mk_const(context.ref(), name, z3.BoolSort().ast), context)


def version(name: Name = Name.Z3) -> str:
    """The version of a solver in use."""
    if name is Name.Z3:
        return str(z3.get_version_string())
    return f"1.9.5 (python-sat {installed('python-sat')})"

"""Proving the conditions of a proof, one by one, in several processes."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

from ...spec.lang.errors import InternalError, SpecError, Unsupported
from ..backends.fol.question import Lowering, Question, unchanged
from ..backends.fol.signature import Style
from ..backends.fol.solver import Answer, Reply, ask_cvc5, ask_z3, cvc5_version
from ..backends.fol.strategies import FIRST, Strategy, ladder
from ..backends.fol.terms import Term, negate
from .cache import Known, Memory, digest
from .conditions import Cell, Conditions, Part
from .finite import Finite, Standing

__all__ = ["RESOURCES", "CellResult", "Prover", "Settings", "Status"]


RESOURCES = 10_000_000
"""The most work for one question, in Z3's measure: some ten seconds."""


class Status(Enum):
    """What became of a condition."""

    UNCHANGED = "unchanged"  # the action writes nothing that the claim reads
    PROVED = "proved"
    KNOWN = "known"  # proved before, and the question is the same
    IMPLIED = "implied"  # follows from other claims, which are proved
    UNKNOWN = "unknown"
    UNSUPPORTED = "unsupported"

    @property
    def holds(self) -> bool:
        return self in (Status.UNCHANGED, Status.PROVED, Status.KNOWN, Status.IMPLIED)


@dataclass(frozen=True, slots=True)
class CellResult:
    """One condition judged.

    ``lemmas`` are those it follows from, as far as the solver tells; ``confirmed`` is None where
    cvc5 was not asked. **Units** ``work`` is Z3's own measure, ``seconds`` is processor time.
    """

    name: str
    status: Status
    strategy: str = ""
    lemmas: tuple[str, ...] = ()
    work: int = 0
    seconds: float = 0.0
    reason: str = ""
    confirmed: bool | None = None
    stable: tuple[int, int] | None = None
    known: Known | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How to prove. ``resources`` is the most work for one question, in Z3's measure."""

    resources: int = RESOURCES
    jobs: int = 1
    solver: str = "z3"
    seeds: int = 0
    smtlib: Path | None = None


class NotInductive(Exception):
    """A condition is false of a finite instance, and so not to be proved."""


Hint = tuple[str, Iterable[str], Style | None, bool]
"""Lemmas that may suffice: where they are from, which, in which style, and whether by cases."""

FINITE = 20_000_000
"""The most work for one question about an instance, in Z3's measure."""


@dataclass
class Prover:
    """Proves the conditions of one proof."""

    conditions: Conditions
    settings: Settings
    memory: Memory = field(default_factory=dict)
    _finite: Finite | None = None
    _lowerings: dict[Style, Lowering] = field(default_factory=dict)

    def lowering(self, style: Style) -> Lowering:
        """The proof in a style, made once."""
        if style not in self._lowerings:
            self._lowerings[style] = Lowering(self.conditions, style)
        return self._lowerings[style]

    def prove(
        self, cells: Sequence[Cell], report: Callable[[CellResult], None] | None = None
    ) -> dict[str, CellResult]:
        """All of these conditions, in their order; ``report`` is told of each as it is done."""
        found: dict[str, CellResult] = {}
        implied = {r.name.partition("/")[2]: r for r in self.implications(cells)}

        def note(result: CellResult) -> None:
            found[result.name] = result
            if report is not None:
                report(result)

        for result in implied.values():
            note(result)
        waiting = []
        for cell in cells:
            if cell.claim in implied and cell.part in (Part.INITIATION, Part.CONSECUTION):
                lemmas = implied[cell.claim].lemmas
                note(CellResult(cell.name, Status.IMPLIED, lemmas=lemmas))
                continue
            quick = self.without_asking(cell)
            if quick is None:
                waiting.append(cell)
            else:
                note(quick)
        jobs = min(self.settings.jobs, len(waiting))
        if jobs <= 1 or "fork" not in multiprocessing.get_all_start_methods():
            for cell in waiting:
                note(self.cell(cell))
        else:
            for result in self._in_processes(waiting, jobs):
                note(result)
        order = [*(r.name for r in implied.values()), *(cell.name for cell in cells)]
        return {name: found[name] for name in order}

    def implications(self, cells: Sequence[Cell]) -> list[CellResult]:
        """The claims of the protocol that follow, in any state, from the other invariants.

        None of them is used for another one before it has been shown itself: what follows is taken
        away from what it may follow from, so that there is no circle.
        """
        wanted = [c.goal for c in cells if c.part is Part.CONSECUTION and c.goal is not None]
        base = list(self.conditions.by_name)
        found = []
        for p in dict.fromkeys(wanted):
            if p.name not in self.conditions.goals or len(base) < 2:
                continue
            cell = self.conditions.implication(p)
            among = [x for x in base if x != p.name]
            known = self.without_asking(cell)
            if known is None or not set(known.lemmas) <= set(among):
                known = self.cell(cell, among, most=FIRST)
            if known.status.holds:
                found.append(known)
                base = among
        return found

    def _in_processes(self, cells: Sequence[Cell], jobs: int) -> Iterator[CellResult]:
        """The same in processes that are copies of this one; an action stays with one of them."""
        global _prover  # noqa: PLW0603  # what the copies start from
        _prover = self
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(jobs, mp_context=context) as pool:
            waiting = [pool.submit(_cell, cell.name) for cell in cells]
            for done in as_completed(waiting):
                yield done.result()

    # ---------------------------------------------------------------------------- one condition
    def without_asking(self, cell: Cell) -> CellResult | None:
        """A condition that needs no solver: nothing relevant changes, or it was proved before."""
        if unchanged(cell):
            assert cell.goal is not None
            lemmas = (cell.goal.name,)
            return CellResult(cell.name, Status.UNCHANGED, lemmas=lemmas)
        if self.settings.seeds or self.settings.smtlib is not None:
            return None
        for known in self.memory.get(cell.name, ()):
            if self.settings.solver != "z3" and known.confirmed != (cvc5_version() or ""):
                continue
            if not set(known.lemmas) <= self.conditions.by_name.keys():
                continue
            how = (known.order, known.int_tags, known.split)
            if digest(self.conditions, cell, known.lemmas, how) == known.digest:
                return CellResult(
                    cell.name,
                    Status.KNOWN,
                    known.strategy,
                    known.lemmas,
                    known.work,
                    confirmed=True if known.confirmed else None,
                    known=known,
                )
        return None

    def cell(
        self, cell: Cell, among: Sequence[str] | None = None, most: int | None = None
    ) -> CellResult:
        """A condition, by the first strategy that proves it; from ``among``, or any invariants."""
        start_s = time.process_time()
        best = "no strategy"
        most = most or self.settings.resources
        try:
            hints = self.hints(cell, among)
            for strategy in self.strategies(cell, hints, among, most):
                reply = self.attempt(cell, strategy)
                if reply.answer is Answer.UNSATISFIABLE:
                    result = self.proved(cell, strategy, reply)
                    return replace(result, seconds=time.process_time() - start_s)
                best = reply.reason or best
        except Unsupported as error:
            return CellResult(cell.name, Status.UNSUPPORTED, reason=str(error))
        except NotInductive as error:
            best = str(error)
        seconds = time.process_time() - start_s
        return CellResult(cell.name, Status.UNKNOWN, seconds=seconds, reason=best)

    def strategies(
        self, cell: Cell, hints: list[Hint], among: Sequence[str] | None, most: int
    ) -> Iterator[Strategy]:
        """A first round for little work; then with what sufficed in the instance, and more work.

        **Errors** NotInductive when the condition is false of the instance.
        """
        yield from ladder(self.conditions, cell, hints, most=min(most, FIRST), among=among)
        if most <= FIRST:
            return
        core = self.core(cell)
        found: list[Hint] = []
        if core is not None:
            main = self.conditions.proof.order
            other = "axioms" if main == "int" else "int"
            styles = (Style(main), Style(main, int_tags=False), Style(other))
            found = [("core of the instance", core, style, False) for style in styles]
            found.append(("core of the instance, by cases", core, styles[0], True))
        yield from ladder(
            self.conditions, cell, found, most=most, among=among, least=min(most, 8 * FIRST)
        )

    def core(self, cell: Cell) -> frozenset[str] | None:
        """The lemmas that suffice in the first instance of the proof, if that can be asked.

        **Errors** NotInductive when the condition is false there.
        """
        if self._finite is None and self.conditions.proof.instances:
            model = self.conditions.proof.instances[0]
            with suppress(Unsupported, SpecError):
                self._finite = Finite(self.conditions, model, resources=FINITE)
        if self._finite is None:
            return None
        match self._finite.stands(cell):
            case Standing.HOLDS:
                return self._finite.core(cell)
            case Standing.FAILS:
                raise NotInductive(
                    f"false of the instance `{self._finite.model.name}`; "
                    f"`prove --bounded --cell {cell.name}` shows the step"
                )
            case _:
                return None

    def hints(self, cell: Cell, among: Sequence[str] | None = None) -> list[Hint]:
        """Lemmas that the text of the proof names, that sufficed before, or in an instance."""
        found: list[Hint] = []
        written = self.conditions.proof.lemmas
        names = [x for x in (cell.name, cell.claim) if x in written]
        found += [("lemmas of the text", written[x], None, False) for x in names]
        for known in self.memory.get(cell.name, ()):
            lemmas = [x for x in known.lemmas if x in (among or self.conditions.by_name)]
            style = Style(order=known.order, int_tags=known.int_tags)
            found.append((known.strategy, lemmas, style, known.split))
        return found

    def attempt(self, cell: Cell, strategy: Strategy, seed: int = 0) -> Reply:
        """All questions of a condition; refuted if each of them is."""
        used: dict[str, None] = {}
        work = 0
        lowering = self.lowering(strategy.style)
        for q in lowering.questions(cell, strategy.lemmas):
            for extra in self.branches(q) if strategy.split else [()]:
                problem = lowering.problem(q, extra)
                reply = ask_z3(lowering.signature, problem, resources=strategy.resources, seed=seed)
                work += reply.work
                if reply.answer is not Answer.UNSATISFIABLE:
                    return replace(reply, work=work)
                used.update(dict.fromkeys(reply.used))
        return Reply(Answer.UNSATISFIABLE, used=tuple(used), work=work)

    def branches(self, q: Question) -> list[tuple[Term, ...]]:
        """Every way in which the tests of the action can turn out; at most 64."""
        made: list[tuple[Term, ...]] = [()]
        for test in q.tests[:6]:
            made = [(*b, f) for b in made for f in (test, negate(test))]
        return made

    def proved(self, cell: Cell, strategy: Strategy, reply: Reply) -> CellResult:
        """A condition proved; from the lemmas that were needed, if they suffice alone."""
        lemmas = strategy.lemmas
        used = tuple(x for x in lemmas if x in reply.used)
        if used != lemmas:
            again = self.attempt(cell, replace(strategy, lemmas=used))
            if again.answer is Answer.UNSATISFIABLE:
                lemmas, reply = used, again
        confirmed = self.second(cell, replace(strategy, lemmas=lemmas))
        style = strategy.style
        how = (style.order, style.int_tags, strategy.split)
        known = Known(
            digest=digest(self.conditions, cell, lemmas, how),
            lemmas=lemmas,
            order=style.order,
            int_tags=style.int_tags,
            split=strategy.split,
            strategy=strategy.name,
            work=reply.work,
            seconds=0.0,
            confirmed=(cvc5_version() or "") if confirmed else "",
        )
        stable = self.stability(cell, replace(strategy, lemmas=lemmas))
        self.export(cell, replace(strategy, lemmas=lemmas))
        return CellResult(
            cell.name,
            Status.PROVED,
            strategy.name,
            lemmas,
            reply.work,
            confirmed=confirmed,
            stable=stable,
            known=known,
        )

    # ------------------------------------------------------------------------- second opinions
    def second(self, cell: Cell, strategy: Strategy) -> bool | None:
        """Whether cvc5 comes to the same answer; None if it is not asked.

        **Errors** InternalError when it comes to the opposite one.
        """
        if self.settings.solver == "z3":
            return None
        lowering = self.lowering(strategy.style)
        for q in lowering.questions(cell, strategy.lemmas):
            for extra in self.branches(q) if strategy.split else [()]:
                if not self.agrees(cell, q, lowering, extra):
                    return False
        return True

    def agrees(self, cell: Cell, q: Question, lowering: Lowering, extra: tuple[Term, ...]) -> bool:
        """Whether cvc5, asked in one way or another, refutes a question that Z3 has refuted."""
        problem = lowering.problem(q, extra)
        for options in CVC5_WAYS:
            reply = ask_cvc5(lowering.signature, problem, resources=CVC5_RESOURCES, options=options)
            if reply.answer is Answer.UNSATISFIABLE:
                return True
            if reply.answer is Answer.SATISFIABLE:
                raise InternalError(
                    f"solvers disagree on {cell.name}: Z3 refutes what cvc5 finds satisfiable; "
                    "--smtlib DIR writes the question"
                )
        return False

    def stability(self, cell: Cell, strategy: Strategy) -> tuple[int, int] | None:
        """With how many of so many seeds the same strategy proves the condition."""
        if not self.settings.seeds:
            return None
        done = sum(
            self.attempt(cell, strategy, seed).answer is Answer.UNSATISFIABLE
            for seed in range(1, self.settings.seeds + 1)
        )
        return done, self.settings.seeds

    def export(self, cell: Cell, strategy: Strategy) -> None:
        """The questions as files in SMT-LIB."""
        if self.settings.smtlib is None:
            return
        lowering = self.lowering(strategy.style)
        self.settings.smtlib.mkdir(parents=True, exist_ok=True)
        for number, q in enumerate(lowering.questions(cell, strategy.lemmas)):
            for case, extra in enumerate(self.branches(q) if strategy.split else [()]):
                text = lowering.signature.text(lowering.problem(q, extra))
                name = cell.name.replace("/", "-") + (f"-{number}" if number else "")
                name += f"-{case}" if case else ""
                head = [
                    f"; {q.name}, of {self.conditions.proof.protocol.__name__}",
                    f"; lemmas: {', '.join(strategy.lemmas) or 'none'}; expected: unsat",
                    "(set-info :smt-lib-version 2.6)",
                    "(set-info :status unsat)",
                    "(set-logic ALL)",
                ]
                file = self.settings.smtlib / f"{name}.smt2"
                file.write_text("\n".join(head) + f"\n{text}(check-sat)\n", encoding="utf-8")


CVC5_RESOURCES = 60_000
CVC5_WAYS: tuple[tuple[tuple[str, str], ...], ...] = (
    (),
    (("enum-inst", "true"),),
    (("finite-model-find", "true"),),
)
"""How cvc5 is asked, one way after another, each for so much work in its own measure."""

_prover: Prover | None = None


def _cell(name: str) -> CellResult:
    """One condition, in a process that is a copy of the one that asked."""
    assert _prover is not None
    cell = next(c for c in _prover.conditions.cells if c.name == name)
    return _prover.cell(cell)


def jobs_by_default() -> int:
    """As many processes as there are processors to run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

"""Proving the conditions of a proof, one by one, in several processes."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

from ...spec.lang.errors import InternalError, Unsupported
from ..backends.fol.opaque import closed
from ..backends.fol.question import Lowering, Question, unchanged
from ..backends.fol.signature import Style
from ..backends.fol.solver import Answer, Reply, ask_cvc5, ask_z3, cvc5_version
from ..backends.fol.strategies import (
    FIRST,
    Hint,
    Strategy,
    attempts,
    guesses,
    keeps,
    light,
    main_style,
)
from ..backends.fol.terms import Term, negate, parts
from ..processes import can_copy, copies
from .cache import Known, Memory, digest
from .conditions import Cell, Conditions, Part
from .cores import NotInductive, OnDemand

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


Problem = list[tuple[str, Term]]
"""Formulas with their names."""


@dataclass
class Prover:
    """Proves the conditions of one proof."""

    conditions: Conditions
    settings: Settings
    memory: Memory = field(default_factory=dict)
    cores: OnDemand | None = None
    _lowerings: dict[Style, Lowering] = field(default_factory=dict)
    _implied: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def lowering(self, style: Style) -> Lowering:
        """The proof in a style, made once; what is closed is closed in its formulas later."""
        style = replace(style, closed="")
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
        if jobs <= 1 or not can_copy():
            for cell in waiting:
                note(self.cell(cell))
        else:
            for result in self._in_processes(waiting, jobs):
                note(result)
        order = [*(r.name for r in implied.values()), *(cell.name for cell in cells)]
        return {name: found[name] for name in order}

    def implications(self, cells: Sequence[Cell]) -> list[CellResult]:
        """The claims that follow, in any state, from the other invariants.

        A lemma is tried if its text says what it may follow from, and with no more than that. What
        one follows from may follow from others itself, but not from that one: there is no circle.
        """
        wanted = [c.goal for c in cells if c.part is Part.CONSECUTION and c.goal is not None]
        found = []
        order = self.conditions.order
        for p in sorted(dict.fromkeys(wanted), key=lambda p: -order[p.name]):  # the last ones first
            among = [x for x in self.conditions.by_name if not self.rests_on(x, p.name)]
            if p.name not in self.conditions.goals:
                reasons = self.conditions.reasons(p.name)
                among = [x for x in among if x in reasons]
            if not among:
                continue
            cell = self.conditions.implication(p)
            known = self.without_asking(cell)
            if known is None or not set(known.lemmas) <= set(among):
                known = self.cell(cell, among)
            if known.status.holds:
                found.append(known)
                self._implied[p.name] = known.lemmas
        return found

    def rely(self, claim: str, lemmas: tuple[str, ...]) -> None:
        """Take it that a claim follows from others, in any state, as was shown elsewhere."""
        self._implied[claim] = lemmas

    def rests_on(self, name: str, claim: str) -> bool:
        """Whether an invariant is a claim, or was shown to follow from others that rest on it."""
        return name == claim or any(self.rests_on(x, claim) for x in self._implied.get(name, ()))

    def rank(self, name: str) -> int:
        """Where an invariant stands in the argument; what follows from others, after these."""
        if name in self._implied:
            return max(map(self.rank, self._implied[name]), default=0)
        return self.conditions.order[name]

    def kept(self, cell: Cell) -> list[str]:
        """The invariants that may be assumed of the state after the step, with a prime each: those
        that are kept for reasons which do not include this condition."""
        if cell.part is Part.STEP:
            return [f"{x}'" for x in self.conditions.by_name]
        if cell.part is not Part.CONSECUTION:
            return []
        here = self.conditions.order[cell.claim]
        return [f"{x}'" for x in self.conditions.by_name if self.rank(x) < here]

    def _in_processes(self, cells: Sequence[Cell], jobs: int) -> Iterator[CellResult]:
        """The same in processes that are copies of this one; an action stays with one of them."""
        global _prover  # noqa: PLW0603  # what the copies start from
        _prover = self
        with copies(jobs) as pool:
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
        allowed = {*self.conditions.by_name, *self.kept(cell)}
        for known in self.memory.get(cell.name, ()):
            if self.settings.solver != "z3" and known.confirmed != (cvc5_version() or ""):
                continue
            if not set(known.lemmas) <= allowed:
                continue
            how = (known.style, known.split)
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

    def cell(self, cell: Cell, among: Sequence[str] | None = None) -> CellResult:
        """A condition, by the first strategy that proves it; from ``among``, or any invariants."""
        start_s = time.process_time()
        best = "no strategy"
        try:
            if cell.part is Part.CONSECUTION and self.says_the_same(cell):
                return CellResult(cell.name, Status.UNCHANGED, lemmas=(cell.claim,))
            for strategy in self.strategies(cell, among):
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

    def says_the_same(self, cell: Cell) -> bool:
        """Whether the claim says in the same words after the step what it said before."""
        return not self.lowering(main_style(self.conditions)).questions(cell, ())

    def strategies(self, cell: Cell, among: Sequence[str] | None = None) -> Iterator[Strategy]:
        """The ladder: what sufficed before, the reasons of the text, the core of an instance, and
        what can be guessed; for little work first.

        **Errors** NotInductive when the condition is false of the instance.
        """
        main = main_style(self.conditions)
        most = self.settings.resources
        named = self.named(cell, among)
        for h in self.remembered(cell, among):
            yield Strategy(h.name, h.lemmas, h.style or main, min(most, 10 * FIRST), h.split)
        if among is not None:
            little = min(most, FIRST)
            yield from light(main, self.exactly(cell, among), most)
            yield from attempts(main, named, [little], styles=2)
            yield from attempts(main, self.guessed(cell, among), [little], styles=0)
            return
        small, little, more = (min(most, x) for x in (FIRST // 4, FIRST, 3 * FIRST))
        yield from attempts(main, named, [small, little], styles=0)
        yield from light(main, self.exactly(cell), most)
        yield from attempts(main, named, [little], styles=2)
        yield from attempts(main, named, [more], styles=2)
        cores = self.from_core(cell)
        yield from light(main, cores[:1], most)
        found = [*named, *cores]
        yield from attempts(main, found, [little, min(most, 8 * FIRST)])
        yield from attempts(main, [*found, *self.guessed(cell)], [most])

    # -------------------------------------------------------------------------- what may suffice
    def hint(self, cell: Cell, name: str, lemmas: Iterable[str], among: Iterable[str]) -> Hint:
        """Lemmas in the order of the text, the claim itself among them where it is one."""
        own = [cell.claim] if keeps(cell) else []
        wanted = {*lemmas, *own}
        return Hint(name, tuple(x for x in among if x in wanted))

    def usable(self, cell: Cell, among: Sequence[str] | None) -> list[str]:
        """All that may be assumed."""
        return [*(self.conditions.by_name if among is None else among), *self.kept(cell)]

    def remembered(self, cell: Cell, among: Sequence[str] | None) -> list[Hint]:
        """What sufficed before."""
        usable = self.usable(cell, among)
        return [
            replace(
                self.hint(cell, known.strategy, known.lemmas, usable),
                style=known.style,
                split=known.split,
            )
            for known in self.memory.get(cell.name, ())
        ]

    def named(self, cell: Cell, among: Sequence[str] | None = None) -> list[Hint]:
        """What the proof names for this condition, or for its claim; the reasons that the text of
        the claim gives, also of the state after; and with their reasons."""
        usable = self.usable(cell, among)
        written = self.conditions.proof.lemmas
        found = [
            self.hint(cell, "lemmas of the text", written[x], usable)
            for x in (cell.name, cell.claim)
            if x in written
        ]
        if keeps(cell):
            found.append(self.hint(cell, "goal only", (), usable))
        reasons = self.conditions.reasons(cell.claim)
        after = [f"{x}'" for x in reasons]
        further = [y for x in reasons for y in (x, *self.conditions.reasons(x))]
        found.append(self.hint(cell, "reasons of the text", reasons, usable))
        found.append(self.hint(cell, "reasons of the text, kept", [*reasons, *after], usable))
        found.append(self.hint(cell, "their reasons", further, usable))
        return found

    def exactly(self, cell: Cell, among: Sequence[str] | None = None) -> list[Hint]:
        """What the proof names for this condition, or the reasons of its claim, and no more."""
        written = self.conditions.proof.lemmas
        here = next((written[x] for x in (cell.name, cell.claim) if x in written), ())
        reasons = self.conditions.reasons(cell.claim)
        sets = {"lemmas of the text": here, "reasons of the text": reasons}
        usable = self.conditions.by_name if among is None else among
        return [Hint(x, tuple(y for y in usable if y in ls)) for x, ls in sets.items()]

    def from_core(self, cell: Cell) -> list[Hint]:
        """What sufficed on an instance; with the reasons of the text.

        **Errors** NotInductive when the condition is false of the instance.
        """
        core = None if self.cores is None else self.cores.core(cell)
        if core is None:
            return []
        usable = self.usable(cell, None)
        reasons = self.conditions.reasons(cell.claim)
        after = [f"{x}'" for x in reasons]
        return [
            self.hint(cell, "core of the instance", core, usable),
            self.hint(cell, "core and reasons", [*core, *reasons], usable),
            self.hint(cell, "core and reasons, kept", [*core, *reasons, *after], usable),
        ]

    def guessed(self, cell: Cell, among: Sequence[str] | None = None) -> list[Hint]:
        """What the specification suggests, and everything."""
        usable = self.usable(cell, among)
        own = (cell.claim,) if keeps(cell) else ()
        made = guesses(self.conditions, cell, own)
        return [self.hint(cell, name, lemmas, usable) for name, lemmas in made.items()]

    def attempt(self, cell: Cell, strategy: Strategy, seed: int = 0) -> Reply:
        """All questions of a condition; refuted if each of them is."""
        used: dict[str, None] = {}
        work = 0
        lowering = self.lowering(strategy.style)
        problems, special = self.problems(lowering, cell, strategy)
        if problems and not special:
            return Reply(Answer.UNKNOWN)
        for problem in problems:
            reply = ask_z3(lowering.signature, problem, resources=strategy.resources, seed=seed)
            work += reply.work
            if reply.answer is not Answer.UNSATISFIABLE:
                return replace(reply, work=work)
            used.update(dict.fromkeys(reply.used))
        return Reply(Answer.UNSATISFIABLE, used=tuple(used), work=work)

    def problems(
        self, lowering: Lowering, cell: Cell, strategy: Strategy
    ) -> tuple[list[Problem], bool]:
        """The formulas of each question as a strategy puts them; and whether any of them differs
        from what the same strategy gives with nothing closed, or with nothing left out."""
        style = strategy.style
        special = not style.closed and style.laws
        made = []
        questions = lowering.questions(cell, strategy.lemmas)
        sorts = frozenset(lowering.signature.subsets) if style.closed == "quorums" else None
        for q in questions:
            for extra in self.branches(q) if strategy.split else [()]:
                problem = lowering.problem(q, extra)
                shorter = closed(problem, sorts) if style.closed else None
                changed = shorter is not None if style.closed else lowering.leaves_out(problem)
                special = special or changed
                made.append(shorter or problem)
        return made, special

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
        how = (style, strategy.split)
        known = Known(
            digest=digest(self.conditions, cell, lemmas, how),
            lemmas=lemmas,
            style=style,
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
        problems, _ = self.problems(lowering, cell, strategy)
        if all(self.agrees(cell, problem, lowering) for problem in problems):
            return True
        return self.agrees_otherwise(cell, strategy)

    def agrees(self, cell: Cell, problem: Problem, lowering: Lowering) -> bool:
        """Whether cvc5, asked in one way or another, refutes a question that Z3 has refuted."""
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

    def agrees_otherwise(self, cell: Cell, strategy: Strategy) -> bool:
        """Whether cvc5 refutes the same condition, from the same lemmas, put in another way: each
        conjunct of the claim is a question.

        A style may leave something out, so that a model which cvc5 finds refutes nothing.
        """
        main = main_style(self.conditions)
        for leaner, options in CVC5_STYLES:
            style = replace(main, named=False, laws=leaner.laws, closed=leaner.closed)
            lowering = self.lowering(style)
            replies = (
                ask_cvc5(lowering.signature, problem, resources=CVC5_RESOURCES, options=options)
                for q in lowering.questions(cell, strategy.lemmas)
                for part in parts(q.goal)
                for problem in [self.shortened(lowering, replace(q, goal=part), style)]
            )
            if all(reply.answer is Answer.UNSATISFIABLE for reply in replies):
                return True
        return False

    def shortened(self, lowering: Lowering, q: Question, style: Style) -> Problem:
        """The formulas of a question, with all closed that the style says."""
        problem = lowering.problem(q)
        return (closed(problem, None) if style.closed else None) or problem

    def stability(self, cell: Cell, strategy: Strategy) -> tuple[int, int] | None:
        """With how many of so many seeds the same strategy proves the condition, within the most
        work that is allowed for a question."""
        if not self.settings.seeds:
            return None
        strategy = replace(strategy, resources=self.settings.resources)
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
        for number, problem in enumerate(self.problems(lowering, cell, strategy)[0]):
            text = lowering.signature.text(problem)
            name = re.sub("[/ ]", "-", cell.name) + (f"-{number}" if number else "")
            head = [
                f"; {cell.name}, of {self.conditions.proof.protocol.__name__}",
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


@dataclass(frozen=True, slots=True)
class Leaner:
    """A style that says less: of quorums, or of what can be closed."""

    laws: bool
    closed: str = ""


CVC5_STYLES: tuple[tuple[Leaner, tuple[tuple[str, str], ...]], ...] = (
    (Leaner(laws=False), (("user-pat", "interleave"),)),
    (Leaner(laws=False, closed="all"), (("user-pat", "interleave"),)),
    (Leaner(laws=True), ()),
)
"""How else a condition is put to cvc5, after the way in which Z3 has refuted it. Its own patterns
are tried beside ours."""

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

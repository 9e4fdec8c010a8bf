"""Finding the lemmas that are missing: what excludes the states from which induction fails.

A condition that fails in a finite instance gives a state and a step (a CTI). A lemma that is
missing is false of that state, and true of all that can be reached. So of the candidates that are
true of every state met, those count that exclude a CTI; of these the largest set is kept that is
inductive on the instance together with the invariants (Houdini). What is dropped on the way gives
CTIs of its own, which other candidates exclude; so it goes on, some rounds. Then the fewest that
close all conditions of the instance are chosen, and proved for every size.

**Source** C. Flanagan, K. R. M. Leino, "Houdini, an Annotation Assistant for ESC/Java" (FME 2001),
for the largest inductive set of candidates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec

from ...spec.lang.errors import UsageError
from ...spec.lang.model import Model
from ...spec.lang.proof import Proof
from ..backends.run import execution_of
from ..backends.z3.circuit import FALSE
from ..backends.z3.solver import Answer, Name
from ..induction.cache import Memory
from ..induction.conditions import Cell, Conditions, Part, conditions_of
from ..induction.cores import OnDemand
from ..induction.cti import shrunk
from ..induction.finite import Finite, Standing
from ..induction.minimise import Minimiser
from ..induction.prover import CellResult, Prover, Settings
from ..mutation.search import instances_of, smaller
from ..summary import count
from .states import Met, states_of
from .table import Row, Tables
from .text import Candidate, extended

__all__ = ["Effort", "Suggested", "Suggester"]

MORE = 24
"""So many candidates are tried together for every size, the simplest."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How far to look: ``states`` of each instance, ``rounds`` of counterexamples, and for each of
    them so many candidates (``each``)."""

    states: int = 1_000
    rounds: int = 6
    each: int = 12


@dataclass
class Suggested:
    """What was found.

    ``failing`` are the conditions that fail in the instance as the proof stands, ``left`` those
    that fail still. ``closing`` are lemmas without any of which a condition fails, which ``needed``
    names; ``proved`` says
    of each candidate whether it holds for every size, and ``open`` which conditions of the proof,
    with them, are not proved. ``others`` are invariants that close nothing.
    """

    failing: list[str]
    left: list[str] = field(default_factory=list)
    closing: dict[str, Candidate] = field(default_factory=dict)
    others: dict[str, Candidate] = field(default_factory=dict)
    proved: dict[str, bool] = field(default_factory=dict)
    needed: dict[str, str] = field(default_factory=dict)
    results: Mapping[str, CellResult] = field(default_factory=dict)
    met: list[Met] = field(default_factory=list)
    candidates: int = 0
    broken: tuple[str, ...] = ()

    @property
    def open(self) -> list[str]:
        return [name for name, r in self.results.items() if not r.status.holds]


@dataclass
class _Pooled:
    """A candidate in the pool, with the table and the literals that it is made of."""

    candidate: Candidate
    table: int
    signed: tuple[tuple[int, bool], ...]
    excludes: set[int] = field(default_factory=set)


class Suggester:
    """Looks for lemmas of one proof. **Errors** UsageError when it names no instance."""

    def __init__(
        self, proof: Proof, effort: Effort, settings: Settings, say: Say = lambda _: None
    ) -> None:
        if not proof.instances:
            raise UsageError(f"the proof {proof.name!r} names no instance to look for states in")
        self.proof = proof
        self.effort = effort
        self.settings = settings
        self.say = say
        self.conditions = conditions_of(proof)
        self.model: Model = min(proof.instances, key=lambda m: m.slow)
        self.existing = [p.name for p in self.conditions.invariants]
        self.solver = Name.CADICAL if find_spec("pysat") else Name.Z3

    # ------------------------------------------------------------------------------ the search
    def run(self) -> Suggested:
        finite = self.finite(self.conditions)
        failing = self.failing(finite, self.existing)
        made = Suggested([c.name for c in failing])
        if not failing:
            return made
        self.say("states of small instances")
        made.met = self.states()
        made.broken = tuple(dict.fromkeys(x for m in made.met for x in m.broken))
        if made.broken:
            return made
        self.tables = Tables(self.proof.protocol, self.conditions.spec)
        for met in made.met:
            for state in met.states:
                self.tables.add(met.execution, state)
        self.pool = self.pooled()
        made.candidates = len(self.pool)
        alive, finite = self.rounds(finite, failing)
        names = [*self.existing, *alive]
        made.left = [c.name for c in self.failing(finite, names)]
        self.decide(made, alive, finite)
        return made

    def finite(self, conditions: Conditions) -> Finite:
        return Finite(conditions, self.model, solver=self.solver)

    def failing(self, finite: Finite, names: Sequence[str]) -> list[Cell]:
        """The conditions of what the proof has that fail when these are assumed."""
        claims = {*self.existing, *(p.name for p in self.conditions.steps), ""}
        return [
            c
            for c in finite.conditions.cells
            if c.claim in claims
            and c.part is not Part.INITIATION
            and finite.stands(c, names) is Standing.FAILS
        ]

    def states(self) -> list[Met]:
        """States of the instance of the proof, of a smaller one, all of which can perhaps be seen,
        and of the first quick model of the protocol."""
        models = instances_of(self.proof) or [self.model]
        chosen = {m.name: m for m in (*models[:1], *models[-1:])}
        least = smaller(models[-1])
        if least is not None:
            chosen[least.name] = least
        return [states_of(self.conditions, m, self.effort.states) for m in chosen.values()]

    def pooled(self) -> list[_Pooled]:
        """All candidates that are true of every state met, simple ones first."""
        made = []
        for number, table in enumerate(self.tables.tables):
            places = {x.text: i for i, x in enumerate(table.literals)}
            for c in table.candidates():
                signed = tuple((places[x.text], positive) for x, positive in c.literals)
                made.append(_Pooled(c, number, signed))
        return sorted(made, key=lambda x: x.candidate.weight)

    # ------------------------------------------------------------------------------ the rounds
    def rounds(
        self, finite: Finite, failing: Sequence[Cell]
    ) -> tuple[dict[str, Candidate], Finite]:
        """Candidates that are inductive together with the invariants, and exclude what they can."""
        chosen: dict[str, Candidate] = {}
        alive: dict[str, Candidate] = {}
        self.seen = 0
        cells: Sequence[Cell] = failing
        names = list(self.existing)
        for number in range(self.effort.rounds):
            self.say(f"round {number + 1}: {len(cells)} conditions fail")
            fresh = [r for c in cells if (r := self.rows_of(finite, c, names)) is not None]
            new = self.choose(fresh, chosen)
            if not new:
                break
            chosen |= new
            finite = self.finite(conditions_of(extended(self.proof, chosen)))
            alive = self.houdini(finite, chosen)
            names = [*self.existing, *alive]
            cells = self.failing(finite, names)
            if not cells:
                break
            lost = [c for c in chosen if c not in alive]
            cells = [*cells, *self.why_lost(finite, names, lost)]
        return alive, finite

    def rows_of(self, finite: Finite, cell: Cell, names: Sequence[str]) -> list[list[Row]] | None:
        """What is true of the state of a counterexample to a condition, made small; None if there
        is none, or it is an initial state."""
        whole = finite.hypotheses
        finite.hypotheses = {x: whole[x] for x in names}
        try:
            if finite.stands(cell) is not Standing.FAILS:
                return None
            found = shrunk(finite, cell)
        finally:
            finite.hypotheses = whole
        if found.before is None:
            return None
        execution = execution_of(finite.model.protocol, finite.model, finite.codec.universe)
        return self.tables.rows(execution, finite.codec.decode_state(found.before))

    def why_lost(self, finite: Finite, names: Sequence[str], lost: Iterable[str]) -> list[Cell]:
        """A failing condition of each candidate that was dropped, for some of them."""
        found = []
        for name in lost:
            for c in finite.conditions.cells:
                if c.claim == name and c.part is Part.CONSECUTION:
                    if finite.stands(c, [*names, name]) is Standing.FAILS:
                        found.append(c)
                        break
            if len(found) == self.effort.each:
                break
        return found

    def choose(
        self, states: Sequence[list[list[Row]]], chosen: Mapping[str, Candidate]
    ) -> dict[str, Candidate]:
        """For each state some candidates that exclude it: what excludes many, and is simple."""
        fresh = range(self.seen, self.seen + len(states))
        self.seen += len(states)
        for number, state in zip(fresh, states, strict=True):
            columns = [
                (t.columns(rows), (1 << len(rows)) - 1)
                for t, rows in zip(self.tables.tables, state, strict=True)
            ]
            for x in self.pool:
                signs, full = columns[x.table]
                bits = 0
                for i, positive in x.signed:
                    bits |= signs[i][not positive]
                if bits != full:
                    x.excludes.add(number)
        taken = {c.said for c in chosen.values()}
        new: dict[str, Candidate] = {}
        for number in fresh:
            useful = [x for x in self.pool if number in x.excludes]
            useful.sort(key=lambda x: (-len(x.excludes), x.candidate.weight))
            simple = sorted(useful, key=lambda x: x.candidate.weight)
            for x in [*useful[: self.effort.each], *simple[: self.effort.each]]:
                if x.candidate.said not in taken:
                    taken.add(x.candidate.said)
                    new[self.fresh_name(x.candidate, {*chosen, *new})] = x.candidate
        return new

    def fresh_name(self, candidate: Candidate, taken: set[str]) -> str:
        name, number = candidate.name, 2
        while name in taken or hasattr(self.proof.protocol, name):
            name, number = f"{candidate.name}_{number}", number + 1
        return name

    def houdini(self, finite: Finite, chosen: Mapping[str, Candidate]) -> dict[str, Candidate]:
        """The largest set of candidates that holds initially and is kept by every action, if the
        invariants hold. **Cost** one question for each action and each time that some are lost."""
        alive = dict(chosen)
        for cell in finite.conditions.cells:
            if cell.claim in alive and cell.part in (Part.INITIATION, Part.DEFINED):
                if finite.stands(cell, [*self.existing]) is not Standing.HOLDS:
                    del alive[cell.claim]
        by_action: dict[str, list[Cell]] = {}
        for cell in finite.conditions.cells:
            if cell.part is Part.CONSECUTION and cell.claim in chosen:
                by_action.setdefault(cell.row, []).append(cell)
        changed = True
        while changed:
            changed = False
            for cells in by_action.values():
                while lost := self.lost(finite, cells, alive):
                    changed = True
                    for name in lost:
                        del alive[name]
        return alive

    def lost(
        self, finite: Finite, cells: Sequence[Cell], alive: Mapping[str, Candidate]
    ) -> list[str]:
        """Candidates that one step of an action breaks, from a state with all that are alive."""
        bad = {c.claim: finite.broken(c) for c in cells if c.claim in alive}
        possible = {x: parts for x, parts in bad.items() if FALSE not in parts}
        if not possible:
            return []
        circuit = finite.circuit
        any_bad = circuit.any([parts[-1] for parts in possible.values()])
        step = next(iter(possible.values()))[:-1]
        hypotheses = [finite.hypotheses[x] for x in (*self.existing, *alive)]
        if finite.solver.ask(any_bad, *step, *hypotheses) is Answer.UNSATISFIABLE:
            return []
        return [x for x, parts in possible.items() if finite.solver.true(parts[-1])]

    # ------------------------------------------------------------------------------ what is kept
    def decide(self, made: Suggested, alive: Mapping[str, Candidate], finite: Finite) -> None:
        """The fewest candidates that close the instance; then every size."""
        needed = self.supporting(finite, alive)
        if not made.left:
            needed = made.closing = self.fewest(needed, made)
        elif not needed:
            needed = dict(alive)
        self.say(f"every size, with {count(len(needed), 'candidate')}")
        self.every_size(made, needed)
        if made.closing and made.open:
            self.more(made, alive)
        if made.left or made.open:
            made.others = {x: c for x, c in needed.items() if x not in made.closing}

    def more(self, made: Suggested, alive: Mapping[str, Candidate]) -> None:
        """What closes the instance may be too little for larger ones: the same with all that is
        inductive, of which as few are kept as are needed."""
        simple = [(x, c) for x, c in alive.items() if x in made.closing or not c.of_quorums]
        order = dict(sorted(simple, key=lambda x: (x[0] not in made.closing, x[1].weight))[:MORE])
        self.say(f"every size, with {count(len(order), 'candidate')}")
        conditions = conditions_of(extended(self.proof, order))
        minimiser = self.minimiser(conditions, bounded=False)
        if minimiser.proved(conditions) is None:
            return
        least = minimiser.run()
        made.closing = {x: c for x, c in order.items() if x in least.conditions.by_name}
        made.needed = {x: why.partition(" ")[0] for x, why in least.needed.items()}
        made.results = least.results
        made.proved = dict.fromkeys(made.closing, True)

    def supporting(self, finite: Finite, alive: Mapping[str, Candidate]) -> dict[str, Candidate]:
        """The candidates that the invariants rest on in the instance, and those that these do."""
        names = [*self.existing, *alive]
        by_claim: dict[str, list[Cell]] = {}
        for cell in finite.conditions.cells:
            by_claim.setdefault("" if cell.claim not in alive else cell.claim, []).append(cell)
        found: dict[str, Candidate] = {}
        work = [""]
        while work:
            for cell in by_claim.get(work.pop(), ()):
                if cell.part is Part.INITIATION:
                    continue
                if finite.stands(cell, names) is Standing.HOLDS:
                    for x in finite.core(cell, names):
                        if x in alive and x not in found:
                            found[x] = alive[x]
                            work.append(x)
        return {x: c for x, c in alive.items() if x in found}

    def fewest(self, needed: Mapping[str, Candidate], made: Suggested) -> dict[str, Candidate]:
        """As few of them as close the instance; what is not simple is left out first."""
        order = dict(sorted(needed.items(), key=lambda x: x[1].weight))
        conditions = conditions_of(extended(self.proof, order))
        least = self.minimiser(conditions, bounded=True).run()
        made.needed = {x: why.partition(" ")[0] for x, why in least.needed.items()}
        return {x: c for x, c in order.items() if x in least.conditions.by_name}

    def minimiser(self, conditions: Conditions, *, bounded: bool) -> Minimiser:
        kept = frozenset({*self.existing, *(p.name for p in self.conditions.steps)})
        cores = OnDemand(conditions, cache=False)
        cores.solver = self.solver
        return Minimiser(conditions, self.settings, {}, cores, kept, bounded)

    def every_size(self, made: Suggested, chosen: Mapping[str, Candidate]) -> None:
        """Prove the proof with these lemmas; which of them hold whatever the size is."""
        conditions = conditions_of(extended(self.proof, chosen))
        memory: Memory = {}
        cores = OnDemand(conditions, cache=False)
        prover = Prover(conditions, self.settings, memory, cores)
        results = prover.prove(conditions.cells)
        made.results = results
        certain = certain_of(conditions, results)
        made.proved = {x: x in certain for x in chosen}


def certain_of(conditions: Conditions, results: Mapping[str, CellResult]) -> set[str]:
    """The invariants all of whose conditions are proved from invariants of which the same is true:
    those hold in every reachable state, whatever the size, if actions read nothing that is not
    there."""
    found = set(conditions.by_name)
    while True:
        lost = set()
        for cell in conditions.cells:
            if cell.claim not in found:
                continue
            r = results[cell.name]
            if not r.status.holds or not {x.removesuffix("'") for x in r.lemmas} <= found:
                lost.add(cell.claim)
        if not lost:
            return found
        found -= lost

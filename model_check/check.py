"""Checking one model: its assumptions, then a search, then the verdict with all it rests on.

This is what the command line calls, and what a test of a user's own protocol calls.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from .. import __version__
from ..spec.lang.diagnostics import Diagnostic
from ..spec.lang.errors import InternalError, SpecError, Unsupported, UsageError
from ..spec.lang.model import Deadlocks, Model, laws_of
from ..spec.lang.model import Holds as ExpectHolds
from ..spec.lang.model import Violated as ExpectViolated
from ..spec.lang.protocol import methods_of
from ..spec.lang.values import Universe
from .bounds import Bounds, bounds_of, claims_of_long_run
from .counterexample import Behaviour, Claim, Counterexample, behaviour_of
from .engine import Engine, system_of
from .explanation import claim_of, first_sentences
from .explore.breadth_first import breadth_first
from .explore.claims import Claims, Kind
from .explore.depth_first import depth_first
from .explore.fairness import Account, account_of, demands_of
from .explore.liveness import judge_long_run, telling_state
from .explore.random_walk import random_walks, walk
from .explore.resources import NO_RESOURCES, Resources
from .explore.search import NO_LIMITS, Exploration, Finding, Limits, MistakeFound, Path, Why
from .explore.shorten import shorten
from .explore.system import Form, LongRun, State, System
from .explore.takeover import WORTH_STEPS, with_takeover
from .rendering import render, render_call
from .verdict import (
    ActionCoverage,
    AssumptionFalse,
    DeadAction,
    Deadlocked,
    Evidence,
    Holds,
    Property,
    Unknown,
    Verdict,
    Violated,
    Violation,
)

if TYPE_CHECKING:
    from .backends.symmetry import Symmetry

__all__ = [
    "Examination",
    "Mistake",
    "Order",
    "Walks",
    "check",
    "property_names",
    "sample",
    "simulate",
    "with_options",
]

STATES_FOR_GUARDS = 20_000
STATES_FOR_GUARDS_IN_HASTE = 2_000
"""Over how many states, evenly spread, the guards of a dead action are counted at most; fewer when
a limit has ended the search."""

Report = Callable[[Exploration], None]


class Order(Enum):
    """In which order states are visited."""

    BREADTH_FIRST = "breadth first"
    DEPTH_FIRST = "depth first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Walks:
    """A plan for random walks. **Units** ``steps`` is the length of each at most."""

    MANY: ClassVar[int] = 1 << 40
    """More walks than can be taken: until a limit of time or states ends them."""

    seed: int
    number: int = 100
    steps: int = 100
    first: int = 0


class Mistake(SpecError):
    """A mistake that the specification makes at run time, with the behaviour that leads to it."""

    def __init__(self, error: SpecError, behaviour: Behaviour | None) -> None:
        super().__init__(error.code, error.message, error.advice, error.span)
        self.behaviour = behaviour


# ------------------------------------------------------------------------------------ options
def with_options(
    model: Model,
    *,
    properties: Sequence[str] = (),
    deadlock: bool | None = None,
    symmetry: bool | None = None,
) -> Model:
    """The model, checked for other properties, and with deadlocks allowed or not.

    What was expected of it is kept as far as it still speaks of what is checked.
    **Errors** UsageError for a property that the protocol does not have.
    """
    expect = model.expect
    if properties:
        known = property_names(model)
        for name in properties:
            if name not in known:
                close = get_close_matches(name, known, n=1)
                hint = f"did you mean {close[0]}?" if close else f"it has {', '.join(known)}"
                raise UsageError(f"{model.protocol.__name__} has no property {name}; {hint}")
        model = replace(model, properties=tuple(properties))
        if isinstance(expect, ExpectViolated) and expect.property not in properties:
            expect = None
    if deadlock is not None and deadlock != model.deadlock:
        model = replace(model, deadlock=deadlock)
        if isinstance(expect, Deadlocks):
            expect = None
    if symmetry is not None and symmetry != model.symmetry:
        counted = model.symmetry is True
        model = replace(model, symmetry=symmetry)
        if isinstance(expect, ExpectHolds) and symmetry is not counted:
            expect = replace(expect, states=None)
    return replace(model, expect=expect)


def property_names(model: Model) -> list[str]:
    """All that can be checked of a model, by name."""
    kinds = ("invariant", "step_invariant", "reachable", *(f.value for f in Form), "refines")
    return [name for kind in kinds for name in methods_of(model.protocol, kind)]


# -------------------------------------------------------------------------------------- check
def check(
    model: Model,
    *,
    engine: Engine = Engine.AUTO,
    order: Order = Order.BREADTH_FIRST,
    limits: Limits = NO_LIMITS,
    keep_going: bool = False,
    cache: bool = True,
    checked: bool = False,
    report: Report | None = None,
    resources: Resources = NO_RESOURCES,
) -> Verdict:
    """Explore every state of a model, within the limits, and judge all that is claimed of it.

    ``cache`` says whether machine code is kept between runs, ``checked`` whether it tests every
    index and bound; ``resources`` are for the engine native.

    **Errors** SpecError when the specification cannot be read, or makes a mistake at run time.
    """
    if model.symmetry and order is not Order.BREADTH_FIRST:
        raise UsageError("symmetry is for breadth-first search; leave out --search dfs")

    if engine is Engine.NATIVE and order is not Order.BREADTH_FIRST:
        raise UsageError("the engine native searches breadth first; leave out --search dfs")
    long_run = claims_of_long_run(model)
    if long_run and model.symmetry:
        raise Diagnostic.LIVENESS_SYMMETRY.error(model.at("symmetry"), name=long_run[0])

    if resources != NO_RESOURCES and engine is not Engine.NATIVE:
        raise UsageError(
            "--threads, --memory, --disk, --checkpoint, --cluster and --fingerprint are for the "
            "engine native; add --engine native"
        )
    if checked and engine is not Engine.NATIVE:
        raise UsageError("--checked is for the engine native; add --engine native")
    if resources.workers is not None and resources.cluster is None:
        raise UsageError("--workers is for --cluster")
    if resources.cluster is not None and (resources.checkpoint or resources.threads):
        raise UsageError("--threads and --checkpoint are for one machine; leave out --cluster")
    if resources.checkpoint is not None and keep_going:
        raise UsageError("--checkpoint keeps one search; leave out --keep-going")
    if resources.checkpoint is not None and resources.disk is not None:
        raise UsageError("the directory of --checkpoint has all states; leave out --disk")
    if resources.fingerprint is not None:
        refuse_fingerprints(resources, long_run)

    def explore(system: System, claims: Claims) -> Exploration:
        found = visit(system, claims)
        if claims.liveness and found.complete and (keep_going or not found.findings):
            if engine is Engine.NATIVE:
                found.expanded = states_again(system, found, limits)
            judge_long_run(
                system,
                claims,
                found,
                demands_of(model),
                limits,
                keep_going=keep_going,
                report=report,
            )
        return found

    def visit(system: System, claims: Claims) -> Exploration:
        symmetry = symmetry_of(system) if by_orbits(model, engine, order) else None
        if symmetry is not None and (model.symmetry or symmetry.order > 1):
            examination.permutations = symmetry.order
        if engine is Engine.NATIVE:
            return natively(
                system,
                claims,
                limits,
                keep_going=keep_going,
                cache=cache,
                checked=checked,
                report=report,
                symmetry=symmetry,
                resources=resources,
            )
        if order is not Order.BREADTH_FIRST:
            return depth_first(system, claims, limits, keep_going=keep_going, report=report)
        orbit = None if symmetry is None else symmetry.orbit
        if engine is Engine.AUTO and not claims.liveness:  # the long run needs all states here
            return begun(system, claims, symmetry)
        return breadth_first(
            system, claims, limits, keep_going=keep_going, report=report, orbit=orbit
        )

    def begun(system: System, claims: Claims, symmetry: Symmetry | None) -> Exploration:
        """By the interpreter, until the native engine takes over."""

        def other(rest: Limits) -> Exploration:
            return natively(
                system,
                claims.anew(),
                rest,
                keep_going=keep_going,
                cache=cache,
                report=report,
                symmetry=symmetry,
                resources=resources,
            )

        expected = None
        if isinstance(model.expect, ExpectHolds):
            expect = model.expect
            expected = expect.states if symmetry is None else expect.orbits or expect.states
        outcome = with_takeover(
            system,
            claims,
            other,
            limits,
            expected_states=expected,
            keep_going=keep_going,
            report=report,
            orbit=None if symmetry is None else symmetry.orbit,
        )
        if outcome.taken_over:
            examination.engines = "interpret, then native"
        elif outcome.refused is not None:
            examination.note = f"native cannot run it: {outcome.refused}"
        return outcome.result

    examination = Examination(model, engine, order.value)
    verdict = examination.verdict(explore, shortest=order is Order.BREADTH_FIRST)
    if isinstance(verdict, Holds) and not verdict.evidence.states:
        return Unknown(verdict.evidence, Why.NOTHING)  # a claim about no state is no news
    return verdict


def refuse_fingerprints(resources: Resources, long_run: Sequence[str]) -> None:
    """**Errors** UsageError where states are needed that a search with fingerprints forgets."""
    if resources.cluster is not None:
        raise UsageError(
            "the workers of a cluster keep states as a whole; leave out --cluster or --fingerprint"
        )
    if resources.checkpoint is not None:
        raise UsageError(
            "a checkpoint holds states as a whole, which --fingerprint does not keep; "
            "leave out --checkpoint or --fingerprint"
        )
    if resources.disk is not None:
        raise UsageError(
            "states on disk are known as a whole, and fingerprints stay in memory; "
            "leave out --disk or --fingerprint"
        )
    if long_run:
        raise UsageError(
            f"{long_run[0]} speaks of the long run, which is judged on all states as a whole; "
            "leave out --fingerprint, or choose other claims with --property"
        )


def states_again(system: System, found: Exploration, limits: Limits) -> Sequence[State]:
    """All states, for the long run, from the interpreter: machine code keeps them in a form of its
    own, and a sample in this one. **Errors** InternalError when there are more, or less."""
    again = breadth_first(system, Claims(system, ()), limits)
    if again.stopped is None and again.states != found.states:
        raise InternalError(
            f"engines disagree: {found.states:,} states in machine code, and {again.states:,} in "
            "the interpreter"
        )
    return again.expanded


def by_orbits(model: Model, engine: Engine, order: Order) -> bool:
    """Whether one state of each orbit is explored.

    Where the model leaves it open, the native engine does so, unless only a number of all states is
    expected, which could then not be compared, or something is claimed of the long run.
    """
    if model.symmetry is not None:
        return model.symmetry
    if engine is not Engine.NATIVE or order is not Order.BREADTH_FIRST:
        return False
    if claims_of_long_run(model):
        return False
    expect = model.expect
    return not isinstance(expect, ExpectHolds) or expect.states is None or expect.orbits is not None


def natively(
    system: System,
    claims: Claims,
    limits: Limits,
    *,
    keep_going: bool,
    cache: bool,
    checked: bool = False,
    report: Report | None,
    symmetry: Symmetry | None,
    resources: Resources,
) -> Exploration:
    """Breadth-first search by machine code. **Errors** Unsupported for what it cannot do."""
    from .backends.interpret import Interpreter  # noqa: PLC0415  # only when it is asked for
    from .backends.native.cache import PROGRAM, Cache, folder  # noqa: PLC0415  # likewise
    from .backends.native.machine import Compiled  # noqa: PLC0415  # brings the compiler
    from .backends.native.search import native  # noqa: PLC0415  # brings the compiler

    assert isinstance(system, Interpreter)
    code = partial(Compiled, cache=cache, checked=checked)
    make = None
    if resources.cluster is not None:
        from .backends.native.cluster import (  # noqa: PLC0415  # only when it is asked for
            Clustered,
            Spread,
        )

        spread = Spread(
            resources.workers, resources.cluster, every_s=resources.every_s, cache=cache
        )
        make = partial(Clustered, spread=spread)
    return native(
        system,
        claims,
        limits,
        keep_going=keep_going,
        report=report,
        code=code,
        symmetry=symmetry,
        resources=resources,
        checked=checked,
        make=make,
        kept=Cache(folder() if cache else None, kind=PROGRAM),
    )


def symmetry_of(system: System) -> Symmetry:
    """The symmetry of a model. **Errors** UsageError for an engine that does not know it."""
    from .backends.interpret import Interpreter  # noqa: PLC0415  # only when it is asked for

    if not isinstance(system, Interpreter):
        raise UsageError("symmetry is for the engine interpret; leave out --engine python")
    return system.symmetry()


def simulate(
    model: Model,
    walks: Walks,
    *,
    engine: Engine = Engine.AUTO,
    limits: Limits = NO_LIMITS,
    keep_going: bool = False,
    cache: bool = True,
    checked: bool = False,
    report: Report | None = None,
) -> Verdict:
    """Take random walks, and judge all that is claimed of the model in each of their states.

    Where there are many steps to take, AUTO is the engine native, if it can run the model. A seed
    gives the same walks again on the same engine. ``cache`` and ``checked`` are as in
    :func:`check`.

    **Errors** SpecError when the specification cannot be read, or makes a mistake at run time.
    """
    if checked and engine is not Engine.NATIVE:
        raise UsageError("--checked is for the engine native; add --engine native")
    if model.properties and set(model.properties) <= set(claims_of_long_run(model)):
        names = ", ".join(model.properties)
        raise Unsupported(f"{names}: claimed of the long run, and a walk ends; `check` can tell")

    def explore(system: System, claims: Claims) -> Exploration:
        if engine is Engine.NATIVE:
            return natively_walked(system, claims)
        if engine is Engine.AUTO and walks.number * walks.steps >= WORTH_STEPS:
            try:
                found = natively_walked(system, claims)
            except Unsupported as reason:
                examination.note = f"native cannot run it: {reason}"
            else:
                examination.engines = Engine.NATIVE.value
                return found
        return random_walks(
            system,
            claims,
            limits,
            seed=walks.seed,
            walks=walks.number,
            steps=walks.steps,
            first=walks.first,
            keep_going=keep_going,
            report=report,
        )

    def natively_walked(system: System, claims: Claims) -> Exploration:
        from .backends.interpret import Interpreter  # noqa: PLC0415  # only when it is asked for
        from .backends.native.walks import (  # noqa: PLC0415  # brings the compiler
            Plan,
            compiled,
            native_walks,
        )

        assert isinstance(system, Interpreter)
        return native_walks(
            system,
            claims,
            Plan(seed=walks.seed, walks=walks.number, steps=walks.steps, first=walks.first),
            limits,
            keep_going=keep_going,
            report=report,
            code=partial(compiled, cache=cache, checked=checked),
            checked=checked,
        )

    examination = Examination(model, engine, "random walks", walks)
    return examination.verdict(explore, shortest=False)


def sample(model: Model, walks: Walks, *, engine: Engine = Engine.AUTO) -> Behaviour | None:
    """The first of the walks, unchecked, as a behaviour to look at."""
    system = system_of(model, engine)
    path = walk(system, seed=walks.seed, number=walks.first, steps=walks.steps)
    return None if path is None else behaviour_of(system, path)


class Examination:
    """One model under one engine and search."""

    def __init__(
        self, model: Model, engine: Engine, search: str, walks: Walks | None = None
    ) -> None:
        self.model = model
        self.engine = engine
        self.engines = engine.value  # those that have done the work
        self.note = ""
        if engine is Engine.AUTO:
            self.engines = Engine.INTERPRET.value
        self.search = search
        self.walks = walks
        self.permutations: int | None = None
        self.universe: Universe = model.universe()
        laws = laws_of(model.protocol, self.universe)
        self.false = [name for name, true in laws.items() if not true]
        self.bounds: Bounds = bounds_of(model, self.universe, () if model.assume else self.false)

    def verdict(
        self, explore: Callable[[System, Claims], Exploration], *, shortest: bool
    ) -> Verdict:
        if self.false and self.model.assume:
            name = self.false[0]
            method = methods_of(self.model.protocol, "assumption").get(name)
            doc = first_sentences(method) if method is not None else LAW_OF_QUORUMS
            return AssumptionFalse(self.evidence(), name, doc)
        system = system_of(self.model, self.engine)
        selected = None if self.model.properties is None else set(self.model.properties)
        claims = Claims(system, selected, deadlock=self.model.deadlock)
        try:
            found = explore(system, claims)
        except MistakeFound as mistake:
            behaviour = None if mistake.path is None else behaviour_of(system, mistake.path)
            raise Mistake(mistake.error, behaviour) from mistake
        evidence = self.evidence(system, claims, found)
        if found.findings:
            findings = found.findings
            if not shortest:
                findings = [shorten(system, f, deadlock=self.model.deadlock) for f in findings]
            violations = tuple(self.violation(system, f) for f in findings)
            if all(v.kind is Kind.DEADLOCK for v in violations):
                return Deadlocked(evidence, violations[0])
            return Violated(evidence, violations)
        if found.stopped is not None:
            return Unknown(evidence, found.stopped)
        return Holds(evidence)

    def reduced(self) -> str:
        """How the search makes do with fewer states."""
        if self.permutations is None:
            return ""
        return f", one state of each orbit of {self.permutations:,} permutations"

    def violation(self, system: System, finding: Finding) -> Violation:
        behaviour = None
        if finding.path is not None:
            behaviour = behaviour_of(system, finding.path, finding.loop)
        claim = claim_of(self.model, self.universe, finding.kind, finding.name, behaviour)
        if finding.claim is not None:
            claim = self.of_long_run(system, finding, claim)
        if finding.kind is Kind.REFINEMENT and finding.path is not None:
            states = finding.path.states()
            images = [system.image(finding.name, state) for state in states[-2:]]
            claim = claim.with_images(*images)
        return Violation(finding.kind, finding.name, Counterexample(claim, behaviour))

    def of_long_run(self, system: System, finding: Finding, claim: Claim) -> Claim:
        """The claim with what breaks it in the long run, and why the behaviour is fair."""
        assert finding.path is not None
        assert finding.loop is not None
        assert finding.claim is not None
        chosen = system.show_choice(finding.claim)
        reasons = []
        if chosen:
            reasons.append("for " + ", ".join(f"{n} = {render(v)}" for n, v in chosen.items()))
        reasons += self.told(system, finding.claim, finding.path, finding.loop)
        accounts = account_of(system, demands_of(self.model), finding.path, finding.loop)
        if not all(account.fair for account in accounts):
            raise InternalError(f"the behaviour that breaks {finding.name} is not fair")
        self.confirm(system, finding)
        reasons += [self.kept(system, account) for account in accounts[:MOST_REASONS]]
        if len(accounts) > MOST_REASONS:
            reasons.append(f"and fair to {len(accounts) - MOST_REASONS} more")
        if finding.loop == len(finding.path.steps):
            calls = dict.fromkeys(
                render_call(t.action, system.show_arguments(t).values())
                for t in system.successors(finding.path.last)
                if t.target != finding.path.last
            )
            shown = [*calls][:MOST_CALLS]
            more = f" and {len(calls) - MOST_CALLS} more" if len(calls) > MOST_CALLS else ""
            reasons.append(
                f"no fairness asks for what is enabled: {', '.join(shown)}{more}"
                if calls
                else "nothing is enabled"
            )
        return claim.with_reasons(*reasons)

    def told(self, system: System, claim: LongRun, path: Path, loop: int) -> list[str]:
        """Where in the behaviour it shows."""
        number = telling_state(system, claim, path, loop)
        if number is None:
            return []
        where = f"after step {number}" if number else "in the initial state"
        if claim.form is Form.LEADS_TO:
            return [f"its premise is true {where}, and its conclusion never from then on"]
        again = "for ever" if loop == len(path.steps) else "again and again"
        return [f"it is false {where}, {again}"]

    def confirm(self, system: System, finding: Finding) -> None:
        """Take a behaviour that goes on for ever again in plain Python, fairness and all.
        **Errors** InternalError when Python disagrees."""
        from .replay import replay  # noqa: PLC0415  # only when there is something to replay

        assert finding.path is not None
        taken = replay(self.model, behaviour_of(system, finding.path, finding.loop))
        if not taken.real or finding.name not in {b.name for b in taken.long_run}:
            raise InternalError(
                f"engines disagree: in plain Python the behaviour that breaks {finding.name} "
                f"{'does not break it' if taken.real else 'is none'}"
            )

    def kept(self, system: System, account: Account) -> str:
        """Why a behaviour is fair to one concern."""
        number, _ = account.concern
        assumed = tuple(self.model.fairness)[number]
        arguments = system.show_arguments(account.step)
        named = ", ".join(f"{name} = {render(arguments[name])}" for name in assumed.each)
        head = f"fair to {' or '.join(assumed.actions)}{' for ' * bool(named)}{named}"
        if account.taken is not None:
            return f"{head}: taken in step {account.taken}"
        if account.disabled == 0:
            return f"{head}: not enabled in the initial state"
        return f"{head}: not enabled after step {account.disabled}"

    def evidence(
        self,
        system: System | None = None,
        claims: Claims | None = None,
        found: Exploration | None = None,
    ) -> Evidence:
        protocol = self.model.protocol
        evidence = Evidence(
            model=self.model.name,
            protocol=f"{protocol.__module__}.{protocol.__qualname__}",
            bounds=self.bounds,
            engine=self.engines,
            engine_note=self.note,
            search=self.search + self.reduced(),
            permutations=self.permutations,
            seed=None if self.walks is None else self.walks.seed,
            versions=versions(),
        )
        if system is None or claims is None or found is None:
            return evidence
        counts = found.actions
        return replace(
            evidence,
            states=found.states,
            transitions=found.transitions,
            depth=found.depth or None,
            initial=found.initial,
            outside=found.outside,
            walks=found.walks,
            at_least=found.at_least,
            found_by_walk=(
                self.walks.first + found.walks
                if self.walks is not None and found.halted and found.again
                else None
            ),
            seconds=found.seconds,
            memory_bytes=found.memory_bytes,
            disk_bytes=found.disk_bytes,
            fingerprint=found.fingerprint,
            checkpoint=found.checkpoint,
            stopped_by=found.stopped_by,
            complete=found.complete,
            levels=tuple(found.levels),
            properties=properties_of(claims, long_run=found.long_run),
            actions=tuple(
                ActionCoverage(name, c.transitions, c.enabled_in, c.discovered)
                for name, c in counts.items()
            ),
            dead=() if found.halted else dead_actions(system, found),
            vacuous=() if found.halted else found.vacuous,
            unreached=() if found.halted else found.unreached,
            unjudged=() if found.long_run else claims.liveness,
        )


MOST_REASONS = 12
"""To so many assumptions, a behaviour is said to be fair one by one."""

MOST_CALLS = 4
"""So many steps are named of those that a behaviour need not take."""

LAW_OF_QUORUMS = "Any two quorums have a node in common."


def versions() -> Mapping[str, str]:
    """What made the verdict."""
    return {"ballotproof": __version__, "python": sys.version.split()[0]}


def properties_of(claims: Claims, *, long_run: bool) -> tuple[Property, ...]:
    """What was checked, in the order of the specification within each kind; claims about the long
    run only if they were judged."""
    kinds = {
        Kind.INVARIANT: claims.invariants,
        Kind.STEP_INVARIANT: claims.step_invariants,
        Kind.REACHABLE: claims.reachables,
        Kind.REFINEMENT: claims.refinements,
        Kind.LIVENESS: claims.liveness if long_run else (),
        Kind.DEADLOCK: ("no deadlock",) if claims.deadlock else (),
    }
    return tuple(Property(kind, name) for kind, names in kinds.items() for name in names)


def dead_actions(system: System, found: Exploration) -> tuple[DeadAction, ...]:
    """The actions that were enabled in no expanded state, with how far their guards got."""
    if found.stopped in (Why.INTERRUPTED, Why.MEMORY, Why.DISK, Why.WORKERS):
        return tuple(DeadAction(n, 0, ()) for n, c in found.actions.items() if not c.enabled_in)
    most = STATES_FOR_GUARDS if found.complete else STATES_FOR_GUARDS_IN_HASTE
    states = spread(found.expanded, most)
    return tuple(
        DeadAction(name, len(states), tuple(system.explain_disabled(name, states)))
        for name, count in found.actions.items()
        if not count.enabled_in
    )


def spread(states: Sequence[State], most: int) -> Sequence[State]:
    """At most so many of the states, evenly spread over the order in which they were found.

    >>> list(spread(range(10), 4))
    [0, 3, 6, 9]
    """
    return states[:: max(1, -(-len(states) // most))]

"""Formulas, the interpreter, the native engine: the same claims fall, after as many steps.

A specification is asked about all its claims, then about those that are left when what fell first
is taken away, and so on: most random claims are false at once, and the others would be hidden.
"""

from __future__ import annotations

from contextlib import suppress

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.backends.native.machine import Interpreted
from ballotproof.model_check.backends.native.search import native
from ballotproof.model_check.explore.bounded import BoundedResult, bounded
from ballotproof.model_check.explore.breadth_first import breadth_first
from ballotproof.model_check.explore.claims import Claims
from ballotproof.model_check.explore.search import Exploration, Limits, MistakeFound, Why
from ballotproof.model_check.ir import nodes as n
from ballotproof.spec.lang.errors import SpecError, Unsupported
from ballotproof.spec.lang.model import Model

__all__ = ["by_formulas", "shortest"]

STEPS = 4
"""How long behaviours are."""

STATES = 1_000
"""Within so many steps a specification with more states than this is left out."""

GATES = 2_000
"""When a formula has more gates than this, longer behaviours are not asked for. There are few such
specifications, and they take most of the time."""


class _Enough(Exception):
    """The formula has become too large: nothing falls within so many steps."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps = steps


def by_formulas(
    spec: n.Spec, model: Model, system: Interpreter, *, also_native: bool = False
) -> list[int] | str:
    """The shortest lengths at which claims fall, in order; or why there is no comparison.

    **Errors** AssertionError where the engines differ.
    """
    left = {*system.invariants, *system.step_invariants}
    limits = Limits(states=STATES, depth=STEPS + 1)
    lengths: list[int] = []
    too_large = _Enough(0)
    while True:
        try:
            explicit = breadth_first(system, Claims(system, left), limits)
        except MistakeFound as mistake:
            return _mistake(spec, model, system, left, mistake) or lengths
        if explicit.stopped is Why.STATES:
            return "too many states"
        length = shortest(explicit)
        if also_native:
            _natively(system, left, limits, length)
        result: BoundedResult | None
        try:
            result = bounded(spec, model, system, STEPS, properties=left, report=_watch)
        except Unsupported:
            return "no formula"
        except _Enough as enough:
            result, too_large = None, enough
        if result is None:
            assert length is None or length > too_large.steps
            return lengths if too_large.steps else "too large"
        found = result.finding
        assert result.unknown is None
        assert length == (None if found is None or found.path is None else len(found.path.steps))
        if found is None:
            assert result.steps == STEPS
            return lengths
        assert length is not None
        name = explicit.findings[0].name
        if found.name != name:  # another claim that falls as soon
            other = breadth_first(system, Claims(system, {found.name}), limits)
            assert shortest(other) == length
        left -= {name, found.name}
        lengths.append(length)


def _watch(result: BoundedResult) -> None:
    if result.gates > GATES and result.steps < STEPS:
        raise _Enough(result.steps)


def shortest(found: Exploration) -> int | None:
    """After how many steps something falls; None if nothing does."""
    if not found.findings:
        return None
    path = found.findings[0].path
    assert path is not None
    return len(path.steps)


def _natively(system: Interpreter, left: set[str], limits: Limits, length: int | None) -> None:
    with suppress(Unsupported):  # too long a program
        assert shortest(native(system, Claims(system, left), limits, code=Interpreted)) == length


def _mistake(
    spec: n.Spec, model: Model, system: Interpreter, left: set[str], mistake: MistakeFound
) -> str | None:
    """Where one step or claim makes a mistake, the formula tells of that, or of a claim that falls
    no later; None if it has none."""
    at = 0 if mistake.path is None else len(mistake.path.steps)
    try:
        result = bounded(spec, model, system, STEPS, properties=left, report=_watch)
    except _Enough:
        return None
    except MistakeFound as found:
        other = 0 if found.path is None else len(found.path.steps)
        assert abs(other - at) <= 1, f"mistakes after {at} and {other} steps"
        return None
    except Unsupported:
        return "no formula"
    except SpecError:  # in an initial state there is no path to tell of
        assert at == 0
        return None
    assert result.finding is not None
    assert result.finding.path is not None
    assert len(result.finding.path.steps) <= at + 1
    return None

"""Every shipped model yields exactly what it says: verdict, states, depth, length.

The figures that another tool has measured as well are compared with that tool's in
tests/docs; here each model is held to its own expectation. Slow models are slow tests.
"""

from __future__ import annotations

import pytest

from ballotproof.model_check.check import check
from ballotproof.model_check.discover import Found, shipped
from ballotproof.model_check.expectation import outcome_of
from ballotproof.model_check.verdict import ExitCode
from ballotproof.spec.lang.model import AssumptionFails, Deadlocks, Holds, Violated

MODELS = [
    pytest.param(f, id=f.identity, marks=[pytest.mark.slow] if f.model.slow else [])
    for f in shipped()
]


@pytest.mark.parametrize("found", MODELS)
def test_yields_what_it_says(found: Found) -> None:
    outcome = outcome_of(check(found.model), found.model.expect)
    assert outcome.differences == ()
    assert outcome.as_expected
    assert outcome.code is ExitCode.HOLDS


@pytest.mark.parametrize("found", MODELS)
def test_says_exactly_what_to_expect(found: Found) -> None:
    """No shipped model is without an expectation, and none leaves out a figure."""
    match found.model.expect:
        case Holds(states, depth):
            assert states is not None
            assert depth is not None
        case Violated(_, steps) | Deadlocks(steps):
            assert steps is not None
        case expect:
            assert isinstance(expect, AssumptionFails)

"""Exploring one state of each orbit sees all orbits, and says the same as exploring every state.

Orbit counts are those of TLC with SYMMETRY, or of an independent search by canonical forms where
TLC was not run. The sizes of the orbits must add up to the number of all states.
"""

from __future__ import annotations

import pytest

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.discover import Found, shipped
from ballotproof.model_check.explore.breadth_first import breadth_first
from ballotproof.model_check.explore.claims import Claims
from ballotproof.model_check.explore.search import Exploration
from ballotproof.model_check.frontend.read import read
from ballotproof.spec.lang.model import Holds, Violated

MODELS = {f.identity: f for f in shipped()}

# identity, orbits, permutations
ORBITS = [
    ("voting/3-acceptors-2-ballots", 77, 12),
    ("voting/3-acceptors-3-ballots", 686, 12),
    ("paxos.single_decree/3-acceptors-2-ballots", 443, 12),
    ("commit.two_phase/3-resource-managers", 80, 6),
    ("commit.two_phase/5-resource-managers", 314, 120),
    ("raft.ongaro/r2a-2-servers-term-2-log-1", 2_631, 2),
    ("raft.ongaro/r2d-2-servers-term-2-log-1-duplicates-1-restart", 13_891, 2),
]


def by_orbit(found: Found) -> tuple[Interpreter, Exploration]:
    model = found.model
    system = Interpreter(read(model.protocol, model), model)
    selected = None if model.properties is None else set(model.properties)
    claims = Claims(system, selected)
    return system, breadth_first(system, claims, orbit=system.symmetry().orbit)


@pytest.mark.parametrize(("identity", "orbits", "permutations"), ORBITS)
def test_orbits(identity: str, orbits: int, permutations: int) -> None:
    found = MODELS[identity]
    system, explored = by_orbit(found)
    expect = found.model.expect
    assert isinstance(expect, Holds)
    assert len(system.symmetry().group) == permutations
    assert explored.complete
    assert not explored.findings
    assert (explored.states, explored.depth) == (orbits, expect.depth)
    orbit = system.symmetry().orbit
    assert sum(len({s, *orbit(s)}) for s in explored.expanded) == expect.states


BUGS = [
    f
    for f in MODELS.values()
    if isinstance(f.model.expect, Violated)
    and not f.model.slow
    and f.identity.startswith(("broken.paxos", "broken.twopc", "broken.raft_double"))
]


@pytest.mark.parametrize("found", BUGS, ids=[f.identity for f in BUGS])
def test_bugs_are_found_at_the_same_length(found: Found) -> None:
    _, explored = by_orbit(found)
    expect = found.model.expect
    assert isinstance(expect, Violated)
    (finding,) = explored.findings
    assert finding.name == expect.property
    assert finding.path is not None
    assert len(finding.path.steps) == expect.steps


def test_a_quorum_system_that_favours_a_node_has_less_symmetry() -> None:
    """The columns of a grid are kept by exchanging rows or columns, not by any permutation."""
    name = next(i for i in MODELS if i.startswith("paxos.flexible/grid"))
    model = MODELS[name].model
    system = Interpreter(read(model.protocol, model), model)
    assert len(system.symmetry().group) == 4 * 2  # of 4! * 2 permutations

"""Closing what several formulas say: less follows from the closed formulas, never more."""

from __future__ import annotations

from ballotproof.model_check.backends.fol import terms as t
from ballotproof.model_check.backends.fol.opaque import closed
from ballotproof.model_check.backends.fol.signature import Signature, Style
from ballotproof.model_check.backends.fol.solver import Answer, ask_z3

NODE, QUORUM = "Node", "Quorum"
member = t.Function("member", (NODE, QUORUM), t.BOOL)
voted = t.Function("voted", (NODE,), t.BOOL)
good = t.Function("good", (NODE,), t.BOOL)


def everybody(quorum: t.Term, relation: t.Function, name: str = "a") -> t.Term:
    """All members of a quorum are in a relation."""
    a = t.variable(name, NODE)
    return t.forall([a], t.app(member, (a, quorum)), t.app(relation, (a,)))


def asked(problem: list[tuple[str, t.Term]]) -> Answer:
    return ask_z3(Signature(Style()), problem, resources=200_000).answer


def constant(name: str) -> t.Term:
    return t.app(t.Function(name, (), QUORUM))


def test_the_same_claim_of_different_quorums_becomes_one_relation() -> None:
    q, r = constant("q"), t.variable("r", QUORUM)
    lemma = t.forall([r], t.TRUE, t.negate(everybody(r, voted, "b")))
    made = closed([("lemma.x", lemma), ("goal", t.either((everybody(q, voted), t.FALSE)))])
    assert made is None, "a formula that is nothing but the claim is left as it is"
    goal = t.both((everybody(q, voted), t.app(good, (t.app(t.Function("n", (), NODE)),))))
    made = closed([("lemma.x", lemma), ("goal", goal)])
    assert made is not None
    functions = [{f.name for f in t.functions_in(f)} for _, f in made]
    assert functions == [{"closed.0"}, {"closed.0", "q", "good", "n"}]
    assert asked(made) is Answer.UNSATISFIABLE


def test_what_needs_the_inside_does_not_follow_any_more() -> None:
    q = constant("q")
    n = t.app(t.Function("n", (), NODE))
    fact = t.both((everybody(q, voted), t.app(member, (n, q))))
    goal = t.both(
        (t.negate(t.app(voted, (n,))), t.either((everybody(q, voted), t.app(good, (n,)))))
    )
    problem = [("fact.0", fact), ("goal", goal)]
    assert asked(problem) is Answer.UNSATISFIABLE
    made = closed(problem)
    assert made is not None
    assert asked(made) is Answer.UNKNOWN


def test_only_what_quantifies_over_the_sorts_named() -> None:
    q = constant("q")
    one = t.both((everybody(q, voted), t.app(voted, (t.app(t.Function("n", (), NODE)),))))
    problem = [("lemma.x", one), ("goal", t.negate(one))]
    assert closed(problem, frozenset({QUORUM})) is None
    assert closed(problem, frozenset({NODE})) is not None


def test_renamed_tells_apart_what_differs_in_more_than_names() -> None:
    a, b, c = (t.variable(x, NODE) for x in "abc")
    q = constant("q")
    assert t.renamed(everybody(q, voted, "a")) is t.renamed(everybody(q, voted, "b"))
    assert t.renamed(everybody(q, voted)) is not t.renamed(everybody(q, good))
    order = t.Function("<=", (NODE, NODE), t.BOOL)
    up = t.forall([a, b], t.TRUE, t.app(order, (a, b)))
    down = t.forall([a, c], t.TRUE, t.app(order, (c, a)))
    assert t.renamed(up) is not t.renamed(down)
    free = t.forall([a], t.TRUE, t.app(order, (a, c)))
    assert t.renamed(free).free == {c}


def test_patterns_make_no_difference() -> None:
    a = t.variable("a", NODE)
    plain = t.forall([a], t.TRUE, t.app(voted, (a,)))
    hinted = t.forall([a], t.TRUE, t.app(voted, (a,)), [(t.app(voted, (a,)),)])
    assert plain is not hinted
    assert t.renamed(plain) is t.renamed(hinted)

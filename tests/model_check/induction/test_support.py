"""Which lemma supports which: the order, the layers, and what is drawn of them."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotproof.model_check.discover import find_proofs
from ballotproof.model_check.induction.conditions import conditions_of
from ballotproof.model_check.induction.prover import Settings
from ballotproof.model_check.induction.support import Support, dot, read, svg, text, written
from ballotproof.model_check.prove import prove

NAMES = "abcdefgh"


def made(conditions: dict[str, tuple[str, ...]], claims: str = NAMES) -> Support:
    return Support(proof="p", goals=("h",), claims=tuple(claims), conditions=conditions)


@st.composite
def supports(draw: st.DrawFn) -> Support:
    arrows = draw(st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES))))
    conditions: dict[str, tuple[str, ...]] = {}
    for lemma, claim in sorted(arrows):
        if lemma != claim:
            name = f"step/{claim}"
            conditions[name] = (*conditions.get(name, ()), lemma)
    return made(conditions)


@given(supports())
def test_a_claim_stands_after_what_it_rests_on(s: Support) -> None:
    layer = {x: i for i, names in enumerate(s.layers()) for x in names}
    assert sorted(layer) == sorted(s.claims)
    for lemma, claim in s.arrows:
        assert (layer[lemma] < layer[claim]) or not s.forward(lemma, claim)
    assert all(names for names in s.layers())


@given(supports())
def test_an_arrow_against_the_order_closes_a_circle(s: Support) -> None:
    """Without circles there is none, so that the order is one of a calculation."""
    beyond = {x: {c for lemma, c in s.arrows if lemma == x} for x in s.claims}
    for _ in s.claims:
        beyond = {x: ys.union(*(beyond[y] for y in ys)) for x, ys in beyond.items()}
    for lemma, claim in s.arrows:
        assert s.forward(lemma, claim) or lemma in beyond[claim]


@given(supports())
def test_every_claim_and_arrow_is_drawn_and_no_boxes_overlap(s: Support) -> None:
    root = ET.fromstring("\n".join(svg(s)))
    space = "{http://www.w3.org/2000/svg}"
    labels = [x.text for x in root.iter(f"{space}text")]
    assert sorted(map(str, labels)) == sorted(s.claims)
    assert len([p for p in root.iter(f"{space}path") if p.get("marker-end")]) == len(s.arrows)
    boxes = [
        [float(r.get(k, "")) for k in ("x", "y", "width", "height")]
        for r in root.iter(f"{space}rect")
    ]
    for i, (x, y, w, h) in enumerate(boxes):
        for u, v, z, g in boxes[:i]:
            assert x + w <= u or u + z <= x or y + h <= v or v + g <= y
    _, _, right, bottom = map(float, root.get("viewBox", "").split())
    assert all(x + w < right and y + h < bottom for x, y, w, h in boxes)


@given(supports())
def test_a_file_says_all_of_it(s: Support) -> None:
    assert read("\n".join(written([s, s], ".json")).encode()) == [s, s]
    arrows = re.findall(r"(\w+) -> (\w+)", "\n".join(dot(s)))
    assert set(arrows) == set(s.arrows)


def test_what_a_proof_rests_on_as_text() -> None:
    (found,) = find_proofs("commit.two_phase")
    proved = prove(found.proof, Settings(resources=1_000_000), cache=False)
    lemmas = {name: r.lemmas for name, r in proved.results.items()}
    s = Support.of(found.identity, proved.conditions, lemmas)
    shown = text(s)
    assert shown[0] == "commit.two_phase/any-size"
    assert "  agreement (claimed)" in shown
    assert "    from heard_have_agreed for decide_commit" in shown
    assert all(s.forward(*arrow) for arrow in s.arrows)
    assert "agreement" in s.layers()[-1]


def test_what_follows_in_any_state_is_said_once() -> None:
    (found,) = find_proofs("commit.two_phase")
    conditions = conditions_of(found.proof)
    claim, lemma = "agreement", "one_decision"
    lemmas = {f"{row}/{claim}": [lemma, f"{lemma}'"] for row in ("init", "any state", "hear")}
    s = Support.of("p", conditions, lemmas)
    assert s.arrows == {(lemma, claim): ("any state",)}
    assert "    from one_decision in any state" in text(s)


@pytest.mark.parametrize("suffix", [".txt", ".dot"])
def test_several_proofs_go_into_one_file(suffix: str) -> None:
    a, b = made({"step/b": ("a",)}), made({"step/h": ("b",)})
    lines = list(written([a, b], suffix))
    assert lines == [*written([a], suffix), *written([b], suffix)]

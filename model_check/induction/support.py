"""Which lemma supports which: the lemmas from which each condition of a proof follows, as a graph.

An arrow leads from a lemma to a claim if some condition of the claim follows from the lemma and
others, and carries the actions for which it does. Arrows in a circle are no circular argument: they
speak of the state before a step and of the one after it. What a solver used is not always the
least that would do (:mod:`.minimise` asks for that).

**Order** First what rests on nothing else, then what rests on that. Where claims rest on each other
in a circle, the first in the text of them is put first, and arrows back to it are drawn dashed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from html import escape

import msgspec

from .conditions import Conditions

__all__ = ["DEFINED", "Support", "dot", "svg", "text"]

DEFINED = "defined"
"""Stands for the claims that an action reads nothing that is not there."""


class Support(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The lemmas of one proof by condition. ``claims`` are lemmas as in the text, then the claims
    of the protocol; ``conditions`` has those alone that follow from some other invariant than their
    own, and of a claim that follows in any state no other condition."""

    proof: str
    goals: tuple[str, ...]
    claims: tuple[str, ...]
    conditions: dict[str, tuple[str, ...]]

    @classmethod
    def of(
        cls, proof: str, conditions: Conditions, lemmas: Mapping[str, Iterable[str] | None]
    ) -> Support:
        """From the lemmas of each condition, with a prime or without; None where it is open."""
        made: dict[str, tuple[str, ...]] = {}
        for name, found in lemmas.items():
            claim = _claim(name)
            if f"any state/{claim}" in lemmas and name != f"any state/{claim}":
                continue
            used = dict.fromkeys(x.removesuffix("'") for x in found or ())
            others = [x for x in conditions.order if x in used and x != claim]
            if others:
                made[name] = tuple(others)
        steps = [p.name for p in conditions.steps]
        every = [*conditions.order, *steps]
        claims = [x for x in every if x not in conditions.goals]
        claims += [x for x in conditions.goals if x in every]
        if any(_claim(name) == DEFINED for name in made):
            claims.append(DEFINED)
        return cls(proof=proof, goals=conditions.goals, claims=tuple(claims), conditions=made)

    @cached_property
    def arrows(self) -> dict[tuple[str, str], tuple[str, ...]]:
        """By lemma and claim, the actions whose conditions follow from it; in the order of the
        text."""
        made: dict[tuple[str, str], list[str]] = {}
        for name, lemmas in self.conditions.items():
            row, _, _ = name.partition("/")
            for lemma in lemmas:
                made.setdefault((lemma, _claim(name)), []).append(row)
        place = {x: i for i, x in enumerate(self.claims)}
        order = sorted(made, key=lambda a: (place[a[1]], place[a[0]]))
        return {arrow: tuple(made[arrow]) for arrow in order}

    @cached_property
    def order(self) -> dict[str, int]:
        """The place of each claim: the first in the text of those that rest on nothing but what
        rests on them, then the same of the others."""
        left = dict.fromkeys(self.claims)
        made: dict[str, int] = {}
        while left:
            beyond = self._reached(left)
            first = next(x for x in left if all(y in beyond[x] for y in left if x in beyond[y]))
            made[first] = len(made)
            del left[first]
        return made

    def _reached(self, among: Iterable[str]) -> dict[str, set[str]]:
        """To which claims arrows lead, directly or not, past none but these."""
        next_: dict[str, list[str]] = {x: [] for x in among}
        for lemma, claim in self.arrows:
            if lemma in next_ and claim in next_:
                next_[lemma].append(claim)
        made: dict[str, set[str]] = {}
        for x, near in next_.items():
            found: set[str] = set()
            work = list(near)
            while work:
                y = work.pop()
                if y not in found:
                    found.add(y)
                    work += next_[y]
            made[x] = found
        return made

    def forward(self, lemma: str, claim: str) -> bool:
        """Whether an arrow goes with the order."""
        return self.order[lemma] < self.order[claim]

    def _forward(self, arrow: tuple[str, str]) -> bool:
        return self.forward(*arrow)

    def layers(self) -> list[list[str]]:
        """The claims, each in the layer after the last of the lemmas before it that it rests on,
        and what rests on none in the layer before the first that rests on it; in a layer in the
        order in which arrows cross least, as far as a few sweeps find it."""
        depth = dict.fromkeys(self.order, 0)
        arrows = sorted(filter(self._forward, self.arrows), key=lambda a: self.order[a[1]])
        for lemma, claim in arrows:
            depth[claim] = max(depth[claim], depth[lemma] + 1)
        first: dict[str, int] = {}
        for lemma, claim in arrows:
            first[lemma] = min(first.get(lemma, depth[claim]), depth[claim])
        for lemma in first.keys() - {claim for _, claim in arrows}:
            depth[lemma] = first[lemma] - 1
        layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
        for claim in self.order:
            layers[depth[claim]].append(claim)
        return _untangled(layers, arrows)


def _claim(condition: str) -> str:
    """``accept/agreement`` is a condition of agreement, ``accept/defined`` of definedness."""
    return condition.partition("/")[2]


SWEEPS = 8


def _untangled(layers: list[list[str]], arrows: list[tuple[str, str]]) -> list[list[str]]:
    """Each claim at the mean height of its neighbours, forwards and backwards in turn."""
    near: dict[str, list[str]] = {x: [] for layer in layers for x in layer}
    for lemma, claim in arrows:
        near[lemma].append(claim)
        near[claim].append(lemma)
    for sweep in range(SWEEPS):
        height = {x: (i + 0.5) / len(layer) for layer in layers for i, x in enumerate(layer)}
        order = range(len(layers)) if sweep % 2 == 0 else reversed(range(len(layers)))
        for i in order:
            mean = {
                x: sum(height[y] for y in near[x]) / len(near[x]) if near[x] else height[x]
                for x in layers[i]
            }
            layers[i] = sorted(layers[i], key=lambda x: (mean[x], x))
            height.update({x: (j + 0.5) / len(layers[i]) for j, x in enumerate(layers[i])})
    return layers


# -------------------------------------------------------------------------------------- as text
def text(s: Support) -> list[str]:
    """Claim by claim: the lemmas that it rests on, each with its actions."""
    lines = [s.proof]
    arrows = s.arrows
    for claim in s.order:
        goal = " (claimed)" if claim in s.goals else ""
        lines.append(f"  {claim}{goal}")
        for (lemma, of), rows in arrows.items():
            if of == claim:
                circle = "" if s.forward(lemma, claim) else ", which rests on it,"
                lines.append(f"    from {lemma}{circle} {_for(rows)}")
    return lines


def _for(rows: tuple[str, ...]) -> str:
    return "in any state" if rows == ("any state",) else f"for {', '.join(rows)}"


def dot(s: Support) -> list[str]:
    """The language of Graphviz: an arrow from a lemma to each claim that it supports."""
    lines = [f'digraph "{s.proof}" {{', "  rankdir=LR;", "  node [shape=box];"]
    lines += [f"  {x}{' [style=bold]' if x in s.goals else ''};" for x in s.order]
    for (lemma, claim), rows in s.arrows.items():
        dashed = "" if s.forward(lemma, claim) else ", style=dashed, constraint=false"
        lines.append(f'  {lemma} -> {claim} [tooltip="{", ".join(rows)}"{dashed}];')
    return [*lines, "}"]


# ----------------------------------------------------------------------------------- as a picture
CHARACTER, HEIGHT, GAP, LANE, MARGIN = 7.3, 24, 14, 70, 10
"""**Units** pixels: the width of a character of the font, the height of a box, the gap below it,
the space between two layers, and around the picture."""


def svg(s: Support) -> list[str]:
    """A drawing: layers from left to right, the claims of the protocol with thick borders. Colours
    are those of the page around it. Pointing at an arrow tells its actions."""
    layers = s.layers()
    box = _boxes(layers)
    width = max((x + w for x, _, w in box.values()), default=0) + MARGIN
    height = max((y for _, y, _ in box.values()), default=0) + HEIGHT + MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" role="img" font-family="monospace" font-size="12">',
        f"<title>{escape(s.proof)}: which lemma supports which</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="6" '
        'markerHeight="6" orient="auto"><path d="M0 0L8 4L0 8z" fill="#888"/></marker></defs>',
    ]
    for (lemma, claim), rows in s.arrows.items():
        dashed = "" if s.forward(lemma, claim) else ' stroke-dasharray="4 3"'
        lines.append(
            f'<path d="{_curve(box[lemma], box[claim])}" fill="none" stroke="#888"{dashed} '
            f'marker-end="url(#tip)"><title>{escape(f"{lemma} → {claim}")}: '
            f"{escape(', '.join(rows))}</title></path>"
        )
    for claim, (x, y, w) in box.items():
        thick = 2 if claim in s.goals else 0.8
        lines.append(
            f'<rect x="{x:.0f}" y="{y:.0f}" width="{w:.0f}" height="{HEIGHT}" rx="4" '
            f'fill="#fff" stroke="#447" stroke-width="{thick}"/>'
            f'<text x="{x + w / 2:.0f}" y="{y + 16:.0f}" text-anchor="middle" fill="#224">'
            f"{escape(claim)}</text>"
        )
    return [*lines, "</svg>"]


def _boxes(layers: list[list[str]]) -> dict[str, tuple[float, float, float]]:
    """Left, top and width of each claim; layers stand centred beside each other."""
    tallest = max(map(len, layers), default=0) * (HEIGHT + GAP)
    made: dict[str, tuple[float, float, float]] = {}
    left = float(MARGIN)
    for layer in layers:
        wide = max(len(x) * CHARACTER + 12 for x in layer)
        top = MARGIN + (tallest - len(layer) * (HEIGHT + GAP)) / 2
        for i, claim in enumerate(layer):
            w = len(claim) * CHARACTER + 12
            made[claim] = (left + (wide - w) / 2, top + i * (HEIGHT + GAP), w)
        left += wide + LANE
    return made


def _curve(start: tuple[float, float, float], end: tuple[float, float, float]) -> str:
    """From the right of one box to the left of another; backwards, from below to below."""
    x, y, w = start
    u, v, z = end
    if x + w < u:
        x, y, v = x + w, y + HEIGHT / 2, v + HEIGHT / 2
        bend = (u - x) / 2
        return f"M{x:.0f} {y:.0f}C{x + bend:.0f} {y:.0f} {u - bend:.0f} {v:.0f} {u:.0f} {v:.0f}"
    x, y, u, v = x + w / 2, y + HEIGHT, u + z / 2, v + HEIGHT
    low = max(y, v) + 2 * GAP
    return f"M{x:.0f} {y:.0f}C{x:.0f} {low:.0f} {u:.0f} {low:.0f} {u:.0f} {v:.0f}"


# -------------------------------------------------------------------------------------- in files
def written(found: Iterable[Support], suffix: str) -> Iterator[str]:
    """The lines of a file with this suffix, one of :data:`FORMS`; ``svg`` draws one proof."""
    found = list(found)
    if suffix == ".json":
        yield msgspec.json.format(msgspec.json.encode(found), indent=1).decode()
        return
    for s in found:
        yield from FORMS[suffix](s)


def read(made: bytes) -> list[Support]:
    """What a file in JSON says. **Errors** msgspec.MsgspecError."""
    return msgspec.json.decode(made, type=list[Support])


FORMS = {".txt": text, ".dot": dot, ".svg": svg}
"""By suffix, besides ``.json``, which holds all of it."""

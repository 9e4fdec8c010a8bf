"""The family of protocols as a drawing: who extends or refines whom.

Time runs to the right: a protocol stands right of all that it builds on. The drawing takes its
colours from the theme, so that it reads in light and dark, and every name is a link.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from ballotproof.spec.lang import Protocol

if TYPE_CHECKING:
    from protocol_pages import Library

COLUMN, ROW = 202, 44  # from one name to the next
BOX_WIDTH, BOX_HEIGHT = 174, 28
MARGIN = 10


@dataclass(frozen=True)
class Node:
    """A protocol at its place in the grid."""

    cls: type[Protocol]
    column: int
    row: int

    @property
    def left(self) -> int:
        return MARGIN + self.column * COLUMN

    @property
    def right(self) -> int:
        return self.left + BOX_WIDTH

    @property
    def middle(self) -> int:
        return MARGIN + self.row * ROW + BOX_HEIGHT // 2


def family_svg(library: Library) -> str:
    """The drawing as SVG, to be put into the page as it is."""
    nodes = placed(library)
    by_class = {n.cls: n for n in nodes}
    width = max(n.right for n in nodes) + MARGIN
    height = max(n.middle for n in nodes) + BOX_HEIGHT // 2 + MARGIN
    lines = [
        f'<div class="family"><svg viewBox="0 0 {width} {height}" width="{width}" role="img" '
        'aria-label="Which protocol extends or refines which">',
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto-start-reverse"><path d="M0 0L8 4L0 8z"/></marker></defs>',
    ]
    for node in nodes:
        text = library.text[node.cls]
        for above in library.above(node.cls):
            kind = "extends" if above is text.parent else "refines"
            if above in by_class:
                lines.append(edge(by_class[above], node, kind))
    lines += [box(library, node) for node in nodes]
    lines.append("</svg></div>")
    return "\n".join(lines)


def placed(library: Library) -> list[Node]:
    """Each protocol in the column of its depth, below what it builds on: a tree, row by row."""
    shown = [
        text.cls for module in library.modules if not module.is_broken for text in module.protocols
    ]
    children: dict[type[Protocol] | None, list[type[Protocol]]] = {None: []}
    for cls in shown:
        above = [c for c in library.above(cls) if c in shown]
        # The deepest one is the parent in the tree; the others get a line only.
        parent = max(above, key=library.depth, default=None)
        children.setdefault(parent, []).append(cls)
    nodes: list[Node] = []
    next_row = 0

    def place(cls: type[Protocol]) -> None:
        nonlocal next_row
        row = next_row
        nodes.append(Node(cls, library.depth(cls), row))
        below = children.get(cls, [])
        for child in below:
            place(child)
        if not below:
            next_row += 1

    for root in children[None]:
        place(root)
    return nodes


def edge(above: Node, node: Node, kind: str) -> str:
    """From a protocol to what it builds on; the head points there."""
    x1, y1, x2, y2 = above.right, above.middle, node.left, node.middle
    bend = (x1 + x2) // 2
    path = f"M{x1} {y1}H{x2}" if y1 == y2 else f"M{x1} {y1}C{bend} {y1} {bend} {y2} {x2} {y2}"
    return f'<path class="{kind}" d="{path}" marker-start="url(#head)"/>'


def box(library: Library, node: Node) -> str:
    home = library.home[node.cls]
    name = escape(node.cls.__name__)
    link = f"{home.name.replace('.', '/')}.html"
    top = node.middle - BOX_HEIGHT // 2
    mistakes = sum(library.changed_by(m) is node.cls for m in library.mistakes())
    parts = [
        f'<a href="{link}"><title>{escape(home.title)}</title>',
        f'<rect x="{node.left}" y="{top}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="5"/>',
        f'<text x="{node.left + BOX_WIDTH // 2}" y="{node.middle + 4}">{name}</text></a>',
    ]
    if mistakes:
        parts.append(
            f'<g class="mistakes"><title>{mistakes} known mistakes</title>'
            f'<circle cx="{node.right}" cy="{top}" r="8"/>'
            f'<text x="{node.right}" y="{top + 3.5}">{mistakes}</text></g>'
        )
    return "".join(parts)

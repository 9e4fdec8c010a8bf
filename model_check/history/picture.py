"""A history that is not linearizable, as a page that shows why: one line per client, time to the
right, and in each operation the instant at which it took effect in the longest order there is."""

from __future__ import annotations

from collections.abc import Hashable
from html import escape

from .linearize import NotLinearizable
from .objects import SharedObject
from .operation import Operation

__all__ = ["picture"]

EVENT, ROW, BAR, MARGIN, NAMES = 46, 46, 26, 24, 90
"""Pixels: between two events, between two clients, height of a bar, around all, for the names."""

STYLE = """\
:root { --ink: #1c2430; --quiet: #667080; --done: #dbe7f6; --edge: #5b82b5; --bad: #f8d3cf;
  --bad-edge: #b3372b; --point: #1d4f91; --ground: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --quiet: #9aa5b4; --done: #24364e;
  --edge: #6d95c9; --bad: #55231f; --bad-edge: #e0766b; --point: #9cc3f5; --ground: #14181e; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground);
  margin: 2rem; max-width: 60rem; }
figure { margin: 1.5rem 0; overflow-x: auto; }
text { font: 12px ui-monospace, monospace; fill: var(--ink); }
text.client { font-weight: 600; }
rect { fill: var(--done); stroke: var(--edge); }
.bad rect { fill: var(--bad); stroke: var(--bad-edge); stroke-width: 2; }
.open rect { stroke-dasharray: 4 3; }
.point { fill: var(--point); }
.order { stroke: var(--point); fill: none; stroke-width: 1; stroke-dasharray: 2 3; }
.number { fill: var(--ground); text-anchor: middle; font-weight: 600; font-size: 10px; }
table { border-collapse: collapse; }
td, th { text-align: left; padding: 0.15rem 1rem 0.15rem 0; vertical-align: top; }
th { color: var(--quiet); font-weight: 500; }
"""


def picture(found: NotLinearizable, shared: SharedObject) -> str:
    """An HTML page, complete in itself: no scripts, nothing to load."""
    last = found.last
    where = "" if found.key is None else f", key {found.key}"
    return f"""\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Not linearizable: {escape(str(last))}</title>
<style>
{STYLE}</style>
</head>
<body>
<h1>Not linearizable</h1>
<p>The history of a {escape(shared.name)}{escape(where)}: {len(found.history)} operations of
{len(found.history.clients)} clients, up to the first answer that no order explains:
<strong>client {escape(str(last.client))} gets {escape(str(last))}</strong>.</p>
<figure>
{_Drawing(found).svg()}
</figure>
<p>A bar reaches from the call to the answer; one with a broken edge was not answered. The numbered
points are the longest order that fits what the clients saw, each within its bar. What has no point
is not in it.</p>
<table>
<tr><th></th><th>client</th><th>operation</th><th>the {escape(shared.name)} then holds</th></tr>
{_rows(found)}
</table>
</body>
</html>
"""


def _rows(found: NotLinearizable) -> str:
    rows = []
    for i, (op, state) in enumerate(zip(found.longest, found.states, strict=True), 1):
        shown = ", ".join("nothing" if x is None else str(x) for x in state) or "nothing"
        cells = (str(i), str(op.client), str(op), shown)
        rows.append("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in cells) + "</tr>")
    return "\n".join(rows)


class _Drawing:
    """Where things are, in pixels."""

    def __init__(self, found: NotLinearizable) -> None:
        self.found = found
        places = {op.called for op in found.history} | set(found.history.returns)
        self.column = {place: i for i, place in enumerate(sorted(places))}
        self.row: dict[Hashable, int] = {c: i for i, c in enumerate(found.history.clients)}
        self.width = 2 * MARGIN + NAMES + EVENT * (len(places) + 1)
        self.height = 2 * MARGIN + ROW * len(self.row)

    def x(self, place: int | None) -> float:
        """Of an event; without one, of the end."""
        column = len(self.column) if place is None else self.column[place]
        return MARGIN + NAMES + EVENT * column

    def y(self, op: Operation) -> float:
        return MARGIN + ROW * self.row[op.client] + ROW / 2

    def svg(self) -> str:
        parts = [
            f'<svg width="{self.width}" height="{self.height}" role="img" '
            f'aria-label="Operations of each client over time">'
        ]
        for client, row in self.row.items():
            y = MARGIN + ROW * row + ROW / 2 + 4
            parts.append(f'<text class="client" x="{MARGIN}" y="{y}">{escape(str(client))}</text>')
        parts += [self.bar(op) for op in self.found.history]
        parts += self.points()
        return "\n".join([*parts, "</svg>"])

    def bar(self, op: Operation) -> str:
        x, end, y = self.x(op.called), self.x(op.returned), self.y(op)
        kind = "bad" if op == self.found.last else "open" if op.pending else "done"
        shown = escape(str(op))
        return (
            f'<g class="{kind}"><title>{shown}</title>'
            f'<rect x="{x}" y="{y - BAR / 2}" width="{end - x}" height="{BAR}" rx="4"/>'
            f'<text x="{x + 4}" y="{y - BAR / 2 - 3}">{shown}</text></g>'
        )

    def points(self) -> list[str]:
        """The instants, as early as order and calls allow, and a line through them."""
        centres: list[tuple[float, float]] = []
        at = 0.0
        for op in self.found.longest:
            at = max(at + 12, self.x(op.called) + 12)
            centres.append((min(at, self.x(op.returned) - 8), self.y(op)))
        line = " ".join(f"{x:g},{y:g}" for x, y in centres)
        marks = [f'<polyline class="order" points="{line}"/>'] if centres else []
        for i, (x, y) in enumerate(centres, 1):
            marks.append(f'<circle class="point" cx="{x:g}" cy="{y:g}" r="8"/>')
            marks.append(f'<text class="number" x="{x:g}" y="{y + 3.5:g}">{i}</text>')
        return marks

"""A behaviour as a message sequence chart for the terminal: a column for each node, time downward.

A *node* is an element of the sort that keys most maps of the state; what cannot be put down to a
node stands in a column of its own. A *message* is a record put into a network, set or bag: by the
node it names as its source, or else by the node that takes the step. It is *received* by a step
that takes it as an argument. Solid arrows are drawn when a message is received, dashed ones when
it is sent to somebody in particular::

         s1        s2
    1    ●         │        time_out(s1)
         ├╌ Ask ╌╌▷│        sends Ask(s1, s2)
    2    ├─ Ask ──▶●        answer(Ask(s1, s2))
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..spec.lang.network import Network
from ..spec.lang.values import Bag, Map, Set, Sort, SubsetOf, TotalOrder
from .counterexample import Behaviour, Step
from .rendering import in_flight, in_order, is_record, parts_of, render, render_call

__all__ = ["ASCII", "UNICODE", "Marks", "space_time"]

SOURCES = ("source", "sender", "src")
DESTINATIONS = ("dest", "destination", "receiver", "dst", "to")
NODES = ("acceptor", "server", "node", "replica", "voter", "candidate", "leader", "proposer")
"""Fields by which a record names a node, in the words of the field; the first found counts."""

MESSAGE_FIELDS = ("sent", "messages", "network", "net")
FAULTS = ("lose", "duplicate")
"""The steps that the network model adds: nobody takes them."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The characters that a chart is drawn with."""

    life: str
    event: str
    lost: str
    line: str
    dashes: str
    right: str
    left: str
    sent_right: str
    sent_left: str
    from_left: str
    from_right: str
    across: str
    ellipsis: str


UNICODE = Marks("│", "●", "×", "─", "╌", "▶", "◀", "▷", "◁", "├", "┤", "┼", "…")
ASCII = Marks("|", "*", "x", "-", ".", ">", "<", ">", "<", "+", "+", "+", "~")

NARROWEST, WIDEST = 9, 26
"""Columns lie at least and at most so many characters apart."""


def space_time(behaviour: Behaviour, *, width: int = 100, marks: Marks = UNICODE) -> list[str]:
    """The chart, in lines of at most ``width`` characters; empty if there are no nodes to draw."""
    chart = _Chart.of(behaviour)
    return [] if chart is None else _Drawing(chart, width, marks).lines()


# ------------------------------------------------------------------------- who did what to whom
@dataclass(frozen=True, slots=True)
class _Message:
    source: Sort | None
    dest: Sort | None
    record: Any

    def label(self) -> str:
        """The message as it stands at its arrow, which says already from whom to whom it goes."""
        said = {SOURCES: self.source, DESTINATIONS: self.dest}
        rest = [
            value
            for name, value in parts_of(self.record)
            if not any(name in names and value is end for names, end in said.items())
        ]
        name = type(self.record).__name__
        return render_call(name, rest) if rest else name


@dataclass(frozen=True, slots=True)
class _Event:
    """A step as the chart sees it: at whom, what came in, and what went out."""

    step: Step
    node: Sort | None
    received: tuple[_Message, ...]
    sent: tuple[_Message, ...]


@dataclass(frozen=True, slots=True)
class _Chart:
    nodes: tuple[Sort | None, ...]  # None: whoever is no node
    events: tuple[_Event, ...]
    for_ever: str  # how the behaviour goes on, if that is said

    @classmethod
    def of(cls, behaviour: Behaviour) -> _Chart | None:
        sort = node_sort(behaviour)
        if sort is None:
            return None
        reader = _Reader(sort, message_fields(behaviour))
        events = list(reader.events(behaviour))
        nodes: list[Sort | None] = list(reader.nodes(behaviour))
        ends = [m.source for e in events for m in (*e.sent, *e.received)]
        if None in [*(e.node for e in events if e.step.action not in FAULTS), *ends]:
            nodes.insert(0, None)
        return cls(tuple(nodes), tuple(events), behaviour.for_ever())


def node_sort(behaviour: Behaviour) -> type[Sort] | None:
    """The sort whose elements are the nodes: it keys most maps, and orders do not count.

    Among equals the one that comes first. Without maps, the sort of what the records call
    ``source``, ``acceptor`` and the like.
    """
    votes: Counter[type[Sort]] = Counter()
    for value in behaviour.initial.values():
        if isinstance(value, Map):
            key = next((k for k, _ in value.items()), None)
            first = key[0] if isinstance(key, tuple) else key
            if isinstance(first, Sort) and not isinstance(first, SubsetOf | TotalOrder):
                votes[type(first)] += 1
    if not votes:
        for step in behaviour.steps:
            for record in (*step.arguments.values(), *_records(step.state)):
                for name, value in parts_of(record) if is_record(record) else ():
                    if name in (*SOURCES, *DESTINATIONS, *NODES) and isinstance(value, Sort):
                        votes[type(value)] += 1
    return max(votes, key=lambda s: votes[s], default=None)


def message_fields(behaviour: Behaviour) -> tuple[str, ...]:
    """The fields that hold messages: the networks; else the sets and bags that records are received
    from, or whose name says so; else every set and bag of records."""
    networks = [n for n, v in behaviour.initial.items() if isinstance(v, Network)]
    if networks:
        return tuple(networks)
    collections = [n for n, v in behaviour.initial.items() if isinstance(v, Set | Bag)]
    used = {n for n in collections if n in MESSAGE_FIELDS}
    before = behaviour.initial
    for step in behaviour.steps:
        for argument in step.arguments.values():
            if is_record(argument):
                used |= {n for n in collections if argument in before[n]}
        before = step.state
    return tuple(n for n in collections if not used or n in used)


def _records(state: Mapping[str, Any]) -> Iterator[Any]:
    for value in state.values():
        if isinstance(value, Set | Bag):
            yield from value
        elif isinstance(value, Network):
            yield from (m for m, _ in in_flight(value))


def _copies(value: Any) -> dict[Any, int]:
    match value:
        case Network():
            return dict(in_flight(value))
        case Bag():
            return {x: value.count(x) for x in value}
        case _:
            return dict.fromkeys(value, 1)


@dataclass(frozen=True, slots=True)
class _Reader:
    sort: type[Sort]
    fields: tuple[str, ...]

    def nodes(self, behaviour: Behaviour) -> list[Sort]:
        """Every node: the keys of the maps, and those that steps name."""
        found: set[Sort] = set()
        for value in behaviour.initial.values():
            if isinstance(value, Map):
                for key in dict(value.items()):
                    parts = key if isinstance(key, tuple) else (key,)
                    found |= {part for part in parts if isinstance(part, self.sort)}
        for event in self.events(behaviour):
            ends = [event.node]
            ends += [end for m in (*event.received, *event.sent) for end in (m.source, m.dest)]
            found |= {end for end in ends if end is not None}
        return in_order(found)

    def events(self, behaviour: Behaviour) -> Iterator[_Event]:
        senders: dict[Any, Sort | None] = {}
        before = behaviour.initial
        for step in behaviour.steps:
            arguments = list(step.arguments.values())
            records = [
                x
                for x in arguments
                if is_record(x) and any(x in _copies(before[n]) for n in self.fields)
            ]
            node = next((x for x in arguments if isinstance(x, self.sort)), None)
            if node is None:
                node = next((d for d in map(self.dest, records) if d is not None), None)
            added = [] if step.action in FAULTS else list(self.added(before, step.state))
            if node is None:
                node = next((s for s in map(self.source, added) if s is not None), None)
            received = (
                ()
                if step.action in FAULTS
                else tuple(
                    _Message(self.source(m) or senders.get(m), self.dest(m) or node, m)
                    for m in records
                )
            )
            sent = tuple(_Message(self.source(m) or node, self.dest(m), m) for m in added)
            senders |= {m.record: m.source for m in sent}
            if step.action in FAULTS and records:
                node = self.dest(records[0]) or senders.get(records[0])
            yield _Event(step, node, received, sent)
            before = step.state

    def added(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Any]:
        for name in self.fields:
            old, new = _copies(before[name]), _copies(after[name])
            for x in in_order(new):
                if is_record(x) and new[x] > old.get(x, 0):
                    yield x

    def source(self, record: Any) -> Sort | None:
        return self._end(record, SOURCES)

    def dest(self, record: Any) -> Sort | None:
        return self._end(record, DESTINATIONS)

    def _end(self, record: Any, names: Sequence[str]) -> Sort | None:
        ends = dict(parts_of(record))
        return next((ends[n] for n in names if isinstance(ends.get(n), self.sort)), None)


# -------------------------------------------------------------------------------- the drawing
class _Drawing:
    """Rows of characters: a gutter with step numbers, the columns, and the steps in words."""

    def __init__(self, chart: _Chart, width: int, marks: Marks) -> None:
        self.chart = chart
        self.marks = marks
        self.width = width
        self.gutter = len(str(len(chart.events))) + 4
        words = max((len(line) for e in chart.events for line in self.words(e)), default=0)
        messages = [m for e in chart.events for m in (*e.received, *e.sent)]
        label = max((len(m.label()) for m in messages), default=0)
        columns = len(chart.nodes)
        room = width - self.gutter - min(words, max(24, width // 3)) - 3
        self.pitch = max(NARROWEST, min(WIDEST, label + 5, room // columns))
        self.end = self.gutter + self.pitch * (columns - 1) + 1
        # Too narrow for both: words then stand on lines of their own, below the drawing.
        self.beside = width - self.end - 4 >= 16

    def lines(self) -> list[str]:
        rows = [self.header(), "".join(self.row()).rstrip()]
        for number, event in enumerate(self.chart.events, start=1):
            rows += self.event_rows(number, event)
        if self.chart.for_ever:
            rows += self.beside_row(self.row(), self.chart.for_ever)
        return [row if len(row) <= self.width else self.clip(row, self.width) for row in rows]

    def header(self) -> str:
        row = [" "] * (self.end + self.pitch)
        for place, node in zip(self.places(), self.chart.nodes, strict=True):
            name = self.clip("others" if node is None else render(node), self.pitch - 1)
            self.put(row, max(0, place - (len(name) - 1) // 2), name)
        return "".join(row).rstrip()

    def places(self) -> list[int]:
        return [self.gutter + i * self.pitch for i in range(len(self.chart.nodes))]

    def place(self, node: Sort | None) -> int | None:
        nodes = self.chart.nodes
        return self.gutter + nodes.index(node) * self.pitch if node in nodes else None

    def row(self) -> list[str]:
        row = [" "] * self.end
        for place in self.places():
            row[place] = self.marks.life
        return row

    def words(self, event: _Event) -> list[str]:
        return [event.step.call(), *(f"sends {render(m.record)}" for m in event.sent)]

    def event_rows(self, number: int, event: _Event) -> Iterator[str]:
        drawn = [self.receipt(m) for m in event.received] or [self.happening(event)]
        call, *sends = self.words(event)
        said = [call] + [""] * (len(drawn) - 1) + sends
        drawn += [self.sending(m) for m in event.sent]
        for i, (row, words) in enumerate(zip(drawn, said, strict=True)):
            if i == 0:
                self.put(row, 0, f"{number:>{self.gutter - 2}}")
            yield from self.beside_row(row, words)

    def beside_row(self, row: list[str], words: str) -> Iterator[str]:
        """A row of the drawing with what it means in words, beside it or below."""
        line = "".join(row).ljust(self.end)
        if self.beside and words:
            yield f"{line}   {words}"
        else:
            yield line.rstrip()
            if words:
                yield " " * self.gutter + words

    def happening(self, event: _Event) -> list[str]:
        row = self.row()
        place = self.place(event.node)
        if place is not None:
            lost = event.step.action == "lose"
            row[place] = self.marks.lost if lost else self.marks.event
        return row

    def receipt(self, message: _Message) -> list[str]:
        """A solid arrow from the sender to the receiver, who now does something."""
        row = self.row()
        start, end = self.place(message.source), self.place(message.dest)
        if end is None:
            end = start
        if end is None:
            return row
        if start is None or start == end:
            row[end] = self.marks.event
            self.stub(row, end, (self.marks.left + " ", " " + self.marks.right), message.label())
        else:
            marks = self.marks
            self.arrow(row, start, end, message.label(), marks.line, (marks.left, marks.right))
            row[end] = marks.event
        return row

    def sending(self, message: _Message) -> list[str]:
        """A dashed arrow to the destination, or a stub when the message is for everybody."""
        row = self.row()
        marks = self.marks
        start, end = self.place(message.source), self.place(message.dest)
        if start is None:
            return row
        if message.dest is None or end is None or start == end:
            last = start == self.end - 1 and len(self.chart.nodes) > 1
            row[start] = marks.from_right if last else marks.from_left
            to_right = marks.dashes + marks.sent_right + " "
            to_left = " " + marks.sent_left + marks.dashes
            self.stub(row, start, (to_right, to_left), message.label())
        else:
            heads = (marks.sent_left, marks.sent_right)
            self.arrow(row, start, end, message.label(), marks.dashes, heads)
        return row

    def arrow(
        self,
        row: list[str],
        start: int,
        end: int,
        label: str,
        line: str,
        heads: tuple[str, str],
    ) -> None:
        """A line with a head at ``end``, crossing what lies between, with its label on it."""
        marks = self.marks
        low, high = min(start, end), max(start, end)
        for x in range(low + 1, high):
            row[x] = marks.across if row[x] == marks.life else line
        row[start] = marks.from_left if start < end else marks.from_right
        row[high - 1 if start < end else low + 1] = heads[start < end]
        room = high - low - 5
        if room > 0:
            text = f" {self.clip(label, room)} "
            self.put(row, low + 2 + (start > end), text)

    def stub(self, row: list[str], place: int, heads: tuple[str, str], label: str) -> None:
        """Text beside a column that reaches no other: to the right, or left of the last column."""
        to_right, to_left = heads
        room = self.pitch - 1 - max(len(to_right), len(to_left))
        text = self.clip(label, room)
        if place == self.end - 1 and len(self.chart.nodes) > 1:
            self.put(row, place - len(text + to_left), text + to_left)
        else:
            row += [" "] * (place + self.pitch - len(row))
            self.put(row, place + 1, to_right + text)

    def put(self, row: list[str], place: int, text: str) -> None:
        row[place : place + len(text)] = text

    def clip(self, text: str, room: int) -> str:
        return text if len(text) <= room else text[: max(0, room - 1)] + self.marks.ellipsis

"""Message sequence charts, byte for byte."""

from __future__ import annotations

import pytest

from ballotproof.model_check.counterexample import Behaviour, Step
from ballotproof.model_check.space_time import ASCII, space_time
from ballotproof.spec.lang import BagNetwork, Map, Set, Sort, TotalOrder, record

from .behaviours import broken_lock, lock_model, taken

CHART = """\
   others        c1          c2
     │           │           │
  1  │           ●           │   ask(c1)
     │           ├╌▷ Request │   sends Request(c1)
  2  │           │           ●   ask(c2)
     │           │ Request ◁╌┤   sends Request(c2)
  3  ●◀─ Request ┤           │   grant(Request(c1))
     ├╌ Grant ╌╌▷│           │   sends Grant(c1)
  4  ├─ Grant ──▶●           │   enter(Grant(c1))
  5  │           ●           │   leave(c1)
  6  ●◀─ Request ┼───────────┤   grant(Request(c2))
     ├╌ Grant ╌╌╌┼╌╌╌╌╌╌╌╌╌╌▷│   sends Grant(c2)
  7  ├─ Grant ──▶●           │   enter(Grant(c1))
  8  ├─ Grant ───┼──────────▶●   enter(Grant(c2))"""

NARROW = """\
   others     c1       c2
     |        |        |
  1  |        *        |   ask(c1)
     |        +.> Requ~|   sends Request(c1)
  2  |        |        *   ask(c2)
     |        |Requ~ <.+   sends Request(c2)
  3  *<- Req~ +        |   grant(Request(c1))
     +. Gra~ >|        |   sends Grant(c1)
  4  +- Gra~ >*        |   enter(Grant(c1))
  5  |        *        |   leave(c1)
  6  *<- Request ------+   grant(Request(c2))
     +. Grant +.......>|   sends Grant(c2)
  7  +- Gra~ >*        |   enter(Grant(c1))
  8  +- Grant +------->*   enter(Grant(c2))"""


def test_a_chart() -> None:
    assert "\n".join(space_time(broken_lock())) == CHART


def test_a_narrow_chart_in_ascii() -> None:
    drawn = space_time(broken_lock(), width=46, marks=ASCII)
    assert "\n".join(drawn) == NARROW
    assert all(line.isascii() for line in drawn)


@pytest.mark.parametrize("width", [20, 30, 40, 60, 80, 200])
def test_no_line_is_wider_than_asked(width: int) -> None:
    drawn = space_time(broken_lock(), width=width)
    assert drawn
    assert all(len(line) <= width for line in drawn)


def test_very_narrow_charts_put_the_words_below() -> None:
    drawn = space_time(broken_lock(), width=38)
    assert drawn[2].rstrip() == "  1  │        ●        │"
    assert drawn[3].strip() == "ask(c1)"


def test_losses_and_copies_are_nobodys_steps() -> None:
    model = lock_model(BagNetwork(loses=True, duplicates=True))
    drawn = space_time(
        taken(model, "ask(c1)", "duplicate(Request(c1))", "lose(Request(c1))"), width=80
    )
    assert drawn[4].startswith("  2  ●")
    assert "duplicate(Request(c1))" in drawn[4]
    assert drawn[5].startswith("  3  ×")


def test_a_set_of_records_is_a_network_too() -> None:
    class Node(Sort): ...

    @record
    class Ping:
        source: Node
        dest: Node

    n1, n2 = Node.element(0), Node.element(1)
    empty: Set[Ping] = Set()
    full = Set({Ping(n1, n2)})
    idle = Map({n1: 0, n2: 0})
    behaviour = Behaviour(
        {"seen": idle, "sent": empty},
        (
            Step("ping", {"a": n1}, {"seen": idle, "sent": full}),
            Step("hear", {"m": Ping(n1, n2)}, {"seen": Map({n1: 0, n2: 1}), "sent": full}),
        ),
    )
    assert space_time(behaviour, width=70) == [
        "     n1       n2",
        "     │        │",
        "  1  ●        │   ping(n1)",
        "     ├╌ Ping ▷│   sends Ping(n1, n2)",
        "  2  ├─ Ping ▶●   hear(Ping(n1, n2))",
    ]


def test_orders_are_no_nodes_and_without_nodes_there_is_no_chart() -> None:
    class Term(TotalOrder): ...

    t0 = Term.element(0)
    behaviour = Behaviour({"leader": Map({t0: 1})}, (Step("go", {}, {"leader": Map({t0: 2})}),))
    assert space_time(behaviour) == []


def test_a_long_behaviour_is_drawn_in_a_moment() -> None:
    behaviour = broken_lock()
    long = Behaviour(behaviour.initial, behaviour.steps * 250)
    assert len(space_time(long)) > 2_000

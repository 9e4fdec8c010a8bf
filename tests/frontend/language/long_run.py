"""Claims about the long run: with and without parameters, pairs, locals, branches and helpers."""

from __future__ import annotations

from enum import Enum

from ballotproof.spec.lang import (
    Holds,
    Map,
    Model,
    Protocol,
    Sort,
    action,
    always_eventually,
    eventually,
    eventually_always,
    fill,
    leads_to,
    require,
    strongly_fair,
    weakly_fair,
)


class Server(Sort):
    """Takes turns."""


class Lamp(Enum):
    """Each server has one."""

    OFF = 0
    ON = 1
    OUT = 2


class LongRun(Protocol):
    lamp: Map[Server, Lamp]
    turn: Server | None

    def init(self) -> None:
        self.lamp = fill(Server, Lamp.OFF)
        self.turn = None

    @action
    def give(self, s: Server) -> None:
        require(self.turn is None)
        self.turn = s

    @action
    def press(self, s: Server) -> None:
        require(self.turn == s)
        self.lamp[s] = Lamp.OFF if self.lamp[s] == Lamp.ON else Lamp.ON
        self.turn = None

    def shines(self, s: Server) -> bool:
        return self.lamp[s] == Lamp.ON

    @eventually
    def somebody_had_a_turn(self) -> bool:
        return self.turn is not None

    @eventually
    def shone(self, s: Server) -> bool:
        return self.shines(s)

    @leads_to
    def answered(self, s: Server, wanted: bool) -> tuple[bool, bool]:
        other = self.turn
        if other is None:
            return False, True
        return other == s and self.shines(s) != wanted, self.shines(s) == wanted

    @leads_to
    def passed_on(self, s: Server, t: Server | None) -> tuple[bool, bool]:
        return s == t, self.turn != t

    @always_eventually
    def in_each_state(self, s: Server, lamp: Lamp) -> bool:
        return lamp == Lamp.OUT or self.lamp[s] == lamp

    @eventually_always
    def none_is_out(self) -> bool:
        return all(self.lamp[s] != Lamp.OUT for s in Server)


MODELS = [
    Model(
        name="taking turns",
        protocol=LongRun,
        sizes={Server: 2},
        fairness=[strongly_fair(LongRun.give, each="s"), weakly_fair(LongRun.press)],
        expect=Holds(states=12, depth=6),
    ),
]

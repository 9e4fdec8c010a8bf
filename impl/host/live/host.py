"""The host of one core: it carries out what the core asks for, in the order in which that stands.

A step goes in this order: what must survive is stored and synced, with the lines of the log; the
lines are written; messages leave, timers are set, the state machine and clients are told. A step is
carried out as a whole before the next input is looked at, so a sync stops everything else for as
long as it takes; there is nothing else that a server may do meanwhile.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import assert_never

from msgspec.structs import replace

from ...core import Deliver, NodeId, Persist, Receive, Send, SetTimer, TimerExpired
from ...raft.config import FIGURE_2
from ...raft.configuration import Configuration
from ...raft.messages import Message
from ...raft.requests import Accepted, Applied, Propose, Read, ReadReady, Rejected, Restored
from ...raft.restart import recovered
from ...raft.server import Effects, Input, Server, Timer
from ...raft.step import step
from ..simulator.application import KeyValue, command, meaning
from ..simulator.simulator import Observed
from .disk import Disk, Step
from .journal import Journal, Stamp
from .wire import Answer, Call, Packet

__all__ = ["CONFIG", "Host"]

CONFIG = replace(FIGURE_2, most_uncommitted=1_000)
"""Figure 2; and a leader that gets nothing committed does not collect commands without end."""

Reply = Callable[[Answer], None]


class Host:
    """One server. ``send`` is the network: it may lose what it is given. ``tick`` is in seconds.

    **Errors** Whatever storing and writing raise, and ProtocolError, comes out of :meth:`give` and
    of what calls it; ``failed`` is told when a timer called it. The server must stop then.
    """

    def __init__(
        self,
        me: NodeId,
        servers: int,
        disk: Disk,
        journal: Journal,
        send: Callable[[NodeId, Packet], None],
        failed: Callable[[Exception], None],
        tick: float,
        *,
        new: bool,
    ) -> None:
        self.me, self.disk, self.journal, self.tick = me, disk, journal, tick
        self.send, self.failed = send, failed
        self.loop = asyncio.get_running_loop()
        self.began = self.loop.time()
        self.chance = random.SystemRandom()
        self.timers: dict[Timer, asyncio.TimerHandle] = {}
        self.app = KeyValue()
        self.writes: dict[tuple[int, int], Reply] = {}
        self.reads: dict[int, tuple[Call, Reply]] = {}
        self.read_names = 0
        self.stopped = False
        initial = Configuration(tuple(range(servers)))
        self.core, effects = recovered(me, initial, disk.state.durable, CONFIG)
        if not new:
            journal.write(journal.stamp(self.observed(None, self.core, (), crashed=0)))
        self.carry_out(effects, Stamp())

    @property
    def now(self) -> int:
        return int((self.loop.time() - self.began) / self.tick)

    def observed(
        self, given: Input | None, before: Server, effects: Effects, crashed: int | None = None
    ) -> Observed:
        return Observed(self.now, self.me, given, before, self.core, effects, crashed)

    # ------------------------------------------------------------------------------- inputs
    def receive(self, sender: NodeId, packet: Packet) -> None:
        self.journal.heard(packet.at)
        self.give(Receive(sender, packet.message, self.now))

    def call(self, call: Call, reply: Reply) -> None:
        """A client asks. It is answered once, or never: then it asks again."""
        if call.name == "read":
            self.read_names += 1
            self.reads[self.read_names] = (call, reply)
            self.give(Read(self.read_names, self.now))
        else:
            self.writes[call.client, call.number] = reply
            data = command(call.client, call.number, "write", call.key, call.value)
            self.give(Propose(data))

    def forget(self, reply: Reply) -> None:
        """This client is gone."""
        self.writes = {k: r for k, r in self.writes.items() if r != reply}
        self.reads = {k: (c, r) for k, (c, r) in self.reads.items() if r != reply}

    def expire(self, timer: Timer) -> None:
        self.timers.pop(timer, None)
        try:
            self.give(TimerExpired(timer, self.now))
        except Exception as error:
            self.failed(error)

    def give(self, given: Input) -> None:
        before = self.core
        self.core, effects = step(before, given)
        self.carry_out(effects, self.journal.stamp(self.observed(given, before, effects)))

    # ------------------------------------------------------------------------------ effects
    def carry_out(self, effects: Effects, stamp: Stamp) -> None:
        """One step stores one record at most, and before all else."""
        for effect in effects:
            if isinstance(effect, Persist):
                self.disk.persist(Step(effect.record, stamp))
                self.disk.sync()
        self.journal.write(stamp)
        for effect in effects:
            match effect:
                case Persist():
                    pass
                case Send(to, message):
                    self.deliver_message(to, message)
                case SetTimer(timer, least, most):
                    self.set_timer(timer, self.chance.uniform(least, most))
                case Deliver(value):
                    self.tell(value)
                case _:
                    assert_never(effect)

    def deliver_message(self, to: NodeId, message: Message) -> None:
        self.send(to, Packet(self.journal.clock, message))

    def set_timer(self, timer: Timer, ticks: float) -> None:
        old = self.timers.pop(timer, None)
        if old is not None:
            old.cancel()
        self.timers[timer] = self.loop.call_later(ticks * self.tick, self.expire, timer)

    def tell(self, value: object) -> None:
        match value:
            case Applied(index, entry):
                payload = entry.payload
                done = self.app.apply(index, payload if isinstance(payload, bytes) else None)
                if done is not None:
                    client, number, result = done
                    reply = self.writes.pop((client, number), None)
                    if reply is not None:
                        reply(Answer(number, result))
            case ReadReady(name, _):
                asked = self.reads.pop(name, None)
                if asked is not None:
                    call, reply = asked
                    reply(Answer(call.number, self.app.values.get(call.key)))
            case Rejected(Propose(data), reason, leader):
                client, number, *_ = meaning(data)
                reply = self.writes.pop((client, number), None)
                if reply is not None:
                    reply(Answer(number, refused=reason.value, leader=leader))
            case Rejected(Read(name), reason, leader):
                asked = self.reads.pop(name, None)
                if asked is not None:
                    call, reply = asked
                    reply(Answer(call.number, refused=reason.value, leader=leader))
            case Accepted():
                pass
            case Restored() | Rejected():
                raise TypeError(f"{value!r} was not asked for")
            case _:
                raise TypeError(f"{value!r} is nothing that Raft tells")

    def stop(self) -> None:
        """No timer goes off any more, and nothing is written. Once is enough."""
        if self.stopped:
            return
        self.stopped = True
        for timer in self.timers.values():
            timer.cancel()
        self.timers.clear()
        self.journal.close()
        self.disk.close()

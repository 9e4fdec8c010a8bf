"""Whole clusters in one process: real cores, with a network, clocks, disks and clients that are
made up. The same plan and the same chance give the same run, event by event.

**The network** loses, repeats, delays and so reorders messages; links are cut for a while, one way
or both. **Clocks** of servers run at different rates and begin at different times; a server may be
paused. **Disks** take time to sync: what a core does meanwhile waits in order (group commit). In a
crash, some of the records that were not synced survive, the earlier before the later; a sync may
fail, and then the host stops. Where a program says how its records are stored, a real store does
that, on a disk that tears what is being written when power fails, and may rot (:mod:`.disks`). Any
of its operations may fail, as on a disk that is full or broken; then the host stops too, or does
not start, until somebody has mended it.
**Clients** call one operation after the other, try other servers when no answer comes, and give up
in the end; what they saw is the history of the run.

A step is what a core does with one input. It is *carried out* when all its effects are: that is
when ``observe`` hears of it, in the order in which that happens. A step that was cut short by a
crash is told with the number of its effects that were carried out; what a server did in vain, no
record of it having survived, is not told at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from heapq import heappop, heappush
from typing import Any, Protocol

from msgspec import Struct

from ...core import Deliver, NodeId, Persist, ProtocolError, Receive, Send, SetTimer, TimerExpired
from ..storage.failures import Damaged, StorageFailure
from ..storage.kept import Format
from .application import KeyValue, command
from .decisions import Chance
from .disks import Disk
from .faults import Ask, Call, Crash, Cut, DiskFails, Dose, Pause, Plan, Skew, SyncFails

__all__ = ["Observed", "Operation", "Program", "Result", "Simulator", "Violation"]

MESSAGE, TIMER, SYNCED, GIVEN, FAULT, RESTART, CLIENT, REQUEST, REPLY, PATIENCE = range(10)

PATIENCE_TICKS = 150
"""How long a client waits for an answer before it asks another server."""

MOST_ATTEMPTS = 12
"""It gives up after so many."""


class Violation(Exception):
    """The cluster did what it must never do."""


class Observed(Struct, frozen=True):
    """A step of a server, told when it was carried out. ``given`` is None for a crash at rest.

    ``crashed`` is the number of effects that were carried out before a crash, and ``after`` then
    is the server that starts again. ``effects`` are all that the step asked for.
    """

    time: int
    node: NodeId
    given: Any
    before: Any
    after: Any
    effects: tuple[Any, ...]
    crashed: int | None = None


class Operation(Struct):
    """What a client saw; ``called`` and ``returned`` are places in the history."""

    client: int
    name: str
    key: str
    argument: Any
    called: int
    returned: int | None = None
    result: Any = None


class Program(Protocol):
    """What a protocol has to say of itself to be simulated."""

    nodes: tuple[NodeId, ...]
    words: tuple[str, ...]
    form: Format[Any, Any] | None
    """How records are stored; None: a disk is what they add up to."""

    def blank(self) -> Any: ...

    def written(self, disk: Any, record: Any) -> Any: ...

    def recovered(self, node: NodeId, disk: Any, lost: bool) -> tuple[Any, Sequence[Any]]: ...

    def step(self, core: Any, given: Any) -> tuple[Any, Sequence[Any]]: ...

    def propose(self, data: bytes) -> Any: ...

    def read(self, name: int, now: int) -> Any | None:
        """The input that asks for a read; None if reads go through the log."""
        ...

    def asked(self, word: str, node: NodeId, core: Any) -> Any | None:
        """The input that an operator's word means to this server, if it is for it."""
        ...

    def delivered(self, host: Host, value: Any) -> None:
        """A core told its host something: the state machine, or a client, is to hear of it."""
        ...

    def watch(self, time: int, node: NodeId, before: Any, after: Any) -> None:
        """A step changed a server. **Errors** Violation."""
        ...


class Result(Struct):
    """``events`` is the number of all things that happened to servers and clients; ``violation``
    says what must never happen and did."""

    events: int
    time: int
    history: list[Operation]
    violation: str | None
    applied: int
    journal: list[str] | None = None


class Host:
    """One server with its host."""

    __slots__ = (
        "app", "begin", "compacted", "core", "counts", "crash", "disk", "down", "fails", "life",
        "lost", "mending", "node", "out_of", "paused", "queue", "reads", "simulator", "started",
        "store", "syncing", "timers", "visible", "waiting",
    )  # fmt: skip

    def __init__(self, simulator: Simulator, node: NodeId) -> None:
        self.simulator, self.node = simulator, node
        self.disk = simulator.program.blank()
        form = simulator.program.form
        self.store = None if form is None else Disk(form, node)
        self.counts, self.out_of, self.begin = 1, 1, 0
        self.paused = 0
        self.fails: SyncFails | DiskFails | None = None
        self.mending = 0
        self.crash: Crash | None = None
        self.life = 0
        self.down = True
        self.lost = False
        self.core: Any = None
        self.app = KeyValue()
        self.compacted = 0
        self.waiting: set[tuple[int, int]] = set()
        self.reads: dict[int, tuple[int, int, str]] = {}
        self.timers: dict[Any, int] = {}
        self.queue: list[Any] = []
        self.syncing = 0
        self.visible: Any = None

    def now(self) -> int:
        """What this server's clock shows."""
        return self.begin + self.simulator.time * self.counts // self.out_of

    # -------------------------------------------------------------------------------- steps
    def give(self, given: Any) -> None:
        """Hand the core one input."""
        simulator = self.simulator
        before = self.core
        try:
            after, effects = simulator.program.step(before, given)
        except ProtocolError as error:
            raise Violation(f"server {self.node} must stop: {error}") from error
        if after is not before:
            simulator.program.watch(simulator.time, self.node, before, after)
            self.core = after
        crash = self.crash
        if crash is not None and any(e.__class__ is Persist for e in effects):
            self.crash = None
            self.carry_out(effects[: crash.effects])
            if not self.down:
                if simulator.observe is not None:
                    self.queue_step((given, before, after, tuple(effects)), crash.effects or 0)
                simulator.stop(self, crash.down, crash.lost)
            return
        self.carry_out(effects)
        if simulator.observe is not None and not self.down:
            step = (given, before, after, tuple(effects))
            if self.queue:
                self.queue.append(step)
            else:
                self.visible = after
                simulator.tell(self, step, None)

    def queue_step(self, step: tuple[Any, ...], done: int) -> None:
        """Remember the step that a crash cuts short."""
        self.queue.append((*step, done))

    def carry_out(self, effects: Sequence[Any]) -> None:
        queue = self.queue
        for effect in effects:
            kind = effect.__class__
            if queue:
                queue.append(effect)
            elif kind is Persist:
                if self.simulator.sync_ticks or self.may_fail():
                    queue.append(effect)
                    self.begin_sync()
                else:
                    self.disk = self.simulator.program.written(self.disk, effect.record)
                    if self.store is not None:
                        self.store.keep((effect.record,))
            else:
                self.do(effect, kind)

    def do(self, effect: Any, kind: type) -> None:
        simulator = self.simulator
        if kind is Send:
            simulator.send(self.node, effect.to, effect.message)
        elif kind is SetTimer:
            ticks = simulator.chance.timer(self.node, effect.least, effect.most)
            if self.counts != self.out_of:
                ticks = -(-ticks * self.out_of // self.counts)
            stamp = simulator.push(simulator.time + ticks, TIMER, self.node, effect.timer, None)
            self.timers[effect.timer] = stamp
        else:
            assert kind is Deliver
            simulator.program.delivered(self, effect.value)

    # --------------------------------------------------------------------------------- disk
    def may_fail(self) -> bool:
        """Whether storing something may fail from now on."""
        return self.fails is not None or (self.store is not None and self.store.may_fail())

    def begin_sync(self) -> None:
        self.syncing = len(self.queue)
        simulator = self.simulator
        due = simulator.time + simulator.sync_ticks
        simulator.push(due, SYNCED, self.node, self.life, None)

    def synced(self) -> None:
        """What was waiting for the sync is done, and the next one begins if it is needed."""
        simulator = self.simulator
        if self.fails is not None:
            down = self.fails.down
            self.fails = None
            simulator.note("server %d: the sync failed", self.node)
            simulator.stop(self, down, lost=False)
            return
        whole = self.syncing
        ready = self.queue[:whole]
        if self.store is not None:
            try:
                self.store.keep([e.record for e in ready if e.__class__ is Persist])
            except StorageFailure as error:
                simulator.note("server %d: the disk fails: %s", self.node, error)
                simulator.stop(self, self.mending, lost=False)
                return
        self.queue = self.queue[whole:]
        written = simulator.program.written
        for effect in ready:
            if effect.__class__ is Persist:
                self.disk = written(self.disk, effect.record)
        ready.reverse()
        while ready:
            self.finish(ready.pop())
        queue = self.queue
        while queue and queue[0].__class__ is not Persist:
            self.finish(queue.pop(0))
        if queue and not self.down:
            self.begin_sync()

    def finish(self, effect: Any) -> None:
        kind = effect.__class__
        if kind is tuple:
            self.visible = effect[2]
            self.simulator.tell(self, effect, None)
        elif kind is not Persist:
            self.do(effect, kind)

    # ------------------------------------------------------------------------------ clients
    def answer(self, client: int, number: int, result: Any) -> None:
        if (client, number) in self.waiting:
            self.waiting.discard((client, number))
            self.simulator.reply(self.node, client, number, True, result)

    def refuse(self, client: int, number: int, leader: NodeId | None) -> None:
        self.waiting.discard((client, number))
        self.simulator.reply(self.node, client, number, False, leader)


class Client:
    """Calls one operation after the other."""

    __slots__ = ("attempts", "calls", "current", "name", "number", "operation", "stamp", "target")

    def __init__(self, name: int) -> None:
        self.name = name
        self.calls: list[Call] = []
        self.current: Call | None = None
        self.operation: Operation | None = None
        self.number = 0
        self.attempts = 0
        self.target = 0
        self.stamp = 0


class Simulator:
    """One run.

    ``observe`` hears of each step. With ``journal`` the result says what happened, line by line.
    """

    def __init__(
        self,
        program: Program,
        plan: Plan,
        chance: Chance,
        dose: Dose,
        observe: Callable[[Observed], None] | None = None,
        journal: bool = False,
    ) -> None:
        self.program, self.chance, self.observe = program, chance, observe
        self.sync_ticks = dose.sync
        self.ticks = dose.ticks
        self.time = 0
        self.stamps = 0
        self.events = 0
        self.heap: list[tuple[int, int, int, int, Any, Any]] = []
        self.journal: list[str] | None = [] if journal else None
        self.cuts: dict[tuple[NodeId, NodeId], int] = {}
        self.history: list[Operation] = []
        self.place = 0
        self.names = 0
        self.plan = plan
        self.hosts = {node: Host(self, node) for node in program.nodes}
        self.clients: dict[int, Client] = {}
        self.callers: dict[int, Client] = {}

    # --------------------------------------------------------------------------------- parts
    def push(self, time: int, code: int, node: int, a: Any, b: Any) -> int:
        self.stamps = stamp = self.stamps + 1
        heappush(self.heap, (time, stamp, code, node, a, b))
        return stamp

    def note(self, form: str, *what: Any) -> None:
        if self.journal is not None:
            self.journal.append(f"{self.time:>6}  {form % what}")

    def send(self, sender: NodeId, to: NodeId, message: Any) -> None:
        if self.cuts and self.cuts.get((sender, to)):
            return
        time = self.time
        for ticks in (1,) if sender == to else self.chance.message(sender, to):
            self.stamps = stamp = self.stamps + 1
            heappush(self.heap, (time + ticks, stamp, MESSAGE, to, sender, message))

    def tell(self, host: Host, step: tuple[Any, ...], crashed: int | None) -> None:
        assert self.observe is not None
        given, before, after, effects = step[:4]
        self.observe(Observed(self.time, host.node, given, before, after, effects, crashed))

    def stop(self, host: Host, down: int, lost: bool, rot: bool = False) -> None:
        """The server crashes: of what was not synced yet, some survives."""
        self.note("server %d stops", host.node)
        queue, host.queue = host.queue, []
        records = sum(x.__class__ is Persist for x in queue)
        if host.store is None:
            survive = 0 if lost or not records else self.chance.survivors(host.node, records)
        else:
            writing = [x.record for x in queue[: host.syncing] if x.__class__ is Persist]
            survive, lost = self.left(host, host.store, writing, lost, rot)
            for error in host.store.refused:
                self.note("server %d: the disk cannot be read: %s", host.node, error)
                down += host.mending
        disk = self.program.blank() if lost else host.disk
        host.life += 1
        host.down = True
        host.syncing = 0
        host.timers.clear()
        host.waiting.clear()
        host.reads.clear()
        host.fails = None
        host.crash = None
        host.lost = lost
        told = self.observe is not None and not lost
        steps: list[tuple[Any, ...]] = []
        cut: tuple[tuple[Any, ...], int] | None = None
        done = 0
        for i, x in enumerate(queue):
            if x.__class__ is Persist and survive:
                survive -= 1
                disk = self.program.written(disk, x.record)
                done = i + 1
        host.disk = disk
        if host.store is not None and host.store.kept.state != disk:
            raise Violation(f"server {host.node} finds what it has not stored")
        if told:
            for i, x in enumerate(queue):
                if x.__class__ is tuple:
                    first = i - (len(x[3]) if len(x) == 4 else x[4])
                    if len(x) == 4 and (done >= i or (done > first and i == len(queue) - 1)):
                        steps.append(x)
                    elif done > max(first, 0):
                        cut = (x, done - first)
                        break
                    elif len(x) == 5 and not records:
                        cut = (x, x[4])
        core, effects = self.program.recovered(host.node, disk, lost)
        if told:
            self.tell_crash(host, steps, cut, core)
        host.core = host.visible = core
        host.app = KeyValue()
        host.compacted = 0
        self.push(self.time + down, RESTART, host.node, host.life, tuple(effects))

    def left(
        self, host: Host, disk: Disk, writing: list[Any], lost: bool, rot: bool
    ) -> tuple[int, bool]:
        """How many records that were being written survive on a disk, and whether the store
        refuses it, if it is not lost anyway."""
        if lost:
            disk.is_lost()
            return 0, True
        number = self.chance.disk(host.node)
        if rot:
            refused = disk.rots(number)
            self.note(
                "server %d: a bit flips, and is %s", host.node, ("harmless", "noticed")[refused]
            )
            return 0, refused
        try:
            survive = disk.power_fails(writing, number)
        except Damaged as error:
            raise Violation(f"server {host.node} takes a torn write for damage: {error}") from error
        if not 0 <= survive <= len(writing):
            raise Violation(f"server {host.node} finds {survive} of {len(writing)} records")
        self.note("server %d: %d of %d records survive", host.node, survive, len(writing))
        return survive, False

    def tell_crash(
        self,
        host: Host,
        steps: list[tuple[Any, ...]],
        cut: tuple[tuple[Any, ...], int] | None,
        core: Any,
    ) -> None:
        for step in steps:
            self.tell(host, step, None)
            host.visible = step[2]
        if cut is None:
            self.tell(host, (None, host.visible, core, ()), 0)
        else:
            step, done = cut
            self.tell(host, (step[0], step[1], core, step[3]), done)

    def restart(self, host: Host, effects: Sequence[Any]) -> None:
        self.note("server %d starts", host.node)
        host.down = False
        host.carry_out(effects)

    # ------------------------------------------------------------------------------- clients
    def reply(self, node: NodeId, client: int, number: int, ok: bool, what: Any) -> None:
        for ticks in self.chance.message(node, -1 - client % 1000):
            self.push(self.time + ticks, REPLY, client, number, (ok, what))

    def next_call(self, client: Client) -> None:
        if client.calls:
            call = client.calls[-1]
            self.push(max(self.time + 1, call.at), CLIENT, client.name, None, None)

    def call(self, client: Client) -> None:
        """Begin with the next operation."""
        call = client.current = client.calls.pop()
        self.place += 1
        argument = tuple(call.argument) if call.name == "cas" else call.argument
        client.operation = Operation(client.name, call.name, call.key, argument, self.place)
        self.history.append(client.operation)
        client.number += 1
        client.attempts = 0
        self.note("client %d calls %s(%s, %s)", client.name, call.name, call.key, argument)
        self.attempt(client)

    def attempt(self, client: Client) -> None:
        call = client.current
        assert call is not None
        if client.attempts == MOST_ATTEMPTS:
            self.give_up(client)
            return
        client.attempts += 1
        nodes = self.program.nodes
        node = nodes[client.target % len(nodes)]
        for ticks in self.chance.message(-1 - client.name % 1000, node):
            self.push(self.time + ticks, REQUEST, node, (client.name, client.number), call)
        due = self.time + PATIENCE_TICKS
        client.stamp = self.push(due, PATIENCE, client.name, None, None)

    def give_up(self, client: Client) -> None:
        """Whether it happened is not known, so whoever goes on is another client."""
        self.note("client %d gives up", client.name)
        client.current = client.operation = None
        new = Client(client.name + 1000)
        new.calls, new.target = client.calls, client.target
        client.calls = []
        self.callers[new.name] = new
        self.next_call(new)

    def answered(self, client: Client, number: int, ok: bool, what: Any) -> None:
        if client.operation is None or number != client.number:
            return
        nodes = self.program.nodes
        if not ok:
            if what in nodes:  # the next attempt goes to the one behind
                client.target = nodes.index(what) - 1
            client.stamp = self.push(self.time + 10, PATIENCE, client.name, None, None)
            return
        self.place += 1
        client.operation.returned = self.place
        client.operation.result = what
        self.note("client %d is answered %s", client.name, what)
        client.current = client.operation = None
        self.next_call(client)

    def request(self, host: Host, caller: tuple[int, int], call: Call) -> None:
        client, number = caller
        if not call.log and call.name == "read":
            self.names += 1
            given = self.program.read(self.names, host.now())
            if given is not None:
                host.reads[self.names] = (client, number, call.key)
                host.waiting.add(caller)
                host.give(given)
                return
        host.waiting.add(caller)
        host.give(self.program.propose(command(client, number, call.name, call.key, call.argument)))

    # -------------------------------------------------------------------------------- faults
    def fault(self, item: Any) -> None:
        self.note("%s", item)
        match item:
            case Crash(_, node, down, effects, lost, rot):
                host = self.hosts[node]
                if not host.down and effects is None:
                    self.stop(host, down, lost, rot)
                elif not host.down:
                    host.crash = item
            case Cut(_, until, senders, receivers):
                for pair in [(a, b) for a in senders for b in receivers if a != b]:
                    self.cuts[pair] = self.cuts.get(pair, 0) + 1
                    self.push(until, FAULT, -1, pair, None)
            case (sender, to):
                self.cuts[sender, to] -= 1
                if not self.cuts[sender, to]:
                    del self.cuts[sender, to]
            case Pause(_, until, node):
                self.hosts[node].paused = until
            case SyncFails(_, node):
                if not self.hosts[node].down:
                    self.hosts[node].fails = item
            case DiskFails(_, node, down, fault, operation, reading):
                host = self.hosts[node]
                if host.store is not None:
                    host.mending = down
                    host.store.will_fail(fault, operation, reading)
                elif not host.down:
                    host.fails = item
            case Ask(_, word, node):
                for host in self.hosts.values():
                    given = None if host.down else self.program.asked(word, node, host.core)
                    if given is not None:
                        host.give(given)
            case _:
                raise TypeError(f"{item!r} is no fault")

    # --------------------------------------------------------------------------------- a run
    def begin(self) -> None:
        for item in self.plan:
            match item:
                case Skew(node, counts, out_of, begin):
                    host = self.hosts[node]
                    host.counts, host.out_of, host.begin = counts, out_of, begin
                case Call():
                    client = self.clients.setdefault(item.client, Client(item.client))
                    client.calls.append(item)
                case _:
                    self.push(item.at, FAULT, -1, item, None)
        for node in self.program.nodes:
            host = self.hosts[node]
            host.core, effects = self.program.recovered(node, host.disk, False)
            host.visible = host.core
            host.down = False
            host.carry_out(effects)
        self.callers = dict(self.clients)
        for client in self.clients.values():
            client.calls.sort(key=lambda c: -c.at)
            self.next_call(client)

    def run(self) -> Result:
        """Everything, until the time is over."""
        violation = None
        try:
            self.begin()
            self.loop()
        except Violation as found:
            violation = f"at tick {self.time}: {found}"
        applied = max(host.app.applied for host in self.hosts.values())
        return Result(self.events, self.time, self.history, violation, applied, self.journal)

    def loop(self) -> None:
        heap, hosts = self.heap, self.hosts
        journal = self.journal is not None
        while heap:
            event = heappop(heap)
            time, stamp, code, node, a, b = event
            if time > self.ticks:
                break
            self.time = time
            if code <= GIVEN:
                host = hosts[node]
                if time < host.paused:
                    again = self.push(host.paused, code, node, a, b)
                    if code == TIMER and host.timers.get(a) == stamp:
                        host.timers[a] = again
                    continue
                if code == MESSAGE:
                    self.events += 1
                    if host.down:
                        continue
                    if journal:
                        self.note("%d -> %d  %s", a, node, b)
                    host.give(Receive(a, b, host.begin + time * host.counts // host.out_of))
                elif code == TIMER:
                    if host.timers.get(a) == stamp:
                        self.events += 1
                        if journal:
                            self.note("server %d: %s", node, a)
                        host.give(TimerExpired(a, host.now()))
                elif code == SYNCED:
                    if a == host.life:
                        self.events += 1
                        host.synced()
                elif not host.down and a == host.life:
                    self.events += 1
                    host.give(b)
            else:
                self.events += 1
                self.other(code, node, a, b, stamp)

    def other(self, code: int, node: int, a: Any, b: Any, stamp: int) -> None:
        match code:
            case c if c == FAULT:
                self.fault(a)
            case c if c == RESTART:
                if a == self.hosts[node].life:
                    self.restart(self.hosts[node], b)
            case c if c == CLIENT:
                self.call(self.callers[node])
            case c if c == REQUEST:
                if not self.hosts[node].down:
                    self.request(self.hosts[node], a, b)
            case c if c == REPLY:
                self.answered(self.callers[node], a, *b)
            case _:
                client = self.callers[node]
                if client.stamp == stamp and client.operation is not None:
                    client.target += 1
                    self.attempt(client)

"""Raft, the program, with a state machine that keeps sessions, held against
:mod:`spec.raft.sessions`.

A server is here the core and its state machine, which is given what the core delivers; a leader
answers the client. The state machine remembers its commands, and answers how many they were, as in
the specification. One session is open from the beginning. The entry without a command, with which a
leader begins its term, is to the specification the end of another session, which nobody uses.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from msgspec.structs import asdict, replace

from ....spec.lang import Map, Model, Set
from ....spec.raft import sessions as text
from ....spec.raft.election import Server, Term
from ....spec.raft.replication import Entry, Raft, Value
from ...core import Deliver, NodeId, Send
from ...raft import log, records, requests, server, sessions
from ...raft import step as program
from ...raft.sessions import Answered, Close, Closed, Operation, Perform, Session
from ..specification import Action, Specification
from ..world import CLIENTS, Event, Packet
from .replication import ReplicationCluster

__all__ = ["SessionCluster"]

SESSION = 0
"""The name of the session."""
COMMANDS = (b"1", b"2")
OPEN = sessions.Sessions(open=(Session(SESSION, 0),))


class Copy(server.Server, frozen=True):
    """A server with its state machine: the commands that it has executed, and their sessions."""

    table: sessions.Sessions = OPEN
    executed: tuple[bytes, ...] = ()
    applied: log.Index = 0


def machine(state: tuple[bytes, ...], command: bytes) -> tuple[tuple[bytes, ...], bytes]:
    """Remembers all commands, and answers how many they are."""
    state = (*state, command)
    return state, bytes([len(state)])


class SessionCluster(ReplicationCluster):
    """Figure 2 with a client that asks for two commands, the second when the first was executed,
    each as often as it likes, and may end its session."""

    protocol: ClassVar[type[Raft]] = text.Sessions

    def __init__(
        self, servers: int = 2, terms: int = 1, commands: int = 2, crashes: int = 0
    ) -> None:
        super().__init__(servers, terms, commands, crashes)
        operations: tuple[Operation, ...] = (
            *(Perform(SESSION, n, n, command) for n, command in enumerate(COMMANDS, 1)),
            Close(SESSION),
        )
        self.payloads = tuple(map(sessions.encode, operations))
        spec = Specification(self.model)
        self.clients = spec.elements(text.Client)

    def instance(self) -> Model:
        servers, terms, commands = len(self.nodes), self.terms, self.commands
        return Model(
            name=f"{servers} servers, {terms} terms, {commands} requests in each",
            protocol=self.protocol,
            sizes={Server: servers, Term: terms + 1, Value: 4, text.Client: 2},
            constants={
                "max_log": terms * (1 + commands),
                "sent_by": {(2, 1), (3, 1)},
                "numbered": {(2, 1), (3, 2)},
                "numbers": 2,
                "ends": {(4, 1), (1, 2)},
            },
            restarts=self.crashes,
        )

    # ----------------------------------------------------------------------------- cluster
    def recovered(self, node: NodeId, disk: records.Durable) -> Copy:
        """The state machine begins anew, and executes what is delivered to it again."""
        return Copy(**asdict(super().recovered(node, disk)))

    def step(
        self, core: server.Server, given: server.Input
    ) -> tuple[server.Server, Sequence[server.Effect]]:
        after, effects = program.step(core, given)
        found: list[Any] = []
        for effect in effects:
            found.append(effect)
            match effect:
                case Deliver(requests.Applied(index, entry)):
                    after, answer = self.execute(after, index, entry)
                    if answer is not None and after.role is server.Role.LEADER:
                        found.append(Send(CLIENTS, answer))
                case _:
                    pass
        return after, found

    def execute(
        self, core: server.Server, index: log.Index, entry: log.Entry
    ) -> tuple[Copy, tuple[bytes, int] | None]:
        """The server with one entry more executed; and the answer, with the command."""
        assert isinstance(core, Copy)
        core = replace(core, applied=index)
        if not isinstance(entry.payload, bytes):
            return core, None
        operation = sessions.decode(entry.payload)
        table, state, outcome = sessions.apply(core.table, core.executed, index, operation, machine)
        core = replace(core, table=table, executed=state)
        match outcome:
            case Answered(response):
                return core, (entry.payload, response[0])
            case Closed() if isinstance(operation, Perform):
                return core, (entry.payload, 0)
            case _:
                return core, None

    def inputs(self, core: server.Server) -> Iterable[server.Input]:
        first, second, end = self.payloads
        for given in super().inputs(core):
            if isinstance(given, requests.Propose):
                yield requests.Propose(first)
                yield requests.Propose(end)
                if any(e.payload == first for e in core.log.between(0, core.commit)):
                    yield requests.Propose(second)
            else:
                yield given

    # -------------------------------------------------------------------------- refinement
    def value(self, payload: log.Payload) -> Value:
        if not isinstance(payload, bytes):
            return self.nothing
        return self.values[1 + self.payloads.index(payload)]

    def message(self, packet: Packet) -> Any:
        return None if packet.to == CLIENTS else super().message(packet)

    def signs(self, packet: Packet) -> Iterable[Hashable]:
        if packet.to == CLIENTS:
            payload, place = packet.message
            yield text.Answer(self.value(payload), place)

    def local(self, core: server.Server) -> tuple[Any, ...]:
        """Of a session that has ended, its commands are all that is still known."""
        assert isinstance(core, Copy)
        session = core.table.find(SESSION)
        executed = tuple(self.values[1 + COMMANDS.index(x)] for x in core.executed)
        if session is None:
            highest, cached = len(executed), len(executed)
        else:
            highest, answer = max(session.responses, default=(session.answered - 1, b"\0"))
            cached = answer[0]
        ended = session is None, core.applied > 0
        return (*super().local(core), core.applied, executed, highest, cached, ended)

    def abstract(
        self, servers: Sequence[tuple[Any, ...]], messages: Iterable[Any]
    ) -> Mapping[str, Any]:
        sent = list(messages)
        answers = [m for m in sent if isinstance(m, text.Answer)]
        fields = dict(super().abstract(servers, [m for m in sent if m not in answers]))
        both = list(zip(self.server, servers, strict=True))
        for i, name in ((8, "executed_to"), (9, "executed")):
            fields[name] = Map({s: known[i] for s, known in both})
        for i, name in ((10, "highest"), (11, "cached")):
            fields[name] = Map(
                {
                    (s, c): known[i] if c is self.clients[0] else 0
                    for s, known in both
                    for c in self.clients
                }
            )
        ended = {
            (s, c): x for s, known in both for c, x in zip(self.clients, known[12], strict=True)
        }
        return {**fields, "ended": Map(ended), "answers": Set(answers)}

    def undisturbed(
        self, event: Event, s: Server, before: Any, after: Any, sent: frozenset[Any]
    ) -> Iterator[list[Action]]:
        """What is newly committed is executed at the end; of what was executed before a crash, only
        the answers remain."""
        done = before.executed_to[s]
        for steps in super().undisturbed(event, s, before, after, sent):
            if event.crash is None:
                yield [*steps, *self.executions(s, after.log[s][done : after.executed_to[s]])]
            else:
                for n in range(done, len(before.log[s]) + 1):
                    yield [*steps, *self.executions(s, before.log[s][done:n])]

    def executions(self, s: Server, entries: Iterable[Entry]) -> Iterator[Action]:
        for entry in entries:
            client = self.clients[1 if entry.value is self.nothing else 0]
            yield "execute", (s, client)

    def committed(self, s: Server, before: Any, after: Any, sent: frozenset[Any]) -> Iterable[int]:
        """Answers show too that something is committed."""
        if any(isinstance(m, text.Answer) for m in sent):
            return range(before.commit[s] + 1, len(before.log[s]) + 1)
        return super().committed(s, before, after, sent)

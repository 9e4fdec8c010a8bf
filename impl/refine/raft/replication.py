"""Raft, the program, as the specification of Figure 2 sees it.

One input of the program is often several steps of the text: a server that stands for election also
asks for votes, one that wins appends its first entry and sends it. The entry without a command is
to the text a command like others.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from ....spec.lang import Map, Model, Network
from ....spec.raft import election
from ....spec.raft import replication as text
from ....spec.raft.election import Quorum, Server, Term
from ....spec.raft.replication import Value
from ...core import NodeId, Receive, TimerExpired
from ...raft import log, messages, records, requests, server
from ...raft import step as program
from ...raft.config import FIGURE_2
from ...raft.configuration import Configuration
from ...raft.restart import recovered
from ..specification import Action, Specification
from ..world import Event, Packet

__all__ = ["ReplicationCluster"]

ROLES = {
    server.Role.FOLLOWER: election.Role.FOLLOWER,
    server.Role.PRE_CANDIDATE: election.Role.FOLLOWER,
    server.Role.CANDIDATE: election.Role.CANDIDATE,
    server.Role.LEADER: election.Role.LEADER,
}

Message = text.RequestVote | election.Vote | text.AppendEntries | text.AppendReply


class ReplicationCluster:
    """Some servers, up to some term.

    ``commands`` is how many commands clients may ask for in one term. Entries are sent one by one,
    as in the specification.
    """

    protocol: ClassVar[type[text.Raft]] = text.Raft

    def __init__(
        self, servers: int = 3, terms: int = 1, commands: int = 0, crashes: int = 0
    ) -> None:
        self.nodes: tuple[NodeId, ...] = tuple(range(servers))
        self.terms, self.commands, self.crashes = terms, commands, crashes
        self.config = FIGURE_2
        self.initial = Configuration(self.nodes)
        self.model = self.instance()
        spec = Specification(self.model)
        self.server = spec.elements(Server)
        self.term = spec.elements(Term)
        self.values: tuple[Value, ...] = spec.elements(Value)
        self.nothing, self.command = self.values[:2]
        self.quorums = spec.elements(Quorum)

    def instance(self) -> Model:
        """The instance of the specification that this cluster is of."""
        servers, terms, commands = len(self.nodes), self.terms, self.commands
        return Model(
            name=f"{servers} servers, {terms} terms, {commands} commands in each",
            protocol=self.protocol,
            sizes={Server: servers, Term: terms + 1, Value: 2},
            constants={"max_log": terms * (1 + commands)},
            restarts=self.crashes,
        )

    # ----------------------------------------------------------------------------- cluster
    def blank(self) -> records.Durable:
        return records.Durable()

    def written(self, disk: records.Durable, record: records.Record) -> records.Durable:
        return records.written(disk, record)

    def recovered(self, node: NodeId, disk: records.Durable) -> server.Server:
        s, _ = recovered(node, self.initial, disk, self.config)
        return s

    def step(
        self, core: server.Server, given: server.Input
    ) -> tuple[server.Server, Sequence[server.Effect]]:
        return program.step(core, given)

    def inputs(self, core: server.Server) -> Iterable[server.Input]:
        """Timers, within the terms; a client's wish, while the leader has not had its share."""
        if core.role is server.Role.LEADER:
            yield TimerExpired(server.Timer.HEARTBEAT)
            mine = sum(e.term == core.term and e.payload is not None for e in self.entries(core))
            if mine < self.commands:
                yield requests.Propose(b"command")
        elif core.term < self.terms:
            yield TimerExpired(server.Timer.ELECTION)

    # -------------------------------------------------------------------------- refinement
    def entries(self, core: server.Server) -> tuple[log.Entry, ...]:
        """The whole log."""
        return core.log.entries

    def entry(self, entry: log.Entry) -> text.Entry:
        return text.Entry(self.term[entry.term], self.value(entry.payload))

    def value(self, payload: log.Payload) -> Value:
        """The command of the specification that this is."""
        return self.nothing if payload is None else self.command

    def message(self, packet: Packet) -> Message:
        source, dest = self.server[packet.sender], self.server[packet.to]
        term = self.term[packet.message.term]
        match packet.message:
            case messages.RequestVote(_, last_index, last_term):
                return text.RequestVote(source, dest, term, last_index, self.term[last_term])
            case messages.VoteReply(_, granted):
                return election.Vote(source, dest, term, granted)
            case messages.AppendEntries(_, prev_index, prev_term, entries, commit):
                prev = self.term[prev_term]
                entry = self.entry(entries[0]) if entries else None
                return text.AppendEntries(source, dest, term, prev_index, prev, entry, commit)
            case messages.AppendReply(_, success, match):
                return text.AppendReply(source, dest, term, success, match)
            case other:
                raise TypeError(f"{other!r} is no message")

    def signs(self, packet: Packet) -> Iterable[Hashable]:
        return ()

    def local(self, core: server.Server) -> tuple[Any, ...]:
        """The fields of Figure 2, in the order of the specification."""
        progress = [core.progress_of(n) for n in self.nodes]
        return (
            self.term[core.term],
            None if core.voted_for is None else self.server[core.voted_for],
            tuple(map(self.entry, self.entries(core))),
            ROLES[core.role],
            core.commit,
            frozenset(self.server[n] for n in core.votes),
            tuple(p.next for p in progress),
            tuple(p.match for p in progress),
        )

    def abstract(
        self, servers: Sequence[tuple[Any, ...]], messages: Iterable[Message]
    ) -> Mapping[str, Any]:
        names = ("term", "voted_for", "log", "role", "commit", "votes")
        both = list(zip(self.server, servers, strict=True))
        fields: dict[str, Any] = {
            name: Map({s: known[i] for s, known in both}) for i, name in enumerate(names)
        }
        for i, name in ((6, "next_index"), (7, "match_index")):
            fields[name] = Map(
                {(s, r): n for s, known in both for r, n in zip(self.server, known[i], strict=True)}
            )
        network: Network[Message] = Network()
        for m in messages:
            network.send(m)
        fields["network"] = network
        return fields

    def explanations(
        self, event: Event, before: text.Raft, after: text.Raft, sent: frozenset[Any]
    ) -> Iterable[Sequence[Action]]:
        """What the input is; then, in the order in which they can only happen, an election won, a
        commit, and messages of the leader. A crash may have come after all that, or before."""
        s = self.server[event.node]
        for steps in self.undisturbed(event, s, before, after, sent):
            yield [*steps, ("restart", (s,))] if event.crash is not None else steps
        if event.crash is not None:
            yield [("restart", (s,))]

    def undisturbed(
        self, event: Event, s: Server, before: text.Raft, after: text.Raft, sent: frozenset[Any]
    ) -> Iterator[list[Action]]:
        if event.given is None:
            return
        new = sorted(sent, key=repr)
        first = self.first(event, s, before)
        asks: list[Action] = [
            ("request_vote", (s, m.dest)) for m in new if isinstance(m, text.RequestVote)
        ]
        sends: list[Action] = [
            ("append_entries", (s, m.dest)) for m in new if isinstance(m, text.AppendEntries)
        ]
        wins: list[list[Action]] = [[]]
        commits: list[list[Action]] = [[]]
        if isinstance(event.given, Receive):
            begin: Action = ("client_request", (s, self.nothing))
            wins += [[("become_leader", (s, q)), begin] for q in self.quorums]
            for n in self.committed(s, before, after, sent):
                commits += [[("advance_commit", (s, q, n))] for q in self.quorums]
        for won in wins:
            for commit_step in commits:
                yield [*first, *asks, *won, *commit_step, *sends]

    def committed(
        self, s: Server, before: text.Raft, after: text.Raft, sent: frozenset[Any]
    ) -> Iterable[int]:
        """Up to where a leader may have committed, if it has: the state afterwards says so, or
        before a crash a message."""
        commits = (m.commit for m in sent if isinstance(m, text.AppendEntries))
        highest = max(commits, default=0)
        highest = max(highest, after.commit[s])
        return [highest] if highest > before.commit[s] else []

    def first(self, event: Event, s: Server, before: text.Raft) -> list[Action]:
        match event.given:
            case TimerExpired(server.Timer.ELECTION):
                term = self.term[self.term.index(before.term[s]) + 1]
                return [("timeout", (s, term))]
            case requests.Propose(command):
                return [("client_request", (s, self.value(command)))]
            case Receive(sender, m):
                heard = self.message(Packet(sender, event.node, m))
                match heard:
                    case text.RequestVote():
                        return [("handle_request_vote", (heard,))]
                    case election.Vote():
                        return [("handle_vote", (heard,))]
                    case text.AppendEntries():
                        return [("handle_append_entries", (heard,))]
                    case text.AppendReply():
                        return [("handle_append_reply", (heard,))]
            case _:
                return []

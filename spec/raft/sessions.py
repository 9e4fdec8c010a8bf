"""Raft with client sessions: a command that was sent twice is executed once.

**Problem** A client that gets no answer sends its command again. But the first one may be in the
log already, and be executed; then it is executed twice.

**Idea** Clients number their commands. The state machine keeps, for each client, the highest number
it has executed and what it answered; a command that it has seen is not executed again, and its
client gets the answer that was kept. Whatever servers keep, they must keep alike: the table of
sessions is part of the replicated state, and a session ends by an entry of the log, not when
somebody's clock says so. A command of a session that has ended is refused, for nobody knows any
more whether it was executed.

**Source** D. Ongaro, "Consensus: Bridging Theory and Practice" (PhD thesis, Stanford, 2014),
section 6.3.

**Modelled** Constants say what entries mean: ``sent_by`` and ``numbered`` whose command a value is
and which number it has, ``ends`` whose session it ends. Sessions are open from the beginning. The
state of the state machine is the sequence of commands that it has executed, and its answer to a
command is the place there: no state machine can tell more. It is in memory, and a server that
restarts executes its log from the beginning, or its snapshot.

**Left out** Registering a client, which is one more entry; that a client has one command under way
at a time, without which it might find that an earlier number is skipped.
"""

from __future__ import annotations

from ..lang import (
    BagNetwork,
    Const,
    Holds,
    Map,
    Model,
    Set,
    Sort,
    Volatile,
    action,
    fill,
    invariant,
    reachable,
    record,
    require,
)
from .election import Role, Server, Term
from .replication import Log, Raft, Value
from .snapshots import InstallSnapshot, Snapshots

# ------------------------------------------------------------------------------- constants


class Client(Sort):
    """Who sends commands, and waits for answers."""


@record
class Answer:
    """A client was told so: its command is the n-th that was executed; 0 if it was refused."""

    command: Value
    place: int


class Sessions(Raft):
    """Raft with a state machine that knows its clients."""

    sent_by = Const[frozenset[tuple[Value, Client]]]()
    numbered = Const[frozenset[tuple[Value, int]]]()
    ends = Const[frozenset[tuple[Value, Client]]]()
    numbers = Const[int]()  # the highest number that occurs

    executed_to: Volatile[Map[Server, int]]  # lastApplied: entries up to here were executed
    executed: Volatile[Map[Server, tuple[Value, ...]]]  # the state machine: what it has executed
    highest: Volatile[Map[tuple[Server, Client], int]]  # the highest number of a client executed
    cached: Volatile[Map[tuple[Server, Client], int]]  # and the answer to that command
    ended: Volatile[Map[tuple[Server, Client], bool]]  # whether the session has ended
    answers: Set[Answer]  # what clients were told

    def init(self) -> None:
        super().init()
        self.executed_to = fill(Server, 0)
        self.executed = fill(Server, ())
        self.highest = fill((Server, Client), 0)
        self.cached = fill((Server, Client), 0)
        self.ended = fill((Server, Client), False)
        self.answers = Set()

    def number(self, v: Value) -> int:
        return max((n for n in range(self.numbers + 1) if (v, n) in self.numbered), default=0)

    # ------------------------------------------------------------------------------ actions
    @action
    def execute(self, s: Server, c: Client) -> None:
        """5.3, 6.3. Execute the next committed entry, which is of client c or about it; a leader
        answers. What to answer to an old command is only known if no later one was executed."""
        require(self.executed_to[s] < self.commit[s])
        v = self.log[s][self.executed_to[s]].value
        require((v, c) in self.sent_by or (v, c) in self.ends)
        self.run(s, c, v)
        self.executed_to[s] += 1
        if (v, c) in self.sent_by and self.role[s] == Role.LEADER:
            if self.ended[s, c]:
                self.answers.add(Answer(v, 0))
            elif self.number(v) == self.highest[s, c]:
                self.answers.add(Answer(v, self.cached[s, c]))

    def run(self, s: Server, c: Client, v: Value) -> None:
        """6.3. Execute a command that is new, of a session that is open; or end the session."""
        if (v, c) in self.ends:
            self.ended[s, c] = True
        elif self.is_new(s, c, v) and self.is_open(s, c):
            self.executed[s] = self.executed[s] + (v,)
            self.highest[s, c] = self.number(v)
            self.cached[s, c] = len(self.executed[s])

    def is_new(self, s: Server, c: Client, v: Value) -> bool:
        """6.3. The number of the command is higher than any that was executed for the client."""
        return self.number(v) > self.highest[s, c]

    def is_open(self, s: Server, c: Client) -> bool:
        """6.3. The session of the client has not ended."""
        return not self.ended[s, c]

    # --------------------------------------------------------------------------- properties
    @invariant
    def exactly_once(self) -> bool:
        """No state machine executes a command twice (SE1)."""
        return all(
            self.executed[s][i] != self.executed[s][j]
            for s in Server
            for i in range(len(self.executed[s]))
            for j in range(i)
        )

    @invariant
    def same_answer(self) -> bool:
        """Whoever asks again gets the first answer, or is refused (SE2, SE4)."""
        return all(
            a.place == b.place
            for a in self.answers
            for b in self.answers
            if a.command == b.command and a.place > 0 and b.place > 0
        )

    @invariant
    def deterministic(self) -> bool:
        """State machines that have come equally far are equal, sessions included (SE3)."""
        return all(
            self.executed[s] == self.executed[r]
            and all(
                self.highest[s, c] == self.highest[r, c]
                and self.cached[s, c] == self.cached[r, c]
                and self.ended[s, c] == self.ended[r, c]
                for c in Client
            )
            for s in Server
            for r in Server
            if self.executed_to[s] == self.executed_to[r]
        )

    @reachable
    def skipped(self) -> bool:
        """A command can be in the log twice, and be executed once."""
        return any(self.executed_to[s] > len(self.executed[s]) > 0 for s in Server)


class SessionsWithSnapshots(Sessions, Snapshots):
    """Sessions, with a state machine that can come in a snapshot."""

    @action
    def handle_install_snapshot(self, m: InstallSnapshot) -> None:
        """The state that was sent takes the place of the own one, sessions included."""
        super().handle_install_snapshot(m)
        s, n = m.dest, self.snapshot[m.dest]
        if n > self.executed_to[s]:
            self.restore(s, self.log[s][:n])
            self.executed_to[s] = n

    def restore(self, s: Server, log: Log) -> None:
        """5, 6.3. The state that a log makes: of executed commands, and of sessions."""
        self.executed[s] = tuple(log[i].value for i in range(len(log)) if self.executes(log, i))
        self.restore_sessions(s, log)

    def restore_sessions(self, s: Server, log: Log) -> None:
        for c in Client:
            self.highest[s, c] = max(
                (
                    self.number(log[i].value)
                    for i in range(len(log))
                    if (log[i].value, c) in self.sent_by and self.executes(log, i)
                ),
                default=0,
            )
            self.cached[s, c] = max(
                (
                    sum(1 for j in range(i + 1) if self.executes(log, j))
                    for i in range(len(log))
                    if (log[i].value, c) in self.sent_by and self.executes(log, i)
                ),
                default=0,
            )
            self.ended[s, c] = any((e.value, c) in self.ends for e in log)

    def executes(self, log: Log, i: int) -> bool:
        """The entry is a command, the session is open there, and no entry before has a number of
        the client that is as high: if one was skipped, an earlier one had a higher number."""
        return any(
            (log[i].value, c) in self.sent_by
            and all(
                (log[j].value, c) not in self.ends
                and (
                    (log[j].value, c) not in self.sent_by
                    or self.number(log[j].value) < self.number(log[i].value)
                )
                for j in range(i)
            )
            for c in Client
        )


# Terms are counted without the first, in which nobody leads. Command v1 is the first of the only
# client, and v2 ends its session.
ONE_COMMAND = {"sent_by": {(1, 1)}, "numbered": {(1, 1)}, "numbers": 1}

MODELS = [
    Model(
        name="2 servers, 1 term, log 2, a command sent twice",
        protocol=Sessions,
        sizes={Server: 2, Term: 2, Value: 1, Client: 1},
        constants={
            "max_log": 2,
            "sent_by": {(1, 1)},
            "numbered": {(1, 1)},
            "numbers": 1,
            "ends": set(),
        },
        network=BagNetwork(capacity=1),
        expect=Holds(states=342, depth=23),
    ),
    Model(
        name="2 servers, 1 term, log 3, a session that ends",
        protocol=Sessions,
        sizes={Server: 2, Term: 2, Value: 2, Client: 1},
        constants={
            "max_log": 3,
            "sent_by": {(1, 1)},
            "numbered": {(1, 1)},
            "numbers": 1,
            "ends": {(2, 1)},
        },
        network=BagNetwork(capacity=1),
        expect=Holds(states=8_332, depth=29),
    ),
    Model(
        name="3 servers, 1 term, log 2, snapshots",
        protocol=SessionsWithSnapshots,
        sizes={Server: 3, Term: 2, Value: 1, Client: 1},
        constants={
            "max_log": 2,
            "sent_by": {(1, 1)},
            "numbered": {(1, 1)},
            "numbers": 1,
            "ends": set(),
        },
        network=BagNetwork(capacity=1),
        slow=True,
        expect=Holds(states=1_288_739, depth=38),
    ),
]

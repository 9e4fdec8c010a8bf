"""Ongaro's own specification of Raft, within bounds: a second opinion, and a measure of speed.

**Source** D. Ongaro, the TLA+ module raft (public, 2014; appendix B of his thesis "Consensus:
Bridging Theory and Practice"). Its history variables, and the two message fields that served them,
are left out; nothing else is changed. Two counters are added, of restarts and of requests, together
with bounds, since without them the states are infinitely many. TLC, the model checker of TLA+, has
counted the states of this system; the models below must give the same numbers, level by level.

**How it differs from** :mod:`.replication`. That file is a Raft to read, prove and vary; this one
is a transcription, kept to the letter, also where the letter is odd:

- A candidate does not vote for itself but sends itself a request, as to anybody else.
- Meeting a higher term is a step of its own, and leaves the message where it is. So do the steps by
  which a candidate gives up, a follower drops an entry or appends one: the answer comes later.
- A conflict removes the *last* entry of the log, whichever the conflict was about.
- The commit index follows the leader's, down as well as up.
- Vote sets, nextIndex and matchIndex are kept by those who no longer need them.
- A leader may take a step that changes nothing: AdvanceCommitIndex is always enabled.

The network is a bag. The bounds on terms, logs and messages constrain the search: states outside
are checked, but neither counted nor explored further. Those on restarts and requests are guards.
"""

from __future__ import annotations

from ..lang import (
    Bag,
    Const,
    Holds,
    Map,
    Model,
    Protocol,
    action,
    constraint,
    fill,
    invariant,
    reachable,
    record,
    require,
)
from .election import Role, Server
from .replication import Value

# ------------------------------------------------------------------------------- constants


@record
class Entry:
    """An entry of a log. Terms are numbers here, since a candidate counts up by one."""

    term: int
    value: Value


Log = tuple[Entry, ...]


# -------------------------------------------------------------------------------- messages


@record
class RequestVoteRequest:
    """A candidate asks for a vote."""

    source: Server
    dest: Server
    term: int
    last_term: int
    last_index: int


@record
class RequestVoteResponse:
    """The answer to it."""

    source: Server
    dest: Server
    term: int
    granted: bool


@record
class AppendEntriesRequest:
    """A leader sends at most one entry."""

    source: Server
    dest: Server
    term: int
    prev_index: int
    prev_term: int
    entries: Log
    commit: int


@record
class AppendEntriesResponse:
    """The answer to it."""

    source: Server
    dest: Server
    term: int
    success: bool
    match: int


Request = RequestVoteRequest | AppendEntriesRequest
Response = RequestVoteResponse | AppendEntriesResponse
Message = RequestVoteRequest | RequestVoteResponse | AppendEntriesRequest | AppendEntriesResponse


class Ongaro(Protocol):
    """The public TLA+ module raft, bounded."""

    max_term = Const[int]()
    max_log = Const[int]()
    max_messages = Const[int]()  # copies in the network, all together
    max_copies = Const[int]()  # copies of one and the same message
    max_restarts = Const[int]()
    max_requests = Const[int]()
    duplicates = Const[bool]()  # whether the network duplicates messages
    drops = Const[bool]()  # whether it loses them

    term: Map[Server, int]  # currentTerm
    role: Map[Server, Role]  # state
    voted_for: Map[Server, Server | None]
    log: Map[Server, Log]
    commit: Map[Server, int]  # commitIndex
    responded: Map[Server, frozenset[Server]]  # votesResponded: who has answered, either way
    granted: Map[Server, frozenset[Server]]  # votesGranted: who has voted for it
    next_index: Map[tuple[Server, Server], int]
    match_index: Map[tuple[Server, Server], int]
    messages: Bag[Message]
    restarts: int
    requests: int

    def init(self) -> None:
        self.term = fill(Server, 1)
        self.role = fill(Server, Role.FOLLOWER)
        self.voted_for = fill(Server, None)
        self.log = fill(Server, ())
        self.commit = fill(Server, 0)
        self.responded = fill(Server, frozenset[Server]())
        self.granted = fill(Server, frozenset[Server]())
        self.next_index = fill((Server, Server), 1)
        self.match_index = fill((Server, Server), 0)
        self.messages = Bag()
        self.restarts = 0
        self.requests = 0

    # ------------------------------------------------------------------------------ helpers
    def quorum(self, servers: frozenset[Server]) -> bool:
        """More than half of all."""
        return 2 * len(servers) > len(Server)

    def last_term(self, log: Log) -> int:
        return log[len(log) - 1].term if len(log) > 0 else 0

    def reply(self, response: Response, request: Request) -> None:
        """Send the answer and take away what it answers, in one step."""
        self.messages.add(response)
        self.messages.remove(request)

    # --------------------------------------------------------------- what a server does by itself
    @action
    def restart(self, i: Server) -> None:
        """Restart: term, vote and log are on disk, everything else is lost."""
        require(self.restarts < self.max_restarts)
        self.role[i] = Role.FOLLOWER
        self.responded[i] = frozenset()
        self.granted[i] = frozenset()
        for j in Server:
            self.next_index[i, j] = 1
            self.match_index[i, j] = 0
        self.commit[i] = 0
        self.restarts += 1

    @action
    def timeout(self, i: Server) -> None:
        """Timeout: start an election in the next term. The vote for itself comes by message."""
        require(self.role[i] != Role.LEADER)
        self.role[i] = Role.CANDIDATE
        self.term[i] += 1
        self.voted_for[i] = None
        self.responded[i] = frozenset()
        self.granted[i] = frozenset()

    @action
    def request_vote(self, i: Server, j: Server) -> None:
        """RequestVote: ask whoever has not answered, itself included."""
        require(self.role[i] == Role.CANDIDATE)
        require(j not in self.responded[i])
        log = self.log[i]
        self.messages.add(RequestVoteRequest(i, j, self.term[i], self.last_term(log), len(log)))

    @action
    def become_leader(self, i: Server) -> None:
        """BecomeLeader: with the votes of a majority."""
        require(self.role[i] == Role.CANDIDATE)
        require(self.quorum(self.granted[i]))
        self.role[i] = Role.LEADER
        for j in Server:
            self.next_index[i, j] = len(self.log[i]) + 1
            self.match_index[i, j] = 0

    @action
    def client_request(self, i: Server, v: Value) -> None:
        """ClientRequest: a leader appends to its own log."""
        require(self.role[i] == Role.LEADER)
        require(self.requests < self.max_requests)
        self.log[i] = self.log[i] + (Entry(self.term[i], v),)
        self.requests += 1

    @action
    def append_entries(self, i: Server, j: Server) -> None:
        """AppendEntries: send the next entry, or none if there is no more."""
        require(self.role[i] == Role.LEADER)
        require(i != j)
        log = self.log[i]
        prev = self.next_index[i, j] - 1
        last = min(len(log), self.next_index[i, j])
        self.messages.add(
            AppendEntriesRequest(
                source=i,
                dest=j,
                term=self.term[i],
                prev_index=prev,
                prev_term=log[prev - 1].term if prev > 0 else 0,
                entries=log[prev:last],
                commit=min(self.commit[i], last),
            )
        )

    @action
    def advance_commit(self, i: Server) -> None:
        """AdvanceCommitIndex: up to the last entry of a majority, if that one is of this term."""
        require(self.role[i] == Role.LEADER)
        log = self.log[i]
        agreed = max((n for n in range(1, len(log) + 1) if self.stored(i, n)), default=0)
        if agreed > 0 and log[agreed - 1].term == self.term[i]:
            self.commit[i] = agreed

    def stored(self, i: Server, n: int) -> bool:
        return self.quorum(frozenset(k for k in Server if k == i or self.match_index[i, k] >= n))

    # ----------------------------------------------------------------------- receiving a message
    @action
    def update_term(self, m: Message) -> None:
        """UpdateTerm: any message of a higher term. It stays in the network."""
        require(m in self.messages)
        i = m.dest
        require(m.term > self.term[i])
        self.term[i] = m.term
        self.role[i] = Role.FOLLOWER
        self.voted_for[i] = None

    @action
    def handle_request_vote_request(self, m: RequestVoteRequest) -> None:
        """HandleRequestVoteRequest."""
        require(m in self.messages)
        i, j = m.dest, m.source
        require(m.term <= self.term[i])
        log = self.log[i]
        log_ok = m.last_term > self.last_term(log) or (
            m.last_term == self.last_term(log) and m.last_index >= len(log)
        )
        voted_for = self.voted_for[i]
        grant = m.term == self.term[i] and log_ok and (voted_for is None or voted_for == j)
        if grant:
            self.voted_for[i] = j
        self.reply(RequestVoteResponse(i, j, self.term[i], grant), m)

    @action
    def handle_request_vote_response(self, m: RequestVoteResponse) -> None:
        """HandleRequestVoteResponse, in whatever role; or DropStaleResponse."""
        require(m in self.messages)
        i, j = m.dest, m.source
        require(m.term <= self.term[i])
        if m.term == self.term[i]:
            self.responded[i] = self.responded[i] | {j}
            if m.granted:
                self.granted[i] = self.granted[i] | {j}
        self.messages.remove(m)

    def log_ok(self, m: AppendEntriesRequest, log: Log) -> bool:
        """The log has the entry before those that are sent."""
        return m.prev_index == 0 or (
            m.prev_index <= len(log) and log[m.prev_index - 1].term == m.prev_term
        )

    @action
    def reject_append_entries_request(self, m: AppendEntriesRequest) -> None:
        """RejectAppendEntriesRequest: of an old term, or a follower lacks the entry before."""
        require(m in self.messages)
        i = m.dest
        require(m.term <= self.term[i])
        require(
            m.term < self.term[i]
            or (self.role[i] == Role.FOLLOWER and not self.log_ok(m, self.log[i]))
        )
        self.reply(AppendEntriesResponse(i, m.source, self.term[i], False, 0), m)

    @action
    def return_to_follower_state(self, m: AppendEntriesRequest) -> None:
        """ReturnToFollowerState: the term has a leader. The message stays."""
        require(m in self.messages)
        i = m.dest
        require(m.term == self.term[i])
        require(self.role[i] == Role.CANDIDATE)
        self.role[i] = Role.FOLLOWER

    @action
    def accept_append_entries_request(self, m: AppendEntriesRequest) -> None:
        """AcceptAppendEntriesRequest: one of three things, of which only the first one answers."""
        require(m in self.messages)
        i = m.dest
        log = self.log[i]
        require(m.term == self.term[i])
        require(self.role[i] == Role.FOLLOWER)
        require(self.log_ok(m, log))
        n = m.prev_index + 1
        if len(m.entries) == 0 or (len(log) >= n and log[n - 1].term == m.entries[0].term):
            # AppendEntriesAlreadyDone
            self.commit[i] = m.commit
            match = m.prev_index + len(m.entries)
            self.reply(AppendEntriesResponse(i, m.source, self.term[i], True, match), m)
        elif len(log) >= n:
            # ConflictAppendEntriesRequest
            self.log[i] = log[: len(log) - 1]
        else:
            # NoConflictAppendEntriesRequest
            self.log[i] = log + (m.entries[0],)

    @action
    def handle_append_entries_response(self, m: AppendEntriesResponse) -> None:
        """HandleAppendEntriesResponse, in whatever role; or DropStaleResponse."""
        require(m in self.messages)
        i, j = m.dest, m.source
        require(m.term <= self.term[i])
        if m.term == self.term[i]:
            if m.success:
                self.next_index[i, j] = m.match + 1
                self.match_index[i, j] = m.match
            else:
                self.next_index[i, j] = max(self.next_index[i, j] - 1, 1)
        self.messages.remove(m)

    # ------------------------------------------------------------------------------- the network
    @action
    def duplicate_message(self, m: Message) -> None:
        """DuplicateMessage."""
        require(m in self.messages)
        require(self.duplicates)
        self.messages.add(m)

    @action
    def drop_message(self, m: Message) -> None:
        """DropMessage."""
        require(m in self.messages)
        require(self.drops)
        self.messages.remove(m)

    # --------------------------------------------------------------------------------- bounds
    @constraint
    def terms_bounded(self) -> bool:
        return all(self.term[i] <= self.max_term for i in Server)

    @constraint
    def logs_bounded(self) -> bool:
        return all(len(self.log[i]) <= self.max_log for i in Server)

    @constraint
    def network_bounded(self) -> bool:
        return len(self.messages) <= self.max_messages and all(
            self.messages.count(m) <= self.max_copies for m in self.messages
        )

    # ----------------------------------------------------------------------------- properties
    @invariant
    def one_leader_at_a_time(self) -> bool:
        """No two present leaders have the same term (R1, the weaker form)."""
        return all(
            i == j
            for i in Server
            for j in Server
            if self.role[i] == Role.LEADER and self.role[j] == Role.LEADER
            if self.term[i] == self.term[j]
        )

    @invariant
    def log_matching(self) -> bool:
        """Logs with entries of one term at one index are equal up to there (R3)."""
        return all(
            self.log[i][k] == self.log[j][k]
            for i in Server
            for j in Server
            for n in range(min(len(self.log[i]), len(self.log[j])))
            if self.log[i][n].term == self.log[j][n].term
            for k in range(n + 1)
        )

    @invariant
    def commit_in_log(self) -> bool:
        """What a server has committed it has (R13)."""
        return all(self.commit[i] <= len(self.log[i]) for i in Server)

    @invariant
    def committed_agree(self) -> bool:
        """What two servers have committed is the same (R5, for present servers only)."""
        return all(
            self.log[i][k] == self.log[j][k]
            for i in Server
            for j in Server
            for k in range(min(self.commit[i], self.commit[j]))
        )

    @reachable
    def leader_elected(self) -> bool:
        return any(self.role[i] == Role.LEADER for i in Server)


# TLC finds the same numbers of states and the same depths; the level sizes, new states by depth,
# help to find the place where another transcription goes astray.
MODELS = [
    # 1 2 5 10 24 44 62 106 176 174 262 396 344 400 450 354 332 330 288 218 ...
    Model(
        name="r2a: 2 servers, term 2, log 1",
        protocol=Ongaro,
        sizes={Server: 2, Value: 1},
        constants={
            "max_term": 2,
            "max_log": 1,
            "max_messages": 2,
            "max_copies": 1,
            "max_restarts": 0,
            "max_requests": 1,
            "duplicates": False,
            "drops": True,
        },
        expect=Holds(states=5_234, depth=32),
    ),
    # 1 3 9 25 62 121 198 348 622 750 978 1696 1778 1742 2348 2040 1736 1870 ...
    Model(
        name="r2d: 2 servers, term 2, log 1, duplicates, 1 restart",
        protocol=Ongaro,
        sizes={Server: 2, Value: 1},
        constants={
            "max_term": 2,
            "max_log": 1,
            "max_messages": 2,
            "max_copies": 2,
            "max_restarts": 1,
            "max_requests": 1,
            "duplicates": True,
            "drops": True,
        },
        expect=Holds(states=27_725, depth=33),
    ),
    # 1 2 7 20 59 144 280 480 842 1424 2022 2548 3568 4604 4728 5354 5921 5368 ...
    Model(
        name="r2b: 2 servers, term 3, log 2",
        protocol=Ongaro,
        sizes={Server: 2, Value: 1},
        constants={
            "max_term": 3,
            "max_log": 2,
            "max_messages": 2,
            "max_copies": 1,
            "max_restarts": 0,
            "max_requests": 2,
            "duplicates": False,
            "drops": True,
        },
        slow=True,
        expect=Holds(states=196_279, depth=49),
    ),
    # 1 3 12 28 45 81 228 408 417 789 2196 2049 1872 7185 7071 4026 15762 16620 ...
    Model(
        name="r3e0: 3 servers, term 2, elections only",
        protocol=Ongaro,
        sizes={Server: 3, Value: 1},
        constants={
            "max_term": 2,
            "max_log": 0,
            "max_messages": 1,
            "max_copies": 1,
            "max_restarts": 0,
            "max_requests": 0,
            "duplicates": False,
            "drops": True,
        },
        slow=True,
        expect=Holds(states=268_430, depth=38),
    ),
]

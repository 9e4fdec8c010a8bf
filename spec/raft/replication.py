"""Raft: a replicated log, kept by an elected leader.

**Problem** A cluster of servers that may stop and restart, joined by a network that loses, repeats
and reorders messages, keeps one log of commands: once an entry is *committed*, no server ever holds
another one at its place. Servers that apply committed entries in order are then copies of one
state machine.

**Idea** One server at a time, the leader of a term, accepts commands; the log flows from it to the
others only. A new leader must know everything that is committed, without asking anybody: an entry
is committed when a quorum stores it, a leader is elected by a quorum, and a voter refuses a
candidate whose log ends earlier than its own. So some voter stored the entry, and its candidate's
log was at least as good.

**Source** D. Ongaro and J. Ousterhout, "In Search of an Understandable Consensus Algorithm" (USENIX
ATC 2014), sections 5.1 to 5.5 and Figure 2, whose rules are cited by their numbers there. Numbers
such as 5.4.1 are sections of that paper.

**Modelled** Figure 2 without cluster changes: elections with the up-to-date check, log replication
with the consistency check and its retries, truncation of what conflicts, the commit rule, and
crashes that lose what is volatile. A call and its answer are two messages, which may be lost,
repeated and reordered. What a message changes is stored before it is answered, because a step is
taken as a whole.
**Left out** Membership changes (6), log compaction and clients (7), time. What a state machine does
is of no concern here: to know that an entry is committed is to apply it.
**Departs from the source** where messages take the place of calls, and in what makes proofs and
searches shorter without adding or hiding a behaviour that matters:

- The answer to AppendEntries says up to which index the logs match. A caller knows what it asked.
- AppendEntries carries at most one entry, for a longer one is as good as several of these. It is
  empty when there is nothing to send, as a heartbeat is.
- A refusal lowers nextIndex, but not down to what is known to match: refusals may arrive late.
- A candidate may move to any higher term and not only to the next, as in :mod:`.election`, where
  the reason is given.

The elections are those of :mod:`.election` but for three things: a request says where the
candidate's log ends, a voter looks at that, and a new leader sets up what it knows of the others.
They are written out again, so that this file holds the whole of Figure 2.

**Notation** Indices count from 1 as in the paper, and index 0 stands before the first entry. Logs
are tuples, so the entry at index n is ``log[n - 1]``, and ``log[:n]`` are the entries up to n.
"""

from __future__ import annotations

from ..lang import (
    BagNetwork,
    Const,
    Durable,
    FifoNetwork,
    Holds,
    Map,
    Model,
    Network,
    Protocol,
    Sort,
    Volatile,
    action,
    constraint,
    fill,
    invariant,
    reachable,
    record,
    require,
    step_invariant,
)
from .election import Quorum, Role, Server, Term, Vote

# ------------------------------------------------------------------------------- constants


class Value(Sort):
    """A command for the state machine."""


@record
class Entry:
    """A command, with the term of the leader that received it."""

    term: Term
    value: Value


Log = tuple[Entry, ...]


# -------------------------------------------------------------------------------- messages


@record
class RequestVote:
    """A candidate asks for a vote, and says where its log ends (5.2, 5.4.1)."""

    source: Server
    dest: Server
    term: Term
    last_index: int
    last_term: Term


@record
class AppendEntries:
    """A leader sends the entry after ``prev_index``, if it has one (5.3)."""

    source: Server
    dest: Server
    term: Term
    prev_index: int
    prev_term: Term
    entry: Entry | None
    commit: int


@record
class AppendReply:
    """The answer, in the follower's term; on success its log matches up to the index ``match``."""

    source: Server
    dest: Server
    term: Term
    success: bool
    match: int


class Raft(Protocol):
    """Raft as in Figure 2."""

    max_log = Const[int]()  # no longer logs are explored; the protocol has no such limit

    # Persistent state on all servers
    term: Durable[Map[Server, Term]]  # currentTerm: the latest term the server has seen
    voted_for: Durable[Map[Server, Server | None]]  # votedFor: its vote in that term, if given
    log: Durable[Map[Server, Log]]
    # Volatile state on all servers
    role: Volatile[Map[Server, Role]]
    commit: Volatile[Map[Server, int]]  # commitIndex: entries up to here are known as committed
    # Volatile state on candidates
    votes: Volatile[Map[Server, frozenset[Server]]]  # who voted for it in this term
    # Volatile state on leaders, about each other server
    next_index: Volatile[Map[tuple[Server, Server], int]]  # nextIndex[]: what to send next
    match_index: Volatile[Map[tuple[Server, Server], int]]  # matchIndex[]: what is known to match
    # Messages on their way
    network: Network[RequestVote | Vote | AppendEntries | AppendReply]

    def init(self) -> None:
        self.term = fill(Server, Term.first())
        self.voted_for = fill(Server, None)
        self.log = fill(Server, ())
        self.role = fill(Server, Role.FOLLOWER)
        self.commit = fill(Server, 0)
        self.votes = fill(Server, frozenset[Server]())
        self.next_index = fill((Server, Server), 1)
        self.match_index = fill((Server, Server), 0)
        self.network = Network()

    # ---------------------------------------------------------------------------------- logs
    def term_at(self, log: Log, n: int) -> Term:
        """The term of the entry at index n; before the first entry, the first term, which no entry
        has since nobody leads in it."""
        return log[n - 1].term if n > 0 else Term.first()

    def holds(self, log: Log, n: int, t: Term) -> bool:
        """Whether the entry at index n is of this term. By log matching, that settles all before it
        as well (5.3). Before the first entry there is nothing to settle."""
        return n == 0 or (n <= len(log) and self.term_at(log, n) == t)

    def quorum_among(self, s: Server, servers: frozenset[Server]) -> bool:
        """Whether there is a quorum among these servers, as far as server s can tell. Here all
        servers have the same quorums; :mod:`.membership` looks at the configuration of s."""
        return any(all(r in servers for r in q) for q in Quorum)

    # --------------------------------------------------------------- elections (5.1, 5.2, 5.4)
    def adopt(self, s: Server, t: Term) -> None:
        """Rules for all servers (5.1): meeting a higher term, move to it and become a follower."""
        if t > self.term[s]:
            self.term[s] = t
            self.voted_for[s] = None
            self.role[s] = Role.FOLLOWER
            self.votes[s] = frozenset()

    @action
    def timeout(self, s: Server, t: Term) -> None:
        """5.2. Having heard of no leader for too long, stand for election in a higher term."""
        require(t > self.term[s])
        require(self.role[s] != Role.LEADER)
        self.term[s] = t
        self.voted_for[s] = s
        self.role[s] = Role.CANDIDATE
        self.votes[s] = frozenset({s})

    @action
    def request_vote(self, s: Server, r: Server) -> None:
        """5.2. A candidate asks a server for its vote, again and again until it has it."""
        require(self.role[s] == Role.CANDIDATE)
        require(r not in self.votes[s])
        log = self.log[s]
        self.network.send(
            RequestVote(
                source=s,
                dest=r,
                term=self.term[s],
                last_index=len(log),
                last_term=self.term_at(log, len(log)),
            )
        )

    @action
    def handle_request_vote(self, m: RequestVote) -> None:
        """RequestVote RPC. Answer a candidate, with the vote or with a newer term than its own."""
        self.network.receive(m)
        s = m.dest
        self.adopt(s, m.term)
        granted = self.grants(s, m)
        if granted:
            self.voted_for[s] = m.source
        self.network.send(Vote(source=s, dest=m.source, term=self.term[s], granted=granted))

    def grants(self, s: Server, m: RequestVote) -> bool:
        """Receiver's rules 1 and 2: not for a term that is over; one candidate in a term; and only
        if its log has all that may be committed, as far as this server can tell."""
        voted_for = self.voted_for[s]
        return (
            m.term == self.term[s]
            and (voted_for is None or voted_for == m.source)
            and self.up_to_date(m, self.log[s])
        )

    def up_to_date(self, m: RequestVote, log: Log) -> bool:
        """5.4.1. The candidate's log is at least as up to date as this one: it ends in a later
        term, or in the same term and is at least as long."""
        mine = self.term_at(log, len(log))
        return m.last_term > mine or (m.last_term == mine and m.last_index >= len(log))

    @action
    def handle_vote(self, m: Vote) -> None:
        """5.2. Count a vote of the candidate's own term, each voter once."""
        self.network.receive(m)
        s = m.dest
        self.adopt(s, m.term)
        if m.granted and m.term == self.term[s] and self.role[s] == Role.CANDIDATE:
            self.votes[s] = self.votes[s] | {m.source}

    @action
    def become_leader(self, s: Server, q: Quorum) -> None:
        """5.2, 5.3. With the votes of a quorum, lead. What the others have is not known yet: try
        where the own log ends, and count on nothing."""
        require(self.role[s] == Role.CANDIDATE)
        require(all(r in self.votes[s] for r in q))
        self.role[s] = Role.LEADER
        for r in Server:
            self.next_index[s, r] = len(self.log[s]) + 1
            self.match_index[s, r] = 0

    # --------------------------------------------------------------------- replication (5.3)
    @action
    def client_request(self, s: Server, v: Value) -> None:
        """5.3. A leader appends a command to its own log, which it never shortens."""
        require(self.role[s] == Role.LEADER)
        self.log[s] = self.log[s] + (Entry(self.term[s], v),)

    @action
    def append_entries(self, s: Server, r: Server) -> None:
        """5.3. A leader sends the entry that it believes to be the next one for a server, with the
        index and term of the one before, and tells how far the log is committed."""
        require(self.role[s] == Role.LEADER)
        require(r != s)
        log = self.log[s]
        prev_index = self.next_index[s, r] - 1
        self.network.send(
            AppendEntries(
                source=s,
                dest=r,
                term=self.term[s],
                prev_index=prev_index,
                prev_term=self.term_at(log, prev_index),
                entry=log[prev_index] if prev_index < len(log) else None,
                commit=self.commit[s],
            )
        )

    @action
    def handle_append_entries(self, m: AppendEntries) -> None:
        """AppendEntries RPC. Take the entry if the log holds the one before it; otherwise refuse,
        and the leader will try an earlier one."""
        self.network.receive(m)
        s = m.dest
        self.adopt(s, m.term)
        current = m.term == self.term[s]  # rule 1: not from a term that is over
        if current:
            self.role[s] = Role.FOLLOWER  # the term has a leader: a candidate gives up (5.2)
        success = current and self.consistent(m, self.log[s])
        match = 0
        if success:
            self.log[s] = self.appended(m, self.log[s])
            match = self.last_new(m)
            self.commit[s] = self.learned_commit(m, match)
        self.network.send(
            AppendReply(source=s, dest=m.source, term=self.term[s], success=success, match=match)
        )

    def consistent(self, m: AppendEntries, log: Log) -> bool:
        """Rule 2, the consistency check."""
        return self.holds(log, m.prev_index, m.prev_term)

    def appended(self, m: AppendEntries, log: Log) -> Log:
        """Rules 3 and 4. What conflicts is deleted with all that follows it, what is missing is
        appended, and what is there already stays, since the message may be an old one."""
        entry = m.entry
        if entry is None or self.holds(log, m.prev_index + 1, entry.term):
            return log
        return log[: m.prev_index] + (entry,)

    def last_new(self, m: AppendEntries) -> int:
        """The index of the last new entry: up to here, and no further, the message shows that the
        logs match."""
        return m.prev_index if m.entry is None else m.prev_index + 1

    def learned_commit(self, m: AppendEntries, match: int) -> int:
        """Rule 5. What the leader has committed, as far as the logs are known to match; and never
        less than before, since the message may be an old one."""
        return max(self.commit[m.dest], min(m.commit, match))

    @action
    def handle_append_reply(self, m: AppendReply) -> None:
        """5.3. Note how far the follower's log matches; after a refusal, go back by one entry."""
        self.network.receive(m)
        s, r = m.dest, m.source
        self.adopt(s, m.term)
        if m.term == self.term[s] and self.role[s] == Role.LEADER:
            if m.success:
                self.match_index[s, r] = max(self.match_index[s, r], m.match)
                self.next_index[s, r] = self.match_index[s, r] + 1
            else:
                self.next_index[s, r] = max(self.next_index[s, r] - 1, self.match_index[s, r] + 1)

    @action
    def advance_commit(self, s: Server, q: Quorum, n: int) -> None:
        """5.3, 5.4.2. The entry at index n is committed, with all before it, when a quorum stores
        it and it is of the leader's own term.

        Entries of earlier terms are never committed by counting: a quorum may store one, and yet a
        later leader may lack it (Figure 8).
        """
        require(n in range(self.commit[s] + 1, len(self.log[s]) + 1))
        require(self.role[s] == Role.LEADER)
        require(all(r == s or self.match_index[s, r] >= n for r in q))
        require(self.term_at(self.log[s], n) == self.term[s])
        self.commit[s] = n

    # ------------------------------------------------------------------- properties: elections
    @invariant
    def one_leader_at_a_time(self) -> bool:
        """No two servers lead one term (R1, the weaker form; see :mod:`.history`)."""
        return all(
            s == r
            for s in Server
            for r in Server
            if self.role[s] == Role.LEADER and self.role[r] == Role.LEADER
            if self.term[s] == self.term[r]
        )

    @step_invariant
    def term_monotone(self, after: Raft) -> bool:
        """A server never goes back to an earlier term, not even by restarting (R8)."""
        return all(after.term[s] >= self.term[s] for s in Server)

    @step_invariant
    def vote_once(self, after: Raft) -> bool:
        """Within a term a vote once given stays, across restarts too (R9, R10)."""
        return all(
            after.voted_for[s] == self.voted_for[s]
            for s in Server
            if after.term[s] == self.term[s] and self.voted_for[s] is not None
        )

    @invariant
    def votes_given(self) -> bool:
        """Who is counted as a voter has voted so, or has moved on to a later term (R17)."""
        return all(
            self.term[r] > self.term[s] or (self.term[r] == self.term[s] and self.voted_for[r] == s)
            for s in Server
            for r in self.votes[s]
        )

    # ------------------------------------------------------------------------ properties: logs
    def agree(self, log: Log, other: Log, n: int) -> bool:
        """Both logs go up to index n, and are equal up to there."""
        return n <= len(log) and n <= len(other) and all(log[i] == other[i] for i in range(n))

    @step_invariant
    def leader_append_only(self, after: Raft) -> bool:
        """A leader never overwrites or deletes entries of its own log (R2)."""
        return all(
            self.agree(self.log[s], after.log[s], len(self.log[s]))
            for s in Server
            if self.role[s] == Role.LEADER and after.role[s] == Role.LEADER
            if self.term[s] == after.term[s]
        )

    @invariant
    def log_matching(self) -> bool:
        """Logs with entries of one term at one index are equal up to there (R3)."""
        return all(
            self.agree(self.log[s], self.log[r], n)
            for s in Server
            for r in Server
            for n in range(1, min(len(self.log[s]), len(self.log[r])) + 1)
            if self.term_at(self.log[s], n) == self.term_at(self.log[r], n)
        )

    @invariant
    def terms_along_log(self) -> bool:
        """Along a log terms never decrease, and none is above the server's own (R16)."""
        return all(
            self.log[s][i].term <= self.term[s]
            and (i == 0 or self.log[s][i - 1].term <= self.log[s][i].term)
            for s in Server
            for i in range(len(self.log[s]))
        )

    @invariant
    def next_above_match(self) -> bool:
        """What is to be sent next is above what is known to match (R14)."""
        return all(self.next_index[s, r] > self.match_index[s, r] for s in Server for r in Server)

    @step_invariant
    def match_monotone(self, after: Raft) -> bool:
        """As long as a server leads, what it knows to match only grows (R14)."""
        return all(
            after.match_index[s, r] >= self.match_index[s, r]
            for s in Server
            if self.role[s] == Role.LEADER and after.role[s] == Role.LEADER
            if self.term[s] == after.term[s]
            for r in Server
        )

    @invariant
    def match_truthful(self) -> bool:
        """A follower in the leader's term has all that the leader knows it to have (R15)."""
        return all(
            self.agree(self.log[s], self.log[r], self.match_index[s, r])
            for s in Server
            if self.role[s] == Role.LEADER
            for r in Server
            if self.term[r] == self.term[s]
        )

    # ---------------------------------------------------------------------- properties: commit
    @invariant
    def commit_in_log(self) -> bool:
        """What a server knows as committed it has (R13)."""
        return all(self.commit[s] <= len(self.log[s]) for s in Server)

    @invariant
    def committed_agree(self) -> bool:
        """What two servers know as committed is the same, as far as both know (R5, for the present;
        what has been applied before is for :mod:`.history`)."""
        return all(
            self.agree(self.log[s], self.log[r], min(self.commit[s], self.commit[r]))
            for s in Server
            for r in Server
        )

    @step_invariant
    def commit_monotone(self, after: Raft) -> bool:
        """A commit index only grows, but for a restart, which forgets it (R12).

        A fall to zero by any other cause is for :mod:`.history` to see.
        """
        return all(after.commit[s] >= self.commit[s] or after.commit[s] == 0 for s in Server)

    @step_invariant
    def commit_rule(self, after: Raft) -> bool:
        """A leader advances its commit index only to an entry of its own term (R18)."""
        return all(
            self.holds(after.log[s], after.commit[s], after.term[s])
            for s in Server
            if self.role[s] == Role.LEADER and after.role[s] == Role.LEADER
            if after.commit[s] > self.commit[s]
        )

    # ------------------------------------------------------------------------- what can happen
    @reachable
    def leader_elected(self) -> bool:
        return any(self.role[s] == Role.LEADER for s in Server)

    @reachable
    def entry_committed(self) -> bool:
        """A follower knows of it."""
        return any(self.commit[s] > 0 for s in Server if self.role[s] == Role.FOLLOWER)

    # ---------------------------------------------------------------------- bound of the search
    @constraint
    def short_logs(self) -> bool:
        return all(len(self.log[s]) <= self.max_log for s in Server)


# Terms are counted without the first, in which nobody leads.
MODELS = [
    Model(
        name="2 servers, 1 term, log 2",
        protocol=Raft,
        sizes={Server: 2, Term: 2, Value: 2},
        constants={"max_log": 2},
        expect=Holds(states=7_080, depth=24),
    ),
    Model(
        name="2 servers, 2 terms, log 1",
        protocol=Raft,
        sizes={Server: 2, Term: 3, Value: 1},
        constants={"max_log": 1},
        expect=Holds(states=8_407, depth=27),
    ),
    Model(
        name="2 servers, 2 terms, log 2, 1 message in flight, 1 restart",
        protocol=Raft,
        sizes={Server: 2, Term: 3, Value: 1},
        constants={"max_log": 2},
        network=BagNetwork(capacity=1, loses=True),
        restarts=1,
        expect=Holds(states=3_740, depth=29),
    ),
    Model(
        name="2 servers, 2 terms, log 2, queues",
        protocol=Raft,
        sizes={Server: 2, Term: 3, Value: 1},
        constants={"max_log": 2},
        network=FifoNetwork(capacity=1),
        expect=Holds(states=1_738, depth=29),
    ),
    Model(
        name="2 servers, 2 terms, log 1, lossy queues",
        protocol=Raft,
        sizes={Server: 2, Term: 3, Value: 1},
        constants={"max_log": 1},
        network=FifoNetwork(capacity=2, loses=True),
        expect=Holds(states=3_825, depth=28),
    ),
    Model(
        name="3 servers, 1 term, log 2, 1 message in flight",
        protocol=Raft,
        sizes={Server: 3, Term: 2, Value: 1},
        constants={"max_log": 2},
        network=BagNetwork(capacity=1, loses=True),
        expect=Holds(states=21_872, depth=29),
    ),
    Model(
        name="2 servers, 2 terms, log 1, 1 restart",
        protocol=Raft,
        sizes={Server: 2, Term: 3, Value: 1},
        constants={"max_log": 1},
        restarts=1,
        expect=Holds(states=31_530, depth=30),
    ),
    Model(
        name="3 servers, 1 term, log 1",
        protocol=Raft,
        sizes={Server: 3, Term: 2, Value: 1},
        constants={"max_log": 1},
        slow=True,
        expect=Holds(states=749_785, depth=32),
    ),
    Model(
        name="3 servers, 2 terms, log 1, 1 message in flight",
        protocol=Raft,
        sizes={Server: 3, Term: 3, Value: 1},
        constants={"max_log": 1},
        network=BagNetwork(capacity=1, loses=True),
        slow=True,
        expect=Holds(states=66_549, depth=33),
    ),
    Model(
        name="2 servers, 2 terms, log 2",
        protocol=Raft,
        sizes={Server: 2, Term: 3, Value: 1},
        constants={"max_log": 2},
        slow=True,
        expect=Holds(states=140_495, depth=35),
    ),
]

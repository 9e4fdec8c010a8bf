"""Why Raft is safe: whoever is elected has what may be committed, because a voter has seen to it.

**Claim** All that :mod:`ballotproof.spec.raft.replication` claims, for any number of servers, terms
and entries, however often servers stop and restart, and whatever messages are lost, repeated or
reordered. The five properties of Figure 3 of the paper are its core. Those that speak of *ever* are
stated here in terms of the ghosts below, and in the paper's own terms by
:mod:`ballotproof.proofs.raft.history`, which needs little more.

- *Election Safety*: at most one server is ever elected in a term (`elections_final`).
- *Leader Append-Only*: a leader only appends to its log (`leader_append_only`).
- *Log Matching*: logs with entries of one term at one index are equal up to there
  (`log_matching`).
- *Leader Completeness*: what a leader has committed is in the logs of all later leaders
  (`later_leaders_complete`).
- *State Machine Safety*: what any two servers ever apply at an index is the same
  (`decisions_agree`, `commit_agrees`).

**The ghosts** A state of Raft forgets how a server voted in earlier terms, what logs candidates and
leaders had there, and what was counted when. The proof remembers, in fields that actions write and
no action reads. In their terms each conjunct speaks of one log, one server or one message, and not
of pairs.

**The argument**

*Elections* are those of :mod:`ballotproof.proofs.raft.election`: a server has one vote in a term,
who is elected has the votes of a quorum, and two quorums have a member in common.

*Logs* All entries come from leaders. `leader_log` has the log of the leader of each term, and it
only grows. An entry of term t at index n, in whatever log, has come from the leader of t, by way of
servers who compared what stands before it; so that log is, up to n, the log of the leader of t:
it is *backed* (`log_backed`). Log Matching follows at once: two logs with entries of term t at
index n are both, up to n, the log of the leader of t.

*What is stored* A server that has answered the leader of term t with success, for index n, holds
that leader's log up to n as long as it stays in t (`stored_log`); what the leader takes for granted
about it is no more than that (`replies_truthful`, `match_stored`).

*What may be committed* An entry of term t, made by its leader, can be committed by counting as long
as there is a quorum of which every member has stored it in t, or is in t still and may yet store
it: call it *choosable*. An entry that has been committed so is choosable for ever, and no entry
becomes choosable again. Three conjuncts say where choosable entries are:

1. with all that have stored them (`choosable_kept`),
2. in the log of every candidate of a later term for which one of these has voted
   (`choosable_voted`),
3. in the log of every leader of a later term (`choosable_led`).

They carry each other. (3) follows from (2): the leader's quorum of voters **meets the quorum** that
makes the entry choosable, in a server that has voted in a later term, so it is in t no more, so it
has stored the entry. (2) follows from (1) by the voter's comparison of logs (5.4.1): the voter has
the entry (1). If the candidate's log ends in the same term as the voter's, both logs are of one
leader, and the candidate's is not shorter. If it ends in a later term, above t, its end was made by
a leader who had the entry (3), and the candidate's log is that leader's. (1) is kept by
(3): a server gives up an entry only if a later leader sends another for its place, and later
leaders have this one.

*What is committed* What a leader commits by counting is choosable. So every later leader has it,
and by log matching all before it: Leader Completeness. This is where an entry of the leader's own
term is needed: an earlier leader's entry, though stored by a quorum, need not be choosable in the
term in which it was made (Figure 8). What a server knows as committed was committed by a leader
(`commit_decided`), its log agrees with that leader's as far (`commit_agrees`), and the logs of any
two leaders agree as far as both have committed: State Machine Safety.
"""

from __future__ import annotations

from ...spec.lang import Map, Model, Proof, action, fill, invariant, step_invariant
from ...spec.raft.election import Quorum, Role, Server, Term, Vote
from ...spec.raft.replication import (
    AppendEntries,
    AppendReply,
    Log,
    Raft,
    RequestVote,
    Value,
)


class RaftProof(Raft):
    """Raft, with a memory of votes, of the logs of candidates and leaders, and of what was stored
    and decided in each term."""

    vote_in: Map[tuple[Server, Term], Server | None]  # for whom it voted in the term, if it did
    candidate_log: Map[tuple[Server, Term], Log]  # the log with which it stood for election
    leader_of: Map[Term, Server | None]  # who was elected in the term, if anyone
    leader_log: Map[Term, Log]  # the log of that leader, as long as it got in the term
    stored: Map[tuple[Server, Term], int]  # how much of it the server has said to have stored
    decided: Map[Term, int]  # how much of it the leader has committed, by counting

    def init(self) -> None:
        super().init()
        self.vote_in = fill((Server, Term), None)
        self.candidate_log = fill((Server, Term), ())
        self.leader_of = fill(Term, None)
        self.leader_log = fill(Term, ())
        self.stored = fill((Server, Term), 0)
        self.decided = fill(Term, 0)

    # -------------------------------------------------------------------------------- ghosts
    @action
    def timeout(self, s: Server, t: Term) -> None:
        super().timeout(s, t)
        self.vote_in[s, t] = s
        self.candidate_log[s, t] = self.log[s]

    @action
    def handle_request_vote(self, m: RequestVote) -> None:
        super().handle_request_vote(m)
        self.vote_in[m.dest, self.term[m.dest]] = self.voted_for[m.dest]

    @action
    def become_leader(self, s: Server, q: Quorum) -> None:
        super().become_leader(s, q)
        self.leader_of[self.term[s]] = s
        self.leader_log[self.term[s]] = self.log[s]
        self.stored[s, self.term[s]] = len(self.log[s])

    @action
    def client_request(self, s: Server, v: Value) -> None:
        super().client_request(s, v)
        self.leader_log[self.term[s]] = self.log[s]
        self.stored[s, self.term[s]] = len(self.log[s])

    @action
    def handle_append_entries(self, m: AppendEntries) -> None:
        super().handle_append_entries(m)
        s = m.dest
        if m.term == self.term[s] and self.consistent(m, self.log[s]):
            self.stored[s, m.term] = max(self.stored[s, m.term], self.last_new(m))

    @action
    def advance_commit(self, s: Server, q: Quorum, n: int) -> None:
        super().advance_commit(s, q, n)
        self.decided[self.term[s]] = max(self.decided[self.term[s]], n)

    # ------------------------------------------------------------------- elections: the votes
    @invariant
    def no_votes_ahead(self) -> bool:
        """Nobody has voted in a term that it has not reached.

        Holds because a vote is given in the voter's own term, and terms do not decrease.
        """
        return all(self.vote_in[s, t] is None for s in Server for t in Term if t > self.term[s])

    @invariant
    def votes_remembered(self) -> bool:
        """What a server has stored as its vote is the vote it gave in its term.

        Holds because the vote is stored when it is given, and reset with each new term, in which
        there is none yet (`no_votes_ahead`). A restart keeps it: it is durable.
        """
        return all(self.vote_in[s, self.term[s]] == self.voted_for[s] for s in Server)

    @invariant
    def votes_granted(self) -> bool:
        """A message that grants a vote says the truth.

        Holds because it is sent in the step that gives the vote, or gives it to the same candidate
        once more; and a vote is given only where there is none (`votes_remembered`,
        `no_votes_ahead`).
        """
        return all(
            self.vote_in[m.source, m.term] == m.dest for m in self.network.of(Vote) if m.granted
        )

    @invariant
    def votes_counted(self) -> bool:
        """A candidate counts votes that were given to it, in its term.

        Holds because it counts its own, and those of messages, which say the truth
        (`votes_granted`); with a new term it begins anew; and no vote that it counts changes, for
        where there is a vote already none is given (`no_votes_ahead`, `votes_remembered`).
        """
        return all(self.vote_in[r, self.term[s]] == s for s in Server for r in self.votes[s])

    @invariant
    def requests_not_ahead(self) -> bool:
        """Who asks for votes in a term has reached it.

        Holds because a candidate asks in its own term, and terms do not decrease.
        """
        return all(m.term <= self.term[m.source] for m in self.network.of(RequestVote))

    @invariant
    def votes_for_candidates(self) -> bool:
        """Who got a vote in a term has reached it.

        Holds because it voted for itself there, or asked for the vote (`requests_not_ahead`); or it
        was given the vote before (`votes_remembered`).
        """
        return all(self.reached(self.vote_in[r, t], t) for r in Server for t in Term)

    def reached(self, s: Server | None, t: Term) -> bool:
        """The server, if it is one, is in term t or above."""
        return s is None or t <= self.term[s]

    # ----------------------------------------------------------------- elections: the leaders
    @invariant
    def elected_by_quorum(self) -> bool:
        """Who was elected in a term has the votes of a quorum there.

        Holds because it counted them when it was elected (`votes_counted`), and no vote changes
        (`no_votes_ahead`, `votes_remembered`).
        """
        return all(
            self.leader_of[t] is None
            or any(all(self.vote_in[r, t] == self.leader_of[t] for r in q) for q in Quorum)
            for t in Term
        )

    @invariant
    def leaders_elected(self) -> bool:
        """Who leads was elected in its term.

        Holds because it leads from its election on, until it moves to another term or restarts; and
        nobody else is elected there (`winners_first`).
        """
        return all(self.leader_of[self.term[s]] == s for s in Server if self.role[s] == Role.LEADER)

    @invariant
    def candidates_not_elected(self) -> bool:
        """Who is still a candidate was not elected in its term.

        Holds because it ceases to be a candidate when it is elected, and stands for election only
        in terms that it has not reached before (`elected_by_quorum`, `votes_for_candidates`).
        """
        return all(
            self.leader_of[self.term[s]] != s for s in Server if self.role[s] == Role.CANDIDATE
        )

    @invariant
    def winners_first(self) -> bool:
        """A candidate with the votes of a quorum is the first in its term: there is no leader yet.

        Holds because it follows in any state: a leader there would have the votes of a quorum as
        well (`elected_by_quorum`), and the two quorums have a member in common. It has one vote,
        which the candidate has counted (`votes_counted`), so the leader would be the candidate; but
        who is still a candidate was not elected (`candidates_not_elected`).
        """
        return all(
            self.leader_of[self.term[s]] is None
            for s in Server
            if self.role[s] == Role.CANDIDATE
            for q in Quorum
            if all(r in self.votes[s] for r in q)
        )

    @step_invariant
    def elections_final(self, after: RaftProof) -> bool:
        """At most one server is ever elected in a term (R1): who was elected in it stays so.

        Holds because who wins is the first (`winners_first`).
        """
        return all(
            self.leader_of[t] is None or after.leader_of[t] == self.leader_of[t] for t in Term
        )

    # ----------------------------------------------------------------------- logs: where from
    def backed(self, log: Log, i: int, j: int) -> bool:
        """The entry at place j is that of the leader who made the entry at place i."""
        made = self.leader_log[log[i].term]
        return j < len(made) and made[j] == log[j]

    def same(self, log: Log, other: Log, i: int) -> bool:
        """Both logs have an entry at place i, and it is the same."""
        return i < len(log) and i < len(other) and log[i] == other[i]

    @invariant
    def only_leaders_append(self) -> bool:
        """In a term without a leader nothing was appended, and nothing decided.

        Holds because both are done by leaders alone (`leaders_elected`).
        """
        return all(
            len(self.leader_log[t]) == 0 and self.decided[t] == 0
            for t in Term
            if self.leader_of[t] is None
        )

    @invariant
    def leader_log_terms(self) -> bool:
        """The leader of a term has no entries of later terms.

        Holds because its log at the election has none (`terms_along_log`), and what it appends is
        of its own term.
        """
        return all(
            self.leader_log[t][i].term <= t for t in Term for i in range(len(self.leader_log[t]))
        )

    @invariant
    def log_backed(self) -> bool:
        """Up to an entry of term t, the log is that of the leader of t.

        Holds because an entry is taken only if the log before it ends as the sender's does
        (`appends_consistent`), so up to there both are one leader's; and the sender's whole log is
        backed (`leader_log_backed`), so with the new entry (`appends_truthful`) it is still one
        leader's. A new leader finds no other log in its place (`winners_first`,
        `only_leaders_append`), and what a leader appends, to both its logs, is of its own term
        (`leaders_log_length`, `leaders_log`).
        """
        return all(
            self.backed(self.log[s], i, j)
            for s in Server
            for i in range(len(self.log[s]))
            for j in range(i + 1)
        )

    @invariant
    def leader_log_backed(self) -> bool:
        """Up to an entry of term u, the log of the leader of t is that of the leader of u.

        Holds because it is true of its log when it is elected (`log_backed`, `winners_first`,
        `only_leaders_append`), and of what it appends (`leaders_log_length`, `leaders_log`)
        trivially: that is of its own term, so it has to agree with itself.
        """
        return all(
            self.backed(self.leader_log[t], i, j)
            for t in Term
            for i in range(len(self.leader_log[t]))
            for j in range(i + 1)
        )

    @invariant
    def candidate_log_backed(self) -> bool:
        """Up to an entry of term u, the log of a candidate is that of the leader of u.

        Holds because it is true of its log when it stands for election (`log_backed`), and the logs
        of leaders only grow (`winners_first`, `only_leaders_append`, `leaders_log_length`,
        `leaders_log`).
        """
        return all(
            self.backed(self.candidate_log[s, t], i, j)
            for s in Server
            for t in Term
            for i in range(len(self.candidate_log[s, t]))
            for j in range(i + 1)
        )

    @invariant
    def leaders_log_length(self) -> bool:
        """Who leads has all that was appended in its term, and nothing else: as to the length.

        Holds because nobody but the leader appends in its term (`leaders_elected`,
        `winners_first`).
        """
        return all(
            len(self.log[s]) == len(self.leader_log[self.term[s]])
            for s in Server
            if self.role[s] == Role.LEADER
        )

    @invariant
    def leaders_log(self) -> bool:
        """Who leads has all that was appended in its term, and nothing else: entry by entry.

        Holds because nobody but the leader appends in its term (`leaders_elected`,
        `winners_first`).
        """
        return all(
            self.same(self.log[s], self.leader_log[self.term[s]], i)
            for s in Server
            if self.role[s] == Role.LEADER
            for i in range(len(self.log[s]))
        )

    @invariant
    def candidates_log_length(self) -> bool:
        """A candidate still has the log with which it stood for election: as to the length.

        Holds because it takes no entries as a candidate: with the first it becomes a follower.
        """
        return all(
            len(self.log[s]) == len(self.candidate_log[s, self.term[s]])
            for s in Server
            if self.role[s] == Role.CANDIDATE
        )

    @invariant
    def candidates_log(self) -> bool:
        """A candidate still has the log with which it stood for election: entry by entry.

        Holds because it takes no entries as a candidate: with the first it becomes a follower.
        """
        return all(
            self.same(self.log[s], self.candidate_log[s, self.term[s]], i)
            for s in Server
            if self.role[s] == Role.CANDIDATE
            for i in range(len(self.log[s]))
        )

    # ------------------------------------------------------------------- logs: what is sent
    @invariant
    def requests_truthful(self) -> bool:
        """A request for a vote tells where the candidate's log ends.

        Holds because it is sent by a candidate, whose log has not changed (`candidates_log`,
        `candidates_log_length`), and nobody stands for election twice in a term
        (`requests_not_ahead`).
        """
        return all(
            m.last_index == len(self.candidate_log[m.source, m.term])
            and m.last_term == self.term_at(self.candidate_log[m.source, m.term], m.last_index)
            for m in self.network.of(RequestVote)
        )

    @invariant
    def appends_consistent(self) -> bool:
        """AppendEntries is sent by a leader, and names an entry of its log, or the place before
        the first.

        Holds because nextIndex is never more than one above the end of the leader's log
        (`next_in_log`), nor less than one (`next_above_match`, `match_not_negative`); and that log
        (`leaders_elected`, `leaders_log`, `leaders_log_length`) only grows (`winners_first`).
        """
        return all(
            self.leader_of[m.term] is not None
            and 0 <= m.prev_index <= len(self.leader_log[m.term])
            and m.prev_term == self.term_at(self.leader_log[m.term], m.prev_index)
            for m in self.network.of(AppendEntries)
        )

    @invariant
    def appends_truthful(self) -> bool:
        """What AppendEntries carries is the next entry of the leader's log.

        Holds because the leader looks it up there (`leaders_log`, `leaders_log_length`,
        `next_above_match`, `match_not_negative`), and changes none: the log of a leader begins with
        its election (`appends_consistent`, `winners_first`).
        """
        return all(self.is_next(m) for m in self.network.of(AppendEntries))

    def is_next(self, m: AppendEntries) -> bool:
        """The entry of m, if it has one, follows prev_index in the log of the leader."""
        log = self.leader_log[m.term]
        return m.entry is None or (m.prev_index < len(log) and log[m.prev_index] == m.entry)

    # ------------------------------------------------------------------------ what is stored
    @invariant
    def stored_in_leader_log(self) -> bool:
        """What was stored in a term was in the log of its leader.

        Holds because it was sent by it (`appends_consistent`, `appends_truthful`), or is its own;
        and the logs of leaders only grow (`winners_first`, `only_leaders_append`,
        `leaders_log_length`).
        """
        return all(0 <= self.stored[s, t] <= len(self.leader_log[t]) for s in Server for t in Term)

    @invariant
    def nothing_stored_ahead(self) -> bool:
        """Nobody has stored anything in a term that it has not reached.

        Holds because a server moves to the term of the leader that it answers.
        """
        return all(self.stored[s, t] == 0 for s in Server for t in Term if t > self.term[s])

    @invariant
    def stored_length(self) -> bool:
        """As long as it stays in the term, a server's log has the length that it has said to match.

        Holds because a log is cut only where it differs from the leader's (`appends_consistent`,
        `appends_truthful`), which is not within what was stored (`stored_log`); and in a new term
        nothing is stored yet (`nothing_stored_ahead`).
        """
        return all(self.stored[s, self.term[s]] <= len(self.log[s]) for s in Server)

    @invariant
    def stored_log(self) -> bool:
        """As long as it stays in the term, a server has the leader's entries that it has said to
        have.

        Holds because it says so after the comparison: if its log and the leader's have entries of
        one term at prev_index they are equal up to there (`log_backed`, `leader_log_backed`,
        `appends_consistent`), and the next is taken from the message (`appends_truthful`). Later
        messages of the term bring the same entries, so nothing of it is cut. In a new term nothing
        is stored (`nothing_stored_ahead`); and the leader's log only grows (`winners_first`,
        `only_leaders_append`, `leaders_log_length`, `leaders_log`, `stored_in_leader_log`).
        """
        return all(
            self.same(self.log[s], self.leader_log[self.term[s]], i)
            for s in Server
            for i in range(self.stored[s, self.term[s]])
        )

    @invariant
    def leaders_store(self) -> bool:
        """A leader has stored all of its log.

        Holds because it stores what it appends.
        """
        return all(
            len(self.log[s]) <= self.stored[s, self.term[s]]
            for s in Server
            if self.role[s] == Role.LEADER
        )

    @invariant
    def replies_truthful(self) -> bool:
        """A reply of success says no more than what was stored.

        Holds because it is sent in the step that stores, and what was stored in a term is never
        said to be less (`stored_in_leader_log`, `winners_first`, `only_leaders_append`,
        `leaders_log_length`); and it names an index (`appends_consistent`).
        """
        return all(
            0 <= m.match <= self.stored[m.source, m.term]
            for m in self.network.of(AppendReply)
            if m.success
        )

    @invariant
    def match_not_negative(self) -> bool:
        """matchIndex is an index, or 0.

        Holds because replies name no others (`replies_truthful`).
        """
        return all(self.match_index[s, r] >= 0 for s in Server for r in Server)

    @invariant
    def match_stored(self) -> bool:
        """What a leader knows to match has been stored in its term.

        Holds because it starts from nothing, and learns from replies of its term
        (`replies_truthful`); and what is stored does not become less (`stored_in_leader_log`,
        `winners_first`, `only_leaders_append`, `leaders_log_length`, `leaders_elected`).
        """
        return all(
            self.match_index[s, r] <= self.stored[r, self.term[s]]
            for s in Server
            if self.role[s] == Role.LEADER
            for r in Server
        )

    @invariant
    def next_in_log(self) -> bool:
        """nextIndex is at most one above the end of the leader's log.

        Holds because it starts there, and rises only to the index after one that is stored
        (`match_stored`, `replies_truthful`, `stored_in_leader_log`, `leaders_log_length`); a
        refusal lowers it, but not below what matches (`next_above_match`).
        """
        return all(
            self.next_index[s, r] <= len(self.log[s]) + 1
            for s in Server
            if self.role[s] == Role.LEADER
            for r in Server
        )

    # ----------------------------------------------------------------- what may be committed
    def choosable(self, t: Term, n: int) -> bool:
        """The entry at index n of the log of the leader of t is of term t, and there is a quorum
        whose members have all stored it in t, or may yet do so."""
        return (
            n <= len(self.leader_log[t])
            and self.leader_log[t][n - 1].term == t
            and any(all(self.stored[r, t] >= n or self.term[r] <= t for r in q) for q in Quorum)
        )

    @invariant
    def choosable_kept(self) -> bool:
        """(1) Who has stored a choosable entry has it still.

        Holds because in the term itself nothing stored is cut (`stored_log`, `stored_length`); and
        in a later one its leader has the entry as well (`choosable_led`), so both logs are the same
        up to there (`log_backed`, `leader_log_backed`), and there is no conflict to cut at
        (`appends_consistent`, `appends_truthful`). What a leader appends is no entry that somebody
        has stored before (`leaders_log`, `leaders_log_length`, `stored_in_leader_log`).
        """
        return all(
            self.holds(self.log[s], n, t)
            for s in Server
            for t in Term
            for n in range(1, self.stored[s, t] + 1)
            if self.choosable(t, n)
        )

    @invariant
    def choosable_voted(self) -> bool:
        """(2) For whom somebody has voted who has stored a choosable entry of an earlier term, that
        candidate had it.

        Holds because the voter has it (`choosable_kept`) and has found the candidate's log at
        least as up to date as its own (`requests_truthful`). With logs that end in one term, the
        longer has it (`candidate_log_backed`, `log_backed`); and if the candidate's ends in a later
        one, the leader of that term (`only_leaders_append`) had it (`choosable_led`), in a log
        along which terms do not decrease (`leader_log_backed`, `leader_log_terms`). Whoever stores
        something later is in that term still, and has voted in none above (`no_votes_ahead`,
        `votes_remembered`); and nobody stands for election where somebody has voted for it
        (`votes_for_candidates`).
        """
        return all(
            self.holds(self.candidate_log[c, u], n, t)
            for s in Server
            for t in Term
            for u in Term
            if t < u
            for c in Server
            if self.vote_in[s, u] == c
            for n in range(1, self.stored[s, t] + 1)
            if self.choosable(t, n)
        )

    @invariant
    def choosable_led(self) -> bool:
        """(3) Leaders of later terms have what is choosable.

        Holds because among the voters of such a leader (`votes_counted`) is one of the quorum that
        makes the entry choosable. It has left the term (`no_votes_ahead`), so it has stored the
        entry, so the leader had it as a candidate (`choosable_voted`), and has it in the log with
        which it is elected (`candidates_log`, `candidates_log_length`). What an earlier leader
        appends is not choosable any more once a quorum has left its term (`elected_by_quorum`,
        `stored_in_leader_log`, `leaders_log`, `leaders_log_length`), and a new leader's log has no
        entries of its term (`log_backed`, `winners_first`, `only_leaders_append`).
        """
        return all(
            self.holds(self.leader_log[u], n, t)
            for t in Term
            for u in Term
            if t < u and self.leader_of[u] is not None
            for n in range(1, len(self.leader_log[t]) + 1)
            if self.choosable(t, n)
        )

    # --------------------------------------------------------------------- what is committed
    @invariant
    def decided_by_quorum(self) -> bool:
        """What a leader has committed ends with an entry of its own term that a quorum has stored.

        Holds because that is what it asks for before it commits (`match_stored`, `leaders_store`,
        `leaders_log`, `leaders_log_length`, `commit_not_negative`), and what was stored in a term
        remains so (`stored_in_leader_log`, `winners_first`, `only_leaders_append`).
        """
        return all(
            self.decided[t] == 0
            or (
                0 < self.decided[t] <= len(self.leader_log[t])
                and self.leader_log[t][self.decided[t] - 1].term == t
                and any(all(self.stored[r, t] >= self.decided[t] for r in q) for q in Quorum)
            )
            for t in Term
        )

    @invariant
    def later_leaders_complete(self) -> bool:
        """What the leader of a term has committed, the leaders of later terms have (R4).

        Holds because it follows in any state: the last entry of it is choosable
        (`decided_by_quorum`), so they have that (`choosable_led`), and with it all that comes
        before (`leader_log_backed`).
        """
        return all(
            self.same(self.leader_log[t], self.leader_log[u], i)
            for t in Term
            for u in Term
            if t <= u and self.leader_of[u] is not None
            for i in range(self.decided[t])
        )

    @invariant
    def decisions_agree(self) -> bool:
        """What any two leaders have ever committed agrees as far as both have (R5).

        Holds because it follows in any state: the later one has what the earlier one committed
        (`later_leaders_complete`), for both are leaders (`decided_by_quorum`,
        `only_leaders_append`). That servers apply nothing else is what the last conjuncts say.
        """
        return all(
            self.same(self.leader_log[t], self.leader_log[u], i)
            for t in Term
            for u in Term
            if self.decided[t] <= self.decided[u]
            for i in range(self.decided[t])
        )

    @step_invariant
    def decided_stays(self, after: RaftProof) -> bool:
        """What was committed once, in whatever term, stays committed, and stays the same.

        Holds because the logs of leaders only grow (`decided_by_quorum`, `winners_first`,
        `only_leaders_append`, `leaders_log`, `leaders_log_length`).
        """
        return all(
            after.decided[t] >= self.decided[t]
            and all(
                self.same(self.leader_log[t], after.leader_log[t], i)
                for i in range(self.decided[t])
            )
            for t in Term
        )

    @invariant
    def commit_not_negative(self) -> bool:
        """commitIndex is an index, or 0.

        Holds because it never decreases but to 0.
        """
        return all(self.commit[s] >= 0 for s in Server)

    @invariant
    def commit_decided(self) -> bool:
        """What a server knows as committed was committed by the leader of its term or of an earlier
        one.

        Holds because it did so itself, or was told by such a leader (`appends_decided`), of no less
        than nothing (`appends_consistent`).
        """
        return all(self.was_decided(self.commit[s], self.term[s]) for s in Server)

    def was_decided(self, n: int, t: Term) -> bool:
        """A leader of term t or before has committed the entries up to index n, if there are any.

        A restarted server knows of none.
        """
        return n == 0 or any(n <= self.decided[u] for u in Term if u <= t)

    @invariant
    def commit_agrees(self) -> bool:
        """What a server knows as committed is what leaders have committed there.

        Holds because its log matches the leader's as far as the server commits (`stored_log`,
        `leaders_log`, `leaders_log_length`), and the leader's has what was committed before
        (`later_leaders_complete`, `commit_decided`). What was known before is not cut for the same
        reason: the leader's log has it too (`appends_consistent`, `appends_truthful`).
        """
        return all(
            self.same(self.log[s], self.leader_log[t], i)
            for s in Server
            for t in Term
            if self.commit[s] <= self.decided[t]
            for i in range(self.commit[s])
        )

    @invariant
    def commit_led(self) -> bool:
        """What a server knows as committed is in the log of the leader of its term and of later
        ones, if they have leaders; so none of them makes it give that up.

        Holds because it follows in any state: it was committed by the leader of its term or of an
        earlier one (`commit_decided`, `commit_agrees`), and later leaders have that
        (`later_leaders_complete`).
        """
        return all(
            self.same(self.log[s], self.leader_log[t], i)
            for s in Server
            for t in Term
            if self.term[s] <= t and self.leader_of[t] is not None
            for i in range(self.commit[s])
        )

    @invariant
    def appends_decided(self) -> bool:
        """What AppendEntries says to be committed was committed by its sender or an earlier leader.

        Holds because the sender knows no other (`commit_decided`, `commit_not_negative`), and what
        is committed stays so.
        """
        return all(
            m.commit >= 0 and self.was_decided(m.commit, m.term)
            for m in self.network.of(AppendEntries)
        )


LEMMAS = {
    # The claims of the protocol, whose reasons are given above
    "log_matching": ("log_backed",),
    "terms_along_log": (
        "log_backed",
        "leader_log_terms",
        "leader_log_backed",
        "appends_consistent",
        "appends_truthful",
        "only_leaders_append",
    ),
    "match_truthful": (
        "match_stored",
        "stored_length",
        "stored_log",
        "leaders_log",
        "next_in_log",
        "next_above_match",
    ),
    "votes_given": ("votes_counted", "votes_remembered", "no_votes_ahead"),
    "one_leader_at_a_time": ("leaders_elected",),
    "committed_agree": ("commit_agrees", "commit_decided", "commit_in_log"),
    "append_entries/defined": ("next_in_log", "next_above_match", "match_not_negative"),
    "handle_append_entries/defined": ("appends_consistent",),
    "appends_truthful/defined": ("appends_consistent",),
    "handle_append_entries/commit_in_log": (
        "commit_led",
        "appends_consistent",
        "appends_truthful",
    ),
    "advance_commit/decided_by_quorum": (
        "leaders_log",
        "stored_in_leader_log",
        "leaders_store",
        "match_stored",
        "commit_not_negative",
    ),
    # The steps that a solver does not find with all reasons at once
    "handle_request_vote/choosable_voted": (
        "choosable_kept",
        "choosable_led",
        "requests_truthful",
        "candidate_log_backed",
        "log_backed",
        "leader_log_backed",
        "leader_log_terms",
        "only_leaders_append",
        "votes_remembered",
    ),
    "become_leader/choosable_led": (
        "winners_first",
        "votes_counted",
        "no_votes_ahead",
        "choosable_voted",
        "candidates_log",
        "candidates_log_length",
        "log_backed",
        "only_leaders_append",
    ),
    "client_request/choosable_led": (
        "elected_by_quorum",
        "no_votes_ahead",
        "leaders_log",
        "leaders_log_length",
        "stored_in_leader_log",
    ),
    "client_request/choosable_voted": (
        "no_votes_ahead",
        "leaders_log",
        "leaders_log_length",
        "stored_in_leader_log",
    ),
    "handle_append_entries/choosable_kept": (
        "choosable_led",
        "log_backed",
        "leader_log_backed",
        "appends_consistent",
        "appends_truthful",
        "nothing_stored_ahead",
        "stored_log'",
    ),
    "advance_commit/commit_agrees": (
        "decisions_agree'",
        "leaders_log",
        "commit_decided",
    ),
    "handle_append_entries/commit_agrees": (
        "stored_log'",
        "commit_decided'",
        "commit_led",
        "later_leaders_complete",
        "decisions_agree",
        "appends_consistent",
        "appends_truthful",
    ),
}
"""What the solver is told beyond the reasons in the text of each claim."""

PROOFS = [
    Proof(
        name="any size",
        protocol=RaftProof,
        of=Raft,
        restarts=True,
        lemmas=LEMMAS,
        instances=[
            Model(
                name="3 servers, 2 terms with leaders, log 2, 1 value",
                protocol=RaftProof,
                sizes={Server: 3, Term: 3, Value: 1},
                constants={"max_log": 2},
                restarts=1,
                lengths=2,
                integers=(0, 3),
            ),
            Model(
                name="3 servers, 3 terms with leaders, log 2, 1 value",
                protocol=RaftProof,
                sizes={Server: 3, Term: 4, Value: 1},
                constants={"max_log": 2},
                restarts=1,
                lengths=2,
                integers=(0, 3),
                slow=True,
            ),
        ],
    ),
]

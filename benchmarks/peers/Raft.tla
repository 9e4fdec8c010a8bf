------------------------------- MODULE Raft -------------------------------
(* The transition system of spec/raft/replication.py, action by action, on  *)
(* the network that loses, repeats and reorders: a set that only grows.     *)
EXTENDS Integers, Sequences, FiniteSets

CONSTANTS Server, Value, MaxTerm, MaxLog, Nobody

Term == 0 .. MaxTerm
MinimalQuorum ==
  LET quorums == {Q \in SUBSET Server : 2 * Cardinality(Q) > Cardinality(Server)}
  IN {Q \in quorums : \A R \in quorums : R \subseteq Q => R = Q}

VARIABLES term, votedFor, log, role, commit, votes, next, match, network
servers == <<term, votedFor, log, role, commit, votes, next, match>>
vars == <<servers, network>>

Max(x, y) == IF x > y THEN x ELSE y
Min(x, y) == IF x < y THEN x ELSE y
TermAt(entries, n) == IF n > 0 THEN entries[n].term ELSE 0

Init ==
  /\ term = [s \in Server |-> 0]
  /\ votedFor = [s \in Server |-> Nobody]
  /\ log = [s \in Server |-> <<>>]
  /\ role = [s \in Server |-> "follower"]
  /\ commit = [s \in Server |-> 0]
  /\ votes = [s \in Server |-> {}]
  /\ next = [p \in Server \X Server |-> 1]
  /\ match = [p \in Server \X Server |-> 0]
  /\ network = {}

Send(m) == network' = network \cup {m}

Timeout(s, t) ==
  /\ t > term[s]
  /\ role[s] # "leader"
  /\ term' = [term EXCEPT ![s] = t]
  /\ votedFor' = [votedFor EXCEPT ![s] = s]
  /\ role' = [role EXCEPT ![s] = "candidate"]
  /\ votes' = [votes EXCEPT ![s] = {s}]
  /\ UNCHANGED <<log, commit, next, match, network>>

RequestVote(s, r) ==
  /\ role[s] = "candidate"
  /\ r \notin votes[s]
  /\ Send([kind |-> "ask", source |-> s, dest |-> r, term |-> term[s],
           lastIndex |-> Len(log[s]), lastTerm |-> TermAt(log[s], Len(log[s]))])
  /\ UNCHANGED servers

\* What a server is after meeting a term.
Newer(s, t) == t > term[s]
TermAfter(s, t) == Max(t, term[s])
VotedAfter(s, t) == IF Newer(s, t) THEN Nobody ELSE votedFor[s]
RoleAfter(s, t) == IF Newer(s, t) THEN "follower" ELSE role[s]
VotesAfter(s, t) == IF Newer(s, t) THEN {} ELSE votes[s]

HandleRequestVote(m) ==
  LET s == m.dest
      voted == VotedAfter(s, m.term)
      mine == TermAt(log[s], Len(log[s]))
      granted ==
        /\ m.term = TermAfter(s, m.term)
        /\ voted \in {Nobody, m.source}
        /\ \/ m.lastTerm > mine
           \/ m.lastTerm = mine /\ m.lastIndex >= Len(log[s])
  IN /\ term' = [term EXCEPT ![s] = TermAfter(s, m.term)]
     /\ votedFor' = [votedFor EXCEPT ![s] = IF granted THEN m.source ELSE voted]
     /\ role' = [role EXCEPT ![s] = RoleAfter(s, m.term)]
     /\ votes' = [votes EXCEPT ![s] = VotesAfter(s, m.term)]
     /\ Send([kind |-> "vote", source |-> s, dest |-> m.source,
              term |-> TermAfter(s, m.term), granted |-> granted])
     /\ UNCHANGED <<log, commit, next, match>>

HandleVote(m) ==
  LET s == m.dest
      counts ==
        /\ m.granted
        /\ m.term = TermAfter(s, m.term)
        /\ RoleAfter(s, m.term) = "candidate"
  IN /\ term' = [term EXCEPT ![s] = TermAfter(s, m.term)]
     /\ votedFor' = [votedFor EXCEPT ![s] = VotedAfter(s, m.term)]
     /\ role' = [role EXCEPT ![s] = RoleAfter(s, m.term)]
     /\ votes' = [votes EXCEPT ![s] = IF counts THEN @ \cup {m.source} ELSE VotesAfter(s, m.term)]
     /\ UNCHANGED <<log, commit, next, match, network>>

BecomeLeader(s, Q) ==
  /\ role[s] = "candidate"
  /\ Q \subseteq votes[s]
  /\ role' = [role EXCEPT ![s] = "leader"]
  /\ next' = [p \in Server \X Server |-> IF p[1] = s THEN Len(log[s]) + 1 ELSE next[p]]
  /\ match' = [p \in Server \X Server |-> IF p[1] = s THEN 0 ELSE match[p]]
  /\ UNCHANGED <<term, votedFor, log, commit, votes, network>>

ClientRequest(s, v) ==
  /\ role[s] = "leader"
  /\ log' = [log EXCEPT ![s] = Append(@, [term |-> term[s], value |-> v])]
  /\ UNCHANGED <<term, votedFor, role, commit, votes, next, match, network>>

AppendEntries(s, r) ==
  LET prev == next[s, r] - 1
  IN /\ role[s] = "leader"
     /\ r # s
     /\ Send([kind |-> "append", source |-> s, dest |-> r, term |-> term[s], prevIndex |-> prev,
              prevTerm |-> TermAt(log[s], prev),
              entries |-> SubSeq(log[s], prev + 1, Min(prev + 1, Len(log[s]))),
              commit |-> commit[s]])
     /\ UNCHANGED servers

Holds(entries, n, t) == n = 0 \/ (n <= Len(entries) /\ TermAt(entries, n) = t)

HandleAppendEntries(m) ==
  LET s == m.dest
      current == m.term = TermAfter(s, m.term)
      success == current /\ Holds(log[s], m.prevIndex, m.prevTerm)
      newMatch == IF success THEN m.prevIndex + Len(m.entries) ELSE 0
      appended ==
        IF m.entries = <<>> \/ Holds(log[s], m.prevIndex + 1, m.entries[1].term)
        THEN log[s]
        ELSE SubSeq(log[s], 1, m.prevIndex) \o m.entries
  IN /\ term' = [term EXCEPT ![s] = TermAfter(s, m.term)]
     /\ votedFor' = [votedFor EXCEPT ![s] = VotedAfter(s, m.term)]
     /\ role' = [role EXCEPT ![s] = IF current THEN "follower" ELSE RoleAfter(s, m.term)]
     /\ votes' = [votes EXCEPT ![s] = VotesAfter(s, m.term)]
     /\ log' = IF success THEN [log EXCEPT ![s] = appended] ELSE log
     /\ commit' = IF success
                  THEN [commit EXCEPT ![s] = Max(@, Min(m.commit, newMatch))] ELSE commit
     /\ Send([kind |-> "reply", source |-> s, dest |-> m.source, term |-> TermAfter(s, m.term),
              success |-> success, match |-> newMatch])
     /\ UNCHANGED <<next, match>>

HandleAppendReply(m) ==
  LET s == m.dest
      p == <<m.dest, m.source>>
      counts == m.term = TermAfter(s, m.term) /\ RoleAfter(s, m.term) = "leader"
      known == Max(match[p], m.match)
  IN /\ term' = [term EXCEPT ![s] = TermAfter(s, m.term)]
     /\ votedFor' = [votedFor EXCEPT ![s] = VotedAfter(s, m.term)]
     /\ role' = [role EXCEPT ![s] = RoleAfter(s, m.term)]
     /\ votes' = [votes EXCEPT ![s] = VotesAfter(s, m.term)]
     /\ match' = IF counts /\ m.success THEN [match EXCEPT ![p] = known] ELSE match
     /\ next' = IF ~ counts THEN next
                ELSE IF m.success THEN [next EXCEPT ![p] = known + 1]
                ELSE [next EXCEPT ![p] = Max(@ - 1, match[p] + 1)]
     /\ UNCHANGED <<log, commit, network>>

AdvanceCommit(s, Q, n) ==
  /\ role[s] = "leader"
  /\ n \in commit[s] + 1 .. Len(log[s])
  /\ \A r \in Q : r = s \/ match[s, r] >= n
  /\ TermAt(log[s], n) = term[s]
  /\ commit' = [commit EXCEPT ![s] = n]
  /\ UNCHANGED <<term, votedFor, log, role, votes, next, match, network>>

Receive(m) ==
  CASE m.kind = "ask" -> HandleRequestVote(m)
    [] m.kind = "vote" -> HandleVote(m)
    [] m.kind = "append" -> HandleAppendEntries(m)
    [] m.kind = "reply" -> HandleAppendReply(m)

Next ==
  \/ \E s \in Server, t \in Term : Timeout(s, t)
  \/ \E s, r \in Server : RequestVote(s, r)
  \/ \E s \in Server, Q \in MinimalQuorum : BecomeLeader(s, Q)
  \/ \E s \in Server, v \in Value : ClientRequest(s, v)
  \/ \E s, r \in Server : AppendEntries(s, r)
  \/ \E s \in Server, Q \in MinimalQuorum : \E n \in 1 .. MaxLog + 1 : AdvanceCommit(s, Q, n)
  \/ \E m \in network : Receive(m)

Spec == Init /\ [][Next]_vars

\* States outside are checked, but neither counted nor gone on from.
ShortLogs == \A s \in Server : Len(log[s]) <= MaxLog

OneLeaderAtATime ==
  \A s, r \in Server :
    role[s] = "leader" /\ role[r] = "leader" /\ term[s] = term[r] => s = r

Agree(s, r, n) == \A i \in 1 .. n : log[s][i] = log[r][i]
LogMatching ==
  \A s, r \in Server : \A n \in 1 .. Min(Len(log[s]), Len(log[r])) :
    log[s][n].term = log[r][n].term => Agree(s, r, n)
CommittedAgree ==
  \A s, r \in Server :
    LET n == Min(commit[s], commit[r])
    IN n <= Len(log[s]) /\ n <= Len(log[r]) /\ Agree(s, r, n)
============================================================================

------------------------------- MODULE Paxos -------------------------------
(* The transition system of spec/paxos/single_decree.py, action by action.  *)
EXTENDS Integers, FiniteSets

CONSTANTS Acceptor, Value, MaxBallot

Ballot == 0 .. MaxBallot
Quorum == {Q \in SUBSET Acceptor : 2 * Cardinality(Q) > Cardinality(Acceptor)}
MinimalQuorum == {Q \in Quorum : \A R \in Quorum : R \subseteq Q => R = Q}
None == -1

VARIABLES promised, votedIn, votedFor, sent
vars == <<promised, votedIn, votedFor, sent>>

Init ==
  /\ promised = [a \in Acceptor |-> None]
  /\ votedIn = [a \in Acceptor |-> None]
  /\ votedFor = [a \in Acceptor |-> None]
  /\ sent = {}

Prepare(b) ==
  /\ sent' = sent \cup {[kind |-> "prepare", ballot |-> b]}
  /\ UNCHANGED <<promised, votedIn, votedFor>>

Promise(a, b) ==
  /\ [kind |-> "prepare", ballot |-> b] \in sent
  /\ b > promised[a]
  /\ promised' = [promised EXCEPT ![a] = b]
  /\ sent' = sent \cup {[kind |-> "promise", acceptor |-> a, ballot |-> b,
                         votedIn |-> votedIn[a], votedFor |-> votedFor[a]]}
  /\ UNCHANGED <<votedIn, votedFor>>

\* The votes that the members of Q have reported to the leader of ballot b.
Reports(Q, b) == {m \in sent : m.kind = "promise" /\ m.ballot = b /\ m.acceptor \in Q}

ShownSafe(b, v) ==
  \E Q \in MinimalQuorum :
    LET reports == Reports(Q, b)
        votes == {m \in reports : m.votedIn # None}
    IN /\ \A a \in Q : \E m \in reports : m.acceptor = a
       /\ \/ votes = {}
          \/ \E m \in votes : m.votedFor = v /\ \A n \in votes : n.votedIn <= m.votedIn

Propose(b, v) ==
  /\ ~ \E m \in sent : m.kind = "accept" /\ m.ballot = b
  /\ ShownSafe(b, v)
  /\ sent' = sent \cup {[kind |-> "accept", ballot |-> b, value |-> v]}
  /\ UNCHANGED <<promised, votedIn, votedFor>>

Accept(a, b, v) ==
  /\ [kind |-> "accept", ballot |-> b, value |-> v] \in sent
  /\ b >= promised[a]
  /\ promised' = [promised EXCEPT ![a] = b]
  /\ votedIn' = [votedIn EXCEPT ![a] = b]
  /\ votedFor' = [votedFor EXCEPT ![a] = v]
  /\ sent' = sent \cup {[kind |-> "accepted", acceptor |-> a, ballot |-> b, value |-> v]}

Next ==
  \/ \E b \in Ballot : Prepare(b)
  \/ \E a \in Acceptor, b \in Ballot : Promise(a, b)
  \/ \E b \in Ballot, v \in Value : Propose(b, v)
  \/ \E a \in Acceptor, b \in Ballot, v \in Value : Accept(a, b, v)

Spec == Init /\ [][Next]_vars

Chosen(v) ==
  \E b \in Ballot, Q \in MinimalQuorum :
    \A a \in Q : [kind |-> "accepted", acceptor |-> a, ballot |-> b, value |-> v] \in sent

Agreement == \A v, w \in Value : Chosen(v) /\ Chosen(w) => v = w

Validity ==
  \A m \in {n \in sent : n.kind = "accepted"} :
    [kind |-> "accept", ballot |-> m.ballot, value |-> m.value] \in sent
============================================================================

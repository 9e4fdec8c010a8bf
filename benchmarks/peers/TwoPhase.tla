------------------------------ MODULE TwoPhase ------------------------------
(* The transition system of spec/commit/two_phase.py, action by action.      *)
EXTENDS Integers

CONSTANT Manager

VARIABLES status, decision, heard, sent
vars == <<status, decision, heard, sent>>

Init ==
  /\ status = [r \in Manager |-> "working"]
  /\ decision = "none"
  /\ heard = {}
  /\ sent = {}

Prepare(r) ==
  /\ status[r] = "working"
  /\ status' = [status EXCEPT ![r] = "prepared"]
  /\ sent' = sent \cup {[kind |-> "prepared", manager |-> r]}
  /\ UNCHANGED <<decision, heard>>

Refuse(r) ==
  /\ status[r] = "working"
  /\ status' = [status EXCEPT ![r] = "aborted"]
  /\ UNCHANGED <<decision, heard, sent>>

Hear(r) ==
  /\ [kind |-> "prepared", manager |-> r] \in sent
  /\ decision = "none"
  /\ heard' = heard \cup {r}
  /\ UNCHANGED <<status, decision, sent>>

DecideCommit ==
  /\ decision = "none"
  /\ heard = Manager
  /\ decision' = "commit"
  /\ sent' = sent \cup {[kind |-> "commit"]}
  /\ UNCHANGED <<status, heard>>

DecideAbort ==
  /\ decision = "none"
  /\ decision' = "abort"
  /\ sent' = sent \cup {[kind |-> "abort"]}
  /\ UNCHANGED <<status, heard>>

ObeyCommit(r) ==
  /\ [kind |-> "commit"] \in sent
  /\ status' = [status EXCEPT ![r] = "committed"]
  /\ UNCHANGED <<decision, heard, sent>>

ObeyAbort(r) ==
  /\ [kind |-> "abort"] \in sent
  /\ status' = [status EXCEPT ![r] = "aborted"]
  /\ UNCHANGED <<decision, heard, sent>>

Next ==
  \/ DecideCommit
  \/ DecideAbort
  \/ \E r \in Manager :
       Prepare(r) \/ Refuse(r) \/ Hear(r) \/ ObeyCommit(r) \/ ObeyAbort(r)

Spec == Init /\ [][Next]_vars

Agreement == ~ \E r, s \in Manager : status[r] = "committed" /\ status[s] = "aborted"
CommitValidity ==
  [kind |-> "commit"] \in sent => \A r \in Manager : [kind |-> "prepared", manager |-> r] \in sent
============================================================================

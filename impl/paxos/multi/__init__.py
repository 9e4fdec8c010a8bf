"""Multi-Paxos as a program: a log of decisions, whose group of servers may change.

**Source** L. Lamport, "Paxos Made Simple" (2001), section 3, whose rules are cited as such; R. van
Renesse, D. Altinbuken, "Paxos Made Moderately Complex" (ACM Computing Surveys 47(3), 2015), for the
window. The specification is ``spec/paxos/reconfiguration.py``.

A server is proposer, acceptor and learner at once. One of them leads: it has run phase 1 once for
all slots, and a command needs phase 2 alone. Who hears of no leader for some time starts a ballot
of its own.

**Groups** A change of the group is an entry like any other. Executed in slot *s*, it says who
decides the slots from *s* + ``window`` on. So nobody may propose in a slot before all that is
``window`` or more below it is executed: until then it is unknown who decides there.

**What is remembered** An acceptor that knows what is chosen in a slot keeps that, and forgets how
it voted there. Who asks about such a slot is told the choice instead of a vote.
"""

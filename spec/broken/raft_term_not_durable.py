"""Bug: a server forgets in a crash which term it was in.

**Mistake** The vote is on disk, and the term to which it belongs is not.

**Tempting** because the term comes back with the next message. So it does; and as it is then a new
term to the server, the server makes room for a new vote.

**Source** The same class as the vote that is not stored: SOFAJRaft read a missing metadata file as
term 0; the rule that is broken is "persistent state" in Figure 2 of the Raft paper (2014).

**What goes wrong** A server votes in a term, restarts in the first one, meets the former term as if
it were new, and votes in it again. Two leaders are elected in one term.
"""

from __future__ import annotations

from ..lang import Map, Model, Violated, Volatile
from ..raft.election import Server, Term
from ..raft.history import ElectionWithHistory


class TermNotDurable(ElectionWithHistory):
    """Elections in which a restart sets the term back to the first, and keeps the vote."""

    term: Volatile[Map[Server, Term]]


MODELS = [
    # 9 steps where a candidate asks everyone at once, and the term falls back to the log's last
    Model(
        name="3 servers, 1 term, 1 restart",
        protocol=TermNotDurable,
        sizes={Server: 3, Term: 2},
        restarts=1,
        properties=["election_safety"],
        expect=Violated("election_safety", steps=11),
    ),
]

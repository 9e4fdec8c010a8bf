"""Bug: a server forgets in a crash whom it voted for.

**Mistake** The vote is kept in memory, or is answered before it is on disk.

**Tempting** because the term is on disk, elections are short, and a write for each vote delays
them. Term and vote are also easily written one after the other, with room for a crash between.

**Source** Reported for TiKV (issue 1610, 2017) and hashicorp/raft (issue 661, 2025: two separate
writes); the rule that is broken is "persistent state" in Figure 2 of the Raft paper (2014).

**What goes wrong** A server elects a leader, restarts, and with the same vote elects another one in
the same term. It may even be the first leader itself, which forgets that it has led: so no state
shows two leaders at once, and only the history does.
"""

from __future__ import annotations

from ..lang import Map, Model, Violated, Volatile
from ..raft.election import Server, Term
from ..raft.history import ElectionWithHistory


class VoteNotDurable(ElectionWithHistory):
    """Elections in which a restart clears the vote, and keeps the term."""

    voted_for: Volatile[Map[Server, Server | None]]


MODELS = [
    # 9 steps where a candidate asks everyone at once
    Model(
        name="3 servers, 1 term, 1 restart",
        protocol=VoteNotDurable,
        sizes={Server: 3, Term: 2},
        restarts=1,
        properties=["election_safety"],
        expect=Violated("election_safety", steps=11),
    ),
]

"""How a Raft server behaves where the protocol leaves it free, and which extensions it uses."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["FIGURE_2", "Config"]


class Config(Struct, frozen=True):
    """The same on all servers. As it is by default, everything is on but lease reads.

    **Units** ``*_ticks`` in ticks of the hosts' clocks, ``*_bytes`` in bytes.

    **Clock bound** With ``lease_ticks`` above 0, reads trust clocks: while the fastest clock of the
    cluster counts ``election_ticks`` ticks, the slowest must count at least ``lease_ticks``. That
    is all that is assumed; clocks need not show the same time.

    **Errors** ValueError if the values contradict each other.
    """

    heartbeat_ticks: int = 10
    """How often a leader is heard (5.2)."""
    election_ticks: int = 100
    """The least time without a leader before an election (5.2); the most is twice that."""
    most_entries: int = 64
    """How many entries one message may carry."""
    most_bytes: int = 1 << 20
    """How many bytes of commands one message may carry, unless a single one is larger."""
    window: int = 16
    """How many messages with entries may be under way to a server before it answers. With 0 there
    is no count: what a server lacks is sent at every occasion, as in Figure 2."""
    backtrack: bool = True
    """A refusal tells where the logs may part (5.3), so that a leader need not go back entry by
    entry."""
    pre_vote: bool = True
    """Ask before standing for election (thesis, 9.6)."""
    check_quorum: bool = True
    """A leader that hears from no quorum steps down, and who hears from a leader takes part in no
    election (thesis, 6.2 and 4.2.3)."""
    lease_ticks: int = 0
    """How long a leader may answer reads after a quorum has heard from it (thesis, 6.4.1); with 0
    it asks a quorum each time (6.4). Needs ``check_quorum``."""
    chunk_bytes: int = 1 << 16
    """How much of a snapshot one message carries (7)."""
    keep_entries: int = 1024
    """How many entries stay in the log behind a snapshot, for those who lag a little."""
    most_uncommitted: int = 0
    """How many entries may wait to be committed before a leader refuses more; 0: no limit."""

    def __post_init__(self) -> None:
        if not 0 < self.heartbeat_ticks < self.election_ticks:
            raise ValueError("heartbeats must come before elections, and time must pass")
        if self.most_entries < 1 or self.most_bytes < 1:
            raise ValueError("a message that may hold no entry replicates nothing")
        if self.chunk_bytes < 1:
            raise ValueError("a snapshot sent in chunks of no bytes never arrives")
        if min(self.window, self.keep_entries, self.most_uncommitted, self.lease_ticks) < 0:
            raise ValueError("window, keep_entries, most_uncommitted and lease_ticks count from 0")
        if self.lease_ticks:
            if not self.check_quorum:
                raise ValueError(
                    "a lease holds only if its voters wait: lease_ticks needs check_quorum"
                )
            if self.lease_ticks >= self.election_ticks:
                raise ValueError(
                    "a lease must end before an election: lease_ticks < election_ticks"
                )


FIGURE_2 = Config(
    most_entries=1,
    window=0,
    backtrack=False,
    pre_vote=False,
    check_quorum=False,
    keep_entries=0,
)
"""The paper's Figure 2 and nothing else, entries sent one by one."""

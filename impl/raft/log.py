"""The log of a server: entries, counted from 1."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Command", "Entry", "Index", "Log", "Term"]

Term = int
"""Terms count up; in term 0, where all servers start, nobody leads."""

Index = int
"""Places in a log. Index 0 stands before the first entry, and has term 0."""

Command = bytes
"""What a client asks of the state machine; the protocol does not look into it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """``command`` is None in the entry with which a leader begins its term (section 8)."""

    term: Term
    command: Command | None


@dataclass(frozen=True, slots=True)
class Log:
    """Entries in order. Never changed in place.

    **Cost** Copies the entries on each change; reading is as fast as a tuple.
    """

    entries: tuple[Entry, ...] = ()

    @property
    def last_index(self) -> Index:
        return len(self.entries)

    @property
    def last_term(self) -> Term:
        return self.term_at(self.last_index)

    def term_at(self, n: Index) -> Term:
        """The term of the entry at index n. **Errors** IndexError if there is none."""
        if n == 0:
            return 0
        if not 0 < n <= len(self.entries):
            raise IndexError(f"no entry at index {n}: the log ends at {len(self.entries)}")
        return self.entries[n - 1].term

    def holds(self, n: Index, term: Term) -> bool:
        """Whether there is an entry of this term at index n; always so before the first one."""
        return n == 0 or (n <= self.last_index and self.term_at(n) == term)

    def after(self, n: Index, most: int) -> tuple[Entry, ...]:
        """Up to so many entries behind index n."""
        return self.entries[n : n + most]

    def with_entries(self, n: Index, new: tuple[Entry, ...]) -> Log:
        """The log with these entries behind index n, and nothing after them."""
        return Log(self.entries[:n] + new)

    def first_conflict(self, n: Index, new: tuple[Entry, ...]) -> Index | None:
        """The first index behind n at which this log lacks what ``new`` has there; None if it has
        all of it. By log matching, an entry is told by its index and term (5.3)."""
        for i, entry in enumerate(new, n + 1):
            if not self.holds(i, entry.term):
                return i
        return None

"""The log of a server: entries, counted from 1, of which the first may have been compacted away."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from .configuration import Configuration

__all__ = ["Command", "Entry", "Index", "Log", "Payload", "Term", "parting"]

Term = int
"""Terms count up; in term 0, where all servers start, nobody leads."""

Index = int
"""Places in a log. Index 0 stands before the first entry, and has term 0."""

Command = bytes
"""What a client asks of the state machine; the protocol does not look into it."""

Payload = Command | Configuration | None
"""What an entry holds: None in the entry with which a leader begins its term (8)."""


class Entry(Struct, frozen=True):
    term: Term
    payload: Payload


SIZE = 32
"""Entries of one piece of a log."""

GONE = Entry(0, None)
"""Stands in for an entry that was compacted away, in a piece of which others remain."""

Piece = tuple[Entry, ...]


class Log(Struct, frozen=True):
    """Entries behind index ``base``, in order; the entry at ``base`` had the term ``base_term``.
    Never changed in place.

    **Shapes** The entry at index n stands in the piece (n - 1) // SIZE, counted from the piece of
    the first entry that is left: in one of ``full``, of SIZE entries each, or in ``last``, of
    fewer. So equal logs are equal structures.

    **Cost** Reading is O(1). A change copies ``last``, and at most once in SIZE entries the tuple
    of the pieces, but no other entry.
    """

    base: Index = 0
    base_term: Term = 0
    full: tuple[Piece, ...] = ()
    last: Piece = ()

    @property
    def offset(self) -> int:
        """How many pieces are gone."""
        return self.base // SIZE

    @property
    def last_index(self) -> Index:
        return (self.base // SIZE + len(self.full)) * SIZE + len(self.last)

    @property
    def last_term(self) -> Term:
        return self.term_at(self.last_index)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All that are left. **Cost** O(n)."""
        return tuple(self.between(self.base, self.last_index))

    def at(self, n: Index) -> Entry:
        """The entry at index n. **Errors** IndexError if there is none."""
        if not self.base < n <= self.last_index:
            raise IndexError(
                f"no entry at index {n}: the log has {self.base + 1}..{self.last_index}"
            )
        piece, place = divmod(n - 1, SIZE)
        piece -= self.base // SIZE
        return self.full[piece][place] if piece < len(self.full) else self.last[place]

    def term_at(self, n: Index) -> Term:
        """The term of the entry at index n. **Errors** IndexError if it is not known."""
        return self.base_term if n == self.base else self.at(n).term

    def holds(self, n: Index, term: Term) -> bool:
        """Whether there is an entry of this term at index n. What is compacted away was committed,
        and who asks about it has the same there."""
        return n < self.base or (n <= self.last_index and self.term_at(n) == term)

    def between(self, n: Index, m: Index) -> Iterator[Entry]:
        """The entries behind index n up to m, which the log must have."""
        return map(self.at, range(n + 1, m + 1))

    def after(self, n: Index, most: int, most_bytes: int) -> tuple[Entry, ...]:
        """The entries behind index n, as many as these limits allow, and one at least if there is
        one."""
        found: list[Entry] = []
        size = 0
        for entry in self.between(n, min(n + most, self.last_index)):
            payload = entry.payload
            size += len(payload) if isinstance(payload, bytes) else 0
            if found and size > most_bytes:
                break
            found.append(entry)
        return tuple(found)

    def with_entries(self, n: Index, new: tuple[Entry, ...]) -> Log:
        """The log with these entries behind index n, and nothing after them.

        **Errors** IndexError if index n is neither in the log nor its base.
        """
        if not self.base <= n <= self.last_index:
            raise IndexError(f"nothing can follow index {n} in {self.base}..{self.last_index}")
        whole, rest = divmod(n, SIZE)
        whole -= self.base // SIZE
        full = self.full
        if whole < len(full):
            last = full[whole][:rest] + new
            full = full[:whole]
        else:
            last = self.last[:rest] + new
        if len(last) >= SIZE:
            ends = range(SIZE, len(last) + 1, SIZE)
            full += tuple(last[end - SIZE : end] for end in ends)
            last = last[ends[-1] :]
        return Log(self.base, self.base_term, full, last)

    def compacted(self, n: Index, term: Term) -> Log:
        """The log with base n, whose entry had this term: what is behind n stays if this entry is
        in the log, and otherwise nothing does."""
        if n <= self.base:
            return self
        if not self.holds(n, term):
            return Log(n, term, (), (GONE,) * (n % SIZE))
        whole, rest = divmod(n, SIZE)
        whole -= self.base // SIZE
        if whole < len(self.full):
            full = self.full[whole:]
            if rest:
                full = ((GONE,) * rest + full[0][rest:], *full[1:])
            return Log(n, term, full, self.last)
        return Log(n, term, (), (GONE,) * rest + self.last[rest:])

    def first_conflict(self, n: Index, new: tuple[Entry, ...]) -> Index | None:
        """The first index behind n at which this log lacks what ``new`` has there; None if it has
        all of it. By log matching, an entry is told by its index and term (5.3)."""
        for i, entry in enumerate(new, n + 1):
            if not self.holds(i, entry.term):
                return i
        return None

    def last_up_to(self, n: Index, term: Term) -> Index:
        """The last index, up to n, of an entry of this term or an earlier one, as far as the log
        can tell: if it begins behind n, that is n. Terms never decrease along a log.

        **Cost** One look for each entry of a later term.
        """
        n = min(n, self.last_index)
        while n > self.base and self.at(n).term > term:
            n -= 1
        return n


def parting(old: Log, new: Log) -> Index:
    """The index up to which two logs are the same entries.

    **Cost** If one came from the other by appending, one look at each entry of one piece.
    """
    if old.base == new.base and new.full[: len(old.full)] == old.full:
        follows = new.last if len(new.full) == len(old.full) else new.full[len(old.full)]
        if follows[: len(old.last)] == old.last:
            return old.last_index
    n = max(old.base, new.base)
    last = min(old.last_index, new.last_index)
    while n < last and old.at(n + 1) == new.at(n + 1):
        n += 1
    return n

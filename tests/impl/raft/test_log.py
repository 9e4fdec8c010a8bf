"""The log in pieces is the list that it stands for, and copies as little as it says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotproof.impl.raft.log import SIZE, Entry, Log, parting

LENGTHS = st.integers(0, 3 * SIZE + 2)


def entries(n: int, term: int = 1) -> tuple[Entry, ...]:
    return tuple(Entry(term, b"%d" % i) for i in range(n))


@given(LENGTHS, LENGTHS, LENGTHS, LENGTHS)
def test_a_log_is_its_entries(first: int, cut: int, more: int, base: int) -> None:
    """Appended to, cut and appended to again, then compacted: the same as with a list."""
    cut = min(cut, first)
    log = Log().with_entries(0, entries(first)).with_entries(cut, entries(more, term=2))
    plain = [*entries(first)[:cut], *entries(more, term=2)]
    assert log.last_index == len(plain)
    base = min(base, len(plain))
    log = log.compacted(base, log.term_at(base))
    assert (log.base, log.last_index) == (base, len(plain))
    assert log.entries == tuple(plain[base:])
    assert [log.at(n) for n in range(base + 1, len(plain) + 1)] == plain[base:]
    assert log.last_term == (plain[-1].term if plain else 0)
    for n in (base, len(plain)):
        assert log.holds(n, log.term_at(n))
    with pytest.raises(IndexError):
        log.at(base)


@given(LENGTHS, LENGTHS, LENGTHS, st.booleans())
def test_equal_logs_are_equal_however_they_were_made(a: int, b: int, c: int, whole: bool) -> None:
    all_entries = entries(a + b + c)
    log = Log()
    steps = [a + b + c] if whole else [a, a + b, a + b + c]
    for end in steps:
        log = log.with_entries(log.last_index, all_entries[log.last_index : end])
    by_one = Log()
    for entry in all_entries:
        by_one = by_one.with_entries(by_one.last_index, (entry,))
    assert log == by_one
    assert hash(log) == hash(by_one)
    other = by_one.compacted(a, by_one.term_at(a)).compacted(a + b, by_one.term_at(a + b))
    assert log.compacted(a + b, log.term_at(a + b)) == other


@given(LENGTHS, LENGTHS, LENGTHS, LENGTHS)
def test_parting_is_where_two_logs_part(first: int, cut: int, more: int, base: int) -> None:
    old = Log().with_entries(0, entries(first))
    base = min(base, first)
    old = old.compacted(base, old.term_at(base))
    cut = base + min(cut, first - base)
    new = old.with_entries(cut, entries(more, term=2))
    assert parting(old, new) == cut
    assert parting(old, old) == first


def test_appending_copies_neither_entries_nor_whole_pieces() -> None:
    log = Log().with_entries(0, entries(10 * SIZE))
    longer = log.with_entries(10 * SIZE, entries(1))
    assert longer.full is log.full
    assert all(a is b for a, b in zip(longer.full, log.full, strict=True))


def test_a_log_of_another_history_is_not_kept() -> None:
    log = Log().with_entries(0, entries(5))
    assert log.compacted(3, term=9) == Log(3, 9, (), (Entry(0, None),) * 3)
    assert log.compacted(9, term=1).last_index == 9


def test_limits_of_a_message() -> None:
    log = Log().with_entries(0, tuple(Entry(1, b"x" * 10) for _ in range(9)))
    assert len(log.after(0, 4, 1000)) == 4
    assert len(log.after(0, 9, 35)) == 3
    assert len(log.after(0, 9, 1)) == 1  # one at least, or it would never be sent
    assert log.after(9, 4, 1000) == ()


def test_the_last_entry_up_to_a_term() -> None:
    log = Log().with_entries(0, tuple(Entry(t, None) for t in (1, 1, 2, 4, 4)))
    assert [log.last_up_to(5, t) for t in (0, 1, 2, 3, 4)] == [0, 2, 3, 3, 5]
    assert log.last_up_to(2, 4) == 2
    assert log.last_up_to(9, 4) == 5
    assert log.compacted(3, 2).last_up_to(2, 1) == 2  # before its beginning it cannot tell

"""What a log says of a value: the quick looks agree with the long one."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ballotproof.model_check.logs.plain import conflicts, fits, may_fit, plain
from ballotproof.spec.lang import record


class Kind(Enum):
    ASK = auto()
    TELL = auto()


@record
class Entry:
    term: int
    value: int | None


@record
class Message:
    kind: Kind
    index: int
    granted: bool
    entries: tuple[Entry, ...]
    seen: frozenset[int]


@record
class Other:
    index: int


small = st.integers(0, 2)
entries = st.builds(Entry, small, st.none() | small)
values = st.one_of(
    small,
    st.booleans(),
    st.none(),
    st.builds(Other, small),
    entries,
    st.builds(
        Message,
        st.sampled_from(Kind),
        small,
        st.booleans(),
        st.lists(entries, max_size=2).map(tuple),
        st.frozensets(small, max_size=2),
    ),
)


@st.composite
def sayings(draw: st.DrawFn) -> Any:
    """The whole of some value, or less."""

    def less(said: Any) -> Any:
        if isinstance(said, dict):
            return {k: less(x) for k, x in said.items() if k == "has" or draw(st.booleans())}
        return [less(x) for x in said] if isinstance(said, list) else said

    said = less(plain(draw(values)))
    if isinstance(said, dict) and "seen" in said and draw(st.booleans()):
        said["seen"] = {"lacks": [draw(small)]}
    return said


@given(sayings(), values)
def test_what_looks_quickly_refuses_nothing_that_fits(said: Any, value: Any) -> None:
    found = list(conflicts(said, value, "it"))
    assert fits(said, value) is not bool(found)
    if not found:
        assert may_fit(said, plain(value))


@given(values)
def test_what_is_said_whole_is_so(value: Any) -> None:
    assert may_fit(plain(value), plain(value))
    assert fits(plain(value), value)

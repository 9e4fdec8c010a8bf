"""Progress: often on a terminal, seldom elsewhere, never when quiet; and how much is left."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ballotproof.model_check.explore.search import Exploration
from ballotproof.model_check.progress import Progress, duration, progress_text, remaining_states

PAXOS = [1, 3, 12, 28, 75, 192, 447, 960]
"""Level sizes that grow."""

TWO_PHASE = [1, 11, 55, 170, 375, 652, 962, 1250, 1425, 1390, 1131, 753, 405, 175, 60, 15, 2]
ELECTION = [1, 3, 9, 22, 48, 90, 146, 207, 246, 237, 186, 114, 56, 21, 6, 1]
"""The level sizes of two-phase commit with five resource managers, and of a Raft election."""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def reported(stream: io.StringIO, seconds: float, *, quiet: bool = False) -> str:
    clock = Clock()
    progress = Progress(stream, quiet=quiet, clock=clock)
    progress.phase("model")
    while clock.now < seconds:
        clock.now += 0.1
        progress.report(Exploration(states=100, transitions=300, seconds=clock.now))
    progress.clear()
    return stream.getvalue()


def test_a_terminal_sees_a_line_at_once_and_then_twice_a_second() -> None:
    text = reported(Terminal(), 3.05)
    lines = text.split("\r\x1b[K")
    assert lines[1] == "model: reading the specification"
    assert len(lines) == 2 + 6 + 1
    assert "100 states, 300 transitions" in lines[2]
    assert lines[-1] == ""  # removed at the end


def test_a_long_name_gives_way_to_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    clock = Clock()
    stream = Terminal()
    progress = Progress(stream, clock=clock)
    progress.phase("x" * 100 + "3-acceptors")
    clock.now = 1.0
    progress.report(Exploration(states=100, transitions=300, seconds=1.0))
    shown = stream.getvalue().split("\r\x1b[K")
    assert shown[1] == "…" + "x" * 20 + "3-acceptors: reading the specification"
    assert shown[2] == "…3-acceptors: 100 states, 300 transitions, 100 states/s, 1."


def test_elsewhere_a_line_every_thirty_seconds() -> None:
    text = reported(io.StringIO(), 95)
    assert text.count("\n") == 3
    assert "\r" not in text
    assert text.startswith("model: 100 states")


def test_nothing_when_quiet() -> None:
    assert reported(Terminal(), 60, quiet=True) == ""


def test_what_is_said() -> None:
    so_far = Exploration(
        states=1_500, transitions=9_000, seconds=3.0, levels=[1, 2, 3], frontier=40
    )
    assert progress_text(so_far) == (
        "1,500 states, 9,000 transitions, 500 states/s, depth 3, frontier 40, 3.0 s, left: unknown"
    )
    walking = Exploration(states=10, transitions=20, seconds=1.0, walks=3)
    assert progress_text(walking) == "10 states, 20 transitions, 20 steps/s, 3 walks, 1.0 s"


def test_the_time_left_is_a_range() -> None:
    so_far = Exploration(
        states=sum(TWO_PHASE[:11]), seconds=10.0, levels=TWO_PHASE[:11], frontier=TWO_PHASE[10]
    )
    assert progress_text(so_far).endswith("left: 4.4 s to 5.4 s")


def test_nothing_is_foretold_while_the_frontier_grows() -> None:
    for size in range(len(PAXOS) + 1):
        levels = PAXOS[:size]
        assert remaining_states(levels, levels[-1] if levels else 0) is None


@pytest.mark.parametrize("levels", [TWO_PHASE, ELECTION])
def test_beyond_half_way_the_estimate_is_within_a_factor_of_two(levels: list[int]) -> None:
    total = sum(levels)
    known = 0
    for at in range(1, len(levels)):
        for done in (0.0, 0.25, 0.5, 0.75):  # of the level before, which is being expanded
            expanded = sum(levels[: at - 1]) + levels[at - 1] * done
            if not 0.5 < expanded / total < 0.95:
                continue
            so_far = [*levels[:at], max(1, round(levels[at] * done))]
            estimate = remaining_states(so_far, round(sum(so_far) - expanded))
            if estimate is None:
                continue
            known += 1
            low, high = estimate
            assert low / 2 <= total - expanded <= high * 2
    assert known >= 8


@given(st.lists(st.integers(1, 10**9), max_size=40), st.data())
def test_any_levels_give_a_range_or_none(levels: list[int], data: st.DataObject) -> None:
    # All of the last level waits, and part of the one before.
    frontier = data.draw(st.integers(levels[-1], sum(levels[-2:]))) if levels else 0
    estimate = remaining_states(levels, frontier)
    if estimate is not None:
        low, high = estimate
        assert 0 <= low <= high


def test_durations() -> None:
    assert [duration(s) for s in (0, 9.94, 59.4, 60, 3599, 3600, 90_000)] == [
        "0.0 s",
        "9.9 s",
        "59 s",
        "1 min 0 s",
        "59 min 59 s",
        "1 h 0 min",
        "25 h 0 min",
    ]

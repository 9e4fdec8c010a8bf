"""A server is killed at any place of a step: its log and its disk tell the same story again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ballotproof.impl.host.live.disk import Disk, Step, disk
from ballotproof.impl.host.live.journal import Incomplete, Journal
from ballotproof.impl.host.simulator.simulator import Observed
from ballotproof.impl.raft.records import Record
from ballotproof.impl.refine.raft.live import TERMS, Beyond, LiveLog


class Plain:
    """Each step has as many lines as it is given."""

    @property
    def head(self) -> dict[str, str]:
        return {"spec": "raft.replication"}

    def lines_of(self, x: Observed) -> Sequence[dict[str, Any]]:
        return [{"step": "timeout", "note": f"{x.given}, {n}"} for n in range(x.given)]


def step(lines: int) -> Observed:
    return Observed(0, 0, lines, None, None, ())


def ats(path: Path) -> list[int]:
    return [json.loads(line).get("at", 0) for line in path.read_text().splitlines()]


def started(folder: Path, *, new: bool = False) -> tuple[Disk, Journal]:
    stored = disk(folder / "disk", "s1", new=new)
    return stored, Journal(folder / "log", Plain(), stored.state.stamp)


def take(stored: Disk, journal: Journal, lines: int, *, stores: bool) -> None:
    stamp = journal.stamp(step(lines))
    if stores:
        stored.persist(Step(Record(1, None), stamp))
        stored.sync()
    journal.write(stamp)


def test_lines_follow_the_clock(tmp_path: Path) -> None:
    stored, journal = started(tmp_path, new=True)
    take(stored, journal, 2, stores=False)
    journal.heard(10)
    take(stored, journal, 1, stores=True)
    journal.heard(3)
    take(stored, journal, 1, stores=False)
    assert ats(tmp_path / "log") == [0, 1, 2, 11, 12]
    assert stored.state.stamp.at == 11
    journal.close()
    stored.close()


def test_killed_anywhere(tmp_path: Path) -> None:
    """The file is cut off at every byte behind what had to be there before the last step that was
    stored; it comes back as it was, and time goes on."""
    stored, journal = started(tmp_path, new=True)
    log = tmp_path / "log"
    take(stored, journal, 2, stores=True)
    take(stored, journal, 1, stores=False)
    before = log.stat().st_size
    take(stored, journal, 3, stores=True)
    journal.close()
    stored.close()
    whole = log.read_bytes()
    for size in range(before, len(whole) + 1):
        log.write_bytes(whole[:size])
        stored, journal = started(tmp_path)
        assert log.read_bytes() == whole
        assert journal.stamp(step(1)).at == 7
        journal.close()
        stored.close()


def test_a_step_that_stored_nothing_may_be_lost(tmp_path: Path) -> None:
    stored, journal = started(tmp_path, new=True)
    log = tmp_path / "log"
    take(stored, journal, 1, stores=True)
    before = log.stat().st_size
    take(stored, journal, 1, stores=False)
    journal.close()
    stored.close()
    whole = log.read_bytes()
    for size in range(before, len(whole)):
        log.write_bytes(whole[:size])
        stored, journal = started(tmp_path)
        assert log.read_bytes() == whole[:before]
        journal.close()
        stored.close()


def test_lines_that_cannot_be_made_again(tmp_path: Path) -> None:
    stored, journal = started(tmp_path, new=True)
    log = tmp_path / "log"
    take(stored, journal, 1, stores=True)
    take(stored, journal, 1, stores=True)
    journal.close()
    stored.close()
    whole = log.read_bytes()
    for altered in (b"", whole[: whole.index(b"\n") + 1]):
        log.write_bytes(altered)
        stored = disk(tmp_path / "disk", "s1", new=False)
        with pytest.raises(Incomplete, match="lacks what this server did up to 1"):
            Journal(log, Plain(), stored.state.stamp)
        stored.close()
    for altered, said in (
        (b"{}\n" + whole, "a log of something else"),
        (whole + b"{\n", "4: this is no line"),
    ):
        log.write_bytes(altered)
        stored = disk(tmp_path / "disk", "s1", new=False)
        with pytest.raises(Incomplete, match=said):
            Journal(log, Plain(), stored.state.stamp)
        stored.close()


def test_what_was_done_without_a_log_is_missing_in_it(tmp_path: Path) -> None:
    stored = disk(tmp_path / "disk", "s1", new=True)
    journal = Journal(None, None, stored.state.stamp)
    take(stored, journal, 1, stores=True)
    with pytest.raises(Incomplete, match="lacks what this server did"):
        Journal(tmp_path / "log", Plain(), stored.state.stamp)
    stored.close()


def test_a_log_has_an_end() -> None:
    """A run with more terms than the log can name is not written wrongly."""
    log = LiveLog(3)
    core = log.cluster.recovered(0, log.cluster.blank())
    after = type(core)(core.me, core.config, core.configurations, term=TERMS + 1)
    with pytest.raises(Beyond, match="term 1001"):
        log.lines_of(Observed(0, 0, None, after, after, (), 0))

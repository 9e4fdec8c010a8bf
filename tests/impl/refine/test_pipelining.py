"""Raft that sends without waiting does nothing that the specification forbids; and mistakes in what
a leader believes are found."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ballotproof.impl.raft import replication
from ballotproof.impl.raft.progress import Progress, succeeded
from ballotproof.impl.refine.exhaustive import conform
from ballotproof.impl.refine.raft.pipelining import PipeliningCluster


@pytest.mark.parametrize(
    ("servers", "terms", "commands", "window", "most", "worlds", "complete"),
    [
        (2, 1, 1, 2, None, 4_195, True),
        (2, 3, 0, 1, 50_000, 50_000, False),
        (3, 1, 1, 2, 50_000, 50_000, False),
        pytest.param(2, 2, 1, 2, 1_000_000, 1_000_000, False, marks=pytest.mark.slow),
    ],
)
def test_every_event_is_steps_of_the_specification(
    servers: int,
    terms: int,
    commands: int,
    window: int,
    most: int | None,
    worlds: int,
    complete: bool,
) -> None:
    found = conform(PipeliningCluster(servers, terms, commands, window=window), most)
    assert found.deviation is None, str(found.deviation)
    assert found.complete == complete
    assert found.worlds - worlds in range(5)
    assert found.whole == 0


def test_what_was_sent_is_not_what_has_arrived(monkeypatch: pytest.MonkeyPatch) -> None:
    def hopeful(p: Progress, match: int, base: int) -> Progress:
        return succeeded(p, max(match, *p.inflight, 0), base)

    monkeypatch.setattr(replication, "succeeded", hopeful)
    found = conform(PipeliningCluster(2, 1, 1), 50_000)
    assert found.deviation is not None
    assert any("match_index" in x for x in found.deviation.differences), str(found.deviation)


def test_a_leader_that_goes_back_behind_what_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    def probing(p: Progress, following: int) -> Progress:
        return replace(p, next=1, match=0)

    monkeypatch.setattr(replication, "probing", probing)
    assert conform(PipeliningCluster(2, 3, 0, window=1), 50_000).deviation is not None

"""Leadership transfer in the program: nothing that the specification forbids, and mistakes in it
are found."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from ballotproof.impl.raft import elections, pre_vote, replication, transfer
from ballotproof.impl.raft import step as program
from ballotproof.impl.raft.messages import TimeoutNow
from ballotproof.impl.raft.requests import Propose
from ballotproof.impl.raft.server import Effects, Server
from ballotproof.impl.refine.exhaustive import conform
from ballotproof.impl.refine.raft.replication import ReplicationCluster
from ballotproof.impl.refine.raft.transfer import PoliteTransferCluster, TransferCluster

Patch = pytest.MonkeyPatch


@pytest.mark.parametrize(
    ("cluster", "most", "worlds", "complete"),
    [
        (TransferCluster(2, 2), None, 1_615, True),
        (TransferCluster(2, 2, 1), None, 13_399, True),
        (TransferCluster(3, 2), 60_000, 60_000, False),
        (PoliteTransferCluster(2, 2), 60_000, 60_000, False),
        pytest.param(
            TransferCluster(3, 2, 0, 1), 1_000_000, 1_000_000, False, marks=pytest.mark.slow
        ),
        pytest.param(
            PoliteTransferCluster(2, 2, 1, 1), 1_000_000, 1_000_000, False, marks=pytest.mark.slow
        ),
    ],
    ids=lambda x: x.model.name if isinstance(x, ReplicationCluster) else str(x),
)
def test_every_event_is_steps_of_the_specification(
    cluster: ReplicationCluster, most: int | None, worlds: int, complete: bool
) -> None:
    found = conform(cluster, most)
    assert found.deviation is None, str(found.deviation)
    assert found.complete == complete
    assert found.worlds - worlds in range(5)
    assert set(found.never) <= {"disregard_request_vote"}  # to be silent is no step of the program
    assert found.whole == 0


def test_an_order_before_the_successor_has_the_whole_log(monkeypatch: Patch) -> None:
    monkeypatch.setattr(transfer, "caught_up", lambda s, node: True)
    found = conform(TransferCluster(2, 2, 1), 20_000).deviation
    assert found is not None
    assert found.refused is not None, str(found)
    assert found.refused[0] == "timeout_now"


def test_commands_taken_while_handing_over(monkeypatch: Patch) -> None:
    right = replication.propose

    def propose(s: Server, asked: Propose) -> tuple[Server, Effects]:
        after, effects = right(replace(s, transfer=None), asked)
        return replace(after, transfer=s.transfer), effects

    monkeypatch.setattr(program, "propose", propose)
    found = conform(TransferCluster(2, 2, 1), 20_000).deviation
    assert found is not None
    assert found.refused is not None, str(found)
    assert found.refused[0] == "client_request"


def test_an_old_order_is_carried_out(monkeypatch: Patch) -> None:
    def on_timeout_now(s: Server, sender: int, m: TimeoutNow) -> tuple[Server, Effects]:
        return elections.campaign(s, handed_over=True) if s.term < 3 else (s, ())

    monkeypatch.setattr(program, "on_timeout_now", on_timeout_now)
    found = conform(TransferCluster(2, 3), 30_000).deviation
    assert found is not None
    assert found.refused is not None, str(found)
    assert found.refused[0] == "handle_timeout_now"


def test_an_election_that_claims_to_be_by_order(monkeypatch: Patch) -> None:
    """Loyalty is set aside by a leader's order, and by nothing else (thesis, 4.2.3)."""
    monkeypatch.setattr(pre_vote, "campaign", lambda s: elections.campaign(s, handed_over=True))
    found = conform(PoliteTransferCluster(2, 2), 20_000).deviation
    assert found is not None
    assert any("ordered" in x for x in found.differences), str(found)

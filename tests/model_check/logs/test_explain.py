"""Logs are explained if there is a behaviour that they could be logs of, and only then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from ballotproof.impl.host.simulator.faults import Dose
from ballotproof.impl.host.simulator.runs import KINDS, run_of
from ballotproof.impl.refine.raft.log import RaftLog
from ballotproof.impl.refine.raft.replication import ReplicationCluster
from ballotproof.model_check.cli import main

HEAD: dict[str, Any] = {
    "spec": "raft.election",
    "sizes": {"Server": 3, "Term": 4},
    "unseen": ["become_leader"],
}


def told(tmp_path: Path, *lines: dict[str, Any]) -> tuple[int, str]:
    path = tmp_path / "trace.ndjson"
    path.write_text("".join(msgspec.json.encode(x).decode() + "\n" for x in lines))
    result = CliRunner().invoke(main, ["conform", str(path)])
    return result.exit_code, result.output.replace(str(tmp_path), "")


def vote(granted: bool = True) -> dict[str, Any]:
    return {"source": "s2", "dest": "s1", "term": "t1", "granted": granted}


ELECTION: list[dict[str, Any]] = [
    {"step": "timeout", "with": {"s": "s1", "t": "t1"}, "state": {"role": {"s1": "CANDIDATE"}}},
    {"step": "request_vote", "with": {"s": "s1", "r": "s2"}},
    {"step": "handle_request_vote", "state": {"voted_for": {"s2": "s1"}}},
    {"step": "handle_vote", "with": {"m": vote()}},
    {"state": {"role": {"s1": "LEADER"}, "term": {"s1": "t1"}}},
]


def test_an_election_is_explained(tmp_path: Path) -> None:
    code, output = told(tmp_path, HEAD, *ELECTION)
    assert code == 0, output
    assert "explained: 5 steps, 1 of them unseen; possible states at the end: 1" in output


def test_what_was_not_said_is_searched_for(tmp_path: Path) -> None:
    """Only the first step and the outcome: everything between went unseen."""
    code, output = told(tmp_path, {**HEAD, "unseen": None}, ELECTION[0], ELECTION[3], ELECTION[4])
    assert code == 0, output
    assert "explained: 5 steps, 3 of them unseen" in output


def test_the_first_line_that_cannot_be_explained(tmp_path: Path) -> None:
    wrong = [*ELECTION]
    wrong[3] = {"step": "handle_vote", "with": {"m": vote(granted=False)}}
    code, output = told(tmp_path, HEAD, *wrong)
    assert code == 12
    assert "/trace.ndjson:5: this cannot be explained" in output
    assert "nearest is handle_vote(Vote(s2, s1, t1, True)), and" in output
    assert "m.granted is True, not False" in output


def test_the_guard_that_refuses(tmp_path: Path) -> None:
    wrong = [ELECTION[0], {"step": "become_leader", "with": {"s": "s1"}}]
    code, output = told(tmp_path, {**HEAD, "unseen": []}, *wrong)
    assert code == 12
    assert "election.py:" in output
    assert "require(all(r in self.votes[s] for r in q))" in output


def test_the_state_that_is_another(tmp_path: Path) -> None:
    wrong = {**ELECTION[0], "state": {"term": {"s1": "t2"}}}
    code, output = told(tmp_path, HEAD, wrong)
    assert code == 12
    assert "after timeout(s1, t1)" in output
    assert "term[s1] is t1, not t2" in output


def test_logs_of_several_servers(tmp_path: Path) -> None:
    """One file for each, ordered by the clock, wherever the lines stand."""
    lines = [{**line, "at": n} for n, line in enumerate(ELECTION)]
    one, two = tmp_path / "s1.ndjson", tmp_path / "s2.ndjson"
    write = msgspec.json.encode
    one.write_bytes(b"\n".join(map(write, [HEAD, lines[4], lines[3], lines[1], lines[0]])))
    two.write_bytes(b"\n".join(map(write, [HEAD, lines[2]])))
    result = CliRunner().invoke(main, ["conform", str(one), str(two)])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([{"step": "timeout"}], "no line says of what this is a log"),
        (
            [HEAD, {"step": "time_out"}],
            "trace.ndjson:2: Election has no action time_out",
        ),
        ([HEAD, {"state": {"rolle": {}}}], "has no rolle"),
        ([HEAD, {"stepp": "timeout"}], "trace.ndjson:2: this line says neither a step nor a state"),
        ([HEAD, {"step": 7}], "trace.ndjson:2: Expected"),
        ([{**HEAD, "spec": "raft.nonsense"}, {"state": {}}], "nothing is called 'raft.nonsense'"),
        ([{**HEAD, "sizes": {"Servant": 3}}, {"state": {}}], "Servant"),
        ([{**HEAD, "unseen": ["x"]}, {"state": {}}], "has no action x"),
    ],
)
def test_what_is_no_log(tmp_path: Path, lines: list[dict[str, Any]], said: str) -> None:
    code, output = told(tmp_path, *lines)
    assert code == 64, output
    assert said in output


def raft_log(seed: int) -> RaftLog:
    dose = Dose(ticks=900, longest=100, crashes=1, cuts=1, sync=0, disks=0)
    kind = msgspec.structs.replace(KINDS[2], dose=dose)
    log = RaftLog(ReplicationCluster(3, 20, 20, 20))
    run_of(seed, kind).run(log)
    return log


@pytest.mark.parametrize("seed", range(4))
def test_logs_of_raft(tmp_path: Path, seed: int) -> None:
    """Those of simulated runs are explained; a commit that a server did not tell is noticed at its
    very line, and so is a message that nobody sent."""
    lines = raft_log(seed).lines
    assert len(lines) > 50
    code, output = told(tmp_path, *lines)
    assert code == 0, output
    place = next(i for i, x in enumerate(lines[1:], 1) if x["step"] == "handle_append_entries")
    forged = msgspec.json.decode(msgspec.json.encode(lines[place]))
    forged["with"]["m"]["commit"] = 17
    code, output = told(tmp_path, *lines[:place], forged, *lines[place + 1 :])
    assert code == 12
    assert f"trace.ndjson:{place + 1}: this cannot be explained" in output
    assert "m.commit is 0, not 17" in output

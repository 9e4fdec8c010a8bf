"""Logs are explained if there is a behaviour that they could be logs of, and only then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from ballotproof.impl.host.simulator.faults import Dose
from ballotproof.impl.host.simulator.runs import KINDS, run_of
from ballotproof.impl.refine.raft.etcd import traced
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


def test_a_family_of_specifications(tmp_path: Path) -> None:
    """What the log says of itself decides which of them; if that is none, nobody guesses."""
    told(tmp_path, HEAD, *ELECTION)
    path = str(tmp_path / "trace.ndjson")
    result = CliRunner().invoke(main, ["conform", path, "--spec", "raft"])
    assert result.exit_code == 0, result.output
    assert "held against Election\n" in result.output
    result = CliRunner().invoke(main, ["conform", path, "--spec", "paxos"])
    assert result.exit_code == 64
    assert "paxos is several specifications: paxos.crash, " in result.output
    assert "; name one" in result.output


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
        ([HEAD, {"at": 1}], "trace.ndjson:2: this line says neither a step nor a state"),
        ([HEAD, {"state": {}, "with": {}}], "trace.ndjson:2: `with` are arguments of a step"),
        ([HEAD, {"step": 7}], "trace.ndjson:2: Expected"),
        ([{**HEAD, "spec": "raft.nonsense"}, {"state": {}}], "nothing is called 'raft.nonsense'"),
        ([{**HEAD, "sizes": {"Servant": 3}}, {"state": {}}], "Servant"),
        ([{**HEAD, "unseen": ["x"]}, {"state": {}}], "trace.ndjson:1: unseen: Election has no"),
        ([{**HEAD, "sizes": {"Server": 0}}, {"state": {}}], "trace.ndjson:1: Server=0: '0' is no"),
        ([HEAD, {"step": "restart"}], "trace.ndjson:2: the log allows no restart"),
    ],
)
def test_what_is_no_log(tmp_path: Path, lines: list[dict[str, Any]], said: str) -> None:
    code, output = told(tmp_path, *lines)
    assert code == 64, output
    assert said in output


@pytest.mark.parametrize(
    ("head", "line", "said"),
    [
        ({}, {"step": "timeout", "sate": {}}, ":2: a line has no key `sate`; did you mean `state`"),
        ({}, {"step": "timeout", "wiht": {}}, ":2: a line has no key `wiht`; did you mean `with`?"),
        ({}, {"stepp": "timeout"}, ":2: a line has no key `stepp`; did you mean `step`?"),
        ({"unseeen": []}, {}, ":1: the line that says of what this is a log has no key `unseeen`; "
         "did you mean `unseen`?"),
        ({"foo": 1}, {}, "`foo`; there are spec, sizes, constants, network, restarts, unseen"),
        ({"size": {"Server": 3}}, {}, ":1: the line that says of what this is a log has no key "
         "`size`; did you mean `sizes`?"),
        ({"sizes": {"Serve": 3}}, {}, ":1: Election has no sort Serve; did you mean Server?"),
        ({}, {"state": {"network": {"haz": []}}}, ":2: network is a set, and haz says nothing of "
         "it; did you mean `has`?"),
        ({}, {"state": {"network": {"has": 3}}}, ":2: network: has is a list, not 3"),
        ({}, {"state": {"network": []}}, ":2: network is a set, "),
        ({}, {"state": {"term": {"s9": "t1"}}}, ":2: term has no key s9; there are s1, s2, s3"),
        ({}, {"state": {"term": {"s1": "t7"}}}, ":2: term[s1] is a Term, not t7; there are t0, t1, "
         "t2, t3"),
        ({"sizes": {"Server": 3, "Term": 13}}, {"state": {"term": {"s1": "t13"}}},
         ":2: term[s1] is a Term, not t13; there are t0 to t12"),
        ({}, {"state": {"term": "t1"}}, ':2: term is a map, {"s1": ...}, not t1'),
        ({}, {"state": {"role": {"s1": "PRESIDENT"}}}, ":2: role[s1] is a Role, not PRESIDENT; "
         "there are FOLLOWER, CANDIDATE, LEADER"),
        ({}, {"state": {"voted_for": {"s1": 7}}}, ":2: voted_for[s1] is a Server, not 7"),
        ({}, {"step": "timeout", "with": {"t": 1}}, ":2: t is a Term, not 1; there are t0, t1"),
        ({}, {"step": "timeout", "with": {"s": None}}, ":2: s is a Server, not null"),
        ({}, {"step": "timeout", "with": {"server": "s1"}}, ":2: timeout has no argument server; "
         "there are s, t"),
        ({}, {"step": "handle_vote", "with": {"m": {**vote(), "is": "Wote"}}},
         ":2: m is no Wote; did you mean `Vote`?"),
        ({}, {"step": "handle_vote", "with": {"m": {"sauce": "s1"}}},
         ":2: m: a Vote has no sauce; did you mean `source`?"),
        ({}, {"step": "handle_vote", "with": {"m": {"granted": 1}}},
         ":2: m.granted is true or false, not 1"),
        ({}, {"step": "handle_vote", "with": {"m": "Vote"}}, ":2: m is a record, {"),
        ({}, {"state": {"network": {"lacks": [{"granted": True, "last_term": "t0"}]}}},
         ":2: an element of network: a "),
    ],
)  # fmt: skip
def test_what_the_specification_does_not_have(
    tmp_path: Path, head: dict[str, Any], line: dict[str, Any], said: str
) -> None:
    """It is no log of this specification, even if a line before it cannot be explained."""
    false = {"state": {"role": {"s1": "LEADER"}}}
    code, output = told(tmp_path, {**HEAD, **head}, *[line] * bool(line), false)
    assert code == 64, output
    assert said in output


def test_a_violation_before_it_does_not_hide_it(tmp_path: Path) -> None:
    lines = [{"state": {"role": {"s1": "LEADER"}}}, {"state": {"term": {"s1": "t9"}}}]
    code, output = told(tmp_path, HEAD, *lines)
    assert code == 64
    assert "trace.ndjson:3: term[s1] is a Term, not t9" in output
    assert told(tmp_path, HEAD, lines[0])[0] == 12


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (HEAD, "  Server=3, Term=4; Quorum: any 2 of 3"),
        ({"spec": "raft.election"}, "(Server, Term as in the first model"),
        ({"spec": "raft.election", "sizes": {"Server": 2}}, "Server=2, Term="),
    ],
)
def test_the_answer_names_the_instance(tmp_path: Path, head: dict[str, Any], said: str) -> None:
    """Also where the log does not say it."""
    code, output = told(tmp_path, head, {"state": {}, "note": "at the start"})
    assert code == 0, output
    assert said in output


PAGE = (Path(__file__).parents[3] / "docs/how_to/conform.md").read_text(encoding="utf-8")


def test_the_log_of_the_page_is_one(tmp_path: Path) -> None:
    text = next(x for x in PAGE.split("```json\n") if x.startswith('{"spec"')).partition("```")[0]
    code, output = told(tmp_path, *map(msgspec.json.decode, text.splitlines()))
    assert code == 0, output
    assert "explained: 2 steps, 0 of them unseen" in output


def test_the_trace_of_the_page_is_what_its_command_writes() -> None:
    lines = traced(1).text().splitlines()
    shown = next(x for x in PAGE.split("```json\n") if x.startswith('{"tag"')).partition("\n")[0]
    assert shown == lines[3]


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

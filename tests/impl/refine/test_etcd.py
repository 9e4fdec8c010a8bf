"""Traces of Raft servers in etcd's format: they tell what happened, and keep the rules; each rule,
broken once, is noticed in the line that breaks it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from ballotproof.impl.host.simulator.faults import Dose
from ballotproof.impl.host.simulator.raft import RaftProgram
from ballotproof.impl.host.simulator.runs import KINDS, Kind, run_of
from ballotproof.impl.raft.config import Config
from ballotproof.impl.refine.raft import etcd, etcd_rules
from ballotproof.impl.refine.raft.etcd import ETCD, EtcdTrace, StoresCommit, traced
from ballotproof.impl.refine.raft.etcd_rules import Broken, check

Line = dict[str, Any]
SHORT = replace(ETCD, dose=Dose(ticks=700, longest=100, crashes=3, cuts=2, copies=0))
SEED = 3
ALIKE = Config(pre_vote=False, check_quorum=False)


def lines_of(seed: int = SEED, kind: Kind = SHORT) -> list[Line]:
    lines: list[Line] = json.loads(dumped(seed, kind))
    return lines


@cache
def dumped(seed: int, kind: Kind) -> str:
    return json.dumps(traced(seed, kind).lines)


def text_of(lines: list[Line]) -> str:
    return "".join(json.dumps(line) + "\n" for line in lines)


@pytest.mark.parametrize("seed", range(4))
def test_a_run_with_elections_loss_and_crashes_keeps_the_rules(seed: int) -> None:
    counts = check(traced(seed).text())
    assert counts["InitState"] > 3  # three servers begin, and some of them again
    assert min(counts[name] for name in ("BecomeCandidate", "BecomeLeader", "Replicate")) > 0
    sent = counts["SendAppendEntriesRequest"] + counts["SendRequestVoteRequest"]
    arrived = counts["ReceiveAppendEntriesRequest"] + counts["ReceiveRequestVoteRequest"]
    assert arrived < sent  # some were lost


def test_entries_of_clients_are_committed_after_a_crash_and_a_later_election() -> None:
    lines = lines_of()
    crash = [n for n, line in enumerate(lines) if line["event"]["name"] == "InitState"][3]
    later = [line["event"] for line in lines[crash:]]
    assert any(e["name"] == "BecomeLeader" for e in later)
    commits = [e["state"]["commit"] for e in later if e["name"] == "Commit"]
    assert commits[-1] > commits[0]


def test_the_same_seed_is_the_same_trace() -> None:
    assert traced(SEED, SHORT).text() == traced(SEED, SHORT).text()


def test_the_lines_sorted_as_text_by_their_times_stay_in_order() -> None:
    """The script that comes with the specification does that: sort -t: -k 3."""
    lines = traced(SEED, SHORT).text().splitlines()
    assert sorted(lines, key=lambda line: line.split(":", 2)[2]) == lines


def test_groups_of_two_and_five_and_one_entry_at_a_time() -> None:
    small = Config(pre_vote=False, check_quorum=False, window=0, most_entries=1, backtrack=False)
    for servers in (2, 5):
        kind = replace(SHORT, program=partial(StoresCommit, servers, small))
        for seed in range(2):
            assert check(traced(seed, kind).text())["InitState"] >= servers


def test_a_host_that_stores_the_commit_index_hands_it_back() -> None:
    lines = lines_of()
    again = [line["event"] for line in lines if line["event"]["name"] == "InitState"][3:]
    assert max(e["state"]["commit"] for e in again) > 0


# ---------------------------------------------------------------------------- damaged traces
def first(lines: list[Line], name: str, **msg: Any) -> int:
    """The first line of this event, with these parts of its message."""
    return next(
        n
        for n, line in enumerate(lines)
        if line["event"]["name"] == name
        and all(line["event"]["msg"][key] == value for key, value in msg.items())
    )


def changed(name: str, change: Callable[[Line], object], **msg: Any) -> Callable[[list[Line]], int]:
    def damage(lines: list[Line]) -> int:
        n = first(lines, name, **msg)
        change(lines[n]["event"])
        return n

    return damage


def without(name: str) -> Callable[[list[Line]], int]:
    """What is received first of this kind was not sent, as far as the trace tells."""

    def damage(lines: list[Line]) -> int:
        received = first(lines, name.replace("Send", "Receive"))
        del lines[first(lines, name, **lines[received]["event"]["msg"])]
        return received - 1

    return damage


def twice(name: str) -> Callable[[list[Line]], int]:
    def damage(lines: list[Line]) -> int:
        n = first(lines, name)
        lines.insert(n + 1, json.loads(json.dumps(lines[n])))
        lines[n + 1]["ts"] += 0.5
        return n + 1

    return damage


def received_before_ready(lines: list[Line]) -> int:
    """The Ready of the candidate whose request is received first is left out."""
    received = first(lines, "ReceiveRequestVoteRequest")
    sent = first(lines, "SendRequestVoteRequest", **lines[received]["event"]["msg"])
    for n in reversed(range(sent, received)):
        if (lines[n]["event"]["name"], lines[n]["event"]["nid"]) == ("Ready", nid_of(lines[sent])):
            del lines[n]
    return first(lines, "ReceiveRequestVoteResponse")


def nid_of(line: Line) -> Any:
    return line["event"]["nid"]


def old_time(lines: list[Line]) -> int:
    lines[9]["ts"] = lines[8]["ts"]
    return 9


def restart(key: str, by: int) -> Callable[[list[Line]], int]:
    def damage(lines: list[Line]) -> int:
        n = [n for n, line in enumerate(lines) if line["event"]["name"] == "InitState"][-1]
        e = lines[n]["event"]
        (e if key == "log" else e["state"])[key] += by
        return n

    return damage


def follower_again(lines: list[Line]) -> int:
    n = [n for n, line in enumerate(lines) if line["event"]["name"] == "InitState"][-1]
    more = json.loads(json.dumps(lines[n]))
    more["event"]["name"] = "BecomeFollower"
    more["ts"] += 0.5
    lines.insert(n + 1, more)
    return n + 1


def state(**parts: Any) -> Callable[[Line], object]:
    return lambda e: e["state"].update(parts)


def message(**parts: Any) -> Callable[[Line], object]:
    return lambda e: e["msg"].update(parts)


def vote_lost(lines: list[Line]) -> int:
    """A leader does without the vote that it received last."""
    n = first(lines, "BecomeLeader")
    assert lines[n - 1]["event"]["name"] == "ReceiveRequestVoteResponse"
    del lines[n - 1]
    return n - 1


DAMAGES: list[tuple[Callable[[list[Line]], int], str]] = [
    (changed("Ready", lambda e: e.update(name="Redy")), "there is no event"),
    (changed("Ready", lambda e: e.update(role="Leader")), "there is no role"),
    (changed("Ready", lambda e: e.update(nid=1)), "Expected `str`"),
    (changed("Ready", state(vote="n1")), "a decimal number in quotes"),
    (changed("Ready", lambda e: e.pop("conf")), "missing required field `conf`"),
    (changed("Ready", lambda e: e.update(conf=[["1"], []], nid="9")), "begins with InitState"),
    (changed("Ready", lambda e: e["conf"][0].append("7")), "no line is of 7"),
    (changed("SendRequestVoteRequest", lambda e: e.pop("msg")), "needs a msg"),
    (changed("SendRequestVoteRequest", message(type="MsgApp")), "is no message of"),
    (changed("SendRequestVoteRequest", message(**{"from": "9"})), "is written by 9"),
    (old_time, "times must increase"),
    # persist before delivery, causal order, copies
    (received_before_ready, "no such message is under way"),
    (without("SendRequestVoteRequest"), "no such message is under way"),
    (without("SendAppendEntriesRequest"), "no such message is under way"),
    (without("SendAppendEntriesResponse"), "no such message is under way"),
    (twice("ReceiveAppendEntriesRequest"), "log is 1"),
    (twice("ReceiveAppendEntriesResponse"), "no such message is under way"),
    # before and after
    (changed("ReceiveAppendEntriesRequest", lambda e: e.update(log=e["log"] + 1)), "log is 0"),
    (changed("ReceiveRequestVoteRequest", state(term=1)), "term is 0"),
    (changed("Replicate", lambda e: e.update(log=e["log"] + 1)), "must show the log before"),
    (changed("BecomeLeader", lambda e: e.update(log=e["log"] + 1)), "log is 0"),
    (changed("Commit", state(commit=1)), "commit is 0"),
    # elections
    (without("SendRequestVoteResponse"), "no such message is under way"),
    (vote_lost, "1 of 3 votes are no majority"),
    (changed("SendRequestVoteRequest", message(index=4)), "its log ends at (0, 0)"),
    (changed("SendRequestVoteRequest", message(term=9)), "the message says 9"),
    (changed("BecomeCandidate", state(vote="0")), "vote is"),
    (twice("BecomeLeader"), "it is StateLeader"),
    (twice("BecomeFollower"), "it is a follower"),
    # appends
    (changed("SendAppendEntriesRequest", message(commit=1)), "commit must be 0"),
    (changed("SendAppendEntriesRequest", message(logTerm=1)), "entry 0 is of term 0"),
    (changed("SendAppendEntriesRequest", message(entries=7)), "its log ends at 1"),
    (changed("SendAppendEntriesRequest", message(type="MsgSnap")), "not judged here: snapshots"),
    (changed("SendAppendEntriesRequest", message(type="MsgHeartbeat")), "must be (0, 0, 0, 0)"),
    (changed("SendAppendEntriesResponse", message(index=5)), "its log ends at 1"),
    # restarts
    (restart("log", 1), "log is"),
    (restart("term", 1), "term is"),
    (restart("commit", -1), "commit is"),
    (follower_again, "it is a follower"),
    (changed("Ready", lambda e: e.update(name="ChangeConf")), "the membership must stay"),
]


@pytest.mark.parametrize(("damage", "why"), DAMAGES)
def test_a_damaged_trace_is_refused(damage: Callable[[list[Line]], int], why: str) -> None:
    lines = lines_of()
    line = damage(lines)
    with pytest.raises(Broken) as broken:
        check(text_of(lines))
    assert why in broken.value.why
    assert broken.value.line == line + 1


def test_a_refusal_that_is_told_as_a_success_is_refused() -> None:
    refusals = 0
    for seed in range(4):
        lines = lines_of(seed, ETCD)
        for line in lines:
            e = line["event"]
            refused = e["name"] == "SendAppendEntriesResponse" and e["msg"]["reject"]
            if refused:
                e["msg"]["reject"] = False
                refusals += 1
                with pytest.raises(Broken, match="nothing that it received is answered so"):
                    check(text_of(lines))
                break
    assert refusals == 4


def test_other_lines_are_dropped_and_no_lines_are_refused() -> None:
    text = traced(SEED, SHORT).text()
    assert check('{"level":"info"}\n\n' + text) == check(text)
    for nothing in ("", '{"tag":"other"}\n'):
        with pytest.raises(Broken, match="there is no line"):
            check(nothing)
    with pytest.raises(Broken, match="no JSON"):
        check("trace\n")
    with pytest.raises(Broken, match="no JSON object"):
        check("[1]\n")


# ------------------------------------------------------------- what the format cannot tell
def test_pre_vote_and_copies_and_members_that_come_are_refused() -> None:
    with pytest.raises(ValueError, match="no PreVote"):
        EtcdTrace(StoresCommit(3, Config(check_quorum=False)))
    with pytest.raises(ValueError, match="two servers or more"):
        EtcdTrace(StoresCommit(3, ALIKE, spares=1))
    copies = replace(SHORT, dose=replace(SHORT.dose, copies=300))
    with pytest.raises(ValueError, match="has no copies"):
        traced(1, copies)
    with pytest.raises(ValueError, match="do not store the commit index"):
        traced(1, KINDS[0])
    members = replace(SHORT, dose=replace(SHORT.dose, asks=30))
    with pytest.raises(ValueError, match="the etcd format"):
        traced(1, members)


def test_a_host_that_forgets_the_commit_index_is_noticed() -> None:
    """The specification has it on the disk: the trace of a host that has not, is refused."""

    class Forgets(StoresCommit):
        recovered = RaftProgram.recovered

    kind = replace(SHORT, program=lambda: Forgets(3, ALIKE))
    with pytest.raises(Broken, match=r"InitState of \d: commit is"):
        check(traced(SEED, kind).text())


def test_a_run_with_the_commit_index_stored_is_without_violation() -> None:
    for seed in range(8):
        assert run_of(seed, ETCD).run().violation is None


# ----------------------------------------------------------------------------- commands
def test_commands_write_and_judge(tmp_path: Path) -> None:
    runner = CliRunner()
    written = runner.invoke(etcd.main, ["--seed", "5"])
    assert written.exit_code == 0
    path = tmp_path / "trace.ndjson"
    path.write_text(written.output, encoding="utf-8")
    judged = runner.invoke(etcd_rules.main, [str(path)])
    assert judged.exit_code == 0
    assert f"{len(written.output.splitlines()):,} lines: each keeps the rules" in judged.output

    assert runner.invoke(etcd_rules.main, [str(tmp_path / "none")]).exit_code == 2
    path.write_text(written.output.replace('"InitState"', '"Start"', 1), encoding="utf-8")
    broken = runner.invoke(etcd_rules.main, [str(path)])
    assert broken.exit_code == 12
    assert f"{path}:1: there is no event 'Start'" in broken.output


def test_an_append_from_before_what_is_committed_is_answered_with_the_commit_index() -> None:
    """As etcd does: the rest of such an append is not looked at."""
    found = 0
    previous: dict[str, Line] = {}
    for line in lines_of():
        e = line["event"]
        asked = previous.get(e["nid"])
        if (
            e["name"] == "SendAppendEntriesResponse"
            and asked is not None
            and asked["name"] == "ReceiveAppendEntriesRequest"
            and asked["msg"]["term"] == asked["state"]["term"]
            and asked["msg"]["index"] < asked["state"]["commit"]
        ):
            found += 1
            assert e["msg"]["index"] == asked["state"]["commit"] == e["state"]["commit"]
            assert (e["log"], e["msg"]["reject"]) == (asked["log"], False)
        previous[e["nid"]] = e
    assert found > 0

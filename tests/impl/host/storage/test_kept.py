"""What a core persists, in a real store: it comes back after ``kill -9``, also in the middle of
anything, and stays short."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TypeVar

import pytest

from ballotproof.impl.host.storage.failures import Damaged
from ballotproof.impl.host.storage.files import RealFiles
from ballotproof.impl.host.storage.kept import Format, Kept
from ballotproof.impl.host.storage.modelled import ModelledFiles
from ballotproof.impl.paxos import single_decree
from ballotproof.impl.paxos.ballot import Ballot
from ballotproof.impl.paxos.multi import messages, server
from ballotproof.impl.raft.configuration import Configuration
from ballotproof.impl.raft.log import Entry
from ballotproof.impl.raft.records import Durable, Record, Snapshot, written

RAFT = Format(Durable(), Record, written)
DECREE = Format(single_decree.Durable(), single_decree.Durable, lambda _, record: record)

CLUSTER = """
import sys
from pathlib import Path

from ballotproof.impl.core import Deliver, Persist, Receive, Send, TimerExpired
from ballotproof.impl.host.storage.files import RealFiles
from ballotproof.impl.host.storage.kept import Format, Kept
from ballotproof.impl.raft.config import Config
from ballotproof.impl.raft.configuration import Configuration
from ballotproof.impl.raft.messages import VoteReply
from ballotproof.impl.raft.records import Durable, Record, written
from ballotproof.impl.raft.requests import Applied, Compact, Propose, Restored
from ballotproof.impl.raft.restart import recovered
from ballotproof.impl.raft.server import Role, Timer
from ballotproof.impl.raft.step import step

folder, first = Path(sys.argv[1]), int(sys.argv[2])
config = Config(pre_vote=False, check_quorum=False, keep_entries=5)
form = Format(Durable(), Record, written)
members = Configuration((0, 1, 2))
servers, kept, wires, machines = {}, {}, [], {0: 0, 1: 0, 2: 0}


def carry_out(me, effects):
    for effect in effects:
        match effect:
            case Persist(record):
                kept[me].persist(record)
                kept[me].sync()
            case Send(to, message):
                if isinstance(message, VoteReply) and message.granted:
                    print("vote", me, message.term, to, flush=True)
                wires.append((me, to, message))
            case Deliver(Applied(index, entry)):
                if isinstance(entry.payload, bytes):
                    assert int(entry.payload) == machines[me] + 1, "a command is missing"
                    machines[me] += 1
                if index % 20 == 0:
                    wires.append((me, me, Compact(index, b"%d" % machines[me])))
            case Deliver(Restored(snapshot)):
                machines[me] = int(snapshot.data)


def give(me, given):
    servers[me], effects = step(servers[me], given)
    carry_out(me, effects)


def settle():
    while wires:
        sender, to, m = wires.pop(0)
        give(to, m if isinstance(m, Compact) else Receive(sender, m))


for me in members.voters:
    files = RealFiles(folder / str(me))
    name = b"server %d" % me
    make = Kept.open if "identity" in files.names() else Kept.create
    kept[me] = make(form, files, name, segment_bytes=3000, snapshot_bytes=6000)
    servers[me], effects = recovered(me, members, kept[me].state, config)
    carry_out(me, effects)

leader = first % 3
while servers[leader].role is not Role.LEADER:
    give(leader, TimerExpired(Timer.ELECTION))
    settle()
while True:
    n = machines[leader] + 1
    give(leader, Propose(b"%d" % n))
    settle()
    if machines[leader] == n:
        print("done", n, flush=True)
"""


def last_command(state: Durable) -> int:
    """The highest command on a disk."""
    there = [int(state.snapshot.data)] if state.snapshot is not None else [0]
    there += [int(e.payload) for e in state.log.entries if isinstance(e.payload, bytes)]
    return max(there)


def state_of(folder: Path, node: int) -> Durable:
    kept = Kept.open(RAFT, RealFiles(folder / str(node)), b"server %d" % node)
    kept.close()
    return kept.state


def test_kill_9_loses_no_vote_no_term_and_no_entry(tmp_path: Path) -> None:
    """Three real cores with a real store each, killed eight times: what they said is still so."""
    votes: dict[int, tuple[int, int]] = {}
    done = 0
    for life in range(8):
        process = subprocess.Popen(
            [sys.executable, "-c", CLUSTER, str(tmp_path), str(life)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(10 + 9 * life)]
        process.send_signal(signal.SIGKILL)
        lines += process.stdout.readlines()
        process.wait()
        process.stdout.close()
        for line in lines:
            match line.split() if line.endswith("\n") else []:
                case ["vote", me, term, candidate]:
                    votes[int(me)] = int(term), int(candidate)
                case ["done", n]:
                    assert int(n) > done
                    done = int(n)
                case _:
                    assert not line.endswith("\n")  # the last one, cut short
        states = [state_of(tmp_path, node) for node in range(3)]
        for node, vote in votes.items():
            state = states[node]
            assert state.term > vote[0] or (state.term, state.voted_for) == vote
        assert sum(last_command(state) >= done for state in states) >= 2
    assert done > 200
    assert len(votes) == 3
    assert all(state_of(tmp_path, node).snapshot is not None for node in range(3))


D = TypeVar("D")
R = TypeVar("R")


def comes_back(form: Format[D, R], *records: R) -> None:
    for snapshot_bytes in (1, 1 << 20):
        files = ModelledFiles()
        kept = Kept.create(form, files, b"s1", snapshot_bytes=snapshot_bytes)
        expected = form.blank
        for record in records:
            kept.persist(record)
            expected = form.written(expected, record)
            assert kept.state == expected
        kept.sync()
        assert Kept.open(form, files, b"s1").state == expected
        assert any(x.endswith(".snapshot") for x in files.names()) == (snapshot_bytes == 1)


def test_what_raft_persists_comes_back_as_it_was() -> None:
    entry = Entry(3, b"x")
    joint = Configuration((1, 2), (3,), (1, 4), (4,), automatic=False)
    comes_back(
        RAFT,
        Record(3, None, 0, (entry, Entry(3, None), Entry(3, joint)) * 30),
        Record(4, 2, 50, (entry,)),
        Record(4, 2, None, (), Snapshot(40, 3, joint, b"z"), 35, counts=False),
    )


def test_what_paxos_persists_comes_back_as_it_was() -> None:
    ballot = Ballot(2, 1)
    comes_back(DECREE, single_decree.Durable(1, ballot, single_decree.Vote(ballot, b"v")))
    noop = messages.Vote(ballot, messages.Noop())
    command = messages.Vote(ballot, messages.Execute(b"c"))
    comes_back(
        Format(server.blank((1, 2, 3)), server.Record, server.written),
        server.Record(1, ballot, 0, votes=((1, noop),)),
        server.Record(1, ballot, 1, chosen=(messages.Reconfigure((1, 2)),)),
        server.Record(1, None, 4, messages.Snapshot(4, ((1, (1, 2)),), b"y"), (), ((6, command),)),
    )


def test_records_that_a_state_has_made_superfluous_go() -> None:
    files = ModelledFiles()
    kept = Kept.create(RAFT, files, b"s1", segment_bytes=300, snapshot_bytes=1000)
    for term in range(1, 2000):
        kept.persist(Record(term, term % 3))
        kept.sync()
    assert sum(len(files.read(name)) for name in files.names()) < 5000
    assert Kept.open(RAFT, files, b"s1").state == Durable(1999, 1999 % 3)


def test_what_another_program_has_stored_is_refused() -> None:
    files = ModelledFiles()
    kept = Kept.create(RAFT, files, b"s1")
    kept.persist(Record(1, None, 0, (Entry(1, b"x"),)))
    kept.sync()
    with pytest.raises(Damaged, match="these are of another program"):
        Kept.open(DECREE, files, b"s1")

"""Traces of Raft servers in the format that the trace specification of etcd's Raft reads.

So a specification that was not written here can judge the programs: ``Traceetcdraft.tla`` replays a
trace against ``etcdraft.tla``, line by line (github.com/etcd-io/raft, directory ``tla``, at
cdfbeed3149e). :mod:`.etcd_rules` holds a trace against the same rules without TLC.

    python -m ballotproof.impl.refine.raft.etcd --seed 1 > trace.ndjson
    python -m ballotproof.impl.refine.raft.etcd_rules trace.ndjson

**What the format asks of the program** No PreVote and no CheckQuorum, of which the specification
knows nothing, and nothing else that it has no message for: snapshots, transfers and changes of the
membership. Clients' reads are fine: they are appends without entries. The network makes no copies.

**What it asks of the host** In that specification the commit index survives a crash; here it is in
memory (Figure 2), and :class:`StoresCommit` is a host that stores it beside each record.

**What is written otherwise than it is** Servers count from 1, as "0" is nobody. A candidate votes
for itself, and a leader acknowledges its own entries, by messages to themselves, which follow the
lines of the step that stored what they promise. The commit index of an append is that of its
sender, or where the message ends if that is less: a follower goes no further anyway. What is empty
in an append is its entries, so heartbeats are ``MsgApp`` here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import click
import msgspec
from msgspec.structs import asdict, replace

from ...core import Deliver, NodeId, Persist, Receive, Send, TimerExpired
from ...host.simulator.faults import Dose
from ...host.simulator.raft import RaftProgram
from ...host.simulator.runs import Kind, run_of
from ...host.simulator.simulator import Observed
from ...raft.config import Config
from ...raft.log import Index
from ...raft.messages import AppendEntries, AppendReply, Message, RequestVote, VoteReply
from ...raft.records import Durable, Record, written
from ...raft.requests import Applied, Propose, Read
from ...raft.server import Effect, Effects, Input, Role, Server
from ...raft.step import step
from ..stepwise import messages_of

__all__ = ["ETCD", "EtcdTrace", "StoresCommit", "traced"]

ROLES = {
    Role.FOLLOWER: "StateFollower",
    Role.CANDIDATE: "StateCandidate",
    Role.LEADER: "StateLeader",
}
KINDS = {
    "MsgVote": "RequestVoteRequest",
    "MsgVoteResp": "RequestVoteResponse",
    "MsgApp": "AppendEntriesRequest",
    "MsgAppResp": "AppendEntriesResponse",
}
"""The types of messages, and what the events are called that send and receive them."""

FIRST_TIME = 1_000_000_000
"""Times only order the lines. They have as many digits each, because the script that comes with the
specification sorts the lines as text."""


# -------------------------------------------------------------------------------- the host
class StoredRecord(Record, frozen=True):
    commit: Index = 0


class StoredDurable(Durable, frozen=True):
    commit: Index = 0


class StoresCommit(RaftProgram):
    """A cluster whose hosts store the commit index too, with what else a step changes, and hand it
    back to a server that starts again. Its state machine is told everything up to there."""

    def blank(self) -> Durable:
        return StoredDurable()

    def written(self, disk: Durable, record: Record) -> Durable:
        if not isinstance(record, StoredRecord):
            raise TypeError(f"{record!r} was not made by this host")
        return StoredDurable(**asdict(written(disk, record)), commit=record.commit)

    def recovered(self, node: NodeId, disk: Durable, lost: bool) -> tuple[Server, Effects]:
        s, effects = super().recovered(node, disk, lost)
        commit = disk.commit if isinstance(disk, StoredDurable) else 0
        if commit <= s.commit:
            return s, effects
        again = enumerate(s.log.between(s.commit, commit), s.commit + 1)
        told: list[Effect] = [Deliver(Applied(n, entry)) for n, entry in again]
        return replace(s, commit=commit), (*effects, *told)

    def step(self, core: Server, given: Input) -> tuple[Server, Effects]:
        after, effects = step(core, trimmed(core, given))
        if effects and isinstance(effects[0], Persist):
            known, rest = asdict(effects[0].record), effects[1:]
        elif after.commit != core.commit:
            known, rest = asdict(Record(after.term, after.voted_for, counts=after.counts)), effects
        else:
            return after, effects
        return after, (Persist(StoredRecord(**known, commit=after.commit)), *rest)


def trimmed(s: Server, given: Input) -> Input:
    """An append that begins before what is committed here is taken, as etcd does, for one without
    entries that begins there: whoever leads has all that is committed (5.4.3)."""
    match given:
        case Receive(sender, AppendEntries() as m, now):
            if m.term >= s.term and m.prev_index < s.commit:
                known = s.log.term_at(s.commit)
                less = AppendEntries(m.term, s.commit, known, (), m.commit, m.round)
                return Receive(sender, less, now)
        case _:
            pass
    return given


# ------------------------------------------------------------------------------- the trace
class EtcdTrace:
    """Give it to the simulator as ``observe``; ``lines`` are the trace.

    **Errors** ValueError if something happens that the format cannot tell.
    """

    def __init__(self, program: StoresCommit) -> None:
        config, servers = program.config, len(program.nodes)
        if config.pre_vote or config.check_quorum:
            raise ValueError("the etcd format has no PreVote and no CheckQuorum: turn them off")
        if servers < 2 or servers > program.first or program.compact_every:
            raise ValueError("traces are of two servers or more, the same all along, that keep all")
        self.conf = [[name(n) for n in program.nodes], []]
        self.lines: list[dict[str, Any]] = []
        self.network: Counter[tuple[Any, ...]] = Counter()
        for node in program.nodes:
            s, _ = program.recovered(node, program.blank(), False)
            self.write("InitState", s)

    def text(self) -> str:
        return "".join(msgspec.json.encode(line).decode() + "\n" for line in self.lines)

    def write(self, event: str, s: Server, msg: dict[str, Any] | None = None) -> None:
        vote = "0" if s.voted_for is None else name(s.voted_for)
        told: dict[str, Any] = {
            "name": event,
            "nid": name(s.me),
            "state": {"term": s.term, "vote": vote, "commit": s.commit},
            "role": ROLES[s.role],
            "log": s.log.last_index,
            "conf": self.conf,
        }
        if msg is not None:
            told["msg"] = msg
        number = FIRST_TIME + len(self.lines) + 1
        self.lines.append({"tag": "trace", "ts": number, "event": told})

    def __call__(self, x: Observed) -> None:
        stored = x.crashed is None or x.crashed > 0
        if x.given is not None and stored:
            self.told(x)
        if x.crashed is not None:
            self.write("InitState", x.after)

    def told(self, x: Observed) -> None:
        """A step whose record, if it has one, is on the disk."""
        before: Server = x.before
        after, _ = step(before, trimmed(before, x.given))
        begun = len(self.lines)
        stands = after.term > before.term and after.role is Role.CANDIDATE
        match x.given:
            case Receive(sender, message):
                self.receive(before, after, sender, message)
            case TimerExpired():
                if stands:
                    self.write("BecomeCandidate", after)
                    self.write("SendRequestVoteResponse", after, own_vote(after))
            case Propose() | Read():
                pass
            case _:
                raise ValueError(f"the etcd format cannot tell of {x.given!r}")
        appended = list(self.appended(before, after))
        for e in messages_of(x.effects, x.crashed):
            self.send(after, e)
        if len(self.lines) == begun:
            if after.commit != before.commit or after.log is not before.log:
                raise ValueError(f"the etcd format cannot tell what {x.given!r} has changed")
            return
        self.write("Ready", after)
        if x.crashed is not None:
            return
        if stands:
            self.write("ReceiveRequestVoteResponse", after, own_vote(after))
        for n in appended:
            self.write("ReceiveAppendEntriesResponse", after, own_entry(after, n))
            self.write("Commit", after)

    def receive(self, before: Server, after: Server, sender: NodeId, message: Message) -> None:
        msg = projected(sender, before.me, message)
        key = tuple(msg.values())
        if not self.network[key]:
            raise ValueError(
                f"{msg['type']} from {msg['from']} to {msg['to']} arrives more often than it was "
                "sent: the etcd format has no copies, so let the network make none"
            )
        self.network[key] -= 1
        self.write("Receive" + KINDS[msg["type"]], before, msg)
        heard = isinstance(message, AppendEntries) and message.term == before.term
        if message.term > before.term:
            as_follower = replace(before, term=message.term, voted_for=None, role=Role.FOLLOWER)
            self.write("BecomeFollower", as_follower)
        elif heard and before.role is Role.CANDIDATE:
            self.write("BecomeFollower", replace(before, role=Role.FOLLOWER))
        elif before.role is Role.CANDIDATE and after.role is Role.LEADER:
            self.write("BecomeLeader", replace(before, role=Role.LEADER))
        if (
            isinstance(message, AppendReply)
            and message.success
            and message.term == before.term
            and before.role is Role.LEADER
        ):
            self.write("Commit", after)

    def appended(self, before: Server, after: Server) -> Iterator[Index]:
        """The entries that a leader has made, each with the leader's own word for it."""
        if after.role is not Role.LEADER:
            return
        for n in range(before.log.last_index, after.log.last_index):
            self.write("Replicate", replace(after, log=before.log))
            self.write("SendAppendEntriesResponse", after, own_entry(after, n + 1))
            yield n + 1

    def send(self, s: Server, e: Send[Message]) -> None:
        msg = projected(s.me, e.to, e.message)
        self.network[tuple(msg.values())] += 1
        self.write("Send" + KINDS[msg["type"]], s, msg)


def name(node: NodeId) -> str:
    return str(node + 1)


def own_vote(s: Server) -> dict[str, Any]:
    return projected(s.me, s.me, VoteReply(s.term, granted=True))


def own_entry(s: Server, n: Index) -> dict[str, Any]:
    return projected(s.me, s.me, AppendReply(s.term, success=True, match=n))


def projected(sender: NodeId, to: NodeId, m: Message) -> dict[str, Any]:
    """What the format says of a message."""
    told: dict[str, Any] = {
        "type": "",
        "term": m.term,
        "from": name(sender),
        "to": name(to),
        "entries": 0,
        "logTerm": 0,
        "index": 0,
        "commit": 0,
        "reject": False,
    }
    match m:
        case RequestVote():
            told |= {"type": "MsgVote", "logTerm": m.last_term, "index": m.last_index}
        case VoteReply():
            told |= {"type": "MsgVoteResp", "reject": not m.granted}
        case AppendEntries():
            last = m.prev_index + len(m.entries)
            told |= {"type": "MsgApp", "logTerm": m.prev_term, "index": m.prev_index}
            told |= {"entries": len(m.entries), "commit": min(m.commit, last)}
        case AppendReply():
            told |= {"type": "MsgAppResp", "reject": not m.success}
            told["index"] = m.match if m.success or m.refused is None else m.refused.prev_index
        case _:
            raise ValueError(f"the etcd format has no message for {m!r}")
    return told


# --------------------------------------------------------------------------------- command
ETCD = Kind(
    "raft that a specification of etcd's can judge",
    lambda: StoresCommit(3, Config(pre_vote=False, check_quorum=False)),
    Dose(ticks=2000, longest=200, crashes=3, cuts=2, copies=0),
)
"""Elections, lost messages and crashes; no copies of messages, which the format cannot tell."""


def traced(seed: int, kind: Kind = ETCD) -> EtcdTrace:
    """The trace of one simulated run. **Errors** ValueError, also if the run is a violation."""
    program = kind.program()
    if not isinstance(program, StoresCommit):
        raise ValueError(f"the hosts of {kind.name!r} do not store the commit index")
    trace = EtcdTrace(program)
    result = run_of(seed, kind).run(trace)
    if result.violation is not None:
        raise ValueError(result.violation)
    return trace


@click.command()
@click.option("--seed", default=1, show_default=True, help="The number of the run.")
def main(seed: int) -> None:
    """Simulate a Raft cluster of three servers, with elections, lost messages and crashes, and
    write its trace in the format of etcd's trace specification."""
    click.echo(traced(seed).text(), nl=False)


if __name__ == "__main__":
    main()

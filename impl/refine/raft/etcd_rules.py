"""Whether a trace in the format of :mod:`.etcd` keeps the rules of that format, line by line.

The rules are those of ``Traceetcdraft.tla`` and of the actions of ``etcdraft.tla`` that it replays
(github.com/etcd-io/raft, directory ``tla``, at cdfbeed3149e). Each line must be what the servers,
as the lines before have left them, can do; logs are kept as the terms of their entries. This is
neither TLC nor a proof: of the invariants of that specification none is checked here.

Two rules are stricter than there. An answer to another server has to be written when it is sent,
not only when it arrives; and times must increase, because a script sorts by them. What servers do
about their membership after they have started, and snapshots, are refused as not judged.

    python -m ballotproof.impl.refine.raft.etcd_rules trace.ndjson
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import msgspec
from msgspec import Struct, field

__all__ = ["Broken", "check"]

BOOTSTRAP = ("InitState", "BecomeFollower", "ApplyConfChange")
ROLES = ("StateFollower", "StateCandidate", "StateLeader")
FOLLOWER, CANDIDATE, LEADER = ROLES
MESSAGES = {
    "SendRequestVoteRequest": ("MsgVote",),
    "SendRequestVoteResponse": ("MsgVoteResp",),
    "SendAppendEntriesRequest": ("MsgApp", "MsgHeartbeat", "MsgSnap"),
    "SendAppendEntriesResponse": ("MsgAppResp", "MsgHeartbeatResp"),
}
MESSAGES |= {"Receive" + event[4:]: types for event, types in MESSAGES.items()}
EVENTS = (*BOOTSTRAP, *MESSAGES, "BecomeCandidate", "BecomeLeader", "Replicate", "Commit")
EVENTS += ("ChangeConf", "Ready")
UNJUDGED = ("ChangeConf", "ApplyConfChange", "MsgSnap")


class Broken(Exception):
    """A line breaks a rule. ``line`` counts from 1 in the file."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line, self.why = line, why


class Rule(Exception):
    """What is wrong with a line."""


class State(Struct, forbid_unknown_fields=True):
    term: int
    vote: str
    commit: int


class Msg(Struct, rename={"sender": "from", "log_term": "logTerm"}):
    type: str
    term: int
    sender: str
    to: str
    entries: int
    log_term: int
    index: int
    commit: int
    reject: bool

    @property
    def key(self) -> tuple[Any, ...]:
        """What the specification compares."""
        base = (self.type, self.term, self.sender, self.to)
        match self.type:
            case "MsgVote":
                return (*base, self.log_term, self.index)
            case "MsgApp" | "MsgHeartbeat":
                return (*base, self.log_term, self.index, self.entries, self.commit)
            case "MsgAppResp":
                return (*base, self.reject, None if self.reject else self.index)
            case _:
                return (*base, self.reject)


class Event(Struct):
    name: str
    nid: str
    state: State
    role: str
    log: int
    conf: tuple[list[str], list[str]]
    msg: Msg | None = None
    prop: dict[str, Any] | None = None


class Node(Struct):
    """A server, as the lines so far have left it. ``durable`` is (term, vote, log, commit)."""

    term: int
    vote: str
    commit: int
    role: str
    log: tuple[int, ...]
    conf: frozenset[str]
    durable: tuple[int, str, tuple[int, ...], int]
    votes: frozenset[str] = frozenset()
    match: dict[str, int] = field(default_factory=dict)
    unsent: list[tuple[tuple[Any, ...], tuple[int, ...]]] = field(default_factory=list)
    owed: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    """Answers to what it has received, that it has not sent yet."""

    def all_six(self) -> tuple[Any, ...]:
        return self.term, self.role, self.vote, len(self.log), self.commit, self.conf


SIX = ("term", "role", "vote", "log", "commit", "conf")


def six(e: Event) -> tuple[Any, ...]:
    return e.state.term, e.role, e.state.vote, e.log, e.state.commit, frozenset(e.conf[0])


def read(text: str) -> Iterator[tuple[int, float, Event]]:
    """The lines of the format, and their numbers; others are dropped, as there."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            raw = msgspec.json.decode(line)
        except msgspec.DecodeError as error:
            raise Broken(number, f"this is no JSON: {error}") from error
        if not isinstance(raw, Mapping):
            raise Broken(number, "this is no JSON object")
        if raw.get("tag") != "trace":
            continue
        try:
            yield number, *times_and_event(raw)
        except (msgspec.ValidationError, Rule) as error:
            raise Broken(number, str(error)) from error


def times_and_event(raw: Mapping[Any, Any]) -> tuple[float, Event]:
    ts = msgspec.convert(raw.get("ts"), float)
    e = msgspec.convert(raw.get("event"), Event)
    need(e.name in EVENTS, f"there is no event {e.name!r}")
    need(e.role in ROLES, f"there is no role {e.role!r}")
    for n in (e.nid, e.state.vote, *e.conf[0], *e.conf[1]):
        need(n.isdecimal(), f"a server is a decimal number in quotes, not {n!r}")
    if e.name in MESSAGES:
        m = e.msg
        if m is None:
            raise Rule(f"{e.name} needs a msg")
        need(m.type in MESSAGES[e.name], f"{m.type!r} is no message of {e.name}")
        here = m.sender if e.name.startswith("Send") else m.to
        need(here == e.nid, f"{e.name} is written by {here}, not by {e.nid}")
    return ts, e


def need(holds: bool, why: str) -> None:
    if not holds:
        raise Rule(why)


def check(text: str) -> Counter[str]:
    """How many lines there are of each event.

    **Errors** Broken, at the first line that breaks a rule.
    """
    lines = list(read(text))
    if not lines:
        raise Broken(1, 'there is no line with "tag":"trace"')
    judge = Judge([e for _, _, e in lines])
    last = float("-inf")
    for number, ts, e in lines:
        try:
            need(ts > last, f"times must increase: {ts:g} does not come after {last:g}")
            judge.line(e)
        except Rule as broken:
            raise Broken(number, f"{e.name} of {e.nid}: {broken}") from broken
        last = ts
    return Counter(e.name for _, _, e in lines)


class Judge:
    def __init__(self, events: Iterable[Event]) -> None:
        self.nodes: dict[str, Node] = {}
        self.started: set[str] = set()
        self.previous: dict[str, Event] = {}
        self.known = {e.nid for e in events}
        self.network: Counter[tuple[Any, ...]] = Counter()
        self.sent: dict[tuple[Any, ...], list[tuple[int, ...]]] = {}

    def line(self, e: Event) -> None:
        named = {e.nid, *e.conf[0], *e.conf[1]} | ({e.msg.sender, e.msg.to} if e.msg else set())
        need(named <= self.known, f"no line is of {', '.join(sorted(named - self.known))}")
        if e.nid not in self.started and e.name in BOOTSTRAP:
            if e.nid not in self.nodes:
                need(e.name == "InitState", "a server begins with InitState")
            self.bootstrap(e)
        else:
            need(e.nid in self.nodes, "a server begins with InitState")
            self.started.add(e.nid)
            self.step(self.nodes[e.nid], e)
        self.previous[e.nid] = e

    def bootstrap(self, e: Event) -> None:
        """The last of these lines is how the server begins."""
        conf = frozenset(e.conf[0])
        if e.name == "ApplyConfChange":
            told: list[str] = ((e.prop or {}).get("cc") or {}).get("newconf") or []
            need(told != [], "at the beginning it needs prop.cc.newconf")
            conf = frozenset(map(str, told))
        log = (1,) * e.log
        state = e.state
        durable = (state.term, state.vote, log, state.commit)
        need(state.commit <= e.log, "more is committed than there is")
        self.nodes[e.nid] = Node(state.term, state.vote, state.commit, e.role, log, conf, durable)

    def step(self, n: Node, e: Event) -> None:
        need(e.name not in UNJUDGED, "not judged here: the membership must stay")
        need(not e.conf[1], "not judged here: a joint configuration")
        if e.name.startswith("Receive"):
            assert e.msg is not None
            self.same(n, e)
            self.receive(n, e, e.msg)
            return
        getattr(self, WHAT[e.name])(n, e)

    def same(self, n: Node, e: Event) -> None:
        for name, has, shows in zip(SIX, n.all_six(), six(e), strict=True):
            need(has == shows, f"{name} is {shown(has)}, and the line shows {shown(shows)}")

    # ---------------------------------------------------------------------------- by itself
    def init(self, n: Node, e: Event) -> None:
        n.term, n.vote, n.log, n.commit = n.durable
        n.role, n.votes = FOLLOWER, frozenset()
        n.match, n.unsent, n.owed = {}, [], Counter()
        self.same(n, e)

    def follower(self, n: Node, e: Event) -> None:
        """After a receive that explains it, the step was that of the receive."""
        before = self.previous[e.nid]
        m = before.msg
        if before.name.startswith("Receive") and m is not None and m.term == e.state.term:
            if before.state.term < m.term:
                return
            asked = before.name == "ReceiveAppendEntriesRequest"
            if asked and before.state.term == m.term and before.role == CANDIDATE:
                return
        need(n.role != FOLLOWER, "it is a follower, and its previous line changed nothing of that")
        n.role = FOLLOWER
        self.same(n, e)

    def candidate(self, n: Node, e: Event) -> None:
        need(n.role != LEADER, "a leader does not stand for election")
        need(e.nid in n.conf, "it has no vote")
        n.role, n.term, n.vote, n.votes = CANDIDATE, n.term + 1, e.nid, frozenset()
        self.same(n, e)

    def leader(self, n: Node, e: Event) -> None:
        need(n.role == CANDIDATE, f"it is {n.role}")
        votes = len(n.votes & n.conf)
        need(2 * votes > len(n.conf), f"{votes} of {len(n.conf)} votes are no majority")
        n.role, n.match = LEADER, {e.nid: len(n.log)}
        self.same(n, e)

    def replicate(self, n: Node, e: Event) -> None:
        need(n.role == LEADER, f"it is {n.role}")
        need(e.log == len(n.log), f"the line must show the log before: {len(n.log)}, not {e.log}")
        n.log += (n.term,)

    def commit(self, n: Node, e: Event) -> None:
        need(n.role == LEADER, f"it is {n.role}")
        stored = sorted(n.match.get(k, 0) for k in n.conf)
        reached = stored[(len(stored) - 1) // 2]
        if reached and n.log[reached - 1] == n.term:
            n.commit = max(n.commit, reached)
        self.same(n, e)

    def ready(self, n: Node, _: Event) -> None:
        n.durable = (n.term, n.vote, n.log, n.commit)
        for key, entries in n.unsent:
            self.network[key] += 1
            self.sent.setdefault(key, []).append(entries)
        n.unsent = []

    # -------------------------------------------------------------------------------- sends
    def send(self, n: Node, e: Event) -> None:
        m = e.msg
        assert m is not None
        need(m.type not in UNJUDGED, "not judged here: snapshots")
        answers = m.type.endswith("Resp")
        entries: tuple[int, ...] = ()
        if answers and m.to != e.nid:
            need(n.owed[m.key] > 0, "nothing that it received is answered so")
            n.owed[m.key] -= 1
            n.unsent.append((m.key, ()))
            return
        self.same(n, e)
        need(m.term == n.term, f"its term is {n.term}, and the message says {m.term}")
        need((m.to == e.nid) == answers, "only answers are sent to oneself")
        match m.type:
            case "MsgVote" | "MsgVoteResp":
                need(n.role == CANDIDATE, f"it is {n.role}")
                last = (len(n.log), n.log[-1] if n.log else 0)
                if not answers:
                    need((m.index, m.log_term) == last, f"its log ends at {last}")
            case "MsgAppResp":
                need(n.role == LEADER, f"it is {n.role}")
                need(m.index == len(n.log), f"its log ends at {len(n.log)}")
            case "MsgApp":
                need(n.role == LEADER, f"it is {n.role}")
                entries = self.append(n, m)
            case "MsgHeartbeat":
                need(n.role == LEADER, f"it is {n.role}")
                told = (m.index, m.log_term, m.entries, m.commit)
                right = (0, 0, 0, min(n.commit, n.match.get(m.to, 0)))
                need(told == right, f"(index, logTerm, entries, commit) must be {right}")
            case _:
                raise Rule(f"{m.type} is not sent to oneself")
        need(not (answers and m.reject), "it refuses itself")
        n.unsent.append((m.key, entries))

    def append(self, n: Node, m: Msg) -> tuple[int, ...]:
        matched, last = n.match.get(m.to, 0), m.index + m.entries
        need(m.index >= matched, f"index {m.index} is below {matched}, which is known to match")
        need(m.entries >= 0 and last <= len(n.log), f"its log ends at {len(n.log)}")
        term = n.log[m.index - 1] if m.index else 0
        need(m.log_term == term, f"entry {m.index} is of term {term}")
        commit = min(n.commit, last)
        need(m.commit == commit, f"commit must be {commit}, not {m.commit}")
        return n.log[m.index : last]

    # ----------------------------------------------------------------------------- receives
    def receive(self, n: Node, e: Event, m: Msg) -> None:
        need(m.type not in UNJUDGED, "not judged here: snapshots")
        need(
            self.network[m.key] > 0,
            "no such message is under way: each one needs a send, and a Ready of the sender after",
        )
        self.network[m.key] -= 1
        entries = self.sent[m.key].pop(0)
        if m.term > n.term:
            n.term, n.role, n.vote = m.term, FOLLOWER, "0"
        stale = m.term < n.term
        match m.type:
            case "MsgVote":
                last = (n.log[-1] if n.log else 0, len(n.log))
                granted = not stale and (m.log_term, m.index) >= last and n.vote in ("0", m.sender)
                if granted:
                    n.vote = m.sender
                self.owe(n, e, m, "MsgVoteResp", not granted)
            case "MsgVoteResp":
                if not stale and not m.reject:
                    n.votes |= {m.sender}
            case "MsgApp" | "MsgHeartbeat":
                self.appended(n, e, m, entries, stale)
            case "MsgAppResp":
                if not stale and not m.reject:
                    n.match[m.sender] = max(n.match.get(m.sender, 0), m.index)
            case _:
                pass

    def appended(self, n: Node, e: Event, m: Msg, entries: tuple[int, ...], stale: bool) -> None:
        if not stale and n.role == CANDIDATE:
            n.role = FOLLOWER
        need(stale or n.role == FOLLOWER, "two lead in one term")
        fits = not m.index or (m.index <= len(n.log) and n.log[m.index - 1] == m.log_term)
        if stale or not fits:
            self.owe(n, e, m, "MsgAppResp", True)
            return
        if m.index < n.commit and m.type == "MsgApp":  # nothing new, whatever it holds
            self.owe(n, e, m, "MsgAppResp", False, n.commit)
            return
        last = m.index + len(entries)
        if n.log[m.index : last] != entries:
            known = n.log[m.index : last]
            same = 0
            while same < len(known) and known[same] == entries[same]:
                same += 1
            need(m.index + same >= n.commit, "it replaces what is committed")
            n.log = n.log[: m.index] + entries
        n.commit = max(n.commit, m.commit)
        answer = "MsgAppResp" if m.type == "MsgApp" else "MsgHeartbeatResp"
        self.owe(n, e, m, answer, False, last)

    def owe(self, n: Node, e: Event, m: Msg, kind: str, reject: bool, index: int = 0) -> None:
        answer = Msg(kind, n.term, e.nid, m.sender, 0, 0, index, 0, reject)
        n.owed[answer.key] += 1


WHAT = {
    "InitState": "init",
    "BecomeFollower": "follower",
    "BecomeCandidate": "candidate",
    "BecomeLeader": "leader",
    "Replicate": "replicate",
    "Commit": "commit",
    "Ready": "ready",
} | {event: "send" for event in MESSAGES if event.startswith("Send")}


def shown(value: Any) -> str:
    return ",".join(sorted(value)) if isinstance(value, frozenset) else str(value)


@click.command()
@click.argument("trace", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(trace: Path) -> None:
    """Hold a trace against the rules of etcd's format. Exit code 12 at a line that breaks one, 2 if
    the file cannot be read."""
    try:
        counts = check(trace.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{trace}: {error}") from error
    except Broken as broken:
        click.echo(f"{trace}:{broken.line}: {broken.why}", err=True)
        raise SystemExit(12) from None
    for event, count in sorted(counts.items()):
        click.echo(f"{count:>8,}  {event}")
    click.echo(f"{counts.total():,} lines: each keeps the rules")


if __name__ == "__main__":
    main()

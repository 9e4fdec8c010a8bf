"""Single-decree Paxos as a program: servers that are proposer, acceptor and learner at once agree
on one value.

**Source** L. Lamport, "Paxos Made Simple" (2001), sections 2.2 to 2.4, whose rules are cited by
their names there. The specification is ``spec/paxos/single_decree.py``.

A server that is asked to propose a value runs ballots until it learns which value is chosen, be it
its own or another. Ballots are pairs of a round and a server, so that no two servers share one; the
round goes to disk before it is used, so that no server uses one twice. A server whose ballot has
come to nothing waits, for a longer time after each, and tries a higher one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from ..core import Deliver, NodeId, Persist, Receive, Send, SetTimer, TimerExpired
from .ballot import Ballot

__all__ = [
    "Accept",
    "Accepted",
    "Ballot",
    "Durable",
    "Effect",
    "Input",
    "Learned",
    "Message",
    "Prepare",
    "Promise",
    "Propose",
    "Refused",
    "Retry",
    "Server",
    "Value",
    "Vote",
    "recovered",
    "step",
]

Value = bytes
"""What is agreed upon; the protocol does not look into it."""

RETRY_TICKS = 20
"""How long a proposer waits for its ballot, the first time: some round trips."""

MOST_DOUBLINGS = 6
"""It waits twice as long each time, but not longer than after so many."""


# ---------------------------------------------------------------------------------- messages
@dataclass(frozen=True, slots=True)
class Vote:
    ballot: Ballot
    value: Value


@dataclass(frozen=True, slots=True)
class Prepare:
    """Phase 1a: a leader asks for promises."""

    ballot: Ballot


@dataclass(frozen=True, slots=True)
class Promise:
    """Phase 1b: the sender votes in no lower ballot any more, and last voted so."""

    ballot: Ballot
    vote: Vote | None


@dataclass(frozen=True, slots=True)
class Accept:
    """Phase 2a: a leader asks for votes."""

    ballot: Ballot
    value: Value


@dataclass(frozen=True, slots=True)
class Accepted:
    """Phase 2b: the sender has voted. Goes to all, because all are learners."""

    ballot: Ballot
    value: Value


@dataclass(frozen=True, slots=True)
class Refused:
    """The sender has promised itself to a higher ballot. Section 2.3: for progress alone."""

    ballot: Ballot
    promised: Ballot


@dataclass(frozen=True, slots=True)
class Learned:
    """A value is chosen: tells a server that asks too late."""

    value: Value


Message = Prepare | Promise | Accept | Accepted | Refused | Learned


@dataclass(frozen=True, slots=True)
class Propose:
    """A client asks for this value."""

    value: Value


@dataclass(frozen=True, slots=True)
class Retry:
    """The timer of a proposer."""


# ------------------------------------------------------------------------------------- state
@dataclass(frozen=True, slots=True)
class Durable:
    """What a server must remember: the last round it used, its promise, its vote."""

    round: int = 0
    promised: Ballot | None = None
    vote: Vote | None = None


@dataclass(frozen=True, slots=True)
class Preparing:
    """A proposer that waits for promises: from whom, and the highest vote they report."""

    ballot: Ballot
    promised_by: frozenset[NodeId] = frozenset()
    highest: Vote | None = None


@dataclass(frozen=True, slots=True)
class Proposing:
    """A proposer that waits for votes."""

    ballot: Ballot
    value: Value


@dataclass(frozen=True, slots=True)
class Server:
    """One server.

    ``wanted`` is the value that its client asked for; ``attempts`` are the ballots it has led in
    vain, and ``seen`` is the highest round that was in their way; ``votes`` is the latest vote that
    is known of each acceptor.
    """

    me: NodeId
    members: tuple[NodeId, ...]
    durable: Durable = Durable()
    wanted: Value | None = None
    leading: Preparing | Proposing | None = None
    attempts: int = 0
    seen: int = 0
    votes: frozenset[tuple[NodeId, Vote]] = frozenset()
    chosen: Value | None = None

    @property
    def quorum(self) -> int:
        return len(self.members) // 2 + 1


Input = Propose | TimerExpired[Retry] | Receive[Message]
Effect = Persist[Durable] | Send[Message] | SetTimer[Retry] | Deliver[Value]
Effects = tuple[Effect, ...]


def recovered(me: NodeId, members: tuple[NodeId, ...], durable: Durable) -> Server:
    """A server that starts, or starts again, with what is on its disk."""
    return Server(me, members, durable)


# ------------------------------------------------------------------------------------- steps
def step(s: Server, given: Input) -> tuple[Server, Effects]:
    """Handle one input. What it asks for is in order: what is persisted stands before every message
    that speaks of it."""
    match given:
        case Propose(value):
            return propose(s, value)
        case TimerExpired():
            return retry(s)
        case Receive(sender, message):
            return receive(s, sender, message)
        case _:
            assert_never(given)


def receive(s: Server, sender: NodeId, m: Message) -> tuple[Server, Effects]:
    match m:
        case Prepare():
            return on_prepare(s, sender, m)
        case Promise():
            return on_promise(s, sender, m)
        case Accept():
            return on_accept(s, sender, m)
        case Accepted():
            return on_accepted(s, sender, m)
        case Refused():
            return on_refused(s, m)
        case Learned():
            return learn(s, m.value)
        case _:
            assert_never(m)


def broadcast(s: Server, message: Message) -> Effects:
    return tuple(Send(to, message) for to in s.members)


# --------------------------------------------------------------------------------- proposers
def propose(s: Server, value: Value) -> tuple[Server, Effects]:
    """A client's wish: the first one counts, for only one value will ever be chosen."""
    if s.chosen is not None:
        return s, (Deliver(s.chosen),)
    if s.wanted is not None:
        return s, ()  # one ballot at a time is enough
    return start_ballot(replace(s, wanted=value))


def retry(s: Server) -> tuple[Server, Effects]:
    """The ballot took too long."""
    if s.chosen is not None or s.wanted is None:
        return s, ()  # an old timer
    return start_ballot(replace(s, attempts=s.attempts + 1))


def start_ballot(s: Server) -> tuple[Server, Effects]:
    """Phase 1a, in a ballot higher than all that this server has used or promised."""
    promised = s.durable.promised
    above = max(s.durable.round, s.seen, 0 if promised is None else promised.round)
    durable = replace(s.durable, round=above + 1)
    ballot = Ballot(above + 1, s.me)
    ticks = RETRY_TICKS << min(s.attempts, MOST_DOUBLINGS)
    s = replace(s, durable=durable, leading=Preparing(ballot))
    timer = SetTimer(Retry(), ticks, 2 * ticks)
    return s, (Persist(durable), timer, *broadcast(s, Prepare(ballot)))


def on_promise(s: Server, sender: NodeId, m: Promise) -> tuple[Server, Effects]:
    """Phase 2a, once a quorum has promised: the value of the highest vote reported, and the
    client's if there is none (P2c). Only members make quorums, whoever else answers."""
    if sender not in s.members:
        return s, ()
    match s.leading:
        case Preparing(ballot, promised_by, highest) if ballot == m.ballot:
            if m.vote is not None and (highest is None or m.vote.ballot > highest.ballot):
                highest = m.vote
            promised_by |= {sender}
            if len(promised_by) < s.quorum:
                return replace(s, leading=Preparing(ballot, promised_by, highest)), ()
            assert s.wanted is not None
            value = s.wanted if highest is None else highest.value
            s = replace(s, leading=Proposing(ballot, value))
            return s, broadcast(s, Accept(ballot, value))
        case Preparing() | Proposing() | None:
            return s, ()  # of an older ballot, or one more than was needed
        case _:
            assert_never(s.leading)


def on_refused(s: Server, m: Refused) -> tuple[Server, Effects]:
    """Section 2.3: the ballot is lost. The next one is to be above that which was in the way."""
    if s.leading is None or s.leading.ballot != m.ballot:
        return s, ()
    return replace(s, leading=None, seen=max(s.seen, m.promised.round)), ()


# --------------------------------------------------------------------------------- acceptors
def on_prepare(s: Server, sender: NodeId, m: Prepare) -> tuple[Server, Effects]:
    """Phase 1b. P1a: a promise is on disk before it is given.

    A prepare request that was answered before is answered again, for the answer may be lost. The
    vote that it reports may be a later one, cast in this very ballot, and its leader has then heard
    from a quorum already.
    """
    promised = s.durable.promised
    if promised is not None and m.ballot < promised:
        return s, (Send(sender, Refused(m.ballot, promised)),)
    if m.ballot == promised:
        return s, again(s, sender, m)
    durable = replace(s.durable, promised=m.ballot)
    s = replace(s, durable=durable)
    return s, (Persist(durable), Send(sender, Promise(m.ballot, durable.vote)))


def again(s: Server, sender: NodeId, m: Prepare) -> Effects:
    """The promise once more, unless a vote was cast in the ballot since: then phase 1 is over."""
    vote = s.durable.vote
    if vote is not None and vote.ballot == m.ballot:
        return ()
    return (Send(sender, Promise(m.ballot, vote)),)


def on_accept(s: Server, sender: NodeId, m: Accept) -> tuple[Server, Effects]:
    """Phase 2b. Vote unless promised to a higher ballot; the vote is on disk before it is told."""
    promised = s.durable.promised
    if promised is not None and m.ballot < promised:
        return s, (Send(sender, Refused(m.ballot, promised)),)
    vote = Vote(m.ballot, m.value)
    told = broadcast(s, Accepted(m.ballot, m.value))
    if s.durable.vote == vote:
        return s, told
    durable = replace(s.durable, promised=m.ballot, vote=vote)
    return replace(s, durable=durable), (Persist(durable), *told)


# ---------------------------------------------------------------------------------- learners
def on_accepted(s: Server, sender: NodeId, m: Accepted) -> tuple[Server, Effects]:
    """Section 2.3: a value is chosen when a quorum has voted for it in one ballot. Only the latest
    vote of each acceptor is kept; an acceptor's votes go up, and so do those that make a quorum.
    Only members are acceptors, whoever else has voted."""
    if s.chosen is not None or sender not in s.members:
        return s, ()
    vote = Vote(m.ballot, m.value)
    for acceptor, known in s.votes:
        if acceptor == sender and known.ballot >= vote.ballot:
            return s, ()
    others = frozenset((a, v) for a, v in s.votes if a != sender)
    s = replace(s, votes=others | {(sender, vote)})
    if sum(v == vote for _, v in s.votes) < s.quorum:
        return s, ()
    s, effects = learn(s, m.value)
    told: Effects = tuple(Send(to, Learned(m.value)) for to in s.members if to != s.me)
    return s, effects + told


def learn(s: Server, value: Value) -> tuple[Server, Effects]:
    if s.chosen is not None:
        return s, ()
    return replace(s, chosen=value, leading=None), (Deliver(value),)

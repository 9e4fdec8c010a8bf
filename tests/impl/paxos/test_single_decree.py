"""The rules of "Paxos Made Simple", one by one, as a server of the program follows them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ballotproof.impl.core import Deliver, Persist, Receive, Send, SetTimer, TimerExpired
from ballotproof.impl.paxos.single_decree import (
    Accept,
    Accepted,
    Ballot,
    Durable,
    Effect,
    Learned,
    Message,
    Prepare,
    Promise,
    Propose,
    Refused,
    Retry,
    Server,
    Vote,
    recovered,
    step,
)

MEMBERS = (0, 1, 2)
LOW, HIGH = Ballot(1, 1), Ballot(1, 2)


def server(durable: Durable | None = None, me: int = 0) -> Server:
    return recovered(me, MEMBERS, durable or Durable())


def hear(s: Server, *heard: tuple[int, Message]) -> tuple[Server, tuple[Effect, ...]]:
    """What the last of these messages makes it do."""
    effects: tuple[Effect, ...] = ()
    for sender, message in heard:
        s, effects = step(s, Receive(sender, message))
    return s, effects


def sent(effects: tuple[Effect, ...]) -> list[Message]:
    return [e.message for e in effects if isinstance(e, Send)]


def leader() -> Server:
    """Server 0, wanting b"mine", in its first ballot."""
    s, _ = step(server(), Propose(b"mine"))
    return s


def test_2_1_p1_an_acceptor_accepts_the_first_proposal_that_it_receives() -> None:
    s, effects = hear(server(), (2, Accept(LOW, b"v")))
    assert s.durable.vote == Vote(LOW, b"v")
    assert sent(effects) == [Accepted(LOW, b"v")] * 3


def test_2_1_an_acceptor_may_accept_more_than_one_proposal() -> None:
    """Another value too: that P2 holds is up to those who propose."""
    s, _ = hear(server(), (1, Accept(LOW, b"v")), (2, Accept(HIGH, b"w")))
    assert s.durable == Durable(promised=HIGH, vote=Vote(HIGH, b"w"))


def test_2_2_p1a_what_is_asked_for_in_a_higher_or_the_same_ballot_is_accepted() -> None:
    """A promise is about proposals numbered less."""
    promised, _ = hear(server(), (1, Prepare(LOW)))
    for ballot in (LOW, HIGH):
        s, effects = hear(promised, (ballot.leader, Accept(ballot, b"v")))
        assert s.durable.vote == Vote(ballot, b"v")
        assert sent(effects) == [Accepted(ballot, b"v")] * 3


def test_2_2_a_prepare_request_for_a_ballot_in_which_it_has_accepted_is_ignored() -> None:
    s, _ = hear(server(), (1, Accept(LOW, b"v")))
    assert hear(s, (1, Prepare(LOW))) == (s, ())


def test_2_2_an_acceptor_remembers_its_highest_vote_and_promise_even_if_it_restarts() -> None:
    """Nothing else: these two say how it must answer."""
    s, _ = hear(server(), (1, Accept(LOW, b"v")), (2, Prepare(HIGH)))
    back = recovered(0, MEMBERS, s.durable)
    assert back.durable == Durable(promised=HIGH, vote=Vote(LOW, b"v"))
    assert hear(back, (1, Accept(LOW, b"v")))[1] == (Send(1, Refused(LOW, HIGH)),)
    top = Ballot(2, 0)
    assert sent(hear(back, (0, Prepare(top)))[1]) == [Promise(top, Vote(LOW, b"v"))]


def test_2_2_a_proposer_may_forget_its_proposal_but_uses_no_number_twice() -> None:
    """Promises that come for what it has abandoned make it propose nothing."""
    s, _ = step(leader(), TimerExpired(Retry()))
    old = [(n, Promise(Ballot(1, 0), None)) for n in MEMBERS]
    after, effects = hear(s, *old)
    assert (after, effects) == (s, ())
    _, effects = hear(s, *((n, Promise(Ballot(2, 0), None)) for n in (1, 2)))
    assert sent(effects) == [Accept(Ballot(2, 0), b"mine")] * 3


def test_2_2_phase_1_begins_with_a_round_that_is_stored_first() -> None:
    _s, effects = step(server(), Propose(b"mine"))
    assert effects[0] == Persist(Durable(round=1))
    assert isinstance(effects[1], SetTimer)
    assert effects[2:] == tuple(Send(to, Prepare(Ballot(1, 0))) for to in MEMBERS)


def test_2_2_p1a_a_promise_is_stored_then_given() -> None:
    vote = Vote(LOW, b"old")
    _s, effects = hear(server(Durable(promised=LOW, vote=vote)), (2, Prepare(HIGH)))
    assert effects == (
        Persist(Durable(promised=HIGH, vote=vote)),
        Send(2, Promise(HIGH, vote)),
    )


def test_2_2_an_acceptor_ignores_prepares_below_its_promise_but_says_so() -> None:
    _s, effects = hear(server(Durable(promised=HIGH)), (1, Prepare(LOW)))
    assert effects == (Send(1, Refused(LOW, HIGH)),)


def test_2_2_an_acceptor_accepts_unless_it_has_promised_higher() -> None:
    s, effects = hear(server(Durable(promised=LOW)), (2, Accept(HIGH, b"v")))
    assert effects[0] == Persist(Durable(promised=HIGH, vote=Vote(HIGH, b"v")))
    assert effects[1:] == tuple(Send(to, Accepted(HIGH, b"v")) for to in MEMBERS)
    s, effects = hear(s, (1, Accept(LOW, b"w")))
    assert effects == (Send(1, Refused(LOW, HIGH)),)
    assert s.durable.vote == Vote(HIGH, b"v")


def test_2_2_p2c_the_value_of_the_highest_reported_vote_is_proposed() -> None:
    ballot = Ballot(1, 0)
    low, high = Vote(Ballot(0, 1), b"low"), Vote(Ballot(0, 2), b"high")
    for first, second in ((low, high), (high, low)):
        _s, effects = hear(leader(), (1, Promise(ballot, first)), (2, Promise(ballot, second)))
        assert sent(effects) == [Accept(ballot, b"high")] * 3


def test_2_2_p2c_any_value_if_no_vote_is_reported() -> None:
    ballot = Ballot(1, 0)
    _s, effects = hear(leader(), (1, Promise(ballot, None)), (2, Promise(ballot, None)))
    assert sent(effects) == [Accept(ballot, b"mine")] * 3


def test_2_2_a_quorum_of_different_acceptors_is_needed() -> None:
    _s, effects = hear(leader(), *[(1, Promise(Ballot(1, 0), None))] * 3)
    assert effects == ()


def test_2_2_promises_for_another_ballot_do_not_count() -> None:
    _s, effects = hear(leader(), (1, Promise(Ballot(1, 0), None)), (2, Promise(LOW, None)))
    assert effects == ()


def test_2_2_a_value_is_proposed_once_in_a_ballot() -> None:
    ballot = Ballot(1, 0)
    late = (0, Promise(ballot, Vote(Ballot(0, 1), b"other")))
    _s, effects = hear(leader(), *[(i, Promise(ballot, None)) for i in (1, 2)], late)
    assert effects == ()


def test_2_3_all_learners_are_told_by_each_acceptor_and_by_who_has_learned() -> None:
    s, effects = hear(server(), (2, Accept(HIGH, b"v")))
    assert [e.to for e in effects if isinstance(e, Send)] == [0, 1, 2]
    s, effects = hear(s, (0, Accepted(HIGH, b"v")), (2, Accepted(HIGH, b"v")))
    assert effects == (Deliver(b"v"), Send(1, Learned(b"v")), Send(2, Learned(b"v")))


def test_2_3_a_proposal_finds_out_what_nobody_has_learned() -> None:
    """Votes were lost on their way, so it is chosen and not known. Who wants to know it proposes
    something, and learns it."""
    one, _ = hear(server(me=1), (2, Accept(HIGH, b"v")))
    two, _ = hear(server(me=2), (2, Accept(HIGH, b"v")))  # chosen by these two
    zero, _ = step(server(), Propose(b"mine"))
    zero, _ = hear(zero, (2, Refused(Ballot(1, 0), HIGH)))
    zero, effects = step(zero, TimerExpired(Retry()))
    (ask,) = {e.message for e in effects if isinstance(e, Send)}
    ballot = Ballot(2, 0)
    assert ask == Prepare(ballot)
    for n, s in ((1, one), (2, two)):
        (promise,) = sent(hear(s, (0, ask))[1])
        zero, effects = hear(zero, (n, promise))
    assert sent(effects) == [Accept(ballot, b"v")] * 3
    zero, effects = hear(zero, *((n, Accepted(ballot, b"v")) for n in (1, 2)))
    assert effects[0] == Deliver(b"v")


def test_2_3_a_value_is_learned_when_a_quorum_voted_in_one_ballot() -> None:
    s, effects = hear(server(), (1, Accepted(LOW, b"v")), (2, Accepted(HIGH, b"v")))
    assert effects == ()
    s, effects = hear(s, (1, Accepted(HIGH, b"v")))
    assert effects == (Deliver(b"v"), Send(1, Learned(b"v")), Send(2, Learned(b"v")))
    assert s.chosen == b"v"


def test_2_3_the_vote_of_an_acceptor_counts_once_and_the_latest_counts() -> None:
    s, _ = hear(server(), *[(1, Accepted(HIGH, b"v"))] * 2, (1, Accepted(LOW, b"w")))
    assert s.votes == {(1, Vote(HIGH, b"v"))}
    assert s.chosen is None


def test_2_4_a_leader_that_was_refused_goes_above_what_was_in_its_way() -> None:
    s, effects = hear(leader(), (1, Refused(Ballot(1, 0), Ballot(7, 2))))
    assert effects == ()
    s, effects = step(s, TimerExpired(Retry()))
    assert effects[0] == Persist(Durable(round=8))
    assert sent(effects) == [Prepare(Ballot(8, 0))] * 3


def test_2_4_each_wait_is_longer_up_to_a_limit() -> None:
    s, waits = leader(), []
    for _ in range(10):
        s, effects = step(s, TimerExpired(Retry()))
        waits += [e.least for e in effects if isinstance(e, SetTimer)]
    assert waits == sorted(waits)
    assert waits[0] < waits[5] == waits[-1] == 20 * 64


def test_2_5_proposers_draw_their_numbers_from_disjoint_sets() -> None:
    ballots = set()
    for me in MEMBERS:
        s, _ = step(server(me=me), Propose(b"v"))
        for _ in range(5):
            s, effects = step(s, TimerExpired(Retry()))
            ballots |= {m.ballot for m in sent(effects) if isinstance(m, Prepare)}
    assert len(ballots) == 15


def test_2_5_after_a_restart_no_round_is_used_again() -> None:
    s = leader()
    s, effects = step(recovered(s.me, s.members, s.durable), Propose(b"other"))
    assert sent(effects) == [Prepare(Ballot(2, 0))] * 3


def test_what_is_chosen_is_told_to_a_client_that_asks_later() -> None:
    s, _ = hear(server(), (1, Learned(b"v")))
    assert step(s, Propose(b"w")) == (s, (Deliver(b"v"),))
    assert step(s, TimerExpired(Retry())) == (s, ())


BALLOTS = st.builds(Ballot, st.integers(1, 3), st.sampled_from(MEMBERS))
VALUES = st.sampled_from([b"v", b"w"])
VOTES = st.none() | st.builds(Vote, BALLOTS, VALUES)
MESSAGES = st.one_of(
    st.builds(Prepare, BALLOTS),
    st.builds(Promise, BALLOTS, VOTES),
    st.builds(Accept, BALLOTS, VALUES),
    st.builds(Accepted, BALLOTS, VALUES),
    st.builds(Refused, BALLOTS, BALLOTS),
    st.builds(Learned, VALUES),
)
INPUTS = st.one_of(
    st.builds(Propose, VALUES),
    st.just(TimerExpired(Retry())),
    st.builds(Receive, st.sampled_from(MEMBERS), MESSAGES),
)


@given(st.lists(INPUTS, max_size=30))
def test_whatever_arrives_promises_rounds_and_votes_go_up_and_are_stored(
    inputs: list[Propose | TimerExpired[Retry] | Receive[Message]],
) -> None:
    """Also messages that no server would send."""
    s, disk = server(), Durable()
    bottom = Ballot(0, 0)
    for x in inputs:
        old, (s, effects) = s.durable, step(s, x)
        assert s.durable.round >= old.round
        assert (s.durable.promised or bottom) >= (old.promised or bottom)
        assert (s.durable.vote.ballot if s.durable.vote else bottom) >= (
            old.vote.ballot if old.vote else bottom
        )
        for effect in effects:
            match effect:
                case Persist(record):
                    disk = record
                case Send(_, Promise(ballot)):
                    assert disk.promised == ballot
                case Send(_, Accepted(ballot, value)):
                    assert disk.vote == Vote(ballot, value)
                case Send(_, Prepare(ballot)):
                    assert disk.round == ballot.round
                case _:
                    pass
        assert disk == s.durable


def test_ballots_are_ordered_by_round_then_leader() -> None:
    assert Ballot(1, 2) < Ballot(2, 0) < Ballot(2, 1)


def test_the_promises_of_strangers_make_no_quorum() -> None:
    """2.2: a majority of the acceptors. A server that was never one is nobody, whatever it says."""
    mine = Ballot(1, 0)
    s, _ = hear(leader(), (0, Promise(mine, None)))
    assert hear(s, (7, Promise(mine, Vote(Ballot(0, 7), b"theirs")))) == (s, ())
    _, effects = hear(s, (1, Promise(mine, None)))
    assert sent(effects) == [Accept(mine, b"mine")] * 3


def test_the_votes_of_strangers_choose_nothing() -> None:
    s, _ = hear(server(), (1, Accepted(LOW, b"v")))
    assert hear(s, (7, Accepted(LOW, b"v"))) == (s, ())
    s, effects = hear(s, (2, Accepted(LOW, b"v")))
    assert (s.chosen, effects[0]) == (b"v", Deliver(b"v"))


def test_2_2_who_has_promised_nothing_may_accept() -> None:
    """The set that is asked to accept is not the set that has promised."""
    mine = Ballot(1, 0)
    _, effects = hear(leader(), (0, Promise(mine, None)), (1, Promise(mine, None)))
    (ask,) = {e.message for e in effects if isinstance(e, Send) and e.to == 2}
    other, told = hear(server(me=2), (0, ask))
    assert other.durable == Durable(promised=mine, vote=Vote(mine, b"mine"))
    assert sent(told) == [Accepted(mine, b"mine")] * 3

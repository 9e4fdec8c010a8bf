/* The transition system of spec/paxos/single_decree.py, action by action: 3 acceptors, 2 values,
   BALLOTS ballots. Sets of messages are bits. Every action is one step of one process, so that
   what Spin stores are the states between actions; there is nothing to reduce by partial orders. */

#ifndef BALLOTS
#define BALLOTS 2
#endif
#define NONE 0           /* ballots and votes count from 1 */
#define VOTE(b, v) (2 * (b) + (v) + 1)

byte promised[3];        /* a ballot + 1 */
byte vote[3];            /* a VOTE */
byte prepares;           /* bit b */
short promises[12];      /* of acceptor a in ballot b, at 4 * a + b: bit of the vote reported */
byte accepts;            /* bit 2 * b + v */
byte accepted[3];        /* of each acceptor, the same bits */

/* The least votes of a quorum of two that allow v in b: none, or one for v with none above. */
#define REPORTS(a, c, b) (promises[4 * a + b] | promises[4 * c + b])
#define HIGHEST(r, w, v) ((r) & (1 << (2 * (w) + (v) + 1)) && !((r) >> (2 * (w) + 3)))
#define FOLLOWS(r, v) (!((r) >> 1) || HIGHEST(r, 0, v) || HIGHEST(r, 1, v) || HIGHEST(r, 2, v) \
                       || HIGHEST(r, 3, v))
#define SAFE_FOR(a, c, b, v) \
    (promises[4 * a + b] && promises[4 * c + b] && FOLLOWS(REPORTS(a, c, b), v))
#define SHOWN_SAFE(b, v) (SAFE_FOR(0, 1, b, v) || SAFE_FOR(0, 2, b, v) || SAFE_FOR(1, 2, b, v))

#define PREPARE(b) \
    :: d_step { b < BALLOTS -> prepares = prepares | (1 << b) }
#define PROMISE(a, b) \
    :: d_step { (prepares & (1 << b)) && promised[a] < b + 1 -> \
        promised[a] = b + 1; \
        promises[4 * a + b] = promises[4 * a + b] | (1 << vote[a]) }
#define PROPOSE(b, v) \
    :: d_step { !(accepts & (3 << (2 * b))) && SHOWN_SAFE(b, v) -> \
        accepts = accepts | (1 << (2 * b + v)) }
#define ACCEPT(a, b, v) \
    :: d_step { (accepts & (1 << (2 * b + v))) && promised[a] <= b + 1 -> \
        promised[a] = b + 1; \
        vote[a] = VOTE(b, v); \
        accepted[a] = accepted[a] | (1 << (2 * b + v)); \
        assert(!(CHOSEN & 85) || !(CHOSEN & 170)) }

/* What two acceptors have voted for in one ballot is chosen. Even bits are value 0. */
#define CHOSEN ((accepted[0] & accepted[1]) | (accepted[0] & accepted[2]) \
                | (accepted[1] & accepted[2]))

#define OF_BALLOT(b) \
    PREPARE(b) \
    PROMISE(0, b) PROMISE(1, b) PROMISE(2, b) \
    PROPOSE(b, 0) PROPOSE(b, 1) \
    ACCEPT(0, b, 0) ACCEPT(1, b, 0) ACCEPT(2, b, 0) \
    ACCEPT(0, b, 1) ACCEPT(1, b, 1) ACCEPT(2, b, 1)

active proctype paxos() {
    do
    OF_BALLOT(0)
    OF_BALLOT(1)
    OF_BALLOT(2)
    OF_BALLOT(3)
    od
}

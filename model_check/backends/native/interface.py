"""The words through which Python and a program talk: what is called, and what stands where."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["EXPORTED", "NEVER", "WALKS_EXPORTED", "Meta", "Status"]

WALKS_EXPORTED = ("walks", "rehash")
"""The functions of a program for random walks that are called from outside."""

EXPORTED = (
    "run", "accept", "rehash", "recount", "deal", "canonical", "mark", "sift", "settle",
    "summed", "hand",
)  # fmt: skip

NEVER = (1 << 62) - 1


class Status(IntEnum):
    """Why ``run`` returned."""

    EDGE = 0  # the range is done, or the budget is used up
    GROW = 1  # the store or the table is full, or a box
    STATES = 2  # one state more than the limit was met
    DEPTH = 3  # a state below the depth limit was met
    BROKEN = 4  # the last state stored breaks an invariant
    BROKEN_STEP = 5  # a step breaks a step invariant or refinement
    STUCK = 6  # nothing leads out of a state that is not terminal
    FAILED = 7  # the program could not go on at a state, or at a step from it
    ENTER = 8  # a walk begins at an initial state that was not judged


class Meta(IntEnum):
    """The words through which Python and ``run`` talk. Positions are counted from the first state
    of the level, numbers from the first in memory. While states are expanded that were read from
    disk, FROM is the number of the state at position 0 among these, and may be negative."""

    NEXT = 0  # the position of the next state to expand
    END = 1  # expand the states before this position
    FROM = 2  # the number of the state at position 0
    COUNT = 3  # states stored
    INSIDE = 4  # those of them within the constraint
    SIZE = 5  # places of the table
    ROOM = 6  # states that store and table have room for
    LIMIT = 7  # states within the constraint that may be stored
    DEEPER = 8  # whether new states may be met
    FRESH = 9  # the number of the first state of the next level
    PENDING = 10  # reachable properties and premises not seen yet, one bit each
    SOURCE = 11  # where it stopped: the place in its level of the state being expanded
    CODE = 12  # what a function returned that could not go on
    BUDGET = 13  # states to expand before returning
    DEADLOCK = 14  # whether a state without successors is an error
    TARGET = 15  # 1 if what went wrong is at a step to the state saved in scratch memory
    DONE = 16  # where the records stopped
    SHARDS = 17  # how many there are
    SHARD = 18  # which this is
    BOX = 19  # records that a box has room for
    SEEN = 20  # how many witnesses follow
    SETTLED = 21  # the number of the first candidate, see .external; NEVER if there can be none
    BEFORE = 22  # states of the next level that are on disk
    STRUCKS = 23  # candidates that were struck out
    WITNESS = 24  # numbers of states in which something pending was seen

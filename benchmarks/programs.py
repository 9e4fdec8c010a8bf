"""What is measured of the programs' surroundings: the judge of histories, and the simulator."""

from __future__ import annotations

import time
from functools import partial
from random import Random

from ballotproof.impl.host.simulator.runs import KINDS, run_of
from ballotproof.model_check.history.linearize import Budget, Undecided, linearize
from ballotproof.model_check.history.objects import REGISTER
from ballotproof.model_check.history.operation import History, Operation

from .process import Failed
from .row import Row, Settings
from .spread import repeated

__all__ = ["histories", "simulated"]

OPERATIONS, CLIENTS, VALUES = 170, 5, 3
HISTORIES = 100
"""So many are judged, half of them spoiled."""
MOST = 5_000_000
"""Configurations for one history; none needs as many."""


def histories(settings: Settings) -> list[Row]:
    """Each of many histories by itself: the slowest is what somebody may have to wait for."""
    worst = repeated(lambda: max(map(judged, range(HISTORIES))), settings.repeats)
    bar_s = 1.0
    times = worst.map(lambda x: bar_s / x)
    return [
        Row(
            f"the slowest of {HISTORIES} histories of a register, {OPERATIONS} operations of "
            f"{CLIENTS} clients, CPU",
            worst.shown(3, "s"),
            "1 s",
            "0.3 s",
            note=f"a second is {times.shown(1, 'times')} that",
        )
    ]


def judged(seed: int) -> float:
    """**Units** seconds of CPU time. **Errors** Failed when there is no verdict."""
    history = drawn(Random(seed), spoiled=seed % 2 == 1)
    begin = time.process_time()
    verdict = linearize(history, REGISTER, Budget(MOST))
    spent = time.process_time() - begin
    if isinstance(verdict, Undecided):
        raise Failed(f"history {seed} is undecided after {MOST:,} configurations")
    return spent


def drawn(random: Random, *, spoiled: bool) -> History:
    """A history of a register. Clients call as soon as they have an answer; each operation takes
    effect at some moment before its answer. Values are few, so that many orders explain a read. In
    a spoiled history one read, late in it, shows another value."""
    operations: list[Operation] = []
    called: dict[int, tuple[int, str, int | None]] = {}
    done: dict[int, int | None] = {}
    value: int | None = None
    place = 0
    while len(operations) < OPERATIONS:
        client = random.randrange(CLIENTS)
        if client not in called:
            if len(operations) + len(called) == OPERATIONS:
                continue  # what is under way is answered
            place += 1
            name = random.choice(("read", "write"))
            called[client] = (place, name, random.randrange(VALUES) if name == "write" else None)
        elif client not in done:
            _, name, argument = called[client]
            if name == "write":
                value = argument
            done[client] = value if name == "read" else None
        else:
            place += 1
            at, name, argument = called.pop(client)
            result = done.pop(client)
            operations.append(Operation(client, name, argument, at, place, result))
    if spoiled:
        reads = [i for i, x in enumerate(operations) if x.name == "read"]
        i = random.choice(reads[-10:])
        x = operations[i]
        wrong = random.choice([v for v in (*range(VALUES), None) if v != x.result])
        operations[i] = Operation(x.client, x.name, x.argument, x.called, x.returned, wrong)
    return History.of(operations)


def simulated(settings: Settings) -> list[Row]:
    """Ten runs of each kind, from the first on."""
    found = repeated(partial(events_per_second, 10 * len(KINDS)), settings.repeats)
    return [
        Row(
            f"simulator, all {len(KINDS)} kinds of runs, events per CPU second",
            found.map(lambda x: x / 1000).shown(0, "k"),
            "50 k",
        )
    ]


def events_per_second(runs: int) -> float:
    events, begin = 0, time.process_time()
    for seed in range(runs):
        events += run_of(seed).run().events
    return events / (time.process_time() - begin)

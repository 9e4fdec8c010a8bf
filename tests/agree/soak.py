"""Compare the native engine with the interpreter on as many random specifications as one likes.

``python -m tests.agree.soak --start SEED --count N`` draws the specification of each seed and
searches it by both, by machine code with every access to memory tested, with and without its
claims. It prints where it is, and so from which seed to go on; a disagreement is printed with its
seed, and the search goes on. The exit code is 1 if there was one.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence

from ballotproof.model_check.backends.native.machine import Code, Interpreted
from ballotproof.model_check.explore.search import Limits
from ballotproof.spec.lang.errors import Unsupported

from .random_specs import from_seed
from .test_native import CHECKED, agree
from .two_engines import loaded

__all__ = ["compare", "main"]

EVERY = 100


def compare(seed: int, code: Callable[[str], Code], *, states: int, both: bool = False) -> str:
    """Compare the engines on one specification: ``agree``, or ``refused`` by the native engine.

    Those with an even seed are searched without their claims; with ``both``, all in both ways.

    **Errors** AssertionError, with the seed, where the engines differ or one of them fails.
    """
    selections: tuple[tuple[str, ...] | None, ...] = (None,) if seed % 2 else ((),)
    if both:
        selections = (None, ())
    with loaded(from_seed(seed).text) as (model,):
        try:
            for selected in selections:
                agree(model, Limits(states=states), code, selected)
        except Unsupported:
            return "refused"
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error!r}") from error
    return "agree"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.agree.soak", description=__doc__)
    parser.add_argument("--start", type=int, help="the first seed; drawn if it is not given")
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--states", type=int, default=1_000, help="where a search is cut off")
    parser.add_argument(
        "--cpython", action="store_true", help="run the programs by CPython: sooner"
    )
    given = parser.parse_args(arguments)
    code = Interpreted if given.cpython else CHECKED
    start = random.randrange(1 << 40) if given.start is None else given.start
    ends: Counter[str] = Counter()
    begun_s = time.monotonic()
    print(f"seeds from {start} to {start + given.count - 1}", flush=True)
    for i, seed in enumerate(range(start, start + given.count), 1):
        try:
            ends[compare(seed, code, states=given.states, both=True)] += 1
        except AssertionError as error:
            ends["differ"] += 1
            print(f"{error}\n  python -m tests.agree.soak --start {seed} --count 1", flush=True)
        if i % EVERY == 0 or i == given.count:
            left_h = (time.monotonic() - begun_s) / i * (given.count - i) / 3600
            print(
                f"{i:,}: {dict(ends)}; {left_h:.1f} h left; to go on: "
                f"--start {seed + 1} --count {given.count - i}",
                flush=True,
            )
    return 1 if ends["differ"] else 0


if __name__ == "__main__":
    sys.exit(main())

"""Settings of the whole test run.

What `make test` says depends on the commit alone: Hypothesis draws the same examples each time.
`make test-long` draws others.
Machine code is kept beside what pytest keeps, and not among the user's.
Ctrl-C is noticed, also where a shell has started the run in the background, which ignores it.
"""

import os
import signal
from pathlib import Path

from hypothesis import settings

settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.register_profile("others", deadline=None)
settings.load_profile("same")

os.environ.setdefault(
    "BALLOTPROOF_CACHE", str(Path(__file__).resolve().parent.parent / ".pytest_cache" / "native")
)

signal.signal(signal.SIGINT, signal.default_int_handler)

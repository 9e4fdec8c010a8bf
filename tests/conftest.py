"""Settings of the whole test run.

What `make test` says depends on the commit alone: Hypothesis draws the same examples each time.
`make test-long` draws others.
"""

from hypothesis import settings

settings.register_profile("same", derandomize=True, database=None, deadline=None)
settings.register_profile("others", deadline=None)
settings.load_profile("same")

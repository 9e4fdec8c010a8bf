"""What a word that nobody knows was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["instead"]


def instead(word: str, known: Iterable[str]) -> str:
    """The known word that is nearest, as a question; all of them if none is near.

    >>> instead("sate", ["step", "with", "state"])
    'did you mean `state`?'
    >>> instead("x", ["has", "lacks"])
    'there are has, lacks'
    """
    known = list(known)
    lower = {x.lower(): x for x in known}
    near = get_close_matches(word.lower(), lower, n=1)
    if near:
        return f"did you mean `{lower[near[0]]}`?"
    return f"there are {', '.join(known)}" if known else "there are none"

"""Colour, where there is a terminal that shows it and nobody asked for none."""

from __future__ import annotations

import os
from typing import TextIO

__all__ = ["PLAIN", "Paint", "paint_for"]

CODES = {
    "action": "\x1b[1m",
    "added": "\x1b[32m",
    "removed": "\x1b[31m",
    "good": "\x1b[32m",
    "bad": "\x1b[1;31m",
    "open": "\x1b[33m",
    "dim": "\x1b[2m",
}
"""Roles, not colours: what a text is decides how it looks."""


class Paint:
    """Gives text the look of its role. Without colour the text stays as it is.

    >>> Paint(colour=False)("bad", "violated")
    'violated'
    """

    def __init__(self, *, colour: bool) -> None:
        self.colour = colour

    def __call__(self, role: str, text: str) -> str:
        return f"{CODES[role]}{text}\x1b[0m" if self.colour and text else text


PLAIN = Paint(colour=False)


def paint_for(stream: TextIO) -> Paint:
    """Colour only on a terminal; NO_COLOR (any value but the empty one) and TERM=dumb turn it off.

    **Source** https://no-color.org
    """
    off = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return Paint(colour=not off and stream.isatty())

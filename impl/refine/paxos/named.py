"""What clients of a simulated run ask for, as elements of a sort."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

__all__ = ["Named"]

Element = TypeVar("Element")


class Named(dict[bytes, Element]):
    """Elements, for what comes up, in the order in which it does.

    >>> named = Named(["v1", "v2"])
    >>> named[b"x"], named[b"y"], named[b"x"]
    ('v1', 'v2', 'v1')

    **Errors** IndexError if more comes up than there are elements.
    """

    def __init__(self, elements: Iterable[Element]) -> None:
        super().__init__()
        self.elements = tuple(elements)

    def __missing__(self, key: bytes) -> Element:
        found = self[key] = self.elements[len(self)]
        return found

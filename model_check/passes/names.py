"""Names that are used nowhere else: what keeps an expanded helper apart from its surroundings."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["Names"]


class Names:
    """The names in use in one action, property or helper.

    >>> names = Names({"m"})
    >>> names.fresh("m"), names.fresh("m"), names.fresh("vote")
    ('m_1', 'm_2', 'vote')
    """

    def __init__(self, used: Iterable[str]) -> None:
        self._used = set(used)

    def fresh(self, name: str) -> str:
        """``name`` itself if nothing has it yet, else with the least number that makes it new."""
        made, count = name, 0
        while made in self._used:
            count += 1
            made = f"{name}_{count}"
        self._used.add(made)
        return made

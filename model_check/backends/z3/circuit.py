"""Boolean circuits: conjunctions and negations, shared, and their clauses.

A *literal* is an int. ``FALSE`` is 0, ``TRUE`` is 1; every gate or input has an even literal, and
the next odd number is its negation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

__all__ = ["FALSE", "TRUE", "Circuit", "Literal", "at_most_one"]

Literal = int

FALSE: Literal = 0
TRUE: Literal = 1


class Circuit:
    """Gates that are made once, however often they are asked for.

    >>> c = Circuit()
    >>> x, y = c.input(), c.input()
    >>> c.all([x, y]) == c.all([y, TRUE, x])
    True
    >>> c.all([x, c.no(x)]) == FALSE
    True
    """

    def __init__(self) -> None:
        self._gates: list[tuple[Literal, ...] | None] = [None]
        self._shared: dict[tuple[Literal, ...], Literal] = {}

    def __len__(self) -> int:
        return len(self._gates)

    def input(self) -> Literal:
        """A fresh variable."""
        self._gates.append(None)
        return 2 * (len(self._gates) - 1)

    @staticmethod
    def no(a: Literal) -> Literal:
        return a ^ 1

    def all(self, parts: Iterable[Literal]) -> Literal:
        """The conjunction; TRUE of nothing."""
        chosen = set(parts)
        if FALSE in chosen:
            return FALSE
        chosen.discard(TRUE)
        if not chosen:
            return TRUE
        if len(chosen) == 1:
            return chosen.pop()
        if any(a ^ 1 in chosen for a in chosen):
            return FALSE
        key = tuple(sorted(chosen))
        found = self._shared.get(key)
        if found is None:
            self._gates.append(key)
            found = self._shared[key] = 2 * (len(self._gates) - 1)
        return found

    def any(self, parts: Iterable[Literal]) -> Literal:
        """The disjunction; FALSE of nothing."""
        return self.all([a ^ 1 for a in parts]) ^ 1

    def both(self, a: Literal, b: Literal) -> Literal:
        if a == TRUE:
            return b
        if b in (TRUE, a):
            return a
        if FALSE in (a, b) or a ^ 1 == b:
            return FALSE
        return self.all((a, b))

    def either(self, a: Literal, b: Literal) -> Literal:
        return self.both(a ^ 1, b ^ 1) ^ 1

    def choose(self, test: Literal, then: Literal, orelse: Literal) -> Literal:
        """``then`` if ``test``, else ``orelse``."""
        if then == orelse:
            return then
        return self.either(self.both(test, then), self.both(test ^ 1, orelse))

    def same(self, a: Literal, b: Literal) -> Literal:
        return self.choose(a, b, b ^ 1)

    def clauses(
        self, mentioned: Iterable[Literal], told: set[int]
    ) -> Iterator[tuple[Literal, ...]]:
        """What the gates below some literals mean, each clause a disjunction of literals.

        ``told`` holds the numbers of those that are left out, and takes in the others.
        """
        work = [x >> 1 for x in mentioned]
        found = []
        while work:
            number = work.pop()
            if number in told:
                continue
            told.add(number)
            parts = self._gates[number]
            if parts is not None:
                found.append(number)
                work += [part >> 1 for part in parts]
        for number in sorted(found):
            gate, parts = 2 * number, self._gates[number]
            assert parts is not None
            for part in parts:
                yield (gate ^ 1, part)
            yield (gate, *(part ^ 1 for part in parts))


def at_most_one(circuit: Circuit, literals: Sequence[Literal]) -> list[list[Literal]]:
    """Clauses by which no two of the literals are true.

    A ladder: ``some`` says that one of those so far is true, and forbids the next.
    """
    clauses: list[list[Literal]] = []
    some = FALSE
    for number, x in enumerate(literals, start=1):
        if some != FALSE:
            clauses.append([x ^ 1, some ^ 1])
        if number == len(literals):
            break
        if some == FALSE:
            some = x
            continue
        rung = circuit.input()
        clauses += [[x ^ 1, rung], [some ^ 1, rung]]
        some = rung
    return clauses

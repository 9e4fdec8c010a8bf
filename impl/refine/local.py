"""Judging an event by what one server knows, once for all worlds in which it happens.

A step of a protocol reads and writes what belongs to one server, takes one message and sends some.
So whether the specification allows it does not depend on the others. That is not taken on trust: a
step is tried on a state that has nothing but the entries of this one server, and a mailbox that
holds the one message and cannot be looked through. What servers only ever add to, a set that is
kept for a claim, is such a mailbox too. If it reads or writes anything else, it fails there, and is
judged on the whole state instead; if it succeeds, it goes the same way in every state that has
these entries and this message. In between are steps that look at the clocks of others, which are
judged once for all states with these clocks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from ...spec.lang.execute import Execution, mapped_keys, node_sort
from ...spec.lang.network import Network, SetNetwork
from ...spec.lang.protocol import Disabled
from ...spec.lang.values import Map, Set, elements
from .specification import Action

__all__ = ["LocalSteps", "OutsideError", "owner_of"]

K = TypeVar("K")
V = TypeVar("V")
M = TypeVar("M")


class OutsideError(Exception):
    """A step looked at what does not belong to its server."""


class Part(Map[K, V]):
    """The entries of a map that belong to one server. What is asked of all of them is refused."""

    __slots__ = ()
    __hash__ = None  # mutable

    def __eq__(self, other: object) -> bool:
        raise OutsideError

    def items(self) -> Any:
        raise OutsideError

    def entries(self) -> dict[K, V]:
        """For the judge."""
        return self._entries


class Mailbox(Network[M]):
    """What came in one packet, and what is sent. Which other messages there are is not told."""

    __slots__ = ("given", "out")
    __hash__ = None  # mutable

    def __init__(self, given: Sequence[M]) -> None:
        self.given = given
        self.out: set[M] = set()

    def send(self, m: M) -> None:
        self.out.add(m)

    def receive(self, m: M) -> None:
        if m not in self.given:
            raise OutsideError

    def __contains__(self, m: object) -> bool:
        if m not in self.given:
            raise OutsideError
        return True

    def __iter__(self) -> Any:
        raise OutsideError

    def __eq__(self, other: object) -> bool:
        raise OutsideError


class Record(Set[M]):
    """A set to which things are added. Which others are in it is not told."""

    __slots__ = ("given", "out")
    __hash__ = None  # mutable

    def __init__(self, given: Sequence[M]) -> None:
        self.given = given
        self.out: set[M] = set()

    def add(self, x: M) -> None:
        self.out.add(x)

    def __contains__(self, x: object) -> bool:
        if x in self.out or x in self.given:
            return True
        raise OutsideError

    def __iter__(self) -> Any:
        raise OutsideError

    def __len__(self) -> int:
        raise OutsideError

    def of(self, cls: type[Any]) -> Any:
        raise OutsideError

    def discard(self, x: M) -> None:
        raise OutsideError

    def __eq__(self, other: object) -> bool:
        raise OutsideError


def owner_of(key: Any) -> Any:
    """The server to which an entry belongs, where nothing else is said."""
    return key[0] if isinstance(key, tuple) else key


class LocalSteps:
    """The steps of a specification, as far as they belong to one server.

    Usable if all of the state belongs to servers, in maps of which they are the keys, or is on its
    way between them in networks that are sets, or in sets; ``usable`` says so. ``owner`` says whose
    the entry with a key is; ``constants`` are fields that never have another value.
    """

    def __init__(
        self,
        execution: Execution,
        owner: Callable[[Any], Any] = owner_of,
        constants: Mapping[str, Any] | None = None,
    ) -> None:
        self.execution = execution
        self.owner = owner
        self.constants = dict(constants or {})
        model = execution.model
        self.networks: list[str] = []
        self.sets: list[str] = []
        self.servers: tuple[Any, ...] = ()
        self.maps: dict[str, list[Any]] = {}
        self.usable = (
            isinstance(model.network or SetNetwork(), SetNetwork)
            and model.lengths is None
            and model.integers is None
        )
        with execution.universe:
            blank = execution.thaw(next(iter(execution.initial())))
            for name, (annotation, _) in execution.fields.items():
                value = getattr(blank, name)
                if isinstance(value, Network):
                    self.networks.append(name)
                elif isinstance(value, Set):
                    self.sets.append(name)
                elif isinstance(value, Map):
                    self.maps[name] = mapped_keys(annotation)
                elif name not in self.constants:
                    self.usable = False
            if self.usable and self.networks:
                self.servers = tuple(elements(node_sort(execution.protocol)))
            self.usable = self.usable and bool(self.servers)
        self.blank = blank

    def part(
        self, server: Any, fields: Mapping[str, Any], given: Sequence[Any], shown: str = ""
    ) -> Any:
        """The state of one server, of these fields, as an object of the specification's class. Of
        the map ``shown``, if there is one, the entries of others are there too."""
        protocol, owner = self.execution.protocol, self.owner
        state = protocol.__new__(protocol)
        for name, keys in self.maps.items():
            mine = {k: fields[name][k] for k in keys if name == shown or owner(k) is server}
            state.__dict__[name] = Part(mine)
        state.__dict__.update(self.constants)
        for name in self.networks:
            state.__dict__[name] = Mailbox(given)
        for name in self.sets:
            state.__dict__[name] = Record(given)
        return state

    def entries(self, state: Any) -> list[Any]:
        constants = [state.__dict__[name] for name in self.constants]
        return [*(state.__dict__[name].entries() for name in self.maps), *constants]

    def leads(
        self, start: Any, server: Any, actions: Sequence[Action], end: Any, sent: frozenset[Any]
    ) -> bool:
        """Whether these actions lead from one state of the server to the other, and send just these
        messages. ``start`` is used up.

        **Errors** OutsideError, or whatever the specification raises where something is missing.
        """
        for name, arguments in actions:
            if name == "restart":
                if arguments[0] is not server:
                    raise OutsideError
                self.restart(start, server)
                continue
            try:
                self.execution.actions[name](start, *arguments)
            except Disabled:
                return False
        out = frozenset[Any]().union(
            *(start.__dict__[name].out for name in (*self.networks, *self.sets))
        )
        return out == sent and self.entries(start) == self.entries(end)

    def restart(self, state: Any, server: Any) -> None:
        for name, (_, persists) in self.execution.fields.items():
            if persists == "volatile":
                entries = state.__dict__[name].entries()
                initial = getattr(self.blank, name)
                for key in entries:
                    if self.owner(key) is server:
                        entries[key] = initial[key]

"""A key-value store that takes each command of a client once, however often it is in the log.

A command is *client, number, name, key, argument*. Of each client the store keeps the number of
its last command and the answer to it, in the state that snapshots hold too, so that all copies
agree on what was done already (D. Ongaro, thesis, section 6.3). A client has one command under way
at a time.
"""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["Command", "KeyValue", "command"]

Command = tuple[int, int, str, str, Any]

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Command).decode
_known: dict[bytes, Command] = {}


def command(client: int, number: int, name: str, key: str, argument: Any) -> bytes:
    return _encode((client, number, name, key, argument))


def meaning(data: bytes) -> Command:
    found = _known.get(data)
    if found is None:
        if len(_known) > 100_000:
            _known.clear()
        found = _known[data] = _decode(data)
    return found


class KeyValue:
    """One copy."""

    __slots__ = ("applied", "sessions", "values")

    def __init__(self) -> None:
        self.applied = 0
        self.values: dict[str, Any] = {}
        self.sessions: dict[int, tuple[int, Any]] = {}

    def apply(self, index: int, data: bytes | None) -> tuple[int, int, Any] | None:
        """Do a command; whose it was, its number, and the answer. None if there is no command."""
        self.applied = index
        if data is None:
            return None
        client, number, name, key, argument = meaning(data)
        last, answer = self.sessions.get(client, (0, None))
        if number < last:
            return None  # long since answered, or given up
        if number > last:
            answer = self.act(name, key, argument)
            self.sessions[client] = (number, answer)
        return client, number, answer

    def act(self, name: str, key: str, argument: Any) -> Any:
        match name:
            case "read":
                return self.values.get(key)
            case "write":
                self.values[key] = argument
                return None
            case _:
                expected, new = argument
                if self.values.get(key) != expected:
                    return False
                self.values[key] = new
                return True

    def snapshot(self) -> bytes:
        """Everything, in an order that does not depend on the past."""
        return _encode((self.applied, sorted(self.values.items()), sorted(self.sessions.items())))

    def restore(self, data: bytes) -> None:
        self.applied, values, sessions = msgspec.msgpack.decode(
            data, type=tuple[int, list[tuple[str, Any]], list[tuple[int, tuple[int, Any]]]]
        )
        self.values, self.sessions = dict(values), dict(sessions)

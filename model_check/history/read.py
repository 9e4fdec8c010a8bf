"""Histories from files: one event per line, in the words that Jepsen made common.

::

    {"process": 0, "type": "invoke", "f": "write", "key": "x", "value": 1}
    {"process": 1, "type": "invoke", "f": "read", "key": "x"}
    {"process": 0, "type": "ok", "f": "write"}
    {"process": 1, "type": "ok", "f": "read", "value": 1}

``invoke`` is a call. Of the answers, ``ok`` says that it was done (for what gives something back,
``value`` is that), ``fail`` that it was not, and ``info`` that nobody knows; a call that nothing
follows is as one with ``info``. After ``info`` a client goes on as another process.
The answer of ``cas`` is in ``result``, and true if that is not there.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

from ...spec.lang.errors import UsageError
from .operation import GIVE_BACK, History, Operation, Value

__all__ = ["Event", "read_history"]


class Event(msgspec.Struct, frozen=True):
    """A line. What else stands on it (times, errors) is not read."""

    process: int | str
    type: Literal["invoke", "ok", "fail", "info"]
    f: str
    key: object = None
    value: object = None
    result: object = msgspec.UNSET


def read_history(path: Path) -> History:
    """The history in a file, one JSON object per line; empty lines are skipped.

    **Errors** UsageError with file and line.
    """
    reader = _Reader(path)
    for number, event in _events(path):
        reader.add(number, event)
    return History.of(reader.operations())


def _events(path: Path) -> Iterator[tuple[int, Event]]:
    decoder = msgspec.json.Decoder(Event)
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield number, decoder.decode(line)
        except (msgspec.DecodeError, RecursionError) as error:
            raise UsageError(f"{path}:{number}: this is no event of a history: {error}") from None


def _hashable(value: object) -> Value:
    """JSON as something that can be compared and remembered; true is not 1 here, nor 1 1.0."""
    match value:
        case list():
            return tuple(_hashable(x) for x in value)
        case dict():
            return ("{}", tuple(sorted((str(k), _hashable(x)) for k, x in value.items())))
        case None | str() | int() | float():
            return value
        case _:
            raise TypeError(f"{value!r} does not come from JSON")


@dataclass(slots=True)
class _Call:
    """A call, and how it ended: at which line, and with which answer."""

    line: int
    event: Event
    returned: int | None = None
    result: Value = None
    happened: bool = True


@dataclass(slots=True)
class _Reader:
    path: Path
    open: dict[Hashable, _Call] = field(default_factory=dict)
    given_up: dict[Hashable, int] = field(default_factory=dict)
    calls: list[_Call] = field(default_factory=list)

    def wrong(self, line: int, what: str) -> UsageError:
        return UsageError(f"{self.path}:{line}: {what}")

    def add(self, line: int, event: Event) -> None:
        call = self.open.get(event.process)
        if event.type == "invoke":
            if call is not None:
                raise self.wrong(
                    line,
                    f"process {event.process} calls {event.f} while its call of {call.event.f} on "
                    f"line {call.line} is open",
                )
            if event.process in self.given_up:
                raise self.wrong(
                    line,
                    f"process {event.process} did not learn what became of its call on line "
                    f"{self.given_up[event.process]}: from there on it is to be another process",
                )
            call = _Call(line, event)
            self.open[event.process] = call
            self.calls.append(call)
            return
        if call is None:
            raise self.wrong(line, f"process {event.process} is answered, and has called nothing")
        if call.event.f != event.f:
            raise self.wrong(
                line,
                f"process {event.process} gets an answer to {event.f}, and has called "
                f"{call.event.f} on line {call.line}",
            )
        del self.open[event.process]
        match event.type:
            case "ok":
                call.returned = line
                call.result = self.answer(line, event)
            case "fail":
                call.happened = False
            case "info":
                self.given_up[event.process] = call.line

    def answer(self, line: int, event: Event) -> Value:
        if event.result is not msgspec.UNSET:
            return _hashable(event.result)
        if event.f in GIVE_BACK:
            return _hashable(event.value)
        return event.f == "cas" or None

    def operations(self) -> Iterator[Operation]:
        for call in self.calls:
            if call.happened:
                yield Operation(
                    call.event.process,
                    call.event.f,
                    _hashable(call.event.value) if call.event.f not in GIVE_BACK else None,
                    call.line,
                    call.returned,
                    call.result,
                    _hashable(call.event.key),
                )

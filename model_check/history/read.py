"""Histories from files: one event per line, in the words that Jepsen made common.

::

    {"process": 0, "type": "invoke", "f": "write", "key": "x", "value": 1}
    {"process": 1, "type": "invoke", "f": "read", "key": "x"}
    {"process": 0, "type": "ok", "f": "write"}
    {"process": 1, "type": "ok", "f": "read", "value": 1}

``invoke`` is a call. Of the answers, ``ok`` says that it was done (for what gives something back,
``value`` is that), ``fail`` that it was not, and ``info`` that nobody knows; a call that nothing
follows is as one with ``info``. After ``info`` a client goes on as another process.

| operation | called with | answered with |
|---|---|---|
| ``read``, ``dequeue`` | nothing | ``value``, null for nothing |
| ``write``, ``enqueue`` | ``value`` | nothing |
| ``cas`` | ``value``, a pair: what is expected, what to write | ``result``, true if left out |

An answer may repeat the key and the value of its call, and not contradict them. ``OTHER`` are the
keys that may stand on a line and are not read; there are no more. A process that is no number, and
of which all lines are ``info``, is a nemesis: as by Jepsen's checkers, its lines are passed over.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

from ...spec.lang.errors import UsageError
from ..nearest import instead
from .operation import GIVE_BACK, History, Operation, Value

__all__ = ["Event", "read_history"]

TAKE = frozenset({"write", "enqueue", "cas"})
"""The operations that are called with a value."""

OTHER = ("index", "time", "node", "error", "exception", "note")
"""What else may stand on a line."""

EDN = """\
this is EDN, and a history has one JSON object per line, as `jet` writes them:
  sed 's/#jepsen.history.Op *//' history.edn | jet --from edn --to json > history.ndjson"""


class Event(msgspec.Struct, frozen=True):
    """A line."""

    process: int | str
    type: Literal["invoke", "ok", "fail", "info"]
    f: str
    key: object = msgspec.UNSET
    value: object = msgspec.UNSET
    result: object = msgspec.UNSET


READ = tuple(field.name for field in msgspec.structs.fields(Event))


def read_history(path: Path) -> History:
    """The history in a file, one JSON object per line; empty lines are skipped.

    **Errors** UsageError with file and line.
    """
    lines = list(_lines(path))
    named = [(raw.get("process"), raw.get("type")) for _, raw in lines]
    clients = {x for x, kind in named if isinstance(x, str) and kind != "info"}
    reader = _Reader(path)
    for number, raw in lines:
        process = raw.get("process")
        if isinstance(process, str) and process not in clients:
            continue  # a nemesis
        reader.add(number, _event(raw, f"{path}:{number}"))
    return History.of(reader.operations())


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    decoder = msgspec.json.Decoder(dict[str, Any])
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield number, decoder.decode(line)
        except (msgspec.DecodeError, RecursionError) as error:
            edn = line.lstrip(b" [(").startswith((b"{:", b"#jepsen"))
            why = EDN if edn else f"this is no event of a history: {error}"
            raise UsageError(f"{path}:{number}: {why}") from None


def _event(raw: dict[str, Any], place: str) -> Event:
    for key in raw:
        if key not in READ and key not in OTHER:
            what = f"an event has no key `{key}`; {instead(key, [*READ, *OTHER])}"
            raise UsageError(f"{place}: {what}")
    try:
        return msgspec.convert(raw, Event)
    except msgspec.ValidationError as error:
        raise UsageError(f"{place}: this is no event of a history: {error}") from None


def _hashable(value: object) -> Value:
    """JSON as something that can be compared and remembered; true is not 1 here, nor 1 1.0."""
    match value:
        case list():
            return tuple(_hashable(x) for x in value)
        case dict():
            return ("{}", tuple(sorted((str(k), _hashable(x)) for k, x in value.items())))
        case None | str() | int() | float():
            return value
        case msgspec.UNSET:
            return None
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
            self.check_call(line, event)
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
        self.check_same(line, event, call)
        del self.open[event.process]
        match event.type:
            case "ok":
                call.returned = line
                call.result = self.answer(line, event)
            case "fail":
                call.happened = False
            case "info":
                self.given_up[event.process] = call.line

    def check_call(self, line: int, event: Event) -> None:
        """Whether a call has what it is to be called with, and nothing else."""
        what, given = event.f, event.value
        if event.result is not msgspec.UNSET:
            raise self.wrong(line, f"{what} is called with a result, which only an answer has")
        if what in TAKE and given is msgspec.UNSET:
            raise self.wrong(line, f"{what} is called without a value")
        if what == "cas" and not (isinstance(given, list) and len(given) == 2):
            raise self.wrong(line, "the value of cas is a pair: what is expected, what to write")
        if what in GIVE_BACK and given is not msgspec.UNSET and given is not None:
            raise self.wrong(
                line,
                f"{what} is called with a value; if it is a pair of a key and a value (Jepsen's "
                "independent keys), give the key as `key`",
            )

    def check_same(self, line: int, event: Event, call: _Call) -> None:
        """Whether an answer repeats its call, as far as it does."""
        if event.type != "ok" and event.result is not msgspec.UNSET:
            raise self.wrong(line, f"only what is done has a result, and this is {event.type}")
        called = f"and process {event.process} has called {event.f}"
        key = _hashable(event.key)
        if key is not None and key != _hashable(call.event.key):
            of = "no key" if call.event.key is msgspec.UNSET else f"key {call.event.key}"
            raise self.wrong(
                line, f"the answer is of key {event.key}, {called} of {of} on line {call.line}"
            )
        said = event.value
        if event.f in TAKE and said not in (msgspec.UNSET, None) and said != call.event.value:
            hint = "; whether it wrote is its `result`" if event.f == "cas" else ""
            raise self.wrong(
                line,
                f"the answer is of value {said}, {called} with {call.event.value} on line "
                f"{call.line}{hint}",
            )

    def answer(self, line: int, event: Event) -> Value:
        """What an ``ok`` tells the client."""
        what, result = event.f, event.result
        if what in GIVE_BACK and result is not msgspec.UNSET:
            raise self.wrong(line, f"the answer of {what} is its `value`, and not a `result`")
        if what in GIVE_BACK and event.value is msgspec.UNSET:
            nothing = "nothing was there" if what == "dequeue" else "nothing was written"
            raise self.wrong(line, f"{what} is answered without a value; if {nothing}, it is null")
        if what in GIVE_BACK:
            return _hashable(event.value)
        if what != "cas" and result is not msgspec.UNSET:
            raise self.wrong(line, f"{what} gives nothing back, and has no result")
        if what == "cas" and result is not msgspec.UNSET and not isinstance(result, bool):
            raise self.wrong(line, f"the result of cas is true or false, not {result}")
        return result is not False if what == "cas" else None

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

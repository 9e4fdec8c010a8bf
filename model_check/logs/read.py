"""A log: one JSON object in each line. The first says of what it is a log, the others what
happened.

    {"spec": "raft.replication", "sizes": {"Server": 3, "Term": 9, "Value": 2}, "restarts": 5,
     "constants": {"max_log": 99}, "unseen": ["become_leader", "advance_commit"]}
    {"step": "timeout", "with": {"s": "s1", "t": "t1"}}
    {"step": "request_vote", "with": {"s": "s1", "r": "s2"}, "state": {"role": {"s1": "CANDIDATE"}}}

``step`` is an action, or several that it may have been; without it the line tells a state only.
``with`` are some of its arguments, ``state`` is something of the state after it. ``unseen`` are the
actions that may happen without a line; all, if it is left out. Of several logs (one of each
server), lines are ordered by ``at``, a logical clock. ``note`` is for whoever writes the log, and
not read; there are no other keys.

A server that is killed may leave the beginning of a line. It is passed over, and said to be, if it
is the last of its file, has no end of line, and is cut off and not wrong: whatever it was going to
say, other servers were not told yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from ...spec.lang.errors import UsageError
from ..nearest import instead

__all__ = ["Head", "Line", "Logs", "read_logs"]


OF_HEADS = ("spec", "sizes", "constants", "network", "restarts", "unseen", "note")
OF_LINES = ("step", "with", "state", "at", "note")


class Head(msgspec.Struct):
    """Of what it is a log: a specification, and an instance of it. ``place`` as in a line."""

    spec: str = ""
    sizes: dict[str, int] = {}
    constants: dict[str, Any] = {}
    network: str = ""
    restarts: int = 0
    unseen: list[str] | None = None
    place: str = ""


class Line(msgspec.Struct, rename={"arguments": "with"}):
    """What happened. ``place`` is the file and the number of the line."""

    step: str | list[str] | None = None
    arguments: dict[str, Any] = {}
    state: dict[str, Any] = {}
    at: int = 0
    place: str = ""

    @property
    def steps(self) -> tuple[str, ...]:
        if self.step is None:
            return ()
        return (self.step,) if isinstance(self.step, str) else tuple(self.step)


class Logs(msgspec.Struct):
    """``lines`` are those of all files, in order; ``cut`` are the places of lines that are cut off,
    and not among them."""

    head: Head
    lines: list[Line]
    cut: list[str]


def read_logs(paths: Sequence[Path]) -> Logs:
    """The head, which all files share or only one has, and the lines of all, in order.

    **Errors** UsageError, with file and line.
    """
    heads: list[Head] = []
    lines: list[Line] = []
    cut: list[str] = []
    for path in paths:
        texts, rest = _text(path)
        if _cut_off(rest):
            cut.append(f"{path}:{len(texts) + 1}")
        else:
            texts += _decoded(rest, path)
        for number, text in enumerate(texts, 1):
            place = f"{path}:{number}"
            if not text.strip():
                continue
            raw = _object(text, place)
            if not set(raw).isdisjoint(OF_HEADS[:-1]):
                heads.append(_head(raw, place))
            else:
                lines.append(_line(raw, place))
    if not heads:
        raise UsageError(f"{paths[0]}: no line says of what this is a log (a spec, sizes)")
    for head in heads[1:]:
        if msgspec.structs.replace(head, place=heads[0].place) != heads[0]:
            raise UsageError(f"{head.place}: a log of something else than {heads[0].place} is")
    lines.sort(key=lambda line: line.at)
    return Logs(heads[0], lines, cut)


def _head(raw: dict[str, Any], place: str) -> Head:
    _known(raw, OF_HEADS, "the line that says of what this is a log", place)
    head: Head = _as(Head, raw, place)
    head.place = place
    return head


def _line(raw: dict[str, Any], place: str) -> Line:
    _known(raw, OF_LINES, "a line", place)
    if {"step", "state"}.isdisjoint(raw):
        raise UsageError(f"{place}: this line says neither a step nor a state")
    if raw.get("step") is None and "with" in raw:
        raise UsageError(f"{place}: `with` are arguments of a step, and this line has no `step`")
    line: Line = _as(Line, raw, place)
    line.place = place
    return line


def _known(raw: dict[str, Any], known: Sequence[str], of: str, place: str) -> None:
    for key in raw:
        if key not in known:
            raise UsageError(f"{place}: {of} has no key `{key}`; {instead(key, known)}")


def _text(path: Path) -> tuple[list[str], bytes]:
    """The lines that have an end, and what follows the last of them."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    whole = data.rfind(b"\n") + 1
    return _decoded(data[:whole], path), data[whole:]


def _decoded(data: bytes, path: Path) -> list[str]:
    try:
        return data.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise UsageError(f"{path}: this is no text in UTF-8") from None


def _cut_off(rest: bytes) -> bool:
    """Whether this is the beginning of a JSON object, and not all of it. A number may be cut off
    where it needs another digit."""
    return rest.startswith(b"{") and (_truncated(rest) or _truncated(rest + b"0"))


def _truncated(text: bytes) -> bool:
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        return "truncated" in str(error)
    except (UnicodeDecodeError, RecursionError):
        return False
    return False


def _object(text: str, place: str) -> dict[str, Any]:
    try:
        raw = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UsageError(f"{place}: this is no JSON: {error}") from None
    if not isinstance(raw, dict):
        raise UsageError(f"{place}: this is no JSON object")
    return raw


def _as(kind: type[Any], raw: dict[str, Any], place: str) -> Any:
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise UsageError(f"{place}: {error}") from None

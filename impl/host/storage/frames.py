"""How records stand in a file: in frames, each with a checksum.

A frame is *kind, number, count, before, length, checksum, payload*: four letters, then numbers in
big-endian order. ``before`` is the checksum of the frame before it, so that a frame that was left
over from another time fits nowhere. ``checksum`` covers all the rest: a CRC of 32 bits (zlib's),
which notices every burst of up to 32 bits, and lets one in 2**32 of all other changes pass.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Frame", "HEADER_BYTES", "frame_at", "frames_behind", "packed", "records_of"]

HEADER = struct.Struct(">4sQIIII")
HEADER_BYTES = HEADER.size
LENGTH = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Frame:
    """``number`` and ``count`` are of the records in it, ``end`` is the offset behind it."""

    kind: bytes
    number: int
    count: int
    before: int
    checksum: int
    payload: bytes
    end: int


def packed(
    kind: bytes, number: int, records: Sequence[bytes], before: int = 0
) -> tuple[bytes, int]:
    """A frame with these records, as bytes, and its checksum."""
    payload = b"".join(part for r in records for part in (LENGTH.pack(len(r)), r))
    head = HEADER.pack(kind, number, len(records), before, len(payload), 0)
    checksum = zlib.crc32(payload, zlib.crc32(head))
    return HEADER.pack(kind, number, len(records), before, len(payload), checksum) + payload, (
        checksum
    )


def frame_at(data: bytes, offset: int, kind: bytes) -> Frame | None:
    """The whole, undamaged frame of this kind that begins here, if there is one."""
    if offset + HEADER_BYTES > len(data):
        return None
    found, number, count, before, length, checksum = HEADER.unpack_from(data, offset)
    end = offset + HEADER_BYTES + length
    if found != kind or end > len(data):
        return None
    payload = data[offset + HEADER_BYTES : end]
    head = HEADER.pack(found, number, count, before, length, 0)
    if zlib.crc32(payload, zlib.crc32(head)) != checksum:
        return None
    return Frame(kind, number, count, before, checksum, payload, end)


def frames_behind(data: bytes, offset: int, kind: bytes) -> Iterable[Frame]:
    """Every undamaged frame of this kind that begins anywhere behind an offset."""
    while (offset := data.find(kind, offset + 1)) >= 0:
        frame = frame_at(data, offset, kind)
        if frame is not None:
            yield frame


def records_of(frame: Frame) -> list[bytes]:
    """The records in a frame, in order."""
    found, offset = [], 0
    while offset < len(frame.payload):
        (length,) = LENGTH.unpack_from(frame.payload, offset)
        offset += LENGTH.size
        found.append(frame.payload[offset : offset + length])
        offset += length
    return found

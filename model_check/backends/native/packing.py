"""States as few bytes: the bits of all words, one after the other.

A program computes with *words* that use up to 63 bits, no value straddling two. What is kept of a
state is its *key*: the bits that are used, without gaps, in as many bytes as they need. Keys are
compared, hashed and stored; a state is unpacked when it is expanded or judged. The byte after each
stored key is the number of the action that has led there.

Bytes stand lowest first, as in the machines that the native engine runs on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from .layout import Layout

__all__ = ["Packing"]

WORD = 64


@dataclass(frozen=True)
class Packing:
    """How a state of so many bits in each word is packed."""

    widths: tuple[int, ...]

    @classmethod
    def of(cls, layout: Layout) -> Packing:
        widths = [0] * layout.words
        for places in layout.places.values():
            for p in places:
                widths[p.word] = max(widths[p.word], p.offset + p.lane.width)
        return cls(tuple(widths))

    @property
    def bits(self) -> int:
        return sum(self.widths)

    @cached_property
    def size(self) -> int:
        """Bytes of a key; at least one."""
        return max(1, -(-self.bits // 8))

    @cached_property
    def words(self) -> int:
        """Words of a key, the last of which may not be full."""
        return -(-self.size // 8)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """The bit of the key at which each word of the state begins."""
        return tuple(sum(self.widths[:i]) for i in range(len(self.widths)))

    @property
    def stride(self) -> int:
        """Bytes from one stored key to the next."""
        return self.size + 1

    # -------------------------------------------------------------------------- in Python
    def pack(self, words: list[int]) -> bytes:
        """The key of a state.

        >>> Packing((3, 9)).pack([0b101, 0b1_1111_0000]) == bytes([0b1000_0101, 0b1111])
        True
        """
        whole = sum(word << start for word, start in zip(words, self.starts, strict=True))
        return whole.to_bytes(self.size, "little")

    def unpack(self, key: bytes) -> list[int]:
        """The words of a state.

        >>> Packing((3, 9)).unpack(bytes([0b1000_0101, 0b1111])) == [0b101, 0b1_1111_0000]
        True
        """
        whole = int.from_bytes(key, "little")
        pairs = zip(self.starts, self.widths, strict=True)
        return [whole >> start & (1 << width) - 1 for start, width in pairs]

    # ------------------------------------------------------------------------ as a program
    def text(self) -> str:
        """The functions that do this in a generated program, ``ldu`` and ``stu`` being accesses to
        eight bytes anywhere."""
        return "\n\n".join(
            [self._pack(), self._unpack(), self._put(), self._fetch(), self._agree()]
        )

    def _pack(self) -> str:
        """``pack(p, i, q, j)``: the key of the state at word ``i`` of ``p``, to word ``j``."""
        lines = ["def pack(p, i, q, j):"]
        for k in range(self.words):
            terms = [
                _shifted(f"ld(p, i + {w})", start - WORD * k)
                for w, (start, width) in enumerate(zip(self.starts, self.widths, strict=True))
                if start < WORD * (k + 1) and start + width > WORD * k
            ]
            lines.append(f"    sto(q, j + {k}, {' | '.join(terms) or '0'})")
        return "\n".join([*lines, "    return 0"])

    def _unpack(self) -> str:
        """``unpack(q, j, p, i)``: back again."""
        lines = ["def unpack(q, j, p, i):"]
        for w, (start, width) in enumerate(zip(self.starts, self.widths, strict=True)):
            terms = [
                _shifted(f"ld(q, j + {k})", WORD * k - start)
                for k in range(self.words)
                if start < WORD * (k + 1) and start + width > WORD * k
            ]
            whole = " | ".join(terms) or "0"
            lines.append(f"    sto(p, i + {w}, ({whole}) & {(1 << width) - 1})")
        return "\n".join([*lines, "    return 0"])

    def _put(self) -> str:
        """``put(q, j, st, b, a)``: store a key and its action at byte ``b``. What follows is
        overwritten, so keys are stored in order."""
        lines = ["def put(q, j, st, b, a):"]
        lines += [f"    stu(st, b + {8 * k}, ld(q, j + {k}))" for k in range(self.words)]
        return "\n".join([*lines, f"    return st8(st, b + {self.size}, a)"])

    def _fetch(self) -> str:
        """``fetch(st, b, q, j)``: a stored key."""
        lines = ["def fetch(st, b, q, j):"]
        lines += [f"    sto(q, j + {k}, {self._stored(k)})" for k in range(self.words)]
        return "\n".join([*lines, "    return 0"])

    def _agree(self) -> str:
        """``agree(st, b, q, j)``: whether the key stored at byte ``b`` is this one."""
        tests = [f"{self._stored(k)} == ld(q, j + {k})" for k in range(self.words)]
        return f"def agree(st, b, q, j):\n    return {' and '.join(tests)}"

    def _stored(self, k: int) -> str:
        whole = f"ldu(st, b + {8 * k})"
        left = self.size - 8 * k
        return whole if left >= 8 else f"{whole} & {(1 << 8 * left) - 1}"


def _shifted(x: str, left: int) -> str:
    """The word ``x`` shifted; bits beyond either end of 64 are lost."""
    if left == 0:
        return x
    if left > 0:
        factor = 1 << left
        return f"wmul({x}, {factor - (1 << 64) if factor >> 63 else factor})"
    return f"lshr({x}, {-left})"

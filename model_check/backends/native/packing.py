"""States as few bytes: the bits of all words, one after the other.

A program computes with *words* that use up to 63 bits, no value straddling two. What is kept of a
state is its *key*: the bits that are used, without gaps, in as many bytes as they need. Keys are
compared, hashed and stored, one after the other; a state is unpacked when it is expanded or judged.

Bits of sets whose elements are believed never to occur (:mod:`.patterns`) are not kept. ``kept``
tests that none is set.

Bytes stand lowest first, as in the machines that the native engine runs on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from .intrinsics import gather, scatter
from .layout import Layout

__all__ = ["Packing"]

WORD = 64


@dataclass(frozen=True)
class Packing:
    """How a state of so many bits in each word is packed."""

    masks: tuple[int, ...]
    """The bits of each word that are kept."""
    never: tuple[tuple[int, tuple[int, ...]], ...] = ()
    """Bits of each word of which it is believed that they are never set, under the number of the
    bound that says so."""

    @classmethod
    def of(cls, layout: Layout) -> Packing:
        masks, never = layout.kept()
        bounds = layout.bounds
        return cls(masks, tuple((bounds.number("pattern", x), row) for x, row in never.items()))

    @classmethod
    def dense(cls, widths: tuple[int, ...]) -> Packing:
        """All of the lowest so many bits of each word."""
        return cls(tuple((1 << width) - 1 for width in widths))

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """Bits kept of each word."""
        return tuple(mask.bit_count() for mask in self.masks)

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

    # -------------------------------------------------------------------------- in Python
    def pack(self, words: list[int]) -> bytes:
        """The key of a state.

        >>> Packing.dense((3, 9)).pack([0b101, 0b1_1111_0000]) == bytes([0b1000_0101, 0b1111])
        True
        """
        triples = zip(words, self.masks, self.starts, strict=True)
        whole = sum(gather(word, mask) << start for word, mask, start in triples)
        return whole.to_bytes(self.size, "little")

    def unpack(self, key: bytes) -> list[int]:
        """The words of a state.

        >>> Packing.dense((3, 9)).unpack(bytes([0b1000_0101, 0b1111])) == [0b101, 0b1_1111_0000]
        True
        """
        whole = int.from_bytes(key, "little")
        triples = zip(self.starts, self.widths, self.masks, strict=True)
        return [scatter(whole >> start & (1 << w) - 1, mask) for start, w, mask in triples]

    def without_place(self, words: list[int]) -> int | None:
        """The number of a bound that a state breaks, if it has a bit set that is not kept."""
        for number, row in self.never:
            if any(word & mask for word, mask in zip(words, row, strict=True)):
                return number
        return None

    # ------------------------------------------------------------------------ as a program
    def text(self) -> str:
        """The functions that do this in a generated program, ``ldu`` and ``stu`` being accesses to
        eight bytes anywhere."""
        return "\n\n".join(
            [
                f"NARROWED = {int(bool(self.never))}",
                self._kept(),
                self._pack(),
                self._unpack(),
                self._put(),
                self._move(),
                self._fetch(),
                self._agree(),
            ]
        )

    def _kept(self) -> str:
        """``kept(p, i)``: 0 if every bit that is set in the state at word ``i`` is kept; else what
        a function returns that could not go on."""
        lines = ["def kept(p, i):"]
        if len(self.never) > 1:
            columns = [(w, sum(row[w] for _, row in self.never)) for w in range(len(self.masks))]
            lines += [f"    if ({_any(columns)}) == 0:", "        return 0"]
        for number, row in self.never:
            lines += [f"    if {_any(list(enumerate(row)))}:", f"        return {-2 - number}"]
        return "\n".join([*lines, "    return 0"])

    def _pack(self) -> str:
        """``pack(p, i, q, j)``: the key of the state at word ``i`` of ``p``, to word ``j``."""
        lines = ["def pack(p, i, q, j):"]
        for w, mask in enumerate(self.masks):
            word = f"ld(p, i + {w})"
            lines.append(f"    w{w} = {word if _is_low(mask) else f'gather({word}, {mask})'}")
        for k in range(self.words):
            terms = [
                _shifted(f"w{w}", start - WORD * k)
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
            whole = f"({' | '.join(terms) or '0'}) & {(1 << width) - 1}"
            if not _is_low(self.masks[w]):
                whole = f"scatter({whole}, {self.masks[w]})"
            lines.append(f"    sto(p, i + {w}, {whole})")
        return "\n".join([*lines, "    return 0"])

    def _put(self) -> str:
        """``put(q, j, st, b)``: store a key at byte ``b``. What follows is overwritten, so keys are
        stored in order."""
        lines = ["def put(q, j, st, b):"]
        lines += [f"    stu(st, b + {8 * k}, ld(q, j + {k}))" for k in range(self.words)]
        return "\n".join([*lines, "    return 0"])

    def _move(self) -> str:
        """``move(q, j, st, b)``: the same, and what follows stays as it is."""
        lines = ["def move(q, j, st, b):"]
        for k in range(self.words):
            word, left = f"ld(q, j + {k})", self.size - 8 * k
            if left < 8:
                word += f" | ldu(st, b + {8 * k}) & {-(1 << 8 * left)}"
            lines.append(f"    stu(st, b + {8 * k}, {word})")
        return "\n".join([*lines, "    return 0"])

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


def _is_low(mask: int) -> bool:
    """Whether these are the lowest bits."""
    return mask & (mask + 1) == 0


def _any(columns: list[tuple[int, int]]) -> str:
    """Whether a bit of these masks is set in the state at word ``i`` of ``p``."""
    return " | ".join(f"ld(p, i + {w}) & {mask}" for w, mask in columns if mask)


def _shifted(x: str, left: int) -> str:
    """The word ``x`` shifted; bits beyond either end of 64 are lost."""
    if left == 0:
        return x
    if left > 0:
        factor = 1 << left
        return f"wmul({x}, {factor - (1 << 64) if factor >> 63 else factor})"
    return f"lshr({x}, {-left})"

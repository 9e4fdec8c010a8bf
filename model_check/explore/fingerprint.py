"""What a search rests on that keeps fingerprints of states in the place of states."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Fingerprint"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """How states were told apart where fingerprints were asked for.

    ``bits`` is None where a state takes no more than a fingerprint would: then states are kept, and
    nothing can be omitted. ``key_bytes`` is what a state takes, ``seed`` says which function was
    drawn, ``kept`` how many fingerprints there are.
    """

    bits: int | None
    key_bytes: int
    seed: int
    kept: int

    @property
    def omission(self) -> float:
        """The probability that a state was omitted is below this: n(n + 1)/2 pairs of the n states
        kept and one more, each with one chance in 2^bits.

        The search is that of all states until it omits the first one. So if it omits any, and keeps
        n, then two of the first n + 1 states that there are to meet share a fingerprint.

        >>> Fingerprint(bits=8, key_bytes=20, seed=0, kept=7).omission == 28 / 256
        True
        """
        if self.bits is None:
            return 0.0
        return min(1.0, self.kept * (self.kept + 1) / 2 / (1 << self.bits))

    @property
    def seed_text(self) -> str:
        """As ``--fingerprint-seed`` takes it."""
        return f"{self.seed:032x}"

    def text(self) -> str:
        """In words.

        >>> Fingerprint(bits=None, key_bytes=14, seed=0, kept=9).text()
        'states told apart as a whole: one takes 14 bytes, no more than a fingerprint of 128 bits'
        >>> print(Fingerprint(bits=128, key_bytes=40, seed=255, kept=8_220_065).text())
        states told apart by 128-bit fingerprints; the probability that any was omitted is below \
1.0e-25 (--fingerprint-seed 000000000000000000000000000000ff)
        """
        if self.bits is None:
            return (
                f"states told apart as a whole: one takes {self.key_bytes} bytes, no more than a "
                "fingerprint of 128 bits"
            )
        return (
            f"states told apart by {self.bits}-bit fingerprints; the probability that any was "
            f"omitted is below {rounded_up(self.omission)} (--fingerprint-seed {self.seed_text})"
        )


def rounded_up(x: float) -> str:
    """Two digits, never less than the number.

    >>> rounded_up(1.01e-25), rounded_up(1.0)
    ('1.1e-25', '1.0e+00')
    """
    text = f"{x:.1e}"
    if float(text) < x:
        digits, _, power = text.partition("e")
        text = f"{float(f'{float(digits) + 0.1:.1f}e{power}'):.1e}"
    return text

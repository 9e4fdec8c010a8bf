"""States as bytes: nothing is lost, and nothing but the state decides."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from ballotproof.model_check.backends.native.machine import Compiled, Interpreted
from ballotproof.model_check.backends.native.packing import Packing

WIDTHS = st.lists(st.integers(0, 63), min_size=1, max_size=5).map(tuple)


MASKS = st.lists(st.integers(0, (1 << 63) - 1), min_size=1, max_size=5).map(tuple)


@given(MASKS, st.data())
def test_words_survive_of_which_some_bits_are_kept(
    masks: tuple[int, ...], data: st.DataObject
) -> None:
    packing = Packing(masks)
    words = [data.draw(st.integers(0, (1 << 63) - 1)) & mask for mask in masks]
    assert packing.unpack(packing.pack(words)) == words


@given(WIDTHS, st.data())
def test_words_survive(widths: tuple[int, ...], data: st.DataObject) -> None:
    packing = Packing.dense(widths)
    words = [data.draw(st.integers(0, (1 << w) - 1)) for w in widths]
    key = packing.pack(words)
    assert len(key) == packing.size
    assert packing.unpack(key) == words


def program(packing: Packing) -> str:
    """The functions of a packing, called through names that are exported."""
    return f"""{packing.text()}

def run(m, q, st, b):
    pack(m, 0, q, 0)
    return put(q, 0, st, b)

def accept(q, st, b, m):
    fetch(st, b, q, 0)
    unpack(q, 0, m, 0)
    return agree(st, b, q, 0)

def recount(q, st, b, k):
    fetch(st, b, q, 0)
    sto(q, k, ld(q, k) ^ 1)
    return agree(st, b, q, 0)
"""


def test_a_bit_that_is_not_kept_is_noticed() -> None:
    packing = Packing((0b1101, 0b11), ((3, (0b10, 0)), (5, (0, 0b100))))
    for code in (
        Interpreted(packing.text()),
        Compiled(packing.text().replace("def kept(", "def run("), checked=True, cache=False),
    ):
        ask = code.function("kept" if isinstance(code, Interpreted) else "run")
        given_words = code.memory(2)
        for words, number in (([0b1101, 3], None), ([0b10, 0], 3), ([0, 0b100], 5), ([2, 4], 3)):
            given_words[0], given_words[1] = words
            assert packing.without_place(words) == number
            assert ask(given_words, 0) == (0 if number is None else -2 - number)


def test_machine_code_packs_as_python_does() -> None:
    chance = random.Random(0)
    dense = ((1,), (63,), (64 - 7, 7), (57, 63, 45), (3, 63, 63, 1), (8,), (0, 5), (63, 2))
    packings = [Packing.dense(widths) for widths in dense]
    packings += [
        Packing(tuple(chance.getrandbits(63) & chance.getrandbits(63) for _ in range(n)))
        for n in (1, 2, 5)
    ]
    packings += [Packing((0b111000, 0b110011, 1 << 62)), Packing((0, 0b1010101010))]
    for packing in packings:
        widths = packing.masks
        source = program(packing)
        for code in (Interpreted(source), Compiled(source, checked=True, cache=False)):
            given_words, back = code.memory(len(widths)), code.memory(len(widths))
            key = code.memory(packing.words)
            stored = code.memory(3 * packing.size // 8 + 2)
            states = [[chance.getrandbits(63) & m for m in packing.masks] for _ in range(3)]
            for at, words in enumerate(states):
                for i, word in enumerate(words):
                    given_words[i] = word
                code.function("run")(given_words, key, stored, at * packing.size)
            for at, words in enumerate(states):
                start = at * packing.size
                with code.view(stored, start, packing.size) as view:
                    assert bytes(view) == packing.pack(words)
                assert code.function("accept")(key, stored, start, back) == 1
                assert [back[i] for i in range(len(widths))] == words
                for k in range(packing.words):
                    assert code.function("recount")(key, stored, start, k) == 0

"""States as bytes: nothing is lost, and nothing but the state decides."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from ballotproof.model_check.backends.native.machine import Compiled, Interpreted
from ballotproof.model_check.backends.native.packing import Packing

WIDTHS = st.lists(st.integers(0, 63), min_size=1, max_size=5).map(tuple)


@given(WIDTHS, st.data())
def test_words_survive(widths: tuple[int, ...], data: st.DataObject) -> None:
    packing = Packing(widths)
    words = [data.draw(st.integers(0, (1 << w) - 1)) for w in widths]
    key = packing.pack(words)
    assert len(key) == packing.size
    assert packing.unpack(key) == words


def program(packing: Packing) -> str:
    """The functions of a packing, called through names that are exported."""
    return f"""{packing.text()}

def run(m, q, st, b):
    pack(m, 0, q, 0)
    return put(q, 0, st, b, 77)

def accept(q, st, b, m):
    fetch(st, b, q, 0)
    unpack(q, 0, m, 0)
    return agree(st, b, q, 0) and ld8(st, b + {packing.size}) == 77

def recount(q, st, b, k):
    fetch(st, b, q, 0)
    sto(q, k, ld(q, k) ^ 1)
    return agree(st, b, q, 0)
"""


def test_machine_code_packs_as_python_does() -> None:
    chance = random.Random(0)
    for widths in ((1,), (63,), (64 - 7, 7), (57, 63, 45), (3, 63, 63, 1), (8,), (0, 5), (63, 2)):
        packing = Packing(widths)
        source = program(packing)
        for code in (Interpreted(source), Compiled(source, checked=True, cache=False)):
            given_words, back = code.memory(len(widths)), code.memory(len(widths))
            key = code.memory(packing.words)
            stored = code.memory(3 * packing.stride // 8 + 2)
            states = [[chance.randrange(1 << w) for w in widths] for _ in range(3)]
            for at, words in enumerate(states):
                for i, word in enumerate(words):
                    given_words[i] = word
                code.function("run")(given_words, key, stored, at * packing.stride)
            for at, words in enumerate(states):
                start = at * packing.stride
                with code.view(stored, start, packing.size) as view:
                    assert bytes(view) == packing.pack(words)
                assert code.function("accept")(key, stored, start, back) == 1
                assert [back[i] for i in range(len(widths))] == words
                for k in range(packing.words):
                    assert code.function("recount")(key, stored, start, k) == 0

"""Running a generated program: as machine code, or by CPython, which the tests compare.

Machine code is kept between runs (:mod:`.cache`).
"""

from __future__ import annotations

import ctypes
import mmap
import re
import sys
from array import array
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from ....spec.lang.errors import InternalError
from . import intrinsics, objects
from .broken import BoundBroken, Breach
from .cache import Cache, folder, key
from .interface import EXPORTED

__all__ = ["Code", "Compiled", "Interpreted", "Memory"]

Function = Callable[..., int]


class Memory(Protocol):
    """So many words, zero at first."""

    def __getitem__(self, at: int, /) -> int: ...
    def __setitem__(self, at: int, value: int, /) -> None: ...
    def __len__(self) -> int: ...


class Code(Protocol):
    """A program that can be run, and memories for it. ``half`` memories hold half words.

    A memory that has ``grown`` replaces the one that it was made of. ``view`` is a memory as so
    many bytes from one on, to be released before the memory grows.
    """

    def function(self, name: str) -> Function: ...
    def memory(self, words: int, *, half: bool = False) -> Any: ...
    def grown(self, memory: Any, words: int, *, half: bool = False) -> Any: ...
    def view(self, memory: Any, first: int, size: int) -> memoryview: ...


# --------------------------------------------------------------------------------- by CPython
class Interpreted:
    """The program run by CPython: for tests, and to see what it does."""

    def __init__(self, source: str) -> None:
        self._names: dict[str, Any] = {x: getattr(intrinsics, x) for x in intrinsics.__all__}
        code = compile(_from_zero(source), "<native>", "exec")
        exec(code, self._names)  # made by kernel, of the IR alone

    def function(self, name: str) -> Function:
        found: Function = self._names[name]
        return found

    def memory(self, words: int, *, half: bool = False) -> Any:
        return array("i" if half else "q", bytes((4 if half else 8) * words))

    def grown(self, memory: Any, words: int, *, half: bool = False) -> Any:
        made = self.memory(words, half=half)
        made[: len(memory)] = memory
        return made

    def view(self, memory: Any, first: int, size: int) -> memoryview:
        return memoryview(memory).cast("B")[first : first + size]


ASSIGNED = re.compile(r"^ +(\w+) = ", re.MULTILINE)


def _from_zero(source: str) -> str:
    """The program, with every local of a function given the value that it has in machine code
    before any other."""
    first, *functions = re.split(r"^(?=def )", source, flags=re.MULTILINE)
    made = [first]
    for text in functions:
        head, _, body = text.partition("\n")
        parameters = set(head[head.index("(") + 1 : head.rindex(")")].split(", "))
        found = [x for x in dict.fromkeys(ASSIGNED.findall(body)) if x not in parameters]
        zeros = f"    {' = '.join(found)} = 0\n" if found else ""
        made.append(f"{head}\n{zeros}{body}")
    return "".join(made)


# ---------------------------------------------------------------------------- by the machine
class NativeMemory:
    """Words outside of Python's heap. They are given by the system when they are first written, so
    that room which is not used costs nothing."""

    HEADER = 1  # words before the first: how many there are

    def __init__(self, words: int, *, half: bool = False) -> None:
        self._kind: Any = ctypes.c_int32 if half else ctypes.c_int64
        size = self._bytes(words)
        if hasattr(mmap, "MAP_PRIVATE"):
            self._map = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        else:
            self._map = mmap.mmap(-1, size)
        self._seat(words)

    def _bytes(self, words: int) -> int:
        whole = -(-words * ctypes.sizeof(self._kind) // 8)
        return 8 * (whole + self.HEADER)

    def _seat(self, words: int) -> None:
        """Learn where the memory lies."""
        self._held: Any = ctypes.c_char.from_buffer(self._map)
        self.address = ctypes.addressof(self._held) + 8 * self.HEADER
        self._words = (self._kind * words).from_address(self.address)
        header = ctypes.c_int64.from_address(self.address - 8 * self.HEADER)
        header.value = self._bytes(words) // 8 - self.HEADER
        self._size = words
        if len(self._map) >= LARGE_BYTES and hasattr(mmap, "MADV_HUGEPAGE"):
            with suppress(OSError):  # a kernel without huge pages
                self._map.madvise(mmap.MADV_HUGEPAGE)

    def __getitem__(self, at: int) -> int:
        value: int = self._words[at]
        return value

    def __setitem__(self, at: int, value: int) -> None:
        self._words[at] = value

    def __len__(self) -> int:
        return self._size

    def view(self, first: int, size: int) -> memoryview:
        first += 8 * self.HEADER
        return memoryview(self._map)[first : first + size]

    def resize(self, words: int) -> bool:
        """More room, without a copy; False where the system cannot do that.
        **Errors** OSError, ValueError when there is none."""
        if sys.platform != "linux":
            return False
        self._held = None
        try:
            self._map.resize(self._bytes(words))
        except SystemError:
            words = self._size
            return False
        finally:
            self._seat(words if len(self._map) >= self._bytes(words) else self._size)
        return True

    def copy_from(self, other: NativeMemory) -> None:
        size = min(ctypes.sizeof(self._words), ctypes.sizeof(other._words))
        ctypes.memmove(self.address, other.address, size)


LARGE_BYTES = 1 << 22
"""Memories of this size are asked for in huge pages: they are reached into at random."""


class Compiled:
    """The program as code of this machine."""

    def __init__(
        self,
        source: str,
        *,
        checked: bool = False,
        cache: bool = True,
        exported: tuple[str, ...] = EXPORTED,
    ) -> None:
        self._sizes = {
            line[4 : line.index("(")]: line.count(",") + 1
            for line in source.splitlines()
            if line.startswith("def ") and line[4 : line.index("(")] in exported
        }
        self._engine = _engine(source, checked, Cache(folder() if cache else None), exported)
        self._source = source
        self._broken: Callable[[int], int] | None = None
        if checked:
            address = self._engine.get_function_address("broken")
            self._broken = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(address)

    def function(self, name: str) -> Function:
        address = self._engine.get_function_address(name)
        if not address:
            raise InternalError(f"the program has no function {name}")
        call = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * self._sizes[name])(address)

        def run(*args: Any) -> int:
            given = (x.address if isinstance(x, NativeMemory) else x for x in args)
            result: int = call(*given)
            if self._broken is not None:
                noted, number, limit = map(self._broken, range(3))
                if noted:
                    line, breach = divmod(noted, 4)
                    raise BoundBroken(self._source, line, Breach(breach), number, limit)
            return result

        return run

    def memory(self, words: int, *, half: bool = False) -> NativeMemory:
        try:
            return NativeMemory(words, half=half)
        except (OSError, ValueError, OverflowError) as error:
            raise MemoryError from error

    def grown(self, memory: NativeMemory, words: int, *, half: bool = False) -> NativeMemory:
        try:
            if memory.resize(words):
                return memory
        except (OSError, ValueError, OverflowError) as error:
            raise MemoryError from error
        made = self.memory(words, half=half)
        made.copy_from(memory)
        return made

    def view(self, memory: NativeMemory, first: int, size: int) -> memoryview:
        return memory.view(first, size)


def _engine(source: str, checked: bool, cache: Cache, exported: tuple[str, ...]) -> Any:
    name = key([*objects.identity(), *exported, str(checked), source])
    kept = cache.get(name)
    if kept is not None:
        return objects.loaded(kept)
    from .emit import to_llvm  # noqa: PLC0415  # only when there is something to translate

    engine, code = objects.machine_code(to_llvm(source, exported, checked=checked))
    cache.put(name, code)
    return engine

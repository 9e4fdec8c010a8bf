"""LLVM assembly, written as text while it is made.

As much of ``llvmlite.ir`` as :mod:`.emit` uses, under the same names, in a fraction of the time: a
value is the text by which instructions name it, and an instruction is a line of its block.

**Source** the LLVM Language Reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = [
    "ArrayType", "Block", "Function", "GlobalVariable", "IRBuilder", "IntType", "Module", "Phi",
    "PointerType", "Type", "Value", "VoidType",
]  # fmt: skip


# --------------------------------------------------------------------------------------- types
@dataclass(frozen=True, slots=True)
class IntType:
    """Integers of so many bits; called with a number, the constant."""

    width: int

    def __str__(self) -> str:
        return f"i{self.width}"

    def __call__(self, number: int) -> Value:
        return Value(self, str(number))

    def as_pointer(self) -> PointerType:
        return PointerType(self)


@dataclass(frozen=True, slots=True)
class ArrayType:
    of: IntType
    size: int

    def __str__(self) -> str:
        return f"[{self.size} x {self.of}]"


@dataclass(frozen=True, slots=True)
class PointerType:
    """An address. What is there is known to us alone: to LLVM all addresses are of one type."""

    of: IntType | ArrayType

    def __str__(self) -> str:
        return "ptr"


@dataclass(frozen=True, slots=True)
class VoidType:
    def __str__(self) -> str:
        return "void"


Type = IntType | ArrayType | PointerType | VoidType


@dataclass(frozen=True, slots=True)
class Value:
    """Something that instructions work on, by its name or as a constant."""

    type: Type
    text: str

    def __str__(self) -> str:
        return f"{self.type} {self.text}"


# --------------------------------------------------------------------------------------- parts
@dataclass(slots=True)
class Block:
    name: str
    lines: list[str] = field(default_factory=list)
    is_terminated: bool = False


class Function:
    """A function, declared if it has no blocks."""

    def __init__(self, module: Module, result: Type, arguments: Sequence[Type], name: str) -> None:
        self.result = result
        self.name = name
        self.linkage = ""
        self.attributes = ""
        self.args = [Value(kind, f"%a{i}") for i, kind in enumerate(arguments)]
        self.blocks: list[Block] = []
        self.start: list[str] = []  # instructions before those of the first block
        self._made = 0
        module.functions.append(self)

    def append_basic_block(self, name: str = "b") -> Block:
        block = Block(f"{name}{len(self.blocks)}")
        self.blocks.append(block)
        return block

    def fresh(self) -> str:
        self._made += 1
        return f"%v{self._made}"

    def lines(self) -> list[str]:
        given = ", ".join(map(str, self.args))
        if not self.blocks:
            kinds = ", ".join(str(a.type) for a in self.args)
            return [f"declare {self.result} @{self.name}({kinds})"]
        linkage = f"{self.linkage} " if self.linkage else ""
        attributes = f" {self.attributes}" if self.attributes else ""
        made = [f"define {linkage}{self.result} @{self.name}({given}){attributes} {{"]
        for i, block in enumerate(self.blocks):
            made.append(f"{block.name}:")
            if i == 0:
                made += self.start
            made += block.lines
        return [*made, "}"]


@dataclass(slots=True)
class GlobalVariable:
    """A table, constant unless it ``varies``."""

    name: str
    numbers: Sequence[int]
    of: IntType
    varies: bool = False

    @property
    def value(self) -> Value:
        return Value(PointerType(ArrayType(self.of, len(self.numbers))), f"@{self.name}")

    def line(self) -> str:
        held = ", ".join(f"{self.of} {x}" for x in self.numbers)
        kind = ArrayType(self.of, len(self.numbers))
        how = "global" if self.varies else "constant"
        return f"@{self.name} = internal {how} {kind} [{held}]"


class Module:
    def __init__(self, triple: str) -> None:
        self.triple = triple
        self.variables: list[GlobalVariable] = []
        self.functions: list[Function] = []

    def __str__(self) -> str:
        lines = [f'target triple = "{self.triple}"', *(v.line() for v in self.variables)]
        for f in self.functions:
            lines += f.lines()
        return "\n".join(lines) + "\n"


@dataclass(slots=True)
class Phi:
    """A value that depends on the block from which its own was entered."""

    value: Value
    block: Block
    at: int
    incoming: list[str] = field(default_factory=list)

    def add_incoming(self, value: Value, block: Block) -> None:
        self.incoming.append(f"[ {value.text}, %{block.name} ]")
        line = f"  {self.value.text} = phi {self.value.type} {', '.join(self.incoming)}"
        self.block.lines[self.at] = line


# ------------------------------------------------------------------------------------- writing
class IRBuilder:
    """Appends instructions to a block of a function."""

    def __init__(self, function: Function, block: Block) -> None:
        self.function = function
        self.block = block

    def position_at_end(self, block: Block) -> None:
        self.block = block

    def _made(self, kind: Type, text: str) -> Value:
        value = Value(kind, self.function.fresh())
        self.block.lines.append(f"  {value.text} = {text}")
        return value

    def _end(self, text: str) -> None:
        self.block.lines.append(f"  {text}")
        self.block.is_terminated = True

    # -------------------------------------------------------------------------- arithmetic
    def _of_two(self, name: str, a: Value, b: Value) -> Value:
        return self._made(a.type, f"{name} {a}, {b.text}")

    def add(self, a: Value, b: Value) -> Value:
        return self._of_two("add", a, b)

    def sub(self, a: Value, b: Value) -> Value:
        return self._of_two("sub", a, b)

    def mul(self, a: Value, b: Value) -> Value:
        return self._of_two("mul", a, b)

    def and_(self, a: Value, b: Value) -> Value:
        return self._of_two("and", a, b)

    def or_(self, a: Value, b: Value) -> Value:
        return self._of_two("or", a, b)

    def xor(self, a: Value, b: Value) -> Value:
        return self._of_two("xor", a, b)

    def shl(self, a: Value, b: Value) -> Value:
        return self._of_two("shl", a, b)

    def ashr(self, a: Value, b: Value) -> Value:
        return self._of_two("ashr", a, b)

    def lshr(self, a: Value, b: Value) -> Value:
        return self._of_two("lshr", a, b)

    def neg(self, a: Value) -> Value:
        return self._made(a.type, f"sub {a.type} 0, {a.text}")

    def not_(self, a: Value) -> Value:
        return self._made(a.type, f"xor {a}, -1")

    def icmp_signed(self, sign: str, a: Value, b: Value) -> Value:
        signed = {"==": "eq", "!=": "ne", "<": "slt", "<=": "sle", ">": "sgt", ">=": "sge"}
        return self._made(IntType(1), f"icmp {signed[sign]} {a}, {b.text}")

    def icmp_unsigned(self, sign: str, a: Value, b: Value) -> Value:
        unsigned = {"==": "eq", "!=": "ne", "<": "ult", "<=": "ule", ">": "ugt", ">=": "uge"}
        return self._made(IntType(1), f"icmp {unsigned[sign]} {a}, {b.text}")

    def select(self, test: Value, then: Value, orelse: Value) -> Value:
        return self._made(then.type, f"select {test}, {then}, {orelse}")

    # ------------------------------------------------------------------------- conversions
    def zext(self, a: Value, kind: Type) -> Value:
        return self._made(kind, f"zext {a} to {kind}")

    def sext(self, a: Value, kind: Type) -> Value:
        return self._made(kind, f"sext {a} to {kind}")

    def trunc(self, a: Value, kind: Type) -> Value:
        return self._made(kind, f"trunc {a} to {kind}")

    def inttoptr(self, a: Value, kind: Type) -> Value:
        return self._made(kind, f"inttoptr {a} to {kind}")

    def bitcast(self, a: Value, kind: Type) -> Value:
        """The same address, of something else."""
        return Value(kind, a.text)

    # ------------------------------------------------------------------------------ memory
    def alloca(self, kind: IntType) -> Value:
        """Room for a local, made when the function starts and 0 at first."""
        value = Value(PointerType(kind), self.function.fresh())
        self.function.start += [
            f"  {value.text} = alloca {kind}", f"  store {kind} 0, ptr {value.text}"
        ]  # fmt: skip
        return value

    def load(self, pointer: Value, align: int = 8) -> Value:
        assert isinstance(pointer.type, PointerType)
        of = pointer.type.of
        return self._made(of, f"load {of}, {pointer}, align {align}")

    def store(self, value: Value, pointer: Value, align: int = 8) -> None:
        self.block.lines.append(f"  store {value}, {pointer}, align {align}")

    def gep(self, pointer: Value, indices: Sequence[Value], *, inbounds: bool = False) -> Value:
        """The address of an element; of an array it takes two indices, the first of which is 0."""
        assert isinstance(pointer.type, PointerType)
        of = pointer.type.of
        element = of.of if isinstance(of, ArrayType) else of
        how = "getelementptr inbounds" if inbounds else "getelementptr"
        at = ", ".join(map(str, indices))
        return self._made(PointerType(element), f"{how} {of}, {pointer}, {at}")

    # ------------------------------------------------------------------------------- going
    def call(self, function: Function, args: Sequence[Value]) -> Value:
        text = f"call {function.result} @{function.name}({', '.join(map(str, args))})"
        if isinstance(function.result, VoidType):
            self.block.lines.append(f"  {text}")
            return Value(function.result, "")
        return self._made(function.result, text)

    def phi(self, kind: Type) -> Phi:
        value = Value(kind, self.function.fresh())
        self.block.lines.append("")
        return Phi(value, self.block, len(self.block.lines) - 1)

    def branch(self, block: Block) -> None:
        self._end(f"br label %{block.name}")

    def cbranch(self, test: Value, then: Block, orelse: Block) -> None:
        self._end(f"br {test}, label %{then.name}, label %{orelse.name}")

    def ret(self, value: Value) -> None:
        self._end(f"ret {value}")

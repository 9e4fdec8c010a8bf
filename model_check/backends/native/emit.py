"""The restricted Python of generated programs, as machine code.

A program is a module of constant tables (tuples of ints) and functions of ints that return an int.
Statements: assignment to a local, ``if``/``else``, ``while``, ``break``, ``continue``, ``return``,
and calls. Every value is a signed 64-bit integer, and a local is 0 until it is assigned. The same
text runs in CPython (:mod:`.machine`); the machine code does what CPython does as long as no number
leaves 64 bits, and wraps around where it would, which only the hash does.

**Source** the instruction set is that of LLVM; llvmlite turns it into code of this machine.
"""

from __future__ import annotations

import ast

from llvmlite import binding as llvm  # type: ignore[import-untyped]  # it has no types

from ....spec.lang.errors import InternalError, Unsupported
from . import assembly as ir
from .broken import Breach

__all__ = ["INTRINSICS", "assignments", "to_llvm"]

INTRINSICS = {
    "ld": 2,  # the word number i of a memory
    "sto": 3,
    "ld32": 2,  # the signed half word number i
    "sto32": 3,
    "ldu": 2,  # the eight bytes from byte number i on
    "stu": 3,
    "ld8": 2,  # the byte number i, from 0 to 255
    "st8": 3,
    "ctz": 1,  # the number of the lowest bit that is set
    "popcount": 1,
    "min": 2,
    "max": 2,
    "lshr": 2,  # shift right of an unsigned number
    "wmul": 2,  # the product modulo 2**64
    "prefetch": 2,
    "gather": 2,  # the bits of a word that are in a constant mask, side by side
    "scatter": 2,  # the word that they were gathered from
    "fit": 2,  # nothing; a checked program tests that the first is from 0 to the second
}
"""Functions that a program may call without defining them, with their number of arguments."""

I64 = ir.IntType(64)
I32 = ir.IntType(32)
I8 = ir.IntType(8)
I1 = ir.IntType(1)
I8_POINTER = ir.IntType(8).as_pointer()

ARITHMETIC = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.BitAnd: "and_", ast.BitOr: "or_",
    ast.BitXor: "xor", ast.LShift: "shl", ast.RShift: "ashr",
}  # fmt: skip
COMPARISONS = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip

MOST_RUNS = 3
"""With more runs of bits, x86's instructions of its own for them are used where it has them."""

SMALL = 200
"""A function with at most so many nodes in its text is written out where it is called."""

Tables = dict[str, tuple[int, ...]]

NOTED = "broken_at"
"""The table in which a checked program notes the first bound that it breaks."""


def to_llvm(source: str, exported: tuple[str, ...], *, checked: bool = False) -> str:
    """The program as LLVM assembly.

    With ``checked``, every index is tested: into a memory against the number of words that stands
    before it (at index -1), into a table against its size; and so are the distances of shifts, and
    what ``fit`` is asked. The first that is wrong is noted, and told by the function ``broken(i)``:
    its line times 4 plus its :class:`.broken.Breach`, then the number itself, then the limit. From
    then on place 0 is taken instead, and no loop goes on.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError as error:  # Python reads no more than 200 parentheses within each other
        raise Unsupported(
            f"an expression nests too deeply ({error}); the engine interpret can"
        ) from error
    return _Module(tree, exported, checked).text()


class _Module:
    def __init__(self, tree: ast.Module, exported: tuple[str, ...], checked: bool) -> None:
        self.checked = checked
        self.module = ir.Module(llvm.get_default_triple())
        self.constants: dict[str, int] = {}
        self.tables: dict[str, ir.GlobalVariable] = {}
        self.functions: dict[str, ir.Function] = {}
        self.intrinsics: dict[str, ir.Function] = {}
        if checked:
            self.noting()
        definitions = []
        for s in tree.body:
            match s:
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Tuple(elts=items)):
                    self.table(name, [_int(x) for x in items])
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.constants[name] = _int(value)
                case ast.FunctionDef():
                    definitions.append(s)
                case ast.Expr(value=ast.Constant()):
                    pass
                case _:
                    raise InternalError(f"generated line {s.lineno}: no statement of a program")
        for d in definitions:
            function = ir.Function(self.module, I64, [I64] * len(d.args.args), d.name)
            if d.name not in exported:
                function.linkage = "internal"
                if sum(1 for _ in ast.walk(d)) <= SMALL:
                    function.attributes = "alwaysinline"
            self.functions[d.name] = function
        for d in definitions:
            _Function(self, d).emit()

    def text(self) -> str:
        return str(self.module)

    def table(self, name: str, numbers: list[int]) -> None:
        self.tables[name] = made = ir.GlobalVariable(name, numbers, I64)
        self.module.variables.append(made)

    def noting(self) -> None:
        """``note(line, number, limit)``, called where a bound is broken, and ``broken(i)``."""
        self.noted = ir.GlobalVariable(NOTED, (0, 0, 0), I64, varies=True)
        self.module.variables.append(self.noted)
        self.note = note = ir.Function(self.module, I64, [I64] * 3, "note")
        note.linkage = "internal"
        b = ir.IRBuilder(note, note.append_basic_block("entry"))
        first, done = note.append_basic_block(), note.append_basic_block()
        b.cbranch(b.icmp_signed("==", b.load(self.noted_at(b, I64(0))), I64(0)), first, done)
        b.position_at_end(first)
        for i, given in enumerate(note.args):
            b.store(given, self.noted_at(b, I64(i)))
        b.branch(done)
        b.position_at_end(done)
        b.ret(I64(0))
        broken = ir.Function(self.module, I64, [I64], "broken")
        b = ir.IRBuilder(broken, broken.append_basic_block("entry"))
        place = self.noted_at(b, broken.args[0])
        found = b.load(place)
        b.store(I64(0), place)
        b.ret(found)

    def noted_at(self, b: ir.IRBuilder, i: ir.Value) -> ir.Value:
        return b.gep(self.noted.value, [I64(0), i])

    def intrinsic(self, name: str, result: ir.Type, arguments: list[ir.Type]) -> ir.Function:
        if name not in self.intrinsics:
            self.intrinsics[name] = ir.Function(self.module, result, arguments, name)
        return self.intrinsics[name]


class _Function:
    def __init__(self, module: _Module, definition: ast.FunctionDef) -> None:
        self.module = module
        self.definition = definition
        self.function = module.functions[definition.name]
        self.builder = ir.IRBuilder(self.function, self.function.append_basic_block("entry"))
        self.locals: dict[str, ir.Value] = {}
        self.once = assigned_once(definition)
        self.values: dict[str, ir.Value] = {}
        self.loops: list[tuple[ir.Block, ir.Block]] = []

    def emit(self) -> None:
        b = self.builder
        assigned = dict.fromkeys(
            x.id
            for x in ast.walk(self.definition)
            if isinstance(x, ast.Name) and isinstance(x.ctx, ast.Store)
        )
        for parameter, given in zip(self.definition.args.args, self.function.args, strict=True):
            if parameter.arg in assigned:
                self.locals[parameter.arg] = b.alloca(I64)
                b.store(given, self.locals[parameter.arg])
            else:
                self.values[parameter.arg] = given
        for name in assigned:
            if name not in self.locals and name not in self.once:
                self.locals[name] = b.alloca(I64)
        self.block(self.definition.body)
        if not b.block.is_terminated:
            b.ret(I64(0))

    # -------------------------------------------------------------------------- statements
    def block(self, body: list[ast.stmt]) -> None:
        for s in body:
            self.statement(s)
            if self.builder.block.is_terminated:
                return

    def statement(self, s: ast.stmt) -> None:
        b = self.builder
        match s:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                if name in self.once:
                    self.values[name] = self.value(value)
                else:
                    b.store(self.value(value), self.locals[name])
            case ast.Expr(value=ast.Call() as call):
                self.value(call)
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                pass
            case ast.Return(value=ast.expr() as value):
                b.ret(self.value(value))
            case ast.Break():
                b.branch(self.loops[-1][1])
            case ast.Continue():
                b.branch(self.loops[-1][0])
            case ast.If():
                self.if_(s)
            case ast.While():
                self.while_(s)
            case _:
                raise self.fail(s)

    def if_(self, s: ast.If) -> None:
        b, new = self.builder, self.function.append_basic_block
        then, end = new(), new()
        orelse = new() if s.orelse else end
        self.branch(s.test, then, orelse)
        for start, body in ((then, s.body), (orelse, s.orelse)):
            if body:
                b.position_at_end(start)
                self.block(body)
                if not b.block.is_terminated:
                    b.branch(end)
        b.position_at_end(end)

    def while_(self, s: ast.While) -> None:
        b, new = self.builder, self.function.append_basic_block
        head, body, end = new(), new(), new()
        b.branch(head)
        b.position_at_end(head)
        if self.module.checked:  # what is wrong may go on for ever
            on, stop = new(), new()
            noted = b.load(self.module.noted_at(b, I64(0)))
            b.cbranch(b.icmp_signed("==", noted, I64(0)), on, stop)
            b.position_at_end(stop)
            b.ret(I64(-1))
            b.position_at_end(on)
        self.branch(s.test, body, end)
        self.loops.append((head, end))
        b.position_at_end(body)
        self.block(s.body)
        if not b.block.is_terminated:
            b.branch(head)
        self.loops.pop()
        b.position_at_end(end)

    def branch(self, test: ast.expr, then: ir.Block, orelse: ir.Block) -> None:
        """Go to ``then`` if the test holds, else to ``orelse``; lazily, as Python does."""
        b, new = self.builder, self.function.append_basic_block
        match test:
            case ast.BoolOp(op=ast.And(), values=values):
                for v in values[:-1]:
                    following = new()
                    self.branch(v, following, orelse)
                    b.position_at_end(following)
                self.branch(values[-1], then, orelse)
            case ast.BoolOp(op=ast.Or(), values=values):
                for v in values[:-1]:
                    following = new()
                    self.branch(v, then, following)
                    b.position_at_end(following)
                self.branch(values[-1], then, orelse)
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                self.branch(inner, orelse, then)
            case _:
                b.cbranch(self.truth(test), then, orelse)

    # ------------------------------------------------------------------------- expressions
    def truth(self, e: ast.expr) -> ir.Value:
        b = self.builder
        match e:
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARISONS:
                return b.icmp_signed(COMPARISONS[type(op)], self.value(left), self.value(right))
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return b.not_(self.truth(inner))
            case ast.BoolOp():
                return self.choice(e, I1(1), I1(0), I1)
            case _:
                return b.icmp_signed("!=", self.value(e), I64(0))

    def choice(
        self, test: ast.expr, yes: ast.expr | ir.Value, no: ast.expr | ir.Value, kind: ir.Type
    ) -> ir.Value:
        """One of two values, each of which is computed only if it is the one."""
        b, new = self.builder, self.function.append_basic_block
        then, orelse, end = new(), new(), new()
        self.branch(test, then, orelse)
        incoming = []
        for start, given in ((then, yes), (orelse, no)):
            b.position_at_end(start)
            v = self.value(given) if isinstance(given, ast.expr) else given
            incoming.append((v, b.block))
            b.branch(end)
        b.position_at_end(end)
        phi = b.phi(kind)
        for v, block in incoming:
            phi.add_incoming(v, block)
        return phi.value

    def value(self, e: ast.expr) -> ir.Value:
        b = self.builder
        match e:
            case ast.Constant(value=int(x)):
                return I64(_signed(int(x)))
            case ast.Name(id=name):
                if name in self.values:
                    return self.values[name]
                if name in self.locals:
                    return b.load(self.locals[name])
                if name in self.module.constants:
                    return I64(_signed(self.module.constants[name]))
                raise self.fail(e)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
                operands = self.value(left), self.value(right)
                if isinstance(op, ast.LShift | ast.RShift):
                    operands = operands[0], self.distance(operands[1], e)
                result: ir.Value = getattr(b, ARITHMETIC[type(op)])(*operands)
                return result
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return b.neg(self.value(inner))
            case ast.UnaryOp(op=ast.Invert(), operand=inner):
                return b.not_(self.value(inner))
            case ast.Compare() | ast.UnaryOp(op=ast.Not()) | ast.BoolOp():
                return b.zext(self.truth(e), I64)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.choice(test, body, orelse, I64)
            case ast.Subscript(value=ast.Name(id=table), slice=at):
                numbers = self.module.tables[table]
                index = self.within(self.value(at), I64(len(numbers.numbers)), e)
                place = b.gep(numbers.value, [I64(0), index], inbounds=True)
                return b.load(place)
            case ast.Call(func=ast.Name(id=name), args=args):
                return self.call(name, [self.value(x) for x in args], e)
            case _:
                raise self.fail(e)

    def call(self, name: str, args: list[ir.Value], e: ast.Call) -> ir.Value:
        b = self.builder
        match name:
            case "ld":
                return b.load(self.place(args[0], args[1], I64, e), align=8)
            case "sto":
                b.store(args[2], self.place(args[0], args[1], I64, e), align=8)
                return I64(0)
            case "ld32":
                return b.sext(b.load(self.place(args[0], args[1], I32, e), align=4), I64)
            case "sto32":
                place = self.place(args[0], args[1], I32, e)
                b.store(b.trunc(args[2], I32), place, align=4)
                return I64(0)
            case "ldu":
                return b.load(self.byte(args[0], args[1], I64, e), align=1)
            case "stu":
                b.store(args[2], self.byte(args[0], args[1], I64, e), align=1)
                return I64(0)
            case "ld8":
                return b.zext(b.load(self.byte(args[0], args[1], I8, e), align=1), I64)
            case "st8":
                b.store(b.trunc(args[2], I8), self.byte(args[0], args[1], I8, e), align=1)
                return I64(0)
            case "ctz":
                f = self.module.intrinsic("llvm.cttz.i64", I64, [I64, I1])
                return b.call(f, [args[0], I1(1)])
            case "popcount":
                return b.call(self.module.intrinsic("llvm.ctpop.i64", I64, [I64]), args)
            case "min":
                return b.select(b.icmp_signed("<", *args), *args)
            case "max":
                return b.select(b.icmp_signed(">", *args), *args)
            case "lshr":
                return b.lshr(args[0], self.distance(args[1], e))
            case "fit":
                if self.module.checked:
                    holds = b.icmp_unsigned("<=", args[0], args[1])
                    self.tested(holds, args[0], args[1], e, Breach.VALUE)
                return I64(0)
            case "wmul":
                return b.mul(*args)
            case "prefetch":
                f = self.module.intrinsic(
                    "llvm.prefetch.p0", ir.VoidType(), [I8_POINTER, I32, I32, I32]
                )
                place = b.gep(b.inttoptr(args[0], I64.as_pointer()), [args[1]])
                b.call(f, [b.bitcast(place, I8_POINTER), I32(0), I32(3), I32(1)])
                return I64(0)
            case "gather" | "scatter":
                return self.moved(name == "gather", args[0], _int(e.args[1]))
            case _:
                if name not in self.module.functions:
                    raise self.fail(e)
                return b.call(self.module.functions[name], args)

    def moved(self, together: bool, x: ir.Value, mask: int) -> ir.Value:
        """Bits gathered or scattered: in one instruction where there is one and it pays, else run
        by run."""
        b = self.builder
        runs = []
        low = 0
        while mask >> low:
            low += ((mask >> low) & -(mask >> low)).bit_length() - 1
            length = (~(mask >> low) & (mask >> low) + 1).bit_length() - 1
            runs.append((low, length))
            low += length
        if len(runs) > MOST_RUNS and llvm.get_host_cpu_features().get("bmi2"):
            name = f"llvm.x86.bmi.{'pext' if together else 'pdep'}.64"
            return b.call(self.module.intrinsic(name, I64, [I64, I64]), [x, I64(_signed(mask))])
        made, at = I64(0), 0
        for low, length in runs:
            start, end = (low, at) if together else (at, low)
            part = b.and_(b.lshr(x, I64(start)), I64((1 << length) - 1))
            made = b.or_(made, b.shl(part, I64(end)))
            at += length
        return made

    def place(self, memory: ir.Value, index: ir.Value, kind: ir.IntType, e: ast.expr) -> ir.Value:
        b = self.builder
        if self.module.checked:
            size = self.words_of(memory)
            index = self.within(index, b.shl(size, I64(1)) if kind is I32 else size, e)
        return b.gep(b.inttoptr(memory, kind.as_pointer()), [index])

    def byte(self, memory: ir.Value, index: ir.Value, kind: ir.IntType, e: ast.expr) -> ir.Value:
        """Where a value begins that may lie anywhere."""
        b = self.builder
        if self.module.checked:
            size = b.shl(self.words_of(memory), I64(3))
            index = self.within(index, b.sub(size, I64(kind.width // 8 - 1)), e)
        start = b.gep(b.inttoptr(memory, I8.as_pointer()), [index])
        return b.bitcast(start, kind.as_pointer())

    # ----------------------------------------------------------------------------- checking
    def words_of(self, memory: ir.Value) -> ir.Value:
        b = self.builder
        return b.load(b.gep(b.inttoptr(memory, I64.as_pointer()), [I64(-1)]))

    def within(self, index: ir.Value, size: ir.Value, e: ast.expr) -> ir.Value:
        """The index; in a checked program 0 if it is none of so many places."""
        if not self.module.checked:
            return index
        inside = self.builder.icmp_unsigned("<", index, size)
        self.tested(inside, index, size, e, Breach.INDEX)
        return self.builder.select(inside, index, I64(0))

    def distance(self, by: ir.Value, e: ast.expr) -> ir.Value:
        """By how much is shifted; in a checked program 0 if a word has not so many bits."""
        if not self.module.checked or by.text.isdigit():
            return by
        inside = self.builder.icmp_unsigned("<", by, I64(64))
        self.tested(inside, by, I64(63), e, Breach.SHIFT)
        return self.builder.select(inside, by, I64(0))

    def tested(
        self, holds: ir.Value, number: ir.Value, limit: ir.Value, e: ast.expr, breach: Breach
    ) -> None:
        """Note the place unless a bound is kept."""
        b, new = self.builder, self.function.append_basic_block
        bad, good = new(), new()
        b.cbranch(holds, good, bad)
        b.position_at_end(bad)
        b.call(self.module.note, [I64(4 * e.lineno + breach), number, limit])
        b.branch(good)
        b.position_at_end(good)

    def fail(self, node: ast.stmt | ast.expr) -> InternalError:
        name = self.definition.name
        return InternalError(f"generated {name}, line {node.lineno}: {ast.unparse(node)}")


def assigned_once(definition: ast.FunctionDef) -> frozenset[str]:
    """The locals that need no memory: they are assigned in one place, and wherever they are used
    that place has been passed."""
    parameters = {a.arg for a in definition.args.args}
    places, early = assignments(definition)
    return frozenset(x for x, n in places.items() if n == 1) - early - parameters


def assignments(definition: ast.FunctionDef) -> tuple[dict[str, int], set[str]]:
    """In how many places each local is assigned, and the names that may be used before that."""
    places: dict[str, int] = {}
    early: set[str] = set()

    passed: set[str] = set()

    def visit(body: list[ast.stmt]) -> None:
        here: list[str] = []
        for s in body:
            match s:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    used(value)
                    places[name] = places.get(name, 0) + 1
                    if name not in passed:
                        passed.add(name)
                        here.append(name)
                case ast.If(test=test, body=then, orelse=orelse):
                    used(test)
                    visit(then)
                    visit(orelse)
                case ast.While(test=test, body=inner):
                    used(test)
                    visit(inner)
                case _:
                    used(s)
        passed.difference_update(here)

    def used(node: ast.AST) -> None:
        for x in ast.walk(node):
            if isinstance(x, ast.Name) and x.id not in passed:
                early.add(x.id)

    visit(definition.body)
    return places, early


def _int(e: ast.expr) -> int:
    value = ast.literal_eval(e)
    if type(value) is not int:
        raise InternalError(f"generated line {e.lineno}: not an int")
    return value


def _signed(x: int) -> int:
    x &= (1 << 64) - 1
    return x - (1 << 64) if x >> 63 else x

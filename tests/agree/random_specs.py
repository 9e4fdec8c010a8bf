"""Random specifications: a whole module of protocol, properties and model, as source text.

The text is a valid specification: mypy accepts it, the front end reads it, and Python runs it. It
says what real ones say, in random combination: sorts, orders, quorums, enumerations, records;
fields of every kind, durable and volatile; actions with natural and drawn parameters; guards,
locals, branches, matches, loops, helpers; a subclass that overrides; properties of states and of
steps; a model with network faults and restarts. Ints and sequences are bounded by construction, so
that state spaces are finite.

Kept out, because plain Python itself gives no single answer there: mistakes at run time among the
elements of a set (which of them is met first is open), and negative indices (Python counts from the
end). ``docs/reference/language`` says so to users.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from ballotproof.model_check.ir import sorts as ir
from ballotproof.model_check.ir.sorts import BOOL, INT

from .choices import Choices, drawn, seeded
from .random_expressions import WANTED
from .random_statements import Lines, Mode, Statements, indented, stem
from .vocabulary import Helper, Local, Scope, StateField, World

__all__ = ["RandomSpec", "from_seed", "specifications"]

HEADER = [
    "from __future__ import annotations",
    "from enum import Enum",
    "from ballotproof.spec.lang import *",
]

FIELD_NAMES = {
    "map": "table",
    "scalar": "cell",
    "set": "sent",
    "bag": "pile",
    "network": "network",
}

Parameters = list[tuple[str, ir.Sort]]


@dataclass(frozen=True)
class RandomSpec:
    """The text of a module with ``MODELS``."""

    text: str

    def __repr__(self) -> str:  # what Hypothesis prints of a failure
        return f"RandomSpec:\n{self.text}"


@st.composite
def specifications(draw: DrawFn) -> RandomSpec:
    """Random specifications, drawn by Hypothesis."""
    return RandomSpec(Writer(drawn(draw)).module())


def from_seed(seed: int) -> RandomSpec:
    """The specification that a seed stands for."""
    return RandomSpec(Writer(seeded(seed)).module())


@dataclass(frozen=True)
class Method:
    """An action or helper that a subclass can override."""

    name: str
    parameters: Parameters
    drawn: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()


class Writer:
    """Writes one module."""

    def __init__(self, choices: Choices) -> None:
        self.c = choices
        self.world = World()
        self.s = Statements(choices, self.world)
        self.actions: list[Method] = []
        self.helpers: list[Method] = []
        self.properties: list[tuple[str, str]] = []
        self.started = Method("init", [])
        self.seen: list[tuple[StateField, StateField]] = []
        self.network = "None"
        self.restarts = 0
        self.node: ir.ElementSort
        self.sized: dict[str, int] = {}
        self.bound: dict[str, str] = {}

    # ---------------------------------------------------------------------------------- module
    def module(self) -> str:
        c, world = self.c, self.world
        world.high = c.weighted([(4, 2), (2, 1), (2, 3)])
        world.low = -1 if c.chance(12) else 0
        world.length = c.weighted([(4, 2), (3, 3), (1, 1)])
        world.partial = c.chance(25)
        lines = [*HEADER, *self.sorts(), *self.enums()]
        self.choose_network()
        lines += self.records()
        self.declare_constants()
        self.declare_fields()
        if c.chance(15):
            lines += self.abstract()
        protocol = "Drawn"
        lines += self.protocol("Drawn")
        if c.chance(30):
            protocol = "Refined"
            lines += self.variant()
        lines += self.model(protocol)
        return ast.unparse(ast.parse("\n".join(lines))) + "\n"

    def sorts(self) -> Lines:
        c, world = self.c, self.world
        self.node = ir.ElementSort("Node")
        world.elements.append(self.node)
        self.sized["Node"] = c.weighted([(6, 2), (2, 3), (1, 1)])
        if c.chance(45):
            world.elements.append(ir.ElementSort("Term", ordered=True))
            self.sized["Term"] = 2 + c.below(2)
        if c.chance(25):
            world.elements.append(ir.ElementSort("Item"))
            self.sized["Item"] = c.weighted([(4, 2), (1, 1)])
        if c.chance(30):
            kind = c.pick(("QuorumOf", "SubsetOf"))
            world.subsets.append(ir.SubsetSort("Quorum", self.node, kind == "QuorumOf"))
        bases = [(str(s), "TotalOrder" if s.ordered else "Sort") for s in world.elements]
        bases += [
            (str(q), f"{'QuorumOf' if q.intersecting else 'SubsetOf'}[{q.of}]")
            for q in world.subsets
        ]
        return [f"class {name}({base}): pass" for name, base in bases]

    def enums(self) -> Lines:
        lines = []
        number = self.c.weighted([(3, 1), (2, 0), (1, 2)])
        for name, members in (("Role", "ABC"), ("Mode", "XY"))[:number]:
            count = 2 + self.c.below(len(members) - 1)
            self.world.enums.append(ir.EnumSort(name, tuple(members[:count])))
            lines += [f"class {name}(Enum):"]
            lines += [f"    {m} = {i}" for i, m in enumerate(members[:count])]
        return lines

    def choose_network(self) -> None:
        c = self.c
        capacity = c.weighted([(3, "2"), (3, "3"), (2, "None"), (1, "1")])
        loses, twice = c.chance(40), c.chance(40)
        match c.weighted([(4, "set"), (4, "bag"), (3, "fifo")]):
            case "set":
                self.network = c.pick(("None", "SetNetwork()"))
            case "bag":
                self.network = f"BagNetwork(capacity={capacity}, loses={loses}, duplicates={twice})"
            case _:
                self.network = f"FifoNetwork(capacity={capacity}, loses={loses})"
                self.s.fifo = True

    def records(self) -> Lines:
        """Record classes; a later one may hold an earlier one."""
        c, world = self.c, self.world
        lines: Lines = []
        for name in ("Ping", "Vote", "Done")[: 1 + c.below(3)]:
            parts: Parameters = []
            if self.s.fifo or c.chance(25):
                parts += [("source", self.node), ("dest", self.node)]
            basic: list[ir.Sort] = [BOOL, *world.enums, *world.elements, INT]
            basic += [ir.OptionSort(s) for s in basic[1:]]
            if c.chance(20):
                basic += [ir.SetSort(self.node), ir.SeqSort(INT)]
            if world.records and c.chance(40):
                earlier = c.pick(world.records)
                basic += [earlier, ir.OptionSort(earlier), ir.OptionSort(earlier)]
            for _ in range(c.weighted([(9, 1), (7, 2), (1, 0)])):
                sort = c.pick(basic)
                x = f"maybe_{stem(sort.of)}" if isinstance(sort, ir.OptionSort) else stem(sort)
                if all(x != other for other, _ in parts):
                    parts.append((x, sort))
            world.records.append(ir.RecordSort(name, tuple(parts)))
            lines += ["@record", f"class {name}:", *indented([f"{x}: {s}" for x, s in parts])]
        return lines

    def declare_constants(self) -> None:
        c, world = self.c, self.world
        if c.chance(15):
            world.constants.append(("limit", INT))
            self.bound["limit"] = str(c.below(world.high + 1))
        if c.chance(12):
            world.constants.append(("eager", BOOL))
            self.bound["eager"] = c.pick(("True", "False"))
        if c.chance(6):
            world.constants.append(("first_node", self.node))
            self.bound["first_node"] = str(1 + c.below(self.sized["Node"]))
        if c.chance(10):
            world.constants.append(("trusted", ir.SetSort(self.node)))
            chosen = c.some(range(1, self.sized["Node"] + 1), 0, 3)
            self.bound["trusted"] = f"({', '.join(map(str, chosen))},)" if chosen else "()"
        if c.chance(8):
            world.constants.append(("plan", ir.SeqSort(INT)))
            length = c.below(world.length + 1)
            self.bound["plan"] = str(tuple(c.below(world.high + 1) for _ in range(length)))
        if world.enums and c.chance(8):
            enum = world.enums[0]
            world.constants.append(("start", enum))
            self.bound["start"] = f"{enum}.{c.pick(enum.members)}"

    # ---------------------------------------------------------------------------------- fields
    def declare_fields(self) -> None:
        c = self.c
        kinds = ["map"]
        kinds += [
            c.weighted([(6, "map"), (5, "scalar"), (4, "set"), (3, "bag")])
            for _ in range(c.weighted([(4, 1), (4, 2), (2, 3)]))
        ]
        if c.chance(45):
            kinds += ["network"] * (2 if c.chance(10) else 1)
        if self.c.chance(15) and len(kinds) > 2:
            kinds = kinds[1:]
        for kind in kinds:
            self.declare(kind)
        if any(f.persistence == "Volatile" for f in self.world.fields) and c.chance(70):
            self.restarts = 1 + c.below(2)

    def declare(self, kind: str) -> StateField:
        c, world = self.c, self.world
        number = sum(f.kind == kind for f in world.fields)
        name = FIELD_NAMES[kind] + (str(number + 1) if number else "")
        keys: tuple[ir.Sort, ...] = ()
        persistence = None
        match kind:
            case "map":
                sorts: list[ir.Sort] = [self.node, *world.elements, *world.enums]
                keys = (c.pick(sorts),)
                if c.chance(25):
                    keys += (c.pick([*sorts, *world.subsets]),)
                sort = self.value_sort()
                if keys[0] == self.node and c.chance(35) and not self.opened(sort):
                    persistence = c.pick(("Volatile", "Durable"))
            case "scalar":
                sort = self.value_sort()
            case "set" if c.chance(25):
                pair = ir.TupleSort((self.node, INT))
                elements: list[ir.Sort] = [self.node, INT, *world.elements, pair]
                sort = c.pick(elements)
            case "network":
                sort = self.messages()
            case _:
                sort = self.messages()
        made = StateField(name, kind, sort, keys, persistence)
        world.fields.append(made)
        return made

    def messages(self) -> ir.Sort:
        records = self.c.some(self.world.records, 1, 3)
        return records[0] if len(records) == 1 else ir.UnionSort(tuple(records))

    def value_sort(self) -> ir.Sort:
        """The type of what a field or an entry of a map holds."""
        c, world = self.c, self.world
        basic: list[ir.Sort] = [*world.enums, INT, BOOL, *world.elements]
        small: list[ir.Sort] = [*world.elements, *world.enums, INT]
        many = [*small, *world.records]
        match c.below(12):
            case 0 | 1 | 2:
                return c.pick(basic)
            case 3:
                return INT
            case 4 | 5:
                return ir.OptionSort(c.pick(small))
            case 6 | 7:
                return ir.OptionSort(self.messages())
            case 8:
                return ir.SetSort(c.pick(many))
            case 9 | 10:
                return ir.SeqSort(c.pick(many))
            case _:
                pair = ir.TupleSort((self.node, c.pick(basic)))
                rare: list[ir.Sort] = [self.messages(), pair, ir.OptionSort(pair)]
                rare += [ir.SetSort(pair), ir.SeqSort(pair), ir.OptionSort(ir.SetSort(self.node))]
                return c.pick([*rare, *world.subsets])

    def opened(self, sort: ir.Sort) -> bool:
        """Whether a value needs an element of a sort without literals."""
        return not self.s.can(sort, self.empty(), WANTED)

    def empty(self) -> Scope:
        """A scope in which nothing has a name but constants."""
        scope = self.scope()
        scope.readable = frozenset()
        return scope

    # -------------------------------------------------------------------------------- protocol
    def protocol(self, name: str) -> Lines:
        c, world = self.c, self.world
        lines = [f"{x} = Const[{sort}]()" for x, sort in world.constants]
        lines += [f"{f.name}: {f.annotation()}" for f in world.fields]
        lines += self.init(world.fields, ())
        for i in range(c.weighted([(4, 0), (4, 1), (2, 2)])):
            lines += self.helper(f"helper{i}")
        for i in range(c.weighted([(1, 1), (3, 2), (3, 3), (2, 4)])):
            lines += self.action(f"act{i}", opens=i == 0)
        if name != "Abstract":
            lines += self.claims(name)
        return [f"class {name}(Protocol):", *indented(lines)]

    def scope(self, states: tuple[str, ...] = ("self",)) -> Scope:
        """The scope at the start of a method."""
        fields = self.world.fields
        if "after" in states and self.s.fifo:  # the front end reads only the network of `self`
            fields = [f for f in fields if f.kind != "network"]
        readable = frozenset(f.name for f in fields)
        return Scope(self.world, states, readable, taken={"self", "after", "m", "k", "l"})

    def mode(self) -> Mode:
        return Mode(writable=frozenset(f.name for f in self.world.fields))

    # ------------------------------------------------------------------------------------ init
    def init(self, fields: list[StateField], inherited: tuple[StateField, ...]) -> Lines:
        """``init``, with a parameter for each sort of which an element is needed.

        That of a subclass has the parameters of the one it overrides.
        """
        scope = self.scope()
        scope.readable = frozenset(f.name for f in inherited)
        parameters: Parameters = list(self.started.parameters)
        body: Lines = []
        if inherited:
            body.append(f"super().init({', '.join(x for x, _ in parameters)})")
            for x, sort in parameters:
                scope.taken.add(x)
                scope.bind(x, Local(sort))
        else:
            drawn_names = self.init_parameters(fields, parameters, scope, body)
            self.started = Method("init", parameters, drawn_names)
        for f in fields:
            body.append(f"self.{f.name} = {self.initial(f, scope)}")
            if self.c.chance(40):
                scope.readable |= {f.name}
        if self.c.chance(10):
            # A restart reads what is volatile off the one assignment that gives it a value.
            changed = frozenset(f.name for f in fields if f.persistence != "Volatile")
            scope.readable |= changed
            mode = Mode(writable=changed, returns=False)
            body += self.s.block(scope, mode, 1, 1)[0]
        if self.c.chance(5):
            body += self.s.required(self.s.condition(scope, 1), scope)
        return self.method("init", parameters, None, body)

    def init_parameters(
        self, fields: list[StateField], parameters: Parameters, scope: Scope, body: Lines
    ) -> frozenset[str]:
        def add(sort: ir.Sort, low: int | None = None, high: int | None = None) -> str:
            x = scope.fresh(stem(sort))
            parameters.append((x, sort))
            scope.bind(x, Local(sort, low=low, high=high))
            return x

        for f in fields:
            for sort in self.needed(f):
                if not self.s.can(sort, scope, WANTED):
                    add(sort)
        if self.c.chance(8):
            add(BOOL)
        if not self.c.chance(8):
            return frozenset()
        count = 1 + self.c.below(max(1, self.world.high))
        x = add(INT, 0, count - 1)
        body.append(f"require({x} in range({count}))")
        return frozenset({x})

    def needed(self, f: StateField) -> list[ir.Sort]:
        """Sorts without literals of which the initial value of a field needs an element."""
        empty = self.empty()
        if f.kind not in ("scalar", "map") or self.s.can(f.sort, empty, WANTED):
            return []
        found: list[ir.Sort] = []

        def visit(sort: ir.Sort) -> None:
            match sort:
                case ir.ElementSort(ordered=False) | ir.SubsetSort():
                    found.append(sort)
                case ir.RecordSort():
                    for _, inner in sort.fields:
                        visit(inner)
                case ir.TupleSort():
                    for inner in sort.items:
                        visit(inner)
                case ir.UnionSort():
                    visit(sort.records[0])
                case _:
                    pass

        visit(f.sort)
        return found

    def initial(self, f: StateField, scope: Scope) -> str:
        if f.persistence == "Volatile":
            scope = self.empty()
        match f.kind:
            case "map":
                if isinstance(f.sort, ir.SeqSort) and self.c.chance(60):
                    keys = ", ".join(map(str, f.keys))
                    return f"fill({keys if len(f.keys) == 1 else f'({keys})'}, ())"
                return self.s.whole_map(f, scope)
            case "set":
                return self.s.whole_set(f, scope)
            case "bag":
                return "Bag()"
            case "network":
                return "Network()"
            case _:
                if isinstance(f.sort, ir.SeqSort) and self.c.chance(60):
                    return "()"
                return self.s.value(f.sort, scope, self.c.below(2), WANTED).text

    # --------------------------------------------------------------------------------- methods
    def method(
        self, name: str, parameters: Parameters, kind: str | None, body: Lines, result: str = "None"
    ) -> Lines:
        shown = "".join(f", {x}: {sort}" for x, sort in parameters)
        head = [f"@{kind}"] if kind else []
        return [*head, f"def {name}(self{shown}) -> {result}:", *indented(body)]

    def helper(self, name: str) -> Lines:
        """A method that others call: for its value, or for its effect."""
        c, scope = self.c, self.scope()
        parameters: Parameters = []
        for _ in range(c.below(3)):
            sort = c.pick(self.s.sorts())
            parameters.append((scope.fresh(stem(sort)), sort))
            scope.bind(parameters[-1][0], Local(sort))
        self.s.written = set()
        result: ir.Sort | None = None
        body: Lines = []
        if c.chance(40):
            if self.s._targets(scope, self.mode()):
                body = self.s.update(scope, self.mode())
            body += self.s.block(scope, self.mode(), c.below(3), 1)[0]
        else:
            sorts = [s for s in self.s.sorts() if self.s.can(s, scope, WANTED)]
            result = c.pick(sorts[: 2 + c.below(len(sorts))])
            mode = Mode(acts=False, result=result)
            body, returned = self.s.block(scope, mode, c.below(2), 1)
            if not returned:
                body += self.s.return_(scope, mode)
        reads = self.read_in(body)
        writes, total = frozenset(self.s.written), not self.world.partial
        self.world.helpers.append(Helper(name, tuple(parameters), result, reads, writes, total))
        self.helpers.append(Method(name, parameters))
        return self.method(name, parameters, None, body, "None" if result is None else str(result))

    def read_in(self, body: Lines) -> frozenset[str]:
        """The fields that a method reads or writes, at most."""
        text = "\n".join(body)
        reads = {f.name for f in self.world.fields if f"self.{f.name}" in text}
        called = [h for h in self.world.helpers if f".{h.name}(" in text]
        return frozenset(reads.union(*(h.reads for h in called)))

    def overridden_helper(self, method: Method) -> Lines:
        """A helper that does what it did before, and more; but reads and changes nothing else.

        What calls it was written for the old one, and may rely on that.
        """
        c, scope, helpers = self.c, self.scope(), self.world.helpers
        old = next(h for h in helpers if h.name == method.name)
        self.world.helpers = helpers[: helpers.index(old)]  # no helper may call itself in a circle
        self.world.helpers = [h for h in self.world.helpers if h.reads <= old.reads]
        scope.readable = old.reads
        for x, sort in method.parameters:
            scope.taken.add(x)
            scope.bind(x, Local(sort))
        given = f"super().{method.name}({', '.join(x for x, _ in method.parameters)})"
        if old.result is None:
            mode = Mode(writable=old.writes)
            if c.chance(50):
                body, returned = self.s.block(scope, mode, c.below(3), 1)
                body += [] if returned else [given]
            else:
                body = [given, *self.s.block(scope, mode, c.below(3), 1)[0]]
        else:
            mode = Mode(acts=False, result=old.result)
            body, returned = self.s.block(scope, mode, c.below(2), 1)
            if not returned:
                again = c.chance(40) and self.s.can(old.result, scope, WANTED)
                body += self.s.return_(scope, mode) if again else [f"return {given}"]
        self.world.helpers = helpers
        result = "None" if old.result is None else str(old.result)
        return self.method(method.name, method.parameters, None, body, result)

    # --------------------------------------------------------------------------------- actions
    def action(self, name: str, *, opens: bool = False) -> Lines:
        """An action: its drawn parameters are chosen first, each where it stands.

        One that ``opens`` the game waits for nothing, and sends a message if it can.
        """
        c, scope = self.c, self.scope()
        self.s.written = set()
        parameters: Parameters = []
        drawn_names: list[str] = []
        body: Lines = []
        mode = self.mode()
        count = c.weighted([(5, 1), (4, 2), (1, 0), (1, 3)])
        choices = 0 if opens else sum(c.chance(55) for _ in range(count))
        for i in range(count - choices):
            sort = self.node if opens and i == 0 else c.pick(self.natural_sorts())
            x = scope.fresh(stem(sort))
            scope.bind(x, Local(sort))
            parameters.append((x, sort))
        for _ in range(choices):
            sort, low, high, text = c.pick(self.sources(scope))
            x = scope.fresh(stem(sort))
            if c.chance(20):
                body += self.before_a_choice(scope, mode)
            body.append(text.format(x=x))
            drawn_names.append(x)
            scope.bind(x, Local(sort, low=low, high=high))
            parameters.insert(c.below(len(parameters) + 1), (x, sort))
        places = [f for f in self.s._targets(scope, mode) if f.kind in ("set", "bag", "network")]
        if opens and places and c.chance(90):
            body += self.s.put_in(c.pick(places), scope)
        elif self.s._targets(scope, mode) and not c.chance(15):
            body += self.s.update(scope, mode)
        lines, _ = self.s.block(scope, mode, c.weighted([(2, 0), (3, 1), (3, 2), (2, 3)]), 2)
        writes = frozenset(self.s.written)
        self.actions.append(Method(name, parameters, frozenset(drawn_names), writes))
        return self.method(name, parameters, "action", body + lines)

    def before_a_choice(self, scope: Scope, mode: Mode) -> Lines:
        """A statement that stands before the one that draws a parameter."""
        ways = [self.s.let, self.s.require]
        if self.s._targets(scope, mode):
            ways.append(self.s.update)
        return self.c.pick(ways)(scope, mode)

    def natural_sorts(self) -> list[ir.Sort]:
        """Types of parameters that range over all their values."""
        world = self.world
        some: list[ir.Sort] = [*world.elements, *world.enums]
        keys = [k for f in world.fields for k in f.keys]
        often = [*keys, *keys, *keys, self.node, self.node, *some]
        return [*often, BOOL, *world.subsets, *map(ir.OptionSort, some[:2])]

    def sources(self, scope: Scope) -> list[tuple[ir.Sort, int | None, int | None, str]]:
        """Where a drawn parameter can come from: its type, bounds, and the statement that draws."""
        found: list[tuple[ir.Sort, int | None, int | None, str]] = []
        for text, f in scope.collections("set", "bag", "network"):
            sorts: list[ir.Sort] = [f.sort]
            if isinstance(f.sort, ir.UnionSort):
                sorts += f.sort.records
            for sort in sorts:
                if f.kind == "network":
                    found += [(sort, None, None, f"{text}.receive({{x}})")] * 3
                found.append((sort, None, None, f"require({{x}} in {text})"))
                if f.kind != "network" and isinstance(sort, ir.RecordSort) and sort != f.sort:
                    found.append((sort, None, None, f"require({{x}} in {text}.of({sort}))"))
        low, count = self.c.below(2), 1 + self.c.below(3)
        found.append((INT, low, low + count - 1, f"require({{x}} in range({low}, {low + count}))"))
        for e in scope.paths():
            if isinstance(e.sort, ir.SetSort | ir.SeqSort):
                found.append((e.sort.of, None, None, f"require({{x}} in {e.text})"))
        for text, f in scope.maps():
            if isinstance(f.sort, ir.SetSort) and all(self.s._key_can(k, scope) for k in f.keys):
                key = self.s.key(f.keys, scope)
                found.append((f.sort.of, None, None, f"require({{x}} in {text}[{key}])"))
        natural = (ir.ElementSort, ir.EnumSort, ir.BoolSort, ir.SubsetSort)
        return [s for s in found if not isinstance(s[0], natural)]

    # ------------------------------------------------------------------------------ properties
    def abstract(self) -> Lines:
        """A protocol with some of the fields, which the drawn one may happen to refine."""
        fields = self.c.some(self.world.fields_in("scalar", "map", "set"), 1, 2)
        if not fields:
            return []
        writer = Writer(self.c)
        writer.world = replace(self.world, constants=[], helpers=[], fields=[])
        writer.s = Statements(self.c, writer.world)
        writer.node = self.node
        for f in fields:
            made = replace(f, name=f"seen_{f.name}", persistence=None)
            writer.world.fields.append(made)
            self.seen.append((made, f))
        return writer.protocol("Abstract")

    def refinement(self) -> Lines:
        """What the abstract protocol sees of a state: its fields, or something made of them."""
        scope = self.scope()
        given = []
        for made, f in self.seen:
            text = f"self.{f.name}"
            if not self.s.can(made.sort, scope, WANTED):
                pass
            elif f.kind == "map" and self.c.chance(50):
                text = self.s.whole_map(made, scope)
            elif f.kind == "set" and self.c.chance(30):
                text = self.s.whole_set(made, scope)
            elif f.kind == "scalar" and self.c.chance(50):
                text = self.s.value(made.sort, scope, self.c.below(3), WANTED).text
            given.append(f"{made.name}={text}")
        body = [f"return Abstract({', '.join(given)})"]
        return ["@refines(Abstract)", "def seen(self) -> Abstract:", *indented(body)]

    def claims(self, owner: str) -> Lines:
        """Properties of every kind."""
        c = self.c
        lines: Lines = []
        kinds = ["invariant"] * (1 + c.below(2))
        kinds += ["step_invariant"] * c.below(2) + ["reachable"] * c.below(2)
        if c.chance(20):
            kinds.append("constraint")
        if c.chance(12):
            kinds.append("terminal")
        for kind in kinds:
            name = f"claim{len(self.properties)}"
            self.properties.append((name, kind))
            lines += self.claim(name, kind, owner)
        if self.seen:
            lines += self.refinement()
        return lines

    def claim(self, name: str, kind: str, owner: str) -> Lines:
        step = kind == "step_invariant"
        scope = self.scope(("self", "after") if step else ("self",))
        mode = Mode(acts=False, result=BOOL)
        body, returned = self.s.block(scope, mode, self.c.weighted([(5, 0), (2, 1)]), 1)
        if not returned:
            test = self.s.condition(scope, 1 + self.c.below(4))
            body.append(f"return {test.text}")
        extra = f", after: {owner}" if step else ""
        return [f"@{kind}", f"def {name}(self{extra}) -> bool:", *indented(body)]

    # --------------------------------------------------------------------------------- variant
    def variant(self) -> Lines:
        """A subclass that adds a field and overrides an action, a helper or a property."""
        c = self.c
        lines: Lines = []
        inherited = tuple(self.world.fields)
        if c.chance(50):
            before = list(self.world.fields)
            made = self.declare(c.pick(("scalar", "map", "set")))
            known = self.scope()
            known.readable = frozenset(f.name for f in before)
            for x, sort in self.started.parameters:
                known.bind(x, Local(sort))
            if not all(self.s.can(s, known, WANTED) for s in self.needed(made)):
                self.world.fields[:] = before
                made = self.declare("set")
            if made.persistence == "Volatile" and not self.restarts:
                self.restarts = 1
            lines.append(f"{made.name}: {made.annotation()}")
            lines += self.init([made], inherited)
        if self.helpers and c.chance(40):
            lines += self.overridden_helper(c.pick(self.helpers))
        for method in c.some(self.actions, 1, 2):
            lines += self.override(method)
        if c.chance(30):
            lines += self.action(f"act{len(self.actions)}")
        plain = [name for name, kind in self.properties if kind != "step_invariant"]
        if plain and c.chance(30):
            name = c.pick(plain)
            kind = dict(self.properties)[name]
            test = self.s.condition(self.scope(), 2)
            body = [f"return super().{name}() {c.pick(('and', 'or'))} {test.text}"]
            lines += [f"@{kind}", f"def {name}(self) -> bool:", *indented(body)]
        return ["class Refined(Drawn):", *indented(lines)]

    def override(self, method: Method) -> Lines:
        """An action that does what it did before, and more; or only under a condition."""
        c, scope = self.c, self.scope()
        body: Lines = []
        mode = self.mode()
        arguments: list[str] = []
        for x, sort in method.parameters:
            scope.taken.add(x)
            if x not in method.drawn:
                scope.bind(x, Local(sort))
        for x, sort in method.parameters:
            if x in method.drawn or not c.chance(10):
                arguments.append(x)
            else:
                arguments.append(self.s.value(sort, scope, 1, WANTED).text)
        if c.chance(50) and not method.drawn:
            lines, returned = self.s.block(scope, mode, 1, 1)
            if not returned:
                body += lines
        body.append(f"super().{method.name}({', '.join(arguments)})")
        for x, sort in method.parameters:
            scope.bind(x, Local(sort))
        for x in method.writes:
            scope.forget(f"self.{x}")
        lines, _ = self.s.block(scope, mode, c.below(3), 1)
        return self.method(method.name, method.parameters, "action", body + lines)

    # ----------------------------------------------------------------------------------- model
    def model(self, protocol: str) -> Lines:
        sizes = ", ".join(f"{name}: {size}" for name, size in self.sized.items())
        given = [f"name='drawn', protocol={protocol}, sizes={{{sizes}}}"]
        for s in self.world.subsets:
            size = self.sized["Node"]
            systems = ["majority", "at_least(1)", f"at_least({size})"]
            systems.append(f"explicit({{1}}, {{1, {size}}})")
            if size == 1 or s.intersecting:
                systems = [systems[0], systems[2]]
            given.append(f"quorums={{{s}: {self.c.pick(systems)}}}")
        if self.bound:
            values = ", ".join(f"{name!r}: {value}" for name, value in self.bound.items())
            given.append(f"constants={{{values}}}")
        if any(f.kind == "network" for f in self.world.fields):
            given.append(f"network={self.network}")
        if self.restarts:
            given.append(f"restarts={self.restarts}")
        if self.c.chance(6):
            given.append(f"lengths={self.world.length + self.c.below(2)}")
        if self.c.chance(6):
            given.append(f"integers=({self.world.low}, {self.world.high - self.c.below(2)})")
        return [f"MODELS = [Model({', '.join(given)})]"]

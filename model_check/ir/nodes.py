"""The IR: a protocol as data. Small, typed, immutable; every node knows where it came from.

Grammar (``e`` expression, ``s`` statement, ``x`` name; brackets mean a tuple of nodes)::

    Spec     ::= name fields constants records init actions functions properties refinements
    Action   ::= x [Parameter] [s]                    Parameter ::= x sort drawn?
    Function ::= x [x sort] [s] result                a helper; `writes` lists the fields it changes

    s ::= Require(e)                                  not enabled unless e
        | Choose(x, e)                                the drawn parameter x takes each element of e
        | Let(x, e)                                   a local; may be given a new value of its sort
        | Assign(field, e)                            the whole field takes a new value
        | Branch(e, [s], [s])
        | Loop(x, e, [s])                             for each element of a finite domain
        | Perform(function, [e])                      a helper called for its effect
        | Return(e?)

    e ::= Literal(bool | int | enum index | None) | First(sort)
        | Var(x) | Field(x) | After(x) | Constant(x)  After: the field in the state after a step
        | Record(sort, [e]) | Attr(e, x) | IsRecord(e, sort) | As(e, sort)
        | Tuple([e]) | Item(e, i)
        | Some(e) | Unwrap(e) | IsNone(e)             Unwrap of None is a mistake at run time
        | Not(e) | And([e]) | Or([e]) | Implies(e, e) | If(e, e, e)       left to right, lazily
        | Eq(e, e) | Lt(e, e) | Le(e, e)
        | Add(e, e) | Sub(e, e) | Mul(e, e) | Min(e, e) | Max(e, e)       int; Min, Max any order
        | Get(map, key) | Put(map, key, e) | Fill(e) | MapOf([x], e)
        | In(e, coll) | With(coll, e) | Without(coll, e) | Count(bag, e)  coll: set, bag, sequence
        | UnionOf(e, e) | Intersect(e, e) | Minus(e, e) | Within(e, e) | SetOf([e])
        | Size(e) | At(seq, e) | Slice(seq, e?, e?) | Concat(seq, seq) | Seq([e])
        | All(sort) | Range(e, e) | Members(subset) | Of(coll, record)    finite domains
        | Fold(op, e, [Generator], default?)          op: all any sum min max set seq
        | Bind(x, e, e)                               let x = e in e
        | Call(function, [e])                         a helper called for its value

    Generator ::= x in e, where e                     later generators see earlier names

Actions, properties and functions are closed: their variables are their parameters, their locals and
those bound by Fold, MapOf, Loop and Bind. A name is bound once on each path, except by Let.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from ...spec.lang.errors import Span
from .sorts import BOOL, INT, ElementSort, RecordSort, Sort, SubsetSort, TupleSort

__all__ = [
    "Action", "Add", "After", "All", "And", "As", "Assign", "At", "Attr", "Bind", "Branch",
    "Call", "Choose", "Concat", "Constant", "Count", "Eq", "Expr", "Field", "FieldDecl", "Fill",
    "First", "Fold", "Function", "Generator", "Get", "If", "Implies", "In", "Intersect",
    "IsNone", "IsRecord", "Item", "LIVENESS", "Le", "Let", "Literal", "Loop", "Lt", "MapOf", "Max",
    "Members", "Min", "Minus", "Mul", "NOWHERE", "Network", "Not", "Of", "Op", "Or",
    "Parameter", "Perform", "Persistence", "Property", "PropertyKind", "Put", "Range", "Record",
    "Refinement", "Require", "Return", "Seq", "SetOf", "Size", "Slice", "Some", "Spec", "Stmt",
    "Sub", "Tuple", "UnionOf", "Unwrap", "Var", "With", "Within", "Without",
]  # fmt: skip

NOWHERE = Span("<built>", 0, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Base of expressions, statements and declarations. Equality ignores where a node came from."""

    span: Span = field(default=NOWHERE, compare=False, repr=False)


# ------------------------------------------------------------------------------- expressions
@dataclass(frozen=True, slots=True)
class Literal(Node):
    """True, False, an int, the index of an enum member, or None (of an option sort)."""

    value: bool | int | None
    sort: Sort


@dataclass(frozen=True, slots=True)
class First(Node):
    """The least element of a total order."""

    sort: ElementSort


@dataclass(frozen=True, slots=True)
class Var(Node):
    name: str
    sort: Sort


@dataclass(frozen=True, slots=True)
class Field(Node):
    """A state field; inside an action, with the effects of the statements before."""

    name: str
    sort: Sort


@dataclass(frozen=True, slots=True)
class After(Node):
    """A state field after the step; in step invariants only."""

    name: str
    sort: Sort


@dataclass(frozen=True, slots=True)
class Constant(Node):
    name: str
    sort: Sort


@dataclass(frozen=True, slots=True)
class Record(Node):
    sort: RecordSort
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Attr(Node):
    """One field of a record, or of a union all of whose records have it."""

    of: Expr
    name: str
    sort: Sort


@dataclass(frozen=True, slots=True)
class IsRecord(Node):
    of: Expr
    record: RecordSort
    sort: Sort = BOOL


@dataclass(frozen=True, slots=True)
class As(Node):
    """A union value known to be this record (after a test, as mypy narrows)."""

    of: Expr
    sort: Sort


@dataclass(frozen=True, slots=True)
class Tuple(Node):
    items: tuple[Expr, ...]
    sort: Sort


@dataclass(frozen=True, slots=True)
class Item(Node):
    of: Expr
    index: int
    sort: Sort


@dataclass(frozen=True, slots=True)
class Some(Node):
    of: Expr
    sort: Sort


@dataclass(frozen=True, slots=True)
class Unwrap(Node):
    of: Expr
    sort: Sort


@dataclass(frozen=True, slots=True)
class IsNone(Node):
    of: Expr
    sort: Sort = BOOL


@dataclass(frozen=True, slots=True)
class Not(Node):
    of: Expr
    sort: Sort = BOOL


@dataclass(frozen=True, slots=True)
class And(Node):
    parts: tuple[Expr, ...]
    sort: Sort = BOOL


@dataclass(frozen=True, slots=True)
class Or(Node):
    parts: tuple[Expr, ...]
    sort: Sort = BOOL


@dataclass(frozen=True, slots=True)
class Implies(Node):
    left: Expr
    right: Expr
    sort: Sort = BOOL


@dataclass(frozen=True, slots=True)
class If(Node):
    test: Expr
    then: Expr
    orelse: Expr
    sort: Sort


@dataclass(frozen=True, slots=True)
class Eq(Node):
    left: Expr
    right: Expr
    sort: Sort = BOOL


@dataclass(frozen=True, slots=True)
class Lt(Node):
    left: Expr
    right: Expr
    sort: Sort = BOOL


@dataclass(frozen=True, slots=True)
class Le(Node):
    left: Expr
    right: Expr
    sort: Sort = BOOL


@dataclass(frozen=True, slots=True)
class Add(Node):
    left: Expr
    right: Expr
    sort: Sort = INT


@dataclass(frozen=True, slots=True)
class Sub(Node):
    left: Expr
    right: Expr
    sort: Sort = INT


@dataclass(frozen=True, slots=True)
class Mul(Node):
    left: Expr
    right: Expr
    sort: Sort = INT


@dataclass(frozen=True, slots=True)
class Min(Node):
    left: Expr
    right: Expr
    sort: Sort


@dataclass(frozen=True, slots=True)
class Max(Node):
    left: Expr
    right: Expr
    sort: Sort


@dataclass(frozen=True, slots=True)
class Get(Node):
    of: Expr
    key: Expr
    sort: Sort


@dataclass(frozen=True, slots=True)
class Put(Node):
    """The map with one entry replaced."""

    of: Expr
    key: Expr
    value: Expr
    sort: Sort


@dataclass(frozen=True, slots=True)
class Fill(Node):
    """The map with the same value at every key."""

    value: Expr
    sort: Sort


@dataclass(frozen=True, slots=True)
class MapOf(Node):
    """The map with ``value`` at the key ``names`` (several for a tuple key)."""

    names: tuple[str, ...]
    value: Expr
    sort: Sort


@dataclass(frozen=True, slots=True)
class In(Node):
    """Membership in a set, bag, sequence, subset element or range."""

    of: Expr
    collection: Expr
    sort: Sort = BOOL


@dataclass(frozen=True, slots=True)
class With(Node):
    """A set with the element, or a bag with one more copy."""

    collection: Expr
    element: Expr
    sort: Sort


@dataclass(frozen=True, slots=True)
class Without(Node):
    """A set without the element, or a bag with one copy less (which must be there)."""

    collection: Expr
    element: Expr
    sort: Sort


@dataclass(frozen=True, slots=True)
class Count(Node):
    bag: Expr
    element: Expr
    sort: Sort = INT


@dataclass(frozen=True, slots=True)
class UnionOf(Node):
    left: Expr
    right: Expr
    sort: Sort


@dataclass(frozen=True, slots=True)
class Intersect(Node):
    left: Expr
    right: Expr
    sort: Sort


@dataclass(frozen=True, slots=True)
class Minus(Node):
    left: Expr
    right: Expr
    sort: Sort


@dataclass(frozen=True, slots=True)
class Within(Node):
    """Subset or equal."""

    left: Expr
    right: Expr
    sort: Sort = BOOL


@dataclass(frozen=True, slots=True)
class SetOf(Node):
    items: tuple[Expr, ...]
    sort: Sort


@dataclass(frozen=True, slots=True)
class Size(Node):
    """Length of a sequence, number of elements of a set, subset or sort, copies in a bag."""

    of: Expr
    sort: Sort = INT


@dataclass(frozen=True, slots=True)
class At(Node):
    """An element of a sequence, 0-based. An index outside is a mistake at run time."""

    of: Expr
    index: Expr
    sort: Sort


@dataclass(frozen=True, slots=True)
class Slice(Node):
    """``of[low:high]``, cut to the length as in Python; negative bounds are mistakes."""

    of: Expr
    low: Expr | None
    high: Expr | None
    sort: Sort


@dataclass(frozen=True, slots=True)
class Concat(Node):
    left: Expr
    right: Expr
    sort: Sort


@dataclass(frozen=True, slots=True)
class Seq(Node):
    items: tuple[Expr, ...]
    sort: Sort


@dataclass(frozen=True, slots=True)
class All(Node):
    """All elements of a sort; ``sort`` is the set of them."""

    of: Sort
    sort: Sort


@dataclass(frozen=True, slots=True)
class Range(Node):
    """The ints from ``low`` to ``high`` exclusive, in order; ``sort`` is a sequence of int."""

    low: Expr
    high: Expr
    sort: Sort


@dataclass(frozen=True, slots=True)
class Members(Node):
    """The set of the members of a subset element (a quorum)."""

    of: Expr
    sort: Sort


@dataclass(frozen=True, slots=True)
class Of(Node):
    """The different elements of a set or bag of a union that are of this record class."""

    collection: Expr
    record: RecordSort
    sort: Sort


class Op(Enum):
    """What a Fold makes of the values of its body, over all bindings of its generators."""

    ALL = "all"
    ANY = "any"
    SUM = "sum"
    MIN = "min"
    MAX = "max"
    SET = "set"
    SEQ = "seq"


@dataclass(frozen=True, slots=True)
class Generator(Node):
    """``name`` takes each element of ``domain`` for which ``where`` holds."""

    name: str
    sort: Sort
    domain: Expr
    where: Expr | None


@dataclass(frozen=True, slots=True)
class Fold(Node):
    """A comprehension. ``default`` is the value of MIN and MAX over nothing, if one is given."""

    op: Op
    body: Expr
    generators: tuple[Generator, ...]
    sort: Sort
    default: Expr | None = None


@dataclass(frozen=True, slots=True)
class Bind(Node):
    name: str
    value: Expr
    body: Expr
    sort: Sort


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A pure helper applied to arguments; expanded by the pass ``inline``."""

    function: str
    args: tuple[Expr, ...]
    sort: Sort


Expr = (
    Literal | First | Var | Field | After | Constant | Record | Attr | IsRecord | As | Tuple | Item
    | Some | Unwrap | IsNone | Not | And | Or | Implies | If | Eq | Lt | Le | Add | Sub | Mul | Min
    | Max | Get | Put | Fill | MapOf | In | With | Without | Count | UnionOf | Intersect | Minus
    | Within | SetOf | Size | At | Slice | Concat | Seq | All | Range | Members | Of | Fold | Bind
    | Call
)  # fmt: skip


# -------------------------------------------------------------------------------- statements
@dataclass(frozen=True, slots=True)
class Require(Node):
    condition: Expr


@dataclass(frozen=True, slots=True)
class Choose(Node):
    """``require(x in domain)`` for a parameter that nothing has fixed yet: one step for each
    element of the domain that is of the parameter's sort. Stands at the top level of an action,
    once for each drawn parameter. In a helper inlined with x already fixed, it is a Require."""

    name: str
    sort: Sort
    domain: Expr


@dataclass(frozen=True, slots=True)
class Let(Node):
    """Give a local a value. Giving one again replaces it."""

    name: str
    value: Expr


@dataclass(frozen=True, slots=True)
class Assign(Node):
    """Give a field a new value; ``self.f[k] = v`` is ``Assign(f, Put(Field(f), k, v))``."""

    field: str
    value: Expr


@dataclass(frozen=True, slots=True)
class Branch(Node):
    test: Expr
    then: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class Loop(Node):
    """The body once for each element; its result does not depend on the order."""

    name: str
    sort: Sort
    domain: Expr
    body: tuple[Stmt, ...]


@dataclass(frozen=True, slots=True)
class Perform(Node):
    """A helper called for its effect; expanded by the pass ``inline_effects``."""

    function: str
    args: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Return(Node):
    value: Expr | None


Stmt = Require | Choose | Let | Assign | Branch | Loop | Perform | Return


# ------------------------------------------------------------------------------ declarations
class Persistence(Enum):
    """What a crash does to a field."""

    DURABLE = "durable"
    VOLATILE = "volatile"


class Network(Enum):
    """How a field declared as ``Network`` is represented, by the model's choice."""

    SET = "set"
    BAG = "bag"
    FIFO = "fifo"


@dataclass(frozen=True, slots=True)
class FieldDecl(Node):
    """A state field. ``network`` is set if it was declared as a Network: a FIFO network is a map
    from (source, dest) to the queue, the others are a set or bag."""

    name: str
    sort: Sort
    persistence: Persistence | None = None
    network: Network | None = None


@dataclass(frozen=True, slots=True)
class Parameter(Node):
    """A choice that an action leaves open: every element of its sort (an element, subset or enum
    sort, bool, or an option of these), or, if ``drawn``, what a :class:`Choose` in the body says.
    """

    name: str
    sort: Sort
    drawn: bool = False


@dataclass(frozen=True, slots=True)
class Action(Node):
    """``init``, or a step. ``added`` says which model option made it, if the text did not."""

    name: str
    parameters: tuple[Parameter, ...]
    body: tuple[Stmt, ...]
    doc: str = ""
    added: str | None = None


@dataclass(frozen=True, slots=True)
class Function(Node):
    """A helper. ``result`` is None if it is called for its effect; ``reads`` and ``writes`` list
    state fields, those of the helpers it calls included."""

    name: str
    parameters: tuple[tuple[str, Sort], ...]
    body: tuple[Stmt, ...]
    result: Sort | None
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    doc: str = ""


class PropertyKind(Enum):
    INVARIANT = "invariant"
    STEP_INVARIANT = "step_invariant"
    REACHABLE = "reachable"
    EVENTUALLY = "eventually"
    LEADS_TO = "leads_to"
    ALWAYS_EVENTUALLY = "always_eventually"
    EVENTUALLY_ALWAYS = "eventually_always"
    ASSUMPTION = "assumption"
    CONSTRAINT = "constraint"
    TERMINAL = "terminal"


LIVENESS = (
    PropertyKind.EVENTUALLY,
    PropertyKind.LEADS_TO,
    PropertyKind.ALWAYS_EVENTUALLY,
    PropertyKind.EVENTUALLY_ALWAYS,
)
"""The kinds of claims about the long run, which alone may have parameters."""


@dataclass(frozen=True, slots=True)
class Property(Node):
    """A claim. ``body`` is a block that returns a bool, as that of a Function; that of LEADS_TO
    returns a pair of them. The claim is made for each choice of the ``parameters`` by itself."""

    name: str
    kind: PropertyKind
    body: tuple[Stmt, ...]
    doc: str = ""
    parameters: tuple[Parameter, ...] = ()

    @property
    def result(self) -> Sort:
        """The sort of what the body returns."""
        return TupleSort((BOOL, BOOL)) if self.kind is PropertyKind.LEADS_TO else BOOL


@dataclass(frozen=True, slots=True)
class Refinement(Node):
    """A mapping to an abstract protocol: for each of its fields, the value here.

    ``bindings`` are locals shared by the values, in order.
    """

    name: str
    abstract: Spec
    bindings: tuple[Let, ...]
    mapping: tuple[tuple[str, Expr], ...]
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Spec(Node):
    """A protocol, with the network model and restarts of one model already written out."""

    name: str
    fields: tuple[FieldDecl, ...]
    constants: tuple[tuple[str, Sort], ...]
    sorts: tuple[ElementSort | SubsetSort, ...]
    records: tuple[RecordSort, ...]
    init: Action
    actions: tuple[Action, ...]
    functions: tuple[Function, ...]
    properties: tuple[Property, ...]
    refinements: tuple[Refinement, ...]
    doc: str = ""

    def field(self, name: str) -> FieldDecl:
        return next(f for f in self.fields if f.name == name)

    def function(self, name: str) -> Function:
        return next(f for f in self.functions if f.name == name)

    def of_kind(self, kind: PropertyKind) -> tuple[Property, ...]:
        return tuple(p for p in self.properties if p.kind is kind)

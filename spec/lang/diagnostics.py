"""Every mistake that a specification can contain, with its code and what to write instead.

Codes are stable: BP1xx declarations, BP2xx statements, BP3xx expressions, BP4xx sorts of values,
BP5xx mistakes at run time, BP6xx models, BP7xx files, BP8xx proofs. ``docs/reference/diagnostics``
lists them with an example each.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from .errors import Span, SpecError

__all__ = ["Diagnostic"]


class Diagnostic(Enum):
    """One kind of mistake: code, message and advice, with ``{placeholders}`` for :meth:`error`."""

    # ------------------------------------------------------------------ BP1xx declarations
    NO_SOURCE = (
        "BP101",
        "the source text of {name} cannot be read",
        "put the protocol in a .py file: text typed into an interactive session is not kept",
    )
    NOT_A_PROTOCOL = (
        "BP102",
        "{name} is not a protocol",
        "write `class {name}(Protocol):`",
    )
    NO_INIT = (
        "BP103",
        "{protocol} does not say how it starts",
        "write `def init(self) -> None:` and give every field a value there",
    )
    FIELD_NOT_INITIALISED = (
        "BP104",
        "init() gives self.{name} no value",
        "assign every declared field in init(), such as `self.{name} = fill(Server, None)`",
    )
    FIELD_TYPE = (
        "BP105",
        "the type {type} is outside the specification language",
        "use sorts, enums, records and unions of records, bool, int, T | None, tuple[T, ...], "
        "frozenset[T], and for fields Map, Set, Bag, Network",
    )
    MAP_KEY = (
        "BP106",
        "a map cannot have keys of type {type}",
        "use a sort, an enumeration or a tuple of them as the key: maps are total",
    )
    NESTED_STATE = (
        "BP107",
        "{type} is only for a whole state field",
        "inside values write frozenset[T] or tuple[T, ...]; for a map of maps write a tuple key, "
        "`Map[tuple[K, L], V]`",
    )
    PARAMETER_WITHOUT_TYPE = (
        "BP108",
        "the parameter {name} has no type",
        "annotate it, as in `{name}: Server`",
    )
    PARAMETER_WITHOUT_DOMAIN = (
        "BP109",
        "nothing says which {type} the parameter {name} may be",
        "write `require({name} in {domain})` at the top level of the action, before {name} is used",
    )
    PARAMETER_DEFAULT = (
        "BP110",
        "a parameter has no default here",
        "remove it: every possible value of an action's parameter is tried, and a helper is given "
        "all of its arguments",
    )
    PARAMETER_STAR = (
        "BP111",
        "`*`, `**` and `/` in parameters are outside the specification language",
        "name each parameter and give it a type, as in `a: Server, b: Server`",
    )
    INVARIANT_PARAMETERS = (
        "BP112",
        "{name}() is marked @{kind}, and takes parameters",
        "write `def {name}(self) -> {result}:`, and quantify inside, as in "
        "`all(... for s in Server)`",
    )
    STEP_INVARIANT_PARAMETERS = (
        "BP113",
        "a step invariant takes the state after the step as its only parameter",
        "write `def {name}(self, after: Self) -> bool:`",
    )
    PROPERTY_WRITES = (
        "BP114",
        "{name}() is marked @{kind}, and must not change the state",
        "a property only looks; move the change into an action",
    )
    OVERRIDE_NOT_MARKED = (
        "BP115",
        "{name}() overrides a method of {base} marked @{kind}, and is not marked itself",
        "put @{kind} above it",
    )
    RECURSIVE_HELPER = (
        "BP116",
        "{name}() calls itself",
        "say it without recursion, as in `any(... for b in Ballot if b < c)`: helpers are expanded "
        "in place",
    )
    HELPER_WITHOUT_RETURN_TYPE = (
        "BP117",
        "the helper {name}() has no return type",
        "annotate it: `-> bool`, `-> Term | None`, or `-> None` if it only changes the state",
    )
    CONST_WITHOUT_TYPE = (
        "BP118",
        "the constant {name} has no type",
        "write `{name} = Const[int]()`",
    )
    SUBSET_WITHOUT_BASE = (
        "BP119",
        "{sort} does not say of which sort its elements are subsets",
        "write `class {sort}(QuorumOf[Server])`",
    )
    VOLATILE_KEY = (
        "BP120",
        "the volatile field {name} is not kept per node",
        "make it `Volatile[Map[Node, ...]]` with the same node sort in every volatile field: a "
        "restart resets the entries of one node",
    )
    RESTART_DEFINED = (
        "BP121",
        "{protocol} has its own {what}, and the model asks for restarts={restarts}",
        "leave restarts out of the model, or remove this and mark fields Volatile",
    )
    NOTHING_VOLATILE = (
        "BP122",
        "the model `{model}` has restarts, but no field of {protocol} is volatile",
        "mark what a crash loses: `role: Volatile[Map[Server, Role]]`",
    )
    ASYNC_OR_GENERATOR = (
        "BP123",
        "{name}() is a generator or async function",
        "write an ordinary method: a step is taken as a whole",
    )
    ACTION_RETURNS = (
        "BP124",
        "{name}() is there to change the state, and returns a value",
        "write `return` alone; what an action or a helper with `-> None` finds out, it stores in a "
        "field",
    )
    NO_ACTIONS = (
        "BP125",
        "{protocol} has no action",
        "mark the methods that are steps with @action",
    )
    DECORATOR = (
        "BP126",
        "the decorator on {name}() is outside the specification language",
        "use one of @action, @invariant, @step_invariant, @reachable, @assumption, @constraint, "
        "@terminal and @refines(...), or none for a helper",
    )
    HELPER_WRITES_AND_RETURNS = (
        "BP127",
        "{name}() both changes the state and returns a value",
        "split it: one helper that returns the value, one with `-> None` that makes the change",
    )
    ASSUMPTION_READS_STATE = (
        "BP128",
        "the assumption {name} reads self.{field}",
        "an assumption is about constants and quorums; make it an @invariant",
    )
    REFINEMENT_FORM = (
        "BP129",
        "a refinement maps each state to a state of {abstract}",
        "assign locals if needed, write `x if c else y` for cases, and end with "
        "`return {abstract}(field=..., ...)`",
    )
    VOLATILE_INIT = (
        "BP130",
        "a restart cannot tell the initial value of {name}",
        "give it in init() by `fill(...)` or `Map({{... for ... }})`, which say it for each node",
    )
    RECURSIVE_RECORD = (
        "BP131",
        "a {record} would hold another {record}",
        "let it hold what identifies the other one, such as a number or an element of a sort: "
        "values are finite",
    )
    TOO_DEEP = (
        "BP132",
        "{name} is nested too deeply to be read",
        "give parts of its longest expressions names of their own, as locals or helpers",
    )
    NO_SELF = (
        "BP133",
        "{name}() has no parameter for the state",
        "write `def {name}(self, ...)`",
    )
    CLASS_WITH_BEHAVIOUR = (
        "BP134",
        "{cls} has {what}, which is not read",
        "a record has fields only, a sort its name, an enumeration its members: what they do would "
        "be unknown to every engine but Python; write a helper method of the protocol",
    )
    LIVENESS_PARAMETER = (
        "BP135",
        "{name}() is marked @{kind}, and its parameter {parameter} has the type {type}",
        "a claim with parameters is made for each element of a sort, member of an enumeration or "
        "bool; quantify over other values inside",
    )
    SAME_NAME = (
        "BP136",
        "there are two classes {name} in one specification; the other one is in {module}",
        "sorts, records and enumerations go by their names in every verdict: rename one of them, "
        "or import the one that is meant",
    )
    # -------------------------------------------------------------------- BP2xx statements
    STATEMENT = (
        "BP201",
        "`{statement}` is outside the specification language",
        "use require, assignment, if/else, match, for over a finite domain, and return",
    )
    WHILE = (
        "BP202",
        "`while` is outside the specification language",
        "let each round be a step of its own, or write `for x in` a sort, range or sequence",
    )
    UNDECLARED_FIELD = (
        "BP203",
        "self.{name} is not declared",
        "the fields are {fields}; declare a new one in the class body with its type, as in "
        "`{name}: Map[Server, int]`",
    )
    ASSIGN_TARGET = (
        "BP204",
        "this cannot be assigned to",
        "assign to a local name, to a field `self.f`, or to one entry `self.f[key]`",
    )
    ASSIGN_TO_CONSTANT = (
        "BP205",
        "self.{name} is a {what}, and stays as it is",
        "declare a state field for what changes",
    )
    ASSIGN_TO_ATTRIBUTE = (
        "BP206",
        "a record cannot be changed",
        "make a new one: `self.f[k] = Vote(ballot, value)`",
    )
    ASSIGN_TO_OTHER_STATE = (
        "BP207",
        "only the state `self` can be changed",
        "the state after a step is there to be read",
    )
    LOOP_ORDER = (
        "BP208",
        "the result depends on the order in which the loop runs: {reason}",
        "{domain} has no order; write `self.f[x] = ...` for each x from what was there before, or "
        "use sum, min, max, any or all",
    )
    LOOP_ELSE = (
        "BP209",
        "`else` on a for loop is outside the specification language",
        "write `if not any(...)` before or after the loop",
    )
    LOOP_JUMP = (
        "BP210",
        "`{word}` is outside the specification language",
        "put a condition on the loop: `for x in xs: if ...`, or ask any(...) first",
    )
    LOOP_TARGET = (
        "BP211",
        "this loop variable is outside the specification language",
        "use one name, or a tuple of names to take an element apart",
    )
    RETURN_IN_LOOP = (
        "BP212",
        "`return` inside a for loop is outside the specification language",
        "use any(...), all(...), min(...) or max(...) to search",
    )
    MATCH_PATTERN = (
        "BP213",
        "this pattern is outside the specification language",
        "use class patterns `case Promise(ballot=b)`, enum members, None, names, `|` and `_`",
    )
    MATCH_SUBJECT = (
        "BP214",
        "{type} is never a {cls}",
        "remove the test, or ask it of a value whose type includes {cls}",
    )
    EXPRESSION_STATEMENT = (
        "BP215",
        "this expression has no effect",
        "write `require(...)` for a guard, `return ...` for a result, or assign the value",
    )
    SET_METHOD = (
        "BP216",
        "{type} has no operation `{method}`",
        "{operations}",
    )
    METHOD_ON_NON_FIELD = (
        "BP217",
        "only a state field can be changed by `.{method}()`",
        "write `{example}`",
    )
    UNDEFINED_LOCAL = (
        "BP218",
        "{name} may have no value here",
        "give it a value before the branches, or in each of them",
    )
    LOCAL_TYPE_CHANGES = (
        "BP219",
        "{name} was {old} and becomes {new}",
        "use another name: a name keeps one meaning and one type",
    )
    REQUIRE_IN_PROPERTY = (
        "BP220",
        "require() is for actions",
        "return a bool: `return implies(premise, conclusion)`",
    )
    SUPER_CALL = (
        "BP221",
        "super() cannot be used like this: {problem}",
        "write `super().{method}(...)`, in a method that overrides another {method}",
    )
    AUGMENTED = (
        "BP222",
        "the operator `{operator}=` is outside the specification language",
        "use += and -= on int, += on sequences, |=, &= and -= on frozensets",
    )
    MISSING_RETURN = (
        "BP223",
        "{name}() may end without returning a value",
        "return a value on every path",
    )
    ALIAS = (
        "BP224",
        "{name} would be a second name for self.{field}, and change with it",
        "write `self.{field}` where it is needed{copy}",
    )
    ASSIGN_TO_ELEMENT = (
        "BP225",
        "an element of {type} cannot be replaced",
        "make a new sequence, as in `log[:i] + (x,) + log[i + 1:]`",
    )
    # ------------------------------------------------------------------- BP3xx expressions
    EXPRESSION = (
        "BP301",
        "{what} is outside the specification language",
        "{advice}",
    )
    UNKNOWN_NAME = (
        "BP302",
        "the name {name} is not defined",
        "define or import it; locals must be assigned before they are used",
    )
    FOREIGN_OBJECT = (
        "BP303",
        "{name} is {kind}, which has no meaning here",
        "what is visible from outside the class are sorts, records and enumerations, and constants "
        "that are an int, a bool or a member of an enumeration",
    )
    FOREIGN_CALL = (
        "BP304",
        "{name}() cannot be called in a specification",
        "write a helper method of the protocol; of the built-in functions there are all, any, sum, "
        "min, max, len, range, isinstance, frozenset and tuple",
    )
    LAMBDA = (
        "BP305",
        "lambda is outside the specification language",
        "write a helper method",
    )
    LIST_DISPLAY = (
        "BP306",
        "lists are outside the specification language",
        "write a tuple `(x, y)` or `tuple(... for ...)`: values never change in place",
    )
    DICT_DISPLAY = (
        "BP307",
        "a dict is only for the value of a whole map",
        "write `self.f = Map({{k: ... for k in Server}})`",
    )
    FLOAT = (
        "BP308",
        "{value} is not a value of the specification language",
        "there are int, bool and None; names are members of an enum.Enum",
    )
    ARITHMETIC = (
        "BP309",
        "there is no `{operator}` between {left} and {right}",
        "use +, - and * on int, + on sequences, and |, & and - on frozensets",
    )
    IS_NOT_NONE = (
        "BP310",
        "`is` compares identity, which values do not have",
        "write == or !=; `is` is only for None",
    )
    CONDITION_NOT_BOOL = (
        "BP311",
        "expected a bool, found {type}",
        "write an explicit comparison, such as `x is not None`, `x > 0` or `len(x) > 0`",
    )
    NOT_ITERABLE = (
        "BP312",
        "there is nothing to iterate over in {type}",
        "iterate over a sort, an enumeration, a set, a quorum, a sequence or range(...)",
    )
    COMPREHENSION_TARGET = (
        "BP313",
        "this comprehension variable is outside the specification language",
        "use one name, or a tuple of names to take an element apart",
    )
    SLICE = (
        "BP314",
        "this slice is outside the specification language",
        "write `log[:n]`, `log[n:]` or `log[m:n]` with indices counted from the start",
    )
    NEGATIVE_INDEX = (
        "BP315",
        "a negative index counts from the end, which a specification does not",
        "write `log[len(log) - 1]` for the last element",
    )
    KEYWORD_ARGUMENTS = (
        "BP316",
        "{name}() cannot take this argument by keyword",
        "give the arguments by position, in the order of the definition",
    )
    ARGUMENT_COUNT = (
        "BP317",
        "{name}() takes {expected}, not {found}",
        "give one argument for each parameter",
    )
    RECORD_FIELDS = (
        "BP318",
        "{record} has the fields {fields}",
        "give each of them once, in order or by name",
    )
    MIN_MAX = (
        "BP319",
        "{name}() needs two values or a comprehension, of an ordered type",
        "write `max(a, b)` or `max((m.ballot for m in ...), default=None)`",
    )
    SUM_OF = (
        "BP320",
        "sum() adds int, not {type}",
        "count with `sum(1 for x in ... if ...)`",
    )
    LEN_OF = (
        "BP321",
        "{type} has no length",
        "len() is for sequences, sets, bags and sorts",
    )
    ENUM_MEMBER = (
        "BP322",
        "{cls} has no member {name}",
        "its members are {members}",
    )
    STRING = (
        "BP323",
        "text is not a value of the specification language",
        "make it a member of an enum.Enum",
    )
    GENERATOR_ALONE = (
        "BP324",
        "a generator expression must be given to all, any, sum, min, max, frozenset or tuple",
        "write a set `{{... for ...}}` for a collection of values",
    )
    WALRUS = (
        "BP325",
        "`:=` is outside the specification language",
        "assign to the name on a line of its own",
    )
    TUPLE_FROM_SET = (
        "BP326",
        "the elements of {type} have no order, so there is no sequence of them",
        "make the sequence from a sequence or range(...)",
    )
    METHOD_NOT_CALLED = (
        "BP327",
        "self.{name} is a method",
        "call it: `self.{name}(...)`",
    )
    FIELD_CALLED = (
        "BP328",
        "self.{name} is a state field, not a method",
        "read it as `self.{name}`, or an entry of it as `self.{name}[key]`",
    )
    UNKNOWN_METHOD = (
        "BP329",
        "{protocol} has no method {name}",
        "its methods are {methods}",
    )
    NO_COMPREHENSION = (
        "BP330",
        "{name}() needs a comprehension here",
        "write `{name}(... for x in ...)`",
    )
    NETWORK_VALUE = (
        "BP331",
        "the messages in self.{name} cannot be read as a value",
        "write `self.{name}.send(m)`, `self.{name}.receive(m)`, `m in self.{name}`, "
        "`for m in self.{name}` or `for m in self.{name}.of(Message)`; declare a Set to look at "
        "messages in other ways",
    )
    SORT_AS_VALUE = (
        "BP332",
        "{name} is a sort, not a value",
        "write `frozenset({name})` for the set of its elements",
    )
    STATE_OPERATOR = (
        "BP333",
        "self.{name} is a {kind}, which changes in place and has no `{operator}`",
        "write `frozenset(self.{name})` for the elements it has now",
    )
    NO_VALUE = (
        "BP334",
        "{name}() has no value, being declared `-> None`",
        "call it on a line of its own",
    )
    PARTIAL_MAP = (
        "BP335",
        "this does not give exactly one entry to every {key}",
        "write `{example}`, without a condition",
    )
    SET_DISPLAY = (
        "BP336",
        "a set changes in place, and a value is needed",
        "write `frozenset({text})`",
    )
    WHOLE_STATE = (
        "BP337",
        "{name} is a whole state, and no value",
        "read its fields, as in `{name}.f`, and compare them one by one",
    )
    # ------------------------------------------------------------------------- BP4xx sorts
    NO_ORDER = (
        "BP401",
        "there is no order on {types}",
        "compare int, or elements of one TotalOrder; of frozensets, <= and >= say that one is a "
        "subset of the other",
    )
    INCOMPARABLE = (
        "BP402",
        "{left} is never equal to {right}",
        "compare values of one type",
    )
    NEVER_MEMBER = (
        "BP403",
        "{element} is never an element of {collection}",
        "look in a collection whose elements have this type",
    )
    EXPECTED = (
        "BP404",
        "expected {expected}, found {found}",
        "give a value of the declared type",
    )
    NO_FIELD = (
        "BP405",
        "{type} has no field {name}",
        "{advice}",
    )
    KEY_TYPE = (
        "BP406",
        "the key must be {expected}, not {found}",
        "{advice}",
    )
    NOT_INDEXABLE = (
        "BP407",
        "{type} cannot be indexed",
        "index a map or a sequence",
    )
    BRANCHES_DIFFER = (
        "BP408",
        "the branches give {left} and {right}",
        "let both give one type; None and T together give T | None",
    )
    ELEMENT_TYPE = (
        "BP409",
        "{found} is not what {collection} holds",
        "give an element of the declared type, or declare the field with this type too",
    )
    ISINSTANCE = (
        "BP410",
        "{name} needs the name of one record class",
        "write `{example}`",
    )
    UNION_FIELD = (
        "BP411",
        "not every record in {type} has the field {name}",
        "tell them apart first: `isinstance({expression}, {record}) and ...`, or `match`",
    )
    EMPTY_COLLECTION_TYPE = (
        "BP412",
        "this does not say of what type it is",
        "annotate the name, as in `{example}`",
    )
    TUPLE_INDEX = (
        "BP413",
        "{type} has no element `{index}`",
        "write its number, from 0 to {last}; a record has named fields instead",
    )
    STATE_AS_VALUE = (
        "BP414",
        "self.{name} is a {kind}, which changes in place, and a value is needed",
        "{advice}",
    )
    # ----------------------------------------------------------------------- BP5xx running
    NO_INSTANCE = (
        "BP501",
        "the elements of a sort are only known inside a model",
        "move this into a method of the protocol; a test writes `with model.universe():` around it",
    )
    UNSIZED_SORT = (
        "BP502",
        "the model gives no size to {sort}",
        "add `{sort}: 2` to its sizes",
    )
    KEY_MISSING = (
        "BP503",
        "the map has no entry for {key}",
        "make the map total, by fill() or by a comprehension over all of the sort",
    )
    INDEX_OUT_OF_RANGE = (
        "BP504",
        "index {index} is outside a sequence of length {length}",
        "guard it: `require({guard})`, or the same before `and`",
    )
    NONE_USED = (
        "BP505",
        "`{expression}` is None here",
        "{advice}",
    )
    BAG_REMOVE = (
        "BP506",
        "the bag holds no copy of {element}",
        "guard it: `require({guard})`",
    )
    MIN_OF_EMPTY = (
        "BP507",
        "{name}() of nothing",
        "give a default, as in `{name}((... for ...), default=None)`, or guard it with any(...)",
    )
    WRONG_RECORD = (
        "BP508",
        "this is a {found} here, which has no field {name}",
        "tell the records apart first: isinstance(m, ...) or `match`",
    )
    NEGATIVE_BOUND = (
        "BP509",
        "a slice cannot begin or end at {bound}",
        "guard it: `require({guard})`; indices count from the start",
    )
    SEQUENCE_BOUND = (
        "BP510",
        "self.{field} holds a sequence of length {length}; the model allows {bound}",
        "add a guard or a @constraint that keeps it shorter, or raise `lengths` in the model",
    )
    INTEGER_BOUND = (
        "BP511",
        "self.{field} holds {value}; the model allows {low}..{high}",
        "add a guard or a @constraint that keeps it within, or widen `integers` in the model",
    )
    PYTHON_ERROR = (
        "BP512",
        "Python says: {error}",
        "correct the expression, or guard it with require(...)",
    )
    UNKNOWN_STATE_FIELD = (
        "BP513",
        "{protocol} has no state field {name}",
        "its fields are {fields}; declare a new one in the class body with its type",
    )
    STATE_FIELD_MISSING = (
        "BP514",
        "a state of {protocol} needs a value for {name}",
        "give every field a value",
    )
    # ------------------------------------------------------------------------ BP6xx models
    SORT_WITHOUT_SIZE = (
        "BP601",
        "the model `{model}` does not say how many elements {sort} has",
        "add `{sort}: 2` to its sizes, or give `--size {sort}=2`",
    )
    EMPTY_SORT = (
        "BP602",
        "the model `{model}` gives {sort} {size!r} elements",
        "a sort has at least one element",
    )
    EMPTY_QUORUM_SYSTEM = (
        "BP603",
        "the model `{model}` has no quorum in {sort}",
        "without one nothing is ever decided; name a quorum system that is not empty",
    )
    QUORUM_OUTSIDE = (
        "BP604",
        "a quorum names node {node}, and there are {n}",
        "count the nodes from 1",
    )
    WEIGHTS_MISMATCH = (
        "BP605",
        "there are {weights} weights for {n} nodes",
        "give one weight for each node",
    )
    GRID_MISMATCH = (
        "BP606",
        "a grid of {rows} rows of {width} does not have {n} nodes",
        "let rows times width be the number of nodes",
    )
    UNKNOWN_CONSTANT = (
        "BP607",
        "{protocol} has no constant {name}",
        "its constants are: {known}",
    )
    UNBOUND_CONSTANT = (
        "BP608",
        "the constant {name} is not bound",
        'add it to the model: `constants={{"{name}": ...}}`, or give `--const {name}=...`',
    )
    CONSTANT_VALUE = (
        "BP609",
        "the constant {name} cannot be {value!r}",
        "give a value of type {expected}; elements of a sort by number, as they are shown",
    )
    CONSTANT_TYPE = (
        "BP610",
        "the constant {name} has the type {type}, which a model cannot bind",
        "use int, bool, a sort, an enumeration, a pair of them, frozenset or tuple of them",
    )
    FIFO_WITHOUT_ENDS = (
        "BP611",
        "{record} does not say from whom to whom it goes, and the network is FIFO per channel",
        "give it the fields `source` and `dest`",
    )
    NETWORK_FAULT_ACTION = (
        "BP612",
        "{protocol} defines the action {name} itself, and so does its network model",
        "rename the action",
    )
    UNKNOWN_PROPERTY = (
        "BP613",
        "{protocol} has no property {name}",
        "its properties are: {known}",
    )
    NOT_A_SORT = (
        "BP614",
        "{name} is not {wanted}",
        "the keys of `{argument}` are the classes themselves, as in `{example}`",
    )
    QUORUM_SYSTEM_FAILS = (
        "BP615",
        "this quorum system fails for {n} nodes: {error}",
        "let it be a function from the number of nodes to sets of their indices, from 0",
    )
    NOT_FAIRNESS = (
        "BP616",
        "{given} is no assumption of fairness",
        "write `fairness=[weakly_fair(...)]`, and in the parentheses the actions",
    )
    FAIR_ACTION = (
        "BP617",
        "fairness is assumed of {name}, which is no action of {protocol}",
        "name the methods marked @action themselves, as in `weakly_fair({example})`",
    )
    FAIR_PARAMETER = (
        "BP618",
        "fairness is assumed for each {name}, which is no parameter that all of its actions have; "
        "those of {action} are: {known}",
        "name parameters that every one of the actions has, with the same type",
    )
    LIVENESS_SYMMETRY = (
        "BP619",
        "{name} is claimed of the long run, and the model explores one state of each orbit only",
        "leave out the symmetry, or name what else is to be checked as `properties`: a cycle of "
        "orbits need not be a cycle of states",
    )
    # ------------------------------------------------------------------------- BP7xx files
    NO_MODELS = (
        "BP701",
        "MODELS of {name} is no list of models",
        'write `MODELS = [Model(name="...", protocol=..., sizes={{...}})]`',
    )
    NOT_PYTHON = (
        "BP702",
        "this is no Python: {error}",
        "correct it",
    )
    IMPORT_FAILS = (
        "BP703",
        "an import fails: {error}",
        "specifications import `from ballotproof.spec.lang import *`, and their neighbours by file "
        "name",
    )
    LOADING_FAILS = (
        "BP704",
        "the file cannot be imported: {error}",
        "a specification only defines classes and MODELS; it runs nothing when it is imported",
    )

    # ------------------------------------------------------------------------ BP8xx proofs
    NO_PROOFS = (
        "BP801",
        "PROOFS of {name} is no list of proofs",
        'write `PROOFS = [Proof(name="...", protocol=..., of=...)]`',
    )
    PROOF_NOT_EXTENSION = (
        "BP802",
        "{name} does not extend {of}, of which it is to be a proof",
        "write `class {name}({of}):`, and add ghost fields and invariants there",
    )
    PROOF_FIELD = (
        "BP803",
        "the proof gives the field {name} another type than {protocol} does",
        "leave the fields of the protocol as they are; add ghost fields under names of their own",
    )
    PROOF_ACTION_ADDED = (
        "BP804",
        "the action {name} is new, and it changes {field}, which is a field of {protocol}",
        "let an added action change ghost fields only",
    )
    GHOST_CHANGES_ACTION = (
        "BP805",
        "{action} differs from that of {protocol} in more than ghost fields",
        "call `super().{action}(...)` with the same parameters, and add nothing but assignments to "
        "ghost fields before or after it",
    )
    GHOST_READ = (
        "BP806",
        "{action} depends on the ghost field {name}",
        "a ghost only records: read it in invariants and in assignments to ghost fields",
    )
    PROOF_CLAIM = (
        "BP807",
        "the proof changes {name}, which {protocol} states",
        "prove it as it stands; give a stronger claim a name of its own",
    )
    PROOF_ASSUMPTION = (
        "BP808",
        "the proof adds the assumption {name}, which {protocol} does not make",
        "prove it as an invariant, or state it in the protocol",
    )
    PROOF_GOAL = (
        "BP809",
        "{protocol} has no invariant or step invariant {name}",
        "what it claims is: {known}",
    )
    PROOF_LEMMA = (
        "BP810",
        "{protocol} has no {name} that could be meant here",
        'write `lemmas={{"action/claim": ("invariant", ...)}}`',
    )
    PROOF_CANDIDATE = (
        "BP811",
        "{name} is no invariant that the proof {protocol} adds, so no candidate for a lemma",
        "it adds {known}; what the protocol claims is always part of the proof",
    )
    PROOF_ARGUMENT = (
        "BP812",
        "{argument}={given} is not {wanted}",
        "write {example}",
    )
    PROOF_INSTANCE = (
        "BP813",
        "the instance {name} is one of {other}, and the proof is about {protocol}",
        "write `protocol={protocol}` in it: what another protocol does shows nothing of this one",
    )
    PROOF_TWICE = (
        "BP814",
        "two proofs of {protocol} are called {name}",
        "give each a name of its own",
    )

    def __init__(self, code: str, message: str, advice: str) -> None:
        self.code = code
        self.message = message
        self.advice = advice

    def error(self, span: Span | None = None, **values: Any) -> SpecError:
        """The error to raise, at ``span`` where it is known, with the placeholders filled."""
        return SpecError(
            self.code, self.message.format(**values), self.advice.format(**values), span
        )

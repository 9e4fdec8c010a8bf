"""Sorts and the values of a state: elements, subsets, records, maps, sets and bags.

A *sort* is a class whose elements are known only once a :class:`~.model.Model` gives it a size.
Nothing but equality holds between the elements of a :class:`Sort`, so they are interchangeable;
a :class:`TotalOrder` adds ``<`` and a least element. The elements of the sort in force are those
of the current :class:`Universe`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass, field, fields
from enum import Enum
from typing import (
    Any,
    ClassVar,
    Generic,
    Self,
    TypeVar,
    cast,
    dataclass_transform,
    get_args,
    overload,
)

from .diagnostics import Diagnostic
from .mistakes import bag_lacks
from .source import called_from, class_span, member_span

__all__ = [
    "Bag",
    "Const",
    "Map",
    "QuorumOf",
    "Set",
    "Sort",
    "SubsetOf",
    "TotalOrder",
    "Universe",
    "fill",
    "record",
]

T = TypeVar("T")
R = TypeVar("R")
K = TypeVar("K")
V = TypeVar("V")
K1 = TypeVar("K1")
K2 = TypeVar("K2")
K3 = TypeVar("K3")


# ------------------------------------------------------------------------------------- sorts
@dataclass
class Universe:
    """What one instance of a protocol fixes: elements of every sort, and constants.

    ``network`` is the network model of :mod:`.network`; ``constants`` maps (class, name) to the
    value bound there.
    """

    elements: dict[type[Any], tuple[Any, ...]]
    constants: dict[str, Any] = field(default_factory=dict)
    network: Any = None
    _tokens: list[Token[Universe]] = field(default_factory=list, repr=False, compare=False)

    def __enter__(self) -> Universe:
        self._tokens.append(_current.set(self))  # entered again inside itself, it is left in turn
        return self

    def __exit__(self, *_: object) -> None:
        _current.reset(self._tokens.pop())


_current: ContextVar[Universe] = ContextVar("universe")


def current_universe() -> Universe:
    """The instance in force. **Errors** BP501 outside of one."""
    try:
        return _current.get()
    except LookupError:
        raise Diagnostic.NO_INSTANCE.error(called_from()) from None


def elements(sort: type[T]) -> tuple[T, ...]:
    """All elements of a sort or enumeration in the current instance, in index order."""
    if issubclass(sort, Enum):
        return tuple(sort)
    universe = current_universe()
    if sort not in universe.elements:
        raise Diagnostic.UNSIZED_SORT.error(called_from(), sort=sort.__name__)
    return cast("tuple[T, ...]", universe.elements[sort])


class _SortMeta(type):
    def __iter__(cls: type[T]) -> Iterator[T]:
        return iter(elements(cls))

    def __len__(cls) -> int:
        return len(elements(cast("type[object]", cls)))

    def __bool__(cls) -> bool:
        return True


class Sort(metaclass=_SortMeta):
    """A set of elements that can be told apart, and nothing else.

    ``class Server(Sort)`` shows its elements as ``s1, s2, ...``; give ``prefix="srv"`` for another
    name.
    """

    prefix: ClassVar[str]
    origin: ClassVar[int] = 1  # number shown for the first element
    _pool: ClassVar[dict[int, Any]]
    index: int

    def __init_subclass__(cls, *, prefix: str | None = None) -> None:
        super().__init_subclass__()
        cls._pool = {}
        cls.prefix = prefix if prefix is not None else cls.__name__[0].lower()

    @classmethod
    def element(cls, index: int) -> Self:
        """The element with this index; equal indices give the identical object."""
        if index not in cls._pool:
            made = cls.__new__(cls)
            made.index = index
            cls._pool[index] = made
        return cast("Self", cls._pool[index])

    def __repr__(self) -> str:
        return f"{self.prefix}{self.index + self.origin}"

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self).element, (self.index,))


class TotalOrder(Sort):
    """A sort with a total order and a least element, such as ballots and terms."""

    origin: ClassVar[int] = 0

    @classmethod
    def first(cls) -> Self:
        """The least element."""
        return elements(cls)[0]

    def _other(self, other: object) -> int:
        if type(other) is not type(self):
            raise TypeError(f"no order between {type(self).__name__} and {type(other).__name__}")
        return other.index

    def __lt__(self, other: Self) -> bool:
        return self.index < self._other(other)

    def __le__(self, other: Self) -> bool:
        return self.index <= self._other(other)

    def __gt__(self, other: Self) -> bool:
        return self.index > self._other(other)

    def __ge__(self, other: Self) -> bool:
        return self.index >= self._other(other)


class SubsetOf(Sort, Generic[T]):
    """A sort whose elements are sets of ``T``; which sets, the instance says (:mod:`.quorum`)."""

    members: frozenset[T]

    @classmethod
    def base(cls) -> type[Any]:
        """The sort of which the elements of this one are subsets."""
        for parent in cls.__mro__:
            for generic in getattr(parent, "__orig_bases__", ()):
                for base in get_args(generic):
                    if isinstance(base, type) and issubclass(base, Sort):
                        if not issubclass(base, SubsetOf):
                            return base
        raise Diagnostic.SUBSET_WITHOUT_BASE.error(class_span(cls), sort=cls.__name__)

    @classmethod
    def subset(cls, index: int, members: frozenset[T]) -> Self:
        """The element number ``index``, holding ``members``. Not shared between instances."""
        made = cls.__new__(cls)
        made.index = index
        made.members = members
        return made

    def __iter__(self) -> Iterator[T]:
        return iter(sorted(self.members, key=lambda x: cast("Sort", x).index))

    def __contains__(self, x: object) -> bool:
        return x in self.members

    def __len__(self) -> int:
        return len(self.members)

    def __bool__(self) -> bool:
        return bool(self.members)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.members == cast("Self", other).members

    def __hash__(self) -> int:
        return hash(self.members)

    def __repr__(self) -> str:
        return "{" + ", ".join(map(repr, self)) + "}"


class QuorumOf(SubsetOf[T]):
    """A sort of subsets of ``T`` **any two of which intersect**: the law every proof relies on.

    The law is an assumption that is checked for every instance before anything else.
    """


# ----------------------------------------------------------------------------------- records
@dataclass_transform(frozen_default=True, eq_default=True)
def record(cls: type[T]) -> type[T]:
    """An immutable record: a message, a vote, a log entry. Equal when all fields are equal."""
    made = dataclass(frozen=True, repr=False)(cls)

    def __repr__(self: Any) -> str:
        inside = ", ".join(repr(getattr(self, f.name)) for f in fields(self))
        return f"{type(self).__name__}({inside})"

    made.__repr__ = __repr__  # type: ignore[method-assign]  # dataclass made none
    made.__record__ = True  # type: ignore[attr-defined]  # marks it for the front end
    return made


# ------------------------------------------------------------------------------------- state
class Map(Generic[K, V]):
    """A total map from a finite sort, or a tuple of sorts, to values.

    Every key of the instance is present from the start (:func:`fill`, or a dict comprehension),
    and keys are never added or removed.
    """

    __slots__ = ("_entries",)

    def __init__(self, entries: Mapping[K, V]) -> None:
        self._entries = dict(entries)

    def __getitem__(self, key: K) -> V:
        return self._entries[key]

    def __setitem__(self, key: K, value: V) -> None:
        if key not in self._entries:
            raise KeyError(key)
        self._entries[key] = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Map) and self._entries == other._entries

    __hash__ = None  # type: ignore[assignment]  # mutable

    def items(self) -> Iterator[tuple[K, V]]:
        """The pairs of key and value, for tools; a specification iterates over the sort."""
        return iter(self._entries.items())

    def __repr__(self) -> str:
        return "{" + ", ".join(f"{k!r}: {v!r}" for k, v in self._entries.items()) + "}"


@overload
def fill(keys: tuple[type[K1], type[K2], type[K3]], value: V) -> Map[tuple[K1, K2, K3], V]: ...
@overload
def fill(keys: tuple[type[K1], type[K2]], value: V) -> Map[tuple[K1, K2], V]: ...
@overload
def fill(keys: type[K], value: V) -> Map[K, V]: ...
def fill(keys: Any, value: Any) -> Any:
    """The map with one value at every key: ``fill(Server, 0)``, ``fill((Server, Slot), None)``."""
    if isinstance(keys, tuple):
        return Map(dict.fromkeys(itertools.product(*map(elements, keys)), value))
    return Map(dict.fromkeys(elements(keys), value))


class Set(Generic[T]):
    """A finite set held in a state field, to which actions add and from which they discard.

    Inside other values (a map, a record) sets are Python's ``frozenset``.
    """

    __slots__ = ("_elements",)

    def __init__(self, elements: Iterable[T] = ()) -> None:
        self._elements = frozenset(elements)

    def __contains__(self, x: object) -> bool:
        return x in self._elements

    def __iter__(self) -> Iterator[T]:
        return iter(self._elements)

    def __len__(self) -> int:
        return len(self._elements)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Set) and self._elements == other._elements

    __hash__ = None  # type: ignore[assignment]  # mutable

    def of(self, cls: type[R]) -> frozenset[R]:
        """The elements that are records of this class."""
        return frozenset(x for x in self._elements if isinstance(x, cls))

    def add(self, x: T) -> None:
        """Put ``x`` in; nothing happens if it is there already."""
        self._elements |= {x}

    def discard(self, x: T) -> None:
        """Take ``x`` out; nothing happens if it is not there."""
        self._elements -= {x}

    def __repr__(self) -> str:
        return "{" + ", ".join(sorted(map(repr, self._elements))) + "}"


class Bag(Generic[T]):
    """A finite multiset held in a state field: how many copies of each element there are."""

    __slots__ = ("_counts",)

    def __init__(self, elements: Iterable[T] = ()) -> None:
        self._counts: dict[T, int] = {}
        for x in elements:
            self.add(x)

    def __contains__(self, x: object) -> bool:
        return x in self._counts

    def __iter__(self) -> Iterator[T]:
        """Each different element once, of those that are there when the iteration begins."""
        return iter(tuple(self._counts))

    def __len__(self) -> int:
        """All copies counted."""
        return sum(self._counts.values())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bag) and self._counts == other._counts

    __hash__ = None  # type: ignore[assignment]  # mutable

    def count(self, x: T) -> int:
        """The number of copies of ``x``, 0 if there is none."""
        return self._counts.get(x, 0)

    def of(self, cls: type[R]) -> frozenset[R]:
        """The different elements that are records of this class."""
        return frozenset(x for x in self._counts if isinstance(x, cls))

    def add(self, x: T) -> None:
        """One more copy of ``x``."""
        self._counts[x] = self._counts.get(x, 0) + 1

    def remove(self, x: T) -> None:
        """One copy of ``x`` less. **Errors** BP506 when there is none."""
        if x not in self._counts:
            raise bag_lacks(called_from(), element=x)
        left = self._counts[x] - 1
        if left:
            self._counts[x] = left
        else:
            del self._counts[x]

    def __repr__(self) -> str:
        shown = sorted((repr(x), n) for x, n in self._counts.items())
        return "{" + ", ".join(x if n == 1 else f"{x} x{n}" for x, n in shown) + "}"


class Const(Generic[T]):
    """A constant of the protocol, bound by each model: ``max_requests = Const[int]()``."""

    def __init__(self) -> None:
        self.name = ""
        self.owner: type[Any] = object

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self.name = name
        self.owner = owner

    def __get__(self, instance: object, owner: type[Any] | None = None) -> T:
        constants = current_universe().constants
        if self.name not in constants:
            raise Diagnostic.UNBOUND_CONSTANT.error(called_from(), name=self.name)
        return cast("T", constants[self.name])

    def annotation(self) -> Any:
        """The type between the brackets. **Errors** BP118 when it was left out."""
        made = getattr(self, "__orig_class__", None)
        if made is None:
            span = member_span(self.owner, self.name)
            raise Diagnostic.CONST_WITHOUT_TYPE.error(span, name=self.name)
        return get_args(made)[0]

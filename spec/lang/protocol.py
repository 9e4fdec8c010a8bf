"""A protocol: state fields, the initial states, and the actions that change them.

Running a method *is* its meaning: everything else in ballotproof has to agree with what Python
does with this text.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import (
    Annotated,
    Any,
    TypeAlias,
    TypeVar,
    dataclass_transform,
    get_args,
    get_origin,
)

from .diagnostics import Diagnostic
from .errors import SpecError
from .source import called_from, class_span, hints_of

__all__ = ["Disabled", "Durable", "Protocol", "Volatile", "action", "implies", "require"]

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])

Durable: TypeAlias = Annotated[T, "durable"]
"""A field that survives a crash: ``term: Durable[Map[Server, Term]]``."""

Volatile: TypeAlias = Annotated[T, "volatile"]
"""A field that a restart sets back to its initial value: ``role: Volatile[Map[Server, Role]]``."""


class Disabled(Exception):
    """Raised by :func:`require`: this action cannot be taken with these parameters here."""


def require(condition: bool) -> None:
    """The action is enabled only if the condition holds."""
    if not condition:
        raise Disabled


def implies(premise: bool, conclusion: bool) -> bool:
    """``not premise or conclusion``. The conclusion is evaluated only if the premise holds."""
    return (not premise) or conclusion


def action(f: F) -> F:
    """A step of the protocol, taken as a whole. Its parameters are the choices it leaves open.

    A parameter ranges over the elements of its sort, its enumeration, or bool. A parameter that is
    a record, an int or another value needs a ``require(m in ...)`` that says where it comes from.
    """
    f.__kind__ = "action"  # type: ignore[attr-defined]  # read by the front end and by execute
    return f


@dataclass_transform(kw_only_default=True)
class Protocol:
    """Base of every specification.

    A subclass declares its state as annotated fields and gives them values in :meth:`init`. A
    variant is a subclass that overrides what differs; ``super().action(...)`` keeps the rest.
    """

    def __init__(self, **state: Any) -> None:
        declared = fields_of(type(self))
        for name in state:
            if name not in declared:
                raise _no_field(type(self), name)
        for name in declared:
            if name not in state:
                raise Diagnostic.STATE_FIELD_MISSING.error(
                    called_from(), name=name, protocol=type(self).__name__
                )
        self.__dict__.update(state)

    def init(self, *choices: Any, **named: Any) -> None:
        """Set every field. Parameters and ``require`` make several initial states."""
        raise Diagnostic.NO_INIT.error(class_span(type(self)), protocol=type(self).__name__)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in fields_of(type(self)):
            raise _no_field(type(self), name)
        self.__dict__[name] = value

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={value!r}" for name, value in self.__dict__.items())
        return f"{type(self).__name__}({inside})"


def _no_field(protocol: type[Protocol], name: str) -> SpecError:
    return Diagnostic.UNKNOWN_STATE_FIELD.error(
        called_from(),
        name=name,
        protocol=protocol.__name__,
        fields=", ".join(fields_of(protocol)) or "none",
    )


_fields: dict[type[Protocol], dict[str, Any]] = {}


def fields_of(protocol: type[Protocol]) -> dict[str, Any]:
    """The state fields in order of declaration, base class first, with their annotations.

    ``Durable`` and ``Volatile`` are still around the types; :func:`persistence` reads them.
    """
    if protocol not in _fields:
        hints = hints_of(protocol)
        order: dict[str, Any] = {}
        for cls in reversed(protocol.__mro__):
            for name in inspect.get_annotations(cls):
                if not name.startswith("_") and name in hints:
                    order.setdefault(name, hints[name])
        _fields[protocol] = order
    return _fields[protocol]


def persistence(annotation: Any) -> tuple[Any, str | None]:
    """Split ``Durable[T]`` or ``Volatile[T]`` into (T, "durable" or "volatile"); else (T, None)."""
    if get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        return inner, next((m for m in marks if m in ("durable", "volatile")), None)
    return annotation, None


def methods_of(protocol: type[Protocol], kind: str) -> dict[str, Callable[..., Any]]:
    """The methods marked ``kind``, base class first; an override keeps the place of the first."""
    names: dict[str, Any] = {}
    for cls in reversed(protocol.__mro__):
        names.update(vars(cls))  # an override takes the value, and keeps the place
    return {
        name: method
        for name, method in names.items()
        if inspect.isfunction(method) and getattr(method, "__kind__", None) == kind
    }

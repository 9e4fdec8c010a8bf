"""The engines that can run a model. They must agree; each can be asked for by name."""

from __future__ import annotations

from enum import Enum
from typing import assert_never

from ..spec.lang.model import Model
from .explore.system import System

__all__ = ["Engine", "system_of"]


class Engine(Enum):
    """How the text of a specification is run."""

    AUTO = "auto"
    """The default: interpret, and native from where it pays, if it can run the model."""
    INTERPRET = "interpret"
    """Through the IR."""
    NATIVE = "native"
    """Compiled, breadth first only; what is found is run again by the interpreter."""
    PYTHON = "python"
    """As the Python it is: slow, and the definition of what it means."""


def system_of(model: Model, engine: Engine) -> System:
    """The model as a transition system. **Errors** SpecError when the text cannot be read.

    Only the engine that is asked for is imported.
    """
    match engine:
        case Engine.AUTO | Engine.INTERPRET | Engine.NATIVE:
            from .backends.interpret import Interpreter  # noqa: PLC0415  # only when asked for
            from .frontend.read import read  # noqa: PLC0415  # likewise

            return Interpreter(read(model.protocol, model), model)
        case Engine.PYTHON:
            from .backends.run import run  # noqa: PLC0415  # likewise
            from .frontend.read import read  # noqa: PLC0415  # likewise

            read(model.protocol, model)  # what is outside the language has no meaning in any engine
            return run(model)
        case _:
            assert_never(engine)

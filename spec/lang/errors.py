"""What can be wrong, and where: spans, and the one base class of our errors."""

from __future__ import annotations

import linecache
from dataclasses import dataclass
from pathlib import Path

__all__ = [
    "BallotproofError",
    "CheckpointError",
    "InternalError",
    "Span",
    "SpecError",
    "Unsupported",
    "UsageError",
]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of source text.

    **Units** Lines count from 1 and columns from 0, in characters, as in ``ast``; ``end_column``
    is exclusive. People are shown columns from 1.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{shown_path(self.file)}:{self.line}:{self.column + 1}"

    def excerpt(self) -> str:
        """The first source line of the span, with a caret under every character meant."""
        source = linecache.getline(self.file, self.line).rstrip("\n")
        end = self.end_column if self.end_line == self.line else len(source.rstrip())
        indent = len(source) - len(source.lstrip())
        carets = " " * (self.column - indent) + "^" * max(1, end - self.column)
        return f"    {source.strip()}\n    {carets}"


def shown_path(file: str) -> str:
    """The real path of a source file, relative to the working directory when it lies below it."""
    path = Path(file).resolve()
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


class BallotproofError(Exception):
    """Base of every error that ballotproof reports to a person."""


class SpecError(BallotproofError):
    """The author of a specification made a mistake; exit code 65.

    ``code`` is stable (``BP203``), ``advice`` says what to write instead.
    """

    def __init__(self, code: str, message: str, advice: str, span: Span | None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.advice = advice
        self.span = span

    def __str__(self) -> str:
        head = f"error[{self.code}]: {self.message}"
        if self.span is None:
            return f"{head}\n    = {self.advice}"
        return f"{self.span}: {head}\n{self.span.excerpt()}\n    = {self.advice}"


class UsageError(BallotproofError):
    """The command was asked for something that does not exist; exit code 64."""


class CheckpointError(BallotproofError):
    """A checkpoint that is damaged, or is of another search than the one to be taken up."""


class Unsupported(BallotproofError):
    """A backend cannot express this specification; the message names one that can."""


class InternalError(BallotproofError):
    """A mistake of ours, or two engines that disagree; exit code 70. Please report it."""

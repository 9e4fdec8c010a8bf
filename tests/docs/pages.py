"""The pages of the documentation, taken apart: fenced blocks, console sessions and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
GENERATED = {DOCS / "protocols": ROOT / "spec", DOCS / "proofs": ROOT / "proofs"}
"""Folders of pages that the build writes, and what it makes them of."""

FENCE = re.compile(r"^(?P<ticks>`{3,}|:{3,})(?P<info>.*)$")
TIME = re.compile(
    r"(?:\b\d+ h \d+ min\b|\b\d+ min \d+ s\b|\b\d+(?:\.\d+)? s\b)"
    r"(?: +\([\d,]+ (?:states|orbits|steps)/s\))?"
)
MEMORY = re.compile(
    r"\b[\d,]+ MiB of memory in all, [\d.,]+ bytes for each state(?:, and [\d,]+ MiB on disk)?"
)
LINE = re.compile(r"\.py:\d+(:\d+)?")
TAKEOVER = re.compile(r"(?<=engine interpret), then native\b")
VERSIONS = re.compile(r"\bballotproof \d[\w.]*|\bPython 3\.\d+\.\d+")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and the line of its first line of text."""

    page: Path
    language: str
    text: str
    line: int

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@dataclass(frozen=True)
class Session:
    """One command of a console block with the output that the page shows."""

    page: Path
    command: str
    output: str
    line: int

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def pages() -> list[Path]:
    """Every page that is written by hand."""
    found = DOCS.rglob("*.md")
    made = (*GENERATED, DOCS / "_build")
    return sorted(p for p in found if not any(p.is_relative_to(folder) for folder in made))


def blocks(page: Path) -> Iterator[Block]:
    """The fenced code of a page. Directives are entered, and give nothing by themselves."""
    lines = page.read_text(encoding="utf-8").splitlines()
    number = 0
    while number < len(lines):
        found = FENCE.match(lines[number])
        number += 1
        if found is None or found["ticks"].startswith(":") or not found["info"]:
            continue
        if found["info"].startswith("{"):
            continue
        start = number
        while number < len(lines) and not lines[number].startswith(found["ticks"]):
            number += 1
        text = "\n".join(lines[start:number]) + "\n"
        yield Block(page, found["info"].strip(), text, start + 1)
        number += 1


def sessions(page: Path) -> Iterator[Session]:
    """Every ``$ ballotproof ...`` of a page."""
    for block in blocks(page):
        if block.language != "console":
            continue
        lines = block.text.splitlines()
        starts = [i for i, line in enumerate(lines) if line.startswith("$ ")]
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            command = lines[start].removeprefix("$ ")
            output = "\n".join(lines[start + 1 : end])
            yield Session(page, command, output, block.line + start)


def normal(text: str) -> str:
    """The output without what differs from run to run, or with the lines of a specification: times,
    rates, memory, versions, line numbers, trailing space, and whether the search took so long that
    machine code took over.

    >>> normal("9 states, 2 min 3 s (1,108 states/s)") == normal("9 states, 0.4 s (8 states/s)")
    True
    >>> normal("9 states,  2 h 5 min (3 states/s)"), normal("8 states, depth 3, 12 s")
    ('9 states, TIME', '8 states, depth 3, TIME')
    >>> normal("  1,771 MiB of memory in all, 48.3 bytes for each state, and 5 MiB on disk")
    '  MEMORY'
    """
    text = LINE.sub(".py:LINE", VERSIONS.sub("VERSION", TIME.sub("TIME", text)))
    text = MEMORY.sub("MEMORY", text)
    text = TAKEOVER.sub("", text)
    lines = (re.sub(r" {2,}(?=TIME)", " ", line).rstrip() for line in text.splitlines())
    return "\n".join(lines).strip("\n")


def agrees(shown: str, real: str) -> bool:
    """Whether the output shown is the real one; a line ``...`` stands for any lines.

    >>> agrees("a\\n...\\nd", "a\\nb\\nc\\nd"), agrees("a\\n...", "b\\nc")
    (True, False)
    """
    *parts, last = [part.splitlines() for part in re.split(r"(?m)^\.\.\.\n?", normal(shown))]
    lines = normal(real).splitlines()
    for number, part in enumerate(parts):
        starts = range(len(lines) - len(part) + 1) if number else [0]
        at = next((i for i in starts if lines[i : i + len(part)] == part), None)
        if at is None:
            return False
        lines = lines[at + len(part) :]
    return lines[len(lines) - len(last) :] == last if parts else lines == last


def links(page: Path) -> Iterator[str]:
    """The relative targets of Markdown links, without their anchors; code is no link."""
    text = page.read_text(encoding="utf-8")
    text = re.sub(r"^(`{3,}).*?^\1`*$", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"`[^`\n]*`", "", text)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path = target.partition("#")[0]
        if path and not re.match(r"[a-z]+:", path):
            yield path


def included(page: Path) -> Iterator[str]:
    """The files that literalinclude directives name."""
    yield from re.findall(r"\{(?:literal)?include\} *(\S+)", page.read_text(encoding="utf-8"))

"""Running ``ballotproof`` as a reader of the documentation would, at a fixed width."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

COLUMNS = 92
"""The width of the terminal that the pages show."""

UPDATE = bool(os.environ.get("UPDATE_GOLDEN"))
"""Whether to rewrite what is shown instead of comparing it."""


def run(arguments: Sequence[str], folder: Path) -> tuple[int, str]:
    """The exit code, and what a terminal would show, without colours and progress."""
    program = Path(sys.executable).with_name("ballotproof")
    result = subprocess.run(
        [program, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        cwd=folder,
        env={
            **os.environ,
            "COLUMNS": str(COLUMNS),
            "NO_COLOR": "1",
            "PYTHONIOENCODING": "utf-8",
            "PYTHONDONTWRITEBYTECODE": "1",
        },
    )
    return result.returncode, result.stdout

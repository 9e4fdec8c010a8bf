"""Comparing generated text with a file in tests/golden; UPDATE_GOLDEN=1 writes the file instead."""

from __future__ import annotations

import os
from pathlib import Path

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def check(text: str, name: str) -> None:
    """The text is that of the golden file ``name``."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{path} is missing: run once with UPDATE_GOLDEN=1"
    assert text == path.read_text(encoding="utf-8")

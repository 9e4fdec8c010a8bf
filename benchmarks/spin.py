"""Spin, where it is installed, with the system's C compiler."""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .process import Failed, run

__all__ = ["Explored", "explored", "found"]

MODEL = Path(__file__).with_name("peers") / "paxos.pml"
STORED = re.compile(r"^\s*(\d+) states, stored", re.MULTILINE)
TRANSITIONS = re.compile(r"^\s*(\d+) transitions", re.MULTILINE)
DEPTH = re.compile(r"depth reached (\d+), errors: 0")


@dataclass(frozen=True)
class Explored:
    """What a verifier found. ``transitions`` leaves out the one that Spin counts for the initial
    state, ``depth`` counts states. **Units** ``cpu_s`` of the verifier alone, without its making.
    """

    states: int
    transitions: int
    depth: int
    cpu_s: float
    wall_s: float
    peak_bytes: int


def found() -> bool:
    return shutil.which("spin") is not None and shutil.which("gcc") is not None


def explored(ballots: int, *, breadth_first: bool = False) -> Explored:
    """Make the verifier for so many ballots, and run it to the end.

    Depth first is what Spin does best. Breadth first finds the depth that we count.
    """
    with tempfile.TemporaryDirectory(prefix="ballotproof-spin-") as name:
        folder = Path(name)
        run(["spin", f"-DBALLOTS={ballots}", "-a", MODEL], folder=folder)
        how = ["-DBFS"] if breadth_first else []
        options = ["-O2", "-w", "-DSAFETY", "-DNOREDUCE", "-DMEMLIM=8000", *how]
        run(["gcc", *options, "-o", "pan", "pan.c"], folder=folder)
        places = [] if breadth_first else ["-m1000000", "-w25" if ballots > 3 else "-w20"]
        took = run([folder / "pan", "-n", *places], folder=folder)
        numbers = [x.search(took.output) for x in (STORED, TRANSITIONS, DEPTH)]
        states, transitions, depth = (int(m[1]) if m else -1 for m in numbers)
        if -1 in (states, transitions, depth):
            raise Failed(f"Spin did not end as it should:\n{took.output[-2000:]}")
        return Explored(
            states, transitions - 1, depth + 1, took.cpu_s, took.wall_s, took.peak_bytes
        )

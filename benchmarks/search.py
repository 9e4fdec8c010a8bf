"""One native search in a process of its own, which says what it took.

``python -m benchmarks.search MODEL`` prints a JSON object; :func:`search` runs it and reads that.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.backends.native.machine import Code, Compiled
from ballotproof.model_check.backends.native.search import native
from ballotproof.model_check.explore.claims import Claims
from ballotproof.model_check.explore.resources import Resources
from ballotproof.model_check.frontend.read import read
from ballotproof.spec.lang.model import Model

from .process import run

__all__ = ["Searched", "claims_of", "search"]


@dataclass(frozen=True)
class Searched:
    """**Units** seconds of CPU, but for ``wall_s``. ``prepare_s`` is the way from the specification
    to generated source, ``compile_s`` that to machine code; ``whole_cpu_s`` and ``peak_bytes`` are
    those of the process, with Python, its imports, and LLVM."""

    states: int
    transitions: int
    depth: int
    prepare_s: float
    compile_s: float
    search_s: float
    wall_s: float
    whole_cpu_s: float = 0.0
    peak_bytes: int = 0


def claims_of(model: Model, kinds: str) -> list[str] | None:
    """The claims of some kinds: ``all``, ``none``, or letters for invariants, steps, refinements.

    None stands for all that there is.
    """
    if kinds == "all":
        return None
    system = Interpreter(read(model.protocol, model), model)
    found = Claims(system)
    wanted: list[str] = []
    if kinds != "none":
        wanted += found.invariants if "i" in kinds else ()
        wanted += found.step_invariants if "s" in kinds else ()
        wanted += found.refinements if "r" in kinds else ()
    return wanted


def search(name: str, *, threads: int = 1, symmetry: bool = False, claims: str = "all") -> Searched:
    """Search a model of :data:`.models.MODELS` in a new process, compiling it anew."""
    command = [sys.executable, "-m", "benchmarks.search", name, "--claims", claims]
    command += ["--threads", str(threads), *(["--symmetry"] if symmetry else [])]
    took = run(command)
    said = json.loads(took.output.splitlines()[-1])
    return Searched(**said, whole_cpu_s=took.cpu_s, peak_bytes=took.peak_bytes)


def measured(model: Model, threads: int, symmetry: bool, claims: str) -> Searched:
    """Search in this process."""
    selected = claims_of(model, claims)
    start_s = time.process_time()
    system = Interpreter(read(model.protocol, model), model)
    compile_s = 0.0
    ready_s = ready_wall_s = 0.0

    def code(source: str) -> Code:
        nonlocal compile_s, ready_s, ready_wall_s
        before_s = time.process_time()
        made = Compiled(source, cache=False)
        ready_s, ready_wall_s = time.process_time(), time.monotonic()
        compile_s = ready_s - before_s
        return made

    found = native(
        system,
        Claims(system, selected),
        code=code,
        symmetry=system.symmetry() if symmetry else None,
        resources=Resources(threads=threads),
    )
    end_s, end_wall_s = time.process_time(), time.monotonic()
    if found.findings or found.stopped is not None:
        raise AssertionError(f"the search did not end as it should: {found.findings}")
    return Searched(
        found.states,
        found.transitions,
        found.depth,
        ready_s - compile_s - start_s,
        compile_s,
        end_s - ready_s,
        end_wall_s - ready_wall_s,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    from .models import MODELS  # noqa: PLC0415  # it imports the specifications

    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("model", choices=sorted(MODELS))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--symmetry", action="store_true")
    parser.add_argument("--claims", default="all")
    given = parser.parse_args(arguments)
    found = measured(MODELS[given.model], given.threads, given.symmetry, given.claims)
    said = {k: v for k, v in vars(found).items() if k not in ("whole_cpu_s", "peak_bytes")}
    print(json.dumps(said))


if __name__ == "__main__":
    main()

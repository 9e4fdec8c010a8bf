"""What the command line asks for. Light on purpose: importing it imports nothing else of ours."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Options", "ProveOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One invocation. None and empty mean: as the model has it, or without limit; ``jobs`` 0, as
    many as there are processors.

    **Units** ``depth`` counts states on a path, the initial one included; ``time_s`` is per model.
    """

    targets: tuple[str, ...] = ()
    # which instance
    sizes: tuple[str, ...] = ()
    quorums: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    network: str | None = None
    restarts: int | None = None
    # what is checked, how, and how far
    properties: tuple[str, ...] = ()
    deadlock: bool | None = None
    engine: str = "auto"
    cache: bool = True
    checked: bool = False
    search: str = "bfs"
    depth: int | None = None
    max_states: int | None = None
    time_s: float | None = None
    keep_going: bool = False
    strict: bool = False
    every_model: bool = False
    symmetry: bool | None = None
    # what it may use of the machine
    threads: int | None = None
    memory_bytes: int | None = None
    disk: str | None = None
    checkpoint: str | None = None
    every_s: float | None = None
    cluster: str | None = None
    workers: int | None = None
    resume: bool = False
    fingerprint: bool = False
    fingerprint_seed: str | None = None
    # random walks
    seed: int | None = None
    walks: int | None = None
    steps: int = 100
    first: int = 0
    sample: bool = False
    # formulas
    solver: str = "z3"
    resources: int | None = None
    # proofs
    bounded: bool = False
    cells: tuple[str, ...] = ()
    ctis: int = 3
    candidates: tuple[str, ...] = ()
    jobs: int = 0
    # how it is shown
    json: bool = False
    quiet: bool = False
    diagram: bool = True
    itf: str | None = None
    form: str = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProveOptions:
    """One invocation of ``prove``. ``jobs`` 0 means as many as there are processors."""

    targets: tuple[str, ...] = ()
    every_model: bool = False
    cells: tuple[str, ...] = ()
    solver: str = "z3"
    resources: int | None = None
    jobs: int = 0
    seeds: int = 0
    smtlib: str | None = None
    cache: bool = True
    minimise: bool = False
    graph: str | None = None
    details: bool = False
    json: bool = False
    quiet: bool = False

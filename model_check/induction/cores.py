"""Which lemmas a cell rests on, as an instance shows.

Where a cell holds on an instance, the solver names hypotheses that sufficed, and some are dropped
as long as the rest still do. What is left proves the cell there, not everywhere; but a proof for
every size seldom needs more, and is much easier with few hypotheses than with all.

Taken over all cells, the lemmas of a claim make the graph of its proof: which conjunct supports
which (:mod:`.support`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from importlib.util import find_spec

import msgspec

from ...spec.lang.errors import SpecError, Unsupported
from ...spec.lang.model import Model
from ..backends.native.cache import Cache, folder, key
from ..backends.z3.solver import Name, version
from .conditions import Cell, Conditions, Part
from .finite import Finite, Standing, instance_of

__all__ = ["Cores", "NotInductive", "OnDemand", "cores", "cores_on"]

Cores = dict[str, tuple[str, ...] | None]
"""By the name of a cell, the lemmas that suffice for it, in the order of the text; None if the cell
fails, or is open."""


class NotInductive(Exception):
    """A condition is false of a finite instance, and so not to be proved."""


class OnDemand:
    """The cores of single cells on the first instance of a proof, kept by what they are made from:
    an edit of one action leaves those of the others."""

    def __init__(self, conditions: Conditions, *, cache: bool = True) -> None:
        self.conditions = conditions
        self.solver = Name.CADICAL if find_spec("pysat") else Name.Z3
        place = folder() if cache else None
        self._store = Cache(None if place is None else place.parent / "cores")
        self._finite: Finite | None = None
        self._impossible = not conditions.proof.instances

    def core(self, cell: Cell) -> tuple[str, ...] | None:
        """The lemmas that suffice for a cell; None if that cannot be told.

        **Errors** NotInductive when the cell is false of the instance.
        """
        if self._impossible or cell.part in (Part.INITIATION, Part.IMPLIED):
            return None
        name = self._name(cell)
        found = self._store.get(name)
        if found is not None:
            try:
                return msgspec.json.decode(found, type=tuple[str, ...])
            except msgspec.MsgspecError:
                pass  # damaged: made anew
        finite = self.finite()
        if finite is None:
            return None
        match finite.stands(cell):
            case Standing.HOLDS:
                made = _fewer(finite, cell, finite.core(cell))
                self._store.put(name, msgspec.json.encode(made))
                return made
            case Standing.FAILS:
                raise NotInductive(
                    f"false of the instance `{finite.model.name}`; "
                    f"`prove --bounded --cell {cell.name}` shows the step"
                )
            case _:
                return None

    def finite(self) -> Finite | None:
        """The instance, encoded when it is first asked for; None if it cannot be."""
        if self._finite is None and not self._impossible:
            model = self.conditions.proof.instances[0]
            resources = FINITE if self.solver is Name.Z3 else None
            try:
                self._finite = Finite(
                    self.conditions, model, solver=self.solver, resources=resources
                )
            except (Unsupported, SpecError):
                self._impossible = True
        return self._finite

    def _name(self, cell: Cell) -> str:
        c = self.conditions
        return key(
            [
                "core 1",
                repr([(f.name, f.sort) for f in c.spec.fields]),
                *(repr(replace(p, doc="")) for p in (*c.invariants, *c.assumptions)),
                "" if cell.action is None else repr((cell.action.parameters, cell.action.body)),
                "" if cell.goal is None else repr(replace(cell.goal, doc="")),
                cell.name,
                _instance(c, c.proof.instances[0]),
                f"{self.solver.value} {version(self.solver)}",
            ]
        )


FINITE = 20_000_000
"""The most work for one question about an instance, in Z3's measure."""


def cores(
    conditions: Conditions,
    *,
    solver: Name = Name.Z3,
    resources: int | None = None,
    cache: bool = True,
) -> Cores:
    """The cores on all quick instances of a proof together: what one of them needs is needed.

    A cell that fails on one of them has none. Kept on disk under the hash of all that they are made
    from. **Errors** Unsupported when an instance cannot be laid out.
    """
    quick = [m for m in conditions.proof.instances if not m.slow]
    made: Cores = {}
    for model in quick:
        for cell, lemmas in _kept(conditions, model, solver, resources, cache=cache).items():
            before = made.get(cell, ())
            if before is None or lemmas is None:
                made[cell] = None
            else:
                made[cell] = _in_order(conditions, {*before, *lemmas})
    return made


def _kept(
    conditions: Conditions, model: Model, solver: Name, resources: int | None, *, cache: bool
) -> Cores:
    place = folder() if cache else None
    store = Cache(None if place is None else place.parent / "cores")
    name = key(
        [
            "cores 1",
            repr(conditions.spec),
            repr([p.name for p in (*conditions.invariants, *conditions.steps)]),
            _instance(conditions, model),
            repr(resources),
            f"{solver.value} {version(solver)}",
        ]
    )
    found = store.get(name)
    if found is not None:
        try:
            return msgspec.json.decode(found, type=dict[str, tuple[str, ...] | None])
        except msgspec.MsgspecError:
            pass  # of another version, or damaged: made anew
    made = cores_on(Finite(conditions, model, solver=solver, resources=resources))
    store.put(name, msgspec.json.encode(made))
    return made


def _instance(conditions: Conditions, model: Model) -> str:
    """All that an instance is made of."""
    instance = instance_of(conditions.proof, model)
    universe = instance.universe()
    pools = {s.__name__: tuple(map(repr, pool)) for s, pool in universe.elements.items()}
    constants = sorted((x, repr(v)) for x, v in universe.constants.items())
    return repr((pools, constants, instance.lengths, instance.integers, str(instance.network)))


def cores_on(finite: Finite, cells: Iterable[Cell] | None = None) -> Cores:
    """The cores on one instance. **Cost** up to as many questions for a cell as its core has
    lemmas, most of them easy."""
    made: Cores = {}
    for cell in finite.conditions.cells if cells is None else cells:
        if cell.part is Part.INITIATION:
            continue
        if cell.part is Part.CONSECUTION and finite.untouched(cell):
            made[cell.name] = (cell.claim,)
        elif finite.stands(cell) is Standing.HOLDS:
            made[cell.name] = _fewer(finite, cell, finite.core(cell))
        else:
            made[cell.name] = None
    return made


def _fewer(finite: Finite, cell: Cell, core: frozenset[str]) -> tuple[str, ...]:
    """Drop one lemma after the other, the last of the text first, while the rest suffice."""
    left = _in_order(finite.conditions, core)
    for name in reversed(left):
        if name in left:
            rest = tuple(x for x in left if x != name)
            if finite.stands(cell, rest) is Standing.HOLDS:
                left = _in_order(finite.conditions, finite.core(cell, rest))
    return left


def _in_order(conditions: Conditions, names: Iterable[str]) -> tuple[str, ...]:
    chosen = set(names)
    return tuple(p.name for p in conditions.invariants if p.name in chosen)

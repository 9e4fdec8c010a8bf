"""Breadth-first search spread over the machines of a Ray cluster.

Each worker holds one shard, in a process of its own, and does to it what a thread does in
:mod:`.search`: it expands states, sends what belongs to others, takes over what they send. Who is
responsible for a state is told by its hash. One process, which is the one that was started, tells
all of them when to begin, keeps account, and finds the behaviour to what is found, by asking the
shards for one state after the other.

Now and then, between two levels, the states that are new are copied to files of this process. When
a worker is lost, all begin anew from there: a search is either at one level or at another, and
never in parts at both.

Ray is loaded only here, and by its name: it is no dependency. It carries bytes for us; that it
pickles what it carries concerns the names of functions and lists of bytes.
"""

from __future__ import annotations

import importlib
import tempfile
import time
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path as File
from typing import Any, BinaryIO

import msgspec

from ....spec.lang.errors import Unsupported, UsageError
from ...explore.claims import Claims
from ...explore.resources import NO_RESOURCES, Resources
from ...explore.search import Limits, Report, Stopped, Why
from ...explore.system import State
from ..interpret import Interpreter
from ..symmetry import Symmetry
from .deal import dealt
from .interface import NEVER, Meta, Status
from .layout import Bounds
from .machine import Code
from .member import UNSENT, Member, Plan, words_of
from .programs import Programs
from .search import Native, interruptions
from .store import OUTSIDE, Shard
from .team import processors

__all__ = ["Clustered", "Spread", "start"]

INSTALL = "pip install 'ballotproof[scale]'"
BOX = 1 << 17
"""Records that may wait for each other shard: Ray is worth its cost from 100,000 on."""
ROUND = 1 << 20
"""States to expand in one round at most, if no box is full before."""
CHUNK = 1 << 24
"""Bytes in one message of a recovery."""
STORE_BYTES = 200 << 20
SOME = 200
TRIES = 3
"""How often in a row one level is begun anew."""


class Spread:
    """Over how many workers, at which cluster. ``every_s`` is the time between two copies."""

    def __init__(
        self,
        workers: int | None = None,
        address: str = "local",
        *,
        every_s: float = 60.0,
        box: int = BOX,
        cache: bool = True,
    ) -> None:
        self.workers = workers or (processors() if address == "local" else 0)
        self.address, self.every_s = address, every_s
        self.box, self.cache = box, cache
        self.on_round: Callable[[Sequence[Any]], None] = lambda actors: None
        """Called in each round with the workers; for tests."""


def ray_module() -> Any:
    """**Errors** UsageError when it is not installed."""
    try:
        return importlib.import_module("ray")
    except ImportError:
        raise UsageError(f"--cluster needs Ray, which is not installed: {INSTALL}") from None


def start(spread: Spread) -> Any:
    """Ray, connected. **Errors** UsageError."""
    ray = ray_module()
    if ray.is_initialized():
        return settled(ray, spread)
    quiet = {"include_dashboard": False, "log_to_driver": False, "logging_level": "error"}
    try:
        if spread.address == "local":
            ray.init(
                address="local",
                num_cpus=spread.workers,
                object_store_memory=STORE_BYTES,
                **quiet,
            )
        else:
            ray.init(address=spread.address, log_to_driver=False, logging_level="error")
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise UsageError(f"there is no Ray cluster at {spread.address}: {error}") from None
    return settled(ray, spread)


def settled(ray: Any, spread: Spread) -> Any:
    """Unless it was said how many workers there are: one for each processor."""
    if not spread.workers:
        spread.workers = max(1, int(ray.cluster_resources().get("CPU", 1)))
    return ray


class Lost(Exception):
    """A worker is gone, and with it its states."""


class Figures:
    """The words of ``Meta`` of a shard elsewhere: as it said last, and what it is to be told."""

    def __init__(self) -> None:
        self.words: list[int] = [0] * (Meta.WITNESS + 64)
        self.orders: dict[int, int] = {}

    def __getitem__(self, at: int) -> int:
        return self.orders.get(at, self.words[at])

    def __setitem__(self, at: int, value: int) -> None:
        self.orders[at] = value

    def taken(self) -> bytes:
        """The orders, which are then given."""
        orders = array("q", [x for pair in self.orders.items() for x in pair]).tobytes()
        self.orders = {}
        return orders


class Distant(Shard):
    """A shard elsewhere, with the figures that it said last."""

    def __init__(self, search: Clustered, actor: Any, number: int, shards: int) -> None:
        self.search = search
        self.actor = actor
        self.number = number
        self.shards = shards
        self.base = self.first = self.size = 0
        self.source = search.source
        self.meta: Any = Figures()
        self.counts: Any = [0] * (3 * search.source.actions)

    def note(self, said: bytes) -> Status:
        status, *words = words_of(said)
        self.meta.words = words[: Meta.WITNESS + 64]
        self.counts = words[Meta.WITNESS + 64 :]
        return Status(status)

    def ask(self, name: str, *arguments: Any) -> Any:
        (answer,) = self.search.answers([getattr(self.actor, name).remote(*arguments)])
        return answer

    def words(self, number: int) -> list[int]:
        return self.source.packing.unpack(self.ask("key", number))

    def saved(self) -> list[int]:
        return words_of(self.ask("saved"))

    def is_outside(self, number: int) -> bool:
        return bool(self.ask("parent", number) < 0)

    def parent(self, number: int) -> int:
        return int(self.ask("parent", number)) & (OUTSIDE - 1)

    def level(self, start: int, end: int | None = None, done: int = 0) -> None:
        assert (end, done) == (None, 0)
        self.first, self.size = start, self.count - start
        self.note(self.ask("level", start))

    def recount(self, end: int) -> None:
        self.note(self.ask("recount", end))

    def used(self) -> int:
        return 0


class Copy:
    """The states as of some edge between two levels, in files; and the figures of then."""

    def __init__(self, folder: File, shards: int, size: int) -> None:
        self.size = size
        with ExitStack() as stack:
            self.files: list[tuple[BinaryIO, BinaryIO]] = [
                (
                    stack.enter_context(open(folder / f"{i}.keys", "w+b")),
                    stack.enter_context(open(folder / f"{i}.parents", "w+b")),
                )
                for i in range(shards)
            ]
            self._stack = stack.pop_all()
        self.states = [0] * shards
        self.counts: list[list[int]] = []
        self.inside: list[int] = []
        self.starts: list[list[int]] = []
        self.levels: list[int] = []
        self.pending = 0

    def close(self) -> None:
        self._stack.close()

    def append(self, shard: int, first: int, keys: bytes, parents: bytes) -> None:
        for file, data, each in zip(
            self.files[shard], (keys, parents), (self.size, 4), strict=True
        ):
            file.seek(first * each)
            file.write(data)

    def pieces(self, shard: int) -> Iterator[tuple[bytes, bytes]]:
        """The states of a shard, as far as the copy goes, some at a time."""
        each = max(1, CHUNK // self.size)
        keys, parents = self.files[shard]
        for first in range(0, self.states[shard], each):
            number = min(each, self.states[shard] - first)
            keys.seek(first * self.size)
            parents.seek(first * 4)
            yield keys.read(number * self.size), parents.read(number * 4)


class Clustered(Native):
    """A search whose shards are elsewhere."""

    def __init__(
        self,
        system: Interpreter,
        claims: Claims,
        limits: Limits,
        *,
        report: Report | None,
        code: Callable[[str], Code],
        bounds: Bounds,
        symmetry: Symmetry | None,
        programs: Programs,
        resources: Resources = NO_RESOURCES,
        checked: bool = False,
        spread: Spread,
    ) -> None:
        if system.bounded:
            raise Unsupported(
                "the model bounds lengths or integers, which is asked of every new state and would "
                "bring each of them here; leave out --cluster"
            )
        super().__init__(
            system,
            claims,
            limits,
            report=report,
            code=code,
            bounds=bounds,
            symmetry=symmetry,
            programs=programs,
            resources=resources,
            checked=checked,
        )
        self.spread = spread
        self.checked = checked
        self.local = self.shards[0]
        self.ray = start(spread)
        self._failed: tuple[type[BaseException], ...] = (
            self.ray.exceptions.RayActorError,
            self.ray.exceptions.ObjectLostError,
            self.ray.exceptions.OwnerDiedError,
        )
        self._kept: list[State] = []
        self.recovered = 0

    # --------------------------------------------------------------------------- workers
    def answers(self, asked: Sequence[Any]) -> list[Any]:
        """What workers answer. **Errors** Lost, Stopped."""
        ray, left = self.ray, list(asked)
        try:
            while left:
                _, left = ray.wait(left, num_returns=len(left), timeout=0.5)
                self.beat()
            return list(ray.get(list(asked)))
        except self._failed as error:
            raise Lost from error
        except self.ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, MemoryError):
                raise Stopped(Why.MEMORY) from error
            raise

    def _hire(self) -> list[Shard]:
        source, spread = self.source, self.spread
        actor = self.ray.remote(Member).options(
            num_cpus=1, max_restarts=0, scheduling_strategy="SPREAD"
        )
        hired: list[Shard] = []
        for i in range(spread.workers):
            plan = Plan(
                text=source.text + UNSENT,
                cache=spread.cache,
                checked=self.checked,
                number=i,
                shards=spread.workers,
                box=spread.box,
                words=source.words,
                actions=source.actions,
                batch=source.batch,
                successors=source.successors,
                record=source.record,
                scratch=source.scratch,
                saved=source.saved,
                size=source.packing.size,
            )
            made = actor.remote(msgspec.json.encode(plan))
            hired.append(Distant(self, made, i, spread.workers))
        return hired

    def distant(self) -> list[Distant]:
        return [s for s in self.shards if isinstance(s, Distant)]

    def _dismiss(self) -> None:
        for shard in self.distant():
            self.ray.kill(shard.actor)

    # ------------------------------------------------------------------------- the search
    def explore(self) -> None:
        with (
            tempfile.TemporaryDirectory(prefix="ballotproof-") as folder,
            interruptions(self._interrupt),
        ):
            self._start()
            pending = int(self.local.meta[Meta.PENDING])
            parts, self.starts = dealt(self.shards, self.starts, self.spread.workers, 1)
            size = self.source.packing.size
            self.copy = Copy(File(folder), self.spread.workers, size)
            try:
                for shard in parts:
                    view, number = self.code.view, shard.count
                    with (
                        view(shard.keys, 0, number * size) as keys,
                        view(shard.parents, 0, number * 4) as parents,
                    ):
                        self.copy.append(shard.number, 0, bytes(keys), bytes(parents))
                self._mark_copy(parts, pending)
                self._from_copy()
            finally:
                self._dismiss()
                self.copy.close()

    def _mark_copy(self, shards: Sequence[Shard], pending: int) -> None:
        copy, actions = self.copy, self.source.actions
        copy.states = [s.count for s in shards]
        copy.inside = [s.inside for s in shards]
        copy.counts = [[int(s.counts[i]) for i in range(3 * actions)] for s in shards]
        copy.starts = [list(s) for s in self.starts]
        copy.levels = list(self.result.levels)
        copy.pending = pending
        self._saved_s = time.monotonic() + self.spread.every_s
        self._tries = 0

    def _from_copy(self) -> None:
        """Begin at the copy, and there again whenever a worker is lost."""
        while True:
            try:
                self._restore()
                self._begin_level()
                while self._level():
                    if time.monotonic() >= self._saved_s:
                        self._save()
                    self._begin_level()
                self._keep_some()
                return
            except Lost:
                self._dismiss()
                self._tries += 1
                self.recovered += 1
                if self._tries > TRIES:
                    raise Stopped(Why.WORKERS) from None

    def _restore(self) -> None:
        copy = self.copy
        self.shards = self._hire()
        self.starts = [list(s) for s in copy.starts]
        self.result.levels = list(copy.levels)
        self.result.depth = len(copy.levels)
        for shard in self.distant():
            number = shard.number
            for keys, parents in copy.pieces(number):
                shard.ask("load", keys, parents)
            counts = array("q", copy.counts[number]).tobytes()
            shard.note(shard.ask("loaded", counts, copy.inside[number]))
        self._prepare(copy.pending)
        for each in self.shards:
            each.meta[Meta.BUDGET] = ROUND
            each.meta[Meta.LIMIT] = NEVER

    def _save(self) -> None:
        """Copy the states that are new."""
        copy = self.copy
        each = max(1, CHUNK // copy.size)
        for shard in self.distant():
            for first in range(copy.states[shard.number], shard.count, each):
                end = min(first + each, shard.count)
                copy.append(shard.number, first, *shard.ask("stored", first, end))
        self._mark_copy(self.shards, self._pending())

    def _keep_some(self) -> None:
        """Fetch some states, if they are needed to tell why an action was never enabled."""
        if all(count.enabled_in for count in self.result.actions.values()):
            return
        for shard in self.distant():
            for number in range(0, shard.expanded, max(1, shard.expanded // SOME)):
                if not shard.is_outside(number):
                    self._kept.append(self._state(shard, number))

    def _divide(self) -> None:
        pass

    def _mark_place(self) -> None:
        pass

    def _far_from_limit(self) -> bool:
        return True

    def _make_room(self) -> None:
        """Workers make room by themselves. **Errors** Stopped."""
        self.budget.note(0)
        limit = self.limits.states
        if limit is not None and sum(s.inside for s in self.shards) >= limit:
            raise Stopped(Why.STATES)

    def _together(self) -> tuple[Shard, Status] | None:
        shards = self.distant()
        number = len(shards)
        asked = [
            s.actor.expand.options(num_returns=number + 1).remote(s.meta.taken()) for s in shards
        ]
        self.spread.on_round([s.actor for s in shards])
        said = self.answers([x[0] for x in asked])
        statuses = [s.note(x) for s, x in zip(shards, said, strict=True)]
        for shard, status in zip(shards, statuses, strict=True):
            if status not in (Status.EDGE, Status.GROW):
                return shard, status
        if number > 1:
            took = [
                s.actor.accept.remote(
                    *(x[1 + s.number] for i, x in enumerate(asked) if i != s.number)
                )
                for s in shards
            ]
            for shard, answer in zip(shards, self.answers(took), strict=True):
                status = shard.note(answer)
                if status is not Status.EDGE:
                    return shard, status
        return None

    def _representative(self, words: list[int]) -> list[int]:
        here, self.shards = self.shards, [self.local]
        try:
            return super()._representative(words)
        finally:
            self.shards = here

    def observe_last(self) -> None:
        """Make room for what follows from the state without room; the others are elsewhere."""
        self.shards = []
        super().observe_last()

    def finish(self) -> None:
        self.shards = []
        super().finish()
        self.result.expanded = self._kept

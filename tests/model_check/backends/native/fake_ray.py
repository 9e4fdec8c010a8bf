"""As much of Ray as the search uses, in one process: workers are objects, answers are at once.

What the search does with its workers is thus tested wherever Ray is not installed. Whether Ray does
what this does is tested by ``make test-scale``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

__all__ = ["FakeRay"]


class Gone(Exception):
    pass


class Ref:
    def __init__(self, make: Callable[[], Any]) -> None:
        self.value: Any = None
        self.error: Exception | None = None
        try:
            self.value = make()
        except Exception as error:
            self.error = error


class Actor:
    def __init__(self, ray: FakeRay, made: Any) -> None:
        self.ray, self.made, self.is_alive = ray, made, True

    def __getattr__(self, name: str) -> Any:
        return Method(self, name, 1)


class Method:
    def __init__(self, actor: Actor, name: str, returns: int) -> None:
        self.actor, self.name, self.returns = actor, name, returns

    def options(self, *, num_returns: int) -> Method:
        return Method(self.actor, self.name, num_returns)

    def remote(self, *arguments: Any) -> Any:
        given = [self.actor.ray.value(x) if isinstance(x, Ref) else x for x in arguments]

        def run() -> Any:
            if not self.actor.is_alive:
                raise Gone
            assert all(type(x) in (bytes, int) for x in given)  # nothing that needs a pickle
            self.actor.ray.sent += [len(x) for x in given if isinstance(x, bytes)]
            return getattr(self.actor.made, self.name)(*given)

        whole = Ref(run)
        if self.returns == 1:
            return whole
        if whole.error is not None:
            return [whole] * self.returns
        values = whole.value
        assert len(values) == self.returns
        return [Ref(partial(_same, x)) for x in values]


def _same(x: Any) -> Any:
    return x


class FakeRay:
    def __init__(self) -> None:
        self.exceptions = SimpleNamespace(
            RayActorError=Gone, ObjectLostError=Gone, OwnerDiedError=Gone
        )
        self.exceptions.RayTaskError = type("RayTaskError", (Exception,), {})
        self.actors: list[Actor] = []
        self.sent: list[int] = []

    def is_initialized(self) -> bool:
        return True

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": 2.0}

    def remote(self, of: type) -> Any:
        def hired(plan: bytes) -> Actor:
            actor = Actor(self, of(plan))
            self.actors.append(actor)
            return actor

        return SimpleNamespace(options=lambda **_: SimpleNamespace(remote=hired))

    def wait(
        self, refs: Sequence[Ref], *, num_returns: int, timeout: float
    ) -> tuple[list[Ref], list[Ref]]:
        assert len(set(map(id, refs))) == num_returns > 0
        assert timeout > 0
        return list(refs), []

    def value(self, ref: Ref) -> Any:
        if ref.error is not None:
            raise ref.error
        return ref.value

    def get(self, refs: Sequence[Ref]) -> list[Any]:
        return [self.value(x) for x in refs]

    def kill(self, actor: Actor) -> None:
        actor.is_alive = False

"""What may be assumed is fixed before the first state; what is true of states has to be checked."""

from __future__ import annotations

from ballotproof.spec.lang import Const, Model, Protocol, Sort, action, assumption


class Server(Sort):
    """A member of the cluster."""


class Requests(Protocol):
    max_requests = Const[int]()
    requests: int

    def init(self) -> None:
        self.requests = 0

    @action
    def request(self) -> None:
        self.requests += 1

    @assumption
    def few_requests(self) -> bool:
        return self.requests <= self.max_requests


MODEL = Model(name="2 requests", protocol=Requests, constants={"max_requests": 2})

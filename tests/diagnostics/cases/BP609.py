"""The number of requests is given as a text."""

from __future__ import annotations

from ballotproof.spec.lang import Const, Model, Protocol, Sort, action, require


class Server(Sort):
    """A member of the cluster."""


class Requests(Protocol):
    max_requests = Const[int]()
    requests: int

    def init(self) -> None:
        self.requests = 0

    @action
    def request(self) -> None:
        require(self.requests < self.max_requests)
        self.requests += 1


MODEL = Model(name="2 requests", protocol=Requests, constants={"max_requests": "2"})

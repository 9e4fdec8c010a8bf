"""Two entries with one term are made equal, which Python would honour and nothing else."""

from __future__ import annotations

from ballotproof.spec.lang import Map, Model, Protocol, Sort, action, fill, record


class Server(Sort):
    """A member of the cluster."""


@record
class Entry:
    term: int
    index: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entry) and self.term == other.term


class Logs(Protocol):
    last: Map[Server, Entry | None]

    def init(self) -> None:
        self.last = fill(Server, None)

    @action
    def append(self, s: Server) -> None:
        self.last[s] = Entry(1, 1)


MODEL = Model(name="2 servers", protocol=Logs, sizes={Server: 2})

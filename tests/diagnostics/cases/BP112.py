"""An invariant speaks of a whole state, and says itself of which servers."""

from __future__ import annotations

from ballotproof.spec.lang import Model, Protocol, Set, Sort, action, invariant, require


class Server(Sort):
    """A member of the cluster."""


class Election(Protocol):
    leads: Set[Server]

    def init(self) -> None:
        self.leads = Set()

    @action
    def elect(self, s: Server) -> None:
        require(not self.leads)
        self.leads.add(s)

    @invariant
    def one_leader(self, s: Server, r: Server) -> bool:
        return s == r or s not in self.leads or r not in self.leads


MODEL = Model(name="3 servers", protocol=Election, sizes={Server: 3})

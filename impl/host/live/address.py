"""Servers, by name and by where they listen. The names are those of the specification: ``s1``,
``s2``, and so on; to the cores these are the numbers from 0 on."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from ...core import NodeId

__all__ = ["Address", "cluster_of", "name_of", "node_of"]


class Address(Struct, frozen=True):
    host: str
    port: int


def name_of(node: NodeId) -> str:
    return f"s{node + 1}"


def node_of(name: str) -> NodeId:
    """**Errors** ValueError."""
    if not re.fullmatch(r"s[1-9][0-9]{0,2}", name, re.ASCII):
        raise ValueError(f"{name!r} is no server; they are s1, s2, and so on")
    return int(name[1:]) - 1


def cluster_of(peers: Iterable[str]) -> tuple[Address, ...]:
    """All servers, in order, of ``NAME=HOST:PORT`` each. **Errors** ValueError."""
    found: dict[NodeId, Address] = {}
    for peer in peers:
        name, equals, where = peer.partition("=")
        host, _, port = where.rpartition(":")
        if not (equals and host and port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise ValueError(f"{peer!r} is not NAME=HOST:PORT")
        node = node_of(name)
        if node in found:
            raise ValueError(f"{name} is there twice")
        found[node] = Address(host.removeprefix("[").removesuffix("]"), int(port))
    if sorted(found) != list(range(len(found))) or not found:
        raise ValueError("the servers of a cluster are s1, s2, and so on, without gaps")
    return tuple(found[n] for n in range(len(found)))

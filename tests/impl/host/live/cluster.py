"""Three servers in one process, over loopback."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack
from pathlib import Path

from ballotproof.impl.host.live.address import Address
from ballotproof.impl.host.live.client import Client
from ballotproof.impl.host.live.disk import disk
from ballotproof.impl.host.live.journal import Journal
from ballotproof.impl.host.live.security import Credentials, Security
from ballotproof.impl.host.live.server import Server
from ballotproof.impl.refine.raft.live import LiveLog

TICK_S = 0.002


def free(count: int) -> list[int]:
    """Ports that nobody listens on."""
    with ExitStack() as stack:
        found = []
        for _ in range(count):
            s = stack.enter_context(socket.socket())
            s.bind(("127.0.0.1", 0))
            found.append(s.getsockname()[1])
        return found


class Cluster:
    """Servers in a folder, by number. ``certs`` is where certificates are; None: plain TCP."""

    def __init__(self, folder: Path, certs: Path | None = None, count: int = 3) -> None:
        self.folder, self.certs = folder, certs
        self.addresses = [Address("127.0.0.1", port) for port in free(count)]
        self.running: dict[int, tuple[Server, asyncio.Task[None]]] = {}

    def security(self, name: str) -> Security:
        if self.certs is None:
            return Security(None)
        certs = self.certs
        return Security(Credentials(certs / f"{name}.pem", certs / f"{name}.key", certs / "ca.pem"))

    def log(self, n: int) -> Path:
        return self.folder / f"s{n + 1}.ndjson"

    async def start(self, n: int, *, new: bool = False) -> Server:
        stored = disk(self.folder / f"s{n + 1}", f"s{n + 1}", new=new)
        journal = Journal(self.log(n), LiveLog(len(self.addresses)), stored.state.stamp)
        security = self.security(f"s{n + 1}")
        server = Server(n, self.addresses, stored, journal, security, TICK_S, new=new)
        self.running[n] = server, asyncio.ensure_future(server.run())
        await server.ready.wait()
        return server

    async def stop(self, n: int) -> None:
        server, task = self.running.pop(n)
        server.stop()
        await task

    async def stop_all(self) -> None:
        for n in list(self.running):
            await self.stop(n)

    def client(self, name: str = "client") -> Client:
        return Client(self.addresses, self.security(name), 60.0)

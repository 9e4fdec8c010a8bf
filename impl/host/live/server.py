"""A server that runs: a host, the ways to the other servers, and who connects to it."""

from __future__ import annotations

import asyncio
import logging
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Sequence
from functools import partial

from ...core import NodeId
from .address import Address, name_of
from .disk import Disk
from .host import Host
from .journal import Journal
from .link import Link, closed
from .security import Security, names_of
from .wire import Answer, Call, Hello, Malformed, Packet, Welcome, packed, read_frame

__all__ = ["Server"]

log = logging.getLogger(__name__)

FIRST_FRAME_S = 5.0
"""How long who connects may take to say what for, and how long TLS may take before that."""

MOST_UNREAD_BYTES = 8 << 20
"""A client that leaves so much unread is let go."""


class Server:
    """``run`` it; ``ready`` is set when it listens."""

    def __init__(
        self,
        me: NodeId,
        addresses: Sequence[Address],
        disk: Disk,
        journal: Journal,
        security: Security,
        tick: float,
        *,
        new: bool,
    ) -> None:
        self.me, self.address, self.security = me, addresses[me], security
        self.ready = asyncio.Event()
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.links = {
            n: Link(me, n, address, security) for n, address in enumerate(addresses) if n != me
        }
        self.connections: set[asyncio.Task[None]] = set()
        send = self.send
        self.host = Host(me, len(addresses), disk, journal, send, self.failed, tick, new=new)

    def send(self, to: NodeId, packet: Packet) -> None:
        self.links[to].send(packet)

    def failed(self, error: Exception) -> None:
        """Storing has failed, or the protocol is broken: :meth:`run` ends with this."""
        self.host.stop()
        if not self.ended.done():
            self.ended.set_exception(error)

    def stop(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    async def run(self) -> None:
        """Until it is stopped. **Errors** OSError if it cannot listen; what ``failed`` was told."""
        listener = await asyncio.start_server(
            self.accept,
            self.address.host,
            self.address.port,
            ssl=self.security.listening,
            ssl_handshake_timeout=FIRST_FRAME_S if self.security.on else None,
        )
        links = [asyncio.ensure_future(link.run()) for link in self.links.values()]
        try:
            self.ready.set()
            await self.ended
        finally:
            self.host.stop()
            listener.close()
            tasks = [*links, *self.connections]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # -------------------------------------------------------------------------- connections
    async def accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.connections.add(task)
        try:
            await self.connected(reader, writer)
        except TimeoutError:
            self.refuse(writer, "it does not say what it wants")
        except (Malformed, OSError) as error:
            self.refuse(writer, str(error))
        except asyncio.CancelledError:
            pass  # the server stops
        finally:
            self.connections.discard(task)
            await closed(writer)

    def refuse(self, writer: StreamWriter, why: str) -> None:
        peer = writer.get_extra_info("peername")
        log.warning("%s closes the connection from %s: %s", name_of(self.me), peer, why)

    async def connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        async with asyncio.timeout(FIRST_FRAME_S):
            first = await read_frame(reader)
        match first:
            case Hello(sender):
                self.check(sender, writer)
                writer.write(packed(Welcome()))
                await writer.drain()
                await self.hear(sender, reader)
            case Call() as call:
                await self.answer(call, reader, writer)
            case None:
                pass
            case other:
                raise Malformed(f"{type(other).__name__} is no beginning")

    def check(self, sender: NodeId, writer: StreamWriter) -> None:
        """A message comes from the server that it claims."""
        if sender not in self.links:
            raise Malformed(f"there is no other server {name_of(sender)}")
        if self.security.on and name_of(sender) not in names_of(writer):
            names = ", ".join(sorted(names_of(writer))) or "nobody"
            raise Malformed(f"{name_of(sender)}, it says; its certificate names {names}")

    async def hear(self, sender: NodeId, reader: StreamReader) -> None:
        while not self.ended.done():
            match await read_frame(reader):
                case Packet() as packet:
                    self.guarded(partial(self.host.receive, sender, packet))
                case None:
                    return
                case other:
                    raise Malformed(f"{type(other).__name__} among packets")

    async def answer(self, call: Call, reader: StreamReader, writer: StreamWriter) -> None:
        def reply(answer: Answer) -> None:
            if writer.transport.get_write_buffer_size() > MOST_UNREAD_BYTES:
                writer.transport.abort()
            elif not writer.is_closing():
                writer.write(packed(answer))

        try:
            while not self.ended.done():
                self.guarded(partial(self.host.call, call, reply))
                match await read_frame(reader):
                    case Call() as call:
                        pass
                    case None:
                        return
                    case other:
                        raise Malformed(f"{type(other).__name__} among calls")
        finally:
            self.host.forget(reply)

    def guarded(self, act: Callable[[], None]) -> None:
        """Hand something to the host. Whatever goes wrong there ends the server."""
        try:
            act()
        except Exception as error:
            self.failed(error)

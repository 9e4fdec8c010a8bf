"""The way to one other server: packets go, in order or not at all.

A connection that fails is made again, after a time that grows from try to try, and is drawn, so
that servers do not all come at once. What was to be sent meanwhile is lost: the protocol sends
again what matters.

Time is limited by ``asyncio.timeout`` throughout: ``asyncio.wait_for`` of Python 3.11 may swallow
that it is cancelled.
"""

from __future__ import annotations

import asyncio
import logging
import random
from asyncio import StreamReader, StreamWriter

from ...core import NodeId
from .address import Address, name_of
from .security import Security
from .wire import Hello, Malformed, Packet, Welcome, packed, read_frame

__all__ = ["Link", "closed"]

log = logging.getLogger(__name__)

MOST_WAITING = 256
"""So many packets may wait for a connection that is there but slow."""

FIRST_DELAY_S, MOST_DELAY_S = 0.05, 2.0
TIMEOUT_S = 5.0
"""To connect, to be welcomed, and for a packet to leave."""


class Link:
    """From server ``me`` to server ``to``."""

    def __init__(self, me: NodeId, to: NodeId, address: Address, security: Security) -> None:
        self.me, self.to, self.address, self.security = me, to, address, security
        self.waiting: asyncio.Queue[Packet] = asyncio.Queue(MOST_WAITING)
        self.connected = False
        self.chance = random.SystemRandom()

    def send(self, packet: Packet) -> None:
        """Lost if there is no connection, or too much waits for it."""
        if self.connected and not self.waiting.full():
            self.waiting.put_nowait(packet)

    async def run(self) -> None:
        """For as long as the server runs."""
        delay = FIRST_DELAY_S
        said = ""
        while True:
            why = "the other side has closed it"
            try:
                reader, writer = await self.connect()
                try:
                    async with asyncio.timeout(TIMEOUT_S):
                        await self.introduce(reader, writer)
                    delay, said = FIRST_DELAY_S, ""
                    log.info("%s reaches %s", name_of(self.me), name_of(self.to))
                    await self.serve(reader, writer)
                finally:
                    self.connected = False
                    await closed(writer)
            except TimeoutError:
                why = "it takes too long"
            except (OSError, Malformed) as error:
                why = str(error)
            if why != said:
                log.warning("%s to %s: %s", name_of(self.me), name_of(self.to), why)
                said = why
            await asyncio.sleep(delay * self.chance.uniform(0.5, 1.0))
            delay = min(2 * delay, MOST_DELAY_S)

    async def connect(self) -> tuple[StreamReader, StreamWriter]:
        context = self.security.connecting
        name = None if context is None else name_of(self.to)
        at = self.address
        async with asyncio.timeout(TIMEOUT_S):
            return await asyncio.open_connection(
                at.host, at.port, ssl=context, server_hostname=name
            )

    async def introduce(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Only who was welcomed knows that its certificate was accepted."""
        writer.write(packed(Hello(self.me)))
        await writer.drain()
        match await read_frame(reader):
            case Welcome():
                pass
            case None:
                raise ConnectionError("it is refused")
            case other:
                raise Malformed(f"{type(other).__name__} in the place of Welcome")

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Until the other side has closed it. **Errors** OSError, TimeoutError."""
        while not self.waiting.empty():
            self.waiting.get_nowait()
        self.connected = True
        sending = asyncio.ensure_future(self.sending(writer))
        ending = asyncio.ensure_future(reader.read(1))
        try:
            done, _ = await asyncio.wait({sending, ending}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in (sending, ending):
                task.cancel()
            await asyncio.gather(sending, ending, return_exceptions=True)

    async def sending(self, writer: StreamWriter) -> None:
        while True:
            writer.write(packed(await self.waiting.get()))
            async with asyncio.timeout(TIMEOUT_S):
                await writer.drain()


async def closed(writer: StreamWriter) -> None:
    """Close it, and do not wait for a farewell that does not come."""
    writer.close()
    try:
        async with asyncio.timeout(1.0):
            await writer.wait_closed()
    except (OSError, TimeoutError):
        writer.transport.abort()

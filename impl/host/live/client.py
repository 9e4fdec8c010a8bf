"""A client of the servers: it asks who leads, and asks again until there is an answer."""

from __future__ import annotations

import asyncio
import secrets
from asyncio import StreamReader, StreamWriter
from collections.abc import Sequence

from ...core import NodeId
from .address import Address, name_of
from .link import closed
from .security import Security
from .wire import Answer, Call, Malformed, packed, read_frame

__all__ = ["Client", "NoAnswer"]

ATTEMPT_S = 2.0
"""How long one server may take, before another is asked."""
PAUSE_S = 0.05


class NoAnswer(Exception):
    """In the given time nobody has answered. A value may have been written, or may be later."""


class Client:
    """Has one call under way at a time. A value is written once, however often it has to be asked
    for: each call has a number, and the state machine knows the last one.

    **Errors** NoAnswer.
    """

    def __init__(
        self, addresses: Sequence[Address], security: Security, deadline_s: float = 30.0
    ) -> None:
        self.addresses, self.security, self.deadline_s = addresses, security, deadline_s
        self.name = secrets.randbits(62)
        self.number = 0
        self.target: NodeId = 0
        self.connection: tuple[StreamReader, StreamWriter] | None = None
        self.last = "nobody was asked"

    async def write(self, key: str, value: str) -> None:
        self.number += 1
        await self.call(Call(self.name, self.number, "write", key, value))

    async def read(self, key: str) -> str | None:
        self.number += 1
        return (await self.call(Call(self.name, self.number, "read", key))).value

    async def call(self, call: Call) -> Answer:
        try:
            async with asyncio.timeout(self.deadline_s):
                while True:
                    answer = await self.attempt(call)
                    if answer is not None:
                        return answer
                    await asyncio.sleep(PAUSE_S)
        except TimeoutError:
            await self.close()
            raise NoAnswer(f"no answer in {self.deadline_s:g} s; last: {self.last}") from None

    async def attempt(self, call: Call) -> Answer | None:
        """Ask one server; None if another has to be asked, or the same one later."""
        at = name_of(self.target)
        try:
            async with asyncio.timeout(ATTEMPT_S):
                answer = await self.asked(call)
        except TimeoutError:
            self.last = f"{at} takes too long"
        except (OSError, Malformed) as error:
            self.last = f"{at}: {error}"
        else:
            if answer.refused is None:
                return answer
            self.last = f"{at}: {answer.refused}"
            if answer.leader == self.target:
                return None
            if answer.leader is not None and answer.leader < len(self.addresses):
                await self.close()
                self.target = answer.leader
                return None
        await self.close()
        self.target = (self.target + 1) % len(self.addresses)
        return None

    async def asked(self, call: Call) -> Answer:
        if self.connection is None:
            at, context = self.addresses[self.target], self.security.connecting
            name = None if context is None else name_of(self.target)
            self.connection = await asyncio.open_connection(
                at.host, at.port, ssl=context, server_hostname=name
            )
        reader, writer = self.connection
        writer.write(packed(call))
        await writer.drain()
        while True:
            match await read_frame(reader):
                case Answer() as answer:
                    if answer.number == call.number:
                        return answer  # others are of calls that took too long
                case None:
                    raise ConnectionError("the connection was closed")
                case other:
                    raise Malformed(f"{type(other).__name__} in the place of an answer")

    async def close(self) -> None:
        if self.connection is not None:
            _, writer = self.connection
            self.connection = None
            await closed(writer)

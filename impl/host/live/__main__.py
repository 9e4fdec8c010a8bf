"""``python -m ballotproof.impl.host.live``: servers that run, and a client to try them with."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from ...core import NodeId, ProtocolError
from ...refine.raft.live import Beyond, LiveLog
from ..storage.failures import Damaged, StorageFailure
from .address import Address, cluster_of, name_of, node_of
from .certificates import CLIENT, make
from .client import Client, NoAnswer
from .disk import disk
from .journal import Incomplete, Journal
from .security import Credentials, Security
from .server import Server

FILE = click.Path(dir_okay=False, path_type=Path)
DIRECTORY = click.Path(file_okay=False, path_type=Path)

F = TypeVar("F", bound=Callable[..., Any])


class Wrong(click.ClickException):
    """The command cannot be meant so."""

    exit_code = 64


class Stopped(click.ClickException):
    """It was begun, and had to be given up."""

    exit_code = 1


def common(f: F) -> F:
    """What servers and clients have to know."""
    for option in (
        click.option("--insecure", is_flag=True, help="Plain TCP, and nobody is checked."),
        click.option("--ca", type=FILE, help="The authority that all certificates are from."),
        click.option("--key", type=FILE, help="The key of the certificate."),
        click.option("--cert", type=FILE, help="The certificate of this server or client."),
        click.option(
            "--peer",
            "peers",
            multiple=True,
            required=True,
            metavar="NAME=HOST:PORT",
            help="Each server, this one too: s1, s2, and so on.",
        ),
    ):
        f = option(f)
    return f


def cluster(peers: tuple[str, ...]) -> tuple[Address, ...]:
    try:
        return cluster_of(peers)
    except ValueError as error:
        raise Wrong(f"--peer: {error}") from None


def security(cert: Path | None, key: Path | None, ca: Path | None, insecure: bool) -> Security:
    if insecure:
        if (cert, key, ca) != (None, None, None):
            raise Wrong("--insecure uses no --cert, --key and --ca")
        return Security(None)
    if cert is None or key is None or ca is None:
        raise Wrong("--cert, --key and --ca are needed; or --insecure, for plain TCP")
    try:
        return Security(Credentials(cert, key, ca))
    except OSError as error:
        raise Wrong(f"{cert}, {key}, {ca}: {error}") from None


@click.group()
def main() -> None:
    """Raft as it runs: start servers, write and read values."""


@main.command()
@click.option("--id", "name", required=True, help="Which of the servers this is.")
@common
@click.option(
    "--data", type=DIRECTORY, required=True, help="Where it stores what it must not lose."
)
@click.option("--new", is_flag=True, help="It has never run; there is nothing in --data yet.")
@click.option("--log", "file", type=FILE, help="Where it writes what it does, for `conform`.")
@click.option(
    "--tick-ms",
    type=click.FloatRange(1, 1000),
    default=10.0,
    show_default=True,
    help="A leader is heard every 10 ticks, and missed after 100 to 200.",
)
def serve(
    name: str,
    peers: tuple[str, ...],
    cert: Path | None,
    key: Path | None,
    ca: Path | None,
    insecure: bool,
    data: Path,
    new: bool,
    file: Path | None,
    tick_ms: float,
) -> None:
    """Run one server, until it is told to end (SIGTERM, SIGINT)."""
    addresses = cluster(peers)
    try:
        me = node_of(name)
    except ValueError as error:
        raise Wrong(f"--id: {error}") from None
    if me >= len(addresses):
        raise Wrong(f"--id: there is no --peer {name}")
    if new and file is not None and file.exists() and file.stat().st_size:
        raise Wrong(f"--new: {file} is the log of a server that has run")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    guard = security(cert, key, ca, insecure)
    try:
        asyncio.run(running(me, addresses, guard, data, file, tick_ms / 1000, new=new))
    except (StorageFailure, Damaged, Incomplete, Beyond, OSError) as error:
        raise Stopped(f"{name} stops: {error}") from None
    except ProtocolError as error:
        raise Stopped(f"{name} stops, for a peer broke the protocol: {error}") from None


async def running(
    me: NodeId,
    addresses: tuple[Address, ...],
    guard: Security,
    data: Path,
    file: Path | None,
    tick: float,
    *,
    new: bool,
) -> None:
    count = len(addresses)
    identity = f"raft, {name_of(me)} of {count}"
    stored = disk(data, identity, new=new)
    journal = Journal(file, None if file is None else LiveLog(count), stored.state.stamp)
    server = Server(me, addresses, stored, journal, guard, tick, new=new)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    run = asyncio.ensure_future(server.run())
    ready = asyncio.ensure_future(server.ready.wait())
    await asyncio.wait({run, ready}, return_when=asyncio.FIRST_COMPLETED)
    if server.ready.is_set():
        at, how = addresses[me], "TLS" if guard.on else "plain TCP, insecure"
        click.echo(f"{name_of(me)} listens on {at.host}:{at.port} ({how})")
    ready.cancel()
    await run


@main.command()
@common
@click.option("--deadline-s", type=click.FloatRange(0.1), default=30.0, show_default=True)
@click.argument("name")
@click.argument("value")
def put(
    peers: tuple[str, ...],
    cert: Path | None,
    key: Path | None,
    ca: Path | None,
    insecure: bool,
    deadline_s: float,
    name: str,
    value: str,
) -> None:
    """Write a value. When this ends with success, it is there for good."""
    client = Client(cluster(peers), security(cert, key, ca, insecure), deadline_s)

    async def ask() -> None:
        await client.write(name, value)
        await client.close()

    asked(ask)


@main.command()
@common
@click.option("--deadline-s", type=click.FloatRange(0.1), default=30.0, show_default=True)
@click.argument("name")
def get(
    peers: tuple[str, ...],
    cert: Path | None,
    key: Path | None,
    ca: Path | None,
    insecure: bool,
    deadline_s: float,
    name: str,
) -> None:
    """Print a value, as of now; nothing, with exit code 1, if there is none."""
    client = Client(cluster(peers), security(cert, key, ca, insecure), deadline_s)

    async def ask() -> None:
        found = await client.read(name)
        await client.close()
        if found is None:
            raise Stopped(f"there is no {name}")
        click.echo(found)

    asked(ask)


def asked(ask: Callable[[], Any]) -> None:
    try:
        asyncio.run(ask())
    except NoAnswer as error:
        raise Stopped(str(error)) from None


@main.command()
@click.argument("directory", type=DIRECTORY)
@click.option("--servers", type=click.IntRange(1, 99), default=3, show_default=True)
def certificates(directory: Path, servers: int) -> None:
    """Make an authority and certificates to try things out with, for s1, s2 and so on, and for a
    client. Needs trustme (`pip install 'ballotproof[live]'`); real ones come from your own."""
    names = [name_of(n) for n in range(servers)] + [CLIENT]
    try:
        made = make(directory, names)
    except ImportError:
        raise Wrong("trustme is needed: pip install 'ballotproof[live]'") from None
    except OSError as error:
        raise Wrong(str(error)) from None
    for path in made:
        click.echo(str(path))


if __name__ == "__main__":
    main()

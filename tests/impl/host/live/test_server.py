"""Servers in one process: what they do with what comes over a connection."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from pathlib import Path

import pytest
from click.testing import CliRunner

from ballotproof.impl.host.live.certificates import make
from ballotproof.impl.host.live.link import closed
from ballotproof.impl.host.live.security import Credentials, Security
from ballotproof.impl.host.live.wire import Call, Hello, Welcome, packed
from ballotproof.impl.host.storage.failures import StorageFailure
from ballotproof.model_check.cli import main

from .cluster import Cluster

DEADLINE_S = 60.0


@pytest.fixture(scope="session")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certs")
    make(folder, ["s1", "s2", "s3", "client"])
    return folder


# A connection whose TLS handshake is under way when the listener closes is in nobody's hands yet.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_servers_stop_whenever_they_are_told_to(tmp_path: Path, certs: Path) -> None:
    """Also while they connect, greet each other or send. (With ``asyncio.wait_for`` of Python 3.11
    a server that was told so in the wrong moment went on for ever.)"""

    async def run() -> None:
        for n in range(12):
            (tmp_path / str(n)).mkdir()
            cluster = Cluster(tmp_path / str(n), certs)
            for s in range(3):
                await cluster.start(s, new=True)
            await asyncio.sleep(n * 0.01)
            async with asyncio.timeout(DEADLINE_S):
                await cluster.stop_all()

    asyncio.run(run())


async def closed_by_the_other(cluster: Cluster, security: Security, data: bytes) -> bytes:
    """Connect to server s1 and say this; what it says until it closes the connection."""
    at, context = cluster.addresses[0], security.connecting
    name = None if context is None else "s1"
    reader, writer = await asyncio.open_connection(
        at.host, at.port, ssl=context, server_hostname=name
    )
    writer.write(data)
    try:
        async with asyncio.timeout(DEADLINE_S):
            return await reader.read()
    finally:
        await closed(writer)


MALFORMED = [
    (b"\xff" * 4, "a frame of 4294967295 bytes"),
    (b"\x00\x00\x00\x02\xc1\xc1", "this is no frame"),
    (packed(Welcome()), "Welcome is no beginning"),
    (packed(Hello(0)), "there is no other server s1"),
    (packed(Hello(7)), "there is no other server s8"),
    (packed(Hello(1)), "s2, it says; its certificate names client"),
    (packed(Call(1, 1, "read", "x")) + packed(Welcome()), "Welcome among calls"),
]


def test_what_is_malformed_closes_the_connection_alone(
    tmp_path: Path, certs: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        cluster = Cluster(tmp_path, certs)
        for s in range(3):
            await cluster.start(s, new=True)
        client = cluster.client()
        await client.write("x", "before")
        for data, said in MALFORMED:
            caplog.clear()
            await closed_by_the_other(cluster, cluster.security("client"), data)
            assert any(said in record.getMessage() for record in caplog.records), said
        s2 = cluster.security("s2")
        caplog.clear()
        heard = await closed_by_the_other(cluster, s2, packed(Hello(1)) + packed(Hello(1)))
        assert heard == packed(Welcome())
        assert any("Hello among packets" in r.getMessage() for r in caplog.records)
        assert await client.read("x") == "before"
        await client.write("x", "after")
        assert await client.read("x") == "after"
        await client.close()
        await cluster.stop_all()
        assert not any(record.exc_info for record in caplog.records)

    asyncio.run(run())


def test_who_is_not_of_the_cluster_is_not_heard(tmp_path: Path, certs: Path) -> None:
    """Other authorities' certificates with the right names, plain TCP, and a server in the place of
    another."""
    others = tmp_path / "others"
    make(others, ["s1", "s2", "client"])
    mixed = tmp_path / "mixed"  # trusts the cluster, and shows a certificate that it does not trust
    mixed.mkdir()
    for name in ("s2.pem", "s2.key"):
        (mixed / name).write_bytes((others / name).read_bytes())
    (mixed / "ca.pem").write_bytes((certs / "ca.pem").read_bytes())

    async def run() -> None:
        cluster = Cluster(tmp_path, certs)
        await cluster.start(0, new=True)
        hello = packed(Hello(1))

        def security(folder: Path, name: str) -> Security:
            pems = folder / f"{name}.pem", folder / f"{name}.key", folder / "ca.pem"
            return Security(Credentials(*pems))

        with pytest.raises(ssl.SSLCertVerificationError):
            await closed_by_the_other(cluster, security(others, "s2"), hello)
        for stranger in (security(mixed, "s2"), Security(None)):
            heard = b""
            with contextlib.suppress(OSError):  # that, or the end of the stream, as it comes
                heard = await closed_by_the_other(cluster, stranger, hello)
            assert packed(Welcome()) not in heard
        # Whoever wants s2 and reaches s1 does not go on.
        client = cluster.client()
        client.addresses = [cluster.addresses[0], cluster.addresses[0]]
        client.target = 1
        await client.attempt(Call(1, 1, "read", "x"))
        assert "s2: " in client.last
        assert "certificate is not valid for 's2'" in client.last
        await client.close()
        assert await closed_by_the_other(cluster, security(certs, "s2"), hello + b"\xff" * 4) == (
            packed(Welcome())
        )
        await cluster.stop_all()

    asyncio.run(run())


def test_over_plain_tcp_when_asked_for(tmp_path: Path) -> None:
    """A server is stopped and comes back; the logs are explained."""

    async def run() -> None:
        cluster = Cluster(tmp_path)
        for s in range(3):
            await cluster.start(s, new=True)
        client = cluster.client()
        await client.write("x", "1")
        first = client.target
        await cluster.stop(first)
        await client.write("x", "2")
        await cluster.start(first)
        await client.write("x", "3")
        assert await client.read("x") == "3"
        await client.close()
        await cluster.stop_all()

    asyncio.run(run())
    logs = [str(tmp_path / f"s{n}.ndjson") for n in (1, 2, 3)]
    result = CliRunner().invoke(main, ["conform", *logs])
    assert result.exit_code == 0, result.output


def test_a_server_whose_disk_fails_stops(tmp_path: Path) -> None:
    """It says why, and nothing that follows what it could not store has left."""

    async def run() -> None:
        cluster = Cluster(tmp_path, count=1)
        server = await cluster.start(0, new=True)

        def fails() -> None:
            raise StorageFailure("the disk is full")

        server.host.disk.sync = fails  # type: ignore[method-assign]  # as a full disk does
        _, task = cluster.running[0]
        with pytest.raises(StorageFailure, match="the disk is full"):
            async with asyncio.timeout(DEADLINE_S):
                await task
        assert len(cluster.log(0).read_text().splitlines()) == 1  # the head

    asyncio.run(run())

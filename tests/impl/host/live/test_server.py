"""Servers in one process: what they do with what comes over a connection."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ballotproof.impl.host.live.certificates import make

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

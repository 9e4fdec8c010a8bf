"""Three servers as processes, over TLS; one is killed and comes back. No value that was told to be
there is lost, and the logs of all three are explained by the specification.

Whatever is waited for is waited for until it is so; only how long it takes depends on the machine.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ballotproof.impl.host.live.address import Address, cluster_of
from ballotproof.impl.host.live.certificates import make
from ballotproof.impl.host.live.client import Client
from ballotproof.impl.host.live.security import Credentials, Security
from ballotproof.model_check.cli import main

from .cluster import free

NAMES = ("s1", "s2", "s3")
DEADLINE_S = 120.0
KILLS = 16


class Cluster:
    """Servers in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        make(folder / "certs", [*NAMES, "client"])
        self.peers = [f"{name}=127.0.0.1:{port}" for name, port in zip(NAMES, free(3), strict=True)]

    @property
    def addresses(self) -> tuple[Address, ...]:
        return cluster_of(self.peers)

    def credentials(self, name: str) -> Credentials:
        certs = self.folder / "certs"
        return Credentials(certs / f"{name}.pem", certs / f"{name}.key", certs / "ca.pem")

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.ndjson"

    def start(self, name: str, *, new: bool = False) -> None:
        c = self.credentials(name)
        command = [sys.executable, "-m", "ballotproof.impl.host.live", "serve", f"--id={name}"]
        command += [f"--peer={peer}" for peer in self.peers]
        command += [f"--cert={c.certificate}", f"--key={c.key}", f"--ca={c.authority}"]
        command += [f"--data={self.folder / name}", f"--log={self.log(name)}", "--tick-ms=5"]
        command += ["--new"] if new else []
        with (self.folder / f"{name}.err").open("ab") as err:
            self.processes[name] = subprocess.Popen(command, stdout=err, stderr=err)

    def kill(self, name: str, by: signal.Signals = signal.SIGKILL) -> None:
        process = self.processes.pop(name)
        process.send_signal(by)
        process.wait(DEADLINE_S)

    def client(self) -> Client:
        return Client(self.addresses, Security(self.credentials("client")), DEADLINE_S)

    def said(self) -> str:
        return "".join(f.read_text() for f in sorted(self.folder.glob("*.err")))

    def lines(self, name: str) -> list[dict[str, Any]]:
        """The whole lines of a log, also while it is written."""
        data = self.log(name).read_bytes()
        return [json.loads(x) for x in data[: data.rfind(b"\n") + 1].splitlines()]

    def commit(self, name: str) -> int:
        """Up to where a server knows that entries are committed, since it has started."""
        commit = 0
        for line in self.lines(name):
            commit = line.get("state", {}).get("commit", {}).get(name, commit)
        return commit

    def until_it_listens(self, name: str) -> None:
        end = time.monotonic() + DEADLINE_S
        while f"{name} listens" not in (self.folder / f"{name}.err").read_text():
            assert time.monotonic() < end, self.said()
            time.sleep(0.02)

    def until_caught_up(self, name: str, other: str) -> None:
        end = time.monotonic() + DEADLINE_S
        while self.commit(name) < self.commit(other):
            assert time.monotonic() < end, self.said()
            assert self.processes[name].poll() is None, self.said()
            time.sleep(0.02)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path)
    try:
        yield cluster
    finally:
        for name in list(cluster.processes):
            cluster.kill(name)


def conform(*files: Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["conform", *map(str, files), "--spec", "raft"])
    return result.exit_code, result.output


def test_one_is_killed_and_comes_back(cluster: Cluster) -> None:
    values = {f"key {n}": f"value {n}" for n in range(12)}
    keys = list(values)

    async def write(client: Client, some: list[str]) -> None:
        for key in some:
            await client.write(key, values[key])

    async def read_all(client: Client) -> None:
        for key, value in values.items():
            assert await client.read(key) == value
        assert await client.read("no such key") is None

    async def run() -> None:
        client = cluster.client()
        for name in NAMES:
            cluster.start(name, new=True)
        await write(client, keys[:4])
        leader = NAMES[client.target]
        cluster.kill(leader)
        await write(client, keys[4:8])
        second = NAMES[client.target]
        assert second != leader
        cluster.start(leader)
        cluster.until_caught_up(leader, second)
        # With the one that was away, and without the one that led meanwhile, there is everything.
        cluster.kill(second)
        await write(client, keys[8:])
        await read_all(client)
        await client.close()

    asyncio.run(run())
    for name in list(cluster.processes):
        cluster.kill(name, signal.SIGTERM)
    assert "Traceback" not in cluster.said()
    logs = [cluster.log(name) for name in NAMES]
    code, output = conform(*logs)
    assert code == 0, output
    taken = {line.split()[1]: int(line.split()[0]) for line in output.splitlines()[5:]}
    assert taken["restart"] == 1
    assert taken["become_leader"] >= 2
    # Each leader begins with an entry of its own.
    assert taken["client_request"] >= len(values) + taken["become_leader"]
    altered_logs_are_refused(logs)


@pytest.mark.slow
def test_killed_again_and_again(cluster: Cluster) -> None:
    """While a client writes one value after the other, any server is killed at any time, also while
    another one is still coming back; each starts again. The values are all there, in the order in
    which they were written, and the logs are explained."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    written: list[int] = []
    over = asyncio.Event()

    async def write() -> None:
        client = cluster.client()
        while not over.is_set():
            await client.write("last", str(len(written)))
            await client.write(f"key {len(written)}", "there")
            written.append(len(written))
            await asyncio.sleep(0.2)  # the time to judge a log grows with the square of its length
        last = await client.read("last")
        assert last == str(written[-1])
        for n in written:
            assert await client.read(f"key {n}") == "there"
        await client.close()

    async def run() -> None:
        for name in NAMES:
            cluster.start(name, new=True)
        for name in NAMES:
            cluster.until_it_listens(name)  # from here on it has a disk
        writing = asyncio.ensure_future(write())
        for _ in range(KILLS):
            before = len(written)
            await asyncio.sleep(chance.uniform(0, 0.5))
            name = chance.choice(NAMES)
            cluster.kill(name)
            await asyncio.sleep(chance.uniform(0, 0.5))
            cluster.start(name)
            if chance.random() < 0.7:
                while len(written) < before + 1 and not writing.done():
                    await asyncio.sleep(0.02)
        over.set()
        await writing

    asyncio.run(run())
    for name in list(cluster.processes):
        cluster.kill(name)
    assert "Traceback" not in cluster.said()
    assert written
    code, output = conform(*(cluster.log(name) for name in NAMES))
    assert code == 0, f"{output}\nseed {seed}, in {cluster.folder}"
    restarts = re.search(r"^ +(\d+)  restart$", output, re.MULTILINE)
    assert restarts is not None, output
    assert int(restarts[1]) <= KILLS  # who was killed before it had started has no line of it


Line = dict[str, Any]


def other_vote(line: Line, name: str) -> Line | None:
    """A server that voted for one candidate says that it voted for another."""
    if line.get("step") != "handle_request_vote":
        return None
    voted_for = line["state"]["voted_for"][name]
    if voted_for is None:
        return None
    other = next(x for x in NAMES if x not in (name, voted_for))
    return {**line, "state": {**line["state"], "voted_for": {name: other}}}


def forgotten_vote(line: Line, name: str) -> Line | None:
    """A server that starts again has forgotten its vote."""
    if line.get("step") != "restart":
        return None
    return {**line, "state": {**line["state"], "voted_for": {name: None}}}


def forgotten_entry(line: Line, name: str) -> Line | None:
    """A server that starts again has forgotten the last entry of its log."""
    if line.get("step") != "restart":
        return None
    return {**line, "state": {**line["state"], "log": {name: line["state"]["log"][name][:-1]}}}


def other_command(line: Line, name: str) -> Line | None:
    """A leader sends another command than it was given."""
    if line.get("step") != "append_entries":
        return None
    (message,) = line["state"]["network"]["has"]
    if message["entry"] is None or message["entry"]["value"] == "v1":
        return None
    entry = {**message["entry"], "value": "v2" if message["entry"]["value"] != "v2" else "v3"}
    return {**line, "state": {**line["state"], "network": {"has": [{**message, "entry": entry}]}}}


def altered_logs_are_refused(logs: Sequence[Path]) -> None:
    """With any one of these lines altered the logs are refused, and that line is named."""
    for change in (other_vote, forgotten_vote, forgotten_entry, other_command):
        found = [
            (log, n, altered)
            for log in logs
            for n, line in enumerate(log.read_text().splitlines())
            if (altered := change(json.loads(line), log.stem)) is not None
        ]
        assert found, change.__name__
        log, n, altered = found[0]
        whole = log.read_text()
        lines = whole.splitlines()
        lines[n] = json.dumps(altered)
        log.write_text("\n".join(lines) + "\n")
        code, output = conform(*logs)
        log.write_text(whole)
        assert code == 12, f"{change.__name__}: {output}"
        assert f"{log}:{n + 1}: this cannot be explained" in output

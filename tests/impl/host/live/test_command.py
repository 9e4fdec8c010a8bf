"""What is asked for wrongly is refused in a sentence, before anything is touched."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from ballotproof.impl.host.live.__main__ import main
from ballotproof.impl.host.live.address import Address, cluster_of
from ballotproof.impl.host.live.certificates import make
from ballotproof.impl.host.live.disk import disk

from .cluster import free

PEER = "--peer=s1=127.0.0.1:7101"
SERVE = ["serve", "--id=s1", PEER, "--data=data"]


@pytest.fixture(autouse=True)
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def told(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([*SERVE], "--cert, --key and --ca are needed; or --insecure"),
        ([*SERVE, "--cert=a"], "--cert, --key and --ca are needed; or --insecure"),
        ([*SERVE, "--insecure", "--ca=a"], "--insecure uses no --cert, --key and --ca"),
        ([*SERVE, "--cert=a", "--key=b", "--ca=c"], "No such file or directory"),
        ([*SERVE, "--insecure", "--id=s2"], "there is no --peer s2"),
        ([*SERVE, "--insecure", "--id=leader"], "'leader' is no server"),
        ([*SERVE, "--insecure", "--peer=s1=127.0.0.1:7102"], "s1 is there twice"),
        ([*SERVE, "--insecure", "--peer=s3=127.0.0.1:7103"], "without gaps"),
        ([*SERVE, "--insecure", "--peer=s2=127.0.0.1"], "is not NAME=HOST:PORT"),
        ([*SERVE, "--insecure", "--peer=s2=127.0.0.1:70000"], "is not NAME=HOST:PORT"),
        ([*SERVE, "--insecure", "--new", "--log=old"], "old is the log of a server that has run"),
        (["put", PEER, "x", "1"], "--cert, --key and --ca are needed; or --insecure"),
    ],
)
def test_what_cannot_be_meant(tmp_path: Path, arguments: list[str], said: str) -> None:
    (tmp_path / "old").write_text("{}\n")
    code, output = told(*arguments)
    assert (code, said in output) == (64, True), output
    assert not (tmp_path / "data").exists()


def test_a_server_without_its_store_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    code, output = told(*SERVE, "--insecure")
    assert code == 1
    assert "s1 stops: " in output
    disk(tmp_path / "data", "raft, s1 of 1", new=True).close()
    code, output = told(*SERVE, "--insecure", "--new")
    assert (code, "there is a store already" in output) == (1, True), output


def test_nobody_answers() -> None:
    (port,) = free(1)
    peer = f"--peer=s1=127.0.0.1:{port}"
    code, output = told("get", peer, "--insecure", "--deadline-s=0.2", "x")
    assert (code, "no answer in 0.2 s; last: s1: " in output) == (1, True), output


def test_addresses() -> None:
    assert cluster_of(["s2=[::1]:7102", "s1=localhost:7101"]) == (
        Address("localhost", 7101),
        Address("::1", 7102),
    )


def test_certificates(tmp_path: Path) -> None:
    code, output = told("certificates", "certs", "--servers", "1")
    assert code == 0
    names = ["ca.pem", "s1.pem", "s1.key", "client.pem", "client.key"]
    assert output.split() == [f"certs/{name}" for name in names]
    assert sorted(x.name for x in (tmp_path / "certs").iterdir()) == sorted(names)
    assert (tmp_path / "certs" / "s1.key").stat().st_mode & 0o077 == 0


def test_keys_are_never_readable_by_others(tmp_path: Path) -> None:
    """Not even where a file of that name was before."""
    key = tmp_path / "certs" / "s1.key"
    key.parent.mkdir()
    key.write_text("")
    key.chmod(0o644)
    make(key.parent, ["s1"])
    assert key.stat().st_mode & 0o077 == 0

"""The real file system: the same store, killed for real, and an operating system that says no."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ballotproof.impl.host.storage.failures import StorageFailure
from ballotproof.impl.host.storage.files import RealFiles
from ballotproof.impl.host.storage.store import Store

WRITER = """
import sys
from pathlib import Path
from ballotproof.impl.host.storage.files import RealFiles
from ballotproof.impl.host.storage.store import Store

files = RealFiles(Path(sys.argv[1]))
first = "identity" not in files.names()
if first:
    store, n = Store.create(files, b"s1", 4096), 0
else:
    store, found = Store.open(files, b"s1", 4096)
    n = found.number + len(found.records)
while True:
    for _ in range(1 + n % 3):
        n += 1
        store.append(b"record %d" % n)
    store.sync()
    print(n, flush=True)
    if n % 50 == 0:
        store.snapshot(b"%d" % n)
"""


def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """A process that writes and says how far it is gets killed ten times; each next one goes on
    where it was, or after that."""
    told = 0
    for life in range(10):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path / "store")],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        for _ in range(7 + 11 * life):
            told = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        for line in writer.stdout.read().split("\n")[:-1]:
            told = int(line)
        writer.wait()
        writer.stdout.close()
        files = RealFiles(tmp_path / "store")
        store, found = Store.open(files, b"s1", 4096)
        count = found.number + len(found.records)
        assert count >= told
        assert found.records == tuple(b"record %d" % n for n in range(found.number + 1, count + 1))
        assert found.snapshot == (b"%d" % found.number if found.number else None)
        store.close()
    assert told > 500


def test_one_process_at_a_time(tmp_path: Path) -> None:
    first = RealFiles(tmp_path)
    with pytest.raises(StorageFailure, match="another process works with it"):
        RealFiles(tmp_path)
    first.close()
    RealFiles(tmp_path).close()


def test_a_full_disk_stops_the_store(tmp_path: Path) -> None:
    """A limit on the size of files stands for it: the system writes a part, then nothing."""
    store = Store.create(RealFiles(tmp_path), b"s1")
    store.append(b"kept")
    store.sync()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
        store.append(bytes(10_000))
        with pytest.raises(StorageFailure, match=r"0001\.log: File too large"):
            store.sync()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, old)
    with pytest.raises(StorageFailure, match="has failed before"):
        store.append(b"more")
    store.files.close()
    assert os.path.getsize(tmp_path / "0000000000000001.log") == 4096
    store, found = Store.open(RealFiles(tmp_path), b"s1")
    assert found.records == (b"kept",)
    store.close()


def test_names_that_are_taken_or_missing(tmp_path: Path) -> None:
    files = RealFiles(tmp_path)
    files.create("a")
    with pytest.raises(FileExistsError):
        files.create("a")
    with pytest.raises(FileNotFoundError):
        files.read("b")
    files.append("a", b"1234")
    files.overwrite("a", 1, b"x")
    files.truncate("a", 3)
    files.rename("a", "c")
    assert (files.names(), files.read("c")) == (["c"], b"1x3")
    files.close()

"""Machine code that is kept: it is never stale, damage is made good, and it does not grow forever.

Goal: whatever is edited, the answer is that of the text as it stands. Method: the command itself,
as a process of its own, on a specification of several files, of which one place after another is
edited within the same second, with as many characters as before.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from ballotproof.model_check.backends.native import cache
from ballotproof.model_check.backends.native.cache import Cache, folder, key

PROGRAM = Path(sys.executable).with_name("ballotproof")

RULES = """\
from ballotproof.spec.lang import *

class Node(Sort): ...

class Rules(Protocol):
    room = Const[int]()
    count: Map[Node, int]

    def init(self) -> None:
        self.count = fill(Node, 0)

    def may(self, n: Node) -> bool:
        return self.count[n] < self.room

    def note(self, n: Node) -> None:
        self.count[n] += 1

    @action
    def up(self, n: Node) -> None:
        require(self.may(n))
        self.note(n)

    @invariant
    def small(self) -> bool:
        return all(self.count[n] <= 8 for n in Node)
"""
SIZES = "ROOM = 3\nNODES = 2\n"
MINE = """\
from ballotproof.spec.lang import *
from rules import Node, Rules
from sizes import NODES, ROOM

class Mine(Rules):
    @action
    def back(self, n: Node) -> None:
        require(self.count[n] > 1)
        self.count[n] = 0

MODELS = [Model(name="m", protocol=Mine, sizes={Node: NODES}, constants={"room": ROOM})]
"""

EDITS = [
    ("rules.py", "< self.room", "<=self.room"),  # a helper with a value
    ("rules.py", "+= 1", "+= 2"),  # a helper that changes the state
    ("rules.py", "Node, 0)", "Node, 1)"),  # the initial state
    ("sizes.py", "ROOM = 3", "ROOM = 5"),  # a constant
    ("sizes.py", "NODES = 2", "NODES = 1"),  # how many there are
    ("mine.py", "> 1", "> 2"),  # the class itself
    ("rules.py", "<= 8", "<= 3"),  # a property of the base class
]


def answer(place: Path, kept: Path) -> tuple[Any, ...]:
    """What the command says of the model: engine, verdict, counts."""
    run = subprocess.run(
        [PROGRAM, "check", str(place / "mine.py"), "--engine", "native", "--no-symmetry", "--json"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, cache.VARIABLE: str(kept)},
    )
    (model,) = json.loads(run.stdout)["models"]
    return model["verdict"], model["states"], model["transitions"], model["depth"]


def expected(place: Path) -> tuple[Any, ...]:
    """The same by the interpreter, in a process that knows nothing of earlier texts."""
    run = subprocess.run(
        [PROGRAM, "check", str(place / "mine.py"), "--engine", "interpret", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    (model,) = json.loads(run.stdout)["models"]
    return model["verdict"], model["states"], model["transitions"], model["depth"]


def entries(kept: Path) -> list[Path]:
    return sorted(kept.glob("*.o"))


def test_no_edit_runs_old_code_and_no_other_touch_makes_new(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    texts = {"rules.py": RULES, "sizes.py": SIZES, "mine.py": MINE}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    said = [answer(tmp_path, kept)]
    for name, old, new in EDITS:
        assert old in texts[name]
        file = tmp_path / name
        before = file.stat()
        texts[name] = texts[name].replace(old, new)
        file.write_text(texts[name])
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))  # at the very same moment
        said.append(answer(tmp_path, kept))
        assert said[-1] != said[-2], (name, old)
    assert said[-1] == expected(tmp_path)
    before_touch = entries(kept)
    for file in tmp_path.glob("*.py"):
        file.write_text("# no change\n\n" + file.read_text())
    assert answer(tmp_path, kept) == said[-1]
    assert entries(kept) == before_touch
    assert len(before_touch) == len(EDITS)  # initial states are no part of the program


def test_the_answers_are_those_of_the_interpreter(tmp_path: Path) -> None:
    for name, text in {"rules.py": RULES, "sizes.py": SIZES, "mine.py": MINE}.items():
        (tmp_path / name).write_text(text)
    assert answer(tmp_path, tmp_path / "kept") == expected(tmp_path)


def test_names_tell_parts_apart() -> None:
    names = {key(["ab", "c"]), key(["a", "bc"]), key(["abc"]), key(["abc", ""]), key([])}
    assert len(names) == 5


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    kept = Cache(tmp_path / "a" / "b")
    assert kept.get("x") is None
    kept.put("x", b"code")
    assert kept.get("x") == b"code"
    assert kept.get("y") is None
    assert stat.S_IMODE(entries(tmp_path / "a" / "b")[0].stat().st_mode) & 0o077 == 0


@pytest.mark.parametrize("damage", [b"", b"x" * 10, b"\0" * 36, b"x" * 4096])
def test_damage_is_no_answer(tmp_path: Path, damage: bytes) -> None:
    kept = Cache(tmp_path)
    kept.put("x", b"code")
    (file,) = entries(tmp_path)
    file.write_bytes(damage)
    assert kept.get("x") is None
    kept.put("x", b"code")
    assert kept.get("x") == b"code"


def test_what_others_may_have_written_is_not_run(tmp_path: Path) -> None:
    kept = Cache(tmp_path)
    kept.put("x", b"code")
    (file,) = entries(tmp_path)
    file.chmod(0o666)
    assert kept.get("x") is None


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    kept = Cache(tmp_path, most_bytes=3 * 132)
    for age, name in enumerate("abc"):
        kept.put(name, bytes(100))
        os.utime(tmp_path / f"{name}.o", (1_000 + age, 1_000 + age))
    assert kept.get("a") is not None  # used just now
    kept.put("d", bytes(100))
    assert [f.stem for f in entries(tmp_path)] == ["a", "c", "d"]
    kept.put("e", bytes(1_000))  # larger than all there may be
    assert kept.get("e") is None
    assert len(entries(tmp_path)) == 3


def test_files_of_killed_writers_are_removed_in_time(tmp_path: Path) -> None:
    old, new = tmp_path / "tmpold", tmp_path / "tmpnew"
    for file in (old, new):
        file.write_bytes(b"half")
    os.utime(old, (1_000, 1_000))
    Cache(tmp_path).put("x", b"code")
    assert not old.exists()
    assert new.exists()


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = Cache(tmp_path / "file" / "below")
    kept.put("x", b"code")
    assert kept.get("x") is None
    nothing = Cache(None)
    nothing.put("x", b"code")
    assert nothing.get("x") is None


def test_many_at_once_see_all_of_an_entry_or_nothing(tmp_path: Path) -> None:
    wrong: list[bytes] = []

    def work(number: int) -> None:
        mine = Cache(tmp_path, most_bytes=40_000)
        for turn in range(60):
            name = f"{turn % 7}"
            mine.put(name, name.encode() * (5_000 + 100 * number))
            found = mine.get(name)
            if found is not None and set(found) != set(name.encode()):
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert wrong == []
    assert not list(tmp_path.glob("tmp*"))


def test_the_environment_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path))
    assert folder() == tmp_path
    monkeypatch.setenv(cache.VARIABLE, "off")
    assert folder() is None
    monkeypatch.delenv(cache.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if sys.platform.startswith("linux"):
        assert folder() == tmp_path / "ballotproof" / "native"


def test_without_the_cache_nothing_is_written(tmp_path: Path) -> None:
    (place := tmp_path / "spec").mkdir()
    for name, text in {"rules.py": RULES, "sizes.py": SIZES, "mine.py": MINE}.items():
        (place / name).write_text(text)
    command = [str(PROGRAM), "check", str(place / "mine.py"), "--engine", "native", "--no-cache"]
    kept = tmp_path / "kept"
    run = subprocess.run(
        command, env={**os.environ, cache.VARIABLE: str(kept)}, capture_output=True, check=False
    )
    assert run.returncode == 0
    assert not kept.exists()

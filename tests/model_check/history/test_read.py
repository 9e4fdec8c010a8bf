"""Histories from files, and the command that judges them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from ballotproof.model_check.cli import main
from ballotproof.model_check.history.operation import Operation
from ballotproof.model_check.history.read import read_history
from ballotproof.spec.lang.errors import UsageError

STALE = """\
{"process": 0, "type": "invoke", "f": "write", "key": "x", "value": 1}
{"process": 0, "type": "ok", "f": "write", "key": "x", "value": 1}

{"process": 0, "type": "invoke", "f": "write", "key": "x", "value": 2, "time": 17}
{"process": 0, "type": "ok", "f": "write", "key": "x", "value": 2}
{"process": 1, "type": "invoke", "f": "read", "key": "x"}
{"process": 1, "type": "ok", "f": "read", "key": "x", "value": 1}
"""

Written = Callable[[str], Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    def write(text: str) -> Path:
        path = tmp_path / "history.ndjson"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_lines_become_operations(written: Written) -> None:
    """All four kinds of events; the last call is answered by nothing."""
    path = written(
        '{"process": 0, "type": "invoke", "f": "cas", "value": [1, 2]}\n'
        '{"process": "b", "type": "invoke", "f": "write", "value": {"k": [1]}}\n'
        '{"process": 0, "type": "ok", "f": "cas", "value": [1, 2]}\n'
        '{"process": "b", "type": "info", "f": "write"}\n'
        '{"process": 0, "type": "invoke", "f": "write", "value": 3}\n'
        '{"process": 0, "type": "fail", "f": "write", "value": 3}\n'
        '{"process": 0, "type": "invoke", "f": "cas", "value": [1, 2]}\n'
        '{"process": 0, "type": "ok", "f": "cas", "result": false}\n'
        '{"process": 2, "type": "invoke", "f": "read"}\n'
    )
    assert list(read_history(path)) == [
        Operation(0, "cas", (1, 2), 1, 3, True),
        Operation("b", "write", ("{}", (("k", (1,)),)), 2),
        Operation(0, "cas", (1, 2), 7, 8, False),
        Operation(2, "read", None, 9),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nonsense", ":1: this is no event of a history"),
        ('{"process": 0, "type": "begin", "f": "read"}', ":1: this is no event of a history"),
        ('{"process": 0, "type": "ok", "f": "read"}', ":1: process 0 is answered, and has called"),
        (
            '{"process": 0, "type": "invoke", "f": "read"}\n' * 2,
            ":2: process 0 calls read while its call of read on line 1 is open",
        ),
        (
            '{"process": 0, "type": "invoke", "f": "read"}\n'
            '{"process": 0, "type": "ok", "f": "write"}\n',
            ":2: process 0 gets an answer to write, and has called read on line 1",
        ),
        (
            '{"process": 0, "type": "invoke", "f": "write", "value": 1}\n'
            '{"process": 0, "type": "info", "f": "write"}\n'
            '{"process": 0, "type": "invoke", "f": "read"}\n',
            ":3: process 0 did not learn what became of its call on line 1",
        ),
    ],
)
def test_a_line_that_makes_no_sense_is_named(written: Written, text: str, said: str) -> None:
    path = written(text)
    with pytest.raises(UsageError) as error:
        read_history(path)
    assert str(error.value).startswith(f"{path}{said}")


def test_the_command_tells_a_violation_and_draws_it(written: Written, tmp_path: Path) -> None:
    path, page = written(STALE), tmp_path / "page.html"
    run = CliRunner().invoke(main, ["linearize", str(path), "--picture", str(page)])
    assert run.exit_code == 12
    assert run.output == (
        f"{path}: 3 operations of 2 clients, on a key-value store\n"
        "\n"
        "  not linearizable: key x: client 1 gets read(x) = 1,\n"
        "  and no order of the 3 operations so far explains that\n"
        "\n"
        "  the longest order that fits, and what the key-value store then holds\n"
        "     1  write(x, 1)  1\n"
        "     2  write(x, 2)  2\n"
        "  answered, and not in it\n"
        "        read(x) = 1, client 1\n"
        f"\n  drawn in {page}\n"
    )
    html = page.read_text(encoding="utf-8")
    assert html.count("<rect ") == 3
    assert html.count('class="bad"') == 1
    assert html.count("<circle ") == 2
    assert "<script" not in html


def test_the_command_says_that_a_history_fits(written: Written) -> None:
    path = written("\n".join(STALE.splitlines()[:5]))
    run = CliRunner().invoke(main, ["linearize", str(path)])
    assert run.exit_code == 0
    assert "linearizable: 2 operations in an order that fits" in run.output


def test_the_command_gives_up_when_told_to(written: Written) -> None:
    path = written(STALE)
    run = CliRunner().invoke(main, ["linearize", str(path), "--configurations", "1"])
    assert run.exit_code == 14
    assert "undecided at key x: gave up after 2 configurations" in run.output


def test_what_the_object_does_not_have_is_refused(written: Written, tmp_path: Path) -> None:
    path = written(STALE)
    run = CliRunner().invoke(main, ["linearize", str(path), "--of", "queue"])
    assert run.exit_code == 64
    assert "a queue has no operation write; it has dequeue, enqueue" in run.output
    run = CliRunner().invoke(main, ["linearize", str(tmp_path / "none.ndjson")])
    assert run.exit_code == 64
    assert "No such file" in run.output

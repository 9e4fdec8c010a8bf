"""Histories from files, and the command that judges them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
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


def line(process: int | str, kind: str, f: str, **more: object) -> str:
    event = {"process": process, "type": kind, "f": f, **more}
    return msgspec.json.encode(event).decode() + "\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            line(0, "invoke", "read", kye="x"),
            ":1: an event has no key `kye`; did you mean `key`?",
        ),
        (line(0, "invoke", "read", x=1), ":1: an event has no key `x`; there are process, type,"),
        (
            line(0, "invoke", "read", key="x") + line(0, "ok", "read", key="y", value=1),
            ":2: the answer is of key y, and process 0 has called read of key x on line 1",
        ),
        (
            line(0, "invoke", "read") + line(0, "ok", "read", key="y", value=1),
            ":2: the answer is of key y, and process 0 has called read of no key on line 1",
        ),
        (
            line(0, "invoke", "write", value=1) + line(0, "ok", "write", value=2),
            ":2: the answer is of value 2, and process 0 has called write with 1 on line 1",
        ),
        (line(0, "invoke", "write"), ":1: write is called without a value"),
        (line(0, "invoke", "enqueue", key="x"), ":1: enqueue is called without a value"),
        (line(0, "invoke", "cas", value=3), ":1: the value of cas is a pair"),
        (line(0, "invoke", "read", result=3), ":1: read is called with a result"),
        (
            line(0, "invoke", "read", value=["x", None]),
            ":1: read is called with a value; if it is a pair of a key and a value",
        ),
        (
            line(0, "invoke", "read") + line(0, "ok", "read"),
            ":2: read is answered without a value; if nothing was written, it is null",
        ),
        (
            line(0, "invoke", "read") + line(0, "ok", "read", result=1),
            ":2: the answer of read is its `value`, and not a `result`",
        ),
        (
            line(0, "invoke", "cas", value=[1, 2]) + line(0, "ok", "cas", value=False),
            ":2: the answer is of value False, and process 0 has called cas with [1, 2] on line 1; "
            "whether it wrote is its `result`",
        ),
        (
            line(0, "invoke", "cas", value=[1, 2]) + line(0, "ok", "cas", result="no"),
            ":2: the result of cas is true or false, not no",
        ),
        (
            line(0, "invoke", "write", value=1) + line(0, "ok", "write", result=True),
            ":2: write gives nothing back, and has no result",
        ),
        (
            line(0, "invoke", "cas", value=[1, 2]) + line(0, "fail", "cas", result=False),
            ":2: only what is done has a result, and this is fail",
        ),
        (line(0, "info", "kill"), ":1: process 0 is answered, and has called nothing"),
        ('{"process": [], "type": "info", "f": "kill"}', ":1: this is no event of a history"),
        ("[1]", ":1: this is no event of a history"),
        ("{:process 0, :type :invoke, :f :read}", ":1: this is EDN, and a history has one JSON"),
        ("#jepsen.history.Op {:index 0, :process 0}", ":1: this is EDN"),
    ],
)
def test_what_a_line_cannot_say(written: Written, text: str, said: str) -> None:
    path = written(text)
    run = CliRunner().invoke(main, ["linearize", str(path)])
    assert run.exit_code == 64
    assert f"{path}{said}" in run.output


def test_a_nemesis_is_passed_over(written: Written) -> None:
    """Its lines are all ``info``, whatever is on them; the ``info`` of a client is an answer."""
    path = written(
        line("nemesis", "info", "start-partition", value={"n1": ["n2"]}, clock={"n1": 3})
        + line("ann", "invoke", "write", key="x", value=1, time=3, index=0, node="n1", note="!")
        + line("nemesis", "info", "start-partition", value="cut off")
        + line("ann", "info", "write", key="x", value=1, error="timeout")
    )
    assert list(read_history(path)) == [Operation("ann", "write", 1, 2, key="x")]


def test_an_answer_may_repeat_its_call_or_not(written: Written) -> None:
    path = written(
        line(0, "invoke", "cas", key="x", value=[1, 2])
        + line(0, "ok", "cas", key="x", value=[1, 2])
        + line(0, "invoke", "write", key="x", value=None)
        + line(0, "ok", "write", value=None)
        + line(0, "invoke", "read", key="x", value=None)
        + line(0, "ok", "read", value=None)
    )
    assert [str(op) for op in read_history(path)] == [
        "cas(x, (1, 2)) = True",
        "write(x)",
        "read(x) = nothing",
    ]


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
    assert f"{path}:1: a queue has no operation write; it has dequeue, enqueue" in run.output
    run = CliRunner().invoke(main, ["linearize", str(tmp_path / "none.ndjson")])
    assert run.exit_code == 64
    assert "No such file" in run.output

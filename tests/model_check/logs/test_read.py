"""The end of a file whose writer was killed."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from ballotproof.model_check.cli import main
from ballotproof.model_check.logs.read import read_logs
from ballotproof.spec.lang.errors import UsageError

HEAD = b'{"spec": "raft.election", "sizes": {"Server": 3, "Term": 2}}\n'
FIRST = b'{"step": "timeout", "with": {"s": "s1", "t": "t1"}, "at": 1}\n'
LAST = (
    '{"step": "request_vote", "with": {"s": "s1", "r": "s2"}, "at": 20, "note": '
    '["ü", "\\u00fc", -1.5e3, true, null, [], {"a": 0}]}\n'
).encode()


def test_wherever_the_last_line_is_cut_off(tmp_path: Path) -> None:
    file = tmp_path / "s1.ndjson"
    for size in range(1, len(LAST) - 1):
        file.write_bytes(HEAD + FIRST + LAST[:size])
        logs = read_logs([file])
        assert (len(logs.lines), logs.cut) == (1, [f"{file}:3"]), LAST[:size]


@pytest.mark.parametrize("end", [b"", b"\n"])
def test_a_last_line_that_is_all_there(tmp_path: Path, end: bytes) -> None:
    file = tmp_path / "s1.ndjson"
    file.write_bytes(HEAD + FIRST + LAST.removesuffix(b"\n") + end)
    logs = read_logs([file])
    assert (len(logs.lines), logs.cut) == (2, [])


@pytest.mark.parametrize(
    "text",
    [
        HEAD + LAST[:30] + b"\n" + FIRST,
        HEAD + FIRST + LAST[:30] + b"\n",
        HEAD + FIRST + b'{"step" "timeout"',
        HEAD + FIRST + b'"step',
        HEAD + FIRST + b"step",
        HEAD + FIRST + b'{"step": "time\xffout"}',
        HEAD[:-3],
    ],
)
def test_anything_else_is_no_log(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "s1.ndjson"
    file.write_bytes(text)
    with pytest.raises(UsageError, match=r"s1\.ndjson"):
        read_logs([file])


def test_it_is_said(tmp_path: Path) -> None:
    one, two = tmp_path / "s1.ndjson", tmp_path / "s2.ndjson"
    one.write_bytes(HEAD + FIRST + LAST[:30])
    two.write_bytes(HEAD)
    result = CliRunner().invoke(main, ["conform", str(one), str(two)])
    assert result.exit_code == 0
    assert f"  {one}:3: the last line is cut off, and not read\n" in result.output

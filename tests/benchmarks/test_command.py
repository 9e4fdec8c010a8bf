"""The command that measures: what it prints and writes, with measurements that cost nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks.process import Failed, run
from benchmarks.rows import ROWS, Row, Settings
from benchmarks.spread import Spread, ratio


def test_rows_are_printed_and_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "TABLE", tmp_path / "measured.inc")
    monkeypatch.setitem(ROWS, "memory", lambda _: [Row("bytes", "7", "40", "16", "of each")])
    assert command.main(["memory", "--write"]) == 0
    assert "bytes: 7   [at least 40]   (of each)" in capsys.readouterr().out
    table = (tmp_path / "measured.inc").read_text(encoding="utf-8")
    assert "Made by `python -m benchmarks memory`" in table
    assert "| bytes (of each) | 7 | 40 | 16 |" in table


def test_a_failure_writes_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(settings: Settings) -> list[Row]:
        raise Failed("different systems")

    monkeypatch.setattr(command, "TABLE", tmp_path / "measured.inc")
    monkeypatch.setitem(ROWS, "memory", fail)
    assert command.main(["memory", "--write"]) == 1
    assert "different systems" in capsys.readouterr().err
    assert not (tmp_path / "measured.inc").exists()


def test_an_unknown_row_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        command.main(["everything"])
    assert end.value.code == 2
    assert "there is no row everything" in capsys.readouterr().err


def test_a_command_is_killed_when_its_time_is_over() -> None:
    assert run(["sleep", "600"], most_s=0.1).wall_s < 600
    assert run(["echo", "done"]).output == "done\n"
    with pytest.raises(Failed, match="code 3"):
        run(["sh", "-c", "exit 3"])


def test_ratios_lie_between_the_worst_and_the_best() -> None:
    assert ratio(Spread((8.0, 9.0, 10.0)), Spread((2.0, 3.0, 4.0))).values == (2.0, 3.0, 5.0)
    assert Spread((3.0, 1.0, 2.0)).shown(1, "s") == "2.0 s (1.0-3.0)"

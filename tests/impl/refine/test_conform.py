"""The command that holds programs against their specifications: the part of it that goes deep."""

from __future__ import annotations

from click.testing import CliRunner

from ballotproof.impl.refine.conform import main


def test_deep_explores_as_many_worlds_as_asked_for() -> None:
    result = CliRunner().invoke(main, ["--deep", "30000"])
    assert result.exit_code == 0, result.output
    said = result.output.splitlines()
    assert said[0].endswith(
        "raft.replication, with a crash: 3 servers, 2 terms, 0 commands in each"
    )
    assert said[1].strip() == (
        "30,000 worlds, 64,716 events, all explained; the first levels, 7 deep"
    )


def test_deep_needs_a_number() -> None:
    assert CliRunner().invoke(main, ["--deep", "0"]).exit_code == 2

"""What is measured of proofs is what the rows say.

Method: each reading of an output on a real one of a small proof; a peer that only prints in the
place of mypyvy.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ballotproof.model_check.backends.fol.solver import cvc5_version
from ballotproof.model_check.discover import shipped_proofs
from benchmarks import proof_rows
from benchmarks.process import ROOT, Failed
from benchmarks.proofs import (
    GUARD,
    MYPYVY,
    PAXOS_FAMILY,
    Asked,
    asked,
    checked_by_mypyvy,
    edited,
    mypyvy_folder,
    with_guard,
)
from benchmarks.row import Row, Settings
from benchmarks.spread import Spread

RAFT = ROOT / "spec" / "raft" / "replication.py"


def test_every_shipped_proof_is_measured() -> None:
    raft = {"raft.election", "raft.replication", "raft.history"}
    measured = {"paxos.single_decree", *PAXOS_FAMILY, *raft}
    assert {f.module for f in shipped_proofs()} == measured >= MYPYVY.keys()


def test_answers_are_counted() -> None:
    if cvc5_version() is None:
        pytest.skip("cvc5 is not installed")
    found = asked("consensus", 2)
    assert (found.asked, found.agreed, found.always) == (6, 6, 6)
    assert (found.unknown, found.answers) == (0, 12)
    assert found.cpu_s > 0


def test_an_answer_that_was_unknown_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [
        {"stable": [10, 10], "confirmed": True},
        {"stable": [7, 10], "confirmed": False},
        {"stable": None, "confirmed": None},  # needs no solver
    ]
    found = Asked.read({"proofs": [{"conditions": cells}]}, 1.0)
    monkeypatch.setattr(proof_rows, "asked", lambda *_: found)
    first, second, *_ = proof_rows.second_opinions(Settings())
    assert (first.figure, first.bar) == ("1, 15.00 %", "0 %")
    assert second.figure == "50.0 % (1 of 2)"


def test_the_edit_is_one_guard_of_one_action() -> None:
    text = RAFT.read_text(encoding="utf-8")
    after = with_guard(text)
    assert after.replace(GUARD, "", 1) == text
    methods = {
        x.name: ast.get_source_segment(after, x)
        for x in ast.walk(ast.parse(after))
        if isinstance(x, ast.FunctionDef)
    }
    assert [name for name, said in methods.items() if said and GUARD.strip() in said] == [
        "handle_append_entries"
    ]
    with pytest.raises(Failed, match="does not begin as it did"):
        with_guard(text.replace("self.network.receive(m)", "pass"))


@pytest.mark.slow
def test_an_edit_asks_some_conditions_anew() -> None:
    found = edited()
    assert 0 < found.again < found.conditions
    assert found.edited_s < found.cold_s


PEER = """\
import sys
print("checking", sys.argv[1:])
print("  preserves invariant on line 94... ok. (0:00:00.000533)")
print("  preserves invariant safety... ok. (0:00:00.000533)")
print({!r})
"""


def checkout(folder: Path, last: str) -> Path:
    (folder / "src").mkdir()
    (folder / "src" / "mypyvy.py").write_text(PEER.format(last))
    return folder


def test_a_peer_is_measured_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = checkout(tmp_path, "all ok!")
    monkeypatch.setenv("BALLOTPROOF_MYPYVY", str(folder))
    assert mypyvy_folder(None) == folder
    conditions, took = checked_by_mypyvy(folder, "paxos_epr")
    assert conditions == 2
    assert "'verify'" in took.output
    assert "paxos_epr.pyv" in took.output


def test_a_peer_that_proves_nothing_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="does not prove paxos_epr"):
        checked_by_mypyvy(checkout(tmp_path, "error"), "paxos_epr")


def test_without_a_peer_the_row_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("BALLOTPROOF_MYPYVY", raising=False)
    assert mypyvy_folder(None) is None
    with pytest.raises(Failed, match="no checkout of mypyvy"):
        mypyvy_folder(str(tmp_path))
    monkeypatch.setattr(proof_rows, "_spent", lambda *_: Spread((1.0,)))
    rows: list[Row] = proof_rows.paxos(Settings())
    assert rows[1].figure.startswith("not measured: needs a checkout of mypyvy")

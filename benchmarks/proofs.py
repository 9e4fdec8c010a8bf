"""Proofs and bounded searches that are measured: whole commands, and mypyvy beside them.

mypyvy proves its own form of the same protocols: relations only, quantifiers stratified by hand. It
is not shipped; a checkout of it is named by ``--mypyvy`` or ``BALLOTPROOF_MYPYVY``.

**Source** https://github.com/wilcoxjay/mypyvy
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from .process import ROOT, Failed, Took, ours, run

__all__ = [
    "MYPYVY",
    "PAXOS_FAMILY",
    "Asked",
    "Edited",
    "asked",
    "checked_by_mypyvy",
    "edited",
    "mypyvy_folder",
    "proved",
]

NOT_KEPT = {"BALLOTPROOF_CACHE": "off"}

PAXOS_FAMILY = (
    "consensus", "voting", "commit.transaction_commit", "commit.two_phase",
    "paxos.flexible", "paxos.multi", "paxos.fast",
)  # fmt: skip
"""The proofs beside that of single-decree Paxos."""

MYPYVY = {
    "paxos.single_decree": "paxos_epr",
    "paxos.flexible": "flexible_paxos_epr",
    "paxos.multi": "multi_paxos_epr",
    "paxos.fast": "fast_paxos_epr",
    "raft.replication": "raft_epr",
}
"""Our proof, and the example of mypyvy that is the same protocol in relations."""

SOLVED = re.compile(r"\bok\. \(")


def proved(name: str, *options: str, variables: Mapping[str, str] = NOT_KEPT) -> Took:
    """One proof, from the shell, with its report. **Errors** Failed when it is not proved."""
    return ours("prove", name, *options, variables=variables)


# ------------------------------------------------------------------------------- second opinions
@dataclass(frozen=True)
class Asked:
    """A proof with other seeds, and with cvc5.

    ``asked`` conditions needed a solver. ``agreed`` is on how many of them cvc5 comes to the same
    answer, ``always`` how many are proved with each seed, ``unknown`` how many answers were unknown
    of the ``answers`` that there were.
    """

    asked: int
    agreed: int
    always: int
    unknown: int
    answers: int
    cpu_s: float

    @staticmethod
    def read(document: Mapping[str, Any], cpu_s: float) -> Asked:
        """From what ``prove --solver both --seeds N --json`` prints of one proof."""
        (proof,) = document["proofs"]
        cells = [c for c in proof["conditions"] if c["stable"] is not None]
        pairs = [c["stable"] for c in cells]
        return Asked(
            asked=len(cells),
            agreed=sum(bool(c["confirmed"]) for c in cells),
            always=sum(n == of for n, of in pairs),
            unknown=sum(of - n for n, of in pairs),
            answers=sum(of for _, of in pairs),
            cpu_s=cpu_s,
        )


def asked(name: str, seeds: int) -> Asked:
    """**Errors** Failed when it is not proved, or solvers disagree."""
    took = proved(name, "--solver", "both", "--seeds", str(seeds), "--json")
    return Asked.read(msgspec.json.decode(took.output), took.cpu_s)


# ----------------------------------------------------------------------------------- one edit
ACTION = "    def handle_append_entries("
BODY = '"""\n        self.network.receive(m)\n'
GUARD = "        require(m.source != m.dest)\n"


@dataclass(frozen=True)
class Edited:
    """A proof from nothing, and again after one action was changed.

    ``again`` of ``conditions`` were asked anew. **Units** seconds of CPU time.
    """

    cold_s: float
    edited_s: float
    again: int
    conditions: int


def edited() -> Edited:
    """The proof of Raft in a copy of the sources, where the largest action gets one more guard.

    **Errors** Failed when either is not proved, or the edit was not noticed.
    """
    with tempfile.TemporaryDirectory(prefix="ballotproof-edited-") as name:
        folder = Path(name)
        package = folder / "ballotproof"
        shutil.copytree(ROOT / "src" / "ballotproof", package)  # links as what they lead to
        variables = {"PYTHONPATH": name, "BALLOTPROOF_CACHE": str(folder / "cache")}
        command = [sys.executable, "-m", "ballotproof", "prove", "raft.replication", "--json"]
        cold = run(command, folder=folder, variables=variables)
        file = package / "spec" / "raft" / "replication.py"
        file.write_text(with_guard(file.read_text(encoding="utf-8")), encoding="utf-8")
        after = run(command, folder=folder, variables=variables)
    (proof,) = msgspec.json.decode(after.output)["proofs"]
    again = sum(c["status"] == "proved" for c in proof["conditions"])
    if not 0 < again < len(proof["conditions"]):
        raise Failed(f"after the edit, {again} of {len(proof['conditions'])} were asked")
    return Edited(cold.cpu_s, after.cpu_s, again, len(proof["conditions"]))


def with_guard(text: str) -> str:
    """The text of Raft with one more guard. **Errors** Failed when the place is not there."""
    before, found, action = text.partition(ACTION)
    head, body, rest = action.partition(BODY)
    if not found or not body:
        raise Failed("handle_append_entries does not begin as it did")
    return before + found + head + body + GUARD + rest


# ------------------------------------------------------------------------------------- mypyvy
def mypyvy_folder(given: str | None) -> Path | None:
    """The checkout that is named, if one is. **Errors** Failed when it is none."""
    name = given or os.environ.get("BALLOTPROOF_MYPYVY")
    if not name:
        return None
    folder = Path(name).expanduser().resolve()
    if not (folder / "src" / "mypyvy.py").is_file():
        raise Failed(f"{folder} is no checkout of mypyvy")
    return folder


def checked_by_mypyvy(folder: Path, example: str) -> tuple[int, Took]:
    """How many conditions mypyvy proves of one of its examples, and what it takes.

    It runs in its own environment, ``.venv`` in its folder, if it has one, else in ours.
    """
    own = folder / ".venv" / "bin" / "python"
    python = own if own.exists() else Path(sys.executable)
    command: Sequence[str | Path] = [
        python, folder / "src" / "mypyvy.py", "verify", folder / "examples" / f"{example}.pyv",
    ]  # fmt: skip
    took = run(command, folder=folder)
    if "all ok!" not in took.output:
        raise Failed(f"mypyvy does not prove {example}:\n{took.output[-2000:]}")
    return len(SOLVED.findall(took.output)), took

"""The command line: what it prints, its JSON, and above all its exit codes."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ballotproof.model_check.bounds import Bounds
from ballotproof.model_check.check import check
from ballotproof.model_check.cli import main

HERE = Path(__file__).parent
LOCK = str(HERE / "lock.py")
ROOT = HERE.parents[1]

FRAME = """\
from ballotproof.spec.lang import *

class Node(Sort): ...

class Counter(Protocol):
    count: int
    last: Node | None

    def init(self) -> None:
        self.count = 0
        self.last = None

    @action
    def step(self, n: Node) -> None:
        require(self.count < 3)
        {step}

    {more}

MODELS = [Model(name="model", protocol=Counter, sizes={{Node: 2}}, {model})]
"""

INVARIANT = "@invariant\n    def small(self) -> bool:\n        return "
STEP_INVARIANT = "@step_invariant\n    def grows(self, after: 'Counter') -> bool:\n        return "
REACHABLE = "@reachable\n    def three(self) -> bool:\n        return "
ASSUMPTION = "@assumption\n    def many(self) -> bool:\n        return "
CONSTRAINT = "@constraint\n    def few(self) -> bool:\n        return "
TERMINAL = "@terminal\n    def done(self) -> bool:\n        return "
IDLE = (
    "@action\n    def idle(self) -> None:\n        require(self.count > 9)\n        self.count = 0"
)


def run(*arguments: str, width: int = 100) -> Result:
    """The command, run in this process."""
    return CliRunner(env={"COLUMNS": str(width)}).invoke(main, list(arguments))


def spec(folder: Path, step: str = "self.count += 1", more: str = "", model: str = "") -> str:
    """A user's file with one model."""
    file = folder / "counter.py"
    file.write_text(FRAME.format(step=step, more=more, model=model))
    return str(file)


def answer(*arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the JSON document."""
    result = run(*arguments, "--json")
    assert result.stderr == ""
    return result.exit_code, json.loads(result.stdout)


# ------------------------------------------------------------------------- what is not needed
HEAVY = {"cvc5", "llvmlite", "pysat", "ray", "z3"}
NAMES_OF_MODULES = """
import sys
from ballotproof.model_check.cli import main
try:
    main(sys.argv[1:])
finally:
    print("modules", *sys.modules)
"""


def imported(*arguments: str) -> set[str]:
    """The modules that Python has imported when the command ends, in a process of its own."""
    run = subprocess.run(
        [sys.executable, "-c", NAMES_OF_MODULES, *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    word, *names = run.stdout.splitlines()[-1].split(" ")
    assert word == "modules"
    return set(names)


def test_help_imports_nothing_that_a_command_needs() -> None:
    modules = imported("--help")
    assert not modules & (HEAVY | {"msgspec"})
    assert {name for name in modules if name.startswith("ballotproof.")} == {
        "ballotproof.model_check",
        "ballotproof.model_check.cli",
        "ballotproof.model_check.options",
    }


def test_a_small_model_is_checked_without_solvers_compilers_and_other_specifications() -> None:
    modules = imported("check", "paxos.single_decree/3-acceptors-2-ballots")
    assert not modules & HEAVY
    specifications = {
        name
        for name in modules
        if name.startswith("ballotproof.spec.") and not name.startswith("ballotproof.spec.lang")
    }
    assert specifications == {
        "ballotproof.spec.paxos",
        "ballotproof.spec.paxos.single_decree",
        "ballotproof.spec.voting",
        "ballotproof.spec.consensus",
    }


def test_machine_code_needs_the_compiler_and_no_solver() -> None:
    model = "paxos.single_decree/3-acceptors-2-ballots"
    assert imported("check", model, "--engine", "native") & HEAVY == {"llvmlite"}


# ------------------------------------------------------------------------------------ verdicts
def test_a_model_that_holds() -> None:
    result = run("check", "consensus")
    assert result.exit_code == 0
    assert result.stderr == ""
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[0] == "consensus: 3 values (Consensus)"
    assert "holds for Value=3" in lines
    assert "as expected" in lines
    assert "choose 3 1 3" in lines  # coverage: steps, states it was enabled in, new states


def test_a_violation_with_its_counterexample(tmp_path: Path) -> None:
    file = spec(tmp_path, more=INVARIANT + "self.count < 2")
    result = run("check", file)
    assert result.exit_code == 12
    text = result.stdout
    assert "  2  step(n1)\n     count: 1 -> 2\n\nsmall is false after 2 steps\n" in text
    assert "  `self.count < 2` is false\n" in text
    assert "counter.py:19:9\n" in text
    assert "small violated in 2 steps for Node=2\n" in text


@pytest.mark.parametrize(
    ("step", "more", "model", "options", "code"),
    [
        ("self.count += 1", "", "", "", 0),
        ("self.count += 1", INVARIANT + "self.count < 2", "", "", 12),
        ("self.count += 1", INVARIANT + "self.count < 2", "", "--search dfs", 12),
        ("self.count += 1", STEP_INVARIANT + "after.count == 1", "", "", 12),
        ("self.last = n", STEP_INVARIANT + "after.last != self.last", "", "", 12),
        ("self.count += 1", REACHABLE + "self.count > 3", "", "", 12),
        ("self.count += 1", REACHABLE + "self.count == 3", "", "", 0),
        ("self.count += 1", "", "deadlock=True", "", 11),
        ("self.count += 1", "", "", "--deadlock", 11),
        ("self.count += 1", "", "deadlock=True", "--no-deadlock", 0),
        ("self.count += 1", TERMINAL + "self.count == 3", "deadlock=True", "", 0),
        ("self.count += 1", ASSUMPTION + "len(Node) > 2", "", "", 10),
        ("self.count += 1", ASSUMPTION + "len(Node) > 2", "", "--size Node=3", 0),
        ("self.count += 1", ASSUMPTION + "len(Node) > 2", "assume=False", "", 0),
        ("self.count += 1", CONSTRAINT + "self.count < 2", "", "", 0),
        ("self.count += 1", IDLE, "", "", 0),
        ("self.count += 1", IDLE, "", "--strict", 15),
        ("self.count += 1", CONSTRAINT + "self.count > 5", "", "--strict", 14),
        ("self.count += 1", INVARIANT + "self.count < 9", "", "--max-states 2", 20),
        ("self.count += 1", INVARIANT + "self.count < 9", "", "--max-states 4", 0),
        ("self.count += 1", INVARIANT + "self.count < 9", "", "--depth 2", 14),
        ("self.count += 1", INVARIANT + "self.count < 9", "", "--depth 4", 0),
        ("self.count += 1", INVARIANT + "self.count < 2", "", "--depth 2", 14),
        ("self.count += 1", INVARIANT + "self.count < 2", "", "--depth 3", 12),
        ("self.count += 1", "", "expect=Holds(states=4, depth=4)", "", 0),
        ("self.count += 1", "", "expect=Holds(states=5)", "", 1),
        ("self.count += 1", "", "expect=Holds(depth=5)", "", 1),
        ("self.count += 1", "", "expect=Holds(states=5)", "--size Node=1", 0),
        ("self.count += 1", INVARIANT + "self.count < 2", "expect=Holds()", "", 12),
        ("self.count += 1", INVARIANT + "self.count < 2", 'expect=Violated("small", 2)', "", 0),
        ("self.count += 1", INVARIANT + "self.count < 2", 'expect=Violated("small", 3)', "", 1),
        ("self.count += 1", INVARIANT + "self.count < 9", 'expect=Violated("small")', "", 1),
        ("self.count += 1", "", "deadlock=True, expect=Deadlocks(3)", "", 0),
        ("self.count += 1", ASSUMPTION + "len(Node) > 2", 'expect=AssumptionFails("many")', "", 0),
        ("self.count += self.missing", "", "", "", 65),
        ("while True: pass", "", "", "", 65),
        ("self.count += 1", INVARIANT + "self.last.index == 0", "", "", 65),
        ("self.count += 1", "", "sizes={}", "", 65),
    ],
)
def test_exit_codes(
    tmp_path: Path, step: str, more: str, model: str, options: str, code: int
) -> None:
    result = run("check", spec(tmp_path, step, more, model), *options.split())
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output


def test_a_broken_refinement_has_its_own_code() -> None:
    result = run("check", "paxos_own_value", "--property", "voting", "--no-diagram")
    assert result.exit_code == 13
    assert "step 10 is neither a step nor a stuttering under voting\n" in result.stdout
    assert "  the mapping makes of it\n    votes[a1]: + Vote(b1, v2)\n" in result.stdout


def test_the_worst_of_several_models_decides(tmp_path: Path) -> None:
    bad = spec(tmp_path, more=INVARIANT + "self.count < 2")
    result = run("check", "consensus", bad, "voting/3-acceptors-2-ballots")
    assert result.exit_code == 12
    lines = result.stdout.splitlines()
    assert lines[0].startswith("ok     consensus/3-values: holds, as expected, 4 states, ")
    assert any(line.startswith(f"FAIL   {bad}/model: small violated in 2 steps") for line in lines)
    assert lines[-1] == "1 of 3 models to look at: violated (exit code 12)"
    table = lines[next(i for i, line in enumerate(lines) if line.startswith("model ")) :]
    assert "      holds for Value=3" in table
    assert "      small violated in 2 steps for Node=2" in table


def test_all_as_expected_in_one_line() -> None:
    result = run("check", LOCK, "--quiet")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[-1] == "all 2 models yield what they should"
    assert not any(line.startswith("ok") for line in lines)
    narrow = run("check", LOCK, width=60).stdout.splitlines()
    assert all(len(line) <= 60 for line in narrow if line.startswith("      "))


def test_a_counterexample_of_an_expected_violation_is_shown_when_asked_for_alone() -> None:
    result = run("check", f"{LOCK}/2-clients-messages-repeated".replace(".py/", ".py::Lock/"))
    assert result.exit_code == 0  # one model of one class of a file
    assert "●" in result.stdout
    result = run("check", "paxos_ballot_reuse")
    assert result.exit_code == 0
    assert "agreement is false after 9 steps" in result.stdout
    assert "●" in result.stdout
    assert "●" not in run("check", "paxos_ballot_reuse", "--no-diagram").stdout


# ------------------------------------------------------------------------------- what is worrying
def test_dead_actions_stand_above_the_verdict(tmp_path: Path) -> None:
    text = run("check", spec(tmp_path, more=IDLE)).stdout
    warning = (
        "  warning: idle was never enabled\n"
        "    line 20: require(self.count > 9)\n"
        "    was asked 4 times and never held\n"
    )
    assert warning in text
    assert text.index("warning") < text.index("holds for")


def test_vacuous_invariants_stand_above_the_verdict(tmp_path: Path) -> None:
    said = INVARIANT + "implies(self.count > 5, self.count > 7)"
    result = run("check", spec(tmp_path, more=said))
    assert result.exit_code == 0
    assert "  warning: small says nothing: its premise is true in no state\n" in result.stdout
    assert run("check", spec(tmp_path, more=said), "--strict").exit_code == 15


def test_what_was_not_reached_yet_is_no_violation(tmp_path: Path) -> None:
    file = spec(tmp_path, more=REACHABLE + "self.count == 3")
    result = run("check", file, "--max-states", "2")
    assert result.exit_code == 20
    assert "warning: three was not reached so far\n" in result.stdout
    assert "unknown: stopped at the state limit for Node=2\n" in result.stdout


def test_a_constraint_is_named_and_what_it_hides_is_counted(tmp_path: Path) -> None:
    text = run("check", spec(tmp_path, more=CONSTRAINT + "self.count < 2")).stdout
    assert "holds for Node=2; within few\n" in text
    assert "2 states, depth 2, 4 transitions, 1 checked beyond the constraint, " in text
    idle = run("check", spec(tmp_path, more=CONSTRAINT + "self.count < 9")).stdout
    assert "note: the constraint few cut nothing off\n" in idle
    none = run("check", spec(tmp_path, more=CONSTRAINT + "self.count > 9"))
    assert "warning: nothing was explored: every initial state is outside\n" in none.stdout
    assert "unknown: there was no state to judge for Node=2" in none.stdout
    assert none.exit_code == 14


def test_what_was_left_open_is_no_failure(tmp_path: Path) -> None:
    lines = run("check", "voting", "paxos.crash", "--max-states", "1").stdout.splitlines()
    assert [x for x in lines if x.startswith("open ")]
    assert not [x for x in lines if x.startswith("FAIL ")]


def test_each_claim_has_its_counterexample_when_kept_going(tmp_path: Path) -> None:
    claims = INVARIANT + "self.count < 2\n\n    " + STEP_INVARIANT + "self.count < 2"
    code, document = answer("check", spec(tmp_path, more=claims), "--keep-going")
    assert code == 12
    (model,) = document["models"]
    assert [(v["name"], v["steps"]) for v in model["violations"]] == [("small", 2), ("grows", 3)]
    assert model["complete"]


# ------------------------------------------------------------------------------------ mistakes
@pytest.mark.parametrize("engine", ["interpret", "python"])
def test_a_mistake_at_run_time_is_shown_where_it_is_and_how_it_is_reached(
    tmp_path: Path, engine: str
) -> None:
    file = spec(tmp_path, more=INVARIANT + "max(i for i in range(self.count, 2)) > 0")
    result = run("check", file, "--engine", engine)
    assert (result.exit_code, result.stdout) == (65, "")
    assert "counter.py:20:16: error[BP507]" in result.stderr
    assert "\n\nin the state reached by\n  0  initial state\n" in result.stderr
    assert result.stderr.endswith("  2  step(n1)\n     count: 1 -> 2\n")


def test_mistakes_of_the_specification_have_a_place(tmp_path: Path) -> None:
    result = run("check", spec(tmp_path, step="self.cuont += 1"))
    assert result.exit_code == 65
    assert "counter.py:16:9: error[BP203]" in result.stderr
    assert "^" in result.stderr
    assert result.stdout == ""


def test_a_mistake_is_told_once_for_all_models(tmp_path: Path) -> None:
    file = spec(tmp_path, step="self.cuont += 1")
    more = 'MODELS.append(Model(name="larger", protocol=Counter, sizes={Node: 3}))\n'
    Path(file).write_text(Path(file).read_text(encoding="utf-8") + more, encoding="utf-8")
    result = run("check", file)
    assert result.exit_code == 65
    assert result.stderr.count(": error[") == 1
    assert result.stdout.count("error  ") == 2


def test_a_missing_size_is_said_of_the_class(tmp_path: Path) -> None:
    file = spec(tmp_path)
    text = Path(file).read_text(encoding="utf-8").partition("MODELS")[0]
    Path(file).write_text(text, encoding="utf-8")
    result = run("check", file)
    assert result.exit_code == 65
    assert f"{file}:5:7: error[BP601]" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("chek", "Did you mean 'check'?"),
        ("check --nothing", "No such option"),
        ("check singel_decree", "did you mean single_decree"),
        ("check none.py", "there is no file none.py"),
        ("check single_decree --property agrement", "did you mean agreement?"),
        ("check single_decree --size Aceptor=2", "did you mean Acceptor?"),
        ("check single_decree --network tcp", "'tcp' is no network"),
        ("check single_decree --time soon", "'soon' is no time; write 90, 90s, 5m or 1h"),
        ("check single_decree --depth 0", "0 is not in the range x>=1"),
        ("check paxos --itf x.json", "--itf is for one model, and these are meant: "),
        ("replay none.json", "none.json: No such file or directory"),
        ("show", "Missing argument 'TARGET'"),
        ("show nothing", "nothing is called 'nothing'"),
        ("simulate consensus --seed x", "'x' is not a valid integer range"),
    ],
)
def test_wrong_usage(arguments: str, message: str) -> None:
    result = run(*arguments.split())
    assert result.exit_code == 64
    assert message in result.stderr
    assert result.stdout == ""


def test_what_nobody_foresaw_leaves_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by chance")

    monkeypatch.setattr("ballotproof.model_check.commands.check", fail)
    result = run("check", "consensus")
    assert result.exit_code == 70
    assert result.stderr.startswith("internal error: ZeroDivisionError: by chance\n")
    assert "Traceback" not in result.stderr
    report = Path(result.stderr.splitlines()[2].split(";")[0])
    assert "ZeroDivisionError: by chance" in report.read_text()
    report.unlink()
    debugged = run("check", "consensus", "--debug")
    assert debugged.exit_code == 70
    assert "Traceback" in debugged.stderr
    Path(debugged.stderr.splitlines()[-1].split(";")[0]).unlink()


def test_an_interrupt_ends_all_models(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    def interrupted(model: Any, **settings: Any) -> Any:
        checked.append(model.name)
        if len(checked) == 2:
            raise KeyboardInterrupt
        return check(model, **settings)

    monkeypatch.setattr("ballotproof.model_check.commands.check", interrupted)
    result = run("check", "voting", "consensus")
    assert result.exit_code == 130
    assert len(checked) == 2
    assert result.stderr == "\ninterrupted\n"


# ---------------------------------------------------------------------------------------- JSON
def test_the_document_says_all_that_the_text_says(tmp_path: Path) -> None:
    file = spec(tmp_path, more=INVARIANT + "self.count < 2")
    code, document = answer("check", file)
    assert (document["format"], document["version"], document["command"]) == (
        "ballotproof",
        1,
        "check",
    )
    assert (document["exit_code"], code, document["error"]) == (12, 12, None)
    (model,) = document["models"]
    assert (model["verdict"], model["expected"], model["as_expected"]) == ("violated", None, None)
    assert model["bounds"]["sizes"] == {"Node": 2}
    assert (model["states"], model["depth"], model["initial"]) == (3, 3, 1)
    assert model["levels"] == [1, 1, 1]
    assert (model["engine"], model["search"]) == ("interpret", "breadth first")
    assert model["actions"] == [
        {"name": "step", "transitions": 4, "enabled_in": 2, "discovered": 2}
    ]
    (violation,) = model["violations"]
    assert (violation["kind"], violation["name"], violation["steps"]) == ("invariant", "small", 2)
    assert violation["because"] == ["`self.count < 2` is false"]
    assert violation["trace"]["#meta"]["format"] == "ITF"
    assert violation["trace"]["states"][2]["count"] == {"#bigint": "2"}


def test_errors_are_in_the_document_too(tmp_path: Path) -> None:
    code, document = answer("check", "nothing-of-this-name")
    assert (code, document["exit_code"], document["models"]) == (64, 64, [])
    assert document["error"]["code"] == "usage"
    code, document = answer("check", spec(tmp_path, step="self.cuont += 1"), "consensus")
    assert (code, document["error"]) == (65, None)
    first, second = document["models"]
    assert (first["verdict"], first["error"]["code"]) == ("error", "BP203")
    assert first["error"]["place"].endswith("counter.py:16:9")
    assert (second["verdict"], second["as_expected"]) == ("holds", True)


def test_dead_actions_and_unknown_verdicts_in_the_document(tmp_path: Path) -> None:
    _, document = answer("check", spec(tmp_path, more=IDLE))
    (dead,) = document["models"][0]["dead"]
    assert (dead["name"], dead["states"]) == ("idle", 4)
    assert dead["guards"] == [
        {"line": 20, "text": "require(self.count > 9)", "asked": 4, "held": 0}
    ]
    code, document = answer("check", spec(tmp_path), "--max-states", "2")
    model = document["models"][0]
    assert (code, model["verdict"], model["why"]) == (20, "unknown", "state limit")
    assert not model["complete"]


# -------------------------------------------------------------------------- replay and simulate
def test_a_counterexample_is_written_and_replayed(tmp_path: Path) -> None:
    file = spec(tmp_path, more=INVARIANT + "self.count < 2")
    trace = tmp_path / "trace.itf.json"
    assert run("check", file, "--itf", str(trace)).exit_code == 12
    result = run("replay", str(trace))
    assert result.exit_code == 12
    assert result.stdout.endswith("all 2 steps are real; broken: small\n")
    # The repaired protocol takes the same steps, and nothing breaks.
    repaired = spec(tmp_path, more=INVARIANT + "self.count < 9")
    result = run("replay", str(trace), "--protocol", f"{repaired}::Counter")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (
        0,
        "all 2 steps are real; nothing is broken",
    )
    other = spec(tmp_path, step="self.count += 2")
    result = run("replay", str(trace), "--protocol", f"{other}::Counter")
    assert result.exit_code == 1
    assert "here, other than there:" in result.stdout
    _, document = answer("replay", str(trace))
    assert (document["command"], document["real"]) == ("replay", False)


def test_a_trace_of_another_tool_needs_a_protocol(tmp_path: Path) -> None:
    trace = tmp_path / "trace.itf.json"
    trace.write_text('{"vars": ["x"], "states": [{"x": 1}]}')
    result = run("replay", str(trace))
    assert result.exit_code == 64
    assert "name it with --protocol" in result.stderr
    result = run("replay", str(trace), "--protocol", f"{LOCK}::Lock")
    assert result.exit_code == 65  # it does not say how many clients there are
    trace.write_text('{"#meta": {"sizes": {"Client": 2}}, "vars": [], "states": [{"x": 1}]}')
    result = run("replay", str(trace), "--protocol", f"{LOCK}::Lock")
    assert (result.exit_code, result.stderr) == (
        64,
        f"error: {trace}: states[0]: there is no value for free\n",
    )


def test_walks_are_decided_by_their_seed(tmp_path: Path) -> None:
    arguments = ("simulate", "paxos_own_value", "--seed", "3", "--walks", "200", "--no-diagram")
    first, second = run(*arguments), run(*arguments)
    assert first.exit_code == 0  # what this model is expected to yield
    steps = first.stdout.split("agreement is false")[0]
    assert steps == second.stdout.split("agreement is false")[0]
    assert "found by walk 1: --seed 3 --first 1 takes it again" in first.stdout
    alone = run("simulate", "paxos_own_value", "--seed=3", "--first=1", "--walks=1", "--no-diagram")
    assert alone.stdout.split("agreement is false")[0] == steps


def test_walks_that_find_nothing_are_inconclusive_and_print_their_seed() -> None:
    result = run("simulate", "consensus", "--walks", "3")
    assert result.exit_code == 14
    assert "unknown: nothing violated in 3 random walks for Value=3" in result.stdout
    assert "seed " in result.stdout


def test_a_sample_is_shown_and_written(tmp_path: Path) -> None:
    trace = tmp_path / "sample.itf.json"
    result = run("simulate", "consensus", "--sample", "--seed", "1", "--itf", str(trace))
    assert result.exit_code == 0
    assert "  1  choose(v" in result.stdout
    assert "seed 1, walk 0: a sample, nothing was checked" in result.stdout
    assert run("replay", str(trace)).exit_code == 0


# --------------------------------------------------------------------------------- list and show
def test_list() -> None:
    text = run("list", "paxos").stdout
    assert "paxos.single_decree  Single-decree Paxos" in text
    assert "  3-acceptors-2-ballots  Acceptor=3, Ballot=2, Value=2; holds (3,921 states" in text
    _, document = answer("list", "consensus")
    assert document["models"] == [
        {
            "module": "consensus",
            "model": "3 values",
            "slug": "3-values",
            "protocol": "Consensus",
            "sizes": {"Value": 3},
            "slow": False,
            "expected": "holds (4 states, depth 2)",
        }
    ]


def test_show() -> None:
    text = run("show", "consensus").stdout
    assert "class Consensus(Protocol):" in text
    ir = run("show", "consensus", "--ir")
    assert ir.exit_code == 0
    assert ir.stdout.startswith("protocol Consensus\n")
    assert ir.stderr == "# consensus/3-values: Value=3\n"
    assert "def " in run("show", "consensus", "--python").stdout


def test_help_teaches() -> None:
    for arguments in (["--help"], ["-h"], ["check", "--help"]):
        result = run(*arguments)
        assert result.exit_code == 0
        assert "Exit codes" in result.stdout
    for command in ("check", "simulate", "replay", "list", "show"):
        assert "Examples:" in run(command, "-h").stdout


# ------------------------------------------------------------------------------- as a program
def program(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ballotproof.model_check.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment},
    )


def test_the_program_exits_with_the_code() -> None:
    held = program("check", "consensus")
    assert (held.returncode, held.stderr) == (0, "")
    assert "holds for Value=3" in held.stdout
    assert "\x1b" not in held.stdout
    assert program("check", "single_decree", "--quorum", "Quorum=at_least:1").returncode == 10
    assert program("check", "--nothing").returncode == 64
    assert program("--version").stdout.startswith("ballotproof")


def test_an_output_that_cannot_show_lines_gets_ascii() -> None:
    made = program("check", "paxos_ballot_reuse", PYTHONIOENCODING="ascii")
    assert made.returncode == 0
    assert made.stdout.isascii()
    assert " +.> " in made.stdout
    shown = program("show", "consensus", PYTHONIOENCODING="ascii")
    assert (shown.returncode, shown.stderr) == (0, f"# {Path('spec/consensus.py')}\n")


def test_a_closed_pipe_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "ballotproof.model_check.cli", "list"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 141


def test_control_c_ends_with_the_figures_so_far(tmp_path: Path) -> None:
    """Also: a terminal sees progress, here at the far end of a pseudo-terminal."""
    file = spec(tmp_path)
    Path(file).write_text(Path(file).read_text().replace("self.count < 3", "self.count >= 0"))
    far, near = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "ballotproof.model_check.cli", "check", file],
        stdout=subprocess.PIPE,
        stderr=near,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    ) as process:
        os.close(near)
        seen = b""
        while not re.search(rb"[0-9,]{3,} states, ", seen):
            seen += os.read(far, 1_000)
        process.send_signal(signal.SIGINT)
        stdout, _ = process.communicate(timeout=60)
    os.close(far)
    assert process.returncode == 130
    assert "unknown: interrupted for Node=2" in stdout
    assert " states, depth " in stdout


def test_help_comes_at_once_and_imports_nothing_heavy() -> None:
    code = "import sys, ballotproof.model_check.cli; print(*sorted(sys.modules))"
    made = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )
    loaded = set(made.stdout.split())
    assert not loaded & {"msgspec", "rich", "z3", "llvmlite", "ballotproof.spec.lang"}


def test_the_package_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ballotproof", "check", "nothing-like-it"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (64, "")
    assert "nothing is called 'nothing-like-it'" in done.stderr


def test_plain_python_runs_nothing_outside_the_language(tmp_path: Path) -> None:
    text = "self.count += len([1])"
    for engine in ("interpret", "python"):
        result = run("check", spec(tmp_path, text), "--engine", engine)
        assert result.exit_code == 65
        assert "error[BP" in result.stderr


def test_bounds_name_the_lengths_and_integers_of_the_model() -> None:
    bounds = Bounds(sizes=(("Node", 2),), lengths=3, integers=(0, 4))
    assert str(bounds) == "Node=2; sequences of at most 3; ints from 0 to 4"


def test_each_command_has_its_own_resources() -> None:
    """Those of the machine are for a search, those of Z3 for a question to it."""
    for command in ("check", "resume"):
        text = run(command, "--help").output
        assert "--memory SIZE" in text
        assert "--resources" not in text
    text = run("bound", "--help").output
    assert "--resources N" in text
    assert "--memory" not in text

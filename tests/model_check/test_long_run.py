"""Claims about the long run, from the text to the verdict: engines, output, traces, refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ballotproof.model_check.check import Order, check
from ballotproof.model_check.cli import main
from ballotproof.model_check.engine import Engine, system_of
from ballotproof.model_check.explore.search import Why
from ballotproof.model_check.frontend.read import read
from ballotproof.model_check.ir.show import show
from ballotproof.model_check.ir.wellformed import Stage, wellformed
from ballotproof.model_check.passes.inline import inline
from ballotproof.model_check.passes.inline_effects import inline_effects
from ballotproof.model_check.verdict import ExitCode, Holds, Unknown, Violated, code_of
from ballotproof.spec.lang import Model, constraint

from .fair_lock import MODELS, STRONG, WEAK, Client, FairLock

LOCK = str(Path(__file__).parent / "fair_lock.py")
NOTHING, WEAKLY, STRONGLY = MODELS


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), terminal_width=100)


def with_claims(model: Model, *names: str) -> Model:
    return replace(model, properties=names, expect=None)


def shape(model: Model, engine: Engine = Engine.INTERPRET) -> list[tuple[str, int, int | None]]:
    """What is violated, after how many steps, and with a cycle of how many."""
    verdict = check(model, engine=engine, keep_going=True)
    if not isinstance(verdict, Violated):
        return []
    found = [(v.name, v.counterexample) for v in verdict.violations]
    return [(name, c.steps, c.cycle) for name, c in found]


# --------------------------------------------------------------------------------- the text
def test_the_ir_has_the_parameters() -> None:
    spec = read(FairLock, NOTHING)
    text = show(spec)
    assert "leads_to served(c: Client)\n  return (waits[c], holder == some(c))\n" in text
    assert "eventually asked(c: Client, twice: bool)\n" in text
    for stage, made in (
        (Stage.READ, spec),
        (Stage.EFFECTS_INLINED, inline_effects(spec)),
        (Stage.INLINED, inline(inline_effects(spec))),
    ):
        wellformed(made, stage)


def test_the_interpreter_judges_every_state_as_python_does() -> None:
    fast, plain = (system_of(NOTHING, e) for e in (Engine.INTERPRET, Engine.PYTHON))
    assert fast.liveness == plain.liveness == ("asked", "served", "comes_free", "quiet")
    states = list(plain.initial())
    for state in states:  # grows while it is read
        states += [t.target for t in plain.successors(state) if t.target not in states]
    assert len(states) == 8
    for name in fast.liveness:
        ours, theirs = fast.long_run(name), plain.long_run(name)
        assert list(map(fast.show_choice, ours)) == list(map(plain.show_choice, theirs))
        for a, b in zip(ours, theirs, strict=True):
            for state in states:
                assert fast.judge(a, fast.encode(state)) == plain.judge(b, state)  # type: ignore[attr-defined]  # the interpreter translates states


# ------------------------------------------------------------------------------ the verdicts
CLAIMS = ("served", "comes_free", "quiet")


@pytest.mark.parametrize("engine", Engine)
@pytest.mark.parametrize(
    ("model", "violated"),
    [
        (NOTHING, [("served", 1, 0), ("comes_free", 2, 0), ("quiet", 2, 0)]),
        (WEAKLY, [("served", 1, 3), ("quiet", 0, 3)]),
        (STRONGLY, [("quiet", 0, 3)]),
    ],
    ids=["nothing", "weak", "strong"],
)
def test_the_engines_agree(
    model: Model, violated: list[tuple[str, int, int]], engine: Engine
) -> None:
    assert shape(with_claims(model, *CLAIMS), engine) == violated


def test_depth_first_finds_as_short_a_behaviour() -> None:
    """The graph is the same, whoever has found its states."""
    verdict = check(with_claims(WEAKLY, "served"), order=Order.DEPTH_FIRST)
    assert isinstance(verdict, Violated)
    found = verdict.violations[0].counterexample
    assert (found.steps, found.cycle) == (1, 3)
    assert isinstance(check(STRONGLY, order=Order.DEPTH_FIRST), Holds)


def test_a_claim_is_made_for_each_choice_of_its_parameters() -> None:
    """Only c1 must ask, and the first client for which the claim fails is c2."""
    model = with_claims(replace(STRONGLY, sizes={Client: 3}), "served")
    assert shape(model) == []
    verdict = check(with_claims(WEAKLY, "served"))
    assert isinstance(verdict, Violated)
    assert verdict.violations[0].counterexample.claim.because == (
        "for c = c1",
        "its premise is true after step 1, and its conclusion never from then on",
        "fair to release: taken in step 4",
        "fair to acquire for c = c1: not enabled after step 3",
        "fair to acquire for c = c2: taken in step 3",
    )


def test_where_it_shows_is_told() -> None:
    verdict = check(with_claims(NOTHING, "quiet"))
    assert isinstance(verdict, Violated)
    because = verdict.violations[0].counterexample.claim.because
    assert because[0] == "it is false after step 2, for ever"
    verdict = check(with_claims(STRONGLY, "quiet"))
    assert isinstance(verdict, Violated)
    because = verdict.violations[0].counterexample.claim.because
    assert because[0] == "it is false after step 2, again and again"


def test_the_first_violation_ends_it() -> None:
    verdict = check(with_claims(NOTHING, *CLAIMS))
    assert isinstance(verdict, Violated)
    assert [v.name for v in verdict.violations] == ["served"]


def test_without_claims_about_the_long_run_fairness_is_not_mentioned() -> None:
    model = with_claims(WEAKLY, "holder_is_done_waiting")
    assert "fairness" not in str(check(model).evidence.bounds)
    model = with_claims(WEAKLY, "comes_free")
    assert "weak fairness of release, each acquire(c)" in str(check(model).evidence.bounds)


def test_assumptions_say_what_they_are() -> None:
    assert [str(f) for f in (*WEAK, STRONG[1])] == [
        "weak fairness of release",
        "weak fairness of each acquire(c)",
        "strong fairness of each acquire(c)",
    ]


class OneWaits(FairLock):
    """The lock, looked at only while not all wait."""

    @constraint
    def somebody_does_not_wait(self) -> bool:
        return any(not self.waits[c] for c in Client)


def test_a_constraint_leaves_open_what_it_does_not_break() -> None:
    held = replace(STRONGLY, protocol=OneWaits, expect=None)
    verdict = check(held)
    assert isinstance(verdict, Unknown)
    assert (verdict.why, code_of(verdict)) == (Why.CONSTRAINT, ExitCode.INCONCLUSIVE)
    assert verdict.evidence.unjudged == ()
    broken = replace(NOTHING, protocol=OneWaits, expect=None)
    assert shape(broken) == [("served", 1, 0)]
    # what is claimed of states is claimed of those within, as ever
    assert isinstance(check(replace(held, properties=["holder_is_done_waiting"])), Holds)


# -------------------------------------------------------------------------------- the command
WEAK_OUTPUT = """\
  0  initial state
     holder = None
     waits = {every key: False}
  1  ask(c1)
     waits[c1]: False -> True
  2  ask(c2)
     waits[c2]: False -> True
  3  acquire(c2)
     holder: None -> c2
     waits[c2]: True -> False
  4  release()
     holder: c2 -> None
     back to step 2, and so on for ever

   others     c1       c2
     │        │        │
  1  │        ●        │   ask(c1)
  2  │        │        ●   ask(c2)
  3  │        │        ●   acquire(c2)
  4  ●        │        │   release()
     │        │        │   back to step 2, and so on for ever

served is false of this behaviour
  Who waits for the lock gets it.
  for c = c1
  its premise is true after step 1, and its conclusion never from then on
  fair to release: taken in step 4
"""


def test_the_expected_violation_is_shown_and_is_success() -> None:
    result = run("check", f"{LOCK}/weak")
    assert result.exit_code == 0
    assert WEAK_OUTPUT in result.output
    assert "served violated in 1 step and a cycle of 3" in result.output
    assert "as expected" in result.output


def test_a_stop_is_shown_with_what_could_happen() -> None:
    result = run("check", f"{LOCK}/nothing-assumed")
    assert result.exit_code == 0
    assert "nothing happens any more" in result.output
    assert "served violated in 1 step and a stop" in result.output
    assert "no fairness asks for what is enabled: ask(c2), acquire(c1)" in result.output


def test_exit_code_13() -> None:
    assert run("check", f"{LOCK}/weak", "--size", "Client=3").exit_code == 13
    assert run("check", LOCK, "--quiet").exit_code == 0


def test_another_cycle_than_expected_is_told(tmp_path: Path) -> None:
    text = Path(LOCK).read_text(encoding="utf-8").replace("cycle=3", "cycle=4")
    path = tmp_path / "other.py"
    path.write_text(text, encoding="utf-8")
    result = run("check", f"{path}/weak")
    assert result.exit_code == 1
    assert "length of the cycle should be 4 and is 3" in result.output


def answer_of(*arguments: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run(*arguments, "--json").output)
    return answer


def test_json_has_the_cycle_and_what_was_assumed() -> None:
    (model,) = answer_of("check", f"{LOCK}/weak")["models"]
    assert model["bounds"]["fairness"] == [str(f) for f in WEAK]
    (violation,) = model["violations"]
    assert (violation["kind"], violation["steps"], violation["cycle"]) == ("liveness", 1, 3)
    assert violation["trace"]["loop"] == 1
    assert len(violation["trace"]["states"]) == 4
    assert model["expected"] == "served violated in 1 step and a cycle of 3"


@pytest.mark.parametrize("engine", ["interpret", "python", "native"])
def test_a_mistake_of_a_claim_is_told_with_the_way_to_it(tmp_path: Path, engine: str) -> None:
    path = tmp_path / "mistake.py"
    path.write_text(
        """
from __future__ import annotations
from ballotproof.spec.lang import *

class Log(Protocol):
    entries: tuple[int, ...]

    def init(self) -> None:
        self.entries = (1,)

    @action
    def drop(self) -> None:
        require(len(self.entries) > 0)
        self.entries = ()

    @eventually
    def two(self) -> bool:
        return self.entries[0] == 2

MODELS = [Model(name="mistake", protocol=Log)]
""",
        encoding="utf-8",
    )
    result = run("check", str(path), "--engine", engine)
    assert result.exit_code == 65
    assert "error[BP504]: index 0 is outside a sequence of length 0" in result.output
    assert "in the state reached by\n  0  initial state\n" in result.output
    assert "  1  drop()\n" in result.output


# --------------------------------------------------------------------------------- the trace
@pytest.mark.parametrize(
    ("slug", "steps"), [("weak", "all 4 steps are"), ("nothing-assumed", "the one step is")]
)
def test_a_trace_that_goes_on_for_ever_can_be_replayed(
    tmp_path: Path, slug: str, steps: str
) -> None:
    path = tmp_path / "trace.itf.json"
    run("check", f"{LOCK}/{slug}", "--itf", str(path))
    result = run("replay", str(path))
    assert result.exit_code == 13
    assert f"{steps} real; broken: " in result.output
    answer = answer_of("replay", str(path))
    assert (answer["loop"], answer["unfair"]) == (1, [])
    assert "served" in answer["long_run"]


def changed(path: Path, **values: Any) -> Path:
    """The trace with other entries."""
    document = json.loads(path.read_text(encoding="utf-8"))
    document["#meta"] |= values.pop("meta", {})
    document |= values
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_a_trace_that_is_not_fair_breaks_nothing(tmp_path: Path) -> None:
    path = tmp_path / "trace.itf.json"
    run("check", f"{LOCK}/weak", "--itf", str(path))
    assumed = {"strength": "strong", "actions": ["acquire"], "each": ["c"]}
    result = run("replay", str(changed(path, meta={"fairness": [assumed]})))
    assert result.exit_code == 0
    assert "not fair: strong fairness of each acquire(c)" in result.output
    assert "the behaviour is not fair; nothing is broken" in result.output


def test_a_loop_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "trace.itf.json"
    run("check", f"{LOCK}/weak", "--itf", str(path))
    result = run("replay", str(changed(path, loop=0)))
    assert result.exit_code == 1
    assert "NO   release()" in result.output
    assert run("replay", str(changed(path, loop=9))).exit_code == 64
    result = run("replay", str(changed(path, loop=1, meta={"loop-action": ""})))
    assert result.exit_code == 64
    assert "does not say which action leads back" in result.output
    assumed = {"strength": "mild", "actions": ["acquire"]}
    result = run("replay", str(changed(path, meta={"fairness": [assumed]})))
    assert result.exit_code == 64
    assert "there is no 'mild' fairness" in result.output


# -------------------------------------------------------------------------------- the refusals
def test_what_cannot_judge_the_long_run_says_so() -> None:
    for arguments, code, said in (
        (("check", f"{LOCK}/weak", "--symmetry"), 65, "BP619"),
        (("simulate", f"{LOCK}/weak", "--property", "served"), 64, "a walk ends"),
        (("bound", f"{LOCK}/weak", "--property", "served"), 64, "not among what bound can ask"),
    ):
        result = run(*arguments)
        assert result.exit_code == code, result.output
        assert said in result.output


def test_bound_asks_what_it_can_of_what_is_named() -> None:
    chosen = ("--property", "served", "--property", "holder_is_done_waiting")
    result = run("bound", f"{LOCK}/weak", "--depth", "3", *chosen)
    assert result.exit_code == 0, result.output
    assert "only holder_is_done_waiting" in result.output
    assert "served" not in result.output.replace("--property served", "")


def test_what_was_not_judged_is_not_said_to_be() -> None:
    result = run("check", f"{LOCK}/strong", "--depth", "2")
    assert result.exit_code == 14
    assert "warning: served was not judged" in result.output
    assert "liveness:" not in result.output
    (model,) = answer_of("check", f"{LOCK}/strong", "--max-states", "3")["models"]
    assert model["exit_code"] == 20
    assert model["unjudged"] == ["served", "comes_free"]
    chosen = ("--property", "served", "--property", "holder_is_done_waiting")
    (model,) = answer_of("simulate", f"{LOCK}/strong", "--seed", "1", *chosen)["models"]
    assert (model["exit_code"], model["unjudged"]) == (14, ["served"])


def test_symmetry_is_allowed_where_only_states_are_judged() -> None:
    result = run("check", f"{LOCK}/weak", "--symmetry", "--property", "holder_is_done_waiting")
    assert result.exit_code == 0

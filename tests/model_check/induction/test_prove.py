"""Proofs for every size: what holds is proved, and what does not is never said to be."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
import z3  # type: ignore[import-untyped]  # ships no types
from click.testing import CliRunner

from ballotproof.model_check.backends.fol.solver import cvc5_version
from ballotproof.model_check.backends.fol.strategies import Strategy, main_style
from ballotproof.model_check.backends.native.cache import VARIABLE
from ballotproof.model_check.cli import main
from ballotproof.model_check.discover import find_proofs
from ballotproof.model_check.induction.conditions import conditions_of
from ballotproof.model_check.induction.prover import Prover, Settings, Status
from ballotproof.model_check.prove import Proved, prove
from ballotproof.model_check.verdict import ExitCode
from ballotproof.spec.consensus import Consensus
from ballotproof.spec.lang import (
    Map,
    Model,
    Proof,
    Protocol,
    QuorumOf,
    Set,
    Sort,
    SubsetOf,
    action,
    assumption,
    explicit,
    fill,
    invariant,
    majority,
    require,
)
from ballotproof.spec.raft.election import Election

from .small import Careless, Lock

QUICK = Settings(resources=1_000_000)


def proved(target: str, settings: Settings = QUICK) -> Proved:
    (found,) = find_proofs(target)
    return prove(found.proof, settings, cache=False)


@pytest.mark.parametrize(
    "target", ["consensus", "commit.two_phase", "commit.transaction_commit", "paxos.flexible"]
)
def test_a_shipped_proof_is_complete(target: str) -> None:
    made = proved(target)
    assert made.code is ExitCode.HOLDS
    assert all(r.status.holds for r in made.results.values())


def test_raft_is_proved_for_every_size() -> None:
    """Figure 3 of the paper, with restarts, on a network that loses, repeats and reorders."""
    made = proved("raft.replication")
    assert made.code is ExitCode.HOLDS
    assert {r.status for r in made.results.values()} <= {
        Status.PROVED, Status.IMPLIED, Status.UNCHANGED,
    }  # fmt: skip
    assert len(made.conditions.cells) == 750
    assert not made.unused


def test_single_decree_paxos_is_proved_by_both_solvers() -> None:
    if cvc5_version() is None:
        pytest.skip("cvc5 is not installed")
    made = proved("paxos.single_decree", replace(QUICK, solver="both"))
    assert made.code is ExitCode.HOLDS
    asked = [r for r in made.results.values() if r.status is Status.PROVED]
    assert sum(bool(r.confirmed) for r in asked) >= len(asked) - 2


def test_another_style_closes_what_holds_and_nothing_else() -> None:
    """The same condition, put to cvc5 with less said or claim by claim: what is open stays so, and
    a model of what says less refutes nothing."""
    if cvc5_version() is None:
        pytest.skip("cvc5 is not installed")
    closed = []
    for protocol in (Lock, Careless):
        conditions = conditions_of(Proof(name="x", protocol=protocol, of=protocol))
        prover = Prover(conditions, QUICK)
        for name, result in prover.prove(conditions.cells).items():
            cell = next((c for c in conditions.cells if c.name == name), None)
            if cell is None or result.status is Status.UNCHANGED:
                continue
            everything = Strategy("all", tuple(conditions.by_name), main_style(conditions), 1)
            agreed = prover.agrees_otherwise(cell, everything)
            assert result.status.holds or not agreed, name
            closed += [name] if agreed else []
    assert len(closed) > 4
    assert closed.count("give/kept") == 1  # of Lock, and not of Careless


def test_what_is_not_inductive_is_open() -> None:
    """Elections need lemmas that the specification does not state."""
    made = prove(Proof(name="x", protocol=Election, of=Election), QUICK, cache=False)
    assert {"become_leader/one_leader_at_a_time"} <= {r.name for r in made.open}
    assert made.code is ExitCode.INCONCLUSIVE


class Node(Sort):
    """A member."""


class Quorum(QuorumOf[Node]):
    """Any two meet."""


class Some(SubsetOf[Node]):
    """Nothing is said of these."""


class Reckless(Protocol):
    """Chooses without looking, and says that it does not."""

    chosen: Set[Node]

    def init(self) -> None:
        self.chosen = Set()

    @action
    def choose(self, a: Node) -> None:
        self.chosen.add(a)

    @invariant
    def one(self) -> bool:
        return all(a == b for a in self.chosen for b in self.chosen)


def test_a_false_claim_ends_with_a_behaviour() -> None:
    model = Model(name="2", protocol=Reckless, sizes={Node: 2})
    proof = Proof(name="x", protocol=Reckless, of=Reckless, instances=[model])
    made = prove(proof, QUICK, cache=False)
    assert made.code is ExitCode.SAFETY
    assert made.witnesses.broken is not None
    assert made.witnesses.broken.claims == ("one",)
    assert len(made.witnesses.broken.behaviour.steps) == 2
    without = prove(replace(proof, instances=()), QUICK, cache=False)
    assert without.code is ExitCode.INCONCLUSIVE
    assert [r.name for r in without.open] == ["choose/one"]


def test_a_behaviour_that_breaks_two_claims_is_shown_once(tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(
        "from tests.model_check.induction.test_prove import *\n"
        "class Twice(Reckless):\n"
        "    @invariant\n"
        "    def all_alike(self) -> bool:\n"
        "        return not any(a != b for a in self.chosen for b in self.chosen)\n"
        "INSTANCE = Model(name='2 nodes', protocol=Twice, sizes={Node: 2})\n"
        "PROOFS = [Proof(name='twice', protocol=Twice, of=Twice, instances=[INSTANCE])]\n"
    )
    target = str(mine)
    run = CliRunner().invoke(main, ["prove", target])
    assert run.exit_code == ExitCode.SAFETY
    head, how, *steps = run.output.splitlines()
    assert "false: a reachable state breaks one, all_alike;" in head
    assert how == "  one, all_alike are broken by this behaviour of the instance `2 nodes`:"
    assert sum(line.split()[1:] == ["initial", "state"] for line in steps) == 1
    told = json.loads(CliRunner().invoke(main, ["prove", target, "--json"]).output)
    (proof,) = told["proofs"]
    assert proof["broken"] == ["one", "all_alike"]
    file = tmp_path / "bug.itf.json"
    file.write_text(json.dumps(proof["broken_trace"]))
    replayed = CliRunner().invoke(main, ["replay", str(file), "--json"])
    assert replayed.exit_code == ExitCode.SAFETY
    assert len(json.loads(replayed.output)["states"]) == 3


def test_a_file_without_proofs(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("from ballotproof.spec.paxos.single_decree import SingleDecree\n")
    for target in (file, f"{file}::SingleDecree"):
        run = CliRunner().invoke(main, ["prove", str(target)])
        assert run.exit_code == ExitCode.USAGE
        assert f"{file} has no PROOFS, a list of Proof(...)" in run.output


def test_a_proof_that_cannot_be_tried_is_told_in_the_document(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(
        "from tests.model_check.induction.small import Lock\n"
        "from ballotproof.spec.lang import Proof\n"
        "PROOFS = [Proof(name='x', protocol=Lock, of=Lock, goals=['nothing'])]\n"
    )
    run = CliRunner().invoke(main, ["prove", str(file), "--json"])
    assert run.exit_code == ExitCode.SPEC
    told = json.loads(run.stdout)
    assert (told["exit_code"], told["proofs"]) == (65, [])
    assert told["errors"][0]["proof"] == "x"
    assert "nothing" in told["errors"][0]["error"]["message"]


class Absurd(Reckless):
    """The same under an assumption that no instance satisfies."""

    @assumption
    def nothing(self) -> bool:
        return all(not any(a in q for a in q) for q in Quorum)


def test_a_contradictory_assumption_proves_nothing() -> None:
    model = Model(name="2", protocol=Absurd, sizes={Node: 2}, quorums={Quorum: majority})
    proof = Proof(name="x", protocol=Absurd, of=Absurd, instances=[model])
    made = prove(proof, QUICK, cache=False)
    assert made.code is ExitCode.ASSUMPTION
    assert prove(replace(proof, instances=()), QUICK, cache=False).code is ExitCode.VACUOUS


class Idle(Consensus):
    """Consensus with a step that is never taken."""

    @action
    def never(self) -> None:
        require(any(v != w for v in self.chosen for w in self.chosen))
        self.chosen = Set()


def test_an_action_that_never_happens_is_not_proved() -> None:
    (found,) = find_proofs("consensus")
    models = [replace(m, protocol=Idle, expect=None) for m in found.proof.instances]
    made = prove(Proof(name="x", protocol=Idle, of=Idle, instances=models), QUICK, cache=False)
    assert made.witnesses.dead == ("never",)
    assert made.code is ExitCode.VACUOUS


class Meets(Protocol):
    """Two quorums, or two sets, have a node in common."""

    chosen: Set[Node]

    def init(self) -> None:
        self.chosen = Set()

    @action
    def choose(self, a: Node) -> None:
        self.chosen.add(a)

    @invariant
    def quorums_meet(self) -> bool:
        return all(any(a in q and a in r for a in q) for q in Quorum for r in Quorum)

    @invariant
    def sets_meet(self) -> bool:
        return all(any(a in q and a in r for a in q) for q in Some for r in Some)


def test_only_what_a_type_says_is_known_of_its_sets() -> None:
    model = Model(
        name="1", protocol=Meets, sizes={Node: 1}, quorums={Some: explicit({1}), Quorum: majority}
    )
    proof = Proof(name="x", protocol=Meets, of=Meets, instances=[model])
    made = prove(proof, QUICK, cache=False)
    assert {r.name for r in made.open} == {"init/sets_meet"}


def test_what_was_proved_is_known_until_its_text_changes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    (found,) = find_proofs("commit.two_phase")
    first = prove(found.proof, QUICK)
    assert {r.status for r in first.results.values()} >= {Status.PROVED}
    again = prove(found.proof, QUICK)
    assert Status.PROVED not in {r.status for r in again.results.values()}
    assert again.code is ExitCode.HOLDS


@pytest.mark.parametrize("order", ["axioms", "int"])
def test_both_forms_of_an_order_prove_the_same(order: Literal["axioms", "int"]) -> None:
    (found,) = find_proofs("paxos.flexible")
    made = prove(replace(found.proof, order=order), QUICK, cache=False)
    assert made.code is ExitCode.HOLDS


def test_what_is_written_is_what_was_asked(tmp_path: Path) -> None:
    """Every file is refuted by Z3 as it comes, with all its own means."""
    settings = replace(QUICK, smtlib=tmp_path)
    (found,) = find_proofs("consensus")
    made = prove(found.proof, settings, cache=False)
    files = sorted(tmp_path.glob("*.smt2"))
    proved_here = [r.name for r in made.results.values() if r.work or r.strategy]
    names = {name.replace("/", "-").replace(" ", "-") for name in proved_here}
    assert {f.stem for f in files} <= names
    assert len(files) == 2
    for file in files:
        solver = z3.Solver()
        solver.from_file(str(file))
        assert solver.check() == z3.unsat


class Switch(Protocol):
    """One step makes both claims false, and each would follow from the other."""

    on: Map[Node, bool]

    def init(self) -> None:
        self.on = fill(Node, True)

    @action
    def turn_off(self, x: Node) -> None:
        self.on[x] = False

    @invariant
    def all_on(self) -> bool:
        """Holds because of `none_off`."""
        return all(self.on[x] for x in Node)

    @invariant
    def none_off(self) -> bool:
        """Holds because of `all_on`."""
        return not any(not self.on[x] for x in Node)


@pytest.mark.parametrize("goals", [None, ["all_on"], []])
def test_two_claims_do_not_prove_each_other(goals: list[str] | None) -> None:
    """Neither as what follows in any state, nor as what is assumed of the state after a step."""
    claim = Proof(
        name="circle",
        protocol=Switch,
        of=Switch,
        goals=goals,
        lemmas={"all_on": ("none_off'",), "none_off": ("all_on'",)},
    )
    made = prove(claim, QUICK, cache=False)
    assert made.code is ExitCode.INCONCLUSIVE
    assert {r.name for r in made.open} & {"turn_off/all_on", "turn_off/none_off"}


def test_what_comes_before_may_be_assumed_of_the_state_after() -> None:
    """The second claim says of the state after what the first one does, and no more is known."""
    one, two = "all_on", "none_off"
    made = prove(Proof(name="order", protocol=Switch, of=Switch, goals=[]), QUICK, cache=False)
    assert made.results[f"turn_off/{two}"].status.holds
    assert not made.results[f"turn_off/{one}"].status.holds

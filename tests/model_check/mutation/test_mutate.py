"""Every mutant of small proofs gets the class it has to have, and nothing empty is ever proved."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ballotproof.model_check.backends.interpret import Interpreter
from ballotproof.model_check.cli import main
from ballotproof.model_check.discover import find_proofs
from ballotproof.model_check.explore.random_walk import walk
from ballotproof.model_check.induction.conditions import Conditions, conditions_of
from ballotproof.model_check.induction.prover import Settings
from ballotproof.model_check.ir import nodes as n
from ballotproof.model_check.ir.show import show_expr, show_stmt
from ballotproof.model_check.mutation.alterations import of_block, of_claim, of_expression
from ballotproof.model_check.mutation.command import MutateOptions, run_mutate
from ballotproof.model_check.mutation.judgement import Class, Judge, Judged
from ballotproof.model_check.mutation.mutant import Kind, Mutant
from ballotproof.model_check.mutation.mutants import mutants_of
from ballotproof.model_check.mutation.narrow import forgetful, in_full, without_ghosts
from ballotproof.model_check.mutation.search import Effort, Search
from ballotproof.model_check.prove import prove
from ballotproof.spec.lang.errors import InternalError

HERE = Path(__file__).parent
POLL = str(HERE / "electing.py")
K, C, P, D = Class.KILLED, Class.CTI, Class.PROVED, Class.DEAD

Row = tuple[Kind, str, Class, str | None, int | str | None]


def conditions(target: str) -> Conditions:
    (found,) = find_proofs(target)
    return conditions_of(found.proof)


def judge_of(c: Conditions) -> Judge:
    return Judge(c, effort=Effort(), settings=Settings(resources=2_000_000), memory={})


@cache
def judged(target: str) -> list[tuple[Mutant, Judged]]:
    """Every mutant with its class."""
    c = conditions(target)
    judge = judge_of(c)
    return [(m, judge.judge(m)) for m in mutants_of(c)]


def rows(target: str) -> list[Row]:
    """Kind, place, class; the claim broken and the length, or the condition that fails."""
    made: list[Row] = []
    for m, j in judged(target):
        claim, steps = (j.broken.claim, j.broken.steps) if j.broken is not None else (j.cell, None)
        made.append((m.kind, m.place, j.outcome, claim, steps))
    return made


def test_each_mutant_of_a_poll_has_its_class() -> None:
    assert rows(POLL) == [
        (Kind.INITIAL, "init", D, None, None),
        (Kind.INITIAL, "init", K, "one_winner", 3),
        (Kind.GUARD, "cast", K, "one_winner", 6),
        (Kind.GUARD, "cast", P, None, None),  # nobody can win twice anyway
        (Kind.UPDATE, "cast", D, None, None),
        (Kind.GUARD, "win", K, "one_winner", 2),
        (Kind.UPDATE, "win", P, None, None),
        (Kind.INVARIANT, "one_winner", P, None, None),
        (Kind.INVARIANT, "winners_have_votes", C, "win/one_winner", None),
        (Kind.INVARIANT, "spare", P, None, None),
        (Kind.LAW, "Quorum_intersect", K, "one_winner", 4),
    ]


def test_each_mutant_of_two_phase_commit_has_its_class() -> None:
    assert rows("commit.two_phase") == [
        (Kind.INITIAL, "init", K, "agreement", 2),
        (Kind.INITIAL, "init", D, None, None),
        (Kind.INITIAL, "init", K, "commit_validity", 5),
        (Kind.INITIAL, "init", K, "irrevocability", 8),
        (Kind.INITIAL, "init", K, "commit_validity", 0),
        (Kind.GUARD, "prepare", K, "irrevocability", 2),
        (Kind.UPDATE, "prepare", K, "irrevocability", 9),
        (Kind.SEND, "prepare", D, None, None),
        (Kind.GUARD, "refuse", K, "irrevocability", 9),
        (Kind.UPDATE, "refuse", P, None, None),
        (Kind.GUARD, "hear", P, None, None),
        (Kind.UPDATE, "hear", D, None, None),
        (Kind.GUARD, "decide_commit", K, "one_decision", 8),
        (Kind.GUARD, "decide_commit", K, "commit_validity", 1),
        (Kind.UPDATE, "decide_commit", K, "one_decision", 7),
        (Kind.SEND, "decide_commit", D, None, None),
        (Kind.GUARD, "decide_abort", K, "one_decision", 8),
        (Kind.UPDATE, "decide_abort", K, "one_decision", 1),
        (Kind.SEND, "decide_abort", P, None, None),
        (Kind.UPDATE, "obey", D, None, None),
        (Kind.UPDATE, "obey", P, None, None),
        (Kind.INVARIANT, "agreement", P, None, None),
        (Kind.INVARIANT, "commit_validity", C, "refuse/agreement", None),
        (Kind.INVARIANT, "one_decision", C, "obey/agreement", None),
        (Kind.INVARIANT, "working_are_silent", C, "refuse/agreement", None),
        (Kind.INVARIANT, "heard_have_agreed", C, "decide_commit/commit_validity", None),
        (Kind.INVARIANT, "committed_were_told", C, "refuse/agreement", None),
        (Kind.INVARIANT, "aborted_alone_before_yes", C, "obey/agreement", None),
    ]


def test_what_is_reported_is_the_line_that_was_changed() -> None:
    mutants = list(mutants_of(conditions("commit.two_phase")))
    initial = mutants[0]
    assert initial.source == "self.status = fill(ResourceManager, Status.WORKING)"
    assert initial.what == (
        "status: fill(ResourceManager, Status.WORKING) became fill(ResourceManager, chosen)"
    )
    first = mutants[5]
    assert first.where.startswith("spec/commit/two_phase.py:")
    assert first.source == "require(self.status[r] == Status.WORKING)"
    assert first.what == "require status[r] == Status.WORKING"
    assert mutants[7].source == "self.sent.add(Prepared(r))"


def test_mutants_differ_from_the_proof_and_from_each_other() -> None:
    for target in (POLL, "commit.two_phase", "paxos.single_decree", "raft.election"):
        c = conditions(target)
        plain = replace(c, spec=replace(c.spec, refinements=()))
        texts = [text(plain), *map(text, (m.conditions for m in mutants_of(c)))]
        assert len(set(texts)) == len(texts)


SHARED = """
from ballotproof.spec.lang import *

class Node(Sort): ...

class Turns(Protocol):
    on: Set[Node]
    seen: Set[Node]
    def init(self) -> None:
        self.on = Set()
        self.seen = Set()
    def free(self, x: Node) -> bool:
        return x not in self.seen and all(x != y for y in self.on)
    @action
    def enter(self, x: Node) -> None:
        require(self.free(x))
        self.on.add(x)
    @action
    def swap(self, x: Node, y: Node) -> None:
        require(x in self.on and self.free(y) and self.free(x) == self.free(y))
        self.on.discard(x)
        self.on.add(y)
    @invariant
    def nobody_on_is_free(self) -> bool:
        return all(not self.free(x) for x in self.on)

M = Model(name="2 nodes", protocol=Turns, sizes={Node: 2})
PROOFS = [Proof(name="it", protocol=Turns, of=Turns, instances=[M])]
"""


def test_a_helper_is_altered_in_all_that_call_it(tmp_path: Path) -> None:
    """As an edit of its text does. Once each copy in each action was a mutant of its own."""
    file = tmp_path / "turns.py"
    file.write_text(SHARED, encoding="utf-8")
    c = conditions(str(file))
    conditions_dropped = [m for m in mutants_of(c) if m.kind is Kind.CONDITION]
    within = [m for m in conditions_dropped if m.source.startswith("return x not in")]
    assert [m.what for m in within] == ["x not in seen", "all(x != y for y in on)"]
    for m, left, gone in zip(within, ("in on", "in seen"), ("in seen", "in on"), strict=True):
        assert m.actions == {"enter", "swap"}
        assert m.claims == {"nobody_on_is_free"}
        assert m.cells == m.conditions.cells
        enter, swap = m.conditions.spec.actions
        (claim,) = m.conditions.invariants
        assert left in show_stmt(enter.body[0])
        assert gone not in show_stmt(enter.body[0])
        assert show_stmt(swap.body[0]).count(left) == 3 + (left == "in on")
        assert gone not in show_stmt(claim.body[0]).replace("for x in on", "")
    calls = [m for m in conditions_dropped if m.source.startswith("require(x in self.on")]
    assert len(calls) == 3
    assert all(m.actions == {"swap"} and not m.claims for m in calls)


NUMBERS = """
from ballotproof.spec.lang import *

class Shares(Protocol):
    given: int
    kept: int
    def init(self) -> None:
        self.given = 0
        self.kept = 0
    @action
    def keep(self) -> None:
        require(self.kept < 2)
        self.kept += 1
    @action
    def give(self) -> None:
        require(self.kept <= 2)
        self.given = 2 - self.kept
    @invariant
    def not_too_much(self) -> bool:
        return self.given <= 2
    @invariant
    def not_negative(self) -> bool:
        return self.kept >= 0

M = Model(name="numbers", protocol=Shares, integers=(0, 3))
PROOFS = [Proof(name="it", protocol=Shares, of=Shares, instances=[M])]
"""


def test_a_lemma_that_the_instance_says_by_its_bounds_is_missed_with_other_bounds(
    tmp_path: Path,
) -> None:
    """Numbers that are not negative: once it was undecided who needs it."""
    file = tmp_path / "shares.py"
    file.write_text(NUMBERS, encoding="utf-8")
    c = conditions(str(file))
    (lemma,) = named(c, "not_negative")
    judged = judge_of(c).judge(lemma)
    assert (judged.outcome, judged.cell) == (Class.CTI, "give/not_too_much")
    assert "`numbers, numbers from -1`" in judged.reason


ROUND = """
from ballotproof.spec.lang import *

class Node(Sort): ...

class Round(Protocol):
    first: Node | None
    last: Node | None
    def init(self) -> None:
        self.first = None
        self.last = None
    @action
    def go(self, a: Node, b: Node, c: Node) -> None:
        require(a != b)
        require(b != c)
        require(a == c)
        self.first = a
        self.last = c
    @invariant
    def back(self) -> bool:
        return self.first == self.last

TWO = Model(name="two nodes", protocol=Round, sizes={Node: 2})
MODELS = [TWO, Model(name="three nodes", protocol=Round, sizes={Node: 3}, slow=True)]
PROOFS = [Proof(name="it", protocol=Round, of=Round, instances=[TWO])]
"""


def test_what_no_quick_model_shows_is_looked_for_in_slow_ones(tmp_path: Path) -> None:
    """Of two nodes the third is always the first."""
    file = tmp_path / "round.py"
    file.write_text(ROUND, encoding="utf-8")
    c = conditions(str(file))
    judge = judge_of(c)
    (dropped,) = (m for m in mutants_of(c) if m.kind is Kind.GUARD and "a == c" in m.source)
    judged = judge.judge(dropped)
    assert judged.outcome is Class.KILLED
    assert judged.reason == "back is false after 1 step in `three nodes`"
    judge.larger.clear()
    assert judge.judge(dropped).outcome is Class.UNDECIDED


def text(c: Conditions) -> str:
    return repr((c.spec.init, c.spec.actions, c.spec.sorts, c.invariants, c.steps, c.assumptions))


# ------------------------------------------------------------------------------- alterations
def test_a_guard_is_altered_in_each_of_its_parts() -> None:
    c = conditions("paxos.single_decree")
    promise = next(a for a in c.spec.actions if a.name == "promise")
    made = [(a.kind, a.what) for a in of_block(promise.body)]
    assert made == [
        (Kind.GUARD, "require joined is None or joined! < m.ballot"),
        (Kind.CONDITION, "joined is None"),
        (Kind.CONDITION, "joined! < m.ballot"),
        (Kind.COMPARISON, "joined! < m.ballot became joined! <= m.ballot"),
        (Kind.UPDATE, "promised[a] := some(m.ballot)"),
        (Kind.SEND, "sent := sent with Promise(a, m.ballot, vote[a])"),
    ]
    (altered,) = [a.made for a in of_block(promise.body) if a.kind is Kind.COMPARISON]
    assert "require joined is None or joined! <= m.ballot" in map(show_stmt, altered)


def test_one_place_at_a_time() -> None:
    """Each alteration of an expression differs from it in one node, which is named."""
    c = conditions("paxos.single_decree")
    propose = next(a for a in c.spec.actions if a.name == "propose")
    for s in propose.body:
        if isinstance(s, n.Require):
            every = [show_expr(a.made) for a in of_expression(s.condition)]
            assert len(every) == len(set(every))
            assert show_expr(s.condition) not in every


def test_a_claim_loses_one_thing_that_it_says() -> None:
    c = conditions("paxos.single_decree")
    (truthful,) = [p for p in c.invariants if p.name == "promises_truthful"]
    (returned,) = truthful.body
    value = getattr(returned, "value")  # noqa: B009  # a Return, as of each invariant
    assert [a.kind for a in of_claim(value)] == [Kind.CONJUNCT] * 4


# -------------------------------------------------------------------------------- never proved
def test_a_dead_action_is_never_proved() -> None:
    """Even where not every state is seen: no state with the invariant enables it."""
    c = conditions("commit.two_phase")
    judge = Judge(
        c,
        effort=Effort(states=60),
        settings=Settings(resources=2_000_000),
        memory={},
    )
    outcomes = {(m.kind, m.place): judge.judge(m).outcome for m in named(c, "prepare", "hear")}
    assert outcomes[Kind.UPDATE, "hear"] in (Class.DEAD, Class.UNDECIDED)
    assert outcomes[Kind.SEND, "prepare"] in (Class.DEAD, Class.UNDECIDED)


def test_what_was_not_seen_to_happen_is_looked_for_by_machine_code() -> None:
    """All states are seen then: it happens, or it is dead; without so many, it is undecided."""
    c = conditions("commit.two_phase")
    unheard = next(m for m in named(c, "hear") if m.kind is Kind.UPDATE)
    for deep, outcome in ((100_000, Class.DEAD), (10, Class.UNDECIDED)):
        effort = Effort(states=60, deep=deep)
        judge = Judge(c, effort=effort, settings=Settings(resources=2_000_000), memory={})
        judged = judge.lost(unheard, "decide_commit")
        assert judged is not None
        assert judged.outcome is outcome
        assert deep == 10 or judge.lost(unheard, "hear") is None


def named(c: Conditions, *places: str) -> list[Mutant]:
    return [m for m in mutants_of(c) if m.place in places]


def test_what_is_too_much_work_is_undecided() -> None:
    c = conditions(POLL)
    judge = Judge(c, effort=Effort(), settings=Settings(resources=1), memory={})
    (spare,) = named(c, "spare")
    assert judge.judge(spare).outcome is Class.UNDECIDED


# ------------------------------------------------------------------------------------ command
def mutate(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["mutate", *arguments])


def test_the_command_says_it_as_json() -> None:
    made = mutate(POLL, "--json", "--no-cache")
    answer = json.loads(made.stdout)
    assert made.exit_code == answer["exit_code"] == 0
    (proof,) = answer["proofs"]
    assert proof["all_mutants"] == len(proof["mutants"]) == 11
    assert proof["counts"] == {
        "killed": 4, "CTI only": 1, "still proved": 4, "dead": 2, "undecided": 0,
    }  # fmt: skip
    assert Counter(m["outcome"] for m in proof["mutants"])["still proved"] == 4
    law = proof["mutants"][-1]
    assert (law["kind"], law["claim"], law["steps"]) == ("law dropped", "one_winner", 4)
    assert len(law["trace"]["states"]) == 5
    assert law["trace"]["#meta"]["claim"] == "one_winner"


def test_the_command_says_it_in_words() -> None:
    made = mutate(POLL, "--action", "cast", "--limit", "2", "--no-cache", "--jobs", "1")
    assert made.exit_code == 0
    assert "2 of 11 mutants" in made.stdout
    assert "electing.py:40: guard dropped in cast" in made.stdout
    assert "killed: one_winner is false after 6 steps in `3 voters`" in made.stdout
    assert "still proved: redundant: safe for every size without it" in made.stdout


def test_a_mutant_is_killed_step_by_step() -> None:
    made = mutate(POLL, "--action", "win", "--limit", "1", "--details", "--no-cache", "--jobs", "1")
    told = made.stdout.split("killed: one_winner is false after 2 steps in `3 voters`\n")[1]
    assert told.splitlines()[1:10] == [
        "        0  initial state",
        "           vote = {every key: None}",
        "           won = {}",
        "        1  win(v1, {v1, v2})",
        "           won: + v1",
        "        2  win(v2, {v1, v2})",
        "           won: + v2",
        "",
        "      one_winner is false after 2 steps",
    ]


def test_what_is_undecided_ends_with_14(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Judge, "judge", lambda *_: Judged(Class.UNDECIDED, "not asked"))
    options = MutateOptions(targets=(POLL,), limit=2, cache=False, quiet=True, jobs=1)
    assert run_mutate(options) == 14


BROKEN = """
from ballotproof.spec.lang import *

class Node(Sort): ...

class Few(SubsetOf[Node]): ...

class Counting(Protocol):
    on: Map[Node, bool]
    def init(self) -> None:
        self.on = fill(Node, False)
    @action
    def switch(self, x: Node) -> None:
        require({guard})
        self.on[x] = True
    @assumption
    def law(self) -> bool:
        return {law}
    @invariant
    def claim(self) -> bool:
        return {claim}

M = Model(name="2 nodes", protocol=Counting, sizes={{Node: 2}}, quorums={{Few: any_set}})
PROOFS = [Proof(name="it", protocol=Counting, of=Counting, instances=[M])]
"""


@pytest.mark.parametrize(
    ("guard", "law", "claim", "code"),
    [
        ("not self.on[x]", "all(len(q) < 1 for q in Few)", "True", 10),
        ("self.on[x]", "True", "True", 15),
        ("not self.on[x]", "True", "all(not self.on[x] for x in Node)", 12),
    ],
)
def test_a_proof_that_does_not_hold_has_no_mutants(
    guard: str, law: str, claim: str, code: int, tmp_path: Path
) -> None:
    """A false axiom, an action that is dead from the start, a false claim."""
    file = tmp_path / "counting.py"
    file.write_text(BROKEN.format(guard=guard, law=law, claim=claim), encoding="utf-8")
    made = mutate(str(file), "--no-cache")
    assert made.exit_code == code, made.stdout + made.stderr
    assert "the proof does not hold as it is" in made.stderr
    assert not made.stdout


def test_an_action_that_there_is_not() -> None:
    made = mutate(POLL, "--action", "vin", "--no-cache")
    assert made.exit_code == 64
    assert "PollProof has no action vin; did you mean win?" in made.stderr


def test_a_mutant_is_judged_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BALLOTPROOF_CACHE", str(tmp_path / "native"))
    first = mutate(POLL, "--jobs", "1")
    kept = sorted((tmp_path / "mutants").iterdir())
    assert len(kept) == 11
    before = [file.stat().st_mtime_ns for file in kept if file.suffix == ".json"]
    again = mutate(POLL, "--jobs", "1")
    assert [line for line in first.stdout.splitlines() if "time" not in line] == [
        line for line in again.stdout.splitlines() if "time" not in line
    ]
    assert sorted((tmp_path / "mutants").iterdir()) == kept
    assert before == [file.stat().st_mtime_ns for file in kept if file.suffix == ".json"]


def test_a_law_that_the_protocol_states_is_needed() -> None:
    """Quorums of Flexible Paxos that do not cross; what is said of other sorts still holds."""
    c = conditions("paxos.flexible")
    (law,) = named(c, "quorums_cross")
    made = judge_of(c).judge(law)
    assert (law.kind, made.outcome) == (Kind.LAW, Class.KILLED)
    assert made.broken is not None
    assert made.broken.shortest


# ------------------------------------------------------------------------------- short cuts
def test_what_follows_from_other_claims_is_a_step_of_the_proof_only() -> None:
    """Without it the invariant is as strong; no instance has a step that breaks it."""
    (found,) = find_proofs("paxos.single_decree")
    proved = prove(found.proof, Settings())
    judge = Judge(
        proved.conditions,
        effort=Effort(),
        settings=Settings(resources=2_000_000),
        memory={r.name: [r.known] for r in proved.results.values() if r.known is not None},
        results=proved.results,
    )
    (agreement,) = (m for m in named(proved.conditions, "agreement") if m.kind is Kind.INVARIANT)
    judged = judge.judge(agreement)
    assert judged.outcome is Class.PROVED
    assert judged.reason.startswith("a step of the proof only: it follows from ")
    (stood,) = (m for m in named(proved.conditions, "promises_truthful") if m.what == m.place)
    assert judge.judge(stood).outcome is Class.CTI


def test_what_a_mutation_does_not_touch_need_not_be_asked() -> None:
    """Each mutant of what is claimed stands as it does if all conditions are asked anew."""
    c = conditions("commit.two_phase")
    proved = prove(c.proof, Settings(), cache=False)
    memory = {r.name: [r.known] for r in proved.results.values() if r.known is not None}
    fast = Judge(
        proved.conditions,
        effort=Effort(),
        settings=Settings(resources=2_000_000),
        memory=memory,
        results=proved.results,
    )
    claims = [(m, j) for m, j in judged("commit.two_phase") if not m.kind.of_action]
    mine = [m for m in mutants_of(proved.conditions) if not m.kind.of_action]
    assert any(len(fast.induction.touched(m)) < len(m.cells) for m in mine)
    for m, (same, thorough) in zip(mine, claims, strict=True):
        assert (m.kind, m.place, m.what) == (same.kind, same.place, same.what)
        quick = fast.induction.stand(m)
        assert (quick.cell is None) == (thorough.outcome is P), m.what


def test_steps_without_ghosts_or_old_messages_are_steps_of_the_protocol() -> None:
    c = conditions("raft.election")
    search = Search(c.proof, Effort())
    assert search.ghosts == {"vote_in"}
    spec = without_ghosts(c, search.ghosts)
    narrow = forgetful(spec)
    assert narrow is not None
    model = replace(c.proof.instances[0], protocol=c.proof.of, network=c.proof.network)
    system, few = Interpreter(spec, model), Interpreter(narrow, model)
    for number in range(20):
        path = walk(few, seed=1, number=number, steps=30)
        assert path is not None
        whole = in_full(system, path)
        assert whole is not None
        assert [t.action for t in whole.steps] == [t.action for t in path.steps]
        before, after = few.show(path.last), system.show(whole.last)
        assert set(before["network"]) <= set(after["network"])
        assert {**before, "network": None} == {**after, "network": None}


def test_where_the_native_engine_stops_for_nothing_nothing_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stops(*_: object, **__: object) -> None:
        raise InternalError("engines disagree")

    monkeypatch.setattr("ballotproof.model_check.backends.native.search.native", stops)
    c = conditions(POLL)
    assert Search(c.proof, Effort()).deep(c, c.proof.instances) is None


@pytest.mark.slow
def test_mutants_of_an_election() -> None:
    """All have a class; what only three servers show is found where the network forgets."""
    made = judged("raft.election")
    assert Counter(j.outcome for _, j in made) == {K: 23, C: 7, P: 12, D: 7}
    deep = [(m.kind, m.place, m.source) for m, j in made if j.broken and not j.broken.shortest]
    assert (Kind.UPDATE, "handle_vote", "self.role[s] = Role.FOLLOWER") in deep


@pytest.mark.slow
def test_mutants_of_paxos() -> None:
    """All have a class; those that break Paxos as its broken relatives do are killed alike."""
    made = rows("paxos.single_decree")
    assert Counter(outcome for _, _, outcome, _, _ in made) == {K: 19, C: 12, P: 10, D: 7}
    assert (Kind.LAW, "Quorum_intersect", K, "choice_binds", 7) in made
    assert (Kind.GUARD, "accept", K, "promises_truthful", 7) in made

"""Names that mean something to a solver mean nothing else than in any other specification."""

from __future__ import annotations

import keyword
from pathlib import Path

import pytest

from ballotproof.model_check.backends.fol.solver import cvc5_version
from ballotproof.model_check.discover import find_proofs
from ballotproof.model_check.induction.prover import Settings
from ballotproof.model_check.prove import prove
from ballotproof.model_check.verdict import ExitCode
from ballotproof.spec.lang import Const, Proof, Protocol, action, invariant, record

WORDS = """
    log exp sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh sqrt sec csc cot pi euler
    abs div mod rem divisible distinct ite implies iff xor select store const map union
    intersection inter subset setminus complement member insert singleton card update
    to_real to_int is_int int2bv bv2int bv2nat nat2bv bvadd bvmul bvand extract concat repeat
    seq str re fp set bag rel tuple char len at nth unit head tail nil cons list pair first second
    mk_pair ext choose iand pow2 exists forall let par match assert check named pattern goal fact
    lemma axiom tag looked closed undefined some const_ sort
    Bool Int Real String Seq Array RegLan RoundingMode Float32 BitVec Unit Set_ Bag Relation
    Tuple List Pair Option FiniteField UnicodeString Unicode Char
    _ __ _1 größe
""".split()  # noqa: SIM905  # a list of so many strings is hard to read
"""Words of SMT-LIB, of Z3, of cvc5, and of the questions that are asked."""

SPECIFICATION = '''
from enum import Enum
from ballotproof.spec.lang import (
    Map, Model, Proof, Protocol, Set, TotalOrder, action, fill, invariant, record, require,
)
from ballotproof.spec.lang import Sort as SortOf


class {sort}(SortOf):
    """Elements."""


class {kind}(Enum):
    {member} = 0
    OTHER_KIND = 1


@record
class {record}:
    {field}: {sort}
    kind_of: {kind}


class Subject(Protocol):
    """Something bad happens as soon as there are two elements."""

    {field}: tuple[int, ...]
    sent_here: Set[{record}]
    marks: Map[{sort}, bool]
    bad_thing: bool

    def init(self) -> None:
        self.{field} = ()
        self.sent_here = Set()
        self.marks = fill({sort}, False)
        self.bad_thing = False

    @action
    def add(self, who: {sort}) -> None:
        self.marks[who] = True
        if any(other != who for other in {sort}):
            self.sent_here.add({record}(who, {kind}.{member}))
            self.{field} = (*self.{field}, -2)
        else:
            self.sent_here.add({record}(who, {kind}.OTHER_KIND))
            self.{field} = (*self.{field}, 0)

    @action
    def look(self, m: {record}) -> None:
        require(m in self.sent_here)
        if m.kind_of == {kind}.{member} and len(self.{field}) > 1 and self.{field}[1] < -1:
            self.bad_thing = True

    @invariant
    def only_marked(self) -> bool:
        return all(self.marks[m.{field}] for m in self.sent_here)

    @invariant
    def nothing_bad(self) -> bool:
        return not self.bad_thing


PROOFS = [Proof(name="any size", protocol=Subject, of=Subject,
                instances=[Model(name="one", protocol=Subject, sizes={{{sort}: 1}})])]
'''


PLACES = {
    "sort": {"sort": "{}", "field": "{}", "member": "{}"},
    "record": {"record": "{}", "field": "{}"},
    "kind": {"kind": "{}"},
}
"""Where a word is used as a name."""

PLAIN = {"sort": "Node", "record": "Note", "field": "entries", "member": "GRAVE", "kind": "Weight"}


def judged(word: str, place: str, folder: Path, solver: str = "z3") -> None:
    """The claim that is true is proved, and the one that is false of two elements is not."""
    names = PLAIN | {x: name.format(word) for x, name in PLACES[place].items()}
    file = folder / f"{place}_{word}.py"
    file.write_text(SPECIFICATION.format(**names), encoding="utf-8")
    (found,) = find_proofs(str(file))
    made = prove(found.proof, Settings(resources=100_000, solver=solver), cache=False)
    assert {r.name for r in made.open} == {"look/nothing_bad"}, (word, place)
    assert made.code is ExitCode.INCONCLUSIVE
    if solver == "both":
        assert all(r.confirmed is not False for r in made.results.values()), (word, place)


def usable(word: str) -> bool:
    """Whether Python takes the word there, and means nothing by it that the text needs."""
    taken = ("tuple", "len", "_", "__")
    return not keyword.iskeyword(word) and word not in taken


@pytest.mark.parametrize("word", ["log", "exp", "Bool", "Int", "select", "goal"])
def test_a_word_of_the_solver_is_a_name_like_any_other(word: str, tmp_path: Path) -> None:
    solver = "z3" if cvc5_version() is None else "both"
    judged(word, "sort", tmp_path, solver)


@record
class Parts:
    """Its parts have the names of what is said of fields."""

    some: bool
    len: int
    limit: int


class Boxes(Protocol):
    """Every claim is false as soon as there is a box."""

    limit = Const[int]()
    box: Parts | None
    rows: tuple[Parts, ...]
    nested: tuple[tuple[int, ...], ...]
    const: Parts

    def init(self) -> None:
        self.box = None
        self.rows = ()
        self.nested = ()
        self.const = Parts(True, 0, self.limit)

    @action
    def fill_all(self) -> None:
        self.box = Parts(False, 0, 0)
        self.rows = (Parts(False, 7, 0),)
        self.nested = ((1, 2, 3),)
        self.const = Parts(True, 0, self.limit + 1)

    @invariant
    def some_is_there(self) -> bool:
        return self.box is None or self.box.some

    @invariant
    def len_is_length(self) -> bool:
        return all(r.len == len(self.rows) for r in self.rows)

    @invariant
    def as_long(self) -> bool:
        return all(len(x) == len(self.nested) for x in self.nested)

    @invariant
    def within_limit(self) -> bool:
        return self.const.limit == self.limit


def test_a_part_of_a_record_is_not_what_is_said_of_the_field() -> None:
    claim = Proof(name="any size", protocol=Boxes, of=Boxes)
    made = prove(claim, Settings(resources=100_000), cache=False)
    claims = ("some_is_there", "len_is_length", "as_long", "within_limit")
    assert {r.name for r in made.open} == {f"fill_all/{x}" for x in claims}


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_every_word_of_the_solvers_is_a_name_like_any_other(place: str, tmp_path: Path) -> None:
    for word in dict.fromkeys(WORDS):
        if usable(word) and (place == "sort" or word.istitle()):
            judged(word, place, tmp_path)

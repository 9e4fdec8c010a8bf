"""``ballotproof suggest``: lemmas that a proof may lack, as text that can be pasted into it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

import click
import msgspec

from ...spec.lang.errors import BallotproofError, UsageError
from ...spec.lang.proof import Proof
from ..backends.fol.solver import z3_version
from ..commands import describe, say
from ..discover import FoundProof, find, find_proofs
from ..induction.prover import Settings
from ..paint import Paint, paint_for
from ..progress import Progress
from ..summary import count
from ..verdict import ExitCode, worst
from .repair import Effort, Suggested, Suggester
from .text import Candidate, imports, method_of

__all__ = ["SuggestOptions", "run_suggest", "text"]

RESOURCES = 2_000_000
"""The most work for one question, in Z3's measure: some two seconds."""

SHOWN = 8
"""So many candidates are shown that close nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestOptions:
    """One invocation of ``suggest``."""

    targets: tuple[str, ...] = ()
    states: int | None = None
    resources: int | None = None
    json: bool = False
    quiet: bool = False


def run_suggest(options: SuggestOptions) -> int:
    """Suggest lemmas for all that the targets name. The exit code."""
    found = {f.identity: f for target in options.targets for f in proofs_of(target)}
    effort = Effort() if options.states is None else Effort(states=options.states)
    settings = Settings(resources=options.resources or RESOURCES)
    progress = Progress(sys.stderr, quiet=options.json or options.quiet)
    paint = paint_for(sys.stdout)
    codes: list[ExitCode] = []
    answers: list[SuggestedAnswer] = []
    for number, one in enumerate(found.values()):
        progress.phase(one.identity)
        try:
            made = Suggester(
                one.proof, effort, settings, lambda what: progress.text(lambda: what)
            ).run()
        except BallotproofError as error:
            progress.clear()
            said = describe(error)
            if len(found) == 1 or said is None:
                raise
            click.echo(said[0], err=True)
            codes.append(ExitCode(said[1]))
            continue
        progress.clear()
        codes.append(code_of(made))
        if options.json:
            answers.append(answer(one, made))
            continue
        if number:
            say("")
        say(list(text(one, made, paint)))
    code = worst(codes)
    if options.json:
        whole = SuggestAnswer(exit_code=int(code), proofs=answers, versions={"z3": z3_version()})
        say(msgspec.json.format(msgspec.json.encode(whole), indent=2).decode())
    return int(code)


def proofs_of(target: str) -> list[FoundProof]:
    """The proofs that a target names; of a protocol that has none, one that adds nothing.

    **Errors** UsageError when it names neither.
    """
    try:
        return find_proofs(target)
    except UsageError as error:
        try:
            models = [f for f in find(target) if not f.model.slow]
        except UsageError:
            raise error from None
        made: dict[str, FoundProof] = {}
        for f in models:
            protocol = f.model.protocol
            same = [m.model for m in models if m.model.protocol is protocol]
            proof = Proof(name="as claimed", protocol=protocol, of=protocol, instances=same[:1])
            made.setdefault(protocol.__qualname__, FoundProof(f.module, proof))
        if not made:
            raise
        return list(made.values())


def code_of(made: Suggested) -> ExitCode:
    """What the command ends with."""
    if made.broken:
        return ExitCode.SAFETY
    if made.failing and (made.left or made.open or not made.closing):
        return ExitCode.INCONCLUSIVE
    return ExitCode.HOLDS


# ----------------------------------------------------------------------------------------- text
def text(one: FoundProof, made: Suggested, paint: Paint) -> Iterator[str]:
    """What fails, what is proposed, and how far it was shown."""
    instance = f"`{min(one.proof.instances, key=lambda m: m.slow).name}`"
    head = f"{one.identity} ({one.proof.protocol.__name__})"
    if not made.failing:
        yield f"{head}: no condition fails in {instance}, so no lemma is missing there"
        yield "  `ballotproof prove` says what is proved for every size"
        return
    some = ", ".join(made.failing[:4]) + (", ..." if len(made.failing) > 4 else "")
    fail = "condition fails" if len(made.failing) == 1 else "conditions fail"
    yield f"{paint('action', head)}: {len(made.failing)} {fail} in {instance}: {some}"
    if made.broken:
        yield paint("bad", f"  a state that can be reached breaks {', '.join(made.broken)}")
        yield "  no lemma repairs that; `ballotproof check` shows the behaviour"
        return
    states = sum(len(m.states) for m in made.met)
    every = ", all there are" * all(m.complete for m in made.met)
    yield (
        f"  {count(made.candidates, 'candidate')} true of {states:,} states of "
        f"{count(len(made.met), 'instance')}{every}"
    )
    yield ""
    yield from proposal(one, made, paint)


def proposal(one: FoundProof, made: Suggested, paint: Paint) -> Iterator[str]:
    """The lemmas, those that close something first."""
    if made.closing:
        if made.open:
            yield paint("open", "with these no condition fails in the instance")
        else:
            yield paint("good", "with these every condition is proved for every size")
        yield ""
        yield from pasted(one, made, made.closing)
    if made.left:
        yield paint("open", f"no candidates close {', '.join(made.left)}")
    elif made.open:
        some = ", ".join(made.open[:6]) + (", ..." if len(made.open) > 6 else "")
        yield paint("open", f"not proved for every size: {some}")
    certain = {x: c for x, c in made.others.items() if made.proved[x]}
    bounded = {x: c for x, c in made.others.items() if not made.proved[x]}
    for said, chosen in (
        ("invariants for every size, which may help", certain),
        ("kept by every action in the instance, if the invariants hold", bounded),
    ):
        if chosen:
            yield ""
            yield said
            yield ""
            yield from pasted(one, made, dict(list(chosen.items())[:SHOWN]))


def pasted(one: FoundProof, made: Suggested, chosen: dict[str, Candidate]) -> Iterator[str]:
    """Methods as they stand in the class of the proof; what has to be imported first."""
    helpers = {h.name: h for c in chosen.values() for h in c.helpers}
    lines = [line for h in helpers.values() for line in (*h.text(), "")]
    for name, c in chosen.items():
        why = made.needed.get(name)
        doc = f"Without it {why} fails." if why else ""
        lines += [*method_of(c, name, doc), ""]
    needed = imports(one.proof, lines)
    yield from (f"    {line}" for line in needed)
    if needed:
        yield ""
    yield from lines


# ----------------------------------------------------------------------------------------- JSON
class LemmaAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate: ``text`` is the method, with the helpers it calls. ``proved`` says that it holds
    for every size; otherwise it is inductive on the instance alone, if the invariants hold."""

    name: str
    claim: str
    text: str
    closes: bool
    needed_for: str | None
    proved: bool


class SuggestedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One proof. ``failing`` are conditions that fail in its instance as it stands, ``left`` with
    the lemmas; ``open`` those that are then not proved for every size."""

    module: str
    proof: str
    exit_code: int
    failing: list[str]
    left: list[str]
    open: list[str]
    broken: list[str]
    states: int
    candidates: int
    lemmas: list[LemmaAnswer]


class SuggestAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer of ``ballotproof suggest --json``."""

    exit_code: int
    proofs: list[SuggestedAnswer]
    versions: dict[str, str]


def answer(one: FoundProof, made: Suggested) -> SuggestedAnswer:
    """What was found, for programs."""
    lemmas = [
        LemmaAnswer(
            name=name,
            claim=c.said,
            text="\n".join([*(x for h in c.helpers for x in h.text()), *method_of(c, name)]),
            closes=name in made.closing,
            needed_for=made.needed.get(name),
            proved=made.proved[name],
        )
        for name, c in {**made.closing, **made.others}.items()
    ]
    return SuggestedAnswer(
        module=one.module,
        proof=one.proof.name,
        exit_code=int(code_of(made)),
        failing=made.failing,
        left=made.left,
        open=made.open,
        broken=list(made.broken),
        states=sum(len(m.states) for m in made.met),
        candidates=made.candidates,
        lemmas=lemmas,
    )

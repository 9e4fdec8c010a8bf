"""The command ``ballotproof``: options and their help; the work is done in :mod:`.commands`.

Nothing else of ours is imported before a command runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from .. import __version__
from .options import Options, ProveOptions

__all__ = ["main"]

F = TypeVar("F", bound=Callable[..., Any])

USAGE, SPEC, INTERNAL, INTERRUPTED, BROKEN_PIPE = 64, 65, 70, 130, 141
STDOUT = 1


class Ballotproof(click.Group):
    """The group of commands. Whatever goes wrong below it ends here: with a message that says what
    to do, and its exit code; never with a traceback, unless ``--debug`` asks for it."""

    debug = False

    def main(self, *args: Any, **settings: Any) -> Any:
        self.debug = False
        settings["standalone_mode"] = False
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")  # a word of a docstring is no reason to fail
        try:
            code = super().main(*args, **settings)
        except click.ClickException as error:
            error.show()
            code = USAGE
        except (KeyboardInterrupt, click.Abort):
            click.echo("interrupted", err=True)
            code = INTERRUPTED
        except (BrokenPipeError, SystemExit):
            # Whoever reads our output has seen enough; click ends with SystemExit only then.
            # Nothing more may be written when Python ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), STDOUT)
            code = BROKEN_PIPE
        except Exception as error:
            code = self.explain(error)
        sys.exit(code if isinstance(code, int) else 0)

    def explain(self, error: Exception) -> int:
        """Say what is wrong; the exit code."""
        import tempfile  # noqa: PLC0415  # like the rest, only when something is wrong
        import traceback  # noqa: PLC0415

        from .commands import describe  # noqa: PLC0415  # only when something is wrong

        said = describe(error)
        if self.debug:
            traceback.print_exception(error)
        if said is not None:
            text, code = said
            click.echo(text, err=True)
            return code
        with tempfile.NamedTemporaryFile(
            "w", prefix="ballotproof-", suffix=".txt", delete=False, encoding="utf-8"
        ) as report:
            report.write(f"ballotproof {__version__}, Python {sys.version.split()[0]}\n")
            report.write(f"{sys.argv}\n\n")
            traceback.print_exception(error, file=report)
        click.echo(
            f"internal error: {type(error).__name__}: {error}\n"
            f"This is a mistake of ballotproof, not of your specification. Please report it with\n"
            f"{report.name}; --debug shows the same here.",
            err=True,
        )
        return INTERNAL


def ask_debug(context: click.Context, _: click.Parameter, value: bool) -> None:
    root = context.find_root().command
    if value and isinstance(root, Ballotproof):
        root.debug = True


class Duration(click.ParamType[float]):
    """A time such as ``90``, ``90s``, ``5m`` or ``1h``; in seconds."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        if isinstance(value, float):
            return value
        text = str(value).strip().lower()
        unit = {"s": 1, "m": 60, "h": 3600}.get(text[-1:])
        try:
            seconds = float(text if unit is None else text[:-1]) * (unit or 1)
        except ValueError:
            seconds = -1.0
        if not 0 < seconds < float("inf"):
            self.fail(f"{value!r} is no time; write 90, 90s, 5m or 1h", param, ctx)
        return seconds


class Memory(click.ParamType[int]):
    """An amount of memory such as ``500MiB``, ``4GiB`` or ``4G``; in bytes."""

    name = "memory"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        text = str(value).strip().lower().removesuffix("b").removesuffix("i")
        power = {"k": 10, "m": 20, "g": 30, "t": 40}.get(text[-1:])
        try:
            amount = float(text if power is None else text[:-1]) * (1 << (power or 0))
        except ValueError:
            amount = -1.0
        if not (1 << 20) <= amount < float("inf"):
            self.fail(f"{value!r} is no amount of memory; write 500MiB or 4GiB", param, ctx)
        return int(amount)


POSITIVE = click.IntRange(min=1)


def options(*declared: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator, in the order in which the help shows them."""

    def decorate(command: F) -> F:
        for option in reversed(declared):
            command = option(command)
        return command

    return decorate


SOLVER = click.option(
    "--solver",
    type=click.Choice(["z3", "cadical"]),
    default="z3",
    show_default=True,
    help="Who answers; CaDiCaL is quicker, and comes with ballotproof[sat].",
)
RESOURCES = click.option(
    "--resources",
    type=POSITIVE,
    metavar="N",
    help="Limit of Z3's work for each question, in its own unit (exit code 14 beyond).",
)
INSTANCE = options(
    click.option(
        "--size",
        "sizes",
        metavar="SORT=N",
        multiple=True,
        help="Number of elements of a sort, such as Acceptor=3. May be repeated.",
    ),
    click.option(
        "--quorum",
        "quorums",
        metavar="SORT=SYSTEM",
        multiple=True,
        help="Quorum system of a sort: majority, at_least:2, explicit:1,2/2,3, weighted:2,1,1, "
        "rows:2x3, columns:2x3, grid:2x3, any_set.",
    ),
    click.option(
        "--const",
        "constants",
        metavar="NAME=VALUE",
        multiple=True,
        help="Value of a constant; elements by number, several with commas between.",
    ),
    click.option(
        "--network",
        metavar="NETWORK",
        help="Network: set, bag, bag:2:lossy:duplicating, fifo, fifo:2:lossy; the number bounds "
        "what is in flight.",
    ),
    click.option(
        "--restarts", type=click.IntRange(min=0), help="How often nodes may crash and restart."
    ),
)

CLAIMS = options(
    click.option(
        "--property",
        "--invariant",
        "properties",
        metavar="NAME",
        multiple=True,
        help="Check only this property. May be repeated.",
    ),
    click.option(
        "--deadlock/--no-deadlock",
        default=None,
        help="Whether a state that nothing leads out of is an error, unless it is terminal. "
        "[default: as the model says]",
    ),
    click.option(
        "--engine",
        type=click.Choice(["auto", "interpret", "native", "python"]),
        default="auto",
        show_default=True,
        help="interpret goes through the IR; native compiles it, which pays for large models; auto "
        "begins with the one and goes on with the other; python runs the text as it is, slowly.",
    ),
    click.option(
        "--no-cache",
        "cache",
        flag_value=False,
        default=True,
        help="Compile anew, and keep nothing. BALLOTPROOF_CACHE names another folder for what is "
        "kept, or is off.",
    ),
    click.option(
        "--checked",
        is_flag=True,
        help="With --engine native: test every index and every bound in the machine code, at half "
        "the speed or less (exit code 70 if one is broken).",
    ),
    click.option("--keep-going", is_flag=True, help="Find a counterexample for each property."),
)

LIMITS = options(
    click.option(
        "--max-states", type=POSITIVE, metavar="N", help="Stop after so many states (exit code 20)."
    ),
    click.option(
        "--time",
        "time_s",
        type=Duration(),
        metavar="TIME",
        help="Stop each model after 90, 90s, 5m or 1h (exit code 20).",
    ),
)

MACHINE = options(
    click.option(
        "--threads",
        type=click.IntRange(1, 256),
        metavar="N",
        help="Threads of the engine native. [default: one at first, then one for each processor]",
    ),
    click.option(
        "--memory",
        "memory_bytes",
        type=Memory(),
        metavar="SIZE",
        help="Memory that the engine native may use in all, such as 500MiB or 4GiB; what does not "
        "fit goes to disk. [default: what the machine has]",
    ),
    click.option(
        "--disk",
        type=click.Path(file_okay=False),
        metavar="DIR",
        help="Where states go that do not fit into memory. [default: the directory of the "
        "checkpoint, else that for temporary files]",
    ),
)

EVERY = click.option(
    "--every",
    "every_s",
    type=Duration(),
    metavar="TIME",
    help="How often the search is put down. [default: 10m; of resume, as before]",
)

OUTPUT = options(
    click.option("--json", is_flag=True, help="One JSON document, and nothing else."),
    click.option("--quiet", "-q", is_flag=True, help="No progress, and no line for each model."),
    click.option(
        "--no-diagram",
        "diagram",
        flag_value=False,
        default=True,
        help="Counterexamples as steps only.",
    ),
)

DEBUG = click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    callback=ask_debug,
    help="Show the traceback when something goes wrong.",
)

TARGETS = click.argument("targets", nargs=-1, metavar="[TARGET]...")

EXIT_CODES = """
\b
Exit codes; with several models the worst decides, in this order:
  70   internal error, or engines disagree
  65   a mistake in a specification           64   wrong usage
  130  interrupted
  12   an invariant is violated, or what must be reachable is not
  13   a refinement is violated, or what is claimed of the long run
  11   deadlock
  10   an assumption is false of the instance
  1    a model does not yield what it is expected to
  20   stopped at a limit of states, time or memory
  14   inconclusive: depth limit, sampling only, or no state to look at
  15   holds, but is vacuous (--strict)
  0    holds, or yields exactly what is expected
"""


@click.group(
    cls=Ballotproof,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EXIT_CODES,
)
@click.version_option(__version__, prog_name="ballotproof")
def main() -> None:
    """Check consensus protocols written in typed Python: every interleaving of a finite instance,
    or the shortest behaviour that breaks a property.

    \b
    ballotproof list                          what is there
    ballotproof check                         all shipped models that are quick, in a minute
    ballotproof check single_decree           one of them, with details
    ballotproof check mine.py::MyPaxos        your own protocol
    ballotproof bound single_decree           the first steps, by Z3
    ballotproof prove single_decree           every size, by induction
    ballotproof survey paxos                  all three, in one table

    A TARGET is a model, a module, a protocol class, a folder such as broken, a pattern with * in
    it, or a file with or without ::Class.
    """


@main.command(
    epilog=EXIT_CODES, short_help="Explore every state; the verdict, or a counterexample."
)
@TARGETS
@click.option("--all", "every_model", is_flag=True, help="Slow models too.")
@INSTANCE
@CLAIMS
@click.option(
    "--symmetry/--no-symmetry",
    default=None,
    help="Explore one state of each orbit: elements of a sort are interchangeable, so states that "
    "differ only by exchanging them behave alike. [default: as the model says; else with "
    "--engine native, where no number of states is expected]",
)
@click.option(
    "--search",
    type=click.Choice(["bfs", "dfs"]),
    default="bfs",
    show_default=True,
    help="Breadth first: shortest counterexamples. Depth first: often sooner at a deep one, which "
    "is then shortened.",
)
@click.option(
    "--depth", type=POSITIVE, metavar="N", help="Only states on paths of at most N states."
)
@LIMITS
@MACHINE
@click.option(
    "--checkpoint",
    type=click.Path(file_okay=False),
    metavar="DIR",
    help="Put the search of the engine native down in a directory now and then, and when a limit "
    "or Ctrl-C ends it; resume takes it up again.",
)
@EVERY
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="With --engine native: spread the search over a Ray cluster, or over processes of this "
    "machine if ADDRESS is local. Needs ballotproof[scale].",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 4096),
    metavar="N",
    help="With --cluster: how many processes. [default: one for each processor]",
)
@click.option(
    "--fingerprint",
    is_flag=True,
    help="With --engine native: keep 128 bits of a hash of each state in the place of longer "
    "states. The verdict says how probable it is at most that one was omitted.",
)
@click.option(
    "--fingerprint-seed",
    metavar="HEX",
    help="The hash of another run, as its verdict names it. [default: a new one]",
)
@click.option("--strict", is_flag=True, help="Exit code 15 for dead actions and empty claims.")
@click.option(
    "--itf",
    type=click.Path(dir_okay=False, writable=True),
    metavar="FILE",
    help="Write the counterexample as an ITF trace (of one model).",
)
@OUTPUT
@DEBUG
@click.pass_context
def check(context: click.Context, /, **given: Any) -> None:
    """Explore every reachable state of the models, and judge all that they claim.

    Without a TARGET: all shipped models that are quick. A model that says what it is expected to
    yield, known bugs among them, must yield exactly that.

    \b
    Examples:
      ballotproof check single_decree
      ballotproof check broken --quiet
      ballotproof check mine.py::MyPaxos --size Acceptor=3 --size Ballot=2 --size Value=2
      ballotproof check broken.paxos_own_value --itf bug.itf.json
      ballotproof check raft.election --invariant one_leader_at_a_time --time 5m
    """
    from .commands import run_check  # noqa: PLC0415  # keeps --help quick

    context.exit(run_check(Options(**given)))


@main.command(epilog=EXIT_CODES, short_help="Ask Z3 about all behaviours of so many steps at once.")
@TARGETS
@click.option("--all", "every_model", is_flag=True, help="Slow models too.")
@click.option(
    "--depth",
    "steps",
    type=POSITIVE,
    default=8,
    show_default=True,
    metavar="K",
    help="Behaviours of at most K steps.",
)
@INSTANCE
@click.option(
    "--property",
    "--invariant",
    "properties",
    metavar="NAME",
    multiple=True,
    help="Check only this property. May be repeated.",
)
@SOLVER
@RESOURCES
@click.option(
    "--time",
    "time_s",
    type=Duration(),
    metavar="TIME",
    help="Ask no further question about a model after 90, 90s, 5m or 1h (exit code 20).",
)
@click.option(
    "--itf",
    type=click.Path(dir_okay=False, writable=True),
    metavar="FILE",
    help="Write the counterexample as an ITF trace (of one model).",
)
@OUTPUT
@DEBUG
@click.pass_context
def bound(context: click.Context, /, **given: Any) -> None:
    """Ask Z3 whether a behaviour of at most K steps breaks an invariant or step invariant.

    All behaviours are one formula, so that no state is visited; a counterexample is the shortest
    there is, and is taken again step by step before it is believed. Refinements, deadlocks and what
    must be reachable are left to `check`.

    \b
    Examples:
      ballotproof bound single_decree --depth 17
      ballotproof bound mine.py::MyPaxos --size Acceptor=5 --depth 10
      ballotproof bound broken.paxos_own_value --depth 12
    """
    from .commands import run_bound  # noqa: PLC0415  # keeps --help quick

    context.exit(run_bound(Options(**given)))


@main.command(short_help="Prove a protocol safe for every number of nodes, ballots, terms.")
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option("--all", "every_model", is_flag=True, help="Slow proofs too.")
@click.option(
    "--bounded", is_flag=True, help="On the finite instances of the proof, with counterexamples."
)
@click.option(
    "--cell",
    "cells",
    metavar="NAME",
    multiple=True,
    help="Only this condition, as accept/agreement; or all of an action or of a claim. Repeatable.",
)
@click.option(
    "--solver",
    type=click.Choice(["z3", "both", "cadical"]),
    default="z3",
    show_default=True,
    help="both: cvc5 must not contradict Z3, and is reported where it agrees; cadical: with "
    "--bounded only.",
)
@click.option(
    "--resources",
    type=POSITIVE,
    metavar="N",
    help="Most work for one question, in Z3's own unit; about a million is a second.",
)
@click.option(
    "--ctis",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    metavar="N",
    help="With --bounded: show so many counterexamples to induction, of different claims first.",
)
@click.option(
    "--candidate",
    "candidates",
    metavar="NAME",
    multiple=True,
    help="With --bounded: hold this invariant back, and say which counterexamples it would "
    "exclude. May be repeated.",
)
@click.option(
    "--states",
    "max_states",
    type=POSITIVE,
    metavar="N",
    help="With --bounded: explore so many states at most to see whether the first one of a "
    "counterexample can be reached. [default: a million]",
)
@click.option(
    "--depth",
    "steps",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    metavar="K",
    help="With --bounded: where that leaves it open, ask for all behaviours of at most K steps.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Processes. [default: one for each processor]",
)
@click.option(
    "--seeds",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Not with --bounded: prove each condition with N seeds more, and say how often it "
    "succeeds.",
)
@click.option(
    "--smtlib",
    type=click.Path(file_okay=False, writable=True),
    metavar="DIR",
    help="Not with --bounded: write every question as a file in SMT-LIB 2.6.",
)
@click.option(
    "--cache/--no-cache",
    default=True,
    help="Not with --bounded: whether a condition whose text has not changed is taken as proved. "
    "[default: cache]",
)
@click.option(
    "--minimise",
    is_flag=True,
    help="Not with --bounded: which lemmas can be left out, and what is lost without others.",
)
@click.option(
    "--graph",
    type=click.Path(dir_okay=False, writable=True),
    metavar="FILE",
    help="Not with --bounded: write which lemma supports which; .svg draws one proof, .dot, .json "
    "and .txt take several.",
)
@click.option(
    "--details",
    is_flag=True,
    help="Not with --bounded: each condition with its strategy, lemmas, time.",
)
@click.option("--json", is_flag=True, help="One JSON document, and nothing else.")
@click.option("--quiet", "-q", is_flag=True, help="One line for each proof or instance.")
@DEBUG
@click.pass_context
def prove(context: click.Context, /, **given: Any) -> None:
    """Prove that a protocol is safe whatever the number of nodes, ballots, terms, values, entries.

    A proof is a class that extends the protocol by invariants and ghost fields, and is listed in
    PROOFS of its file. Its invariants must hold initially and be kept by every action. Each pair of
    an action and a claim is a condition, a question to Z3 in first-order logic, and all must be
    answered.

    With --bounded the same is asked of the finite instances of the proof: every state that the
    types allow is considered at once, reachable or not, and a condition that fails is shown as a
    counterexample to induction: a state, a step, and what it breaks. Then it is looked whether that
    state can be reached: if so, the way there is shown, and the protocol or the claim is wrong; if
    not, a lemma is missing.

    Without a TARGET: all shipped proofs that are quick. A TARGET is a module or folder of proofs, a
    protocol class, or a file with or without ::Class.

    With --json the answer is one document in both cases: each condition by name with how it stands,
    and each behaviour, step and state shown as an ITF trace.

    \b
    Exit codes: 0 proved; 12 an invariant is false in a reachable state; 10 an instance contradicts
    an assumption; 14 a condition is open, or was not asked about; 15 proved of nothing: an action
    never happens; 64 wrong usage; 65 a mistake in the proof; 70 solvers disagree.

    \b
    Examples:
      ballotproof prove paxos.single_decree
      ballotproof prove paxos.single_decree --solver both --details
      ballotproof prove mine.py::MyProof --cell accept
      ballotproof prove --bounded mine.py --cell accept/agreement
      ballotproof prove voting --smtlib questions
      ballotproof prove raft.election --minimise --graph election.svg
    """
    elsewhere = EVERY_SIZE if given["bounded"] else FINITE
    for name, advice in elsewhere.items():
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise click.UsageError(advice)
    if given["bounded"]:
        if given["solver"] == "both":
            raise click.UsageError("--solver both is not for --bounded; there are z3 and cadical")
        from .induction.commands import run_bounded  # noqa: PLC0415  # keeps --help quick

        context.exit(run_bounded(Options(**{x: v for x, v in given.items() if x not in elsewhere})))
    if given["solver"] == "cadical":
        raise click.UsageError("--solver cadical is for --bounded")
    from .prove_command import run_prove  # noqa: PLC0415  # keeps --help quick

    del given["bounded"]
    context.exit(run_prove(ProveOptions(**{x: v for x, v in given.items() if x not in elsewhere})))


FINITE = {
    "ctis": "--ctis is of finite instances; add --bounded",
    "candidates": "--candidate is of finite instances; add --bounded, or list the invariant in "
    "candidates of the Proof",
    "max_states": "--states is of finite instances; add --bounded",
    "steps": "--depth is of finite instances; add --bounded",
}
"""The options of ``prove`` that are for ``--bounded`` only, with what is said without it."""

EVERY_SIZE = {
    "seeds": "--seeds is of proofs for every size; leave out --bounded",
    "smtlib": "--smtlib writes questions about every size; leave out --bounded",
    "cache": "finite instances are asked about anew each time; leave out --cache and --no-cache, "
    "or --bounded",
    "minimise": "--minimise is of proofs for every size; leave out --bounded",
    "graph": "--graph is of proofs for every size; leave out --bounded",
    "details": "--details is of proofs for every size; leave out --bounded, or ask for --json, "
    "which has each condition by name",
}
"""The others that are not for it, with what is said then."""


@main.command(epilog=EXIT_CODES, short_help="Explore, ask Z3, and prove: one table.")
@TARGETS
@click.option("--all", "every_model", is_flag=True, help="Slow models too.")
@click.option(
    "--depth",
    "steps",
    type=POSITIVE,
    default=4,
    show_default=True,
    metavar="K",
    help="Z3 is asked about behaviours of at most K steps.",
)
@click.option(
    "--cache/--no-cache",
    default=True,
    help="Whether a condition of a proof whose text has not changed is taken as proved, and "
    "machine code kept. [default: cache]",
)
@click.option(
    "--quiet", "-q", is_flag=True, help="Only what is not as it should be, and the table."
)
@DEBUG
@click.pass_context
def survey(context: click.Context, /, **given: Any) -> None:
    """Judge what models claim in three ways: every state of each instance is explored, Z3 is
    asked about all behaviours of the first steps, and what has a proof is proved for every size.

    The table has a row for each specification. A mark (!) stands where something is not as it
    should be; known mistakes are as they should be when they are found.

    \b
    Examples:
      ballotproof survey
      ballotproof survey raft --depth 6
      ballotproof survey mine.py
    """
    from .survey import run_survey  # noqa: PLC0415  # keeps --help quick

    context.exit(run_survey(Options(**given)))


@main.command(short_help="Take out or alter one thing of a proof after another: what is needed?")
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@click.option(
    "--action",
    "actions",
    metavar="NAME",
    multiple=True,
    help="Only mutants of this action. May be repeated.",
)
@click.option("--limit", type=POSITIVE, metavar="N", help="Only the first N mutants.")
@click.option(
    "--states",
    type=POSITIVE,
    metavar="N",
    help="So many states of each instance are explored at most. [default: 5000; 300000 by machine "
    "code, where that shows nothing and the invariant is broken]",
)
@RESOURCES
@click.option(
    "--jobs",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Processes. [default: one for each processor]",
)
@click.option(
    "--cache/--no-cache",
    default=True,
    help="Whether a mutant whose text has not changed is judged as before. [default: cache]",
)
@click.option("--details", is_flag=True, help="The behaviour that kills a mutant, step by step.")
@click.option("--json", is_flag=True, help="One JSON document, and nothing else.")
@click.option("--quiet", "-q", is_flag=True, help="No progress, and one line for each proof.")
@DEBUG
@click.pass_context
def mutate(context: click.Context, /, **given: Any) -> None:
    """Ask of each initial value, guard, condition, update, message, invariant and law of quorums
    whether it is needed: leave it out, or alter it, and see what becomes of the proof.

    A mutant is killed if a behaviour of a small instance breaks a claim; CTI only if none was
    found, but a step from some state breaks the invariant; dead if an action can no longer happen;
    still proved if the proof does without, for every size: then what was left out is redundant, or
    no claim speaks of it. The proof must hold as it is.

    \b
    Exit codes: 0 every mutant has a class; 14 some are undecided, or a condition of the proof is
    open; 10, 12, 15 the proof does not hold as it is, as of prove; 64 wrong usage; 65 a mistake in
    the proof.

    \b
    Examples:
      ballotproof mutate commit.two_phase
      ballotproof mutate paxos.single_decree --action accept --details
      ballotproof mutate mine.py::MyProof --limit 20 --json
    """
    from .mutation.command import MutateOptions, run_mutate  # noqa: PLC0415  # keeps --help quick

    context.exit(run_mutate(MutateOptions(**given)))


@main.command(short_help="Propose lemmas for a proof whose induction fails.")
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@click.option(
    "--states",
    type=POSITIVE,
    metavar="N",
    help="So many states of each instance must have what is proposed. [default: 1000]",
)
@RESOURCES
@click.option("--json", is_flag=True, help="One JSON document, and nothing else.")
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
@DEBUG
@click.pass_context
def suggest(context: click.Context, /, **given: Any) -> None:
    """Propose lemmas for a proof, or for a protocol without one, whose induction fails.

    A lemma that is missing is false of the state of a counterexample to induction, and true of all
    that can be reached. Candidates say of messages, nodes and entries of maps what their fields and
    sorts allow: equal, at most, a member of, None, so for all of a quorum, one under the condition
    of another. Those that are true of states met in small instances, exclude counterexamples and
    are kept by every action of the instance are tried for every size. What is shown is text to
    paste, and says how far it was proved.

    \b
    Exit codes: 0 nothing fails in the instance, or all is proved with what is proposed; 14 some
    conditions stay open; 12 an invariant is false in a reachable state; 64 wrong usage; 65 a
    mistake in the proof.

    \b
    Examples:
      ballotproof suggest mine.py::MyProof
      ballotproof suggest mine.py --states 5000
    """
    from .suggestion.command import SuggestOptions, run_suggest  # noqa: PLC0415  # keeps --help quick

    context.exit(run_suggest(SuggestOptions(**given)))


@main.command(epilog=EXIT_CODES, short_help="Take random walks, for models too large to explore.")
@TARGETS
@click.option("--all", "every_model", is_flag=True, help="Slow models too.")
@click.option(
    "--seed", type=click.IntRange(min=0), help="Which walks. [default: by chance, printed]"
)
@click.option(
    "--walks", type=POSITIVE, help="How many walks. [default: 100; with --time, until it is over]"
)
@click.option(
    "--steps",
    "--depth",
    "steps",
    type=POSITIVE,
    default=100,
    show_default=True,
    help="Steps of each at most.",
)
@click.option(
    "--first",
    type=click.IntRange(min=0),
    default=0,
    metavar="K",
    help="Begin with walk K of the seed: takes one walk again with --walks 1.",
)
@click.option("--sample", is_flag=True, help="Show the first walk and check nothing.")
@INSTANCE
@CLAIMS
@LIMITS
@click.option(
    "--itf",
    type=click.Path(dir_okay=False, writable=True),
    metavar="FILE",
    help="Write the counterexample, or the sample, as an ITF trace (of one model).",
)
@OUTPUT
@DEBUG
@click.pass_context
def simulate(context: click.Context, /, **given: Any) -> None:
    """Take random walks through the models, and judge all that they claim on the way.

    For models too large to be explored. Walks prove nothing, so the best exit code is 14; what they
    break is shortened and shown. The seed is printed, and gives the same walks again on the same
    engine. From half a million steps on, auto is native.

    \b
    Examples:
      ballotproof simulate ongaro --walks 1000 --steps 200
      ballotproof simulate ongaro --seed 7 --first 42 --walks 1
      ballotproof simulate raft.replication --time 1h --steps 500
      ballotproof simulate single_decree --sample
    """
    from .commands import run_simulate  # noqa: PLC0415  # keeps --help quick

    context.exit(run_simulate(Options(**given)))


@main.command(epilog=EXIT_CODES, short_help="Take up a search that was put down.")
@click.argument("folder", type=click.Path(file_okay=False), metavar="DIR")
@LIMITS
@MACHINE
@EVERY
@OUTPUT
@DEBUG
@click.pass_context
def resume(context: click.Context, /, folder: str, **given: Any) -> None:
    """Take up a search that `check --checkpoint` has put down in a directory.

    It ends with the figures of one that was never put down, whatever ended it, and whatever the
    number of threads. Limits are those of before, unless others are given. One of states counts all
    states, and ends with the search that it has ended; one of time counts the time of this run. The
    directory is emptied when there is nothing left to search.

    \b
    Examples:
      ballotproof check single_decree --size Ballot=4 --engine native --checkpoint run --time 1m
      ballotproof resume run
      ballotproof resume run --threads 2 --time 1h
    """
    from .commands import run_resume  # noqa: PLC0415  # keeps --help quick

    context.exit(run_resume(folder, Options(**given)))


@main.command(short_help="Take the steps of an ITF trace again, in plain Python.")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option(
    "--protocol",
    metavar="TARGET",
    help="The protocol to replay in, as file.py::Class. [default: as the file says]",
)
@OUTPUT
@DEBUG
@click.pass_context
def replay(context: click.Context, /, file: str, protocol: str | None, **given: Any) -> None:
    """Take the steps of an ITF trace again, as the plain Python that the specification is.

    Says of each step whether it is one, and which properties break where.

    \b
    Exit codes: 0 every step is real and nothing breaks; 11, 12 or 13 every step is real and a
    property breaks; 1 some step is none; 64 the file or the protocol cannot be found.

    \b
    Examples:
      ballotproof replay bug.itf.json
      ballotproof replay bug.itf.json --protocol mine.py::Repaired
    """
    from .commands import run_replay  # noqa: PLC0415  # keeps --help quick

    context.exit(run_replay(file, protocol, Options(**given)))


@main.command("list", short_help="List the models there are.")
@TARGETS
@click.option("--json", is_flag=True, help="One JSON document, and nothing else.")
@DEBUG
@click.pass_context
def list_(context: click.Context, /, **given: Any) -> None:
    """List the models there are: their bounds, and what they are expected to yield.

    \b
    Examples:
      ballotproof list
      ballotproof list broken
      ballotproof list mine.py
    """
    from .commands import run_list  # noqa: PLC0415  # keeps --help quick

    context.exit(run_list(Options(**given)))


@main.command(short_help="Show a specification, or what is made of it.")
@click.argument("target", metavar="TARGET")
@click.option("--ir", "form", flag_value="ir", help="What the front end makes of it.")
@click.option("--python", "form", flag_value="python", help="What the interpreter runs.")
@click.option(
    "--native",
    "form",
    flag_value="native",
    help="What the native engine compiles, as a program that CPython runs as well.",
)
@INSTANCE
@DEBUG
@click.pass_context
def show(context: click.Context, /, target: str, form: str | None, **given: Any) -> None:
    """Show a specification: its text, or what the machine makes of it.

    \b
    Examples:
      ballotproof show single_decree
      ballotproof show single_decree --ir
      ballotproof show mine.py::MyPaxos --python
      ballotproof show single_decree --native > search.py; python search.py
    """
    from .commands import run_show  # noqa: PLC0415  # keeps --help quick

    context.exit(run_show(Options(targets=(target,), form=form or "text", **given)))


@main.command(short_help="Judge what clients of a running system saw.")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option(
    "--of",
    type=click.Choice(["register", "kv", "queue"]),
    default="kv",
    show_default=True,
    help="The object: one register, a register for each key, or a queue.",
)
@click.option(
    "--picture",
    type=click.Path(dir_okay=False, writable=True),
    metavar="FILE",
    help="Draw a violation, as an HTML page.",
)
@click.option("--time", type=Duration(), metavar="TIME", help="Give up after 90, 90s, 5m or 1h.")
@click.option(
    "--configurations",
    type=POSITIVE,
    default=10_000_000,
    show_default=True,
    metavar="N",
    help="Give up after so many partial orders have been tried.",
)
@DEBUG
@click.pass_context
def linearize(
    context: click.Context,
    /,
    file: str,
    of: str,
    picture: str | None,
    time: float | None,
    configurations: int,
    **_: Any,
) -> None:
    """Judge what clients of a running system saw: is the history in FILE linearizable?

    FILE has one event per line, a JSON object, in Jepsen's words: process, type (invoke, ok, fail,
    info), f (read, write, cas, enqueue, dequeue), key, value; on the answer of cas, result. index,
    time, node, error, exception and note are not read, and other keys refused. write, enqueue and
    cas (a pair) are called with a value; read and dequeue are answered with one. Lines of a
    nemesis are passed over. EDN, and pairs of key and value (independent keys), are not read.

    \b
    Exit codes: 0 linearizable; 12 not; 14 given up; 64 the file cannot be read, or says
    what is none of this.

    \b
    Examples:
      ballotproof linearize history.ndjson
      ballotproof linearize history.ndjson --of register --picture violation.html
    """
    from .history.command import run_linearize  # noqa: PLC0415  # keeps --help quick
    from .history.linearize import Budget  # noqa: PLC0415

    context.exit(run_linearize(file, of, picture, Budget(configurations, time)))


@main.command(short_help="Replay a log against a specification.")
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False))
@click.option("--spec", metavar="TARGET", help="The specification, if the log does not say it.")
@click.option(
    "--unseen",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    metavar="N",
    help="So many steps in a row may have left no line.",
)
@DEBUG
@click.pass_context
def conform(
    context: click.Context, /, files: tuple[str, ...], spec: str | None, unseen: int, **_: Any
) -> None:
    """Could the run that FILES are logs of be a behaviour of the specification?

    Each line of a log is a JSON object: a step that was taken, something of the state after it, or
    both. A log need not tell everything; what it does not tell is searched for. The first line that
    cannot be explained is shown, with what comes nearest. Of several files, one of each server,
    lines are ordered by their logical clock, "at". The answer names the instance that was judged.

    \b
    Exit codes: 0 explained; 12 not; 64 a file is no log of this specification: it has a key,
    a name or a value that there is not.

    \b
    Examples:
      ballotproof conform trace.ndjson --spec raft.replication
      ballotproof conform s1.ndjson s2.ndjson s3.ndjson --unseen 2
    """
    from .logs.command import run_conform  # noqa: PLC0415  # keeps --help quick

    context.exit(run_conform(files, spec, unseen))


if __name__ == "__main__":
    main()

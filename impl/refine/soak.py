"""Many runs of the simulator, each judged: nothing happened that must never happen, and what
clients saw is linearizable. A run that fails is made as small as it gets, and told step by step.

    python -m ballotproof.impl.refine.soak --runs 500
    python -m ballotproof.impl.refine.soak --first 123 --runs 1 --journal
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import click

from ...model_check.history.linearize import Budget, Linearizable, NotLinearizable, linearize
from ...model_check.history.objects import KEY_VALUE
from ...model_check.history.operation import History, Operation
from ..host.simulator.decisions import Decision
from ..host.simulator.faults import Item
from ..host.simulator.minimise import minimise
from ..host.simulator.paxos import PaxosProgram
from ..host.simulator.runs import KINDS, Run, run_of
from ..host.simulator.simulator import Result, Simulator

__all__ = ["history_of", "judged", "smallest", "stuck", "unsettled"]

LAST_LINES = 40


def history_of(result: Result) -> History:
    """What the clients of a run saw."""
    return History.of(
        Operation(op.client, op.name, op.argument, op.called, op.returned, op.result, op.key)
        for op in result.history
    )


def judged(run: Run) -> tuple[Result, str | None]:
    """Take a run, and say what is wrong with it, if anything is."""
    simulator = run.simulator()
    result = simulator.run()
    return result, wrong_with(simulator, result)


def wrong_with(simulator: Simulator, result: Result) -> str | None:
    if result.violation is not None:
        return result.violation
    if isinstance(simulator.program, PaxosProgram):
        answers = {op.result for op in result.history if op.returned is not None}
        return None if len(answers) <= 1 else f"clients were told {len(answers)} values"
    verdict = linearize(history_of(result), KEY_VALUE, Budget(2_000_000))
    match verdict:
        case Linearizable():
            return None
        case NotLinearizable():
            return f"not linearizable: {verdict.last} of client {verdict.last.client}"
        case _:
            return f"undecided: {verdict.configurations} configurations were not enough"


def stuck(run: Run) -> str | None:
    """Whether the late client of a calm run is left without an answer, though everything works."""
    simulator = run.simulator()
    result = simulator.run()
    wrong = wrong_with(simulator, result)
    if wrong is not None:
        return wrong
    late = [op for op in result.history if op.client % 1000 == 99]
    answered = sum(op.returned is not None for op in late)
    behind = [h.node for h in simulator.hosts.values() if h.app.applied < result.applied]
    if answered < len(late) or len(late) < 10:
        return f"{answered} of {len(late)} late calls are answered"
    return f"servers {behind} stay behind" if behind else None


def unsettled(run: Run) -> str | None:
    """Whether the members of a calm run are left in a joint configuration that should have been
    left by itself: as those see it who have got furthest. Who leads in the end does not matter:
    with timers as short as messages are slow, leaders may step down at any time."""
    simulator = run.simulator()
    result = simulator.run()
    wrong = wrong_with(simulator, result)
    if wrong is not None:
        return wrong
    last = max((h.core for h in simulator.hosts.values()), key=lambda s: s.commit)
    return f"server {last.me} stays in a joint configuration" if last.configuration.joint else None


def smallest(run: Run, most_tries: int = 1000) -> tuple[Run, str]:
    """A run that fails, with as few faults, calls and decisions as are needed for that, and what is
    wrong with it then. ``run`` must fail."""
    whole = run.noted()
    items: Sequence[Item | Decision] = [*whole.plan, *(whole.decisions or ())]

    def fails(some: Sequence[Item | Decision]) -> bool:
        return judged(whole.again(some))[1] is not None

    found = whole.again(minimise(items, fails, most_tries))
    wrong = judged(found)[1]
    assert wrong is not None
    return found, wrong


@click.command()
@click.option("--first", default=0, show_default=True, help="The number of the first run.")
@click.option("--runs", default=500, show_default=True, help="How many.")
@click.option("--kind", type=int, help="Only runs of this kind, 0 and up.")
@click.option("--resume", type=click.Path(path_type=Path), help="A file that knows what was done.")
@click.option("--journal", is_flag=True, help="Tell each run step by step.")
def main(first: int, runs: int, kind: int | None, resume: Path | None, journal: bool) -> None:
    """Simulate clusters in which much goes wrong, one run for each number."""
    if resume is not None and resume.exists():
        first = int(resume.read_text(encoding="utf-8"))
        click.echo(f"going on with run {first}")
    begin = time.process_time()
    events, answered, called = 0, 0, 0
    seen: Counter[str] = Counter()
    for seed in range(first, first + runs):
        run = run_of(seed, None if kind is None else KINDS[kind])
        if journal:
            for line in run.run(journal=True).journal or ():
                click.echo(line)
        result, wrong = judged(run)
        if wrong is not None:
            fail(run, wrong)
        events += result.events
        called += len(result.history)
        answered += sum(op.returned is not None for op in result.history)
        seen[run.kind.name] += 1
        if resume is not None and seed % 100 == 99:
            resume.write_text(f"{seed + 1}\n", encoding="utf-8")
    spent = time.process_time() - begin
    for name, count in seen.items():
        click.echo(f"{count:>8,}  {name}")
    click.echo(
        f"{runs:,} runs, {first} to {first + runs - 1}: nothing is wrong. {events:,} events, "
        f"{answered:,} of {called:,} calls answered; {spent:.1f} s, "
        f"{events / max(spent, 1e-9):,.0f} events/s"
    )


def fail(run: Run, wrong: str) -> None:
    """Say what is wrong, with the smallest run that shows it. Exit code 12."""
    click.echo(f"run {run.seed} ({run.kind.name}): {wrong}")
    small, wrong = smallest(run)
    click.echo(f"the smallest run that fails: {wrong}")
    for x in (*small.plan, *(small.decisions or ())):
        click.echo(f"  {x}")
    told = small.run(journal=True).journal or []
    click.echo(f"its last {min(len(told), LAST_LINES)} of {len(told)} events:")
    for line in told[-LAST_LINES:]:
        click.echo(line)
    raise SystemExit(12)


if __name__ == "__main__":
    main()

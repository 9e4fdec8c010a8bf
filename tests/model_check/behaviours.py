"""Behaviours of the lock, built by taking named steps in plain Python."""

from __future__ import annotations

from dataclasses import replace

from ballotproof.model_check.counterexample import Behaviour, Step
from ballotproof.model_check.rendering import render_call
from ballotproof.spec.lang import Model, SetNetwork
from ballotproof.spec.lang.execute import Execution, Snapshot
from ballotproof.spec.lang.network import NetworkModel

from .lock import MODELS, Lock

BROKEN = (
    "ask(c1)",
    "ask(c2)",
    "grant(Request(c1))",
    "enter(Grant(c1))",
    "leave(c1)",
    "grant(Request(c2))",
    "enter(Grant(c1))",
    "enter(Grant(c2))",
)
"""A shortest way to two clients in the lock, when messages are repeated."""


def lock_model(network: NetworkModel | None = None) -> Model:
    return replace(MODELS[1], network=network or SetNetwork())


def taken(model: Model, *calls: str) -> Behaviour:
    """The behaviour that takes the steps which are shown as ``calls``."""
    execution = Execution(model)
    names = {"ask": "c", "leave": "c", "grant": "m", "enter": "m"}

    def shown(snapshot: Snapshot) -> dict[str, object]:
        with execution.universe:
            state = vars(execution.thaw(snapshot))
        return {name: state[name] for name in execution.fields}

    at = next(iter(execution.initial()))
    initial = shown(at)
    steps = []
    for call in calls:
        found = [s for s in execution.successors(at) if render_call(s.action, s.arguments) == call]
        assert found, f"{call} is not enabled"
        at = found[0].state
        arguments = {names.get(call.split("(")[0], "m"): x for x in found[0].arguments}
        steps.append(Step(found[0].action, arguments, shown(at)))
    return Behaviour(initial, tuple(steps))


def broken_lock() -> Behaviour:
    return taken(lock_model(), *BROKEN)


__all__ = ["BROKEN", "Lock", "broken_lock", "lock_model", "taken"]

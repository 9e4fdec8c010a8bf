"""Plain Python as an engine: what the other engines must agree with, at its own pace."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast, get_origin

from ...spec.lang.execute import Execution, Snapshot
from ...spec.lang.model import Model, constants_of
from ...spec.lang.network import BagNetwork, FifoNetwork, Network
from ...spec.lang.protocol import Protocol, methods_of
from ...spec.lang.values import Universe
from ..explore.system import Form, LongRun, RequireCount, State, Transition

__all__ = ["PlainPython", "execution_of", "run"]


def run(model: Model) -> PlainPython:
    """The model as a transition system, run by Python itself."""
    return PlainPython(model)


def execution_of(protocol: type[Protocol], model: Model, universe: Universe) -> Execution:
    """Plain Python for a protocol over a given universe: for the protocol of a model, or for one
    that it refines, which knows fewer constants and has no restarts of its own."""
    if protocol is model.protocol:
        execution = Execution(model)
    else:
        known = constants_of(protocol)
        constants = {k: v for k, v in model.constants.items() if k in known}
        execution = Execution(
            replace(
                model,
                protocol=protocol,
                constants=constants,
                restarts=0,
                properties=None,
                fairness=(),
                expect=None,
                lengths=None,
                integers=None,
            )
        )
    execution.universe = universe
    return execution


class PlainPython:
    """A :class:`~..explore.system.System` whose states are snapshots.

    It knows nothing of the inside of a method, so it tells neither premises nor how often a
    ``require`` held.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.execution = Execution(model)
        self.universe = self.execution.universe
        self.invariants = self._names("invariant")
        self.step_invariants = self._names("step_invariant")
        self.reachables = self._names("reachable")
        self.refinements = self._names("refines")
        self._forms = {name: form for form in Form for name in self._names(form.value)}
        self.liveness = tuple(self._forms)
        self._constraints = self._names("constraint")
        self._terminals = self._names("terminal")
        self.has_terminal = bool(self._terminals)
        self.actions = (*self.execution.actions, *self._faults())
        self._abstract = {name: self._execution_of(name) for name in self.refinements}
        self._abstract_steps: dict[tuple[str, Snapshot], frozenset[Snapshot]] = {}

    def _names(self, kind: str) -> tuple[str, ...]:
        return tuple(methods_of(self.model.protocol, kind))

    def _faults(self) -> tuple[str, ...]:
        """The steps that the model adds to those of the text."""
        network = self.model.network
        loses = isinstance(network, BagNetwork | FifoNetwork) and network.loses
        duplicates = isinstance(network, BagNetwork) and network.duplicates
        fields = self.execution.fields.items()
        networks = [name for name, (t, _) in fields if get_origin(t) is Network]
        found = []
        for name in networks:
            of = f"_{name}" if len(networks) > 1 else ""
            found += [f"lose{of}"] * loses + [f"duplicate{of}"] * duplicates
        return (*found, *["restart"] * (self.model.restarts > 0))

    def _execution_of(self, name: str) -> Execution:
        method = methods_of(self.model.protocol, "refines")[name]
        return execution_of(method.__abstract__, self.model, self.universe)  # type: ignore[attr-defined]  # set by @refines

    # ------------------------------------------------------------------------------- steps
    def initial(self) -> Sequence[State]:
        return list(self.execution.initial())

    def successors(self, state: State) -> Sequence[Transition]:
        steps = self.execution.successors(_snapshot(state))
        return [Transition(s.action, s.arguments, s.state) for s in steps]

    # -------------------------------------------------------------------------- properties
    def _holds(self, name: str, state: State) -> bool:
        return self.execution.holds(name, _snapshot(state))

    def within(self, state: State) -> bool:
        return all(self._holds(name, state) for name in self._constraints)

    def is_terminal(self, state: State) -> bool:
        return any(self._holds(name, state) for name in self._terminals)

    def broken_invariants(self, state: State) -> Sequence[str]:
        return [name for name in self.invariants if not self._holds(name, state)]

    def broken_step_invariants(self, state: State, target: State) -> Sequence[str]:
        before, after = _snapshot(state), _snapshot(target)
        holds = self.execution.holds
        return [name for name in self.step_invariants if not holds(name, before, after)]

    def reached(self, state: State, names: Iterable[str]) -> Sequence[str]:
        return [name for name in names if self._holds(name, state)]

    def long_run(self, name: str) -> Sequence[LongRun]:
        choices = self.execution.choices_of_claim(name)
        return [LongRun(name, self._forms[name], chosen) for chosen in choices]

    def judge(self, claim: LongRun, state: State) -> tuple[bool, bool]:
        found = self.execution.judge(claim.name, claim.arguments, _snapshot(state))
        return found if isinstance(found, tuple) else (True, found)

    def show_choice(self, claim: LongRun) -> Mapping[str, Any]:
        names = list(inspect.signature(getattr(self.model.protocol, claim.name)).parameters)[1:]
        return dict(zip(names, claim.arguments, strict=True))

    def premises(self) -> Sequence[str]:
        return ()

    def premise_true(self, state: State, names: Iterable[str]) -> Sequence[str]:
        return ()

    # ------------------------------------------------------------------------- refinements
    def broken_initial_refinements(self, state: State) -> Sequence[str]:
        return [
            name
            for name in self.refinements
            if self._image(name, state) not in set(self._abstract[name].initial())
        ]

    def broken_refinements(self, state: State, target: State) -> Sequence[str]:
        broken = []
        for name in self.refinements:
            before, after = self._image(name, state), self._image(name, target)
            if before != after and after not in self._steps_of_abstract(name, before):
                broken.append(name)
        return broken

    def _image(self, name: str, state: State) -> Snapshot:
        with self.universe:
            image = self.execution.image(name, _snapshot(state))
            return self._abstract[name].freeze(image)

    def _steps_of_abstract(self, name: str, state: Snapshot) -> frozenset[Snapshot]:
        key = (name, state)
        if key not in self._abstract_steps:
            steps = self._abstract[name].successors(state)
            self._abstract_steps[key] = frozenset(s.state for s in steps)
        return self._abstract_steps[key]

    def image(self, name: str, state: State) -> Mapping[str, Any]:
        with self.universe:
            return dict(vars(self.execution.image(name, _snapshot(state))))

    # ----------------------------------------------------------------------------- showing
    def show(self, state: State) -> Mapping[str, Any]:
        snapshot = _snapshot(state)
        with self.universe:
            shown = dict(vars(self.execution.thaw(snapshot)))
        if self.execution.counts_restarts:
            shown["restarts"] = snapshot[-1]
        return shown

    def show_arguments(self, transition: Transition) -> Mapping[str, Any]:
        method = self.execution.actions.get(transition.action)
        if method is not None:
            names = list(inspect.signature(method).parameters)[1:]
        else:
            names = ["node" if transition.action == "restart" else "m"]
        return dict(zip(names, transition.arguments, strict=True))

    def explain_disabled(self, action: str, states: Iterable[State]) -> Sequence[RequireCount]:
        return []


def _snapshot(state: State) -> Snapshot:
    return cast("Snapshot", state)

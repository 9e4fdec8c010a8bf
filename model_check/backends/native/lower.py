"""From the IR to functions on words: what the machine does for each action and property."""

from __future__ import annotations

from ...ir import nodes as n
from . import terms as t
from .action import Action, Arrival
from .body import Body
from .layout import (
    Layout,
)
from .static import Static
from .terms import Const
from .write import Program, Written, rendered

__all__ = ["Lowering"]


class Lowering:
    """Writes the functions of one specification into a program."""

    def __init__(self, spec: n.Spec, layout: Layout, program: Program, prefix: str = "") -> None:
        self.spec = spec
        self.layout = layout
        self.program = program
        self.prefix = prefix
        self.static = Static(layout.codec)

    def action(self, number: int) -> Written:
        """``act_k(st, s, out, o, tmp)``: write the successors by one action of the state at
        ``st[s:]`` to ``out[o:]``, and return where they end."""
        action = self.spec.actions[number]
        name = f"{self.prefix}act_{number}"
        function = Action(self, action)
        function.span = action.span
        function.load("st", "s", "w")
        function.write()
        function.span = action.span
        function.line("return o")
        return self._finished(name, "st, s, out, o, tmp", function, function.successors)

    def property(self, name: str, value: n.Expr) -> Written:
        """``name(st, s, tmp)``: whether a property holds in a state."""
        function = Body(self)
        function.span = value.span
        function.load("st", "s", "w")
        return self._asking(name, "st, s, tmp", function, value)

    def step_property(self, name: str, value: n.Expr, *, still: bool = False) -> Written:
        """``name(st, s, out, t, tmp)``: whether a property holds of a step; with ``still``, of one
        that changes nothing, ``name(st, s, tmp)``."""
        function = Body(self)
        function.span = value.span
        function.load("st", "s", "w")
        if still:
            function.after = dict(function.fields)
            return self._asking(name, "st, s, tmp", function, value)
        function.load("out", "t", "v", after=True)
        return self._asking(name, "st, s, out, t, tmp", function, value)

    def refinement(self, name: str, r: n.Refinement, abstract: Lowering) -> Written:
        """``name(st, s, out, t, tmp)``: whether the image of a step is a step or a stuttering."""
        words = abstract.layout.words
        places = self.program.scratch(words), self.program.scratch(words)
        images = []
        function = Body(self)
        function.span = r.span
        for source, index, prefix in (("st", "s", "w"), ("out", "t", "v")):
            function.load(source, index, prefix)
            images.append([function.assigned(x) for x in function.image(r, abstract.layout)])
        before, after = images
        same = t.both(map(t.equal, before, after))
        function.line(f"if {t.show(same)}:")
        function.lines.append(["return 1"])
        for at, image in zip(places, images, strict=True):
            for i, x in enumerate(image):
                function.line(f"sto(tmp, {at + i}, {t.show(x)})")
        for i in range(len(abstract.spec.actions)):
            written = abstract.arrival(i)
            function.line(f"r = {written.name}(tmp, {places[0]}, tmp, {places[1]}, tmp)")
            function.lines += ["if r != 0:", ["return r"]]
        function.line("return 0")
        return self._finished(name, "st, s, out, t, tmp", function)

    def arrival(self, number: int) -> Written:
        """``arrives_k(st, s, out, t, tmp)``: whether one action leads from the state at ``st[s:]``
        to that at ``out[t:]``."""
        action = self.spec.actions[number]
        function = Arrival(self, action)
        function.span = action.span
        function.load("st", "s", "w")
        function.load("out", "t", "v", after=True)
        function.write()
        function.span = action.span
        function.line("return 0")
        return self._finished(f"{self.prefix}arrives_{number}", "st, s, out, t, tmp", function)

    def _asking(self, name: str, parameters: str, function: Body, value: n.Expr) -> Written:
        term = function.test(value)
        pure = not function.lines[function.loaded :]
        constant = term.value if isinstance(term, Const) and pure else None
        function.line(f"return {t.show(term)}")
        return self._finished(name, parameters, function, constant=constant)

    def _finished(
        self,
        name: str,
        parameters: str,
        function: Body,
        successors: int = 0,
        constant: int | None = None,
    ) -> Written:
        body = rendered(function.used_lines())
        text = "\n".join([f"def {name}({parameters}):", *(line for line, _ in body)])
        first = body[0][1] if body else None
        spans = (first, *(span for _, span in body))
        written = Written(name, text, constant, successors, spans)
        if constant is None:
            self.program.functions.append(written)
        return written

"""What the screen asks about what its reader looks at: why, what if, a stop here, questions.

May import: engine's public face, tui.   Imported by: the debugger's screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import Phase, StopKind, Target
from tui.numbers import indexed
from tui.quizzing import Sitting
from tui.screens.quiz import QuizScreen
from tui.views.listing import stop_line
from tui.views.quiz import formula_rows

if TYPE_CHECKING:
    from tui.screens.debugger import DebuggerScreen


class Asking:
    """Questions from one screen."""

    def __init__(self, host: DebuggerScreen) -> None:
        self._host = host
        self._sitting = Sitting()

    def why(self) -> None:
        """Where the number came from that is looked at: the gradient once gradients flow.

        Raises `GradstepError` for a number that has not come from anywhere yet.
        """
        host = self._host
        debugger, node = host.debugger, host.subject()
        if node is None:
            host.say("this event has no node: choose one in the graph")
            return
        flows = debugger.state.step.phase in (Phase.BACKWARD, Phase.UPDATE)
        known = flows and debugger.state.gradient(node) is not None
        target = host.number() or Target("gradient" if known else "value", node)
        name = debugger.graph[target.node].name + indexed(target.index)
        title = f"why grad({name})" if target.what == "gradient" else f"why {name}"
        # Not by name: most single ops have none that could be typed.
        host.begin(title, lambda: host.interpreter.why(target))

    def change(self) -> None:
        """Ask for another value of the chosen parameter or input."""
        host = self._host
        graph, node, number = host.debugger.graph, host.subject(), host.number()
        if node is None or graph[node].op is not None:
            parameters = graph.parameters
            node = parameters[0].id if parameters else None
        index = indexed(number.index) if number is not None and number.node == node else ""
        host.action_ask("set", f"set {graph[node].name}{index} = " if node is not None else "")

    def toggle_stop(self, line: int) -> None:
        """Set a breakpoint where there is none, and remove it again.

        One with a condition, or on a value or a gradient, took its author some thought: it is
        switched off and on instead.
        """
        debugger = self._host.debugger
        stops = [stop for stop in debugger.stops if stop_line(stop, debugger.listing) == line]
        plain = [s for s in stops if s.kind is StopKind.LINE and s.expression is None]
        commands = [f"unstop {stop.number}" for stop in plain]
        if not stops:
            commands = [f"break line {line}"]
        elif not plain:
            word = "disable" if any(stop.enabled for stop in stops) else "enable"
            commands = [f"{word} {stop.number}" for stop in stops]
        for command in commands:
            self._host.execute(command)

    def quiz(self) -> None:
        """Questions about the cursor's event; the score is that of the whole sitting.

        Raises `GradstepError` where none can be asked.
        """
        host = self._host
        if self._sitting.sit(host.debugger):
            formulas = formula_rows(host.debugger.graph)
            host.app.push_screen(QuizScreen(self._sitting, formulas, host.palette))
        else:
            host.say("there is nothing more to ask here: try another event")

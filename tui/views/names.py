"""Every name that a reader can type or look for, with what it stands for at the cursor.

May import: engine's public face, completion, numbers, the other views.   Imported by: screens.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from engine import (
    COUNTERS,
    Debugger,
    Node,
    OneOf,
    Phase,
    Question,
    State,
    Step,
    signatures,
)
from tui.completion import Times, Vocabulary, Word
from tui.completion.search import Entry
from tui.numbers import brief
from tui.table import DEFAULT, CommandTable
from tui.views.look import Look
from tui.views.plots.kinds import NAMED
from tui.views.values import sample_at, short_text

HELP = {
    "epoch": "which epoch this is, from 1",
    "iteration": "which iteration of its epoch, from 1",
    "step": "iterations so far, this one included",
}


class Names:
    """The names of one debugger; what no event can change is made once."""

    def __init__(self, debugger: Debugger, commands: CommandTable = DEFAULT) -> None:
        self.debugger, self.commands = debugger, commands

    def vocabulary(self, look: Look, question: Question | None = None) -> Vocabulary:
        """What can be typed at the prompt; `question` is the one that is open."""
        debugger = self.debugger
        calendar, address = debugger.calendar, debugger.address
        graph, listing = debugger.graph, debugger.listing
        samples = debugger.state.record.samples
        return Vocabulary(
            nodes=tuple(self._nodes(look)),
            gradients=frozenset(n for n, i in graph.named.items() if i in listing.gradient_steps),
            trained=frozenset(graph[i].name for i in listing.update_step),
            options=tuple(self._options()),
            counters=tuple(Word(name, "counter", HELP[name]) for name in COUNTERS),
            functions=self._functions,
            lines=tuple(Word(str(n), phase, text) for n, phase, text in self._lines),
            events=self._events,
            samples=tuple(
                Word(str(place), "sample", f"row {row + 1} of the data")
                for place, row in enumerate(samples, 1)
            ),
            timelines=tuple(self._timelines()),
            bookmarks=tuple(self._bookmarks()),
            stops=tuple(
                Word(str(stop.number), "on" if stop.enabled else "off", str(stop))
                for stop in debugger.stops
            ),
            replies=tuple(_replies(question)),
            commands=self.commands,
            plots=tuple(
                # Those with axes to name stand in the command's usage themselves.
                Word(kind.name, "plot", kind.help)
                for kind in NAMED.values()
                if not kind.axes
            ),
            times=Times(
                calendar.epochs,
                calendar.iterations,
                (address.epoch, address.iteration, address.event),
            ),
        )

    def entries(self, look: Look) -> tuple[Entry, ...]:
        """What can be searched for: names, inner ops, lines, places, commands."""
        graph = self.debugger.graph
        named = set(graph.named.values())
        nodes = [Entry(word, node=graph.named[word.text]) for word in self._nodes(look)]
        inner = [
            Entry(Word(n.name, "op", f"in line {self._line_of(n.id)}"), node=n.id)
            for n in graph.ops
            if n.id not in named and n.literal is None
        ]
        lines = [Entry(Word(text, f"line {n}", phase), line=n) for n, phase, text in self._lines]
        marks = [Entry(w, command=f"visit {w.text}") for w in self._bookmarks()]
        timelines = [Entry(w, command=f"switch {w.text}") for w in self._timelines()]
        commands = [
            Entry(
                Word(c.name, "command", f"{self.commands.keys_text(c.name)}   {c.help}"),
                typed=c.name,
            )
            for c in self.commands.commands
        ]
        return (*nodes, *lines, *inner, *marks, *timelines, *commands)

    # --- one kind after the other ----------------------------------------------------------------

    def _nodes(self, look: Look) -> Iterator[Word]:
        """Everything with a name; formulas first say what they are, leaves their number here."""
        graph, state = self.debugger.graph, self.debugger.state
        look = Look(sample_at(state, look.sample))
        texts = {formula.node: formula.text for formula in graph.formulas}
        for name, i in graph.named.items():
            node = graph[i]
            if i in texts:
                yield Word(name, "formula", texts[i].partition("=")[2].strip())
            else:
                yield Word(name, node.kind, self._value(state, node, look))

    def _value(self, state: State, node: Node, look: Look) -> str:
        value = state.value(node.id)
        shape = state.record.shapes[node.id]
        size = f"  ({', '.join(map(str, shape))})" if shape else ""
        return short_text(state, node.id, value, look).strip() + size

    def _options(self) -> Iterator[Word]:
        for name, value in self.debugger.experiment.training.options.items():
            number = isinstance(value, float | int) and not isinstance(value, bool)
            text = brief(value, 12) if number else str(value).lower()
            yield Word(name, "option", text)

    def _timelines(self) -> Iterator[Word]:
        timelines = self.debugger.timelines
        for timeline in timelines:
            here = "here" if timeline is timelines.current else ""
            origin = f"{timeline.edit}" if timeline.edit else "as the experiment has it"
            yield Word(timeline.name, "timeline", "  ".join(filter(None, (origin, here))))

    def _bookmarks(self) -> Iterator[Word]:
        address = self.debugger.calendar.address
        for mark in self.debugger.bookmarks:
            place = str(address(mark.position.ordinal))
            yield Word(mark.name, "bookmark", "  ".join(filter(None, (place, mark.note))))

    @cached_property
    def _lines(self) -> tuple[tuple[int, str, str], ...]:
        """(number, phase, text) of every line of the listing."""
        return tuple((x.number, x.phase.value, x.text) for x in self.debugger.listing.lines)

    @cached_property
    def _events(self) -> tuple[Word, ...]:
        steps = self.debugger.listing.steps
        return tuple(Word(str(s.index), s.phase.value, self._does(s)) for s in steps)

    def _does(self, step: Step) -> str:
        """What an event is about, in a word or two."""
        graph = self.debugger.graph
        if step.node is None:
            return "clips the gradients" if step.is_clip else "loads the batch"
        name = graph[step.node].name
        if step.phase is not Phase.BACKWARD:
            return name
        return f"∇{name}" if name.isidentifier() else f"∇({name})"

    def _line_of(self, node: int) -> int:
        listing = self.debugger.listing
        return listing.step(listing.forward_step[node]).line

    @cached_property
    def _functions(self) -> tuple[Word, ...]:
        return tuple(Word(f"{name}(", "function", text) for name, text in signatures().items())


def _replies(question: Question | None) -> Iterator[Word]:
    """The choices of a question, by their labels."""
    if question is not None and isinstance(question.answer, OneOf):
        for label, choice in zip(question.answer.labels, question.answer.choices, strict=True):
            yield Word(label, "choice", choice.text)

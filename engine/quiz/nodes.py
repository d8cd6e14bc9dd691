"""Questions about the graph: what a parameter affects, and how a gradient fans in.

May import: asked, questions, why.   Imported by: asking.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import listed
from engine.quiz.asked import Asked
from engine.quiz.questions import Amount, Marked, Question, QuestionKind, Slip
from engine.why.targets import element, gradient_name

CANDIDATES = 8
"""How many nodes there are to mark at most."""


def affects_questions(asked: Asked) -> Iterator[Question]:
    """Mark the nodes that a parameter affects; the others are there to be left out."""
    graph, listing = asked.graph, asked.run.listing
    for parameter in asked.shuffled(graph.parameters):
        readers = graph.consumers[parameter.id]
        if not readers or not asked.about(event := listing.forward_step[readers[0]]):
            continue
        reached = graph.descendants(parameter.id)
        named = [node for node in graph.named.values() if node != parameter.id]
        computed = asked.shuffled([node for node in named if graph[node].op is not None])
        # A leaf is never affected, and easily told: it only fills up the list.
        leaves = asked.shuffled([node for node in named if graph[node].op is None])
        inside = [node for node in computed if node in reached][: CANDIDATES - 3]
        outside = [node for node in computed if node not in reached][:3]
        few = [*inside, *outside]
        few += leaves[: min(3, CANDIDATES - len(few))]
        if not inside or len(inside) == len(few):
            continue
        names = tuple(graph[node].name for node in sorted(few))
        right = frozenset(graph[node].name for node in inside)
        first = [graph[node].formula for node in readers]
        formulas = [graph.formulas[f] for f in dict.fromkeys(f for f in first if f is not None)]
        yield asked.question(
            QuestionKind.AFFECTS,
            event,
            f"Which of these does {parameter.name} affect?",
            Marked(names, right),
            hints=(
                f"{parameter.name} is read by {listed([f.name for f in formulas])}",
                f"{len(right)} of them",
            ),
            explanation=(
                *(f"{f.text} reads {parameter.name}" for f in formulas[:CANDIDATES]),
                f"{parameter.name} affects {', '.join(n for n in names if n in right)}",
            ),
        )


def fan_out_questions(asked: Asked) -> Iterator[Question]:
    """How many contributions add up to a gradient: those of a fan-out first."""
    graph, listing = asked.graph, asked.run.listing
    nodes = [
        node
        for node in graph.named.values()
        if node != graph.loss
        and node in listing.gradient_steps
        and asked.about(listing.gradient_steps[node][-1])
    ]
    nodes = asked.shuffled(nodes)
    several = [node for node in nodes if len(listing.gradient_steps[node]) > 1]
    alone = [node for node in nodes if node not in several]
    for node in (*several, *alone[:1]):
        events = listing.gradient_steps[node]
        last = events[-1]
        sources = [source for e in events if (source := listing.step(e).source) is not None]
        inside = [graph[source].formula for source in sources]
        formulas = [graph.formulas[f].name for f in dict.fromkeys(inside) if f is not None]
        name = gradient_name(graph, node)
        slips = [Slip(len(formulas), "that many formulas read it, one of them more than once")]
        if len(formulas) == len(events):
            slips = [Slip(1, "it is read more than once")] if len(events) > 1 else []
        yield asked.question(
            QuestionKind.FAN_OUT,
            last,
            f"How many contributions add up to {name}?",
            Amount(len(events), 0.0, tuple(slips)),
            hints=(f"{graph[node].name} is read by {listed(formulas)}",),
            explanation=(
                *(
                    f"one through {element(graph, source)}, at {asked.address(event)}"
                    for source, event in zip(sources, events, strict=True)
                ),
                f"{len(events)} together",
            ),
        )

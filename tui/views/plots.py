"""Lines over the iterations of a run: the loss, and how parameters moved.

May import: engine's public face, models, series, the other views.   Imported by: views.frame.
"""

from __future__ import annotations

from dataclasses import replace

from tui import series
from tui.models import PlotsView, PlotView, Series
from tui.views.scene import Scene

OTHERS = 3
"""Timelines that the plot of the loss shows beside the one that is looked at."""

SERIES_STYLES = ("series1", "series2", "series3", "series4", "series5", "series6")


def plots_view(scene: Scene) -> PlotsView:
    """The loss, and beside it the parameters' paths."""
    return PlotsView((_loss(scene), _paths(scene)))


def _cursor(scene: Scene) -> float:
    debugger = scene.debugger
    return float(debugger.calendar.step(debugger.at) + 1)


def _loss(scene: Scene) -> PlotView:
    def lines() -> tuple[Series, ...]:
        timelines, run = scene.debugger.timelines, scene.debugger.run
        loss = scene.debugger.graph[scene.debugger.graph.loss].name
        name = timelines.current.name if len(timelines) > 1 else loss
        shown = [series.as_line(name, series.losses(run), "forward")]
        tested = series.test_losses(run)
        if len(series.values(tested)):
            # The test loss of an epoch stands at its last iteration.
            test = series.as_line(f"test {loss}", tested, "backward")
            each = scene.debugger.calendar.iterations
            shown.append(replace(test, xs=tuple(epoch * each for epoch in test.xs)))
        return (*shown, *_other_losses(scene))

    found = scene.memory.by_run("loss", lines)
    return PlotView("loss", found, _cursor(scene), log=series.spans_decades(found))


def _other_losses(scene: Scene) -> list[Series]:
    """The loss on other timelines, those that this one comes from first."""
    timelines = scene.debugger.timelines
    ancestors = [timeline for timeline, _ in series.lineage(scene.debugger)]
    others = [*ancestors[1:], *(t for t in timelines if t not in ancestors)]
    return [
        replace(series.as_line(t.name, series.losses(t.run), "dim"), behind=True)
        for t in others[:OTHERS]
    ]


def _paths(scene: Scene) -> PlotView:
    """How every scalar parameter moved; of arrays their norms."""

    def lines() -> tuple[Series, ...]:
        run, graph = scene.debugger.run, scene.debugger.graph
        moving = [n for n in graph.parameters if n.id in run.storage.views]
        shown = moving[: len(SERIES_STYLES)]
        return tuple(
            series.as_line(node.name, series.parameter(run, node.id), style)
            for node, style in zip(shown, SERIES_STYLES, strict=False)
        )

    moving = len(scene.debugger.run.storage.views)
    shown = len(SERIES_STYLES)
    title = "parameters over time" + (f", {shown} of {moving}" if moving > shown else "")
    return PlotView(title, scene.memory.by_run("paths", lines), _cursor(scene))

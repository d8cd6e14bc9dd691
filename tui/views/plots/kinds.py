"""The table of plots: what there is to see, for which experiments it makes sense, who draws it.

May import: engine's public face, models, the other modules of views.plots.
Imported by: views.plots.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine import StopKind
from tui.models.plots import PlotView
from tui.views.plots.activations import activations_plot, lacking_activations
from tui.views.plots.boundary import boundary_plot, lacking_boundary
from tui.views.plots.desk import Desk
from tui.views.plots.fit import fit_plot, lacking_fit
from tui.views.plots.lines import (
    expression_plot,
    gradients_plot,
    loss_plot,
    parameters_plot,
    updates_plot,
)
from tui.views.plots.subject import Over, Subject
from tui.views.plots.surface import lacking_surface, surface_plot
from tui.views.scene import Scene

Lacking = Callable[[Subject], tuple[str, ...]]
"""Why a plot makes no sense, and what does; nothing where it makes sense."""


@dataclass(frozen=True)
class PlotKind:
    """One plot that can be chosen."""

    name: str
    view: Callable[[Subject, Desk, Scene, str], PlotView]
    lacking: Lacking
    help: str = ""
    axes: tuple[int, ...] = ()
    """How many parameters or inputs can be named for it."""
    over: Over = "parameters"
    """Which of them."""
    named: Lacking | None = None
    """What can still be lacking where they are named."""


def _nothing_lacking(subject: Subject) -> tuple[str, ...]:
    return ()


def _lacking_parameters(subject: Subject) -> tuple[str, ...]:
    if subject.debugger.run.storage.views:
        return ()
    return ("no parameter is trained", "only the loss can be plotted")


def _of_time(
    plot: Callable[[Scene, str], PlotView],
) -> Callable[[Subject, Desk, Scene, str], PlotView]:
    return lambda subject, desk, scene, name: plot(scene, name)


FIRST = (
    PlotKind("loss", _of_time(loss_plot), _nothing_lacking, "loss and test loss, other timelines"),
)

MORE = (
    PlotKind(
        "parameters", _of_time(parameters_plot), _lacking_parameters, "how each parameter moved"
    ),
    PlotKind(
        "gradients", _of_time(gradients_plot), _lacking_parameters, "how long each gradient is"
    ),
    PlotKind(
        "updates",
        _of_time(updates_plot),
        _lacking_parameters,
        "how far each update moves its parameter, as a share of it",
    ),
    PlotKind(
        "fit",
        fit_plot,
        lacking_fit,
        "the output as a curve over one input",
        (1,),
        "inputs",
        Subject.lacking_output,
    ),
    PlotKind(
        "boundary",
        boundary_plot,
        lacking_boundary,
        "which class is said where, over two inputs",
        (2,),
        "inputs",
        Subject.lacking_output,
    ),
    PlotKind(
        "surface",
        surface_plot,
        lacking_surface,
        "the loss over two parameters, with the path taken",
        (1, 2),
        "parameters",
        lacking_surface,
    ),
    PlotKind(
        "activations",
        activations_plot,
        lacking_activations,
        "values of the hidden layers over time, and dead units",
    ),
)
"""Expressions stand between the first and these."""

NAMED = {kind.name: kind for kind in (*FIRST, *MORE)}


def kinds(scene: Scene) -> tuple[PlotKind, ...]:
    """Every plot there is, expressions that are watched or were asked for among them."""
    watched = [s.text for s in scene.debugger.stops if s.kind is StopKind.WATCH]
    texts = dict.fromkeys(text for text in (*watched, *scene.look.plots.expressions))
    return (*FIRST, *map(_expression, texts), *MORE)


def _expression(text: str) -> PlotKind:
    def view(subject: Subject, desk: Desk, scene: Scene, name: str) -> PlotView:
        return expression_plot(text, desk, scene, name)

    return PlotKind(text, view, _nothing_lacking)


def lacking(kind: PlotKind, subject: Subject, scene: Scene) -> tuple[str, ...]:
    """Why a plot makes no sense as the reader wants it."""
    named = scene.look.plots.axes.get(kind.name)
    return (kind.named if named and kind.named else kind.lacking)(subject)

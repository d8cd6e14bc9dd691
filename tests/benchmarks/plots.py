"""Plots over a long run: how long one takes to be drawn again, and how soon there is a picture.

A million iterations of a net of two layers; each plot is drawn at 96 × 24 cells after the cursor
has moved to another iteration: what it computes, whatever else the machine does.
May import: engine's public face, tui.   Imported by: __main__.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import replace

from engine import Debugger, open_lesson
from tests.benchmarks.measure import cpu_seconds, percentile
from tui.drawing.plots import draw_plots
from tui.models.plots import PlotsView
from tui.views.frame import Views
from tui.views.look import Look
from tui.views.plots import asked_for

ITERATIONS = 1_000_000
SIZE = (96, 24)
MOVES = 60

PLOTS = (
    "loss",
    "parameters",
    "gradients",
    "updates",
    "w1 * w2 - loss",
    "fit",
    "surface",
    "surface w1 w2",
    "activations",
)
PLANES = ("boundary", "activations", "surface")


def milliseconds(times: list[float]) -> str:
    return f"median {statistics.median(times):6.2f} ms   p95 {percentile(times, 0.95):6.2f} ms"


def measure(debugger: Debugger, typed: str, spread: int) -> tuple[list[float], list[float], float]:
    """(to make and draw the plot at another iteration, only to draw it, until it is complete)"""
    views, look = Views(debugger), Look()
    look = replace(look, plots=asked_for(views.scene(look), typed))

    def view():
        return views.frame(look, names=["plots"]).views["plots"]

    started = time.perf_counter()
    view()
    while not views.plots.idle:
        views.plots.advance(0.01)
    draw_plots(view(), *SIZE)
    complete = time.perf_counter() - started
    whole, drawn = [], []
    for number in range(MOVES):
        debugger.goto(1 + (number + 1) * spread * debugger.calendar.events)
        debugger.state  # noqa: B018 - the record itself is no part of a plot
        found: list[PlotsView] = []
        made = cpu_seconds(lambda: found.append(view()))  # noqa: B023
        took = cpu_seconds(lambda: draw_plots(found[0], *SIZE))  # noqa: B023
        whole.append(1e3 * (made + took))
        drawn.append(1e3 * took)
    return whole, drawn, complete


def show(debugger: Debugger, plots: tuple[str, ...], spread: int) -> None:
    for typed in plots:
        whole, drawn, complete = measure(debugger, typed, spread)
        print(
            f"  {typed:<15} {milliseconds(whole)}   "
            f"drawn in {statistics.median(drawn):5.2f} ms   complete after {complete:5.2f} s"
        )


def main() -> None:
    debugger = Debugger(open_lesson("two-layer", overrides=[f"training.epochs={ITERATIONS}"]))
    debugger.end()
    print(f"two-layer, {debugger.run.done:,} iterations, {SIZE[0]} × {SIZE[1]} cells")
    show(debugger, PLOTS, ITERATIONS // (MOVES + 2))
    spiral = Debugger(open_lesson("spiral"))
    spiral.end()
    print(f"spiral, {spiral.run.done:,} iterations")
    show(spiral, PLANES, spiral.run.done // (MOVES + 2))

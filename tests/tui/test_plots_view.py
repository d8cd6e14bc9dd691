"""What the plots show, as values: against the engine's own numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine import Debugger, FormulaError, GradstepError, open_lesson, parse_experiment
from tests.tui.screens import DIVERGING, FAN_OUT, NO_DATA, NO_PARAMETERS, NOTHING_TRAINED
from tui.models.plots import PlotsView, PlotView
from tui.views.frame import Views
from tui.views.look import Look, PlotsLook, Window
from tui.views.plots import asked_for, next_plot
from tui.views.plots.activations import shares
from tui.views.plots.lines import followed


class Plots:
    """The plots of one debugger, looked at."""

    def __init__(self, experiment: Debugger | str, at: str = "end", **options: object) -> None:
        if isinstance(experiment, Debugger):
            self.debugger = experiment
        elif "formulas" in experiment:
            self.debugger = Debugger(parse_experiment(experiment, name="experiment.toml"))
        else:
            self.debugger = Debugger(open_lesson(experiment, **options))  # pyright: ignore
        self.debugger.end()
        if at != "end":
            self.debugger.goto(at)
        self.views = Views(self.debugger)
        self.look = Look()

    @property
    def all(self) -> PlotsView:
        return self.views.frame(self.look, names=["plots"]).views["plots"]

    def ask(self, text: str) -> PlotView:
        """The plot that is typed, at once."""
        self.look = replace(self.look, plots=asked_for(self.views.scene(self.look), text))
        return self.all.plots[0]

    def finished(self, text: str) -> PlotView:
        """The same when nothing is left to be computed."""
        plot = self.ask(text)
        while not self.views.plots.idle:
            self.views.plots.advance(0.05)
            plot = self.all.plots[0]
        return plot

    def turn(self, by: int = 1) -> str:
        self.look = replace(self.look, plots=next_plot(self.views.scene(self.look), by))
        return self.look.plots.chosen


# --- which plots there are ------------------------------------------------------------------------

ALWAYS = ["loss", "parameters", "gradients", "updates"]


@pytest.mark.parametrize(
    ("experiment", "more"),
    [
        ("two-layer", ["fit", "surface", "activations"]),
        ("spiral", ["boundary", "surface", "activations"]),
        ("one-neuron", ["boundary", "surface", "activations"]),
        ("iris", ["surface"]),
        ("chain-rule", ["surface"]),
        ("attention-head", ["surface", "activations"]),
        (NO_DATA, ["surface"]),
    ],
)
def test_only_plots_that_make_sense_come_in_turn(experiment: str, more: list[str]) -> None:
    plots = Plots(experiment, "e1")
    every = [*ALWAYS, *more]
    assert [plots.turn() for _ in every] == [*every[1:], "loss"]
    assert [plots.turn(-1) for _ in every] == every[::-1]
    assert (plots.all.place, plots.all.among) == (1, len(every))


@pytest.mark.parametrize("experiment", [NO_PARAMETERS, NOTHING_TRAINED])
def test_where_nothing_is_trained_there_is_only_the_loss(experiment: str) -> None:
    plots = Plots(experiment)
    assert plots.turn() == "loss"
    assert plots.all.among == 1
    assert plots.ask("gradients").empty[0] == "no parameter is trained"


@pytest.mark.parametrize(
    ("experiment", "plot", "words"),
    [
        ("iris", "boundary", ("needs 2-D data: a sample has 4 numbers", "boundary x[0] x[1]")),
        ("spiral", "fit", ("needs 1-D data: a sample has 2 numbers", "plot fit x[0]")),
        ("two-layer", "boundary", ("needs 2-D data", ":plot fit")),
        ("chain-rule", "fit", ("there are no data", "[data]")),
        ("attention-head", "fit", ("depends on the whole batch", "no curve")),
        ("iris", "activations", ("there is no hidden layer", "")),
    ],
)
def test_a_plot_that_makes_no_sense_says_why_and_what_does(
    experiment: str, plot: str, words: tuple[str, str]
) -> None:
    plots = Plots(experiment, "e1")
    view = plots.ask(plot)
    assert words[0] in view.empty[0]
    assert words[1] in view.empty[1]
    assert (plots.all.place, view.series, view.field) == (0, (), None)


def test_the_companion_is_the_next_that_makes_sense() -> None:
    plots = Plots("spiral", "e1")
    plots.look = replace(plots.look, plots=replace(plots.look.plots, beside=True))
    plots.ask("updates")
    assert [plot.name for plot in plots.all.plots] == ["updates", "boundary"]


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("grafients", GradstepError, "did you mean 'gradients'"),
        ("zzz", GradstepError, "plots are loss"),
        ("w1 +", FormulaError, ""),
        ("1 + 1", FormulaError, "never changes"),
        ("surface w1 w2 b1", GradstepError, "surface wants 1 or 2"),
        ("boundary x", GradstepError, "write  plot boundary x[0] x[1]"),
        ("surface w1 w7", GradstepError, "no node 'w7'"),
        ("surface g w1", GradstepError, "'g' is computed"),
        ("surface w1 w1", GradstepError, "two different"),
        ("fit w1", GradstepError, "none of the inputs"),
    ],
)
def test_what_cannot_be_plotted_is_refused(text: str, error: type, words: str) -> None:
    plots = Plots("two-layer", "e1")
    with pytest.raises(error) as raised:
        plots.ask(text)
    assert words in f"{raised.value.what}; {raised.value.hint}"


# --- lines over iterations ------------------------------------------------------------------------


def test_the_value_at_the_cursor_is_that_of_its_own_iteration() -> None:
    plots = Plots("two-layer", "e4", overrides=["training.epochs=20000"])
    record = plots.debugger.state.record
    loss = plots.ask("loss")
    assert (loss.cursor, loss.here[-1]) == (4.0, record.loss)
    named = plots.debugger.graph.named
    parameters = plots.ask("parameters")
    here = dict(zip((line.name for line in parameters.series), parameters.here, strict=True))
    assert here == {name: float(record.leaves[named[name]]) for name in ("w1", "b1", "w2", "b2")}


def test_norms_are_those_that_the_run_measured() -> None:
    plots = Plots("spiral", "e3.i2", overrides=["training.epochs=10"])
    run, named = plots.debugger.run, plots.debugger.graph.named
    gradients, updates = plots.ask("gradients"), plots.ask("updates")
    assert (gradients.log, updates.log) == (True, True)
    for line, here in zip(gradients.series, gradients.here, strict=True):
        kept = run.gradient_norms(named[line.name]).values
        np.testing.assert_allclose(line.ys, kept)
        np.testing.assert_allclose(here or 0.0, kept[17])
    for line, here in zip(updates.series, updates.here, strict=True):
        node = named[line.name]
        with np.errstate(all="ignore"):
            kept = run.update_norms(node).values / run.parameter_norms(node).values
        np.testing.assert_allclose(line.ys, np.where(np.isfinite(kept), kept, np.nan))
        np.testing.assert_allclose(here or 0.0, kept[17], rtol=1e-6)
    assert [guide.name for guide in updates.guides] == ["1e-3"]


def test_an_expression_is_plotted_in_every_iteration() -> None:
    plots = Plots("two-layer-csv", "e4.i3.9")
    view = plots.finished("grad(w1) * w1")
    run, calendar = plots.debugger.run, plots.debugger.calendar
    ordinals = [step * calendar.events for step in (1, 60, 200)]
    for ordinal, y in zip(ordinals, (view.series[0].ys[i] for i in (0, 59, 199)), strict=True):
        state = run.state(ordinal)
        leaves = state.record.leaves[plots.debugger.graph.named["w1"]]
        gradient = state.gradient(plots.debugger.graph.named["w1"])
        assert gradient is not None
        np.testing.assert_allclose(y, float(gradient) * float(leaves))
    assert view.here == (view.series[0].ys[17],)
    assert plots.turn() == "parameters"
    assert plots.turn(-1) == "grad(w1) * w1"
    plots.ask("grad(w1) * w1")
    assert plots.look.plots.expressions == ("grad(w1) * w1",)


def test_what_is_watched_is_plotted_as_well() -> None:
    plots = Plots("xor", "e2")
    plots.debugger.stops.watch("w2")
    assert plots.turn() == "w2"
    view = plots.finished("w2")
    assert [line.name for line in view.series] == ["w2[0]", "w2[1]"]
    assert plots.look.plots.expressions == ()


def test_a_replay_shows_how_far_it_is() -> None:
    plots = Plots("spiral", "e2")
    view = plots.ask("norm(z) + grad(b3)")
    assert view.busy.startswith("replaying")
    known = sum(np.isfinite(view.series[-1].ys))
    plots.views.plots.advance(0.02)
    assert sum(np.isfinite(plots.all.plots[0].series[-1].ys)) >= known
    assert plots.finished("norm(z) + grad(b3)").busy == ""


def test_a_fork_shows_the_past_that_it_shares() -> None:
    plots = Plots("two-layer", "e5")
    before = plots.finished("grad(w1) + 0").series[0].ys
    plots.debugger.set("w1", 3.0)
    plots.debugger.run.advance(100)
    after = plots.finished("grad(w1) + 0").series[0]
    assert after.xs == tuple(map(float, range(1, 101)))
    assert after.ys[:4] == before[:4]
    assert after.ys[4] != before[4]
    assert [line.name for line in plots.ask("loss").series] == ["fork-1", "main"]


def test_a_noisy_line_has_its_extremes_behind_it() -> None:
    plots = Plots("spiral")
    behind, line = plots.ask("loss").series[:2]
    losses = plots.debugger.run.losses().values
    assert (behind.behind, behind.marked, line.behind) == (True, False, False)
    assert (min(behind.ys), max(behind.ys)) == (losses.min(), losses.max())
    assert len(line.ys) < 200
    # The middle of each stretch is smoother than what goes up and down around it.
    assert np.abs(np.diff(line.ys)).sum() < np.abs(np.diff(losses)).sum() / 10
    near = np.interp(line.xs, np.arange(1, len(losses) + 1), losses)
    assert np.corrcoef(near, line.ys)[0, 1] > 0.9


def test_a_window_shows_every_point_of_a_part_of_the_run() -> None:
    plots = Plots("spiral", "e1")
    look = plots.look.plots.with_window("loss", Window((2000.0, 2100.0), None, 1.0))
    plots.look = replace(plots.look, plots=look)
    view = plots.all.plots[0]
    assert view.x == (2000.0, 2100.0)
    line = view.series[0]
    losses = plots.debugger.run.losses().values
    shown = {x: y for x, y in zip(line.xs, line.ys, strict=True) if 2000 <= x <= 2100}
    assert shown == {float(i): losses[i - 1] for i in range(2000, 2101)}


@pytest.mark.parametrize(
    ("window", "cursor", "expected"),
    [
        (Window(), 5.0, None),
        (Window((1.0, 11.0), None, 5.0), 5.0, (1.0, 11.0)),
        (Window((1.0, 11.0), None, 5.0), 12.0, (11.0, 21.0)),
        (Window((41.0, 51.0), None, 5.0), 5.0, (41.0, 51.0)),
        (Window((41.0, 51.0), None, 5.0), 6.0, (1.0, 11.0)),
        (Window((41.0, 51.0), None, 5.0), 99.0, (90.0, 100.0)),
        (Window((-10.0, 500.0), None, 5.0), 5.0, None),
    ],
)
def test_a_window_follows_the_cursor_once_that_moves_out_of_it(
    window: Window, cursor: float, expected: tuple[float, float] | None
) -> None:
    assert followed(window, cursor, (1.0, 100.0)) == expected


def test_the_reader_decides_between_linear_and_logarithmic() -> None:
    plots = Plots("two-layer", "e1")
    assert not plots.ask("loss").log
    plots.look = replace(plots.look, plots=plots.look.plots.with_log("loss", True))
    assert plots.all.plots[0].log


# --- planes and curves ----------------------------------------------------------------------------


def test_the_fit_is_the_forward_pass_over_the_input() -> None:
    plots = Plots("two-layer-csv", "e3.i2.4")
    view = plots.finished("fit")
    leaves, named = plots.debugger.state.record.leaves, plots.debugger.graph.named
    w1, b1, w2, b2 = (float(leaves[named[name]]) for name in ("w1", "b1", "w2", "b2"))
    curve = view.series[0]
    x = np.array(curve.xs)
    np.testing.assert_array_equal(curve.ys, w2 * (w1 * x + b1) + b2)
    samples, batch, one = view.dots
    data = plots.debugger.experiment.data
    assert samples.xs == tuple(data["x"])
    rows = list(plots.debugger.state.record.samples)
    assert (batch.name, batch.ys) == ("this batch", tuple(data["y"][rows]))
    assert (one.xs, one.ys) == (tuple(data["x"][rows[:1]]), tuple(data["y"][rows[:1]]))
    error = view.series[1]
    assert error.xs == one.xs * 2
    np.testing.assert_allclose(error.ys[1], w2 * (w1 * one.xs[0] + b1) + b2)


def test_a_slice_holds_the_other_inputs_at_their_mean() -> None:
    plots = Plots("iris", "e30")
    view = plots.finished("fit x[2]")
    assert view.remarks == ("the other inputs at their mean",)
    leaves, named = plots.debugger.state.record.leaves, plots.debugger.graph.named
    W, b = leaves[named["W"]], leaves[named["b"]]
    middle = plots.debugger.experiment.data["x"].mean(axis=0)
    for k, line in enumerate(view.series):
        rows = np.tile(middle, (len(line.xs), 1))
        rows[:, 2] = line.xs
        np.testing.assert_allclose(line.ys, (rows @ W + b)[:, k], atol=1e-12)


def test_each_side_of_the_boundary_is_what_the_output_says() -> None:
    plots = Plots("xor", "e40")
    view = plots.finished("boundary")
    assert view.field is not None
    (layer,) = view.field.layers
    leaves, named = plots.debugger.state.record.leaves, plots.debugger.graph.named
    W1, b1, w2, b2 = (leaves[named[name]] for name in ("W1", "b1", "w2", "b2"))
    axis = np.linspace(*view.field.x, view.field.columns)
    x, y = np.meshgrid(axis, np.linspace(*view.field.y, view.field.columns))
    z = np.tanh(np.stack([x, y], -1) @ W1 + b1) @ w2 + b2
    np.testing.assert_allclose(np.array(layer), z.ravel(), atol=1e-12)
    assert ((np.array(layer) > 0) == (z.ravel() > 0)).all()


def test_samples_that_are_told_wrong_are_crossed_out() -> None:
    plots = Plots("spiral", "e150")
    view = plots.finished("boundary")
    state = plots.debugger.run.state(plots.debugger.at)
    x, y = plots.debugger.experiment.data["x"], plots.debugger.experiment.data["y"]
    leaves, named = state.record.leaves, plots.debugger.graph.named
    h1 = np.tanh(x @ leaves[named["W1"]] + leaves[named["b1"]])
    z = np.tanh(h1 @ leaves[named["W2"]] + leaves[named["b2"]]) @ leaves[named["w3"]]
    wrong = ((z + leaves[named["b3"]]) > 0) != (y > 0)
    crosses = [d for d in view.dots if d.sign == "cross"]
    assert sum(len(d.xs) for d in crosses) == wrong.sum() > 0
    assert {(*p,) for d in crosses for p in zip(d.xs, d.ys, strict=True)} == {
        (float(a), float(b)) for a, b in x[wrong]
    }
    assert view.readings[0].value == f"{wrong.sum()} of 160 wrong"


def test_classes_are_those_with_the_greatest_score() -> None:
    plots = Plots("iris")
    view = plots.finished("boundary x[2] x[3]")
    assert view.field is not None
    assert (view.field.colours, len(view.field.layers)) == ("classes", 3)
    assert [d.name for d in view.dots if d.name] == ["setosa", "versicolor", "virginica"]
    leaves, named = plots.debugger.state.record.leaves, plots.debugger.graph.named
    middle = plots.debugger.experiment.data["x"].mean(axis=0)
    middle[2], middle[3] = view.field.x[0], view.field.y[0]
    scores = middle @ leaves[named["W"]] + leaves[named["b"]]
    found = np.array([layer[0] for layer in view.field.layers])
    np.testing.assert_allclose(found, scores, atol=1e-12)


def test_the_surface_is_the_loss_with_other_parameters() -> None:
    plots = Plots("two-layer", "e6.i1.9")
    view = plots.finished("surface w1 b2")
    assert view.field is not None
    leaves, named = plots.debugger.state.record.leaves, plots.debugger.graph.named
    b1, w2 = float(leaves[named["b1"]]), float(leaves[named["w2"]])
    x, y = (plots.debugger.experiment.data[name] for name in "xy")
    w1 = np.linspace(*view.field.x, view.field.columns)
    b2 = np.linspace(*view.field.y, view.field.columns)
    for i, j in ((0, 0), (64, 10), (31, 64)):
        g = w2 * (w1[i] * x + b1) + b2[j]
        expected = np.mean((y - g) ** 2)
        np.testing.assert_allclose(view.field.layers[0][65 * j + i], expected, rtol=1e-14)
    assert view.at == (float(leaves[named["w1"]]), float(leaves[named["b2"]]))
    assert view.readings[-1].value == f"{plots.debugger.state.record.loss:.4g}"
    assert view.remarks == ("others as here",)


@pytest.mark.parametrize("axes", [("w1", "w2"), ("b2", "w1")])
def test_the_path_lies_on_the_recorded_parameters(axes: tuple[str, str]) -> None:
    plots = Plots("two-layer", "e40")
    view = plots.finished("surface " + " ".join(axes))
    ahead, behind = view.series
    run, named = plots.debugger.run, plots.debugger.graph.named
    xs, ys = (run.parameter_series(named[name]).values for name in axes)
    assert (behind.xs, behind.ys) == (tuple(xs[:40]), tuple(ys[:40]))
    assert (ahead.xs, ahead.ys) == (tuple(xs[39:]), tuple(ys[39:]))
    assert view.at == (behind.xs[-1], behind.ys[-1])
    assert view.dots[0].xs == behind.xs[:1]


def test_the_path_of_elements_is_replayed() -> None:
    plots = Plots("xor", "e9")
    view = plots.finished("surface W1[0, 1] w2[0]")
    run, named = plots.debugger.run, plots.debugger.graph.named
    behind = view.series[1]
    for step in (0, 4, 8):
        leaves = run.record(step).leaves
        expected = (leaves[named["W1"]][0, 1], leaves[named["w2"]][0])
        assert (behind.xs[step], behind.ys[step]) == expected


def test_one_parameter_has_a_curve_and_its_iterations_on_it() -> None:
    plots = Plots("chain-rule", "e8")
    view = plots.finished("surface")
    assert view.field is None
    curve, past, here = view.series[0], view.dots[0], view.dots[1]
    assert len(past.xs) == 8
    values = plots.debugger.run.parameter_series(plots.debugger.graph.named["x"]).values
    assert past.xs == tuple(values[:8])
    assert (here.xs[0], here.ys[0]) == (values[7], plots.debugger.state.record.loss)
    np.testing.assert_allclose(np.interp(here.xs[0], curve.xs, curve.ys), here.ys[0], atol=1e-3)


def test_a_run_that_leaves_every_map_still_has_one() -> None:
    plots = Plots(DIVERGING)
    view = plots.finished("surface")
    assert all(np.isfinite(end) for end in view.x or ())
    for name in ("loss", "gradients", "updates", "fit", "parameters"):
        plots.finished(name)


def test_the_shares_of_a_distribution_follow_its_quantiles() -> None:
    even = shares(np.linspace(0, 1, 65), np.linspace(0, 1, 9))
    np.testing.assert_allclose(even, 1.0)
    zeros = np.concatenate([np.zeros(60), np.linspace(0, 1, 5)])
    found = shares(zeros, np.linspace(0, 1, 5))
    assert found[0] == 1.0 and 0 < found[3] < 0.1
    few = shares(np.array([0.0, 0.0, 1.0]), np.linspace(0, 1, 5))
    assert few.tolist() == [1.0, 0.0, 0.0, 0.5]
    assert np.isnan(shares(np.array([0.0, np.nan]), np.linspace(0, 1, 3))).all()


def test_dead_units_are_told() -> None:
    plots = Plots("dead-relu", "e50")
    view = plots.finished("activations")
    assert [band.y_label for band in view.bands] == ["h1", "h2"]
    assert [r.value for r in view.bands[1].readings if r.name == "dead"] == ["yes"]
    assert not [r for r in view.bands[0].readings if r.name == "dead"]
    assert all(band.field is not None and band.cursor == 50.0 for band in view.bands)


DYING = """
formulas = '''
h = relu(x @ W + b)
loss = mean((y - sum(h, axis=1))**2)
'''
[parameters]
W = [[1.0, -0.5, 0.25], [0.5, 0.25, -1.0]]
b = [0.0, 0.5, 0.125]
[data]
x = [[1.0, 2.0], [3.0, -1.0], [-2.0, 0.5]]
y = [-1.0, -2.0, -3.0]
[training]
learning_rate = 0.05
epochs = 60
"""


def test_how_many_units_die_is_a_line_of_its_own() -> None:
    plots = Plots(DYING, "e5")
    layer, dead = plots.finished("activations").bands
    assert (layer.y_label, dead.y_label, dead.y) == ("h", "dead", (0.0, 3.0))
    run, h = plots.debugger.run, plots.debugger.graph.named["h"]
    for x, y in zip(dead.series[0].xs, dead.series[0].ys, strict=True):
        value = run.state(int(x) * plots.debugger.calendar.events).value(h)
        assert value is not None and y == (value == 0).all(axis=0).sum()
    assert dead.series[0].ys[-1] == 3.0


# --- work -----------------------------------------------------------------------------------------


def test_within_an_iteration_nothing_is_made_again() -> None:
    plots = Plots("spiral", "e20.i3.4")
    for name in ("loss", "boundary", "surface", "activations", "grad(b3)"):
        plots.finished(name)
        before = plots.all
        plots.debugger.step("event", 3)
        assert plots.all is before
        plots.debugger.step("event", -3)


def test_when_the_cursor_moves_the_old_work_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.views.plots.desk.FIRST_SECONDS", 0.0)
    plots = Plots("xor", "e20")
    view = plots.ask("boundary")
    (name,) = plots.views.plots._wanted
    before = plots.views.plots._work[name][1]
    assert (view.busy, plots.views.plots.idle) == ("…", False)
    plots.debugger.step("iteration")
    shown = plots.all.plots[0]
    after = plots.views.plots._work[name][1]
    assert after is not before and not after.finished
    assert list(plots.views.plots._wanted) == [name]
    finished = plots.finished("boundary").field
    assert finished is not None and finished != shown.field
    assert not before.finished  # nobody has gone on with it


def test_a_surface_that_depends_on_no_other_parameter_is_computed_once() -> None:
    plots = Plots("momentum-and-adam", "e10")
    field = plots.finished("surface").field
    plots.debugger.step("iteration", 30)
    assert plots.ask("surface").field is field


def test_looking_at_plots_changes_nothing_of_the_run() -> None:
    plots = Plots("dead-relu", "e7.i1.20")
    before = plots.debugger.state.record.loss, plots.debugger.run.losses().values.copy()
    for name in (*ALWAYS, "fit", "surface", "activations", "grad(w1) / w1"):
        plots.finished(name)
    after = Debugger(open_lesson("dead-relu"))
    after.end()
    assert plots.debugger.run.losses().values.tobytes() == after.run.losses().values.tobytes()
    assert plots.debugger.state.record.loss == before[0]


def test_elements_and_constants_can_be_axes() -> None:
    plots = Plots(FAN_OUT.replace("w = 1.5", "w = [1.5, 1.0, 2.0]"))
    assert plots.finished("surface w[0], w[2]").field is not None
    with pytest.raises(GradstepError, match="has 3 numbers"):
        plots.ask("surface w w[0]")
    plots = Plots("vanishing-gradients", "e2", overrides=["training.epochs=4"])
    assert plots.finished("surface k W1[0, 0]").field is not None


def test_the_look_of_plots_is_a_value() -> None:
    look = PlotsLook().with_log("loss", True).with_axes("surface", ("a", "b"))
    assert look == PlotsLook(chosen="surface", logs={"loss": True}, axes={"surface": ("a", "b")})
    assert look.window("loss") == Window()

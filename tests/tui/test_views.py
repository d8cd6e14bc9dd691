"""What the screen shows, as values: the lesson worked out by hand, and odd experiments.

By hand, for the lesson two-layer in its first iteration, all of it exact in binary:
h = −0.75 −0.25 0.25 0.75, g = −0.375 0.375 1.125 1.875, y − g = −2.125 −0.125 1.875 2.875,
the loss is 16.3125 / 4 = 4.078125, and ∂loss/∂g = −2/4 · (y − g) = 1.0625 0.0625 −0.9375 −1.4375.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import lru_cache

import pytest

from engine import Debugger, Status, open_lesson, parse_experiment, questions
from tests.tui.screens import (
    DIVERGING,
    FAN_OUT,
    LONG_NAMES,
    MATRICES,
    NO_DATA,
    NO_PARAMETERS,
    NOTHING_TRAINED,
    ODD_EXPERIMENTS,
    UNEVEN,
    text_of,
)
from tui.digits import shown_with
from tui.drawing.graph import Camera, draw_graph
from tui.drawing.inspector import inspector_rows
from tui.drawing.listing import draw_listing
from tui.drawing.parameters import draw_parameters
from tui.models.frame import Frame
from tui.models.graph import GraphNode, GraphView
from tui.models.inspector import Entry, InspectorView, Table
from tui.models.listing import ListingRow
from tui.models.parameters import ParameterRow
from tui.models.text import Row
from tui.models.timeline import TimelineView
from tui.narration import narrated
from tui.numbers import NOT_COMPUTED
from tui.views.frame import Views
from tui.views.look import Look, PlotsLook
from tui.views.values import BOX_WIDTH


def frame(
    where: str | Debugger = "two-layer", at: str = "e1.i1.1", look: Look | None = None
) -> Frame:
    debugger = opened(where) if isinstance(where, str) else where
    debugger.goto(at)
    return views_of(debugger).frame(look or Look())


@lru_cache(maxsize=1)
def views_of(debugger: Debugger) -> Views:
    """One for all the frames of a debugger, as in the program: with what it remembers."""
    return Views(debugger)


def opened(where: str) -> Debugger:
    text = "formulas" in where
    return Debugger(parse_experiment(where) if text else open_lesson(where))


def chosen(where: str, node: str, at: str, **look: object) -> InspectorView:
    debugger = opened(where)
    wanted = Look(node=debugger.graph.named[node], **look)  # pyright: ignore[reportArgumentType]
    return frame(debugger, at, wanted).views["inspector"]


def flat(row: Row) -> str:
    return "".join(text for text, _ in row)


def said(entries: tuple[Entry, ...]) -> list[tuple[str, str]]:
    return [(entry.label, flat(entry.text)) for entry in entries]


def ops(view: Frame) -> GraphView:
    """The graph by single ops."""
    return view.views["graph"].ops


def boxes(view: Frame) -> dict[str, GraphNode]:
    """The numbers of every op by its title; where some have the same one, those of the last."""
    graph = ops(view)
    return {graph.shape.title(i): graph.nodes[i] for i in graph.shape.nodes}


def node(view: Frame, title: str) -> GraphNode:
    return boxes(view)[title]


def line(view: Frame, number: int) -> ListingRow:
    (found,) = [row for row in view.views["listing"].rows if row.number == number]
    return found


def texts_of(view: Frame) -> Iterator[str]:
    """Every text in a frame."""
    for entries in (view.views["inspector"].entries, view.views["inspector"].derivation):
        yield from (f"{label} {text}" for label, text in said(entries))
    yield flat(view.views["inspector"].heading)
    for title, n in boxes(view).items():
        yield from (title, n.value, n.gradient or "")
    for row in view.views["listing"].rows:
        yield from (row.text, row.value)
    for parameter in view.views["parameters"].rows:
        yield from (parameter.name, parameter.value, parameter.gradient, parameter.change)


# --- the lesson, event by event -----------------------------------------------------------------


def test_a_batch_shows_which_rows_were_loaded_and_their_numbers() -> None:
    inspector = frame(at="e1.i1.1").views["inspector"]
    assert flat(inspector.heading) == "◆ batch    x, y = next(batches)"
    assert said(inspector.entries) == [
        ("samples", "rows [1  2  3  4]"),
        ("x", "[−1  0  1  2]"),
        ("y", "[−2.5  0.25  3  4.75]"),
    ]


def test_a_forward_op_shows_symbols_then_numbers_then_the_result() -> None:
    inspector = frame(at="e1.i1.2").views["inspector"]
    assert flat(inspector.heading) == "▸ forward  w1 · x"
    assert said(inspector.entries) == [
        ("numbers", "0.5 · (−1)   sample 1 of 4"),
        ("result", "= −0.5"),
        ("all", "[−0.5  0  0.5  1]"),
        ("feeds", "h"),
    ]
    assert inspector.derivation == () and inspector.table is None


def test_a_reduction_shows_all_samples_that_it_reads() -> None:
    inspector = frame(at="e1.i1.8").views["inspector"]
    assert said(inspector.entries) == [
        ("numbers", "mean([4.516  0.01562  3.516  8.266])"),
        ("result", "= 4.0781"),
        ("feeds", "nothing further"),
    ]


def test_the_seed_says_that_the_backward_pass_starts_with_one() -> None:
    inspector = frame(at="e1.i1.9").views["inspector"]
    assert flat(inspector.heading) == "◂ backward ∂loss/∂loss = 1"
    assert said(inspector.entries)[0] == ("gradient", "= 1")


def test_an_edge_shows_upstream_times_local_and_the_sum_over_samples() -> None:
    inspector = frame(at="e1.i1.19").views["inspector"]
    assert flat(inspector.heading) == "◂ backward ∂loss/∂w1 = Σ ∂loss/∂(w1 * x) · x"
    assert said(inspector.entries) == [
        ("upstream", "∂loss/∂(w1 * x) = +1.5938"),
        ("local", "∂(w1 * x)/∂w1 = x = −1"),
        ("numbers", "(+1.5938) · (−1)   sample 1 of 4"),
        ("gradient", "= −7.3125   Σ over samples"),
    ]


def test_the_chain_rule_of_w1_is_that_of_the_lecture() -> None:
    inspector = frame(at="e1.i1.19").views["inspector"]
    assert said(inspector.derivation) == [
        ("∂loss/∂w1", "= ∂loss/∂g · ∂g/∂h · ∂h/∂w1"),
        ("", "= −2/N · (y − g) · w2 · x"),
        ("", "= 1.0625 · 1.5 · (−1)   sample 1 of 4"),
        ("", "= −7.3125   Σ over samples"),
    ]


def test_the_chain_rule_goes_down_to_single_ops() -> None:
    inspector = frame(at="e1.i1.19", look=Look(level="op")).views["inspector"]
    assert said(inspector.derivation)[0][1] == (
        "= ∂loss/∂((y - g)**2) · ∂((y - g)**2)/∂(y - g) · ∂(y - g)/∂g"
        " · ∂g/∂(w2 * h) · ∂(w2 * h)/∂h · ∂h/∂(w1 * x) · ∂(w1 * x)/∂w1"
    )
    assert said(inspector.derivation)[2][1] == (
        "= 0.25 · (−4.25) · (−1) · 1 · 1.5 · 1 · (−1)   sample 1 of 4"
    )


def test_the_table_of_samples_adds_up_to_the_gradient() -> None:
    assert frame(at="e1.i1.19", look=Look(sample=2)).views["inspector"].table == Table(
        header=("sample", "∂loss/∂g", "∂g/∂h", "∂h/∂w1", "product"),
        rows=(
            ("1", "+1.0625", "+1.5000", "−1.0000", "−1.5938"),
            ("2", "+0.0625", "+1.5000", "0", "0"),
            ("3", "−0.9375", "+1.5000", "+1.0000", "−1.4062"),
            ("4", "−1.4375", "+1.5000", "+2.0000", "−4.3125"),
        ),
        total=("Σ", "", "", "", "−7.3125"),
        chosen=2,
    )


@pytest.mark.parametrize("name", ["w1", "b1", "w2", "b2"])
def test_every_sample_table_sums_to_its_total_and_multiplies_across(name: str) -> None:
    table = chosen("two-layer", name, "e1.i1.23").table
    assert table is not None and table.total is not None
    numbers = [[float(cell.replace("−", "-")) for cell in row] for row in table.rows]
    for _, *factors, product in numbers:
        assert math.isclose(math.prod(factors), product, abs_tol=2e-4)
    total = float(table.total[-1].replace("−", "-"))
    assert math.isclose(sum(row[-1] for row in numbers), total, abs_tol=4e-4)


def test_an_update_shows_the_rule_with_its_numbers() -> None:
    inspector = frame(at="e1.i1.20").views["inspector"]
    assert flat(inspector.heading) == "Δ update   w1 ← w1 − lr · ∂loss/∂w1"
    assert said(inspector.entries) == [
        ("numbers", "0.5 − 0.05 · (−7.3125)"),
        ("result", "= 0.86563"),
        ("Δw1", "+0.36563"),
    ]


def test_the_parameters_at_an_update_show_value_gradient_and_change() -> None:
    assert frame(at="e1.i1.20").views["parameters"].rows[:2] == (
        ParameterRow(
            "w1", "0.8656", "−7.3125", "negative", "+0.3656", (0.5,), current=True, fresh="value"
        ),
        ParameterRow("b1", "−0.2500", "−1.8750", "negative", NOT_COMPUTED, (-0.25,)),
    )


def test_the_last_change_is_the_previous_update_until_the_next_one() -> None:
    debugger = opened("two-layer")
    after = frame(debugger, "e1.i1.23").views["parameters"].rows[0].change
    assert frame(debugger, "e2.i1.19").views["parameters"].rows[0].change == after
    assert frame(debugger, "e2.i1.20").views["parameters"].rows[0].change != after


def test_the_trend_grows_with_the_iterations_up_to_the_cursor() -> None:
    debugger = opened("two-layer")
    debugger.goto("e9")
    lengths = [len(frame(debugger, f"e{n}").views["parameters"].rows[0].trend) for n in (1, 2, 5)]
    assert lengths == [1, 2, 5]


def test_the_chain_rule_after_an_update_uses_the_numbers_of_the_pass() -> None:
    before = chosen("two-layer", "w1", "e1.i1.19")
    after = chosen("two-layer", "w1", "e1.i1.23")
    assert before.derivation == after.derivation
    assert before.table == after.table


# --- the listing and the graph ------------------------------------------------------------------


def test_the_listing_has_the_four_parts_of_an_iteration() -> None:
    headings = [row.text for row in frame().views["listing"].rows if row.number is None]
    assert headings == ["load a batch", "forward pass", "backward pass", "update"]


def test_the_current_line_is_the_only_one_and_marks_what_the_event_computes() -> None:
    view = frame(at="e1.i1.4")
    row = view.views["listing"].rows[view.views["listing"].current]
    assert row.status == "current" and row.text == "g = w2 * h + b2"
    assert row.marked is not None
    assert row.text[slice(*row.marked)] == "w2 * h"
    assert [r.status for r in view.views["listing"].rows].count("current") == 1


def test_a_line_shows_its_value_from_the_event_that_completes_it() -> None:
    debugger = opened("two-layer")
    assert line(frame(debugger, "e1.i1.2"), 2).value == ""
    assert line(frame(debugger, "e1.i1.3"), 2).value == "−0.7500"
    assert line(frame(debugger, "e1.i1.8"), 4).value == "4.0781"
    assert line(frame(debugger, "e1.i1.19"), 11).value == "−7.3125"


def test_a_forward_event_lights_the_wires_from_its_operands() -> None:
    view = ops(frame(at="e1.i1.3"))
    assert view.phase == "forward"
    assert view.active_edges == ((6, 7), (3, 7))
    assert view.current == 7


def test_a_backward_event_lights_the_wire_that_the_contribution_flows_along() -> None:
    view = ops(frame(at="e1.i1.19"))
    assert view.phase == "backward"
    assert view.active_edges == ((2, 6),)
    assert view.current == 2


def test_numbers_that_stand_in_formulas_are_no_nodes_of_the_drawing() -> None:
    assert "2" not in set(boxes(frame()))


def test_the_graph_shows_the_chosen_sample() -> None:
    debugger = opened("two-layer")
    for sample, value in enumerate(("−0.7500", "−0.2500", "+0.2500", "+0.7500")):
        view = frame(debugger, "e1.i1.8", Look(sample=sample))
        assert node(view, "h").value == value
        assert view.views["graph"].note == f"sample {sample + 1} of 4"


def test_data_has_no_gradient_at_all() -> None:
    view = frame(at="e1.i1.23")
    assert node(view, "x").gradient is None
    assert node(view, "y").gradient is None


@pytest.mark.parametrize("text", [*ODD_EXPERIMENTS.values(), "two-layer", "chain-rule"])
def test_what_is_not_computed_is_never_shown_as_a_number(text: str) -> None:
    debugger = opened(text)
    for event in range(1, debugger.calendar.events + 1):
        view = frame(debugger, f"e1.i1.{event}")
        state = debugger.state
        for i in ops(view).shape.nodes:
            n, known = ops(view).nodes[i], state.node(i)
            assert (n.value == NOT_COMPUTED) == (known.value_status is Status.PENDING)
            match known.gradient_status:
                case Status.NONE:
                    assert n.gradient is None
                case Status.PENDING:
                    assert n.gradient == NOT_COMPUTED
                case Status.PARTIAL:
                    assert n.gradient is not None and n.partial
                case Status.COMPLETE:
                    assert n.gradient not in (NOT_COMPUTED, None)
        for row, parameter in zip(
            view.views["parameters"].rows, state.graph.parameters, strict=True
        ):
            status = state.gradient_status(parameter.id)
            assert (row.gradient == NOT_COMPUTED) == (status is Status.PENDING)


@pytest.mark.parametrize("text", [*ODD_EXPERIMENTS.values(), "two-layer", "chain-rule"])
def test_every_number_of_the_graph_fits_its_box(text: str) -> None:
    debugger = opened(text)
    for event in range(1, debugger.calendar.events + 1):
        for n in boxes(frame(debugger, f"e1.i1.{event}")).values():
            assert len(n.value) <= BOX_WIDTH
            assert len(n.gradient or "") <= BOX_WIDTH


@pytest.mark.parametrize("text", [*ODD_EXPERIMENTS.values(), "two-layer-csv"])
def test_every_number_of_the_parameter_table_fits_its_column(text: str) -> None:
    debugger = opened(text)
    for event in range(1, debugger.calendar.events + 1):
        for row in frame(debugger, f"e1.i1.{event}").views["parameters"].rows:
            assert max(len(row.value), len(row.gradient), len(row.change)) <= 9, row


@pytest.mark.parametrize("text", [*ODD_EXPERIMENTS.values(), "two-layer", "chain-rule"])
@pytest.mark.parametrize("level", ["formula", "op"])
def test_every_node_can_be_inspected_at_every_event(text: str, level: str) -> None:
    debugger = opened(text)
    for event in range(1, debugger.calendar.events + 1):
        for n in debugger.graph.nodes:
            if n.literal is None:
                look = Look(node=n.id, level=level)  # pyright: ignore[reportArgumentType]
                view = frame(debugger, f"e1.i1.{event}", look)
                assert view.views["inspector"].title == "node" and ops(view).chosen == n.id


# --- several contributions ----------------------------------------------------------------------


def test_a_second_contribution_is_added_and_the_gradient_so_far_shown() -> None:
    debugger = opened(FAN_OUT)
    steps = debugger.listing.gradient_steps[debugger.graph.named["a"]]
    seen = []
    for step in steps:
        inspector = frame(debugger, f".{step}").views["inspector"]
        labels = dict(said(inspector.entries))
        assert labels["adds"].startswith("+= ")
        seen.append(labels["gradient"].partition("   ")[2])
    assert seen == [
        "1 of 4 contributions, so far",
        "2 of 4 contributions, so far",
        "3 of 4 contributions, so far",
        "4 of 4 contributions, complete",
    ]


def test_the_paths_of_a_fan_out_are_shown_one_by_one_with_their_sum() -> None:
    derivation = said(chosen(FAN_OUT, "a", "e1.i1.18").derivation)
    # c = a² + a + a³ over three samples: ∂loss/∂a = (3a² + 2a + 1) / 3 with a = 1.5 3 6.
    assert [text for _, text in derivation] == [
        "= ∂loss/∂c · ∂c/∂a",
        "= 1/N · 3 · a²",
        "= 0.33333 · 6.75   sample 1 of 3",
        "= [+2.25  +9  +36]",
        "+ ∂loss/∂c · ∂c/∂b · ∂b/∂a",
        "= 1/N · 1 · (2 · a + 1)",
        "= 0.33333 · 1 · 4   sample 1 of 3",
        "= [+1.333  +2.333  +4.333]",
        "= [+3.583  +11.33  +40.33]   Σ over paths",
    ]


def test_a_product_for_one_sample_always_says_for_which() -> None:
    derivation = said(chosen("two-layer", "h", "e1.i1.23", sample=2).derivation)
    assert ("", "= (−0.9375) · 1.5   sample 3 of 4") in derivation


def drawings(text: str) -> Iterator[str]:
    """The graph at every event of the first iteration, in panels of several sizes."""
    debugger = opened(text)
    for event in range(1, debugger.calendar.events + 1):
        view = frame(debugger, f"e1.i1.{event}")
        for size in [(78, 9), (77, 14), (100, 14), (150, 25)]:
            yield "\n".join(text_of(draw_graph(ops(view), *size, Camera())))


@pytest.mark.parametrize("text", [*ODD_EXPERIMENTS.values(), "two-layer"])
def test_a_number_that_is_known_is_never_drawn_as_an_ellipsis_alone(text: str) -> None:
    for drawn in drawings(text):
        # At the edge of a panel an ellipsis stands for the number of a box that is cut.
        assert not re.search(r"[∇│┃▸]\s*…(?!$)", drawn, re.MULTILINE), drawn


@pytest.mark.parametrize("text", [MATRICES, FAN_OUT, "two-layer"])
def test_a_minus_of_the_drawing_is_the_sign_of_mathematics(text: str) -> None:
    for drawn in drawings(text):
        assert not re.search(r"[∇│┃▸] *-\d", drawn), drawn


# --- odd experiments ----------------------------------------------------------------------------


def test_a_factor_with_as_many_entries_as_there_are_samples_is_shown_whole() -> None:
    # ∂s/∂a = v = 1 2 3 4 is a row of features, and there are four samples as well.
    debugger = opened(MATRICES)
    (step,) = debugger.listing.gradient_steps[debugger.graph.named["a"]]
    entries = dict(
        said(frame(debugger, f"e1.i1.{step}", Look(sample=1)).views["inspector"].entries)
    )
    assert entries["local"] == "∂s/∂a = v = [+1  +2  +3  +4]"


def test_a_matrix_is_shown_by_its_norm_in_the_graph_and_with_its_shape_in_the_inspector() -> None:
    view = frame(MATRICES, "e1.i1.2")
    assert node(view, "W").value == "‖1.700‖"  # the root of 46.25/16
    result = dict(said(view.views["inspector"].entries))["result"]
    assert result.endswith("  4×4")


def test_a_diverging_run_shows_inf_and_nan_loudly() -> None:
    debugger = opened(DIVERGING)
    seen: set[str] = set()
    for epoch in range(1, 120, 2):
        view = frame(debugger, f"e{epoch}.i1.8")
        for n in boxes(view).values():
            bare = n.value.strip("+−")
            if bare in ("inf", "nan"):
                assert n.value_style == "bad"
                seen.add(bare)
        for row in view.views["parameters"].rows:
            if row.gradient.strip("+−") in ("inf", "nan"):
                assert row.gradient_style == "bad"
    assert seen == {"inf", "nan"}


def test_a_diverging_run_can_be_looked_at_anywhere() -> None:
    debugger = opened(DIVERGING)
    for epoch in (1, 50, 77, 78, 79, 80, 81, 100, 400):
        for event in range(1, debugger.calendar.events + 1):
            assert frame(debugger, f"e{epoch}.i1.{event}").timeline.event == event


def test_without_data_nothing_is_loaded_and_nothing_has_samples() -> None:
    view = frame(NO_DATA, "e1.i1.1")
    assert view.views["graph"].note == ""
    assert said(view.views["inspector"].entries) == [
        ("", "no data: an epoch is one iteration on the formulas alone"),
        ("", "columns under [data] in its file would be its samples"),
    ]
    assert not [text for text in texts_of(frame(NO_DATA, "e1.i1.6")) if "sample 1" in text]


def test_without_parameters_there_are_no_rows_and_no_paths() -> None:
    view = frame(NO_PARAMETERS, "e1.i1.4")
    assert view.views["parameters"].rows == ()
    assert [plot.name for plot in view.views["plots"].plots] == ["loss"]


def test_a_parameter_that_is_not_trained_is_called_fixed() -> None:
    (row,) = frame(NOTHING_TRAINED, "e1.i1.6").views["parameters"].rows
    assert (row.value, row.gradient, row.change, row.trend) == ("2.0000", "+3.0000", "fixed", ())


def test_names_of_thirty_characters_stay_whole_in_the_views() -> None:
    view = frame(LONG_NAMES, "e1.i1.6")
    assert view.views["parameters"].rows[0].name == "another_quite_long_parameter_n"
    assert "an_extremely_long_name_of_30_ch" in flat(view.views["inspector"].heading)


def test_a_sample_beyond_a_smaller_batch_is_its_last_one() -> None:
    view = frame(UNEVEN, "e1.i2.3", Look(sample=3))
    assert view.views["graph"].note == ""
    assert node(view, "x").value == "+5.0000"


def test_an_experiment_without_a_title_is_called_by_its_name() -> None:
    assert frame(NO_DATA).title == "experiment"


# --- timeline and plots -------------------------------------------------------------------------


def test_the_timeline_says_where_the_cursor_is() -> None:
    view = frame("two-layer-csv", "e2.i3.17").timeline
    assert (view.address, view.phase, view.event) == ("e2.i3.17", "backward", 17)
    assert view.place == "epoch 2/40 · iteration 3/5 · event 17/23"
    assert view.percent == "3.8%"


def test_the_ends_of_the_run_are_0_and_100_percent() -> None:
    debugger = opened("two-layer")
    assert frame(debugger, "e1.i1.1").timeline.percent == "0%"
    assert frame(debugger, "e100.i1.23").timeline.percent == "100%"
    assert frame(debugger, "e100.i1.22").timeline.percent == "99.9%"


def test_the_timeline_shows_what_is_going_on_instead_of_the_place() -> None:
    views = Views(opened("two-layer"))
    busy = views.going_on(views.frame(Look()), Look(), "stopped").timeline
    assert isinstance(busy, TimelineView) and busy.busy == "stopped"


def test_the_loss_is_plotted_at_iterations_counted_from_one() -> None:
    debugger = opened("two-layer")
    debugger.goto("e3")
    view = frame(debugger, "e2").views["plots"].plots[0]
    assert view.series[0].xs == (1.0, 2.0, 3.0)
    assert view.series[0].ys[0] == 4.078125
    assert view.cursor == 2.0


def test_a_long_series_is_thinned_and_keeps_its_extremes() -> None:
    debugger = Debugger(open_lesson("two-layer", overrides=["training.epochs=20000"]))
    debugger.end()
    behind, middle = frame(debugger, "e1").views["plots"].plots[0].series
    assert (behind.behind, middle.behind) == (True, False)
    assert len(middle.ys) < len(behind.ys) <= 1024
    assert max(behind.ys) == 4.078125


def test_two_frames_of_one_place_are_equal() -> None:
    debugger = opened("two-layer")
    debugger.goto("e1.i1.19")
    views = Views(debugger)
    found = views.frame(Look())
    debugger.goto("e1.i1.1")
    assert views.frame(Look()) != found
    debugger.goto("e1.i1.19")
    assert views.frame(Look()) == found


@pytest.mark.parametrize("wanted", [3, 10])
def test_numbers_have_as_many_digits_as_the_reader_wants_and_boxes_keep_their_size(
    wanted: int,
) -> None:
    with shown_with(wanted):
        shown = frame("two-layer-csv", "e3.i2.19")
    inspector, graph = shown.views["inspector"], shown.views["graph"].ops
    (gradient,) = [text for label, text in said(inspector.entries) if label == "gradient"]
    digits = re.sub(r"^\D*0\.|\D", "", gradient.split()[1])
    assert len(digits) == wanted
    for row in shown.views["parameters"].rows:
        for text in (row.value, row.gradient, row.change):
            assert len(text.partition(".")[2]) == wanted - 1
    assert all(len(graph.nodes[i].value) <= BOX_WIDTH for i in graph.shape.nodes)


def test_numbers_that_are_none_stand_out_in_every_table() -> None:
    debugger = opened(DIVERGING)
    debugger.goto("e200.i1.10")
    views = Views(debugger).frame(Look()).views
    inspector = inspector_rows(views["inspector"], 60, 30)
    samples = next(i for i, row in enumerate(inspector) if "product" in flat(row))
    drawn = [
        *draw_listing(views["listing"], 60, 20, top=0),
        *draw_parameters(views["parameters"], 60, 4),
        *inspector[samples:],
    ]
    numbers = [span for row in drawn for span in row if span[0].strip() in ("nan", "inf")]
    assert len(numbers) >= 10
    assert {style.split()[0] for _, style in numbers} == {"bad"}
    assert all(text == text.strip() for text, _ in numbers)


HUGE = """
formulas = '''
h = relu(x @ W + b)
g = h @ v
loss = mean((y - g)**2)
'''
[parameters]
W = [[1e150, -1e100, 3.0], [1e-300, 1e160, 2.0]]
b = [0.0, 1e300, -1e308]
v = [1.0, 1e-10, 1e5]
[data]
x = [[1.0, 2.0], [1e5, 3.0], [-1e200, 1e-320], [1e308, 1e308]]
y = [1.7e308, -1.7e308, 1e-320, 0.0]
[training]
epochs = 30
learning_rate = 1e-310
"""


def test_numbers_at_the_edge_of_what_there_is_are_shown_and_no_warning_is_given() -> None:
    debugger = Debugger(parse_experiment(HUGE))
    views = Views(debugger)
    for plot in ("loss", "gradients", "updates", "parameters"):
        look = Look(plots=PlotsLook(chosen=plot))
        for place in ("e1", "e1.i1.9", "e2.i1.14", "e25"):
            debugger.goto(place)
            assert views.frame(look).timeline.address == str(debugger.address)
            assert narrated(debugger)
    assert questions(debugger.run, 1)  # a warning would be an error here
    debugger.goto("e1.i1.14")
    assert debugger.check().rows


def test_what_flows_into_a_matrix_product_is_written_out_in_the_inspector() -> None:
    debugger = Debugger(open_lesson("xor"))
    debugger.goto("e1.i1.17")
    inspector = Views(debugger).frame(Look(), names=("inspector",)).views["inspector"]
    entries = (*inspector.entries, *inspector.derivation)
    told = ["".join(text for text, _ in entry.text) for entry in entries]
    assert "∂(x @ W1)/∂W1 = xᵀ @ upstream" in told
    assert "= xᵀ @ (((1/N · (sigmoid(z) − y)) · w2) · (1 − h²))" in told
    assert not any("(·)" in text for text in told)

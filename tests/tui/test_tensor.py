"""Arrays as tables: as values, in cells of any size, and by their keys."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from engine import Debugger, open_lesson, parse_experiment
from tests.experiments import EXPERIMENTS
from tests.tui.screens import ODD_EXPERIMENTS, opened, text_of
from tests.tui.test_goldens import hold
from tests.tui.test_neurons import NET
from tui.drawing.neurons import draw_neurons
from tui.drawing.tensor import draw_tensor, element_at, moved, page, sliced, window
from tui.models.tensor import TensorView
from tui.numbers import decimals_of, tabular
from tui.views.frame import Views
from tui.views.look import Look, NeuronsLook, TensorLook
from tui.views.tensor import SPAN, statistics_of

END = "e1.i1.29"

LARGE = '''
formulas = """
z = x @ W
loss = mean(z**2)
"""
[parameters]
W = { shape = [20, 100], init = "normal" }
x = { shape = [200, 20], init = "normal", trainable = false }
[training]
epochs = 2
'''

DEEP = '''
formulas = """
z = x * w
loss = mean(z**2)
"""
[parameters]
w = 2.0
[data]
x = [[[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]], [[9.0, 10.0], [11.0, 12.0]]],
     [[[0.5, 2.5], [3.5, 4.5]], [[5.5, 6.5], [7.5, 8.5]], [[9.5, 10.5], [11.5, 12.5]]]]
'''

BAD = '''
formulas = """
z = 1 / x
l = log(x)
loss = sum(z * w) + sum(l)
"""
[parameters]
w = 1.0
[data]
x = [[0.0, 1.0, -1.0], [2.0, 4.0, 8.0]]
'''


@cache
def at(text: str, address: str) -> tuple[Debugger, Views]:
    experiment = parse_experiment(text) if "formulas" in text else open_lesson(text)
    debugger = Debugger(experiment)
    debugger.goto(debugger.calendar.parse(address, last=True))
    return debugger, Views(debugger)


def view_of(text: str, address: str, node: str | None = None, **look: Any) -> TensorView:
    debugger, views = at(text, address)
    tensor = TensorLook(look.pop("what", "event"), look.pop("corner", (0, 0)))
    named = None if node is None else debugger.graph.named[node]
    frame = views.frame(Look(node=named, tensor=tensor, **look), names=["tensor"])
    return frame.views["tensor"]


def drawn(view: TensorView, width: int, height: int, **more: Any) -> str:
    return "\n".join(text_of(draw_tensor(view, width, height, **more)))


# --- values -------------------------------------------------------------------------------------


def test_it_follows_the_event_and_what_the_event_is_about() -> None:
    forward = view_of(NET, "e1.i1.2")
    assert (forward.symbol, forward.what, forward.shape) == ("x @ W1", "value", (3, 4))
    backward = view_of(NET, "e1.i1.18")
    assert backward.symbol.startswith("∂loss/∂") and backward.what == "gradient"
    update = view_of(NET, "e1.i1.31")
    assert (update.what, update.hint) == ("value", "gradient")
    batch = view_of(NET, "e1.i1.1")
    assert batch.symbol in ("x", "W1")


def test_the_chosen_node_and_the_wanted_side_of_it_are_shown() -> None:
    view = view_of(NET, END, "W2", what="gradient", element=(3, 1))
    debugger, _ = at(NET, END)
    gradient = debugger.state.gradient(debugger.graph.named["W2"])
    assert gradient is not None and view.block is not None
    assert view.block.numbers == tuple(map(tuple, gradient.tolist()))
    assert view.number == gradient[3, 1]
    assert view.element == "∂loss/∂W2[3, 1]"


def test_the_chosen_number_of_samples_is_that_of_the_chosen_sample() -> None:
    view = view_of(NET, END, "h1", what="value", element=(0, 2), sample=2)
    assert (view.index, view.row, view.column) == ((2, 2), 2, 2)
    assert (view.row_axis, view.sample_axis) == ("sample", 0)


def test_what_was_chosen_elsewhere_is_taken_for_the_nearest_here() -> None:
    assert view_of(NET, END, "W1", element=(9, 9)).index == (1, 3)
    assert view_of(NET, END, "b1", element=(9, 9)).index == (0,)
    assert view_of(NET, END, "b3", element=(9, 9)).index == ()


def test_vectors_stand_as_matrix_products_take_them() -> None:
    assert view_of(NET, END, "b1").axes == (None, 0)
    assert view_of(NET, END, "w3").axes == (0, None)
    assert view_of(NET, END, "z").axes == (0, None)
    assert view_of(NET, END, "b3").axes == (None, None)


def test_a_product_comes_with_the_matrices_that_it_is_the_product_of() -> None:
    view = view_of(NET, "e1.i1.2", element=(1, 3), sample=1)
    assert view.left is not None and view.above is not None and view.block is not None
    assert (view.left.name, view.above.name) == ("x", "W1")
    row, column = np.array(view.left.numbers)[1], np.array(view.above.numbers)[:, 3]
    assert view.number == pytest.approx(float(row @ column))
    gradient = view_of(NET, END, "W1", what="gradient")
    assert gradient.left is not None and gradient.left.name == "xᵀ"
    (made,) = gradient.ingredients
    assert "".join(text for text, _ in made.symbols) == (
        "∂loss/∂W1[0, 0] = Σₙ x[n, 0] · ∂loss/∂(x @ W1)[n, 0]"
    )
    assert [term.label for term in made.terms] == ["sample 1", "sample 2", "sample 3"]


def test_an_array_of_more_axes_is_looked_at_a_matrix_at_a_time() -> None:
    view = view_of(DEEP, "e1.i1.2", element=(0, 2, 1, 0), sample=1)
    assert (view.shape, view.slices) == ((2, 3, 2, 2), 6)
    assert view.slice_text == "[1, 2, :, :]   6 of 6"
    assert view.block is not None and view.block.numbers == ((19.0, 21.0), (23.0, 25.0))
    assert sliced(view, view.index, 1) == view.index == (1, 2, 1, 0)
    assert sliced(view, view.index, -1) == (1, 1, 1, 0)
    assert sliced(view, view.index, -3) == (0, 2, 1, 0)
    assert sliced(view, view.index, -99) == (0, 0, 1, 0)


@pytest.mark.parametrize(
    ("node", "what", "address", "words"),
    [
        ("h1", "value", "e1.i1.2", "computed at event .4"),
        ("W1", "gradient", "e1.i1.2", "computed at event .29"),
        ("x", "gradient", END, "no gradient flows here"),
    ],
)
def test_what_is_not_there_says_why_and_what_is(
    node: str, what: str, address: str, words: str
) -> None:
    view = view_of(NET, address, node, what=what)
    assert view.block is None
    text = " ".join(drawn(view, 60, 9).split())
    assert words in text and "o shows the " in text


def test_statistics_are_those_of_all_numbers() -> None:
    array = np.array([[0.0, -1.5, 2.0, 0.0], [np.nan, np.inf, -np.inf, 4.0]])
    found = statistics_of(array)
    finite = np.array([0.0, -1.5, 2.0, 0.0, 4.0])
    assert (found.least, found.greatest) == (-1.5, 4.0)
    assert found.mean == pytest.approx(finite.mean())
    assert found.deviation == pytest.approx(finite.std())
    assert found.norm == pytest.approx(np.linalg.norm(finite))
    assert (found.zeros, found.nan, found.inf, found.size) == (2, 1, 2, 8)
    assert sum(found.bins) == 5
    assert statistics_of(np.full((2, 2), np.nan)).nan == 4
    assert statistics_of(np.ones(5)).bins == ()
    assert statistics_of(np.array(3.0)).greatest == 3.0


@given(
    st.lists(
        st.one_of(st.floats(-1e6, 1e6), st.sampled_from([np.nan, np.inf, -np.inf, 0.0])),
        min_size=1,
        max_size=60,
    )
)
def test_every_finite_number_is_in_the_histogram(numbers: list[float]) -> None:
    found = statistics_of(np.array(numbers))
    finite = [n for n in numbers if np.isfinite(n)]
    assert found.nan + found.inf + len(finite) == found.size
    if found.bins:
        assert sum(found.bins) == len(finite)


def test_of_a_large_array_only_a_window_is_copied() -> None:
    view = view_of(LARGE, "e1.i1.2", element=(150, 80), corner=(140, 70))
    block = view.block
    assert block is not None
    assert (block.rows, block.columns) == (200, 100)
    assert (block.first_row, block.first_column) == (140, 70)
    assert len(block.numbers) <= SPAN[0] and len(block.numbers[0]) <= SPAN[1]
    text = drawn(view, 79, 20)
    assert "150 of 200" in text and "of 100" in text
    assert "Σₖ x[150, k] · W[k, 80]" in text and "more" in text


@pytest.mark.parametrize("name", [*EXPERIMENTS, *ODD_EXPERIMENTS])
def test_every_event_can_be_shown_whatever_the_experiment(name: str) -> None:
    text = ODD_EXPERIMENTS.get(name, name)
    debugger = Debugger(parse_experiment(text) if "formulas" in text else open_lesson(text))
    views = Views(debugger)
    steps = debugger.calendar.events
    looks = [
        Look(),
        Look(tensor=TensorLook("value"), neurons=NeuronsLook(gradients=True, unit=(1, 0))),
        Look(tensor=TensorLook("gradient"), neurons=NeuronsLook(batch=True, unit=(0, 0))),
    ]
    for event in range(steps + 1, 2 * steps + 1):
        debugger.goto(min(event, debugger.calendar.total))
        shown = views.frame(looks[event % 3], names=["neurons", "tensor"]).views
        assert len(draw_neurons(shown["neurons"], 60, 14)) == 14
        assert len(draw_tensor(shown["tensor"], 60, 14)) == 14


# --- numbers ------------------------------------------------------------------------------------


@given(st.floats(-1e7, 1e7), st.floats(1e-9, 1e12), st.integers(6, 9), st.booleans())
@example(-9999999.5, 1.0, 8, False)
@example(9999999.5, 1.0, 8, True)
def test_a_number_of_a_table_has_its_width_and_its_value(
    value: float, largest: float, width: int, signed: bool
) -> None:
    largest = max(largest, abs(value))
    decimals = decimals_of(largest, width)
    text = tabular(value, decimals, width, signed=signed)
    assert len(text) == width
    assert value >= 0 or "−" in text
    assert not (signed and value > 0) or "+" in text
    if "≪" in text:
        assert abs(value) < 1e-9
        return
    written = float(text.replace("−", "-"))
    assert (written == 0) == (value == 0)
    assert written == pytest.approx(value, rel=0.3, abs=0.6 * 10 ** -(decimals or 0))


def test_points_stand_below_each_other() -> None:
    decimals = decimals_of(12.5, 7)
    rows = [tabular(value, decimals, 7) for value in (12.5, -0.25, 3.0)]
    assert {row.index(".") for row in rows} == {3}
    assert tabular(0.0, decimals, 7) == "  0    "
    assert tabular(1.23456e-4, 4, 7) == " 1.2e-4"
    assert tabular(float("nan"), 4, 7).strip() == "nan"
    assert decimals_of(9.99996, 7) == 3 or len(tabular(9.99996, decimals_of(9.99996, 7), 7)) == 7


# --- in cells -----------------------------------------------------------------------------------

VIEWS = [
    view_of(NET, "e1.i1.2", element=(1, 3), sample=1),
    view_of(NET, END, "W1", what="gradient", element=(1, 2)),
    view_of(NET, END, "b3"),
    view_of(NET, END, "z", sample=2),
    view_of(NET, END, "x", what="gradient"),
    view_of(LARGE, "e1.i1.2", element=(150, 80), corner=(140, 70)),
    view_of(LARGE, "e1.i1.2", "W", element=(0, 0)),
    view_of(DEEP, "e1.i1.2", element=(1, 2, 1, 0)),
    view_of(BAD, "e1.i1.2"),
    view_of("convolution", "e1.i1.3", element=(3, 1, 2, 2), sample=3),
    view_of("lstm-cell", "e1.i1.66", "W"),
]


@given(
    st.sampled_from(VIEWS),
    st.integers(1, 200),
    st.integers(1, 60),
    st.booleans(),
    st.booleans(),
)
@example(VIEWS[0], 20, 5, False, True)
@example(VIEWS[5], 20, 5, True, False)
@settings(max_examples=120)
def test_every_size_is_filled_exactly(
    view: TensorView, width: int, height: int, ascii: bool, shades: bool
) -> None:
    rows = draw_tensor(view, width, height, glyphs="ascii" if ascii else "braille", shades=shades)
    assert len(rows) == height
    assert {sum(cell_len(text) for text, _ in row) for row in rows} == {width}
    if ascii:
        assert all(text.isascii() for row in rows for text, _ in row)


@given(
    st.sampled_from([v for v in VIEWS if v.block is not None]),
    st.integers(20, 200),
    st.integers(5, 60),
    st.booleans(),
)
@settings(max_examples=80)
def test_the_chosen_number_is_in_sight_and_found_where_it_is_drawn(
    view: TensorView, width: int, height: int, shades: bool
) -> None:
    rows, columns = window(view, width, height, shades=shades)
    assert view.row in rows and view.column in columns
    lines = drawn(view, width, height, shades=shades).splitlines()
    y, x = next((y, line.index("[", 0)) for y, line in enumerate(lines[1:], 1) if "[" in line)
    assert element_at(view, width, height, x, y, shades=shades) == (view.row, view.column)
    down, across = page(view, width, height, shades=shades)
    assert (down, across) == (len(rows), len(columns))
    assert moved(view, view.index, 0, 0) == view.index


def test_numbers_are_never_cut() -> None:
    view = VIEWS[6]
    assert view.block is not None
    decimals = decimals_of(view.block.largest, 7)
    for width in range(20, 120, 7):
        _, columns = window(view, width, 12)
        written = [tabular(view.block.numbers[1][c], decimals, 7).strip() for c in columns]
        row = drawn(view, width, 12).splitlines()[3]
        assert row.replace("]", " ").split()[1 : len(written) + 1] == written


def test_the_factors_stand_beside_and_above_their_product() -> None:
    text = drawn(VIEWS[0], 90, 16)
    lines = text.splitlines()
    assert lines[0].startswith("x @ W1   3×4")
    assert lines[1].split()[:5] == ["W1", "0", "1", "2", "3"]
    (chosen,) = [line for line in lines if "▸" in line and "│" in line]
    assert "[" in chosen and "]" in chosen
    assert "= 1 · 1 + 0.25 · (−1) = +0.75" in drawn(VIEWS[0], 90, 12)


def test_there_is_room_for_every_term_or_for_as_many_as_fit() -> None:
    view = VIEWS[1]
    tall = drawn(view, 90, 40).splitlines()
    assert [line.split()[:2] for line in tall if line.startswith("  sample")] == [
        ["sample", "1"],
        ["sample", "2"],
        ["sample", "3"],
    ]
    assert "0.25 · 0.1199 + … 1 more = +0.039701" in drawn(view, 60, 12)


def test_nan_and_inf_are_loud() -> None:
    view = view_of(BAD, "e1.i1.3")
    rows = draw_tensor(view, 79, 14)
    loud = [text.strip() for row in rows for text, style in row if style.startswith("bad")]
    assert "nan" in loud
    text = drawn(view, 79, 14)
    assert "nan" in text and "inf" in text


def test_without_colours_a_block_tells_the_size() -> None:
    text = drawn(VIEWS[1], 79, 16, shades=True)
    assert any(block in text for block in "▂▄▆█")
    plain = draw_tensor(VIEWS[1], 79, 16)
    assert any("warm" in style or "cold" in style for row in plain for _, style in row)


# --- on the screen ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "size"), [("80x24", (80, 24)), ("120x40", (120, 40)), ("200x60", (200, 60))]
)
async def test_a_table_looks_as_it_was_kept(name: str, size: tuple[int, int]) -> None:
    async with opened(NET, size) as session:
        await session.goto("e1.i1.2")
        await session.act("view('tensor')")
        hold(f"{name}-tensor", session.panel_text("tensor"))


async def test_arrows_move_the_cursor_and_letters_still_step() -> None:
    async with opened(NET) as session:
        await session.goto("e1.i1.2")
        await session.act("view('tensor')")
        await session.press("right", "l", "j", "down", "left")
        assert session.at == "e1.i1.2"
        assert session.screen.look.element == (2, 1)
        assert session.screen.look.sample == 2
        await session.press("s")
        assert session.at == "e1.i1.3"
        await session.press("o")
        assert session.screen.look.tensor.what == "gradient"
        await session.press("escape")
        assert session.screen.look.tensor.what == "event"


async def test_keys_in_one_breath_go_on_from_each_other() -> None:
    async with opened(NET) as session:
        await session.goto("e1.i1.2")
        await session.act("view('tensor')")
        panel = session.screen.panel("tensor")
        for direction in ("right", "down", "right", "down"):
            panel.action_move(direction)  # before any of them is shown
        await session.settled()
        assert session.screen.look.element == (2, 2)


async def test_pages_slices_and_a_click() -> None:
    async with opened(LARGE) as session:
        await session.goto("e1.i1.2")
        await session.act("view('tensor')")
        panel = session.screen.panel("tensor")
        view = session.frame.views["tensor"]
        down, across = page(view, *panel.room)
        await session.press("J", "L")
        assert session.screen.look.element == (down, across)
        await session.press("K", "H")
        assert session.screen.look.element == (0, 0)
        rows, columns = window(view, *panel.room)
        place = next(
            (x, y)
            for y in range(panel.room[1])
            for x in range(panel.room[0])
            if element_at(view, *panel.room, x, y) == (rows[1], columns[1])
        )
        await session.pilot.click("#tensor", offset=(place[0] + 2, place[1] + 1))
        await session.settled()
        assert session.screen.look.element == (1, 1)
    async with opened(DEEP) as session:
        await session.goto("e1.i1.2")
        await session.act("view('tensor')")
        await session.press("r", "r", "R")
        assert session.screen.look.element == (0, 1, 0, 0)


async def test_why_and_set_are_about_the_chosen_number() -> None:
    async with opened(NET) as session:
        await session.goto("e1.i1.30")
        await session.act("view('tensor')")
        view = session.frame.views["tensor"]
        await session.press("l")
        await session.act("why")
        assert view.symbol in session.text()
        assert f"{view.symbol}[0, 1]" in session.text()

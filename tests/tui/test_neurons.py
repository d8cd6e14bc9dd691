"""The layered net on the screen: as values, in cells of any size, and by its keys."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.events import MouseScrollDown

from engine import Debugger, Network, open_lesson, parse_experiment
from tests.tui.screens import opened, text_of
from tests.tui.test_goldens import hold
from tui.drawing.neurons import (
    DOTS,
    Direction,
    draw_neurons,
    layer_at,
    neighbour_unit,
    planned,
    unit_at,
)
from tui.models.neurons import NeuronsView
from tui.shades import shades
from tui.theme import COLOURS, Palette
from tui.views.frame import Views
from tui.views.look import Look, NeuronsLook

NET = '''
formulas = """
h1 = tanh(x @ W1 + b1)
h2 = relu(h1 @ W2 + b2)
z = h2 @ w3 + b3
loss = mean((z - y)**2)
"""
[parameters]
W1 = [[0.5, -0.25, 0.0, 1.0], [0.25, 0.5, -0.5, -1.0]]
b1 = [0.0, 0.5, -0.5, 0.25]
W2 = [[0.5, 1.0, 0.25], [-0.5, 0.25, -1.0], [0.75, -0.125, 0.5], [-0.25, 0.5, 1.0]]
b2 = [1.5, 0.25, -9.0]
w3 = [1.0, -0.5, 0.25]
b3 = 0.0
[data]
x = [[0.5, -1.0], [1.0, 0.25], [0.0, 0.0]]
y = [1.0, 0.0, 0.5]
[training]
learning_rate = 0.0625
epochs = 3
'''
"""Two inputs, four and three units, the last of them dead, and one output."""

FORWARD, ACTIVATED, BACKWARD, END = "e1.i1.5", "e1.i1.7", "e1.i1.20", "e1.i1.29"

WIDE = '''
formulas = """
h = relu(x @ W1)
z = h @ W2
loss = mean(z**2)
"""
[parameters]
W1 = { shape = [3, 300], init = "he_uniform" }
W2 = { shape = [300, 2], init = "he_uniform" }
[data]
x = [[0.5, -1.0, 2.0], [1.0, 0.25, -0.5]]
[training]
epochs = 2
'''


@cache
def at(text: str, address: str) -> tuple[Debugger, Views]:
    experiment = parse_experiment(text) if "formulas" in text else open_lesson(text)
    debugger = Debugger(experiment)
    debugger.goto(debugger.calendar.parse(address, last=True))
    return debugger, Views(debugger)


def view_of(text: str, address: str, sample: int = 0, **look: object) -> NeuronsView:
    _, views = at(text, address)
    neurons = NeuronsLook(**look)  # pyright: ignore[reportArgumentType]
    frame = views.frame(Look(sample=sample, neurons=neurons), names=["neurons"])
    return frame.views["neurons"]


def drawn(view: NeuronsView, width: int, height: int, **more: Any) -> str:
    return "\n".join(text_of(draw_neurons(view, width, height, **more)))


# --- values -------------------------------------------------------------------------------------


def test_units_show_the_activations_of_the_chosen_sample() -> None:
    debugger, _ = at(NET, END)
    h1 = debugger.state.value(debugger.graph.named["h1"])
    assert h1 is not None
    for sample in (0, 2):
        layer = view_of(NET, END, sample).layers[1]
        assert (layer.name, layer.values) == ("h1", tuple(h1[sample].tolist()))


def test_units_show_the_mean_of_the_batch_and_the_sum_of_its_gradients() -> None:
    debugger, _ = at(NET, END)
    named, state = debugger.graph.named, debugger.state
    value, gradient = state.value(named["h1"]), state.gradient(named["h1"])
    assert value is not None and gradient is not None
    mean = view_of(NET, END, batch=True)
    assert mean.layers[1].values == tuple(value.mean(axis=0).tolist())
    assert mean.note == "mean of 3 samples"
    total = view_of(NET, END, batch=True, gradients=True)
    assert total.layers[1].values == tuple(gradient.sum(axis=0).tolist())
    assert (total.layers[1].shown, total.note) == ("∇h1", "Σ of 3 samples")


def test_a_layer_shows_what_there_is_of_it_and_what_that_is() -> None:
    assert view_of(NET, "e1.i1.1").layers[1].values == (None,) * 4
    for address, shown in (("e1.i1.2", "x @ W1"), ("e1.i1.3", "x @ W1 + b1"), ("e1.i1.4", "h1")):
        layer = view_of(NET, address).layers[1]
        assert layer.shown == shown
        assert None not in layer.values
        assert layer.current


def test_what_is_not_computed_is_not_zero() -> None:
    view = view_of(NET, BACKWARD, gradients=True)
    assert view.layers[1].values == (None,) * 4
    assert view.edges[0].numbers is None
    assert view.layers[3].values != (None,)
    text = drawn(view, 79, 16)
    assert "∇W1 ·" in text
    done = view_of(NET, END)
    assert done.layers[2].values[2] == 0.0


def test_edges_show_weights_or_what_a_sample_or_the_batch_gives_to_their_gradient() -> None:
    debugger, _ = at(NET, END)
    gradient = debugger.state.gradient(debugger.graph.named["W1"])
    assert gradient is not None
    weights = view_of("xor", "e1.i1.4").edges[0]
    xor, _ = at("xor", "e1.i1.4")
    value = xor.state.value(xor.graph.named["W1"])
    assert value is not None and weights.numbers == tuple(map(tuple, value.tolist()))
    batch = view_of(NET, END, batch=True, gradients=True).edges[0]
    assert batch.numbers == tuple(map(tuple, gradient.tolist()))
    shares = [view_of(NET, END, s, gradients=True).edges[0].numbers for s in range(3)]
    for row in range(2):
        for column in range(4):
            total = sum(share[row][column] for share in shares if share is not None)
            assert total == pytest.approx(gradient[row, column], abs=1e-15)


def test_a_unit_that_is_always_0_is_silent_and_dead_when_no_gradient_moves_it() -> None:
    assert view_of(NET, ACTIVATED).layers[2].marks == ((2, "silent"),)
    dead = view_of(NET, END)
    assert dead.layers[2].marks == ((2, "dead"),)
    chosen = view_of(NET, END, unit=(2, 2)).chosen
    assert chosen is not None and chosen.note.startswith("dead")
    assert view_of("dead-relu", "e1.i1.24").layers[2].marks == ((0, "dead"),)
    assert view_of("dead-relu", "e1.i1.24").layers[1].marks == ()


def test_the_event_marks_its_layer_and_the_edges_along_which_something_flows() -> None:
    forward = view_of(NET, FORWARD)
    assert [layer.current for layer in forward.layers] == [False, False, True, False]
    assert [edges.active for edges in forward.edges] == [False, True, False]
    assert "━ W2" in drawn(forward, 79, 16) and "━▸ h1 @ W2" in drawn(forward, 79, 16)
    debugger, _ = at(NET, END)
    steps = debugger.listing.steps
    network = debugger.network
    assert isinstance(network, Network)
    product = next(s for s in steps if s.source == network.connections[1].op)
    backward = view_of(NET, f"e1.i1.{product.index}")
    assert [edges.active for edges in backward.edges] == [False, True, False]
    assert "h1 ◂━" in drawn(backward, 79, 16)


def test_the_chosen_unit_lists_its_edges_the_largest_part_first() -> None:
    view = view_of(NET, END, unit=(1, 3))
    unit = view.chosen
    assert unit is not None and unit.name == "h1[3]"
    bias, *inputs = unit.incoming
    assert (bias.name, bias.product) == ("b1[3]", bias.number)
    total = sum(edge.product or 0.0 for edge in unit.incoming)
    assert unit.value is not None
    debugger, _ = at(NET, END)
    before = debugger.state.value(debugger.graph[debugger.graph.named["h1"]].operands[0])
    assert before is not None and total == pytest.approx(before[0, 3])
    assert [abs(e.product or 0) for e in inputs] == sorted(
        (abs(e.product or 0) for e in inputs), reverse=True
    )
    assert {edge.name for edge in unit.outgoing} == {"h2[0]", "h2[1]", "h2[2]"}
    text = drawn(view, 100, 20)
    assert "in   b1[3]" in text and "out  h2[" in text


def test_a_large_layer_comes_as_a_window_around_the_chosen_unit() -> None:
    view = view_of(WIDE, "e1.i1.3", unit=(1, 200))
    layer = view.layers[1]
    assert layer.units == 300 and len(layer.values) < 100
    assert layer.first <= 200 < layer.first + len(layer.values)
    text = drawn(view, 79, 20)
    assert "▴ " in text and "▾ " in text and "more" in text
    assert "[●]" in text or "[◌]" in text or "[○]" in text
    assert "of 1500 edges" in drawn(view_of(WIDE, "e1.i1.3"), 79, 20)


@pytest.mark.parametrize(
    ("lesson", "words"),
    [
        ("attention-head", "neither is a weight"),
        ("convolution", "weighted sum of units"),
        ("lstm-cell", "takes the units of a layer apart"),
        ("chain-rule", "no weights multiply"),
    ],
)
def test_what_is_no_layered_net_says_so_and_where_else_to_look(lesson: str, words: str) -> None:
    view = view_of(lesson, "e1.i1.2")
    text = " ".join(drawn(view, 70, 12).split())
    assert "no layered net here" in text
    assert words in text
    assert "2 shows every op as a graph, 7 the numbers of any array" in text


# --- in cells -----------------------------------------------------------------------------------

VIEWS = [
    view_of(NET, END),
    view_of(NET, FORWARD, unit=(1, 3)),
    view_of(NET, BACKWARD, gradients=True, unit=(2, 2)),
    view_of(WIDE, "e1.i1.3", unit=(1, 200)),
    view_of(WIDE, "e1.i1.3", unit=(2, 1)),
    view_of("vanishing-gradients", "e1.i1.57", gradients=True, batch=True),
    view_of("dead-relu", "e1.i1.26", unit=(2, 0)),
    view_of("one-neuron", "e1.i1.9"),
    view_of("attention-head", "e1.i1.2"),
]


@given(st.sampled_from(VIEWS), st.integers(1, 200), st.integers(1, 60), st.booleans())
@example(VIEWS[0], 20, 5, True)
@example(VIEWS[5], 20, 5, False)
@settings(max_examples=120)
def test_every_size_is_filled_exactly(
    view: NeuronsView, width: int, height: int, ascii: bool
) -> None:
    rows = draw_neurons(view, width, height, glyphs="ascii" if ascii else "braille")
    assert len(rows) == height
    assert {sum(cell_len(text) for text, _ in row) for row in rows} == {width}
    if ascii:
        assert all(text.isascii() for row in rows for text, _ in row)


@given(st.sampled_from(VIEWS[:-1]), st.integers(20, 200), st.integers(5, 60))
@settings(max_examples=40)
def test_a_unit_is_found_where_it_is_drawn(view: NeuronsView, width: int, height: int) -> None:
    lines = drawn(view, width, height).splitlines()
    places = planned(view, width, height).places
    assert places
    for unit, place in places.items():
        assert lines[place.row][place.dot] in DOTS.values()
        assert unit_at(view, width, height, place.dot, place.row) == unit
        column = view.layers[unit[0]].column
        layer = layer_at(view, width, height, place.dot, place.row)
        assert layer is not None and view.layers[layer].column == column
    if view.chosen is not None:
        assert (view.chosen.layer, view.chosen.unit) in places


def test_sign_and_size_show_without_colour() -> None:
    text = drawn(view_of(NET, END), 79, 16)
    rows = [line for line in text.splitlines() if "●" in line or "○" in line]
    assert any("● +0" in line for line in rows)
    assert any("○ −0" in line for line in rows)
    assert "× " in text and "dead" in text


def test_the_names_of_layers_and_weights_stand_above_them() -> None:
    top = drawn(view_of(NET, END), 90, 16).splitlines()[0]
    assert [word for word in top.split() if word.isidentifier()] == [
        *("x", "W1", "h1", "W2", "h2", "w3", "z")
    ]


@pytest.mark.parametrize("view", VIEWS[:-1])
def test_arrows_go_from_unit_to_unit_and_back(view: NeuronsView) -> None:
    start = neighbour_unit(view, None, "down")
    assert start is not None
    ways: tuple[tuple[Direction, Direction], ...] = (("down", "up"), ("up", "down"))
    for there, back in ways:
        unit = neighbour_unit(view, start, there)
        assert unit is not None
        assert unit == start or neighbour_unit(view, unit, back) == start
    unit = start
    for _ in range(view.columns):
        unit = neighbour_unit(view, unit, "left")
        assert unit is not None
    assert view.layers[unit[0]].column == 0
    for _ in range(view.columns):
        unit = neighbour_unit(view, unit, "right")
        assert unit is not None
    assert view.layers[unit[0]].column == view.columns - 1


@pytest.mark.parametrize("theme", [name for name in COLOURS if Palette(name).mixes])
def test_shades_go_from_the_background_to_the_colour_of_the_sign(theme: str) -> None:
    colours = COLOURS[theme]
    assert colours["plus3"] == colours["positive"] and colours["minus3"] == colours["negative"]
    for name in ("plus", "minus", "warm", "cold"):
        levels = [colours[f"{name}{n}"] for n in (1, 2, 3)]
        distances = [_difference(level, colours["background"]) for level in levels]
        assert distances == sorted(distances) and distances[0] > 0
    assert shades(colours).items() <= colours.items()


def _difference(a: str, b: str) -> int:
    return sum(abs(int(a[i : i + 2], 16) - int(b[i : i + 2], 16)) for i in (1, 3, 5))


@pytest.mark.parametrize("theme", [name for name in COLOURS if Palette(name).mixes])
def test_numbers_are_legible_on_every_shade(theme: str) -> None:
    colours = COLOURS[theme]
    for ground in ("warm", "cold"):
        for level in range(1, 5):
            assert _contrast(colours["text"], colours[f"{ground}{level}"]) >= 4.5


def _contrast(a: str, b: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


# --- on the screen ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "size"), [("80x24", (80, 24)), ("120x40", (120, 40)), ("200x60", (200, 60))]
)
async def test_the_net_looks_as_it_was_kept(name: str, size: tuple[int, int]) -> None:
    async with opened(NET, size) as session:
        await session.goto("e1.i1.18")
        await session.act("view('neurons')")
        hold(f"{name}-neurons", session.panel_text("neurons"))


async def test_keys_choose_units_and_turn_what_they_show() -> None:
    async with opened(NET) as session:
        await session.goto("e1.i1.4")
        await session.act("view('neurons')")
        await session.press("j", "j")
        assert session.screen.look.neurons.unit == (1, 1)
        assert session.screen.look.node == session.app.debugger.graph.named["h1"]
        assert session.screen.look.element == (0, 1)
        await session.press("l", "k", "o")
        assert session.screen.look.neurons.unit == (2, 0)
        assert session.screen.look.neurons.gradients
        await session.press("O")
        assert session.screen.look.neurons.batch
        assert "O one sample" in session.panel_text("neurons")
        await session.press("escape")
        assert session.screen.look.neurons.unit is None
        assert session.screen.look.node is None


async def test_a_click_chooses_a_unit_and_the_wheel_scrolls_its_layer() -> None:
    async with opened(WIDE) as session:
        await session.act("view('neurons')")
        panel = session.screen.panel("neurons")
        view = session.frame.views["neurons"]
        place = next(
            (x, y)
            for y in range(panel.room[1])
            for x in range(panel.room[0])
            if unit_at(view, *panel.room, x, y) == (1, 2)
        )
        assert await session.pilot.click("#neurons", offset=(place[0] + 2, place[1] + 1))
        await session.settled()
        assert session.screen.look.neurons.unit == (1, 2)
        await session.press("escape")
        x, y = place[0] + 2, place[1] + 1
        panel.post_message(MouseScrollDown(panel, x, y, 0, 1, 0, False, False, False, x, y))
        await session.settled()
        assert dict(session.screen.look.neurons.tops)[1] == 3

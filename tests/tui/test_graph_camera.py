"""Looking around in a graph: what is followed, panned and zoomed, and the map of the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.test_graph_drawing import LESSON, lesson, picture, texts, view_of
from tests.tui.test_layered import ANY, chain, graphs
from tui.drawing.backdrop import backdrop
from tui.drawing.boxes import (
    COMPACT,
    LADDER,
    MEDIUM,
    NAMES,
    PAIR,
    STYLES,
    NodeStyle,
    layout_of,
    level_for,
    rung,
    style_for,
)
from tui.drawing.graph import Camera, draw_graph, following, map_target, node_at, panned, zoomed
from tui.drawing.minimap import minimap
from tui.drawing.viewport import viewport
from tui.models.graph import GraphLevels, GraphShape, GraphView

SIZES = st.tuples(st.integers(30, 120), st.integers(8, 40))


def cell(steps: int) -> GraphShape:
    """A recurrent cell, unrolled: two parameters that every step reads, and one input a step."""
    edges: list[tuple[int, int]] = []
    state, node = 2, 3
    for _ in range(steps):
        x, product, total, new = range(node, node + 4)
        edges += [(0, product), (x, product), (1, total), (product, total), (total, new)]
        edges += [(state, total)]
        state, node = new, new + 1
    return GraphShape(tuple(range(node)), tuple(edges), titles=tuple(map(str, range(node))))


UNROLLED, ROW = view_of(cell(20)), view_of(chain(200))
"""Laid out once for all examples."""


# --- Sizes --------------------------------------------------------------------------------------


def test_more_room_never_brings_a_poorer_style() -> None:
    poverty = {style.name: rank for rank, style in enumerate(STYLES)}
    for height in (5, 8, 16, 24):
        # Below 77 columns no style holds the lesson, and a rich one is scrolled.
        chosen = [poverty[style_for(LESSON, width, height).name] for width in range(77, 170)]
        assert chosen == sorted(chosen, reverse=True)


def test_a_drawing_smaller_than_its_area_stands_in_the_middle() -> None:
    rows = picture(view_of(chain(1)), 31, 11)
    assert [index for index, row in enumerate(rows) if row.strip()] == [3, 4, 5, 6, 7]
    assert rows[3].index("┌") == 9


def test_a_chain_scrolls_sideways_only() -> None:
    assert style_for(chain(30), 84, 16) == MEDIUM.with_row_gap()
    assert style_for(chain(30), 78, 3) == COMPACT.with_row_gap()
    end = view_of(chain(30), "forward", 29)
    assert following(end, 84, 16, Camera()).top == -6


def test_single_ops_are_shown_where_they_fit_and_formulas_where_they_do_not() -> None:
    ops, formulas = view_of(chain(20)), view_of(chain(5))
    levels = GraphLevels(formulas, ops)
    assert level_for(levels, 250, 20) == "op"
    assert level_for(levels, 78, 20) == "formula"
    assert level_for(replace(levels, wanted="op"), 78, 20) == "op"
    assert level_for(replace(levels, wanted="formula"), 250, 20) == "formula"
    assert level_for(GraphLevels(ops, ops), 78, 20) == "op"


# --- Following ----------------------------------------------------------------------------------


def test_the_view_holds_still_while_the_current_node_is_in_it() -> None:
    view, camera, moves = view_of(chain(30)), Camera(), 0
    for node in view.shape.nodes:
        before = camera
        camera = following(replace(view, current=node), 84, 16, camera)
        moves += before.left != camera.left
    assert 0 < moves <= 10


@given(ANY, SIZES, st.sampled_from((None, *STYLES)), st.data())
def test_the_node_that_matters_is_in_view_wherever_the_camera_was(
    shape: GraphShape, size: tuple[int, int], style: NodeStyle | None, data: st.DataObject
) -> None:
    if not shape.nodes:
        return
    current, chosen = (data.draw(st.sampled_from(shape.nodes)) for _ in range(2))
    chosen = data.draw(st.sampled_from((None, chosen)))
    view = replace(view_of(shape, "forward", current), chosen=chosen)
    camera = Camera(data.draw(st.integers(0, 200)), data.draw(st.integers(0, 200)), style)
    found = following(view, *size, camera)
    port = viewport(view, *size, found)
    box = layout_of(view.shape, port.style).boxes[current if chosen is None else chosen]
    if box.height <= size[1] and box.width <= size[0]:
        assert port.window.y <= box.y <= box.bottom <= port.window.bottom
        assert port.window.x <= box.x + port.bleed and box.right - port.bleed <= port.window.right
    assert following(view, *size, found) == found


def test_without_a_current_node_the_view_stays_where_it_was() -> None:
    camera = Camera(40, 0, MEDIUM)
    assert following(view_of(chain(30)), 84, 4, camera) == camera


# --- Panning and zooming ------------------------------------------------------------------------


@given(graphs(), SIZES, st.integers(-300, 300), st.integers(-300, 300))
def test_panning_never_leaves_the_drawing(
    shape: GraphShape, size: tuple[int, int], right: int, down: int
) -> None:
    view = view_of(shape)
    port = viewport(view, *size, panned(view, *size, Camera(), right, down))
    width, height = port.drawing
    assert width <= size[0] or 0 <= port.window.x <= port.window.right <= width + port.bleed
    assert height <= size[1] or 0 <= port.window.y <= port.window.bottom <= height


def test_the_zoom_goes_from_names_to_formulas_and_back() -> None:
    names = [step.name for step in LADDER]
    view, camera = lesson("forward", 4), Camera(style=PAIR)
    seen = []
    for _ in range(8):
        camera = zoomed(view, 84, 16, camera, 1)
        seen.append(viewport(view, 84, 16, camera).style.name)
    assert seen == [*names[2:], *[names[-1]] * 4]
    for _ in range(8):
        camera = zoomed(view, 84, 16, camera, -1)
    assert viewport(view, 84, 16, camera).style == NAMES


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_every_size_has_a_richer_and_a_plainer_one_or_is_the_last(style: NodeStyle) -> None:
    rich = {step.name: at for at, step in enumerate(reversed(STYLES))}
    here = rich[style.name]
    above, below = rich[rung(style, 1).name], rich[rung(style, -1).name]
    assert above > here or here == len(STYLES) - 1
    assert below < here or here == 0


@given(st.integers(0, 200), st.sampled_from(LADDER), st.sampled_from((-1, 1)))
def test_zooming_keeps_what_is_looked_at_where_it_is(place: int, style: NodeStyle, by: int) -> None:
    view = replace(ROW, current=place % 200)
    camera = following(view, 84, 16, Camera(style=style))
    before, after = (viewport(view, 84, 16, c) for c in (camera, zoomed(view, 84, 16, camera, by)))
    places = []
    for port in (before, after):
        box = layout_of(view.shape, port.style).boxes[place % 200]
        places.append(box.x + box.width // 2 - port.window.x)
    # Nearer to an end of the drawing there is nothing to scroll.
    width = min(before.drawing[0], after.drawing[0])
    if places[0] == 42 and 84 < min(before.window.x, after.window.x) < width - 300:
        assert abs(places[1] - 42) <= 1
    assert 0 <= places[1] < 84


# --- The map ------------------------------------------------------------------------------------


def found_map(view: GraphView, width: int, height: int, camera: Camera):
    port = viewport(view, width, height, camera)
    scene = backdrop(view.shape, port.style, port.window)
    busy = {view.current, view.chosen}
    return port, minimap(scene, port, [box for node, box in scene.boxes if node in busy])


def test_there_is_a_map_only_where_something_is_out_of_view() -> None:
    assert found_map(lesson(), 170, 20, Camera())[1] is None
    assert found_map(UNROLLED, 100, 24, Camera())[1] is not None
    assert found_map(UNROLLED, 100, 8, Camera())[1] is None


def test_the_map_shows_the_window_and_the_current_node() -> None:
    view = replace(UNROLLED, current=3)
    start = "".join(picture(view, 100, 24))
    assert start.count("◆") == 1
    row = next(row for row in picture(view, 100, 24) if "┌━" in row and "─┐" in row)
    assert 0 < row.count("━") < 30
    ascii_rows = texts(
        draw_graph(view, 100, 24, following(view, 100, 24, Camera()), glyphs="ascii")
    )
    assert all(row.isascii() for row in ascii_rows) and "@" in "".join(ascii_rows)


@given(st.integers(0, 82), st.integers(0, 82), st.integers(40, 160), st.integers(10, 50))
def test_the_map_never_covers_what_is_current_or_chosen(
    current: int, chosen: int, width: int, height: int
) -> None:
    view = replace(UNROLLED, current=current, chosen=chosen)
    camera = following(view, width, height, Camera())
    port, found = found_map(view, width, height, camera)
    boxes = layout_of(view.shape, port.style).boxes
    if found:
        assert not found.box.meets(boxes[current])
        assert not found.box.meets(boxes[chosen])
        assert found.box.meets(port.window)


@given(st.integers(0, 400), st.integers(0, 60), st.data())
def test_a_click_on_the_map_goes_there_and_chooses_nothing(
    left: int, top: int, data: st.DataObject
) -> None:
    view, camera = UNROLLED, Camera(left, top, MEDIUM)
    port, found = found_map(view, 100, 20, camera)
    assert found is not None
    column = data.draw(st.integers(0, found.columns - 1))
    row = data.draw(st.integers(0, found.rows - 1))
    x = found.box.x - port.window.x + 1 + column
    y = found.box.y - port.window.y + 1 + row
    assert node_at(view, 100, 20, camera, x, y) is None
    there = map_target(view, 100, 20, camera, x, y)
    assert there is not None
    window = viewport(view, 100, 20, there).window
    place = found.target(found.box.x + 1 + column, found.box.y + 1 + row)
    assert window.holds(*place)
    assert map_target(view, 100, 20, camera, 50, 10) is None

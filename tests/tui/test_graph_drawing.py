"""The picture is read the way a person reads it: follow a line, look at a tip, find a number."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.test_layered import chain, graphs
from tui.drawing.backdrop import Backdrop, backdrop
from tui.drawing.boxes import COMPACT, MEDIUM, OPEN, PAIR, STYLES, TIGHT, NodeStyle, style_for
from tui.drawing.graph import Direction, draw_graph, neighbour, node_at, scrolled
from tui.drawing.viewport import viewport
from tui.drawing.wires import ARMS, DOWN, GLYPHS, LEFT, RIGHT, ROUND, UP, weight
from tui.drawing.words import shortened
from tui.models import GraphNode, GraphShape, GraphView, Phase, Row

# x, w1 -> u = w1 x; u, b1 -> h; h, w2 -> v; v, b2 -> g; g, y -> e; e -> e²; e² -> loss
LESSON_TITLES = ("x", "w1", "u", "b1", "h", "w2", "v", "b2", "g", "y", "e", "e²", "loss")
LESSON = GraphShape(
    tuple(range(13)),
    ((0, 2), (1, 2), (2, 4), (3, 4), (4, 6), (5, 6), (6, 8), (7, 8), (8, 10), (9, 10), (10, 11),
     (11, 12)),
)  # fmt: skip
H, W2, V = 4, 5, 6
AREAS = st.tuples(st.integers(0, 170), st.integers(0, 60))
PHASES: tuple[Phase, ...] = ("batch", "forward", "backward", "update")


def view_of(
    shape: GraphShape,
    phase: Phase = "forward",
    current: int | None = None,
    active: tuple[tuple[int, int], ...] = (),
    titles: tuple[str, ...] | None = None,
) -> GraphView:
    computed = {result for _, result in shape.edges}
    nodes = tuple(
        GraphNode(
            id=node,
            title=titles[place] if titles else f"n{node}",
            kind="op" if node in computed else "parameter",
            value=f"{1 + place / 8:+.4f}",
            gradient=f"{-place / 64:+.4f}",
        )
        for place, node in enumerate(shape.nodes)
    )
    return GraphView(shape, nodes, phase, current, active)


def lesson(
    phase: Phase = "forward",
    current: int | None = None,
    active: tuple[tuple[int, int], ...] = (),
) -> GraphView:
    return view_of(LESSON, phase, current, active, LESSON_TITLES)


def texts(rows: list[Row]) -> list[str]:
    return ["".join(text for text, _ in row) for row in rows]


def styles_of(rows: list[Row], wanted: str) -> set[str]:
    return {style for row in rows for text, style in row if wanted in text}


def area_for(style: NodeStyle, shape: GraphShape = LESSON) -> tuple[int, int]:
    """An area in which the lesson is drawn in a style."""
    width, height = {
        "roomy": (148, 24), "wide": (120, 12), "medium": (100, 9), "tight": (84, 16),
        "open": (78, 8), "compact": (78, 7), "pair": (78, 5),
    }[style.name]  # fmt: skip
    assert style_for(shape, width, height).name == style.name
    return width, height


# --- The whole picture --------------------------------------------------------------------------


def test_the_lesson_in_84_columns() -> None:
    picture = texts(draw_graph(lesson("backward", H, ((H, V),)), 84, 9))
    assert [row.rstrip() for row in picture] == [
        "  ┌── x ──┐ ╭── u ──╮ ┏━━ h ━━┓ ╭── v ──╮ ╭── g ──╮ ╭── e ──╮ ╭─ e² ──╮ ╭ loss ─╮",
        "  │+1.0000├─▸+1.2500├─▸+1.5000◂━┥+1.7500├─▸+2.0000├─▸+2.2500├─▸+2.3750├─▸+2.5000│",
        "  │∇+0.000│╭▸∇-0.031│╭▸∇-0.062┃╭▸∇-0.094│╭▸∇-0.125│╭▸∇-0.156│ │∇-0.172│ │∇-0.188│",
        "  └───────┘│╰───────╯│┗━━━━━━━┛│╰───────╯│╰───────╯│╰───────╯ ╰───────╯ ╰───────╯",
        "           │         │         │         │         │",
        "  ┌─ w1 ──┐│┌─ b1 ──┐│┌─ w2 ──┐│┌─ b2 ──┐│┌── y ──┐│",
        "  │+1.1250├╯│+1.3750├╯│+1.6250├╯│+1.8750├╯│+2.1250├╯",
        "  │∇-0.016│ │∇-0.047│ │∇-0.078│ │∇-0.109│ │∇-0.141│",
        "  └───────┘ └───────┘ └───────┘ └───────┘ └───────┘",
    ]


def test_the_lesson_fits_the_panel_of_an_80_column_screen() -> None:
    picture = texts(draw_graph(lesson("forward", V, ((H, V), (W2, V))), 78, 8))
    assert [row.rstrip() for row in picture[:7]] == [
        "── x ──   ── u ──   ── h ──  ┏━━ v ━━┓  ── g ──   ── e ──   ─ e² ──    loss ─",
        "+1.0000──▸+1.2500──▸+1.5000━━▸+1.7500┠─▸+2.0000──▸+2.2500──▸+2.3750──▸+2.5000",
        "∇+0.000 ╭▸∇-0.031 ╭▸∇-0.062 ┏▸∇-0.094┃╭▸∇-0.125 ╭▸∇-0.156   ∇-0.172   ∇-0.188",
        "        │         │         ┃┗━━━━━━━┛│         │",
        "─ w1 ── │ ─ b1 ── │ ─ w2 ── ┃ ─ b2 ── │ ── y ── │",
        "+1.1250─╯ +1.3750─╯ +1.6250━┛ +1.8750─╯ +2.1250─╯",
        "∇-0.016   ∇-0.047   ∇-0.078   ∇-0.109   ∇-0.141",
    ]


@settings(max_examples=200)
@given(graphs(), AREAS, st.sampled_from(PHASES), st.booleans(), st.data())
def test_there_are_always_as_many_rows_of_as_many_cells_as_asked_for(
    shape: GraphShape, area: tuple[int, int], phase: Phase, ascii: bool, data: st.DataObject
) -> None:
    width, height = area
    some_node = st.none() | st.sampled_from(shape.nodes) if shape.nodes else st.none()
    titles = st.lists(
        st.sampled_from(("x", "sigmoid", "Σ(y-ŷ)²/n", "損失", "長い名前のノード", "é")),
        min_size=len(shape.nodes),
        max_size=len(shape.nodes),
    )
    view = view_of(shape, phase, data.draw(some_node), shape.edges[:3], tuple(data.draw(titles)))
    offset = data.draw(st.none() | st.tuples(st.integers(-9, 99), st.integers(-9, 99)))
    rows = draw_graph(
        view, width, height, offset=offset, selected=data.draw(some_node), ascii=ascii
    )
    assert len(rows) == height
    assert all(cell_len(text) == width for text in texts(rows))


@given(graphs(), st.sampled_from(PHASES))
def test_ascii_means_ascii(shape: GraphShape, phase: Phase) -> None:
    view = view_of(shape, phase, shape.nodes[0] if shape.nodes else None, shape.edges[:3])
    view = replace(view, nodes=tuple(replace(node, title="σ·損²") for node in view.nodes))
    assert all(text.isascii() for text in texts(draw_graph(view, 90, 30, ascii=True)))


# --- Wires --------------------------------------------------------------------------------------


def operands_found_from_a_tip(scene: Backdrop, tip: tuple[int, int]) -> set[int]:
    """Follow lines from a tip to boxes, straight on at a crossing, everywhere at a fork."""
    arms_of = {glyph: cell for cell, glyph in enumerate(GLYPHS)}
    arms_of |= {ROUND[glyph]: cell for glyph, cell in arms_of.items() if glyph in ROUND}
    steps = {LEFT: (-1, 0), RIGHT: (1, 0), UP: (0, -1), DOWN: (0, 1)}
    back = {LEFT: RIGHT, RIGHT: LEFT, UP: DOWN, DOWN: UP}
    found: set[int] = set()
    seen: set[tuple[tuple[int, int], int]] = set()
    walks = [(tip, LEFT)]
    while walks:
        (x, y), heading = walks.pop()
        if ((x, y), heading) in seen:
            continue
        seen.add(((x, y), heading))
        x, y = x + steps[heading][0], y + steps[heading][1]
        inside = [node for node, box in scene.layout.boxes.items() if box.holds(x, y)]
        if inside:
            # To the right, boxes are other consumers behind their tips.
            found |= set(inside) if heading == LEFT else set()
            continue
        sign = scene.characters[y][x]
        if sign == "▸":
            continue
        if sign == "┼":
            walks.append(((x, y), heading))
            continue
        cell = arms_of["┼" if sign == "•" else sign]
        walks += [((x, y), arm) for arm in ARMS if weight(cell, arm) and arm != back[heading]]
    return found


@settings(max_examples=200)
@given(graphs(), st.sampled_from((MEDIUM, TIGHT)))
def test_the_edges_can_be_read_back_from_the_characters(
    shape: GraphShape, style: NodeStyle
) -> None:
    scene = backdrop(shape, style, False)
    for operand, result in shape.edges:
        tip = scene.tip((operand, result), backward=False)
        assert scene.characters[tip[1]][tip[0]] == "▸"
        assert operands_found_from_a_tip(scene, tip) == {operand}


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_only_the_backward_pass_points_to_the_left(style: NodeStyle) -> None:
    width, height = area_for(style)
    forward = "".join(texts(draw_graph(lesson("forward", V, ((H, V),)), width, height)))
    backward = "".join(texts(draw_graph(lesson("backward", H, ((H, V),)), width, height)))
    assert (forward.count("◂"), forward.count("▸")) == (0, len(LESSON.edges))
    assert (backward.count("◂"), backward.count("▸")) == (1, len(LESSON.edges) - 1)


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_what_happens_is_heavy_even_without_colour(style: NodeStyle) -> None:
    width, height = area_for(style)
    idle = "".join(texts(draw_graph(lesson(), width, height)))
    current = "".join(texts(draw_graph(lesson("update", W2), width, height)))
    flow = "".join(texts(draw_graph(lesson("forward", None, ((W2, V),)), width, height)))
    assert not set(idle) & set("━┃")
    assert "┃" in current
    assert set(flow) & set("━┃┏┛")


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_heavy_has_its_own_characters_in_ascii(style: NodeStyle) -> None:
    width, height = area_for(style)
    idle = "".join(texts(draw_graph(lesson(), width, height, ascii=True)))
    event = "".join(texts(draw_graph(lesson("backward", H, ((H, V),)), width, height, ascii=True)))
    assert not set(idle) & set("#=<")
    assert {"#", "=", "<"} <= set(event)


def test_the_flow_has_the_style_of_its_phase_and_the_rest_is_quiet() -> None:
    rows = draw_graph(lesson("backward", H, ((H, V),)), 148, 24)
    assert styles_of(rows, "◂") == {"backward bold"}
    assert styles_of(rows, " h ") == {"backward bold"}
    assert styles_of(rows, " v ") == {"title bold"}
    assert styles_of(rows, " g ") == {"title"}
    assert styles_of(rows, "▸") == {"dim"}
    assert styles_of(rows, "╮") == {"line"}


# --- Boxes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
@pytest.mark.parametrize("phase", PHASES)
def test_neither_titles_nor_numbers_nor_the_phase_move_anything(
    style: NodeStyle, phase: Phase
) -> None:
    width, height = area_for(style)
    blank = replace(
        lesson(phase),
        nodes=tuple(replace(node, title="", value="", gradient=None) for node in lesson().nodes),
    )
    bare = texts(draw_graph(blank, width, height))
    full = texts(draw_graph(lesson(phase), width, height))
    for before, after in zip(bare, full, strict=True):
        for was, now in zip(before, after, strict=True):
            assert was == now or was in " ─" or now == "∇"


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
def test_every_number_is_shown_and_no_number_is_cut(style: NodeStyle) -> None:
    width, height = area_for(style)
    value, gradient = "-1.2e-05", "+0.12345"
    view = replace(
        lesson("forward"),
        nodes=tuple(replace(node, value=value, gradient=gradient) for node in lesson().nodes),
    )
    words = " ".join(texts(draw_graph(view, width, height)))
    assert words.count(shortened(value, style.inner_width)) == 13
    if style.size.height > 2:
        assert words.count(shortened(gradient, style.inner_width - 1)) == 13


def test_a_single_row_of_numbers_holds_what_the_phase_is_about() -> None:
    width, height = area_for(PAIR)
    assert "∇" not in texts(draw_graph(lesson("forward"), width, height))[-1]
    assert "∇" in texts(draw_graph(lesson("backward"), width, height))[-1]


def test_a_node_that_no_gradient_reaches_keeps_its_height_and_an_empty_row() -> None:
    view = lesson()
    bare = replace(view, nodes=(replace(view.nodes[0], gradient=None), *view.nodes[1:]))
    assert texts(draw_graph(bare, 84, 9))[2].startswith("  │       │")


def test_a_long_title_ends_in_an_ellipsis_and_stays_in_its_box() -> None:
    view = view_of(chain(1), titles=("logsoftmax_of_everything",))
    assert texts(draw_graph(view, 11, 4))[0] == "┌logsoftm…┐"


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("+1.2345", 7, "+1.2345"),
        ("-1.2345", 5, "-1.23"),
        ("-0.00004", 6, "-4e-5"),
        ("+1.25e-05", 7, "+1.3e-5"),
        ("-1.2e-05", 7, "-1.2e-5"),
        ("123456.7", 6, "123457"),
        ("12345678", 6, "1.23e7"),
        ("-inf", 3, "…"),
        ("[3, 2, 8]", 6, "…"),
        ("·", 6, "·"),
    ],
)
def test_a_number_too_long_is_rounded_never_cut(text: str, width: int, expected: str) -> None:
    assert shortened(text, width) == expected


@given(st.floats(-1e300, 1e300, allow_subnormal=False), st.integers(6, 9))
def test_a_shortened_number_is_close_to_the_number(number: float, width: int) -> None:
    spelling = shortened(f"{number:+.6e}", width)
    if spelling != "…":
        assert len(spelling) <= width
        assert float(spelling) == pytest.approx(number, rel=0.5)


# --- Sizes and scrolling ------------------------------------------------------------------------


def test_more_room_never_brings_a_poorer_style() -> None:
    poverty = {style.name: rank for rank, style in enumerate(STYLES)}
    for height in (5, 8, 16, 24):
        # Below 77 columns no style holds the lesson, and a rich one is scrolled.
        chosen = [poverty[style_for(LESSON, width, height).name] for width in range(77, 170)]
        assert chosen == sorted(chosen, reverse=True)


def test_a_drawing_smaller_than_its_area_stands_in_the_middle() -> None:
    rows = texts(draw_graph(view_of(chain(1)), 31, 10))
    assert [index for index, row in enumerate(rows) if row.strip()] == [3, 4, 5, 6]
    assert rows[3].index("┌") == 10


def test_the_view_holds_still_while_the_current_node_is_in_it() -> None:
    shape = chain(30)
    offset = (0, 0)
    moves = 0
    for node in shape.nodes:
        before, offset = offset, scrolled(view_of(shape, "forward", node), 84, 16, offset)
        moves += before != offset
    assert 0 < moves <= 10


@given(graphs(), st.integers(30, 90), st.integers(8, 30), st.data())
def test_the_current_node_is_in_view_whatever_the_offset_was(
    shape: GraphShape, width: int, height: int, data: st.DataObject
) -> None:
    if not shape.nodes:
        return
    current = data.draw(st.sampled_from(shape.nodes))
    view = view_of(shape, "forward", current, titles=tuple("@" for _ in shape.nodes))
    view = replace(
        view,
        nodes=tuple(
            replace(node, title="HERE" if node.id == current else "-") for node in view.nodes
        ),
    )
    previous = data.draw(st.tuples(st.integers(0, 200), st.integers(0, 200)))
    offset = scrolled(view, width, height, previous)
    assert any("HERE" in row for row in texts(draw_graph(view, width, height, offset=offset)))
    assert scrolled(view, width, height, offset) == offset


def test_without_a_current_node_the_view_stays_where_it_was() -> None:
    assert scrolled(view_of(chain(30)), 84, 16, (40, 0)) == (40, 0)


def test_a_chain_scrolls_sideways_only() -> None:
    assert style_for(chain(30), 84, 16) == MEDIUM
    assert style_for(chain(30), 78, 3) == COMPACT
    assert scrolled(view_of(chain(30), "forward", 29), 84, 16)[1] == 0


# --- Mouse and arrow keys -----------------------------------------------------------------------


@given(graphs(), st.integers(1, 90), st.integers(1, 30), st.data())
def test_a_click_finds_the_node_whose_number_is_drawn_there(
    shape: GraphShape, width: int, height: int, data: st.DataObject
) -> None:
    offset = data.draw(st.tuples(st.integers(0, 60), st.integers(0, 60)))
    view = view_of(shape)
    port = viewport(view, width, height, offset)
    found = {
        port.place(x, y): node_at(view, width, height, x, y, offset=offset)
        for x in range(width)
        for y in range(height)
    }
    boxes = backdrop(shape, port.style, False).layout.boxes
    for (x, y), node in found.items():
        assert node == next((name for name, box in boxes.items() if box.holds(x, y)), None)


def test_a_click_beside_the_boxes_or_the_area_finds_nothing() -> None:
    assert node_at(lesson(), 84, 16, 0, 0) is None
    assert node_at(lesson(), 84, 16, -1, 5) is None
    assert node_at(lesson(), 84, 16, 84, 5) is None


def test_a_click_on_a_title_finds_its_node() -> None:
    rows = texts(draw_graph(lesson(), 84, 16))
    row = next(index for index, text in enumerate(rows) if "loss" in text)
    assert node_at(lesson(), 84, 16, rows[row].index("loss"), row) == 12


@given(graphs())
def test_arrow_keys_reach_every_node_from_every_node(shape: GraphShape) -> None:
    view = view_of(shape)
    directions: tuple[Direction, ...] = ("left", "right", "up", "down")
    for start in shape.nodes:
        reached, frontier = {start}, [start]
        while frontier:
            node = frontier.pop()
            for direction in directions:
                there = neighbour(view, node, direction)
                if there not in reached:
                    reached.add(there)
                    frontier.append(there)
        assert reached == set(shape.nodes)


def test_arrow_keys_follow_the_wires() -> None:
    view = lesson()
    assert neighbour(view, H, "right") == V
    assert neighbour(view, V, "left") == H
    assert neighbour(view, H, "down") == W2
    assert neighbour(view, W2, "right") == V
    assert neighbour(view, W2, "down") == W2
    assert neighbour(view, 0, "left") == 0


def test_the_selected_node_has_a_double_frame_unless_it_is_current() -> None:
    assert "╔══ h ══╗" in texts(draw_graph(lesson(), 84, 9, selected=H))[0]
    assert "┏━━ h ━━┓" in texts(draw_graph(lesson("forward", H), 84, 9, selected=H))[0]
    assert style_for(LESSON, 78, 8) == OPEN
    assert "╔══ h ══╗" in texts(draw_graph(lesson(), 78, 8, selected=H))[0]

"""The picture is read the way a person reads it: follow a line, look at a tip, find a number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.test_layered import ANY, chain, graphs
from tui.drawing.backdrop import Backdrop, backdrop
from tui.drawing.boxes import (
    COMPACT,
    DETAILED,
    MEDIUM,
    NAMES,
    OPEN,
    PAIR,
    STYLES,
    TIGHT,
    WIDE,
    NodeStyle,
    layout_of,
    style_for,
)
from tui.drawing.graph import Camera, Direction, draw_graph, following, neighbour, node_at
from tui.drawing.layered import Box
from tui.drawing.viewport import viewport
from tui.drawing.wires import ARMS, DOWN, GLYPHS, LEFT, RIGHT, ROUND, UP, weight
from tui.drawing.words import Glyphs, clipped, shortened
from tui.models.graph import GraphNode, GraphShape, GraphView, NodeKind
from tui.models.text import Phase, Row

# x, w1 -> u = w1 x; u, b1 -> h; h, w2 -> v; v, b2 -> g; g, y -> e; e -> e²; e² -> loss
LESSON_TITLES = ("x", "w1", "u", "b1", "h", "w2", "v", "b2", "g", "y", "e", "e²", "loss")
LESSON = GraphShape(
    tuple(range(13)),
    ((0, 2), (1, 2), (2, 4), (3, 4), (4, 6), (5, 6), (6, 8), (7, 8), (8, 10), (9, 10), (10, 11),
     (11, 12)),
)  # fmt: skip
LESSON_KINDS: tuple[NodeKind, ...] = (
    "data", "parameter", "op", "parameter", "op", "parameter", "op", "parameter", "op", "data",
    "op", "op", "loss",
)  # fmt: skip
H, W2, V = 4, 5, 6
LIT = st.none() | st.frozensets(st.integers(0, 20))
AREAS = st.tuples(st.integers(0, 200), st.integers(0, 60))
PHASES: tuple[Phase, ...] = ("batch", "forward", "backward", "update")


def view_of(
    shape: GraphShape,
    phase: Phase = "forward",
    current: int | None = None,
    active: tuple[tuple[int, int], ...] = (),
    titles: tuple[str, ...] | None = None,
) -> GraphView:
    computed = {result for _, result in shape.edges}
    kinds: tuple[NodeKind, ...] = tuple(
        "op" if node in computed else "parameter" for node in shape.nodes
    )
    named = tuple(f"n{node}" for node in shape.nodes) if titles is None else titles
    nodes = {
        node: GraphNode(value=f"{1 + place / 8:+.4f}", gradient=f"{-place / 64:+.4f}")
        for place, node in enumerate(shape.nodes)
    }
    shape = GraphShape(shape.nodes, shape.edges, kinds, named, named)
    return GraphView(shape, nodes, phase, current, active)


def with_numbers(view: GraphView, **changes: object) -> GraphView:
    """The same with something else in every box."""
    nodes: Mapping[int, GraphNode] = {
        node: replace(words, **changes)  # pyright: ignore[reportArgumentType]
        for node, words in view.nodes.items()
    }
    return replace(view, nodes=nodes)


def lesson(
    phase: Phase = "forward",
    current: int | None = None,
    active: tuple[tuple[int, int], ...] = (),
) -> GraphView:
    view = view_of(LESSON, phase, current, active, LESSON_TITLES)
    return replace(view, shape=shape_of_lesson())


@cache
def shape_of_lesson() -> GraphShape:
    return GraphShape(LESSON.nodes, LESSON.edges, LESSON_KINDS, LESSON_TITLES, LESSON_TITLES)


def picture(view: GraphView, width: int, height: int, camera: Camera | None = None) -> list[str]:
    """The characters of a drawing, by default seen from where it begins to be followed."""
    camera = camera or following(view, width, height, Camera())
    return texts(draw_graph(view, width, height, camera))


def texts(rows: list[Row]) -> list[str]:
    return ["".join(text for text, _ in row) for row in rows]


def styles_of(rows: list[Row], wanted: str) -> set[str]:
    return {style for row in rows for text, style in row if wanted in text}


ALL_STYLES = pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)


def styled(view: GraphView, style: NodeStyle, width: int = 170, height: int = 14) -> list[str]:
    """The characters of a drawing with boxes of a style."""
    return picture(view, width, height, Camera(style=style))


def whole_scene(shape: GraphShape, style: NodeStyle) -> Backdrop:
    """The idle picture of all of a drawing."""
    drawing = layout_of(shape, style)
    return backdrop(shape, style, Box(0, 0, drawing.width + 1, drawing.height + 1))


# --- The whole picture --------------------------------------------------------------------------


def test_the_lesson_in_84_columns() -> None:
    assert [row.rstrip() for row in picture(lesson("backward", H, ((H, V),)), 84, 9)] == [
        "  ╓── x ──┐ ╭── u ──╮ ┏━━ h ━━┓ ╭── v ──╮ ╭── g ──╮ ╭── e ──╮ ╭─ e² ──╮ ╭ loss ─╖",
        "  ║+1.0000├─▸+1.2500├─▸+1.5000◂━┥+1.7500├─▸+2.0000├─▸+2.2500├─▸+2.3750├─▸+2.5000║",
        "  ║∇+0.000│╭▸∇-0.031│╭▸∇-0.062┃╭▸∇-0.094│╭▸∇-0.125│╭▸∇-0.156│ │∇-0.172│ │∇-0.188║",
        "  ╙───────┘│╰───────╯│┗━━━━━━━┛│╰───────╯│╰───────╯│╰───────╯ ╰───────╯ ╰───────╜",
        "           │         │         │         │         │",
        "  ┌─ w1 ──┐│┌─ b1 ──┐│┌─ w2 ──┐│┌─ b2 ──┐│╓── y ──┐│",
        "  │+1.1250├╯│+1.3750├╯│+1.6250├╯│+1.8750├╯║+2.1250├╯",
        "  │∇-0.016│ │∇-0.047│ │∇-0.078│ │∇-0.109│ ║∇-0.141│",
        "  └───────┘ └───────┘ └───────┘ └───────┘ ╙───────┘",
    ]


def test_the_lesson_fits_the_panel_of_an_80_column_screen() -> None:
    drawn = picture(lesson("forward", V, ((H, V), (W2, V))), 78, 8)
    assert [row.rstrip() for row in drawn[:7]] == [
        "── x ──   ── u ──   ── h ──  ┏━━ v ━━┓  ── g ──   ── e ──   ─ e² ──    loss ─",
        "+1.0000──▸+1.2500──▸+1.5000━━▸+1.7500┠─▸+2.0000──▸+2.2500──▸+2.3750──▸+2.5000",
        "∇+0.000 ╭▸∇-0.031 ╭▸∇-0.062 ┏▸∇-0.094┃╭▸∇-0.125 ╭▸∇-0.156   ∇-0.172   ∇-0.188",
        "        │         │         ┃┗━━━━━━━┛│         │",
        "─ w1 ── │ ─ b1 ── │ ─ w2 ── ┃ ─ b2 ── │ ── y ── │",
        "+1.1250─╯ +1.3750─╯ +1.6250━┛ +1.8750─╯ +2.1250─╯",
        "∇-0.016   ∇-0.047   ∇-0.078   ∇-0.109   ∇-0.141",
    ]


def test_names_alone_are_a_map_of_one_row_each() -> None:
    drawn = styled(lesson("forward", V, ((H, V), (W2, V))), NAMES, 64, 3)
    assert [row.rstrip() for row in drawn] == [
        " ║x├────▸(u)────▸(h)━━━━▸┃v━━┠──▸(g)────▸(e)────▸(e²)───▸(loss║",
        " │w1├───▸╯     ╭▸╯     ┏▸┨   ┃ ╭▸╯     ╭▸╯",
        "         │b1├──╯ │w2├━━┛ │b2├──╯ ║y├───╯",
    ]


@settings(max_examples=100)
@given(ANY, AREAS, st.sampled_from(PHASES), st.sampled_from(("braille", "ascii")), st.data())
def test_there_are_always_as_many_rows_of_as_many_cells_as_asked_for(
    shape: GraphShape, area: tuple[int, int], phase: Phase, glyphs: Glyphs, data: st.DataObject
) -> None:
    width, height = area
    some_node = st.none() | st.sampled_from(shape.nodes) if shape.nodes else st.none()
    titles = st.lists(
        st.sampled_from(("x", "sigmoid", "Σ(y-ŷ)²/n", "損失", "長い名前のノード", "é")),
        min_size=len(shape.nodes),
        max_size=len(shape.nodes),
    )
    view = view_of(shape, phase, data.draw(some_node), shape.edges[:3], tuple(data.draw(titles)))
    view = replace(view, chosen=data.draw(some_node), lit=data.draw(LIT))
    style = data.draw(st.none() | st.sampled_from(STYLES))
    camera = Camera(data.draw(st.integers(-9, 99)), data.draw(st.integers(-9, 99)), style)
    rows = draw_graph(view, width, height, camera, glyphs=glyphs)
    assert len(rows) == height
    assert all(cell_len(text) == width for text in texts(rows))


@given(ANY, st.sampled_from(PHASES), st.none() | st.sampled_from(STYLES))
def test_ascii_means_ascii(shape: GraphShape, phase: Phase, style: NodeStyle | None) -> None:
    titles = tuple("σ·損²" for _ in shape.nodes)
    view = view_of(shape, phase, shape.nodes[0] if shape.nodes else None, shape.edges[:3], titles)
    rows = draw_graph(view, 90, 30, Camera(style=style), glyphs="ascii")
    assert all(text.isascii() for text in texts(rows))


# --- Wires --------------------------------------------------------------------------------------


def operands_found_from_a_tip(scene: Backdrop, tip: tuple[int, int]) -> set[int]:
    """Follow lines from a tip to boxes or tags, straight on at a crossing, everywhere at a fork."""
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
        inside += [tag.node for tag in scene.layout.tags if tag.box.holds(x, y)]
        if inside:
            # To the right, boxes are other consumers behind their tips.
            found |= set(inside) if heading == LEFT else set()
            continue
        sign = scene.canvas.at((x, y))
        if sign == "▸":
            continue
        if sign == "┼":
            walks.append(((x, y), heading))
            continue
        cell = arms_of["┼" if sign == "•" else sign]
        walks += [((x, y), arm) for arm in ARMS if weight(cell, arm) and arm != back[heading]]
    return found


@settings(max_examples=100)
@given(ANY, st.sampled_from((MEDIUM, TIGHT, NAMES, DETAILED)))
def test_the_edges_can_be_read_back_from_the_characters(
    shape: GraphShape, style: NodeStyle
) -> None:
    scene = whole_scene(shape, style)
    for operand, result in shape.edges:
        tip = scene.tip((operand, result), backward=False)
        assert scene.canvas.at(tip) == "▸"
        assert operands_found_from_a_tip(scene, tip) == {operand}


@settings(max_examples=100)
@given(ANY, st.sampled_from(STYLES), st.data())
def test_a_window_shows_what_the_whole_drawing_shows_there(
    shape: GraphShape, style: NodeStyle, data: st.DataObject
) -> None:
    view = view_of(shape)
    scene = whole_scene(view.shape, style)
    x, y = (data.draw(st.integers(0, max(0, size))) for size in layout_size(view.shape, style))
    window = Box(x, y, data.draw(st.integers(1, 40)), data.draw(st.integers(1, 20)))
    part = backdrop(view.shape, style, window)
    names = {(word.x + i, word.y) for word in part.words for i in range(len(word.text) + 1)}
    for column in range(window.x, window.right):
        for row in range(window.y, window.bottom):
            # A name that the edge of the window cuts ends in an ellipsis there.
            cut = part.canvas.at((column, row)) == "…"
            if (column, row) not in names and not cut:
                assert part.canvas.at((column, row)) == scene.canvas.at((column, row))


def test_a_wire_that_passes_a_box_has_no_loose_end() -> None:
    ids = tuple(range(14))
    edges = (*pairwise(ids), (1, 3))
    shape = GraphShape(nodes=ids, edges=edges, kinds=(), titles=tuple(map(str, ids)), texts=())
    (style,) = (style for style in STYLES if style.name == "open")
    canvas = whole_scene(view_of(shape).shape, style).canvas
    assert "".join(canvas.at((x, 4)) for x in range(18, 31)) == " ╰─────────╯ "


def layout_size(shape: GraphShape, style: NodeStyle) -> tuple[int, int]:
    drawing = layout_of(shape, style)
    return drawing.width, drawing.height


@ALL_STYLES
def test_only_the_backward_pass_points_to_the_left(style: NodeStyle) -> None:
    forward = "".join(styled(lesson("forward", V, ((H, V),)), style))
    backward = "".join(styled(lesson("backward", H, ((H, V),)), style))
    assert (forward.count("◂"), forward.count("▸")) == (0, len(LESSON.edges))
    assert (backward.count("◂"), backward.count("▸")) == (1, len(LESSON.edges) - 1)


@ALL_STYLES
def test_what_happens_is_heavy_even_without_colour(style: NodeStyle) -> None:
    idle = "".join(styled(lesson(), style))
    current = "".join(styled(lesson("update", W2), style))
    flow = "".join(styled(lesson("forward", None, ((W2, V),)), style))
    assert not set(idle) & set("━┃")
    assert "┃" in current
    assert set(flow) & set("━┃┏┛")


@ALL_STYLES
def test_heavy_has_its_own_characters_in_ascii(style: NodeStyle) -> None:
    def drawn(view: GraphView) -> set[str]:
        return set("".join(texts(draw_graph(view, 170, 14, Camera(style=style), glyphs="ascii"))))

    assert not drawn(lesson()) & set("#=<")
    assert {"#", "=", "<"} <= drawn(lesson("backward", H, ((H, V),)))


def test_the_flow_has_the_style_of_its_phase_and_the_rest_is_quiet() -> None:
    rows = draw_graph(lesson("backward", H, ((H, V),)), 148, 24, Camera())
    assert styles_of(rows, "◂") == {"backward bold"}
    assert styles_of(rows, " h ") == {"backward bold"}
    assert styles_of(rows, " v ") == {"title bold"}
    assert styles_of(rows, " g ") == {"title"}
    assert styles_of(rows, "▸") == {"dim"}
    assert styles_of(rows, "╮") == {"line"}


FAR = GraphShape((*range(40), 99), (*((i, i + 1) for i in range(39)), (99, 1), (99, 30)))


def test_a_gradient_for_a_node_far_away_arrives_at_its_name_and_at_its_box() -> None:
    view = view_of(replace_order(FAR), "backward", 99, ((99, 30),))
    scene = whole_scene(view.shape, MEDIUM)
    width, height = layout_size(view.shape, MEDIUM)
    rows = picture(view, width, height, Camera(style=MEDIUM))
    box = scene.layout.boxes[99]
    assert [row[box.right] for row in rows].count("◂") == 1
    assert any("n99 ◂━" in row for row in rows)
    forward = replace(view, phase="forward", current=30)
    assert any("n99 ┅━" in row for row in picture(forward, width, height, Camera(style=MEDIUM)))


def replace_order(shape: GraphShape) -> GraphShape:
    """The last node first: what is given stands before what is computed."""
    return GraphShape((shape.nodes[-1], *shape.nodes[:-1]), shape.edges)


def test_a_wire_that_comes_in_at_the_left_says_where_it_comes_from() -> None:
    shape = chain(8)
    long = view_of(GraphShape(shape.nodes, (*shape.edges, (0, 7))))
    rows = picture(long, 40, 12, Camera(left=24, style=MEDIUM))
    assert any(row.startswith("n0 ──") for row in rows)
    # At its own box it needs no name.
    assert not any(row.startswith("n0") for row in picture(long, 40, 12, Camera(style=MEDIUM)))


# --- Kinds of nodes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "sides", "in_ascii"),
    [
        ("data", "║│", "[|"),
        ("constant", "┆┆", "::"),
        ("parameter", "││", "||"),
        ("op", "││", "||"),
        ("loss", "│║", "|]"),
    ],
)
def test_walls_tell_what_a_node_is(kind: NodeKind, sides: str, in_ascii: str) -> None:
    view = replace(view_of(chain(1)), shape=GraphShape((0,), (), (kind,), ("n",)))
    camera = Camera(style=WIDE)
    row = picture(view, 11, 4, camera)[1]
    assert row[0] + row[-1] == sides
    row = texts(draw_graph(view, 11, 4, camera, glyphs="ascii"))[1]
    assert row[0] + row[-1] == in_ascii


def test_what_is_computed_has_round_corners_and_what_is_given_square_ones() -> None:
    rows = picture(lesson(), 84, 9)
    assert rows[0][2:11] == "╓── x ──┐"
    assert rows[0][12:21] == "╭── u ──╮"
    assert rows[5][2:11] == "┌─ w1 ──┐"


def test_nodes_that_are_lit_stand_out_and_all_others_are_dim() -> None:
    view = replace(lesson(), lit=frozenset((W2, V)))
    rows = draw_graph(view, 148, 24, Camera())
    assert styles_of(rows, " w2 ") == styles_of(rows, " v ") == {"title bold"}
    assert styles_of(rows, " h ") == styles_of(rows, " x ") == {"dim"}
    assert "dim" in styles_of(rows, "+1.0000")
    # The wire between two of them, too.
    assert "text" in styles_of(rows, "╯") and "line" in styles_of(rows, "╯")


# --- Boxes --------------------------------------------------------------------------------------


@ALL_STYLES
@pytest.mark.parametrize("phase", PHASES)
def test_neither_numbers_nor_the_phase_move_anything(style: NodeStyle, phase: Phase) -> None:
    bare = styled(with_numbers(lesson(phase), value="", gradient=None), style)
    for before, after in zip(bare, styled(lesson(phase), style), strict=True):
        for was, now in zip(before, after, strict=True):
            assert was == now or was == " "


@ALL_STYLES
def test_every_number_is_shown_and_no_number_is_cut(style: NodeStyle) -> None:
    value, gradient = "-1.2e-05", "+0.12345"
    view = with_numbers(lesson("forward"), value=value, gradient=gradient)
    words = " ".join(styled(view, style))
    room = style.size.width - 2
    assert words.count(shortened(value, room)) == (13 if style.parts else 0)
    if "gradient" in style.parts:
        assert words.count(shortened(gradient, room - 1)) == 13


@given(st.integers(0, 60), st.sampled_from([s for s in STYLES if s.parts]))
def test_a_number_that_the_edge_would_cut_is_an_ellipsis(left: int, style: NodeStyle) -> None:
    view = with_numbers(lesson(), value="+7.7777", gradient=None)
    for row in picture(view, 30, 14, Camera(left, 0, style)):
        words = row.replace("+7.7777", "").replace("+7.8", "").replace("+8", "")
        assert not set(words) & set("0378")


def test_a_single_row_of_numbers_holds_what_the_phase_is_about() -> None:
    assert "∇" not in "".join(styled(lesson("forward"), PAIR))
    assert "∇" in "".join(styled(lesson("backward"), PAIR))


def test_what_the_event_wrote_is_marked_and_nothing_else() -> None:
    view = lesson("forward", V)
    nodes = {**view.nodes, V: replace(view.nodes[V], changed="value")}
    rows = draw_graph(replace(view, nodes=nodes), 148, 24, Camera())
    marked = [text for row in rows for text, style in row if "underline" in style]
    assert marked == [view.nodes[V].value]
    idle = texts(draw_graph(view, 148, 24, Camera()))
    assert texts(rows) == idle


def test_the_frame_counts_what_has_arrived_of_a_sum_else_it_ends_in_an_ellipsis() -> None:
    view = with_numbers(view_of(chain(1)), gradient="+0.1250", partial="1/2")
    assert styled(view, MEDIUM, 9, 4)[2:] == ["│∇+0.125│", "└ 1/2 ──┘"]
    sized = with_numbers(view_of(chain(1)), gradient="+0.1250", partial="1/2", size="[4]")
    assert styled(sized, DETAILED, 13, 5)[4] == "└ 1/2 ──────┘"
    assert styled(view, COMPACT, 9, 3)[2].strip() == "∇+0.12…"
    norm = with_numbers(view_of(chain(1)), gradient="‖8e-3‖", partial="1/2")
    assert styled(norm, COMPACT, 9, 3)[2].strip() == "∇‖8e-3…"


def test_the_detailed_box_tells_the_formula_the_shape_and_what_is_being_computed() -> None:
    shape = GraphShape((0,), (), ("op",), ("h",), ("w * x + b",))
    numbers = {0: GraphNode("+1.2500", "-0.0310", size="[8×2]")}
    view = GraphView(shape, numbers, "forward", 0, (), "formula", marked=(0, 5))
    rows = draw_graph(view, 13, 5, Camera())
    assert texts(rows) == [
        "┏━━━━ h ━━━━┓",
        "┃ w * x + b ┃",
        "┃    +1.2500┃",
        "┃∇   -0.0310┃",
        "┗━━━ [8×2] ━┛",
    ]
    assert [text for row in rows for text, style in row if "underline" in style] == ["w * x"]


def test_a_node_that_no_gradient_reaches_keeps_its_height_and_an_empty_row() -> None:
    view = lesson()
    nodes = {**view.nodes, 0: replace(view.nodes[0], gradient=None)}
    assert picture(replace(view, nodes=nodes), 84, 9)[2].startswith("  ║       │")


def test_a_long_title_keeps_both_ends_and_stays_in_its_box() -> None:
    view = view_of(chain(1), titles=("logsoftmax_of_everything",))
    assert picture(view, 11, 4)[0] == "╓logsof…ng┐".replace("╓", "┌")


@given(st.text(min_size=1, max_size=30), st.integers(0, 20))
def test_a_clipped_name_is_never_wider_than_it_may_be(name: str, cells: int) -> None:
    shown = clipped(name, cells)
    assert cell_len(shown) <= cells
    assert shown == name or not cells or "…" in shown


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


# --- Mouse and arrow keys -----------------------------------------------------------------------


@given(graphs(), st.integers(1, 90), st.integers(1, 9), st.data())
def test_a_click_finds_the_node_whose_number_is_drawn_there(
    shape: GraphShape, width: int, height: int, data: st.DataObject
) -> None:
    camera = Camera(data.draw(st.integers(0, 60)), data.draw(st.integers(0, 60)))
    view = view_of(shape)
    port = viewport(view, width, height, camera)
    boxes = layout_of(view.shape, port.style).boxes
    for x in range(width):
        for y in range(height):
            place = port.place(x, y)
            there = next((name for name, box in boxes.items() if box.holds(*place)), None)
            assert node_at(view, width, height, camera, x, y) == there


def test_a_click_beside_the_boxes_or_the_area_finds_nothing() -> None:
    assert node_at(lesson(), 84, 16, Camera(), 0, 0) is None
    assert node_at(lesson(), 84, 16, Camera(), -1, 5) is None
    assert node_at(lesson(), 84, 16, Camera(), 84, 5) is None


def test_a_click_on_a_title_finds_its_node() -> None:
    rows = picture(lesson(), 84, 16)
    row = next(index for index, text in enumerate(rows) if "loss" in text)
    assert node_at(lesson(), 84, 16, Camera(), rows[row].index("loss"), row) == 12


@given(graphs())
def test_arrow_keys_reach_every_node_from_every_node(shape: GraphShape) -> None:
    view = view_of(shape)
    directions: tuple[Direction, ...] = ("left", "right", "up", "down")
    for start in shape.nodes:
        reached, frontier = {start}, [start]
        while frontier:
            node = frontier.pop()
            for direction in directions:
                there = neighbour(view, MEDIUM, node, direction)
                if there not in reached:
                    reached.add(there)
                    frontier.append(there)
        assert reached == set(shape.nodes)


def test_arrow_keys_follow_the_wires() -> None:
    ways: tuple[tuple[int, Direction, int], ...] = (
        (H, "right", V), (V, "left", H), (H, "down", W2), (W2, "right", V), (W2, "down", W2),
        (0, "left", 0),
    )  # fmt: skip
    for start, direction, end in ways:
        assert neighbour(lesson(), MEDIUM, start, direction) == end


def test_the_chosen_node_has_a_double_frame_unless_it_is_current() -> None:
    assert "╔══ h ══╗" in picture(replace(lesson(), chosen=H), 84, 9)[0]
    assert "┏━━ h ━━┓" in picture(replace(lesson("forward", H), chosen=H), 84, 9)[0]
    assert style_for(shape_of_lesson(), 78, 8) == OPEN
    assert "╔══ h ══╗" in picture(replace(lesson(), chosen=H), 78, 8)[0]

"""The layout promises properties, so it is tested on graphs that nobody chose."""

from __future__ import annotations

import unicodedata
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.drawing.channels import Channel, Net, route
from tui.drawing.layered import BoxSize, Layout, Point, layout, least_height, least_width
from tui.drawing.ordering import FAR, NEAR, ordered
from tui.drawing.wires import DOWN, GLYPHS, HEAVY, LEFT, LIGHT, RIGHT, UP, along, joined
from tui.models.graph import GraphShape

SPACIOUS = BoxSize(9, 4, first_port=1, ports=2, gap=3, margin=1)
CRAMPED = BoxSize(9, 2, first_port=0, ports=2, gap=1, margin=0)
AIRY = BoxSize(11, 4, first_port=1, ports=2, gap=6, margin=1, row_gap=1)
WORDY = BoxSize(5, 1, first_port=0, ports=1, gap=3, margin=1, holds="titles", widest=14)
SIZES = (SPACIOUS, CRAMPED, AIRY, WORDY)


@st.composite
def graphs(draw: st.DrawFn, most_nodes: int = 14) -> GraphShape:
    """Fan-out, long edges, several results and nodes without any wire all come up."""
    count = draw(st.integers(0, most_nodes))
    pairs = [(a, b) for b in range(count) for a in range(b)]
    edges = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    # Ids are no places: the layout must look nodes up, not count them.
    names = draw(st.permutations(range(100, 100 + count)))
    titles = tuple("n" * (1 + name % 17) for name in names)
    return GraphShape(tuple(names), tuple((names[a], names[b]) for a, b in edges), titles=titles)


@st.composite
def long_graphs(draw: st.DrawFn) -> GraphShape:
    """A chain with some wires that are too long to be drawn."""
    length = draw(st.integers(FAR, 3 * FAR))
    pairs = [(a, b) for b in range(length) for a in range(b)]
    far = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=12))
    edges = dict.fromkeys((*((i, i + 1) for i in range(length - 1)), *far))
    return GraphShape(tuple(range(length)), tuple(edges), titles=tuple(map(str, range(length))))


ANY = graphs() | long_graphs()


def wires_by_operand(drawing: Layout) -> dict[int, dict[Point, int]]:
    wires: dict[int, dict[Point, int]] = {}
    for (operand, _), corners in drawing.wires.items():
        cells = wires.setdefault(operand, {})
        for point, arms in along(corners, LIGHT):
            cells[point] = joined(cells.get(point, 0), arms)
    return wires


def chain(length: int) -> GraphShape:
    return GraphShape(tuple(range(length)), tuple((i, i + 1) for i in range(length - 1)))


@given(ANY, st.sampled_from(SIZES))
def test_boxes_keep_clear_of_each_other_and_inside_the_drawing(
    shape: GraphShape, size: BoxSize
) -> None:
    drawing = layout(shape, size)
    assert set(drawing.boxes) == set(shape.nodes)
    for box in drawing.boxes.values():
        assert min(box.x, box.y) >= 0
        assert box.right <= drawing.width
        assert box.bottom <= drawing.height
    words = [tag.box for tag in drawing.tags]
    assert not any(a.meets(b) for a, b in combinations([*drawing.boxes.values(), *words], 2))


@given(ANY, st.sampled_from(SIZES))
def test_every_wire_runs_from_its_operands_right_side_to_its_results_left_side(
    shape: GraphShape, size: BoxSize
) -> None:
    drawing = layout(shape, size)
    assert set(drawing.wires) == set(shape.edges)
    for (operand, result), corners in drawing.wires.items():
        start, end = drawing.boxes[operand], drawing.boxes[result]
        starts = {(start.right, start.y + size.first_port)}
        starts |= {(tag.box.right, tag.box.y) for tag in drawing.tags if tag.node == operand}
        assert corners[0] in starts
        assert corners[-1][0] == end.x - 1
        assert end.y + size.first_port <= corners[-1][1] < end.bottom
        for (x, y), (to_x, to_y) in pairwise(corners):
            assert (x == to_x) != (y == to_y)
            assert to_x >= x


@given(ANY, st.sampled_from(SIZES))
def test_no_wire_runs_through_a_box_or_out_of_the_drawing(shape: GraphShape, size: BoxSize) -> None:
    drawing = layout(shape, size)
    for cells in wires_by_operand(drawing).values():
        for x, y in cells:
            assert 0 <= x < drawing.width
            assert 0 <= y < drawing.height
            assert not any(box.holds(x, y) for box in drawing.boxes.values())
            assert not any(tag.box.holds(x, y) for tag in drawing.tags)


@settings(max_examples=150)
@given(ANY, st.sampled_from(SIZES))
def test_wires_of_two_operands_only_ever_cross_at_right_angles(
    shape: GraphShape, size: BoxSize
) -> None:
    for one, other in combinations(wires_by_operand(layout(shape, size)).values(), 2):
        for point in one.keys() & other.keys():
            assert {one[point], other[point]} == {LEFT + RIGHT, UP + DOWN}


@given(ANY, st.sampled_from(SIZES))
def test_no_two_operands_enter_a_box_on_one_row(shape: GraphShape, size: BoxSize) -> None:
    ends = [corners[-1] for corners in layout(shape, size).wires.values()]
    assert len(set(ends)) == len(ends)


@given(graphs(), st.sampled_from(SIZES))
def test_turns_keep_the_margin_that_tips_need(shape: GraphShape, size: BoxSize) -> None:
    drawing = layout(shape, size)
    for (operand, result), corners in drawing.wires.items():
        for x, _ in corners[1:-1]:
            assert x >= drawing.boxes[operand].right + size.margin
            assert x < drawing.boxes[result].x - size.margin


@given(ANY, st.sampled_from(SIZES))
def test_the_least_size_is_a_bound(shape: GraphShape, size: BoxSize) -> None:
    drawing = layout(shape, size)
    assert least_width(shape, size) <= drawing.width
    assert least_height(shape, size) <= drawing.height


@given(graphs())
def test_every_wire_leads_to_a_later_column_and_every_column_holds_a_node(
    shape: GraphShape,
) -> None:
    drawing = layout(shape, SPACIOUS)
    column = {node: rank for rank, layer in enumerate(drawing.layers) for node in layer}
    assert set(column) == set(shape.nodes)
    assert all(drawing.layers)
    assert all(column[operand] < column[result] for operand, result in shape.edges)


@given(graphs())
def test_an_input_stands_right_before_its_first_consumer(shape: GraphShape) -> None:
    column = {
        node: rank for rank, layer in enumerate(layout(shape, SPACIOUS).layers) for node in layer
    }
    for node in shape.nodes:
        consumers = [result for operand, result in shape.edges if operand == node]
        if consumers:
            assert column[node] == min(column[result] for result in consumers) - 1


Tree = tuple["Tree", ...]


@given(st.recursive(st.just(()), lambda parts: st.tuples(parts, parts), max_leaves=12))
def test_the_graph_of_an_expression_without_shared_parts_has_no_crossings(tree: Tree) -> None:
    nodes: list[int] = []
    edges: list[tuple[int, int]] = []

    def add(part: Tree) -> int:
        operands = [add(inner) for inner in part]
        nodes.append(len(nodes))
        edges.extend((operand, nodes[-1]) for operand in operands)
        return nodes[-1]

    add(tree)
    wires = wires_by_operand(layout(GraphShape(tuple(nodes), tuple(edges)), SPACIOUS))
    for one, other in combinations(wires.values(), 2):
        assert not one.keys() & other.keys()


@pytest.mark.parametrize("size", SIZES)
def test_a_chain_is_drawn_as_one_straight_line(size: BoxSize) -> None:
    drawing = layout(chain(30), size)
    assert {box.y for box in drawing.boxes.values()} == {0}
    assert {y for corners in drawing.wires.values() for _, y in corners} == {size.first_port}


def test_the_spine_of_a_nested_expression_runs_straight_with_its_inputs_below() -> None:
    # ((a*b)*c)*d: 0 1 -> 2, 2 3 -> 4, 4 5 -> 6
    shape = GraphShape(tuple(range(7)), ((0, 2), (1, 2), (2, 4), (3, 4), (4, 6), (5, 6)))
    drawing = layout(shape, SPACIOUS)
    assert {drawing.boxes[node].y for node in (0, 2, 4, 6)} == {0}
    assert {drawing.boxes[node].y for node in (1, 3, 5)} == {4}
    assert drawing.height == 8


def test_a_long_wire_passes_its_columns_on_one_row() -> None:
    # 0 skips over the chain 1 -> 2 -> 3 -> 4 that it joins again.
    shape = GraphShape((0, 1, 2, 3, 4), ((0, 1), (1, 2), (2, 3), (3, 4), (0, 4)))
    corners = layout(shape, SPACIOUS).wires[0, 4]
    assert len({y for _, y in corners}) <= 3


@given(ANY, st.sampled_from(SIZES))
def test_legs_are_the_wires_column_by_column(shape: GraphShape, size: BoxSize) -> None:
    drawing = layout(shape, size)
    legs: dict[int, set[Point]] = {}
    for leg in (leg for column in drawing.legs for leg in column):
        for (x, y), (to_x, to_y) in leg.runs():
            cells = {(i, j) for i in range(x, to_x + 1) for j in range(y, to_y + 1)}
            legs.setdefault(leg.node, set()).update(cells)
    assert legs == {node: set(cells) for node, cells in wires_by_operand(drawing).items()}


@given(ANY, st.sampled_from(SIZES), st.data())
def test_a_window_needs_the_columns_that_reach_into_it_and_no_others(
    shape: GraphShape, size: BoxSize, data: st.DataObject
) -> None:
    drawing = layout(shape, size)
    left = data.draw(st.integers(0, max(0, drawing.width - 1)))
    right = left + data.draw(st.integers(1, 40))
    ranks = drawing.ranks(left, right)
    for rank, (layer, legs) in enumerate(zip(drawing.layers, drawing.legs, strict=True)):
        boxes = [drawing.boxes[node] for node in layer]
        reach = any(box.x < right and box.right > left for box in boxes)
        reach |= any(leg.start < right and leg.end >= left for leg in legs)
        assert not reach or rank in ranks


def test_a_column_is_as_wide_as_its_longest_title_within_bounds() -> None:
    shape = GraphShape((0, 1, 2), ((0, 1), (1, 2)), titles=("x", "a_long_name", "n" * 40))
    boxes = layout(shape, WORDY).boxes
    assert [boxes[node].width for node in (0, 1, 2)] == [5, 13, 14]


def test_a_node_that_is_read_far_away_is_named_there() -> None:
    shape = chain(40)
    far = GraphShape(shape.nodes, (*shape.edges, (0, 3), (0, 30), (0, 31)))
    drawing = layout(far, SPACIOUS)
    assert [tag.node for tag in drawing.tags] == [0]
    assert [drawing.tagged((0, end)) for end in (1, 3, 30, 31)] == [False, False, True, True]
    start = drawing.wires[0, 30][0]
    assert drawing.columns[29] <= start[0] <= drawing.columns[30]
    # Readers side by side share the name.
    assert drawing.wires[0, 31][0] == start


@given(long_graphs())
def test_no_wire_is_longer_than_a_screen(shape: GraphShape) -> None:
    drawing = layout(shape, SPACIOUS)
    column = {node: rank for rank, layer in enumerate(drawing.layers) for node in layer}
    for (operand, result), corners in drawing.wires.items():
        span = corners[-1][0] - corners[0][0]
        passed = sum(corners[0][0] < x <= corners[-1][0] for x in drawing.columns)
        assert passed < FAR, span
        if column[result] - column[operand] <= NEAR:
            assert not drawing.tagged((operand, result))


def test_a_box_grows_until_each_operand_has_a_row() -> None:
    shape = GraphShape(tuple(range(8)), tuple((operand, 7) for operand in range(7)))
    assert layout(shape, SPACIOUS).boxes[7].height == 4 + 5


def test_a_graph_without_nodes_has_no_size() -> None:
    drawing = layout(GraphShape((), ()), SPACIOUS)
    assert (drawing.width, drawing.height, drawing.boxes, drawing.tags) == (0, 0, {}, ())


def test_an_operand_used_twice_has_one_wire() -> None:
    drawing = layout(GraphShape((5, 6), ((5, 6), (5, 6))), SPACIOUS)
    assert list(drawing.wires) == [(5, 6)]


def test_an_edge_against_the_order_of_the_nodes_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="edge 2 -> 1"):
        ordered(GraphShape((1, 2), ((2, 1),)))


def test_a_side_result_stays_near_the_node_it_comes_from() -> None:
    # 9 is read off node 1 of a long chain.
    shape = GraphShape((0, 1, 2, 3, 4, 9), ((0, 1), (1, 2), (2, 3), (3, 4), (1, 9)))
    assert 9 in layout(shape, SPACIOUS).layers[2]


# --- Channels ---------------------------------------------------------------------------------

ROWS = st.integers(0, 9)


@st.composite
def channels(draw: st.DrawFn) -> list[Net]:
    leaving = draw(st.lists(ROWS, unique=True, min_size=1, max_size=6))
    entering = draw(st.lists(ROWS, unique=True, min_size=len(leaving), max_size=10))
    owner = draw(st.lists(st.sampled_from(leaving), min_size=10, max_size=10))
    return [
        Net(row, (entering[index], *[to for to, of in zip(entering, owner, strict=False)
                                     if of == row and to not in entering[: len(leaving)]]))
        for index, row in enumerate(leaving)
    ]  # fmt: skip


def drawn(nets: list[Net], channel: Channel) -> list[dict[Point, int]]:
    """Cells of each net in a channel that is as wide as its tracks and two columns more."""
    wires: list[dict[Point, int]] = []
    for net, climb in zip(nets, channel.climbs, strict=True):
        cells: dict[Point, int] = {}
        for enters in net.enters:
            corners = [(0, net.leaves)]
            if climb and enters != net.leaves:
                x, y = 1 + climb.track, net.leaves
                if climb.detour:
                    corners += [(x, y), (x, climb.detour[0])]
                    x, y = 1 + climb.detour[1], climb.detour[0]
                corners += [(x, y), (x, enters)]
            corners.append((channel.tracks + 1, enters))
            for point, arms in along(corners, LIGHT):
                cells[point] = joined(cells.get(point, 0), arms)
        wires.append(cells)
    return wires


@settings(max_examples=250)
@given(channels())
def test_nets_of_a_channel_share_no_cell_except_where_they_cross(nets: list[Net]) -> None:
    for one, other in combinations(drawn(nets, route(nets)), 2):
        for point in one.keys() & other.keys():
            assert {one[point], other[point]} == {LEFT + RIGHT, UP + DOWN}


def test_two_nets_that_swap_rows_take_a_detour_on_a_row_of_their_own() -> None:
    channel = route([Net(2, (5,)), Net(5, (2,))])
    detours = [climb.detour for climb in channel.climbs if climb and climb.detour]
    assert len(detours) == 1
    assert detours[0][0] not in (2, 5)


def test_wires_that_descend_together_nest_without_crossings() -> None:
    nets = [Net(0, (10,)), Net(1, (11,)), Net(2, (12,))]
    wires = drawn(nets, route(nets))
    assert all(not one.keys() & other.keys() for one, other in combinations(wires, 2))


def test_a_channel_of_straight_wires_needs_no_track() -> None:
    assert route([Net(0, (0,)), Net(3, (3,))]) == Channel((None, None), 0)


# --- Wires as characters ------------------------------------------------------------------------


def arms_named(name: str) -> int:
    """The cell that a name like VERTICAL HEAVY AND LEFT LIGHT describes."""
    strengths = {"LIGHT": LIGHT, "HEAVY": HEAVY}
    directions = {
        "LEFT": LEFT, "RIGHT": RIGHT, "UP": UP, "DOWN": DOWN,
        "HORIZONTAL": LEFT + RIGHT, "VERTICAL": UP + DOWN,
    }  # fmt: skip
    words = [word for word in name.split() if word != "AND"]
    # The strength comes first in LIGHT DOWN AND RIGHT, last in DOWN LIGHT AND RIGHT HEAVY.
    if words[0] in directions:
        words.reverse()
    cell = strength = 0
    for word in words:
        strength = strengths.get(word, strength)
        cell += strength * directions.get(word, 0)
    return cell


def test_the_table_of_glyphs_agrees_with_their_unicode_names() -> None:
    assert len(GLYPHS) == 81
    for cell, glyph in enumerate(GLYPHS[1:], start=1):
        assert arms_named(unicodedata.name(glyph).removeprefix("BOX DRAWINGS ")) == cell

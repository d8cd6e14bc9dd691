"""The layout: every size of a terminal has one, and nothing ever lies on anything else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui.catalogue import SLOTS, Slot
from tui.drawing.arrangement import Arrangement, Rect, arrange

WIDTHS, HEIGHTS = st.integers(1, 500), st.integers(1, 150)
PARAMETERS, LISTING = st.integers(0, 200), st.integers(10, 400)

PROMISED: dict[tuple[int, int], set[Slot]] = {
    (60, 20): {"program", "about"},
    (60, 30): {"program", "stage", "about"},
    (60, 60): {"program", "stage", "about", "state"},
    (80, 24): {"program", "stage", "about", "state"},
    (100, 30): {"program", "stage", "about", "state"},
    (120, 40): {"program", "stage", "about", "state", "plots"},
    (200, 60): {"program", "stage", "about", "state", "plots"},
}


def rectangles(places: Arrangement) -> Iterator[Rect]:
    yield from places.slots.values()
    yield from (r for r in (places.header, places.timeline, places.footer) if r is not None)


def overlap(a: Rect, b: Rect) -> bool:
    across = a.x < b.x + b.width and b.x < a.x + a.width
    return across and a.y < b.y + b.height and b.y < a.y + a.height


LESSON = st.sampled_from((None, "bar", *SLOTS))
"""The slot that a lesson points at, if one is open."""


@given(WIDTHS, HEIGHTS, PARAMETERS, LISTING, st.sampled_from((None, "bar", *SLOTS)), LESSON)
@example(1, 1, 0, 10, None, None)
@example(56, 15, 200, 400, None, None)
@example(100, 32, 0, 10, None, "plots")
def test_rectangles_lie_on_the_screen_and_never_on_each_other(
    width: int,
    height: int,
    parameters: int,
    listing: int,
    zoomed: Slot | None,
    lesson: Slot | None,
) -> None:
    every = list(rectangles(arrange(width, height, parameters, listing, zoomed, lesson)))
    for rect in every:
        assert rect.x >= 0 and rect.x + rect.width <= width
        assert rect.y >= 0 and rect.y + rect.height <= height
    assert not [pair for pair in combinations(every, 2) if overlap(*pair)]


@given(WIDTHS, HEIGHTS, PARAMETERS, LISTING, LESSON)
def test_no_cell_of_the_screen_is_left_over(
    width: int, height: int, parameters: int, listing: int, lesson: Slot | None
) -> None:
    places = arrange(width, height, parameters, listing, lesson=lesson)
    if places.slots:
        covered = sum(r.width * r.height for r in rectangles(places))
        assert covered == width * height


@given(WIDTHS, HEIGHTS, PARAMETERS, LISTING, LESSON)
def test_a_panel_that_is_shown_has_room_for_its_frame_and_a_row(
    width: int, height: int, parameters: int, listing: int, lesson: Slot | None
) -> None:
    places = arrange(width, height, parameters, listing, lesson=lesson)
    least = 3 if places.boxed else 2
    for name, rect in places.slots.items():
        assert rect.width > 0, name
        assert rect.height >= least, name


@given(WIDTHS, HEIGHTS)
def test_the_timeline_is_always_there(width: int, height: int) -> None:
    assert arrange(width, height, 4).timeline.height >= 1


@pytest.mark.parametrize(("size", "panels"), PROMISED.items())
@pytest.mark.parametrize("parameters", [0, 1, 4, 12])
def test_each_usual_size_shows_the_panels_it_promises(
    size: tuple[int, int], panels: set[Slot], parameters: int
) -> None:
    assert panels <= set(arrange(*size, parameters).slots)


@pytest.mark.parametrize("size", [size for size in PROMISED if size[0] >= 80])
@pytest.mark.parametrize("shown", ["program", "stage", "about", "state", "plots"])
def test_a_lesson_stands_beside_what_it_points_at(size: tuple[int, int], shown: Slot) -> None:
    slots = arrange(*size, 4, lesson=shown).slots
    assert {"lesson", shown} <= set(slots)
    assert slots["lesson"].height >= 9
    assert slots["lesson"].width >= 50


@pytest.mark.parametrize("parameters", [1, 4, 12, 100])
@pytest.mark.parametrize(("size", "rows"), [((80, 24), 5), ((120, 40), 14), ((200, 60), 20)])
def test_the_inspector_has_room_for_what_an_event_does(
    size: tuple[int, int], rows: int, parameters: int
) -> None:
    places = arrange(*size, parameters)
    assert places.slots["about"].height - (2 if places.boxed else 1) >= rows


@pytest.mark.parametrize("size", [(56, 15), (56, 20), (70, 16), (80, 18)])
def test_the_parameters_do_not_squeeze_out_the_inspector(size: tuple[int, int]) -> None:
    places = arrange(*size, 4)
    assert places.slots["about"].height >= 4


@pytest.mark.parametrize("width", range(80, 150, 5))
def test_a_wider_terminal_never_shows_less_of_the_graph(width: int) -> None:
    narrow, wide = arrange(width, 32, 4).slots, arrange(width + 5, 32, 4).slots
    assert wide["stage"].width >= min(79, narrow["stage"].width)


@given(WIDTHS, HEIGHTS, st.sampled_from(SLOTS))
def test_a_zoomed_slot_is_the_only_one(width: int, height: int, zoomed: Slot) -> None:
    assert set(arrange(width, height, 4, zoomed=zoomed).slots) == {zoomed}

"""Which slot goes where: a layout made for the size of the terminal.

One pure function from a size to rectangles, so that every size can be tested: rectangles never
overlap, never leave the screen, and slots fold away by importance as room runs out.
May import: tui.catalogue.   Imported by: screens.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.catalogue import Slot

GRAPH = 81
"""Columns in which the lecture's network fits side by side, frame included; a listing beside the
graph has to leave it that much."""

MOST_LISTING = 60
"""Columns beyond which a listing's lines are rather cut than given more."""

LESSON = 60
"""Columns of a lesson's text where there is room for everything else beside it."""

WIDE = 119 + LESSON
"""Columns from which on there is."""

SIDE_BY_SIDE = 72
"""Columns from which on lines of the program, and the inspector beside them, are not cut."""

INSPECTOR = 6
"""Rows that the inspector gets before any other panel shares its column."""

QUESTION = 11
"""Rows in which a step of a lesson has its question in sight, and the lecture's network still fits
above it on 24 rows of screen."""


@dataclass(frozen=True)
class Rect:
    """A rectangle of cells."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Arrangement:
    """Where everything goes. A slot that is not in `slots` is folded away."""

    slots: dict[Slot, Rect]
    header: Rect | None
    timeline: Rect
    footer: Rect | None
    boxed: bool
    """Whether panels have a frame all round, or only a line with their name on top."""


def arrange(
    width: int,
    height: int,
    parameters: int,
    listing: int = 36,
    zoomed: Slot | None = None,
    lesson: Slot | None = None,
) -> Arrangement:
    """The layout for a terminal of `width` × `height` cells; `zoomed` has it all but the bars.

    `parameters` is how many there are, and `listing` how wide the listing wants to be. Where a
    `lesson` is open it has a slot of its own, and the slot that it points at is in sight.
    """
    listing = min(listing, MOST_LISTING)
    boxed = width >= 100 and height >= 32
    header = Rect(0, 0, width, 1) if height >= 30 else None
    footer = Rect(0, height - 1, width, 1) if height >= 6 else None
    top = 1 if header else 0
    bottom = height - (1 if footer else 0)
    tall = min(4 if boxed else 2, max(1, bottom - top - 3))
    timeline = Rect(0, bottom - tall, width, tall)
    area = Rect(0, top, width, max(0, timeline.y - top))
    # A row for each parameter and one of headings, in a frame.
    table = max(1, parameters) + 1 + (2 if boxed else 1)
    slots: dict[Slot, Rect]
    if zoomed == "bar":
        timeline = Rect(0, top, width, max(1, bottom - top))
        slots = {}
    elif zoomed is not None:
        slots = {zoomed: area}
    elif lesson is not None:
        slots = _beside_lesson(area, table, listing, lesson)
    elif area.height < 18 or (width < SIDE_BY_SIDE and area.height < 24):
        slots = _small(area)
    elif width < SIDE_BY_SIDE:
        slots = _tower(area, table)
    elif width < listing + GRAPH:
        slots = _narrow(area, table, listing)
    elif area.height < 24:
        slots = _short(area, table, listing)
    else:
        slots = _full(area, table, listing)
    return Arrangement(slots, header, timeline, footer, boxed)


def _small(area: Rect) -> dict[Slot, Rect]:
    """Little room: what happened, and where in the program."""
    if area.height < 6:
        return {"about": area} if area.height > 1 else {}
    if area.width >= SIDE_BY_SIDE:
        left, right = _split_x(area, area.width * 9 // 20)
        return {"program": left, "about": right}
    above, below = _split_y(area, area.height // 2)
    return {"program": above, "about": below}


def _tower(area: Rect, table: int) -> dict[Slot, Rect]:
    """Narrow and high: one below the other, each as wide as the screen; the parameters, too, where
    nothing else gets too low for them."""
    graph = min(max(7, area.height * 3 // 10), 18)
    rest, lower = _split_y(area, area.height - graph)
    table = table if rest.height - table >= 24 else 0
    program, below = _split_y(rest, (rest.height - table + 1) // 2)
    about, state = _split_y(below, below.height - table)
    slots: dict[Slot, Rect] = {"program": program, "about": about, "stage": lower}
    return {**slots, "state": state} if table else slots


def _narrow(area: Rect, table: int, listing: int) -> dict[Slot, Rect]:
    """About 80 columns: listing beside inspector and parameters, the graph below."""
    graph = min(max(9, area.height * 2 // 5), 18)
    upper, lower = _split_y(area, area.height - graph)
    left, right = _split_x(upper, min(listing, area.width * 9 // 20))
    table = min(min(table, 6 + 3), max(3, right.height - INSPECTOR))
    loss = 9 if right.height - table >= 20 else 0
    about, below = _split_y(right, right.height - table - loss)
    slots: dict[Slot, Rect] = {"program": left, "stage": lower, "about": about}
    slots["state"], rest = _split_y(below, table)
    if loss:
        slots["plots"] = rest
    return slots


def _short(area: Rect, table: int, listing: int) -> dict[Slot, Rect]:
    """Wide and low: three columns."""
    left, rest = _split_x(area, min(listing, area.width * 7 // 20))
    middle, right = _split_x(rest, rest.width * 11 // 20)
    table = min(table, max(4, right.height // 3))
    about, lower = _split_y(right, right.height - table)
    return {"program": left, "stage": middle, "about": about, "state": lower}


def _full(area: Rect, table: int, listing: int) -> dict[Slot, Rect]:
    """120 × 40 and beyond: everything at once."""
    wide = area.width >= 150
    upper, lower = _split_y(area, area.height * (12 if wide else 11) // 24)
    left, right = _split_x(upper, min(listing + (10 if wide else 0), area.width * 2 // 5))
    slots: dict[Slot, Rect] = {"program": left, "stage": right}
    about, side = _split_x(lower, min(78, area.width * 9 // 20))
    slots["about"] = about
    table = min(table, max(5, lower.height // 2))
    slots["state"], slots["plots"] = _split_y(side, table)
    return slots


def _beside_lesson(area: Rect, table: int, listing: int, shown: Slot) -> dict[Slot, Rect]:
    """A lesson's text, what it points at, and what else there is room for."""
    aside: Slot = shown if shown in ("state", "plots") else "about"
    if area.width < 56 or area.height < 18:
        first = shown if shown in ("program", "stage") else aside
        return _lesson_and(area, first)
    if area.width < listing + GRAPH:
        upper, lower = _split_y(area, area.height - min(max(QUESTION, area.height * 9 // 20), 20))
        if shown == "stage":
            return {"stage": upper, "lesson": lower}
        left, right = _split_x(upper, min(listing, area.width * 9 // 20))
        return {"program": left, aside: right, "lesson": lower}
    if area.height < 24:
        left, rest = _split_x(area, area.width * 7 // 20)
        middle, right = _split_x(rest, rest.width * 11 // 20)
        return {"lesson": left, "program" if shown == "program" else "stage": middle, aside: right}
    if area.width < WIDE:
        slots = _full(area, table, listing)
        about, state, plots = slots["about"], slots["state"], slots["plots"]
        text = Rect(state.x, state.y, state.width, state.height + plots.height)
        return {"program": slots["program"], "stage": slots["stage"], aside: about, "lesson": text}
    # Beside everything else, in lines that are not too long to read.
    rest, text = _split_x(area, area.width - LESSON)
    return {**_full(rest, table, listing), "lesson": text}


def _lesson_and(area: Rect, other: Slot) -> dict[Slot, Rect]:
    """Little room: the lesson and one thing to look at."""
    if area.height < 6:
        return {"lesson": area} if area.height > 1 else {}
    if area.width >= SIDE_BY_SIDE:
        left, right = _split_x(area, area.width // 2)
        return {"lesson": left, other: right}
    above, below = _split_y(area, area.height // 2)
    return {"lesson": above, other: below}


def _split_x(area: Rect, width: int) -> tuple[Rect, Rect]:
    width = min(max(0, width), area.width)
    return (
        Rect(area.x, area.y, width, area.height),
        Rect(area.x + width, area.y, area.width - width, area.height),
    )


def _split_y(area: Rect, height: int) -> tuple[Rect, Rect]:
    height = min(max(0, height), area.height)
    return (
        Rect(area.x, area.y, area.width, height),
        Rect(area.x, area.y + height, area.width, area.height - height),
    )

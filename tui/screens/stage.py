"""Which views are on the screen, and where: the panels, each made when it is first seen.

May import: catalogue, table, theme, drawing, widgets.   Imported by: the debugger's screen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from textual.screen import Screen

from tui.catalogue import BY_NAME as VIEW
from tui.catalogue import CATALOGUE, SLOTS, Kind, Slot, views_of
from tui.drawing.arrangement import Arrangement, Rect
from tui.table import CommandTable
from tui.theme import Palette
from tui.widgets import panel_of
from tui.widgets.bars import Bar
from tui.widgets.panel import Panel

BARS = ("header", "coach", "footer")
"""Panels that show no view of the catalogue; they are always there."""


class Stage:
    """The panels of one screen: what each slot shows, and what has the screen for itself."""

    def __init__(self, screen: Screen[Any], coach: Panel, table: CommandTable) -> None:
        self._screen = screen
        self._table = table
        self._palette: Palette | None = None
        header, footer = Bar("header", frame="none"), Bar("footer", frame="none")
        self._panels: dict[str, Panel] = {"header": header, "coach": coach, "footer": footer}
        self.shown: dict[Slot, str] = {slot: views_of(slot)[0].name for slot in SLOTS}
        """The view that each slot shows, if there is room for the slot."""
        self.alone: str | None = None
        """The view that has the screen for itself."""
        self.pointed: Slot = "stage"
        """The slot that the lesson, or its reader, wants to see beside it."""

    def __getitem__(self, name: str) -> Panel:
        """The panel of a view, or a bar."""
        if name not in self._panels:
            panel = self._made(name)
            later = (kind.name for kind in CATALOGUE[CATALOGUE.index(VIEW[name]) + 1 :])
            after = next((self._panels[n] for n in later if n in self._panels), self["coach"])
            self._screen.mount(panel, before=after)  # so that tab goes round in one order
        return self._panels[name]

    def _made(self, name: str) -> Panel:
        panel = self._panels[name] = panel_of(name)(name)
        panel.display, panel.table = False, self._table
        if self._palette is not None:
            panel.recolour(self._palette)
        return panel

    def __iter__(self) -> Iterator[Panel]:
        """The panels that were made so far."""
        return iter(self._panels.values())

    def get(self, name: str) -> Panel | None:
        """The panel of a view, where the reader has seen it."""
        return self._panels.get(name)

    def shows(self, name: str) -> bool:
        """Whether a view is on the screen."""
        return name in self._panels and self._panels[name].display

    @property
    def seen(self) -> list[str]:
        """The views that are on the screen, but for the timeline."""
        return [name for name in self.shown.values() if self.shows(name)]

    def recolour(self, palette: Palette) -> None:
        """Use another palette on every panel."""
        self._palette = palette
        for panel in self:
            panel.recolour(palette)

    def first(self, places: Arrangement) -> Iterator[Panel]:
        """The panels that are seen when the program opens, in their order."""
        names = {*(self.shown[slot] for slot in places.slots), "timeline"}
        yield self["header"]
        for kind in CATALOGUE:
            if kind.name in names:
                yield self._made(kind.name)
        yield self["coach"]
        yield self["footer"]

    def put(self, places: Arrangement, width: int, height: int, coach: int) -> None:
        """Put the panels in their places; the coach takes so many rows above the footer."""
        rects: dict[str, Rect | None] = dict.fromkeys(self._panels)
        rects |= {self.shown[slot]: rect for slot, rect in places.slots.items()}
        rects |= {
            "header": places.header,
            "timeline": places.timeline,
            "footer": places.footer and replace(places.footer, y=height - 1),
            "coach": Rect(0, height - coach - 1, width, coach) if coach else None,
        }
        for name, rect in rects.items():
            panel = self[name] if rect is not None else self.get(name)
            if panel is not None:
                self._put(panel, name, rect, boxed=places.boxed)

    def _put(self, panel: Panel, name: str, rect: Rect | None, *, boxed: bool) -> None:
        panel.display = rect is not None
        if name not in BARS:
            flat = "none" if name == "timeline" else "line"
            panel.frame = "box" if boxed else flat
            tabs = (k.name for k in views_of(VIEW[name].slot) if k.name != name)
            key = self._table.view_key
            panel.share(key(name), tuple((key(other), other) for other in tabs))
        if rect is not None:
            panel.styles.offset = (rect.x, rect.y)
            panel.styles.width = rect.width
            panel.styles.height = rect.height
            panel.redraw()

    # --- what is wanted there ------------------------------------------------------------------

    def point_at(self, view: Kind) -> None:
        """Have a view in its slot, and the slot in sight beside a lesson."""
        if view.slot != "bar":
            self.shown[view.slot] = view.name
        self.pointed = view.slot

    def point_out(self, name: str | None) -> None:
        """Let a panel stand out, or none of them."""
        for panel in self:
            panel.point(panel.id == name)

    def zoom(self, name: str | None) -> None:
        """Have a view alone, or where one is alone, all of them again."""
        self.alone = None if self.alone is not None else name or self.shown["stage"]

"""Places that a reader wants to come back to: bookmarks with notes, and where they have been.

May import: errors.   Imported by: debugger.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from engine.errors import GradstepError, did_you_mean, listed, one_line

MAX_VISITS = 1000
MAX_NAME = 40


@dataclass(frozen=True)
class Position:
    """An event on a timeline."""

    timeline: str
    ordinal: int


@dataclass(frozen=True)
class Bookmark:
    """A place with a name, and what the reader wrote about it."""

    name: str
    position: Position
    note: str = ""


class Bookmarks:
    """Bookmarks by name, in the order in which they were set."""

    def __init__(self) -> None:
        self._all: dict[str, Bookmark] = {}

    def __iter__(self) -> Iterator[Bookmark]:
        return iter(self._all.values())

    def __len__(self) -> int:
        return len(self._all)

    def __getitem__(self, name: str) -> Bookmark:
        """The bookmark of that name. Raises `GradstepError`."""
        if name not in self._all:
            there = f"there are: {listed(self._all)}" if self._all else "`bookmark` sets one here"
            hint = did_you_mean(name, self._all, there)
            what = f"there is no bookmark '{name}'" if name else "no bookmark is set"
            raise GradstepError(what, hint=hint)
        return self._all[name]

    def set(self, position: Position, name: str = "", note: str = "") -> Bookmark:
        """Mark a place; a bookmark of that name moves there. Without a name it gets a number.

        A note is kept as one line that can be shown. Raises `GradstepError` for what is no name.
        """
        if name and (not name.isprintable() or len(name.split()) != 1 or len(name) > MAX_NAME):
            raise GradstepError(
                f"{name!r} is no name for a bookmark",
                hint=f"one word of at most {MAX_NAME} characters",
            )
        name = name or next(str(n) for n in range(1, 10**9) if str(n) not in self._all)
        self._all[name] = Bookmark(name, position, one_line(note))
        return self._all[name]

    def delete(self, name: str) -> None:
        """Forget a bookmark. Raises `GradstepError`."""
        del self._all[self[name].name]

    def rename_timeline(self, old: str, new: str) -> None:
        """Follow a timeline that has got another name."""
        for name, mark in self._all.items():
            if mark.position.timeline == old:
                self._all[name] = replace(mark, position=replace(mark.position, timeline=new))

    def forget_timeline(self, name: str) -> None:
        """Forget what lies on a timeline that is no more."""
        self._all = {n: m for n, m in self._all.items() if m.position.timeline != name}


class Visits:
    """The places jumped from and to: back and forward as in a browser."""

    def __init__(self) -> None:
        self._places: list[Position] = []
        self._at = -1

    def jump(self, here: Position, there: Position) -> None:
        """Remember a jump from `here`; what lay ahead of it is forgotten."""
        del self._places[self._at + 1 :]
        for place in (here, there):
            if not self._places or self._places[-1] != place:
                self._places.append(place)
        del self._places[:-MAX_VISITS]
        self._at = len(self._places) - 1

    def before(self, here: Position) -> Position | None:
        """Where `back` leads; None at the oldest place."""
        if self._at >= 0 and self._places[self._at] != here:
            return self._places[self._at]
        return self._places[self._at - 1] if self._at > 0 else None

    def after(self) -> Position | None:
        """Where `forward` leads; None at the newest place."""
        return self._places[self._at + 1] if self._at + 1 < len(self._places) else None

    def back(self, here: Position) -> Position | None:
        """The place before; None at the oldest one. Steps taken since the last jump count as one
        place, so that `forward` leads back to where the reader stood."""
        place = self.before(here)
        if place is not None:
            if self._places[self._at] != here:
                self.jump(place, here)
            self._at -= 1
        return place

    def forward(self) -> Position | None:
        """The place that `back` came from; None at the newest one."""
        place = self.after()
        self._at += place is not None
        return place

    def forget_timeline(self, name: str) -> None:
        """Forget what lies on a timeline that is no more."""
        kept = [p for p in self._places if p.timeline != name]
        self._at = sum(p.timeline != name for p in self._places[: self._at + 1]) - 1
        self._places = kept

    def rename_timeline(self, old: str, new: str) -> None:
        """Follow a timeline that has got another name."""
        self._places = [replace(p, timeline=new) if p.timeline == old else p for p in self._places]

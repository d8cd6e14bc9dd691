"""Timelines: the runs of one experiment that edits of the past have led to, by name.

A fork shares its parent's past and leaves every bit of it as it was.
May import: edits, errors, run.   Imported by: debugger, comparison.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.edits import Edit
from engine.errors import GradstepError, did_you_mean, listed
from engine.run import Run

MAIN = "main"
"""The timeline that nobody edited."""

MAX_NAME = 40


@dataclass(frozen=True, eq=False)
class Timeline:
    """One history of the experiment: its name, where it comes from, and its run."""

    name: str
    run: Run
    parent: str | None = None
    """The timeline that it forked from; None of the first one."""

    @property
    def edit(self) -> Edit | None:
        """What was changed, and right after which event; None of the first timeline."""
        return self.run.origin.edit if self.run.origin is not None else None


class Timelines:
    """All timelines of a debugger, one of which is being looked at.

    They share one memory budget: each gets an equal part of it.
    """

    def __init__(self, run: Run, memory: int) -> None:
        self._all: dict[str, Timeline] = {MAIN: Timeline(MAIN, run)}
        self._memory = memory
        self.current = self._all[MAIN]

    def __iter__(self) -> Iterator[Timeline]:
        return iter(self._all.values())

    def __len__(self) -> int:
        return len(self._all)

    def __getitem__(self, name: str) -> Timeline:
        """The timeline of that name. Raises `GradstepError`."""
        if name not in self._all:
            hint = did_you_mean(name, self._all, self._named())
            raise GradstepError(f"there is no timeline '{name}'", hint=hint)
        return self._all[name]

    def _named(self) -> str:
        """Which there are, or how there would be more."""
        if len(self._all) == 1:
            return f"{listed(self._all)} is the only one: `set`, `drop` and `skip` fork another"
        return f"there are: {listed(self._all)}"

    def fork(self, edit: Edit, name: str = "") -> Timeline:
        """Fork the current timeline at an edit and look at the new one from now on.

        Without a name it gets the next free one of ``fork-1``, ``fork-2``, …
        Raises `GradstepError` for a name that is taken or an edit that does not fit.
        """
        name = self._free(name) if name else self._next_name()
        share = self._memory // (len(self._all) + 1)
        run = self.current.run.fork(edit, share)
        parent = next(t.name for t in self if run.origin and t.run is run.origin.run)
        self._all[name] = self.current = Timeline(name, run, parent)
        self._share_memory()
        return self.current

    def switch(self, name: str) -> Timeline:
        """Look at another timeline. Raises `GradstepError`."""
        self.current = self[name]
        return self.current

    def rename(self, old: str, new: str) -> Timeline:
        """Give a timeline another name; its place in the list stays. Raises `GradstepError`."""
        self[old]
        new = self._free(new)

        def renamed(t: Timeline) -> Timeline:
            parent = new if t.parent == old else t.parent
            return Timeline(new if t.name == old else t.name, t.run, parent)

        current = self.current.name
        self._all = {t.name: t for t in map(renamed, self)}
        self.current = self._all[new if current == old else current]
        return self._all[new]

    def delete(self, name: str) -> None:
        """Forget a timeline; where it is the current one, look at its parent.

        Raises `GradstepError` for one that others come from, and for the first one.
        """
        timeline = self[name]
        children = [t.name for t in self if t.parent == name]
        if timeline.parent is None:
            raise GradstepError(
                f"'{name}' is the run as the experiment has it", hint="only forks can be deleted"
            )
        if children:
            raise GradstepError(
                f"'{name}' is the past of {listed(children)}",
                hint="delete what forked from it first",
            )
        del self._all[name]
        if self.current is timeline:
            self.current = self._all[timeline.parent]
        self._share_memory()

    def _share_memory(self) -> None:
        for timeline in self:
            timeline.run.limit(self._memory // len(self._all))

    def _free(self, name: str) -> str:
        if name in self._all:
            raise GradstepError(f"there is a timeline '{name}' already", hint="choose another name")
        if not name.isprintable() or len(name.split()) != 1 or len(name) > MAX_NAME:
            raise GradstepError(
                f"{name!r} is no name for a timeline",
                hint=f"one word of at most {MAX_NAME} characters",
            )
        return name

    def _next_name(self) -> str:
        number = 1
        while f"fork-{number}" in self._all:
            number += 1
        return f"fork-{number}"

"""The palette, which finds commands and everything that has a name: Textual's own, mended.

In a terminal with next to no room its page keys fail, and a second enter in one breath closes it a
second time.
May import: textual, tui.completion.   Imported by: app.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import Protocol, cast

from textual import on
from textual.command import CommandPalette, Hit, Hits, Provider
from textual.widgets import Button, Input

from tui.completion.search import Entry
from tui.screens.sheet import WIDEST


class Palette(CommandPalette):
    """Lists what `App.get_system_commands` and the providers offer."""

    # In a frame, as all sheets are. Without the icon: it is two cells wide in some terminals and
    # one in others.
    DEFAULT_CSS = f"""
    Palette {{
        SearchIcon {{ display: none; }}
        & > Vertical {{
            margin-top: 1; width: 100%; max-width: {WIDEST}; background: $background;
        }}
        #--input, #--input.--list-visible {{ border: round $gs-focus; background: $background; }}
        CommandInput, CommandInput:focus {{ border: none; height: 1; padding: 0 1; }}
        CommandList, CommandList:focus {{
            border: round $gs-focus;
            background: $background;
            scrollbar-size-vertical: 1;
            scrollbar-background: $background;
            scrollbar-color: $gs-dim;
        }}
        CommandList > .option-list--option {{ padding: 0 1; }}
        CommandList > .option-list--option-highlighted {{ background: $gs-current; }}
        /* Textual would reverse it, but its lists cannot. */
        CommandList:nocolor > .option-list--option-highlighted {{ text-style: bold underline; }}
        CommandInput:nocolor > .input--cursor {{ text-style: reverse; }}
    }}
    """

    def _action_command_list(self, action: str) -> None:
        with suppress(KeyError):  # there is no line in sight to start from
            super()._action_command_list(action)

    @on(Input.Submitted)
    def _enter_once(self, event: Input.Submitted) -> None:
        if not self.is_current:
            event.prevent_default()

    def _select_or_command(self, event: Input.Submitted | Button.Pressed | None = None) -> None:
        if self.is_current:
            super()._select_or_command(event)


class Finding(Protocol):
    """The app, as far as the palette needs it."""

    def entries(self) -> tuple[Entry, ...]: ...

    def go_to(self, entry: Entry) -> None: ...


class PlaceProvider(Provider):
    """Offers to look at everything that has a name."""

    async def search(self, query: str) -> Hits:
        """What is meant by the query, with where it leads."""
        app = cast(Finding, self.app)
        matcher = self.matcher(query)
        for entry in app.entries():
            title = offer(entry)
            if title and (score := matcher.match(title)) > 0:
                kind = "" if entry.line is not None else f"{entry.word.kind}   "
                about = f"{kind}{entry.word.help}"
                yield Hit(score, matcher.highlight(title), partial(app.go_to, entry), help=about)


def offer(entry: Entry) -> str:
    """What the palette calls it; commands have lines of their own."""
    if entry.node is not None:
        return f"inspect {entry.word.text}"
    if entry.line is not None:
        return f"line {entry.line}: {entry.word.text}"
    return entry.command

"""The debugger's screen: owns the cursor and the look; everything on it is derived.

Key → command → cursor move → one frame → the panels whose part of it changed.
May import: engine's public face, textual, tui.   Imported by: app.
"""

from __future__ import annotations

import asyncio
import gc
import time
from dataclasses import replace
from difflib import get_close_matches
from typing import Any, Literal

from rich.cells import cell_len
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.events import Key, Resize
from textual.screen import Screen
from textual.timer import Timer

from engine import Debugger, GradstepError, Move, printable
from tui.commands import BY_NAME, COMMANDS, PANELS
from tui.drawing.arrangement import Rect, arrange
from tui.drawing.listing import GUTTER
from tui.models import Frame, InfluenceView
from tui.screens.help import HelpScreen
from tui.screens.influence import InfluenceScreen, Way
from tui.screens.problem import ProblemScreen
from tui.theme import COLOURLESS, Palette
from tui.views import Look, Views
from tui.widgets.panel import Panel
from tui.widgets.panels import (
    Bar,
    GraphPanel,
    InspectorPanel,
    ListingPanel,
    ParametersPanel,
    PlotPanel,
    TimelinePanel,
    footer_row,
)
from tui.widgets.prompt import Prompt

RECORD_AHEAD_SECONDS = 2.0
"""How much work is spent, after opening, on recording the run ahead of the cursor."""

SLICE_SECONDS = 0.002
"""The longest the screen waits for background work: a key stays as quick as without it."""

DIRECT_SECONDS = 0.03
"""A move that takes longer shows its progress and can be stopped."""


def _like_an_address(text: str) -> bool:
    return text.startswith("goto") or (text[:1] in "eE" and text[1:2].isdigit())


class DebuggerScreen(Screen[None]):
    """Steps through one run."""

    AUTO_FOCUS = ""
    BINDINGS = [
        Binding(
            ",".join(command.keys),
            command.action,
            command.help,
            show=False,
            id=command.name.replace(" ", "-"),
        )
        for command in COMMANDS
        if command.keys
    ]
    DEFAULT_CSS = "DebuggerScreen { background: $background; layers: base over; }"

    def __init__(self, debugger: Debugger, palette: Palette) -> None:
        super().__init__()
        self.debugger = debugger
        self.look = Look()
        self._views = Views(debugger)
        self._palette = palette
        self._frame: Frame | None = None
        self._zoomed: str | None = None
        self._note = ""
        self._destination: Move | None = None
        self._playing: Timer | None = None
        self._rate = 4.0

    # --- the panels ----------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield Bar("header", frame="none")
        yield ListingPanel("listing")
        yield GraphPanel("graph")
        yield InspectorPanel("inspector")
        yield ParametersPanel("parameters")
        yield PlotPanel("loss")
        yield PlotPanel("paths", "parameters over time")
        yield TimelinePanel("timeline")
        yield Bar("footer", frame="none")
        yield Prompt()

    def on_mount(self) -> None:
        self.recolour(self._palette)
        self.derive()
        self.call_after_refresh(self._settle)

    def _settle(self) -> None:
        # What is alive now stays alive: without this, a full collection in the middle of a key
        # press costs 40 to 120 ms.
        gc.collect()
        gc.freeze()
        self._record()

    def panel(self, name: str) -> Panel:
        return self.query_one(f"#{name}", Panel)

    def recolour(self, palette: Palette) -> None:
        """Use another palette on every panel."""
        self._palette = palette
        for panel in self.query(Panel):
            panel.recolour(palette)

    def on_resize(self, event: Resize) -> None:
        self.lay_out()

    def lay_out(self) -> None:
        """Put the panels where the size of the terminal wants them."""
        width, height = self.app.size
        # Update lines of the larger optimizers are too long for any listing.
        lines = (line for line in self.debugger.listing.lines if line.phase != "update")
        longest = max(cell_len(line.text) for line in lines)
        parameters = len(self.debugger.graph.parameters)
        places = arrange(width, height, parameters, longest + GUTTER + 4, self._zoomed)
        rects: dict[str, Rect | None] = {name: places.panels.get(name) for name in PANELS}
        rects |= {
            "header": places.header,
            "timeline": places.timeline,
            "footer": places.footer,
        }
        for name, rect in rects.items():
            panel = self.panel(name)
            panel.display = rect is not None
            if name in PANELS:
                panel.frame = "box" if places.boxed else "line"
            elif name == "timeline":
                panel.frame = "box" if places.boxed else "none"
            if rect is not None:
                panel.styles.offset = (rect.x, rect.y)
                panel.styles.width = rect.width
                panel.styles.height = rect.height
                panel.redraw()
        if isinstance(self.focused, Panel) and not self.focused.display:
            self.set_focus(None)
        self.query_one(Prompt).place(width, height)
        self.panel("footer").show((footer_row(width), ()))

    # --- one frame for one place ---------------------------------------------------------------

    def derive(self, note: str = "") -> bool:
        """Make the frame of the cursor's place and give each panel its part; whether it could."""
        self._note = note
        try:
            frame = self._views.frame(self.look, self._note)
        except GradstepError as error:
            self.problem(error)
            return False
        self._frame = frame
        self._show(frame)
        return True

    def _show(self, frame: Frame) -> None:
        self.panel("listing").show(frame.listing)
        graph = self.query_one(GraphPanel)
        graph.show(frame.graph, frame.focus_note)
        graph.choose(frame.chosen)
        self.panel("inspector").show(frame.inspector)
        self.panel("parameters").show(frame.parameters)
        self._show_run(frame)
        self.panel("header").show(self._header(frame))

    def _show_run(self, frame: Frame) -> None:
        self.panel("loss").show(frame.loss)
        self.panel("paths").show(frame.paths)
        self.panel("timeline").show(frame.timeline)

    def _header(self, frame: Frame) -> Any:
        left = ((" gradstep ", "key bar bold"), (f" {frame.title}", "text bar"))
        return left, ((f" {printable(self.debugger.experiment.name)} ", "dim bar"),)

    # --- moving in time ------------------------------------------------------------------------

    def travel(self, move: Move) -> None:
        """Go where a move leads: at once, or in slices where the run is not recorded so far."""
        if not move.moved:
            self._say(move.note)
            return
        self._scroll_back()
        step = self.debugger.calendar.step(move.ordinal)
        try:
            there = self.debugger.run.advance(step + 1, DIRECT_SECONDS)
        except GradstepError as error:
            self.problem(error)
            return
        if there:
            self._arrive(move)
        else:
            self._note = move.note
            self._destination = move
            self._record()

    def _arrive(self, move: Move) -> None:
        """Stand at a place that is recorded; where it cannot be shown, stay where we were."""
        before = self.debugger.at
        self._destination = None
        self.debugger.goto(move.ordinal)
        if not self.derive(move.note):
            self.debugger.goto(before)

    def _scroll_back(self) -> None:
        """A step brings what happened into sight, wherever the reader had scrolled."""
        for name in ("listing", "inspector"):
            self.panel(name).top = None

    def _say(self, note: str) -> None:
        """A word in the timeline, until the next step."""
        self._note = note
        if self._frame is not None:
            self._frame = self._views.busy(self._frame, note)
            self._show_run(self._frame)

    @work(exclusive=True, group="record", exit_on_error=False)
    async def _record(self) -> None:
        """Record ahead in slices: to where a move is going, or for a while after opening."""
        run = self.debugger.run
        started = shown = time.perf_counter()
        while True:
            target = self._destination
            goal = run.calendar.steps
            if target is not None:
                goal = run.calendar.step(target.ordinal) + 1
            elif time.perf_counter() - started > RECORD_AHEAD_SECONDS:
                break
            try:
                done = run.advance(goal, SLICE_SECONDS)
            except GradstepError as error:
                # Going ahead on its own is no reason to interrupt the reader.
                if target is not None:
                    self.problem(error)
                return
            now = time.perf_counter()
            if done or now - shown > 0.1:
                shown = now
                self._show_progress(goal)
            if done and target is self._destination:
                break
            await asyncio.sleep(0.001)
        if (target := self._destination) is not None:
            self._arrive(target)

    def _show_progress(self, goal: int) -> None:
        if self._frame is None:
            return
        busy = self._note
        if self._destination is not None:
            done = self.debugger.run.done
            busy = f"running: iteration {done:,} of {goal:,}   ctrl+c stops"
        self._frame = self._views.busy(self._frame, busy)
        self._show_run(self._frame)

    def action_step(self, unit: str, by: int) -> None:
        self.travel(self.debugger.target(unit, by))

    def action_start(self) -> None:
        self.travel(self.debugger.target_end(last=False))

    def action_end(self) -> None:
        self.travel(self.debugger.target_end(last=True))

    def action_stop(self) -> None:
        """Stop what is going on; the cursor stays where it is."""
        busy = self._destination is not None or self._playing is not None
        self._destination = None
        self._pause()
        self._say("stopped" if busy else "nothing is running; q quits")

    # --- playing -------------------------------------------------------------------------------

    def action_play(self) -> None:
        if self._playing is not None:
            self._pause()
            self._say("paused")
        else:
            self._play()

    def action_speed(self, factor: float) -> None:
        self._rate = min(64.0, max(0.5, self._rate * factor))
        if self._playing is not None:
            self._pause()
            self._play()
        else:
            self._say(f"speed: {self._rate:g} events a second")

    def _play(self) -> None:
        self._playing = self.set_interval(1 / self._rate, self._play_on)
        self._say(f"playing, {self._rate:g} events a second")

    def _pause(self) -> None:
        if self._playing is not None:
            self._playing.stop()
            self._playing = None

    def _play_on(self) -> None:
        move = self.debugger.target("event", 1)
        if move.moved:
            self.travel(move)
        else:
            self._pause()
            self._say(move.note)

    # --- looking -------------------------------------------------------------------------------

    def action_level(self, level: Literal["formula", "op"]) -> None:
        if level == self.look.level:
            deepest = "single ops" if level == "op" else "formulas"
            self._say(f"the derivation is by {deepest} already")
            return
        self.look = replace(self.look, level=level)
        self.derive()

    def action_sample(self, by: int) -> None:
        batch = len(self.debugger.state.record.samples)
        wanted = self.look.sample + by
        if not 0 <= wanted < batch:
            word = "first" if by < 0 else "last"
            self._say(
                f"this is the {word} sample of the batch" if batch else "there are no samples"
            )
            return
        self.look = replace(self.look, sample=wanted)
        self.derive()

    def action_follow(self) -> None:
        if self.look.node is not None:
            self.look = replace(self.look, node=None)
            self.derive()
        elif self._zoomed is not None:
            self.action_zoom()
        else:
            self.set_focus(None)

    def action_zoom(self) -> None:
        if self._zoomed is not None:
            self._zoomed = None
        elif isinstance(self.focused, Panel) and self.focused.id:
            self._zoomed = self.focused.id
        else:
            self._zoomed = "graph"
        self.lay_out()

    def action_view(self, name: str) -> None:
        """Show one panel alone; the same again shows all."""
        self._zoomed = None if self._zoomed == name else name
        self.lay_out()
        if self._zoomed is not None:
            self.set_focus(self.panel(name))

    def action_influence(self, way: Way) -> None:
        """What the chosen node, or that of the event, affects or is affected by."""
        step = self.debugger.state.step
        chosen = self.look.node if self.look.node is not None else step.node
        if chosen is None:
            self._say("this event has no node: choose one in the graph")
            return
        node = chosen

        def ask(way: Way, entry: int | None) -> InfluenceView:
            return self._views.influence(self.look, node, way, entry)

        self.app.push_screen(InfluenceScreen(ask, way, self._palette))

    @on(GraphPanel.NodeChosen)
    def choose_node(self, message: GraphPanel.NodeChosen) -> None:
        self.look = replace(self.look, node=message.node)
        self._scroll_back()
        self.derive()

    @on(ListingPanel.LineChosen)
    def go_to_line(self, message: ListingPanel.LineChosen) -> None:
        """To where the line is complete, in this iteration."""
        steps = [s.index for s in self.debugger.listing.steps if s.line == message.line]
        if steps:
            self.go_to(f".{steps[-1]}")

    @on(TimelinePanel.Sought)
    def go_to_fraction(self, message: TimelinePanel.Sought) -> None:
        ordinal = 1 + round(message.fraction * (self.debugger.calendar.total - 1))
        self.travel(Move(ordinal, ordinal != self.debugger.at))

    # --- the prompt ----------------------------------------------------------------------------

    async def on_key(self, event: Key) -> None:
        """Keys typed in one breath with the one that opens the prompt were already on their way
        here: they belong to the line."""
        prompt = self.query_one(Prompt)
        if prompt.display and await prompt.take(event):
            event.stop()
            event.prevent_default()

    def action_goto(self) -> None:
        hint = "e2.i3.17 · e2.i3 · e2 · .17"
        here = f"go to (from {self.debugger.address})"
        self.query_one(Prompt).open(here, hint, asks_for_address=True)

    def action_prompt(self) -> None:
        self.query_one(Prompt).open(":", "a command (help lists them) or an address")

    @on(Prompt.Entered)
    def run_line(self, message: Prompt.Entered) -> None:
        prompt = self.query_one(Prompt)
        text = message.text.strip()
        try:
            if (command := BY_NAME.get(text.casefold())) is not None:
                prompt.close()
                self.call_later(self.run_action, command.action)
            elif prompt.asks_for_address or not text[:1].isalpha() or _like_an_address(text):
                self.go_to(text.removeprefix("goto").strip())
                prompt.close()
            else:
                near = get_close_matches(text.casefold(), BY_NAME, 1)
                hint = f"did you mean '{near[0]}'?" if near else "? lists them all"
                prompt.complain(f"there is no command '{text}'; {hint}")
        except GradstepError as error:
            prompt.complain("; ".join(filter(None, (error.what, error.hint))))

    def go_to(self, text: str) -> None:
        """Go to an address as a person writes it. Raises `AddressError`."""
        ordinal = self.debugger.calendar.parse(text, self.debugger.address)
        self.travel(Move(ordinal, ordinal != self.debugger.at))

    # --- on top --------------------------------------------------------------------------------

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(self._palette))

    def action_theme(self) -> None:
        if self.app.theme == COLOURLESS:
            self._say("no colours: NO_COLOR is set")
            return
        self.app.run_worker(self.app.run_action("other_theme"), exit_on_error=False)

    def problem(self, error: GradstepError) -> None:
        """Show an error as a panel; the debugger stays as it was."""
        self._pause()
        self._destination = None
        self.app.push_screen(ProblemScreen(error, self._palette))

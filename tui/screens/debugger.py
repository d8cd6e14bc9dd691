"""The debugger's screen: owns the look; everything on it is derived.

Key → command → console → cursor → one frame → the panels whose part of it changed. A command that
takes long goes on in slices on the event loop; another one, or ctrl+c, drops it.
May import: engine's public face, textual, tui.   Imported by: app.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from rich.cells import cell_len
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.events import Key, Resize
from textual.screen import Screen
from textual.timer import Timer

from engine import Debugger, GradstepError, Move, Page, Phase, Position, StopKind, Target, printable
from tui.catalogue import BY_NAME as VIEW
from tui.catalogue import SLOTS, Kind, Slot, views_of
from tui.commands import COMMANDS
from tui.completion.search import Entry
from tui.console import SLICE_SECONDS, Answer, Console, Steps
from tui.console.lessons import reply_hint
from tui.drawing.arrangement import Rect, arrange
from tui.drawing.listing import GUTTER
from tui.models.frame import Frame
from tui.models.influence import InfluenceView
from tui.models.timeline import LevelName
from tui.numbers import percent
from tui.prompt_history import History
from tui.quizzing import Sitting
from tui.screens.answer import AnswerScreen
from tui.screens.help import HelpScreen
from tui.screens.influence import InfluenceScreen
from tui.screens.lessons import LessonsScreen
from tui.screens.plotting import Plotting
from tui.screens.problem import ProblemScreen
from tui.screens.prompting import Prompting
from tui.screens.quiz import QuizScreen
from tui.screens.search import SearchScreen
from tui.screens.touring import LEAST, Touring
from tui.screens.views import ViewsScreen
from tui.table import CommandTable
from tui.taking import Copy, Looked, copied, picture_file, write_picture
from tui.theme import COLOURLESS, Palette
from tui.views.chooser import Chooser
from tui.views.frame import Views
from tui.views.influence import Way
from tui.views.listing import stop_line
from tui.views.look import Look
from tui.views.quiz import formula_rows
from tui.views.values import indexed
from tui.widgets import PANELS
from tui.widgets.bars import Bar, footer_row
from tui.widgets.choices import ChoicesPanel
from tui.widgets.coach import CoachPanel
from tui.widgets.code import CodePanel
from tui.widgets.graph import GraphPanel
from tui.widgets.lesson import LessonPanel
from tui.widgets.listing import ListingPanel
from tui.widgets.neurons import NeuronsPanel
from tui.widgets.panel import Panel
from tui.widgets.plots import PlotsPanel
from tui.widgets.tensor import TensorPanel
from tui.widgets.timeline import TimelinePanel

TOUR_KEYS = ("enter", "escape")
"""Keys that go on in a tour, and end it."""

RECORD_AHEAD_SECONDS = 2.0
"""How much work is spent, on a timeline that is new here, on recording it ahead of the cursor."""

DIRECT_SECONDS = 0.03
"""A command that takes longer shows its progress and can be stopped."""

PROGRESS_SECONDS = 0.1
"""How often progress is shown."""

ADDRESS_ROOM = 34
"""Cells of the timeline that the address and the phase take, about."""

DOING = {
    "continue": "searching",
    "reverse": "searching",
    "last": "searching",
    "when": "searching",
    "never": "searching",
    "compare": "comparing",
    "load": "opening",
}
"""What a command is about that takes long; all others run the training on."""


NO_LESSON = "no lesson is open: {lessons} lists them"
NO_QUESTION = "no question is open here: {lesson next} reads on"
WELCOME = "first time? {tour} shows you round in two minutes · {lessons} lessons"
"""What is said once. In braces: the keys of commands."""


@dataclass
class Busy:
    """A command that is going on."""

    line: str
    steps: Steps
    before: Position
    """Where the cursor was when it began."""
    done: int
    """How many iterations were recorded then."""


class DebuggerScreen(Screen[None]):
    """Steps through the runs of one experiment."""

    AUTO_FOCUS = ""
    BINDINGS = [
        Binding(command.binding, command.action, command.help, show=False, id=command.id)
        for command in COMMANDS
    ]
    DEFAULT_CSS = "DebuggerScreen { background: $background; layers: base over; }"

    def __init__(
        self,
        console: Console,
        palette: Palette,
        notes: Iterable[str] = (),
        history: History | None = None,
        *,
        first_time: bool = False,
    ) -> None:
        """`notes` are what the reader has to be told when the screen opens.

        `history` has the lines typed at the prompt so far. Whose `first_time` it is, is told of
        the tour until the first key.
        """
        super().__init__()
        self.interpreter = console
        self.look = Look()
        self._notes = tuple(notes)
        self._first_time = first_time
        self._coach = CoachPanel()
        self._touring = Touring(self._coach, self._point_out, console.commands)
        self._views = Views(console.debugger, console.guide, console.commands)
        self._prompting = Prompting(self, history)
        self._plotting = Plotting(self)
        self._looks: dict[str, Callable[[str], object]] = {
            "plot": self._plotting.ask,
            "target": self._derive_of,
            "copy": self._copy,
            "screenshot": self._screenshot,
        }
        """What the screen does itself with what is typed behind a command's name."""
        self._palette = palette
        self._frame: Frame | None = None
        self._shown: dict[Slot, str] = {slot: views_of(slot)[0].name for slot in SLOTS}
        """The view that each slot shows, if there is room for the slot."""
        self._zoomed: str | None = None
        """The view that has the screen for itself."""
        self._page: Page | None = None
        """The step of the lesson that the screen has turned to."""
        self._pointed: Slot = "stage"
        """The slot that the lesson, or its reader, wants to see beside it."""
        self._note = ""
        self._sitting = Sitting()
        self._busy: Busy | None = None
        self._playing: Timer | None = None
        self._rate = 4.0
        self._sought: int | None = None
        """The event that the reader points at on the timeline, until it is gone to."""

    @property
    def views(self) -> Views:
        """What makes the frames of the debugger that is shown."""
        return self._views

    @property
    def debugger(self) -> Debugger:
        """The one that the console works on now."""
        return self.interpreter.debugger

    @property
    def table(self) -> CommandTable:
        """The commands with the reader's keys."""
        return self.interpreter.commands

    # --- the panels ----------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield Bar("header", frame="none")
        for name, panel in PANELS.items():
            yield panel(name)
        yield self._coach
        yield Bar("footer", frame="none")
        yield self._prompting.prompt

    def on_mount(self) -> None:
        self.recolour(self._palette)
        self._turn_page()
        self._note = self.table.said(WELCOME) if self._first_time else ""
        self.rearrange()
        self.notice(self._notes)
        self.call_after_refresh(self._settle)

    def _settle(self) -> None:
        # What is alive now stays alive: without this, a full collection in the middle of a key
        # press costs 40 to 120 ms.
        gc.collect()
        gc.freeze()
        gc.enable()
        self._record_ahead()

    @property
    def is_busy(self) -> bool:
        """Whether a command is going on that takes long."""
        return self._busy is not None

    def panel(self, name: str) -> Panel:
        return self.query_one(f"#{name}", Panel)

    def recolour(self, palette: Palette) -> None:
        """Use another palette on every panel."""
        self._palette = palette
        for panel in self.query(Panel):
            panel.recolour(palette)
        self._prompting.prompt.field.recolour(palette)

    def on_resize(self, event: Resize) -> None:
        self.rearrange()

    def lay_out(self) -> None:
        """Put the panels where the size of the terminal wants them."""
        width, height = self.app.size
        # Update lines of the larger optimizers are too long for any listing.
        lines = (line for line in self.debugger.listing.lines if line.phase != "update")
        longest = max(cell_len(line.text) for line in lines)
        parameters = len(self.debugger.graph.parameters)
        alone = VIEW[self._zoomed].slot if self._zoomed else None
        lesson = self._pointed if self.interpreter.guide is not None else None
        coach = self._touring.rows(width, height)
        places = arrange(width, height - coach, parameters, longest + GUTTER + 4, alone, lesson)
        rects: dict[str, Rect | None] = dict.fromkeys(PANELS)
        rects |= {self._shown[slot]: rect for slot, rect in places.slots.items()}
        rects |= {
            "header": places.header,
            "timeline": places.timeline,
            "footer": places.footer and replace(places.footer, y=height - 1),
            "coach": Rect(0, height - coach - 1, width, coach) if coach else None,
        }
        for name, rect in rects.items():
            panel = self.panel(name)
            panel.display = rect is not None
            if name in PANELS:
                flat = "none" if name == "timeline" else "line"
                panel.frame = "box" if places.boxed else flat
                tabs = (k.name for k in views_of(VIEW[name].slot) if k.name != name)
                key = self.table.view_key
                panel.share(key(name), tuple((key(other), other) for other in tabs))
            if rect is not None:
                panel.styles.offset = (rect.x, rect.y)
                panel.styles.width = rect.width
                panel.styles.height = rect.height
                panel.redraw()
        if isinstance(self.focused, Panel) and not self.focused.display:
            self.set_focus(None)
        self._prompting.prompt.place(width, height)
        self.panel("footer").show((footer_row(self.table.footer(), width), ()))

    # --- one frame for one place ---------------------------------------------------------------

    def derive(self, note: str = "") -> bool:
        """Make the frame of the cursor's place and give each panel its part; whether it could."""
        self._note = note
        try:
            frame = self._views.frame(self.look, self._note, self._seen())
        except GradstepError as error:
            self.problem(error)
            return False
        self._frame = frame
        self._show(frame)
        self._plotting.go_on()
        return True

    def _show(self, frame: Frame) -> None:
        for name, view in frame.views.items():
            self.panel(name).show(view)
        self._show_timeline()
        self.panel("header").show(self._header(frame))

    def _show_timeline(self) -> None:
        if self._frame is not None:
            self.panel("timeline").show(replace(self._frame.timeline, playing=self._pace))

    def _seen(self) -> list[str]:
        """The views that are on the screen."""
        return [name for name in self._shown.values() if self.panel(name).display]

    def _header(self, frame: Frame) -> Any:
        left = ((" gradstep ", "key bar bold"), (f" {frame.title}", "text bar"))
        return left, ((f" {printable(self.debugger.experiment.name)} ", "dim bar"),)

    # --- commands ------------------------------------------------------------------------------

    def execute(self, line: str) -> None:
        """Carry out a command as it would be typed; an error opens as a panel."""
        try:
            found = self.table.find(line)
            if found is not None and found[0].look and not found[0].usage:
                self.app.call_next(self.run_action, found[0].action)
            else:
                self.begin(line)
        except GradstepError as error:
            self.problem(error)

    def begin(
        self,
        line: str,
        start: Callable[[], Answer | Steps] | None = None,
        *,
        is_seen: bool = False,
    ) -> None:
        """Carry out a command: at once, or in slices where it takes longer.

        `start` begins it where that is not what the console makes of the line; with `is_seen` its
        effect is before the reader's eyes, so that a long line needs no sheet. What was going on
        is dropped. Raises `GradstepError` for a command that cannot be begun.
        """
        found = self.table.find(line) if start is None else None
        if found is not None and (look := self._looks.get(found[0].name)):
            look(found[1])
            return
        self._drop()
        before = self.debugger.position
        steps = start() if start else self.interpreter.start(line)
        if isinstance(steps, Answer):
            self._finish(line, steps, before, is_seen=is_seen)
            return
        started = time.perf_counter()
        done = self.debugger.run.done
        try:
            while time.perf_counter() - started < DIRECT_SECONDS:
                next(steps)
        except StopIteration as end:
            self._finish(line, end.value, before)
            return
        self._busy = Busy(line, steps, before, done)
        self._carry_on()

    @work(exclusive=True, group="command")
    async def _carry_on(self) -> None:
        """Go on with the command that takes long, as long as it is the one that is wanted."""
        busy, shown = self._busy, time.perf_counter() - PROGRESS_SECONDS
        while busy is not None and busy is self._busy:
            try:
                share = next(busy.steps)
            except StopIteration as end:
                self._busy = None
                self._finish(busy.line, end.value, busy.before)
                return
            except GradstepError as error:
                self._busy = None
                self.problem(error)
                return
            if (now := time.perf_counter()) - shown >= PROGRESS_SECONDS:
                shown = now
                self._show_progress(busy, share)
            await asyncio.sleep(0.001)

    def _show_progress(self, busy: Busy, share: float) -> None:
        found = self.table.find(busy.line)
        doing = DOING.get(found[0].name if found else "", "running")
        done = self.debugger.run.done
        where = f" · iteration {done:,}" if done > busy.done else ""
        self._say(f"{doing} … {percent(share)}{where} · ctrl+c stops")

    def _drop(self) -> bool:
        """Drop the command that is going on; whether there was one."""
        busy, self._busy = self._busy, None
        if busy is not None:
            busy.steps.close()
        return busy is not None

    def _finish(
        self, line: str, answer: Answer, before: Position, *, is_seen: bool = False
    ) -> None:
        """Show what came of a command; where that cannot be shown, go back to where it began."""
        debugger = self.debugger
        on_sheet = not answer.moved and self._needs_sheet(answer) and not is_seen
        if debugger is not self._views.debugger or self.interpreter.guide is not self._views.guide:
            self._adopt()
        elif debugger.position != before:
            self._scroll_back()
        note = answer.note
        if answer.moved and self._playing is not None and line == "step":
            if stopped := debugger.halt():
                self._pause()
                note = stopped
        elif not answer.moved and not on_sheet:
            note = answer.text
        if self._turn_page():
            self.lay_out()
        if line.split()[:1] in (["watch"], ["display"]):
            self._show_in_place("watches")
        if not self.derive(note):
            self._return_to(before)
            return
        if debugger.position.timeline != before.timeline:
            self._record_ahead()
        self._did(line)
        if notes := answer.fields.get("notes"):
            self.notice(notes)
        elif on_sheet:
            self.app.push_screen(self._sheet(line, answer), self._follow_up)

    def _show_in_place(self, name: str) -> None:
        """Show a view in its place, if that is on the screen, without going there."""
        slot = VIEW[name].slot
        if self.panel(self._shown[slot]).display and self._zoomed is None:
            self._shown[slot] = name
            self.lay_out()

    def _needs_sheet(self, answer: Answer) -> bool:
        """Whether there is no room for an answer in the timeline, beside the address."""
        return answer.is_long or cell_len(answer.text) > self.app.size.width - ADDRESS_ROOM

    def _return_to(self, place: Position) -> None:
        debugger = self.debugger
        if place.timeline in {timeline.name for timeline in debugger.timelines}:
            debugger.timelines.switch(place.timeline)
            debugger.goto(place.ordinal)

    def _adopt(self) -> None:
        """Another debugger has come, from a session: nothing of the old one may stay."""
        self._pause()
        self._views = Views(self.debugger, self.interpreter.guide, self.table)
        self.look = Look()
        self._scroll_back()
        self.lay_out()
        self._record_ahead()

    def _turn_page(self) -> bool:
        """Look at what the lesson's step points at; whether it is a step that is new here."""
        guide = self.interpreter.guide
        page = guide.page() if guide is not None else None
        if page is self._page:
            return False
        self._page = page
        if page is None:
            return True
        sample, level = (page.look.sample or 1) - 1, page.look.level or "formula"
        node = self.debugger.graph.named.get(page.look.node)
        self.look = replace(self.look, sample=sample, node=node, level=level)
        if (view := VIEW.get(page.look.view)) is not None:
            self._point_at(view)
        if self._zoomed != "lesson":
            self._zoomed = None
        self._scroll_back()
        return True

    def _point_at(self, view: Kind) -> None:
        """Have a view in its slot, and the slot in sight beside a lesson."""
        if view.slot != "bar":
            self._shown[view.slot] = view.name
        self._pointed = view.slot

    def _sheet(self, line: str, answer: Answer) -> AnswerScreen:
        """The answer as a sheet, on which some lines can be changed."""

        def ask(command: str) -> Answer | None:
            try:
                self.begin(command)
                if self._busy is None and self.app.screen is not self:
                    again = self.interpreter.start(line)
                    return again if isinstance(again, Answer) else None
            except GradstepError as error:
                self.problem(error)
                return answer
            return None

        return AnswerScreen(line, answer, self._palette, ask)

    def _follow_up(self, command: str | None) -> None:
        if command:
            self.execute(command)

    def notice(self, notes: Iterable[str]) -> None:
        """Tell the reader something that must not be missed."""
        if notes := tuple(notes):
            self.app.push_screen(AnswerScreen("note", Answer("\n".join(notes)), self._palette))

    def _scroll_back(self) -> None:
        """A step brings what happened into sight, wherever the reader had scrolled."""
        self.query_one(ListingPanel).follow()
        for name in ("inspector", "derivation", "code"):
            self.panel(name).top = None

    def _say(self, note: str) -> None:
        """A word in the timeline, until the next step."""
        self._note = note
        if self._frame is not None:
            self._frame = self._views.going_on(self._frame, self.look, note)
            self._show(self._frame)

    @work(exclusive=True, group="record", exit_on_error=False)
    async def _record_ahead(self) -> None:
        """Record the timeline that is looked at, for a while; a command has precedence."""
        run = self.debugger.run
        spent, shown = 0.0, time.perf_counter()
        while spent < RECORD_AHEAD_SECONDS and run is self.debugger.run:
            started = time.perf_counter()
            if self._busy is None:
                try:
                    done = run.advance(run.calendar.steps, SLICE_SECONDS)
                except GradstepError:
                    return  # going ahead on its own is no reason to interrupt the reader
                spent += time.perf_counter() - started
                if done or started - shown > PROGRESS_SECONDS:
                    shown = started
                    self._say(self._note)
                if done:
                    return
            await asyncio.sleep(0.001)

    def action_type(self, line: str) -> None:
        """Carry out a command as if it had been typed."""
        self.execute(line)

    def action_answer(self) -> None:
        """Ask for the answer to the question that is open."""
        guide = self.interpreter.guide
        question = guide.question if guide is not None else None
        if question is None:
            self._say(self.table.said(NO_QUESTION if guide else NO_LESSON))
            return
        self.query_one(LessonPanel).attend()
        self._prompting.ask("answer ", reply_hint(question))

    def action_stop(self) -> None:
        """Stop what is going on; the cursor stays where it is."""
        busy = self._drop() or self._playing is not None
        self._pause()
        self._say("stopped" if busy else "nothing is running; q quits")

    # --- commands about what is chosen ---------------------------------------------------------

    def action_toggle_stop(self) -> None:
        """A breakpoint on the selected line, or on that of the event."""
        self._toggle(self.query_one(ListingPanel).selected or self.debugger.line.number)

    @on(ListingPanel.GutterClicked)
    def toggle_clicked(self, message: ListingPanel.GutterClicked) -> None:
        self._toggle(message.line)

    def _toggle(self, line: int) -> None:
        """Set a breakpoint where there is none, and remove it again.

        One with a condition, or on a value or a gradient, took its author some thought: it is
        switched off and on instead.
        """
        listing = self.debugger.listing
        stops = [stop for stop in self.debugger.stops if stop_line(stop, listing) == line]
        plain = [s for s in stops if s.kind is StopKind.LINE and s.expression is None]
        commands = [f"unstop {stop.number}" for stop in plain]
        if not stops:
            commands = [f"break line {line}"]
        elif not plain:
            word = "disable" if any(stop.enabled for stop in stops) else "enable"
            commands = [f"{word} {stop.number}" for stop in stops]
        for command in commands:
            self.execute(command)

    def _subject(self) -> int | None:
        """The node that is chosen, or else that of the event."""
        return self.look.node if self.look.node is not None else self.debugger.state.step.node

    def _number(self) -> Target | None:
        """The number that the cursor of a table stands on, where the reader is in one."""
        view = self.focused.view if isinstance(self.focused, TensorPanel) else None
        if view is None or view.block is None:
            return None
        return Target(view.what, view.node, view.index)

    def action_why(self) -> None:
        """Where the number came from that is looked at: the gradient once gradients flow."""
        state, node = self.debugger.state, self._subject()
        if node is None:
            self._say("this event has no node: choose one in the graph")
            return
        flows = state.step.phase in (Phase.BACKWARD, Phase.UPDATE)
        known = flows and state.gradient(node) is not None
        target = self._number() or Target("gradient" if known else "value", node)
        self._drop()
        try:
            # Not by name: most single ops have none that could be typed.
            answer = self.interpreter.why(target)
        except GradstepError as error:
            self.problem(error)
            return
        name = self.debugger.graph[target.node].name + indexed(target.index)
        title = f"why grad({name})" if target.what == "gradient" else f"why {name}"
        self._finish(title, answer, self.debugger.position)

    def action_change(self) -> None:
        """Ask for another value of the chosen parameter or input."""
        graph, node = self.debugger.graph, self._subject()
        number = self._number()
        if node is None or graph[node].op is not None:
            parameters = graph.parameters
            node = parameters[0].id if parameters else None
        index = indexed(number.index) if number is not None and number.node == node else ""
        self.action_ask("set", f"set {graph[node].name}{index} = " if node is not None else "")

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
        self._say("")

    @property
    def _pace(self) -> str:
        """How fast it plays; nothing while it does not."""
        return f"{self._rate:g} events/s" if self._playing is not None else ""

    def _pause(self) -> None:
        if self._playing is not None:
            self._playing.stop()
            self._playing = None
            self._show_timeline()

    def _play_on(self) -> None:
        move = self.debugger.target("event", 1)
        if self._busy is not None:
            return  # the iteration that it leads to is still being recorded
        if move.moved:
            self.execute("step")
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

    def _derive_of(self, name: str) -> None:
        """Have the derivation of another node's gradient; without a name of the loss's again.

        Raises `TargetError` for a node that is not there.
        """
        graph = self.debugger.graph
        of = graph.id_of(name) if name else graph.loss
        self.look = replace(self.look, of=None if of == graph.loss else of)
        if not self.panel("derivation").display:
            self.action_view("derivation")
        self.derive(f"the derivation is of {graph[of].name}")

    def action_fold(self) -> None:
        """The graph by single ops where it is by formulas, and the other way round."""
        shown = self.query_one(GraphPanel).level
        self.look = replace(self.look, graph="op" if shown == "formula" else "formula")
        self.derive()

    def action_sample(self, by: int) -> None:
        batch = len(self.debugger.state.record.samples)
        wanted = self.look.sample + by
        if not 0 <= wanted < batch:
            word = "first" if by < 0 else "last"
            self._say(
                f"this is the {word} sample of the batch"
                if batch
                else "there are no samples: the experiment has no [data]"
            )
            return
        self.look = replace(self.look, sample=wanted)
        self.derive()

    def action_follow(self) -> None:
        self.query_one(GraphPanel).follow()
        following = self.look.following()
        if self.look.lit is not None:
            self._light(None)
        elif following != self.look:
            self.look = following
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
            self._zoomed = self._shown["stage"]
        self.rearrange()

    def action_view(self, name: str) -> None:
        """Go to a view, in its place; from there, show it alone, and all again."""
        panel = self.panel(name)
        if panel.display and panel.has_focus:
            self._zoomed = None if self._zoomed == name else name
            self.rearrange()
            return
        if VIEW[name].slot != "lesson":
            self._point_at(VIEW[name])
        if self._zoomed is not None:
            self._zoomed = name
        self._bring_into_sight(name)
        self.set_focus(panel)

    def bring(self, name: str) -> None:
        """Have a view on the screen, wherever there is room for it."""
        self._shown[VIEW[name].slot] = name
        self._bring_into_sight(name)

    def _bring_into_sight(self, name: str) -> None:
        """Lay out anew; a view whose slot has no room beside others has the screen for itself."""
        self.rearrange()
        if not self.panel(name).display:
            self._zoomed = name
            self.rearrange()

    # --- plots ---------------------------------------------------------------------------------

    def action_turn_plot(self, by: int) -> None:
        self._plotting.turn(by)

    def show_plots(self) -> None:
        """Show how far the plots are; the cursor has not moved."""
        if self._frame is not None and "plots" in self._frame.views:
            plots = self._views.frame(self.look, self._note, ["plots"]).views
            self._frame = replace(self._frame, views={**self._frame.views, **plots})
            self.panel("plots").show(plots["plots"])

    @on(PlotsPanel.WindowChosen)
    def zoom_plot(self, message: PlotsPanel.WindowChosen) -> None:
        self._plotting.window(message)

    @on(PlotsPanel.ScaleChosen)
    def scale_plot(self, message: PlotsPanel.ScaleChosen) -> None:
        self._plotting.scale(message)

    @on(PlotsPanel.IterationChosen)
    def go_to_iteration(self, message: PlotsPanel.IterationChosen) -> None:
        """To the same event of an iteration that was pointed at."""
        calendar, event = self.debugger.calendar, self.debugger.address.event
        self.execute(f"goto {calendar.address((message.number - 1) * calendar.events + event)}")

    @on(Panel.TabChosen)
    def choose_tab(self, message: Panel.TabChosen) -> None:
        self.action_view(message.name)

    def action_views(self) -> None:
        """Choose a view from all of them."""
        self.app.push_screen(ViewsScreen(self.table, self._palette), self._follow_up)

    def rearrange(self) -> None:
        """Lay out anew, and make the views that have come into sight."""
        self.lay_out()
        self._plotting.measure()
        self.derive(self._note)

    def action_influence(self, way: Way) -> None:
        """What the chosen node, or that of the event, affects or is affected by."""
        chosen = self._subject()
        if chosen is None:
            self._say("this event has no node: choose one in the graph")
            return
        self.app.push_screen(
            InfluenceScreen(self._views, self.look, chosen, way, self._palette, self._light)
        )

    def _light(self, view: InfluenceView | None) -> None:
        """Let what a node affects, or is affected by, stand out on the graph, until esc."""
        lit = None if view is None else view.nodes
        if lit != self.look.lit:
            self.look = replace(self.look, lit=lit)
            words = "" if view is None else "".join(text for text, _ in view.heading)
            self.derive(words and f"{words} what stands out; esc: all again")

    def action_quiz(self) -> None:
        """Questions about the cursor's event; the score is that of the whole sitting."""
        try:
            asks = self._sitting.sit(self.debugger)
        except GradstepError as error:
            self.problem(error)
            return
        if asks:
            formulas = formula_rows(self.debugger.graph)
            self.app.push_screen(QuizScreen(self._sitting, formulas, self._palette))
        else:
            self._say("there is nothing more to ask here: try another event")

    @on(GraphPanel.NodeChosen)
    def choose_node(self, message: GraphPanel.NodeChosen) -> None:
        self.look = replace(self.look, node=message.node)
        self._scroll_back()
        self.derive()

    @on(CodePanel.OtherLibrary)
    def other_library(self) -> None:
        other = "pytorch" if self.look.library == "numpy" else "numpy"
        self.look = replace(self.look, library=other)
        self._scroll_back()
        self.derive()

    @on(NeuronsPanel.UnitChosen)
    def choose_unit(self, message: NeuronsPanel.UnitChosen) -> None:
        if message.unit is None:
            self.look = self.look.following()
        else:
            self.look = self._views.at_unit(self.look, message.unit)
        self._scroll_back()
        self.derive()

    @on(Panel.Looked)
    def look_otherwise(self, message: Panel.Looked) -> None:
        self.look = self.look.changed(message.changes)
        self.derive()

    @on(ListingPanel.LineChosen)
    def go_to_line(self, message: ListingPanel.LineChosen) -> None:
        """To where the line is complete, in this iteration."""
        steps = [s.index for s in self.debugger.listing.steps if s.line == message.line]
        if steps:
            self.execute(f"goto .{steps[-1]}")

    @on(ChoicesPanel.Wanted)
    def carry_out(self, message: ChoicesPanel.Wanted) -> None:
        try:
            self.begin(message.command, is_seen=message.is_seen)
        except GradstepError as error:
            self.problem(error)

    @on(ChoicesPanel.Asked)
    def ask_for_the_rest(self, message: ChoicesPanel.Asked) -> None:
        self.action_ask(message.command.split()[0], message.command)

    # --- along the timeline --------------------------------------------------------------------

    def action_span(self, level: LevelName) -> None:
        """Which part of the run the timeline shows."""
        self.query_one(TimelinePanel).choose(level)

    @on(TimelinePanel.Sought)
    def seek(self, message: TimelinePanel.Sought) -> None:
        """Go where the reader points; while more is on its way, only the last of it counts."""
        if message.begins:
            here = self.debugger.position
            self.debugger.visits.jump(here, here)
        if self._sought is None:
            self.call_later(self._go_on_seeking)
        self._sought = message.ordinal

    def _go_on_seeking(self) -> None:
        ordinal, self._sought = self._sought, None
        if ordinal is None:
            return
        move = Move(ordinal, ordinal != self.debugger.at)
        try:
            self.begin("goto", lambda: self.interpreter.moved(move))
        except GradstepError as error:
            self.problem(error)

    @on(LessonPanel.ChoiceClicked)
    def answer_clicked(self, message: LessonPanel.ChoiceClicked) -> None:
        self.execute(f"answer {message.label}")

    # --- the prompt ----------------------------------------------------------------------------

    def takes(self, event: Key) -> bool:
        """Whether a key is for the tour, which comes before what keys are bound to."""
        if self._first_time:
            self._first_time = False
            self._say("")
        if not self._touring.on or self._prompting.prompt.display or event.key not in TOUR_KEYS:
            return False
        self._tour_on() if event.key == "enter" else self.action_tour()
        return True

    def action_goto(self) -> None:
        self._prompting.ask_for_address()

    def action_prompt(self) -> None:
        self._prompting.ask()

    def action_ask(self, name: str, typed: str = "") -> None:
        """Open the prompt with the name of a command that wants to know more."""
        self._prompting.ask(typed or f"{name} ")

    def entries(self) -> tuple[Entry, ...]:
        """Everything that has a name, and what it stands for at the cursor."""
        return self._prompting.names.entries(self.look)

    def action_search(self) -> None:
        """Look for a node, a line, a place or a command by its name."""
        self.app.push_screen(SearchScreen(self.entries(), self._palette), self.go_to)

    def go_to(self, entry: Entry | None) -> None:
        """Look at what was found; a command is left to be finished."""
        if entry is None:
            return
        if entry.node is not None:
            inner = entry.node not in self.debugger.graph.named.values()
            level = "op" if inner else self.look.graph  # by formulas it has no box
            self.look = replace(self.look, node=entry.node, graph=level)
            self._scroll_back()
            self.derive()
        elif entry.line is not None:
            listing = self.query_one(ListingPanel)
            if not listing.has_focus:
                self.action_view("listing")
            listing.select(entry.line)
        elif entry.command:
            self.execute(entry.command)
        else:
            self._prompting.ask(entry.typed)

    # --- taking something along ----------------------------------------------------------------

    def action_copy(self) -> None:
        self.execute("copy")

    def action_screenshot(self) -> None:
        self.execute("screenshot")

    def _copy(self, kind: str) -> None:
        """Copy what the reader looks at, and say what it was. Raises `GradstepError`."""
        panel = self.focused if isinstance(self.focused, Panel) else None
        looked = Looked(
            line=self.query_one(ListingPanel).selected or self.debugger.line.number,
            node=self.debugger.state.step.node,
            chosen=self.look.node,
            number=self._number(),
            panel=Copy(f"the {panel.id}", panel.text()) if panel is not None else None,
        )
        copy = copied(self.debugger, looked, kind)
        self.app.copy_to_clipboard(copy.text)
        self._say(copy.said())

    def _screenshot(self, name: str) -> None:
        """A picture of the screen, once nothing stands over it. Raises `GradstepError`."""
        self.call_later(self._expose, picture_file(name))

    def _expose(self, path: Path) -> None:
        self.refresh(layout=True)
        self.call_after_refresh(self._take_picture, path)

    def _take_picture(self, path: Path) -> None:
        try:
            write_picture(path, self.app.export_screenshot(title="gradstep", simplify=True))
        except GradstepError as error:
            self.problem(error)
        else:
            self._say(f"wrote {path}")

    # --- the tour ------------------------------------------------------------------------------

    def action_tour(self) -> None:
        """Show the reader round; again, or esc, ends it."""
        if self._touring.on:
            self._say(self._touring.end(self.debugger))
        elif self.app.size.width < LEAST[0] or self.app.size.height < LEAST[1]:
            self._say(f"the tour needs {LEAST[0]} × {LEAST[1]} cells")
        else:
            self._touring.begin(self.debugger)

    def _tour_on(self) -> None:
        if self._touring.go_on():
            self._say(self._touring.end(self.debugger))

    def _did(self, line: str) -> None:
        """The tour goes on when what it asks for is done."""
        found = self.table.find(line) if self._touring.on else None
        if found and self._touring.did(found[0].name, self.debugger.state.step.phase.value):
            self._say(self._touring.end(self.debugger))

    def _point_out(self, name: str | None) -> None:
        """Have a view in sight, and let it stand out; without one, everything as it was."""
        for panel in PANELS:
            self.panel(panel).point(panel == name)
        self._zoomed = None
        if name is None:
            self.rearrange()
            return
        self._point_at(VIEW[name])
        self._bring_into_sight(name)

    # --- on top --------------------------------------------------------------------------------

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(self.table, self._palette))
        self._did("help")

    def action_lessons(self) -> None:
        """Choose another lesson; what was done here is kept."""
        chooser = Chooser(self.interpreter.done_of, self.interpreter.origin)
        self.app.push_screen(LessonsScreen(chooser, self._palette), self._follow_up)

    def action_theme(self) -> None:
        if self.app.theme == COLOURLESS:
            self._say("no colours: NO_COLOR is set")
            return
        self.app.run_worker(self.app.run_action("other_theme"), exit_on_error=False)

    def problem(self, error: GradstepError) -> None:
        """Show an error as a panel; the debugger stays as it was."""
        self._pause()
        self._drop()
        self.app.push_screen(ProblemScreen(error, self._palette))

"""The debugger's screen: owns the look; everything on it is derived.

Key → command → console → cursor → one frame → the panels whose part of it changed. A command that
takes long goes on in slices on the event loop; another one, or ctrl+c, drops it.
May import: engine's public face, textual, tui.   Imported by: app.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.events import Key, Resize
from textual.geometry import Size
from textual.screen import Screen

import engine
from engine import Debugger, GradstepError
from tui.catalogue import BY_NAME as VIEW
from tui.commands import COMMANDS
from tui.console import Answer, Console, Steps
from tui.drawing.arrangement import Arrangement, arrange
from tui.drawing.listing import GUTTER
from tui.models.frame import Frame
from tui.models.timeline import LevelName
from tui.prompt_history import History
from tui.screens.playing import Playing
from tui.screens.plotting import Plotting
from tui.screens.seeking import Seeking
from tui.screens.stage import Stage
from tui.screens.touring import LEAST, Touring
from tui.screens.working import Working
from tui.table import CommandTable
from tui.theme import COLOURLESS, Palette
from tui.views.frame import Views
from tui.views.look import Look
from tui.widgets.bars import footer_row
from tui.widgets.coach import CoachPanel
from tui.widgets.listing import ListingPanel
from tui.widgets.panel import Panel

if TYPE_CHECKING:
    from textual.widget import Widget

    from engine import Derivation, Page, Position, Target
    from tui.completion.search import Entry
    from tui.models.influence import InfluenceView
    from tui.screens.answer import AnswerScreen
    from tui.screens.asking import Asking
    from tui.screens.carrying import Carrying
    from tui.screens.choosing import Choosing
    from tui.screens.prompting import Prompting
    from tui.views.influence import Way
    from tui.widgets.choices import ChoicesPanel
    from tui.widgets.graph import GraphPanel
    from tui.widgets.lesson import LessonPanel
    from tui.widgets.neurons import NeuronsPanel
    from tui.widgets.plots import PlotsPanel
    from tui.widgets.timeline import TimelinePanel

TOUR_KEYS = ("enter", "escape")
"""Keys that go on in a tour, and end it."""

ADDRESS_ROOM = 34
"""Cells of the timeline that the address and the phase take, about."""

NO_LESSON = "no lesson is open: {lessons} lists them"
NO_QUESTION = "no question is open here: {lesson next} reads on"
WELCOME = "first time? {tour} shows you round in two minutes · {lessons} lessons"
"""What is said once. In braces: the keys of commands."""


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
        self._stage = Stage(self, self._coach, console.commands)
        self._working = Working(self)
        self._playing = Playing(self)
        self._views = Views(console.debugger, console.guide, console.commands)
        self._history = history
        self._plotting = Plotting(self)
        self._seeking = Seeking(self)
        self._looks: dict[str, Callable[[str], object]] = {
            "plot": self._plotting.ask,
            "target": lambda name: self._choosing.target(name),
            "element": lambda text: self._choosing.element(text),
            "sample": lambda text: self._choosing.sample(text),
            "samples": lambda text: self._choosing.samples(text),
            "alone": lambda text: self._choosing.alone(text),
            "affects": lambda text: self._choosing.influence(text, "effects"),
            "affected by": lambda text: self._choosing.influence(text, "causes"),
            "copy": lambda kind: self._carrying.copy(kind),
            "write": lambda name: self._carrying.write(name),
            "screenshot": lambda name: self._carrying.screenshot(name),
        }
        """What the screen does itself with what is typed behind a command's name."""
        self._laid_out: Size | None = None
        """The size of the terminal that the panels were put for."""
        self.is_settled = False
        """Whether all is there that keys may need."""
        self._palette = palette
        self._frame: Frame | None = None
        self._page: Page | None = None
        """The step of the lesson that the screen has turned to."""
        self._note = ""

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
        self._turn_page()
        yield from self._stage.first(self._arranged())

    def on_mount(self) -> None:
        self.recolour(self._palette)
        self._note = self.table.said(WELCOME) if self._first_time else ""
        self.rearrange()
        self.notice(self._notes)
        self.call_after_refresh(self._settle)

    async def _settle(self) -> None:
        """What the first frame did not need; keys wait for it."""
        prompt = self._prompting.prompt
        if self.is_attached:
            await self.mount(prompt)
        if not prompt.is_attached:
            return  # the program has been ended meanwhile
        prompt.field.recolour(self._palette)
        prompt.place(*self.app.size)
        self.is_settled = True
        self._working.load_the_rest()
        self._working.record_ahead()

    @cached_property
    def _prompting(self) -> Prompting:
        from tui.screens.prompting import Prompting

        return Prompting(self, self._history)

    @cached_property
    def _choosing(self) -> Choosing:
        from tui.screens.choosing import Choosing

        return Choosing(self)

    @cached_property
    def _asking(self) -> Asking:
        from tui.screens.asking import Asking

        return Asking(self)

    @cached_property
    def _carrying(self) -> Carrying:
        from tui.screens.carrying import Carrying

        return Carrying(self)

    @property
    def palette(self) -> Palette:
        """The colours that all panels have now."""
        return self._palette

    @property
    def is_busy(self) -> bool:
        """Whether a command is going on that takes long."""
        return self._working.on

    def is_seen(self, name: str) -> bool:
        """Whether a view is on the screen."""
        return self._stage.shows(name)

    async def give_way(self) -> None:
        """Let a key, and all else that waits, go first."""
        await self._working.give_way()

    def panel(self, name: str) -> Panel:
        """The panel of a view."""
        return self._stage[name]

    @property
    def _listing(self) -> ListingPanel:
        return cast("ListingPanel", self.panel("listing"))

    @property
    def _graph(self) -> GraphPanel:
        return cast("GraphPanel", self.panel("graph"))

    def recolour(self, palette: Palette) -> None:
        """Use another palette on every panel."""
        self._palette = palette
        self._stage.recolour(palette)
        if self.is_settled:
            self._prompting.prompt.field.recolour(palette)

    def on_resize(self, event: Resize) -> None:
        if self.app.size != self._laid_out:  # the first one says what is known already
            self.rearrange()

    def lay_out(self) -> None:
        """Put the panels where the size of the terminal wants them."""
        width, height = self._laid_out = self.app.size
        self._stage.put(self._arranged(), width, height, self._touring.rows(width, height))
        if isinstance(self.focused, Panel) and not self.focused.display:
            self.set_focus(None)
        if self.is_settled:
            self._prompting.prompt.place(width, height)
        self.panel("footer").show((footer_row(self.table.footer(), width), ()))

    def _arranged(self) -> Arrangement:
        """The places of the panels for the size of the terminal."""
        width, height = self.app.size
        # Update lines of the larger optimizers are too long for any listing.
        lines = (line for line in self.debugger.listing.lines if line.phase != "update")
        longest = max(cell_len(line.text) for line in lines)
        alone = VIEW[self._stage.alone].slot if self._stage.alone else None
        return arrange(
            width,
            height - self._touring.rows(width, height),
            len(self.debugger.graph.parameters),
            longest + GUTTER + 4,
            alone,
            self._stage.pointed if self.interpreter.guide is not None else None,
        )

    # --- one frame for one place ---------------------------------------------------------------

    def derive(self, note: str = "") -> bool:
        """Make the frame of the cursor's place and give each panel its part; whether it could."""
        self._note = note
        try:
            frame = self._views.frame(self.look, self._note, self._stage.seen)
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
        self.show_timeline()
        self.panel("header").show(self._header(frame))

    def show_timeline(self) -> None:
        """Show the bar, and whether it plays."""
        if self._frame is not None:
            timeline = replace(self._frame.timeline, playing=self._playing.pace)
            self.panel("timeline").show(timeline)

    def _header(self, frame: Frame) -> Any:
        left = ((" gradstep ", "key bar bold"), (f" {frame.title}", "text bar"))
        if frame.alone:
            left += ((f"   ◆ {frame.alone}", "backward bar bold"),)
        return left, ((f" {engine.printable(self.debugger.experiment.name)} ", "dim bar"),)

    # --- commands ------------------------------------------------------------------------------

    def execute(self, line: str) -> None:
        """Carry out a command as it would be typed; an error opens as a panel."""
        try:
            found = self.table.find(line)
            if found is not None and found[0].is_looked:
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
        self._working.drop()
        before = self.debugger.position
        steps = start() if start else self.interpreter.start(line)
        if isinstance(steps, Answer):
            self.finish(line, steps, before, is_seen=is_seen)
        else:
            self._working.begin(line, steps, before)

    def finish(self, line: str, answer: Answer, before: Position, *, is_seen: bool = False) -> None:
        """Show what came of a command; where that cannot be shown, go back to where it began."""
        debugger = self.debugger
        on_sheet = not answer.moved and self._needs_sheet(answer) and not is_seen
        if debugger is not self._views.debugger or self.interpreter.guide is not self._views.guide:
            self._adopt()
        elif debugger.position != before:
            self._scroll_back()
        note = answer.note
        if answer.moved and self._playing.on and line == "step":
            if stopped := debugger.halt():
                self._playing.pause()
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
            self._working.record_ahead()
        self._did(line)
        if notes := answer.fields.get("notes"):
            self.notice(notes)
        elif on_sheet:
            self.app.push_screen(self._sheet(line, answer), self._follow_up)

    def _show_in_place(self, name: str) -> None:
        """Show a view in its place, if that is on the screen, without going there."""
        slot = VIEW[name].slot
        if self._stage.shows(self._stage.shown[slot]) and self._stage.alone is None:
            self._stage.shown[slot] = name
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
        self._playing.pause()
        self._views = Views(self.debugger, self.interpreter.guide, self.table)
        self.look = Look()
        self._scroll_back()
        self.lay_out()
        self._working.record_ahead()

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
            self._stage.point_at(view)
        if self._stage.alone != "lesson":
            self._stage.alone = None
        self._scroll_back()
        return True

    def _sheet(self, line: str, answer: Answer) -> AnswerScreen:
        """The answer as a sheet, on which some lines can be changed."""
        from tui.screens.answer import AnswerScreen

        def ask(command: str) -> Answer | None:
            try:
                self.begin(command)
                if not self._working.on and self.app.screen is not self:
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
        from tui.screens.answer import AnswerScreen

        if notes := tuple(notes):
            self.app.push_screen(AnswerScreen("note", Answer("\n".join(notes)), self._palette))

    def _scroll_back(self) -> None:
        """A step brings what happened into sight, wherever the reader had scrolled."""
        for name in ("listing", "inspector", "derivation", "code"):
            if (panel := self._stage.get(name)) is not None:
                panel.follow()

    def say(self, note: str) -> None:
        """A word in the timeline, until the next step."""
        self._note = note
        if self._frame is not None:
            self._frame = self._views.going_on(self._frame, self.look, note)
            self._show(self._frame)

    def say_again(self) -> None:
        """The word that is there, beside the run as far as it is recorded now."""
        self.say(self._note)

    def action_type(self, line: str) -> None:
        """Carry out a command as if it had been typed."""
        self.execute(line)

    def action_answer(self) -> None:
        """Ask for the answer to the question that is open."""
        from tui.console.lessons import reply_hint

        guide = self.interpreter.guide
        question = guide.question if guide is not None else None
        if question is None:
            self.say(self.table.said(NO_QUESTION if guide else NO_LESSON))
            return
        lesson = cast("LessonPanel", self.panel("lesson"))
        lesson.attend()
        self._prompting.ask("answer ", reply_hint(question))

    def action_stop(self) -> None:
        """Stop what is going on; the cursor stays where it is."""
        busy = self._working.drop() or self._playing.on
        self._playing.pause()
        self.say("stopped" if busy else "nothing is running; q quits")

    # --- about what is looked at ---------------------------------------------------------------

    @property
    def line(self) -> int:
        """The selected line of the listing, or that of the event."""
        return self._listing.selected or self.debugger.line.number

    def subject(self) -> int | None:
        """The node that is chosen, or else that of the event."""
        return self.look.node if self.look.node is not None else self.debugger.state.step.node

    def number(self) -> Target | None:
        """The number that the cursor of a table stands on, where the reader is in one."""
        inside = isinstance(self.focused, Panel) and self.focused.id == "tensor"
        view = self.panel("tensor").view if inside else None
        if view is None or view.block is None:
            return None
        return engine.Target(view.what, view.node, view.index)

    @property
    def attended(self) -> Widget | None:
        """What has the keys, or had them before a command was typed at the prompt."""
        prompt = self._prompting.prompt
        return prompt.behind if prompt.display else self.focused

    @property
    def derivation(self) -> Derivation:
        """The derivation that the screen shows, or would show. Raises `GradstepError`."""
        return self._choosing.derivation

    def attempt(self, do: Callable[[], object]) -> None:
        """Do something; what is wrong with it is shown."""
        try:
            do()
        except GradstepError as error:
            self.problem(error)

    def action_toggle_stop(self) -> None:
        """A breakpoint on the selected line, or on that of the event."""
        self._asking.toggle_stop(self.line)

    def on_listing_panel_gutter_clicked(self, message: ListingPanel.GutterClicked) -> None:
        self._asking.toggle_stop(message.line)

    def action_why(self) -> None:
        """Where the number came from that is looked at."""
        self.attempt(self._asking.why)

    def action_change(self) -> None:
        """Ask for another value of the chosen parameter or input."""
        self._asking.change()

    def action_quiz(self) -> None:
        """Questions about the cursor's event."""
        self.attempt(self._asking.quiz)

    def action_copy(self) -> None:
        self.execute("copy")

    def action_screenshot(self) -> None:
        self.execute("screenshot")

    # --- playing -------------------------------------------------------------------------------

    def action_play(self) -> None:
        self._playing.toggle()

    def action_speed(self, factor: float) -> None:
        self._playing.change(factor)

    # --- looking -------------------------------------------------------------------------------

    def action_level(self, level: Literal["formula", "op"]) -> None:
        if level == self.look.level:
            deepest = "single ops" if level == "op" else "formulas"
            self.say(f"the derivation is by {deepest} already")
            return
        self.look = replace(self.look, level=level)
        self.derive()

    def action_fold(self) -> None:
        """The graph by single ops where it is by formulas, and the other way round."""
        shown = self._graph.level
        self.look = replace(self.look, graph="op" if shown == "formula" else "formula")
        self.derive()

    def action_sample(self, by: int) -> None:
        self._choosing.turn(by)

    def action_alone(self) -> None:
        self._choosing.alone()

    def action_samples(self) -> None:
        self.execute("samples")

    def action_follow(self) -> None:
        self._graph.follow()
        following = self.look.following()
        if self.look.lit is not None:
            self.light(None)
        elif following != self.look:
            self.look = following
            self.derive()
        elif self._stage.alone is not None:
            self.action_zoom()
        else:
            self.set_focus(None)

    def action_zoom(self) -> None:
        if self._stage.alone is not None:
            self._stage.alone = None
        elif isinstance(self.focused, Panel) and self.focused.id:
            self._stage.alone = self.focused.id
        else:
            self._stage.alone = self._stage.shown["stage"]
        self.rearrange()

    def action_view(self, name: str) -> None:
        """Go to a view, in its place; from there, show it alone, and all again."""
        panel = self.panel(name)
        if panel.display and panel.has_focus:
            self._stage.alone = None if self._stage.alone == name else name
            self.rearrange()
            return
        if VIEW[name].slot != "lesson":
            self._stage.point_at(VIEW[name])
        if self._stage.alone is not None:
            self._stage.alone = name
        self._bring_into_sight(name)
        self.set_focus(panel)

    def bring(self, name: str) -> None:
        """Have a view on the screen, wherever there is room for it."""
        self._stage.shown[VIEW[name].slot] = name
        self._bring_into_sight(name)

    def _bring_into_sight(self, name: str) -> None:
        """Lay out anew; a view whose slot has no room beside others has the screen for itself."""
        self.rearrange()
        if not self.panel(name).display:
            self._stage.alone = name
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

    def on_plots_panel_window_chosen(self, message: PlotsPanel.WindowChosen) -> None:
        self._plotting.window(message)

    def on_plots_panel_scale_chosen(self, message: PlotsPanel.ScaleChosen) -> None:
        self._plotting.scale(message)

    def on_plots_panel_iteration_chosen(self, message: PlotsPanel.IterationChosen) -> None:
        """To the same event of an iteration that was pointed at."""
        calendar, event = self.debugger.calendar, self.debugger.address.event
        self.execute(f"goto {calendar.address((message.number - 1) * calendar.events + event)}")

    @on(Panel.TabChosen)
    def choose_tab(self, message: Panel.TabChosen) -> None:
        self.action_view(message.name)

    def action_views(self) -> None:
        """Choose a view from all of them."""
        from tui.screens.views import ViewsScreen

        self.app.push_screen(ViewsScreen(self.table, self._palette), self._follow_up)

    def rearrange(self) -> None:
        """Lay out anew, and make the views that have come into sight."""
        self.lay_out()
        self._plotting.measure()
        self.derive(self._note)

    def action_influence(self, way: Way) -> None:
        """What the chosen node, or that of the event, affects or is affected by."""
        self._choosing.influence("", way)

    def light(self, view: InfluenceView | None) -> None:
        """Let what a node affects, or is affected by, stand out on the graph, until esc."""
        lit = None if view is None else view.nodes
        if lit != self.look.lit:
            self.look = replace(self.look, lit=lit)
            words = "" if view is None else "".join(text for text, _ in view.heading)
            self.derive(words and f"{words} what stands out; esc: all again")

    def on_graph_panel_node_chosen(self, message: GraphPanel.NodeChosen) -> None:
        self.look = replace(self.look, node=message.node)
        self._scroll_back()
        self.derive()

    def on_code_panel_other_library(self) -> None:
        other = "pytorch" if self.look.library == "numpy" else "numpy"
        self.look = replace(self.look, library=other)
        self._scroll_back()
        self.derive()

    def on_neurons_panel_unit_chosen(self, message: NeuronsPanel.UnitChosen) -> None:
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

    def on_listing_panel_line_chosen(self, message: ListingPanel.LineChosen) -> None:
        """To where the line is complete, in this iteration."""
        steps = [s.index for s in self.debugger.listing.steps if s.line == message.line]
        if steps:
            self.execute(f"goto .{steps[-1]}")

    def on_choices_panel_wanted(self, message: ChoicesPanel.Wanted) -> None:
        self.attempt(lambda: self.begin(message.command, is_seen=message.is_seen))

    def on_choices_panel_asked(self, message: ChoicesPanel.Asked) -> None:
        self.action_ask(message.command.split()[0], message.command)

    # --- along the timeline --------------------------------------------------------------------

    def action_span(self, level: LevelName) -> None:
        """Which part of the run the timeline shows."""
        timeline = cast("TimelinePanel", self.panel("timeline"))
        timeline.choose(level)

    def on_timeline_panel_sought(self, message: TimelinePanel.Sought) -> None:
        self._seeking.point(message.ordinal, begins=message.begins)

    def on_lesson_panel_choice_clicked(self, message: LessonPanel.ChoiceClicked) -> None:
        self.execute(f"answer {message.label}")

    # --- the prompt ----------------------------------------------------------------------------

    def takes(self, event: Key) -> bool:
        """Whether a key is for the tour, which comes before what keys are bound to."""
        self._working.attend()
        if self._first_time:
            self._first_time = False
            self.say("")
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
        from tui.screens.search import SearchScreen

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
            listing = self._listing
            if not listing.has_focus:
                self.action_view("listing")
            listing.select(entry.line)
        elif entry.command:
            self.execute(entry.command)
        else:
            self._prompting.ask(entry.typed)

    # --- the tour ------------------------------------------------------------------------------

    def action_tour(self) -> None:
        """Show the reader round; again, or esc, ends it."""
        if self._touring.on:
            self.say(self._touring.end(self.debugger))
        elif self.app.size.width < LEAST[0] or self.app.size.height < LEAST[1]:
            self.say(f"the tour needs {LEAST[0]} × {LEAST[1]} cells")
        else:
            self._touring.begin(self.debugger)

    def _tour_on(self) -> None:
        if self._touring.go_on():
            self.say(self._touring.end(self.debugger))

    def _did(self, line: str) -> None:
        """The tour goes on when what it asks for is done."""
        found = self.table.find(line) if self._touring.on else None
        if found and self._touring.did(found[0].name, self.debugger.state.step.phase.value):
            self.say(self._touring.end(self.debugger))

    def _point_out(self, name: str | None) -> None:
        """Have a view in sight, and let it stand out; without one, everything as it was."""
        self._stage.point_out(name)
        self._stage.alone = None
        if name is None:
            self.rearrange()
            return
        self._stage.point_at(VIEW[name])
        self._bring_into_sight(name)

    # --- on top --------------------------------------------------------------------------------

    def action_help(self) -> None:
        from tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen(self.table, self._palette))
        self._did("help")

    def action_lessons(self) -> None:
        """Choose another lesson; what was done here is kept."""
        from tui.screens.lessons import LessonsScreen
        from tui.views.chooser import Chooser

        chooser = Chooser(self.interpreter.done_of, self.interpreter.origin)
        self.app.push_screen(LessonsScreen(chooser, self._palette), self._follow_up)

    def action_theme(self) -> None:
        if self.app.theme == COLOURLESS:
            self.say("no colours: NO_COLOR is set")
            return
        self.app.run_worker(self.app.run_action("other_theme"), exit_on_error=False)

    def problem(self, error: GradstepError) -> None:
        """Show an error as a panel; the debugger stays as it was."""
        from tui.screens.problem import ProblemScreen

        self._playing.pause()
        self._working.drop()
        self.app.push_screen(ProblemScreen(error, self._palette))

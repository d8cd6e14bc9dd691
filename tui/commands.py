"""Every command: its name, its keys, what it does, and where it is shown.

Bindings, footer, help, palette, the prompt and scripts all come from here, by way of `table`, and
nowhere else names a key. What a command does on the engine alone stands in `console`.
May import: catalogue.   Imported by: table, app, cli, console, screens, widgets.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.catalogue import CATALOGUE

NO_KEY = "unbound"
"""What Textual is told in place of keys where there are none: no keyboard sends it."""


@dataclass(frozen=True)
class Command:
    """One thing the reader can do."""

    name: str
    """What prompt, palette and scripts call it."""
    keys: tuple[str, ...]
    """Textual's names of keys, the first of which is shown; none for what is only typed."""
    action: str
    """The screen's action for the key and the palette."""
    help: str
    group: str
    footer: str = ""
    """A word for the footer, for the commands that stand there."""
    back: str = ""
    """The name of the command that undoes this one: shown together with it."""
    usage: str = ""
    """What may be typed behind the name; optional parts in brackets."""
    look: bool = False
    """Whether it is about the screen alone, so that a script has no use for it."""

    @property
    def id(self) -> str:
        """What its binding is called, and a config file may call it."""
        return self.name.replace(" ", "-")

    @property
    def binding(self) -> str:
        """Its keys for a binding."""
        return ",".join(self.keys) or NO_KEY

    @property
    def needs_more(self) -> bool:
        """Whether the name alone says too little."""
        return bool(self.usage) and not self.usage.startswith("[")

    @property
    def is_looked(self) -> bool:
        """Whether it is an action of the screen that takes nothing."""
        return self.look and not self.usage

    @property
    def acts(self) -> bool:
        """Whether the name alone is the action of its key, and nothing that could be scripted."""
        return self.needs_more or not self.action.startswith(("type(", "ask("))


TIME, PLACE, STOP = "step through time", "go to a place", "stop at what matters"
ASK, WHAT_IF, VIEW, APP = "ask", "what if", "look closer", "the program"
LESSON = "a lesson"


WHERE_TO_STOP = "[LINE | NAME | grad GRADIENT] [if CONDITION]"
"""What `break` and `tbreak` take."""


def _steps() -> tuple[Command, ...]:
    """Each unit of time, forward and back: the same letter in upper case."""
    units = (
        ("step", "s", "right", "event", "one event", "one event back"),
        (
            "line",
            "n",
            "shift+right",
            "line",
            "to where the next listing line is done",
            "to the line before",
        ),
        ("pass", "f", "", "pass", "to the end of this pass", "to the start of this pass"),
        (
            "iteration",
            "i",
            "",
            "iteration",
            "the same event, one iteration on",
            "one iteration back",
        ),
        ("epoch", "e", "", "epoch", "the same event, one epoch on", "one epoch back"),
    )
    commands: list[Command] = []
    for name, key, alias, unit, ahead, behind in units:
        back = f"{name} back"
        aliases = (alias, alias.replace("right", "left")) if alias else ()
        commands += [
            Command(
                name,
                (key, *aliases[:1]),
                f"type('{name}')",
                ahead,
                TIME,
                unit,
                back=back,
                usage="[COUNT]",
            ),
            Command(
                back,
                (key.upper(), *aliases[1:]),
                f"type('{back}')",
                behind,
                TIME,
                usage="[COUNT]",
            ),
        ]
    return tuple(commands)


COMMANDS: tuple[Command, ...] = (
    *_steps(),
    Command(
        "play", ("space",), "play", "play event by event; again to pause", TIME, "play", look=True
    ),
    Command("faster", ("plus",), "speed(2)", "play faster", TIME, back="slower", look=True),
    Command("slower", ("minus",), "speed(0.5)", "play slower", TIME, look=True),
    Command(
        "goto",
        ("g",),
        "goto",
        "go to an address: e2.i3.17, e2.i3, e2, .17",
        PLACE,
        "go to",
        usage="ADDRESS",
    ),
    Command("start", ("home",), "type('start')", "the start of the run", PLACE, back="end"),
    Command("end", ("end",), "type('end')", "the end of the run", PLACE),
    Command("where", (), "type('where')", "where the cursor stands, in words", PLACE),
    Command("back", (), "type('back')", "to where the last jump came from", PLACE, back="forward"),
    Command("forward", (), "type('forward')", "to where `back` came from", PLACE),
    Command(
        "bookmark",
        ("m",),
        "type('bookmark')",
        "mark this place, with a name and a note",
        PLACE,
        usage="[MARK [NOTE]]",
    ),
    Command(
        "visit",
        ("apostrophe",),
        "ask('visit')",
        "go to a bookmark; the last one without a name",
        PLACE,
        usage="[BOOKMARK]",
    ),
    Command("bookmarks", (), "type('bookmarks')", "all bookmarks", PLACE),
    Command("unmark", (), "ask('unmark')", "forget a bookmark", PLACE, usage="BOOKMARK"),
    Command(
        "stop", ("ctrl+c",), "stop", "stop a run or a search that is going on", PLACE, look=True
    ),
    Command(
        "continue",
        ("c", "f5"),
        "type('continue')",
        "to the next stop",
        STOP,
        "run",
        back="reverse",
    ),
    Command("reverse", ("C",), "type('reverse')", "back to the stop before", STOP),
    Command(
        "break",
        ("b",),
        "toggle_stop",
        "stop at the selected line; typed: at a line, value, gradient or condition",
        STOP,
        "break",
        usage=WHERE_TO_STOP,
    ),
    Command(
        "tbreak",
        (),
        "ask('tbreak')",
        "the same, once",
        STOP,
        usage=WHERE_TO_STOP,
    ),
    Command(
        "watch",
        ("w",),
        "ask('watch')",
        "stop where an expression changes",
        STOP,
        usage="EXPRESSION",
    ),
    Command(
        "display",
        (),
        "ask('display')",
        "watch an expression without stopping anywhere",
        STOP,
        usage="EXPRESSION",
    ),
    Command("stops", ("B",), "type('stops')", "breakpoints and watches", STOP),
    Command(
        "watches",
        ("W",),
        "view('watches')",
        "watched expressions with their values here",
        STOP,
    ),
    Command("unstop", (), "ask('unstop')", "remove a stop", STOP, usage="STOP"),
    Command("enable", (), "ask('enable')", "switch a stop on", STOP, back="disable", usage="STOP"),
    Command("disable", (), "ask('disable')", "switch a stop off", STOP, usage="STOP"),
    Command(
        "ignore",
        (),
        "ask('ignore')",
        "pass over the next hits of a stop",
        STOP,
        usage="STOP COUNT",
    ),
    Command(
        "why",
        ("y",),
        "why",
        "where a value or a gradient came from",
        ASK,
        "why",
        usage="[NAME | NAME[INDEX] | grad(NAME)]",
    ),
    Command(
        "explain",
        (),
        "ask('explain')",
        "the chain rule of a gradient, with its numbers",
        ASK,
        usage="[NAME | NAME[INDEX]] [of NAME] [by ops]",
    ),
    Command(
        "samples",
        ("semicolon",),
        "samples",
        "what each sample gives to a gradient, the largest first",
        ASK,
        usage="[NAME | NAME[INDEX]]",
    ),
    Command("check", ("K",), "type('check')", "every gradient here against differences", ASK),
    Command(
        "quiz",
        ("Q",),
        "quiz",
        "predict, then reveal: questions about this event",
        ASK,
        look=True,
    ),
    Command(
        "last",
        (),
        "ask('last')",
        "back to where an expression changed last",
        ASK,
        usage="EXPRESSION",
    ),
    Command(
        "when",
        (),
        "ask('when')",
        "when a condition is true: first, last, how often",
        ASK,
        usage="CONDITION",
    ),
    Command(
        "never",
        (),
        "ask('never')",
        "whether a condition is never true",
        ASK,
        usage="CONDITION",
    ),
    Command("expect", (), "ask('expect')", "whether it is true here", ASK, usage="CONDITION"),
    Command("print", (), "ask('print')", "the value of an expression", ASK, usage="EXPRESSION"),
    Command(
        "set",
        ("x",),
        "change",
        "change a value from here on, on a timeline of its own",
        WHAT_IF,
        "set",
        usage="TARGET = VALUE [as NEW]",
    ),
    Command(
        "drop",
        (),
        "ask('drop')",
        "leave a sample out of this batch",
        WHAT_IF,
        usage="SAMPLE [as NEW]",
    ),
    Command(
        "skip",
        (),
        "ask('skip')",
        "leave out this update, or all of this iteration",
        WHAT_IF,
        usage="[PARAMETER] [as NEW]",
    ),
    Command("timelines", (), "type('timelines')", "every timeline", WHAT_IF),
    Command("switch", (), "ask('switch')", "look at another timeline", WHAT_IF, usage="TIMELINE"),
    Command(
        "compare",
        (),
        "ask('compare')",
        "the first event where another timeline differs",
        WHAT_IF,
        usage="[TIMELINE]",
    ),
    Command("rename", (), "ask('rename')", "rename a timeline", WHAT_IF, usage="TIMELINE NEW"),
    Command("forget", (), "ask('forget')", "forget a timeline", WHAT_IF, usage="TIMELINE"),
    Command(
        "lesson next",
        ("r",),
        "type('lesson next')",
        "read on: the next step, and where it stands",
        LESSON,
        back="lesson back",
    ),
    Command("lesson back", ("R",), "type('lesson back')", "the step before", LESSON),
    Command(
        "lesson",
        (),
        "type('lesson')",
        "what this step says, or to a step by its number",
        LESSON,
        usage="[STEP]",
    ),
    Command("answer", ("u",), "answer", "answer the question", LESSON, usage="REPLY"),
    Command("hint", ("U",), "type('hint')", "a hint for the question", LESSON),
    Command("solution", (), "type('solution')", "give the question up: the answer", LESSON),
    Command("lessons", ("L",), "lessons", "choose a lesson, with a preview", LESSON, look=True),
    Command("learn", (), "ask('learn')", "open another lesson", LESSON, usage="LESSON"),
    Command(
        "next panel",
        ("tab",),
        "app.focus_next",
        "the next panel",
        VIEW,
        back="panel back",
        look=True,
    ),
    Command(
        "panel back", ("shift+tab",), "app.focus_previous", "the panel before", VIEW, look=True
    ),
    Command(
        "deeper",
        ("d",),
        "level('op')",
        "the derivation by single ops",
        VIEW,
        back="less deep",
        look=True,
    ),
    Command("less deep", ("D",), "level('formula')", "the derivation by formulas", VIEW, look=True),
    Command(
        "target",
        (),
        "ask('target')",
        "what the derivation derives; alone: the loss again",
        VIEW,
        usage="[NAME]",
        look=True,
    ),
    Command(
        "element",
        (),
        "ask('element')",
        "the derivation of one number: W[0, 2]; alone: of all of them",
        VIEW,
        usage="[NAME[INDEX] | NAME]",
        look=True,
    ),
    Command("fold", ("G",), "fold", "the graph by formulas or by single ops", VIEW, look=True),
    Command(
        "affects",
        ("a",),
        "influence('effects')",
        "what this node affects, and how much",
        VIEW,
        back="affected by",
        usage="[NAME | NAME[INDEX]] [by DELTA]",
    ),
    Command(
        "affected by",
        ("A",),
        "influence('causes')",
        "what it is affected by",
        VIEW,
        usage="[NAME | NAME[INDEX]]",
    ),
    Command(
        "next sample",
        ("full_stop",),
        "sample(1)",
        "the numbers of the next sample",
        VIEW,
        back="sample back",
        look=True,
    ),
    Command(
        "sample back", ("comma",), "sample(-1)", "the numbers of the sample before", VIEW, look=True
    ),
    Command(
        "sample",
        (),
        "ask('sample')",
        "the numbers of a sample, counted from 1",
        VIEW,
        usage="SAMPLE",
        look=True,
    ),
    Command(
        "alone",
        ("Z",),
        "alone",
        "one sample alone on the whole screen, and all again",
        VIEW,
        usage="[SAMPLE]",
        look=True,
    ),
    Command(
        "zoom",
        ("z",),
        "zoom",
        "the focused panel on the whole screen, and back",
        VIEW,
        "zoom",
        look=True,
    ),
    *(
        Command(
            f"view {kind.name}",
            (kind.key,) if kind.key else (),
            f"view('{kind.name}')",
            f"{kind.help}; again: alone, and back",
            VIEW,
            look=True,
        )
        for kind in CATALOGUE
    ),
    *(
        Command(
            f"timeline {part}", (), f"span('{part}')", f"the timeline: {about}", VIEW, look=True
        )
        for part, about in (
            ("run", "all of the run"),
            ("epoch", "this epoch, iteration by iteration"),
            ("iteration", "this iteration, event by event"),
        )
    ),
    Command("views", ("v",), "views", "choose a view", VIEW, "views", look=True),
    Command(
        "next plot",
        ("p",),
        "turn_plot(1)",
        "the next plot",
        VIEW,
        back="previous plot",
        look=True,
    ),
    Command("previous plot", ("P",), "turn_plot(-1)", "the plot before", VIEW, look=True),
    Command(
        "plot",
        (),
        "ask('plot')",
        "a plot by its name, or an expression over the run",
        VIEW,
        usage="PLOT | surface [NAME [NAME]] | fit [INPUT] | boundary [INPUT INPUT] | EXPRESSION",
        look=True,
    ),
    Command(
        "follow",
        ("escape",),
        "follow",
        "let go of a chosen node: follow the event",
        VIEW,
        look=True,
    ),
    Command(
        "theme",
        ("t",),
        "theme",
        "the next theme: dark, light, high contrast, 16 colours",
        VIEW,
        look=True,
    ),
    Command(
        "copy",
        ("Y",),
        "copy",
        "copy what is chosen, with every digit, or the panel, to the clipboard",
        APP,
        usage="[value | gradient | formula | panel | markdown | latex]",
        look=True,
    ),
    Command(
        "write",
        (),
        "ask('write')",
        "write the derivation to a new file, as Markdown or LaTeX",
        APP,
        usage="DOCUMENT",
        look=True,
    ),
    Command(
        "screenshot",
        (),
        "screenshot",
        "the screen as an SVG file, numbered where no name is given",
        APP,
        usage="[PICTURE]",
        look=True,
    ),
    Command("save", (), "ask('save')", "save the session", APP, usage="FILE"),
    Command("load", (), "ask('load')", "open a saved session", APP, usage="FILE"),
    Command("command", ("colon",), "prompt", "type a command or an address", APP, look=True),
    Command(
        "search", ("slash",), "search", "find a node, a line, a place or a command", APP, look=True
    ),
    Command("tour", ("T",), "tour", "a tour of two minutes; again ends it", APP, look=True),
    Command("help", ("question_mark", "f1"), "help", "every key", APP, "help", look=True),
    Command(
        "palette", ("ctrl+p",), "app.command_palette", "find a command by its name", APP, look=True
    ),
    Command(
        "suspend",
        ("ctrl+z",),
        "app.suspend_process",
        "into the shell's background; its `fg` comes back",
        APP,
        look=True,
    ),
    Command("quit", ("q",), "app.quit", "quit", APP, "quit", look=True),
)

BY_NAME = {command.name: command for command in COMMANDS}

FOOTER = (
    "step",
    "line",
    "iteration",
    "continue",
    "break",
    "why",
    "set",
    "pass",
    "play",
    "goto",
    "epoch",
    "zoom",
    "help",
    "quit",
)
"""The commands that stand in the footer, the most useful first; the last two whatever its width."""

MOVEMENT = (
    ("up", ("up", "k")),
    ("down", ("down", "j")),
    ("left", ("h",)),
    ("right", ("l",)),
)
"""Keys that move within the focused panel; ← and → step time."""

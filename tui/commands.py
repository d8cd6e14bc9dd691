"""The command table: every key, with its name, what it does, and where it is shown.

Bindings, footer, help, palette and the prompt all come from here, and nowhere else names a key.
May import: the standard library.   Imported by: app, screens, widgets.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """One thing the reader can do."""

    name: str
    """What the prompt and the palette call it; also the id of its binding."""
    keys: tuple[str, ...]
    """Textual's names of keys: the first is the one that is shown."""
    action: str
    """The screen's action."""
    help: str
    group: str
    footer: str = ""
    """A word for the footer, for the commands that stand there."""
    back: str = ""
    """The name of the command that undoes this one: shown together with it."""


TIME, PLACE, VIEW, APP = "step through time", "go to a place", "look closer", "the program"

PANELS = ("listing", "graph", "inspector", "parameters", "loss", "paths")
"""The panels, in the order of their numbers."""

COMMANDS: tuple[Command, ...] = (
    Command(
        "step", ("s", "right"), "step('event', 1)", "one event", TIME, "event", back="step back"
    ),
    Command("step back", ("S", "left"), "step('event', -1)", "one event back", TIME),
    Command(
        "line",
        ("n", "shift+right"),
        "step('line', 1)",
        "to where the next listing line is done",
        TIME,
        "line",
        back="line back",
    ),
    Command("line back", ("N", "shift+left"), "step('line', -1)", "to the line before", TIME),
    Command(
        "pass", ("f",), "step('pass', 1)", "to the end of this pass", TIME, "pass", back="pass back"
    ),
    Command("pass back", ("F",), "step('pass', -1)", "to the start of this pass", TIME),
    Command(
        "iteration",
        ("i",),
        "step('iteration', 1)",
        "the same event, one iteration on",
        TIME,
        "iteration",
        back="iteration back",
    ),
    Command("iteration back", ("I",), "step('iteration', -1)", "one iteration back", TIME),
    Command(
        "epoch",
        ("e",),
        "step('epoch', 1)",
        "the same event, one epoch on",
        TIME,
        "epoch",
        back="epoch back",
    ),
    Command("epoch back", ("E",), "step('epoch', -1)", "one epoch back", TIME),
    Command("play", ("space",), "play", "play event by event; again to pause", TIME, "play"),
    Command("faster", ("plus",), "speed(2)", "play faster", TIME, back="slower"),
    Command("slower", ("minus",), "speed(0.5)", "play slower", TIME),
    Command("goto", ("g",), "goto", "go to an address: e2.i3.17, e2.i3, e2, .17", PLACE, "go to"),
    Command("start", ("home",), "start", "the start of the run", PLACE, back="end"),
    Command("end", ("end",), "end", "the end of the run", PLACE),
    Command("stop", ("ctrl+c",), "stop", "stop a run or a search that is going on", PLACE),
    Command("next panel", ("tab",), "app.focus_next", "the next panel", VIEW, back="panel back"),
    Command("panel back", ("shift+tab",), "app.focus_previous", "the panel before", VIEW),
    Command(
        "deeper", ("d",), "level('op')", "the derivation by single ops", VIEW, back="less deep"
    ),
    Command("less deep", ("D",), "level('formula')", "the derivation by formulas", VIEW),
    Command(
        "next sample",
        ("full_stop",),
        "sample(1)",
        "the numbers of the next sample",
        VIEW,
        back="sample back",
    ),
    Command("sample back", ("comma",), "sample(-1)", "the numbers of the sample before", VIEW),
    Command(
        "zoom", ("z",), "zoom", "the focused panel on the whole screen, and back", VIEW, "zoom"
    ),
    *(
        Command(
            f"view {panel}", (str(number),), f"view('{panel}')", f"{panel} alone, and back", VIEW
        )
        for number, panel in enumerate(PANELS, 1)
    ),
    Command("follow", ("escape",), "follow", "let go of a chosen node: follow the event", VIEW),
    Command("theme", ("t",), "theme", "dark or light", VIEW),
    Command("command", ("colon",), "prompt", "type a command or an address", APP),
    Command("help", ("question_mark", "f1"), "help", "every key", APP, "help"),
    Command("palette", ("ctrl+p",), "app.command_palette", "find a command by its name", APP),
    Command("quit", ("q",), "app.quit", "quit", APP, "quit"),
)

BY_NAME = {command.name: command for command in COMMANDS}

MOVEMENT = (
    ("up", ("up", "k")),
    ("down", ("down", "j")),
    ("left", ("h",)),
    ("right", ("l",)),
)
"""Keys that move within the focused panel; ← and → step time."""

_SPELLED = {
    "plus": "+",
    "minus": "-",
    "full_stop": ".",
    "comma": ",",
    "colon": ":",
    "question_mark": "?",
    "right": "→",
    "left": "←",
    "up": "↑",
    "down": "↓",
    "escape": "esc",
    "home": "Home",
    "end": "End",
    "f1": "F1",
}


def spelled(key: str) -> str:
    """A key as it is printed on a keyboard."""
    parts = key.split("+") if key != "+" else [key]
    return "+".join(_SPELLED.get(part, part) for part in parts)


def keys_text(command: Command) -> str:
    """``s/S`` for a command with its way back, else its first key."""
    first = spelled(command.keys[0])
    if not command.back:
        return first
    return f"{first}/{spelled(BY_NAME[command.back].keys[0])}"


def footer_entries() -> list[tuple[str, str]]:
    """(keys, word) for the footer, the most useful first."""
    return [(keys_text(c), c.footer) for c in COMMANDS if c.footer]


def help_entries() -> dict[str, list[tuple[str, str, str]]]:
    """group → (keys, aliases, what it does), a command and its way back on one line."""
    backs = {c.back for c in COMMANDS if c.back}
    groups: dict[str, list[tuple[str, str, str]]] = {}
    for command in COMMANDS:
        if command.name in backs:
            continue
        both = [command, BY_NAME[command.back]] if command.back else [command]
        aliases = " ".join("/".join(spelled(k) for k in ks) for ks in _aliases(both))
        text = " / ".join(c.help for c in both)
        groups.setdefault(command.group, []).append((keys_text(command), aliases, text))
    return groups


def _aliases(both: list[Command]) -> list[tuple[str, ...]]:
    count = max(len(c.keys) for c in both)
    return [tuple(c.keys[i] for c in both if i < len(c.keys)) for i in range(1, count)]

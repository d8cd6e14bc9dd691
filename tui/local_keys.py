"""Keys that are good for one place only: a panel, a sheet, the prompt.

They belong to the command table like the commands do (`table`): readers give them other keys by
their ids, and help and documentation list them by their places. Widgets bind what stands here.
May import: commands.   Imported by: table, settings, widgets, screens.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.commands import MOVEMENT, NO_KEY


@dataclass(frozen=True)
class Local:
    """One thing that a key does in one place."""

    id: str
    """Its place and its name: what its binding and a config file call it."""
    keys: tuple[str, ...]
    """Textual's names of keys, the first of which is shown."""
    action: str
    """The action of the widget, or of the sheet."""
    help: str
    follows: str = ""
    """The command, or the direction, whose other keys it takes over, unless it has its own."""

    @property
    def place(self) -> str:
        return self.id.partition(".")[0]

    @property
    def binding(self) -> str:
        """Its keys for a binding."""
        return ",".join(self.keys) or NO_KEY


PLACES = {
    "listing": "in the listing",
    "graph": "in the graph",
    "neurons": "in the neurons",
    "tensor": "in the tensor",
    "derivation": "in the derivation",
    "watches": "in the watches",
    "timelines": "in the timelines",
    "plots": "in the plots",
    "code": "in the code",
    "timeline": "in the timeline",
    "prompt": "at the prompt",
    "sheet": "on a sheet",
    "answer": "on an answer",
    "influence": "on affects",
    "quiz": "on questions",
    "lessons": "in the list of lessons",
    "finder": "in a search",
    "help": "on the sheet of keys",
}
"""What help calls each place."""

TYPED_IN = frozenset({"prompt", "finder"})
"""Places where a key that types a sign types it."""

CLOSE = ("escape", "q", "question_mark", "f1")


def _rows(panel: str, go: str, remove: str) -> tuple[Local, ...]:
    """The keys of a panel with a list, and what they do in this one."""
    return (
        Local(f"{panel}.go", ("enter",), "go", go),
        Local(f"{panel}.remove", ("x", "delete"), "remove", remove),
    )


def _numbers() -> tuple[Local, ...]:
    """In a table a cursor moves: with the arrows, too, which step time elsewhere."""
    where = ("above", "below", "to the left", "to the right")
    return tuple(
        Local(
            f"tensor.{way}",
            tuple(dict.fromkeys((*keys, way))),
            f"move('{way}')",
            f"the number {there}",
            way,
        )
        for (way, keys), there in zip(MOVEMENT, where, strict=True)
    )


LOCAL: tuple[Local, ...] = (
    Local("listing.go", ("enter",), "go", "go to the selected line"),
    Local("graph.plainer", ("less_than_sign",), "zoom(-1)", "plainer boxes"),
    Local("graph.richer", ("greater_than_sign",), "zoom(1)", "richer boxes"),
    Local("graph.pan-left", ("H",), "pan(-1, 0)", "pan to the left"),
    Local("graph.pan-down", ("J",), "pan(0, 1)", "pan down"),
    Local("graph.pan-up", ("K",), "pan(0, -1)", "pan up"),
    Local("graph.pan-right", ("L",), "pan(1, 0)", "pan to the right"),
    Local("neurons.gradients", ("o",), "gradients", "weights, or gradients"),
    Local("neurons.batch", ("O",), "batch", "one sample, or the batch"),
    *_numbers(),
    Local("tensor.page-down", ("J", "pagedown"), "page(1, 0)", "a page down"),
    Local("tensor.page-up", ("K", "pageup"), "page(-1, 0)", "a page up"),
    Local("tensor.page-right", ("L",), "page(0, 1)", "a page to the right"),
    Local("tensor.page-left", ("H",), "page(0, -1)", "a page to the left"),
    Local(
        "tensor.next-slice",
        ("r", "right_square_bracket"),
        "slice(1)",
        "the next matrix of an array of more axes",
    ),
    Local("tensor.slice-back", ("R", "left_square_bracket"), "slice(-1)", "the matrix before"),
    Local("tensor.other", ("o",), "other", "the value, or the gradient"),
    Local("derivation.single", ("o",), "single", "one number of an array, or all"),
    *_rows("watches", "to where it changed last", "remove the selected one"),
    Local("watches.switch", ("space",), "switch", "stop where it changes, or only show it"),
    *_rows("timelines", "look at the selected one", "forget it"),
    Local("timelines.rename", ("r",), "rename", "rename it"),
    Local(
        "timelines.compare",
        ("equals_sign",),
        "compare",
        "compare it with the one that is looked at",
    ),
    Local("plots.in", ("greater_than_sign",), "lens(True)", "zoom in"),
    Local("plots.out", ("less_than_sign",), "lens(False)", "zoom out"),
    Local("plots.right", ("L",), "leap('right')", "half a window on"),
    Local("plots.left", ("H",), "leap('left')", "half a window back"),
    Local("plots.up", ("K",), "leap('up')", "half a window up"),
    Local("plots.down", ("J",), "leap('down')", "half a window down"),
    Local("plots.scale", ("o",), "scale", "logarithmic, or linear"),
    Local("code.other", ("o",), "other", "the other library's script"),
    Local("timeline.out", ("less_than_sign",), "zoom(-1)", "iteration → epoch → run"),
    Local("timeline.in", ("greater_than_sign",), "zoom(1)", "run → epoch → iteration"),
    Local("prompt.finish", ("tab",), "finish", "put in the next word that may stand here"),
    Local("prompt.unfinish", ("shift+tab",), "choose(-1)", "the word before"),
    Local("prompt.down", ("down",), "choose(1)", "the next word, or a newer line"),
    Local("prompt.up", ("up",), "choose(-1)", "the word before, or an older line"),
    Local("prompt.look-back", ("ctrl+r",), "look_back", "search in earlier lines"),
    Local("prompt.close", ("escape",), "close", "close"),
    Local("sheet.close", ("escape", "q", "enter", "question_mark", "f1"), "dismiss", "close"),
    Local("sheet.down", ("pagedown",), "page(1)", "a page down"),
    Local("sheet.up", ("pageup",), "page(-1)", "a page up"),
    Local("sheet.copy", ("Y",), "copy", "copy all of it", "copy"),
    Local("answer.close", CLOSE, "dismiss", "close"),
    Local("answer.go", ("enter",), "go", "go there"),
    Local("answer.switch", ("space",), "switch", "on or off"),
    Local("answer.remove", ("x", "delete"), "remove", "remove"),
    Local("influence.close", CLOSE, "dismiss", "close"),
    Local("influence.effects", ("a",), "turn('effects')", "what it affects", "affects"),
    Local("influence.causes", ("A",), "turn('causes')", "what it is affected by", "affected by"),
    Local("influence.next", ("right",), "entry(1)", "the next entry"),
    Local("influence.previous", ("left",), "entry(-1)", "the entry before"),
    Local("influence.larger", ("plus",), "nudge(1)", "a nudge ten times larger"),
    Local("influence.smaller", ("minus",), "nudge(-1)", "a nudge ten times smaller"),
    Local("influence.exercise", ("e",), "exercise", "as an exercise, and back"),
    Local("influence.mark", ("space",), "mark", "mark a node"),
    Local("influence.go-on", ("enter",), "go_on", "reveal; close"),
    Local("quiz.close", ("escape", "q"), "dismiss", "close"),
    Local("quiz.go-on", ("enter",), "go_on", "answer; the next question"),
    Local("quiz.hint", ("h", "question_mark"), "hint", "a hint"),
    Local("quiz.skip", ("s",), "skip", "skip this question"),
    Local("quiz.mark", ("space",), "mark", "mark a node"),
    Local("quiz.rub-out", ("backspace",), "rub_out", "remove the last sign"),
    Local("lessons.close", ("escape", "q", "L", "question_mark", "f1"), "dismiss", "close"),
    Local("lessons.open", ("enter",), "open", "open it"),
    Local("finder.down", ("down", "tab"), "move(1)", "the next one"),
    Local("finder.up", ("up", "shift+tab"), "move(-1)", "the one before"),
    Local("help.find", ("slash",), "find", "find a key"),
    Local("help.back", ("escape",), "back", "close"),
)


def local_to(place: str) -> tuple[Local, ...]:
    """What the keys of a place do, as long as nobody chooses others."""
    return tuple(local for local in LOCAL if local.place == place)

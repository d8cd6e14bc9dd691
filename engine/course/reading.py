"""The `[lesson]` part of an experiment file, checked key by key, becomes a plan.

What stands in the file is checked here: keys, kinds of values, which go together. What it says of a
run is not: `guide` reads the expressions, `checking` compares the answers.
May import: errors, library, locations, reading, plan.   Imported by: the public face.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, get_args

from engine.course.plan import (
    VIEWS,
    ChoicePlan,
    ForkKind,
    ForkPlan,
    LessonPlan,
    Level,
    Look,
    QuestionPlan,
    QuestionType,
    SlipPlan,
    StepPlan,
    Written,
)
from engine.errors import LessonError, did_you_mean, listed
from engine.locations import Path, TomlText
from engine.reading.document import came, kind_of

LESSON_KEYS = ("goal", "experiment", "set", "next", "timelines")
STEP_KEYS = ("text", "at", "on", "look", "question")
LOOK_KEYS = ("node", "view", "sample", "level")
CHOICE_KEYS = ("text", "if", "reason")
SLIP_KEYS = ("number", "say")
FORK_KEYS = ("after", "set", "to", "drop", "skip")
FORKS: tuple[ForkKind, ...] = get_args(ForkKind)
TYPES: tuple[QuestionType, ...] = get_args(QuestionType)
QUESTION_KEYS = ("ask", *TYPES, "of", "slips", "tolerance", "answer", "hints", "why")

OWN = ("formulas", "parameters", "constants", "data", "training")
"""What a file has that brings its own experiment."""

TOLERANCE = 0.01
"""A number is right within this part of it, unless its question says otherwise."""

ONLY_FOR: Mapping[str, tuple[QuestionType, ...]] = {
    "of": ("largest", "smallest", "which", "affects", "affected_by", "writes"),
    "slips": ("number",),
    "tolerance": ("number",),
}
"""Keys that only some questions have."""


def written_plan(values: dict[str, Any], source: TomlText) -> LessonPlan:
    """The lesson of a document. Raises `LessonError`, placed in its source."""
    return _Reader(values, source).plan()


@dataclass(frozen=True)
class _Reader:
    """Reads one document."""

    values: dict[str, Any]
    source: TomlText

    def fail(self, what: str, *path: str, hint: str = "", within: str = "") -> NoReturn:
        place = self.source.within(path, within) if within else self.source.place(*path)
        raise LessonError(what, place=place, hint=hint)

    # --- the lesson ----------------------------------------------------------------------------

    def plan(self) -> LessonPlan:
        lesson = self.table(self.values, "lesson", ())
        if "lesson" not in self.values:
            self.fail("steps without a lesson", "step", hint="write [lesson] before the first one")
        self.known(lesson, LESSON_KEYS, "lesson")
        self.experiment(lesson)
        steps = self.tables(self.values, "step", ())
        if not steps:
            self.fail("a lesson without steps", "lesson", hint="write [[step]] and below it  text")
        timelines = self.table(lesson, "timelines", ("lesson",))
        return LessonPlan(
            name=self.source.name,
            title=self.text(self.values, "title", ()).text.strip(),
            goal=self.text(lesson, "goal", ("lesson",)),
            next=self.text(lesson, "next", ("lesson",)).text,
            timelines={name: self.fork(name, timelines) for name in timelines},
            steps=tuple(self.step(step, ("step", str(i))) for i, step in enumerate(steps)),
            source=self.source,
            values=self.values,
        )

    def experiment(self, lesson: Mapping[str, Any]) -> None:
        """Refuse two experiments, and settings of the file's own."""
        path = ("lesson", "experiment")
        if "experiment" not in lesson:
            if "set" in lesson:
                self.fail(
                    "set changes an experiment that stands elsewhere",
                    "lesson",
                    "set",
                    hint="this file has its own: change it there",
                )
            return
        if not self.text(lesson, "experiment", ("lesson",)).text:
            self.fail("experiment wants a lesson's name or a file's path", *path)
        for key in OWN:
            if key in self.values:
                self.fail(
                    f"two experiments: '{lesson['experiment']}' and the {key} of this file",
                    key,
                    hint=f"leave out  experiment,  or write  set = ['{key}.…']",
                )
        self.texts(lesson, "set", ("lesson",))

    def fork(self, name: str, timelines: Mapping[str, Any]) -> ForkPlan:
        path = ("lesson", "timelines", name)
        table = self.table(timelines, name, path[:-1])
        self.known(table, FORK_KEYS, *path)
        kinds: list[ForkKind] = [kind for kind in FORKS if kind in table]
        if len(kinds) != 1:
            self.fail(
                f"timeline '{name}' wants one of set, drop, skip; {listed(kinds) or 'none'} came",
                *path,
                hint='like  { after = "e1", set = "w1", to = 0.5 }',
            )
        kind, what = kinds[0], table[kinds[0]]
        if kind == "set" and ("to" not in table or not isinstance(what, str)):
            self.fail("set wants a name, and  to  its new value", *path, "set")
        if kind != "set" and "to" in table:
            self.fail(f"to is for set, and not for {kind}", *path, "to")
        if kind == "drop" and type(what) is not int:
            self.fail(f"drop wants a sample, counted from 1; {came(what)} came", *path, "drop")
        if kind == "skip" and not isinstance(what, str):
            self.fail(f"skip wants a parameter, or ''; a {kind_of(what)} came", *path, "skip")
        after = self.text(table, "after", path)
        return ForkPlan(name, after, kind, what, table.get("to"), path)

    # --- steps ---------------------------------------------------------------------------------

    def step(self, table: Mapping[str, Any], path: Path) -> StepPlan:
        self.known(table, STEP_KEYS, *path)
        text = self.text(table, "text", path)
        if not text.text.strip():
            self.fail(f"{_where(path)} has no text", *path, hint='write  text = """ … """')
        questions = self.tables(table, "question", path)
        return StepPlan(
            text=text,
            at=self.text(table, "at", path),
            on=self.timeline(table, path),
            look=self.look(table, path),
            questions=tuple(
                self.question(question, (*path, "question", str(i)))
                for i, question in enumerate(questions)
            ),
            path=path,
        )

    def timeline(self, table: Mapping[str, Any], path: Path) -> Written:
        on = self.text(table, "on", path)
        known = self.values["lesson"].get("timelines", {})
        if on.text and on.text not in known:
            hint = did_you_mean(on.text, known, "declare it in [lesson.timelines]")
            self.fail(f"there is no timeline '{on.text}'", *on.path, hint=hint)
        return on

    def look(self, table: Mapping[str, Any], path: Path) -> Look:
        look, path = self.table(table, "look", path), (*path, "look")
        self.known(look, LOOK_KEYS, *path)
        node, view, level = (self.text(look, key, path).text for key in ("node", "view", "level"))
        if view and view not in VIEWS:
            hint = did_you_mean(view, VIEWS, f"there are: {listed(VIEWS)}")
            self.fail(f"there is no view '{view}'", *path, "view", hint=hint, within=view)
        levels: dict[str, Level] = {"formula": "formula", "op": "op"}
        if level and level not in levels:
            self.fail(f"level wants formula or op; '{level}' came", *path, "level", within=level)
        sample = look.get("sample")
        if sample is not None and (type(sample) is not int or sample < 1):
            self.fail(
                f"sample wants a whole number of at least 1; {came(sample)} came", *path, "sample"
            )
        return Look(node, view, sample, levels.get(level))

    # --- questions -----------------------------------------------------------------------------

    def question(self, table: Mapping[str, Any], path: Path) -> QuestionPlan:
        self.known(table, QUESTION_KEYS, *path)
        kinds: list[QuestionType] = [kind for kind in TYPES if kind in table]
        if len(kinds) != 1:
            self.fail(
                f"a question wants one of {listed(TYPES)}; {listed(kinds) or 'none of them'} came",
                *path,
                hint='like  number = "grad(w1)"',
            )
        kind = kinds[0]
        for key, users in ONLY_FOR.items():
            if key in table and kind not in users:
                self.fail(f"{key} is for {listed(users)}, and not for {kind}", *path, key)
        ask = self.text(table, "ask", path)
        if not ask.text.strip():
            self.fail("a question that asks nothing", *path, hint='write  ask = "…?"')
        chosen = kind == "choices"
        return QuestionPlan(
            type=kind,
            ask=ask,
            subject=Written("", path) if chosen else self.wanted(table, kind, path),
            of=tuple(written.text for written in self.texts(table, "of", path)),
            choices=self.rows(table, "choices", path, self.choice) if chosen else (),
            slips=self.rows(table, "slips", path, self.slip),
            tolerance=self.tolerance(table, path),
            answer=self.answer(table, kind, path),
            hints=self.texts(table, "hints", path),
            why=self.text(table, "why", path),
            path=path,
        )

    def choice(self, table: Mapping[str, Any], path: Path) -> ChoicePlan:
        self.known(table, CHOICE_KEYS, *path)
        text, condition = self.wanted(table, "text", path), self.wanted(table, "if", path)
        return ChoicePlan(text, condition, self.text(table, "reason", path))

    def slip(self, table: Mapping[str, Any], path: Path) -> SlipPlan:
        self.known(table, SLIP_KEYS, *path)
        return SlipPlan(self.wanted(table, "number", path), self.wanted(table, "say", path))

    def tolerance(self, table: Mapping[str, Any], path: Path) -> float:
        value = table.get("tolerance", TOLERANCE)
        if type(value) not in (int, float) or not 0 <= value <= 0.5:
            self.fail(
                f"tolerance wants a number from 0 to 0.5; {came(value)} came",
                *path,
                "tolerance",
                hint="0.01 is right within a hundredth of the answer",
            )
        return float(value)

    def answer(self, table: Mapping[str, Any], kind: QuestionType, path: Path) -> Any:
        value = table.get("answer")
        if value is None:
            return None
        fits: Mapping[str, tuple[Callable[[Any], bool], str]] = {
            "number": (lambda v: type(v) in (int, float), "a number"),
            **dict.fromkeys(("which", "affects", "affected_by"), (_is_texts, "a list of names")),
        }
        right, words = fits.get(kind, (lambda v: isinstance(v, str), "a text"))
        if not right(value):
            self.fail(f"the answer is {words}; {came(value)} came", *path, "answer")
        return value

    # --- values --------------------------------------------------------------------------------

    def known(self, table: Mapping[str, Any], known: Sequence[str], *path: str) -> None:
        for key in table:
            if key not in known:
                at = self.source.keys.get((*path, key))
                raise LessonError(
                    f"unknown key '{key}' in {_where(path)}",
                    place=at or self.source.within(path, key),
                    hint=did_you_mean(key, known, f"known keys: {listed(known, 30)}"),
                )

    def table(self, table: Mapping[str, Any], key: str, path: Path) -> dict[str, Any]:
        value = table.get(key, {})
        if not isinstance(value, dict):
            self.fail(f"{key} wants a table; {came(value)} came", *path, key)
        return value

    def tables(self, table: Mapping[str, Any], key: str, path: Path) -> list[dict[str, Any]]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            name = ".".join(part for part in (*path, key) if not part.isdigit())
            hint = f"write [[{name}]] before each one"
            self.fail(f"{key} wants tables; {came(value)} came", *path, key, hint=hint)
        return value

    def rows(
        self,
        table: Mapping[str, Any],
        key: str,
        path: Path,
        read: Callable[[Mapping[str, Any], Path], Any],
    ) -> tuple[Any, ...]:
        """A list of inline tables, each read by `read`."""
        found = self.tables(table, key, path)
        return tuple(read(row, (*path, key, str(i))) for i, row in enumerate(found))

    def text(self, table: Mapping[str, Any], key: str, path: Path) -> Written:
        value = table.get(key, "")
        if not isinstance(value, str):
            self.fail(f"{key} wants a text; {came(value)} came", *path, key)
        return Written(value, (*path, key))

    def wanted(self, table: Mapping[str, Any], key: str, path: Path) -> Written:
        """A text that has to be there."""
        written = self.text(table, key, path)
        if not written.text.strip():
            self.fail(f"{_where(path)} has no {key}", *path, key)
        return written

    def texts(self, table: Mapping[str, Any], key: str, path: Path) -> tuple[Written, ...]:
        value = table.get(key, [])
        if not _is_texts(value):
            self.fail(f"{key} wants a list of texts; {came(value)} came", *path, key)
        return tuple(Written(text, (*path, key)) for text in value)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _where(path: Sequence[str]) -> str:
    """A path for a reader: ``step 2, question 1``."""
    words: list[str] = []
    for part in path:
        if part.isdigit() and words:
            words[-1] += f" {int(part) + 1}"
        else:
            words.append({"choices": "choice", "slips": "slip"}.get(part, part))
    return ", ".join(words) if path[0] == "step" else f"[{'.'.join(path)}]"

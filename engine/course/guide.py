"""A guide leads a reader through a lesson: step by step, each at its place of the run.

Everything that a lesson says of its run is read when the guide is made, and computed when its step
is looked at. Timelines that the lesson has are forked on the reader's debugger when they are
needed; nothing else of it changes but where the reader is led to.
May import: debugger, errors, places, quiz, the rest of this room.   Imported by: the public face.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.course.asked import AskedPlan, read_question
from engine.course.inquiries import Inquirer, Stand
from engine.course.places import ordinal, spot
from engine.course.plan import ForkPlan, LessonPlan, Look, StepPlan
from engine.course.progress import Mark, Progress
from engine.course.texts import Hole, Text, read_text
from engine.debugger import Debugger
from engine.edits import Edit
from engine.errors import GradstepError, LessonError, TargetError
from engine.places import Position
from engine.quiz.judging import Judgement, Outcome, judge, skipped, wanted
from engine.quiz.questions import Question
from engine.run import Run
from engine.timelines import MAIN, Timeline
from engine.trace import Address


@dataclass(frozen=True, eq=False)
class StepReading:
    """A step whose places, texts and questions have been read."""

    plan: StepPlan
    stand: Stand
    text: Text
    questions: tuple[AskedPlan, ...]

    @property
    def stands(self) -> Iterator[Stand]:
        """Where it stands and looks: what has to be recorded before it can be shown."""
        yield self.stand
        texts = [self.text, *(text for question in self.questions for text in question.texts)]
        yield from (
            part.inquiry.stand for text in texts for part in text.parts if isinstance(part, Hole)
        )
        for question in self.questions:
            if question.subject is not None:
                yield question.subject.stand
            yield from (asked.stand for asked in question.each.values())
            yield from (condition.stand for _, condition, _ in question.choices)
            yield from (slip.stand for slip, _ in question.slips)


@dataclass(frozen=True)
class Page:
    """A step as a reader sees it."""

    number: int
    """Counted from 1."""
    of: int
    text: str
    """Paragraphs, with ``**strong**`` and ```code``` as in Markdown."""
    address: Address
    timeline: str
    """Empty: the run as the experiment has it."""
    look: Look
    questions: tuple[Question | None, ...]
    """None where one cannot be asked of this run."""
    problems: tuple[LessonError, ...] = ()
    """What the step says that this run does not."""


class Guide:
    """Leads through one lesson on a debugger of its experiment.

    Raises `LessonError`, placed in the file, for what the lesson names and the experiment does not
    have.
    """

    def __init__(
        self, debugger: Debugger, plan: LessonPlan, progress: Progress | None = None
    ) -> None:
        self.debugger, self.plan = debugger, plan
        self.progress = progress or Progress()
        """What the reader has done; a new one whenever that changes."""
        self.hints = 0
        """How many hints for the open question have been given."""
        self.wrong = 0
        """How many wrong replies there were to it."""
        self.last: Judgement | None = None
        """What was said of the last one of them."""
        self._pages: dict[int, Page] = {}
        self._forks: dict[str, int] = {}
        """After which event of the run each timeline of the lesson is forked."""
        self._edits: dict[str, Edit] = {}
        """By what each that has been forked is known."""
        self._read_timelines()
        self.steps = tuple(self._read_steps())

    # --- reading -------------------------------------------------------------------------------

    def _read_timelines(self) -> None:
        """Where the lesson's timelines are forked."""
        scope = self.debugger.stops.scope
        for name, fork in self.plan.timelines.items():
            if name == MAIN:
                what = f"'{MAIN}' is the run as the experiment has it"
                raise self.plan.error(what, fork.path, hint="give the timeline another name")
            try:
                after = ordinal(spot(fork.after.text or "start", scope, 1), scope)
            except GradstepError as error:
                raise self.plan.located(error, fork.after) from None
            self._forks[name] = after

    def _read_steps(self) -> Iterator[StepReading]:
        here = 1
        for step in self.plan.steps:
            scope = self.debugger.stops.scope
            if step.at.text:
                try:
                    here = ordinal(spot(step.at.text, scope, here), scope)
                except GradstepError as error:
                    raise self.plan.located(error, step.at) from None
            stand = Stand(step.on.text, here)
            self._check_look(step)
            inquirer = Inquirer(scope, tuple(self.plan.timelines), stand)
            yield StepReading(
                step,
                stand,
                read_text(self.plan, step.text, inquirer),
                tuple(read_question(self.plan, q, inquirer) for q in step.questions),
            )

    def _check_look(self, step: StepPlan) -> None:
        path = (*step.path, "look")
        if step.look.node:
            try:
                self.debugger.graph.id_of(step.look.node)
            except TargetError as error:
                raise self.plan.error(
                    error.what, (*path, "node"), error.hint, within=step.look.node
                ) from None
        batch = self.debugger.stops.scope.full_batch
        if step.look.sample is not None and step.look.sample > batch:
            raise self.plan.error(
                f"there is no sample {step.look.sample} in a batch of {batch}", (*path, "sample")
            )

    # --- timelines -----------------------------------------------------------------------------

    def run(self, timeline: str) -> Run:
        """The run of one of the lesson's timelines; empty: of the experiment as it is."""
        return self.timeline(timeline).run

    def timeline(self, name: str) -> Timeline:
        """The debugger's timeline that is one of the lesson's, forked where it is not there yet.

        The reader may have renamed it, or deleted it: it is known by its edit. Raises `LessonError`
        where the edit does not fit.
        """
        root, *others = self.debugger.timelines
        if not name:
            return root
        edit = self._edits.get(name)
        known = (t for t in others if edit is not None and _is_that(t, root, edit))
        return next(known, None) or self._fork(root, self.plan.timelines[name])

    def _fork(self, root: Timeline, plan: ForkPlan) -> Timeline:
        debugger, here = self.debugger, self.debugger.position
        before = tuple(debugger.timelines)
        name = plan.name if plan.name not in {timeline.name for timeline in before} else ""
        try:
            debugger.switch(root.name)
            debugger.goto(self._forks[plan.name])
            match plan.kind:
                case "set":
                    made = debugger.set(plan.what, plan.to, name=name)
                case "drop":
                    made = debugger.drop(plan.what, name=name)
                case "skip":
                    made = debugger.skip(plan.what, name=name)
        except GradstepError as error:
            raise self.plan.error(error.what, plan.path, error.hint) from None
        finally:
            debugger.switch(here.timeline)
            debugger.goto(here.ordinal)
        assert made.edit is not None
        self._edits[plan.name] = made.edit
        for timeline in before:  # of a session that was opened again
            if _is_that(timeline, root, made.edit):
                debugger.delete(made.name)
                return timeline
        return made

    def position(self, step: int) -> Position:
        """Where a step stands, counted from 0. Raises `LessonError`."""
        stand = self.steps[step].stand
        return Position(self.timeline(stand.timeline).name, stand.ordinal)

    def needs(self, step: int) -> Iterator[tuple[Run, int]]:
        """The runs and events that a step, counted from 0, is about, the last ones first.

        Whoever has each of them recorded, piece by piece, before asking for the next one need not
        wait for timelines to be forked, nor for `page`.
        """
        stands = sorted(set(self.steps[step].stands), key=lambda stand: -stand.ordinal)
        for timeline in dict.fromkeys(stand.timeline for stand in stands):
            if timeline:
                yield self.run(""), self._forks[timeline]
        for stand in stands:
            yield self.run(stand.timeline), stand.ordinal

    @property
    def forked(self) -> frozenset[str]:
        """The debugger's timelines that are the lesson's own, and not the reader's."""
        root, *others = self.debugger.timelines
        edits = self._edits.values()
        return frozenset(t.name for t in others if any(_is_that(t, root, edit) for edit in edits))

    # --- reading a step ------------------------------------------------------------------------

    @property
    def at(self) -> int:
        """The step that the reader is on, counted from 0."""
        return self.progress.at

    def page(self, step: int | None = None) -> Page:
        """A step, counted from 0, as a reader sees it; by default the one that the reader is on."""
        step = self.at if step is None else step
        if step not in self._pages:
            self._pages[step] = self._page(step)
        return self._pages[step]

    def _page(self, step: int) -> Page:
        reading, problems = self.steps[step], list[LessonError]()
        where = self.debugger.calendar.address(reading.stand.ordinal)

        def say(text: Text) -> str:
            said, wrong = text.filled(self.run)
            for hole, error in wrong:
                problems.append(self.plan.located(error, text.written, within=hole.inquiry.text))
            return said

        def asked(question: AskedPlan) -> Question | None:
            try:
                return question.question(where, self.run, say)
            except GradstepError as error:
                problems.append(self.plan.error(error.what, question.plan.path, error.hint))
                return None

        return Page(
            number=step + 1,
            of=len(self.steps),
            text=say(reading.text).strip(),
            address=where,
            timeline=reading.stand.timeline,
            look=reading.plan.look,
            questions=tuple(map(asked, reading.questions)),
            problems=tuple(problems),
        )

    def turn(self, step: int) -> Page:
        """Go to a step, counted from 0, and count it as read. Raises `LessonError`."""
        if not 0 <= step < len(self.steps):
            raise LessonError(
                f"there is no step {step + 1} in this lesson",
                hint=f"it has {len(self.steps)}, counted from 1",
            )
        page = self.page(step)
        if step != self.at:
            self._begin()
        self.progress = self.progress.stepped(step)
        return page

    # --- questions -----------------------------------------------------------------------------

    @property
    def open(self) -> int | None:
        """The first question of this step that has no answer yet, counted from 0."""
        questions = self.page().questions
        numbers = (i for i, question in enumerate(questions) if question is not None)
        return next((i for i in numbers if (self.at, i) not in self.progress.marks), None)

    @property
    def question(self) -> Question | None:
        """The question that is open; None where all of this step are answered."""
        return None if self.open is None else self.page().questions[self.open]

    def hint(self) -> str | None:
        """One more hint for the open question; None where there is none left."""
        question = self.question
        if question is None or self.hints >= len(question.hints):
            return None
        self.hints += 1
        return question.hints[self.hints - 1]

    def reply(self, text: str) -> Judgement:
        """Answer the open question: a right answer closes it, a wrong one may be tried again.

        Raises `ReplyError` for what is no answer, and `LessonError` where no question is open.
        """
        question = self._open_question()
        judgement = judge(question, text)
        if judgement.outcome is Outcome.RIGHT:
            self._close(Mark.HELPED if self.hints or self.wrong else Mark.FIRST)
        else:
            self.wrong += 1
            self.last = judgement
        return judgement

    def show(self) -> Judgement:
        """Give the open question up: the right answer. Raises `LessonError` where none is open."""
        question = self._open_question()
        self._close(Mark.SHOWN)
        return skipped(question)

    def _open_question(self) -> Question:
        if self.question is None:
            raise LessonError(
                "no question is open here", hint="read on: the next step is `lesson next`"
            )
        return self.question

    def _close(self, mark: Mark) -> None:
        assert self.open is not None
        self.progress = self.progress.marked((self.at, self.open), mark)
        self._begin()

    def _begin(self) -> None:
        """The next question has seen no reply yet."""
        self.hints = self.wrong = 0
        self.last = None

    def wanted(self, number: int) -> str:
        """The right answer to a question of this step, counted from 0."""
        question = self.page().questions[number]
        assert question is not None
        return wanted(question.answer)

    # --- the whole lesson ----------------------------------------------------------------------

    @property
    def finished(self) -> bool:
        """Whether every step was read and every question answered."""
        every = len(self.progress.read) == len(self.steps)
        return every and len(self.progress.marks) >= self.plan.questions


def _is_that(timeline: Timeline, root: Timeline, edit: Edit) -> bool:
    return timeline.parent == root.name and timeline.edit == edit

"""The quiz of one sitting: questions at the cursor as they are asked for, and one score for all.

May import: engine's public face.   Imported by: screens.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engine import Debugger, Position, Question, Quiz, Run, each_question


class Sitting:
    """Asks about one place after another; what was answered is not asked again."""

    def __init__(self) -> None:
        self.quiz = Quiz(())
        """What was asked and answered, and the question that is open."""
        self._place: tuple[Run, Position] | None = None
        self._coming: Iterator[Question] = iter(())

    def sit(self, debugger: Debugger) -> bool:
        """Ask about the cursor's event, by the seed of the run; whether there is a question.

        The question that is open here stays open, with its hints; one about another place is
        dropped. Raises `GradstepError` where the run cannot be recorded.
        """
        place = (debugger.run, debugger.position)
        if place != self._place:
            self._place = place
            seed = debugger.experiment.training.seed
            self._coming = each_question(debugger.run, debugger.at, seed)
            answered = self.quiz.questions[: len(self.quiz.verdicts)]
            self.quiz = replace(self.quiz, questions=answered, hints=0)
        return self.quiz.current is not None or self.ask()

    def ask(self) -> bool:
        """Go on to the next question; whether there is one."""
        asked = self.quiz.questions
        for question in self._coming:
            if question not in asked:
                self.quiz = replace(self.quiz, questions=(*asked, question))
                return True
        return False

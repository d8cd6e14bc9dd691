"""Completion at the prompt: from a line and a cursor to what may stand there, with help.

Pure values: no Textual and no engine. What has a name in the experiment comes as a `Vocabulary`,
what may follow a command is read from the usage that the command table gives it.
May import: tui.commands.   Imported by: views (the vocabulary), drawing, screens.
"""

from __future__ import annotations

from tui.completion.complete import Completion, Hint, complete
from tui.completion.matching import matching, prefixed
from tui.completion.vocabulary import Times, Vocabulary, Word

__all__ = [
    "Completion",
    "Hint",
    "Times",
    "Vocabulary",
    "Word",
    "complete",
    "matching",
    "prefixed",
]

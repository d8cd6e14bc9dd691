"""The rows around the line that is typed: what it may become, how it is used, what is wrong.

May import: tui.completion, tui.models, rows.   Imported by: widgets.
"""

from __future__ import annotations

from collections.abc import Sequence

from tui.completion import Hint, Word
from tui.drawing.rows import fitted, width_of, wrapped
from tui.models.text import Row, Span, Style

MARK = "❯"
"""Stands before the word that is chosen."""

GAP = "  "

ROOM_FOR_COUNT, ROOM_FOR_KIND = 24, 32
"""Cells from which on a list says how many more words there are, and of which kind each is."""


def window(count: int, chosen: int | None, height: int) -> int:
    """The first of `count` rows that is shown, so that the chosen one is in sight."""
    last = max(0, count - height)
    return min(max(0, (chosen or 0) - height // 2), last)


def word_rows(
    words: Sequence[Word], chosen: int | None, width: int, height: int, ground: Style = ""
) -> list[Row]:
    """Words with their kinds and help in columns, as many as there is room for.

    `ground` is a style for what stands behind them.
    """
    first = window(len(words), chosen, height)
    shown = words[first : first + height]
    # From all words, so that the columns stay where they are when the list scrolls.
    name = min(max(width_of(((w.text, ""),)) for w in words), max(8, width // 2)) if words else 0
    kind = max(width_of(((w.kind, ""),)) for w in words) if words else 0
    below = len(words) - first - len(shown)
    rows: list[Row] = []
    for place, word in enumerate(shown, first):
        here = place == chosen
        under = "current" if here else ground
        spans: list[Span] = [
            (f"{MARK if here else ' '} ", f"title {under} bold"),
            *fitted(((word.text, f"{'title' if here else 'text'} {under} bold"),), name, under),
        ]
        if kind and width >= ROOM_FOR_KIND:
            spans += [(GAP, under), *fitted(((word.kind, f"dim {under}"),), kind, under)]
        spans += [(GAP, under), (word.help, f"{'text' if here else 'dim'} {under}")]
        last = below and len(rows) == len(shown) - 1 and width > ROOM_FOR_COUNT
        note = f"  ↓ {below} more " if last else ""
        row = fitted(spans, width - len(note), under)
        rows.append((*row, (note, f"dim {under}")) if note else row)
    return rows


def hint_row(hint: Hint, width: int, note: str = "") -> Row:
    """How a command is used, the part where the cursor stands made bold, then help, then a note.

    Help and the note stand there if there is room; of a long usage the part that matters stays.
    """
    usage: list[Span] = [(f"{hint.name} ", "key bar bold")] if hint.name else []
    for text, here in hint.usage:
        usage.append((text, "title bar bold underline" if here else "dim bar"))
    room = width - 2
    while width_of(usage) > room and len(usage) > 1 and "title" not in usage[0][1]:
        del usage[0]
    parts: list[Span] = usage or [(hint.help, "text bar")]
    for text, style in ((hint.help * bool(usage), "text bar"), (note, "dim bar")):
        if text and width_of(parts) + 3 + width_of(((text, ""),)) <= room:
            parts += [("   ", "bar"), (text, style)]
    return ((" ", "bar"), *fitted(parts, width - 1, "bar"))


def complaint_rows(what: str, width: int) -> list[Row]:
    """What is wrong with the line, as many rows as it takes."""
    rows = wrapped(((what, "stop bar bold"),), max(8, width - 2), 0)
    return [((" ", "bar"), *fitted(row, width - 1, "bar")) for row in rows]


def caret_row(start: int, stop: int, width: int) -> Row:
    """Carets under the cells from `start` up to `stop`."""
    start, stop = max(0, start), min(stop, width)
    return fitted(((" " * start, "bar"), ("^" * (stop - start), "stop bar bold")), width, "bar")

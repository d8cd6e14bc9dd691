"""The room of derivations: one gradient taken apart by the chain rule, as far down as its numbers.

`derive` makes a `Derivation`, a view model of arrays and short texts; `as_text`, `as_markdown` and
`as_latex` write it, each with a function that says how a number looks.
May import: explain, influence, graph, ops, shapes, trace, why.   Imported by: debugger, the public
face.
"""

from __future__ import annotations

from engine.derivation.latex import as_latex
from engine.derivation.markdown import as_markdown
from engine.derivation.model import Arrival, Derivation, Shares, Term, Way, derive
from engine.derivation.text import as_text

__all__ = [
    "Arrival",
    "Derivation",
    "Shares",
    "Term",
    "Way",
    "as_latex",
    "as_markdown",
    "as_text",
    "derive",
]

"""The room of derivations: one gradient taken apart by the chain rule, as far down as its numbers.

`derive` makes a `Derivation`, a view model of arrays and short texts, and `document` puts it into
an order of blocks. `derivation_text`, `derivation_markdown` and `derivation_latex` write these,
each with a function that says how a number looks; `derivation_lines` gives the text part by part to
a screen, `derivation_fields` the numbers to a program. `makeup` says of one number of which others
it is made, and `matrix_product` of an array of which two matrices.
May import: explain, influence, graph, ops, shapes, trace, why.   Imported by: debugger, the public
face.
"""

from __future__ import annotations

from engine.derivation.chain import derive
from engine.derivation.elements import Makeup, makeup
from engine.derivation.fields import derivation_fields
from engine.derivation.latex import derivation_latex
from engine.derivation.markdown import derivation_markdown
from engine.derivation.matrices import Matrix, MatrixProduct, matrix_product
from engine.derivation.model import Arrival, Derivation, Shares, Term, Way
from engine.derivation.text import TextLine, derivation_lines, derivation_text, share_lines

__all__ = [
    "Arrival",
    "Derivation",
    "Makeup",
    "Matrix",
    "MatrixProduct",
    "Shares",
    "Term",
    "TextLine",
    "Way",
    "derivation_fields",
    "derivation_latex",
    "derivation_lines",
    "derivation_markdown",
    "derivation_text",
    "derive",
    "makeup",
    "matrix_product",
    "share_lines",
]

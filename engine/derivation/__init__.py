"""The room of derivations: one gradient taken apart by the chain rule, as far down as its numbers.

`derive` makes a `Derivation`, a view model of arrays and short texts. `derivation_text`,
`derivation_markdown` and `derivation_latex` write it, each with a function that says how a number
looks; `derivation_fields` gives it to a program. `makeup` says of one number of which others it is
made, and `matrix_product` of an array of which two matrices.
May import: explain, influence, graph, ops, shapes, trace, why.   Imported by: debugger, the public
face.
"""

from __future__ import annotations

from engine.derivation.elements import Makeup, makeup
from engine.derivation.fields import derivation_fields
from engine.derivation.latex import derivation_latex
from engine.derivation.markdown import derivation_markdown
from engine.derivation.matrices import Matrix, MatrixProduct, matrix_product
from engine.derivation.model import Arrival, Derivation, Shares, Term, Way, derive
from engine.derivation.text import derivation_text

__all__ = [
    "Arrival",
    "Derivation",
    "Makeup",
    "Matrix",
    "MatrixProduct",
    "Shares",
    "Term",
    "Way",
    "derivation_fields",
    "derivation_latex",
    "derivation_markdown",
    "derivation_text",
    "derive",
    "makeup",
    "matrix_product",
]

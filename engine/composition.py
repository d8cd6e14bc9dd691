"""The formulas of the factors on a path as one formula.

May import: the standard library.   Imported by: explain, derivation.
"""

from __future__ import annotations

from collections.abc import Iterable

HOLE = "(·)"
"""In the text of a linear map that is no product, such as ``xᵀ @ (·)``: what flows into it."""


def composed(texts: Iterable[str]) -> str:
    """The texts of factors as one: multiplied, or put in where a linear map takes them."""
    text = ""
    for factor in texts:
        if HOLE in factor:
            inner = text or "1"
            text = factor.replace(HOLE, inner if _tight(inner) else f"({inner})")
        elif not text:
            text = factor
        else:
            left = text if _multiplies(text) else f"({text})"
            alone = _multiplies(factor) and not factor.startswith("−")
            text = f"{left} · {factor if alone else f'({factor})'}"
    return text or "1"


def _outside(text: str) -> str:
    """What stands outside of all parentheses and brackets."""
    depth, kept = 0, []
    for sign in text:
        depth -= sign in ")]"
        if depth == 0:
            kept.append(sign)
        depth += sign in "(["
    return "".join(kept)


def _multiplies(text: str) -> bool:
    """Whether a text can stand as it is in a product."""
    outside = _outside(text)
    return not any(sign in outside for sign in (" + ", " − ", " - ", " @ ", " > ", " == ", "Σ"))


def _tight(text: str) -> bool:
    """Whether a text can stand as it is next to any operator."""
    return " " not in _outside(text) and not text.startswith("−")

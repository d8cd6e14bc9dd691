"""Shades between a theme's colours: how strong an edge is, how large a number in a table.

May import: the standard library.   Imported by: field_colours, theme.
"""

from __future__ import annotations

from collections.abc import Mapping

INKS = {"plus": "positive", "minus": "negative"}
"""Lines that tell a sign, ``plus1`` to ``plus3``: the colour of the sign, more and more of it."""

GROUNDS = {"warm": "positive", "cold": "negative"}
"""Backgrounds of positive and negative numbers, ``warm1`` to ``warm4``."""

_INK_SHARES = (0.36, 0.62, 1.0)
_GROUND_SHARES = (0.07, 0.14, 0.23, 0.34)

GROUND_NAMES = tuple(
    f"{name}{level}" for name in GROUNDS for level in range(1, len(_GROUND_SHARES) + 1)
)


def shades(colours: Mapping[str, str]) -> dict[str, str]:
    """The shades that follow from a theme's own colours, as ``#rrggbb`` by name."""
    found: dict[str, str] = {}
    for names, shares in ((INKS, _INK_SHARES), (GROUNDS, _GROUND_SHARES)):
        for name, colour in names.items():
            for level, share in enumerate(shares, 1):
                found[f"{name}{level}"] = mixed(colours["background"], colours[colour], share)
    return found


def mixed(ground: str, ink: str, share: float) -> str:
    """A colour that lies so far on the way from one to the other."""
    parts = zip(_parts(ground), _parts(ink), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))

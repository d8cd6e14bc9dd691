"""Keys by name: as Textual calls them, and as a keyboard prints them.

May import: the standard library.   Imported by: table, completion, screens, written_keys.
"""

from __future__ import annotations

import string
import unicodedata

_RENAMED = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
"""Signs that Textual calls otherwise than Unicode does."""


def named(sign: str) -> str:
    """Textual's name of the key that types a sign."""
    if sign.isalnum():
        return sign
    name = unicodedata.name(sign, "").lower().replace("-", "_").replace(" ", "_")
    return _RENAMED.get(name, name)


SIGNS = {named(sign): sign for sign in string.punctuation}

WORDS = {
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "home": "Home",
    "end": "End",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "insert": "Ins",
    "delete": "Del",
    "backspace": "backspace",
    "enter": "enter",
    "tab": "tab",
    "space": "space",
    "escape": "esc",
    **{f"f{number}": f"F{number}" for number in range(1, 21)},
}
"""Keys that type no sign, and what is printed on them."""


def spelled(key: str) -> str:
    """A key, by Textual's name, as it is printed on a keyboard."""
    *modifiers, base = key.split("+") if key != "+" else [key]
    return "+".join((*modifiers, SIGNS.get(base) or WORDS.get(base, base)))

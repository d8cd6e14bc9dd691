"""Keys by name: as Textual calls them, as a keyboard prints them, as a reader may write them.

May import: the standard library.   Imported by: table, settings, completion, screens.
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


def _named(sign: str) -> str:
    """Textual's name of the key that types a sign."""
    if sign.isalnum():
        return sign
    name = unicodedata.name(sign, "").lower().replace("-", "_").replace(" ", "_")
    return _RENAMED.get(name, name)


_SIGNS = {_named(sign): sign for sign in string.punctuation}

_WORDS = {
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

_MODIFIERS = ("alt", "ctrl", "shift")

_ELSEWHERE = {
    "ctrl+i": "terminals send it as tab",
    "ctrl+m": "terminals send it as enter",
    "ctrl+left_square_bracket": "terminals send it as escape",
    "ctrl+q": "it always quits",
}
"""Keys that can be given to no command."""


def spelled(key: str) -> str:
    """A key, by Textual's name, as it is printed on a keyboard."""
    *modifiers, base = key.split("+") if key != "+" else [key]
    return "+".join((*modifiers, _SIGNS.get(base) or _WORDS.get(base, base)))


def types_a_sign(key: str) -> bool:
    """Whether a key, by Textual's name, puts a sign into a line that is typed."""
    return len(key) == 1 or key == "space" or key in _SIGNS


class NoSuchKey(ValueError):
    """What no keyboard has, or no terminal sends."""

    def __init__(self, what: str, word: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what, self.hint = what, hint
        self.word = word
        """The part that is wrong, where it may be a slip of the pen."""


KEY_WORDS = (*_WORDS, *_MODIFIERS)
"""What keys are called that type no sign, and what can be held with them."""


def key_named(text: str) -> str:
    """Textual's name of a key that a reader has written: ``?``, ``ctrl+x``, ``F5``, ``→``, ``esc``.

    Raises `NoSuchKey`.
    """
    *modifiers, base = [part.strip() for part in _parted(text)]
    modifiers = [modifier.lower() for modifier in modifiers]
    key = _base(base)
    if key is None or not set(modifiers) <= set(_MODIFIERS):
        wrong = next((word for word in modifiers if word not in _MODIFIERS), base)
        raise NoSuchKey(f"there is no key '{text}'", wrong)
    if len(key) == 1:
        if "shift" in modifiers and key.isalpha():
            modifiers.remove("shift")
            key = key.upper()
        if "ctrl" in modifiers:
            key = key.lower()
    if "shift" in modifiers and (len(key) == 1 or key in _SIGNS):
        raise NoSuchKey(f"there is no key '{text}'", hint="write the sign that it types")
    name = "+".join((*sorted(set(modifiers)), key))
    if name in _ELSEWHERE:
        raise NoSuchKey(f"{spelled(name)} cannot be chosen: {_ELSEWHERE[name]}")
    return name


def _parted(text: str) -> list[str]:
    """The modifiers and the key; a plus may be the key itself."""
    if text == " ":
        return ["space"]
    before, plus, _ = text.rpartition("+") if text.endswith("+") else (text, "", "")
    if plus:
        return [*filter(None, before.rstrip("+").split("+")), "plus"]
    return before.split("+")


def _base(word: str) -> str | None:
    """The key without its modifiers; None for what is none."""
    if len(word) == 1 and word.isprintable():
        printed = {sign: name for name, sign in _WORDS.items()}
        return printed.get(word) or _named(word) or None
    known = {**_WORDS, **_SIGNS}
    if word.lower() in known:
        return word.lower()
    return next((name for name, sign in _WORDS.items() if sign.lower() == word.lower()), None)

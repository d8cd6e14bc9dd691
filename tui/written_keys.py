"""Keys as a reader writes them, in the config file.

May import: engine's public face, keys.   Imported by: settings.
"""

from __future__ import annotations

from engine import GradstepError, did_you_mean
from tui.keys import SIGNS, WORDS, named, spelled

_MODIFIERS = ("alt", "ctrl", "shift")

_ELSEWHERE = {
    "ctrl+i": "terminals send it as tab",
    "ctrl+m": "terminals send it as enter",
    "ctrl+left_square_bracket": "terminals send it as escape",
    "ctrl+q": "it always quits",
}
"""Keys that can be given to no command."""


def key_named(text: str) -> str:
    """Textual's name of a key that a reader has written: ``?``, ``ctrl+x``, ``F5``, ``→``, ``esc``.

    Raises `GradstepError` for what no keyboard has, or no terminal sends.
    """
    *modifiers, base = [part.strip() for part in _parted(text)]
    modifiers = [modifier.lower() for modifier in modifiers]
    key = _base(base)
    if key is None or not set(modifiers) <= set(_MODIFIERS):
        wrong = next((word for word in modifiers if word not in _MODIFIERS), base)
        raise GradstepError(f"there is no key '{text}'", hint=_suggested(wrong))
    if len(key) == 1:
        if "shift" in modifiers and key.isalpha():
            modifiers.remove("shift")
            key = key.upper()
        if "ctrl" in modifiers:
            key = key.lower()
    if "shift" in modifiers and (len(key) == 1 or key in SIGNS):
        raise GradstepError(f"there is no key '{text}'", hint="write the sign that it types")
    name = "+".join((*sorted(set(modifiers)), key))
    if name in _ELSEWHERE:
        raise GradstepError(f"{spelled(name)} cannot be chosen: {_ELSEWHERE[name]}")
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
        printed = {sign: name for name, sign in WORDS.items()}
        return printed.get(word) or named(word) or None
    known = {**WORDS, **SIGNS}
    if word.lower() in known:
        return word.lower()
    return next((name for name, sign in WORDS.items() if sign.lower() == word.lower()), None)


def _suggested(word: str) -> str:
    close = did_you_mean(word.lower(), [*WORDS, *_MODIFIERS]) if len(word) > 1 else ""
    return close or "write a sign, like ?, or a name, like F5, space, ctrl+x, shift+right"

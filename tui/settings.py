"""What a reader has chosen for good: the config file, and the theme kept from the run before.

The file is read only where there is one; everything has a default. A mistake in it is one error
that names file, line and column, what came, what was wanted and the way out.
May import: engine's public face, commands, digits, keys, local_keys, models, table, platformdirs.
Imported by: cli, app.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from platformdirs import user_config_path, user_state_path

from engine import GradstepError, Place, TomlText, did_you_mean
from tui.commands import COMMANDS, MOVEMENT
from tui.digits import DIGITS, FEWEST, MOST, Exponents
from tui.keys import KEY_WORDS, NoSuchKey, key_named, spelled
from tui.local_keys import LOCAL, PLACES
from tui.models.text import Glyphs
from tui.table import DEFAULT, CommandTable, KeyConflict

CONFIG_VARIABLE = "GRADSTEP_CONFIG"
"""Names the config file in place of the one in the user's folder."""

THEMES = ("gradstep-dark", "gradstep-light", "gradstep-contrast", "gradstep-16")
"""The themes, in the order in which they follow one another."""

DIGITS_WANTED = f"a whole number from {FEWEST} to {MOST}"

WRITE_A_KEY = "write a sign, like ?, or a name, like F5, space, ctrl+x, shift+right"

Check = Callable[[Any], Any]
"""A value of the file as it is kept. Raises `GradstepError` for what it cannot be."""


@dataclass(frozen=True)
class Settings:
    """How the debugger looks, and which keys it has."""

    theme: str = ""
    """A theme's name; empty: the one that was chosen last, or what suits the terminal."""
    glyphs: Glyphs | Literal["auto"] = "auto"
    digits: int = DIGITS
    """Significant digits of numbers."""
    exponents: Exponents = "e"
    """How powers of ten are written."""
    animation: bool = True
    mouse: bool = True
    table: CommandTable = DEFAULT
    """The commands with the reader's keys."""

    @property
    def known_glyphs(self) -> Glyphs:
        """The glyph set; all of them where it is not known what the terminal can show."""
        return "braille" if self.glyphs == "auto" else self.glyphs


def theme_named(name: object) -> str:
    """A theme by its name, or by the end of it: ``light``. Raises `GradstepError`."""
    names = {**{theme: theme for theme in THEMES}, **{t.partition("-")[2]: t for t in THEMES}}
    if not isinstance(name, str) or name not in names:
        hint = did_you_mean(str(name), names, f"there are {', '.join(THEMES)}")
        raise GradstepError(f"there is no theme {_quoted(name)}", hint=hint)
    return names[name]


def _theme(value: object) -> str:
    return "" if value == "auto" else theme_named(value)


def _glyphs(value: object) -> object:
    if value not in (known := ("auto", *get_args(Glyphs))):
        wanted = f"glyphs wants {' or '.join(known)}"
        raise GradstepError(f"{wanted}; {_quoted(value)} came")
    return value


def right_digits(value: object) -> bool:
    """Whether so many significant digits can be shown."""
    return type(value) is int and FEWEST <= value <= MOST


def _digits(value: object) -> object:
    if not right_digits(value):
        raise GradstepError(f"digits wants {DIGITS_WANTED}; {_quoted(value)} came")
    return value


def _exponents(value: object) -> object:
    if value not in (known := get_args(Exponents)):
        wanted = f"exponents wants {' or '.join(known)}"
        raise GradstepError(f"{wanted}; {_quoted(value)} came")
    return value


def _switch(name: str) -> Check:
    def check(value: object) -> bool:
        if not isinstance(value, bool):
            raise GradstepError(f"{name} wants true or false; {_quoted(value)} came")
        return value

    return check


KEYS: Mapping[str, tuple[Check, str]] = {
    "theme": (
        _theme,
        "how it is coloured: auto (the theme chosen last with t, or what suits the terminal),\n"
        f"{', '.join(THEMES)}",
    ),
    "glyphs": (
        _glyphs,
        "auto, braille (everything), block (no braille), ascii (letters and signs of ASCII alone)",
    ),
    "digits": (_digits, f"significant digits of numbers, {FEWEST} to {MOST}"),
    "exponents": (
        _exponents,
        "how powers of ten are written: e (1.2e-5), or si (12µ, with the prefixes of SI)",
    ),
    "animation": (_switch("animation"), "whether anything moves that is not a step"),
    "mouse": (_switch("mouse"), "whether the mouse is listened to; without it, text can be marked"),
}
"""What the file may say, besides its section [keys]: how a value is checked, and what it is."""


def config_file(option: str | None, environment: Mapping[str, str] = os.environ) -> Path | None:
    """The config file: the one that is named, or that of the user if there is one."""
    named = option or environment.get(CONFIG_VARIABLE)
    if named:
        return Path(os.path.expanduser(named))
    path = user_config_path("gradstep") / "config.toml"
    return path if os.path.exists(path) else None


def read_settings(path: Path | None) -> Settings:
    """The settings of a config file, or the defaults. Raises `GradstepError`."""
    if path is None:
        return Settings()
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        hint = "`gradstep --print-config` prints one to start from"
        raise GradstepError(f"cannot read the config file {path}: {reason}", hint=hint) from None
    return parse_settings(text, str(path))


def parse_settings(text: str, name: str = "config.toml") -> Settings:
    """The settings that a text says; errors call it `name`. Raises `GradstepError`."""
    from engine import toml_document  # with the rest of the reading room, which few start with

    document, toml = toml_document(text, name), TomlText(text, name)
    keys = document.pop("keys", {})
    found: dict[str, Any] = {}
    for key, value in document.items():
        with _placed(toml, key):
            if key not in KEYS:
                raise _unknown("key", key, [*KEYS, "keys"])
            found[key] = KEYS[key][0](value)
    if not isinstance(keys, dict):
        with _placed(toml, "keys"):
            raise GradstepError("keys is a section", hint="write [keys] on a line of its own")
    return replace(Settings(), **found, table=_table(keys, toml))


def _table(section: Mapping[str, Any], toml: TomlText) -> CommandTable:
    """The command table with the keys of a section."""
    names = {spelling: c.name for c in COMMANDS for spelling in (c.name, c.id)}
    names |= {name: name for name in (*dict(MOVEMENT), *(local.id for local in LOCAL))}
    chosen: dict[str, tuple[str, ...]] = {}
    places: dict[str, tuple[str, ...]] = {}
    for path, value in _flat(section):
        spelling = ".".join(path)
        with _placed(toml, "keys", *path):
            if spelling not in names:
                raise _unknown("command", spelling, names)
            chosen[names[spelling]] = tuple(dict.fromkeys(_keys(value)))
            places[names[spelling]] = path
    try:
        return DEFAULT.with_keys(chosen)
    except KeyConflict as conflict:
        last = max((n for n in conflict.names if n in places), key=list(places).index)
        place = toml.place("keys", *places[last])
        raise GradstepError(conflict.what, place=place, hint=conflict.hint) from None


def _flat(section: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The entries of a section: ``graph.richer`` may be written with quotes, or without."""
    for name, value in section.items():
        if isinstance(value, dict):
            yield from (((name, inner), keys) for inner, keys in value.items())
        else:
            yield (name,), value


def _keys(value: object) -> Iterator[str]:
    for key in value if isinstance(value, list) else [value]:
        if not isinstance(key, str):
            wanted = 'a command wants a key, like "x", or a list of keys'
            raise GradstepError(f"{wanted}; {_quoted(key)} came")
        try:
            yield key_named(key)
        except NoSuchKey as problem:
            hint = problem.hint or did_you_mean(problem.word.lower(), KEY_WORDS, WRITE_A_KEY)
            raise GradstepError(problem.what, hint=hint) from None


class _placed:
    """Errors inside of it stand at a key of the file."""

    def __init__(self, toml: TomlText, *path: str) -> None:
        self._place: Place = toml.place(*path)

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, GradstepError):
            raise error.located(**vars(self._place)) from None


def _unknown(what: str, word: str, known: Sequence[str] | Mapping[str, str]) -> GradstepError:
    otherwise = "`gradstep --print-config` lists all of them"
    return GradstepError(f"unknown {what} '{word}'", hint=did_you_mean(word, known, otherwise))


def _quoted(value: object) -> str:
    """A value as the file says it, about."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}'" if isinstance(value, str) else str(value)


def default_config() -> str:
    """A config file that says what is so without one, every line of it commented out."""
    lines = ["# gradstep's config file. Every line that starts with # says what is so without it."]
    for key, (_, about) in KEYS.items():
        value = getattr(Settings(), key) or "auto"
        said = f'"{value}"' if isinstance(value, str) else _quoted(value)
        lines += ["", *(f"# {line}" for line in about.split("\n")), f"#{key} = {said}"]
    lines += [
        "",
        "# Other keys for a command: one, or a list, or [] for none. They replace those it has.",
        "# Keys are written as they are printed: x  X  ?  F5  space  ctrl+x  shift+right",
        "[keys]",
    ]
    every = [(command.id, command.keys, command.help) for command in COMMANDS]
    every += [(direction, keys, f"move {direction} in a panel") for direction, keys in MOVEMENT]
    every += [(f'"{x.id}"', x.keys, f"{PLACES[x.place]}: {x.help}") for x in LOCAL]
    width = max(len(name) for name, _, _ in every)
    for name, keys, about in every:
        listed = ", ".join(f'"{spelled(key)}"' for key in keys)
        said = listed if len(keys) == 1 else f"[{listed}]"
        lines.append(f"#{name:<{width}} = {said:<22}  # {about}")
    return "\n".join(lines) + "\n"


# --- the theme that was chosen last ---------------------------------------------------------------


def _kept_theme_file() -> Path:
    return user_state_path("gradstep") / "theme"


def kept_theme() -> str:
    """The theme that was chosen last; empty where none was."""
    with suppress(OSError, ValueError, GradstepError):
        return theme_named(_kept_theme_file().read_text("utf-8").strip())
    return ""


def keep_theme(name: str) -> None:
    """Remember a theme for the next run; where nothing can be written, it is forgotten."""
    path = _kept_theme_file()
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{name}\n", encoding="utf-8")

"""The config file: everything in it can be chosen, and every mistake in it is one clear error."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from engine import GradstepError
from tui.cli import BAD_INPUT, DONE, run
from tui.cli.display import few_colours, suited, theme_of
from tui.settings import (
    KEYS,
    THEMES,
    Settings,
    config_file,
    default_config,
    keep_theme,
    kept_theme,
    parse_settings,
    read_settings,
    theme_named,
)
from tui.table import CommandTable


def test_a_config_file_chooses_everything() -> None:
    settings = parse_settings(
        """
        theme = "light"
        glyphs = "block"
        digits = 8
        animation = false
        mouse = false
        [keys]
        step = ["j", "space"]
        down = "ctrl+d"
        play = []
        "step back" = "k"
        up = ["ctrl+u", "up"]
        view-graph = "ctrl+g"
        """
    )
    table = settings.table
    chosen = (settings.theme, settings.glyphs, settings.digits, settings.animation, settings.mouse)
    assert chosen == ("gradstep-light", "block", 8, False, False)
    assert table.by_name["step"].keys == ("j", "space")
    assert table.by_name["play"].keys == ()
    assert table.by_name["step back"].keys == ("k",)
    assert table.by_name["view graph"].keys == ("ctrl+g",)
    assert table.movement["up"] == ("ctrl+u", "up")
    assert table.by_name["line"].keys == CommandTable().by_name["line"].keys


def test_an_empty_file_and_none_at_all_choose_nothing() -> None:
    assert parse_settings("") == read_settings(None) == Settings()


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("them = 1", "1:1", "unknown key 'them'; did you mean 'theme'?"),
        ('theme = "drak"', "1:1", "there is no theme 'drak'; did you mean 'dark'?"),
        ("theme = 3", "1:1", "there is no theme 3; there are gradstep-dark"),
        ('\nglyphs = "emoji"', "2:1", "glyphs wants auto or braille or block or ascii; 'emoji'"),
        ("digits = 99", "1:1", "digits wants a whole number from 2 to 17; 99 came"),
        ("digits = true", "1:1", "digits wants a whole number from 2 to 17; true came"),
        ("digits = 5.0", "1:1", "digits wants a whole number from 2 to 17; 5.0 came"),
        ('mouse = "yes"', "1:1", "mouse wants true or false; 'yes' came"),
        ("animation = 1", "1:1", "animation wants true or false; 1 came"),
        ("keys = 1", "1:1", "keys is a section; write [keys]"),
        ("[keys]\nitertion = 'x'", "2:1", "command 'itertion'; did you mean 'iteration'?"),
        ("[keys]\nxyzzy = 'x'", "2:1", "unknown command 'xyzzy'; `gradstep --print-config`"),
        ("[keys]\n  step = 'F99'", "2:3", "there is no key 'F99'"),
        ("[keys]\nstep = 'ctlr+x'", "2:1", "there is no key 'ctlr+x'; did you mean 'ctrl'?"),
        ("[keys]\nstep = 1", "2:1", 'a command wants a key, like "x", or a list of keys; 1 came'),
        ("[keys]\nstep = ['a', 1]", "2:1", "a list of keys; 1 came"),
        ("[keys]\nstep = 'ctrl+q'", "2:1", "ctrl+q cannot be chosen: it always quits"),
        ("[keys]\nstep = 'n'", "2:1", "the key n stands for 'line' and for 'step'; give 'line'"),
        ("[keys]\nline='F9'\nstep='F9'", "3:1", "the key F9 stands for"),
        ("[keys]\nstep = 'j'", "2:1", "the key j stands for 'down' and for 'step'"),
        ("[keys\n", "1:6", "not TOML: Expected ']' at the end of a table declaration"),
        ('theme = "dark"\ntheme = "light"', "2", "not TOML: Cannot overwrite a value"),
    ],
)
def test_a_mistake_is_one_error_with_its_place_and_the_way_out(
    text: str, where: str, words: str
) -> None:
    with pytest.raises(GradstepError) as caught:
        parse_settings(text, "/home/me/config.toml")
    lines = str(caught.value).split("\n")
    assert lines[0].startswith(f"/home/me/config.toml:{where}: ")
    assert words in f"{lines[0]}; {lines[-1]}"


def test_the_printed_config_file_says_what_is_so_without_it() -> None:
    printed = default_config()
    assert parse_settings(printed) == Settings()
    spoken = re.sub(r"(?m)^#(?=[a-z-]+ *= )", "", printed)
    assert parse_settings(spoken) == Settings()
    said = set(re.findall(r"(?m)^([a-z-]+) *= ", spoken))
    table = CommandTable()
    assert said == {*KEYS, *(command.id for command in table.commands), *table.movement}
    for command in table.commands:
        assert f"# {command.help}\n" in printed


# --- where it is, and what wins -----------------------------------------------------------------


def test_the_file_is_the_one_that_is_named_or_the_one_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert config_file(None, {}) is None
    mine = tmp_path / "gradstep" / "config.toml"
    mine.parent.mkdir()
    mine.write_text("digits = 7")
    assert config_file(None, {}) == mine
    assert read_settings(config_file(None, {})).digits == 7
    assert config_file(None, {"GRADSTEP_CONFIG": "other.toml"}) == Path("other.toml")
    assert config_file("third.toml", {"GRADSTEP_CONFIG": "other.toml"}) == Path("third.toml")


def test_a_file_that_is_named_has_to_be_there(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["--config", str(tmp_path / "none.toml")]) == BAD_INPUT
    assert "cannot read the config file" in capsys.readouterr().err
    (tmp_path / "latin.toml").write_bytes(b'theme = "\xe9"')
    monkeypatch.setenv("GRADSTEP_CONFIG", str(tmp_path / "latin.toml"))
    assert run([]) == BAD_INPUT
    assert "it is not UTF-8 text" in capsys.readouterr().err


def test_a_mistake_ends_the_program_before_it_opens(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[keys]\nstep = 'n'\n")
    assert run(["--config", str(config)]) == BAD_INPUT
    error = capsys.readouterr().err
    assert f"{config}:2:1: the key n stands for 'line' and for 'step'" in error
    assert "    ^^^^\n" in error
    for arguments, words in [
        (["--theme", "drak"], "did you mean 'dark'?"),
        (["--digits", "40"], "--digits wants a whole number from 2 to 17; 40 came"),
    ]:
        assert run(arguments) == BAD_INPUT
        assert words in capsys.readouterr().err


def test_the_config_file_is_printed_without_numpy_and_can_be_used_as_it_is() -> None:
    code = "import sys\nfrom tui.cli import run\nstatus = run(['--print-config'])\n"
    code += "sys.exit(status or 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (DONE, "")
    assert parse_settings(done.stdout) == Settings()


def test_a_theme_may_be_called_by_the_end_of_its_name() -> None:
    for theme in THEMES:
        assert theme_named(theme) == theme_named(theme.removeprefix("gradstep-")) == theme
    with pytest.raises(GradstepError, match="there is no theme 'nord'"):
        theme_named("nord")


def test_a_theme_of_another_program_is_not_for_us() -> None:
    assert theme_of({"TEXTUAL_THEME": "gradstep-contrast"}) == "gradstep-contrast"
    assert theme_of({"TEXTUAL_THEME": "nord"}) == theme_of({}) == ""


@pytest.mark.parametrize(
    ("term", "colorterm", "few"),
    [
        ("xterm-256color", "", False),
        ("xterm", "truecolor", False),
        ("xterm", "", True),
        ("linux", "", True),
        ("vt220", "", True),
        ("screen", "", True),
        ("tmux-256color", "", False),
        ("xterm-kitty", "", False),
        ("xterm-16color", "", True),
        ("", "", True),
    ],
)
def test_a_terminal_says_how_many_colours_it_has(term: str, colorterm: str, few: bool) -> None:
    assert few_colours({"TERM": term, "COLORTERM": colorterm}) == few


MODERN = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}


def stream(encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding)


def test_what_was_left_to_the_program_suits_the_terminal() -> None:
    nothing, chosen = Settings(), Settings(theme="gradstep-light", glyphs="braille")
    utf8 = stream("utf-8")
    assert suited(nothing, "", MODERN, utf8) == Settings(theme="", glyphs="braille")
    assert suited(nothing, "gradstep-contrast", MODERN, utf8).theme == "gradstep-contrast"
    linux = suited(nothing, "gradstep-contrast", {"TERM": "linux"}, utf8)
    assert (linux.theme, linux.glyphs) == ("gradstep-16", "ascii")
    assert suited(nothing, "", {"TERM": "xterm"}, utf8).theme == "gradstep-16"
    assert suited(nothing, "", MODERN, stream("iso-8859-1")).glyphs == "ascii"
    assert suited(nothing, "", MODERN, stream("ascii")).glyphs == "ascii"
    assert suited(chosen, "gradstep-contrast", {"TERM": "linux"}, stream("ascii")) == chosen


def test_the_theme_that_was_chosen_last_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "new"))
    assert kept_theme() == ""
    keep_theme("gradstep-contrast")
    assert kept_theme() == "gradstep-contrast"
    (tmp_path / "new" / "gradstep" / "theme").write_text("what is this")
    assert kept_theme() == ""


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_where_nothing_can_be_written_a_theme_is_forgotten_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o500)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "new"))
    keep_theme("gradstep-light")
    assert kept_theme() == ""

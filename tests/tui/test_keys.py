"""Keys as readers write them, as Textual calls them, and as they are shown."""

from __future__ import annotations

import string

import pytest
from textual.keys import _character_to_key

from tui.keys import NoSuchKey, key_named, spelled


@pytest.mark.parametrize("sign", string.printable.strip())
def test_every_sign_is_a_key_as_textual_calls_it_and_is_shown_as_itself(sign: str) -> None:
    assert key_named(sign) == _character_to_key(sign)
    assert spelled(key_named(sign)) == sign


@pytest.mark.parametrize(
    ("written", "name", "shown"),
    [
        ("F5", "f5", "F5"),
        ("f5", "f5", "F5"),
        ("space", "space", "space"),
        (" ", "space", "space"),
        ("→", "right", "→"),
        ("esc", "escape", "esc"),
        ("question_mark", "question_mark", "?"),
        ("Ctrl+X", "ctrl+x", "ctrl+x"),
        ("ctrl + x", "ctrl+x", "ctrl+x"),
        ("shift+right", "shift+right", "shift+→"),
        ("shift+ctrl+left", "ctrl+shift+left", "ctrl+shift+←"),
        ("shift+s", "S", "S"),
        ("ctrl++", "ctrl+plus", "ctrl++"),
        ("pgup", "pageup", "PgUp"),
        ("é", "é", "é"),
    ],
)
def test_a_key_may_be_written_as_one_would_say_it(written: str, name: str, shown: str) -> None:
    assert key_named(written) == name
    assert spelled(name) == shown
    assert key_named(shown) == name


@pytest.mark.parametrize(
    ("written", "word", "hint"),
    [
        ("", "", ""),
        ("spcae", "spcae", ""),
        ("hyper+x", "hyper", ""),
        ("ctlr+x", "ctlr", ""),
        ("F99", "F99", ""),
        ("shift+1", "", "the sign that it types"),
        ("shift+?", "", "the sign that it types"),
        ("\x07", "\x07", ""),
    ],
)
def test_what_is_no_key_is_refused(written: str, word: str, hint: str) -> None:
    with pytest.raises(NoSuchKey, match="there is no key") as caught:
        key_named(written)
    assert caught.value.word == word
    assert hint in caught.value.hint


@pytest.mark.parametrize("written", ["ctrl+i", "ctrl+m", "ctrl+[", "ctrl+q", "Ctrl+Q"])
def test_a_key_that_arrives_as_another_one_cannot_be_chosen(written: str) -> None:
    with pytest.raises(NoSuchKey, match="cannot be chosen"):
        key_named(written)

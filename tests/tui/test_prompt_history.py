"""The history of the prompt: kept in a file that several windows share, whatever befalls it."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui import prompt_history
from tui.prompt_history import LONGEST, MOST_LINES, History, Recall

LINES = st.lists(st.sampled_from(["step", "e2", "print w1", " e2 ", "权重", "", "a\x00b"]))


@given(st.lists(LINES, max_size=4))
@settings(max_examples=50)
def test_what_windows_typed_one_after_the_other_is_remembered(
    windows: list[list[str]],
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "state" / "history"
        typed: list[str] = []
        for lines in windows:
            history = History(path)
            for line in lines:
                history.add(line)
                word = line.strip()
                if word and word.isprintable() and word not in typed[-1:]:
                    typed.append(word)
            assert list(history.lines) == typed
        assert list(History(path).lines) == typed


@given(st.lists(st.booleans(), max_size=30))
@settings(max_examples=30)
def test_windows_that_are_open_together_lose_nothing_of_each_other(turns: list[bool]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "history"
        windows = [History(path), History(path)]
        for number, second in enumerate(turns):
            windows[second].add(f"line {number}")
        assert list(History(path).lines) == [f"line {n}" for n in range(len(turns))]


def test_programs_that_write_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "history"
    code = (
        "import sys\nfrom pathlib import Path\nfrom tui import prompt_history as p\n"
        "p.ROOM = 1000\n"  # the 1,400 bytes of both together begin a new part on the way
        "history = p.History(Path(sys.argv[1]))\n"
        "for n in range(120): history.add(f'{sys.argv[2]} {n}')\n"
    )
    command = [sys.executable, "-c", code, str(path)]
    programs = [subprocess.Popen([*command, name]) for name in "ab"]
    assert [program.wait() for program in programs] == [0, 0]
    lines = History(path).lines
    for name in "ab":
        assert [x for x in lines if x[0] == name] == [f"{name} {n}" for n in range(120)]


def test_it_is_bounded_and_the_newest_lines_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "history"
    monkeypatch.setattr(prompt_history, "ROOM", 1 << 13)
    history = History(path)
    typed = [f"print w1 + {n}" for n in range(MOST_LINES + 500)]
    for line in typed:
        history.add(line)
    assert list(history.lines) == typed[-MOST_LINES:]
    kept = History(path).lines
    assert list(kept) == typed[-len(kept) :] and len(kept) > 300
    assert sum(part.stat().st_size for part in tmp_path.iterdir()) < 3 << 13


def test_a_thousand_lines_are_kept_in_the_room_there_is(tmp_path: Path) -> None:
    history = History(tmp_path / "history")
    for n in range(MOST_LINES + 1):
        history.add(f"print w1 + {n:>60}".replace(" ", "0"))
    assert len(History(tmp_path / "history").lines) == MOST_LINES


def test_what_is_damaged_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "history"
    path.write_bytes(
        b"good\n\xff\xfe bad\nbell\x07\n\n" + b"x" * (LONGEST + 1) + b"\nfine\nfine\nhal"
    )
    assert list(History(path).lines) == ["good", "\ufffd\ufffd bad", "fine", "hal"]


def test_a_pasted_novel_is_not_remembered() -> None:
    history = History()
    history.add("x" * (LONGEST + 1))
    assert history.lines == ()


@pytest.mark.parametrize("what", ["a folder in its place", "no folder can be made", "not ours"])
def test_a_file_that_cannot_be_used_does_no_harm(tmp_path: Path, what: str) -> None:
    path = tmp_path / "state" / "history"
    if what == "a folder in its place":
        path.mkdir(parents=True)
    elif what == "no folder can be made":
        (tmp_path / "state").write_text("in the way")
    else:
        path.parent.mkdir()
        path.write_text("old\n")
        os.chmod(path, 0o000)
    history = History(path)
    history.add("step")
    assert history.lines[-1] == "step"


def test_nothing_is_read_before_somebody_asks(tmp_path: Path) -> None:
    history = History(tmp_path / "history")
    History(tmp_path / "history").add("later")
    assert history.lines == ("later",)


# --- recalling ----------------------------------------------------------------------------------


def test_older_and_newer_lines_and_back_to_the_draft() -> None:
    recall = Recall(["step", "e2", "print w1", "e2"], "")
    seen = []
    while recall.moved(1):
        seen.append(recall.line)
    assert seen == ["e2", "print w1", "step"]
    assert not recall.moved(1)
    assert [recall.moved(-1), recall.line] == [True, "print w1"]
    assert recall.moved(-1) and recall.moved(-1)
    assert recall.line == ""
    assert not recall.moved(-1)


@given(st.lists(st.text("ab", max_size=3)), st.text("ab", max_size=2))
def test_only_lines_that_begin_as_the_draft_are_recalled_each_once(
    lines: list[str], draft: str
) -> None:
    recall = Recall(lines, draft)
    seen = [recall.line]
    while recall.moved(1):
        seen.append(recall.line)
    assert seen[0] == draft
    assert set(seen[1:]) == {line for line in lines if line.startswith(draft)} - {draft}
    assert len(set(seen)) == len(seen)
    last = {line: place for place, line in enumerate(lines)}
    assert all(last[a] > last[b] for a, b in pairwise(seen[1:]))

"""Sessions that are kept without being asked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine import Debugger, GradstepError, open_experiment, open_lesson, open_session
from tui import autosave
from tui.cli import BAD_INPUT, run
from tui.console import Console

NET = """
formulas = "loss = mean((y - w * x)**2)"
[parameters]
w = 0.5
[data]
csv = "points.csv"
"""


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def lesson() -> Debugger:
    return Debugger(open_lesson("two-layer"))


def kept_files() -> list[str]:
    folder = autosave.folder()
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_session_in_which_nothing_was_done_is_not_kept() -> None:
    debugger = lesson()
    debugger.goto("e3.i1.19")
    assert autosave.keep(debugger, "two-layer") is None
    assert kept_files() == []


@pytest.mark.parametrize("what", ["a stop", "a bookmark", "an edit"])
def test_a_session_in_which_something_was_done_goes_on_where_it_was_left(what: str) -> None:
    debugger = lesson()
    debugger.goto("e3.i1.19")
    match what:
        case "a stop":
            debugger.stops.break_at("line 3")
        case "a bookmark":
            debugger.bookmark("here")
        case _:
            debugger.set("w1", 2.0)
    path = autosave.keep(debugger, "two-layer")
    assert path is not None
    assert path == autosave.kept("two-layer") == autosave.kept(None)
    again = open_session(path).debugger
    assert again.position == debugger.position
    assert [str(s) for s in again.stops] == [str(s) for s in debugger.stops]
    assert [b.name for b in again.bookmarks] == [b.name for b in debugger.bookmarks]


def test_there_is_one_file_for_each_experiment(tmp_path: Path) -> None:
    debugger = lesson()
    debugger.bookmark()
    origins = ["two-layer", "chain-rule"]
    for name in ("a", "b"):
        path = tmp_path / name / "net.toml"
        path.parent.mkdir()
        path.write_text("", encoding="utf-8")
        origins.append(str(path))
    paths = {autosave.keep(debugger, origin) for origin in origins * 2}
    assert len(paths) == len(kept_files()) == 4


def test_a_kept_session_that_goes_on_is_kept_in_its_own_file() -> None:
    debugger = lesson()
    debugger.bookmark()
    path = autosave.keep(debugger, "two-layer")
    assert path is not None
    assert autosave.keep(debugger, str(path)) == path
    assert len(kept_files()) == 1


def marks(path: Path) -> list[str]:
    return [mark.name for mark in open_session(path).debugger.bookmarks]


def test_what_was_kept_is_set_aside_by_a_session_that_did_not_go_on_from_it() -> None:
    paths = []
    for name in ("first", "second", "third"):  # opened anew each time, or in windows of their own
        debugger = lesson()
        debugger.bookmark(name)
        path = autosave.keep(debugger, "two-layer")
        debugger.bookmark(f"{name}-again")
        paths.append(autosave.keep(debugger, "two-layer"))  # its own file is written again
        assert paths[-1] == path is not None
    assert len(set(paths)) == 1 and autosave.kept(None) == paths[0]
    stem = paths[0].stem
    assert kept_files() == [f"{stem}.1.gradstep", f"{stem}.2.gradstep", f"{stem}.gradstep"]
    assert marks(paths[0]) == ["third", "third-again"]
    assert marks(paths[0].with_name(f"{stem}.1.gradstep")) == ["first", "first-again"]


def test_of_two_windows_that_resume_the_same_session_both_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    debugger = lesson()
    debugger.bookmark("old")
    path = autosave.keep(debugger, "two-layer")
    assert path is not None
    monkeypatch.setattr(autosave, "_STARTED", path.stat().st_mtime_ns)
    windows = [open_session(path).debugger for _ in range(2)]
    for number, window in enumerate(windows):
        window.bookmark(f"window-{number}")
        assert autosave.keep(window, str(path)) == path
        os.utime(path, (2e9, 2e9)) if number == 0 else None
    assert marks(path) == ["old", "window-1"]
    assert marks(path.with_name(f"{path.stem}.1.gradstep")) == ["old", "window-0"]


def test_only_so_many_are_set_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autosave, "MOST_ASIDE", 2)
    for name in "abcd":
        debugger = lesson()
        debugger.bookmark(name)
        autosave.keep(debugger, "two-layer")
    names = [name.split(".")[1] for name in kept_files()]
    assert names == ["2", "3", "gradstep"]


def test_what_is_loaded_keeps_what_was_open(tmp_path: Path) -> None:
    console, kept = Console(lesson(), origin="two-layer"), []
    console.keep_session = lambda: kept.append((console.origin, len(console.debugger.bookmarks)))
    console.run("bookmark here")
    console.run(f"save {tmp_path / 'mine'}")
    console.run("unmark here")
    with pytest.raises(GradstepError):
        console.run(f"load {tmp_path / 'nothing'}")
    assert kept == []
    console.run(f"load {tmp_path / 'mine'}")
    assert kept == [("two-layer", 0)]
    assert len(console.debugger.bookmarks) == 1


def test_the_newest_is_the_one_that_was_left_last() -> None:
    debugger = lesson()
    debugger.bookmark()
    old, new = autosave.keep(debugger, "xor"), autosave.keep(debugger, "iris")
    assert old is not None and new is not None
    os.utime(old, (1, 1))
    assert autosave.kept(None) == new
    os.utime(new, (0, 0))
    assert autosave.kept(None) == old


def test_without_a_kept_session_it_is_said_what_is_kept() -> None:
    with pytest.raises(GradstepError) as none:
        autosave.kept(None)
    assert "breakpoints, bookmarks or edits" in none.value.hint
    with pytest.raises(GradstepError) as other:
        autosave.kept("xor")
    assert "gradstep xor opens it anew" in other.value.hint


@pytest.mark.parametrize("arguments", [["--resume"], ["--resume", "xor"]])
def test_resuming_what_was_not_kept_is_bad_input(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == BAD_INPUT
    assert "was kept" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(autosave, "folder", lambda: tmp_path / "file" / "gradstep")
    debugger = lesson()
    debugger.bookmark()
    with pytest.raises(GradstepError, match="cannot make"):
        autosave.keep(debugger, "two-layer")


def test_data_that_are_too_large_for_the_session_are_found_again(tmp_path: Path) -> None:
    rows = "".join(f"{i}.5,{2 * i}.25\n" for i in range(30_000))
    (tmp_path / "points.csv").write_text(f"x,y\n{rows}", encoding="utf-8")
    net = tmp_path / "net.toml"
    net.write_text(NET, encoding="utf-8")
    debugger = Debugger(open_experiment(net))
    debugger.bookmark()
    path = autosave.keep(debugger, str(net))
    assert path is not None
    data = autosave.data_of(path)
    assert data is not None and data.samefile(tmp_path / "points.csv")
    with pytest.raises(GradstepError, match="outside of its folder"):
        open_session(path)
    assert len(open_session(path, data=data).debugger.bookmarks) == 1


def test_a_session_that_holds_its_data_names_no_file() -> None:
    debugger = lesson()
    debugger.bookmark()
    path = autosave.keep(debugger, "two-layer")
    assert path is not None
    assert autosave.data_of(path) is None
    path.write_text("no session", encoding="utf-8")
    assert autosave.data_of(path) is None

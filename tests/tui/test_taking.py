"""What a reader takes along: on the clipboard every digit, as a picture the screen that is seen."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

from engine import Debugger, GradstepError, Target, open_lesson
from tests.tui.screens import Session, opened
from tui.cli import BAD_INPUT, DONE, run
from tui.cli.picture import pressed
from tui.screens.answer import AnswerScreen
from tui.screens.problem import ProblemScreen
from tui.settings import Settings
from tui.taking import Copy, Looked, copied, picture_file, write_derivation, write_new


def debugger(at: str = "e1.i1.19", lesson: str = "two-layer") -> Debugger:
    made = Debugger(open_lesson(lesson))
    made.goto(at)
    return made


# --- what is copied -----------------------------------------------------------------------------


def test_a_value_is_copied_with_every_digit_so_that_it_can_be_read_back() -> None:
    made = debugger("e3.i1.15", "attention-head")
    for name in ("Wq", "a", "loss"):
        node = made.graph.named[name]
        copy = copied(made, Looked(line=1, chosen=node), "value")
        assert copy.what == f"the value of {name}"
        value = made.state.value(node)
        assert value is not None
        assert np.array_equal(np.array(ast.literal_eval(copy.text)), value)


def test_a_gradient_is_that_of_the_same_node_and_of_an_element_its_own() -> None:
    made = debugger()
    node = made.graph.named["w1"]
    assert copied(made, Looked(line=1, node=node), "gradient") == Copy(
        "the gradient of w1", "-7.3125"
    )
    h = made.graph.named["h"]
    number = Target("gradient", h, (2,))
    assert copied(made, Looked(line=1, number=number), "gradient").what == "the gradient of h[2]"
    assert copied(made, Looked(line=1, chosen=h, number=number), "value").text.startswith("[")


def test_a_formula_is_that_of_the_chosen_node_or_else_the_line_of_the_listing() -> None:
    made = debugger()
    inner = next(n.id for n in made.graph.ops if n.name == "w1 * x")
    assert copied(made, Looked(line=11, chosen=inner), "formula") == Copy(
        "the formula of h", "h = w1 * x + b1"
    )
    w1 = made.graph.named["w1"]
    assert copied(made, Looked(line=11, chosen=w1), "formula").text == "d_w1 = sum(d_h * x)"


@pytest.mark.parametrize(
    ("looked", "kind", "words"),
    [
        (
            Looked(line=1),
            "everything",
            "copy wants value, gradient, formula, panel, markdown or latex",
        ),
        (Looked(line=1), "panel", "no panel has the focus"),
        (Looked(line=1), "", "this event has no node"),
        (Looked(line=1, node=0), "gradient", "the gradient of x is not computed"),
    ],
)
def test_what_is_not_there_cannot_be_copied(looked: Looked, kind: str, words: str) -> None:
    with pytest.raises(GradstepError, match=words):
        copied(debugger("e1.i1.1"), looked, kind)


def test_a_derivation_is_copied_as_markdown_or_latex() -> None:
    made = debugger()
    looked = Looked(line=1, derivation=lambda: made.derive("w1"))
    markdown, latex = (copied(made, looked, form) for form in ("markdown", "latex"))
    assert markdown.what == "∂loss/∂w1 as Markdown" and latex.what == "∂loss/∂w1 as LaTeX"
    assert markdown.text.startswith("## `∂loss/∂w1` at e1.i1.19")
    assert r"\frac{\partial \mathrm{loss}}{\partial w_{1}} = -7.3125" in latex.text


def test_a_derivation_is_written_to_a_new_file_whose_ending_says_in_which_form(
    tmp_path: Path,
) -> None:
    derivation = debugger().derive("w1")
    assert write_derivation(derivation, "w1.md", tmp_path) == tmp_path / "w1.md"
    write_derivation(derivation, "w1.tex", tmp_path)
    assert (tmp_path / "w1.md").read_text("utf-8").startswith("## `∂loss/∂w1`")
    assert (tmp_path / "w1.tex").read_text("utf-8").startswith(r"\paragraph{Derivation of")
    with pytest.raises(GradstepError, match="is there already"):
        write_derivation(derivation, "w1.md", tmp_path)
    for name, words in (("w1", "has no ending"), ("w1.pdf", "ends in '.pdf'")):
        with pytest.raises(GradstepError, match=words):
            write_derivation(derivation, name, tmp_path)


def test_what_was_copied_is_said_at_a_glance() -> None:
    assert Copy("the value of w", "1.5").said() == "copied the value of w: 1.5"
    assert Copy("the listing", "a\nb\nc").said() == "copied the listing: 3 lines"
    assert Copy("line 1", "x" * 99).said() == f"copied line 1: {'x' * 36}…"


# --- on the screen ------------------------------------------------------------------------------


async def copy(session: Session, *keys: str) -> str:
    await session.press(*keys, "Y")
    return session.app.clipboard


async def test_a_key_copies_what_is_looked_at_and_says_what_it_was() -> None:
    async with opened() as session:
        await session.goto("e1.i1.19")
        assert await copy(session) == "0.5"
        assert "copied the value of w1: 0.5" in session.text()
        text = await copy(session, "1")
        assert text.splitlines()[0].startswith("─ load a batch")
        assert "d_w1 = sum(d_h * x)" in text and text.splitlines()[-1].split()[0] == "15"
        assert "copied the listing: 19 lines" in session.text()
        assert not any(c in text for c in "╭│╯")
        # A chosen node is more than the panel that it was chosen in.
        await session.focus("graph")
        await session.press("down")
        assert await copy(session) != text
        name = session.app.debugger.graph[session.screen.look.node or 0].name
        assert f"copied the value of {name}" in session.text()


async def test_the_prompt_says_what_is_to_be_copied_and_errors_are_panels() -> None:
    async with opened() as session:
        await session.goto("e1.i1.19")
        session.screen.execute("copy formula")
        assert session.app.clipboard == "d_w1 = sum(d_h * x)"
        session.screen.execute("copy gradient")
        assert session.app.clipboard == "-7.3125"
        await session.focus("parameters")
        await session.breath("colon", "copy panel", "enter")
        assert "w1" in session.app.clipboard.splitlines()[1]
        assert session.screen.panel("parameters").has_focus
        session.app.copy_to_clipboard("-7.3125")
        session.screen.execute("copy nothing")
        await session.settled()
        assert isinstance(session.app.screen, ProblemScreen)
        assert session.app.clipboard == "-7.3125"


async def test_a_sheet_is_copied_as_a_whole() -> None:
    async with opened() as session:
        await session.goto("e1.i1.19")
        await session.act("why")
        assert isinstance(session.app.screen, AnswerScreen)
        await session.press("Y")
        assert "∂loss/∂w1 = −7.3125" in session.app.clipboard.splitlines()[0]
        assert f"copied {len(session.app.clipboard.splitlines())} lines" in session.text()


async def test_in_ascii_ascii_is_copied() -> None:
    async with opened(options=Settings(glyphs="ascii")) as session:
        assert (await copy(session, "3")).isascii()


# --- pictures -----------------------------------------------------------------------------------


def test_a_picture_never_takes_the_place_of_a_file(tmp_path: Path) -> None:
    first = picture_file("", tmp_path)
    assert first.name == "gradstep-1.svg"
    write_new(first, "<svg/>")
    assert picture_file("", tmp_path).name == "gradstep-2.svg"
    assert picture_file("mine", tmp_path).name == "mine.svg"
    with pytest.raises(GradstepError, match="is there already"):
        picture_file("gradstep-1.svg", tmp_path)
    with pytest.raises(GradstepError, match="cannot write"):
        write_new(first, "another")
    with pytest.raises(GradstepError, match="a picture is an SVG file"):
        picture_file("mine.png", tmp_path)
    assert first.read_text() == "<svg/>"


async def test_the_screen_is_written_as_it_is_seen_without_the_prompt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(size=(80, 24)) as session:
        await session.press("colon", *"screenshot", "enter")
        await session.settled()
        picture = (tmp_path / "gradstep-1.svg").read_text("utf-8")
        assert "wrote gradstep-1.svg" in session.text()
        assert picture.startswith("<svg") and "listing" in picture
        assert "screenshot" not in picture
        session.screen.execute("screenshot nowhere/it.svg")
        await session.settled()
        assert isinstance(session.app.screen, ProblemScreen)


def test_a_picture_can_be_made_without_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "it.svg"
    arguments = ["two-layer", "--at", "e2.i1.19", "--size", "90x30", "--theme", "light"]
    assert run([*arguments, "--screenshot", str(path), "--keys", "s ':break 3' enter"]) == DONE
    assert capsys.readouterr().out == f"wrote {path}\n"
    picture = path.read_text("utf-8")
    assert "e2.i1.20" in picture and "#fbfaf7" in picture
    # Made anew, it takes the place of the one before: it was asked for by name.
    assert run([*arguments, "--screenshot", str(path)]) == DONE
    assert "e2.i1.19" in path.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--screenshot", "a.png"], "a picture is an SVG file; a.png came"),
        (["--screenshot", "a.svg", "--keys", "spcae"], "there is no key 'spcae'"),
        (["--screenshot", "a.svg", "--keys", "':break"], "no closing quotation"),
        (["--keys", "s"], "--keys is for --screenshot"),
        (["--size", "0x3"], "columns and rows are wanted"),
        (["--screenshot", "a.svg", "--keys", "q"], "lead out of the program"),
    ],
)
def test_a_mistake_is_said_and_no_picture_is_made(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == BAD_INPUT
    assert words in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_keys_are_parted_by_blanks_and_text_stands_behind_a_colon() -> None:
    assert list(pressed("s N ctrl+p ? F5")) == ["s", "N", "ctrl+p", "question_mark", "f5"]
    assert list(pressed("':a b' enter :")) == ["colon", "a", "space", "b", "enter", "colon"]

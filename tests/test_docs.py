"""What the documentation says is what the program does."""

from __future__ import annotations

import os
import re
from pathlib import Path
from runpy import run_path

from engine import VIEWS, check_lesson, lessons, parse_experiment, read_plan
from engine.course.checking import LIMITS
from engine.course.reading import (
    CHOICE_KEYS,
    FORK_KEYS,
    LESSON_KEYS,
    LOOK_KEYS,
    QUESTION_KEYS,
    SLIP_KEYS,
    STEP_KEYS,
)
from tui.catalogue import CATALOGUE
from tui.settings import parse_settings

DOCS = Path(__file__).parents[1] / "docs"
README = DOCS.parent / "README.md"


def test_the_lines_of_the_engine_page_run_as_they_stand(capsys) -> None:
    printed = printed_by_the_engine_page(0, capsys)
    assert printed[0] == "e1.i1.8 loss = mean((y - g)**2)"
    assert printed[1] == "[-0.75 -0.25  0.25  0.75]"
    assert printed[2] == "not computed yet"
    assert printed[3] == "∂loss/∂w1 = ∂loss/∂g · ∂g/∂h · ∂h/∂w1 = -7.3125"


def test_the_lines_about_stops_and_timelines_run_as_they_stand(capsys) -> None:
    first, second = printed_by_the_engine_page(1, capsys)
    assert first.startswith("e2.i1.8 32")
    assert second == "e1.i1.20 update of w1"


def printed_by_the_engine_page(block: int, capsys) -> list[str]:
    page = (DOCS / "engine.md").read_text(encoding="utf-8")
    code = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[block]
    exec(compile(code, "docs/engine.md", "exec"), {})
    return capsys.readouterr().out.splitlines()


def test_the_lesson_of_the_page_about_lessons_is_right_as_it_stands() -> None:
    page = (DOCS / "lessons.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    plan = read_plan(text, "lesson.toml")
    assert plan is not None
    report = check_lesson(parse_experiment(text), plan)
    assert [str(problem) for problem in report.problems] == []
    assert report.numbers >= 5


def test_the_page_about_lessons_names_every_key_limit_and_view() -> None:
    page = (DOCS / "lessons.md").read_text(encoding="utf-8")
    keys = {*LESSON_KEYS, *STEP_KEYS, *LOOK_KEYS, *QUESTION_KEYS, *CHOICE_KEYS, *SLIP_KEYS}
    named = set(re.findall(r"\w+", page))
    assert keys | set(FORK_KEYS) | set(VIEWS) <= named
    rows = re.findall(r"^\| ([^|]+) \| (\d+) \|", page, re.MULTILINE)
    limits = {name: int(limit) for names, limit in rows for name in re.findall(r"\w+", names)}
    assert limits == {**LIMITS, "say": LIMITS["reason"], "a": LIMITS["choice"]}


def test_the_page_of_keys_and_commands_is_made_from_the_command_table() -> None:
    written = (DOCS / "keys.md").read_text(encoding="utf-8")
    assert written == run_path(str(DOCS / "keys.py"))["page"](), "python docs/keys.py writes it"


def test_the_config_file_of_the_guide_can_be_used_as_it_stands() -> None:
    guide = (DOCS / "guide.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```toml\n(theme = .*?)```", guide, re.DOTALL)
    settings = parse_settings(text)
    assert settings.theme == "gradstep-contrast"
    assert settings.table.by_name["step back"].keys == ("backspace",)


def test_the_guide_lists_the_lessons_with_what_they_are_called() -> None:
    rows = [f"| `{lesson.name}` | {lesson.title} |\n" for lesson in lessons()]
    hold_section("lessons", "\n| lesson | |\n| --- | --- |\n" + "".join(rows) + "\n")


def test_the_readme_names_the_lessons_in_their_order() -> None:
    text = README.read_text(encoding="utf-8")
    section = text.split("\n## Lessons\n")[1].split("\n## ")[0]
    rows = "\n".join(line for line in section.splitlines() if line.startswith("|"))
    names = re.findall(r"`([a-z-]+)`", rows)
    assert names == [lesson.name for lesson in lessons()]


def hold_section(name: str, wanted: str) -> None:
    """Compare the generated section of the guide with what it should be, or write it anew."""
    page = DOCS / "guide.md"
    text = page.read_text(encoding="utf-8")
    start = text.index("-->\n", text.index(f"<!-- {name}, from ")) + 4
    end = text.index(f"<!-- /{name} -->")
    if os.environ.get("UPDATE_DOCS"):
        page.write_text(text[:start] + wanted + text[end:], encoding="utf-8")
        return
    assert text[start:end] == wanted


def test_every_page_that_is_linked_exists() -> None:
    for page in (README, *DOCS.glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_picture_that_is_shown_is_there_and_the_gallery_has_every_view() -> None:
    for page in (README, *DOCS.glob("*.md")):
        for picture in re.findall(r"!\[[^]]*]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / picture).is_file(), f"{page.name}: {picture}"
    gallery = (DOCS / "gallery.md").read_text(encoding="utf-8")
    names = {f"{kind.name}-{size}" for kind in CATALOGUE for size in ("80x24", "120x40", "200x60")}
    shown = set(re.findall(r"images/gallery/([\w-]+)\.png", gallery))
    assert {f"{n}-{theme}" for n in names for theme in ("dark", "light", "contrast")} <= shown
    assert {path.stem for path in (DOCS / "images" / "gallery").iterdir()} == shown


def test_the_readme_has_the_two_commands_as_they_are_promised() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    assert "python3 -m venv .venv && .venv/bin/pip install -q -e . && .venv/bin/gradstep" in lines
    test = "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' && "
    assert test + ".venv/bin/python -m pytest" in lines

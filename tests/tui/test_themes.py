"""Colours, measured: they can be read, and told apart by every kind of sight."""

from __future__ import annotations

import re
from itertools import product

import pytest
from rich.color import Color

from tests.tui.screens import opened, screen_segments
from tests.tui.sight import apart, contrast, distance
from tui import settings
from tui.shades import GROUND_NAMES, shades
from tui.theme import COLOURLESS, COLOURS, THEMES, GlyphFilter, Palette

GROUNDS = ("background", "current", "bar")

SHADES = frozenset(shades(COLOURS["gradstep-dark"]))
"""Of wires and of the grounds of numbers: they stand for how large something is."""

SHAPES = {"line", "past"} | SHADES
"""Inks of frames, wires and bars: nothing is written in them."""

XTERM = {
    "black": "#000000",
    "green": "#00cd00",
    "magenta": "#cd00cd",
    "blue": "#0000ee",
    "white": "#e5e5e5",
    "bright_black": "#7f7f7f",
    "bright_red": "#ff0000",
    "bright_green": "#00ff00",
    "bright_yellow": "#ffff00",
    "bright_magenta": "#ff00ff",
    "bright_cyan": "#00ffff",
    "bright_white": "#ffffff",
}
LINUX = {
    "black": "#000000",
    "green": "#00aa00",
    "magenta": "#aa00aa",
    "blue": "#0000aa",
    "white": "#aaaaaa",
    "bright_black": "#555555",
    "bright_red": "#ff5555",
    "bright_green": "#55ff55",
    "bright_yellow": "#ffff55",
    "bright_magenta": "#ff55ff",
    "bright_cyan": "#55ffff",
    "bright_white": "#ffffff",
}
"""What two terminals make of the sixteen colours."""

PALETTES = {
    **{name: colours for name, colours in COLOURS.items() if name != "gradstep-16"},
    **{
        f"gradstep-16 on {terminal}": {n: shades[c] for n, c in COLOURS["gradstep-16"].items()}
        for terminal, shades in (("xterm", XTERM), ("the Linux console", LINUX))
    },
}


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        # From the test data that Sharma, Wu and Dalal published with CIEDE2000.
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1, 2), (50, 0, 0), 2.3669),
        ((50, 2.4900, -0.0010), (50, -2.4900, 0.0009), 7.1792),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_measure_of_distance_is_right(
    one: tuple[float, float, float], other: tuple[float, float, float], apart: float
) -> None:
    assert distance(one, other) == pytest.approx(apart, abs=5e-5)
    assert distance(other, one) == pytest.approx(apart, abs=5e-5)


def test_the_measures_know_their_ends() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert apart("#ff0000", "#00ff00") < 0.3 * distance((53, 80, 67), (88, -86, 83))
    assert apart("#56b4e9", "#56b4e9") == 0


def test_every_theme_has_the_same_names() -> None:
    assert tuple(COLOURS) == tuple(theme.name for theme in THEMES) == settings.THEMES
    assert len({frozenset(colours) for colours in COLOURS.values()}) == 1


@pytest.mark.parametrize("theme", ["gradstep-dark", "gradstep-light"])
def test_whatever_is_written_can_be_read(theme: str) -> None:
    colours = COLOURS[theme]
    for ground, ink in product(GROUNDS, colours.keys() - set(GROUNDS) - SHAPES):
        assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)


def test_with_high_contrast_every_ink_has_seven_to_one_on_every_ground() -> None:
    palette = Palette("gradstep-contrast")
    for ground, ink in product(
        GROUNDS, COLOURS["gradstep-contrast"].keys() - set(GROUNDS) - SHADES
    ):
        style = palette.style(f"{ink} {ground}")
        assert style.color is not None and style.bgcolor is not None
        assert contrast(hexadecimal(style.color), hexadecimal(style.bgcolor)) >= 7, (ink, ground)


@pytest.mark.parametrize("name", PALETTES)
def test_numbers_can_be_read_on_their_shades(name: str) -> None:
    colours = PALETTES[name]
    least = 7 if name == "gradstep-contrast" else 4.5
    for ground, ink in product(GROUND_NAMES, ("text", "title")):
        assert contrast(colours[ink], colours[ground]) >= least, (ink, ground)


@pytest.mark.parametrize("name", PALETTES)
def test_forward_and_backward_positive_and_negative_are_told_apart_by_every_sight(
    name: str,
) -> None:
    colours = PALETTES[name]
    assert apart(colours["forward"], colours["backward"]) >= (30 if "16" in name else 45)
    assert apart(colours["positive"], colours["negative"]) >= 25
    for ground, ink in product(GROUNDS, ("forward", "backward", "positive", "negative")):
        assert contrast(colours[ink], colours[ground]) >= 2.9


def hexadecimal(colour: Color) -> str:
    return colour.get_truecolor().hex


# --- what the terminal gets ---------------------------------------------------------------------


@pytest.mark.parametrize("theme", [theme.name for theme in THEMES])
async def test_every_cell_of_a_screen_has_a_colour_of_its_theme(theme: str) -> None:
    wanted = set(COLOURS[theme].values())
    async with opened(size=(120, 40), options=settings.Settings(theme=theme)) as session:
        await session.goto("e1.i1.19")
        found: set[str] = set()
        for row in screen_segments(session.app):
            for segment in row:
                assert segment.style is not None
                for colour in (segment.style.color, segment.style.bgcolor):
                    assert colour is not None
                    found.add(colour.name)
        assert found <= wanted
        assert session.app.native_ansi_color == (theme == "gradstep-16")


async def test_t_goes_through_the_themes_and_tells_which_one_to_remember() -> None:
    kept: list[str] = []
    async with opened(remember=kept.append) as session:
        for _ in THEMES:
            await session.press("t")
        assert kept == [*(theme.name for theme in THEMES[1:]), THEMES[0].name]
        assert session.app.theme == THEMES[0].name


async def test_a_sheet_has_the_theme_of_the_screen_below_it() -> None:
    async with opened(options=settings.Settings(theme="gradstep-16")) as session:
        await session.act("help")
        names = {
            part.style.color.name
            for row in screen_segments(session.app)
            for part in row
            if part.style and part.style.color
        }
        assert names <= set(COLOURS["gradstep-16"].values())


def test_no_colour_is_none() -> None:
    palette = Palette(COLOURLESS)
    for names in ("forward bold", "bad", "text bar", "negative current"):
        assert palette.style(names).color is palette.style(names).bgcolor is None
    assert palette.style("bad").reverse
    assert palette.style("forward current").bold


def test_every_style_that_is_drawn_with_is_one_of_the_theme() -> None:
    """A name with a slip of the pen in it would be shown as plain text, and nobody would see."""
    known = {*COLOURS["gradstep-dark"], "bold", "underline"}
    words = re.compile(r'"((?:[a-z]+\d? )*(?:bold|current|bar|underline))"')
    for path in (settings.Path(settings.__file__).parent / "drawing").rglob("*.py"):
        for names in words.findall(path.read_text("utf-8")):
            assert set(names.split()) <= known, (path.name, names)


def test_a_terminal_that_can_show_everything_is_left_alone() -> None:
    assert not GlyphFilter("braille").enabled
    assert GlyphFilter("block").enabled and GlyphFilter("ascii").enabled

"""Every text in what a terminal can show: the same cells, and nothing slips through."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.drawing.glyphs import shown, shown_freely

ANY = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30)
MATHEMATICS = st.text(st.sampled_from("∂∇ΔΣ·−×√²ᵀ‖…≤≥σμθ │╭╮┃╋▸◂►●○▁█⣿⠁⠒⡀▘権ö½⁻"), max_size=30)


@given(st.one_of(ANY, MATHEMATICS))
def test_in_ascii_nothing_slips_through_and_every_cell_stays_in_its_place(text: str) -> None:
    # Characters that join others into one take the cells of the whole: they stand alone here.
    single = "".join(c for c in text if cell_len(c) and cell_len(c + "x") == cell_len(c) + 1)
    translated = shown(single, "ascii")
    assert translated.isascii()
    assert translated.isprintable()
    assert len(translated) == sum(cell_len(c) for c in single)


@given(st.one_of(ANY, MATHEMATICS))
def test_in_blocks_only_braille_changes(text: str) -> None:
    translated = shown(text, "block")
    assert not any("\u2800" <= c <= "\u28ff" for c in translated)
    assert [b for a, b in zip(text, translated, strict=True) if not "\u2800" <= a <= "\u28ff"] == [
        a for a in text if not "\u2800" <= a <= "\u28ff"
    ]


@pytest.mark.parametrize(
    ("text", "ascii"),
    [
        ("∂loss/∂w1 = ∂loss/∂g · ∂g/∂h · ∂h/∂w1", "dloss/dw1 = dloss/dg * dg/dh * dh/dw1"),
        ("= 1.0625 · 1.5 · (−1)", "= 1.0625 * 1.5 * (-1)"),
        ("−2/N · (y − g) · w2 · x", "-2/N * (y - g) * w2 * x"),
        ("epoch 2/50 · iteration 3/5", "epoch 2/50 . iteration 3/5"),
        ("enter goes there · esc closes", "enter goes there . esc closes"),
        ("esc closes · ↑ ↓ scroll", "esc closes . ^ v scroll"),
        ("e2.i3.17 · e2.i3 · .17", "e2.i3.17 . e2.i3 . .17"),
        ("  ·      ·    0", "  .      .    0"),
        ("  · x", "  * x"),
        ("loss · 1 of 7", "loss . 1 of 7"),
        ("sample 1 of 4 · o gradients · O batch", "sample 1 of 4 . o gradients . O batch"),
        ("p another · < > zoom · o scale", "p another . < > zoom . o scale"),
        ("= 0.25 · x   sample 1 of 4", "= 0.25 * x   sample 1 of 4"),
        ("‖W‖ = Σ σ(θ)², …", "|W| = S s(t)2, ~"),
        ("╭─ graph ─╮ ┏━┓ ╔═╗", "+- graph -+ #=# #=#"),
        ("= xᵀ @ (1 − h²)      │", "= x.T @ (1 - h**2)   |"),
        ("1 · h²   │ 10⁻¹²  │", "1 * h**2 | 10-12  |"),
        ("h²  ", "h2  "),
        ("►●12 ❯○3", ">*12 )o3"),
        ("权 = é", "?? = e"),
    ],
)
def test_texts_stay_readable_in_ascii(text: str, ascii: str) -> None:
    assert shown(text, "ascii") == ascii


@pytest.mark.parametrize(
    ("braille", "blocks", "ascii"),
    [
        ("⣿", "█", "#"),
        ("⠁", "▘", "'"),
        ("⢀", "▗", "."),
        ("⠉", "▀", "'"),
        ("⣀", "▄", "."),
        ("⡇", "▌", ":"),
    ],
)
def test_dots_become_the_nearest_block_or_sign(braille: str, blocks: str, ascii: str) -> None:
    assert shown(braille, "block") == blocks
    assert shown(braille, "ascii") == ascii


def test_every_sign_that_the_program_uses_has_a_relative_in_ascii() -> None:
    root = Path(__file__).parents[2]
    texts = (
        path.read_text("utf-8")
        for room in ("tui", "engine")
        for path in (root / room).rglob("*.py")
    )
    signs = {sign for text in texts for sign in text if not sign.isascii()}
    assert not {sign for sign in signs if "?" in shown(sign, "ascii")}
    boxes = map(chr, range(0x2500, 0x2580))
    assert {shown(sign, "ascii") for sign in boxes} == set("-|+=#/\\X:")


def test_a_text_that_is_no_drawing_has_all_powers_written_out() -> None:
    assert shown_freely("xᵀ @ (1 − h²), about 10⁻¹²", "ascii") == "x.T @ (1 - h**2), about 10**-12"
    assert shown_freely("h²", "block") == "h²"

"""The inspector in cells: labels, and every row exactly as wide as the panel."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.screens import text_of
from tui.drawing.inspector import inspector_rows
from tui.drawing.rows import width_of
from tui.models.inspector import Entry, InspectorView

LABELS = st.lists(st.text(st.sampled_from("ab∂/()* "), max_size=20), min_size=1, max_size=5)


def view(labels: list[str]) -> InspectorView:
    entries = tuple(Entry(label.strip(), (("= 1", "text"),)) for label in labels)
    return InspectorView("event", (("heading", "title"),), entries)


@pytest.mark.parametrize("label", ["w", "gradient", "∂loss/∂(w1 * x)", "∂loss/∂(w1 * x + b1)"])
def test_a_label_of_any_length_stands_apart_from_its_text(label: str) -> None:
    rows = text_of(inspector_rows(view([label, "w"]), 60, 10))
    assert any(row.startswith(f"{label} ") and row.rstrip().endswith(" = 1") for row in rows)


@given(LABELS, st.integers(1, 60))
def test_every_row_has_the_width_of_the_panel(labels: list[str], width: int) -> None:
    assert {width_of(row) for row in inspector_rows(view(labels), width, 8)} == {width}

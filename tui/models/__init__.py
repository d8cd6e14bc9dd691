"""What the screen shows, as plain frozen values: words, formatted numbers, names of styles.

May import: the standard library only.   Imported by: views (which make these values from the
debugger), drawing (which lays them out in cells) and widgets (which put the cells on screen).

Nothing here holds an array, so two views compare cheaply and by value.
"""

from __future__ import annotations

from tui.models.code import CodeView
from tui.models.derivation import DerivationView
from tui.models.frame import Frame
from tui.models.graph import (
    GraphLevel,
    GraphLevels,
    GraphNode,
    GraphShape,
    GraphView,
    NodeKind,
)
from tui.models.influence import InfluenceRow, InfluenceView
from tui.models.inspector import Entry, InspectorView, Table
from tui.models.lesson import LessonView, Paragraph, QuestionView
from tui.models.listing import ListingRow, ListingView
from tui.models.parameters import ParameterRow, ParametersView
from tui.models.plots import PlotsView, PlotView, Series
from tui.models.text import Phase, Row, Span, Style
from tui.models.timeline import Mark, TimelineView

__all__ = [
    "CodeView",
    "DerivationView",
    "Entry",
    "Frame",
    "GraphLevel",
    "GraphLevels",
    "GraphNode",
    "GraphShape",
    "GraphView",
    "InfluenceRow",
    "InfluenceView",
    "InspectorView",
    "LessonView",
    "ListingRow",
    "ListingView",
    "Mark",
    "NodeKind",
    "Paragraph",
    "ParameterRow",
    "ParametersView",
    "Phase",
    "PlotView",
    "PlotsView",
    "QuestionView",
    "Row",
    "Series",
    "Span",
    "Style",
    "Table",
    "TimelineView",
]

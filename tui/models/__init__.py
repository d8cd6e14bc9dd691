"""What the screen shows, as plain frozen values: words, formatted numbers, names of styles.

May import: the standard library only.   Imported by: views (which make these values from the
debugger), drawing (which lays them out in cells), widgets (which put the cells on screen), and the
console (whose answers say what can be done about each of their lines).

Nothing here holds an array, so two views compare cheaply and by value.
"""

from __future__ import annotations

from tui.models.choice import Choice
from tui.models.chooser import ChooserView, LessonRow, Preview, Reading
from tui.models.coach import CoachView
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
from tui.models.influence import (
    ExerciseRow,
    ExerciseView,
    InfluenceRow,
    InfluenceView,
    Verdict,
)
from tui.models.inspector import Entry, InspectorView, Table
from tui.models.lesson import LessonView, Paragraph, QuestionView
from tui.models.listing import ListingRow, ListingView
from tui.models.neurons import Edge, Edges, LayerUnits, NeuronsView, UnitDetail
from tui.models.parameters import ParameterRow, ParametersView
from tui.models.plots import (
    LEVELS,
    Colours,
    Dots,
    Field,
    Guide,
    PlotsView,
    PlotView,
    Readout,
    Series,
    Sign,
    Stretch,
)
from tui.models.tensor import Block, Ingredients, Product, Statistics, TensorView
from tui.models.text import Glyphs, Phase, Row, Span, Style
from tui.models.timeline import Level, LevelName, Mark, MarkKind, TimelineView
from tui.models.timelines import TimelineRow, TimelinesView
from tui.models.watches import StopRow, WatchesView, WatchRow

__all__ = [
    "LEVELS",
    "Block",
    "Choice",
    "ChooserView",
    "CoachView",
    "CodeView",
    "Colours",
    "DerivationView",
    "Dots",
    "Edge",
    "Edges",
    "Entry",
    "ExerciseRow",
    "ExerciseView",
    "Field",
    "Frame",
    "Glyphs",
    "GraphLevel",
    "GraphLevels",
    "GraphNode",
    "GraphShape",
    "GraphView",
    "Guide",
    "InfluenceRow",
    "InfluenceView",
    "Ingredients",
    "InspectorView",
    "LayerUnits",
    "LessonRow",
    "LessonView",
    "Level",
    "LevelName",
    "ListingRow",
    "ListingView",
    "Mark",
    "MarkKind",
    "NeuronsView",
    "NodeKind",
    "Paragraph",
    "ParameterRow",
    "ParametersView",
    "Phase",
    "PlotView",
    "PlotsView",
    "Preview",
    "Product",
    "QuestionView",
    "Reading",
    "Readout",
    "Row",
    "Series",
    "Sign",
    "Span",
    "Statistics",
    "StopRow",
    "Stretch",
    "Style",
    "Table",
    "TensorView",
    "TimelineRow",
    "TimelineView",
    "TimelinesView",
    "UnitDetail",
    "Verdict",
    "WatchRow",
    "WatchesView",
]

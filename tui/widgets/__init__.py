"""Widgets: each shows one view and posts messages about what the reader did."""

from __future__ import annotations

from collections.abc import Mapping

from tui.widgets.code import CodePanel
from tui.widgets.derivation import DerivationPanel
from tui.widgets.graph import GraphPanel
from tui.widgets.inspector import InspectorPanel
from tui.widgets.lesson import LessonPanel
from tui.widgets.listing import ListingPanel
from tui.widgets.neurons import NeuronsPanel
from tui.widgets.panel import Panel
from tui.widgets.parameters import ParametersPanel
from tui.widgets.plots import PlotsPanel
from tui.widgets.tensor import TensorPanel
from tui.widgets.timeline import TimelinePanel
from tui.widgets.timelines import TimelinesPanel
from tui.widgets.watches import WatchesPanel

PANELS: Mapping[str, type[Panel]] = {
    "listing": ListingPanel,
    "graph": GraphPanel,
    "neurons": NeuronsPanel,
    "tensor": TensorPanel,
    "inspector": InspectorPanel,
    "derivation": DerivationPanel,
    "parameters": ParametersPanel,
    "watches": WatchesPanel,
    "timelines": TimelinesPanel,
    "plots": PlotsPanel,
    "code": CodePanel,
    "lesson": LessonPanel,
    "timeline": TimelinePanel,
}
"""What shows each view of the catalogue."""

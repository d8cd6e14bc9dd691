"""gradstep's engine: run, trace and explain the training of a small network, in any direction.

    from engine import Debugger, open_lesson

    debugger = Debugger(open_lesson("two-layer"))
    debugger.step("pass")                      # to the end of the forward pass
    debugger.state.node("h").value             # what it computed
    debugger.chain_rule("w1").product          # ∂loss/∂g · ∂g/∂h · ∂h/∂w1

Pure NumPy: nothing here knows that a terminal exists. The names in ``__all__`` are the public
face; everything else may change.
"""

from __future__ import annotations

from engine.debugger import Debugger, Move, Unit
from engine.errors import (
    AddressError,
    DataError,
    ExperimentError,
    FormulaError,
    GradstepError,
    Place,
    ReplayError,
    ShapeError,
    printable,
)
from engine.experiment import Experiment, open_experiment, parse_experiment
from engine.explain import ChainRule, EventReport, Factor, Part, Path
from engine.graph import Formula, Graph, Node
from engine.history import Sampled
from engine.library import Lesson, lessons, new_experiment
from engine.library import open_lesson_or_file as open_lesson
from engine.listing import Line, Listing, Phase, Step
from engine.run import Run
from engine.search import Hit, Search, Survey
from engine.stops import Stop, StopKind, Stops
from engine.trace import Address, Calendar, NodeState, State, Status
from engine.tracefile import jsonable, trace_lines

__all__ = [
    "Address",
    "AddressError",
    "Calendar",
    "ChainRule",
    "DataError",
    "Debugger",
    "EventReport",
    "Experiment",
    "ExperimentError",
    "Factor",
    "Formula",
    "FormulaError",
    "GradstepError",
    "Graph",
    "Hit",
    "Lesson",
    "Line",
    "Listing",
    "Move",
    "Node",
    "NodeState",
    "Part",
    "Path",
    "Phase",
    "Place",
    "ReplayError",
    "Run",
    "Sampled",
    "Search",
    "ShapeError",
    "State",
    "Status",
    "Step",
    "Stop",
    "StopKind",
    "Stops",
    "Survey",
    "Unit",
    "jsonable",
    "lessons",
    "new_experiment",
    "open_experiment",
    "open_lesson",
    "parse_experiment",
    "printable",
    "trace_lines",
]

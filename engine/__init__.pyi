"""The types of the public face; `__init__.py` says what it is and where its names come from."""

from engine.budget import MEMORY
from engine.check import ELEMENTS, CheckReport, CheckRow, GradientCheck, Verdict, check_fields
from engine.comparison import Difference, Divergence
from engine.debugger import Debugger, Move, Unit
from engine.derivation import (
    Arrival,
    Derivation,
    Makeup,
    Matrix,
    MatrixProduct,
    Shares,
    Term,
    Way,
    derivation_fields,
    derivation_latex,
    derivation_markdown,
    derivation_text,
)
from engine.edits import Edit
from engine.errors import (
    AddressError,
    DataError,
    ExperimentError,
    FormulaError,
    GradstepError,
    Place,
    ReplayError,
    ReplyError,
    SessionError,
    ShapeError,
    TargetError,
    printable,
)
from engine.experiment import Experiment
from engine.explain import ChainRule, EventReport, Factor, Part, Path
from engine.export import code_twin, export_dot, export_numpy, export_pytorch
from engine.export.marks import Twin
from engine.files import write_at_once
from engine.graph import Formula, Graph, Node
from engine.history import Envelope, Sampled
from engine.influence import Influence
from engine.library import Lesson, lessons, new_experiment
from engine.library import open_lesson_or_file as open_lesson
from engine.listing import Line, Listing, Phase, Step
from engine.network import Connection, Layer, Network, Unlayered
from engine.places import Bookmark, Position
from engine.quiz import (
    HINT_COST,
    Amount,
    Choice,
    Judgement,
    Link,
    Marked,
    OneOf,
    Outcome,
    Question,
    QuestionKind,
    Quiz,
    Slip,
    judge,
    questions,
    quiz_fields,
    quiz_sheet,
)
from engine.reading import open_experiment, parse_experiment
from engine.run import Recorded, Run
from engine.search import Hit, Search, Survey
from engine.session import SUFFIX as SESSION_SUFFIX
from engine.session import Opened, open_session, save_session
from engine.stops import Stop, StopKind, Stops
from engine.tasks import Task
from engine.timelines import Timeline, Timelines
from engine.trace import Address, Calendar, NodeState, State, Status
from engine.tracefile import jsonable, trace_lines
from engine.why import Discovery, Finding, Kind, Reason, Target, Why, parse_target, why_fields

__all__ = [
    "ELEMENTS",
    "HINT_COST",
    "MEMORY",
    "SESSION_SUFFIX",
    "Address",
    "AddressError",
    "Amount",
    "Arrival",
    "Bookmark",
    "Calendar",
    "ChainRule",
    "CheckReport",
    "CheckRow",
    "Choice",
    "Connection",
    "DataError",
    "Debugger",
    "Derivation",
    "Difference",
    "Discovery",
    "Divergence",
    "Edit",
    "Envelope",
    "EventReport",
    "Experiment",
    "ExperimentError",
    "Factor",
    "Finding",
    "Formula",
    "FormulaError",
    "GradientCheck",
    "GradstepError",
    "Graph",
    "Hit",
    "Influence",
    "Judgement",
    "Kind",
    "Layer",
    "Lesson",
    "Line",
    "Link",
    "Listing",
    "Makeup",
    "Marked",
    "Matrix",
    "MatrixProduct",
    "Move",
    "Network",
    "Node",
    "NodeState",
    "OneOf",
    "Opened",
    "Outcome",
    "Part",
    "Path",
    "Phase",
    "Place",
    "Position",
    "Question",
    "QuestionKind",
    "Quiz",
    "Reason",
    "Recorded",
    "ReplayError",
    "ReplyError",
    "Run",
    "Sampled",
    "Search",
    "SessionError",
    "ShapeError",
    "Shares",
    "Slip",
    "State",
    "Status",
    "Step",
    "Stop",
    "StopKind",
    "Stops",
    "Survey",
    "Target",
    "TargetError",
    "Task",
    "Term",
    "Timeline",
    "Timelines",
    "Twin",
    "Unit",
    "Unlayered",
    "Verdict",
    "Way",
    "Why",
    "check_fields",
    "code_twin",
    "derivation_fields",
    "derivation_latex",
    "derivation_markdown",
    "derivation_text",
    "export_dot",
    "export_numpy",
    "export_pytorch",
    "jsonable",
    "judge",
    "lessons",
    "new_experiment",
    "open_experiment",
    "open_lesson",
    "open_session",
    "parse_experiment",
    "parse_target",
    "printable",
    "questions",
    "quiz_fields",
    "quiz_sheet",
    "save_session",
    "trace_lines",
    "why_fields",
    "write_at_once",
]

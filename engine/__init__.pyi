"""The types of the public face; `__init__.py` says what it is and where its names come from."""

from engine.activity import QUANTILES, Activation, Activity
from engine.alone import SampleAlone, sample_record
from engine.budget import ELEMENTS, MEMORY
from engine.check import CheckReport, CheckRow, GradientCheck, Verdict, check_fields
from engine.comparison import Difference, Divergence
from engine.conditions import COUNTERS, signatures
from engine.course.checking import LessonReport, check_lesson
from engine.course.guide import Guide, Page
from engine.course.opening import open_plan, read_plan
from engine.course.plan import VIEWS, LessonPlan, Look
from engine.course.progress import Mark, Progress
from engine.course.starter import new_lesson
from engine.debugger import Debugger, Move, Unit
from engine.derivation import (
    Arrival,
    Derivation,
    Makeup,
    Matrix,
    MatrixProduct,
    Shares,
    Term,
    TextLine,
    Way,
    derivation_fields,
    derivation_latex,
    derivation_lines,
    derivation_markdown,
    derivation_text,
    share_lines,
)
from engine.edits import Edit
from engine.errors import (
    AddressError,
    DataError,
    ExperimentError,
    FormulaError,
    GradstepError,
    LessonError,
    Place,
    ReplayError,
    ReplyError,
    SessionError,
    ShapeError,
    TargetError,
    did_you_mean,
    printable,
)
from engine.experiment import Experiment
from engine.explain import ChainRule, EventReport, Factor, Part, Path
from engine.export import code_twin, export_dot, export_numpy, export_pytorch
from engine.export.marks import Twin
from engine.files import SESSION_SUFFIX, write_at_once
from engine.gauges import Gauge, gauges_for
from engine.graph import Formula, Graph, Node
from engine.history import Envelope, Sampled
from engine.influence import Influence
from engine.landscape import Coordinate, Response, Surface, by_itself, picked
from engine.library import Lesson, lesson_paths, lessons, new_experiment
from engine.listing import Line, Listing, Phase, Step
from engine.locations import TomlText
from engine.network import Connection, Layer, Network, Unlayered
from engine.nudge import Nudged
from engine.opening import open_lesson
from engine.places import Bookmark, Position
from engine.quiz.asking import each_question, questions
from engine.quiz.judging import HINT_COST, Judgement, Marking, Outcome, Quiz, judge
from engine.quiz.questions import (
    Amount,
    Choice,
    Link,
    Marked,
    OneOf,
    Question,
    QuestionKind,
    Slip,
)
from engine.quiz.sheet import quiz_fields, quiz_sheet
from engine.reading import open_experiment, parse_experiment
from engine.reading.files import toml_document
from engine.replica import Replica
from engine.roles import Decision, Roles, roles_of
from engine.run import Recorded, Run
from engine.search import Hit, Search, Survey
from engine.session import Opened, open_session, save_session
from engine.sightings import changed_at, known_hits
from engine.stops import Stop, StopKind, Stops
from engine.tasks import Task
from engine.timelines import Timeline, Timelines
from engine.trace import Address, Calendar, NodeState, State, Status
from engine.tracefile import jsonable, trace_lines
from engine.why import Discovery, Finding, Kind, Reason, Target, Why, parse_target, why_fields

__all__ = [
    "COUNTERS",
    "ELEMENTS",
    "HINT_COST",
    "MEMORY",
    "QUANTILES",
    "SESSION_SUFFIX",
    "VIEWS",
    "Activation",
    "Activity",
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
    "Coordinate",
    "DataError",
    "Debugger",
    "Decision",
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
    "Gauge",
    "GradientCheck",
    "GradstepError",
    "Graph",
    "Guide",
    "Hit",
    "Influence",
    "Judgement",
    "Kind",
    "Layer",
    "Lesson",
    "LessonError",
    "LessonPlan",
    "LessonReport",
    "Line",
    "Link",
    "Listing",
    "Look",
    "Makeup",
    "Mark",
    "Marked",
    "Marking",
    "Matrix",
    "MatrixProduct",
    "Move",
    "Network",
    "Node",
    "NodeState",
    "Nudged",
    "OneOf",
    "Opened",
    "Outcome",
    "Page",
    "Part",
    "Path",
    "Phase",
    "Place",
    "Position",
    "Progress",
    "Question",
    "QuestionKind",
    "Quiz",
    "Reason",
    "Recorded",
    "ReplayError",
    "Replica",
    "ReplyError",
    "Response",
    "Roles",
    "Run",
    "SampleAlone",
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
    "Surface",
    "Survey",
    "Target",
    "TargetError",
    "Task",
    "Term",
    "TextLine",
    "Timeline",
    "Timelines",
    "TomlText",
    "Twin",
    "Unit",
    "Unlayered",
    "Verdict",
    "Way",
    "Why",
    "by_itself",
    "changed_at",
    "check_fields",
    "check_lesson",
    "code_twin",
    "derivation_fields",
    "derivation_latex",
    "derivation_lines",
    "derivation_markdown",
    "derivation_text",
    "did_you_mean",
    "each_question",
    "export_dot",
    "export_numpy",
    "export_pytorch",
    "gauges_for",
    "jsonable",
    "judge",
    "known_hits",
    "lesson_paths",
    "lessons",
    "new_experiment",
    "new_lesson",
    "open_experiment",
    "open_lesson",
    "open_plan",
    "open_session",
    "parse_experiment",
    "parse_target",
    "picked",
    "printable",
    "questions",
    "quiz_fields",
    "quiz_sheet",
    "read_plan",
    "roles_of",
    "sample_record",
    "save_session",
    "share_lines",
    "signatures",
    "toml_document",
    "trace_lines",
    "why_fields",
    "write_at_once",
]

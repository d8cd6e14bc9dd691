"""gradstep's engine: run, trace and explain the training of a small network, in any direction.

    from engine import Debugger, open_lesson

    debugger = Debugger(open_lesson("two-layer"))
    debugger.step("pass")                      # to the end of the forward pass
    debugger.state.node("h").value             # what it computed
    debugger.chain_rule("w1").product          # ∂loss/∂g · ∂g/∂h · ∂h/∂w1

Pure NumPy: nothing here knows that a terminal exists. The names in ``__all__`` are the public
face; everything else may change. A name is loaded when it is first used, so that a program pays
for the rooms that it enters; `__init__.pyi` has the types.
"""

from __future__ import annotations

from importlib import import_module as _import_module

_ROOMS = {
    "activity": "QUANTILES Activation Activity",
    "alone": "SampleAlone sample_record",
    "budget": "ELEMENTS MEMORY",
    "check": "CheckReport CheckRow GradientCheck Verdict check_fields",
    "comparison": "Difference Divergence",
    "conditions": "COUNTERS signatures",
    "course.checking": "LessonReport check_lesson",
    "course.guide": "Guide Page",
    "course.opening": "open_plan read_plan",
    "course.plan": "VIEWS LessonPlan Look",
    "course.progress": "Mark Progress",
    "course.starter": "new_lesson",
    "debugger": "Debugger Move Unit",
    "derivation": (
        "Arrival Derivation Makeup Matrix MatrixProduct Shares Term TextLine Way "
        "derivation_fields derivation_latex derivation_lines derivation_markdown derivation_text "
        "share_lines"
    ),
    "edits": "Edit",
    "errors": (
        "AddressError DataError ExperimentError FormulaError GradstepError LessonError Place "
        "ReplayError ReplyError SessionError ShapeError TargetError did_you_mean printable"
    ),
    "experiment": "Experiment",
    "explain": "ChainRule EventReport Factor Part Path",
    "export": "code_twin export_dot export_numpy export_pytorch",
    "export.marks": "Twin",
    "files": "SESSION_SUFFIX write_at_once",
    "gauges": "Gauge gauges_for",
    "graph": "Formula Graph Node",
    "history": "Envelope Sampled",
    "influence": "Influence",
    "landscape": "Coordinate Response Surface by_itself picked",
    "library": "Lesson lesson_paths lessons new_experiment",
    "listing": "Line Listing Phase Step",
    "locations": "TomlText",
    "network": "Connection Layer Network Unlayered",
    "nudge": "Nudged",
    "opening": "open_lesson",
    "places": "Bookmark Position",
    "quiz.asking": "each_question questions",
    "quiz.judging": "HINT_COST Judgement Marking Outcome Quiz judge",
    "quiz.questions": "Amount Choice Link Marked OneOf Question QuestionKind Slip",
    "quiz.sheet": "quiz_fields quiz_sheet",
    "reading": "open_experiment parse_experiment",
    "reading.files": "toml_document",
    "replica": "Replica",
    "roles": "Decision Roles roles_of",
    "run": "Recorded Run",
    "search": "Hit Search Survey",
    "session": "Opened open_session save_session",
    "sightings": "changed_at known_hits",
    "stops": "Stop StopKind Stops",
    "tasks": "Task",
    "timelines": "Timeline Timelines",
    "trace": "Address Calendar NodeState State Status",
    "tracefile": "jsonable trace_lines",
    "why": "Discovery Finding Kind Reason Target Why parse_target why_fields",
}
"""Where each public name comes from."""

_HOMES = {name: room for room, names in _ROOMS.items() for name in names.split()}

# Constants first, then classes, then functions. (The stub spells it out for type checkers.)
__all__ = sorted(  # pyright: ignore[reportUnsupportedDunderAll]
    _HOMES, key=lambda name: (not name.isupper(), name)
)


def __getattr__(name: str) -> object:
    """A public name, loaded with its room when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'engine' has no attribute '{name}'")
    value = getattr(_import_module(f"engine.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__

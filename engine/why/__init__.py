"""The room that answers *why*: a value or a gradient as a chain of recorded events.

`why` builds the tree of reasons (`chain`) and says first what is worth saying: the first factor
that is 0 (`zeros`), the first event that made nan or inf (`nonfinite`), the sample behind a spike
(`spikes`). All of it is a pure function of a run's records: looking changes nothing.
May import: errors, evaluation, explain, formulas, graph, listing, notation, ops, run, shapes,
trace, tracefile.   Imported by: debugger, the public face.
"""

from __future__ import annotations

from engine.why.answer import why
from engine.why.reasons import Discovery, Finding, Kind, Reason, Why, why_fields
from engine.why.targets import Target, parse_target

__all__ = [
    "Discovery",
    "Finding",
    "Kind",
    "Reason",
    "Target",
    "Why",
    "parse_target",
    "why",
    "why_fields",
]

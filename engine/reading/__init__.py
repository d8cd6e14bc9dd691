"""The reading room: a TOML file, checked section by section, becomes an experiment.

Every mistake in the file is one error that names file, line and column, what came, what was wanted
and the way out.
May import: data, datasets, errors, experiment, formulas, graph, initializers, locations,
optimizers, schedules, shapes.   Imported by: edits, library, session, the public face.
"""

from __future__ import annotations

from engine.reading.opening import open_experiment, parse_experiment, with_option

__all__ = ["open_experiment", "parse_experiment", "with_option"]

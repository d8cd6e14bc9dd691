"""The built-in experiments, each once: many lessons of the course share one of them."""

from __future__ import annotations

from engine import lessons

EXPERIMENTS = [
    lesson.name for lesson in lessons() if "\nformulas = " in lesson.path.read_text("utf-8")
]
"""The names of those files that bring an experiment of their own."""

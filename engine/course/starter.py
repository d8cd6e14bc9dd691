"""A lesson to start from: commented, and right as it stands.

May import: library.   Imported by: the public face.
"""

from __future__ import annotations

from pathlib import Path

from engine.library import write_new

STARTER = '''\
# A lesson for gradstep. Open it with:  gradstep {name}
# Whether all that it says is so:       gradstep check --lesson {name}
# docs/lessons.md says what else can stand here.

title = "My lesson"
about = "How one weight learns."

formulas = """
h = w * x
loss = mean((y - h)**2)
"""

[lesson]
goal = "Say which way a weight moves, and why."
# next = "lesson-2.toml"        # what is offered at its end: a file, or the name of a lesson
# experiment = "two-layer"      # instead of one of its own, that of another file or lesson,
# set = ["training.learning_rate=0.1"]                             # and what is other there

# A step is a text and a place to stand. What stands in braces is computed there, so that a text
# never says what is not so. A place is an address (e2.i3.17, e2, start, end, next), what happens
# there (h, grad w1, w1, line 3), or both:  at = "e2 grad w"
[[step]]
at = "loss"
text = """
The network is one weight: `h = w·x`. With **w = {{w}}** it says {{h}}, and should say {{y}}.

The loss is the mean of the squares of what is left, (1/N) Σ (y − h)²: {{loss}}.
"""
look = {{ node = "loss", view = "graph" }}

[[step.question]]
ask = "How many samples are in this batch?"
number = "sum(x**0)"
answer = 4                      # what you think it is: the check compares it
tolerance = 0                   # exactly; without this 0.01, a hundredth of the answer
hints = ["Each entry of x is one sample.", "x = {{x}}"]
why = "x has four entries, one for each sample, so N = 4."

[[step]]
at = "grad w"
text = """
The backward pass ends at w: ∂loss/∂w = Σ ∂loss/∂h · x = {{grad(w)}}.
"""
look = {{ node = "w", view = "inspector" }}

[[step.question]]
ask = "Which way should w go, so that the loss falls?"
choices = [
    {{ text = "up", if = "grad(w) < 0" }},
    {{ text = "down", if = "grad(w) > 0", reason = "∂loss/∂w is {{grad(w)}}: down, it rises." }},
    {{ text = "nowhere", if = "grad(w) == 0", reason = "∂loss/∂w is {{grad(w)}}, and not 0." }},
]
answer = "up"
hints = ["What is the sign of ∂loss/∂w?", "The update goes against the gradient."]
why = "∂loss/∂w = {{grad(w)}} is negative: a larger w makes the loss smaller."

[[step.question]]
ask = "The learning rate is 0.05. What will w be after the update?"
number = "w at next"
slips = [{{ number = "w + 0.05 * grad(w)", say = "that goes up the gradient" }}]
hints = ["w ← w − 0.05 · ∂loss/∂w"]
why = "{{w}} − 0.05 · ({{grad(w)}}) = {{w at next}}"

# --- the experiment ------------------------------------------------------------------------------
# The same tables as in any experiment file: see docs/formats.md.

[parameters]
w = 0.5

[data]
x = [1.0, 2.0, 3.0, 4.0]
y = [2.0, 4.0, 6.0, 8.0]

[training]
learning_rate = 0.05
epochs = 20
'''


def new_lesson(path: str | Path) -> Path:
    """Write a commented lesson to start from; never overwrites. Raises `ExperimentError`."""
    return write_new(path, lambda name: STARTER.format(name=name))

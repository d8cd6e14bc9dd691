"""Opening an experiment: from a text to a run that can take its first step, part by part.

Four programs of many formulas, each hard in its own way: a chain of scalars, a deep network of
matrices, formulas that read many others, and one cell unrolled over time, all of whose gradients
meet in the same three parameters. Then how the time grows with the number of formulas, and what
`import engine` costs beside the `import numpy` that it contains.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine import Run, parse_experiment
from engine.listing import build_listing
from engine.program import Program, Storage
from tests.benchmarks.measure import in_turn, ratio, seconds

ROOT = Path(__file__).parents[2]
FORMULAS = 200
SIZES = (100, 200, 400, 800)
SAMPLES = 8
DIMENSIONS = 4


# --- the programs ---------------------------------------------------------------------------------


def chain(formulas: int) -> str:
    """One number passed through layer after layer: ``h1 = tanh(w1 * h0 + b1)``."""
    lines, values = [], []
    for k in range(1, formulas):
        lines.append(f"h{k} = tanh(w{k} * {f'h{k - 1}' if k > 1 else 'x'} + b{k})")
        values += [f"w{k} = 0.9", f"b{k} = {0.01 * (k % 7):.2f}"]
    lines.append(f"loss = mean((y - h{formulas - 1})**2)")
    return _experiment(lines, values, matrix=False)


def layers(formulas: int) -> str:
    """A deep network of matrices: ``h1 = relu(h0 @ W1 + b1)``."""
    square = f"shape = [{DIMENSIONS}, {DIMENSIONS}]"
    lines, values = [], []
    for k in range(1, formulas):
        lines.append(f"h{k} = relu({f'h{k - 1}' if k > 1 else 'x'} @ W{k} + b{k})")
        values.append(f'W{k} = {{ {square}, init = "he_uniform" }}')
        values.append(f'b{k} = {{ shape = [{DIMENSIONS}], init = "zeros" }}')
    lines.append(f"loss = mean((y - sum(h{formulas - 1}, axis=1))**2)")
    return _experiment(lines, values)


def fan_out(formulas: int) -> str:
    """Formulas that read three earlier ones at random, one of them twice."""
    rng = np.random.default_rng(0)
    lines, values = [], []
    names = ["x"]
    for k in range(1, formulas):
        a, b, c = (names[int(rng.integers(max(0, len(names) - 20), len(names)))] for _ in range(3))
        lines.append(f"h{k} = tanh(w{k} * {a} * {b} + sin({a}) - {c} / (1 + {c}**2))")
        values.append(f"w{k} = 0.5")
        names.append(f"h{k}")
    last = " + ".join(names[-5:])
    lines.append(f"loss = mean((y - ({last}))**2)")
    return _experiment(lines, values, matrix=False)


def unrolled(formulas: int) -> str:
    """A recurrent cell, unrolled over time: every step reads the same three parameters."""
    square = f'shape = [{DIMENSIONS}, {DIMENSIONS}], init = "glorot_uniform"'
    lines = ["h1 = tanh(x @ U + b)"]
    lines += [f"h{k} = tanh(x @ U + h{k - 1} @ V + b)" for k in range(2, formulas)]
    lines.append(f"loss = mean((y - sum(h{formulas - 1}, axis=1))**2)")
    values = [f"U = {{ {square} }}", f"V = {{ {square} }}"]
    values.append(f'b = {{ shape = [{DIMENSIONS}], init = "zeros" }}')
    return _experiment(lines, values)


def _experiment(lines: list[str], values: list[str], *, matrix: bool = True) -> str:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(SAMPLES, DIMENSIONS) if matrix else SAMPLES).round(3).tolist()
    y = rng.normal(size=SAMPLES).round(3).tolist()
    parts = ['formulas = """', *lines, '"""', "[parameters]", *values]
    return "\n".join([*parts, "[data]", f"x = {x}", f"y = {y}", ""])


PROGRAMS: dict[str, Callable[[int], str]] = {
    "chain of scalars": chain,
    "layers of matrices": layers,
    "fan-out": fan_out,
    "unrolled cell": unrolled,
}


# --- the parts ------------------------------------------------------------------------------------


def parts(text: str) -> dict[str, Callable[[], object]]:
    """What opening consists of, and the whole; each part by itself."""
    experiment = parse_experiment(text)
    size = experiment.training.batches.size
    shapes = experiment.shapes(size)
    listing = build_listing(experiment.graph, shapes, experiment.training)

    def written() -> None:
        for line in build_listing(experiment.graph, shapes, experiment.training).lines:
            _ = line.text

    return {
        "parse": lambda: parse_experiment(text),
        "shapes": lambda: experiment.shapes(size),
        "listing": lambda: build_listing(experiment.graph, shapes, experiment.training),
        "compile": lambda: Program(experiment, listing, Storage(experiment), size),
        "total": lambda: Run(parse_experiment(text)),
        "its text": written,
    }


def milliseconds(work: dict[str, Callable[[], object]], rounds: int = 9) -> dict[str, float]:
    """The median of each, all of them measured in turn."""

    def timed(call: Callable[[], object]) -> Callable[[], float]:
        return lambda: 1e3 * seconds(call)

    times = in_turn({name: timed(call) for name, call in work.items()}, rounds)
    return {name: statistics.median(taken) for name, taken in times.items()}


def importing(module: str) -> float:
    """Seconds that a fresh interpreter takes to import a module and end."""
    return seconds(lambda: subprocess.run([sys.executable, "-c", f"import {module}"], cwd=ROOT))


def main() -> None:
    print(f"{FORMULAS} formulas, ms (parse includes shapes; total is parse, listing and compile)")
    for name, program in PROGRAMS.items():
        taken = milliseconds(parts(program(FORMULAS)))
        print(f"  {name:<20}" + "".join(f"  {part} {ms:6.1f}" for part, ms in taken.items()))
    print("growth, ms in all and µs a formula")
    for name, program in PROGRAMS.items():
        texts = {size: program(size) for size in SIZES}
        work = {str(size): lambda t=text: Run(parse_experiment(t)) for size, text in texts.items()}
        taken = milliseconds(work, rounds=5)
        line = "".join(f"  {n} {ms:6.1f} ({1e3 * ms / int(n):4.0f})" for n, ms in taken.items())
        print(f"  {name:<20}{line}")
    times = in_turn({m: lambda m=m: importing(m) for m in ("numpy", "engine")}, rounds=15)
    for module, taken in times.items():
        print(f"import {module:<8} {1e3 * statistics.median(taken):6.1f} ms, interpreter included")
    middle, least, most = ratio(times["engine"], times["numpy"])
    print(f"ratio           {middle:6.2f}    (from {least:.2f} to {most:.2f} over the rounds)")


if __name__ == "__main__":
    main()

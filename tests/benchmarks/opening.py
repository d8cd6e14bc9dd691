"""Opening an experiment: from a text to a run that can take its first step, part by part.

Four programs of many formulas, each hard in its own way: a chain of scalars, a deep network of
matrices, formulas that read many others, and one cell unrolled over time, all of whose gradients
meet in the same three parameters. Then how the time grows with the number of formulas, and what
`import engine` costs beside the `import numpy` that it contains.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine import Run, parse_experiment
from engine.graph import infer_shapes
from engine.listing import build_listing
from engine.program import Program, Storage
from tests.benchmarks.measure import Timed, in_turn, ratio, seconds

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
    """Formulas that read three earlier ones at random, one of them twice: everything is shared."""
    rng = np.random.default_rng(0)
    lines, values = [], []
    names = ["x"]
    for k in range(1, formulas):
        a, b, c = (names[int(rng.integers(max(0, len(names) - 20), len(names)))] for _ in range(3))
        lines.append(f"h{k} = tanh(w{k} * {a} * {b} + {c} - {a})")
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


def taken(work: Callable[[], object]) -> float:
    """Milliseconds of processor time for the work; what it made is let go only afterwards.

    Opening waits for nothing, so that on an idle machine this is what a clock shows.
    """
    start = time.process_time()
    made = work()
    end = time.process_time()
    del made
    return 1e3 * (end - start)


def parts(text: str) -> dict[str, Timed]:
    """What opening consists of, the whole, and what the first look at the listing takes."""
    experiment = parse_experiment(text)
    graph, training = experiment.graph, experiment.training
    size = training.batches.size
    shapes = experiment.shapes(size)
    leaves = {n.name: shapes[n.id] for n in graph.nodes if n.op is None and n.literal is None}
    listing = build_listing(graph, shapes, training)

    def texts() -> float:
        lines = build_listing(graph, shapes, training).lines
        return taken(lambda: [line.text for line in lines])

    return {
        "parse": lambda: taken(lambda: parse_experiment(text)),
        "of it shapes": lambda: taken(lambda: infer_shapes(graph, leaves)),
        "listing": lambda: taken(lambda: build_listing(graph, shapes, training)),
        "compile": lambda: taken(lambda: Program(experiment, listing, Storage(experiment), size)),
        "all": lambda: taken(lambda: Run(parse_experiment(text))),
        "texts": texts,
    }


def medians(work: dict[str, Timed], rounds: int = 9) -> dict[str, float]:
    return {name: statistics.median(ms) for name, ms in in_turn(work, rounds).items()}


# --- imports --------------------------------------------------------------------------------------


STATEMENTS = (
    "import numpy",
    "import engine",
    "from engine import Run",
    "from engine import Debugger",
)
"""What a script may begin with: a name of the engine is loaded, with its rooms, when it is used."""


def importing(statement: str, bytecode: str) -> float:
    """Milliseconds of a fresh interpreter that carries out an import and ends.

    Compiled files are kept in `bytecode`, so that only the very first one has to compile.
    """
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-c", statement]
    return 1e3 * seconds(lambda: subprocess.run(command, cwd=ROOT, env=environment, check=True))


def main() -> None:
    print(f"{FORMULAS} formulas, ms; all is parse, listing and compile")
    for name, program in PROGRAMS.items():
        text = program(FORMULAS)
        events = len(Run(parse_experiment(text)).listing.steps)
        line = "".join(f"   {part} {ms:.1f}" for part, ms in medians(parts(text)).items())
        print(f"  {name:<18} {events:>5} events{line}")
    print("growth: ms in all (µs an event)")
    for name, program in PROGRAMS.items():
        cells = []
        for size in SIZES:
            text = program(size)
            events = len(Run(parse_experiment(text)).listing.steps)
            ms = medians({"all": parts(text)["all"]}, rounds=5)["all"]
            cells.append(f"   {size}: {ms:.0f} ({1e3 * ms / events:.0f})")
        print(f"  {name:<18}{''.join(cells)}")
    with tempfile.TemporaryDirectory() as bytecode:
        times = in_turn({s: lambda s=s: importing(s, bytecode) for s in STATEMENTS}, rounds=15)
    for statement, ms in times.items():
        middle, least, most = ratio(ms, times["import numpy"])
        print(
            f"{statement:<28} {statistics.median(ms):6.1f} ms, the interpreter's start included: "
            f"{middle:.2f} × import numpy ({least:.2f}–{most:.2f})"
        )

"""Every benchmark, printed as ratios measured side by side: ``python -m tests.benchmarks``.

Times drift with the machine; the two sides of a ratio are measured in turn, in one process, on
one thread, and the median of the rounds is printed. Nothing here passes or fails.
"""

from __future__ import annotations

import importlib
import os
import sys

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

BENCHMARKS = {
    "opening": "opening",
    "run": "run_speed",
    "memory": "memory",
    "travel": "time_travel",
    "wide": "wide",
    "forks": "forks",
    "search": "searching",
    "plots": "plots",
    "screen": "screen_speed",
    "graph": "graphs",
}
"""Their modules, loaded when they are run: not each needs what another does."""


def main(names: list[str]) -> None:
    for name in names or BENCHMARKS:
        print(f"\n== {name}")
        importlib.import_module(f"tests.benchmarks.{BENCHMARKS[name]}").main()


if __name__ == "__main__":
    main(sys.argv[1:])

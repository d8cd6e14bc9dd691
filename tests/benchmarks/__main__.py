"""Every benchmark, printed as ratios measured side by side: ``python -m tests.benchmarks``.

Times drift with the machine; the two sides of a ratio are measured in turn, in one process, on
one thread, and the median of the rounds is printed. Nothing here passes or fails.
"""

from __future__ import annotations

import os
import sys

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

from tests.benchmarks import (  # noqa: E402
    opening,
    run_speed,
    screen_speed,
    searching,
    time_travel,
)

BENCHMARKS = {
    "opening": opening.main,
    "run": run_speed.main,
    "travel": time_travel.main,
    "search": searching.main,
    "screen": screen_speed.main,
}


def main(names: list[str]) -> None:
    for name in names or BENCHMARKS:
        print(f"\n== {name}")
        BENCHMARKS[name]()


if __name__ == "__main__":
    main(sys.argv[1:])

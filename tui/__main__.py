"""``gradstep`` and ``python -m tui``."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command line and leave with its exit status."""
    # Before NumPy loads: on nets this small threads cost more than they bring, and with more than
    # one of them long sums may give other bits on another machine.
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    if os.environ.get("NO_COLOR") == "":
        del os.environ["NO_COLOR"]  # set but empty counts as not set (no-color.org)
    try:
        from tui.cli import run

        status = run(sys.argv[1:])
    except KeyboardInterrupt:  # before there is anybody to tell
        status = 130
    sys.exit(status)


if __name__ == "__main__":
    main()

"""Key press to repainted screen in a pseudo-terminal, beside a bare Textual app."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

from tests.benchmarks.measure import percentile
from tests.e2e.terminal import Terminal

ROOT = Path(__file__).parents[2]
KEYS = 120
FRAME_END = b"\x1b[?2026l"
"""A synchronized frame has been painted in full."""

BARE = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static("0", id="number")
    def on_key(self):
        number = self.query_one("#number")
        self.count = getattr(self, "count", 0) + 1
        number.update(str(self.count))

Bare().run()
"""

CASES = {
    "a bare Textual app": ([sys.executable, "-c", BARE], "a"),
    "one event": ([sys.executable, "-m", "tui", "two-layer"], "s"),
    "one event back": ([sys.executable, "-m", "tui", "two-layer", "--at", "e90"], "S"),
    "one iteration": ([sys.executable, "-m", "tui", "two-layer-csv"], "i"),
}


def key_to_frame(command: list[str], key: str, columns: int, rows: int) -> list[float]:
    """Milliseconds from writing the key to the end of the frame that follows."""
    import time

    taken: list[float] = []
    with Terminal(command, columns=columns, rows=rows, cwd=ROOT) as terminal:
        terminal.wait_for_bytes(FRAME_END, timeout=20)
        terminal.drain(quiet=0.6, timeout=8)
        for _ in range(KEYS):
            start = len(terminal.raw)
            pressed = time.perf_counter()
            terminal.send_bytes(key.encode())
            painted = terminal.wait_for_bytes(FRAME_END, timeout=5, start=start)
            taken.append(1e3 * (painted - pressed))
            terminal.drain(quiet=0.03, timeout=1)
    return taken[10:]


def main() -> None:
    for columns, rows in ((80, 24), (120, 40), (200, 60)):
        print(f"{columns}×{rows}")
        for name, (command, key) in CASES.items():
            times = key_to_frame(command, key, columns, rows)
            print(
                f"  {name:<20} median {statistics.median(times):5.1f} ms   "
                f"p95 {percentile(times, 0.95):5.1f} ms"
            )

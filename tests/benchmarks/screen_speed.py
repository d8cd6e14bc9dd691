"""The screen in a pseudo-terminal: keys, bursts, background work and the first frame.

Each beside a bare Textual app in the same session, in turn, since the machine drifts.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

from tests.benchmarks.measure import percentile
from tests.e2e.terminal import Terminal

ROOT = Path(__file__).parents[2]
SIZES = ((80, 24), (120, 40), (200, 60))
KEYS = 120
BURST = 300
STARTS = 9
FRAME_END = b"\x1b[?2026l"
"""A synchronized frame has been painted in full."""

BARE = """
import numpy
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

BARE_COMMAND = [sys.executable, "-c", BARE]
GRADSTEP = [sys.executable, "-m", "tui"]

CASES = {
    "a bare Textual app": (BARE_COMMAND, "a"),
    "one event": ([*GRADSTEP, "two-layer"], "s"),
    "one event back": ([*GRADSTEP, "two-layer", "--at", "e90"], "S"),
    "one iteration, plots too": ([*GRADSTEP, "two-layer-csv"], "i"),
}

GOING_ON = [*GRADSTEP, "two-layer", "--set", "training.epochs=2000000"]
"""A run that is recorded ahead for as long as the program does that."""


def key_to_frame(
    terminal: Terminal, key: str, keys: int = KEYS, pause: float = 0.03
) -> list[float]:
    """Milliseconds from writing a key to the end of the frame that follows, for each of `keys`."""
    taken: list[float] = []
    for _ in range(keys):
        start = len(terminal.raw)
        pressed = time.perf_counter()
        terminal.send_bytes(key.encode())
        painted = terminal.wait_for_bytes(FRAME_END, timeout=5, start=start)
        taken.append(1e3 * (painted - pressed))
        terminal.drain(quiet=pause, timeout=1)
    return taken[keys // 12 :]


def opened(command: list[str], columns: int, rows: int) -> Terminal:
    return Terminal(command, columns=columns, rows=rows, cwd=ROOT)


def settled(terminal: Terminal) -> None:
    """Wait until nothing more is painted: the run is recorded ahead."""
    terminal.wait_for_bytes(FRAME_END, timeout=20)
    terminal.drain(quiet=0.6, timeout=8)


def say(name: str, times: list[float]) -> None:
    median, last = statistics.median(times), percentile(times, 0.99)
    print(
        f"  {name:<26} median {median:5.1f} ms   p95 {percentile(times, 0.95):5.1f}   "
        f"p99 {last:5.1f} = {last / median:.1f} medians"
    )


def keys() -> None:
    """Key press to repainted screen, by the size of the terminal."""
    for columns, rows in SIZES:
        print(f"{columns}×{rows}")
        for name, (command, key) in CASES.items():
            with opened(command, columns, rows) as terminal:
                settled(terminal)
                say(name, key_to_frame(terminal, key))


def while_working() -> None:
    """A key while the run is being recorded in the background, beside one when it is not."""
    print("at 120×40, one event")
    with opened(GOING_ON, 120, 40) as terminal:
        terminal.wait_for_bytes(FRAME_END, timeout=20)
        say("while a run goes on", key_to_frame(terminal, "s", 60, pause=0.005))
        terminal.drain(quiet=1.0, timeout=20)
        say("when it does not", key_to_frame(terminal, "s", 60))


def bursts() -> None:
    """Many keys in one breath: few frames, and the last of them is right."""
    with opened([*GRADSTEP, "two-layer"], 120, 40) as terminal:
        settled(terminal)
        start, pressed = len(terminal.raw), time.perf_counter()
        terminal.send_bytes(b"s" * BURST)
        terminal.wait_until(lambda screen: "e14.i1.2 " in screen, timeout=20)
        taken = time.perf_counter() - pressed
        frames = bytes(terminal.raw[start:]).count(FRAME_END)
        print(f"  {BURST} keys in one breath: {1e3 * taken:.0f} ms, {frames} frames")


def first_frame(command: list[str], columns: int, rows: int) -> float:
    """Seconds from the start of the process to its first frame."""
    began = time.perf_counter()
    with opened(command, columns, rows) as terminal:
        return terminal.wait_for_bytes(FRAME_END, timeout=20) - began


def all_views(columns: int, rows: int) -> float:
    """Seconds from the start of the process until every view of the debugger is painted."""
    began = time.perf_counter()
    with opened([*GRADSTEP, "two-layer"], columns, rows) as terminal:
        terminal.wait_until(lambda screen: "e1.i1.1 " in screen, timeout=20)
        return time.perf_counter() - began


def starts() -> None:
    """The first frame and the whole screen, beside the frame of a bare app that imports NumPy."""
    for columns, rows in SIZES:
        rounds = [
            (
                first_frame([*GRADSTEP, "two-layer"], columns, rows),
                all_views(columns, rows),
                first_frame(BARE_COMMAND, columns, rows),
            )
            for _ in range(STARTS)
        ]
        first, whole, bare = (statistics.median(side) for side in zip(*rounds, strict=True))
        to_first = statistics.median(a / c for a, _, c in rounds)
        to_whole = statistics.median(b / c for _, b, c in rounds)
        print(
            f"  {columns}×{rows}: {1e3 * first:.0f} ms = {to_first:.2f} times a bare app's "
            f"{1e3 * bare:.0f}; all views {1e3 * whole:.0f} ms = {to_whole:.2f} times"
        )


def main() -> None:
    keys()
    while_working()
    bursts()
    print("first frame")
    starts()


if __name__ == "__main__":
    main()

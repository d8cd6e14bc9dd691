"""Experiments and screens for the tests of the front end: an app without a terminal, as text.

May import: engine's public face, tui, textual.   Imported by: the tests of tui.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from rich.segment import Segment
from textual.app import App
from textual.events import Key
from textual.pilot import Pilot

from engine import Debugger, Experiment, open_lesson, parse_experiment
from tui.app import GradstepApp
from tui.console import Console
from tui.models.frame import Frame
from tui.models.text import Row
from tui.screens.debugger import DebuggerScreen
from tui.settings import Settings
from tui.views.frame import Views

MATRICES = '''
title = "Matrices with as many samples as features"
formulas = """
z = x @ W + b
a = tanh(z)
s = a * v
p = sum(s, axis=1)
loss = mean((y - p)**2)
"""
[parameters]
W = [[0.5, -0.25, 0.125, 1.0], [0.25, 0.5, -0.5, -1.0]]
b = [0.0, 0.5, -0.5, 0.25]
v = [1.0, 2.0, 3.0, 4.0]
[data]
x = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, -8.0]]
y = [1.0, 2.0, 3.0, 4.0]
[training]
epochs = 10
'''

FAN_OUT = '''
title = "One value used four times"
formulas = """
a = w * x
b = a * a + a
c = b + a**3
loss = mean(c)
"""
[parameters]
w = 1.5
[data]
x = [1.0, 2.0, 4.0]
[training]
learning_rate = 0.0
'''

UNEVEN = '''
formulas = """
h = w * x
loss = mean((y - h)**2)
"""
[parameters]
w = 1.0
[data]
x = [1.0, 2.0, 3.0, 4.0, 5.0]
y = [1.0, 2.0, 3.0, 4.0, 6.0]
[training]
learning_rate = 0.001
batch_size = 4
epochs = 3
'''

SHARED = '''
formulas = """
a = v * x
b = v * a
c = w * b + w
loss = sum(c)
"""
[parameters]
v = [1.0, -2.0, 3.0]
w = 2.5
[data]
x = [[1000.0, 300.0, 2.0], [4000.0, 5.0, 6.0]]
[training]
learning_rate = 0.0
epochs = 2
'''

DIVERGING = '''
formulas = """
h = w * x
loss = mean((y - h)**2)
"""
[parameters]
w = 1.0
[data]
x = [10.0, 20.0]
y = [1.0, 2.0]
[training]
learning_rate = 100.0
epochs = 400
'''

NO_DATA = """
formulas = "loss = w * w"
[parameters]
w = 2.0
"""

NO_PARAMETERS = """
formulas = "loss = k * 3 + 1"
[constants]
k = 2.0
"""

NOTHING_TRAINED = """
formulas = "loss = w * 3 + 1"
[parameters]
w = { value = 2.0, trainable = false }
"""

LONG_NAMES = '''
formulas = """
an_extremely_long_name_of_30_ch = another_quite_long_parameter_n * x_with_a_very_long_name_of_30c
loss = mean(an_extremely_long_name_of_30_ch)
"""
[parameters]
another_quite_long_parameter_n = 1.5
[data]
x_with_a_very_long_name_of_30c = [1.0, 2.0, 30.0]
'''

WIDE_CHARACTERS = '''
title = "权重和数据"
formulas = """
输出 = 权重 * 数据 + 偏置
loss = mean((目标 - 输出)**2)
"""
[parameters]
"权重" = 1.5
"偏置" = 0.5
[data]
"数据" = [1.0, 2.0, 32.0]
"目标" = [1.0, 2.0, 4.0]
'''

ODD_EXPERIMENTS = {
    "matrices": MATRICES,
    "fan-out": FAN_OUT,
    "shared parameters": SHARED,
    "uneven batches": UNEVEN,
    "diverging": DIVERGING,
    "no data": NO_DATA,
    "no parameters": NO_PARAMETERS,
    "nothing trained": NOTHING_TRAINED,
    "long names": LONG_NAMES,
    "wide characters": WIDE_CHARACTERS,
}


def chain_of(length: int) -> str:
    """An experiment whose graph is wider than any screen."""
    formulas = ["h0 = w * x", *(f"h{i} = h{i - 1} * w + {i}" for i in range(1, length))]
    text = "\n".join([*formulas, f"loss = mean(h{length - 1})"])
    return f'formulas = """\n{text}\n"""\n[parameters]\nw = 0.5\n[data]\nx = [1.0, 2.0]\n'


def recurrence(steps: int) -> str:
    """One parameter that every step of a long computation reads; all numbers are exact."""
    formulas = ["h0 = tanh(0 * x)", *(f"h{t} = u * h{t - 1} + w * x" for t in range(1, steps + 1))]
    text = "\n".join([*formulas, f"loss = mean((y - h{steps})**2)"])
    data = "x = [1.0, 2.0]\ny = [0.5, -1.0]"
    return f'formulas = """\n{text}\n"""\n[parameters]\nw = 0.5\nu = 0.5\n[data]\n{data}\n'


def text_of(rows: Iterable[Row]) -> list[str]:
    """The rows without their styles."""
    return ["".join(text for text, _ in row) for row in rows]


NAMED = {
    *("enter", "escape", "tab", "shift+tab", "up", "down", "left", "right", "backspace"),
    *("colon", "slash", "question_mark", "ctrl+r"),
}
"""Keys that are called otherwise than the character they type."""


@dataclass
class Session:
    """An app that runs without a terminal."""

    app: GradstepApp
    pilot: Pilot[None]

    @property
    def screen(self) -> DebuggerScreen:
        return self.app.debugger_screen

    @property
    def frame(self) -> Frame:
        """What the screen shows, as values."""
        debugger = self.app.debugger
        return Views(debugger).frame(self.screen.look)

    @property
    def at(self) -> str:
        return str(self.app.debugger.address)

    async def act(self, *actions: str) -> None:
        """Run actions of the debugger's screen: much quicker than pressing their keys."""
        for action in actions:
            await self.screen.run_action(action)
        await self.settled()

    async def goto(self, address: str) -> None:
        self.screen.execute(f"goto {address}")
        await self.settled()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settled()

    async def breath(self, *keys: str) -> None:
        """Keys and text in one breath: also much quicker than one key after the other."""
        for key in keys:
            for part in [key] if key in NAMED else key:
                self.app.post_message(Key(part, None if part in NAMED else part))
        # Behind the keys, so that all of them have been dealt with.
        done = asyncio.Event()
        self.app.call_later(done.set)
        await done.wait()
        await self.settled()

    async def focus(self, panel: str) -> None:
        self.screen.set_focus(self.screen.panel(panel))
        await self.settled()

    async def settled(self) -> None:
        """Until what was asked for is laid out; `Pilot.pause` alone would wait for an idle CPU."""
        for _ in range(3):
            await self.pilot.pause(0)

    async def recorded(self, seconds: float = 5.0) -> None:
        """Wait until the whole run is recorded and shown."""
        run, end = self.app.debugger.run, time.monotonic() + seconds
        while run.done < run.calendar.steps and time.monotonic() < end:
            await self.pilot.pause(0.01)
        await self.pilot.pause()

    def lines(self) -> list[str]:
        return screen_lines(self.app)

    def text(self) -> str:
        return "\n".join(self.lines())

    def panel_text(self, name: str) -> str:
        """What stands in one panel."""
        region = self.screen.panel(name).region
        rows = self.lines()[region.y : region.bottom]
        return "\n".join(row[region.x : region.right] for row in rows)


def screen_segments(app: App[None]) -> list[list[Segment]]:
    """The screen as it would be painted: one list of segments a line."""
    strips = app.screen._compositor.render_strips()
    return [list(strip) for strip in strips]


def screen_lines(app: App[None]) -> list[str]:
    return ["".join(segment.text for segment in row) for row in screen_segments(app)]


@asynccontextmanager
async def opened(
    experiment: Experiment | str = "two-layer",
    size: tuple[int, int] = (120, 40),
    *,
    settle: bool = True,
    first_time: bool = False,
    options: Settings | None = None,
    remember: Callable[[str], object] = lambda theme: None,
) -> AsyncIterator[Session]:
    """An app on a lesson's name, the text of an experiment file, or an experiment."""
    if isinstance(experiment, str):
        experiment = (
            parse_experiment(experiment, name="experiment.toml")
            if "formulas" in experiment
            else open_lesson(experiment)
        )
    options = options or Settings()
    console = Console(Debugger(experiment), commands=options.table)
    app = GradstepApp(console, settings=options, remember=remember, first_time=first_time)
    async with app.run_test(size=size) as pilot:
        session = Session(app, pilot)
        while not app.debugger_screen.is_settled:
            await pilot.pause()
        if settle:
            await session.recorded()
        yield session
        # A worker that is busy would hold up the end of the app.
        app.workers.cancel_all()

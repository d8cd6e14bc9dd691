"""A run as a program of its own, in plain NumPy or in PyTorch; and its graph for Graphviz.

The writers are loaded by the first export: whoever only steps does not wait for them.
May import: everything below the debugger.   Imported by: the public face.
"""

from __future__ import annotations

from typing import Literal

from engine.experiment import Experiment
from engine.export.marks import Twin
from engine.listing import Phase
from engine.run import Run


def export_numpy(experiment: Experiment) -> str:
    """The whole run as a script that needs NumPy alone: forward pass, backward pass, update.

    It prints some losses and the final parameters and leaves every loss in `losses`; they agree
    with the run's to rounding. A value whose name the script needs itself gets an underscore.
    A CSV or .npz file is read from where the experiment found it. Raises `DataError` where it is
    not there any more.
    """
    from engine.export.numpy_script import NumpyScript

    return NumpyScript.written(experiment).text


def export_pytorch(experiment: Experiment) -> str:
    """The whole run as a PyTorch script in float64: the same initial values, batches and masks.

    It prints and keeps what the script of `export_numpy` does. Raises `DataError` like it.
    """
    from engine.export.torch_script import TorchScript

    return TorchScript.written(experiment).text


def code_twin(experiment: Experiment, library: Literal["numpy", "pytorch"]) -> Twin:
    """The script of `export_numpy` or `export_pytorch`, and where the listing's lines are in it.

    Raises `DataError` like them.
    """
    if library == "numpy":
        from engine.export.numpy_script import NumpyScript as Writer
    else:
        from engine.export.torch_script import TorchScript as Writer
    return Writer.written(experiment)


def export_dot(experiment: Experiment, at: str | None = None) -> str:
    """The graph as Graphviz text, with values and gradients as they are right after an event.

    `at` is an address; by default the end of the first backward pass. Raises `AddressError`.
    """
    from engine.export.dot import dot

    run = Run(experiment)
    backward = [s.index for s in run.listing.steps if s.phase is Phase.BACKWARD]
    ordinal = backward[-1] if at is None else run.calendar.parse(at)
    title = f"{experiment.title or experiment.name}, {run.calendar.address(ordinal)}"
    return dot(run.state(ordinal), title)

"""A run as a program of its own: in plain NumPy, in PyTorch; and its graph for Graphviz.

May import: everything below the debugger.   Imported by: the public face.
"""

from __future__ import annotations

from engine.experiment import Experiment
from engine.export.numpy_script import NumpyScript


def export_numpy(experiment: Experiment) -> str:
    """The whole run as a script that needs NumPy alone: forward pass, backward pass, update.

    It prints some losses and the final parameters, and leaves every loss in `losses`; they agree
    with those of the run to rounding. Names that the script needs itself get an underscore.
    """
    return NumpyScript.written(experiment)

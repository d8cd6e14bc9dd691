"""Layers of units and the weighted edges between them, found in the graph.

May import: graph, ops, shapes.   Imported by: debugger, the public face.
"""

from engine.network.finding import find_network
from engine.network.model import Connection, Layer, Layout, Network, Unlayered

__all__ = ["Connection", "Layer", "Layout", "Network", "Unlayered", "find_network"]

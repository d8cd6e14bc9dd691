"""How much memory a run may take, unless it is told otherwise.

May import: nothing.   Imported by: run, debugger, session, the public face.
"""

from __future__ import annotations

MEMORY = 64 * 2**20
"""Bytes that keyframes, trail and history of a run may take together."""

"""What a run and a check may cost, unless they are told otherwise.

May import: nothing.   Imported by: run, check, debugger, session, the public face.
"""

from __future__ import annotations

MEMORY = 64 * 2**20
"""Bytes that keyframes, trail and history of a run may take together."""

ELEMENTS = 64
"""Of a larger array so many elements are checked, chosen at random by a seed. Rules that work
number by number are checked for every number: that takes no longer."""

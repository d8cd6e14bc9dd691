"""Screens: the debugger, and what can lie on top of it."""

"""Widgets: each shows one view and posts messages about what the reader did."""

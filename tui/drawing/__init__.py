"""Views laid out in character cells: each function takes a view and a size and returns rows."""

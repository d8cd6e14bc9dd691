"""What the screen shows at the cursor: from the debugger to frozen view models.

Everything here reads; nothing moves the cursor or changes the run. Numbers become text here, and
names of styles are chosen here; where the text goes is the business of `tui.drawing`.
May import: engine's public face, models, numbers, series, numpy.   Imported by: screens.
"""

"""What would change the picture is taken out of the environment before Textual reads it."""

from __future__ import annotations

import os

for _name in list(os.environ):
    if _name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES") or _name.startswith("TEXTUAL"):
        del os.environ[_name]
os.environ["TEXTUAL_ANIMATIONS"] = "none"

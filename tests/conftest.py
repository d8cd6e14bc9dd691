"""Hypothesis settings (no deadlines; the same examples every time where the CI variable is set),
and folders of their own for what the program keeps: nobody's sessions are touched by tests.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

import pytest
from hypothesis import settings

settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

HOME = tempfile.mkdtemp(prefix="gradstep-tests-")
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
for _name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
    os.environ[_name] = HOME
os.environ.pop("GRADSTEP_CONFIG", None)
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # the program is started a hundred times
os.mkdir(os.path.join(HOME, "gradstep"))  # tests are readers who have been here before

LONGEST = ("test_every_command.py", "test_monkey.py")
"""Files with tests of many seconds each."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: at the end no core waits for another that has just begun one of them."""
    items.sort(key=lambda item: item.path.name not in LONGEST)

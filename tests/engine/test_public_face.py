"""The engine's face: exactly what is exported, and nothing of a terminal behind it."""

from __future__ import annotations

import ast
import subprocess
import sys
import types
from pathlib import Path

import pytest

import engine
from engine import errors

ROOT = Path(engine.__file__).parent.parent

CHEAP_TO_IMPORT = {"numpy"}
"""Third-party packages that `import engine` may load."""


def loaded_by(statement: str) -> set[str]:
    """The top-level modules in a fresh interpreter after one statement."""
    code = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{statement}\n"
    code += "print(*{name.split('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


def test_importing_the_engine_loads_no_terminal() -> None:
    assert loaded_by("import engine").isdisjoint({"tui", "textual", "rich", "curses", "asyncio"})


def test_importing_the_engine_loads_numpy_and_the_standard_library_only() -> None:
    numpy = loaded_by("import numpy, numpy.random")
    extra = loaded_by("import engine") - numpy - sys.stdlib_module_names
    assert extra == {"engine"}


def test_opening_and_running_a_lesson_loads_no_terminal_either() -> None:
    loaded = loaded_by(
        "import engine\nd = engine.Debugger(engine.open_lesson('two-layer'))\nd.end()\nd.report()\n"
        "d.chain_rule('w1')\nlist(engine.trace_lines(d.run, 1, 5))"
    )
    assert loaded.isdisjoint({"tui", "textual", "rich", "curses"})


def test_everything_in_all_can_be_imported() -> None:
    for name in engine.__all__:
        assert getattr(engine, name) is not None


def test_all_is_sorted_and_names_nothing_twice() -> None:
    assert engine.__all__ == sorted(
        set(engine.__all__), key=lambda name: (not name.isupper(), name)
    )


def test_a_name_is_loaded_when_it_is_first_used() -> None:
    assert "numpy" not in loaded_by("import engine")
    assert "numpy" in loaded_by("from engine import Debugger")


def test_the_stub_and_the_face_name_the_same_things_from_the_same_rooms() -> None:
    stub = ast.parse((ROOT / "engine" / "__init__.pyi").read_text("utf-8"))
    homes: dict[str, str] = {}
    spelled: list[str] = []
    for statement in stub.body:
        if isinstance(statement, ast.ImportFrom):
            room = (statement.module or "").removeprefix("engine.")
            homes |= {alias.asname or alias.name: room for alias in statement.names}
        elif isinstance(statement, ast.Assign):
            spelled = ast.literal_eval(statement.value)
    assert homes == engine._HOMES  # pyright: ignore[reportAttributeAccessIssue]
    assert spelled == engine.__all__


def test_a_name_that_is_not_public_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        engine.nothing  # pyright: ignore[reportAttributeAccessIssue]  # noqa: B018


def test_all_is_exactly_what_is_exposed() -> None:
    for name in engine.__all__:
        getattr(engine, name)
    exposed = {
        name
        for name, value in vars(engine).items()
        if not name.startswith("_")
        and not isinstance(value, types.ModuleType)
        and name != "annotations"
    }
    assert exposed == set(engine.__all__)


CONSTANTS = [name for name in engine.__all__ if name.isupper()]


@pytest.mark.parametrize("name", CONSTANTS)
def test_every_public_constant_is_documented_where_it_stands(name: str) -> None:
    page = (ROOT / "docs" / "engine.md").read_text("utf-8")
    assert f"`{name}`" in page


@pytest.mark.parametrize("name", [name for name in engine.__all__ if name not in CONSTANTS])
def test_every_public_name_is_documented(name: str) -> None:
    value = getattr(engine, name)
    assert value.__doc__
    # A dataclass without a docstring gets its signature for one.
    assert not value.__doc__.startswith(f"{value.__name__}(")


@pytest.mark.parametrize("name", engine.__all__)
def test_public_methods_are_documented_or_say_it_in_their_names(name: str) -> None:
    value = getattr(engine, name)
    if not isinstance(value, type) or name not in ("Debugger", "Run"):
        return
    for method, function in vars(value).items():
        if isinstance(function, types.FunctionType) and not method.startswith("_"):
            assert function.__doc__, f"{name}.{method}"


def test_every_error_is_a_gradstep_error_and_public() -> None:
    tree = {
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, Exception)
    }
    assert all(issubclass(error, engine.GradstepError) for error in tree)
    assert {error.__name__ for error in tree} <= set(engine.__all__)


def test_an_error_prints_its_place_its_excerpt_and_its_hint() -> None:
    place = engine.Place("e.toml", 3, 5, "h = w3 * x", 2)
    error = engine.FormulaError("unknown name 'w3'", place=place, hint="did you mean 'w1'?")
    assert str(error) == (
        "e.toml:3:5: unknown name 'w3'\n    h = w3 * x\n        ^^\ndid you mean 'w1'?"
    )
    assert type(error.located(line=9)) is engine.FormulaError
    assert str(error.located(line=9)).startswith("e.toml:9:5: ")
    assert str(engine.GradstepError("nothing more")) == "nothing more"


def test_a_caret_stands_under_its_column_also_behind_a_tab() -> None:
    place = engine.Place(column=2, source="\tq", width=1)
    assert place.excerpt() == "     q\n     ^"


@pytest.mark.parametrize("column", [1, 50, 120, 500, 999, 1000])
def test_of_a_long_line_an_error_shows_what_is_around_its_caret(column: int) -> None:
    line = "".join(chr(ord("a") + i % 26) for i in range(1000))
    shown, caret = engine.Place(column=column, source=line, width=3).excerpt().split("\n")
    assert len(shown) <= 106
    assert shown[caret.index("^")] == line[column - 1]
    assert shown.startswith("    …") == (column > 100)
    assert shown.endswith("…") == (column < 900)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "engine").rglob("*.py")), ids=lambda path: path.name
)
def test_no_room_of_the_engine_imports_a_terminal_or_evaluates_text(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    imported: set[str] = set()
    called: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            called.add(node.func.id)
    assert imported - sys.stdlib_module_names <= {"engine", *CHEAP_TO_IMPORT}
    assert called.isdisjoint({"eval", "exec", "compile", "__import__"})

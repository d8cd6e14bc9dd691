"""Sessions: what a reader has done comes back bit for bit, and a bad file does no harm."""

from __future__ import annotations

import contextlib
import copy
import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import Debugger, GradstepError, SessionError, open_lesson, open_session, save_session
from engine import session as session_room
from engine.session import session_document
from tests.engine.states import state_bits
from tests.strategies import TWO_LAYERS, Sketch

ROOT = Path(__file__).parents[2]


def edited_debugger() -> Debugger:
    """A debugger after some what-ifs on a lesson with a data file."""
    debugger = Debugger(open_lesson("two-layer-csv", overrides=["training.momentum=0.5"], seed=3))
    debugger.goto("e2.i2.7")
    debugger.set("w1", 1.5)
    debugger.goto("e2.i4.1")
    debugger.drop(3, name="without")
    debugger.set("learning_rate", 0.1)
    debugger.set("x[2]", float("nan"))
    debugger.switch("main")
    debugger.skip()
    debugger.bookmark("here", "look at this")
    debugger.stops.watch("w1")
    debugger.stops.remove(debugger.stops.break_at("g").number)
    debugger.stops.break_at("if loss > 2 * prev(loss)", temporary=True, ignore=3)
    debugger.stops.disable(debugger.stops.break_at("grad w1 if epoch > 2").number)
    debugger.switch("fork-2")
    debugger.goto("e3.i1.9")
    return debugger


def test_a_session_comes_back_bit_for_bit(tmp_path: Path) -> None:
    debugger = edited_debugger()
    opened = open_session(save_session(debugger, tmp_path / "s.gradstep"))
    again = opened.debugger
    assert opened.notes == ()
    assert again.position == debugger.position
    assert [(t.name, t.parent, repr(t.edit)) for t in again.timelines] == [
        (t.name, t.parent, repr(t.edit)) for t in debugger.timelines
    ]
    assert session_document(again)["stops"] == session_document(debugger)["stops"]
    assert [stop.points for stop in again.stops] == [stop.points for stop in debugger.stops]
    assert list(again.bookmarks) == list(debugger.bookmarks)
    for timeline in debugger.timelines:
        other = again.timelines[timeline.name].run
        for ordinal in range(1, debugger.at, 29):
            assert state_bits(timeline.run.state(ordinal)) == state_bits(other.state(ordinal))


def test_a_session_saved_again_is_the_same_text(tmp_path: Path) -> None:
    first = save_session(edited_debugger(), tmp_path / "a.gradstep")
    second = save_session(open_session(first).debugger, tmp_path / "b.gradstep")
    assert first.read_text("utf-8") == second.read_text("utf-8")


def test_a_session_is_small_strict_json_with_the_formulas_on_lines(tmp_path: Path) -> None:
    text = save_session(edited_debugger(), tmp_path / "s.gradstep").read_text("utf-8")
    json.loads(text, parse_constant=pytest.fail)
    assert len(text) < 5000
    assert '   "h = w1 * x + b1",\n' in text


def test_a_session_without_data_needs_none(tmp_path: Path) -> None:
    debugger = Debugger(Sketch("loss = w ** 2", {"w": 1.0}).opened())
    debugger.goto("e3")
    opened = open_session(save_session(debugger, tmp_path / "s.gradstep"))
    assert str(opened.debugger.address) == "e3.i1.1"


# --- data files ---------------------------------------------------------------------------------


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An experiment beside a data file that is too large to be written into a session."""
    monkeypatch.setattr(session_room, "INLINE_BYTES", 16)
    (tmp_path / "points.csv").write_text("x,y\n" + "".join(f"{i},{2 * i}\n" for i in range(40)))
    text = 'formulas = "loss = mean((y - w * x)**2)"\n[parameters]\nw = 1.0\n'
    (tmp_path / "e.toml").write_text(text + '[data]\ncsv = "points.csv"\n')
    return tmp_path


def test_a_large_data_file_is_named_and_not_copied(outside: Path) -> None:
    path = save_session(Debugger(open_lesson(outside / "e.toml")), outside / "s.gradstep")
    data = json.loads(path.read_text())["data"]
    assert data["path"] == "points.csv"
    assert "text" not in data
    assert open_session(path).notes == ()


def test_another_data_file_than_the_saved_one_is_refused(outside: Path) -> None:
    path = save_session(Debugger(open_lesson(outside / "e.toml")), outside / "s.gradstep")
    (outside / "points.csv").write_text("x,y\n1,2\n")
    with pytest.raises(SessionError, match="SHA-256 differs"):
        open_session(path)


def test_a_data_file_that_has_moved_can_be_named(outside: Path) -> None:
    path = save_session(Debugger(open_lesson(outside / "e.toml")), outside / "s.gradstep")
    elsewhere = outside / "moved.csv"
    (outside / "points.csv").rename(elsewhere)
    with pytest.raises(SessionError, match="--data FILE"):
        open_session(path)
    assert open_session(path, data=elsewhere).notes == ()


def test_a_session_opens_no_file_outside_of_its_folder(outside: Path) -> None:
    path = save_session(Debugger(open_lesson(outside / "e.toml")), outside / "s.gradstep")
    inner = outside / "inner"
    inner.mkdir()
    for name in ("../points.csv", str(outside / "points.csv")):
        document = json.loads(path.read_text())
        document["data"]["path"] = name
        (inner / "s.gradstep").write_text(json.dumps(document))
        with pytest.raises(SessionError, match="no file outside of its folder"):
            open_session(inner / "s.gradstep")
    (inner / "link.csv").symlink_to(outside / "points.csv")
    document["data"]["path"] = "link.csv"
    (inner / "s.gradstep").write_text(json.dumps(document))
    with pytest.raises(SessionError, match="no file outside of its folder"):
        open_session(inner / "s.gradstep")


def test_an_experiment_in_a_session_reads_no_file_of_its_own(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("x\n1\n2\n")
    document = session_document(Debugger(TWO_LAYERS.opened()))
    document["experiment"]["text"] = [
        'formulas = "loss = mean(x)"',
        "[data]",
        f"csv = {json.dumps(str(secret))}",
    ]
    path = tmp_path / "s.gradstep"
    path.write_text(json.dumps(document))
    with pytest.raises(SessionError, match="is not in the session"):
        open_session(path)


def test_a_first_timeline_of_another_name_is_saved_and_opened(tmp_path: Path) -> None:
    debugger = Debugger(TWO_LAYERS.opened())
    debugger.rename("main", "first")
    debugger.set("w1", 2.0, name="main")
    debugger.bookmark("here")
    opened = open_session(save_session(debugger, tmp_path / "s.gradstep")).debugger
    assert [(t.name, t.parent) for t in opened.timelines] == [("first", None), ("main", "first")]
    assert opened.position == debugger.position
    assert opened.bookmarks["here"].position == debugger.position


def test_nothing_in_a_session_gives_the_terminal_orders(tmp_path: Path) -> None:
    document = session_document(edited_debugger())
    document["bookmarks"][0]["note"] = "a\x1b[31m note\nof two lines"
    document["stops"][1]["break"] = "if loss < 1 # \x1b]0;title\x07"
    path = tmp_path / "s.gradstep"
    path.write_text(json.dumps(document))
    debugger = open_session(path).debugger
    assert next(iter(debugger.bookmarks)).note == r"a\x1b[31m note of two lines"
    assert list(debugger.stops)[1].text == r"if loss < 1 # \x1b]0;title\x07"


# --- what else can be wrong ---------------------------------------------------------------------


def _with(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    document = session_document(edited_debugger())
    change(document)
    return document


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.update(version=2), "newer gradstep"),
        (lambda d: d.update(version="1"), "wants a whole number"),
        (lambda d: d.update(version=0), "never been a version 0"),
        (lambda d: d.update(format="other"), "is not a session"),
        (lambda d: d.pop("cursor"), "cursor wants a table; nothing came"),
        (lambda d: d["cursor"].update(at="e99"), "there is no"),
        (lambda d: d["cursor"].update(timeline="gone"), "no timeline 'gone'"),
        (lambda d: d["timelines"][1].update(parent="gone"), "no timeline 'gone'"),
        (lambda d: d["timelines"][1]["edit"].update(set="h"), "is computed"),
        (lambda d: d["timelines"][1]["edit"].update(index=[0]), "it is one number"),
        (lambda d: d["timelines"][1]["edit"].update(to=None), "wants a number"),
        (lambda d: d["timelines"][2]["edit"].update(drop=999), "there is no sample"),
        (lambda d: d["timelines"][1]["edit"].update(after="start"), "before the first event"),
        (lambda d: d["timelines"].pop(0), "neither a parent nor an edit"),
        (lambda d: d.update(timelines=[]), "wants 1 to"),
        (lambda d: d["data"]["text"].insert(1, "1,1"), "changed by hand"),
        (lambda d: d["experiment"]["text"].append("bad = ["), "not TOML"),
        (lambda d: d["stops"][0].update(watch="w9"), "unknown name 'w9'"),
        (lambda d: d["stops"][1].update(number=1), "stop 1 comes after stop 1"),
        (lambda d: d["stops"][1].update(ignore=-1), "count from"),
        (lambda d: d["bookmarks"][0].update(name="a b"), "no name for a bookmark"),
    ],
)
def test_a_session_that_does_not_fit_is_refused_in_plain_words(
    change: Any, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "s.gradstep"
    path.write_text(json.dumps(_with(change)))
    with pytest.raises(GradstepError) as caught:
        open_session(path)
    assert words in str(caught.value)


def test_other_bits_than_the_saved_ones_are_told_and_shown_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "s.gradstep"
    path.write_text(
        json.dumps(_with(lambda d: d["checksum"].update(sha256="0" * 64, numpy="1.0.0")))
    )
    (note,) = open_session(path).notes
    assert "other bits than when it was saved" in note
    assert "numpy 1.0.0 → " in note


def test_an_older_version_is_migrated_step_by_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def renamed(document: dict[str, Any]) -> dict[str, Any]:
        document["cursor"] = document.pop("place")
        return document

    monkeypatch.setattr(session_room, "MIGRATIONS", {0: renamed})
    document = _with(lambda d: d.update(version=0, place=d.pop("cursor")))
    path = tmp_path / "s.gradstep"
    path.write_text(json.dumps(document))
    assert str(open_session(path).debugger.address) == "e3.i1.9"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"null", b"[1]"])
def test_what_is_no_json_is_no_session(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "s.gradstep"
    path.write_bytes(content)
    with pytest.raises(SessionError, match="is not a session"):
        open_session(path)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(SessionError, match="cannot write"):
        save_session(Debugger(TWO_LAYERS.opened()), tmp_path / "no" / "s.gradstep")
    assert list(tmp_path.iterdir()) == []


# --- files from strangers -----------------------------------------------------------------------

STRANGE = (None, True, -1, 0, 3, 1e308, 10**30, "", "x", "e1.i1.1", "\ud800", "start", [], [[]], {})


def mutated(document: Any, rng: random.Random) -> Any:
    """The document with one to three of its values replaced, removed or repeated."""
    document = copy.deepcopy(document)
    for _ in range(rng.randint(1, 3)):
        places = list(_places(document))
        table, key = rng.choice(places)
        match rng.randint(0, 3):
            case 0 if isinstance(table, list):
                table.insert(key, copy.deepcopy(table[key]))
            case 1:
                del table[key]
            case 2 if isinstance(table[key], str) and table[key]:
                text = table[key]
                cut = rng.randrange(len(text))
                table[key] = (
                    text[:cut] + rng.choice(["", "=", '"', "[", "1e999", "é"]) + text[cut + 1 :]
                )
            case _:
                table[key] = rng.choice(STRANGE)
    return document


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = range(len(value)) if isinstance(value, list) else value
    for key in list(keys):
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


class Watch:
    """Notes what the interpreter is asked to do while a stranger's file is opened."""

    FORBIDDEN = ("exec", "os.system", "subprocess.Popen", "os.exec", "pickle.find_class", "socket")

    def __init__(self) -> None:
        self.on = False
        self.opened: list[str] = []
        self.forbidden: list[str] = []
        sys.addaudithook(self.hear)

    def hear(self, event: str, args: tuple[Any, ...]) -> None:
        if self.on and event == "open" and isinstance(args[0], str) and "r" in str(args[1] or "r"):
            self.opened.append(args[0])
        elif self.on and event.startswith(self.FORBIDDEN) and event != "exec":
            self.forbidden.append(event)


@pytest.mark.parametrize("seed", range(8))
def test_a_mutated_session_gives_an_error_or_a_session_and_reads_nothing_else(
    seed: int, tmp_path: Path
) -> None:
    rng = random.Random(seed)
    document = session_document(edited_debugger())
    path = tmp_path / "s.gradstep"
    watch = Watch()
    refused = 0
    for _ in range(75):
        path.write_text(json.dumps(mutated(document, rng)))
        watch.on = True
        try:
            open_session(path)
        except GradstepError:
            refused += 1
        finally:
            watch.on = False
    assert refused > 20
    assert watch.forbidden == []
    # Python looks for the file behind a text it cannot parse, and calls that "<unknown>".
    known = (str(path), "<unknown>")
    strange = {o for o in watch.opened if o not in known and not o.endswith((".py", ".pyc"))}
    assert strange == set()


@pytest.mark.parametrize("seed", range(4))
def test_mutated_bytes_of_a_session_give_an_error_or_a_session(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    raw = json.dumps(session_document(Debugger(TWO_LAYERS.opened()))).encode()
    path = tmp_path / "s.gradstep"
    for _ in range(100):
        changed = bytearray(raw)
        for _ in range(rng.randint(1, 4)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        path.write_bytes(bytes(changed[: rng.choice([len(changed), rng.randrange(len(changed))])]))
        with contextlib.suppress(GradstepError):
            open_session(path)


# --- crashes ------------------------------------------------------------------------------------

KILLED = """
import json, os, random, signal, sys, time
from engine import Debugger, open_lesson, open_session, save_session

path, rounds = sys.argv[1], int(sys.argv[2])
debugger = Debugger(open_lesson("two-layer-csv"))
save_session(debugger, path)
rng = random.Random(5)
addresses = {"e1.i1.1"}
for turn in range(rounds):
    child = os.fork()
    if child == 0:
        for k in range(10_000):
            debugger.goto(1 + (turn + k) % 40)
            save_session(debugger, path)
        os._exit(0)
    time.sleep(rng.uniform(0.0, 0.01))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    found = open_session(path)
    assert not found.notes
    addresses.add(str(found.debugger.address))
print(len(addresses))
"""


def test_a_kill_in_the_middle_of_saving_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s.gradstep"
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(path), "200"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10

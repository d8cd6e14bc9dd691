"""`gradstep serve`: what it runs, where it listens, whom it answers, and what it says without its
extra. The server's own parts are tested where textual-serve is installed."""

from __future__ import annotations

import shlex
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from tui.cli import BAD_INPUT, DONE, run, serve

Capture = pytest.CaptureFixture[str]


def without(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    for name in names:
        monkeypatch.setitem(sys.modules, name, None)


def test_the_debugger_is_run_with_all_that_is_not_the_servers(monkeypatch) -> None:
    line = serve.command(["my net.toml", "--port", "9000", "--at", "e2", "--set", "a=1"])
    words = [sys.executable, "-m", "tui", "my net.toml", "--at", "e2", "--set", "a=1"]
    assert shlex.split(line) == words
    assert shlex.split(serve.command(["--port=9000"]))[1:] == ["-m", "tui"]


def test_without_the_extra_it_says_how_to_install_it(monkeypatch, capsys: Capture) -> None:
    without(monkeypatch, "textual_serve", "textual_serve.server")
    assert run(["serve", "xor"]) == BAD_INPUT
    assert "python -m pip install 'textual-serve>=1.1'" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["0", "65536", "-1", "web"])
def test_a_port_that_is_none_is_refused(port: str, capsys: Capture) -> None:
    assert run(["serve", "xor", "--port", port]) == BAD_INPUT
    assert "a port is a whole number from 1 to 65535" in capsys.readouterr().err


class FakeServer:
    """Notes what it would serve, and fails to where it is told so."""

    made: tuple[Any, ...] = ()
    error: OSError | None = None

    def __init__(self, command: str, **options: Any) -> None:
        FakeServer.made = (command, options)

    def serve(self) -> None:
        if FakeServer.error is not None:
            raise FakeServer.error


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[FakeServer]:
    monkeypatch.setitem(sys.modules, "textual_serve.server", SimpleNamespace(Server=FakeServer))
    monkeypatch.setitem(sys.modules, "aiohttp.web", SimpleNamespace())
    monkeypatch.setattr(FakeServer, "error", None)
    return FakeServer


def test_it_listens_on_the_loopback_address_alone(fake: type[FakeServer]) -> None:
    assert run(["serve", "xor", "--port", "9123"]) == DONE
    line, options = fake.made
    assert shlex.split(line)[1:] == ["-m", "tui", "xor"]
    assert options == {"host": "127.0.0.1", "port": 9123, "title": "gradstep xor"}


def test_a_port_that_is_taken_is_said(fake: type[FakeServer], capsys: Capture) -> None:
    fake.error = OSError(98, "address already in use")
    assert run(["serve", "xor"]) == BAD_INPUT
    error = capsys.readouterr().err
    assert "port 8000: address already in use" in error and "--port" in error


def test_what_cannot_be_opened_is_said_before_anything_is_served(
    fake: type[FakeServer], capsys: Capture
) -> None:
    fake.made = ()
    assert run(["serve", "nothing.toml"]) == BAD_INPUT
    assert "nothing.toml" in capsys.readouterr().err
    assert fake.made == ()


async def test_only_pages_of_this_machine_are_answered() -> None:
    pytest.importorskip("textual_serve")
    utilities: Any = pytest.importorskip("aiohttp.test_utils")
    server = serve._server_class()("true", 8000, "xor")
    app = await server._make_app()
    app.on_startup.clear()
    async with utilities.TestClient(utilities.TestServer(app)) as client:

        async def status(host: str, origin: str = "") -> int:
            headers = {"Host": host} | ({"Origin": origin} if origin else {})
            return (await client.get("/", headers=headers)).status

        assert await status("127.0.0.1:8000") == 200
        assert await status("localhost:8000", "http://127.0.0.1:8000") == 200
        assert await status("elsewhere.example:8000") == 403
        assert await status("127.0.0.1:8000", "http://elsewhere.example") == 403

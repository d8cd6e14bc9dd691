"""``gradstep serve``: the debugger in a browser, through Textual's own textual-serve.

Each page that is opened is a debugger in a process of its own. The server listens on the loopback
address alone, and answers only pages that came from it: whoever can type into the debugger can
write files with `save`, which is nothing for another site that the browser has open.
May import: engine's public face, session; textual-serve when it serves.
Imported by: the table of commands.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from engine import GradstepError
from tui.cli import DONE
from tui.cli.debug import DEFAULT_LESSON
from tui.cli.options import session_options

HOST, PORT = "127.0.0.1", 8000

NEEDS = "textual-serve>=1.1"
"""What the extra `serve` of the package installs."""


def main(parser: argparse.ArgumentParser, arguments: list[str]) -> int:
    parser.allow_abbrev = False
    parser.add_argument(
        "file",
        nargs="?",
        metavar="FILE",
        default=DEFAULT_LESSON,
        help=f"an experiment, a lesson, or a session (default: {DEFAULT_LESSON})",
    )
    _port_option(parser)
    session_options(parser)
    options = parser.parse_args(arguments)
    make = _server_class()
    from tui.cli.session import console_of

    console_of(options)  # what is wrong with it is said here, and not in the browser
    server = make(command(arguments), options.port, options.file)
    try:
        server.serve()
    except OSError as error:
        raise GradstepError(
            f"cannot listen on {HOST}, port {options.port}: {error.strerror or error}",
            hint="choose another one with --port",
        ) from None
    return DONE


def command(arguments: Sequence[str]) -> str:
    """The command line that opens the debugger itself, for the shell that runs it."""
    ours = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    _port_option(ours)
    _, theirs = ours.parse_known_args(list(arguments))
    words = [sys.executable, "-m", "tui", *theirs]
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)


def _port_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", type=_port, default=PORT, metavar="N", help=f"listen there (default: {PORT})"
    )


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:9]) <= 65535:
        raise argparse.ArgumentTypeError("a port is a whole number from 1 to 65535")
    return int(text)


def _server_class() -> Any:
    """Textual's server, kept to this machine. Raises `GradstepError` where it is not installed."""
    try:
        # By name: the package is no part of what gradstep itself needs.
        base: Any = import_module("textual_serve.server").Server
        web: Any = import_module("aiohttp.web")
    except ImportError:
        raise GradstepError(
            "`gradstep serve` needs the package textual-serve, which is not installed",
            hint=f"install it with: python -m pip install '{NEEDS}'",
        ) from None

    class LoopbackServer(base):
        """Serves the debugger to the browser of this machine."""

        def __init__(self, line: str, port: int, title: str) -> None:
            super().__init__(line, host=HOST, port=port, title=f"gradstep {title}")

        def initialize_logging(self) -> None:
            """Warnings are enough: what is served is said once."""

        async def on_startup(self, app: Any) -> None:
            print(f"gradstep: open {self.public_url} in a browser; ctrl+c ends it", flush=True)

        async def _make_app(self) -> Any:
            app = await super()._make_app()
            app.middlewares.append(self._guard())
            return app

        def _guard(self) -> Any:
            """Refuse what another site asks of this server, by its own name or by ours."""
            hosts = {f"{host}:{self.port}" for host in (HOST, "localhost")}
            hosts |= {HOST, "localhost"} if self.port == 80 else set()
            origins = {None, *(f"http://{host}" for host in hosts)}

            @web.middleware
            async def guard(request: Any, handler: Any) -> Any:
                if request.host not in hosts or request.headers.get("Origin") not in origins:
                    raise web.HTTPForbidden(text="this page is for this machine alone")
                return await handler(request)

            return guard

    return LoopbackServer

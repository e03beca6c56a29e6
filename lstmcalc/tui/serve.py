"""`lstmcalc tui --serve`: the app in a browser, for this machine alone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from shlex import join

from aiohttp import web
from textual_serve.server import Server

from lstmcalc.errors import ConfigurationError

HOST = "127.0.0.1"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class LocalServer(Server):
    """Answers pages of its own alone, and says little."""

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._only_ours)
        return app

    @web.middleware
    async def _only_ours(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse what another site's page asks for: the app can write files."""
        if request.headers.get("Origin", self.public_url) != self.public_url:
            raise web.HTTPForbidden(text="only the app's own page may open it")
        if request.host != self.public_url.partition("//")[2]:
            raise web.HTTPForbidden(text=f"the app is at {self.public_url}")
        return await handler(request)

    def initialize_logging(self) -> None:
        """Leave logging as it is."""

    async def on_startup(self, app: web.Application) -> None:
        """Say where the app is."""
        sys.stderr.write(f"lstmcalc: the app is at {self.public_url}, ctrl+c ends it\n")


def serve(words: Sequence[str], port: int) -> None:
    """Serve the app until it is interrupted; every page that is opened has a process of its own.

    Args:
        words: what starts the app, without the program.
        port: where to listen.

    Raises:
        ConfigurationError: something else listens there, or it may not be used.
    """
    command = [sys.executable, "-m", "lstmcalc", *words]
    spelled = subprocess.list2cmdline(command) if sys.platform == "win32" else join(command)
    templates = Path(__file__).parent / "served"
    server = LocalServer(spelled, HOST, port, "lstmcalc", templates_path=templates)
    try:
        server.serve()
    except OSError as error:
        why = error.strerror or str(error)
        raise ConfigurationError(f"--port {port}", why, "choose another --port") from None

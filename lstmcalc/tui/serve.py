"""`lstmcalc tui --serve`: the app in a browser, for this machine alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from secrets import compare_digest, token_urlsafe
from shlex import join

from aiohttp import web
from textual_serve.server import Server

from lstmcalc.errors import ConfigurationError
from lstmcalc.tui.watch import SERVER

HOST = "127.0.0.1"
KEY = "key"
"""What the secret is called in the address."""
MOST_PAGES = 4
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class LocalServer(Server):
    """Shows the app to whoever has the address with its secret, and to nobody else."""

    def __init__(self, command: str, port: int) -> None:
        templates = Path(__file__).parent / "served"
        own = f"http://{HOST}:{port}"
        super().__init__(command, HOST, port, "lstmcalc", own, templates_path=templates)
        self.secret = token_urlsafe()
        self._cookie = f"lstmcalc-{port}"  # cookies know no ports
        self._pages = 0

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._only_ours)
        return app

    @web.middleware
    async def _only_ours(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse other sites' pages and other people: the app can write files."""
        if request.headers.get("Origin", self.public_url) != self.public_url:
            raise web.HTTPForbidden(text="only the app's own page may open it")
        if request.host != self.public_url.partition("//")[2]:
            raise web.HTTPForbidden(text=f"the app is at {self.public_url}")
        if compare_digest(request.query.get(KEY, "").encode(), self.secret.encode()):
            found = web.HTTPFound("/")  # the secret goes from the address into a cookie
            found.set_cookie(self._cookie, self.secret, httponly=True, samesite="Strict")
            return found
        if not compare_digest(request.cookies.get(self._cookie, "").encode(), self.secret.encode()):
            raise web.HTTPForbidden(text="open the address that lstmcalc tui --serve printed")
        return await handler(request)

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Run the app for a page; each has a process of its own, and another with torch."""
        if self._pages >= MOST_PAGES:
            raise web.HTTPTooManyRequests(text=f"{MOST_PAGES} pages are open; close one")
        self._pages += 1
        try:
            return await super().handle_websocket(request)
        finally:
            self._pages -= 1

    def initialize_logging(self) -> None:
        """Leave logging as it is."""

    async def on_startup(self, app: web.Application) -> None:
        """Say where the app is."""
        address = f"{self.public_url}/?{KEY}={self.secret}"
        sys.stderr.write(f"lstmcalc: the app is at {address} (ctrl+c ends it)\n")


def serve(words: Sequence[str], port: int) -> None:
    """Serve the app until it is interrupted; every page that is opened has a process of its own.

    Args:
        words: what starts the app, without the program.
        port: where to listen.

    Raises:
        ConfigurationError: something else listens there, or it may not be used.
    """
    command = [sys.executable, "-m", "lstmcalc", *words]
    # without a shell between them, the app sees when its server has ended
    windows = sys.platform == "win32"
    spelled = subprocess.list2cmdline(command) if windows else f"exec {join(command)}"
    os.environ[SERVER] = str(os.getpid())
    try:
        LocalServer(spelled, port).serve()
    except OSError as error:
        why = error.strerror or str(error)
        raise ConfigurationError(f"--port {port}", why, "choose another --port") from None

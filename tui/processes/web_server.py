"""The app in a browser: served on this machine alone, to who knows the token."""

from __future__ import annotations

import hmac
import re
import secrets
import shlex
import socket
import sys
from collections.abc import Awaitable, Callable

from aiohttp import web
from textual_serve.server import Server

HOST = "127.0.0.1"
COOKIE = "probe_tui_token"
_FOREIGN = re.compile(r'<link\s+rel="stylesheet"\s+href="https://[^>]*>')
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class GuardedServer(Server):
    """textual-serve's server behind a token, which the address has and then a cookie."""

    def __init__(self, command: str, port: int) -> None:
        self.token = secrets.token_urlsafe(24)
        self._socket = socket.create_server((HOST, port))
        super().__init__(command, HOST, self._socket.getsockname()[1], title="probe-tui")

    @property
    def address(self) -> str:
        """The address to open, with the token."""
        return f"{self.public_url}/?token={self.token}"

    def run(self) -> None:
        """Serve until Ctrl-C; nothing is logged, since addresses hold the token."""
        web.run_app(self._make_app(), sock=self._socket, access_log=None, print=None)

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing: the command has told the address."""

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guard)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let pass who has the token and asks this machine from its own page."""
        given = request.query.get("token") or request.cookies.get(COOKIE, "")
        is_known = hmac.compare_digest(given.encode(), self.token.encode())
        if not is_known or not self._is_own(request):
            raise web.HTTPForbidden(text="open the whole address that probe-tui serve printed\n")
        response = await handler(request)
        if isinstance(response, web.Response) and request.path == "/":
            self._tame(response)
        return response

    def _is_own(self, request: web.Request) -> bool:
        """Whether no page of another address asks, nor one that gave this machine its name."""
        known = {f"{HOST}:{self.port}", f"localhost:{self.port}"}
        origin = request.headers.get("Origin")
        return request.host in known and (origin is None or origin.split("//")[-1] in known)

    def _tame(self, page: web.Response) -> None:
        """Keep the token in a cookie, and have the page ask nobody else for anything."""
        page.text = _FOREIGN.sub("", page.text or "")
        page.headers["Referrer-Policy"] = "no-referrer"
        page.set_cookie(COOKIE, self.token, httponly=True, samesite="Strict")


def app_command(logs: str, *, is_ascii: bool = False) -> str:
    """The command that opens the app, for a shell; the browser is a terminal of all colours."""
    terminal = ("env", "TERM=xterm-256color", "COLORTERM=truecolor")
    options = ("--ascii" if is_ascii else "--no-ascii",)
    return shlex.join([*terminal, sys.executable, "-P", "-m", "tui.cli", "--logs", logs, *options])

"""The app in a browser: only for who has the token, only from its own page."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientResponseError, ClientSession, CookieJar, web

from tui import cli
from tui.processes.web_server import COOKIE, GuardedServer, app_command

PATIENCE_S = 60


@asynccontextmanager
async def served(logs: Path) -> AsyncIterator[GuardedServer]:
    server = GuardedServer(app_command(str(logs)), port=0)
    runner = web.AppRunner(await server._make_app())
    await runner.setup()
    await web.SockSite(runner, server._socket).start()
    yield server
    await runner.cleanup()


async def test_who_has_the_token_gets_the_app(tmp_path: Path) -> None:
    async with served(tmp_path) as server, ClientSession() as stranger:
        for path in ("", "ws", "static/js/textual.js", "?token=x"):
            async with stranger.get(f"{server.public_url}/{path}") as answer:
                assert answer.status == 403 and server.token not in await answer.text()
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as friend:
            async with friend.get(server.address) as page:
                cookie = page.headers["Set-Cookie"]
                assert page.status == 200 and "HttpOnly" in cookie and "Strict" in cookie
                assert "https://" not in await page.text() and COOKIE in cookie
            async with friend.get(f"{server.public_url}/static/js/textual.js") as script:
                assert script.status == 200
            with pytest.raises(ClientResponseError):
                await friend.ws_connect(f"{server.public_url}/ws", headers={"Origin": "http://x"})
            headers = {"Host": f"evil.example:{server.port}"}
            async with friend.get(server.address, headers=headers) as answer:
                assert answer.status == 403
            assert "Compose" in await _first_screen(friend, server)


async def _first_screen(friend: ClientSession, server: GuardedServer) -> str:
    """What the app draws, until its first place is there; then it is left."""
    drawn = b""
    async with friend.ws_connect(f"{server.public_url}/ws?width=80&height=24") as socket:
        while b"Compose" not in drawn:
            message = await asyncio.wait_for(socket.receive(), PATIENCE_S)
            drawn += message.data if isinstance(message.data, bytes) else b""
        await socket.send_str(json.dumps(["stdin", "q"]))
        async for _ in socket:
            """Until the app has ended, and the server with it."""
    return drawn.decode(errors="replace")


def test_what_is_missing_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tui.commands.of_app.serve.find_spec", lambda _: None)
    assert cli.main(["serve"]) == 2
    assert "probe-tui[serve]" in capsys.readouterr().err
    assert cli.main(["serve", "--port", "70000"]) == 2
    assert "at most 65535" in capsys.readouterr().err

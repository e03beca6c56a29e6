"""The app in a browser: whoever has the key, on this machine, and nobody else."""

import asyncio
import re
import subprocess
import sys
import urllib.error
import urllib.request
from urllib.request import HTTPCookieProcessor, Request, build_opener

import pytest
from command import lstmcalc

from lstmcalc.tui.serve import KEY, LocalServer

PORT = 8793


@pytest.fixture(scope="module")
def address():
    """Where a server is, its key in it."""
    command = [sys.executable, "-m", "lstmcalc", "tui", "8", "4", "--serve", "--port", str(PORT)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        found = re.search(r"http\S+", server.stderr.readline())[0]
        yield found
        server.terminate()
        server.communicate(timeout=20)


def status(url, opener=None, **headers):
    try:
        request = Request(url, headers=headers)  # noqa: S310 - of our own server
        with (opener or build_opener()).open(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def wait_for(address):
    """The server says where it is just before it listens."""
    for _ in range(100):
        try:
            return status(address, build_opener(HTTPCookieProcessor()))
        except urllib.error.URLError:
            subprocess.run([sys.executable, "-c", "import time; time.sleep(0.1)"], check=True)
    raise AssertionError("the server did not come up")


def test_the_key_opens_the_page_and_nothing_else_does(address):
    assert wait_for(address)[0] == 200
    plain = address.partition("?")[0]
    for url in (plain, f"{plain}?{KEY}=wrong", f"{plain}ws", f"{plain}static/js/textual.js"):
        assert status(url)[0] == 403, url
    opener = build_opener(HTTPCookieProcessor())
    code, page = status(address, opener)
    assert (code, "textual-terminal" in page) == (200, True)
    assert set(re.findall(r"\w+://([^/\"]+)", page)) == {f"127.0.0.1:{PORT}"}  # no web fonts
    assert status(f"{plain}static/js/textual.js", opener)[0] == 200
    assert status(plain, opener, Origin="http://evil.example")[0] == 403
    assert status(plain, opener, Host="evil.example")[0] == 403


def test_a_port_that_is_taken_is_told(address, tmp_path):
    wait_for(address)
    done = lstmcalc("tui", "8", "4", "--serve", "--port", str(PORT), folder=tmp_path)
    assert done.returncode == 2
    assert "choose another --port" in done.stderr


def test_so_many_pages_and_no_more():
    server = LocalServer("false", PORT)
    server._pages = 4
    from aiohttp import web

    with pytest.raises(web.HTTPTooManyRequests):
        asyncio.run(server.handle_websocket(None))

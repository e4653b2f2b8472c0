"""Is every request from another machine refused while there is no sign-in?"""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from twin.ui.loopback import LoopbackOnly, is_loopback, require_loopback_address


def outcome(host, kind="http", headers=()):
    """Send one request through the guard and return what the inner app and the client saw."""
    reached, sent = [], []

    async def inner(scope, receive, send):
        reached.append(scope["type"])

    async def receive():
        return {"type": f"{kind}.connect"}

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "client": host and (host, 50000), "headers": list(headers), "method": "GET", "path": "/"}
    # A thread of its own: a browser test of the same process keeps an event loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(LoopbackOnly(inner)(scope, receive, send))).result()
    return reached, sent


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_is_served(host, kind):
    assert outcome(host, kind) == ([kind], [])


@pytest.mark.parametrize("host", ["192.168.1.20", "10.0.0.1", "2001:db8::1", "nobody", None])
def test_another_machine_is_refused(host):
    reached, sent = outcome(host)
    assert reached == []
    assert sent[0]["status"] == 403
    assert b"no sign-in" in sent[1]["body"]


def test_the_socket_of_another_machine_is_closed():
    reached, sent = outcome("192.168.1.20", "websocket")
    assert reached == []
    assert [(message["type"], message["code"]) for message in sent] == [("websocket.close", 1008)]


@pytest.mark.parametrize("name", [b"x-forwarded-for", b"forwarded", b"x-real-ip"])
def test_a_forwarded_request_is_refused(name):
    reached, sent = outcome("127.0.0.1", headers=[(name, b"192.168.1.20")])
    assert reached == []
    assert sent[0]["status"] == 403


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.20", "", None, "example.org"])
def test_the_start_on_an_open_address_stops(address):
    with pytest.raises(SystemExit, match="Refused to serve"):
        require_loopback_address(address)


def test_the_loopback_addresses_may_start():
    for address in ("127.0.0.1", "localhost", "::1"):
        require_loopback_address(address)
        assert is_loopback(address)

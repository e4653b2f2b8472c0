"""May this request be answered while there is no sign-in?"""

from ipaddress import ip_address

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

REFUSAL = (
    "Counterpart has no sign-in yet and serves this machine only. Use the address 127.0.0.1, "
    "without a proxy that forwards other machines."
)
FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-real-ip")


def is_loopback(address: str | None) -> bool:
    """Say whether an address is this machine's own."""
    if address == "localhost":
        return True
    try:
        return ip_address(address or "").is_loopback
    except ValueError:
        return False


def require_loopback_address(address: str | None) -> None:
    """Stop the start on an address that other machines can reach.

    Raises
    ------
    SystemExit
        With the reason, for any address but a loopback one.
    """
    if not is_loopback(address):
        raise SystemExit(f"Refused to serve on {address or 'every address'}. {REFUSAL}")


class LoopbackOnly:
    """Refuse every request that comes, or was forwarded, from another machine, whatever started the server."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a local request on; answer any other with 403, or close its socket."""
        if scope["type"] not in ("http", "websocket") or self._is_local(scope):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": REFUSAL[:100]})
        else:
            await PlainTextResponse(REFUSAL, status_code=403)(scope, receive, send)

    @staticmethod
    def _is_local(scope: Scope) -> bool:
        client = scope.get("client")
        forwarded = any(name in FORWARDED for name, _ in scope["headers"])
        return client is not None and is_loopback(client[0]) and not forwarded

"""What every answer says to the browser about itself, and how much a request may carry."""

import re
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_BODY_BYTES = 64 * 1024
_UPLOAD = re.compile(r"/desk/escalations/\d+/(reply|draft)|/api/(desk|chat)/files")
"""Who is asked there before the body is read."""
_EMBEDDED = frozenset({"/chat", "/widget.js"})
"""What other sites may show or load, if they are named in the configuration."""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    # "no-referrer" would take the Origin header from our own forms, which the desk looks at.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Security:
    """Middleware: strict security headers on everything, and bodies of 64 kB at most.

    Args:
        app: the application it stands before.
        embedding_origins: the sites that may embed the web chat, such as "https://example.com".
        upload_bytes: what a request may carry where managers send files.
    """

    def __init__(
        self, app: ASGIApp, embedding_origins: Sequence[str] = (), upload_bytes: int = 0
    ) -> None:
        self._app = app
        self._upload_bytes = max(upload_bytes, _BODY_BYTES)
        ours, theirs = "'none'", " ".join(["'self'", *embedding_origins])
        self._headers = {
            False: _headers(ours, "same-origin"),
            True: _headers(theirs, "cross-origin"),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        embedded = scope["path"] in _EMBEDDED

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers[embedded]]
            await send(message)

        most = self._upload_bytes if _UPLOAD.fullmatch(scope["path"]) else _BODY_BYTES
        if _announced(scope) > most:
            refusal = JSONResponse({"detail": _too_large(most)}, 413, {"Connection": "close"})
            await refusal(scope, receive, send_with_headers)
        else:
            await self._app(scope, _limited(receive, most), send_with_headers)


def _headers(ancestors: str, resource_policy: str) -> list[tuple[bytes, bytes]]:
    return Headers(
        {
            "Content-Security-Policy": f"{_POLICY}{ancestors}",
            "Cross-Origin-Resource-Policy": resource_policy,
            **_HEADERS,
        }
    ).raw


def _too_large(most: int) -> str:
    return f"a request may carry {most // 1024} kB at most"


def _announced(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "0")
    return int(length) if length.isdecimal() else 0


def _limited(receive: Receive, most: int) -> Receive:
    """The same, for a body whose length was not announced: it ends in a 413."""
    received = 0

    async def limited() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            raise HTTPException(413, _too_large(most))
        return message

    return limited

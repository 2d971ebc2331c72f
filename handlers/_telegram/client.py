"""The connection to the Bot API: https://core.telegram.org/bots/api."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import telegram
from telegram.error import BadRequest, TelegramError
from telegram.request import HTTPXRequest

from bot.errors import FileGone
from bot.models import Attachment

KINDS = ["message", "edited_message", "callback_query", "my_chat_member"]
"""The kinds of updates that say something to us."""
MAX_DOWNLOAD = 20_000_000
"""Bytes of the largest file that Telegram hands to a bot."""

_STAND_IN = "token-stands-here"
_PIECE = 65536


class _Transport(httpx.AsyncHTTPTransport):
    """Puts the token into a request's address just before it leaves.

    Everything above only ever sees a stand-in, so that no log line and no error can hold the token.
    """

    def __init__(self, token: str, proxy: str) -> None:
        super().__init__(limits=httpx.Limits(max_connections=256), proxy=proxy or None)
        self._token = token.encode()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.replace(_STAND_IN.encode(), self._token)
        real = httpx.Request(
            request.method,
            request.url.copy_with(raw_path=path),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return await super().handle_async_request(real)


class Client(telegram.Bot):
    """The Bot API for one token."""

    def __init__(self, token: str, base_url: str, file_url: str, proxy: str) -> None:
        transport = _Transport(token, proxy)
        request = HTTPXRequest(
            read_timeout=15.0, pool_timeout=3.0, httpx_kwargs={"transport": transport}
        )
        super().__init__(_STAND_IN, base_url, file_url, request, request)
        self._connections = request
        self._downloads = httpx.AsyncClient(transport=transport, timeout=30.0)

    async def _post(self, endpoint: str, data: dict[str, Any] | None = None, **options: Any) -> Any:
        """Call a method; of what was sent only its number is read.

        Whatever else may be odd in the answer, the message has left: a date that cannot be
        understood must not make its fate uncertain.
        """
        result = await super()._post(endpoint, data, **options)
        chat = {"id": (data or {}).get("chat_id"), "type": "private"}
        match result:
            case {"message_id": number} if endpoint.startswith("send"):
                return {"message_id": number, "date": 0, "chat": chat}
            case [*sent] if endpoint == "sendMediaGroup":
                return [{"message_id": one["message_id"], "date": 0, "chat": chat} for one in sent]
        return result

    async def raw_updates(self, offset: int | None, seconds: int) -> list[object]:
        """Updates as Telegram sent them: one that is bad must cost no other."""
        data = {"timeout": seconds, "offset": offset, "allowed_updates": KINDS}
        updates = await self._post("getUpdates", data, read_timeout=seconds + 10.0)
        if not isinstance(updates, list):
            raise TelegramError("The answer to getUpdates is not a list")
        return updates

    async def raw(self, method: str, **data: object) -> dict[str, Any]:
        """An answer as Telegram sent it: the library refuses those that lack its newest fields."""
        answer = await self._post(method, data)
        if not isinstance(answer, dict):
            raise TelegramError(f"The answer to {method} is no object")
        return answer

    async def pieces(self, attachment: Attachment) -> AsyncIterator[bytes]:
        """A file, piece by piece; raises FileGone where it cannot be had."""
        name = attachment.name
        too_large = FileGone(
            f"{name} is larger than the 20 MB that Telegram hands to bots: "
            "ask for a smaller one, or for a link"
        )
        if not attachment.reference:
            raise FileGone(f"{name}: Telegram does not hand this to bots")
        if (attachment.size or 0) > MAX_DOWNLOAD:
            raise too_large
        try:
            file = await self.get_file(attachment.reference)
        except BadRequest as error:
            if "too big" in error.message:
                raise too_large from None
            raise FileGone(f"{name}: Telegram has it no more ({error})") from None
        except TelegramError as error:
            raise FileGone(f"{name}: Telegram does not hand it over now ({error})") from error
        try:
            async with self._downloads.stream("GET", file.file_path or "") as answer:
                if answer.status_code != httpx.codes.OK:
                    raise FileGone(f"{name}: Telegram has it no more ({answer.status_code})")
                async for piece in answer.aiter_bytes(_PIECE):
                    yield piece
        except httpx.HTTPError as error:
            raise FileGone(f"{name}: the connection to Telegram broke") from error

    async def close_connections(self) -> None:
        """Let go of everything."""
        await self._downloads.aclose()
        await self._connections.shutdown()

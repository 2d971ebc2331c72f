"""How Telegram hands updates to a bot: one poller a token, or a webhook; as strict as the real one.

Source: https://core.telegram.org/bots/api#getting-updates, and the error texts of
https://github.com/tdlib/telegram-bot-api.
"""

import asyncio
import contextlib
import inspect
import json
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.fakes.network import Changes
from tests.fakes.server import Drop, FakeServer, Request, Response, Upload

TOKEN = "123456789:FAKE-secret-token-of-a-bot-0123456"
UNASKED = {"chat_member", "message_reaction", "message_reaction_count"}
"""Kinds that a bot gets only by asking for them."""

Parameters = Mapping[str, Any]
Hook = Callable[[str, Parameters], Awaitable[None] | None]


class ApiError(Exception):
    """What Telegram says when it refuses."""

    def __init__(self, status: int, text: str, **parameters: object) -> None:
        super().__init__(text)
        self.status = status
        self.parameters = parameters

    def response(self) -> Response:
        names = {400: "Bad Request: ", 403: "Forbidden: ", 409: "Conflict: "}
        document: dict[str, object] = {
            "ok": False,
            "error_code": self.status,
            "description": names.get(self.status, "") + str(self),
        }
        if self.parameters:
            document["parameters"] = self.parameters
        return Response(self.status, json.dumps(document).encode())


@dataclass(slots=True, eq=False)
class Update:
    """Something that happened; kept until a later offset or a webhook's 200 confirms it."""

    id: int
    kind: str
    payload: dict[str, Any]
    acknowledged: bool = False

    @property
    def document(self) -> dict[str, Any]:
        """What a bot is given."""
        return {"update_id": self.id, self.kind: self.payload}

    @property
    def chat(self) -> object:
        """Updates of one chat are called out one after another."""
        message = self.payload.get("message", self.payload) if self.payload else {}
        chat = message.get("chat") if isinstance(message, dict) else None
        return chat["id"] if chat else self.id


@dataclass(slots=True, eq=False)
class Poll:
    """A getUpdates under way."""

    offset: int
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    ended_by: str = ""


@dataclass(slots=True)
class Webhook:
    """Where updates are called out to."""

    url: str = ""
    secret: str = ""
    connections: int = 40
    last_error: str = ""
    last_error_at: int = 0


class UpdateServer(FakeServer):
    """The Bot API for one bot, as far as it knows what a bot is but not what a chat is."""

    def __init__(self, port: int = 0, token: str = TOKEN) -> None:
        super().__init__(port)
        self.token = token
        self.calls: list[tuple[str, dict[str, Any]]] = []
        """Every call that carried the right token, as it came."""
        self.before: Hook | None = None
        """Called with each call before anything is done about it."""
        self.after: Hook | None = None
        """Called with each call when all is done and only the answer is missing."""
        self.changes = Changes()
        self.hook = Webhook()
        self.hosts: dict[str, str] = {}
        """Where the public addresses of webhooks are served in truth, as behind a proxy."""
        self.retry_seconds = 0.05
        """How long a failed webhook waits (Telegram: longer each time, up to hours)."""
        self.poll: Poll | None = None
        self._updates: list[Update] = []
        self._next_update = 700_000_000
        self._allowed: list[str] = []
        self._calling: set[Update] = set()
        self._pushed = asyncio.Event()
        self._pushing: asyncio.Task[None] | None = None
        self._failing: defaultdict[str, list[ApiError | Response]] = defaultdict(list)
        self._dropping: defaultdict[str, int] = defaultdict(int)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._stop_calling()
        await super().__aexit__(kind, error, trace)

    # ── What a test does ─────────────────────────────────────────────────────────────────────────

    def restart_update_ids(self, first: int) -> None:
        """As Telegram does after a quiet week."""
        assert not self._updates, "ids restart only when nothing is waiting"
        self._next_update = first

    def fail_next(
        self,
        status: int,
        description: str = "",
        *,
        retry_after: float | None = None,
        method: str = "sendMessage",
        **parameters: object,
    ) -> None:
        """Refuse the next call of that method; nothing is done."""
        if retry_after is not None:
            parameters["retry_after"] = retry_after
        if status == 429 and not description:
            description = f"Too Many Requests: retry after {retry_after or 1:g}"
        error = ApiError(status, description or "made to fail", **parameters)
        self._failing[method.lower()].append(error)

    def answer_next(self, body: bytes, *, status: int = 200, method: str = "sendMessage") -> None:
        """Answer the next call of that method with just this, and do nothing."""
        self._failing[method.lower()].append(Response(status, body))

    def drop_after_receipt(self, method: str = "sendMessage") -> None:
        """Do what the next call of that method asks, and die before the answer."""
        self._dropping[method.lower()] += 1

    def called(self, method: str) -> list[dict[str, Any]]:
        """The parameters of every call of a method."""
        return [parameters for name, parameters in self.calls if name.lower() == method.lower()]

    async def idle_poll(self) -> None:
        """Return once the bot waits for whatever comes, having confirmed all before."""
        await self.changes.until(lambda: self.poll is not None and not self.poll.offset)

    def happen(self, kind: str, payload: dict[str, Any]) -> Update:
        """Any update at all, also one that no Bot API documents."""
        update = Update(self._next_update, kind, payload)
        self._next_update += 1
        if kind in self._allowed or (not self._allowed and kind not in UNASKED):
            self._updates.append(update)
            self._wake()
        return update

    def shuffle(self) -> None:
        """What waits is handed out in another order."""
        self._updates.reverse()

    def _wake(self) -> None:
        if self.poll and any(update.id >= self.poll.offset for update in self._updates):
            self.poll.woken.set()
        self._pushed.set()

    # ── The server ───────────────────────────────────────────────────────────────────────────────

    async def answer(self, request: Request) -> Response:
        found = re.fullmatch(r"/(file/)?bot([^/]*)/(.+)", request.path)
        if not found or not re.fullmatch(r"\d+:[\w-]+", found[2]):
            return ApiError(404, "Not Found").response()
        if found[2] != self.token:
            return ApiError(401, "Unauthorized").response()
        try:
            if found[1]:
                return self.download(found[3])
            self.check_size(len(request.body))
            return await self._call(found[3], {**request.parameters, **request.files})
        except ApiError as error:
            return error.response()
        finally:
            self.changes.announce()

    def download(self, path: str) -> Response:
        """One file."""
        raise NotImplementedError

    def check_size(self, size: int) -> None:
        """Refuse a call that is too large."""
        raise NotImplementedError

    async def _call(self, name: str, parameters: dict[str, Any]) -> Response:
        method = name.lower()
        self.calls.append((name, parameters))
        await _run(self.before, name, parameters)
        if self._failing[method]:
            failure = self._failing[method].pop(0)
            if isinstance(failure, ApiError):
                raise failure
            return failure
        run = getattr(self, f"_api_{method}", None)
        if run is None:
            raise ApiError(404, "Not Found")
        result = run(parameters)
        if inspect.isawaitable(result):
            result = await result
        await _run(self.after, name, parameters)
        if self._dropping[method]:
            self._dropping[method] -= 1
            raise Drop
        return Response(200, json.dumps({"ok": True, "result": result}).encode())

    # ── Polling ──────────────────────────────────────────────────────────────────────────────────

    async def _api_getupdates(self, parameters: Parameters) -> list[dict[str, Any]]:
        if self.hook.url:
            raise ApiError(
                409,
                "can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        self._allow(parameters)
        poll = Poll(self._confirm(integer(parameters, "offset", 0)))
        self._end_poll("other getUpdates request; make sure that only one bot instance is running")
        self.poll = poll
        self.changes.announce()
        waiting = self._waiting(poll, parameters)
        if not waiting:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(integer(parameters, "timeout", 0), 50)):
                    await poll.woken.wait()
            waiting = self._waiting(poll, parameters)
        if poll.ended_by:
            raise ApiError(409, f"terminated by {poll.ended_by}")
        self.poll = None
        return waiting

    def _allow(self, parameters: Parameters) -> None:
        """What is asked for is remembered until something else is."""
        if "allowed_updates" in parameters:
            self._allowed = list(parsed(parameters["allowed_updates"], "allowed_updates", list))

    def _end_poll(self, by: str) -> None:
        if self.poll:
            self.poll.ended_by = by
            self.poll.woken.set()
            self.poll = None

    def _confirm(self, offset: int) -> int:
        if offset < 0:
            offset = self._updates[offset:][0].id if self._updates[offset:] else 0
        for update in self._updates:
            update.acknowledged = update.id < offset
        self._updates = [update for update in self._updates if not update.acknowledged]
        return offset

    def _waiting(self, poll: Poll, parameters: Parameters) -> list[dict[str, Any]]:
        limit = max(1, min(integer(parameters, "limit", 100), 100))
        ready = [update for update in self._updates if update.id >= poll.offset]
        return [update.document for update in ready[:limit]]

    # ── Webhook ──────────────────────────────────────────────────────────────────────────────────

    async def _api_setwebhook(self, parameters: Parameters) -> bool:
        url, secret = str(parameters.get("url", "")), str(parameters.get("secret_token", ""))
        if not url:
            return await self._api_deletewebhook(parameters)
        address = urlsplit(url)
        if address.scheme != "https":
            raise ApiError(400, "bad webhook: An HTTPS URL must be provided for webhook")
        if (address.port or 443) not in {80, 88, 443, 8443}:
            raise ApiError(
                400, "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"
            )
        if len(secret) > 256:
            raise ApiError(400, "secret token is too long")
        if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
            raise ApiError(400, "secret token contains unallowed characters")
        connections = integer(parameters, "max_connections", 40)
        if not 1 <= connections <= 100:
            raise ApiError(400, "max_connections must be from 1 to 100")
        self._allow(parameters)
        self._drop(parameters)
        await self._stop_calling()
        self.hook = Webhook(url, secret, connections)
        self._end_poll("setWebhook request")
        self._pushing = asyncio.create_task(self._keep_calling())
        return True

    async def _api_deletewebhook(self, parameters: Parameters) -> bool:
        self._drop(parameters)
        await self._stop_calling()
        self.hook = Webhook()
        return True

    def _api_getwebhookinfo(self, _: Parameters) -> dict[str, Any]:
        hook = self.hook
        document: dict[str, Any] = {
            "url": hook.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates),
        }
        if hook.url:
            document |= {"max_connections": hook.connections, "ip_address": "192.0.2.7"}
        if hook.last_error:
            document["last_error_date"] = hook.last_error_at
            document["last_error_message"] = hook.last_error
        if self._allowed:
            document["allowed_updates"] = self._allowed
        return document

    def _drop(self, parameters: Parameters) -> None:
        if str(parameters.get("drop_pending_updates", "")).lower() == "true":
            self._updates.clear()

    async def _stop_calling(self) -> None:
        if self._pushing:
            self._pushing.cancel()
            await asyncio.gather(self._pushing, return_exceptions=True)
            self._pushing = None

    async def _keep_calling(self) -> None:
        self._calling.clear()
        async with httpx.AsyncClient(timeout=60) as client, asyncio.TaskGroup() as group:
            while True:
                self._pushed.clear()
                chats = {update.chat for update in self._calling}
                for update in self._updates:
                    free = len(self._calling) < self.hook.connections
                    if free and update.chat not in chats:
                        chats.add(update.chat)
                        self._calling.add(update)
                        group.create_task(self._call_out(client, update))
                await self._pushed.wait()

    async def _call_out(self, client: httpx.AsyncClient, update: Update) -> None:
        address = urlsplit(self.hook.url)
        host = self.hosts.get(f"{address.scheme}://{address.netloc}", "http://127.0.0.1:9")
        headers = {"x-telegram-bot-api-secret-token": self.hook.secret} if self.hook.secret else {}
        try:
            answer = await client.post(
                f"{host}{address.path}", json=update.document, headers=headers
            )
            answer.raise_for_status()
        except httpx.HTTPError as error:
            words = "Connection refused"
            if isinstance(error, httpx.HTTPStatusError):
                status = HTTPStatus(error.response.status_code)
                words = f"Wrong response from the webhook: {status} {status.phrase}"
            self.hook.last_error = words
            self.hook.last_error_at = int(datetime.now(UTC).timestamp())
            self.changes.announce()
            await asyncio.sleep(self.retry_seconds)
        else:
            update.acknowledged = True
            self._updates.remove(update)
            await self._answered(answer)
        finally:
            self._calling.discard(update)
            self._pushed.set()
            self.changes.announce()

    async def _answered(self, answer: httpx.Response) -> None:
        """An answer may be a call: https://core.telegram.org/bots/api#making-requests-when-getting-updates."""
        if answer.headers.get("content-type", "").startswith("application/json") and answer.content:
            parameters = answer.json()
            with contextlib.suppress(ApiError):  # nobody hears of it
                await self._call(parameters.pop("method"), parameters)


def parsed(value: object, name: str, kind: type) -> Any:
    """A parameter that is JSON, or the refusal."""
    try:
        document = json.loads(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ApiError(400, f"can't parse {name}") from error
    if not isinstance(document, kind):
        raise ApiError(400, f"can't parse {name}")
    return document


def integer(parameters: Parameters, name: str, default: int) -> int:
    """A parameter that is a number, or the refusal."""
    try:
        return int(str(parameters.get(name, default)))
    except ValueError as error:
        raise ApiError(400, f"parameter {name} must be an integer") from error


def upload(parameters: Parameters, reference: object, name: str) -> Upload:
    """The file that a parameter is, or that it names by "attach://"."""
    if isinstance(reference, str) and reference.startswith("attach://"):
        reference = parameters.get(reference.removeprefix("attach://"))
    if not isinstance(reference, Upload):
        raise ApiError(400, f"there is no {name} in the request")
    if not reference.content:
        raise ApiError(400, "file must be non-empty")
    return reference


async def _run(hook: Hook | None, method: str, parameters: Parameters) -> None:
    if hook is None:
        return
    waiting = hook(method, parameters)
    if waiting is not None:
        await waiting

"""A strict Bot API server: it refuses what Telegram refuses, in Telegram's words.

Source: https://core.telegram.org/bots/api.
"""

import asyncio
import contextlib
import inspect
import json
import re
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.fakes import telegram_html
from tests.fakes.network import Button, Changes, Received
from tests.fakes.server import Drop, FakeServer, Request, Response

TOKEN = "123456789:FAKE-secret-token-of-a-bot-0123456"
BOT = {
    "id": 123456789,
    "is_bot": True,
    "first_name": "Comptoir",
    "username": "comptoir_test_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
}
GROUP = {"id": -1001234567890, "type": "supergroup", "title": "Friends of coffee"}
ACTIONS = {"typing", "upload_photo", "record_voice", "upload_document", "find_location"}
MAX_FILE = 20_000_000

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
    """Something that happened; kept until a later offset confirms it."""

    id: int
    kind: str
    payload: dict[str, Any]
    acknowledged: bool = False


@dataclass(slots=True, eq=False)
class Poll:
    """A getUpdates under way."""

    offset: int
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    superseded: bool = False


class BotApi(FakeServer):
    """The Bot API for one bot, and the chats it is in."""

    def __init__(self, port: int = 0, token: str = TOKEN) -> None:
        super().__init__(port)
        self.token = token
        self.calls: list[tuple[str, dict[str, Any]]] = []
        """Every call that carried the right token, as it came."""
        self.sent: list[Received] = []
        self.before: Hook | None = None
        """Called with each call before anything is done about it."""
        self.after: Hook | None = None
        """Called with each call when all is done and only the answer is missing."""
        self.changes = Changes()
        self.webhook = ""
        self.poll: Poll | None = None
        self._updates: list[Update] = []
        self._next_update = 700_000_000
        self._allowed: list[str] = []
        self.chats: dict[int, dict[str, Any]] = {GROUP["id"]: dict(GROUP)}  # type: ignore[dict-item]  # an int, as written above
        self.closed: dict[int, str] = {}
        self.messages: dict[tuple[int, int], dict[str, Any]] = {}
        self._counts: Counter[int] = Counter()
        self.open_queries: set[str] = set()
        self._commands: dict[str, list[dict[str, str]]] = {}
        self._files: dict[str, tuple[str, bytes]] = {}
        self._failing: defaultdict[str, list[ApiError | Response]] = defaultdict(list)
        self._dropping: defaultdict[str, int] = defaultdict(int)

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

    def add_file(self, file_id: str, name: str, content: bytes) -> None:
        """A file that the bot may fetch."""
        self._files[file_id] = (f"documents/{name}", content)

    async def idle_poll(self) -> None:
        """Return once the bot waits for whatever comes, having confirmed all before."""
        await self.changes.until(lambda: self.poll is not None and not self.poll.offset)

    # ── The server ───────────────────────────────────────────────────────────────────────────────

    async def answer(self, request: Request) -> Response:
        found = re.fullmatch(r"/(file/)?bot([^/]*)/(.+)", request.path)
        if not found or not re.fullmatch(r"\d+:[\w-]+", found[2]):
            return ApiError(404, "Not Found").response()
        if found[2] != self.token:
            return ApiError(401, "Unauthorized").response()
        try:
            if found[1]:
                return self._file(found[3])
            return await self._call(found[3], request.parameters)
        except ApiError as error:
            return error.response()
        finally:
            self.changes.announce()

    async def _call(self, name: str, parameters: dict[str, object]) -> Response:
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

    def _file(self, path: str) -> Response:
        for name, content in self._files.values():
            if name == path:
                return Response(200, content, "application/octet-stream")
        raise ApiError(404, "Not Found")

    # ── The methods of the Bot API, by their names in lower case ─────────────────────────────────

    def _api_getme(self, _: Parameters) -> dict[str, Any]:
        return BOT

    async def _api_getupdates(self, parameters: Parameters) -> list[dict[str, Any]]:
        if self.webhook:
            raise ApiError(
                409,
                "can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
            )
        if "allowed_updates" in parameters:
            self._allowed = list(_json(parameters["allowed_updates"], "allowed_updates", list))
        poll = Poll(self._confirm(_integer(parameters, "offset", 0)))
        if self.poll:
            self.poll.superseded = True
            self.poll.woken.set()
        self.poll = poll
        self.changes.announce()
        waiting = self._waiting(poll, parameters)
        if not waiting:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(_integer(parameters, "timeout", 0), 50)):
                    await poll.woken.wait()
            waiting = self._waiting(poll, parameters)
        if poll.superseded:
            raise ApiError(
                409,
                "terminated by other getUpdates request; "
                "make sure that only one bot instance is running",
            )
        self.poll = None
        return waiting

    def _confirm(self, offset: int) -> int:
        if offset < 0:
            offset = self._updates[offset:][0].id if self._updates[offset:] else 0
        for update in self._updates:
            update.acknowledged = update.id < offset
        self._updates = [update for update in self._updates if not update.acknowledged]
        return offset

    def _waiting(self, poll: Poll, parameters: Parameters) -> list[dict[str, Any]]:
        limit = max(1, min(_integer(parameters, "limit", 100), 100))
        ready = [update for update in self._updates if update.id >= poll.offset]
        return [{"update_id": u.id, u.kind: u.payload} for u in ready[:limit]]

    def _api_sendmessage(self, parameters: Parameters) -> dict[str, Any]:
        chat = self._open_chat(parameters)
        content = _content(parameters)
        message = self.message(chat, BOT, **content)
        follower = chat.get("first_name", "").lower()
        self.sent.append(Received(follower, message["text"], tuple(buttons(message))))
        return message

    def _api_editmessagetext(self, parameters: Parameters) -> dict[str, Any]:
        chat = self._open_chat(parameters)
        message = self.messages.get((chat["id"], _integer(parameters, "message_id", 0)))
        if message is None or message["from"] != BOT:
            raise ApiError(400, "message to edit not found")
        content = _content(parameters)
        if all(
            (message.get(key) or None) == (content.get(key) or None)
            for key in ("text", "entities", "reply_markup")
        ):
            raise ApiError(
                400,
                "message is not modified: specified new message content and reply markup are "
                "exactly the same as a current content and reply markup of the message",
            )
        message.update(content, edit_date=message["date"] + 1)
        return message

    def _api_sendchataction(self, parameters: Parameters) -> bool:
        self._open_chat(parameters)
        if parameters.get("action") not in ACTIONS:
            raise ApiError(400, "wrong parameter action in request")
        return True

    def _api_answercallbackquery(self, parameters: Parameters) -> bool:
        query = str(parameters.get("callback_query_id", ""))
        if query not in self.open_queries:
            raise ApiError(
                400, "query is too old and response timeout expired or query ID is invalid"
            )
        if telegram_html.utf16(str(parameters.get("text", ""))) > 200:
            raise ApiError(400, "MESSAGE_TOO_LONG")
        self.open_queries.remove(query)
        return True

    def _api_setmycommands(self, parameters: Parameters) -> bool:
        commands = _json(parameters.get("commands", ""), "commands", list)
        for command in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", str(command.get("command", ""))):
                raise ApiError(400, "BOT_COMMAND_INVALID")
            if not 1 <= len(str(command.get("description", ""))) <= 256:
                raise ApiError(400, "BOT_COMMAND_DESCRIPTION_INVALID")
        self._commands[_scope(parameters)] = commands
        return True

    def _api_getmycommands(self, parameters: Parameters) -> list[dict[str, str]]:
        return self._commands.get(_scope(parameters), [])

    def _api_setwebhook(self, parameters: Parameters) -> bool:
        url = str(parameters.get("url", ""))
        if url and not url.startswith("https://"):
            raise ApiError(400, "bad webhook: An HTTPS URL must be provided for webhook")
        self.webhook = url
        return True

    def _api_deletewebhook(self, _: Parameters) -> bool:
        self.webhook = ""
        return True

    def _api_getwebhookinfo(self, _: Parameters) -> dict[str, Any]:
        return {
            "url": self.webhook,
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates),
        }

    def _api_getfile(self, parameters: Parameters) -> dict[str, Any]:
        file_id = str(parameters.get("file_id", ""))
        if file_id not in self._files:
            raise ApiError(400, "wrong file_id or the file is temporarily unavailable")
        path, content = self._files[file_id]
        if len(content) > MAX_FILE:
            raise ApiError(400, "file is too big")
        return {
            "file_id": file_id,
            "file_unique_id": f"unique-{file_id}",
            "file_size": len(content),
            "file_path": path,
        }

    # ── Chats, people, messages ──────────────────────────────────────────────────────────────────

    def _open_chat(self, parameters: Parameters) -> dict[str, Any]:
        chat_id = str(parameters.get("chat_id", ""))
        if not chat_id:
            raise ApiError(400, "chat_id is empty")
        if not re.fullmatch(r"-?\d+", chat_id) or int(chat_id) not in self.chats:
            raise ApiError(400, "chat not found")
        if int(chat_id) in self.closed:
            raise ApiError(403, self.closed[int(chat_id)])
        return self.chats[int(chat_id)]

    def message(
        self, chat: Mapping[str, Any], sender: Mapping[str, Any], **content: Any
    ) -> dict[str, Any]:
        self._counts[chat["id"]] += 1
        number = self._counts[chat["id"]]
        message = {
            "message_id": number,
            "from": sender,
            "chat": chat,
            "date": int(datetime.now(UTC).timestamp()),
            **{key: value for key, value in content.items() if value},
        }
        self.messages[chat["id"], number] = message
        return message

    def happen(self, kind: str, payload: dict[str, Any]) -> Update:
        """Any update at all, also one that no Bot API documents."""
        update = Update(self._next_update, kind, payload)
        self._next_update += 1
        if not self._allowed or kind in self._allowed:
            self._updates.append(update)
            if self.poll and update.id >= self.poll.offset:
                self.poll.woken.set()
        return update


def _content(parameters: Parameters) -> dict[str, Any]:
    """What a message would hold, or the refusal."""
    text, entities = str(parameters.get("text", "")), list[dict[str, object]]()
    match str(parameters.get("parse_mode", "")).lower():
        case "":
            pass
        case "html":
            try:
                text, entities = telegram_html.parse(text)
            except ValueError as error:
                raise ApiError(400, f"can't parse entities: {error}") from error
        case _:
            raise ApiError(400, "unsupported parse_mode")
    if not text.strip():
        raise ApiError(400, "message text is empty")
    if telegram_html.utf16(text.strip()) > 4096:
        raise ApiError(400, "message is too long")
    markup = _json(parameters.get("reply_markup", "{}"), "reply keyboard markup JSON object", dict)
    rows = markup.get("inline_keyboard", [])
    for button in (button for row in rows for button in row):
        _check(button)
    if sum(map(len, rows)) > 100:
        raise ApiError(400, "REPLY_MARKUP_TOO_LONG")
    return {"text": text.strip(), "entities": entities, "reply_markup": markup}


def _check(button: dict[str, Any]) -> None:
    if not str(button.get("text", "")).strip():
        raise ApiError(400, "can't parse inline keyboard button: Text buttons must be non-empty")
    if "callback_data" not in button and "url" not in button:
        raise ApiError(400, "can't parse inline keyboard button: Text buttons are unallowed")
    if not 1 <= len(str(button.get("callback_data", "x")).encode()) <= 64:
        raise ApiError(400, "BUTTON_DATA_INVALID")


def buttons(message: Mapping[str, Any]) -> list[Button]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [Button(b["callback_data"], b["text"]) for row in rows for b in row]


def _scope(parameters: Parameters) -> str:
    return f"{parameters.get('scope', '')} {parameters.get('language_code', '')}"


def _json(value: object, name: str, kind: type) -> Any:
    try:
        document = json.loads(value) if isinstance(value, str) else value
    except ValueError as error:
        raise ApiError(400, f"can't parse {name}") from error
    if not isinstance(document, kind):
        raise ApiError(400, f"can't parse {name}")
    return document


def _integer(parameters: Parameters, name: str, default: int) -> int:
    try:
        return int(str(parameters.get(name, default)))
    except ValueError as error:
        raise ApiError(400, f"parameter {name} must be an integer") from error


async def _run(hook: Hook | None, method: str, parameters: Parameters) -> None:
    if hook is None:
        return
    waiting = hook(method, parameters)
    if waiting is not None:
        await waiting

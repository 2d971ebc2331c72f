"""A strict HTTP interface of Discord: it refuses what Discord refuses, with its codes.

Source: https://discord.com/developers/docs/reference.
"""

import inspect
import json
import re
import secrets
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.discord_gateway import Gateway
from tests.fakes.discord_rules import (
    MAX_FILE,
    ApiError,
    Data,
    buttons,
    check_commands,
    check_message,
)
from tests.fakes.server import Drop, Request, Response

TOKEN = "MTIzNDU2Nzg5.FAKE-se.cret-token_of-a-bot"
BOT = {"id": "900000000000000001", "username": "comptoir", "global_name": "Comptoir", "bot": True}
APPLICATION = "900000000000000002"
GUILD, GENERAL = "900000000000000010", "900000000000000011"
BOT_ROLE = "900000000000000012"
EPHEMERAL = 1 << 6
LOADING = 1 << 7
EVERYTHING = (1 << 50) - 1
EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
NONCE_LIFE = timedelta(minutes=5)
ACKNOWLEDGE_WITHIN = timedelta(seconds=3)
TOKEN_LIFE = timedelta(minutes=15)
SIGNED_FOR = timedelta(hours=24)

Hook = Callable[[str, Mapping[str, Any]], Awaitable[None] | None]


@dataclass(slots=True, eq=False)
class Interaction:
    """Something a person did with the bot, which it has to answer."""

    id: str
    token: str
    kind: int
    at: datetime
    channel: str
    user: str
    shown_on: str = ""
    """For a press: the message with the button."""
    acknowledged: bool = False
    original: dict[str, Any] | None = None


ROUTES = (
    ("GET", r"/users/@me", "me"),
    ("GET", r"/users/@me/guilds", "guilds"),
    ("POST", r"/users/@me/channels", "open_direct"),
    ("GET", r"/(?:oauth2/)?applications/@me", "application"),
    ("GET", r"/applications/(?P<application>\d+)/commands", "commands"),
    ("PUT", r"/applications/(?P<application>\d+)/commands", "register"),
    ("GET", r"/gateway/bot", "gateway"),
    ("GET", r"/guilds/(?P<guild>\d+)/channels", "guild_channels"),
    ("GET", r"/guilds/(?P<guild>\d+)/roles", "guild_roles"),
    ("GET", r"/guilds/(?P<guild>\d+)/members/(?P<user>\d+)", "guild_member"),
    ("GET", r"/channels/(?P<channel>\d+)", "channel"),
    ("GET", r"/channels/(?P<channel>\d+)/messages", "history"),
    ("POST", r"/channels/(?P<channel>\d+)/messages", "create_message"),
    ("GET", r"/channels/(?P<channel>\d+)/messages/(?P<message>\d+)", "message"),
    ("PATCH", r"/channels/(?P<channel>\d+)/messages/(?P<message>\d+)", "edit_message"),
    ("DELETE", r"/channels/(?P<channel>\d+)/messages/(?P<message>\d+)", "delete_message"),
    ("POST", r"/channels/(?P<channel>\d+)/typing", "typing"),
    ("POST", r"/channels/(?P<channel>\d+)/threads", "start_thread"),
    ("PATCH", r"/channels/(?P<channel>\d+)", "change_channel"),
    ("DELETE", r"/channels/(?P<channel>\d+)", "delete_channel"),
    (
        "PUT",
        r"/channels/(?P<channel>\d+)/messages/(?P<message>\d+)/reactions/(?P<emoji>[^/]+)/@me",
        "react",
    ),
    ("POST", r"/interactions/(?P<interaction>\d+)/(?P<token>[\w-]+)/callback", "callback"),
    ("POST", r"/webhooks/(?P<application>\d+)/(?P<token>[\w-]+)", "follow_up"),
    (
        "PATCH",
        r"/webhooks/(?P<application>\d+)/(?P<token>[\w-]+)/messages/(?P<message>@original|\d+)",
        "edit_answer",
    ),
    (
        "DELETE",
        r"/webhooks/(?P<application>\d+)/(?P<token>[\w-]+)/messages/(?P<message>@original|\d+)",
        "delete_answer",
    ),
)
COMPILED = tuple((method, re.compile(path), name) for method, path, name in ROUTES)
WITHOUT_TOKEN = {"callback", "follow_up", "edit_answer", "delete_answer"}


class Api(Gateway):
    """Calls of one bot, and what is in its channels."""

    def __init__(self, port: int = 0, token: str = TOKEN) -> None:
        super().__init__(port, token)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        """Every call that carried the right token: its name, and its parameters."""
        self.before: Hook | None = None
        """Called with each call before anything is done about it."""
        self.after: Hook | None = None
        """Called with each call when all is done and only the answer is missing."""
        self.flags = 1 << 19
        """Of the application: messages may be read, in a small one."""
        self.endpoint: str | None = None
        self.known_commands: list[dict[str, Any]] = []
        self.registrations = 0
        self.channels: dict[str, dict[str, Any]] = {
            GENERAL: {"id": GENERAL, "type": 0, "guild_id": GUILD, "name": "general"}
        }
        self.messages: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
        self.outgoing: list[dict[str, Any]] = []
        """What the bot has said, in order; also what only one person sees."""
        self.interactions: dict[str, Interaction] = {}
        self.closed: dict[str, ApiError] = {}
        """Channels in which nothing can be sent, and what is said then."""
        self.permissions = EVERYTHING
        self.overwrites: list[dict[str, str]] = []
        self.in_guild = True
        self.max_file = MAX_FILE
        self.per_channel: tuple[int, float] | None = None
        """How many messages a channel takes in how many seconds; None for any."""
        self._skew = timedelta()
        self._last_id = 0
        self._nonces: dict[str, tuple[datetime, dict[str, Any]]] = {}
        self._files: dict[str, bytes] = {}
        self._failing: defaultdict[str, list[ApiError | Response]] = defaultdict(list)
        self._dropping: Counter[str] = Counter()
        self._refusing: dict[str, datetime] = {}
        self._buckets: dict[str, list[datetime]] = defaultdict(list)

    def now(self) -> datetime:
        """The fake's own time."""
        return datetime.now(UTC) + self._skew

    def pass_time(self, **how_much: float) -> None:
        """Let Discord's clock run ahead."""
        self._skew += timedelta(**how_much)

    def snowflake(self) -> str:
        """An id that is greater than all before it."""
        wanted = int((self.now() - EPOCH) / timedelta(milliseconds=1)) << 22
        self._last_id = max(wanted, self._last_id + 1)
        return str(self._last_id)

    # ── Trouble ──────────────────────────────────────────────────────────────────────────────────

    def fail_next(
        self,
        status: int,
        code: int = 0,
        message: str = "made to fail",
        call: str = "create_message",
    ) -> None:
        """Refuse the next call of that name."""
        self._failing[call].append(ApiError(status, code, message))

    def fail_too_fast(
        self, seconds: float, call: str = "create_message", *, everything: bool = False
    ) -> None:
        """Refuse the next call of that name with a 429."""
        self._failing[call].append(_too_fast(seconds, everything=everything))

    def answer_next(
        self, status: int, body: bytes, call: str = "create_message", kind: str = "text/html"
    ) -> None:
        """Answer the next call of that name with just this, and do nothing."""
        self._failing[call].append(Response(status, body, kind))

    def drop_after_receipt(self, call: str = "create_message") -> None:
        """Do what the next call of that name asks, and die before the answer."""
        self._dropping[call] += 1

    def refuse_for(self, seconds: float, channel: str = "") -> None:
        """429 in one channel, or for all calls."""
        self._refusing[channel or "global"] = self.now() + timedelta(seconds=seconds)

    def called(self, name: str) -> list[dict[str, Any]]:
        """The parameters of every call of that name."""
        return [parameters for called, parameters in self.calls if called == name]

    # ── The server ───────────────────────────────────────────────────────────────────────────────

    async def answer(self, request: Request) -> Response:
        if request.path.startswith("/attachments/"):
            return self._attachment(request)
        if not request.headers.get("user-agent", "").startswith("DiscordBot ("):
            return Response(403, b"error code: 1010", "text/html")
        path = request.path.removeprefix("/api/v10")
        matches = (
            (name, pattern.fullmatch(path))
            for method, pattern, name in COMPILED
            if method == request.method
        )
        name, found = next((one for one in matches if one[1]), ("", None))
        if found is None:
            return ApiError(404, 0, "404: Not Found").response()
        authorised = request.headers.get("authorization") == f"Bot {self.token}"
        if not authorised and name not in WITHOUT_TOKEN:
            return ApiError(401, 0, "401: Unauthorized").response()
        parameters = {**_body(request), **found.groupdict(), "files": request.files}
        try:
            return await self._call(name, parameters, found.groupdict().get("channel", ""))
        except ApiError as error:
            return error.response()
        finally:
            self.changes.announce()

    async def _call(self, name: str, parameters: dict[str, Any], channel: str) -> Response:
        self.calls.append((name, parameters))
        await _run(self.before, name, parameters)
        self._refuse_too_fast(channel, "" if name in WITHOUT_TOKEN else "global")
        if self._failing[name]:
            failure = self._failing[name].pop(0)
            if isinstance(failure, ApiError):
                raise failure
            return failure
        headers = self._limit(name, channel)
        result = getattr(self, f"_{name}")(**parameters)
        if inspect.isawaitable(result):
            result = await result
        await _run(self.after, name, parameters)
        if self._dropping[name]:
            self._dropping[name] -= 1
            raise Drop
        if result is None:
            return Response(204, b"", headers=headers)
        return Response(200, json.dumps(result).encode(), headers=headers)

    def _refuse_too_fast(self, *limits: str) -> None:
        for key in limits:
            left = (self._refusing.get(key, self.now()) - self.now()).total_seconds()
            if left > 0:
                raise _too_fast(round(left, 3), everything=key == "global")

    def _limit(self, name: str, channel: str) -> dict[str, str]:
        if name != "create_message" or self.per_channel is None:
            return {}
        most, seconds = self.per_channel
        window = timedelta(seconds=seconds)
        taken = self._buckets[channel]
        taken[:] = [at for at in taken if at > self.now() - window]
        reset = (taken[0] + window - self.now()).total_seconds() if taken else seconds
        if len(taken) >= most:
            raise _too_fast(round(reset, 3), everything=False)
        taken.append(self.now())
        return {
            "X-RateLimit-Bucket": "messages",
            "X-RateLimit-Limit": str(most),
            "X-RateLimit-Remaining": str(most - len(taken)),
            "X-RateLimit-Reset-After": f"{reset:.3f}",
        }

    # ── Who and where ────────────────────────────────────────────────────────────────────────────

    def _me(self, **_: Any) -> Data:
        return BOT

    def _application(self, **_: Any) -> Data:
        return {
            "id": APPLICATION,
            "name": "Comptoir",
            "flags": self.flags,
            "interactions_endpoint_url": self.endpoint,
        }

    def _gateway(self, **_: Any) -> Data:
        return {"url": self.gateway_url, "shards": 1}

    def _guilds(self, **_: Any) -> list[Data]:
        return [{"id": GUILD, "name": "Friends of coffee"}] if self.in_guild else []

    def _guild_channels(self, **_: Any) -> list[Data]:
        return [
            {**channel, "permission_overwrites": self.overwrites}
            for channel in self.channels.values()
            if channel.get("guild_id") and channel["type"] == 0
        ]

    def _guild_roles(self, **_: Any) -> list[Data]:
        return [
            {"id": GUILD, "name": "@everyone", "permissions": "0"},
            {"id": BOT_ROLE, "name": "Comptoir", "permissions": str(self.permissions)},
        ]

    def _guild_member(self, **_: Any) -> Data:
        return {"user": BOT, "roles": [BOT_ROLE]}

    def welcome(self) -> tuple[Data, list[tuple[str, Data]]]:
        guild = {
            "id": GUILD,
            "name": "Friends of coffee",
            "roles": [
                {"id": GUILD, "name": "@everyone"},
                {"id": BOT_ROLE, "name": "Comptoir", "tags": {"bot_id": BOT["id"]}},
            ],
            "channels": [one for one in self.channels.values() if one["type"] == 0],
            "threads": [one for one in self.channels.values() if one["type"] == 11],
        }
        ready = {
            "user": BOT,
            "application": {"id": APPLICATION, "flags": self.flags},
            "guilds": [{"id": GUILD, "unavailable": True}] if self.in_guild else [],
        }
        return ready, [("GUILD_CREATE", guild)] if self.in_guild else []

    def _commands(self, **_: Any) -> list[dict[str, Any]]:
        return self.known_commands

    def _register(self, body: list[dict[str, Any]], **_: Any) -> list[dict[str, Any]]:
        check_commands(body)
        self.registrations += 1
        self.known_commands = [
            {"id": self.snowflake(), "application_id": APPLICATION, "version": "1", **one}
            for one in body
        ]
        return self.known_commands

    # ── Channels and messages ────────────────────────────────────────────────────────────────────

    def _open_direct(self, **_: Any) -> Data:
        raise ApiError(429, 40003, "You are opening direct messages too fast", retry_after=600)

    def _channel(self, channel: str, **_: Any) -> dict[str, Any]:
        if channel not in self.channels:
            raise ApiError(404, 10003, "Unknown Channel")
        return self.channels[channel]

    def _history(
        self, channel: str, after: str = "0", limit: str = "50", **_: Any
    ) -> list[dict[str, Any]]:
        self._channel(channel)
        if not 1 <= int(limit) <= 100:
            raise ApiError(400, 50035, "Invalid Form Body")
        later = [one for key, one in self.messages[channel].items() if int(key) > int(after)]
        return [_told_later(one) for one in later[: int(limit)]][::-1]

    def _message(self, channel: str, message: str, **_: Any) -> dict[str, Any]:
        self._channel(channel)
        if message not in self.messages[channel]:
            raise ApiError(404, 10008, "Unknown Message")
        found = self.messages[channel][message]
        return {**found, "attachments": [self._signed(one) for one in found["attachments"]]}

    async def _create_message(self, channel: str, files: Data, **payload: Any) -> Data:
        place = self._channel(channel)
        if channel in self.closed:
            raise self.closed[channel]
        check_message(payload, len(files))
        if payload.get("nonce") and payload.get("enforce_nonce"):
            at, known = self._nonces.get(payload["nonce"], (EPOCH, {}))
            if at > self.now() - NONCE_LIFE:
                return known
        reference = payload.get("message_reference") or {}
        meant = self.messages[channel].get(reference.get("message_id", ""))
        if reference and meant is None and reference.get("fail_if_not_exists", True):
            raise ApiError(400, 50035, "Invalid Form Body")
        message = self.message(place, BOT, files=files, **payload)
        if meant is not None:
            message |= {"message_reference": reference, "referenced_message": dict(meant)}
        self.outgoing.append(message)
        if payload.get("nonce"):
            self._nonces[payload["nonce"]] = (self.now(), message)
        await self.announce("MESSAGE_CREATE", message)
        return message

    async def _edit_message(self, channel: str, message: str, files: Data, **payload: Any) -> Data:
        found = self._ours(channel, message)
        self._change(found, payload, files)
        await self.announce("MESSAGE_UPDATE", found)
        return found

    async def _delete_message(self, channel: str, message: str, **_: Any) -> None:
        found = self._ours(channel, message)
        del self.messages[channel][message]
        self.outgoing.remove(found)
        await self.announce("MESSAGE_DELETE", found)

    def _typing(self, channel: str, **_: Any) -> None:
        self._channel(channel)
        if channel in self.closed:
            raise self.closed[channel]

    def _ours(self, channel: str, message: str) -> dict[str, Any]:
        self._message(channel, message)
        found = self.messages[channel][message]
        if found["author"]["id"] != BOT["id"]:
            raise ApiError(403, 50005, "Cannot edit a message authored by another user")
        return found

    def _change(self, message: dict[str, Any], payload: Data, files: Data) -> None:
        changed = {**message, **payload}
        kept = payload.get("attachments")
        fresh = self._stored(message["channel_id"], files, payload)
        if kept is None:
            attachments = [*message["attachments"], *fresh]
        else:
            ids = {str(one["id"]) for one in kept}
            attachments = [one for one in message["attachments"] if one["id"] in ids] + fresh
        check_message(changed, len(attachments))
        for key in ("content", "components"):
            if key in payload:
                message[key] = payload[key]
        message["attachments"] = attachments
        message["edited_timestamp"] = self.now().isoformat()
        message["flags"] = message.get("flags", 0) & ~LOADING

    def message(self, place: Data, author: Data, **content: Any) -> dict[str, Any]:
        """A message in a channel, as Discord then tells of it."""
        identity = self.snowflake()
        files = content.pop("files", {})
        keep = ("content", "components", "mentions", "mention_roles", "flags", "nonce", "type")
        message = {
            "id": identity,
            "type": 0,
            "channel_id": place["id"],
            "author": author,
            "timestamp": self.now().isoformat(),
            "edited_timestamp": None,
            "content": "",
            "mentions": [],
            "components": [],
            **{key: content[key] for key in keep if content.get(key) is not None},
            "attachments": self._stored(place["id"], files, content),
        }
        if place.get("guild_id"):
            message["guild_id"] = place["guild_id"]
        if not message.get("flags", 0) & EPHEMERAL:
            self.messages[place["id"]][identity] = message
            if place["id"] in self.channels:
                self.channels[place["id"]]["last_message_id"] = identity
        return message

    async def announce(self, name: str, message: dict[str, Any]) -> None:
        """Tell the gateway's clients of a message."""
        guild = message.get("guild_id")
        intents = 1 << 9 if guild else 1 << 12
        if name == "MESSAGE_DELETE":
            told = {"id": message["id"], "channel_id": message["channel_id"]}
            await self.dispatch(name, {**told, "guild_id": guild} if guild else told, intents)
            return

        def seen(granted: int) -> Data:
            named = any(one["id"] == BOT["id"] for one in message["mentions"])
            if not guild or named or granted & 1 << 15 or message["author"]["id"] == BOT["id"]:
                return message
            return {**message, "content": "", "attachments": [], "components": []}

        await self.dispatch(name, message, intents, seen)

    # ── Files ────────────────────────────────────────────────────────────────────────────────────

    def _stored(self, channel: str, files: Data, payload: Data) -> list[dict[str, Any]]:
        names = {str(one["id"]): one for one in payload.get("attachments") or []}
        stored = []
        for field, upload in files.items():
            number = re.fullmatch(r"files\[(\d+)\]", field)
            if number is None:
                raise ApiError(400, 50035, "Invalid Form Body")
            if len(upload.content) > self.max_file:
                raise ApiError(413, 40005, "Request entity too large")
            identity = self.snowflake()
            self._files[identity] = upload.content
            name = names.get(number[1], {}).get("filename", upload.name)
            stored.append(
                {
                    "id": identity,
                    "filename": name,
                    "size": len(upload.content),
                    "content_type": upload.media_type,
                    "url": self._url(channel, identity, name),
                }
            )
        return stored

    def _signed(self, file: Data) -> dict[str, Any]:
        channel = file["url"].split("/attachments/")[1].split("/")[0]
        return {**file, "url": self._url(channel, file["id"], file["filename"])}

    def _url(self, channel: str, identity: str, name: str) -> str:
        until = int((self.now() + SIGNED_FOR).timestamp())
        return f"{self.address}/attachments/{channel}/{identity}/{name}?ex={until:x}&hm=signature"

    def _attachment(self, request: Request) -> Response:
        identity = request.path.split("/")[3]
        expired = int(request.query.get("ex", "0"), 16) < self.now().timestamp()
        if expired or identity not in self._files or request.query.get("hm") != "signature":
            return Response(404, b"This content is no longer available.", "text/plain")
        return Response(200, self._files[identity], "application/octet-stream")

    def content_of(self, file: Data) -> bytes:
        """What a file of a message holds."""
        return self._files[file["id"]]

    def drop_files(self, message: Data) -> None:
        """The files of a message are gone."""
        for file in message["attachments"]:
            self._files.pop(file["id"], None)

    # ── Interactions ─────────────────────────────────────────────────────────────────────────────

    def interaction(self, kind: int, channel: str, user: str, shown_on: str = "") -> Interaction:
        """A new one, to be answered."""
        token = secrets.token_urlsafe(40)
        made = Interaction(self.snowflake(), token, kind, self.now(), channel, user, shown_on)
        self.interactions[token] = made
        return made

    def _callback(self, interaction: str, token: str, type: int, **rest: Any) -> None:  # noqa: A002  # Discord's
        found = self.interactions.get(token)
        if found is None or found.id != interaction or self.now() > found.at + ACKNOWLEDGE_WITHIN:
            raise ApiError(404, 10062, "Unknown interaction")
        if found.acknowledged:
            raise ApiError(400, 40060, "Interaction has already been acknowledged.")
        if type not in ({5, 6} if found.kind == 3 else {5}):
            raise ApiError(400, 50035, "Invalid Form Body")
        found.acknowledged = True
        if type == 5:
            flags = ((rest.get("data") or {}).get("flags") or 0) | LOADING
            found.original = self._answered(found, {"flags": flags}, {})

    async def _follow_up(self, token: str, files: Data, **payload: Any) -> Data:
        found = self._open_interaction(token)
        check_message(payload, len(files))
        if found.original and found.original["flags"] & LOADING:
            self._change(found.original, payload, files)
            return found.original
        return self._answered(found, payload, files)

    async def _edit_answer(self, token: str, message: str, files: Data, **payload: Any) -> Data:
        answer = self._answer_of(self._open_interaction(token), message)
        self._change(answer, payload, files)
        return answer

    async def _delete_answer(self, token: str, message: str, **_: Any) -> None:
        answer = self._answer_of(self._open_interaction(token), message)
        self.outgoing.remove(answer)
        self.messages[answer["channel_id"]].pop(answer["id"], None)

    def _open_interaction(self, token: str) -> Interaction:
        found = self.interactions.get(token)
        if found is None or not found.acknowledged:
            raise ApiError(404, 10015, "Unknown Webhook")
        if self.now() > found.at + TOKEN_LIFE:
            raise ApiError(401, 50027, "Invalid Webhook Token")
        return found

    def _answer_of(self, found: Interaction, message: str) -> dict[str, Any]:
        if message == "@original" and found.original:
            return found.original
        for one in self.outgoing:
            if one["id"] == message and one.get("interaction") == found.id:
                return one
        raise ApiError(404, 10008, "Unknown Message")

    def _answered(self, found: Interaction, payload: Data, files: Data) -> dict[str, Any]:
        place = self.channels[found.channel]
        message = self.message(place, BOT, files=files, **payload)
        message |= {"interaction": found.id, "for": found.user, "webhook_id": APPLICATION}
        self.outgoing.append(message)
        return message

    def shows(self, message: Data, choice: str) -> bool:
        """Whether a message has that button."""
        return choice in [button["custom_id"] for button in buttons(message)]


def _told_later(message: Data) -> dict[str, Any]:
    """History leaves out what only an event says."""
    return {key: value for key, value in message.items() if key not in {"guild_id", "member"}}


def _too_fast(seconds: float, *, everything: bool) -> ApiError:
    text = "You are being rate limited."
    error = ApiError(429, 0, text, retry_after=seconds, **{"global": everything})
    error.headers = {"Retry-After": str(int(seconds) + 1), "Via": "1.1 google"}
    if everything:
        error.headers["X-RateLimit-Global"] = "true"
    return error


def _body(request: Request) -> dict[str, Any]:
    if request.body.startswith(b"["):
        return {"body": json.loads(request.body)}
    fields = request.parameters
    if "payload_json" in fields:
        fields |= json.loads(str(fields.pop("payload_json")))
    return fields


async def _run(hook: Hook | None, name: str, parameters: Mapping[str, Any]) -> None:
    if hook is not None and (waiting := hook(name, parameters)) is not None:
        await waiting

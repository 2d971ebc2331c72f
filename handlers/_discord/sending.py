"""One attempt to say, change or take back something."""

import json
import mimetypes
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from bot.errors import Refused, Trouble, Uncertain, Unreachable
from bot.models import Attachment, OutboxItem, Sent
from handlers._discord import writing
from handlers._discord.failures import INTERACTION_OVER, UNKNOWN_MESSAGE, failure
from handlers._discord.library import Route, discord
from handlers._discord.places import Asked, Places
from handlers._discord.reading import COMMAND, DM, EPHEMERAL, PRESS
from handlers._discord.service import NO_ANSWER, Service

NEVER_WROTE = (
    "this person has not written to the bot in a direct message, and it never opens one: "
    "they can be answered as soon as they do"
)
HOOK = "/webhooks/{webhook_id}/{webhook_token}"


class Sender:
    """Sends for one application."""

    def __init__(self, places: Places, file: Callable[[Attachment], Path]) -> None:
        self._places = places
        self._file = file

    async def say(self, service: Service, application: str, item: OutboxItem) -> Sent:
        """Answer the interaction meant while it lives, else write to the conversation's channel."""
        asked = await self._places.answerable(item.in_reply_to, item.conversation)
        if asked is not None:
            await asked.taken.wait()
            try:
                if sent := await self._answer(service, application, asked, item):
                    return sent
            except discord.HTTPException as error:
                if error.code not in INTERACTION_OVER:
                    raise
                self._places.over(asked)
        channel = await self.channel(item.conversation)
        payload = writing.message(item) | {
            "nonce": writing.nonce(item.cause),
            "enforce_nonce": True,
        }
        message_id = item.in_reply_to.partition(":")[0]
        if not item.conversation.startswith(DM) and message_id.isdigit():
            reference = {"message_id": message_id, "fail_if_not_exists": False}
            payload["message_reference"] = reference
        route = Route("POST", "/channels/{channel_id}/messages", channel_id=channel)
        data = await self._call(service, route, payload, item)
        return Sent(f"{data['channel_id']}:{data['id']}")

    async def _answer(
        self, service: Service, application: str, asked: Asked, item: OutboxItem
    ) -> Sent | None:
        """The answer to an interaction; None where a message in its channel does as well."""
        hook = {"webhook_id": application, "webhook_token": asked.token}
        payload = writing.message(item)
        if not asked.is_press and await self._places.answers_first(asked, item.cause):
            # It fills what Discord shows as "thinking…": made twice, it is the same message.
            route = Route("PATCH", f"{HOOK}/messages/@original", **hook)
            data = await self._call(service, route, payload, item)
        elif asked.direct:
            return None
        else:
            payload["flags"] = EPHEMERAL
            data = await self._follow_up(service, Route("POST", HOOK, **hook), payload, item)
        where = data["channel_id"] if asked.direct else asked.key
        return Sent(f"{where}:{data['id']}")

    async def _follow_up(
        self, service: Service, route: Route, payload: dict[str, Any], item: OutboxItem
    ) -> Any:
        try:
            return await self._call(service, route, payload, item)
        except (discord.HTTPException, *NO_ANSWER) as error:
            meaning = failure(error)
            if isinstance(meaning, Uncertain):
                # There is no nonce for these: a repeat would be seen twice.
                raise Refused(f"it may have arrived, and cannot be repeated: {meaning}") from error
            raise

    async def revise(self, service: Service, application: str, item: OutboxItem) -> Sent:
        """Put another text in the place of a message; success also where that is gone."""
        route = await self._place("PATCH", application, item)
        payload = writing.message(item)
        if not item.reply.attachments:
            payload["attachments"] = []
        try:
            await self._call(service, route, payload, item)
        except discord.NotFound as error:
            if error.code != UNKNOWN_MESSAGE:
                raise
        return Sent(item.target)

    async def withdraw(self, service: Service, application: str, item: OutboxItem) -> Sent:
        """Take a message back; success also where it is gone."""
        try:
            await service.request(await self._place("DELETE", application, item))
        except discord.NotFound as error:
            if error.code != UNKNOWN_MESSAGE:
                raise
        return Sent(item.target)

    async def channel(self, conversation: str) -> str:
        """The channel of a conversation; raises Unreachable where it is not open to us."""
        if not conversation.startswith(DM):
            return conversation
        channel = await self._places.channel(conversation.removeprefix(DM))
        if not channel:
            raise Unreachable(NEVER_WROTE, Trouble.NOT_WRITTEN)
        return channel

    async def _place(self, method: str, application: str, item: OutboxItem) -> Route:
        where, _, message_id = item.target.rpartition(":")
        if not where.startswith((PRESS, COMMAND)):
            path = "/channels/{channel_id}/messages/{message_id}"
            return Route(method, path, channel_id=where, message_id=message_id)
        asked = await self._places.answerable(where, item.conversation)
        if asked is None:
            text = "what only one person sees can be changed for 15 minutes only"
            raise Refused(text, Trouble.LATE)
        return Route(
            method,
            f"{HOOK}/messages/{{message_id}}",
            webhook_id=application,
            webhook_token=asked.token,
            message_id=message_id,
        )

    async def _call(
        self, service: Service, route: Route, payload: dict[str, Any], item: OutboxItem
    ) -> Any:
        files = item.reply.attachments
        if not files:
            return await service.request(route, json=payload)
        with ExitStack() as opened:
            return await service.request(route, form=self._form(payload, files, opened))

    def _form(
        self, payload: dict[str, Any], files: Sequence[Attachment], opened: ExitStack
    ) -> list[dict[str, Any]]:
        """The message with its files, which are read from disk while they are sent."""
        names = [{"id": number, "filename": file.name} for number, file in enumerate(files)]
        document = json.dumps({**payload, "attachments": names})
        form: list[dict[str, Any]] = [
            {"name": "payload_json", "value": document, "content_type": "application/json"}
        ]
        for number, file in enumerate(files):
            try:
                path = self._file(file)
                size = path.stat().st_size
                content = opened.enter_context(path.open("rb"))
            except OSError:
                raise Refused(f"the file {file.name} is no longer there", Trouble.FILE) from None
            if size > writing.MAX_FILE_BYTES:
                most = writing.MAX_FILE_BYTES // 1024**2
                text = f"the file {file.name} is larger than Discord's {most} MB"
                raise Refused(text, Trouble.FILE)
            guessed = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            form.append(
                {
                    "name": f"files[{number}]",
                    "value": content,
                    "filename": file.name,
                    "content_type": file.media_type or guessed,
                }
            )
        return form

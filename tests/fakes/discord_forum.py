"""Threads of a forum channel, as strict as Discord is about them.

Source: https://discord.com/developers/docs/topics/threads and
https://discord.com/developers/docs/resources/channel#start-thread-in-forum-or-media-channel.
"""

from typing import Any
from urllib.parse import unquote

from tests.fakes.discord_api import BOT, GUILD, TOKEN, Api
from tests.fakes.discord_rules import ApiError, Data, buttons, check_message, invalid

STAFF = "900000000000000030"
DURATIONS = {60, 1440, 4320, 10080}
PEOPLE = 920000000000000000


class ForumApi(Api):
    """Calls of one bot, as far as the channel goes in whose threads its team works."""

    def __init__(self, port: int = 0, token: str = TOKEN) -> None:
        super().__init__(port, token)
        self.has_room = False
        """bot.toml says that the team works here."""
        self.channels[STAFF] = {"id": STAFF, "type": 15, "guild_id": GUILD, "name": "team"}
        self.reactions: dict[str, str] = {}
        """By message."""
        self.reactions_allowed = True
        self._team: dict[str, str] = {}

    def room_options(self) -> dict[str, object]:
        """The keys of bot.toml that say where the team works, without pacing."""
        return {"staff": STAFF, "staff_pace_seconds": 0.0} if self.has_room else {}

    # ── what the team does ───────────────────────────────────────────────────────────────────────

    async def team_says(self, text: str, *, thread: str, who: str = "lea") -> dict[str, Any]:
        """One of the team writes in a thread, which takes it out of the archive."""
        place = self.channels[thread]
        place["thread_metadata"]["archived"] = False
        message = self.message(place, self._teammate(who), content=text)
        await self.announce("MESSAGE_CREATE", message)
        return message

    async def team_edits(self, said: dict[str, Any], text: str) -> None:
        """… and changes what they wrote."""
        said |= {"content": text, "edited_timestamp": self.now().isoformat()}
        await self.announce("MESSAGE_UPDATE", said)

    async def team_presses(self, choice: str, *, thread: str, who: str = "lea") -> None:
        """… or presses the newest button that says so."""
        for message in reversed(self.messages[thread].values()):
            for button in buttons(message):
                if choice in {button["label"], button["custom_id"]}:
                    await self._press(message, button["custom_id"], who)
                    return
        raise AssertionError(f"there is no button {choice!r} in {thread}")

    async def _press(self, message: dict[str, Any], custom_id: str, who: str) -> None:
        user, channel = self._teammate(who), message["channel_id"]
        made = self.interaction(3, channel, user["id"], message["id"])
        payload = {
            "id": made.id,
            "application_id": "900000000000000002",
            "type": 3,
            "token": made.token,
            "version": 1,
            "data": {"custom_id": custom_id, "component_type": 2},
            "channel_id": channel,
            "channel": {key: self.channels[channel][key] for key in ("id", "type", "parent_id")},
            "locale": "fr",
            "guild_id": GUILD,
            "member": {"user": user, "nick": None},
            "message": message,
        }
        await self.dispatch("INTERACTION_CREATE", payload, 0)

    def delete_thread(self, thread: str) -> None:
        """A thread is deleted, with all that stands in it."""
        del self.channels[thread]
        self.messages.pop(thread, None)
        self.outgoing[:] = [one for one in self.outgoing if one["channel_id"] != thread]

    def archive(self, thread: str, *, locked: bool = False) -> None:
        """A moderator, or a week of silence."""
        self.channels[thread]["thread_metadata"] |= {"archived": True, "locked": locked}

    def archived(self, thread: str) -> bool:
        """Whether it is."""
        return bool(self.channels[thread]["thread_metadata"]["archived"])

    def threads(self) -> dict[str, str]:
        """The titles of the team's threads, by their ids."""
        return {
            key: one["name"] for key, one in self.channels.items() if one.get("parent_id") == STAFF
        }

    def shown(self, thread: str) -> list[str]:
        """What the bot has said there, without backslashes."""
        ours = [one for one in self.messages[thread].values() if one["author"] == BOT]
        return [one["content"].replace("\\", "") for one in ours]

    async def topic_of(self, words: str) -> str:
        """The thread with these words in its title, as soon as it is there."""
        await self.changes.until(lambda: any(words in one for one in self.threads().values()))
        return next(key for key, title in reversed(self.threads().items()) if words in title)

    async def told_in(self, thread: str, words: str) -> str:
        """What has these words in a thread, as soon as it is there."""
        try:
            await self.changes.until(lambda: any(words in one for one in self.shown(thread)))
        except TimeoutError:
            raise AssertionError(f"{words!r} is not among {self.shown(thread)}") from None
        return next(one for one in reversed(self.shown(thread)) if words in one)

    async def marked(self, said: dict[str, Any]) -> None:
        """Return once what one of the team said is marked as delivered."""
        await self.changes.until(lambda: said["id"] in self.reactions)

    def _teammate(self, who: str) -> dict[str, Any]:
        number = self._team.setdefault(who, str(PEOPLE + len(self._team)))
        return {"id": number, "username": who, "global_name": who.title()}

    # ── as every network with a room (see `network.FakeRoom`) ────────────────────────────────────

    async def room_says(self, text: str, topic: str) -> str:
        return str((await self.team_says(text, thread=topic))["id"])

    async def room_presses(self, choice: str, topic: str) -> None:
        await self.team_presses(choice, thread=topic)

    def room_shown(self, topic: str) -> list[str]:
        return self.shown(topic)

    def room_marked(self, line: str) -> bool:
        return line in self.reactions

    def room_topics(self) -> dict[str, str]:
        return self.threads()

    def room_loses(self, topic: str) -> None:
        self.delete_thread(topic)

    def room_puts_away(self, topic: str) -> None:
        self.archive(topic, locked=True)

    def room_forbids(self) -> None:
        missing = ApiError(403, 50013, "Missing Permissions")
        self.closed |= dict.fromkeys([STAFF, *self.threads()], missing)

    def room_breaks(self) -> None:
        self.drop_after_receipt()

    # ── calls ────────────────────────────────────────────────────────────────────────────────────

    async def _start_thread(self, channel: str, name: str = "", **payload: Any) -> Data:
        parent = self._channel(channel)
        if channel in self.closed:
            raise self.closed[channel]
        if not 1 <= len(name) <= 100:
            raise invalid("name", "Must be between 1 and 100 in length.")
        if payload.get("auto_archive_duration", 1440) not in DURATIONS:
            raise invalid("auto_archive_duration", "Value must be one of (60, 1440, 4320, 10080).")
        in_forum = parent["type"] in {15, 16}
        if in_forum and "message" not in payload:
            raise invalid("message", "This field is required")
        if in_forum:
            check_message(payload["message"], 0)
        identity = self.snowflake()
        thread = {
            "id": identity,
            "type": 11,
            "guild_id": GUILD,
            "parent_id": channel,
            "owner_id": BOT["id"],
            "name": name,
            "thread_metadata": {"archived": False, "locked": False},
        }
        self.channels[identity] = thread
        await self.dispatch("THREAD_CREATE", {**thread, "newly_created": True}, 1)
        if not in_forum:
            return thread
        first = self.message(thread, BOT, **payload["message"])
        first["id"] = identity  # the first message of a thread has its id
        self.messages[identity] = {identity: first}
        self.outgoing.append(first)
        return {**thread, "message": first}

    async def _change_channel(self, channel: str, **payload: Any) -> Data:
        thread = self._channel(channel)
        state = thread.get("thread_metadata")
        if state is None:
            raise ApiError(403, 50013, "Missing Permissions")
        if state["archived"] and payload.get("archived") is not False:
            raise ApiError(400, 50083, "Thread is archived")
        state |= {key: payload[key] for key in ("archived", "locked") if key in payload}
        await self.dispatch("THREAD_UPDATE", thread, 1)
        return thread

    def _delete_channel(self, channel: str, **_: Any) -> Data:
        thread = self._channel(channel)
        self.delete_thread(channel)
        return thread

    def _react(self, channel: str, message: str, emoji: str, **_: Any) -> None:
        self._awake(channel)
        self._message(channel, message)
        if not self.reactions_allowed:
            raise ApiError(403, 50013, "Missing Permissions")
        if unquote(emoji) not in {"✅", "👍"}:
            raise ApiError(400, 10014, "Unknown Emoji")
        self.reactions[message] = unquote(emoji)

    async def _create_message(self, channel: str, files: Data, **payload: Any) -> Data:
        """Who writes in an archived thread takes it out of the archive, unless it is locked."""
        state = self._channel(channel).get("thread_metadata", {})
        if state.get("locked"):
            raise ApiError(400, 160005, "This thread is locked")
        if state:
            state["archived"] = False
        return await super()._create_message(channel, files, **payload)

    async def _edit_message(self, channel: str, message: str, files: Data, **payload: Any) -> Data:
        self._awake(channel)
        return await super()._edit_message(channel, message, files, **payload)

    def _awake(self, channel: str) -> None:
        if self._channel(channel).get("thread_metadata", {}).get("archived"):
            raise ApiError(400, 50083, "Thread is archived")

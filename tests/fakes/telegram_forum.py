"""Forums: groups with topics, as strict as Telegram is about them.

Source: https://core.telegram.org/bots/api#createforumtopic and what follows there; the error texts
are those of https://github.com/tdlib/telegram-bot-api.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.network import File
from tests.fakes.telegram_api import BotApi, media
from tests.fakes.telegram_updates import TOKEN, ApiError, Parameters, Update, integer, parsed

FORUM = {"id": -1009876543210, "type": "supergroup", "title": "Team", "is_forum": True}
MANAGES = {"status": "administrator", "can_manage_topics": True, "can_delete_messages": True}
REACTIONS = {"👍", "👎", "❤", "🔥", "👏", "👌", "🤝", "👀"}
"""Some of those that bots may set."""


@dataclass(slots=True)
class Forum:
    """What stands in the team's group."""

    titles: dict[int, str] = field(default_factory=dict)
    """The topics there are, by thread."""
    reactions: dict[int, str] = field(default_factory=dict)
    """By message."""
    reactions_allowed: bool = True


class ForumApi(BotApi):
    """The Bot API for one bot, as far as the group goes in which its team talks."""

    def __init__(self, port: int = 0, token: str = TOKEN) -> None:
        super().__init__(port, token)
        self.has_room = False
        """bot.toml says that the team works here."""
        self.forum = Forum()
        self.team: dict[str, Any] = self.chats.setdefault(FORUM["id"], dict(FORUM))  # type: ignore[arg-type]  # a number
        self.members[self.team["id"]] = dict(MANAGES)
        self._team: dict[str, int] = {}

    def room_options(self) -> dict[str, object]:
        """The keys of bot.toml that say where the team works, without pacing."""
        return {"staff": str(FORUM["id"]), "staff_pace_seconds": 0.0} if self.has_room else {}

    # ── what the team does ───────────────────────────────────────────────────────────────────────

    async def team_says(
        self, text: str, *, thread: int, who: str = "lea", **content: Any
    ) -> Update:
        """One of the team writes in a topic; 0 is outside of all topics."""
        message = self.message(
            self.team, self._person(who), text=text, **self._in_topic(thread), **content
        )
        return self.happen("message", message)

    async def team_sends(
        self, file: File, *, thread: int, who: str = "lea", size: int = 0, caption: str = ""
    ) -> Update:
        """… or sends a file, as large as it is, or as large as it says."""
        file_id = f"team-{len(self.messages)}"
        self.add_file(file_id, file.name, file.content)
        held = media("document", file_id, file)
        if size:
            held["document"]["file_size"] = size
        content = {"caption": caption, **held, **self._in_topic(thread)}
        return self.happen("message", self.message(self.team, self._person(who), **content))

    async def team_edits(self, said: Update, text: str) -> Update:
        """… and changes what they wrote."""
        edited = {**said.payload, "text": text, "edit_date": said.payload["date"] + 5}
        return self.happen("edited_message", edited)

    async def team_presses(self, choice: str, *, thread: int, who: str = "lea") -> Update:
        """… or presses the newest button that says so."""
        for message in reversed(self.in_topic(thread)):
            rows = message.get("reply_markup", {}).get("inline_keyboard", [])
            for button in [button for row in rows for button in row]:
                if choice in {button["text"], button["callback_data"]}:
                    return self._press(message, button["callback_data"], who)
        raise AssertionError(f"there is no button {choice!r} in {thread}")

    def _press(self, message: dict[str, Any], data: str, who: str) -> Update:
        query = {
            "id": str(9_000_000 + len(self.calls) + self._next_update),
            "from": self._person(who),
            "message": message,
            "chat_instance": "2",
            "data": data,
        }
        self.open_queries.add(str(query["id"]))
        return self.happen("callback_query", query)

    def delete_topic(self, thread: int) -> None:
        """Somebody deletes a topic, with all that stands in it."""
        del self.forum.titles[thread]
        del self.topics[self.team["id"], thread]
        for message in self.in_topic(thread):
            del self.messages[self.team["id"], message["message_id"]]

    def in_topic(self, thread: int) -> list[dict[str, Any]]:
        """The messages of a topic, as they are now."""
        found = [one for one in self.messages.values() if one["chat"]["id"] == self.team["id"]]
        return [one for one in found if one.get("message_thread_id", 0) == thread]

    def shown(self, thread: int) -> list[str]:
        """What the bot has said there, without marks of no width."""
        ours = [one for one in self.in_topic(thread) if one["from"] == self.me and "text" in one]
        return [one["text"].replace("\u2060", "") for one in ours]

    async def topic_of(self, words: str) -> int:
        """The topic with these words in its title, as soon as its first post is there."""

        def found() -> list[int]:
            return [
                thread
                for thread, title in self.forum.titles.items()
                if words in title and self.shown(thread)
            ]

        await self.changes.until(found)
        return found()[-1]

    async def told_in(self, thread: int, words: str) -> str:
        """What has these words in a topic, as soon as it is there."""
        try:
            await self.changes.until(lambda: any(words in one for one in self.shown(thread)))
        except TimeoutError:
            raise AssertionError(f"{words!r} is not among {self.shown(thread)}") from None
        return next(one for one in reversed(self.shown(thread)) if words in one)

    async def marked(self, said: Update) -> None:
        """Return once what one of the team said is marked as delivered."""
        await self.changes.until(lambda: said.payload["message_id"] in self.forum.reactions)

    def _person(self, who: str) -> dict[str, Any]:
        number = self._team.setdefault(who, 5001 + len(self._team))
        return {"id": number, "is_bot": False, "first_name": who.title()}

    def _in_topic(self, thread: int) -> Mapping[str, Any]:
        return {"message_thread_id": thread, "is_topic_message": True} if thread else {}

    # ── as every network with a room (see `network.FakeRoom`) ────────────────────────────────────

    async def room_says(self, text: str, topic: str) -> str:
        said = await self.team_says(text, thread=int(topic))
        return f"{self.team['id']}:{said.payload['message_id']}"

    async def room_presses(self, choice: str, topic: str) -> None:
        await self.team_presses(choice, thread=int(topic))

    def room_shown(self, topic: str) -> list[str]:
        return self.shown(int(topic))

    def room_marked(self, line: str) -> bool:
        return int(line.partition(":")[2]) in self.forum.reactions

    def room_topics(self) -> Mapping[str, str]:
        return {str(thread): title for thread, title in self.forum.titles.items()}

    def room_loses(self, topic: str) -> None:
        self.delete_topic(int(topic))

    def room_puts_away(self, topic: str) -> None:
        self.topics[self.team["id"], int(topic)] = False

    def room_forbids(self) -> None:
        self.members[self.team["id"]] = {"status": "left"}
        self.closed[self.team["id"]] = "bot was kicked from the supergroup chat"

    def room_breaks(self) -> None:
        self.drop_after_receipt()

    # ── the methods of the Bot API ───────────────────────────────────────────────────────────────

    def _api_createforumtopic(self, parameters: Parameters) -> dict[str, Any]:
        chat = self._managed(parameters)
        name = str(parameters.get("name") or "")
        if not 1 <= len(name) <= 128:
            raise ApiError(400, "TOPIC_NAME_INVALID" if name else "topic name is empty")
        self._keep_pace(chat)
        created = {"name": name, "icon_color": 7322096}
        message = self.message(chat, self.me, forum_topic_created=created)
        thread = message["message_id"]
        message |= self._in_topic(thread)
        self.topics[chat["id"], thread] = True
        self.forum.titles[thread] = name
        return {"message_thread_id": thread, **created}

    def _api_closeforumtopic(self, parameters: Parameters) -> bool:
        return self._turn(parameters, is_open=False)

    def _api_reopenforumtopic(self, parameters: Parameters) -> bool:
        return self._turn(parameters, is_open=True)

    def _turn(self, parameters: Parameters, *, is_open: bool) -> bool:
        chat, thread = self._managed(parameters), integer(parameters, "message_thread_id", 0)
        if (chat["id"], thread) not in self.topics:
            raise ApiError(400, "TOPIC_ID_INVALID")
        if self.topics[chat["id"], thread] is is_open:
            raise ApiError(400, "TOPIC_NOT_MODIFIED")
        self.topics[chat["id"], thread] = is_open
        return True

    def _api_deleteforumtopic(self, parameters: Parameters) -> bool:
        chat, thread = self._managed(parameters), integer(parameters, "message_thread_id", 0)
        if (chat["id"], thread) not in self.topics:
            raise ApiError(400, "TOPIC_ID_INVALID")
        if not self.members[chat["id"]].get("can_delete_messages"):
            raise ApiError(400, "not enough rights to delete a topic")
        self.delete_topic(thread)
        return True

    def _api_setmessagereaction(self, parameters: Parameters) -> bool:
        chat = self._open_chat(parameters)
        number = integer(parameters, "message_id", 0)
        if (chat["id"], number) not in self.messages:
            raise ApiError(400, "message to react not found")
        for one in parsed(parameters.get("reaction", "[]"), "reaction", list):
            if one.get("emoji") not in REACTIONS or not self.forum.reactions_allowed:
                raise ApiError(400, "REACTION_INVALID")
            self.forum.reactions[number] = one["emoji"]
        return True

    def _managed(self, parameters: Parameters) -> dict[str, Any]:
        chat = self._open_chat(parameters)
        if not chat.get("is_forum"):
            raise ApiError(400, "the chat is not a forum")
        if not self.members.get(chat["id"], {}).get("can_manage_topics"):
            raise ApiError(400, "not enough rights to manage topics")
        return chat

    def _writable(self, parameters: Parameters) -> dict[str, Any]:
        """Who manages topics writes in closed ones as well."""
        chat, thread = self._open_chat(parameters), integer(parameters, "message_thread_id", 0)
        key = chat["id"], thread
        was = self.topics.get(key)
        if was is False and self.members.get(chat["id"], {}).get("can_manage_topics"):
            self.topics[key] = True
        try:
            return super()._writable(parameters)
        finally:
            if was is False:
                self.topics[key] = False

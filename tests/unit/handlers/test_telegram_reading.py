"""What Telegram's updates mean."""

from datetime import UTC, datetime
from typing import Any

import pytest
from telegram import User

from bot.models import Attachment, Incoming, IncomingKind, Reach, StaffLine
from handlers._telegram.reading import Reader, understood

ME = User(123456789, "Comptoir", is_bot=True, username="comptoir_test_bot")
ADA = {"id": 7, "is_bot": False, "first_name": "Ada", "last_name": "L", "language_code": "fr-CA"}
PRIVATE = {"id": 7, "type": "private", "first_name": "Ada"}
GROUP = {"id": -100, "type": "supergroup", "title": "Coffee"}
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def reader() -> Reader:
    return Reader(ME, lambda: {"ask", "help", "human", "humain"})


def read(by: Reader | None = None, **update: Any) -> Incoming | None:
    event = (by or reader()).read(understood({"update_id": 1, **update}, None), NOW)
    assert not isinstance(event, StaffLine)
    return event


def message(chat: dict[str, Any] = PRIVATE, **fields: Any) -> dict[str, Any]:
    """A message, whose entities may be written as (type, offset, length)."""
    for name in ("entities", "caption_entities"):
        if name in fields:
            fields[name] = [
                {"type": kind, "offset": at, "length": length} for kind, at, length in fields[name]
            ]
    return {"message_id": 5, "date": 1_764_000_000, "chat": chat, "from": ADA, **fields}


def said(chat: dict[str, Any] = PRIVATE, **fields: Any) -> Incoming:
    event = read(message=message(chat, **fields))
    assert event
    return event


def test_the_fields_of_a_message() -> None:
    event = read(message=message(text="Bonjour", reply_to_message=message(message_id=4)))
    assert event == Incoming(
        kind=IncomingKind.MESSAGE,
        key="7:5",
        conversation="7",
        follower="7",
        at=datetime.fromtimestamp(1_764_000_000, UTC),
        text="Bonjour",
        name="Ada L",
        language="fr",
        refers_to="7:4",
    )


@pytest.mark.parametrize(
    ("content", "attachment"),
    [
        (
            {
                "photo": [
                    {
                        "file_id": name,
                        "file_unique_id": name,
                        "width": 1,
                        "height": 1,
                        "file_size": 9,
                    }
                    for name in ("small", "large")
                ]
            },
            Attachment("large", "photo.jpg", "image/jpeg", 9),
        ),
        (
            {
                "document": {
                    "file_id": "d",
                    "file_unique_id": "u",
                    "file_name": "bill.pdf",
                    "mime_type": "application/pdf",
                    "file_size": 12,
                }
            },
            Attachment("d", "bill.pdf", "application/pdf", 12),
        ),
        (
            {"voice": {"file_id": "v", "file_unique_id": "u", "duration": 3}},
            Attachment("v", "voice.ogg", "audio/ogg", None),
        ),
    ],
)
def test_files_come_along_with_their_caption(
    content: dict[str, Any], attachment: Attachment
) -> None:
    event = read(message=message(caption="Cassé", **content))
    assert event
    assert event.text == "Cassé"
    assert event.attachments == (attachment,)


def test_a_place_is_a_location() -> None:
    event = read(message=message(location={"latitude": 48.87, "longitude": 2.36}))
    assert event
    assert event.kind is IncomingKind.LOCATION
    assert (event.latitude, event.longitude) == (48.87, 2.36)


def test_a_contact_and_a_sticker_say_something() -> None:
    contact = read(message=message(contact={"first_name": "Bob", "phone_number": "+331"}))
    assert contact
    assert contact.text == "Bob +331"
    dice = read(message=message(dice={"emoji": "🎲", "value": 3}))
    assert dice
    assert dice.text == "🎲"


def test_edits_of_the_same_message_have_keys_of_their_own() -> None:
    first = read(edited_message=message(text="a", edit_date=1_764_000_010))
    second = read(edited_message=message(text="b", edit_date=1_764_000_020))
    assert first
    assert second
    assert first.kind is IncomingKind.EDIT
    assert first.refers_to == second.refers_to == "7:5"
    assert first.key != second.key


def test_a_live_location_that_moves_is_nothing_to_us() -> None:
    place = {"latitude": 48.87, "longitude": 2.36}
    assert read(edited_message=message(location=place, edit_date=1_764_000_010)) is None


@pytest.mark.parametrize(
    ("old", "new", "reach"),
    [("member", "kicked", Reach.BLOCKED), ("kicked", "member", Reach.REACHABLE)],
)
def test_membership_is_reach(old: str, new: str, reach: Reach) -> None:
    bot = ME.to_dict()
    change = {
        "chat": PRIVATE,
        "from": ADA,
        "date": 1_764_000_000,
        "old_chat_member": {"user": bot, "status": old, "until_date": 0},
        "new_chat_member": {"user": bot, "status": new, "until_date": 0},
    }
    event = read(my_chat_member=change)
    assert event
    assert event.kind is IncomingKind.REACH
    assert event.reach is reach
    assert event.conversation == "7"


def test_a_group_that_became_a_supergroup_has_moved() -> None:
    event = said(GROUP, migrate_to_chat_id=-1002)
    assert (event.reach, event.conversation, event.moved_to) == (Reach.MOVED, "-100", "-1002")
    new = said({**GROUP, "id": -1002}, migrate_from_chat_id=-100)
    assert new == event  # told by both groups, and one event


BOT_SAID = message(GROUP, text="Oui", **{"from": ME.to_dict()})
TOPIC_BEGAN = message(
    GROUP, forum_topic_created={"name": "Colis", "icon_color": 1}, **{"from": ME.to_dict()}
)


@pytest.mark.parametrize(
    ("fields", "addressed"),
    [
        ({"text": "bonjour à tous"}, False),
        ({"text": "oui", "reply_to_message": BOT_SAID}, True),
        ({"text": "🎉 @Comptoir_Test_Bot ?", "entities": [("mention", 3, 18)]}, True),
        ({"text": "@somebody_else ?", "entities": [("mention", 0, 14)]}, False),
        ({"text": "/ask@comptoir_test_bot x", "entities": [("bot_command", 0, 22)]}, True),
        ({"text": "/ask@another_bot x", "entities": [("bot_command", 0, 16)]}, False),
        ({"text": "/help", "entities": [("bot_command", 0, 5)]}, True),
        ({"text": "/Humain", "entities": [("bot_command", 0, 7)]}, True),
        ({"text": "/weather", "entities": [("bot_command", 0, 8)]}, False),
        ({"text": "Lyon", "reply_to_message": TOPIC_BEGAN}, False),
    ],
)
def test_in_a_group_only_some_messages_are_meant_for_us(
    fields: dict[str, Any], addressed: bool
) -> None:
    event = said(GROUP, **fields)
    assert event.public
    assert event.addressed is addressed


@pytest.mark.parametrize(
    ("text", "entity", "heard"),
    [
        ("@comptoir_test_bot vous livrez ?", ("mention", 0, 18), "vous livrez ?"),
        ("@Comptoir_Test_Bot, vous livrez ?", ("mention", 0, 18), "vous livrez ?"),
        ("🎉 Dis @comptoir_test_bot vous livrez ?", ("mention", 7, 18), "🎉 Dis vous livrez ?"),
        ("Vous livrez @comptoir_test_bot ?", ("mention", 12, 18), "Vous livrez ?"),
        ("Vous livrez @comptoir_test_bot", ("mention", 12, 18), "Vous livrez"),
        ("@somebody_else livre ?", ("mention", 0, 14), "@somebody_else livre ?"),
        ("/ask@comptoir_test_bot Vous livrez ?", ("bot_command", 0, 22), "Vous livrez ?"),
        ("/ask", ("bot_command", 0, 4), "/ask"),
        ("/language@comptoir_test_bot fr", ("bot_command", 0, 27), "/language fr"),
        ("/start a-Code_1", ("bot_command", 0, 6), "/start a-Code_1"),
        ("/ask@another_bot x", ("bot_command", 0, 16), "/ask@another_bot x"),
        ("Écrivez /help", ("bot_command", 8, 5), "Écrivez /help"),
    ],
)
def test_what_only_calls_us_is_left_out(text: str, entity: Any, heard: str) -> None:
    assert said(GROUP, text=text, entities=[entity]).text == heard


def test_a_caption_can_call_us() -> None:
    photo = [{"file_id": "p", "file_unique_id": "u", "width": 1, "height": 1}]
    event = said(
        GROUP,
        photo=photo,
        caption="@comptoir_test_bot Cassé",
        caption_entities=[("mention", 0, 18)],
    )
    assert (event.text, event.addressed) == ("Cassé", True)


def test_the_other_pictures_of_an_album_are_meant_for_us_too() -> None:
    photo = [{"file_id": "p", "file_unique_id": "u", "width": 1, "height": 1}]
    by = reader()
    mention = [("mention", 0, 18)]
    call: dict[str, Any] = {"caption": "@comptoir_test_bot !", "caption_entities": mention}
    events = [
        read(by, message=message(GROUP, message_id=number, photo=photo, **fields))
        for number, fields in enumerate(
            [
                {"media_group_id": "a", **call},
                {"media_group_id": "a"},
                {"media_group_id": "b"},
                {},
            ]
        )
    ]
    assert [event and event.addressed for event in events] == [True, True, False, False]


def test_a_topic_is_a_conversation_of_its_own() -> None:
    forum = {**GROUP, "is_forum": True}
    topic = said(forum, text="a", message_thread_id=42, is_topic_message=True)
    assert topic.conversation == "-100/42"
    assert said(forum, text="a").conversation == "-100"
    assert said(GROUP, text="a", message_thread_id=42).conversation == "-100"  # a mere thread
    pressed = read(
        callback_query={
            "id": "1",
            "from": ADA,
            "chat_instance": "1",
            "data": "x",
            "message": message(forum, text="?", message_thread_id=42, is_topic_message=True),
        }
    )
    assert pressed
    assert (pressed.conversation, pressed.choice, pressed.refers_to) == ("-100/42", "x", "-100:5")


def test_what_stands_in_a_topic_does_not_answer_its_beginning() -> None:
    assert said(GROUP, text="a", reply_to_message=TOPIC_BEGAN).refers_to == ""


def test_programs_are_not_answered() -> None:
    admin = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    assert read(message=message(GROUP, text="hidden administrator", **{"from": admin})) is None


def test_a_post_of_a_channel_is_not_answered_where_people_speak_of_it() -> None:
    telegram = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
    named: dict[str, Any] = {"entities": [("mention", 0, 18)], "is_automatic_forward": True}
    post = message(GROUP, text="@comptoir_test_bot answers you", **{"from": telegram, **named})
    assert read(message=post) is None
    assert read(edited_message=post) is None


def test_edits_within_a_second_have_keys_of_their_own() -> None:
    first, second, again = (
        read(edited_message=message(text=text, edit_date=1_764_000_010)) for text in "aba"
    )
    assert first
    assert second
    assert first.key != second.key
    assert first == again


@pytest.mark.parametrize(
    ("content", "text", "files"),
    [
        (
            {"story": {"chat": PRIVATE, "id": 3}},
            "",
            (Attachment("", "story", "application/octet-stream"),),
        ),
        (
            {
                "sticker": {
                    "file_id": "s",
                    "file_unique_id": "u",
                    "type": "regular",
                    "width": 1,
                    "height": 1,
                    "is_animated": False,
                    "is_video": True,
                    "emoji": "👍",
                }
            },
            "👍",
            (Attachment("s", "sticker.webm", "video/webm"),),
        ),
        (
            {
                "poll": {
                    "id": "1",
                    "question": "Thé ou café ?",
                    "options": [],
                    "total_voter_count": 0,
                    "is_closed": False,
                    "is_anonymous": True,
                    "type": "regular",
                    "allows_multiple_answers": False,
                    "allows_revoting": False,
                    "members_only": False,
                }
            },
            "Thé ou café ?",
            (),
        ),
        (
            {"checklist": {"title": "Courses", "tasks": [{"id": 1, "text": "café"}]}},
            "Courses\ncafé",
            (),
        ),
        (  # older than the library, which wants fields that came later
            {"poll": {"id": "1", "question": "Thé ou café ?"}},
            "",
            (Attachment("", "poll", "application/octet-stream"),),
        ),
        (  # newer than the library
            {"hologram": {"file_id": "h"}},
            "",
            (Attachment("", "hologram", "application/octet-stream"),),
        ),
        ({"text": "Vous livrez ?", "quote": "odd", "mood": "new"}, "Vous livrez ?", ()),
    ],
)
def test_nothing_that_a_person_sends_is_passed_over(
    content: dict[str, Any], text: str, files: tuple[Attachment, ...]
) -> None:
    event = said(**content)
    assert (event.text, event.attachments) == (text, files)


def test_that_somebody_joined_a_group_is_nothing_to_us() -> None:
    assert read(message=message(GROUP, new_chat_members=[ADA])) is None


def membership(chat: dict[str, Any], **member: Any) -> Incoming | None:
    bot = ME.to_dict()
    return read(
        my_chat_member={
            "chat": chat,
            "from": ADA,
            "date": 1_764_000_000,
            "old_chat_member": {"user": bot, "status": "member"},
            "new_chat_member": {"user": bot, **member},
        }
    )


def test_a_bot_that_may_not_write_in_a_group_cannot_reach_it() -> None:
    rights = (
        *("can_send_messages", "can_change_info", "can_invite_users", "can_pin_messages"),
        *("can_send_polls", "can_send_other_messages", "can_add_web_page_previews"),
        *("can_manage_topics", "can_send_audios", "can_send_documents", "can_send_photos"),
        *("can_send_videos", "can_send_video_notes", "can_send_voice_notes", "can_edit_tag"),
        "can_react_to_messages",
    )
    muted = dict.fromkeys(rights, False)
    member = {"status": "restricted", "is_member": True, "until_date": 0}
    blocked = membership(GROUP, **member, **muted)
    allowed = membership(GROUP, **member, **{**muted, "can_send_messages": True})
    assert blocked
    assert allowed
    assert (blocked.reach, allowed.reach) == (Reach.BLOCKED, Reach.REACHABLE)
    assert blocked.public


def test_a_channel_is_nobody_to_talk_to() -> None:
    assert membership({"id": -5, "type": "channel", "title": "News"}, status="left") is None

"""What is Discord's alone; what every handler must do is in tests/contract/test_handlers.py."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import shipped, texts
from bot.clock import SystemClock
from bot.contract import Command, Handler, Section
from bot.core.conversation.commands import Name, menu
from bot.errors import ConfigError, NotSent
from bot.models import Act, Attachment, Choice, Incoming, IncomingKind, OutboxItem, Reply
from bot.rendering import render
from handlers._discord import commands, writing
from handlers._discord.library import Route
from handlers._discord.reading import Me, edit, message
from handlers.discord import build
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_api import APPLICATION, BOT, GENERAL, GUILD
from tests.fakes.discord_markdown import shown
from tests.fakes.discord_rules import check_commands, check_components
from tests.support.clock import FakeClock
from tests.support.discord import StoringInbox, running

ADA = {"id": "7", "username": "ada", "global_name": "Ada L"}
ME = Me(BOT["id"], frozenset({"99"}))  # type: ignore[arg-type]  # a text, as written there


@pytest.fixture
async def handler(discord: FakeDiscord, inbox: StoringInbox) -> AsyncIterator[Handler]:
    async with running(discord, inbox) as made:
        yield made


def said(**fields: Any) -> dict[str, Any]:
    whole = {"id": "1574570424178573312", "channel_id": "5", "author": ADA, "content": "Bonjour"}
    return {**whole, **fields}


def in_public(**fields: Any) -> Incoming:
    event = message(said(guild_id=GUILD, **fields), ME)
    assert event
    return event


def item(conversation: str, reply: Reply | str, cause: str = "answer:1:0") -> OutboxItem:
    whole = Reply(reply) if isinstance(reply, str) else reply
    return OutboxItem(1, cause, conversation, whole)


# ── What events mean ─────────────────────────────────────────────────────────────────────────────


def test_the_fields_of_a_message() -> None:
    assert message(said(message_reference={"message_id": "4"}), ME) == Incoming(
        kind=IncomingKind.MESSAGE,
        key="1574570424178573312",
        conversation="dm:7",
        follower="7",
        at=datetime(2026, 11, 23, 23, 40, 43, 228000, tzinfo=UTC),
        text="Bonjour",
        name="Ada L",
        refers_to="4",
    )


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (f"<@{BOT['id']}> vous livrez ?", "vous livrez ?"),
        (f"dites <@!{BOT['id']}> vous livrez ?", "dites vous livrez ?"),
        ("<@&99> vous livrez ?", "vous livrez ?"),
        ("<@8> le sait, <@&55> aussi", "@Bob le sait, <@&55> aussi"),
        ("bravo <:cafe:123> <a:vapeur:456>", "bravo :cafe: :vapeur:"),
        ("<b>&amp; *étoile*", "<b>&amp; *étoile*"),
        ("  deux  espaces", "  deux  espaces"),
    ],
)
def test_a_text_is_read_as_people_see_it(content: str, text: str) -> None:
    mentions = [BOT, {"id": "8", "username": "bob", "member": {"nick": "Bob"}}]
    assert in_public(content=content, mentions=mentions).text == text


@pytest.mark.parametrize(
    ("fields", "addressed"),
    [
        ({}, False),
        ({"mentions": [BOT]}, True),
        ({"mentions": [{"id": "8", "username": "bob"}]}, False),
        ({"mention_roles": ["99"]}, True),
        ({"mention_roles": ["55"]}, False),
        ({"referenced_message": {"id": "1", "author": BOT}}, True),
        ({"referenced_message": {"id": "1", "author": ADA}}, False),
        ({"referenced_message": None}, False),
    ],
)
def test_in_a_server_only_some_messages_are_meant_for_us(
    fields: dict[str, Any], addressed: bool
) -> None:
    event = in_public(**fields)
    assert event.public
    assert event.conversation == "5"
    assert event.addressed is addressed


@pytest.mark.parametrize(
    "fields",
    [
        {"author": {**ADA, "bot": True}},
        {"webhook_id": "12"},
        {"type": 7},
        {"content": ""},
    ],
)
def test_what_is_nothing_to_us(fields: dict[str, Any]) -> None:
    assert message(said(**fields), ME) is None


def test_files_stickers_polls_and_what_is_passed_on() -> None:
    file = {"id": "3", "filename": "bill.pdf", "size": 12, "content_type": "application/pdf; x=y"}
    forwarded = {"message": {"content": "ma facture", "attachments": [file]}}
    event = message(
        said(
            content="",
            message_snapshots=[forwarded],
            sticker_items=[{"name": "tasse"}],
            poll={"question": {"text": "Thé ou café ?"}},
        ),
        ME,
    )
    assert event
    assert event.text == "ma facture\n:tasse:\nThé ou café ?"
    assert event.attachments == (
        Attachment("5/1574570424178573312/3", "bill.pdf", "application/pdf", 12),
    )


def test_edits_of_the_same_message_have_keys_of_their_own() -> None:
    first = edit(said(edited_timestamp="2026-12-31T20:10:40.120000+00:00"), ME)
    second = edit(said(edited_timestamp="2026-12-31T20:10:40.130000+00:00"), ME)
    assert first
    assert second
    assert first.kind is IncomingKind.EDIT
    assert first.refers_to == second.refers_to == "1574570424178573312"
    assert first.key != second.key


# ── What is sent ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("markdown", "written"),
    [
        ("**3 à 5** *jours*, ~~2~~ `code`", "**3 à 5** *jours*, ~~2~~ `code`"),
        ("[plus](https://x.fr/a_b)", "[plus](<https://x.fr/a_b>)"),
        ("<https://x.fr/a_b*c>", "https://x.fr/a_b*c"),
        ("voir https://x.fr/a_b_c là", "voir https://x.fr/a_b_c là"),
        ("[écrivez](mailto:a@x.fr)", "écrivez (a@x.fr)"),
        ("- un\n- deux", "• un\n• deux"),
        ("> cité\n> encore", "> cité\n> encore"),
        ("# Titre", "**Titre**"),
        (r"\# pas un titre, \*rien\*", r"\# pas un titre, \*rien\*"),
        (r"\- 5 % et \> 3", r"\- 5 % et > 3"),
        ("a_b et ||secret|| <@123> @everyone", r"a\_b et \|\|secret\|\| \<@123> @everyone"),
        ("```py\nx = 1\n```", "```py\nx = 1\n```"),
        ("`` a`b ``", "`` a`b ``"),
    ],
)
def test_markdown_is_written_as_discord_shows_it(markdown: str, written: str) -> None:
    assert render(markdown, writing.MARKDOWN) == written


@given(st.text("ab *_~`|<>[]()#-+\\.!:/@1", min_size=1, max_size=40))
def test_what_people_wrote_is_shown_as_they_wrote_it(words: str) -> None:
    quoted = "".join(f"\\{c}" if c in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~" else c for c in words)
    rendered = render(quoted, writing.MARKDOWN)
    assert "".join(shown(rendered).split()) == "".join(words.split())


def test_files_are_split_by_number_and_weight() -> None:
    files = [Attachment(str(n), f"{n}.jpg", "image/jpeg", 9 * 1024 * 1024) for n in range(5)]
    parts = writing.parts(Reply("Voici", (Choice("a", "Oui"),), tuple(files), "Auto"))
    assert [len(part.attachments) for part in parts] == [2, 2, 1]
    assert [(part.text, len(part.choices), part.label) for part in parts] == [
        *(("", 0, ""), ("", 0, ""), ("Voici", 1, "Auto"))
    ]


@pytest.mark.parametrize(
    ("labels", "rows"),
    [
        (["Oui", "Non"], [2]),
        (["Oui"] * 7, [5, 2]),
        (["Une question assez longue ?"] * 3, [1, 1, 1]),
        (["Une question assez longue ?"] * 7, [2, 2, 2, 1]),
        (["x" * 100] * 25, [5, 5, 5, 5, 5]),
        ([], []),
    ],
)
def test_buttons_stand_in_rows(labels: list[str], rows: list[int]) -> None:
    choices = [Choice(str(number), label) for number, label in enumerate(labels)]
    made = writing.components(choices)
    check_components(made)
    assert [len(row["components"]) for row in made] == rows


async def test_nobody_is_pinged_and_the_nonce_is_that_of_the_cause(
    discord: FakeDiscord, handler: Handler, inbox: StoringInbox
) -> None:
    await discord.say("@everyone", public=True)
    asked = await inbox.kept(1)
    reply = replace(item(GENERAL, "@everyone <@7>"), in_reply_to=asked.key)
    await handler.send(reply)
    [call] = discord.called("create_message")
    assert call["allowed_mentions"] == {"parse": [], "replied_user": False}
    assert call["nonce"] == writing.nonce("answer:1:0")
    assert len(call["nonce"]) == 25
    assert call["enforce_nonce"] is True
    reference = {"message_id": asked.key, "fail_if_not_exists": False}
    assert call["message_reference"] == reference


async def test_a_change_removes_files_that_are_no_longer_meant(
    discord: FakeDiscord, inbox: StoringInbox, tmp_path: Path
) -> None:
    (tmp_path / "bill").write_bytes(b"%PDF")
    handler = discord.handler(SystemClock(), file=lambda ours: tmp_path / ours.reference)
    async with discord.serve(handler, inbox):
        await discord.say("Bonjour")
        ada = await inbox.kept(1)
        bill = (Attachment("bill", "bill.pdf", "application/pdf", 4),)
        sent = await handler.send(item(ada.conversation, Reply("Voici", (), bill)))
        change = item(ada.conversation, "Pardon", "revise:1")
        await handler.send(replace(change, act=Act.REVISE, target=sent.key))
    await handler.close()
    assert [(one.text, one.files) for one in discord.sent] == [("Pardon", ())]


# ── Limits ───────────────────────────────────────────────────────────────────────────────────────


async def people(discord: FakeDiscord, inbox: StoringInbox) -> tuple[str, str]:
    await discord.say("Bonjour")
    await discord.say("Bonjour", follower="bob")
    await inbox.kept(2)
    ada, bob = sorted(inbox.events, key=lambda event: event.follower)
    return ada.conversation, bob.conversation


async def test_a_full_channel_stops_no_other(discord: FakeDiscord, inbox: StoringInbox) -> None:
    clock = FakeClock()
    async with running(discord, inbox, clock) as handler:  # type: ignore[arg-type]  # a Clock
        ada, bob = await people(discord, inbox)
        discord.refuse_for(30, discord.direct("ada"))
        for _ in range(2):
            with pytest.raises(NotSent) as raised:
                await handler.send(item(ada, "1"))
            assert raised.value.retry_after
            assert timedelta(seconds=29) < raised.value.retry_after <= timedelta(seconds=30)
        await handler.send(item(bob, "2", "answer:2:0"))
        assert len(discord.called("create_message")) == 2  # the second was not even tried
        discord.pass_time(seconds=31)
        clock.advance(31)
        await handler.send(item(ada, "1"))
    assert [one.follower for one in discord.sent] == ["bob", "ada"]


async def test_a_limit_for_everything_stops_everything(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    async with running(discord, inbox) as handler:
        ada, bob = await people(discord, inbox)
        discord.fail_too_fast(20, everything=True)
        for conversation in (ada, bob):
            with pytest.raises(NotSent):
                await handler.send(item(conversation, "1"))
    assert len(discord.called("create_message")) == 1


async def test_a_limit_that_is_used_up_is_known_beforehand(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    discord.per_channel = (2, 30)
    async with running(discord, inbox) as handler:
        ada, bob = await people(discord, inbox)
        for number in range(2):
            await handler.send(item(ada, "x", f"answer:{number}:0"))
        with pytest.raises(NotSent):
            await handler.send(item(ada, "x", "answer:3:0"))
        await handler.send(item(bob, "x", "answer:4:0"))
    assert len(discord.called("create_message")) == 3


async def test_nothing_is_set_for_the_whole_process(discord: FakeDiscord) -> None:
    before = Route.BASE
    async with FakeDiscord() as second:
        one, two = discord.handler(SystemClock()), second.handler(SystemClock())
        assert all(found.ok for found in await one.diagnose())
        assert all(found.ok for found in await two.diagnose())
        await one.close()
        await two.close()
    assert discord.called("me")
    assert second.called("me")
    assert before == Route.BASE


async def test_before_it_runs_it_knows_nobody(discord: FakeDiscord) -> None:
    handler = discord.handler(SystemClock())
    with pytest.raises(NotSent, match="starting"):
        await handler.send(item("dm:1", "x"))
    assert handler.invitation("code") is None


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────

MENU = (
    Command("start", {"fr": "Commencer", "en": "Start"}),
    Command("ask", {"fr": "Poser une question", "en": "Ask"}, {"fr": "question", "en": "question"}),
    Command(
        "human",
        {"fr": "Parler à l'équipe", "en": "Talk to us"},
        {"fr": "quoi"},
        {"fr": "Passer à l'équipe", "en": "Pass to the team", "de": "Weitergeben " * 9},
    ),
    Command("help", {"fr": "Aide " * 40, "en": "Help"}),
)


def test_commands_are_such_as_discord_takes() -> None:
    wanted = commands.wanted(MENU)
    check_commands(wanted)
    by_name = {one["name"]: one for one in wanted}
    assert by_name["ask"]["options"][0]["required"]
    assert by_name["start"]["options"][0]["name"] == "code"
    assert by_name["ask"]["description"] == "Poser une question"
    assert by_name["ask"]["description_localizations"]["en-GB"] == "Ask"
    entry = wanted[-1]
    assert (entry["type"], entry["name"]) == (3, "Passer à l'équipe")
    assert entry["name_localizations"] == {
        "fr": "Passer à l'équipe",
        "en-US": "Pass to the team",
        "en-GB": "Pass to the team",
        "de": "Weitergeben Weitergeben Weitergeb"[:32],
    }


def test_languages_that_discord_has_not_are_left_out() -> None:
    wanted = commands.wanted([Command("human", {"ca": "Una persona", "pt": "Uma pessoa"})])
    check_commands(wanted)
    assert wanted[0]["description_localizations"] == {"pt-BR": "Uma pessoa"}


async def test_the_commands_of_the_bot_are_registered_once(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    words = texts.read(shipped.folder() / "faq", ("fr", "en"), "Les Torréfacteurs")
    for _ in range(2):
        handler = discord.handler(SystemClock(), menu=lambda: menu(words))
        async with discord.serve(handler, inbox):
            pass
        assert not await faults(discord, menu(words))
        await handler.close()
    assert discord.registrations == 1
    assert discord.menu["fr"].keys() == set(Name)


async def test_registering_that_fails_does_not_keep_the_bot_from_working(
    discord: FakeDiscord, inbox: StoringInbox
) -> None:
    discord.fail_next(403, 50001, "Missing Access", call="register")
    handler = discord.handler(SystemClock(), menu=lambda: MENU)
    async with discord.serve(handler, inbox):
        await discord.say("Bonjour")
        await inbox.kept(1)
    await handler.close()


# ── Checks ───────────────────────────────────────────────────────────────────────────────────────


async def faults(discord: FakeDiscord, menu: tuple[Command, ...] = ()) -> dict[str, str]:
    handler = discord.handler(SystemClock(), menu=lambda: menu)
    try:
        found = await handler.diagnose()
    finally:
        await handler.close()
    return {one.subject: one.detail for one in found if not one.ok}


async def test_all_is_well(discord: FakeDiscord) -> None:
    assert await faults(discord) == {}


async def test_a_wrong_token_is_found(discord: FakeDiscord) -> None:
    handler = discord.handler(SystemClock())
    discord.token = "another.token.entirely"
    [found] = await handler.diagnose()
    await handler.close()
    assert (found.subject, found.ok) == ("token", False)
    assert "Reset Token" in found.detail


async def test_a_service_that_is_away_is_found(discord: FakeDiscord) -> None:
    await discord.refuse_connections()
    assert set(await faults(discord)) == {"connection"}


async def test_a_missing_intent_is_found(discord: FakeDiscord) -> None:
    discord.flags = 0
    assert "Message Content Intent" in (await faults(discord))["intents"]


async def test_an_endpoint_elsewhere_is_found(discord: FakeDiscord) -> None:
    discord.endpoint = "https://elsewhere.example/interactions"
    assert "Interactions Endpoint URL" in (await faults(discord))["interactions"]


async def test_commands_that_are_registered_otherwise_are_found(discord: FakeDiscord) -> None:
    assert not await faults(discord, MENU)  # as before the first start, which registers them
    discord.known_commands = commands.wanted(MENU[1:])
    assert "comptoir run" in (await faults(discord, MENU))["commands"]


async def test_a_bot_in_no_server_is_told_how_to_get_into_one(discord: FakeDiscord) -> None:
    discord.in_guild = False
    detail = (await faults(discord))["servers"]
    assert f"https://discord.com/oauth2/authorize?client_id={APPLICATION}" in detail


@pytest.mark.parametrize(
    ("permissions", "overwrite", "words"),
    [
        (1 << 10 | 1 << 16, {}, '#general lacks "Send Messages"'),
        (1 << 10 | 1 << 11, {}, '#general lacks "Read Message History"'),
        (
            1 << 10 | 1 << 11 | 1 << 16,
            {"id": GUILD, "allow": "0", "deny": str(1 << 11)},
            '#general lacks "Send Messages"',
        ),
        (0, {}, ""),  # a channel that it does not see is none of its business
        (1 << 3, {"id": GUILD, "allow": "0", "deny": str(1 << 11)}, ""),  # it may do everything
        (
            1 << 10 | 1 << 16,
            {"id": str(BOT["id"]), "allow": str(1 << 11), "deny": "0"},
            "",
        ),
    ],
)
async def test_missing_permissions_are_found(
    discord: FakeDiscord, permissions: int, overwrite: dict[str, str], words: str
) -> None:
    discord.permissions = permissions
    discord.overwrites = [overwrite] if overwrite else []
    detail = (await faults(discord)).get("permissions in Friends of coffee", "")
    assert words in detail
    assert bool(words) == bool(detail)


# ── Building ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("options", "token", "words"),
    [
        ({"api_url": "discord.com"}, "a.b.c", "api_url must begin with https://"),
        ({"gateway_url": "https://x"}, "a.b.c", "gateway_url must begin with wss://"),
        ({"silence_seconds": 0}, "a.b.c", "silence_seconds"),
        ({"api_ur": "https://x"}, "a.b.c", "did you mean 'api_url'"),
        ({}, "my token", "not one that Discord gives"),
    ],
)
def test_what_cannot_be_used_is_said(options: dict[str, object], token: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        build(Section("discord", options, SystemClock(), lambda _: token))

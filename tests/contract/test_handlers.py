"""What every handler must do, each against its own fake network; the list is made by itself.

A new file in `handlers/` is tested here at once, and fails until `tests/fakes/` has a network for
it. What cannot happen on a network is declared by its fake, with the reason, in `IMPOSSIBLE`.
"""

import asyncio
import gc
import importlib
import logging
import traceback
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from pathlib import Path
from typing import cast

import pytest

import handlers
import tests.fakes
from bot.clock import SystemClock
from bot.contract import Command, Handler, Recovery, WebRequest
from bot.errors import FileGone, NotSent, Refused, SendError
from bot.models import Act, Attachment, Choice, Incoming, IncomingKind, OutboxItem, Reach, Reply
from bot.rendering import plain
from tests.fakes.inbox import KeepingInbox, StoreIsDown
from tests.fakes.network import Failure, FakeModule, FakeNetwork, Feature, File

NAMES = sorted(
    path.stem for path in Path(handlers.__path__[0]).glob("*.py") if path.stem != "__init__"
)


def networks() -> Iterator[tuple[str, FakeModule]]:
    """Every fake network, by its module's name: NAME, or NAME_WAY for a further set-up."""
    stems = sorted(path.stem for path in Path(tests.fakes.__path__[0]).glob("*.py"))
    for stem in stems:
        if stem in NAMES or stem.startswith(tuple(f"{name}_" for name in NAMES)):
            module = importlib.import_module(f"tests.fakes.{stem}")
            if hasattr(module, "fake"):  # else it is only a part of one
                yield stem, cast("FakeModule", module)


NETWORKS = dict(networks())
ROWS = [
    pytest.param(name, failure, id=f"{name}: {failure}")
    for name, network in NETWORKS.items()
    for failure in network.FAILURES
]
LONG = "\n\n".join(
    f"Paragraph {number} **bold** with `code` and 🎉. " + "Words that fill a line. " * 40
    for number in range(110)
)


@dataclass(slots=True)
class Bench:
    """A handler on its network, with an inbox before it."""

    network: FakeNetwork
    handler: Handler
    inbox: KeepingInbox
    folder: Path
    """Where our own files lie."""

    async def greeted(self) -> Incoming:
        """The first message of "ada": only then can we write to her."""
        await self.network.say("Bonjour")
        return await self.inbox.kept(len(self.inbox.events) + 1)

    async def conversation(self) -> str:
        """The address of "ada", with nothing running."""
        async with self.network.serve(self.handler, self.inbox):
            return (await self.greeted()).conversation

    def ours(self, *files: File) -> tuple[Attachment, ...]:
        """Keep files as our own; what a reply says of them."""
        for file in files:
            (self.folder / f"kept-{file.name}").write_bytes(file.content)
        return tuple(
            Attachment(f"kept-{file.name}", file.name, file.media_type, len(file.content))
            for file in files
        )

    async def say(self, conversation: str, reply: Reply) -> list[str]:
        """Send a reply in as many parts as it takes; the keys of the sends."""
        parts = self.handler.parts(reply)
        sends = [
            OutboxItem(number, f"answer:1:{number}", conversation, part)
            for number, part in enumerate(parts)
        ]
        return [(await self.network.send(self.handler, one)).key for one in sends]


def item(conversation: str, text: str = "Hello", choices: tuple[Choice, ...] = ()) -> OutboxItem:
    return OutboxItem(1, "answer:1:0", conversation, Reply(text, choices))


def revision(conversation: str, target: str, reply: Reply) -> OutboxItem:
    return OutboxItem(2, "revise:1:0", conversation, reply, act=Act.REVISE, target=target)


def withdrawal(conversation: str, target: str) -> OutboxItem:
    return OutboxItem(3, "withdraw:1:0", conversation, Reply(""), act=Act.WITHDRAW, target=target)


async def fetched(bench: Bench, attachment: Attachment) -> bytes:
    return b"".join([piece async for piece in bench.handler.fetch(attachment)])


@pytest.fixture(params=NETWORKS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def benched(name: str, folder: Path) -> AsyncIterator[Bench]:
    async with NETWORKS[name].fake() as network:
        handler = network.handler(SystemClock(), file=lambda ours: folder / ours.reference)
        try:
            yield Bench(network, handler, KeepingInbox(), folder)
        finally:
            await handler.close()


@pytest.fixture
async def bench(name: str, tmp_path: Path) -> AsyncIterator[Bench]:
    async with benched(name, tmp_path) as made:
        yield made


def impossible(name: str, feature: Feature) -> bool:
    """Whether the fake declares that its network lacks this, and says why."""
    return bool(NETWORKS[name].IMPOSSIBLE.get(feature))


# ── The suite itself ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", NAMES)
def test_every_handler_has_a_fake_network(name: str) -> None:
    assert name in NETWORKS, f"handlers/{name}.py needs tests/fakes/{name}.py"


def test_every_error_is_in_the_table_or_declared_impossible(name: str) -> None:
    network = NETWORKS[name]
    possible = {failure.error for failure in network.FAILURES}
    for error in SendError.__subclasses__():
        declared = bool(network.IMPOSSIBLE.get(error.__name__))
        assert (error in possible) != declared, error.__name__


def test_only_known_things_are_declared_impossible(name: str) -> None:
    known = {error.__name__ for error in SendError.__subclasses__()} | set(Feature)
    assert set(NETWORKS[name].IMPOSSIBLE) <= known


def test_the_capabilities_are_those_of_the_network(name: str, bench: Bench) -> None:
    able = bench.handler.capabilities
    assert able.reply_window is None or able.reply_window > timedelta()
    if able.hosting:
        return  # our own pages show what the core has stored: tried with them, in tests/web
    assert (able.max_files > 0) == (able.max_file_bytes > 0) != impossible(name, Feature.FILES)
    assert able.revises != impossible(name, Feature.REVISIONS)
    assert able.withdraws != impossible(name, Feature.WITHDRAWALS)


# ── Receiving ────────────────────────────────────────────────────────────────────────────────────


async def test_a_message_has_its_fields_right(bench: Bench) -> None:
    async with bench.network.serve(bench.handler, bench.inbox):
        await bench.network.say("Vous livrez où ? 🎉 <b>&amp;")
        event = await bench.inbox.kept(1)
    assert event.kind is IncomingKind.MESSAGE
    assert event.text == "Vous livrez où ? 🎉 <b>&amp;"
    assert event.key
    assert event.conversation
    assert event.follower
    assert event.at.utcoffset() == timedelta(0)
    assert abs(SystemClock().now() - event.at.astimezone(UTC)) < timedelta(minutes=5)
    assert event.addressed
    assert not event.public
    assert event.choice == ""
    assert len(event.language) in {0, 2}


async def test_people_and_messages_are_told_apart(bench: Bench) -> None:
    async with bench.network.serve(bench.handler, bench.inbox):
        await bench.network.say("one")
        first = await bench.inbox.kept(1)
        await bench.network.say("two")
        second = await bench.inbox.kept(2)
        await bench.network.say("one", follower="bob")
        third = await bench.inbox.kept(3)
    assert first.conversation == second.conversation != third.conversation
    assert first.follower == second.follower != third.follower
    assert len({first.key, second.key, third.key}) == 3


async def test_order_is_kept(bench: Bench) -> None:
    async with bench.network.serve(bench.handler, bench.inbox):
        for number in range(5):
            await bench.network.say(f"line {number}")
            await bench.inbox.kept(number + 1)
    assert [event.text for event in bench.inbox.events] == [f"line {n}" for n in range(5)]


async def test_own_and_other_bots_messages_are_ignored(name: str, bench: Bench) -> None:
    async with bench.network.serve(bench.handler, bench.inbox):
        first = await bench.greeted()
        await bench.network.send(bench.handler, item(first.conversation))
        if not impossible(name, Feature.BOTS):
            await bench.network.say("I am a bot", follower="otherbot", bot=True)
        await bench.network.say("Merci")
        await bench.inbox.kept(2)
    assert [event.text for event in bench.inbox.events] == ["Bonjour", "Merci"]


async def test_nothing_is_acknowledged_before_it_is_stored(name: str, bench: Bench) -> None:
    bench.inbox.open.clear()
    async with bench.network.serve(bench.handler, bench.inbox):
        said = await bench.network.say("Bonjour")
        await bench.inbox.handed(1)
        if not impossible(name, Feature.ACKNOWLEDGEMENT):
            assert not said.acknowledged
    # Stopped with the batch in memory only: the network must bring it again.
    bench.inbox.open.set()
    async with bench.network.serve(bench.handler, bench.inbox):
        again = await bench.inbox.kept(1)
        if not impossible(name, Feature.ACKNOWLEDGEMENT):
            await bench.network.taken(said)
    assert again.key == bench.inbox.offered[0].key


async def test_what_could_not_be_stored_comes_again(bench: Bench) -> None:
    bench.inbox.refusing = True
    try:
        async with bench.network.serve(bench.handler, bench.inbox):
            await bench.network.say("Bonjour")
            await bench.inbox.handed(1)
            bench.inbox.refusing = False
            await bench.inbox.kept(1)
    except StoreIsDown:  # the handler may leave starting again to its supervisor
        bench.inbox.refusing = False
        async with bench.network.serve(bench.handler, bench.inbox):
            await bench.inbox.kept(1)
    assert bench.inbox.events[0].key == bench.inbox.offered[0].key
    assert bench.inbox.events[0].text == "Bonjour"


async def test_a_repeated_delivery_keeps_its_key(name: str, bench: Bench) -> None:
    if impossible(name, Feature.REPEATS):
        return
    async with bench.network.serve(bench.handler, bench.inbox):
        said = await bench.network.say("Bonjour")
        first = await bench.inbox.kept(1)
        await bench.network.repeat(said)
        second = await bench.inbox.kept(2)
    assert (second.key, second.text) == (first.key, first.text)


async def test_an_edit_names_the_message_it_changes(name: str, bench: Bench) -> None:
    if impossible(name, Feature.EDITS):
        return
    async with bench.network.serve(bench.handler, bench.inbox):
        said = await bench.network.say("Bonjur")
        first = await bench.inbox.kept(1)
        await bench.network.edit(said, "Bonjour")
        edit = await bench.inbox.kept(2)
    assert edit.kind is IncomingKind.EDIT
    assert edit.text == "Bonjour"
    assert edit.refers_to == first.key != edit.key
    assert edit.conversation == first.conversation


async def test_in_public_the_handler_says_whether_it_is_meant(name: str, bench: Bench) -> None:
    if impossible(name, Feature.PUBLIC):
        return
    async with bench.network.serve(bench.handler, bench.inbox):
        await bench.network.say("to each other", public=True, addressed=False)
        aside = await bench.inbox.kept(1)
        await bench.network.say("to the bot", public=True)
        asked = await bench.inbox.kept(2)
    assert aside.public
    assert asked.public
    assert not aside.addressed
    assert asked.addressed
    assert aside.conversation == asked.conversation != aside.follower
    assert asked.text == "to the bot"  # without the mention of us


async def test_a_block_is_a_change_of_reach(name: str, bench: Bench) -> None:
    if impossible(name, Feature.REACH):
        return
    async with bench.network.serve(bench.handler, bench.inbox):
        first = await bench.greeted()
        await bench.network.block()
        change = await bench.inbox.kept(2)
    assert change.kind is IncomingKind.REACH
    assert change.reach is Reach.BLOCKED
    assert change.conversation == first.conversation


async def test_a_deletion_names_the_message_taken_back(name: str, bench: Bench) -> None:
    if impossible(name, Feature.DELETIONS):
        return
    async with bench.network.serve(bench.handler, bench.inbox):
        said = await bench.network.say("Bonjour")
        first = await bench.inbox.kept(1)
        await bench.network.delete(said)
        deletion = await bench.inbox.kept(2)
    assert deletion.kind is IncomingKind.DELETION
    assert deletion.refers_to == first.key != deletion.key
    assert deletion.conversation == first.conversation


async def test_a_command_is_a_message(bench: Bench) -> None:
    async with bench.network.serve(bench.handler, bench.inbox):
        await bench.network.command("help")
        await bench.network.command("language", "fr")
        await bench.inbox.kept(2)
    assert [event.kind for event in bench.inbox.events] == [IncomingKind.MESSAGE] * 2
    assert {event.text for event in bench.inbox.events} == {"/help", "/language fr"}


async def test_what_is_asked_by_a_command_is_meant_for_us(name: str, bench: Bench) -> None:
    if impossible(name, Feature.COMMANDS) or impossible(name, Feature.PUBLIC):
        return
    async with bench.network.serve(bench.handler, bench.inbox):
        await bench.network.command("ask", "Vous livrez ?", public=True)
        asked = await bench.inbox.kept(1)
        await bench.network.command("human", public=True)
        wanted = await bench.inbox.kept(2)
    assert (asked.text, asked.addressed) == ("Vous livrez ?", True)
    assert (wanted.text, wanted.addressed) == ("/human", True)


async def test_a_webhook_needs_proof(name: str, bench: Bench) -> None:
    routes = bench.handler.routes()
    assert (not routes) == impossible(name, Feature.WEBHOOKS)
    async with bench.network.serve(bench.handler, bench.inbox):
        for route in routes:
            for headers in ({}, {"authorization": "x", "x-signature": "x"}):
                answer = await route.handle(WebRequest(headers, {}, b"{}"))
                assert answer.status in {401, 403}
    assert not bench.inbox.offered


# ── Invitations and menus ────────────────────────────────────────────────────────────────────────


async def test_an_invitation_leads_to_a_private_conversation(name: str, bench: Bench) -> None:
    async with bench.network.serve(bench.handler, bench.inbox):
        await bench.greeted()
        invitation = bench.handler.invitation("a-Code_1")
        assert (invitation is None) == impossible(name, Feature.INVITATIONS)
        if invitation is None:
            return
        await bench.network.open(invitation, follower="bob")
        if not invitation.carries_code:
            await bench.network.say("/start a-Code_1", follower="bob")
        event = await bench.inbox.kept(2)
    assert event.text == "/start a-Code_1"
    assert event.addressed
    assert not event.public


MENU = (
    Command("ask", {"en": "Ask a question", "fr": "Poser une question"}, {"en": "question"}),
    Command("human", {"en": "Talk to a person", "fr": "Parler à une personne"}),
)


async def test_the_menu_is_registered_only_when_it_changed(name: str) -> None:
    if impossible(name, Feature.COMMANDS):
        return

    async def run(menu: tuple[Command, ...]) -> None:
        handler = network.handler(SystemClock(), menu=lambda: menu)
        bench = Bench(network, handler, KeepingInbox(), Path())
        async with network.serve(handler, bench.inbox):
            await bench.greeted()  # a menu is registered before anything is received
        await handler.close()

    async with NETWORKS[name].fake() as network:
        await run(MENU)
        for language in ("en", "fr"):
            shown = {command.name: command.descriptions[language] for command in MENU}
            assert network.menu[language] == shown
        told = network.menu_changes
        await run(MENU)
        assert network.menu_changes == told > 0
        await run((replace(MENU[0], descriptions={"en": "Just ask", "fr": "Demander"}), MENU[1]))
        assert network.menu_changes > told
        assert network.menu["fr"]["ask"] == "Demander"


# ── Sending ──────────────────────────────────────────────────────────────────────────────────────


async def test_an_answer_reaches_who_asked(bench: Bench) -> None:
    async with bench.network.serve(bench.handler, bench.inbox):
        await bench.network.say("I am Bob", follower="bob")
        bob = await bench.inbox.kept(1)
        await bench.greeted()
        sent = await bench.network.send(bench.handler, item(bob.conversation, "For **Bob** <i>"))
    assert sent.key
    [received] = bench.network.sent
    assert received.follower == "bob"
    assert received.text == "For Bob <i>"


async def test_choices_are_shown_and_come_back(name: str, bench: Bench) -> None:
    if impossible(name, Feature.CHOICES):
        return
    choices = (Choice("c" * 22, "Oui"), Choice("d" * 22, "Une personne"))
    async with bench.network.serve(bench.handler, bench.inbox):
        ada = await bench.greeted()
        await bench.network.send(bench.handler, item(ada.conversation, "Vraiment ?", choices))
        await bench.network.press("d" * 22)
        event = await bench.inbox.kept(2)
    assert [(b.id, b.label) for b in bench.network.sent[0].choices] == [
        (choice.id, choice.label) for choice in choices
    ]
    assert event.kind is IncomingKind.CHOICE
    assert event.choice == "d" * 22
    assert (event.conversation, event.follower) == (ada.conversation, ada.follower)
    assert event.key != ada.key


async def test_a_press_delivered_again_keeps_its_key(name: str, bench: Bench) -> None:
    if impossible(name, Feature.CHOICES) or impossible(name, Feature.REPEATS):
        return
    async with bench.network.serve(bench.handler, bench.inbox):
        ada = await bench.greeted()
        await bench.network.send(
            bench.handler, item(ada.conversation, "Vraiment ?", (Choice("yes", "Oui"),))
        )
        pressed = await bench.network.press("yes")
        first = await bench.inbox.kept(2)
        await bench.network.repeat(pressed)
        second = await bench.inbox.kept(3)
    assert (second.kind, second.key) == (IncomingKind.CHOICE, first.key)


async def test_the_most_choices_are_taken(name: str, bench: Bench) -> None:
    most = bench.handler.capabilities.max_choices
    assert (most == 0) == impossible(name, Feature.CHOICES)
    choices = tuple(Choice(f"choice-{number}", "A label " * 20) for number in range(most))
    await bench.network.send(
        bench.handler, item(await bench.conversation(), "Which of these?", choices)
    )
    assert len(bench.network.sent[0].choices) == most


async def test_parts_lose_nothing_and_are_all_taken(bench: Bench) -> None:
    conversation = await bench.conversation()
    reply = Reply(LONG, (Choice("yes", "Oui"),), label="Réponse automatique")
    parts = bench.handler.parts(reply)
    for number, part in enumerate(parts):
        sending = OutboxItem(number, f"answer:1:{number}", conversation, part)
        await bench.network.send(bench.handler, sending)
    received = bench.network.sent
    assert all(len(one.text) <= bench.handler.capabilities.max_text for one in received)
    shown = "".join("".join(one.text.split()) for one in received)
    assert shown.removesuffix("Réponseautomatique") == "".join(plain(LONG).split())
    assert [bool(part.choices) for part in parts] == [False] * (len(parts) - 1) + [True]
    assert [part.label for part in parts][:-1] == [""] * (len(parts) - 1)


@pytest.mark.parametrize(("failing", "failure"), ROWS)
async def test_a_failed_send_raises_what_it_means(
    failing: str, failure: Failure, tmp_path: Path
) -> None:
    async with benched(failing, tmp_path) as bench:
        conversation = await bench.conversation()
        sending = item(conversation)
        if failure.act is not Act.SAY:
            sent = await bench.network.send(bench.handler, sending)
            sending = replace(sending, act=failure.act, target=sent.key)
        before = len(bench.network.sent)
        arranged = failure.arrange(bench.network)
        if arranged is not None:
            await arranged
        choices = (Choice(failure.choice, "Oui"),) if failure.choice else ()
        reply = Reply(failure.text, choices, bench.ours(*failure.files))
        with pytest.raises(SendError) as raised:
            await bench.network.send(bench.handler, replace(sending, reply=reply))
        assert type(raised.value) is failure.error
        assert str(raised.value)
        if isinstance(raised.value, NotSent):
            assert raised.value.retry_after == failure.retry_after
        assert len(bench.network.sent) == before + int(failure.arrives)
        assert_no_secret(bench, "".join(traceback.format_exception(raised.value)))


async def test_what_became_of_an_uncertain_send(bench: Bench) -> None:
    """By what the handler says it can do about it: resend, look up, or nothing."""
    sending = item(await bench.conversation())
    await bench.network.send(bench.handler, sending)
    match bench.handler.capabilities.recovery:
        case Recovery.KEYED:
            await bench.network.send(bench.handler, sending)
            assert len(bench.network.sent) == 1
        case Recovery.LOOKUP:
            assert await bench.handler.lookup(sending)
        case Recovery.NONE:
            assert await bench.handler.lookup(sending) is None


async def test_in_public_a_reply_shows_what_it_answers(name: str, bench: Bench) -> None:
    if impossible(name, Feature.PUBLIC):
        return
    async with bench.network.serve(bench.handler, bench.inbox):
        await bench.network.say("Vous livrez ?", public=True)
        asked = await bench.inbox.kept(1)
        said = await bench.network.say("Et où ?", public=True)
        taken_back = await bench.inbox.kept(2)
        await bench.network.delete(said)
        for event in (asked, taken_back):
            answer = item(asked.conversation, f"To {event.text}")
            await bench.network.send(bench.handler, replace(answer, in_reply_to=event.key))
    first, second = bench.network.sent
    assert "Vous livrez ?" in first.in_reply_to
    assert (second.text, second.in_reply_to) == ("To Et où ?", "")


# ── Files ────────────────────────────────────────────────────────────────────────────────────────

PHOTO = File("photo.jpg", "image/jpeg", b"\xff\xd8\xff\xe0 light and shade")
BILL = File("bill.pdf", "application/pdf", b"%PDF-1.7 \r\n--two bags\r\n")


async def test_a_followers_files_can_be_fetched(name: str, bench: Bench) -> None:
    if impossible(name, Feature.FILES):
        return
    async with bench.network.serve(bench.handler, bench.inbox):
        await bench.network.say("Voici la facture", files=[BILL])
        event = await bench.inbox.kept(1)
        [attachment] = event.attachments
        assert await fetched(bench, attachment) == BILL.content
    assert event.kind is IncomingKind.MESSAGE
    assert event.text == "Voici la facture"
    assert (attachment.name, attachment.media_type) == (BILL.name, BILL.media_type)
    assert attachment.size == len(BILL.content)


async def test_of_several_files_none_is_lost(name: str, bench: Bench) -> None:
    if impossible(name, Feature.FILES):
        return
    files = [replace(PHOTO, content=PHOTO.content + bytes([number])) for number in range(3)]
    async with bench.network.serve(bench.handler, bench.inbox):
        said = await bench.network.say("Cassé", files=files)
        if not impossible(name, Feature.ACKNOWLEDGEMENT):
            await bench.network.taken(said)
        await bench.network.say("Merci")
        while "Merci" not in {event.text for event in bench.inbox.events}:
            await bench.inbox.kept(len(bench.inbox.events) + 1)
        *events, _ = bench.inbox.events
        arrived = [file for event in events for file in event.attachments]
        assert [await fetched(bench, one) for one in arrived] == [file.content for file in files]
    assert [event.text for event in events if event.text] == ["Cassé"]
    assert len({event.key for event in events}) == len(events)


async def test_a_file_that_is_gone_is_said_to_be(name: str, bench: Bench) -> None:
    if impossible(name, Feature.FILES):
        return
    async with bench.network.serve(bench.handler, bench.inbox):
        said = await bench.network.say("Voici", files=[BILL])
        [attachment] = (await bench.inbox.kept(1)).attachments
    await bench.network.lose(said)
    with pytest.raises(FileGone, match=BILL.name) as raised:
        await fetched(bench, attachment)
    assert_no_secret(bench, "".join(traceback.format_exception(raised.value)))


@pytest.mark.parametrize("text", ["Voici", "Une longue histoire. " * 500, ""], ids=len)
async def test_our_files_arrive_whole(name: str, bench: Bench, text: str) -> None:
    if impossible(name, Feature.FILES):
        return
    files = [replace(PHOTO, name=f"photo{number}.jpg") for number in range(4)]
    files[2:2] = [BILL, File("film.mp4", "video/mp4", bytes(range(256)) * 1000)]
    conversation = await bench.conversation()
    reply = Reply(text, attachments=bench.ours(*files), label="Automatique" if text else "")
    parts = bench.handler.parts(reply)
    assert all(len(part.attachments) <= bench.handler.capabilities.max_files for part in parts)
    await bench.say(conversation, reply)
    received = bench.network.sent
    arrived = {(file.name, file.content) for one in received for file in one.files}
    assert arrived == {(file.name, file.content) for file in files}
    assert sum(len(one.files) for one in received) == len(files)
    shown = "".join("".join(one.text.split()) for one in received)
    assert shown == "".join((text + reply.label).split())


async def test_a_file_goes_with_text_and_buttons(name: str, bench: Bench) -> None:
    if impossible(name, Feature.FILES) or impossible(name, Feature.CHOICES):
        return
    conversation = await bench.conversation()
    reply = Reply("La **carte**", (Choice("yes", "Oui"),), bench.ours(BILL))
    await bench.say(conversation, reply)
    assert [file for one in bench.network.sent for file in one.files] == [BILL]
    assert [one.text for one in bench.network.sent if one.choices] == ["La carte"]


async def test_more_files_than_one_send_takes(name: str, bench: Bench) -> None:
    if impossible(name, Feature.FILES):
        return
    most = bench.handler.capabilities.max_files
    files = [replace(PHOTO, name=f"photo{number}.jpg") for number in range(most + 1)]
    await bench.say(await bench.conversation(), Reply("Tout", attachments=bench.ours(*files)))
    assert [file for one in bench.network.sent for file in one.files] == files


async def test_a_file_that_we_lost_is_refused(name: str, bench: Bench) -> None:
    if impossible(name, Feature.FILES):
        return
    conversation = await bench.conversation()
    reply = Reply("Voici", attachments=(Attachment("no-such", "x.pdf", "application/pdf", 3),))
    with pytest.raises(Refused, match=r"x\.pdf"):
        await bench.network.send(bench.handler, OutboxItem(1, "a:1:0", conversation, reply))
    assert not bench.network.sent


# ── Changing and taking back what was sent ───────────────────────────────────────────────────────


async def test_what_was_sent_can_be_changed(name: str, bench: Bench) -> None:
    if impossible(name, Feature.REVISIONS):
        return
    conversation = await bench.conversation()
    first = await bench.network.send(bench.handler, item(conversation, "Lundi"))
    await bench.network.send(bench.handler, item(conversation, "Merci"))
    change = revision(conversation, first.key, Reply("**Mardi**"))
    for _ in range(2):  # as after an attempt of which nobody knows whether it arrived
        assert (await bench.network.send(bench.handler, change)).key == first.key
    assert [one.text for one in bench.network.sent] == ["Mardi", "Merci"]


async def test_what_was_sent_with_files_can_be_changed(name: str, bench: Bench) -> None:
    if impossible(name, Feature.REVISIONS) or impossible(name, Feature.FILES):
        return
    conversation = await bench.conversation()
    for files in ([BILL], [PHOTO, replace(PHOTO, name="second.jpg")]):
        reply = Reply("Lundi", attachments=bench.ours(*files))
        [key] = await bench.say(conversation, reply)
        change = revision(conversation, key, replace(reply, text="Mardi"))
        for _ in range(2):
            await bench.network.send(bench.handler, change)
        assert bench.network.sent[-1].text == "Mardi"
        assert list(bench.network.sent[-1].files) == files


async def test_what_was_sent_can_be_taken_back(name: str, bench: Bench) -> None:
    if impossible(name, Feature.WITHDRAWALS):
        return
    conversation = await bench.conversation()
    first = await bench.network.send(bench.handler, item(conversation, "Lundi"))
    await bench.network.send(bench.handler, item(conversation, "Merci"))
    for _ in range(2):
        await bench.network.send(bench.handler, withdrawal(conversation, first.key))
    assert [one.text for one in bench.network.sent] == ["Merci"]
    if bench.handler.capabilities.revises:  # nobody can read it any more: nothing is wrong
        change = revision(conversation, first.key, Reply("Mardi"))
        await bench.network.send(bench.handler, change)
        assert [one.text for one in bench.network.sent] == ["Merci"]


async def test_files_can_be_taken_back(name: str, bench: Bench) -> None:
    if impossible(name, Feature.WITHDRAWALS) or impossible(name, Feature.FILES):
        return
    conversation = await bench.conversation()
    album = Reply("Voici", attachments=bench.ours(PHOTO, replace(PHOTO, name="second.jpg")))
    for key in await bench.say(conversation, album):
        await bench.network.send(bench.handler, withdrawal(conversation, key))
    assert not bench.network.sent


async def test_a_send_ends_before_its_lease(bench: Bench) -> None:
    assert 0 < bench.handler.capabilities.send_seconds <= 60


async def test_typing_never_fails(bench: Bench) -> None:
    await bench.handler.typing(await bench.conversation())
    await bench.handler.typing("no such conversation")


# ── Order in the house ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
def everything(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


def assert_no_secret(bench: Bench, text: str) -> None:
    for secret in bench.network.secrets:
        assert secret not in text


async def test_no_secret_is_logged(bench: Bench, everything: pytest.LogCaptureFixture) -> None:
    async with bench.network.serve(bench.handler, bench.inbox):
        ada = await bench.greeted()
        await bench.network.send(bench.handler, item(ada.conversation))
        await bench.handler.typing(ada.conversation)
        diagnoses = await bench.handler.diagnose()
    assert all(diagnosis.ok for diagnosis in diagnoses), diagnoses
    assert_no_secret(bench, everything.text + repr(diagnoses) + repr(bench.handler))


async def test_cancelling_leaves_nothing_behind(name: str) -> None:
    async with NETWORKS[name].fake() as network:
        before = asyncio.all_tasks()
        bench = Bench(network, network.handler(SystemClock()), KeepingInbox(), Path())
        async with network.serve(bench.handler, bench.inbox):
            ada = await bench.greeted()
            await network.send(bench.handler, item(ada.conversation))
        await bench.handler.close()
        left = {task for task in asyncio.all_tasks() - before if "tests/fakes" not in repr(task)}
        assert not left
    gc.collect()  # an open socket would warn now, and warnings are errors


async def test_a_handler_can_run_again(bench: Bench) -> None:
    async with bench.network.serve(bench.handler, bench.inbox):
        await bench.greeted()
    async with bench.network.serve(bench.handler, bench.inbox):
        await bench.network.say("Encore")
        await bench.network.say("Et encore")
        texts = {(await bench.inbox.kept(2)).text, (await bench.inbox.kept(3)).text}
    assert "Encore" in texts

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
from dataclasses import dataclass
from datetime import UTC, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import pytest

import handlers
from bot.clock import SystemClock
from bot.contract import Handler, Recovery
from bot.errors import NotSent, SendError
from bot.models import Choice, Incoming, IncomingKind, OutboxItem, Reach, Reply
from bot.rendering import plain
from tests.fakes.inbox import KeepingInbox, StoreIsDown
from tests.fakes.network import Failure, FakeModule, FakeNetwork, Feature

NAMES = sorted(
    path.stem for path in Path(handlers.__path__[0]).glob("*.py") if path.stem != "__init__"
)


def network_of(name: str) -> FakeModule | None:
    """The fake network of a handler, if it has one."""
    if find_spec(f"tests.fakes.{name}") is None:
        return None
    return cast("FakeModule", importlib.import_module(f"tests.fakes.{name}"))


NETWORKS = {name: network for name in NAMES if (network := network_of(name))}
ROWS = [
    pytest.param(name, failure, id=f"{name}: {failure}")
    for name, network in NETWORKS.items()
    for failure in network.FAILURES
]
LONG = "\n\n".join(
    f"Paragraph {number} **bold** with `code` and 🎉. " + "Words that fill a line. " * 40
    for number in range(300)
)


@dataclass(slots=True)
class Bench:
    """A handler on its network, with an inbox before it."""

    network: FakeNetwork
    handler: Handler
    inbox: KeepingInbox

    async def greeted(self) -> Incoming:
        """The first message of "ada": only then can we write to her."""
        await self.network.say("Bonjour")
        return await self.inbox.kept(len(self.inbox.events) + 1)

    async def conversation(self) -> str:
        """The address of "ada", with nothing running."""
        async with self.network.serve(self.handler, self.inbox):
            return (await self.greeted()).conversation


def item(conversation: str, text: str = "Hello", choices: tuple[Choice, ...] = ()) -> OutboxItem:
    return OutboxItem(1, "answer:1:0", conversation, Reply(text, choices))


@pytest.fixture(params=NETWORKS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def benched(name: str) -> AsyncIterator[Bench]:
    async with NETWORKS[name].fake() as network:
        handler = network.handler(SystemClock())
        try:
            yield Bench(network, handler, KeepingInbox())
        finally:
            await handler.close()


@pytest.fixture
async def bench(name: str) -> AsyncIterator[Bench]:
    async with benched(name) as made:
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
async def test_a_failed_send_raises_what_it_means(failing: str, failure: Failure) -> None:
    async with benched(failing) as bench:
        conversation = await bench.conversation()
        arranged = failure.arrange(bench.network)
        if arranged is not None:
            await arranged
        choices = (Choice(failure.choice, "Oui"),) if failure.choice else ()
        with pytest.raises(SendError) as raised:
            await bench.network.send(bench.handler, item(conversation, failure.text, choices))
        assert type(raised.value) is failure.error
        assert str(raised.value)
        if isinstance(raised.value, NotSent):
            assert raised.value.retry_after == failure.retry_after
        assert len(bench.network.sent) == int(failure.arrives)
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
        bench = Bench(network, network.handler(SystemClock()), KeepingInbox())
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

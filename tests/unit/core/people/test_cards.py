"""The follower card: what managers know of a person, and promises that come back."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.people.cards import MOST_TAGS, People, Promises
from bot.errors import Conflict, NotFound, Unusable
from bot.escalation import EscalationKind, EscalationState, Reason
from bot.store import audit
from bot.store.audit import Deed, Surface
from bot.store.people import followers, merging
from bot.store.people.notes import NoteState
from tests.support.acting import by
from tests.support.clock import START
from tests.support.handler import ScriptedHandler
from tests.support.traces import traces
from tests.support.world import World, incoming, world

ANN, BOB = 1, 2
HOUR = timedelta(hours=1)


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, ScriptedHandler("net"), ScriptedHandler("web")) as one:
        await one.hear(incoming("!prix", key="a1", conversation="ann", name="Ann", language="fr"))
        await one.hear(incoming("!delai", key="b1", conversation="bob", name="Bob"), account="web")
        await one.turn()
        yield one


@pytest.fixture
def people(bot: World) -> People:
    return People(bot.store, bot.clock)


async def ask(bot: World, text: str, conversation: str = "ann", account: str = "") -> int:
    """A question that the bot does not understand; returns its item."""
    await bot.write(text, conversation=conversation, account=account)
    bot.clock.advance(10)
    await bot.turn()
    return (await bot.queue())[-1].id


# ── the card ─────────────────────────────────────────────────────────────────────────────────────


async def test_a_card_tells_who_they_are_and_what_was_answered(bot: World, people: People) -> None:
    item = await ask(bot, "Ma machine fuit")
    await bot.desk.reply(item, by("lea"), "Débranchez-la.", "1")
    await bot.desk.reply(item, by("lea"), "Et envoyez une photo.", "2")
    await bot.desk.resolve(item, by("lea"))
    bot.clock.advance(timedelta(days=15).total_seconds())  # else it would be the same request
    waits = await ask(bot, "Et maintenant ?")
    asker, card = await people.card_of(waits)

    assert (asker, card.person, card.name) == (ANN, ANN, "Ann")
    [account] = card.accounts
    assert (account.account, account.language, account.messages) == ("net", "fr", 3)
    assert card.first_contact == START
    assert card.last_contact == START + timedelta(days=15, seconds=10)
    told = [(one.question, one.answer, one.entry_id, one.manager, one.state) for one in card.past]
    both = "Débranchez-la.\n\nEt envoyez une photo."
    assert told == [
        ("Et maintenant ?", "", "", "", EscalationState.OPEN),
        ("Ma machine fuit", both, "", "lea", EscalationState.RESOLVED),
        ("!prix", card.past[2].answer, "prix", "", None),
    ]
    assert card.past[2].answer.endswith("fr: prix")


async def test_a_pressed_choice_is_told_by_its_words(bot: World, people: People) -> None:
    await bot.talk("?delai,prix", conversation="ann")
    await bot.press("delai ?", "ann")
    await bot.turn()
    [chosen, *_] = (await people.card(ANN)).past
    assert (chosen.question, chosen.entry_id) == ("delai ?", "delai")


async def test_in_a_room_everybody_has_their_own_past(bot: World, people: People) -> None:
    for number, who in enumerate(("f-ann", "zoe")):
        event = incoming(
            "!retour", key=f"r{number}", conversation="room", follower=who, public=True
        )
        await bot.hear(event)
        await bot.turn()
    assert [one.entry_id for one in (await people.card(ANN)).past] == ["retour", "prix"]


async def test_nobody_has_no_card(people: People) -> None:
    for wanted in (people.card(99), people.card_of(99), people.note(99, by("lea"), "?")):
        with pytest.raises(NotFound):
            await wanted


# ── notes and tags ───────────────────────────────────────────────────────────────────────────────


async def test_notes_and_tags_are_kept(bot: World, people: People) -> None:
    await people.note(ANN, by("lea"), "  Préfère le décaféiné. ")
    bot.clock.advance(5)
    await people.note(ANN, by("max"), "A une machine Bialetti.")
    for tag in ("#Fidèle", "pro", " fidèle "):
        card = await people.tag(ANN, by("lea"), tag)

    assert [(one.author, one.text) for one in card.notes] == [
        ("max", "A une machine Bialetti."),
        ("lea", "Préfère le décaféiné."),
    ]
    assert [one.tag for one in card.tags] == ["fidèle", "pro"]
    await people.untag(ANN, by("lea"), "PRO")
    card = await people.drop(card.notes[0].id, by("lea"))
    assert [one.tag for one in card.tags] == ["fidèle"]
    assert [one.author for one in card.notes] == ["lea"]
    assert (await people.card(BOB)).notes == ()


async def test_what_cannot_be_kept_says_why(bot: World, people: People) -> None:
    refused = [
        ("note_empty", people.note(ANN, by("lea"), " \n")),
        ("note_long", people.note(ANN, by("lea"), "x" * 2001)),
        ("promise_past", people.note(ANN, by("lea"), "?", bot.clock.now())),
        ("tag_empty", people.tag(ANN, by("lea"), "# ")),
        ("tag_long", people.tag(ANN, by("lea"), "x" * 41)),
    ]
    for reason, act in refused:
        with pytest.raises(Unusable) as caught:
            await act
        assert caught.value.reason == reason
    for number in range(MOST_TAGS):
        await people.tag(ANN, by("lea"), f"t{number}")
    await people.tag(ANN, by("lea"), "t0")
    with pytest.raises(Unusable, match="30 tags"):
        await people.tag(ANN, by("lea"), "one more")


async def test_what_is_done_is_in_the_audit_log_without_its_words(
    bot: World, people: People
) -> None:
    lea = by("lea", Surface.COMMAND)
    note = (await people.note(ANN, lea, "SECRET", bot.clock.now() + HOUR)).notes[0]
    await people.keep(note.id, by("max"))
    await people.drop(note.id, by("lea"))
    await people.tag(ANN, by("lea"), "pro")
    await people.untag(ANN, by("lea"), "pro")
    merged = await people.merge(ANN, BOB, by("lea"))
    await people.unmerge(ANN, merged.merges[0].id, by("lea"))
    log = list(reversed(await bot.store.run(audit.entries)))
    assert [one.deed for one in log] == [
        *(Deed.NOTE, Deed.KEEP_PROMISE, Deed.DROP_NOTE, Deed.TAG, Deed.UNTAG, Deed.MERGE),
        *(Deed.UNMERGE, Deed.UNMERGE),
    ]
    assert [one.surface for one in log][:2] == [Surface.COMMAND, Surface.PAGE]
    assert [one.actor for one in log][:3] == ["lea", "max", "lea"]
    assert [one.follower_id for one in log] == [*[ANN] * 6, ANN, BOB]
    assert [one.detail for one in log] == [*[""] * 5, "2", "", ""]


async def test_pages_of_their_conversations_are_told(bot: World, people: People) -> None:
    await people.note(ANN, by("lea"), "fidèle")
    rows = await bot.rows("SELECT conversation_id, actor FROM journal WHERE kind = 'noted'")
    assert rows == [{"conversation_id": 1, "actor": "lea"}]


# ── who is who ───────────────────────────────────────────────────────────────────────────────────


async def test_a_merged_person_is_one_and_is_two_again_exactly(people: People) -> None:
    await people.note(ANN, by("lea"), "note d'Ann")
    await people.note(BOB, by("lea"), "note de Bob")
    await people.tag(BOB, by("lea"), "pro")
    before = [await people.card(one) for one in (ANN, BOB)]

    one = await people.merge(ANN, BOB, by("lea"))
    assert one == await people.card(BOB)
    assert [account.account for account in one.accounts] == ["net", "web"]
    assert {note.text for note in one.notes} == {"note d'Ann", "note de Bob"}
    assert [past.entry_id for past in one.past] == ["delai", "prix"]
    assert [tag.tag for tag in one.tags] == ["pro"]

    await people.unmerge(ANN, one.merges[0].id, by("max"))
    assert [await people.card(one) for one in (ANN, BOB)] == before


async def test_what_came_while_merged_goes_where_it_belongs(bot: World, people: People) -> None:
    merged = await people.merge(ANN, BOB, by("lea"))
    await people.note(BOB, by("lea"), "écrit chez Bob")
    await people.tag(ANN, by("lea"), "chez ann")
    await bot.write("!retour", conversation="bob", account="web")
    await bot.turn()
    await bot.hear(incoming("!prix", key="n1", conversation="new", name="Bob 2"))
    await bot.turn()
    await bot.store.run(merging.tie, BOB, 3, bot.clock.now())  # by a code
    assert len((await people.card(3)).accounts) == 3
    card = await people.unmerge(ANN, merged.merges[0].id, by("lea"))

    assert [one.tag for one in card.tags] == ["chez ann"]
    assert card.notes == ()
    bob = await people.card(BOB)
    assert [one.text for one in bob.notes] == ["écrit chez Bob"]
    assert [one.id for one in bob.accounts] == [2, 3]
    assert "retour" in [one.entry_id for one in bob.past]


async def test_a_merge_of_others_is_not_taken_back_from_here(bot: World, people: People) -> None:
    await bot.hear(incoming("!prix", key="n1", conversation="new"))
    merged = await people.merge(ANN, BOB, by("lea"))
    with pytest.raises(Conflict, match="not about follower 3"):
        await people.unmerge(3, merged.merges[0].id, by("lea"))
    assert len((await people.card(ANN)).accounts) == 2


# ── promises ─────────────────────────────────────────────────────────────────────────────────────


async def test_a_promise_comes_back_to_the_queue_once(bot: World, people: People) -> None:
    promises = Promises(bot.store, bot.clock)
    due = bot.clock.now() + HOUR
    await people.note(ANN, by("lea"), "Rappeler pour la machine", due)
    assert await promises.step() == due
    assert await bot.queue() == ()

    bot.clock.advance(3600)
    assert await promises.step() is None
    assert await promises.step() is None
    [item] = await bot.queue()
    assert (item.kind, item.reason, item.name) == (EscalationKind.PROMISE, Reason.PROMISED, "Ann")
    assert item.question == "Rappeler pour la machine"
    assert (await people.card(ANN)).notes[0].state is NoteState.DUE

    await bot.desk.reply(item.id, by("lea"), "Comme promis.", "1")
    await bot.turn()
    assert bot.handler.texts_to("ann")[-1] == "Comme promis."
    await bot.desk.resolve(item.id, by("lea"))
    [note] = (await people.card(ANN)).notes
    assert note.state is NoteState.DONE


async def test_a_claimed_promise_gives_a_person_the_floor(bot: World, people: People) -> None:
    await people.note(ANN, by("lea"), "Rappeler", bot.clock.now() + HOUR)
    bot.clock.advance(3600)
    await Promises(bot.store, bot.clock).step()
    [item] = await bot.queue()
    assert await bot.talk("!prix", conversation="ann") == ["fr: prix"]
    await bot.desk.claim(item.id, by("lea"))
    assert await bot.talk("!delai", conversation="ann") == []
    await bot.desk.resolve(item.id, by("lea"))
    assert await bot.talk("!delai", conversation="ann") == ["fr: delai"]


async def test_a_kept_or_forgotten_promise_does_not_come_back(bot: World, people: People) -> None:
    due = bot.clock.now() + HOUR
    for text in ("un", "deux", "trois"):
        await people.note(ANN, by("lea"), text, due)
    await people.note(ANN, by("lea"), "simple")
    ids = {one.text: one.id for one in (await people.card(ANN)).notes}
    first, second, third = ids["un"], ids["deux"], ids["trois"]
    await people.keep(first, by("lea"))
    await people.drop(second, by("lea"))
    bot.clock.advance(3600)
    await Promises(bot.store, bot.clock).step()
    [item] = await bot.queue()
    assert item.question == "trois"

    with pytest.raises(Conflict, match="in the queue"):
        await people.drop(third, by("lea"))
    await bot.desk.claim(item.id, by("max"))
    with pytest.raises(Conflict, match="max"):
        await people.keep(third, by("lea"))
    await people.keep(third, by("max"))
    assert await bot.queue() == ()
    with pytest.raises(Conflict, match="no promise"):
        await people.keep(ids["simple"], by("lea"))


async def test_a_promise_comes_back_where_the_person_is_now(bot: World, people: People) -> None:
    await people.note(ANN, by("lea"), "Rappeler", bot.clock.now() + HOUR)
    await people.merge(ANN, BOB, by("lea"))
    room = incoming("!delai", key="r1", conversation="room", follower="f-ann", public=True)
    await bot.hear(room)
    await bot.turn()
    bot.clock.advance(3600)
    await Promises(bot.store, bot.clock).step()
    [item] = await bot.queue()
    assert item.account == "web"  # Bob's account wrote later in private than Ann's


async def test_notes_promises_and_tags_go_with_their_person(
    bot: World, people: People, tmp_path: Path
) -> None:
    await people.note(ANN, by("lea"), "SECRET note")
    await people.note(ANN, by("lea"), "SECRET promise", bot.clock.now() + HOUR)
    await people.tag(ANN, by("lea"), "secret tag")
    await people.merge(ANN, BOB, by("lea"))
    bot.clock.advance(3600)
    await Promises(bot.store, bot.clock).step()
    data = await bot.store.run(followers.export, BOB)
    assert [row["text"] for row in data["notes"]] == ["SECRET note", "SECRET promise"]
    assert [row["tag"] for row in data["tags"]] == ["secret tag"]

    await bot.store.run(followers.erase, ANN, bot.clock.now())
    assert await bot.store.scrub()
    assert traces(tmp_path, "SECRET") == []
    assert await bot.queue() == ()

"""The team works in a staff room on a network, over the whole bot."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.store import accounts
from bot.store.staff_room import staff
from tests.fakes import discord, telegram
from tests.fakes.network import File
from tests.fakes.server import Drop
from tests.fakes.telegram import FakeTelegram
from tests.support.whole import CALLED, CALLS, WholeBot, told, whole_bot


@pytest.fixture
async def network() -> AsyncIterator[FakeTelegram]:
    async with telegram.fake() as fake:
        fake.has_room = True
        yield fake


@pytest.fixture
async def bot(tmp_path: Path, network: FakeTelegram) -> AsyncIterator[WholeBot]:
    async with whole_bot(tmp_path, network) as one:
        for name in ("lea", "paul"):
            await one.store.run(accounts.add, name, "hash", "manager", one.now())
        yield one


async def join(bot: WholeBot, network: FakeTelegram, who: str = "lea") -> None:
    """One of the team makes themselves known."""
    await bot.store.run(staff.add_code, who, f"CODE-{who}", bot.now() + timedelta(hours=1))
    await network.team_says(f"/link CODE-{who}", thread=0, who=who)
    await bot.store.until(
        "SELECT 1 AS one FROM staff_members JOIN users ON users.id = user_id WHERE name = :who",
        who=who,
    )


async def asked(network: FakeTelegram, follower: str = "ada", words: str = CALLS) -> int:
    """A follower asks for a person; the topic that is opened."""
    await network.say(words, follower=follower)
    return await network.topic_of(follower.title())


async def test_a_line_in_the_topic_is_the_reply_and_is_marked_once_it_arrived(
    bot: WholeBot, network: FakeTelegram
) -> None:
    await join(bot, network)
    thread = await asked(network)
    header = await network.told_in(thread, CALLS)
    assert "telegram" in header

    said = await network.team_says("Bonjour Ada, je regarde.", thread=thread)
    await told(network, "Bonjour Ada, je regarde.")
    await network.marked(said)
    await network.told_in(thread, "lea s'en occupe")
    [item] = await bot.queue()
    assert (item["state"], item["holder"]) == ("claimed", "lea")
    assert not [text for text in network.shown(thread)[1:] if "je regarde" in text]


async def test_what_is_meant_for_the_team_never_reaches_the_follower(
    bot: WholeBot, network: FakeTelegram
) -> None:
    await join(bot, network)
    thread = await asked(network)
    before = len(network.called("sendMessage"))
    await network.team_says("// elle est fidèle", thread=thread)
    await network.team_says("/frobnicate", thread=thread)
    await network.team_says(f"/resend {'9' * 30}", thread=thread)
    await network.team_says("je ne suis personne", thread=thread, who="stranger")
    await network.team_says("on mange où ?", thread=0)
    await network.told_in(thread, "/link CODE")
    await network.told_in(thread, "/frobnicate n'est pas une commande")
    await bot.store.until(
        "SELECT 1 AS one WHERE NOT EXISTS (SELECT 1 FROM staff_lines WHERE handled_at IS NULL)"
    )
    await bot.store.until("SELECT 1 AS one FROM notes WHERE text = 'elle est fidèle'")
    await network.told_in(thread, "📝 lea : elle est fidèle")

    said = await network.team_says("Bonjour", thread=thread)
    await network.marked(said)
    to_ada = [one.text for one in network.sent[-20:] if one.follower == "ada"]
    assert to_ada[-1] == "Bonjour"
    assert not [one for one in to_ada if "fid" in one or "ne suis" in one or "mange" in one]
    assert len(network.called("sendMessage")) > before


async def test_all_surfaces_show_one_truth(bot: WholeBot, network: FakeTelegram) -> None:
    await join(bot, network)
    thread = await asked(network)

    await network.team_presses("Je m'en occupe", thread=thread)
    await bot.store.until("SELECT 1 AS one FROM escalations WHERE holder = 'lea'")
    [item] = await bot.queue()
    assert item["holder"] == "lea"
    await network.told_in(thread, "— lea s'en occupe.")
    await header_says(network, thread, "🔵 lea s'en occupe")

    await network.team_presses("Rendre", thread=thread)
    await network.told_in(thread, "— lea l'a rendue")
    answer = await bot.api.post(f"/desk/escalations/{item['id']}/claim")
    assert answer.status_code == 200
    holder = answer.json()["holder"]
    await network.told_in(thread, f"— {holder} s'en occupe.")
    await bot.reply(item["id"], "Bonjour du bureau")
    await network.told_in(thread, f"{holder} (équipe) : Bonjour du bureau")
    await network.say("merci, et encore ?")
    await network.told_in(thread, "Ada Lovelace : merci, et encore ?")

    # Somebody else has it: what is written in the topic is not sent, and says so.
    await network.team_says("Moi aussi", thread=thread)
    await network.told_in(thread, f"🚫 Pas envoyé : {holder} s'occupe de cette demande.")
    assert (await bot.api.post(f"/desk/escalations/{item['id']}/resolve")).status_code == 200
    await header_says(network, thread, "🟢 Résolue")
    await network.changes.until(lambda: not network.topics[network.team["id"], thread])

    await network.say("et encore une question sans queue ni tête ?")
    await network.changes.until(lambda: network.topics[network.team["id"], thread])
    await network.told_in(thread, "attend de nouveau l'équipe")


async def header_says(network: FakeTelegram, thread: int, words: str) -> None:
    await network.changes.until(lambda: words in network.shown(thread)[0])


async def test_a_deleted_topic_is_made_again(bot: WholeBot, network: FakeTelegram) -> None:
    await join(bot, network)
    thread = await asked(network)
    network.delete_topic(thread)
    await network.say("je suis encore là")
    again = await network.topic_of("Ada")
    assert again != thread
    await network.told_in(again, "je suis encore là")

    said = await network.team_says("Me voici", thread=again)
    await told(network, "Me voici")
    await network.marked(said)


async def test_what_the_charter_speaks_against_is_sent_only_anyway(
    bot: WholeBot, network: FakeTelegram
) -> None:
    await join(bot, network)
    thread = await asked(network)
    said = await network.team_says("Bonjour {first_name}", thread=thread)
    await network.told_in(thread, "{first_name} n'est pas rempli")
    await network.team_presses("Envoyer quand même", thread=thread)
    await told(network, "Bonjour {first_name}")
    await network.marked(said)
    row = await bot.store.until("SELECT actor, surface FROM audit WHERE deed = 'send_anyway'")
    assert (row["actor"], row["surface"]) == ("lea", "room")


async def test_an_edit_changes_what_was_sent(bot: WholeBot, network: FakeTelegram) -> None:
    await join(bot, network)
    thread = await asked(network)
    said = await network.team_says("Bonjuor", thread=thread)
    await network.marked(said)
    await network.team_edits(said, "Bonjour")
    await told(network, "Bonjour")
    await network.told_in(thread, "✏️ lea a changé une réponse, qui dit maintenant : Bonjour")
    assert "Bonjuor" not in [one.text for one in network.sent]

    # What becomes a note of the team's by an edit does not go where the reply went.
    await network.team_edits(said, "// à voir avec Paul")
    await network.told_in(thread, "ce qui commence par / reste à l'équipe")
    note = await network.team_says("// interne", thread=thread)
    await network.team_edits(note, "plus interne")
    await network.team_says("Fin", thread=thread)
    await told(network, "Fin")
    assert not [one for one in network.sent if one.follower == "ada" and "intern" in one.text]
    assert (await told(network, "Bonjour")).text == "Bonjour"


async def test_what_may_not_have_arrived_is_said_and_decided_in_the_topic(
    bot: WholeBot, network: FakeTelegram
) -> None:
    await join(bot, network)
    thread = await asked(network)
    chat = next(one["chat_id"] for one in network.called("sendMessage") if CALLED in one["text"])

    def drop(method: str, parameters: Mapping[str, Any]) -> None:
        if method == "sendMessage" and parameters["chat_id"] == chat:
            network.after = None
            raise Drop

    network.after = drop
    said = await network.team_says("Bonjour", thread=thread)
    await network.told_in(thread, "Peut-être pas arrivé")
    await network.told_in(thread, "Renvoyer")
    assert said.payload["message_id"] not in network.forum.reactions
    await network.team_presses("C'est arrivé", thread=thread)
    await network.marked(said)


@pytest.mark.usefixtures("bot")
async def test_followers_words_are_shown_as_words(network: FakeTelegram) -> None:
    words = "un humain svp @lea_cm <b>gras</b> *x* /resolve #tag https://x.example/a?b=@c"
    await network.say(words)
    thread = await network.topic_of("Ada")
    await network.told_in(thread, words)
    sent = [one for one in network.called("sendMessage") if "message_thread_id" in one]
    assert not [one for one in sent if one.get("parse_mode")]
    assert "@\u2060lea_cm" in sent[0]["text"]
    assert "/\u2060resolve" in sent[0]["text"]
    assert "https://x.example/a?b=" in sent[0]["text"]


async def test_who_nobody_has_looked_at_is_told_of_in_the_lobby_together(
    tmp_path: Path, network: FakeTelegram
) -> None:
    more = '[desk]\nhours = "24/7"\n[desk.times]\nalert_minutes = 10'
    async with whole_bot(tmp_path, network, more=more) as bot:
        for who in ("ada", "bob"):
            await asked(network, who)
        bot.pass_time(660)
        notice = await network.told_in(0, "Personne n'a encore regardé")
        assert "n° 1" in notice
        await network.told_in(await network.topic_of("Ada"), "Personne ne l'a encore regardée")


async def test_who_is_erased_has_no_topic_any_more(bot: WholeBot, network: FakeTelegram) -> None:
    await join(bot, network)
    thread = await asked(network)
    await network.team_says("// secret", thread=thread)
    await network.told_in(thread, "📝 lea")
    await network.say("/forget oui")
    await bot.store.until(
        "SELECT 1 AS one FROM followers WHERE forget_at IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM outbox WHERE state IN ('pending', 'sending'))"
    )
    bot.pass_time(120)
    await network.changes.until(lambda: thread not in network.forum.titles)
    rows = await bot.store.rows("SELECT text, header FROM staff_lines, staff_topics")
    assert not [row for row in rows if row["text"] or "secret" in row["header"]]


# ── files, colleagues, the FAQ ───────────────────────────────────────────────────────────────────


async def test_a_file_goes_along_and_one_too_large_is_said_before_anything_is_sent(
    bot: WholeBot, network: FakeTelegram
) -> None:
    await join(bot, network)
    thread = await asked(network)
    bill = File("facture.pdf", "application/pdf", b"%PDF-1.4")
    said = await network.team_sends(bill, thread=thread, caption="Voici la facture")
    await network.marked(said)
    received = await told(network, "Voici la facture")
    assert [(one.name, one.content) for one in received.files] == [("facture.pdf", bill.content)]

    before = len(network.sent)
    await network.team_sends(bill, thread=thread, size=60_000_000, caption="Et le film")
    await network.told_in(thread, "le fichier facture.pdf dépasse 50 Mo")
    await network.team_sends(bill, thread=thread, size=30_000_000, caption="Et le film")
    await network.told_in(thread, "ne peut pas être repris d'ici")
    assert not [one for one in network.sent[before:] if one.follower == "ada"]


async def test_a_colleagues_answer_is_read_before_ones_own_leaves(
    bot: WholeBot, network: FakeTelegram
) -> None:
    await join(bot, network)
    thread = await asked(network)
    [item] = await bot.queue()
    # Léa writes while a colleague's answer has not been told here.
    network.busy[network.team["id"]] = 600
    await bot.reply(item["id"], "Réponse du bureau")
    await bot.api.post(f"/desk/escalations/{item['id']}/release")
    await told(network, "Réponse du bureau")
    await network.team_says("Réponse de Léa", thread=thread)
    await bot.store.until(
        "SELECT 1 AS one FROM staff_lines WHERE text = 'Réponse de Léa' AND handled_at IS NOT NULL"
    )
    network.busy.clear()
    bot.pass_time(700)
    await network.told_in(thread, "a répondu entre-temps")
    assert not [one for one in network.sent if one.text == "Réponse de Léa"]
    await network.team_presses("L'envoyer tout de même", thread=thread)
    await told(network, "Réponse de Léa")


async def test_an_answer_becomes_part_of_the_faq(
    bot: WholeBot, network: FakeTelegram, tmp_path: Path
) -> None:
    await join(bot, network)
    await network.command("human", "faites-vous des ateliers de dégustation pour chiens ?")
    thread = await network.topic_of("Ada")
    said = await network.team_says("Oui, le premier samedi du mois.", thread=thread)
    await network.marked(said)
    await network.team_presses("Résoudre", thread=thread)
    await header_says(network, thread, "🟢 Résolue")
    await network.team_presses("Ajouter à la FAQ…", thread=thread)
    diff = await network.told_in(thread, "Voici ce qui sera écrit")
    assert "+" in diff
    await network.team_presses("L'écrire dans la FAQ", thread=thread)
    await network.told_in(thread, "C'est dans la FAQ")
    files = [path.read_text(encoding="utf-8") for path in (tmp_path / "faq").rglob("*.md")]
    assert any("dégustation pour chiens" in text for text in files)
    row = await bot.store.until("SELECT actor, surface FROM audit WHERE deed = 'promote'")
    assert (row["actor"], row["surface"]) == ("lea", "room")


async def test_rooms_on_two_networks_and_the_desk_are_one(
    tmp_path: Path, network: FakeTelegram
) -> None:
    async with discord.fake() as other:
        other.has_room = True
        async with whole_bot(tmp_path, other, network) as bot:
            await bot.store.run(accounts.add, "lea", "hash", "manager", bot.now())
            await join(bot, network)
            thread = await asked(network)
            twin = await other.topic_of("Ada")
            await network.team_presses("Je m'en occupe", thread=thread)
            await other.told_in(twin, "— lea s'en occupe.")
            said = await network.team_says("Bonjour Ada", thread=thread)
            await network.marked(said)
            await other.told_in(twin, "lea (équipe) : Bonjour Ada")
            assert not [one for one in network.shown(thread)[1:] if "Bonjour Ada" in one]
            [item] = await bot.queue()
            assert item["holder"] == "lea"

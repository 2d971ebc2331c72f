"""From an answered question to the FAQ."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from bot.core.charter.vetting import Vetting
from bot.core.faq.keeping import Keeper
from bot.core.faq.promoting import Promoting, Wish
from bot.errors import Conflict, LibraryError, NotFound, Unusable
from bot.library.reading import read_library
from bot.library.rules.charter import read_charter
from bot.matching.matcher import Matcher
from bot.models import Library
from bot.store import audit
from bot.store.audit import Deed, Surface
from tests.support.acting import by
from tests.support.world import World, incoming, world

LANGUAGES = ("fr", "en")
FAQ = """# Livraison

## Quels sont les délais de livraison ? {#delai}

> quand arrive ma commande

Nous livrons en **3 à 5 jours**.

<!-- à revoir en mars -->

# Boutiques

## Où sont vos boutiques ? {#boutiques}

À Lyon et à Paris.
"""
QUESTION = "Bonjour, ma cafetière fuit par le bas, que faire ? ann@mail.org"


def foresee(library: Library) -> Matcher:
    return Matcher.build(library, 0.9, LANGUAGES)


@dataclass
class Desk:
    """A world whose bot knows the FAQ in a folder."""

    bot: World
    faq: Path
    reloads: list[str] = field(default_factory=list)

    @property
    def file(self) -> Path:
        return self.faq / "fr" / "faq.md"

    async def reload(self) -> None:
        self.reloads.append(self.file.read_text(encoding="utf-8"))
        self.learn()

    def learn(self) -> None:
        library = read_library(self.faq, LANGUAGES)
        matcher = foresee(library)
        charter = Vetting(read_charter(self.faq, LANGUAGES))
        self.bot.mind = replace(self.bot.mind, library=library, matcher=matcher, vetting=charter)

    @property
    def promoting(self) -> Promoting:
        keeper = Keeper(self.faq, LANGUAGES, self.reload, foresee)
        return Promoting(self.bot.store, self.bot.clock, lambda: self.bot.mind, keeper)

    async def answered(self, question: str = QUESTION, answer: str = "Serrez le joint.") -> int:
        event = incoming(question, name="Ann Lee", language="fr")
        await self.bot.hear(event)
        self.bot.clock.advance(10)
        await self.bot.turn()
        [item] = await self.bot.queue()
        await self.bot.desk.reply(item.id, by("lea"), answer, "1")
        await self.bot.desk.resolve(item.id, by("lea"))
        return item.id


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with world(tmp_path) as bot:
        desk = Desk(bot, tmp_path / "faq")
        desk.file.parent.mkdir(parents=True)
        desk.file.write_text(FAQ, encoding="utf-8")
        desk.learn()
        yield desk


def entry(
    question: str = "Ma cafetière fuit, que faire ?",
    answer: str = "Serrez le joint.",
    file: str = "fr/faq.md",
) -> Wish:
    return Wish("fr", question, "", answer, file, "Boutiques")


async def test_the_file_where_its_subject_stands_comes_first(desk: Desk) -> None:
    other = "---\nlanguage: fr\n---\n## Zut ? {#zut}\n\nRien.\n"
    (desk.file.parent / "abo.md").write_text(other, encoding="utf-8")
    desk.learn()
    item = await desk.answered("qsdf wxcv")
    assert (await desk.promoting.draft(item)).files[0] == "fr/abo.md"
    known = next(one.id for one in desk.bot.mind.library.entries if one.id != "zut")
    await desk.bot.desk.judge(item, by("lea"), desk.bot.mind.library.find(known, "fr"))
    assert (await desk.promoting.draft(item)).files == ("fr/faq.md", "fr/abo.md")


async def test_a_draft_has_nothing_personal(desk: Desk) -> None:
    reply = "Bonjour Ann, écrivez à ann@mail.org.\n\nMerci ann lee !"
    item = await desk.answered(answer=reply)
    draft = await desk.promoting.draft(item)
    assert draft.question == "Bonjour, ma cafetière fuit par le bas, que faire ?"
    assert draft.answer == "Écrivez à [e-mail].\n\nMerci [name] [name] !"
    assert (draft.language, draft.files) == ("fr", ("fr/faq.md",))
    assert draft.categories == ("Livraison", "Boutiques")
    assert draft.id == "bonjour-ma-cafetiere-fuit-par-le-bas-que"
    with pytest.raises(Unusable, match=r"\[e-mail\] stands"):
        await desk.promoting.propose(item, entry(answer=draft.answer))


async def test_a_new_entry_is_shown_written_and_answers(desk: Desk) -> None:
    item = await desk.answered()
    promoting = desk.promoting
    proposal = await promoting.propose(item, entry())
    assert desk.file.read_text(encoding="utf-8") == FAQ
    added = [line for line in proposal.edit.diff.splitlines() if line.startswith("+")]
    assert added == [
        "+++ b/fr/faq.md",
        "+",
        "+## Ma cafetière fuit, que faire ? {#ma-cafetiere-fuit-que-faire}",
        "+",
        "+Serrez le joint.",
    ]
    assert proposal.details == ()
    assert proposal.kept is None
    await promoting.accept(item, entry(), proposal.digest, by("lea", Surface.API))

    after = desk.file.read_text(encoding="utf-8")
    assert after.startswith(FAQ)
    assert desk.reloads == [after]
    [log, *_] = await desk.bot.store.run(audit.entries)
    assert (log.deed, log.actor, log.surface, log.escalation_id, log.detail) == (
        *(Deed.PROMOTE, "lea", Surface.API, item),
        "ma-cafetiere-fuit-que-faire in fr/faq.md",
    )
    [told] = await desk.bot.rows("SELECT actor FROM journal WHERE kind = 'promoted'")
    assert told == {"actor": "lea"}


async def test_a_phrasing_makes_the_same_question_answered(desk: Desk) -> None:
    item = await desk.answered("/human C koi le temps pour avoir mes grains ?", "3 à 5 jours.")
    draft = await desk.promoting.draft(item)
    wish = Wish("fr", draft.question, "delai")
    proposal = await desk.promoting.propose(item, wish)
    assert "+> C koi le temps pour avoir mes grains ?" in proposal.edit.diff.splitlines()
    assert proposal.answers
    await desk.promoting.accept(item, wish, proposal.digest, by("lea"))
    assert "<!-- à revoir en mars -->" in desk.file.read_text(encoding="utf-8")

    said = await desk.bot.talk("C koi le temps pour avoir mes grains ?", conversation="other")
    assert said[0].endswith("Nous livrons en **3 à 5 jours**.")
    again = desk.promoting.propose(item, wish)
    with pytest.raises(LibraryError, match="has this phrasing already"):
        await again


async def test_what_is_asked_already_is_pointed_out_first(desk: Desk) -> None:
    item = await desk.answered("/human quand arrive ma commande ?", "Demain.")
    draft = await desk.promoting.draft(item)
    assert draft.near[0].match.entry.id == "delai"
    twin = entry("Quand arrive ma commande ?")
    assert (await desk.promoting.propose(item, twin)).near[0].match.entry.id == "delai"
    own = Wish("fr", "ma commande arrive quand", "delai")
    assert (await desk.promoting.propose(item, own)).near == ()


async def test_a_file_that_changed_is_told_and_not_overwritten(desk: Desk) -> None:
    item = await desk.answered()
    proposal = await desk.promoting.propose(item, entry())
    changed = FAQ.replace("et à Paris", "et à Nice")
    desk.file.write_text(changed, encoding="utf-8")
    with pytest.raises(Conflict, match="changed meanwhile"):
        await desk.promoting.accept(item, entry(), proposal.digest, by("lea"))
    assert desk.file.read_text(encoding="utf-8") == changed
    again = await desk.promoting.propose(item, entry())
    await desk.promoting.accept(item, entry(), again.digest, by("lea"))
    assert desk.file.read_text(encoding="utf-8").startswith(changed)


async def test_the_companys_own_details_are_shown_and_may_stay(desk: Desk) -> None:
    item = await desk.answered()
    wish = entry(answer="Écrivez à sav@marque.fr.")
    proposal = await desk.promoting.propose(item, wish)
    assert [one.mark for one in proposal.details] == ["[e-mail]"]


async def test_what_the_charter_keeps_for_people_is_not_promised(desk: Desk) -> None:
    charter = "## Fuites {#fuite .human}\n\n> fuit\n\nC'est le SAV qui répond.\n"
    (desk.faq / "charter.md").write_text(charter, encoding="utf-8")
    desk.learn()
    item = await desk.answered()
    proposal = await desk.promoting.propose(item, entry())
    assert proposal.kept is not None
    assert not proposal.answers


async def test_what_cannot_be_promoted_says_why(desk: Desk) -> None:
    with pytest.raises(NotFound):
        await desk.promoting.draft(9)
    await desk.bot.write("/human une question étrange et neuve")
    desk.bot.clock.advance(10)
    await desk.bot.turn()
    with pytest.raises(Conflict, match="resolve it first"):
        await desk.promoting.draft(1)
    await desk.bot.desk.resolve(1, by("lea"))
    refused = [
        (Wish("fr", "?!", "delai"), "no words"),
        (Wish("en", "when", "delai"), "no entry"),
        (entry(answer=" "), "no answer"),
        (entry(file="../outside.md"), "entries stand in files"),
        (entry(file="fr/faq.txt"), "entries stand in files"),
        (replace(entry(), id="delai"), "already that of"),
        (entry(answer="# Autre"), "heading"),
    ]
    for wish, why in refused:
        with pytest.raises((Unusable, LibraryError), match=why):
            await desk.promoting.propose(1, wish)
    assert desk.file.read_text(encoding="utf-8") == FAQ
    await desk.bot.store.run(lambda tx: tx.update("escalations", {"kind": "promise"}, "id = 1"))
    with pytest.raises(Conflict, match="no question"):
        await desk.promoting.draft(1)

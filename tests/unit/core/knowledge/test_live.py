"""Files that are saved become what the bot knows; faulty ones leave the last good state."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.clock import SystemClock
from bot.config import Brand, DeskOptions, Faq, Matching, Settings
from bot.core.conversation.decisions import Mind
from bot.core.knowledge import live as knowing
from bot.core.knowledge.live import Knowledge, recall, understand
from bot.encoders.remembering import Remembering
from bot.errors import ConfigError, LibraryError
from bot.matching.indexing.tfidf import Floats
from bot.matching.meaning.encoding import Encoding
from tests.support import encoders
from tests.support.encoders import Toy

GOOD = "## Vos prix ?\n\n> c combien\n\nDouze euros.\n"
BROKEN = "## Vos prix ?\n"


def settings(folder: Path) -> Settings:
    (folder / "faq" / "fr").mkdir(parents=True, exist_ok=True)
    (folder / "faq" / "texts").mkdir(exist_ok=True)
    return Settings(folder, brand=Brand("La Marque"))


def save(folder: Path, content: str) -> None:
    (folder / "faq" / "fr" / "a.md").write_text(content, encoding="utf-8")


def save_texts(folder: Path, content: str) -> None:
    (folder / "faq" / "texts" / "fr.toml").write_text(content, encoding="utf-8")


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[Knowledge]:
    """What is known of the files in `tmp_path`, followed."""
    given = settings(tmp_path)
    save(tmp_path, GOOD)
    knowledge = Knowledge(given, SystemClock())
    running = asyncio.create_task(knowledge.run())
    yield knowledge
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def until(condition: Callable[[], object]) -> None:
    """Wait for files to be read: they are watched by the system, so only it knows when."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  # nothing tells that a thread has finished
            await asyncio.sleep(0.01)


def answers(mind: Mind) -> list[str]:
    return [entry.answer for entry in mind.library.entries]


async def test_a_saved_entry_is_live(live: Knowledge, tmp_path: Path) -> None:
    assert answers(live.mind) == ["Douze euros."]
    before = live.mind
    save(tmp_path, GOOD.replace("Douze", "Treize"))
    await until(lambda: live.mind is not before)

    assert answers(live.mind) == ["Treize euros."]
    best = live.mind.matcher.match("c combien").best
    assert best is not None
    assert best.entry.answer == "Treize euros."
    assert live.faults == ()


def test_an_answer_is_live_before_the_wordings_are_indexed(tmp_path: Path) -> None:
    given = settings(tmp_path)
    english = tmp_path / "faq" / "en"
    english.mkdir()
    (english / "a.md").write_text("## Your prices? {#vos-prix}\n\nTwelve euros.\n")
    save(tmp_path, GOOD)
    given = replace(given, brand=Brand("La Marque", ("fr", "en")))
    mind = understand(given, knowing.read(given))
    save(tmp_path, GOOD.replace("Douze", "Treize").replace("c combien", "quels tarifs"))
    changed = knowing.retold(mind, knowing.read(given).library)
    assert answers(changed) == ["Twelve euros.", "Treize euros."]
    told = {}
    for text in ("c combien", "your prices?"):
        best = changed.matcher.match(text).best
        assert best is not None
        told[text] = best.entry.answer
    assert told == {"c combien": "Treize euros.", "your prices?": "Twelve euros."}

    save(tmp_path, GOOD + "\n## Vos horaires ?\n\nDe 9 h à 18 h.\n")
    assert knowing.retold(mind, knowing.read(given).library) is mind


async def test_a_saved_text_is_live(live: Knowledge, tmp_path: Path) -> None:
    save_texts(
        tmp_path, '[conversation]\nhelpful = "Au poil"\n[understands]\ngreeting = ["wesh"]\n'
    )
    await until(lambda: live.mind.texts["fr"].say("conversation.helpful") == "Au poil")

    assert live.mind.smalltalk.hear("wesh", "fr") is not None


async def test_a_faulty_entry_leaves_the_last_good_state_and_is_shown(
    live: Knowledge, tmp_path: Path
) -> None:
    before = live.mind
    save(tmp_path, BROKEN)
    await until(lambda: live.faults)
    assert str(live.faults[0]).startswith("fr/a.md:1: ")
    assert live.mind is before

    save(tmp_path, GOOD)
    await until(lambda: not live.faults)
    assert answers(live.mind) == ["Douze euros."]


def save_other(folder: Path, content: str) -> None:
    (folder / "faq" / "fr" / "b.md").write_text(content, encoding="utf-8")


OTHER = "## Vos horaires ?\n\nDe 9 h à 18 h.\n"


async def test_a_faulty_file_stays_as_it_was_while_others_go_live(tmp_path: Path) -> None:
    given = settings(tmp_path)
    save(tmp_path, GOOD)
    save_other(tmp_path, OTHER)
    await lived(given)
    knowledge = Knowledge(given, SystemClock())
    save(tmp_path, BROKEN)
    save_other(tmp_path, OTHER.replace("18", "19"))
    await knowledge.reload()
    again = Knowledge(given, SystemClock())  # as after a restart
    for one in (knowledge, again):
        assert answers(one.mind) == ["Douze euros.", "De 9 h à 19 h."]
        assert [fault.source.file for fault in one.faults] == ["fr/a.md"]
        best = one.mind.matcher.match("c combien").best
        assert (best and best.entry.answer) == "Douze euros."
    save_texts(tmp_path, '[conversation]\nhelpful = "{x}"\n')  # then all stays
    save_other(tmp_path, OTHER.replace("18", "20"))
    await knowledge.reload()
    assert answers(knowledge.mind) == ["Douze euros.", "De 9 h à 19 h."]
    assert [fault.source.file for fault in knowledge.faults] == ["fr/a.md", "texts/fr.toml"]


async def test_what_goes_live_beside_a_faulty_file_outlives_a_restart(tmp_path: Path) -> None:
    given = settings(tmp_path)
    save(tmp_path, GOOD)
    save_other(tmp_path, OTHER)
    await lived(given)
    save(tmp_path, BROKEN)
    save_other(tmp_path, OTHER.replace("18", "19"))
    knowledge = Knowledge(given, SystemClock())
    running = asyncio.create_task(knowledge.run())
    expected = ["Douze euros.", "De 9 h à 19 h."]
    await until(lambda: kept_answers(given) == expected)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    save_other(tmp_path, BROKEN)
    again = Knowledge(given, SystemClock())
    assert answers(again.mind) == expected
    assert {fault.source.file for fault in again.faults} == {"fr/a.md", "fr/b.md"}


async def test_an_entry_that_moves_into_a_faulty_file_is_not_lost(tmp_path: Path) -> None:
    given = settings(tmp_path)
    save(tmp_path, GOOD)
    save_other(tmp_path, OTHER)
    knowledge = Knowledge(given, SystemClock())
    save(tmp_path, f"{BROKEN}\n{OTHER}")
    save_other(tmp_path, "## Vos congés ?\n\nEn août.\n")
    await knowledge.reload()
    assert answers(knowledge.mind) == ["Douze euros.", "De 9 h à 18 h."]
    save(tmp_path, f"{GOOD}\n{OTHER}")
    await knowledge.reload()
    assert answers(knowledge.mind) == ["Douze euros.", "De 9 h à 18 h.", "En août."]
    assert knowledge.faults == ()


async def test_a_faulty_text_leaves_the_last_good_state_and_is_shown(
    live: Knowledge, tmp_path: Path
) -> None:
    before = live.mind
    save_texts(tmp_path, '[conversation]\nhelpful = "{x}"\n')
    await until(lambda: live.faults)

    assert str(live.faults[0]).startswith("texts/fr.toml:2: ")
    assert live.mind is before


async def test_what_failed_to_be_understood_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = settings(tmp_path)
    save(tmp_path, GOOD)
    knowledge = Knowledge(given, SystemClock())

    def fails(*_: object) -> Mind:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(knowing, "understand", fails)
        running = asyncio.create_task(knowledge.run())
        save(tmp_path, GOOD.replace("Douze", "Treize"))
        with pytest.raises(ExceptionGroup):
            async with asyncio.timeout(60):
                await running

    running = asyncio.create_task(knowledge.run())  # as the supervisor does
    await until(lambda: answers(knowledge.mind) == ["Treize euros."])
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def lived(given: Settings) -> None:
    """An earlier run of the bot: the files were good, were live, and it was killed."""
    knowledge = Knowledge(given, SystemClock())
    running = asyncio.create_task(knowledge.run())
    await until((given.var / "last-good-faq.zip").exists)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


@pytest.mark.parametrize("broken", ["entry", "text", "gone", "one file"])
async def test_the_last_good_state_outlives_a_restart(
    tmp_path: Path, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    given = settings(tmp_path)
    save(tmp_path, GOOD)
    save_texts(tmp_path, '[conversation]\nhelpful = "Au poil"\n')
    if broken == "one file":
        given = replace(given, faq=Faq("faq/fr/a.md"))
    await lived(given)
    match broken:
        case "text":
            save_texts(tmp_path, '[conversation]\nhelpful = "{x}"\n')
        case "gone":
            shutil.rmtree(tmp_path / "faq")
        case _:
            save(tmp_path, BROKEN)
    again = Knowledge(given, SystemClock())

    assert answers(again.mind) == ["Douze euros."]
    assert again.mind.library.entries[0].source.file.endswith("a.md")
    if broken != "one file":  # its texts would lie beside it
        assert again.mind.texts["fr"].say("conversation.helpful") == "Au poil"
    assert again.faults
    assert str(again.faults[0]) in caplog.text
    assert "what was good last stays live" in caplog.text

    running = asyncio.create_task(again.run())
    settings(tmp_path)
    save(tmp_path, GOOD.replace("Douze", "Treize"))
    save_texts(tmp_path, "")
    await until(lambda: answers(again.mind) == ["Treize euros."])
    assert again.faults == ()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def kept_answers(given: Settings) -> list[str]:
    kept = recall(given)
    return [entry.answer for entry in kept.library.entries] if kept else []


async def test_what_is_kept_is_the_latest_good_state(live: Knowledge, tmp_path: Path) -> None:
    given = settings(tmp_path)
    await until(lambda: kept_answers(given) == ["Douze euros."])
    save(tmp_path, GOOD.replace("Douze", "Treize"))
    await until(lambda: kept_answers(given) == ["Treize euros."])
    save(tmp_path, BROKEN)
    await until(lambda: live.faults)
    assert kept_answers(given) == ["Treize euros."]


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x05\x06" + bytes(18)])
async def test_what_cannot_be_recalled_is_no_good_state(tmp_path: Path, content: bytes) -> None:
    given = settings(tmp_path)
    save(tmp_path, BROKEN)
    given.var.mkdir()
    (given.var / "last-good-faq.zip").write_bytes(content)
    with pytest.raises(LibraryError, match=r"fr/a\.md:1"):
        Knowledge(given, SystemClock())


async def test_what_cannot_be_kept_is_live_all_the_same(
    live: Knowledge, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await until(lambda: recall(settings(tmp_path)))
    shutil.rmtree(tmp_path / "var")
    (tmp_path / "var").write_text("in the way", encoding="utf-8")
    save(tmp_path, GOOD.replace("Douze", "Treize"))
    await until(lambda: "cannot be kept" in caplog.text)
    assert answers(live.mind) == ["Treize euros."]


def test_at_start_faults_are_told(tmp_path: Path) -> None:
    given = settings(tmp_path)
    save(tmp_path, BROKEN)
    with pytest.raises(LibraryError, match=r"fr/a\.md:1"):
        Knowledge(given, SystemClock())


def test_hours_that_cannot_be_understood_are_told(tmp_path: Path) -> None:
    given = settings(tmp_path)
    save(tmp_path, GOOD)
    content = knowing.read(given)
    wrong = Settings(tmp_path, desk=DeskOptions(hours="whenever"))
    with pytest.raises(ConfigError, match="whenever"):
        understand(wrong, content)


async def test_the_charter_and_canned_replies_are_followed(live: Knowledge, tmp_path: Path) -> None:
    assert not live.mind.canned
    (tmp_path / "faq" / "charter.md").write_text("## No cash {#cash}\n\n> cash\n\nWhy.\n")
    await until(lambda: live.mind.vetting.breaches("du cash", public=False))
    (tmp_path / "faq" / "canned-replies.md").write_text("## Hello\n\nHello {first_name}\n")
    await until(lambda: [reply.name for reply in live.mind.canned] == ["Hello"])
    (tmp_path / "faq" / "canned-replies.md").write_text("## Hello\n\nHello {firstname}\n")
    await until(lambda: live.faults)
    assert "did you mean 'first_name'" in live.faults[0].message
    assert [reply.name for reply in live.mind.canned] == ["Hello"]


@pytest.mark.usefixtures("live")
async def test_the_charter_outlives_a_restart(tmp_path: Path) -> None:
    charter = tmp_path / "faq" / "charter.md"
    charter.write_text("## No cash {#cash}\n\n> cash\n\nWhy.\n")
    given = settings(tmp_path)
    await until(lambda: (kept := recall(given)) and kept.charter.rules)
    charter.write_text("## No cash {#cash}\n\n> [cash]\n\nWhy.\n")
    again = Knowledge(given, SystemClock())
    assert "unknown kind" in again.faults[0].message
    assert again.mind.vetting.breaches("du cash", public=False)


def test_a_subject_that_names_no_entry_of_the_faq_is_a_fault(tmp_path: Path) -> None:
    given = settings(tmp_path)
    save(tmp_path, GOOD)
    (tmp_path / "faq" / "charter.md").write_text("## S {.human}\n\n> [entry: none]\n\nWhy.\n")
    with pytest.raises(LibraryError, match="no entry 'none'"):
        knowing.read(given)


# ── the encoder ──────────────────────────────────────────────────────────────────────────────────


ENCODED = "## Vos horaires ?\n\n> vous fermez à quelle heure\n\nDe neuf à dix-neuf heures.\n"


@asynccontextmanager
async def followed(given: Settings) -> AsyncIterator[Knowledge]:
    knowledge = Knowledge(given, SystemClock())
    running = asyncio.create_task(knowledge.run())
    yield knowledge
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_the_encoder_comes_while_the_bot_answers_and_stays(tmp_path: Path) -> None:
    given = replace(settings(tmp_path), matching=Matching(encoder="tiny"))
    encoders.static(tmp_path / "tiny")
    save(tmp_path, ENCODED)
    async with followed(given) as live:
        assert not live.mind.matcher.slow  # it answers at once
        await until(lambda: live.mind.matcher.slow)
        assert live.mind.matcher.match("horaires").best is not None
        assert set(live.mind.matcher.proofs) == {"fr"}
        save(tmp_path, ENCODED.replace("neuf", "huit"))
        await until(lambda: "huit" in answers(live.mind)[0])
        assert live.mind.matcher.slow
    assert (given.var / "encoded.npz").is_file()


async def test_without_its_encoder_the_bot_works_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    given = replace(settings(tmp_path), matching=Matching(encoder="nowhere"))
    save(tmp_path, GOOD)
    async with followed(given) as live:
        await until(lambda: recall(given))
        save(tmp_path, GOOD.replace("Douze", "Treize"))
        await until(lambda: answers(live.mind) == ["Treize euros."])
        assert not live.mind.matcher.slow
    told = [one.message for one in caplog.records if "without an encoder" in one.message]
    assert len(told) == 1
    assert "name a folder" in told[0]


async def test_an_encoder_that_fails_on_an_faq_does_not_hold_it_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    toy = Toy()
    encoding = Encoding(toy, toy, frozenset({"fr"}))
    monkeypatch.setattr(knowing, "encoding", lambda _: encoding)
    given = replace(settings(tmp_path), matching=Matching(encoder="toy"))
    save(tmp_path, GOOD)
    async with followed(given) as live:
        await until(lambda: live.mind.matcher.slow)
        toy.broken = True
        save(tmp_path, GOOD.replace("Douze", "Treize"))
        await until(lambda: not live.mind.matcher.slow)
        assert answers(live.mind) == ["Treize euros."]
        assert live.mind.matcher.match("c combien").best is not None
    assert "the toy is broken; this FAQ is matched without an encoder" in caplog.text


def test_what_the_bots_own_encoder_made_outlives_a_restart(tmp_path: Path) -> None:
    given = settings(tmp_path)
    save(tmp_path, ENCODED)
    first = own_vectors(Knowledge(given, SystemClock()).mind)
    file = given.var / "encoded-own.npz"
    with np.load(file) as kept:
        np.savez(file, **{**kept, "rows": kept["rows"][:, ::-1]})  # so that its use shows
    again = Knowledge(given, SystemClock())
    assert own_vectors(again.mind) == pytest.approx(first[:, ::-1])


def test_who_only_looks_does_not_touch_what_is_kept_of_it(tmp_path: Path) -> None:
    given = settings(tmp_path)
    save(tmp_path, ENCODED)
    content = knowing.read(given)
    understand(given, content)
    assert not given.var.exists()
    knowledge = Knowledge(given, SystemClock())
    before = (given.var / "encoded-own.npz").read_bytes()
    save(tmp_path, GOOD)
    other = knowing.read(given)
    knowledge.foresee(other.library)
    understand(given, other)
    assert (given.var / "encoded-own.npz").read_bytes() == before


async def test_who_only_looks_does_not_touch_what_the_encoder_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = replace(settings(tmp_path), matching=Matching(encoder="toy"))
    toy, file = Toy(), given.var / "encoded.npz"
    encoding = Encoding(toy, Remembering(toy, file), frozenset({"fr"}))
    monkeypatch.setattr(knowing, "encoding", lambda _: encoding)
    save(tmp_path, GOOD)
    async with followed(given) as live:
        await until(lambda: live.mind.matcher.slow)
        before = file.read_bytes()
        save(tmp_path, ENCODED)
        assert live.foresee(knowing.read(given).library).slow
        assert file.read_bytes() == before


async def test_after_an_edit_only_what_is_new_is_encoded_and_all_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given, toy = settings(tmp_path), Toy()

    def own(_: Settings, *, keep: bool = True) -> Encoding:
        kept = Remembering(toy, given.var / "encoded-own.npz", keep=keep)
        return Encoding(toy, kept, frozenset({"fr"}))

    monkeypatch.setattr(knowing, "own", own)
    save(tmp_path, ENCODED)
    async with followed(given) as live:
        toy.asked.clear()
        save(tmp_path, ENCODED.replace("\n\nDe", "\n> heure ?\n\nDe"))
        await until(lambda: "heure ?" in live.mind.matcher.indexes[0].phrasings)
        assert toy.asked[0] == "heure ?"
        await until(lambda: kept(given) == 4)
        vectors = own_vectors(live.mind)
    toy.asked.clear()
    assert own_vectors(Knowledge(given, SystemClock()).mind) == pytest.approx(vectors)
    assert "heure ?" not in toy.asked


def kept(given: Settings) -> int:
    with np.load(given.var / "encoded-own.npz") as file:
        return len(file["rows"])


def own_vectors(mind: Mind) -> Floats:
    return mind.matcher.sense.known["fr"].encoded[0].phrasings

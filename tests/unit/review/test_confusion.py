"""Wordings that the matcher takes for those of another entry."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot import texts
from bot.core.conversation.smalltalk import SmallTalk
from bot.core.knowledge.experience import Experience
from bot.judgements import Judgement, Origin
from bot.library.reading import read_library
from bot.models import Entry, Library, Source
from bot.review import confusion
from bot.review.confusion import Answering, confusions, same_wordings
from bot.review.findings import Finding, Kind, Places
from tests.support.clock import START
from tests.unit.cli.typed import DEMO

RETURN = ("How do I give back what I bought?", "i want to send back my order", "undo my purchase")
SEND = ("How can I send something back?", "i want to send my order back", "shoes do not fit")


def entry(entry_id: str, wordings: Sequence[str], language: str = "en", line: int = 1) -> Entry:
    question, *phrasings = wordings
    source = Source("faq.md", line)
    return Entry(entry_id, language, question, tuple(phrasings), f"About {entry_id}.", source, "v")


def demo(*more: Entry) -> Library:
    return Library((*read_library(DEMO).entries, *more), "")


def found(library: Library, answering: Answering | None = None) -> set[tuple[str, str, str]]:
    return {
        (one.wording.text, one.wording.entry.id, one.taken_for.entry.id)
        for one in confusions(library, answering or Answering())
    }


def test_the_demo_brand_confuses_nothing() -> None:
    assert not found(demo())
    assert not list(same_wordings(demo()))


def test_two_entries_that_take_each_others_questions_are_found_both_ways() -> None:
    library = demo(entry("give-back", RETURN), entry("send-back", SEND))
    assert found(library) >= {
        ("i want to send back my order", "give-back", "send-back"),
        ("i want to send my order back", "send-back", "give-back"),
    }


def test_an_entry_of_one_wording_may_be_answered_by_another_already() -> None:
    library = demo(entry("parcel", ["Where is my parcel now?"]))
    assert ("Where is my parcel now?", "parcel", "suivi-colis") in found(library)


def test_a_wording_like_another_of_its_own_entry_is_no_confusion() -> None:
    library = demo(entry("give-back", [*RETURN, "i want to send back an order"]))
    assert not found(library)


def test_what_only_the_encoder_takes_for_another_is_found() -> None:
    repair = "reparation-moulin"
    library = demo()
    fewer = [
        replace(one, phrasings=tuple(said for said in one.phrasings if "fixed" not in said))
        if (one.id, one.language) == (repair, "en")
        else one
        for one in library.entries
    ]
    noise = "my grinder makes a weird noise and wont grind"
    assert found(replace(library, entries=tuple(fewer))) == {(noise, repair, "choix-mouture")}


def test_what_the_bot_was_taught_counts() -> None:
    library = demo(entry("parcel", ["Where is my parcel now?", "show my box on a map"]))
    ways = ("where is my parcel now pls", "wheres my parcel right now", "is my parcel near now")
    taught = tuple(
        Judgement(number, text, "en", "parcel", Origin.MANAGER, number, START, "lea")
        for number, text in enumerate(ways, start=1)
    )
    smalltalk = SmallTalk(texts.read(DEMO, ["en"], "B"))
    answering = Answering(experience=Experience(taught), smalltalk=smalltalk)
    lost = ("Where is my parcel now?", "parcel", "suivi-colis")
    assert lost in found(library)
    assert lost not in found(library, answering)


def test_the_same_words_in_two_entries_of_a_language_are_found() -> None:
    first = entry("a", ["What is A?", "Tell me!"])
    again = entry("b", ["What is B?", "tell  ME"], line=5)
    elsewhere = entry("c", ["Tell me!"], "fr", line=9)
    ((earlier, later),) = same_wordings(Library((first, again, elsewhere), ""))
    assert (earlier.text, later.text, later.entry.id) == ("Tell me!", "tell  ME", "b")


def test_a_library_of_one_entry_or_none_confuses_nothing() -> None:
    assert not found(Library((), ""))
    assert not found(Library((entry("a", ["Where?", "Where is it?"]),), ""))


def test_only_the_entries_concerned_are_tried_where_there_are_very_many() -> None:
    crowd = [entry(f"e{n}", [f"What about thing{n} and stuff{n}?"]) for n in range(1100)]
    pair = [entry("give-back", RETURN), entry("send-back", SEND)]
    library = Library((*crowd, *pair), "")
    assert {one[1:] for one in found(library)} == {
        ("give-back", "send-back"),
        ("send-back", "give-back"),
    }


def told(folder: Path, text: str) -> list[Finding]:
    (folder / "faq.md").write_text(text, encoding="utf-8")
    library = read_library(folder / "faq.md", ("en",))
    entries = [one for one in read_library(DEMO).entries if one.language == "en"]
    return list(
        confusion.look(
            replace(library, entries=(*library.entries, *entries)), Answering(), Places(folder)
        )
    )


def test_it_is_told_at_the_lines_with_what_to_do(tmp_path: Path) -> None:
    for file in {one.source.file for one in read_library(DEMO).entries}:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_bytes((DEMO / file).read_bytes())
    findings = told(
        tmp_path,
        "## Trains? {#trains}\n\n> how do trains dance\n> wheres my parcel now\n\nNo.\n\n"
        "## Dance? {#dance}\n\n> how do trains dance\n\nYes.\n",
    )
    same, misplaced = sorted(findings, key=lambda one: one.source.line, reverse=True)
    assert (same.kind, same.source.line) == (Kind.SAME_WORDING, 10)
    assert "asked in trains as well (faq.md:3)" in same.message
    assert (misplaced.kind, misplaced.source.line) == (Kind.MISPLACED, 4)
    assert "more like suivi-colis (en/delivery.md:" in misplaced.message


def test_a_pair_is_told_once_with_the_wordings(tmp_path: Path) -> None:
    for file in {one.source.file for one in read_library(DEMO).entries}:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_bytes((DEMO / file).read_bytes())
    lines = [
        f"## {question} {{#{name}}}\n\n" + "".join(f"> {one}\n" for one in more) + "\nYes.\n"
        for name, (question, *more) in (("give-back", RETURN), ("send-back", SEND))
    ]
    (finding,) = told(tmp_path, "\n".join(lines))
    assert (finding.kind, finding.source) == (Kind.CONFUSED, Source("faq.md", 1))
    assert "give-back and send-back (faq.md:8) are taken for each other" in finding.message
    assert "“i want to send back my order” of give-back reads like" in finding.message

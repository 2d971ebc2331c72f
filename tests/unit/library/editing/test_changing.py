"""Changes to entries that are there: only their own lines are touched, and nothing is misread."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import Conflict, LibraryError
from bot.library.editing.changing import Changes, Written
from bot.library.editing.editor import Edit, Editor
from bot.library.reading import read_library

FILE = (
    "---\nlanguage: en\n---\n# Delivery\n\n<!-- keep me -->\n\n"
    "## How *long*? {#delay tags='a'}\n\n> when\n<!-- asked in May -->\n\n>  how many days \n\n\n"
    "Three days.\n\n<!-- prices: ask Ann -->\n\nNot on Sundays.\n\n\n"
    "## How much?   {#price}\nFive euros.\n\n\n# Other\n\nOpen?\n-----\n> hours?\n>\n\nAlways."
)


@pytest.fixture
def faq(tmp_path: Path) -> Path:
    (tmp_path / "faq.md").write_bytes(FILE.encode())
    return tmp_path


def change(faq: Path, entry_id: str, **wanted: object) -> Edit:
    changes = Changes(faq)
    written = replace(changes.written(entry_id, "en"), **wanted)  # type: ignore[arg-type]  # `wanted` names fields
    return changes.change(entry_id, "en", written)


def test_an_entry_is_shown_as_it_stands(faq: Path) -> None:
    assert Changes(faq).written("delay", "en") == Written(
        question="How long?",
        phrasings=("when", "how many days"),
        answer="Three days.\n\n<!-- prices: ask Ann -->\n\nNot on Sundays.",
        tags=("a",),
    )
    assert Changes(faq).written("open", "en") == Written("Open?", ("hours?",), "Always.")


def test_nothing_changed_changes_nothing(faq: Path) -> None:
    for entry_id in ("delay", "price", "open"):
        assert change(faq, entry_id).after == FILE.encode()


def test_only_the_answers_lines_change(faq: Path) -> None:
    edit = change(
        faq, "delay", answer="Two days.\r\n\r\n<!-- prices: ask Ann -->\r\n\r\nNever.\n\n"
    )
    expected = FILE.replace("Three days.", "Two days.").replace("Not on Sundays.", "Never.")
    assert edit.after.decode() == expected
    assert edit.entry.answer == "Two days.\n\n\nNever."
    assert change(faq, "open", answer="No.\nYes.").after.decode() == FILE.replace(
        "Always.", "No.\nYes.\n"
    )


def test_phrasings_change_where_they_stand(faq: Path) -> None:
    edit = change(faq, "delay", phrasings=(" when? ", "", "how many days", "soon?"))
    expected = FILE.replace("> when\n", "> when?\n").replace("days \n", "days \n>  soon?\n")
    assert edit.after.decode() == expected.replace(">  soon", "> soon")
    assert edit.entry.phrasings == ("when?", "how many days", "soon?")


def test_phrasings_come_and_go(faq: Path) -> None:
    edit = change(faq, "price", phrasings=("cost", "fee"))
    assert edit.after.decode() == FILE.replace("Five", "\n> cost\n> fee\n\nFive")
    gone = change(faq, "delay", phrasings=())
    assert gone.entry.phrasings == ()
    assert b"<!-- asked in May -->" in gone.after
    assert change(faq, "open", phrasings=()).entry.answer == "Always."


def test_the_heading_changes_with_what_stands_in_it(faq: Path) -> None:
    edit = change(faq, "delay", tags=("a", "b"), human=True, review_by=date(2027, 1, 31))
    heading = '## How *long*? {#delay .human tags="a b" review_by=2027-01-31}'
    assert edit.after.decode() == FILE.replace("## How *long*? {#delay tags='a'}", heading)
    new = change(faq, "open", question="Open on *Sundays*?")
    assert "## Open on \\*Sundays\\*? {#open}\n> hours?" in new.after.decode()
    assert new.entry.question == "Open on *Sundays*?"


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_and_a_byte_order_mark_stay(tmp_path: Path, end: str) -> None:
    path = tmp_path / "faq.md"
    path.write_bytes(("\ufeff" + FILE).replace("\n", end).encode())
    edit = change(path, "price", answer="Six.\n\nOr seven.", phrasings=("x",))
    told = FILE.replace("Five euros.", "\n> x\n\nSix.\n\nOr seven.")
    assert edit.after.decode() == ("\ufeff" + told).replace("\n", end)


def test_a_byte_order_mark_before_the_heading_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "faq.md").write_bytes("\ufeff## *Q*? {#q}\n\nA.\n".encode())
    edit = change(tmp_path, "q", tags=("t",))
    assert edit.after.decode() == '## *Q*? {#q tags="t"}\n\nA.\n'


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"question": " "}, "no question"),
        ({"answer": "\n \n"}, "no answer"),
        ({"answer": "> quoted"}, "begins with a quote"),
        ({"answer": "A\n\n## B\n\nC"}, "use `###`"),
        ({"answer": "A\n---\nB"}, "."),
        ({"answer": "A\n\n```\nB"}, "never closed"),
        ({"answer": "A\n\n<!-- B"}, "never closed"),
        ({"phrasings": ("x" * 301,)}, "300 characters"),
        ({"tags": ("a b",)}, "not be read as it is meant"),
        ({"tags": ('"',)}, "braces"),
        ({"question": "x" * 1001}, "shorten it"),
    ],
)
def test_what_would_be_misread_is_refused(faq: Path, wanted: dict[str, object], words: str) -> None:
    with pytest.raises(LibraryError, match=words):
        change(faq, "price", **wanted)


def test_an_entry_that_is_gone_is_said(faq: Path) -> None:
    for entry_id, language in (("gone", "en"), ("delay", "fr")):
        with pytest.raises(LibraryError, match="there is no entry"):
            Changes(faq).written(entry_id, language)


def test_faults_of_other_files_hold_up_nothing(faq: Path) -> None:
    (faq / "other.md").write_text("## Z {#zed}\n\nIt is last.\n")
    last = read_library(faq)
    (faq / "other.md").write_text("## Q\n")
    changes = Changes(faq, last=lambda: last)
    edit = changes.change("price", "en", replace(changes.written("price", "en"), answer="Six."))
    for made in (edit, changes.remove("price", "en")):
        found = made.library.find("zed", "en")
        assert (found and found.answer) == "It is last."
    with pytest.raises(LibraryError, match=r"other\.md:1: the entry has no answer"):
        changes.written("zed", "en")


def test_an_entry_goes_with_all_its_lines(faq: Path) -> None:
    edit = Changes(faq).remove("price", "en")
    assert edit.was == "## How much?   {#price}\nFive euros."
    assert edit.after.decode() == FILE.replace("## How much?   {#price}\nFive euros.\n\n\n", "")
    Editor(faq).save(edit)
    assert [entry.id for entry in read_library(faq).entries] == ["delay", "open"]
    Editor(faq).save(Changes(faq).remove("open", "en"))
    with pytest.raises(LibraryError, match="the last entry of its file"):
        Changes(faq).remove("delay", "en")


def test_what_was_written_meanwhile_is_not_overwritten(faq: Path) -> None:
    edit = change(faq, "price", answer="Six.")
    (faq / "faq.md").write_text(FILE + "\n")
    with pytest.raises(Conflict):
        Editor(faq).save(edit)


ANY = st.text(st.characters(codec="utf-8"), max_size=40) | st.sampled_from(
    ["## a", "> b", "<!--", "-->", "```", "---", "    x", "{#a}", "- c", "\t", "[a]: /b", "&amp;"]
)
TEXT = st.lists(ANY, max_size=5).map("\n".join)


@settings(max_examples=150, deadline=None)
@given(question=ANY, phrasings=st.lists(ANY, max_size=3), answer=TEXT)
def test_anything_is_written_as_it_is_meant_or_refused(
    tmp_path_factory: pytest.TempPathFactory, question: str, phrasings: list[str], answer: str
) -> None:
    faq = tmp_path_factory.mktemp("any")
    (faq / "faq.md").write_bytes(FILE.encode())
    for entry_id in ("delay", "price", "open"):
        try:
            edit = change(
                faq, entry_id, question=question, phrasings=tuple(phrasings), answer=answer
            )
        except LibraryError:
            continue
        Editor(faq).save(edit)
        assert edit.library == read_library(faq)
        for kept in (b"<!-- keep me -->", b"<!-- asked in May -->", b"# Other", b"language: en"):
            assert kept in edit.after

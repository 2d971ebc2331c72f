"""What stands in one file becomes entries, or faults that name the line."""

from pathlib import Path

import pytest

from bot.errors import LibraryError
from bot.library.reading import read_library
from bot.models import Entry


def read(folder: Path, text: str) -> tuple[Entry, ...]:
    (folder / "faq.md").write_bytes(text.encode())
    return read_library(folder).entries


def only(folder: Path, text: str) -> Entry:
    (entry,) = read(folder, text)
    return entry


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(LibraryError) as caught:
        read(folder, text)
    return [str(fault) for fault in caught.value.faults]


def test_an_entry_with_everything(tmp_path: Path) -> None:
    entry = only(
        tmp_path,
        "---\nlanguage: fr\n---\n# Livraison\n\n"
        '## Quels sont les **délais** ? {#delai-livraison tags="colis, suivi" '
        "review_by=2027-01-31 .human}\n\n"
        "> Ma commande arrive quand ?\n> c koi le délai\n\n"
        "Nous livrons en **3 à 5 jours**.\n\n- en France\n",
    )
    assert (entry.id, entry.language, entry.category) == ("delai-livraison", "fr", "Livraison")
    assert entry.question == "Quels sont les délais ?"
    assert entry.phrasings == ("Ma commande arrive quand ?", "c koi le délai")
    assert entry.answer == "Nous livrons en **3 à 5 jours**.\n\n- en France"
    assert entry.human
    assert entry.tags == ("colis", "suivi")
    assert str(entry.review_by) == "2027-01-31"
    assert str(entry.source) == "faq.md:6"


def test_phrasings_are_raw_lines(tmp_path: Path) -> None:
    entry = only(tmp_path, "## Q\n\n> 1. thing\n>- item *c*\n   > # d\n> > e\n> ~~~\n\nA\n")
    assert entry.phrasings == ("1. thing", "- item *c*", "# d", "> e", "~~~")


def test_phrasings_in_several_quotes_with_empty_lines_between(tmp_path: Path) -> None:
    entry = only(tmp_path, "## Q\n> a\n>\n> b\n\n<!-- for later -->\n\n> c\n\nA\n")
    assert entry.phrasings == ("a", "b", "c")
    assert entry.answer == "A"


def test_later_quotes_belong_to_the_answer(tmp_path: Path) -> None:
    entry = only(tmp_path, "## Q\n\n> a\n\nAs they say:\n> cited\ngoing on\n\n> cited too\n")
    assert entry.phrasings == ("a",)
    assert entry.answer == "As they say:\n> cited\ngoing on\n\n> cited too"


def test_a_quote_below_a_link_definition_belongs_to_the_answer(tmp_path: Path) -> None:
    entry = only(tmp_path, "## Q\n\n> a\n\n[x]: https://shop.example\n\n> see [x]\n")
    assert entry.phrasings == ("a",)
    assert entry.answer == "[x]: https://shop.example\n\n> see [x]"


def test_an_entry_needs_no_phrasing(tmp_path: Path) -> None:
    assert only(tmp_path, "## Q\n\n\nA\n").phrasings == ()


def test_deeper_headings_and_code_belong_to_the_answer(tmp_path: Path) -> None:
    answer = "### First\n\n```\n## no heading\n> no phrasing\n```\n\n    ## code"
    assert only(tmp_path, f"## Q\n\n{answer}\n").answer == answer


def test_headings_in_quotes_and_lists_open_no_entry(tmp_path: Path) -> None:
    assert only(tmp_path, "## Q\n\n- a\n\n  ## b\n\n> ## c\n").answer == "- a\n\n  ## b\n\n> ## c"


def test_an_answer_that_begins_with_code_keeps_its_indentation(tmp_path: Path) -> None:
    assert only(tmp_path, "## Q\n\n    a\n      b\n").answer == "    a\n      b"


def test_comments_are_told_to_nobody(tmp_path: Path) -> None:
    entry = only(tmp_path, "<!-- top -->\n\n## Q\n\nA\n\n<!-- todo\n## not yet\n-->\n\nB\n")
    assert "todo" not in entry.answer
    assert entry.answer.split() == ["A", "B"]


def test_a_category_holds_until_the_next(tmp_path: Path) -> None:
    entries = read(
        tmp_path, "## a\n\nA\n\n# One\n\n## b\n\nB\n\nTwo\n===\n\n## c\n\nC\n\n## d\n\nD"
    )
    assert [entry.category for entry in entries] == ["", "One", "Two", "Two"]


def test_an_underlined_heading_is_an_entry(tmp_path: Path) -> None:
    entry = only(tmp_path, "Where? {#where}\n------\n\nHere.\n")
    assert (entry.id, entry.question, entry.answer) == ("where", "Where?", "Here.")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_and_a_byte_order_mark(tmp_path: Path, end: str) -> None:
    text = "\ufeff---\nlanguage: de\n---\n## Q\n\n> a\n> b\n\nA\nB\n"
    entry = only(tmp_path, text.replace("\n", end))
    assert (entry.language, entry.phrasings, entry.answer) == ("de", ("a", "b"), "A\nB")
    assert entry.source.line == 4


def test_the_question_is_plain_text(tmp_path: Path) -> None:
    text = "## Is `x` &amp; **y** [here](https://a.example) 5 < 6 \\{ok\\} ? ##\n\nA\n"
    assert only(tmp_path, text).question == "Is x & y here 5 < 6 {ok} ?"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("## Q\n\n> a\nanswer\n", 4, "glued"),
        ("## Q\n\n> a\n> b\n    answer\n\nmore\n", 5, "glued"),
        ("## Q\n\n> a\n- answer\n", 4, "glued"),
        ("## Q\n\n> a\n### answer\n\nmore\n", 4, "glued"),
        ("## Q\n\n> a\n```\nanswer\n```\n", 4, "glued"),
        ("## Q\n\n>\n\nA\n", 3, "phrasing is empty"),
        ("## Q\n\n> a\n", 1, "no answer"),
        ("## Q\n\n> a\n\n---\n\n<!-- todo -->\n", 1, "no answer"),
        ("## Q\n\n[x]: https://a.example\n", 1, "no answer"),
        ("## Q\n\n\u00a0\n", 1, "no answer"),
        ("## {#q}\n\nA\n", 1, "no question"),
        ("## ?!\n\nA\n", 1, "an id"),
        ("", 1, "no entry"),
        ("\n\n# Only a category\n", 1, "no entry"),
        ("Hello\n\n## Q\n\nA\n", 1, "belongs to no entry"),
        ("# One\n\n## Q\n\nA\n\n# Two\n\nHello\n\nagain\n", 9, "belongs to no entry"),
        ("> quote\n", 1, "belongs to no entry"),
        ("# One {#one}\n\n## Q\n\nA\n", 1, "not to a category"),
        ("## Q\n\nA\n\nB\nC\n---\n\nD\n", 5, "one heading"),
        ("## Q\n\nA\n\n##Next\n\nB\n", 5, "a space behind"),
        ("## Q\n\n~~~~\ncode\n~~~\n\n## R\n\nB\n", 3, "never closed: add a line ~~~~"),
        ("## Q\n\nA\n\n<!-- note\n\n## R\n\nB\n", 5, "comment is never closed"),
        (f"## {'q' * 1001}\n\nA\n", 1, "shorten it"),
    ],
)
def test_a_fault_names_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    (fault,) = faults(tmp_path, text)
    assert fault.startswith(f"faq.md:{line}: ")
    assert words in fault


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    found = faults(tmp_path, "Hello\n\n## Q {.humain}\n\n> a\nA\n\n## R\n")
    assert [fault.split(": ")[0] for fault in found] == [
        "faq.md:1",
        "faq.md:3",
        "faq.md:6",
        "faq.md:8",
    ]

"""Whatever a file holds: an edit is an insertion that does what it says, or it is refused."""

import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import LibraryError
from bot.library.editing.editor import Edit, Editor, NewEntry
from bot.library.reading import read_library
from bot.models import Entry, Library, Source

PIECES = st.sampled_from(
    [
        *("# Cat", "## Q {#x}", "## Other? {#y .human}", "Setext\n===", "Setext? {#z}\n---"),
        *("> one", ">two", " >  three", ">", "> > four", "> ```", "A.", "    code", "- item"),
        *("```\n## no\n```", "<!-- c\n## no -->", "<div>", "</div>", "[a]: b", "### deep", "***"),
        *("", "", "", "  ", "\ufeff", "\x0b", "\u2028"),
    ]
)
BLOCKS = st.lists(PIECES, max_size=14)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["q?", "# a", "> b", "```", "<!--", "\\", "a {#b}", "*a*", "1. x", "---"]),
)


def library(folder: Path, text: str) -> Library | None:
    """The library of a file with that text; none where it has faults."""
    (folder / "faq.md").write_bytes(text.encode())
    try:
        return read_library(folder)
    except LibraryError:
        return None


def told(one: Entry) -> Entry:
    return replace(one, source=Source("", 0))


def check(folder: Path, editor: Editor, edit: Edit, before: Library) -> None:
    """All of the old file is still there, in one or two pieces, and all other entries."""
    old, new = (folder / "faq.md").read_bytes(), edit.after
    more = len(new) - len(old)
    assert more > 0
    assert any(new[:at] == old[:at] and new[at + more :] == old[at:] for at in range(len(old) + 1))
    editor.save(edit)
    after = read_library(folder)
    assert after == edit.library
    others = [told(one) for one in after.entries if one.id != edit.entry.id]
    assert others == [told(one) for one in before.entries if one.id != edit.entry.id]
    assert after.find(edit.entry.id, edit.entry.language) == edit.entry


@settings(deadline=None)
@given(BLOCKS, ENDS, st.booleans(), WORDS, st.data())
def test_any_phrasing(
    blocks: list[str], end: str, closed: bool, phrasing: str, data: st.DataObject
) -> None:
    text = "\n".join(["## First {#first}", "", *blocks]) + ("\n" if closed else "")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before = library(folder, text.replace("\n", end))
        if before is None:
            return
        chosen = data.draw(st.sampled_from(before.entries))
        editor = Editor(folder)
        try:
            edit = editor.add_phrasing(chosen.id, chosen.language, phrasing)
        except LibraryError:
            return
        check(folder, editor, edit, before)
        phrasings = (*chosen.phrasings, " ".join(phrasing.split()))
        assert told(edit.entry) == told(replace(chosen, phrasings=phrasings))


@settings(deadline=None)
@given(BLOCKS, ENDS, st.booleans(), WORDS, WORDS, st.lists(WORDS, max_size=2), st.booleans())
def test_any_entry(
    blocks: list[str],
    end: str,
    closed: bool,
    question: str,
    answer: str,
    phrasings: list[str],
    grouped: bool,
) -> None:
    text = "\n".join(["# Cat", "", "## First {#first}", "", "A", *blocks])
    text += "\n" if closed else ""
    new = NewEntry("new", "en", question, answer, tuple(phrasings))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before = library(folder, text.replace("\n", end))
        if before is None:
            return
        editor = Editor(folder)
        try:
            edit = editor.add_entry("faq.md", new, "Cat" if grouped else "")
        except LibraryError:
            return
        check(folder, editor, edit, before)
        made = edit.entry
        assert made.question == " ".join(question.split())
        assert made.phrasings == tuple(" ".join(one.split()) for one in phrasings)
        assert made.answer.split() == answer.split()
        assert made.category == "Cat" or not grouped


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(["when?", "c koi", "1. x", "# y", "> z", "*a* _b_ `c`", "\\{a}"]), ENDS)
def test_ordinary_phrasings_are_taken(phrasing: str, end: str) -> None:
    text = "## Q {#q}\n\n> one\n\nA\n\n## R {#r}\n\nB".replace("\n", end)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        assert library(folder, text)
        for entry_id, before in (("q", ("one",)), ("r", ())):
            edit = Editor(folder).add_phrasing(entry_id, "en", phrasing)
            assert edit.entry.phrasings == (*before, phrasing)


MARKUP = st.sampled_from([*"\\`*_{}[]()<>#&;!~|", "a", " ", "&amp;", "{#x}", "1.", "http://a.b"])


@settings(deadline=None, max_examples=300)
@given(st.lists(MARKUP | st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=9))
def test_any_visible_question_can_be_an_entrys(pieces: list[str]) -> None:
    question = " ".join("".join(pieces).split()) or "Q"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        assert library(folder, "## Q {#q}\n\nA\n")
        edit = Editor(folder).add_entry("faq.md", NewEntry("new", "en", question, "B"))
        assert edit.entry.question == question

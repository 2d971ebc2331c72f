"""Edits of FAQ files: what is inserted, what is refused, and that nothing else is touched."""

import os
import stat
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.errors import Conflict, LibraryError
from bot.library.editing.changing import Changes, Written
from bot.library.editing.editor import Edit, Editor, NewEntry, near_duplicates, unused_id
from bot.library.files.file import Parsed
from bot.library.reading import read_library
from bot.models import Entry, Library, Match, Source

FILE = (
    "---\nlanguage: en\n---\n# Delivery\n\n<!-- keep me -->\n\n"
    "## How long? {#delay tags='a'}\n\n> when\n>  how many days \n\n\nThree days.\n\n"
    "## How much?   {#price}\nFive euros.\n\n\n# Other\n\n## Open? {#open}\n> hours?\n\nAlways."
)


@pytest.fixture
def faq(tmp_path: Path) -> Path:
    (tmp_path / "faq.md").write_bytes(FILE.encode())
    return tmp_path


def added(edit: Edit) -> list[str]:
    """The lines of the difference that are new; there may be no others."""
    changed = [line for line in edit.diff.splitlines()[2:] if line[:1] in {"+", "-"}]
    assert all(line.startswith("+") for line in changed)
    return [line[1:] for line in changed]


NEW = NewEntry("cards", "en", "Do you take *cards*?", "Yes, all.", ("visa ok?", "cards"), ("pay",))


# ── phrasings ────────────────────────────────────────────────────────────────────────────────────


def test_a_phrasing_goes_behind_the_last(faq: Path) -> None:
    edit = Editor(faq).add_phrasing("delay", "en", " how\nlong  does it take ")
    assert added(edit) == ["> how long does it take"]
    assert edit.entry.phrasings == ("when", "how many days", "how long does it take")
    assert edit.after.decode() == FILE.replace("days \n", "days \n> how long does it take\n")
    assert (edit.file, edit.before) == ("faq.md", FILE.encode())
    assert edit.diff.startswith("--- a/faq.md\n+++ b/faq.md\n@@ ")


def test_the_first_phrasing_stands_apart(faq: Path) -> None:
    edit = Editor(faq).add_phrasing("price", "en", "cost?")
    assert edit.after.decode() == FILE.replace("price}\nFive", "price}\n\n> cost?\n\nFive")


def test_nothing_is_written_before_it_is_saved(faq: Path) -> None:
    editor = Editor(faq)
    edit = editor.add_phrasing("open", "en", "at night?")
    assert (faq / "faq.md").read_bytes() == FILE.encode()
    editor.save(edit)
    assert (faq / "faq.md").read_bytes() == edit.after
    assert read_library(faq) == edit.library
    assert list(faq.iterdir()) == [faq / "faq.md"]


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_line_ends_and_a_byte_order_mark_stay(tmp_path: Path, end: str) -> None:
    text = "\ufeff" + FILE.replace("\n", end)
    path = tmp_path / "faq.md"
    path.write_bytes(text.encode())
    edit = Editor(path).add_phrasing("delay", "en", "soon?")
    assert edit.after.decode() == text.replace(f"days {end}", f"days {end}> soon?{end}")


@pytest.mark.parametrize(
    ("entry", "phrasing", "words"),
    [
        ("delay", "  ", "is empty"),
        ("delay", "When ?!", "has this phrasing already"),
        ("delay", "how long", "has this phrasing already"),
        ("delay", "x" * 301, "300 characters"),
        ("nothing", "x", "no entry 'nothing'"),
        ("delay", "a\0b", "would not be read as it is meant"),
    ],
)
def test_a_phrasing_is_refused(faq: Path, entry: str, phrasing: str, words: str) -> None:
    with pytest.raises(LibraryError, match=words):
        Editor(faq).add_phrasing(entry, "en", phrasing)


def test_a_file_with_faults_is_not_edited_and_others_are(faq: Path) -> None:
    (faq / "other.md").write_text("## Q\n\n## Z {#zed}\n\nIt is last.\n")
    edit = Editor(faq).add_phrasing("delay", "en", "soon?")
    assert "soon?" in edit.entry.phrasings
    assert edit.library.find("zed", "en") is None  # nobody knows that it was ever sound
    assert Editor(faq).add_entry("faq.md", NEW).entry.id == NEW.id
    fault = r"other\.md:1: the entry has no answer"
    for entry in ("zed", "q", "gone"):
        with pytest.raises(LibraryError, match=fault):
            Editor(faq).add_phrasing(entry, "en", "soon?")
    with pytest.raises(LibraryError, match=fault):
        Editor(faq).add_entry("other.md", NEW)


def test_of_a_file_with_faults_what_it_last_held_counts(faq: Path) -> None:
    (faq / "other.md").write_text("## Z {#zed}\n\nIt is last.\n")
    last = read_library(faq)
    (faq / "other.md").write_text("## Q\n\n## New {#new}\n\nIt is new.\n")
    editor = Editor(faq, last=lambda: last)
    found = editor.add_phrasing("delay", "en", "soon?").library.find("zed", "en")
    assert (found and found.answer) == "It is last."
    with pytest.raises(LibraryError, match=r"other\.md:1: the entry has no answer"):
        editor.add_phrasing("zed", "en", "zet?")
    for taken, known in (("zed", r"already that of other\.md:1"), ("new", "already that of")):
        with pytest.raises(LibraryError, match=known):
            editor.add_entry("faq.md", replace(NEW, id=taken))


def test_files_that_do_not_go_together_are_not_edited(faq: Path) -> None:
    (faq / "other.md").write_text("## Z {#zed}\n\nIt is last.\n")
    last = read_library(faq)
    (faq / "other.md").write_text("## Q\n")
    (faq / "third.md").write_text("## Z {#zed}\n\nIt has moved here.\n")
    with pytest.raises(LibraryError, match=r"other\.md:1: the entry has no answer"):
        Editor(faq, last=lambda: last).add_phrasing("delay", "en", "soon?")


# ── entries ──────────────────────────────────────────────────────────────────────────────────────


def test_an_entry_goes_to_the_end_of_its_file(faq: Path) -> None:
    edit = Editor(faq).add_entry("faq.md", NEW)
    assert edit.after.decode() == (
        FILE
        + '\n\n## Do you take \\*cards\\*? {#cards tags="pay"}\n\n> visa ok?\n> cards\n\nYes, all.'
    )
    assert (edit.entry.question, edit.entry.category) == ("Do you take *cards*?", "Other")


def test_an_entry_goes_to_the_end_of_its_category(faq: Path) -> None:
    edit = Editor(faq).add_entry("faq.md", NEW, "Delivery")
    written = (
        '\n## Do you take \\*cards\\*? {#cards tags="pay"}\n\n> visa ok?\n> cards\n\nYes, all.\n'
    )
    assert edit.after.decode() == FILE.replace("Five euros.\n", f"Five euros.\n{written}")
    assert edit.entry.category == "Delivery"


@pytest.mark.parametrize("file", ["faq.md", "new.md"])
def test_a_category_is_spelt_as_the_faq_spells_it(faq: Path, file: str) -> None:
    text = FILE.replace("# Delivery", "# L’été & la livraison")
    (faq / "faq.md").write_text(text, encoding="utf-8")
    edit = Editor(faq).add_entry(file, NEW, "l'ete et la livraison")
    assert edit.entry.category == "l'ete et la livraison"  # other words
    edit = Editor(faq).add_entry(file, NEW, "l'ete, la  Livraison")
    assert edit.entry.category == "L’été & la livraison"
    assert edit.after.decode().count("# L’été & la livraison") == 1


def test_a_category_is_made(faq: Path) -> None:
    edit = Editor(faq).add_entry("faq.md", NEW, "Paying")
    assert added(edit)[:3] == ["", "# Paying", ""]
    assert edit.entry.category == "Paying"


def test_an_entry_with_everything(faq: Path) -> None:
    new = NewEntry(
        "a.b",
        "en",
        "Q {x} #",
        "A\r\n\r\n- b",
        (),
        ("t", "u"),
        human=True,
        review_by=date(2027, 1, 31),
    )
    entry = Editor(faq).add_entry("faq.md", new).entry
    assert (entry.question, entry.answer) == ("Q {x} #", "A\n\n- b")
    assert (entry.human, entry.tags, entry.review_by) == (True, ("t", "u"), date(2027, 1, 31))


@pytest.mark.parametrize(
    ("file", "begins"),
    [("en/new.md", "## Do"), ("new.md", "---\nlanguage: en\n---\n\n## Do"), ("fr/n.md", "---\n")],
)
def test_a_new_file(faq: Path, file: str, begins: str) -> None:
    editor = Editor(faq, ("fr", "en"))
    edit = editor.add_entry(file, NEW)
    assert edit.before is None
    assert edit.after.decode().startswith(begins)
    assert edit.after.endswith(b"Yes, all.\n")
    assert edit.diff.startswith(f"--- /dev/null\n+++ b/{file}\n")
    editor.save(edit)
    assert read_library(faq, ("fr", "en")) == edit.library


@pytest.mark.parametrize(
    "file",
    [
        *("new.txt", "../new.md", "/new.md", "texts/new.md", ".hidden/new.md", "charter.md"),
        *("fr/Charter.md", "canned-replies.md", ""),
    ],
)
def test_entries_are_put_into_files_of_entries_only(faq: Path, file: str) -> None:
    with pytest.raises(LibraryError, match="entries stand in files"):
        Editor(faq).add_entry(file, NEW)


@pytest.mark.parametrize(
    ("new", "words"),
    [
        (NewEntry("delay", "en", "Q", "A"), "already that of faq.md:8"),
        (NewEntry("a b", "en", "Q", "A"), "unknown 'b' in the braces"),
        (NewEntry("", "en", "Q", "A"), "may hold only"),
        (NewEntry("x", "en", " ", "A"), "no question"),
        (NewEntry("x", "en", "Q", "\n"), "no answer"),
        (NewEntry("x", "en", "Q", "A\n\n## B\n\nC"), "use `###`"),
        (NewEntry("x", "en", "Q", "> A"), "begins with a quote"),
        (NewEntry("x", "en", "Q", "A <!--\n-->\n\n<!-- B -->"), "not be read as it is meant"),
        (NewEntry("x", "en", "Q", "A\n\n```\nB"), "never closed"),
        (NewEntry("x", "en", "Q", "A\n---\nB"), "the entry has no answer"),
        (NewEntry("x", "en", "Q", "A", ("",)), "phrasing is empty"),
        (NewEntry("x", "en", "Q", "A", ("p" * 301,)), "300 characters"),
        (NewEntry("x", "en", "Q", "A", (), ("a b",)), "not be read as it is meant"),
        (NewEntry("x", "en", "Q", "A", (), ('"',)), "braces"),
        (NewEntry("x", "de", "Q", "A"), "not be read as it is meant"),
        (NewEntry("x", "en", "Q" * 1001, "A"), "shorten it"),
    ],
)
def test_an_entry_is_refused(faq: Path, new: NewEntry, words: str) -> None:
    with pytest.raises(LibraryError, match=words):
        Editor(faq).add_entry("faq.md", new)
    assert (faq / "faq.md").read_bytes() == FILE.encode()


# ── saving ───────────────────────────────────────────────────────────────────────────────────────


def test_a_file_that_changed_meanwhile_is_left_alone(faq: Path) -> None:
    editor = Editor(faq)
    edit = editor.add_phrasing("delay", "en", "soon?")
    (faq / "faq.md").write_text(FILE + "\n")
    with pytest.raises(Conflict, match="changed meanwhile"):
        editor.save(edit)
    assert (faq / "faq.md").read_text() == FILE + "\n"
    created = editor.add_entry("en/new.md", NEW)
    (faq / "en").mkdir()
    (faq / "en" / "new.md").write_text("## Mine\n\nYes.\n")
    with pytest.raises(Conflict):
        editor.save(created)


def test_the_files_permissions_and_links_stay(faq: Path) -> None:
    target = faq / ".kept" / "faq.txt"
    target.parent.mkdir()
    (faq / "faq.md").rename(target)
    (faq / "faq.md").symlink_to(target)
    target.chmod(0o640)
    editor = Editor(faq)
    edit = editor.add_phrasing("delay", "en", "soon?")
    editor.save(edit)
    assert (faq / "faq.md").is_symlink()
    assert target.read_bytes() == edit.after
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    created = editor.add_entry("en/new.md", NEW)
    editor.save(created)
    assert stat.S_IMODE(created.path.stat().st_mode) == 0o644


def test_a_disk_that_is_full_is_said(faq: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = Editor(faq)
    edit = editor.add_phrasing("delay", "en", "soon?")

    def fails(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fails)
        with pytest.raises(LibraryError, match=r"faq\.md:1: the file cannot be written: No space"):
            editor.save(edit)
    assert [path.name for path in faq.iterdir()] == ["faq.md"]
    assert (faq / "faq.md").read_bytes() == FILE.encode()


# ── ids and near-duplicates ──────────────────────────────────────────────────────────────────────


def entry(entry_id: str) -> Entry:
    return Entry(entry_id, "en", entry_id, (), "A", Source("a.md", 1), "v")


def test_an_unused_id() -> None:
    library = Library((entry("how-long"), entry("how-long-2"), entry("entry")), "h")
    assert unused_id("How long?", library) == "how-long-3"
    assert unused_id("How much?", library) == "how-much"
    assert unused_id("?", library) == "entry-2"
    assert len(unused_id("very long words " * 20, library)) <= 60


def test_near_duplicates_are_told_once_each_likeliest_first() -> None:
    chances = {
        "a": [("x", 0.6), ("y", 0.5), ("own", 0.9)],
        "b": [("x", 0.7), ("z", 0.49)],
        "c": [],
    }

    def rank(text: str) -> list[Match]:
        return [Match(entry(name), chance, text) for name, chance in chances[text]]

    found = near_duplicates(("a", "b", "c"), rank, own="own")
    assert [(near.wording, near.match.entry.id) for near in found] == [("b", "x"), ("a", "y")]
    assert len(near_duplicates(("b",), rank, likely=0.4)) == 2


def test_an_edit_reads_no_file_again_that_it_does_not_change(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.md").write_text(f"## {name}? {{#{name}}}\n\n{name}.\n")
    parsed = Parsed()
    before = read_library(tmp_path, parsed=parsed)
    added = Editor(tmp_path, (), parsed).add_phrasing("b", "en", "bee?")
    changes = Changes(tmp_path, (), parsed)
    changed = changes.change("b", "en", Written("b?", (), "B."))
    assert [edit.library.entries[0] is before.entries[0] for edit in (added, changed)] == [True] * 2
    assert changed.library.entries[1].answer == "B."
    assert changes.written("b", "en").answer == "b."

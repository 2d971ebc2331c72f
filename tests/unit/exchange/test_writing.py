"""What an import writes: only what changes; comments, layout and line ends stay."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bot.errors import Conflict, LibraryError
from bot.exchange.items import Item, item_of
from bot.exchange.planning import Change
from bot.exchange.writing import A_FILE, FileChange, file_changes
from bot.library.reading import library_files, read_library
from bot.models import Library

BEFORE = """\
---
language: en
---
<!-- Written by Ann. -->
# Delivery

##   How *long*?   {#long}   ##

> when?
<!-- from the shop -->
> how many days

<!-- note -->
Three days.
<!-- another note -->

- To your door
- To a shop

Where is it?
------------

Look it up.

# Returns

## Can I return it? {#return .human}
Yes.
<!-- the end -->
"""


@pytest.fixture
def faq(tmp_path: Path) -> Path:
    folder = tmp_path / "faq"
    folder.mkdir()
    (folder / "a.md").write_text(BEFORE)
    return folder


def changed(faq: Path, *changes: Change) -> tuple[FileChange, ...]:
    library = read_library(faq) if library_files(faq) else Library((), "")
    return file_changes(faq, ("en",), library, changes, "new")


def edit(faq: Path, entry_id: str, change: Callable[[Item], Item]) -> str:
    """The lines of the only file's difference, as it is saved."""
    entry = read_library(faq).find(entry_id, "en")
    assert entry
    (file,) = changed(faq, Change(entry, change(item_of(entry))))
    file.save()
    assert (faq / "a.md").read_bytes() == file.after
    return "\n".join(line for line in file.diff.splitlines()[2:] if line[0] in "+-")


def test_an_answer(faq: Path) -> None:
    told = edit(
        faq, "long", lambda item: replace(item, answer=item.answer.replace("Three", "Four"))
    )
    assert told == "-Three days.\n+Four days."
    told = edit(faq, "long", lambda item: replace(item, answer=f"{item.answer}\n- By bike"))
    assert told == "+- By bike"
    assert "<!-- another note -->" in (faq / "a.md").read_text()


def test_an_answer_that_is_all_new(faq: Path) -> None:
    told = edit(faq, "return", lambda item: replace(item, answer="No.\n\nNever."))
    assert told == "-Yes.\n+No.\n+\n+Never."


def test_phrasings(faq: Path) -> None:
    told = edit(faq, "long", lambda item: replace(item, phrasings=("how many days", "new")))
    assert told == "-> when?\n+> new"
    told = edit(faq, "long", lambda item: replace(item, phrasings=()))
    assert told == "-> how many days\n-> new"
    told = edit(faq, "return", lambda item: replace(item, phrasings=("back?",)))
    assert told == "+\n+> back?\n+"


def test_a_heading(faq: Path) -> None:
    told = edit(faq, "long", lambda item: replace(item, tags=("a", "b")))
    assert told == '-##   How *long*?   {#long}   ##\n+## How *long*? {#long tags="a b"}'
    told = edit(faq, "where-is-it", lambda item: replace(item, question="Where? #"))
    assert told == "-Where is it?\n-------------\n+## Where? \\# {#where-is-it}"


def new(name: str, category: str = "") -> Change:
    item = Item(name, f"{name}?", f"{name}.", id=name, language="en", category=category)
    return Change(None, item)


def test_new_entries_go_to_their_category_or_the_end(faq: Path) -> None:
    changes = (new("x", category="Delivery"), new("y"), new("z", category="Shops"))
    with_file = [replace(change, item=replace(change.item, file="a.md")) for change in changes]
    (file,) = changed(faq, *with_file)
    text = file.after.decode()
    assert text.index("## y? {#y}") < text.index("# Delivery")  # below it, it would be of it
    assert text.index("# Delivery") < text.index("## x? {#x}") < text.index("# Returns")
    assert text.index("<!-- the end -->") < text.index("# Shops\n\n## z? {#z}")
    assert all(line in text for line in BEFORE.splitlines())


def test_a_new_file(faq: Path) -> None:
    (file,) = changed(faq, new("x", category="C"), new("y"), new("z", category="C"))
    assert (file.file, file.before) == ("en/new.md", None)
    assert (
        file.after.decode() == "## y? {#y}\n\ny.\n\n# C\n\n## x? {#x}\n\nx.\n\n## z? {#z}\n\nz.\n"
    )


def test_line_ends_stay(faq: Path) -> None:
    (faq / "a.md").write_bytes(BEFORE.rstrip().replace("\n", "\r\n").encode())
    edit(faq, "long", lambda item: replace(item, answer="One.\n\nTwo.", phrasings=("new",)))
    text = (faq / "a.md").read_bytes()
    assert text.count(b"\n") == text.count(b"\r\n")
    assert not text.endswith(b"\n")


def test_a_file_that_changed_meanwhile_is_left_alone(faq: Path) -> None:
    entry = read_library(faq).find("long", "en")
    assert entry
    (file,) = changed(faq, Change(entry, replace(item_of(entry), answer="New.")))
    (faq / "a.md").write_text(BEFORE + "\n")
    with pytest.raises(Conflict, match="changed meanwhile"):
        file.save()


def test_what_would_be_read_otherwise_is_not_written(faq: Path) -> None:
    with pytest.raises(LibraryError, match="x would not be read as it is meant"):
        changed(faq, Change(None, Item("x", "x?", "a\n\n## b\n\nc", id="x", language="en")))
    assert (faq / "a.md").read_text() == BEFORE


def test_a_file_holds_one_language_and_so_many_new_entries(faq: Path) -> None:
    several = [new(f"n{number}") for number in range(A_FILE + 1)]
    english = Item("x", "x?", "x.", id="x", language="en", file="shared.md")
    french = replace(english, language="fr")
    library = read_library(faq)
    changes = [*several, Change(None, english), Change(None, french)]
    made = file_changes(faq, ("en", "fr"), library, changes, "new")
    assert [file.file for file in made] == ["en/new-2.md", "en/new.md", "fr/new.md", "shared.md"]

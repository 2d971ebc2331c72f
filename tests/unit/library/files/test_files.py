"""What was read of files is kept, as long as they hold the same."""

from pathlib import Path

import pytest

from bot.errors import LibraryError
from bot.library.files.file import Parsed
from bot.library.files.lines import Snapshot
from bot.library.reading import read_library


@pytest.fixture
def faq(tmp_path: Path) -> Path:
    for name in ("a", "b"):
        (tmp_path / f"{name}.md").write_text(f"## {name}? {{#{name}}}\n\n{name}.\n")
    return tmp_path


def test_only_what_changed_is_read_again(faq: Path) -> None:
    parsed = Parsed()
    before = read_library(faq, ["en"], parsed=parsed)
    assert read_library(faq, ["en"], parsed=parsed).entries[0] is before.entries[0]
    (faq / "b.md").write_text("## b? {#b}\n\nB!\n")
    after = read_library(faq, ["en"], parsed=parsed)
    assert after.entries[0] is before.entries[0]
    assert after.entries[1].answer == "B!"
    assert after == read_library(faq, ["en"])
    assert after.hash != before.hash


def test_what_is_gone_is_forgotten(faq: Path) -> None:
    parsed = Parsed()
    before = read_library(faq, ["en"], parsed=parsed)
    text = (faq / "a.md").read_text()
    (faq / "a.md").unlink()
    read_library(faq, ["en"], parsed=parsed)
    (faq / "a.md").write_text(text)
    again = read_library(faq, ["en"], parsed=parsed)
    assert again == before
    assert again.entries[0] is not before.entries[0]


def test_a_file_as_somebody_would_like_it_does_not_displace_the_file_as_it_is(faq: Path) -> None:
    parsed = Parsed()
    path, wished = faq / "b.md", b"## b? {#b}\n\nB!\n"
    before = read_library(faq, ["en"], parsed=parsed)
    for _ in range(2):
        contents = Snapshot({path: wished})
        assert read_library(faq, ["en"], contents, parsed=parsed).entries[1].answer == "B!"
        assert read_library(faq, ["en"], parsed=parsed).entries[1] is before.entries[1]


def test_another_language_or_name_is_another_entry(faq: Path) -> None:
    parsed = Parsed()
    english = read_library(faq, ["en"], parsed=parsed).entries[0]
    french = read_library(faq, ["fr"], parsed=parsed).entries[0]
    assert (english.language, french.language) == ("en", "fr")
    (faq / "a.md").rename(faq / "c.md")
    assert read_library(faq, ["en"], parsed=parsed).entries[1].source.file == "c.md"
    (faq / "de").mkdir()
    (faq / "c.md").rename(faq / "de" / "c.md")
    assert read_library(faq, parsed=parsed).entries[1].language == "de"


def test_faults_are_told_each_time(faq: Path) -> None:
    parsed = Parsed()
    (faq / "a.md").write_text("no heading")
    told = set()
    for _ in range(2):
        with pytest.raises(LibraryError) as refused:
            read_library(faq, ["en"], parsed=parsed)
        told.add(str(refused.value))
    assert len(told) == 1


def test_a_file_that_cannot_be_read_is_looked_at_again(faq: Path) -> None:
    parsed = Parsed()
    (faq / "c.md").symlink_to(faq / "nowhere")
    with pytest.raises(LibraryError, match=r"c\.md:1: the file cannot be read"):
        read_library(faq, ["en"], parsed=parsed)
    (faq / "nowhere").write_text("## c? {#c}\n\nc.\n")
    assert len(read_library(faq, ["en"], parsed=parsed).entries) == 3

"""Reading a folder: which files, which languages, and what changes a hash."""

from pathlib import Path

import pytest

from bot.errors import LibraryError
from bot.library.reading import read_library
from bot.models import Library


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def languages(library: Library) -> dict[str, str]:
    return {entry.id: entry.language for entry in library.entries}


def faults(folder: Path, brand: tuple[str, ...] = ()) -> list[str]:
    with pytest.raises(LibraryError) as caught:
        read_library(folder, brand)
    return [str(fault) for fault in caught.value.faults]


def test_files_are_found_below_the_folder_in_order(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "b.md": "## b\n\nB",
            "a/z/c.MD": "## c\n\nC",
            "texts/fr.md": "no entry",
            ".git/x.md": "no entry",
            ".draft.md": "no entry",
            "notes.txt": "no entry",
        },
    )
    (tmp_path / "folder.md").mkdir()
    sources = [str(entry.source) for entry in read_library(tmp_path).entries]
    assert sources == ["a/z/c.MD:1", "b.md:1"]


def test_one_file_can_be_read(tmp_path: Path) -> None:
    write(tmp_path, {"fr/a.md": "## a\n\nA", "fr/b.md": "no entry"})
    (entry,) = read_library(tmp_path / "fr" / "a.md").entries
    assert (str(entry.source), entry.language) == ("a.md:1", "fr")


@pytest.mark.parametrize("name", ["nowhere", "empty", "nowhere.md"])
def test_nothing_to_read_is_a_fault(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (fault,) = faults(tmp_path / name)
    assert fault.startswith(f"{name}:1: there is no ")


def test_a_file_that_cannot_be_opened_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.md").symlink_to(tmp_path / "gone")
    assert faults(tmp_path) == ["a.md:1: the file cannot be read: No such file or directory"]


def test_what_is_not_utf8_is_named_by_line(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"## caf\xc3\xa9\r\n\r\ncaf\xe9\r\n")
    (fault,) = faults(tmp_path)
    assert fault.startswith("a.md:3: ")
    assert "UTF-8" in fault


def test_a_file_so_large_that_the_bot_would_stand_still_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("## Q?\n\n" + "word " * 1_000_000)
    assert faults(tmp_path) == ["a.md:1: the file is too large (5 MB, of 4 MB at most): divide it"]


def test_front_matter_comes_before_the_nearest_folder(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "en/a.md": "---\nlanguage: de\n---\n## a\n\nA",
            "en/shop/b.md": "## b\n\nB",
            "en/fr/c.md": "## c\n\nC",
            "ES/d.md": "## d\n\nD",
            "e.md": "## e\n\nE",
        },
    )
    found = languages(read_library(tmp_path, ("it", "de", "en", "fr", "es")))
    assert found == {"a": "de", "b": "en", "c": "fr", "d": "es", "e": "it"}


def test_the_faq_folder_itself_can_name_the_language(tmp_path: Path) -> None:
    write(tmp_path, {"fr/a.md": "## a\n\nA"})
    assert languages(read_library(tmp_path / "fr")) == {"a": "fr"}


@pytest.mark.parametrize(("other", "expected"), [("## b\n\nB", "en"), ("fr", "fr")])
def test_without_brand_languages_the_only_one_is_taken(
    tmp_path: Path, other: str, expected: str
) -> None:
    text = "---\nlanguage: fr\n---\n## b\n\nB" if other == "fr" else other
    write(tmp_path, {"a.md": "## a\n\nA", "b.md": text})
    assert languages(read_library(tmp_path)) == {"a": expected, "b": expected}


def test_among_several_languages_a_file_must_name_its_own(tmp_path: Path) -> None:
    write(tmp_path, {"fr/a.md": "## a\n\nA", "en/a.md": "## a\n\nA", "b.md": "## b\n\nB"})
    (fault,) = faults(tmp_path)
    assert fault.startswith("b.md:1: which language")


def test_a_language_that_the_brand_does_not_speak_is_a_fault(tmp_path: Path) -> None:
    matter = "\n---\nlanguage: de\n---\n"
    write(tmp_path, {"a.md": f"{matter}## a\n\nA\n\n## b\n\nB", "es/c.md": "## c\n\nC"})
    first, second = faults(tmp_path, ("fr", "en"))
    assert first.startswith("a.md:3: the language 'de' is not one of the brand's (fr, en)")
    assert second.startswith("es/c.md:1: the language 'es'")


def test_an_id_may_be_used_once_in_each_language(tmp_path: Path) -> None:
    write(tmp_path, {"fr/a.md": "## A {#x}\n\nA", "en/a.md": "## A {#x}\n\nA"})
    assert len(read_library(tmp_path).entries) == 2
    write(tmp_path, {"fr/b.md": "# B\n\n## B {#x}\n\nB\n\n## x\n\nC"})
    first, second = faults(tmp_path)
    assert first.startswith("fr/b.md:3: the id 'x' is already that of fr/a.md:1")
    assert second.startswith("fr/b.md:7: the id 'x' is already that of fr/a.md:1")


def test_faults_are_sorted_by_file_and_line(tmp_path: Path) -> None:
    write(tmp_path, {"b.md": "hello", "a.md": "## Q\n" * 11})
    assert [fault.split(": ")[0] for fault in faults(tmp_path)] == [
        *["a.md:1", *[f"a.md:{line}" for line in range(2, 12) for _ in range(2)]],
        "b.md:1",
    ]


BASE = '# C\n\n## Q {#q tags="t" review_by=2027-01-31}\n\n> p\n\nA\n'


@pytest.mark.parametrize(
    ("old", "new", "visible"),
    [
        ("## Q", "## R", True),
        ("\nA\n", "\nB\n", True),
        ("#q", "#q .human", True),
        ("> p", "> p2", False),
        ("> p", "> p\n> p2", False),
        ('"t"', '"u"', False),
        ("2027", "2028", False),
        ("# C", "# D", False),
        ("#q", "#r", False),
    ],
)
def test_any_change_changes_the_hash_and_a_visible_one_the_version(
    tmp_path: Path, old: str, new: str, visible: bool
) -> None:
    write(tmp_path, {"a.md": BASE})
    before = read_library(tmp_path)
    write(tmp_path, {"a.md": BASE.replace(old, new, 1)})
    after = read_library(tmp_path)
    assert after.hash != before.hash
    assert (after.entries[0].version != before.entries[0].version) == visible


def test_the_version_is_twelve_digits_and_stays(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": BASE})
    before = read_library(tmp_path)
    write(tmp_path, {"a.md": f"\n\n{BASE}\n"})
    after = read_library(tmp_path)
    assert len(before.entries[0].version) == 12
    assert int(before.entries[0].version, 16) >= 0
    assert (after.hash, after.entries[0].version) == (before.hash, before.entries[0].version)
    assert after.entries[0].source.line == before.entries[0].source.line + 2


def test_a_translation_has_its_own_version(tmp_path: Path) -> None:
    write(tmp_path, {"fr/a.md": "## Menu\n\nOK", "en/a.md": "## Menu\n\nOK"})
    first, second = read_library(tmp_path).entries
    assert first.version != second.version

"""Links and images in answers."""

from pathlib import Path

import pytest

from bot.library.reading import read_library
from bot.models import Source
from bot.review import links
from bot.review.findings import Finding, Kind, Places
from bot.review.links import Link


def looked(folder: Path, answer: str, *, whole: bool = True) -> list[Finding]:
    (folder / "en").mkdir(exist_ok=True)
    (folder / "en" / "a.md").write_text(f"## A? {{#a}}\n\n> b\n\n{answer}\n", encoding="utf-8")
    library = read_library(folder, ("en",))
    return list(links.look(library, Places(folder), whole=whole))


def found(folder: Path, answer: str) -> list[Link]:
    looked(folder, answer)
    return list(links.links(read_library(folder).entries))


@pytest.mark.parametrize(
    "answer",
    [
        "Nothing here, [brackets] and a < b.",
        "[shop](https://example.com/a?b=c#d) <https://example.com> [x][y]\n\n[y]: http://e.com",
        "[mail](mailto:a@example.com) [call](tel:+331234)",
        "[this](#a) and [that](a.md#a)",
        "![map](../files/map.png) [guide](<../files/the%20guide.pdf>)",
        "`[code](nowhere)`",
    ],
)
def test_sound_links_are_left_alone(tmp_path: Path, answer: str) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "map.png").touch()
    (tmp_path / "files" / "the guide.pdf").touch()
    assert looked(tmp_path, answer) == []


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ("[x](#none)", Kind.DEAD_LINK, "there is no entry #none: correct the id"),
        ("[x](a.md#none)", Kind.DEAD_LINK, "there is no entry #none"),
        ("[x](b.md)", Kind.MISSING_FILE, "there is no file b.md: add it, or correct its name"),
        ("![x](map.png)", Kind.MISSING_FILE, "there is no file map.png"),
        ("[x](../../secret.txt)", Kind.MISSING_FILE, "../../secret.txt in the FAQ folder"),
        ("[x](www.example.com/y)", Kind.DEAD_LINK, "needs https:// before it"),
        ("[x](/shop)", Kind.DEAD_LINK, "is not a whole address"),
        ("[x](ftp://example.com)", Kind.DEAD_LINK, "followers cannot open ftp://example.com"),
        ("[x]()", Kind.DEAD_LINK, "this link has no address"),
        ("![x]()", Kind.DEAD_LINK, "this image has no address"),
        ("[x][y]", Kind.DEAD_LINK, "add a line `[y]: https://…`"),
        ("[x][]", Kind.DEAD_LINK, "add a line `[x]: https://…`"),
    ],
)
def test_a_link_that_leads_nowhere_is_found(
    tmp_path: Path, answer: str, kind: Kind, words: str
) -> None:
    (tmp_path.parent / "secret.txt").touch()
    (finding,) = looked(tmp_path, f"First a line.\n\nThen {answer}, and more.")
    assert (finding.kind, finding.source) == (kind, Source("en/a.md", 7))
    assert words in finding.message


def test_links_to_entries_are_not_told_where_entries_cannot_be_read(tmp_path: Path) -> None:
    assert looked(tmp_path, "[x](#none) [y](a.md#none)", whole=False) == []


def test_addresses_that_stand_there_bare_are_links(tmp_path: Path) -> None:
    answer = "See https://example.com/a, (https://example.com/b). [https://c.com](https://d.com)"
    assert [one.address for one in found(tmp_path, answer)] == [
        "https://example.com/a",
        "https://example.com/b",
        "https://d.com",
    ]

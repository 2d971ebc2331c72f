"""Canned replies: their file, their variables and attachments, and how they are found."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import LibraryError
from bot.library.canned import (
    CannedReply,
    canned_files,
    fill,
    missing_attachments,
    read_canned,
    search,
    unfilled,
)
from bot.library.files.plain import escaped, shown

ROOT = Path(__file__).parents[3]


def read(folder: Path, text: str, name: str = "canned-replies.md") -> tuple[CannedReply, ...]:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode())
    return read_canned(folder, ("fr", "en"))


def only(folder: Path, text: str, name: str = "canned-replies.md") -> CannedReply:
    (reply,) = read(folder, text, name)
    return reply


def test_a_reply_with_everything(tmp_path: Path) -> None:
    reply = only(
        tmp_path,
        "Words for people.\n\n# Orders\n\n"
        '## Ask *which* {#ask tags="a b"}\n\n> which order\n> ref\n\n'
        "Hello {first_name}.\n\n![Where](files/where%20is.png)\n\nBye.\n\n![](<a b.pdf>)\n",
        "en/canned-replies.md",
    )
    assert (reply.id, reply.name, reply.words) == ("ask", "Ask which", ("which order", "ref"))
    assert (reply.tags, reply.category, reply.language) == (("a", "b"), "Orders", "en")
    assert reply.text == "Hello {first_name}.\n\nBye."
    assert [(one.name, one.path) for one in reply.attachments] == [
        ("Where", "en/files/where is.png"),
        ("a b.pdf", "en/a b.pdf"),
    ]
    assert str(reply.source) == "en/canned-replies.md:5"


def test_pictures_of_the_web_and_in_lines_stay_in_the_text(tmp_path: Path) -> None:
    text = "![x](https://a.example/b.png)\n\nsee ![y](y.png) here"
    reply = only(tmp_path, f"## A\n\n{text}\n")
    assert (reply.text, reply.attachments) == (text, ())


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    replies = read(tmp_path, "## A\n\na\n\n![](a.pdf)\n\n## B\n\nb\n\n![](b.pdf)\n")
    (tmp_path / "a.pdf").write_bytes(b"")
    (fault,) = missing_attachments(tmp_path, replies)
    assert str(fault).startswith("canned-replies.md:7: there is no file b.pdf")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("## A\n", 1, "the reply has no text"),
        ("## A {.human}\n\na\n", 1, "unknown '.human'"),
        ("## A\n\nHello {firstname}\n", 1, "did you mean 'first_name'"),
        ("## A\n\nHello {first_name\n", 1, "a brace stands alone"),
        ("## A\n\nHello }\n", 1, "a brace stands alone"),
        ("## A\n\n![](../a.pdf)\n", 1, "outside of the FAQ folder"),
        ("## A\n\na\n\n## A\n\na\n", 5, "already that of canned-replies.md:1"),
    ],
)
def test_faults(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(LibraryError) as caught:
        read(tmp_path, text)
    (fault,) = caught.value.faults
    assert str(fault).startswith(f"canned-replies.md:{line}: ")
    assert words in fault.message


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    assert read_canned(tmp_path) == ()
    assert canned_files(tmp_path) == []


@pytest.mark.parametrize(
    ("text", "name", "filled", "missing"),
    [
        ("Hello {first_name}!", "Ann", "Hello Ann!", ()),
        ("Hello { first_name }!", "Ann", "Hello Ann!", ()),
        ("Hello {first_name}!", "", "Hello {first_name}!", ("first_name",)),
        ("Hello {first_name}!", "  ", "Hello {first_name}!", ("first_name",)),
        ("Hello {first_name|there}!", "", "Hello there!", ()),
        ("Hello {first_name|there}!", "Ann", "Hello Ann!", ()),
        ("Hello {first_name|}, yes", "", "Hello, yes", ()),
        ("Hello {first_name|}, yes", "Ann", "Hello Ann, yes", ()),
        ("{first_name|}{first_name|} {first_name} x", "", " {first_name} x", ("first_name",)),
        (r"\{first_name} {first_name}", "Ann", r"\{first_name} Ann", ()),
        ("Hello {first_name}", "*A* [x](http://y)\n# z", r"Hello \*A\* \[x\](http://y) \# z", ()),
        ("Hello {first_name}", "{brand}", r"Hello \{brand\}", ()),
        ("Hello {first_name}", "Jean-Luc d’É.", "Hello Jean-Luc d’É.", ()),
    ],
)
def test_filling(
    tmp_path: Path, text: str, name: str, filled: str, missing: tuple[str, ...]
) -> None:
    reply = only(tmp_path, f"## A\n\n{text}\n")
    done = fill(reply.text, {"first_name": name})
    assert (done.text.strip(), done.missing) == (filled.strip(), missing)
    assert unfilled(done.text) == missing


def test_a_reply_that_still_holds_a_variable_is_found() -> None:
    assert unfilled("Hello {first_name|x} and {brand}, {brand}") == ("first_name", "brand")
    assert unfilled(r"Hello \{brand} {something}") == ()


@given(st.text())
def test_a_value_is_shown_as_it_is(value: str) -> None:
    plain = " ".join(value.replace("\0", "").split())
    assert shown(escaped(plain)) == plain


REPLIES = """
## Lost parcel {#lost tags="carrier"}

> missing

We look for it.

## Apology {#sorry}

> lost my temper

Sorry about the parcel.

## Éxcuse {#excuse}

Rien.
"""


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("", ["lost", "sorry", "excuse"]),
        ("parcel", ["lost", "sorry"]),
        ("PARCÉL  look", ["lost"]),
        ("carr", ["lost"]),
        ("lost", ["lost", "sorry"]),
        ("excu", ["excuse"]),
        ("nothing", []),
        ("arcel", []),
        ("?!", ["lost", "sorry", "excuse"]),
    ],
)
def test_search(tmp_path: Path, words: str, ids: list[str]) -> None:
    assert [reply.id for reply in search(read(tmp_path, REPLIES), words)] == ids


def test_search_leaves_out_other_languages(tmp_path: Path) -> None:
    read(tmp_path, "## A\n\na\n", "fr/canned-replies.md")
    read(tmp_path, "## A\n\na\n", "en/canned-replies.md")
    replies = read(tmp_path, "## B\n\nb\n")
    assert [reply.id for reply in search(replies, "", "fr")] == ["b", "a"]
    assert len(search(replies, "")) == 3


def test_the_shipped_replies_are_the_same_in_both_languages() -> None:
    replies = read_canned(ROOT / "faq", ("fr", "en"))
    french, english = (
        {reply.id for reply in replies if reply.language == language} for language in ("fr", "en")
    )
    assert french == english != set()
    assert missing_attachments(ROOT / "faq", replies) == []

"""Whatever a file holds, it is read or its faults are named: there is no third way."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import LibraryError
from bot.library.reading import read_library
from bot.models import Library

PIECES = st.sampled_from(
    [
        *[
            "# ",
            "## ",
            "##",
            "### ",
            "> ",
            ">",
            "- ",
            "1. ",
            "    ",
            "\t",
            "```",
            "~~~",
            "---",
            "===",
        ],
        *["\n", "\n\n", "\r\n", "\r", "{", "}", "{#a}", "{.human}", '{tags="', "review_by=", "\\"],
        *["<!--", "-->", "<div>", "[a]: b", "[", "](", "*", "`", "&amp;", "language: fr", "\0"],
        *["Q?", "réponse", "\ufeff", "\u2028", "\x0b", "\x85", "\u00a0"],
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join)


def read(data: bytes) -> Library | LibraryError:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "faq.md"
        file.write_bytes(data)
        try:
            return read_library(file)
        except LibraryError as error:
            return error


def check(data: bytes) -> None:
    outcome = read(data)
    if isinstance(outcome, LibraryError):
        last = data.replace(b"\r", b"\n").count(b"\n") + 1
        places = [fault.source.line for fault in outcome.faults]
        assert places
        assert places == sorted(places)
        assert 1 <= places[0] <= places[-1] <= last
    else:
        assert outcome.entries
        assert all(entry.id and entry.question and entry.answer for entry in outcome.entries)
        assert all(all(entry.phrasings) for entry in outcome.entries)


@settings(deadline=None)
@given(TEXTS)
def test_any_markdown(text: str) -> None:
    check(text.encode("utf-8", "surrogatepass"))


@settings(deadline=None)
@given(TEXTS)
def test_any_front_matter(text: str) -> None:
    check(f"---\n{text}\n---\n## Q\n\nA\n".encode("utf-8", "surrogatepass"))


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    check(data)

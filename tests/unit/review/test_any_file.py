"""Whatever an FAQ file holds, a review of it ends with findings in that file, at lines it has."""

import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.config import Brand, Faq, Settings
from bot.library.reading import read_what_can
from bot.review import content, links, online
from bot.review.findings import Finding, Places

PIECES = st.sampled_from(
    [
        *["## ", "> ", "# ", "\n", "\n\n", "\r\n", "\r", "---\n", "{#a}", "{.human}", "```"],
        *["[x](", "![x](", ")", "[", "]", "][", "#a", "#b", "../", "/", "%20", "%00", "\\"],
        *["https://", "http://[", "www.example.com", "mailto:", "a.md", "x.png", ":", "?", "\0"],
        *["Where is it?", "where is my parcel", "See ", "review_by=2020-01-01", "\ufeff", "<", ">"],
        *["\u2028", "<!--", "a" * 300],
    ]
)
LINK = st.lists(PIECES | st.text(max_size=5), max_size=6).map(lambda some: f"[x]({''.join(some)})")
TEXTS = st.lists(PIECES | LINK | st.text(max_size=5), max_size=40).map("".join)


def lines(data: bytes) -> int:
    return data.replace(b"\r", b"\n").count(b"\n") + 1


def place(folder: str, data: bytes) -> Settings:
    file = Path(folder) / "faq" / "faq.md"
    file.parent.mkdir()
    file.write_bytes(data)
    brand = Brand("B", ("en",))
    return replace(Settings(Path(folder)), brand=brand, faq=Faq("faq"))


def sound(found: Finding, data: bytes) -> bool:
    return found.source.file == "faq.md" and 1 <= found.source.line <= lines(data)


@settings(deadline=None, max_examples=25)
@given(TEXTS | st.tuples(st.just("## A?\n\n> b\n\nC. "), TEXTS).map("".join))
def test_any_file_can_be_reviewed(text: str) -> None:
    data = text.encode("utf-8", "surrogatepass")
    with tempfile.TemporaryDirectory() as folder:
        found = content.review(place(folder, data), date(2026, 11, 30))
    assert all(sound(one, data) for one in found if one.source.file != "faq")


@settings(deadline=None)
@given(TEXTS)
@example("[x](%00) [x](%2e%2e/a%00.md#b)")
@example(f"[x]({'a' * 300}.png) [x](<{'a/' * 3000}>)")
@example("[x](http://[) <http://[> [x](http://[::1]:99999/) http://[x]")
@example("[x](//[) [x](a:b:c) [x](../../../../../..) [x](.) [x](%2f)")
def test_the_links_of_any_answer_can_be_looked_at(text: str) -> None:
    data = f"## A? {{#a}}\n\n{text}".encode("utf-8", "surrogatepass")
    with tempfile.TemporaryDirectory() as folder:
        faq = place(folder, data).faq_folder
        library, _ = read_what_can(faq, ("en",))
        places = Places(faq)
        found = [*links.look(library, places, whole=True)]
        found += online.findings(library, places, dict.fromkeys(online.addresses(library), "gone"))
    assert all(sound(one, data) for one in found)

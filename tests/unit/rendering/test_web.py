"""Markdown to HTML for our own pages: safe whatever the source holds."""

import re
from html import escape, unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rendering import web

KNOWN = {"a", "p", "br", "hr", "em", "strong", "s", "code", "pre", "ul", "ol", "li", "blockquote"}
REL = 'rel="noopener noreferrer nofollow" target="_blank"'


class Page(HTMLParser):
    """Collects tags and addresses, and fails on what is not closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.hrefs: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.hrefs += [value or "" for name, value in attrs if name in {"href", "src"}]
        self.open.append(tag)

    def handle_startendtag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_links_lead_out_safely() -> None:
    assert web("[a](https://example.com)") == (
        f'<p><a href="https://example.com" {REL}>a</a></p>\n'
    )


@pytest.mark.parametrize(
    ("written", "address", "href"),
    [
        ("voir https://a.fr/cours.", "https://a.fr/cours", "https://a.fr/cours"),
        ("(https://a.fr/x_(y)_z)", "https://a.fr/x_(y)_z", "https://a.fr/x_(y)_z"),
        ("« https://a.fr/b?c=1&d=é »", "https://a.fr/b?c=1&d=é", "https://a.fr/b?c=1&d=%C3%A9"),
        ("**www.a-b.fr/c**, là", "www.a-b.fr/c", "https://www.a-b.fr/c"),
        ("à contact@atelier-brume.fr !", "contact@atelier-brume.fr", "mailto:contact@"),
    ],
)
def test_an_address_that_stands_there_bare_is_a_link(written: str, address: str, href: str) -> None:
    html = web(written)
    (found,) = Page(html).hrefs
    assert found.startswith(href)
    assert f">{escape(address)}</a>" in html
    assert re.sub(r"<[^>]+>", "", unescape(html)).strip() == written.replace("*", "")


@pytest.mark.parametrize(
    "written", ["www.", "https://", "a@b", "ftp://a.fr", "xhttps://a.fr", "`https://a.fr`", "a.fr"]
)
def test_what_is_no_address_stays_text(written: str) -> None:
    assert Page(web(written)).hrefs == []


def test_an_address_in_a_links_words_is_no_link_of_its_own() -> None:
    assert Page(web("[https://a.fr](https://b.fr)")).hrefs == ["https://b.fr"]


def test_an_image_is_a_link() -> None:
    html = web("![cup](https://example.com/cup.png)")
    assert html == f'<p><a href="https://example.com/cup.png" {REL}>cup</a></p>\n'


def test_an_image_in_a_link_is_its_text() -> None:
    html = web("[![cup](https://example.com/1)](https://example.com/2)")
    assert html == f'<p><a href="https://example.com/2" {REL}>cup</a></p>\n'


def test_other_addresses_are_only_text() -> None:
    assert web("[a](/b) [c](ftp://d) ![e](data:image/png;base64,x)") == "<p>a c e</p>\n"


def test_raw_html_is_text() -> None:
    assert web("<script>x</script>") == "<p>&lt;script&gt;x&lt;/script&gt;</p>\n"


def test_a_heading_is_a_bold_paragraph() -> None:
    assert web("# Title") == "<p><strong>Title</strong></p>\n"


def test_line_breaks_are_kept() -> None:
    assert web("one\ntwo") == "<p>one<br />\ntwo</p>\n"


alphabet = st.sampled_from(
    [
        "<",
        ">",
        '"',
        "'",
        "](",
        "[",
        "![",
        ")",
        "javascript:",
        "https://a.b",
        "a",
        " ",
        "\n",
        "`",
        "*",
    ]
)


@settings(deadline=None)
@given(st.lists(alphabet, max_size=60).map("".join))
def test_only_known_tags_and_safe_addresses(markdown: str) -> None:
    page = Page(web(markdown))
    assert set(page.tags) <= KNOWN
    assert not page.open
    assert all(href.startswith("https://") for href in page.hrefs)

"""Web pages: what they say of themselves (JSON-LD, microdata), else how they are made.

A page is tried for JSON-LD, then for microdata. Where it has neither, `<details>`, definition
lists, headings, buttons and bold questions are tried, and what gives most questions is taken.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from json import JSONDecodeError, loads

from bs4 import BeautifulSoup
from bs4.element import PageElement, Tag

from bot.errors import LibraryError
from bot.exchange.codecs.html import markdown_of, soup_of, words_of
from bot.exchange.codecs.jsonld import questions
from bot.exchange.items import ASKED, Bundle, Imported, Item, key_of, language_of, unreadable
from bot.models import Fault, Source

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_NEVER = ("footer", "nav", "script", "style", "template", "noscript")
_AROUND = ("header", "aside", "form")
"""Some pages have their questions in one of these."""
_WRAPPED = re.compile(
    r"\A\s*(?:<!--|(?://|/\*)\s*<!\[CDATA\[(?:\s*\*/)?)|(?:-->|(?://|/\*)?\s*\]\]>(?:\s*\*/)?)\s*\Z"
)
_MARKS = re.compile(r"\s*[+\u2212\u00d7\u2303\u2304\u25b2-\u25bf]+\Z")
"""What shows that something opens."""
_ASKING = ("?", "？", "؟", "⁇")


def is_page(content: bytes) -> bool:
    """Whether it looks like HTML."""
    start = content[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<!--", b"<")) and (
        not start.startswith(b"<?xml") or b"<html" in start
    )


def read(bundle: Bundle) -> Imported:
    """Read a page."""
    try:
        page = soup_of(bundle.only, bundle.charset)
    except LibraryError as error:
        raise unreadable(bundle.name, 1, error.faults[0].message) from None
    root = page.find("html")
    language = language_of(str(root.get("lang") or "")) if isinstance(root, Tag) else ""
    for ways in (*((way,) for way in _SAID), _MADE):
        found = [
            (list(read_as(soup_of(bundle.only, bundle.charset), bundle.address)), title)
            for read_as, title in ways
        ]
        items, title = max(found, key=lambda one: _rank(one[0]))
        if items:
            told = tuple(replace(item, language=item.language or language) for item in items)
            return Imported(told, (f"read from its {title}",))
    raise LibraryError(
        [
            Fault(
                Source(bundle.name, 1),
                "no questions with answers found: the page has neither JSON-LD nor microdata of a "
                "FAQPage, no <details>, buttons or headings with text below them (does a script "
                "fill it? Then save the page from a browser and import the file)",
            )
        ]
    )


class _Headings:
    """The headings of a page, to tell which one an element stands under."""

    def __init__(self, page: BeautifulSoup) -> None:
        self._elements = page.find_all()  # held, so that their ids stay theirs
        self._places = {id(one): place for place, one in enumerate(self._elements)}
        self._found: dict[int, list[int]] = {}
        for place, one in enumerate(self._elements):
            if one.name in _HEADINGS[1:] and one.find_parent("details") is None:  # one of an answer
                self._found.setdefault(int(one.name[1]), []).append(place)

    def above(self, element: Tag, below: int = 7) -> str:
        """The words of the nearest one before an element, as its category.

        Only of levels `below` that one; a page's title (`<h1>`) is none.
        """
        here = self._places[id(element)]
        found = (
            (places, bisect_left(places, here))
            for level, places in self._found.items()
            if level < below
        )
        nearest = max((places[at - 1] for places, at in found if at), default=None)
        return "" if nearest is None else words_of(self._elements[nearest])


def _rank(items: Sequence[Item]) -> tuple[int, bool]:
    """What gives more questions goes before; what only gives titles before nothing."""
    return sum(item.question.endswith(_ASKING) for item in items), bool(items)


def _from_jsonld(page: BeautifulSoup, _address: str) -> Iterator[Item]:
    for script in page.find_all("script", type="application/ld+json"):
        try:
            # Many pages have line ends in the middle of their texts, and some a comment around all.
            value = loads(_WRAPPED.sub("", script.get_text()), strict=False)
        except (JSONDecodeError, ValueError, RecursionError):
            continue  # the page may hold several, and be read otherwise as well
        yield from questions(value)


def _from_microdata(page: BeautifulSoup, address: str) -> Iterator[Item]:
    for question in page.find_all(_is_question):
        name = question.find(itemprop="name")
        answer = question.find(itemprop=["acceptedAnswer", "suggestedAnswer"])
        if isinstance(name, Tag) and isinstance(answer, Tag):
            texts = answer.find_all(itemprop="text")
            text = texts[0] if len(texts) == 1 else answer
            asked = str(name.get("content") or "") if name.name == "meta" else words_of(name)
            yield from _item(asked, text, question, address)


def _is_question(tag: Tag) -> bool:
    kinds = str(tag.get("itemtype") or "").split()
    return any(kind.rpartition("/")[2] == "Question" for kind in kinds)


def _from_details(page: BeautifulSoup, address: str) -> Iterator[Item]:
    headings = _Headings(page)
    for details in page.find_all("details"):
        summary = details.find("summary", recursive=False)
        if isinstance(summary, Tag) and not details.find("details"):
            asked, category = words_of(summary), headings.above(details)
            summary.extract()
            yield from _item(asked, details, details, address, category)


def _from_definitions(page: BeautifulSoup, address: str) -> Iterator[Item]:
    headings = _Headings(page)
    for term in page.find_all("dt"):
        answer = term.find_next_sibling(["dd", "dt"])
        if isinstance(answer, Tag) and answer.name == "dd":
            yield from _item(words_of(term), answer, term, address, headings.above(term))


def _from_buttons(page: BeautifulSoup, address: str) -> Iterator[Item]:
    """Questions that are buttons, each with what it opens."""
    headings = _Headings(page)
    named = {str(one.get("id")): one for one in reversed(page.find_all(id=True))}
    for button in page.find_all(["button", "a", "div", "span"]):
        opens = str(button.get("aria-controls") or "")
        asked = _title(button)
        if not asked.endswith(_ASKING) or not (opens or button.name == "button"):
            continue
        answer = named.get(opens) if opens else _opened(button)
        if isinstance(answer, Tag) and answer.name != "button":
            yield from _item(asked, answer, button, address, headings.above(button))


def _opened(button: Tag) -> PageElement | None:
    """The element behind a button, or behind what is around the button alone."""
    place = button
    while (behind := place.find_next_sibling()) is None:
        if place.parent is None or words_of(place.parent) != words_of(button):
            return None
        place = place.parent
    return behind


def _from_bold(page: BeautifulSoup, address: str) -> Iterator[Item]:
    """Paragraphs that are a question in bold, each with those behind it."""
    headings = _Headings(page)
    asking = [one for one in page.find_all("p") if _is_bold_question(one)]
    questions = {id(one) for one in asking}
    for question in asking:
        answer = BeautifulSoup("<div></div>", "lxml").div
        behind: list[Tag] = []
        for one in question.next_siblings:
            if id(one) in questions or (isinstance(one, Tag) and one.name in _HEADINGS):
                break
            if isinstance(one, Tag):
                behind.append(one)
        if answer is not None and behind:
            category = headings.above(question)
            for one in behind:
                answer.append(one.extract())
            yield from _item(words_of(question), answer, question, address, category)


def _title(element: Tag) -> str:
    """Its words, without the mark that it opens."""
    return _MARKS.sub("", words_of(element))


def _is_bold_question(paragraph: Tag) -> bool:
    bold = paragraph.find(["b", "strong"])
    words = words_of(paragraph)
    return isinstance(bold, Tag) and words.endswith(_ASKING) and words_of(bold) == words


def _from_headings(page: BeautifulSoup, address: str) -> Iterator[Item]:
    for around in page.find_all(_NEVER):
        around.decompose()
    for around in page.find_all(_AROUND):
        if not any(_title(one).endswith(_ASKING) for one in around.find_all(_HEADINGS)):
            around.decompose()
    found = [heading for heading in page.find_all(_HEADINGS) if words_of(heading)]
    asking = [one for one in found if _title(one).endswith(_ASKING)]
    levels = Counter(one.name for one in asking or found)
    if not asking and max(levels.values(), default=0) < 2:
        return
    level = max(levels, key=lambda name: (levels[name], -int(name[1])), default="")
    chosen = [one for one in asking or found if one.name == level]
    scope, headings = _around_all(chosen), _Headings(page)
    for heading in chosen:
        parts = _until_next(heading, scope)
        answer = BeautifulSoup("<div></div>", "lxml").div
        if answer is not None and parts:
            asked, category = words_of(heading), headings.above(heading, int(level[1]))
            for part in parts:
                answer.append(part.extract())
            yield from _item(asked, answer, heading, address, category)


def _around_all(headings: Sequence[Tag]) -> Tag | None:
    """The innermost element that has all of them; None where there is but one."""
    if len(headings) < 2:
        return None
    others = [{id(parent) for parent in one.parents} for one in headings[1:]]
    return next(
        (up for up in headings[0].parents if all(id(up) in around for around in others)), None
    )


def _until_next(heading: Tag, scope: Tag | None) -> list[PageElement]:
    """What stands between a heading and the next of its level or above, in whole elements."""
    level = int(heading.name[1])
    parts: list[PageElement] = []
    node: PageElement | None = _after(heading, scope)
    while node is not None:
        if isinstance(node, Tag):
            if node.name in _HEADINGS and int(node.name[1]) <= level:
                break
            if any(int(one.name[1]) <= level for one in node.find_all(_HEADINGS)):
                node = node.next_element
                continue
        if isinstance(node, Tag) or str(node).strip():
            parts.append(node)
        node = _after(node, scope)
    return parts


def _after(node: PageElement, scope: Tag | None) -> PageElement | None:
    """What stands behind an element, and is not in it, but in the scope."""
    place: PageElement | None = node
    while place is not None and place is not scope:
        if place.next_sibling is not None:
            return place.next_sibling
        place = place.parent
    return None


def _item(asked: str, answer: Tag, named: Tag, address: str, category: str = "") -> Iterator[Item]:
    name = str(named.get("id") or "")
    text = markdown_of(answer, address)
    asked = _MARKS.sub("", " ".join(asked.split()))
    if asked and text:
        yield Item(
            key=name or key_of(asked),
            question=asked,
            answer=text,
            id=name,
            category=category,
            told=ASKED | ({"category"} if category else set()),
            converted=True,
        )


_Way = tuple[Callable[[BeautifulSoup, str], Iterator[Item]], str]
_SAID: Sequence[_Way] = ((_from_jsonld, "JSON-LD"), (_from_microdata, "microdata"))
_MADE: Sequence[_Way] = (
    (_from_details, "<details> elements"),
    (_from_definitions, "definition lists"),
    (_from_headings, "headings"),
    (_from_buttons, "buttons"),
    (_from_bold, "bold questions"),
)

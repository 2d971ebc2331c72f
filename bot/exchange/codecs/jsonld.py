"""schema.org's FAQPage as JSON-LD, as search engines read it.

Source: https://schema.org/FAQPage, https://schema.org/Question.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urldefrag

from bot.exchange.codecs.html import soup_of, to_markdown, words_of
from bot.exchange.codecs.loading import json_of, listed, mapped, said
from bot.exchange.items import ASKED, Bundle, Html, Imported, Item, key_of, language_of, unreadable
from bot.models import Entry


def write(entries: Sequence[Entry], html: Html) -> str:
    """Entries as one document, with a FAQPage for each language."""
    return json.dumps(document(entries, html), ensure_ascii=False, indent=2) + "\n"


def document(entries: Sequence[Entry], html: Html) -> Mapping[str, Any]:
    """The document for entries that may be shown to everybody."""
    by_language: dict[str, list[Entry]] = {}
    for entry in entries:
        by_language.setdefault(entry.language, []).append(entry)
    pages = [_page(language, ones, html) for language, ones in by_language.items()]
    context = {"@context": "https://schema.org"}
    return {**context, **pages[0]} if len(pages) == 1 else {**context, "@graph": pages}


def _page(language: str, entries: Sequence[Entry], html: Html) -> dict[str, Any]:
    questions = [_question(entry, html) for entry in entries]
    return {"@type": "FAQPage", "inLanguage": language, "mainEntity": questions}


def _question(entry: Entry, html: Html) -> dict[str, Any]:
    told: dict[str, Any] = {"@type": "Question", "@id": f"#{entry.id}", "name": entry.question}
    if entry.category:
        told["about"] = {"@type": "Thing", "name": entry.category}
    if entry.tags:
        told["keywords"] = list(entry.tags)
    told["acceptedAnswer"] = {"@type": "Answer", "text": html(entry.answer).strip()}
    return told


def read(bundle: Bundle) -> Imported:
    """Read a JSON-LD file."""
    items = tuple(questions(json_of(bundle.only, bundle.name)))
    if not items:
        raise unreadable(bundle.name, 1, "there is no schema.org Question with an answer in it")
    return Imported(items)


def questions(value: object, language: str = "") -> Iterator[Item]:
    """The questions anywhere in a JSON-LD value, in the order in which they stand there."""
    waiting: list[tuple[object, str]] = [(value, language)]
    while waiting:
        node, spoken = waiting.pop()
        if isinstance(node, list):
            waiting += [(one, spoken) for one in reversed(node)]
        elif isinstance(node, dict):
            spoken = language_of(_named(node.get("inLanguage"))) or spoken
            if "Question" in map(_type, listed(node.get("@type"))) and (found := _item(node)):
                yield replace(found, language=spoken)
            else:
                waiting += [(one, spoken) for one in reversed(list(node.values()))]


def _item(node: Mapping[str, Any]) -> Item | None:
    answers = [*listed(node.get("acceptedAnswer")), *listed(node.get("suggestedAnswer"))]
    text = next((t for one in answers if (t := said(mapped(one).get("text")) or said(one))), "")
    asked = words_of(soup_of(_named(node.get("name")) or said(node.get("text"))))
    answer = to_markdown(text)
    if not asked or not answer:
        return None
    name = _identifier(node)
    category = next((_named(mapped(one).get("name")) for one in listed(node.get("about"))), "")
    keywords = listed(node.get("keywords"))
    words = [word for one in keywords for word in said(one).replace(",", " ").split()]
    told = ASKED | ({"tags"} if keywords else set()) | ({"category"} if category else set())
    return Item(
        key=name or key_of(asked),
        question=asked,
        answer=answer,
        id=name,
        tags=tuple(dict.fromkeys(words)),
        category=" ".join(category.split()),
        told=told,
        converted=True,
    )


def _identifier(node: Mapping[str, Any]) -> str:
    """What stands behind `#` in its id or address, or its identifier."""
    for name in ("@id", "url"):
        if fragment := urldefrag(said(node.get(name)))[1]:
            return unquote(fragment)
    return said(node.get("identifier"))


def _type(value: object) -> str:
    return said(value).rpartition("/")[2].rpartition(":")[2].rpartition("#")[2]


def _named(value: object) -> str:
    """A text, also where it is written as a value with a language or as a thing with a name."""
    if isinstance(value, dict):
        return said(value.get("@value") or value.get("name") or value.get("alternateName"))
    return said(next(iter(listed(value)), ""))

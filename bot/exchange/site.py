"""The FAQ as a web site of plain files: a page for each language, with nothing from elsewhere.

The pages work without script; with it, they can be searched. Each entry has an anchor, its id, and
stands in the page's JSON-LD too, for search engines.
"""

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from itertools import groupby

from babel import Locale
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bot.exchange.codecs import jsonld
from bot.exchange.items import Html
from bot.library.files.attributes import slug
from bot.models import Entry
from bot.texts import Languages

_OURS = ("site.css", "search.js")
_TOKENS = ("web", "static", "tokens.css")
"""The colours of all our pages, light and dark."""


def pages(entries: Sequence[Entry], texts: Languages, brand: str, html: Html) -> dict[str, bytes]:
    """The site's files by their paths.

    Args:
        entries: those that everybody may read; a language without any has no page.
        texts: the site's words, section `site`; the first language's page is the site's first.
        brand: its name.
        html: renders answers.
    """
    held = {entry.language for entry in entries}
    languages = [one.language for one in texts.texts if one.language in held]
    environment = Environment(
        loader=PackageLoader("bot.exchange", "static"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("page.html")
    made = {name: files("bot.exchange").joinpath("static", name).read_bytes() for name in _OURS}
    made["tokens.css"] = files("bot").joinpath(*_TOKENS).read_bytes()
    for language in languages:
        shown = [entry for entry in entries if entry.language == language]
        root = "" if language == languages[0] else "../"
        page = template.render(
            brand=brand,
            language=language,
            direction=Locale.parse(language).text_direction,
            words=texts[language].section("site"),
            root=root,
            others=_others(language, languages),
            sections=_sections(shown, html),
            structured=_embedded(jsonld.document(shown, html)),
        )
        made[f"{'' if root == '' else language + '/'}index.html"] = page.encode()
    return made


def _others(language: str, languages: Sequence[str]) -> list[Mapping[str, str]]:
    """The other languages' pages, as seen from this one."""
    back = "" if language == languages[0] else "../"
    return [
        {
            "language": other,
            "name": Locale.parse(other).get_display_name(other) or other,
            "address": f"{back}{'' if other == languages[0] else other + '/'}index.html",
        }
        for other in languages
        if other != language
    ]


def _sections(entries: Sequence[Entry], html: Html) -> list[Mapping[str, object]]:
    """Entries by category, in the order in which the categories come up."""
    order = {entry.category: number for number, entry in reversed(list(enumerate(entries)))}
    by_category = sorted(entries, key=lambda entry: order[entry.category])
    return [
        {
            "name": category,
            "anchor": f":{slug(category)}",  # no entry's id has a colon
            "entries": [
                {"id": one.id, "question": one.question, "answer": Markup(html(one.answer))}  # noqa: S704  # of our own renderer
                for one in ones
            ],
        }
        for category, ones in groupby(by_category, key=lambda entry: entry.category)
    ]


def _embedded(document: Mapping[str, object]) -> Markup:
    """JSON that can stand in a page, whatever is in it."""
    return Markup(json.dumps(document, ensure_ascii=False).replace("<", "\\u003c"))  # noqa: S704

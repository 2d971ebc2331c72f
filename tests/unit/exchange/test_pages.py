"""Web pages: what they say of themselves, and how people make FAQ pages by hand."""

import json

import pytest

from bot.errors import LibraryError
from bot.exchange import formats
from bot.exchange.items import Bundle, Imported
from tests.unit.exchange.sources import one, read

HEADINGS = """<!DOCTYPE html><html lang="en-GB"><title>FAQ</title>
<header><h1>Acme</h1><nav><li><a href=/>Home</a></nav></header>
<main><h1>Frequently asked questions</h1>
<h2>Orders</h2>
<h3 id="gift-wrap">Do you gift wrap?</h3><p>Yes, for <b>2&nbsp;€</b>.
See <a href="/gifts">gifts</a>.<ul><li>red<li>green</ul>
<h3><button>How do I cancel?</button></h3><p>Write to <a href="mailto:a@b.example">us</a>.<br>Soon.
<h2>Shops</h2>
<div><h3>Where can I park?</h3><div><p>Behind.</p><blockquote>Free</blockquote></div></div>
</main><footer><h3>Newsletter?</h3><p>Subscribe</p></footer>"""


def page(html: str) -> Imported:
    content = {"https://x.example/faq": html.encode()}
    address = "https://x.example/faq"
    return formats.read(Bundle(address, content, address=address, html=True))


def test_headings_with_text_below() -> None:
    imported = page(HEADINGS)
    assert imported.notes == ("read from its headings",)
    assert [(item.id, item.category, item.question, item.answer) for item in imported.items] == [
        (
            "gift-wrap",
            "Orders",
            "Do you gift wrap?",
            "Yes, for **2\u00a0€**.\nSee [gifts](https://x.example/gifts).\n\n- red\n- green",
        ),
        ("", "Orders", "How do I cancel?", "Write to [us](mailto:a@b.example).\nSoon."),
        ("", "Shops", "Where can I park?", "Behind.\n\n> Free"),
    ]
    assert {item.language for item in imported.items} == {"en"}


def test_headings_of_a_page_whose_form_is_around_everything() -> None:
    imported = page("<form><h2>One?</h2><p>1</p><h2>Two?</h2><p>2</p><button>Go</button></form>")
    assert [item.answer for item in imported.items] == ["1", "2"]


def test_headings_that_ask_nothing() -> None:
    imported = page("<h1>Help</h1><h2>Delivery</h2>Free.<h2>Returns</h2><p>14 days")
    assert [(item.question, item.answer) for item in imported.items] == [
        ("Delivery", "Free."),
        ("Returns", "14 days"),
    ]


def test_details() -> None:
    imported = page(
        "<h2>Livraison</h2><details id=dimanche><summary>Le <b>dimanche</b> ?</summary><p>Non."
        "<script>x()</script></details><details><summary>Vide ?</summary></details>"
    )
    item = one(imported)
    assert (item.id, item.category, item.question) == ("dimanche", "Livraison", "Le dimanche ?")
    assert item.answer == "Non."


def test_definition_lists() -> None:
    assert one(page("<dl><dt>Why?</dt><dt>Really?</dt><dd>So.</dd></dl>")).question == "Really?"


def test_microdata() -> None:
    question = (
        '<div itemscope itemprop="mainEntity" itemtype="https://schema.org/Question">'
        '<h3 itemprop="name">Du thé ?</h3><div itemscope itemprop="acceptedAnswer" '
        'itemtype="https://schema.org/Answer"><div itemprop="text"><p>Oui.</p></div></div></div>'
    )
    item = one(page(f'<html lang=fr><div itemtype="https://schema.org/FAQPage">{question}</div>'))
    assert (item.language, item.question, item.answer) == ("fr", "Du thé ?", "Oui.")


def test_jsonld_in_a_page() -> None:
    graph = {
        "@graph": [
            {"@type": "WebSite", "name": "Acme"},
            {
                "@type": ["WebPage", "schema:FAQPage"],
                "inLanguage": "fr-FR",
                "mainEntity": {
                    "@type": "http://schema.org/Question",
                    "@id": "https://x.example/#the",
                    "name": {"@value": "Du <i>thé</i> ?"},
                    "acceptedAnswer": [{"@type": "Answer", "text": "<p>Oui &amp; non</p>"}],
                },
            },
        ]
    }
    broken = '<script type="application/ld+json">{oops</script>'
    script = f'<script type="application/ld+json">{json.dumps(graph)}</script>'
    item = one(page(f"<html lang=en>{broken}{script}<h3>Other?</h3><p>no"))
    assert (item.id, item.language, item.question) == ("the", "fr", "Du thé ?")
    assert item.answer == "Oui & non"


def test_plain_words_in_jsonld_keep_their_lines() -> None:
    text = {"@type": "Question", "name": "Q?", "acceptedAnswer": {"text": "One\ntwo"}}
    assert one(read(json.dumps(text), "x.jsonld")).answer == "One\ntwo"


def test_a_page_with_nothing_in_it_says_what_to_do() -> None:
    with pytest.raises(LibraryError, match="save the page from a browser"):
        page("<div id=app></div><script src=app.js></script>")


def test_a_page_in_another_encoding() -> None:
    html = "<h2>Où ça ?</h2><p>Là.</p>".encode("cp1252")
    bundle = Bundle("p.html", {"p.html": html}, html=True, charset="windows-1252")
    assert one(formats.read(bundle)).question == "Où ça ?"

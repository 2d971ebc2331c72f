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


OPENING = """<h2>Orders</h2>
<button class="accordion">Do you wrap? ▼</button><div class="panel"><p>Yes, <b>always</b>.</p></div>
<div><button>And cancel?</button></div><div><p>Write.</p><p>Soon.</p></div>"""
CONTROLLING = """<dl><dt>Tel</dt><dd>1</dd></dl>
<div role="button" aria-controls="one">Where?</div>
<div role="button" aria-controls="two">When?</div>
<div id="one">Here.</div><div id="two">Now.</div>"""
BOLD = """<h1>FAQ</h1><h2>Visits</h2><p><strong>Where is it?</strong></p><p>There.</p><p>Behind.</p>
<p><b>Is it far ?</b></p><ul><li>no<li>not at all</ul><h2>Else</h2><p>Write.</p>"""
PANELS = """<div class="panel"><h4><a href="#a">One?</a></h4></div><div id="a"><p>1</p></div>
<div class="panel"><h4><a href="#b">Two?</a></h4></div><div id="b"><p>2</p></div>"""


@pytest.mark.parametrize(
    ("html", "way", "found"),
    [
        (
            OPENING,
            "buttons",
            [("Do you wrap?", "Yes, **always**."), ("And cancel?", "Write.\n\nSoon.")],
        ),
        (CONTROLLING, "buttons", [("Where?", "Here."), ("When?", "Now.")]),
        (
            BOLD,
            "bold questions",
            [("Where is it?", "There.\n\nBehind."), ("Is it far ?", "- no\n- not at all")],
        ),
        (PANELS, "headings", [("One?", "1"), ("Two?", "2")]),
    ],
)
def test_pages_of_other_makes(html: str, way: str, found: list[tuple[str, str]]) -> None:
    imported = page(html)
    assert imported.notes == (f"read from its {way}",)
    assert [(item.question, item.answer) for item in imported.items] == found


def test_what_gives_most_questions_is_taken() -> None:
    imported = page("<details><summary>Menu</summary>Home</details><h3>A?</h3><p>1<h3>B?</h3><p>2")
    assert [item.question for item in imported.items] == ["A?", "B?"]


def test_all_texts_of_an_answer_in_microdata_are_taken() -> None:
    imported = page(
        "<div itemscope itemtype='https://schema.org/Question'><button itemprop=name>Q? <i>+</i>"
        "</button><div itemprop=acceptedAnswer><p itemprop=text>A<p itemprop=text>B</div></div>"
    )
    assert [(item.question, item.answer) for item in imported.items] == [("Q?", "A\n\nB")]


@pytest.mark.parametrize(
    ("before", "after"),
    [("", ""), ("//<![CDATA[\n", "\n//]]>"), ("/*<![CDATA[*/", "/*]]>*/"), ("<!--", "-->")],
)
def test_jsonld_as_people_paste_it(before: str, after: str) -> None:
    told = '{"@type": "Question", "name": "Why?", "acceptedAnswer": {"text": "One\nline\tand two"}}'
    imported = page(f'<script type="application/ld+json">{before}{told}{after}</script>')
    assert [(item.question, item.answer) for item in imported.items] == [
        ("Why?", "One\nline and two")
    ]


def test_a_heading_stands_above_what_comes_behind_it() -> None:
    imported = page(
        "<h1>FAQ</h1><details><summary>A?</summary>1</details><h2>Two</h2><h4>Deep</h4>"
        "<details><summary>B?</summary><h3>In it</h3>2</details><details><summary>C?</summary>3"
    )
    assert [item.category for item in imported.items] == ["", "Deep", "Deep"]

"""Markdown to chat markup: what a network lacks degrades to something readable."""

from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rendering import Dialect, around, plain, render

MARKED = Dialect(
    escape=lambda text: escape(text, quote=False),
    bold=around("<b>", "</b>"),
    italic=around("<i>", "</i>"),
    strike=around("<s>", "</s>"),
    code=lambda code: f"<code>{escape(code)}</code>",
    block=lambda code, language: f"<pre {language}>{escape(code)}</pre>",
    quote=around("<q>", "</q>"),
    link=lambda text, href: f'<a href="{escape(href)}">{text}</a>',
    schemes=frozenset({"https"}),
)


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("a **b** *c* ~~d~~ `e`", "a b c d e"),
        ("# Title\n\nText", "Title\n\nText"),
        ("- a\n- b\n  - c", "• a\n• b\n   • c"),
        ("3. a\n3. b", "3. a\n4. b"),
        ("one\ntwo", "one\ntwo"),
        ("> a\n> b", "> a\n> b"),
        ("[text](https://example.com)", "text (https://example.com)"),
        ("<https://example.com>", "https://example.com"),
        ("[us](mailto:a@example.com) <mailto:b@example.com>", "us (a@example.com) b@example.com"),
        ("[call](tel:+33123456789)", "call (+33123456789)"),
        ("![cup](https://example.com/cup.png)", "cup (https://example.com/cup.png)"),
        ("![](https://example.com/cup.png)", "https://example.com/cup.png"),
        ("[here](/shop) [there](ftp://example.com)", "here there"),
        ("<b>bold</b> & <script>", "<b>bold</b> & <script>"),
        ("```python\nif a:\n    b\n```", "if a:\n    b"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "a | b\n1 | 2"),
        ("a\n\n---\n\nb", "a\n\n———\n\nb"),
    ],
)
def test_plain(markdown: str, expected: str) -> None:
    assert plain(markdown) == expected


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("**b** *i* ~~s~~ `a<b`", "<b>b</b> <i>i</i> <s>s</s> <code>a&lt;b</code>"),
        ("# Title", "<b>Title</b>"),
        ("<i>raw</i> & more", "&lt;i&gt;raw&lt;/i&gt; &amp; more"),
        ("```sh\na < b\n```", "<pre sh>a &lt; b</pre>"),
        ("> a\n> > b", "<q>a\n\nb</q>"),
        ('[t](https://x.fr/?a="b&c)', '<a href="https://x.fr/?a=%22b&amp;c">t</a>'),
        ("[t](http://x.fr)", "t (http://x.fr)"),
        ("[t](javascript:alert)", "[t](javascript:alert)"),
        ("[![cup](https://x.fr/1)](https://x.fr/2)", '<a href="https://x.fr/2">cup</a>'),
        ("- **a**\n\n  > b", "• <b>a</b>\n<q>b</q>"),
        ("```\n\n  x\n\n```", "<pre >  x</pre>"),
    ],
)
def test_marked(markdown: str, expected: str) -> None:
    assert render(markdown, MARKED) == expected


@settings(deadline=None)
@given(st.text("ab<>&\"'[]()*_`:/ \n"))
def test_source_never_becomes_markup(markdown: str) -> None:
    rendered = render(markdown, Dialect(escape=lambda text: escape(text, quote=False), code=escape))
    assert "<" not in rendered

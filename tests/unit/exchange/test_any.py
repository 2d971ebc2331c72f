"""Whatever a file or page holds: a library or a clear error; and never a file half written."""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.errors import UserError
from bot.exchange import formats
from bot.exchange.codecs import markdown
from bot.exchange.codecs.html import to_markdown
from bot.exchange.items import ALL, Bundle, Imported, Item, item_of
from bot.exchange.planning import Terms, plan
from bot.exchange.preparing import prepared
from bot.exchange.writing import file_changes, new_file
from bot.library.reading import library_files, read_library
from bot.models import Entry, Library, Source
from tests.unit.exchange.sources import html

LANGUAGES = ("en", "fr")
SAID = st.text(max_size=12) | st.sampled_from(
    ["# a", "## b", "> c", "- d", "```", "<!--", "-->", "a\n---", "    code", "=1+1", "'x", "\\n"]
)
MARKDOWN = st.lists(SAID | st.just("\n"), max_size=12).map("".join)
TAGS = st.sampled_from(
    [
        *["<h2>", "</h2>", "<h3>Q?</h3>", "<p>", "</p>", "<details>", "<summary>", "</summary>"],
        *["<dl><dt>", "<dd>", "<ul><li>", "<table>", "<td>", "<b>", "<a href='", "'>", "<!--", "<"],
        *['<script type="application/ld+json">', "</script>", "<div itemtype=x/Question>", "&#0;"],
        *[
            "<span itemprop=name>",
            "<i itemprop=acceptedAnswer>",
            "<![CDATA[",
            "<?xml ?>",
            "</html>",
        ],
    ]
)
PAGES = st.lists(TAGS | st.text(max_size=5), max_size=40).map("".join)
VALUES: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    *[
                        "entries",
                        "question",
                        "answer",
                        "phrasings",
                        "tags",
                        "review_by",
                        "language",
                    ],
                    *["@type", "@graph", "mainEntity", "name", "acceptedAnswer", "text", "payload"],
                    *[
                        "title",
                        "content",
                        "nlu",
                        "responses",
                        "intent",
                        "examples",
                        "rules",
                        "steps",
                    ],
                    *[
                        "assets",
                        "KnowledgeBaseAnswerTranslation",
                        "KnowledgeBaseAnswer",
                        "answer_id",
                    ],
                ]
            )
            | st.text(max_size=3),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


def taken(content: bytes, name: str, format_name: str = "") -> Imported | None:
    """What is read, once all of it has been written to an empty FAQ and read from there."""
    try:
        imported = formats.read(Bundle(name, {name: content}), format_name)
    except UserError:
        return None
    assert imported.items
    terms = Terms(name, LANGUAGES, "en", html, to_markdown)
    made = plan(imported, Library((), ""), {}, terms)
    with TemporaryDirectory() as folder:
        faq = Path(folder, "faq")
        faq.mkdir()
        files = file_changes(faq, LANGUAGES, Library((), ""), made.changes, "new")
        for file in files:
            file.save()
        assert len(list(faq.rglob("*"))) == len(library_files(faq)) + len(
            {file.path.parent for file in files}
        )
        if files:
            read = read_library(faq, LANGUAGES)
            assert len(read.entries) == len(made.new)
            again = plan(imported, read, {}, terms)
            assert not again.changes, again.changes
    return imported


@settings(deadline=None)
@given(st.binary(max_size=300) | MARKDOWN.map(lambda text: f"question,answer\n{text}".encode()))
@example(b"question;answer\n\x93a\x94;b")
@example(b"question,answer\nA,=1+1\n'B,\"'=x\"\n")
def test_any_csv(content: bytes) -> None:
    taken(content, "x.csv")


@settings(deadline=None)
@given(st.binary(max_size=200) | PAGES.map(str.encode))
@example(b"<div>" * 3000 + b"<h2>Q?</h2><p>A" + b"</div>" * 3000)
@example(b"<details><summary>Q" + b"<b>" * 3000 + b"</summary>" + b"<ul><li>" * 3000)
def test_any_page(content: bytes) -> None:
    taken(content, "x.html")


@settings(deadline=None)
@given(VALUES, st.sampled_from(formats.READABLE))
def test_any_json(value: object, name: str) -> None:
    content = json.dumps(value).encode()
    taken(content, "x.json")
    taken(content, "x.yaml", name)


@settings(deadline=None)
@given(st.binary(max_size=200), st.sampled_from(formats.READABLE))
def test_any_bytes_in_any_format(content: bytes, name: str) -> None:
    taken(content, "x", name)


@settings(deadline=None)
@given(MARKDOWN)
def test_any_markdown(text: str) -> None:
    taken(f"## Q {{#a}}\n\n{text}".encode("utf-8", "replace"), "x.md")


@settings(deadline=None)
@given(SAID, st.lists(SAID, max_size=3), MARKDOWN)
@example("q", [], "> a\n\n> > b\n\nc")
@example("q", [], "a\n===\n\n# b\n```\nc")
@example("q", [], "    code")
@example("*q* {x}", ["> a", "<!--"], "##b <!-- x\n\n[a]: b")
def test_any_item_can_stand_in_a_file_or_is_refused(
    question: str, phrasings: list[str], answer: str
) -> None:
    item = Item("k", question, answer, id="k", language="en", phrasings=tuple(phrasings))
    ready = prepared(item)
    if ready.problem:
        return
    with TemporaryDirectory() as folder:
        file = Path(folder, "en.md")
        file.write_bytes(
            new_file("", [ready.item, Item("z", "z?", "z", id="z", language="en")]).encode()
        )
        first, last = read_library(file, ["en"]).entries
    assert (first.question, first.phrasings, first.answer) == (
        ready.item.question,
        ready.item.phrasings,
        ready.item.answer,
    )
    assert (last.id, last.answer) == ("z", "z")


def entry(number: int, item: Item) -> Entry:
    return Entry(
        id=f"id-{number}",
        language=item.language,
        question=item.question,
        phrasings=item.phrasings,
        answer=item.answer,
        source=Source("en/a.md", 1),
        version="",
        category=item.category,
        tags=item.tags,
        human=item.human,
        review_by=item.review_by,
    )


ENTRIES = st.lists(
    st.builds(
        Item,
        key=st.just(""),
        id=st.just("id"),
        question=SAID,
        answer=MARKDOWN,
        language=st.just("en"),
        phrasings=st.lists(SAID, max_size=3).map(tuple),
        tags=st.lists(st.sampled_from(["a", "é", "b-c"]), max_size=2, unique=True).map(tuple),
        human=st.booleans(),
        review_by=st.none() | st.dates(),
        category=st.sampled_from(["", "C", "= D"]),
        told=st.just(ALL),
    ),
    min_size=1,
    max_size=4,
).map(
    lambda items: [
        entry(number, ready.item)
        for number, ready in enumerate(map(prepared, items))
        if not ready.problem
    ]
)

WRITERS: dict[str, Callable[[list[Entry]], str]] = {"markdown": markdown.write} | {
    name: lambda entries, name=name: formats.FORMATS[name].write(entries, html)  # type: ignore[misc]
    for name in ("csv", "tsv", "yaml", "json")
}


@pytest.mark.parametrize("name", WRITERS)
@settings(deadline=None)
@given(entries=ENTRIES)
def test_nothing_is_lost_on_the_way_out_and_back(name: str, entries: list[Entry]) -> None:
    if not entries:
        return
    written = WRITERS[name](entries)
    read = formats.read(Bundle("x", {"x": written.encode()}), name)
    order = {one.id: one for one in read.items}
    for one in entries:
        back, sent = order[one.id], item_of(one)
        assert (back.question, back.answer, back.phrasings) == (
            sent.question,
            sent.answer,
            sent.phrasings,
        )
        assert (back.tags, back.human, back.review_by) == (sent.tags, sent.human, sent.review_by)
        assert (back.category, back.language) == (sent.category, sent.language)

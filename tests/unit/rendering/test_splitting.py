"""Cutting loses nothing, keeps to the limit, and cuts where it hurts least."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.rendering import plain, render, split, utf16_length
from bot.rendering.chat import Dialect
from bot.rendering.splitting import letters

SHOWN = Dialect(quote=str, link=lambda text, _: text, schemes=frozenset({"http", "https"}))


def measure(markdown: str) -> int:
    return utf16_length(render(markdown, SHOWN))


words = st.text("abcé🎉 .,!?", min_size=1, max_size=40)
spans = st.one_of(
    words,
    words.map(lambda text: f"**{text.strip() or 'a'}**"),
    words.map(lambda text: f"*{text.strip() or 'a'}*"),
    words.map(lambda text: f"`{text}`"),
    words.map(lambda text: f"[{text}](https://example.com/a)"),
    st.just("see <mailto:team@example.com>"),
)
lines = st.lists(spans, min_size=1, max_size=6).map(" ".join)
paragraphs = st.lists(lines, min_size=1, max_size=3).map("\n".join)
blocks = st.one_of(
    paragraphs,
    lines.map(lambda text: f"## {text}"),
    st.lists(lines, min_size=1, max_size=6).map(lambda items: "\n".join(f"- {i}" for i in items)),
    st.lists(lines, min_size=1, max_size=6).map(lambda items: "\n".join(f"1. {i}" for i in items)),
    st.lists(lines, min_size=1, max_size=4).map(lambda items: "\n".join(f"> {i}" for i in items)),
    paragraphs.map(lambda code: f"```python\n{code}\n```"),
    st.just("| a | b |\n|---|---|\n| one | two |\n| three | four |"),
    st.just("- one\n  - two\n\n    three\n- four"),
)
documents = st.lists(blocks, min_size=1, max_size=6).map("\n\n".join)
noise = st.text("ab 1.\n>-#*_`[]()<>|!\\&~:/\t🎉", max_size=200)


@settings(deadline=None)
@given(st.one_of(documents, noise), st.integers(10, 120))
def test_nothing_is_lost_and_every_part_fits(markdown: str, limit: int) -> None:
    parts = split(markdown, limit, measure)
    assert "".join(map(letters, parts)) == letters(markdown)
    assert all(measure(part) <= limit for part in parts)


@settings(deadline=None)
@given(documents)
def test_what_fits_is_left_alone(markdown: str) -> None:
    assert split(markdown, measure(markdown) or 1, measure) == [markdown.strip("\n")]


def test_a_part_ends_with_a_paragraph_if_it_can() -> None:
    assert split("One two.\n\nThree four.\n\nFive.", 22, measure) == [
        "One two.\n\nThree four.",
        "Five.",
    ]


def test_then_with_a_sentence_then_with_a_word() -> None:
    assert split("One two three. Four five", 20, measure) == ["One two three.", "Four five"]
    assert split("One two three four five", 15, measure) == ["One two three", "four five"]


def test_a_word_longer_than_the_limit_is_cut_within() -> None:
    assert split("a" * 25, 10, measure) == ["a" * 10, "a" * 10, "a" * 5]


def test_a_character_of_two_units_is_not_cut_in_half() -> None:
    assert split("🎉" * 5, 5, measure) == ["🎉🎉", "🎉🎉", "🎉"]


def test_a_link_is_not_cut() -> None:
    parts = split("aaaa bbbb [cc dd ee](https://example.com) ff", 15, measure)
    assert parts == ["aaaa bbbb", "[cc dd ee](https://example.com) ff"]


def test_a_code_span_is_not_cut() -> None:
    assert split("aaaa bbbb `cc dd ee` ff", 15, measure) == ["aaaa bbbb", "`cc dd ee` ff"]


def test_a_block_of_code_is_closed_and_opened_again() -> None:
    code = "\n".join(f"line{number}" for number in range(6))
    parts = split(f"```python\n{code}\n```", 20, measure)
    assert parts == [
        "```python\nline0\nline1\nline2\n```",
        "```python\nline3\nline4\nline5\n```",
    ]


def test_a_numbered_list_goes_on_counting() -> None:
    parts = split("1. one\n1. two\n1. three\n1. four", 14, measure)
    assert [plain(part) for part in parts] == ["1. one\n2. two", "3. three", "4. four"]


def test_a_quote_goes_on_being_one() -> None:
    parts = split("> aaaa bbbb cccc dddd", 12, measure)
    assert parts == ["> aaaa bbbb", "> cccc dddd"]


def test_an_address_given_elsewhere_is_not_lost() -> None:
    markdown = "See [the page][1] first.\n\nThen wait for us.\n\n[1]: https://example.com"
    text = plain("\n\n".join(split(markdown, 30, measure)))
    assert "https://example.com" in text
    assert "Then wait for us." in text


@pytest.mark.parametrize("markdown", ["", "\n\n", "---"])
def test_what_shows_little_is_one_part(markdown: str) -> None:
    assert len(split(markdown, 10, measure)) == 1


def test_long_emphasis_is_cut_quickly_and_whole() -> None:
    markdown = "**" + "word " * 3000 + "end**"
    parts = split(markdown, 4096, measure)
    assert "".join(map(letters, parts)) == letters(markdown)
    assert len(parts) == 4

"""Sentences that are put into the reader's language after they were made."""

import ast
import pickle
import string
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import pytest

from bot import shipped
from bot.sentence import Sentence, joined, told

_CATALOGUE = tomllib.loads(
    (shipped.folder() / "faq/texts/sentences/fr.toml").read_text(encoding="utf-8")
)
_WORDS = {"entry", "question", "phrasing", "answer", "rule", "name", "wording", "reason"}
_WORDS |= {"reply", "search word", "text"}
"""What `Terms` calls things: they come as values."""


def test_a_sentence_is_its_english_text_and_can_be_told_in_another_language() -> None:
    made = Sentence("the file {name!r} is empty", name="a.md")
    assert made == "the file 'a.md' is empty"
    assert told(made, {"the file {name!r} is empty": "{name} est vide"}) == "a.md est vide"
    assert told(made, {}) == made
    assert told("as it is {name}", {"as it is {name}": "no"}) == "as it is {name}"


def test_sentences_within_a_sentence_are_told_as_well() -> None:
    parts = [Sentence("one {n}", n=1), Sentence("two")]
    made = Sentence("here: {parts}", parts=joined(parts, "; "))
    assert made == "here: one 1; two"
    catalogue = {"here: {parts}": "voici : {parts}", "one {n}": "un {n}", "two": "deux"}
    assert told(made, catalogue) == "voici : un 1; deux"


def test_a_copy_is_the_same_sentence() -> None:
    made = Sentence("write {{#my-id}} behind {name}", name="{x}")
    for copied in (deepcopy(made), pickle.loads(pickle.dumps(made))):  # noqa: S301  # our own
        assert copied == made == "write {#my-id} behind {x}"
        assert (copied.pattern, copied.values) == (made.pattern, made.values)


def _patterns() -> Iterator[str]:
    """All that `Sentence`, and what makes one of its argument, is called with in the sources."""
    for path in sorted(Path("bot").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in {"Sentence", "_fault", "fault"}:
                    for argument in node.args:
                        yield from _literals(argument)


def _literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


def test_every_sentence_has_a_french_one_and_none_is_left_over() -> None:
    assert sorted({*_patterns(), *_WORDS} - set(_CATALOGUE)) == []
    assert sorted(set(_CATALOGUE) - {*_patterns(), *_WORDS}) == []


@pytest.mark.parametrize("pattern", _CATALOGUE)
def test_a_french_sentence_fills_in_what_the_english_one_does(pattern: str) -> None:
    fields = [
        {name for _, name, _, _ in string.Formatter().parse(one) if name}
        for one in (pattern, _CATALOGUE[pattern])
    ]
    assert fields[0] == fields[1]


def test_what_pages_show_of_files_is_made_of_sentences() -> None:
    """A plain text where a Sentence belongs would stay English on every page."""
    plain = [
        f"{path}:{node.lineno}"
        for folder in ("library", "review", "core")
        for path in sorted(Path("bot", folder).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") in {"Fault", "Finding", "refused"}
        and node.args
        and isinstance(node.args[-1], ast.JoinedStr | ast.Constant)
    ]
    assert plain == []

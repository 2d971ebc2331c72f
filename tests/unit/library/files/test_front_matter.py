"""The lines between `---` and `---`."""

import pytest

from bot.library.files.front_matter import read_front_matter


@pytest.mark.parametrize(
    ("text", "language", "lines"),
    [
        ("---\nlanguage: fr\n---\n## Q", "fr", 3),
        ("\n\n---\nlanguage: EN # comment\n...\n## Q", "en", 5),
        ("---\n'language': \"de\"\n---", "de", 3),
        ("---\nlanguage: no\n---", "no", 3),
        ("---\n---\n## Q", "", 2),
        ("## Q\n\n---\nlanguage: fr\n---", "", 0),
        ("", "", 0),
    ],
)
def test_language(text: str, language: str, lines: int) -> None:
    matter = read_front_matter(text.split("\n"), "faq.md")
    assert (matter.language, matter.lines, matter.faults) == (language, lines, ())


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("---\n\nlangage: fr\n---", 3, "did you mean 'language'"),
        ("---\nlanguage: french\n---", 2, "two-letter code"),
        ("---\nlanguage: xx\n---", 2, "two-letter code"),
        ("---\nlanguage:\n---", 2, "two-letter code"),
        ("---\nlanguage: [fr]\n---", 2, "two-letter code"),
        ("---\nlanguage: fr\nlanguage: en\n---", 3, "second language"),
        ("---\n- fr\n---", 2, "must be lines such as"),
        ("---\nlanguage: fr\nx: : y\n---", 3, "cannot be read"),
        ('---\n\nlanguage: "fr\n---', 3, "cannot be read"),
        ("---\nlanguage: fr\n? [a]\n---", 3, "unknown key"),
        ("---\nlanguage: fr\nx: \x01\n---", 3, "cannot be shown"),
        ('---\nlanguage: "\\Uffffffff"\n---', 2, "cannot be read"),
        ("---\n" + "[" * 900 + "\n---", 2, "cannot be read"),
        ("---\n" + "[" * 100_000 + "\n---", 1, "too long"),
        ("\n---\nlanguage: fr\n## Q", 2, "not closed"),
    ],
)
def test_a_fault_names_its_line(text: str, line: int, words: str) -> None:
    (fault,) = read_front_matter(text.split("\n"), "faq.md").faults
    assert fault.source.line == line
    assert words in fault.message


def test_every_fault_is_told() -> None:
    matter = read_front_matter(["---", "a: b", "language: fr", "c: d", "---"], "faq.md")
    assert [fault.source.line for fault in matter.faults] == [2, 4]
    assert matter.language == "fr"

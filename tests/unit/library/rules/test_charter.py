"""The charter's file: rules, subjects kept for people, and faults that name the line."""

from pathlib import Path

import pytest

from bot.errors import LibraryError
from bot.library.reading import library_files, read_library
from bot.library.rules.charter import Charter, dangling, read_charter

ROOT = Path(__file__).parents[4]


def read(folder: Path, text: str, name: str = "charter.md") -> Charter:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode())
    return read_charter(folder, ("fr", "en"))


def faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(LibraryError) as caught:
        read(folder, text)
    return [str(fault) for fault in caught.value.faults]


def test_a_rule_with_everything(tmp_path: Path) -> None:
    charter = read(
        tmp_path,
        "Our charter, for people.\n\n# Promises\n\nSome more words.\n\n"
        "## No *refund* {#refund .public}\n\n> we … refund\n\nBecause.\n\n"
        "## Kind words\n\nAlways.\n",
    )
    rule, guidance = charter.rules
    assert (rule.id, rule.name, rule.reason, rule.public) == (
        "refund",
        "No refund",
        "Because.",
        True,
    )
    assert [pattern.text for pattern in rule.patterns] == ["we … refund"]
    assert (rule.language, str(rule.source)) == ("", "charter.md:7")
    assert (guidance.id, guidance.patterns) == ("kind-words", ())
    assert charter.languages == ("fr", "en")


def test_what_is_all_the_same_allowed(tmp_path: Path) -> None:
    (rule,) = read(tmp_path, "## R\n\n> refund\n> OK : refund policy\n\nWhy.\n").rules
    assert [pattern.text for pattern in rule.patterns] == ["refund"]
    assert [pattern.text for pattern in rule.allowed] == ["refund policy"]


def test_a_subject_names_entries_tags_and_words(tmp_path: Path) -> None:
    charter = read(
        tmp_path,
        "## Disputes {#d .human}\n\n> [entry: plainte]\n> [TAG:litige]\n> lawyer*\n\nHumans.\n",
    )
    (subject,) = charter.subjects
    assert (subject.entries, subject.tags) == (("plainte",), ("litige",))
    assert [pattern.text for pattern in subject.patterns] == ["lawyer*"]
    assert charter.rules == ()


def test_its_language_is_that_of_its_folder_or_front_matter(tmp_path: Path) -> None:
    read(tmp_path, "## A\n\nA\n", "fr/charter.md")
    charter = read(tmp_path, "---\nlanguage: en\n---\n## A\n\nA\n")
    assert [(rule.language, str(rule.source)) for rule in charter.rules] == [
        ("en", "charter.md:4"),
        ("fr", "fr/charter.md:1"),
    ]


def test_it_is_no_faq(tmp_path: Path) -> None:
    read(tmp_path, "## A\n\nA\n", "fr/Charter.md")
    (tmp_path / "canned-replies.md").write_text("## B\n\nB\n")
    (tmp_path / "faq.md").write_text("## C\n\nC\n")
    assert [path.name for path in library_files(tmp_path)] == ["faq.md"]
    assert [entry.question for entry in read_library(tmp_path, ("fr",)).entries] == ["C"]
    assert [rule.name for rule in read_charter(tmp_path, ("fr",)).rules] == ["A"]


def test_beside_an_faq_that_is_one_file(tmp_path: Path) -> None:
    read(tmp_path, "## A\n\nA\n")
    (tmp_path / "faq.md").write_text("## C\n\nC\n")
    assert [rule.name for rule in read_charter(tmp_path / "faq.md").rules] == ["A"]


def test_without_a_charter_everything_is_allowed(tmp_path: Path) -> None:
    assert read_charter(tmp_path) == Charter()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "no rule here"),
        ("## A\n", 1, "the rule has no reason: write it below the name and its wordings"),
        ("## A\n\n> a\nglued\n", 4, "glued to the wordings"),
        ("## A\n\n> a\n> b*c\n\nW\n", 4, "`\\*` stands right"),
        ("## A\n\n> [dates]\n\nW\n", 3, "did you mean 'date'"),
        ("## A\n\n> ok: …\n\nW\n", 3, "no word"),
        ("## A\n\n> ok: a\n\nW\n", 1, "`ok:` allows some"),
        ("## A\n\n> [tag: x]\n\nW\n", 1, r"write \{.human\}"),
        ("## A {.human}\n\nW\n", 1, "which subject"),
        ("## A {.human .public}\n\n> a\n\nW\n", 1, "make two rules"),
        ("## A {.humans}\n\n> a\n\nW\n", 1, "did you mean '.human'"),
        ('## A {tags="a"}\n\n> a\n\nW\n', 1, "unknown 'tags='"),
        ("## A\n\nW\n\n## A\n\nW\n", 5, "already that of charter.md:1"),
        ("---\nlanguage: de\n---\n## A\n\nW\n", 2, "not one of the brand's"),
    ],
)
def test_faults(tmp_path: Path, text: str, line: int, words: str) -> None:
    (fault,) = faults(tmp_path, text)
    assert fault.startswith(f"charter.md:{line}: ")
    with pytest.raises(LibraryError, match=words):
        read_charter(tmp_path, ("fr", "en"))


def test_an_faq_file_may_not_be_public(tmp_path: Path) -> None:
    (tmp_path / "faq.md").write_text("## A {.public}\n\nA\n")
    with pytest.raises(LibraryError, match=r"unknown .\.public"):
        read_library(tmp_path)


def test_what_the_faq_does_not_have_is_named(tmp_path: Path) -> None:
    (tmp_path / "faq.md").write_text('## A {#a tags="t"}\n\nA\n')
    charter = read(
        tmp_path,
        "## S {.human}\n\n> [entry: a]\n> [entry: b]\n> [tag: t]\n> [tag: u]\n\nW\n",
    )
    told = [str(fault) for fault in dangling(charter, read_library(tmp_path))]
    assert len(told) == 2
    assert "charter.md:1: the FAQ has no entry 'b'" in told[0]
    assert "no tag 'u'" in told[1]


def test_the_shipped_charter_is_the_same_in_both_languages() -> None:
    charter = read_charter(ROOT / "faq", ("fr", "en"))
    french, english = (
        {(rule.id, rule.public) for rule in charter.rules if rule.language == language}
        for language in ("fr", "en")
    )
    assert french == english
    assert len(french) >= 5
    assert {subject.language for subject in charter.subjects} == {"fr", "en"}
    assert list(dangling(charter, read_library(ROOT / "faq", ("fr", "en")))) == []

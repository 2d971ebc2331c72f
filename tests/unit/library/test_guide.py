"""What the guides show to the admin is what the readers do."""

import re
from pathlib import Path

import pytest

from bot.errors import LibraryError
from bot.library.canned import VARIABLES, read_canned, search
from bot.library.reading import read_library
from bot.library.rules.charter import read_charter
from bot.library.rules.patterns import KINDS, PERSONAL

GUIDES = Path(__file__).parents[3] / "docs"
GUIDE = (GUIDES / "faq-files.md").read_text(encoding="utf-8")


def test_the_example_is_an_entry(tmp_path: Path) -> None:
    example = re.search(r"```markdown\n(.*?)```", GUIDE, re.DOTALL)
    assert example
    (tmp_path / "faq.md").write_text(example[1])
    (entry,) = read_library(tmp_path).entries
    assert (entry.id, entry.category, entry.tags) == ("delivery-time", "Delivery", ("parcel",))
    assert len(entry.phrasings) == 2
    assert entry.answer.endswith("- To a pick-up point")


def test_the_faults_shown_are_those_told(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    text = "\n" * 5 + "## A\n\n> a\nglued\n\nA\n\n\n## B {.humans}\n\nB\n"
    (tmp_path / "en" / "delivery.md").write_text(text)
    with pytest.raises(LibraryError) as caught:
        read_library(tmp_path)
    assert str(caught.value) in GUIDE


def example(guide: str, folder: Path, name: str) -> None:
    """Put the first example of a guide into a file."""
    text = (GUIDES / guide).read_text(encoding="utf-8")
    found = re.search(r"```markdown\n(.*?)```", text, re.DOTALL)
    assert found
    (folder / name).write_text(found[1], encoding="utf-8")


def test_the_charters_example_is_one(tmp_path: Path) -> None:
    example("charter.md", tmp_path, "charter.md")
    charter = read_charter(tmp_path, ("en",))
    refund, personal = charter.rules
    assert (refund.id, len(refund.patterns), len(refund.allowed)) == ("refund", 2, 1)
    assert personal.public
    (subject,) = charter.subjects
    assert (subject.entries, subject.tags, len(subject.patterns)) == (("plainte",), ("problem",), 1)


def test_the_charters_guide_lists_all_kinds() -> None:
    guide = (GUIDES / "charter.md").read_text(encoding="utf-8")
    assert [kind for kind in (*KINDS, PERSONAL) if f"| `[{kind}]" not in guide] == [
        *("phone", "card", "IBAN"),
    ]
    assert "| `[e-mail]` `[phone]` `[card]` `[IBAN]` |" in guide


def test_the_canned_example_is_one(tmp_path: Path) -> None:
    example("canned-replies.md", tmp_path, "canned-replies.md")
    (reply,) = read_canned(tmp_path)
    assert (reply.id, reply.words) == ("order-number", ("which order", "reference"))
    assert [one.path for one in reply.attachments] == ["files/order-number.png"]
    assert search((reply,), "ord num") == (reply,)


def test_the_canned_guide_lists_all_variables() -> None:
    guide = (GUIDES / "canned-replies.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `\{(\w+)\}` \|", guide, re.MULTILINE) == list(VARIABLES)

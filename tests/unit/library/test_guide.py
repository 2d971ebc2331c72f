"""What docs/faq-files.md shows to the admin is what the reader does."""

import re
from pathlib import Path

import pytest

from bot.errors import LibraryError
from bot.library.reading import read_library

GUIDE = (Path(__file__).parents[3] / "docs" / "faq-files.md").read_text(encoding="utf-8")


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

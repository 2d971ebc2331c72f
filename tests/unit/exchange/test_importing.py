"""What an import would write, and writing it."""

from pathlib import Path

import pytest

from bot.errors import Conflict
from bot.exchange import importing
from bot.exchange.importing import Proposal, Target

HERE = "# Café\n\n## Où êtes-vous ? {#ou}\n\nQuai 8.\n"
THERE = "question,answer,language,file\nQuand ouvrez-vous ?,À midi.,fr,fr/faq.md\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "faq" / "fr" / "faq.md"
    file.parent.mkdir(parents=True)
    file.write_text(HERE)
    (tmp_path / "there.csv").write_text(THERE)
    return file


def proposed(tmp_path: Path, language: str = "") -> Proposal:
    source, target = (
        str(tmp_path / "there.csv"),
        Target(tmp_path / "faq", ("fr", "en"), tmp_path / "m"),
    )
    return importing.propose(importing.read(source), source, target, language)


def test_it_is_written_and_remembered(tmp_path: Path, file: Path) -> None:
    proposal = proposed(tmp_path)
    assert (proposal.plan.new, proposal.taken_for) == (["quand-ouvrez-vous"], "")
    assert file.read_text() == HERE
    proposal.write()
    assert file.read_text().endswith(HERE)  # it is in no category
    again = proposed(tmp_path)
    assert (again.files, again.plan.unchanged) == ((), ["quand-ouvrez-vous"])


def test_two_imports_at_once_are_both_remembered(tmp_path: Path, file: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("question,answer,language,file\nUn thé ?,Non.,fr,fr/autre.md\n")
    target = Target(tmp_path / "faq", ("fr", "en"), tmp_path / "m")

    def propose(source: Path, *, fresh: bool = False) -> Proposal:
        read = importing.read(str(source))
        return importing.propose(read, str(source), target, fresh=fresh)

    for proposal in (propose(tmp_path / "there.csv"), propose(other)):  # both before either writes
        proposal.write()
    file.write_text(HERE)  # both were deleted since
    (file.parent / "autre.md").unlink()
    assert propose(tmp_path / "there.csv").plan.removed == ["quand-ouvrez-vous"]
    assert propose(other).plan.removed == ["un-the"]
    propose(other, fresh=True).write()
    assert propose(tmp_path / "there.csv").plan.removed == []


def test_a_file_that_was_changed_meanwhile_stays(tmp_path: Path, file: Path) -> None:
    proposal = proposed(tmp_path)
    file.write_text(HERE.replace("8", "9"))
    with pytest.raises(Conflict, match=r"fr/faq\.md"):
        proposal.write()
    assert "Quai 9" in file.read_text()
    assert not (tmp_path / "m").exists()


def test_a_language_that_is_not_named_is_told(tmp_path: Path, file: Path) -> None:
    (tmp_path / "there.csv").write_text("question,answer\nQuand ?,À midi.\n")
    assert proposed(tmp_path).taken_for == "fr"
    assert proposed(tmp_path, "en").taken_for == ""
    assert file.read_text() == HERE

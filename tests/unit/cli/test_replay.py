"""comptoir replay."""

import asyncio
import re
import shutil
from pathlib import Path

import pytest

from tests.support.handler import ScriptedHandler
from tests.support.world import world
from tests.unit.cli.typed import comptoir, document

NEW = "\n## Puis-je payer en bitcoin ? {#bitcoin}\n\n> bitcoin\n\nNon.\n"


async def _asked(var: Path) -> None:
    async with world(var, ScriptedHandler("webchat")) as bot:
        await bot.talk("puis-je payer en bitcoin")  # its script knows neither question
        bot.clock.advance(60)
        await bot.talk("vous livrez en combien de jours ?", conversation="c2")


@pytest.fixture
def busy(brand: Path) -> Path:
    """A brand's folder in which a bot has sent two questions to people, long ago."""
    asyncio.run(_asked(brand / "var"))
    return brand


def edit(faq: Path) -> None:
    file = faq / "fr" / "livraison.md"
    file.write_text(file.read_text(encoding="utf-8") + NEW, encoding="utf-8")


@pytest.mark.usefixtures("busy")
def test_what_would_be_met_otherwise_is_shown() -> None:
    shown = comptoir("replay", "--since", "2020-01-01")
    assert shown.exit_code == 0
    first, second, *_ = shown.stdout.splitlines()
    assert re.match(r"2 questions asked since 2020-01-01 00:00: \d are met otherwise by faq", first)
    assert re.match(r"0 better, 0 worse, \d of which it cannot be told; 0 more", second)
    met = (
        "other: vous livrez en combien de jours ?\n  before  a person\n  after   delai-livraison: "
    )
    assert met in shown.stdout


def test_an_edited_copy_is_tried_before_it_is_live(busy: Path) -> None:
    shutil.copytree(busy / "faq", busy / "draft")
    edit(busy / "draft")
    told = document("replay", "--since", "2020-01-01", "--faq", "draft", "--against", "faq")
    assert (told["questions"], told["changed"], told["untold"]) == (2, 1, 1)
    (change,) = told["changes"]
    assert change["question"] == "puis-je payer en bitcoin"
    assert change["before"]["way"] != "answer"
    assert (change["after"]["way"], change["after"]["entries"]) == ("answer", ["bitcoin"])
    assert change["after"]["text"] == "Non."


@pytest.mark.usefixtures("busy")
def test_old_questions_are_left_out_and_so_are_too_many() -> None:
    assert document("replay", "--since", "2100-01-01")["questions"] == 0
    assert document("replay", "--since", "2020-01-01", "--limit", 1)["questions"] == 1


@pytest.mark.parametrize(
    ("lines", "turn", "told_by"),
    [
        ("bitcoin\tpuis-je payer en bitcoin\n", "better", "the file"),
        ("-\tpuis-je payer en bitcoin\n", "untold", None),
        ("puis-je payer en bitcoin\n\n", "untold", None),
    ],
)
def test_questions_of_a_file_are_asked_of_two_faqs(
    brand: Path, lines: str, turn: str, told_by: str | None
) -> None:
    shutil.copytree(brand / "faq", brand / "before")
    edit(brand / "faq")
    (brand / "q.tsv").write_text(lines, encoding="utf-8")
    told = document("replay", "--questions", "q.tsv", "--against", "before")
    assert told["questions"] == 1
    (change,) = told["changes"]
    assert (change["turn"], change["told_by"]) == (turn, told_by)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "holds no questions yet: name a file with --questions"),
        (["--questions", "q.tsv"], "name the FAQ as it was with --against DIR"),
        (["--questions", "none.tsv", "--against", "faq"], "none.tsv: cannot be read"),
        (["--questions", "bad.tsv", "--against", "faq"], "bad.tsv:1: no entry of the FAQ"),
        (["--faq", "nowhere"], "there is no FAQ at nowhere"),
    ],
)
def test_what_cannot_be_replayed_is_said(brand: Path, words: list[str], said: str) -> None:
    (brand / "q.tsv").write_text("one\n", encoding="utf-8")
    (brand / "bad.tsv").write_text("nobody\tone\n", encoding="utf-8")
    wrong = comptoir("replay", *words)
    assert wrong.exit_code == 2
    assert said in wrong.stderr


def test_faults_of_the_edited_faq_are_named(busy: Path) -> None:
    shutil.copytree(busy / "faq", busy / "draft")
    (busy / "draft" / "fr" / "neuf.md").write_text("## Vide ?\n", encoding="utf-8")
    wrong = comptoir("replay", "--faq", "draft")
    assert wrong.exit_code == 2
    assert "draft/fr/neuf.md:1: the entry has no answer" in wrong.stderr

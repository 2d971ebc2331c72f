"""comptoir learning, queue judge, and what ask, eval and doctor show of it."""

import asyncio
import re
from pathlib import Path

import pytest

from bot.judgements import Origin
from bot.store.knowledge import judgements, learnings
from bot.store.knowledge.judgements import Question
from bot.store.knowledge.learnings import Kind, Learning
from bot.store.protocol import Tx
from tests.support.clock import START
from tests.support.handler import ScriptedHandler
from tests.support.world import world
from tests.unit.cli.typed import comptoir, document

ASKED = "le saute-ruisseau passe quand"
FIGURES = {
    "counted": 60,
    "before": {"loss": 1.2, "answered": 3, "right": 3, "presses": 2},
    "after": {"loss": 0.7, "answered": 20, "right": 19, "presses": 10},
}


def adopt(tx: Tx) -> None:
    """Somebody has said what that question means, and an attempt has adopted it."""
    for cause, words, entry in (("a", ASKED, "delai-livraison"), ("b", "la météo demain ?", "")):
        question, judged = Question(words, 1, 1), ("fr", entry, "v")
        judgements.add(tx, cause, question, judged, Origin.MANAGER, START, "lea")
    learning = Learning(
        Kind.ADOPTED, START, 2, judgements=2, taught=True, slope=0.9, shift=0.2, figures=FIGURES
    )
    learnings.attempted(tx, learning, 0)


async def _learnt(var: Path) -> None:
    async with world(var, ScriptedHandler("webchat")) as bot:
        await bot.talk("où est mon colis ?")
        await bot.store.run(adopt)


@pytest.fixture
def learnt(brand: Path) -> Path:
    """A brand's folder whose bot has learnt something; one question is in the queue."""
    asyncio.run(_learnt(brand / "var"))
    return brand


@pytest.mark.usefixtures("brand")
def test_before_the_first_run_nothing_is_learnt() -> None:
    assert "none yet" in comptoir("learning", "show").stdout
    assert "nothing: the matcher as shipped" in comptoir("learning", "show").stdout


@pytest.mark.usefixtures("learnt")
def test_what_was_learnt_is_shown() -> None:
    shown = comptoir("learning", "show").stdout
    assert re.search(r"^judgements +2 \(2 manager\)$", shown, re.MULTILINE)
    assert "what 2 judgements teach" in shown
    assert "calibration 0.90 × logit +0.20" in shown
    assert re.search(r"learnt +loss 0\.700, 19 of 20 answers right", shown)
    told = document("learning", "show")
    assert (told["on"], told["in_force"], told["judgements"]) == (True, True, {"manager": 2})
    assert told["last_attempt"]["outcome"] == "adopted"
    assert told["last_attempt"]["after"]["right"] == 19


def refuse(tx: Tx) -> None:
    figures = {**FIGURES, "doubts": ["what managers say is foretold worse", "answers are wrong"]}
    learnings.attempted(tx, Learning(Kind.REFUSED, START, 2, judgements=2, figures=figures), 0)


async def _refused(var: Path) -> None:
    async with world(var, ScriptedHandler("webchat")) as bot:
        await bot.store.run(refuse)


def test_why_an_attempt_was_refused_is_shown(learnt: Path) -> None:
    asyncio.run(_refused(learnt / "var"))
    shown = comptoir("learning", "show").stdout
    assert "refused, for  what managers say is foretold worse; answers are wrong" in shown


@pytest.mark.usefixtures("learnt")
def test_what_people_said_is_listed_and_can_be_corrected() -> None:
    shown = comptoir("learning", "list").stdout.splitlines()
    assert [line.split(maxsplit=4)[2:] for line in shown] == [
        ["lea", "manager", "-                taught  la météo demain ?"],
        ["lea", "manager", f"delai-livraison  taught  {ASKED}"],
    ]
    comptoir("queue", "judge", 1, "delai-livraison", "--as", "paul")
    latest, _ = document("learning", "list", "--entry", "delai-livraison")["said"]
    assert (latest["item"], latest["by"], latest["taught"]) == (1, "paul", False)
    comptoir("queue", "judge", 1, "-", "--as", "paul")
    latest, *_ = document("learning", "list", "--entry", "-")["said"]
    assert (latest["item"], latest["entry"], latest["question"]) == (1, None, "où est mon colis ?")
    assert comptoir("learning", "list", "--entry", "horaires").stdout == "nothing\n"


@pytest.mark.usefixtures("learnt")
def test_it_is_switched_off_and_on_and_forgotten() -> None:
    assert document("learning", "off", "--as", "lea")["in_force"] is False
    assert "off" in comptoir("learning", "show").stdout
    assert document("learning", "on", "--as", "lea")["in_force"] is True
    assert comptoir("learning", "reset", typed="n\n").exit_code == 130
    assert document("learning", "show")["in_force"] is True
    told = document("learning", "reset", "--yes")
    assert (told["in_force"], told["judgements"], told["last_attempt"]) == (False, {}, None)


@pytest.mark.usefixtures("learnt")
def test_ask_answers_as_the_bot_does() -> None:
    first = document("ask", ASKED)["matches"][0]
    assert (first["entry"], first["probability"]) == ("delai-livraison", 0.99)
    assert "(learnt)" in comptoir("ask", ASKED, "--explain").stdout
    shown = comptoir("ask", "la météo demain ?", "--explain").stdout
    assert shown.startswith("escalate")
    assert "outside the FAQ" in shown
    comptoir("learning", "off")
    assert [one["probability"] for one in document("ask", ASKED)["matches"] if one][:1] != [0.99]
    assert document("ask", ASKED, "--faq", "faq")["matches"][:1] != [first]


def test_eval_shows_what_was_learnt_where_it_is_asked_to(learnt: Path) -> None:
    (learnt / "q.tsv").write_text(f"delai-livraison\t{ASKED}\n", encoding="utf-8")
    plain, taught = document("eval", "q.tsv"), document("eval", "q.tsv", "--learnt")
    assert (plain["learnt"], plain["answered"]) == (False, 0)
    assert (taught["learnt"], taught["answered"], taught["precision"]) == (True, 1, 1.0)
    assert "1 hidden phrasings, 1 questions outside" in comptoir("eval", "q.tsv", "--learnt").stdout


def test_eval_says_that_there_is_nothing_to_read(brand: Path) -> None:
    (brand / "q.tsv").write_text("-\tx\n", encoding="utf-8")
    wrong = comptoir("eval", "q.tsv", "--learnt")
    assert wrong.exit_code == 2
    assert "holds nothing learnt yet" in wrong.stderr


@pytest.mark.usefixtures("learnt")
def test_doctor_shows_what_was_learnt() -> None:
    (check,) = [one for one in document("doctor")["checks"] if one["subject"] == "learning"]
    assert check["state"] == "ok"
    assert "what 2 judgements teach" in check["detail"]
    comptoir("learning", "off")
    (check,) = [one for one in document("doctor")["checks"] if one["subject"] == "learning"]
    assert check["state"] == "off"


@pytest.mark.usefixtures("learnt")
def test_a_manager_says_what_answers() -> None:
    told = comptoir("queue", "judge", 1, "delai-livraison", "--as", "lea")
    assert told.stdout == "1: noted that delai-livraison answers it\n"
    told = comptoir("queue", "judge", 1, "-", "--as", "paul")
    assert told.stdout == "1: noted that nothing in the FAQ answers it\n"
    assert document("learning", "show")["judgements"] == {"manager": 3}


@pytest.mark.usefixtures("learnt")
def test_what_cannot_be_judged_is_told() -> None:
    wrong = comptoir("queue", "judge", 1, "delai-livraizon")
    assert wrong.exit_code == 2
    assert "no entry 'delai-livraizon' (did you mean 'delai-livraison'?)" in wrong.stderr
    wrong = comptoir("queue", "judge", 7, "-")
    assert (wrong.exit_code, wrong.stderr) == (2, "comptoir: there is no escalation 7\n")

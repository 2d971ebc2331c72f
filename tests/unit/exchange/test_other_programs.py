"""FAQs of other programs, each told from its content, and what is lost said."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from bot.errors import LibraryError, UserError
from bot.exchange.gathering import gather
from bot.exchange.items import Item
from tests.unit.exchange.sources import (
    CHATWOOT,
    MICROSOFT,
    RASA_DOMAIN,
    RASA_NLU,
    ZAMMAD,
    agent,
    one,
    rasa,
    read,
    read_path,
)


def shown(item: Item) -> tuple[str, str, tuple[str, ...], str]:
    return item.id, item.question, item.phrasings, item.answer


def test_a_rasa_project(tmp_path: Path) -> None:
    imported = read_path(rasa(tmp_path / "bot"))
    assert [shown(item) for item in imported.items] == [
        ("greet", "hi", ("hello Anna",), "Hey! {name}"),
        ("faq.hours", "when do you open", ("are you open on Sunday",), "We open at **nine**."),
        ("park", "where to park", (), "Behind the shop.\n\n<https://x.example/p.png>"),
    ]
    said = "\n".join(imported.notes)
    assert "no text that answers: mute" in said
    assert "1 response had several wordings" in said
    assert "1 answer with a slot in braces" in said


def test_rasa_in_one_file_and_with_half_of_it() -> None:
    assert len(read(RASA_DOMAIN + RASA_NLU.replace('version: "3.1"\n', ""), "x.yml").items) == 3
    with pytest.raises(LibraryError, match=r"nlu\.yml and domain\.yml"):
        read(RASA_NLU, "nlu.yml")


def test_microsofts_tsv() -> None:
    imported = read(MICROSOFT, "kb.tsv")
    mars, kettle = imported.items
    assert shown(mars) == ("", "Mars?", ("mars delivery",), "Not **yet**.\nAsk later.")
    assert (mars.key, mars.category) == ("qna-1", "space")
    assert kettle.tags == ("kettle-2",)
    assert "1 answer with follow-up prompts, which are left out" in imported.notes


@pytest.mark.parametrize("packed", [False, True])
def test_a_dialogflow_agent(tmp_path: Path, *, packed: bool) -> None:
    path = agent(tmp_path / "agent")
    if packed:
        path = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", path))
    imported = read_path(path)
    english, french = imported.items
    assert shown(english) == (
        "loyalty-points",
        "points per euro",
        ("loyalty",),
        "One a euro.\n\nSince 2020.",
    )
    assert (english.language, french.language, french.answer) == ("en", "fr", "Un par euro.")
    said = "\n".join(imported.notes)
    assert "no phrases or no text: Fallback" in said
    assert "calls to a webhook" in said


def test_chatwoots_articles() -> None:
    imported = read(json.dumps(CHATWOOT), "articles.json")
    article = one(imported)
    assert shown(article)[:2] == ("using-it-offline", "Using it offline")
    assert (article.language, article.category, article.key) == ("en", "App", "article-7")
    assert imported.notes == ("1 article left out: not published, or empty",)


def test_zammads_answers() -> None:
    imported = read(json.dumps({"assets": ZAMMAD}), "kb.json")
    answer = one(imported)
    assert answer.answer == "Du **vinaigre**.\n\n- Remplir\n- Rincer"
    assert (answer.language, answer.category, answer.tags) == ("fr", "Machines", ("cafetiere",))
    assert imported.notes == ("1 answer left out: not public, or empty",)


def test_what_is_nothing_known() -> None:
    with pytest.raises(UserError, match="what notes is cannot be told: say it with --format"):
        read("some words", "notes")
    with pytest.raises(UserError, match="did you mean 'rasa'"):
        read("", "x.yml", "rassa")
    with pytest.raises(LibraryError, match=r"no schema.org Question"):
        read("{}", "x.json")
    with pytest.raises(LibraryError, match=r"x\.json:2: this is no JSON"):
        read('{\n"a"', "x.json")
    with pytest.raises(LibraryError, match=r"x\.yaml:1: this is no YAML"):
        read("a: [", "x.yaml")
    with pytest.raises(LibraryError, match=r"x\.csv:2: 'soon', the review_by of 'Q', is no date"):
        read("question,answer,review_by\nQ,A,soon\n", "x.csv")
    with pytest.raises(LibraryError, match="too deep"):
        read("[" * 200_000, "x.yaml")
    with pytest.raises(LibraryError, match="too deep"):
        read("[" * 200_000, "x.json")


def test_archives_and_folders_that_are_none(tmp_path: Path) -> None:
    broken = tmp_path / "a.zip"
    broken.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(UserError, match="cannot be unpacked"):
        gather(broken)
    with zipfile.ZipFile(broken, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.json", "[]" * 500)
    whole = broken.read_bytes()
    at = whole.index(b"a.json") + len("a.json")
    broken.write_bytes(whole[:at] + b"\xff\xff\xff" + whole[at + 3 :])
    with pytest.raises(UserError, match="cannot be unpacked"):
        gather(broken)
    with pytest.raises(UserError, match="there is no file or folder"):
        gather(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"nothing in .* could be read"):
        read_path(tmp_path / "empty")

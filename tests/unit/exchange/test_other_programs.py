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


RASA_FLOWS = """\
version: "2.0"
nlu:
- intent: hours
  examples: |
    - when are you open
- intent: sad
  examples: |
    - i am sad
- intent: lost
  examples: |
    - i lost it
- intent: stolen
  examples: |
    - it was stolen
- intent: why
  examples: |
    - why do you ask
- intent: yes
  examples: |
    - of course
- intent: risk
  examples: |
    - am i at risk
- intent: torn
  examples: |
    - it is torn
responses:
  utter_opening:
  - text: At nine.
  utter_cheer:
  - text: Cheer up!
  utter_help:
  - text: Did that help?
  utter_report:
  - text: Report it.
  utter_form_why:
  - text: The form wants it.
  utter_risk:
  - text: It is high.
    condition:
    - {type: slot, name: age, value: "90"}
  - text: Only for chat one.
    channel: one
  - text: It depends.
stories:
- story: hours
  steps:
  - intent: hours
  - action: utter_opening
- story: hours and torn
  steps:
  - intent: hours
  - action: utter_opening
  - intent: torn
  - action: utter_cheer
- story: sad
  steps:
  - intent: sad
  - action: utter_cheer
  - action: utter_help
  - intent: yes
  - action: utter_opening
- story: torn
  steps:
  - intent: torn
  - action: utter_help
- story: torn again
  steps:
  - intent: torn
  - action: utter_report
rules:
- rule: report
  steps:
  - or:
    - intent: lost
    - intent: stolen
  - action: utter_report
- rule: in the form
  condition:
  - active_loop: a_form
  steps:
  - intent: why
  - action: utter_form_why
  - action: a_form
"""


def test_rasas_stories_rules_and_conditions() -> None:
    imported = read(RASA_FLOWS, "bot.yml")
    assert {item.id: item.answer for item in imported.items} == {
        "hours": "At nine.",
        "sad": "Cheer up!\n\nDid that help?",
        "lost": "Report it.",
        "stolen": "Report it.",
        "risk": "It depends.",
    }
    assert "left out, since they have no examples or no text that answers: why, yes, torn" in (
        imported.notes
    )
    assert any("several wordings: the first is taken, of those" in note for note in imported.notes)


def test_rasa_before_yaml_says_what_to_do() -> None:
    with pytest.raises(LibraryError, match="rasa data convert nlu"):
        read("intents:\n- greet\nresponses:\n  utter_greet:\n  - text: Hi\n", "domain.yml")


def test_dialogflows_newer_exports(tmp_path: Path) -> None:
    folder = tmp_path / "agent" / "intents"
    folder.mkdir(parents=True)
    (tmp_path / "agent" / "agent.json").write_text('{"language": "en"}', encoding="utf-8")
    messages = [
        {"type": 0, "lang": "en", "condition": "", "speech": "Yes, $name."},
        {"type": 0, "lang": "fr", "condition": "", "speech": "Oui."},
        {"type": 4, "lang": "en", "payload": {}},
    ]
    intent = {"name": "Taxi", "responses": [{"messages": messages, "speech": []}], "events": []}
    (folder / "Taxi.json").write_text(json.dumps(intent), encoding="utf-8")
    for language, text in (("en", "Do taxis run?"), ("fr", "Et les taxis ?")):
        phrases = [
            {"data": [{"text": "is @sys.any:any allowed"}], "isTemplate": True},
            {"data": [{"text": text, "userDefined": False}], "isTemplate": False},
        ]
        path = folder / f"Taxi_usersays_{language}.json"
        path.write_text(json.dumps(phrases), encoding="utf-8")
    imported = read_path(tmp_path / "agent")
    assert [
        (item.language, item.question, item.phrasings, item.answer) for item in imported.items
    ] == [
        ("en", "Do taxis run?", (), "Yes, $name."),
        ("fr", "Et les taxis ?", (), "Oui."),
    ]
    assert "1 answer with a parameter (`$name`): put words in its place" in imported.notes


def test_one_page_of_chatwoots_articles_says_that_there_are_more() -> None:
    article = {"id": 1, "title": "How?", "content": "So.", "status": "published"}
    value = {"payload": [article], "meta": {"current_page": 1, "all_articles_count": 26}}
    assert read(json.dumps(value), "a.json").notes == (
        "1 of 26 articles are in it: import the other pages too (`?page=2`, …)",
    )


def test_zammads_titles_without_texts_say_how_to_get_them() -> None:
    assets = {
        "KnowledgeBaseAnswer": {"1": {"id": 1, "published_at": "2026-01-01"}},
        "KnowledgeBaseAnswerTranslation": {"5": {"title": "How?", "answer_id": 1, "content_id": 7}},
    }
    with pytest.raises(LibraryError, match="answer_translation_content_ids"):
        read(json.dumps(assets), "kb.json")


def test_microsofts_older_header_and_what_lies_beside_it(tmp_path: Path) -> None:
    rows = (
        "Question\tAnswer\tSource\tMetadata\n"
        "How?\tLike this:\\n\\n\\n*   one\\n*   two\\n\\n![p](https://x.example/p.png)\thttps://x.example/faq\t\n"
        "In what way?\tLike this:\\n\\n\\n*   one\\n*   two\\n\\n![p](https://x.example/p.png)\thttps://x.example/faq\t\n"
    )
    (tmp_path / "kb").mkdir()
    (tmp_path / "kb" / "QnAs.tsv").write_text(rows, encoding="utf-8")
    (tmp_path / "kb" / "Synonyms.tsv").write_text('"sdk","kit"\n', encoding="utf-8")
    imported = read_path(tmp_path / "kb")
    item = one(imported)
    assert (item.question, item.phrasings) == ("How?", ("In what way?",))
    assert item.answer.startswith("Like this:\n\n\n*   one\n*   two\n\n![p](")
    assert imported.notes == (
        "where an answer came from (Source) is left out",
        "synonyms are left out: Synonyms.tsv",
    )


@pytest.mark.parametrize(
    ("name", "todo"),
    [
        ("faq.xlsx", "save the table as CSV"),
        ("FAQ.Docx", "save it as a web page"),
        ("faq.pdf", "the document or web page that it was made from"),
    ],
)
def test_files_of_office_programs_say_what_to_do(tmp_path: Path, name: str, todo: str) -> None:
    (tmp_path / name).write_bytes(b"PK\x03\x04")
    with pytest.raises(UserError, match=todo):
        gather(tmp_path / name)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Lundi ?;Non, fermé.\nMardi ?;Oui.\n", [("Lundi ?", "Non, fermé."), ("Mardi ?", "Oui.")]),
        ("One?,Yes; no.\nTwo?,No.\n", [("One?", "Yes; no."), ("Two?", "No.")]),
        ("question;réponse\nA, B, C ou D ?;E, F\n", [("A, B, C ou D ?", "E, F")]),
        ("question,answer,tags;x\nA?;;;,B;;;\n", [("A?;;;", "B;;;")]),
        ("One?\tYes, I think; so.\n", [("One?", "Yes, I think; so.")]),
    ],
)
def test_what_parts_cells_is_seen_from_all_rows(text: str, found: list[tuple[str, str]]) -> None:
    items = read(text, "x.csv").items
    assert [(item.question, item.answer) for item in items] == found

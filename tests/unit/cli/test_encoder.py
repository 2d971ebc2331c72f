"""What commands say of the sentence encoder: that it is used, in which languages, and why not."""

from pathlib import Path

import pytest

from tests.support import encoders
from tests.unit.cli.typed import comptoir, document

FAQ = """---
language: en
---
## Where is my parcel? {#parcel}

> when does my order arrive
> my parcel is late

Follow the delivery of your parcel in your account.

## How do I return a coffee? {#return}

> i want to send it back
> unwanted order, can i get a refund

Send it back to us within fourteen days, and we refund it.
"""


@pytest.fixture
def english(empty: Path) -> Path:
    """A brand with a tiny encoder; its folder is the current one."""
    (empty / "faq").mkdir()
    (empty / "faq" / "a.md").write_text(FAQ, encoding="utf-8")
    encoders.static(empty / "tiny")
    write(empty, "tiny")
    return empty


def write(brand: Path, encoder: str) -> None:
    (brand / "bot.toml").write_text(
        f'[brand]\nlanguages = ["en"]\n[matching]\nencoder = "{encoder}"\n', encoding="utf-8"
    )


def findings() -> list[tuple[str, str]]:
    told = document("doctor")["checks"]
    return [(one["state"], one["detail"]) for one in told if one["subject"] == "encoder"]


def test_a_question_is_answered_with_it_and_explained(english: Path) -> None:
    shown = comptoir("ask", "has the consignment been in transit", "--explain").stdout
    assert "parcel" in shown.splitlines()[0]
    assert "near its nearest phrasing in sense (encoder_best)" in shown
    assert (english / "var" / "encoded.npz").is_file()


def test_another_faq_leaves_what_is_kept_alone(english: Path) -> None:
    comptoir("ask", "refund")
    before = (english / "var" / "encoded.npz").read_bytes()
    (english / "other.md").write_text(FAQ.replace("coffee", "tea"), encoding="utf-8")
    shown = comptoir("ask", "refund", "--faq", "other.md", "--explain")
    assert "encoder_best" in shown.stdout
    assert (english / "var" / "encoded.npz").read_bytes() == before


def test_eval_measures_with_it(english: Path) -> None:
    questions = english / "questions.tsv"
    questions.write_text("parcel\tis the consignment in transit\n", encoding="utf-8")
    assert document("eval", questions)["top_1"] == 1.0


def test_doctor_looks_how_it_does_and_changes_nothing(english: Path) -> None:
    found = findings()
    assert [state for state, _ in found] == ["ok", "ok"]
    assert "tiny can be used" in found[0][1]
    assert "in 'en' of use (of 8 trials" in found[1][1]
    assert not (english / "var").exists()


def test_one_that_cannot_be_used_is_said_everywhere_and_stops_nothing(english: Path) -> None:
    write(english, "nowhere")
    asked = comptoir("ask", "where is my parcel?")
    assert asked.exit_code == 0
    assert asked.stderr.startswith("Without an encoder: there is no ")
    assert len(asked.stderr.splitlines()) == 1
    checked = comptoir("check")
    assert checked.exit_code == 0
    assert "bot.toml:4: a doubt: [matching] encoder: there is no " in checked.stdout
    assert "faults: 0, doubts: 1" in checked.stdout
    told = document("doctor", status=1)["checks"]
    detail = next(one["detail"] for one in told if one["subject"] == "encoder")
    assert "name a folder, an .onnx file, or a model of the hub" in detail


def test_a_line_that_a_broken_model_names_is_not_one_of_the_configuration(english: Path) -> None:
    folder = encoders.static(english / "broken")
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    write(english, "broken")
    shown = comptoir("check").stdout
    assert "at line 1 column" in shown
    assert "bot.toml:4: a doubt: [matching] encoder: broken cannot be used" in shown

"""comptoir eval: the format of its files, bit by bit, as DESIGN fixes it."""

from pathlib import Path

import pytest

from tests.unit.cli.typed import DEMO, comptoir, document

HEADER = "expected\tverdict\tconfidence\tfirst\tsecond\tthird\tmilliseconds"
QUESTIONS = (
    "delai-livraison\tvous livrez en combien de jours ?\n"
    "-\tquelle est la masse du soleil ?\n"
    "delai-livraison\thow long does delivery take?\n"
    "-\t???\n"
)


@pytest.fixture
def questions(empty: Path) -> Path:
    """A file of four questions, in a folder without bot.toml."""
    file = empty / "questions.tsv"
    file.write_bytes(QUESTIONS.encode())
    return file


def predicted(questions: Path, faq: Path = DEMO) -> list[list[str]]:
    """The rows of the predictions."""
    out = questions.with_name("out.tsv")
    assert comptoir("eval", questions, "--faq", faq, "--predictions", out).exit_code == 0
    text = out.read_bytes().decode()
    assert "\r" not in text
    assert text.endswith("\n")
    header, *rows = text.removesuffix("\n").split("\n")
    assert header == HEADER
    return [row.split("\t") for row in rows]


def test_there_is_a_prediction_a_line_in_the_same_order(questions: Path) -> None:
    rows = predicted(questions)
    assert [row[0] for row in rows] == ["delai-livraison", "-", "delai-livraison", "-"]
    assert {len(row) for row in rows} == {7}
    assert rows[0][1] == "answer"
    assert rows[0][3] == "delai-livraison"


def test_first_and_confidence_are_there_whatever_the_verdict(questions: Path) -> None:
    for _, verdict, confidence, first, second, third, milliseconds in predicted(questions):
        assert verdict in {"answer", "clarify", "escalate"}
        assert 0 <= float(confidence) <= 1
        assert first
        assert len({first, second, third} - {""}) == sum(map(bool, (first, second, third)))
        assert float(milliseconds) > 0


def test_second_and_third_are_empty_where_the_faq_is_short(questions: Path) -> None:
    faq = questions.with_name("faq.md")
    faq.write_text("# A\n\n## When? {#delai-livraison}\n\nNow.\n", encoding="utf-8")
    assert [row[3:6] for row in predicted(questions, faq)] == [["delai-livraison", "", ""]] * 4


def test_lines_end_at_line_feeds_only_and_are_split_at_the_first_tab(questions: Path) -> None:
    questions.write_bytes('-\tun\rdeux\u2028trois\x0b\t"quatre\n-\t\n-\tcinq'.encode())
    assert [row[0] for row in predicted(questions)] == ["-", "-", "-"]


def test_nothing_is_quoted(questions: Path) -> None:
    questions.write_bytes(b'-\t"one\n-\ttwo"\n')
    assert len(predicted(questions)) == 2
    questions.write_bytes(b'"-"\tone\n')
    assert comptoir("eval", questions, "--faq", DEMO).exit_code == 2


def test_the_figures_have_their_names(questions: Path) -> None:
    told = document("eval", questions, "--faq", DEMO)
    counted = {name: told[name] for name in ("questions", "in_scope", "out_of_scope")}
    assert counted == {"questions": 4, "in_scope": 2, "out_of_scope": 2}
    assert told["answered"] + told["clarified"] + told["escalated"] == 4
    for share in ("top_1", "top_3", "precision", "answered_share", "auroc", "calibration_error"):
        assert 0 <= told[share] <= 1, share
    for amount in ("milliseconds_p50", "milliseconds_p99", "build_seconds", "peak_memory_mb"):
        assert told[amount] > 0, amount
    assert "predictions" not in told


def test_people_are_told_in_words(questions: Path) -> None:
    shown = comptoir("eval", questions, "--faq", DEMO).stdout
    assert "4 (2 in scope, 2 not)" in shown
    assert "answers that are right" in shown


def test_what_cannot_be_measured_is_null(questions: Path) -> None:
    questions.write_bytes(b"-\tun\n")
    told = document("eval", questions, "--faq", DEMO)
    assert (told["top_1"], told["auroc"]) == (None, None)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"-\tfine\nno tab here\n", "questions.tsv:2: has no tab"),
        (b"-\tfine\nnobody\tone\n", "questions.tsv:2: no entry of the FAQ has the id 'nobody'"),
        (b"-\tfine\n-\tcaf\xe9\n", "questions.tsv:2: is not UTF-8"),
        (b"", "has no questions"),
    ],
)
def test_a_faulty_file_is_named_with_its_line(questions: Path, content: bytes, words: str) -> None:
    questions.write_bytes(content)
    wrong = comptoir("eval", questions, "--faq", DEMO, "--predictions", "out.tsv")
    assert wrong.exit_code == 2
    assert wrong.stderr.startswith("comptoir: ")
    assert words in wrong.stderr
    assert not questions.with_name("out.tsv").exists()


def test_a_missing_file_is_named(empty: Path) -> None:
    wrong = comptoir("eval", empty / "none.tsv", "--faq", DEMO)
    assert wrong.exit_code == 2
    assert "none.tsv: cannot be read (No such file or directory)" in wrong.stderr


def test_predictions_that_cannot_be_written_are_said(questions: Path) -> None:
    wrong = comptoir("eval", questions, "--faq", DEMO, "--predictions", "nowhere/out.tsv")
    assert wrong.exit_code == 2
    assert "nowhere/out.tsv: cannot be written" in wrong.stderr


def test_the_brands_own_faq_is_the_usual_one(brand: Path) -> None:
    (brand / "questions.tsv").write_text(QUESTIONS, encoding="utf-8")
    assert document("eval", "questions.tsv")["questions"] == 4


def test_entries_that_are_mixed_up_and_badly_met_are_listed(questions: Path) -> None:
    questions.write_text(
        "retour\twhere is my parcel\nretour\tcan I return it?\n-\tmoon\n", encoding="utf-8"
    )
    shown = comptoir("eval", questions, "--faq", DEMO).stdout
    assert "Entries that are taken for each other" in shown
    assert "retour    suivi-colis  1      1         where is my parcel" in shown
    assert "Entries whose questions are met worst" in shown
    assert "entries are not asked for by any of these questions" in shown
    told = document("eval", questions, "--faq", DEMO)
    (mixed,) = told["mixed"]
    assert (mixed["expected"], mixed["first"], mixed["answered"]) == ("retour", "suivi-colis", 1)
    assert mixed["examples"] == ["where is my parcel"]
    worst = told["entries"][0]
    assert (worst["entry_id"], worst["asked"], worst["right"]) == ("retour", 2, 1)
    assert len(told["settings"]) == 50


def test_what_to_set_for_a_wanted_share_is_told(questions: Path) -> None:
    shown = comptoir("eval", questions, "--faq", DEMO, "--wanted", "0.9").stdout
    assert "For 90.0 % right answers: precision = 0.5 in [matching] of bot.toml" in shown
    assert "0.90 (now)" in shown
    assert document("eval", questions, "--faq", DEMO, "--wanted", "0.9")["advised"] == 0.5
    assert document("eval", questions, "--faq", DEMO)["advised"] is None
    questions.write_text("retour\twhere is my parcel\n", encoding="utf-8")
    shown = comptoir("eval", questions, "--faq", DEMO, "--wanted", "0.9").stdout
    assert "With no setting are 90.0 % of the answers right" in shown
    assert comptoir("eval", questions, "--faq", DEMO, "--wanted", "90").exit_code == 2


def test_the_curve_is_drawn(questions: Path) -> None:
    assert comptoir("eval", questions, "--faq", DEMO, "--curve", "curve.svg").exit_code == 0
    assert "<svg" in questions.with_name("curve.svg").read_text(encoding="utf-8")
    questions.with_name("file").touch()
    wrong = comptoir("eval", questions, "--faq", DEMO, "--curve", "file/curve.svg")
    assert wrong.exit_code == 2
    assert "file/curve.svg: cannot be written" in wrong.stderr

from pathlib import Path

import pytest

from bot.errors import UserError
from bot.matching.evaluate import (
    COLUMNS,
    Prediction,
    Question,
    auroc,
    evaluate,
    expected_calibration_error,
    read_questions,
    report,
    solved_at,
    write_predictions,
)
from bot.matching.matcher import Matcher
from bot.models import Library, VerdictKind
from tests.unit.matching import shop

IDS = {"delai", "retour"}


def test_lines_end_at_a_line_feed_and_split_at_the_first_tab(tmp_path: Path) -> None:
    path = tmp_path / "questions.tsv"
    path.write_bytes('delai\t"a\tb\u2028c\r\n-\t\nretour\tlast'.encode())
    assert read_questions(path, IDS) == [
        Question("delai", '"a\tb\u2028c\r'),
        Question("-", ""),
        Question("retour", "last"),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"delai\tok\nno tab here\n", "questions.tsv:2: has no tab"),
        (b"delai\tok\n\ndelai\tok\n", "questions.tsv:2: has no tab"),
        (
            b"delai\tok\nnonsense\thello\n",
            "questions.tsv:2: no entry of the FAQ has the id 'nonsense'",
        ),
        (b"\thello\n", "questions.tsv:1: no entry"),
        (b"delai\tok\ndelai\t\xff\n", "questions.tsv:2: is not UTF-8"),
        (b"", "has no questions"),
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "questions.tsv"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        read_questions(path, IDS)
    assert said in str(caught.value)


def test_many_bad_lines_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "questions.tsv"
    path.write_text("bad\n" * 13)
    with pytest.raises(UserError, match="… and 3 more such lines"):
        read_questions(path, IDS)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read_questions(tmp_path / "none.tsv", IDS)


def prediction(
    expected: str, confidence: float, *entries: str, kind: VerdictKind = VerdictKind.ANSWER
) -> Prediction:
    return Prediction(expected, kind, confidence, entries, 1.0)


def test_the_report_counts() -> None:
    figures = report(
        [
            prediction("a", 0.9, "a", "b"),
            prediction("a", 0.8, "b", "a", kind=VerdictKind.CLARIFY),
            prediction("b", 0.95, "a"),
            prediction("-", 0.9, "a"),
            prediction("-", 0.1, "a", kind=VerdictKind.ESCALATE),
        ],
        build_seconds=0.5,
    )
    assert (figures.questions, figures.in_scope, figures.out_of_scope) == (5, 3, 2)
    assert (figures.answered, figures.clarified, figures.escalated) == (3, 1, 1)
    assert figures.top_1 == pytest.approx(1 / 3)
    assert figures.top_3 == pytest.approx(2 / 3)
    assert figures.precision == pytest.approx(1 / 3)
    assert figures.answered_share == pytest.approx(3 / 5)
    assert figures.solved_share == pytest.approx(1 / 3)
    assert figures.build_seconds == 0.5
    assert "predictions" not in figures.as_dict()


def test_a_report_on_nothing_has_no_shares() -> None:
    figures = report([])
    assert figures.questions == 0
    assert figures.top_1 is figures.precision is figures.auroc is figures.milliseconds_p50 is None


def test_auroc() -> None:
    assert auroc([0.9, 0.8, 0.1], [True, True, False]) == 1.0
    assert auroc([0.1, 0.9], [True, False]) == 0.0
    assert auroc([0.5, 0.5, 0.5], [True, False, False]) == 0.5
    assert auroc([0.5], [True]) is None


def test_expected_calibration_error() -> None:
    assert expected_calibration_error([1.0, 0.0], [True, False]) == pytest.approx(0.0)
    assert expected_calibration_error([0.75, 0.75], [True, False]) == pytest.approx(0.25)


def test_solved_at_takes_the_lowest_cut_that_keeps_the_precision() -> None:
    confidences, right = [0.9, 0.8, 0.7, 0.6], [True, True, False, True]
    assert solved_at(0.9, confidences, right, 4) == pytest.approx(0.5)
    assert solved_at(0.75, confidences, right, 4) == pytest.approx(0.75)
    assert solved_at(0.9, [0.5, 0.5], [True, False], 2) == 0.0


def test_every_prediction_has_a_first_entry_and_keeps_its_place(tmp_path: Path) -> None:
    matcher = Matcher.build(shop.library("fr", "en"), 0.9, ("fr", "en"))
    questions = [Question("delai", "where is my parcel"), Question("-", "😀"), Question("-", "x")]
    figures = evaluate(matcher, questions)
    path = tmp_path / "out.tsv"
    write_predictions(path, figures.predictions)
    header, *rows = [line.split("\t") for line in path.read_text().removesuffix("\n").split("\n")]
    assert tuple(header) == COLUMNS
    assert [row[0] for row in rows] == ["delai", "-", "-"]
    assert rows[0][1] == "answer"
    assert rows[0][3] == "delai"
    assert rows[1][1] == "escalate"
    for row in rows:
        assert len(row) == len(COLUMNS)
        assert row[3]
        assert 0 <= float(row[2]) <= 1
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.tsv"]


def test_an_empty_library_has_no_first() -> None:
    figures = evaluate(Matcher.build(Library((), "")), [Question("-", "hello")])
    assert figures.predictions[0].entries == ()
    assert figures.predictions[0].confidence == 0


def test_predictions_that_cannot_be_written_are_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        write_predictions(tmp_path / "no" / "folder" / "out.tsv", [])

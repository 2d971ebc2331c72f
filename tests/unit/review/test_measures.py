"""What labelled questions tell of an FAQ."""

from xml.etree import ElementTree as ET

import pytest

from bot.matching.evaluate import Prediction, Question
from bot.matching.matcher import threshold
from bot.models import VerdictKind
from bot.review import measures, plot
from bot.review.measures import Coverage, Mixed, Point

ANSWER, CLARIFY, ESCALATE = VerdictKind.ANSWER, VerdictKind.CLARIFY, VerdictKind.ESCALATE


def said(expected: str, kind: VerdictKind, confidence: float, *entries: str) -> Prediction:
    return Prediction(expected, kind, confidence, entries, 1.0)


SAID = [
    said("a", ANSWER, 0.99, "a", "b"),
    said("a", ANSWER, 0.95, "b", "a"),
    said("a", CLARIFY, 0.60, "b", "a"),
    said("a", ESCALATE, 0.20, "c"),
    said("b", CLARIFY, 0.60, "a", "c"),
    said("-", ANSWER, 0.92, "b"),
    said("-", CLARIFY, 0.50, "c"),
]
ASKED = [Question(one.expected, f"q{number}") for number, one in enumerate(SAID)]


def test_entries_that_are_mixed_up_come_with_their_wordings() -> None:
    assert measures.mixed(ASKED, SAID) == [
        Mixed("a", "b", 2, 1, ("q1", "q2")),
        Mixed("-", "b", 1, 1, ("q5",)),
        Mixed("a", "c", 1, 0, ("q3",)),
        Mixed("b", "a", 1, 0, ("q4",)),
    ]


def test_the_coverage_of_an_entry_is_how_its_questions_are_met() -> None:
    rows = measures.coverage(SAID, ["a", "b", "c", "a"])
    assert rows == [
        Coverage("b", asked=1, right=0, wrong=0, offered=0, person=1, taken=2),
        Coverage("a", asked=4, right=1, wrong=1, offered=1, person=1, taken=0),
        Coverage("c", asked=0, right=0, wrong=0, offered=0, person=0, taken=0),
    ]
    assert [row.share for row in rows] == [0, 0.25, 0]


def test_the_curve_goes_from_the_surest_question_on() -> None:
    points = measures.curve(SAID)
    assert points[0] == Point(0.99, 1 / 7, 1.0)
    assert points[2] == Point(0.92, 3 / 7, 1 / 3)
    assert points[3] == Point(0.60, 5 / 7, 1 / 5), "questions of one confidence fall together"
    assert points[-1] == Point(0.20, 1.0, 1 / 7)
    assert measures.curve([]) == []


def test_each_setting_has_what_would_come_of_it() -> None:
    confident = [said("a", ANSWER, 0.99, "a")] * 90 + [said("a", ANSWER, 0.93, "b")] * 10
    found = {one.precision: one for one in measures.settings(confident, 0.9)}
    assert list(found) == pytest.approx([percent / 100 for percent in range(50, 100)])
    assert (found[0.9].answered, found[0.9].right) == (100, 0.9)
    assert found[0.9].low == pytest.approx(0.826, abs=0.001)
    assert found[0.9].high == pytest.approx(0.945, abs=0.001)
    assert threshold(0.96) > 0.93
    assert (found[0.96].share, found[0.96].right) == (0.9, 1.0)


def test_what_is_held_back_however_sure_is_never_answered() -> None:
    long = [said("a", ESCALATE, 0.99, "a"), said("a", ESCALATE, 0.5, "a")]
    found = measures.settings(long, 0.9)
    assert {one.answered for one in found if threshold(one.precision) <= 0.5} == {1}
    assert found[-1].right is None


def test_the_lowest_setting_that_keeps_the_share_is_advised() -> None:
    confident = [said("a", ANSWER, 0.99, "a")] * 90 + [said("a", ANSWER, 0.93, "b")] * 10
    found = measures.settings(confident, 0.9)
    advised = measures.advised(found, 0.95)
    assert advised
    assert threshold(advised.precision) > 0.93 >= threshold(advised.precision - 0.01)
    assert measures.advised(found, 0.9) == found[0]
    wrong = measures.settings([said("a", ANSWER, 0.99, "b")], 0.9)
    assert measures.advised(wrong, 0.5) is None


def drawn(predictions: list[Prediction], wanted: float | None = 0.9) -> ET.Element:
    found = measures.settings(predictions, 0.9)
    shown = [one for one in found if one.precision in {0.8, 0.9, 0.95}]
    return ET.fromstring(plot.svg(measures.curve(predictions), shown, 0.9, wanted))  # noqa: S314  # our own


def test_the_picture_says_in_words_what_it_shows() -> None:
    picture = drawn(SAID)
    space = "{http://www.w3.org/2000/svg}"
    words = picture.findtext(f"{space}desc") or ""
    assert "precision = 0.9 (now): 43% answered, 33% of them rightly" in words
    assert picture.get("role") == "img"
    line = picture.find(f"{space}polyline")
    assert line is not None
    assert len((line.get("points") or "").split()) == len(measures.curve(SAID)) + 1
    labels = [one.text for one in picture.iter(f"{space}text")]
    assert "0.9 (now)" in labels


@pytest.mark.parametrize("wanted", [None, 0.05, 1.0])
@pytest.mark.parametrize("predictions", [[], SAID, SAID[:1], SAID[5:] * 300])
def test_any_curve_stays_within_the_picture(
    predictions: list[Prediction], wanted: float | None
) -> None:
    for one in drawn(predictions, wanted).iter():
        for name in ("x", "cx", "x1", "x2"):
            assert 0 <= float(one.get(name, "0")) <= 720
        for name in ("y", "cy", "y1", "y2"):
            assert 0 <= float(one.get(name, "0")) <= 440

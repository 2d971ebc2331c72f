"""Questions asked again of an edited FAQ."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.conversation.decisions import Mind
from bot.models import Entry, Library
from bot.review.replay import Change, Summary, Turn, as_met, meet_with, replay
from bot.store.faq.questions import Asked, Outcome, Way, Word
from tests.support.clock import START
from tests.support.minds import LIBRARY, ScriptedMatcher, entry, mind, without

PERSON = Outcome(Way.PERSON, text="Somebody will answer.")
PRICE = Outcome(Way.ANSWER, ("prix",), "v-prix", "fr: prix")
DELAY = Outcome(Way.ANSWER, ("delai",), "v-delai", "fr: delai")
EITHER = Outcome(Way.CHOICE, ("delai", "prix"))


@pytest.fixture
def company(tmp_path: Path) -> Mind:
    return mind(tmp_path)


def question(text: str, outcome: Outcome, *words: Word, replies: tuple[str, ...] = ()) -> Asked:
    lines = tuple(text.split("\n"))
    return Asked(1, START, lines, "", "fr", False, outcome, words, replies)


def asked(company: Mind, *questions: Asked) -> Summary:
    return replay(questions, as_met(company.texts), meet_with(company))


def turn(before: Outcome, after: Outcome, *words: Word, replies: tuple[str, ...] = ()) -> Turn:
    one = question("x", before, *words, replies=replies)
    (change,) = replay([one], lambda _: before, lambda _: after).changes
    return change.turn


def test_what_is_met_as_before_is_no_change(company: Mind) -> None:
    same = [
        question("!prix", PRICE),
        question("Bonjour, !prix", PRICE),
        question("?delai,prix", EITHER),
        question("?prix,delai", EITHER),
        question("qui sait", PERSON),
        question("!plainte", Outcome(Way.PERSON, ("plainte",), "v-plainte", "wait")),
    ]
    assert asked(company, *same) == Summary(6, ())


def test_an_entry_that_is_gone_or_new_changes_its_questions(company: Mind) -> None:
    (change,) = asked(without(company, "prix"), question("!prix", PRICE)).changes
    assert (change.before.way, change.after.way) == (Way.ANSWER, Way.PERSON)
    (change,) = asked(company, question("!prix", PERSON)).changes
    assert change == Change("!prix", 1, START, PERSON, PRICE, Turn.UNTOLD)


def test_another_text_of_the_same_entry_is_told_apart(company: Mind) -> None:
    found = asked(company, question("!prix", replace(PRICE, version="older", text="Old.")))
    assert [one.turn for one in found.changes] == [Turn.REWORDED]
    assert found.count(Turn.REWORDED) == 1
    assert found.count(Turn.BETTER, Turn.WORSE, Turn.UNTOLD) == 0


def test_the_same_words_are_counted_together(company: Mind) -> None:
    questions = [question(text, PERSON) for text in ("!prix", "!delai", "! PRIX", "!prix")]
    found = asked(company, *questions)
    assert found.questions == 4
    assert [(one.question, one.times) for one in found.changes[:1]] == [("!prix", 2)]


def test_lines_are_read_together_as_they_were(company: Mind) -> None:
    matcher = ScriptedMatcher(LIBRARY, {"un\ndeux": "!prix"})
    joined = replace(company, matcher=matcher)  # type: ignore[arg-type]  # a script, not a matcher
    assert asked(joined, question("un\ndeux", PRICE)).changes == ()


def test_the_bots_introduction_is_not_part_of_the_answer(company: Mind) -> None:
    hello = company.texts["fr"].say("conversation.introduction")
    told = replace(PRICE, text=f"{hello}\n\nfr: prix", version="older")
    (change,) = asked(company, question("!prix", told)).changes
    assert change.before.text == "fr: prix"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (PERSON, PRICE, Turn.BETTER),
        (DELAY, PRICE, Turn.BETTER),
        (DELAY, PERSON, Turn.BETTER),
        (EITHER, PRICE, Turn.BETTER),
        (PERSON, EITHER, Turn.BETTER),
        (PRICE, EITHER, Turn.WORSE),
        (PERSON, DELAY, Turn.WORSE),
    ],
)
def test_it_is_better_if_more_of_what_is_right(
    before: Outcome, after: Outcome, expected: Turn
) -> None:
    assert turn(before, after, Word("prix", right=True, manager="lea")) is expected


def test_a_manager_is_believed_before_a_follower() -> None:
    words = (Word("delai", right=True), Word("prix", right=True, manager="lea"))
    assert turn(DELAY, PRICE, *words) is Turn.BETTER
    one = question("x", DELAY, *words)
    (change,) = replay([one], lambda _: DELAY, lambda _: PRICE).changes
    assert change.told_by == "lea"


def test_where_an_answer_did_not_help_no_more_is_known_than_that() -> None:
    wrong = Word("prix", right=False)
    assert turn(PRICE, PERSON, wrong) is Turn.BETTER
    assert turn(PERSON, PRICE, wrong) is Turn.WORSE
    assert turn(PRICE, DELAY, wrong) is Turn.UNTOLD


def test_where_nothing_in_the_faq_answers_a_person_is_right() -> None:
    nothing = Word("", right=True, manager="lea")
    assert turn(PRICE, PERSON, nothing) is Turn.BETTER
    assert turn(EITHER, PRICE, nothing) is Turn.WORSE
    assert turn(PERSON, PRICE, nothing) is Turn.UNTOLD, "it may have been written because of that"


def test_a_managers_reply_that_is_an_entrys_text_says_which_is_right() -> None:
    said = "The parcel takes **three days** to arrive."
    answer = replace(DELAY, text=said)
    replies = ("Hello Ann! The parcel takes three days to arrive. Yours, Léa",)
    assert turn(PERSON, answer, replies=replies) is Turn.BETTER
    assert turn(PERSON, DELAY, replies=("fr: delai",)) is Turn.UNTOLD, "too short to be sure"
    assert turn(PERSON, answer, replies=("Something else.",)) is Turn.UNTOLD


def test_worse_ones_come_first_and_then_what_is_asked_most(company: Mind) -> None:
    right = Word("delai", right=True)
    found = asked(
        company,
        question("!prix", PERSON),
        *[question("!retour", PERSON)] * 2,
        question("!delai", PERSON, right),
        question("! delai", PERSON, Word("prix", right=True)),
        question("!prix", DELAY, right),
    )
    assert [(one.turn, one.question) for one in found.changes] == [
        (Turn.WORSE, "!prix"),
        (Turn.BETTER, "!delai"),
        (Turn.UNTOLD, "!retour"),
        (Turn.UNTOLD, "!prix"),
    ]


def test_an_earlier_faq_can_be_what_is_compared_with(company: Mind) -> None:
    before: Entry = entry("prix", answer="Old.", version="old")
    library = Library((before, *LIBRARY.entries[:3]), "h0")
    matcher = ScriptedMatcher(library, {})
    earlier = replace(company, library=library, matcher=matcher)  # type: ignore[arg-type]  # a script
    found = replay([question("!prix", PERSON)], meet_with(earlier), meet_with(company))
    assert [(one.turn, one.before.text) for one in found.changes] == [(Turn.REWORDED, "Old.")]

"""Several things asked at once: each with a verdict, and only where they are several."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest

from bot.library.reading import read_library
from bot.matching.matcher import LONGEST, Matcher
from bot.matching.parting import Part, apart
from bot.models import Entry, Match, Source, Verdict, VerdictKind

ROOT = Path(__file__).parents[3]
SURE, MAYBE, NONE = VerdictKind.ANSWER, VerdictKind.CLARIFY, VerdictKind.ESCALATE

FIRST = "Où sont vos boutiques parisiennes ?"
SECOND = "Quels sont les tarifs de l'abonnement ?"
LEANING = "Et c'est combien ?"


def verdict(kind: VerdictKind, *ids: str) -> Verdict:
    entries = [Entry(one, "fr", one, (), one, Source("faq.md", 1), "v") for one in ids]
    matches = tuple(Match(entry, 0.9 if kind is SURE else 0.3, entry.id) for entry in entries)
    return Verdict(kind, matches, "fr")


class Scripted:
    """Says what the test says, and counts how often it was asked."""

    def __init__(self, verdicts: Mapping[str, Verdict]) -> None:
        self.verdicts = verdicts
        self.asked: list[str] = []

    def match(self, text: str, language: str | None = None, fallback: str = "") -> Verdict:
        assert (language, fallback) == (None, "fr")
        self.asked.append(text)
        return self.verdicts.get(text, verdict(NONE))


def parts(whole: Verdict, **said: Verdict) -> tuple[Part, ...]:
    """Those of a message of these questions: `first`, `second`, `leaning`."""
    texts = {"first": FIRST, "second": SECOND, "leaning": LEANING}
    matcher = Scripted({texts[name]: one for name, one in said.items()})
    return apart(cast("Matcher", matcher), " ".join(texts[name] for name in said), whole)


def met(found: tuple[Part, ...]) -> list[tuple[str, VerdictKind]]:
    return [(part.verdict.best.entry.id if part.verdict.best else "", part.verdict.kind)
            for part in found]  # fmt: skip


def test_two_that_are_sure_are_two_answers() -> None:
    found = parts(verdict(NONE), first=verdict(SURE, "a"), second=verdict(SURE, "b"))
    assert met(found) == [("a", SURE), ("b", SURE)]
    assert [part.text for part in found] == [FIRST, SECOND]
    assert not any(part.leans for part in found)


def test_two_with_the_same_answer_are_one_question() -> None:
    same = verdict(SURE, "a")
    assert parts(verdict(MAYBE, "a"), first=same, second=same) == ()


@pytest.mark.parametrize("left", [verdict(MAYBE, "b", "c"), verdict(NONE)])
def test_what_is_not_sure_is_left(left: Verdict) -> None:
    found = parts(verdict(SURE, "a"), first=verdict(SURE, "a"), second=left)
    assert [part.sure for part in found] == [True, False]


def test_where_nothing_is_sure_the_whole_message_decides() -> None:
    unsure = verdict(MAYBE, "a", "b")
    assert parts(verdict(SURE, "a"), first=unsure, second=unsure) == ()


def test_where_the_whole_message_is_surely_something_else_it_decides() -> None:
    whole = verdict(SURE, "c")
    assert parts(whole, first=verdict(SURE, "a"), second=verdict(SURE, "b")) == ()


def test_a_question_that_leans_is_sure_only_with_the_whole_message() -> None:
    sure = {"first": verdict(SURE, "a"), "leaning": verdict(SURE, "b")}
    assert parts(verdict(MAYBE, "a", "c"), **sure) == ()
    found = parts(verdict(MAYBE, "a", "b"), **sure)
    assert met(found) == [("a", SURE), ("b", SURE)]
    assert [part.leans for part in found] == [False, True]


def test_a_question_that_leans_is_read_with_the_words_of_the_one_before() -> None:
    first, vague = verdict(SURE, "a"), verdict(MAYBE, "c")
    told = {
        FIRST: first,
        LEANING: vague,
        f"{LEANING} vos boutiques parisiennes": verdict(SURE, "b"),
    }
    matcher = Scripted(told)
    found = apart(cast("Matcher", matcher), f"{FIRST} {LEANING}", verdict(SURE, "a"))
    assert met(found) == [("a", SURE), ("b", SURE)]
    assert (found[1].text, found[1].leans) == (LEANING, True)
    assert len(matcher.asked) == 3
    same = Scripted({**told, f"{LEANING} vos boutiques parisiennes": first})
    assert apart(cast("Matcher", same), f"{FIRST} {LEANING}", verdict(SURE, "a")) == ()


def test_a_question_that_leans_is_left_where_both_see_the_same() -> None:
    first = verdict(SURE, "a")
    found = parts(verdict(SURE, "a", "b"), first=first, leaning=verdict(MAYBE, "b"))
    assert met(found) == [("a", SURE), ("b", MAYBE)]
    for leaning in (verdict(MAYBE, "c"), verdict(NONE), verdict(MAYBE, "a")):
        assert parts(verdict(SURE, "a", "b"), first=first, leaning=leaning) == ()


def test_one_question_costs_nothing_and_more_than_three_are_not_looked_at() -> None:
    matcher = Scripted({})
    many = " ".join([FIRST] * 4)
    for text in (FIRST, many, f"{FIRST} {SECOND}{' x' * LONGEST}", ""):
        assert apart(cast("Matcher", matcher), text, verdict(NONE)) == ()
    assert matcher.asked == []


@pytest.fixture(scope="module")
def demo() -> Matcher:
    return Matcher.build(read_library(ROOT / "faq"), languages=("fr", "en"))


@pytest.mark.parametrize(
    ("text", "sure", "left"),
    [
        ("vous livrez en Belgique ? Et je peux payer par PayPal ?",
         ["livraison-etranger", "moyens-paiement"], []),
        ("how long does delivery take and how much is it?",
         ["delai-livraison", "frais-livraison"], []),
        ("are your coffees organic and when are they roasted?",
         ["bio-equitable", "fraicheur"], []),
        ("Quels sont vos horaires ? Et le dimanche ?", [], []),
        ("can I cancel my order and how do I do it?", [], []),
        ("Can you help me? How do I return an item?", [], []),
        ("where do I find my invoice and can you change it?", [], []),
    ],
)  # fmt: skip
def test_the_demo_brands_questions(
    demo: Matcher, text: str, sure: list[str], left: list[str]
) -> None:
    found = apart(demo, text, demo.match(text))
    assert [name for name, kind in met(found) if kind is SURE] == sure
    assert [name for name, kind in met(found) if kind is not SURE] == left

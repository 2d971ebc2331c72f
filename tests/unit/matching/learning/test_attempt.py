"""What people say becomes an adaptation that proves itself, or none."""

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from bot.judgements import Judgement, Origin
from bot.matching.adaptation import Adaptation, Calibration, Lesson
from bot.matching.learning import attempt
from bot.matching.learning.attempt import Learnt, Parts
from bot.matching.learning.trial import Change, Figures, is_better, is_worse
from bot.matching.learning.truths import lessons, settled
from bot.matching.matcher import Matcher
from bot.models import Entry, Library, Match, Source, VerdictKind
from tests.support import learning as shop
from tests.support.clock import START

LIBRARY = Library(
    tuple(
        Entry(name, "fr", question, (), answer, Source("fr/faq.md", 1), "v1")
        for name, (question, answer) in shop.ENTRIES.items()
    ),
    "hash",
)
KNOWN = frozenset(shop.ENTRIES)


def build(adaptation: Adaptation) -> Matcher:
    return Matcher.build(LIBRARY, 0.9, ("fr",), adaptation)


def judgement(number: int, text: str, entry_id: str, **more: object) -> Judgement:
    one = Judgement(
        number, text, "fr", entry_id, Origin.CHOICE, number, START + timedelta(minutes=number)
    )
    return replace(one, **more)  # type: ignore[arg-type]  # `more` names fields


def stream(count: int, mistaken: float = 0.0) -> list[Judgement]:
    """What followers say, each of another question; some by mistake."""
    dice = random.Random(20261124)  # noqa: S311  # no secret
    said = []
    for number, (name, text) in enumerate(shop.questions()[:count]):
        wrong = dice.choice(sorted(KNOWN - {name}))
        said.append(judgement(number, text, wrong if dice.random() < mistaken else name))
    return said


def learn(said: Sequence[Judgement], held: Parts = Parts.NONE) -> Learnt:
    learnt = attempt.learn(build, said, held)
    assert learnt is not None
    return learnt


# ── what counts ──────────────────────────────────────────────────────────────────────────────────


def truths(*said: Judgement) -> list[tuple[str, str, bool]]:
    return [(one.question, one.entry_id, one.refused) for one in settled(said, KNOWN)]


def test_a_manager_counts_before_a_press_and_the_later_word_before_the_earlier() -> None:
    asker = partial(judgement, asker=7)
    press = asker(1, "où ?", "frais")
    manager = asker(0, "Où", "adresse", origin=Origin.MANAGER)
    assert truths(manager, press) == [("Où", "adresse", False)]
    assert truths(press, asker(2, "où ?", "adresse")) == [("où ?", "adresse", False)]
    refused = asker(3, "où ?", "frais", origin=Origin.NOT_HELPFUL)
    assert truths(press, refused) == [("où ?", "frais", False)]
    assert truths(refused) == [("où ?", "frais", True)]


def test_what_cannot_be_learnt_from_does_not_count() -> None:
    assert truths(judgement(1, "?!", "frais"), judgement(2, "où ?", "gone")) == []


def test_of_one_followers_presses_the_last_five_count() -> None:
    said = [judgement(number, f"question {number}", "frais", asker=7) for number in range(9)]
    assert [text for text, *_ in truths(*said)] == [f"question {n}" for n in range(4, 9)]
    vouched = [replace(one, origin=Origin.MANAGER) for one in said]
    assert len(truths(*vouched)) == 9


def test_what_most_people_say_is_taught() -> None:
    said = [judgement(n, "où ?", name) for n, name in enumerate(["frais", "adresse", "adresse"])]
    taught = lessons(settled(said, KNOWN))
    assert taught == (Lesson("où ?", "fr", "adresse"),)
    assert lessons(settled(said[:2], KNOWN)) == ()
    manager = judgement(9, "où ?", "", origin=Origin.MANAGER)
    assert lessons(settled([*said, manager], KNOWN)) == (Lesson("où ?", "fr", "", sure=True),)
    against = [
        judgement(n, "où ?", "adresse", origin=Origin.NOT_HELPFUL, asker=n) for n in range(20, 22)
    ]
    assert lessons(settled([*said, *against], KNOWN)) == (Lesson("où ?", "fr", "frais"),)


# ── what is taken ────────────────────────────────────────────────────────────────────────────────


def test_too_few_judgements_teach_nothing() -> None:
    assert attempt.learn(build, stream(49)) is None


@pytest.mark.parametrize("mistaken", [0.0, 0.05])
def test_what_people_say_is_learnt(mistaken: float) -> None:
    learnt = learn(stream(100, mistaken))
    assert learnt.taken
    assert learnt.judgements == 100
    assert learnt.after.loss < learnt.before.loss
    assert learnt.after.right > learnt.before.right


def test_words_without_sense_are_not_learnt() -> None:
    learnt = learn(stream(100, mistaken=1.0))
    assert not learnt.taken
    assert "what people say makes no sense" in learnt.doubts


def test_what_is_in_force_stays_until_it_is_worse() -> None:
    """What tells nothing new neither proves it nor speaks against it; nonsense does."""
    written = list(shop.ENTRIES.items())
    said = [
        judgement(number, written[number % 8][1][0], written[number % 8][0]) for number in range(60)
    ]
    assert not learn(said).taken
    for held in (Parts.LESSONS, Parts.LESSONS | Parts.CALIBRATION):
        kept = learn(said, held)
        assert kept.taken
        assert kept.adaptation.lessons
        assert not learn(stream(100, mistaken=1.0), held).taken


def test_a_calibration_is_forgotten_where_nobody_tells_of_answers() -> None:
    """The shop's matcher answers none of these."""
    learnt = learn(stream(100, mistaken=0.05), Parts.LESSONS | Parts.CALIBRATION)
    assert learnt.before.answered == 0
    assert learnt.adaptation.lessons
    assert learnt.adaptation.calibration == Calibration()


def test_chance_alone_changes_nothing() -> None:
    within = Change(
        gain=0.5,
        error=1.0,
        managers_gain=0.0,
        managers_error=1.0,
        more_right=0,
        right_error=2.0,
        was_precise=True,
        is_precise=True,
        is_imprecise=False,
        is_sensible=True,
    )
    assert (is_better(within), is_worse(within)) == (False, False)
    assert (is_better(replace(within, gain=1.5)), is_worse(replace(within, gain=-0.5))) == (1, 0)
    better = replace(within, gain=1.5)
    for doubt, worse in (
        ({"gain": -0.5}, {"gain": -1.5}),
        ({"managers_gain": -0.5}, {"managers_gain": -1.5}),
        ({"more_right": -1}, {"more_right": -3}),
        ({"is_precise": False}, {"is_precise": False, "is_imprecise": True}),
        ({"is_sensible": False}, {"is_sensible": False}),
    ):
        assert not is_better(replace(better, **doubt))
        assert is_worse(replace(better, **worse))
        if doubt != worse:
            assert not is_worse(replace(better, **doubt))


def test_one_liar_is_not_believed() -> None:
    lies = [replace(one, asker=7) for one in stream(150, mistaken=1.0)]
    assert attempt.learn(build, lies) is None


def test_managers_are_not_outvoted_by_presses() -> None:
    """Most followers press one button; managers say that nothing answers their questions."""
    nouns = ("vélo", "chien", "météo", "train", "piano", "jardin")
    outside = [
        judgement(500 + n, f"{noun} {verb} ?", "", origin=Origin.MANAGER)
        for n, (noun, verb) in enumerate(
            (noun, verb) for noun in nouns for verb in ("réparé", "dehors", "en panne", "perdu")
        )
    ]
    pressed = [
        judgement(n, one.question.replace(" ?", " svp"), "frais")
        for n, one in enumerate([*outside, *outside])
    ]
    taught = build(learn([*outside, *pressed]).adaptation)
    assert not any(taught.match(one.question).kind is VerdictKind.ANSWER for one in outside)


def test_the_same_judgements_teach_the_same() -> None:
    assert learn(stream(60)) == learn(stream(60))


def test_how_precise_so_few_answers_show_to_be() -> None:
    assert Figures(1.0, 0, 0, 0).is_precise(0.9)
    assert Figures(1.0, 20, 17, 0).is_precise(0.9), "one more than wanted may be chance"
    assert not Figures(1.0, 20, 16, 0).is_precise(0.9)
    assert Figures(1.0, 20, 16, 20).is_precise(0.9), "one of these presses is a slip"


# ── what it comes to ─────────────────────────────────────────────────────────────────────────────


def test_hidden_phrasings_are_found_and_never_shown() -> None:
    matcher = build(Adaptation((Lesson("le saute-ruisseau", "fr", "delai"),)))
    best = matcher.match("saute-ruisseau").best
    assert best is not None
    assert best.entry == LIBRARY.entries[0]
    assert best.entry.phrasings == ()
    assert best.probability > 0.5
    assert build(Adaptation()).match("saute-ruisseau").kind is VerdictKind.ESCALATE


def test_what_nothing_answers_is_not_answered() -> None:
    asked = "Combien coûte la livraison en Suisse ?"
    assert build(Adaptation()).match(asked).kind is not VerdictKind.ESCALATE
    matcher = build(Adaptation((Lesson(asked, "fr", "", sure=True),)))
    for text in (asked, "combien coûte la livraison en suisse"):
        verdict = matcher.match(text)
        assert verdict.kind is VerdictKind.ESCALATE
        assert all(match.entry.id for match in verdict.matches)
        assert verdict.matches[0].features["outside"] == 1
    assert matcher.match("Combien coûte la livraison ?").kind is VerdictKind.ANSWER


def test_what_is_never_shown_does_not_make_entries_large() -> None:
    outside = tuple(Lesson(f"dinosaure {n}", "fr", "", sure=True) for n in range(30))
    for taught in ((), outside, (*outside, Lesson("le saute-ruisseau", "fr", "delai"))):
        best = build(Adaptation(taught)).match("Combien coûte la livraison svp").best
        assert best is not None
        usual = 9 / 8 if len(taught) > 30 else 1.0
        assert best.features["size"] == pytest.approx(-math.log(usual))


def test_what_the_admin_wrote_counts_before_what_people_say() -> None:
    asked = "Combien coûte la livraison ?"
    for entry_id in ("", "delai"):
        matcher = build(Adaptation((Lesson(asked, "fr", entry_id, sure=True),)))
        best = matcher.match(asked).best
        assert best is not None
        assert (best.entry.id, best.probability >= 0.99) == ("frais", True)


def test_only_a_managers_word_is_as_good_as_a_written_phrasing() -> None:
    for sure in (True, False):
        matcher = build(Adaptation((Lesson("le saute-ruisseau", "fr", "delai", sure),)))
        best = matcher.match("le saute-ruisseau").best
        assert best is not None
        assert (best.probability >= 0.99) is sure


def test_lessons_of_another_language_or_entry_are_left_out() -> None:
    odd = (Lesson("x y z", "en", "delai"), Lesson("x y z", "fr", "gone"), Lesson("??", "fr", ""))
    (index,) = build(Adaptation(odd)).indexes
    assert index.phrasings == tuple(entry.question for entry in LIBRARY.entries)
    assert index.hidden == 0


@pytest.mark.parametrize(("slope", "shift", "expected"), [(1.0, 1.0, 0.731), (2.0, 0.0, 0.5)])
def test_calibration_moves_the_first_and_the_others_make_room(
    slope: float, shift: float, expected: float
) -> None:
    first, second = (
        Match(entry, chance, "", {})
        for entry, chance in zip(LIBRARY.entries, (0.5, 0.2), strict=False)
    )
    moved = Calibration(slope, shift).apply((first, second))
    assert moved[0].probability == pytest.approx(expected, abs=0.001)
    assert moved[1].probability == pytest.approx(0.2 * (1 - expected) / 0.5, abs=0.001)


def test_calibration_leaves_certain_and_outside_matches_alone() -> None:
    calibration = Calibration(1.0, -3.0)
    for chance, features in ((0.99, {}), (0.5, {"outside": 1.0})):
        match = Match(LIBRARY.entries[0], chance, "", features)
        assert calibration.apply((match,)) == (match,)
    stated = Match(LIBRARY.entries[0], 0.6, "", {"stated": 1.0})
    assert Calibration(1.0, 3.0).apply((stated,))[0].probability == 0.6

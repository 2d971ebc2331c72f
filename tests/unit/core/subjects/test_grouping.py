"""Open escalations that ask the same thing."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.subjects.grouping import ALIKE, Question, WordLikeness, groups


def questions(*texts: str, language: str = "fr") -> list[Question]:
    return [Question(number, text, language) for number, text in enumerate(texts, start=1)]


def ids(found: list[Question], alike: float = ALIKE) -> list[tuple[int, ...]]:
    likeness = WordLikeness(found, {"fr": {"bonjour": 0.1, "est": 0.1, "la": 0.1}})
    return [
        group.ids for group in groups(found, likeness, alike, lambda one: likeness.keys(one, alike))
    ]


def test_questions_that_say_the_same_are_a_group() -> None:
    queue = questions(
        "Où est la recharge de café ?",
        "la machine fuit",
        "ou est la RECHARGE de cafe",
        "Bonjour, ma machine fuit !",
        "quand ouvrez-vous le dimanche",
    )
    assert ids(queue) == [(1, 3), (2, 4)]


def test_the_largest_group_comes_first_and_tells_how_alike() -> None:
    queue = questions("promo lundi", "panne du site", "PANNE du site", "panne du site ?!")
    (found,) = groups(queue, lambda _one, _other: 0.0)
    assert (found.ids, found.similarities) == ((2, 3, 4), (1.0, 1.0, 1.0))


def test_languages_are_kept_apart() -> None:
    queue = [Question(1, "promo cafe", "fr"), Question(2, "promo cafe", "en")]
    assert groups(queue, lambda _one, _other: 1.0) == ()


def test_no_chain_of_small_likenesses_puts_strangers_together() -> None:
    likeness = {("one question", "two question"): 0.8, ("two question", "three question"): 0.8}
    queue = questions("one question", "two question", "three question")
    found = groups(queue, lambda one, other: likeness.get((one, other), 0.0))
    assert [(group.ids, group.similarities) for group in found] == [((1, 2), (1.0, 0.8))]


def test_a_question_joins_the_group_it_is_most_alike() -> None:
    likeness = {("aaaa question", "cccc question"): 0.7, ("bbbb question", "cccc question"): 0.9}
    queue = questions("aaaa question", "bbbb question", "cccc question")
    (found,) = groups(queue, lambda one, other: likeness.get((one, other), 0.0))
    assert (found.ids, found.similarities) == ((2, 3), (1.0, 0.9))


def test_messages_without_words_are_never_alike() -> None:
    assert groups(questions("??", "!!", "", ""), lambda _one, _other: 1.0) == ()
    assert ids(questions("??", "!!", "", "")) == []


WORDS = st.lists(st.sampled_from(["ab", "cd", "ef", "gh", "ij", "kl"]), min_size=1, max_size=5)


@settings(deadline=None)
@given(st.lists(WORDS.map(" ".join), max_size=12), st.sampled_from([0.3, 0.5, 0.6, 0.8, 0.95]))
def test_keys_leave_out_nothing_that_is_alike(texts: list[str], alike: float) -> None:
    queue = questions(*texts)
    likeness = WordLikeness(queue, {})
    assert groups(queue, likeness, alike, lambda one: likeness.keys(one, alike)) == groups(
        queue, likeness, alike, lambda _: ("all",)
    )


@settings(deadline=None)
@given(st.lists(WORDS.map(" ".join), max_size=12))
def test_every_question_is_in_one_group_at_most(texts: list[str]) -> None:
    queue = questions(*texts)
    likeness = WordLikeness(queue, {})
    found = groups(queue, likeness, keys=likeness.keys)
    members = [one for group in found for one in group.ids]
    assert len(members) == len(set(members))
    by_id = {question.id: question.text for question in queue}
    for group in found:
        head = by_id[group.ids[0]]
        assert list(group.ids) == sorted(group.ids)
        assert all(likeness(head, by_id[one]) >= ALIKE - 1e-9 for one in group.ids[1:])

"""The rules of a conversation, one by one: pure decisions on lines and choices."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.conversation.answering import clarify
from bot.core.conversation.deciding import choose, decide, give_up, hear
from bot.core.conversation.decisions import Decision, Mind
from bot.escalation import Escalation, EscalationState, Reason
from bot.models import Action, IncomingKind, Message, Offer
from tests.support.clock import START
from tests.support.minds import mind, without
from tests.support.situations import (
    LATER,
    actions,
    conversation,
    escalation,
    line,
    photo,
    react,
    say,
    situation,
    words,
)

LANGUAGES = ("fr", "en")


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Mind:
    joined = {"c'est\ncombien": "!prix", "ou ça\nvraiment": "?delai,prix"}
    return mind(tmp_path_factory.mktemp("faq"), joined=joined)


# ── first contact ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "text", ["!prix", "?delai,prix", "qsdf", "bonjour", "hello", "merci", "/human", "👍", "?"]
)
def test_the_first_reply_introduces_the_assistant_and_a_later_one_does_not(
    bot: Mind, language: str, text: str
) -> None:
    new, known = (conversation(language, introduced=one) for one in (False, True))
    first = react(bot, line(text), at=situation(new))
    introduction = say(bot, first.language, "conversation.introduction")

    assert words(first).startswith(introduction)
    assert introduction not in words(react(bot, line(text), at=situation(known)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_introduction_names_the_assistant_the_brand_and_a_person(
    bot: Mind, language: str
) -> None:
    text = say(bot, language, "conversation.introduction")

    assert "La Marque" in text
    assert {"fr": "automatique", "en": "automatic"}[language] in text
    assert {"fr": "humain", "en": "human"}[language] in text


@pytest.mark.parametrize("text", ["!prix", "!en:prix", "?delai,prix", "qsdf", "merci", "/human"])
def test_every_automatic_reply_is_marked(bot: Mind, text: str) -> None:
    decision = react(bot, line(text))
    (said,) = decision.said

    assert said.label == say(bot, decision.language, "conversation.automatic")


# ── politeness ───────────────────────────────────────────────────────────────────────────────────

GREETINGS = ["Bonjour", "bonjourrr !", "salut 👋", "Bonsoir à tous", "Hello", "hi there!", "/start"]
DECLINED = ["non merci", "nan merci c'est bon", "ça ira", "no thanks", "all good thanks"]
THANKS = ["merci", "Merci beaucoup !!", "ok merci", "parfait, merci à vous", "thx", "Thank you!"]
EMOJI = ["👍", "❤️❤️", "!!!", "…", "🙏🏽"]


@pytest.mark.parametrize("escalated", [None, escalation()])
@pytest.mark.parametrize("text", [*GREETINGS, *THANKS, *DECLINED, *EMOJI])
def test_politeness_is_met_in_kind_and_opens_nothing(
    bot: Mind, text: str, escalated: Escalation | None
) -> None:
    for language in LANGUAGES:
        decision = react(bot, line(text), at=situation(conversation(language), escalated))

        assert decision.escalate is None
        assert decision.wait_until is None
        kind = {**dict.fromkeys(GREETINGS, "greeting"), **dict.fromkeys(DECLINED, "declined")}
        key = kind.get(text, "thanks")
        assert words(decision) == say(bot, decision.language, f"conversation.{key}")


def test_politeness_answers_in_its_own_language(bot: Mind) -> None:
    assert react(bot, line("Thank you!"), at=situation(conversation("fr"))).language == "en"
    assert react(bot, line("merci"), at=situation(conversation("en"))).language == "fr"


@pytest.mark.parametrize("first", ["👍", "!!!", "merci", "bonjour"])
@pytest.mark.parametrize("second", ["merci", "bonjour", "🙏"])
def test_two_polite_lines_at_once_open_nothing(bot: Mind, first: str, second: str) -> None:
    lines = [line(first, 1), line(second, 2)]
    group = hear(lines, bot, conversation())
    decision = decide(group, situation(), bot, START)

    assert (decision.escalate, decision.wait_until) == (None, None)
    assert words(decision)


def test_a_greeting_before_a_question_is_not_in_its_way(bot: Mind) -> None:
    assert "fr: prix" in words(react(bot, line("Bonjour !prix")))


def test_a_greeting_then_a_question(bot: Mind) -> None:
    group = hear([line("bonjour"), line("!prix", 2)], bot, conversation())

    assert len(group.lines) == 1  # greeted first, answered next


def test_thanks_after_an_unsure_line_belong_to_it(bot: Mind) -> None:
    group = hear([line("qsdf"), line("merci", 2), line("svp", 3)], bot, conversation())
    decision = decide(group, situation(), bot, LATER)

    assert len(group.lines) == 3
    assert decision.escalate is Reason.UNSURE


# ── a person, please ─────────────────────────────────────────────────────────────────────────────

ASKING = [
    "un humain svp",
    "Un humain, s'il vous plaît !",
    "real person please",
    "/human",
    "/humain",
    "je voudrais parler à quelqu'un",
    "I want to talk to a human",
    "can I speak to someone?",
    (
        "Bonjour, j'ai commandé un moulin il y a deux semaines et rien ne vient : je veux parler à"
        " un conseiller maintenant"
    ),
    "I ordered a grinder two weeks ago and it has still not come, so let me speak to a person now",
]


@pytest.mark.parametrize("text", ASKING)
def test_asking_for_a_person_hands_over_at_once(bot: Mind, text: str) -> None:
    decision = react(bot, line(text), now=START)

    assert decision.escalate is Reason.ASKED
    assert say(bot, decision.language, "handover.done") in words(decision)


def test_asking_for_a_person_after_an_unsure_line(bot: Mind) -> None:
    lines = [line("qsdf"), line("un humain svp", 2)]
    group = hear(lines, bot, conversation())

    assert len(group.lines) == 2
    assert decide(group, situation(), bot, START).escalate is Reason.ASKED


@pytest.mark.parametrize("text", ["!plainte", "!prix"])
def test_words_that_only_look_alike_ask_for_nobody(bot: Mind, text: str) -> None:
    assert react(bot, line(text)).escalate is not Reason.ASKED


def test_a_human_entry_gives_its_text_and_hands_over_at_once(bot: Mind) -> None:
    decision = react(bot, line("!plainte"), now=START)

    assert decision.escalate is Reason.HUMAN_ENTRY
    assert words(decision).startswith("fr: plainte")
    assert say(bot, "fr", "handover.done") in words(decision)
    (said,) = decision.said
    assert said.entry is not None
    assert said.entry.id == "plainte"


# ── answers ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("text", "language"), [("!prix", "fr"), ("!en:prix", "en")])
def test_a_sure_answer_goes_out_at_once_with_its_choices(
    bot: Mind, text: str, language: str
) -> None:
    decision = react(bot, line(text), now=START)

    assert words(decision) == f"{language}: prix"
    assert actions(decision) == [Action.HELPFUL, Action.NOT_HELPFUL, Action.PERSON]
    assert decision.language == language
    (said,) = decision.said
    assert said.entry is bot.library.find("prix", language)


def test_an_answer_without_translation_says_so(bot: Mind) -> None:
    text = words(react(bot, line("!en:retour")))

    assert text == f"fr: retour\n\n{say(bot, 'en', 'conversation.untranslated')}"


def test_the_third_time_in_a_row_offers_a_person(bot: Mind) -> None:
    for times in (0, 1, 2, 3):
        of = conversation(said="answer:prix" if times else "", times=times)
        decision = react(bot, line("!prix"), at=situation(of))
        if times < 2:
            assert words(decision) == "fr: prix"
        else:
            assert words(decision) == say(bot, "fr", "conversation.repeated")
            assert actions(decision) == [Action.PERSON]


def test_two_times_after_something_else_is_no_repetition(bot: Mind) -> None:
    of = conversation(said="answer:delai", times=5)

    assert words(react(bot, line("!prix"), at=situation(of))) == "fr: prix"


# ── unsure ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", LANGUAGES)
def test_clarify_offers_questions_and_a_person(bot: Mind, language: str) -> None:
    text = f"?{language}:delai,prix,retour"
    decision = react(bot, line(text))
    (said,) = decision.said

    assert actions(decision) == [Action.ENTRY] * 3 + [Action.PERSON]
    assert [option.entry_id for option in said.options] == ["delai", "prix", "retour", ""]
    assert said.options[3].label == say(bot, language, "conversation.none_of_these")
    assert words(decision) == say(bot, language, "conversation.clarify")
    assert decision.escalate is None


def test_what_is_hardly_meant_is_not_offered(bot: Mind) -> None:
    verdict = bot.matcher.match("?delai,prix,retour")
    likely = zip(verdict.matches, (0.4, 0.021, 0.019), strict=True)
    unlike = tuple(replace(match, probability=chance) for match, chance in likely)
    asked = replace(verdict, matches=unlike)
    decision = clarify(asked, bot.texts["fr"], situation(), bot, LATER, "?")
    (said,) = decision.said

    assert [option.entry_id for option in said.options] == ["delai", "prix", ""]


def test_what_is_not_understood_goes_to_a_person(bot: Mind) -> None:
    decision = react(bot, line("qsdf"))

    assert decision.escalate is Reason.UNSURE
    assert say(bot, "fr", "handover.done") in words(decision)


@pytest.mark.parametrize("text", ["qsdf", "?delai,prix", "???"])
def test_the_unsure_wait_for_the_next_line(bot: Mind, text: str) -> None:
    first = react(bot, line(text), now=START)
    assert first == Decision(wait_until=START + timedelta(seconds=2))

    due = START + timedelta(seconds=2)
    assert react(bot, line(text), now=due).wait_until is None
    just_before = due - timedelta(microseconds=1)
    assert react(bot, line(text), now=just_before).wait_until == due


def test_two_seconds_after_the_last_line_and_six_after_the_first(bot: Mind) -> None:
    lines = [line("qsdf", 1), line("wxcv", 2, after=1.5)]
    at = START + timedelta(seconds=1.5)
    assert react(bot, *lines, now=at).wait_until == START + timedelta(seconds=3.5)

    lines += [line("azer", 3, after=3), line("hjkl", 4, after=4.5)]
    at = START + timedelta(seconds=4.5)
    assert react(bot, *lines, now=at).wait_until == START + timedelta(seconds=6)
    assert react(bot, *lines, now=START + timedelta(seconds=6)).escalate is Reason.UNSURE


def test_lines_are_matched_together(bot: Mind) -> None:
    lines = [line("c'est", 1), line("combien", 2, after=1)]
    group = hear(lines, bot, conversation())

    assert len(group.lines) == 2
    assert words(decide(group, situation(), bot, START)) == "fr: prix"


def test_lines_that_are_unsure_together_are_one_question(bot: Mind) -> None:
    decision = react(bot, line("ou ça"), line("vraiment", 2))

    assert actions(decision) == [Action.ENTRY, Action.ENTRY, Action.PERSON]


def test_a_line_that_is_sure_by_itself_ends_the_wait_of_the_one_before(bot: Mind) -> None:
    lines = [line("qsdf"), line("!prix", 2, after=1)]
    group = hear(lines, bot, conversation())
    assert len(group.lines) == 1

    at = START + timedelta(seconds=1)
    assert decide(group, situation(), bot, at).escalate is Reason.UNSURE


def test_a_flood_of_lines_ends(bot: Mind) -> None:
    lines = [line(f"qsdf{number}", number) for number in range(50)]
    group = hear(lines, bot, conversation())

    assert 1 < len(group.lines) < 50
    assert decide(group, situation(), bot, START).escalate is Reason.UNSURE


# ── no words ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "message",
    [
        *(photo(), photo("😍"), line(kind=IncomingKind.LOCATION)),
        *(line("???"), line("?!"), line("🤮"), line("👎🏽"), line("😡😡 !!")),
    ],
)
def test_what_has_no_words_waits_for_some_then_goes_to_a_person(
    bot: Mind, message: Message
) -> None:
    assert react(bot, message, now=START).wait_until == START + timedelta(seconds=2)

    assert react(bot, message).escalate is Reason.UNREADABLE


def test_a_picture_with_words_is_a_question(bot: Mind) -> None:
    assert words(react(bot, photo("!prix"), now=START)) == "fr: prix"


def test_a_picture_then_words(bot: Mind) -> None:
    lines = [photo(), line("qsdf", 2, after=1)]

    assert react(bot, *lines).escalate is Reason.UNSURE


def test_a_picture_then_thanks_still_goes_to_a_person(bot: Mind) -> None:
    assert react(bot, photo(), line("merci", 2)).escalate is not None


# ── people have the floor ────────────────────────────────────────────────────────────────────────

HELD = escalation(EscalationState.CLAIMED)


@pytest.mark.parametrize("text", ["!prix", "qsdf", "?delai,prix", "merci", "/human", "👍", "???"])
def test_while_a_manager_holds_it_the_bot_is_quiet(bot: Mind, text: str) -> None:
    assert react(bot, line(text), at=situation(escalated=HELD), now=START) == Decision()


@pytest.mark.parametrize(
    "action", [Action.ENTRY, Action.HELPFUL, Action.NOT_HELPFUL, Action.PERSON]
)
def test_while_a_manager_holds_it_a_press_is_only_recorded(bot: Mind, action: Action) -> None:
    assert choose(offer(action, "prix"), situation(escalated=HELD), bot, START) == Decision()


def test_while_a_request_waits_the_bot_still_answers_what_it_knows(bot: Mind) -> None:
    decision = react(bot, line("!prix"), at=situation(escalated=escalation()))

    assert (words(decision), decision.escalate) == ("fr: prix", None)


@pytest.mark.parametrize("text", ["qsdf", "?delai,prix", "???"])
def test_what_is_added_to_a_waiting_request_is_acknowledged_once(bot: Mind, text: str) -> None:
    first = react(bot, line(text), at=situation(escalated=escalation()))
    assert words(first) == say(bot, "fr", "handover.joined")
    (said,) = first.said

    after = conversation(said=said.topic)
    assert react(bot, line(text), at=situation(after, escalation())).said == ()


def test_the_same_place_is_not_promised_twice(bot: Mind) -> None:
    decision = react(bot, line("/human"), at=situation(escalated=escalation()))

    assert words(decision) == say(bot, "fr", "handover.joined")


# ── choices ──────────────────────────────────────────────────────────────────────────────────────


def offer(action: Action, entry_id: str = "", language: str = "fr", *, used: bool = False) -> Offer:
    return Offer("x", 1, "answer:1", action, "label", entry_id, language, used, used)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("action", "reason"), [(Action.NOT_HELPFUL, Reason.NOT_HELPFUL), (Action.PERSON, Reason.ASKED)]
)
def test_choices_that_lead_to_a_person(
    bot: Mind, action: Action, reason: Reason, language: str
) -> None:
    decision = choose(offer(action, "prix", language), situation(), bot, START)

    assert decision.escalate is reason
    assert say(bot, language, "handover.done") in words(decision)


def test_helpful_is_noted(bot: Mind) -> None:
    decision = choose(offer(Action.HELPFUL, "prix"), situation(), bot, START)

    assert words(decision) == say(bot, "fr", "conversation.helpful_noted")
    assert decision.escalate is None


def test_an_offered_question_is_answered(bot: Mind) -> None:
    decision = choose(offer(Action.ENTRY, "prix", "en"), situation(), bot, START)

    assert words(decision) == "en: prix"
    assert actions(decision) == [Action.HELPFUL, Action.NOT_HELPFUL, Action.PERSON]


def test_an_entry_that_is_gone_goes_to_a_person(bot: Mind) -> None:
    later = without(bot, "prix")

    decision = choose(offer(Action.ENTRY, "prix"), situation(), later, START)
    assert decision.escalate is Reason.ENTRY_GONE


def test_an_entry_that_became_human_goes_to_a_person(bot: Mind) -> None:
    decision = choose(offer(Action.ENTRY, "plainte"), situation(), bot, START)

    assert decision.escalate is Reason.HUMAN_ENTRY


@pytest.mark.parametrize("action", list(Action))
def test_a_second_press_has_no_effect(bot: Mind, action: Action) -> None:
    assert choose(offer(action, "prix", used=True), situation(), bot, START) == Decision()


def test_a_choice_that_nobody_offered_here_has_no_effect(bot: Mind) -> None:
    assert choose(None, situation(), bot, START) == Decision()


# ── where silence would look like a fault ────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", ["/human", "!prix", "qsdf", "merci"])
def test_a_line_that_waits_for_an_answer_gets_one_whoever_has_the_floor(
    bot: Mind, text: str
) -> None:
    decision = react(bot, replace(line(text), waits=True), at=situation(escalated=HELD))

    assert words(decision) == say(bot, "fr", "handover.joined")
    assert react(bot, line(text), at=situation(escalated=HELD)) == Decision()


def test_a_request_that_is_repeated_is_acknowledged_where_silence_would_look_like_a_fault(
    bot: Mind,
) -> None:
    at = situation(conversation(said="joined", times=1), escalated=escalation())
    assert react(bot, line("/human"), at=at).said == ()
    decision = react(bot, replace(line("/human"), waits=True), at=at)

    assert words(decision) == say(bot, "fr", "handover.joined")
    assert decision.escalate is Reason.ASKED


def test_lines_that_wait_for_answers_are_answered_each_by_itself_and_at_once(bot: Mind) -> None:
    first, second = (replace(line(text, number), waits=True) for number, text in WAITING)
    group = hear([line("qsdf", 1), first, second], bot, conversation())
    assert [one.id for one in group.lines] == [1]
    assert group.closed
    group = hear([first, second], bot, conversation())
    assert [one.id for one in group.lines] == [2]
    assert react(bot, first, now=START).wait_until is None


WAITING = ((2, "wxcv"), (3, "azer"))


# ── our own faults ───────────────────────────────────────────────────────────────────────────────


def test_what_cannot_be_decided_is_handed_over_with_a_word(bot: Mind) -> None:
    decision = give_up(situation(conversation("en")), bot, START)

    assert decision.escalate is Reason.FAILED
    assert say(bot, "en", "handover.done") in words(decision)
    assert give_up(situation(escalated=HELD), bot, START) == Decision()

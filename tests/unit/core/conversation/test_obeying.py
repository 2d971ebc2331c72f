"""What commands do, one by one, in private; what is special in public is in test_public.py."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot import texts
from bot.core.conversation.commands import Commands
from bot.core.conversation.deciding import choose, decide, hear
from bot.core.conversation.decisions import Decision, Mind, Situation
from bot.escalation import EscalationState, Reason
from bot.models import Action, Attachment, Offer
from bot.store.conversation.invitations import Carried
from tests.support.clock import START
from tests.support.minds import mind
from tests.support.situations import (
    actions,
    conversation,
    escalation,
    line,
    react,
    say,
    situation,
    words,
)

HELD = situation(escalated=escalation(EscalationState.CLAIMED))
FILE = Attachment("f", "data.json", "application/json")


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Mind:
    return mind(tmp_path_factory.mktemp("faq"))


def offer(action: Action, language: str = "fr", *, used: bool = False) -> Offer:
    return Offer("x", 1, "answer:1", action, "label", "", language, used, used)


# ── which lines ──────────────────────────────────────────────────────────────────────────────────


def test_a_command_stands_alone(bot: Mind) -> None:
    group = hear([line("/help"), line("!prix", 2)], bot, conversation())

    assert [one.text for one in group.lines] == ["/help"]


def test_a_command_ends_the_wait_of_what_came_before(bot: Mind) -> None:
    group = hear([line("qsdf"), line("/help", 2)], bot, conversation())

    assert ([one.text for one in group.lines], group.closed) == (["qsdf"], True)
    assert decide(group, situation(), bot, START).escalate is Reason.UNSURE


def test_ask_with_a_question_is_the_question(bot: Mind) -> None:
    assert words(react(bot, line("/ask !prix"), now=START)) == "fr: prix"
    assert words(react(bot, line("/ask"))) == say(bot, "fr", "conversation.greeting")


# ── help, start ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("at", [situation(), HELD])
@pytest.mark.parametrize(
    ("text", "language"),
    [("/help", "fr"), ("/aide", "fr"), ("/commands", "en"), ("/xyz", "fr")],
)
def test_help(bot: Mind, text: str, language: str, at: Situation) -> None:
    decision = react(bot, line(text), at=at, now=START)

    assert words(decision) == say(bot, language, "commands.overview").strip()
    assert decision.language == language


@pytest.mark.parametrize("text", ["/start", "/start unknown-code"])
def test_start_greets(bot: Mind, text: str) -> None:
    first = react(bot, line(text), at=situation(conversation(introduced=False)))
    assert words(first) == say(bot, "fr", "conversation.introduction")

    assert words(react(bot, line(text))) == say(bot, "fr", "conversation.greeting")
    assert react(bot, line(text), at=HELD) == Decision()


@pytest.mark.parametrize("held", [False, True])
def test_start_with_a_good_code_takes_the_question_up(bot: Mind, held: bool) -> None:
    at = replace(
        HELD if held else situation(),
        carried=Carried("c", 2, 1, "combien ?", joins=False, waits=False),
    )
    decision = react(bot, line("/start code"), at=at)

    assert (decision.escalate, decision.redeems) == (Reason.ASKED, True)
    assert words(decision).startswith(say(bot, "fr", "public.carried"))
    assert say(bot, "fr", "handover.joined" if held else "handover.done") in words(decision)


@pytest.mark.parametrize("waits", [False, True])
def test_a_code_of_our_pages_goes_on_with_the_conversation(bot: Mind, waits: bool) -> None:
    carried = Carried("c", 2, 1, "", joins=True, waits=waits)
    decision = react(bot, line("/start code"), at=replace(situation(), carried=carried))

    assert (decision.escalate, decision.redeems) == (None, True)
    assert words(decision).startswith(say(bot, "fr", "handover.continued"))
    assert words(decision).endswith(say(bot, "fr", "handover.no_hours")) is waits


# ── human ────────────────────────────────────────────────────────────────────────────────────────


def test_human_calls_a_person_with_what_is_written_behind_it(bot: Mind) -> None:
    group = hear([line("/human mon colis est cassé")], bot, conversation())
    decision = decide(group, situation(), bot, START)

    assert (decision.escalate, group.question) == (Reason.ASKED, "mon colis est cassé")
    assert say(bot, "fr", "handover.done") in words(decision)
    assert react(bot, line("/human encore"), at=HELD) == Decision()  # who holds it sees the line


# ── language ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("at", [situation(), HELD])
@pytest.mark.parametrize("text", ["/language en", "/langue anglais", "/lang English"])
def test_a_language_is_chosen(bot: Mind, text: str, at: Situation) -> None:
    decision = react(bot, line(text), at=at)

    assert (decision.chosen, decision.language) == ("en", "en")
    assert words(decision) == "Noted: English."


def test_a_language_without_words_of_its_own_is_named_all_the_same(
    bot: Mind, tmp_path: Path
) -> None:
    spoken = texts.read(tmp_path, ["fr", "en", "it"], "B")
    three = replace(bot, texts=spoken, commands=Commands(spoken))
    decision = react(three, line("/language it"))
    assert (decision.chosen, words(decision)) == ("it", "C'est noté : Italiano.")


@pytest.mark.parametrize("text", ["/language", "/language de"])
def test_languages_are_offered(bot: Mind, text: str) -> None:
    decision = react(bot, line(text))
    (said,) = decision.said

    assert (decision.chosen, words(decision)) == ("", say(bot, "fr", "commands.which_language"))
    offered = [(one.action, one.label, one.language) for one in said.options]
    assert offered == [
        (Action.LANGUAGE, "Français", "fr"),
        (Action.LANGUAGE, "English", "en"),
    ]


@pytest.mark.parametrize("at", [situation(), HELD])
def test_an_offered_language_is_chosen(bot: Mind, at: Situation) -> None:
    decision = choose(offer(Action.LANGUAGE, "en"), at, bot, START)

    assert decision.chosen == "en"
    assert words(decision) == "Noted: English."


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("!prix", None),
        ("qsdf", "handover.done"),
        ("merci", "conversation.thanks"),
        ("👍", "conversation.thanks"),
        ("un humain svp", "handover.done"),
        ("???", "handover.done"),
        ("/aide", "commands.overview"),
    ],
)
def test_the_chosen_language_wins_over_all_others(bot: Mind, text: str, key: str | None) -> None:
    of = replace(line(text), language="en")
    decision = react(bot, of, at=situation(conversation("fr")))

    assert decision.language == "en"
    assert words(decision).startswith(say(bot, "en", key).strip() if key else "en: prix")


# ── one's data ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("at", [situation(), HELD])
def test_ones_data_come_as_a_file(bot: Mind, at: Situation) -> None:
    decision = react(bot, line("/mydata"), at=replace(at, export=FILE))
    (said,) = decision.said

    assert said.attachments == (FILE,)
    assert (words(decision), decision.escalate) == (say(bot, "fr", "privacy.data"), None)


def test_where_no_file_can_be_sent_a_person_hands_ones_data_over(bot: Mind) -> None:
    decision = react(bot, line("/mydata"))

    assert decision.escalate is Reason.ASKED
    assert words(decision).startswith(say(bot, "fr", "privacy.data_by_a_person"))
    assert say(bot, "fr", "handover.done") in words(decision)


# ── being forgotten ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("at", [situation(), HELD])
@pytest.mark.parametrize("text", ["/forget", "/forget non", "/oubli ouiii peut-être"])
def test_erasing_is_confirmed_first(bot: Mind, text: str, at: Situation) -> None:
    decision = react(bot, line(text), at=at)

    assert not decision.erases
    assert words(decision) == say(bot, "fr", "privacy.forget")
    assert actions(decision) == [Action.FORGET, Action.KEEP]


@pytest.mark.parametrize("at", [situation(), HELD])
def test_a_confirmed_erasure(bot: Mind, at: Situation) -> None:
    pressed = choose(offer(Action.FORGET), at, bot, START)
    written = react(bot, line("/oubli oui"), at=at)

    for decision in (pressed, written):
        assert decision.erases
        assert words(decision) == say(bot, "fr", "privacy.farewell")


def test_an_erasure_is_thought_better_of(bot: Mind) -> None:
    decision = choose(offer(Action.KEEP), HELD, bot, START)

    assert not decision.erases
    assert words(decision) == say(bot, "fr", "privacy.kept")


def test_an_old_confirmation_is_worth_nothing(bot: Mind) -> None:
    assert choose(offer(Action.FORGET, used=True), situation(), bot, START) == Decision()

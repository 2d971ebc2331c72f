"""Where others read: short, without personal details, and with a way to a private conversation."""

from dataclasses import replace

import pytest

from bot.contract import Invitation
from bot.core.conversation.deciding import choose, decide, give_up, hear
from bot.core.conversation.decisions import Decision, Mind, Situation, Way
from bot.escalation import EscalationState, Reason
from bot.models import Action, Manner, Message, Offer
from bot.store.conversation.invitations import Carried
from tests.support.clock import START
from tests.support.minds import mind
from tests.support.situations import (
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

LINK = "https://net.example/?start=c0de"
WAY = Way("c0de", Invitation(LINK, carries_code=True))
ROOM = replace(situation(conversation(public=True)), way=WAY)
LOUD = replace(ROOM, manner=Manner.ESCALATE)
"""A room where people answer as well."""


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Mind:
    return mind(tmp_path_factory.mktemp("faq"))


def held(at: Situation) -> Situation:
    return replace(at, escalation=escalation(EscalationState.CLAIMED))


# ── answers ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("at", [ROOM, LOUD])
def test_an_answer_has_one_choice(bot: Mind, at: Situation) -> None:
    decision = react(bot, line("!prix"), at=at, now=START)

    assert words(decision) == "fr: prix"
    assert actions(decision) == [Action.PERSON]
    assert not decision.invites


@pytest.mark.parametrize("at", [ROOM, LOUD])
def test_what_may_be_meant_keeps_its_choices(bot: Mind, at: Situation) -> None:
    decision = react(bot, line("?delai,prix"), at=at, now=START)  # no wait for another line

    assert actions(decision) == [Action.ENTRY, Action.ENTRY, Action.PERSON]


def test_the_introduction_is_one_short_line(bot: Mind) -> None:
    first = replace(ROOM, conversation=conversation(public=True, introduced=False))

    introduction = say(bot, "fr", "public.introduction")
    assert words(react(bot, line("!prix"), at=first)) == f"{introduction}\n\nfr: prix"
    greeted = words(react(bot, line("bonjour"), at=first))
    assert greeted == f"{introduction}\n\n{say(bot, 'fr', 'conversation.greeting')}"


def test_lines_of_several_people_are_read_one_by_one(bot: Mind) -> None:
    lines = [replace(line("qsdf"), follower_id=1), replace(line("!prix", 2), follower_id=2)]
    group = hear(lines, bot, ROOM.conversation)

    assert ([one.text for one in group.lines], group.closed) == (["qsdf"], True)


def test_several_people_may_ask_the_same(bot: Mind) -> None:
    at = replace(ROOM, conversation=conversation(public=True, said="answer:prix", times=9))

    assert words(react(bot, line("!prix"), at=at)) == "fr: prix"


# ── a person ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("text", ["un humain svp", "/human", "/human mon colis"])
def test_asking_for_a_person_shows_the_way_only(bot: Mind, text: str) -> None:
    decision = react(bot, line(text), at=ROOM)

    assert (decision.escalate, decision.invites) == (None, True)
    assert words(decision) == say(bot, "fr", "public.private", address=LINK)


@pytest.mark.parametrize("asked", [line("qsdf"), photo(), line("???")])
def test_what_has_no_sure_answer_shows_the_way(bot: Mind, asked: Message) -> None:
    decision = react(bot, asked, at=ROOM, now=START)

    assert (decision.escalate, decision.invites) == (None, True)
    assert words(decision).startswith(say(bot, "fr", "public.unsure"))
    assert LINK in words(decision)


@pytest.mark.parametrize("text", ["qsdf", "un humain svp", "/human"])
def test_where_people_answer_too_they_are_called_and_the_way_is_shown(bot: Mind, text: str) -> None:
    decision = react(bot, line(text), at=LOUD)

    assert decision.escalate is not None
    assert decision.invites
    assert words(decision).startswith(say(bot, "fr", "handover.done"))
    assert LINK in words(decision)


@pytest.mark.parametrize("at", [ROOM, LOUD])
def test_an_entry_for_people_says_its_text_first(bot: Mind, at: Situation) -> None:
    decision = react(bot, line("!plainte"), at=at)

    assert words(decision).startswith("fr: plainte\n\n")
    assert words(decision).endswith(LINK)
    assert decision.escalate is (Reason.HUMAN_ENTRY if at is LOUD else None)


@pytest.mark.parametrize("at", [ROOM, LOUD])
def test_the_choice_of_a_person(bot: Mind, at: Situation) -> None:
    offer = Offer("x", 1, "answer:1", Action.PERSON, "label", "", "en")
    decision = choose(offer, at, bot, START)

    assert decision.invites
    assert words(decision).endswith(say(bot, "en", "public.private", address=LINK))
    assert (decision.escalate is Reason.ASKED) is (at is LOUD)


def test_a_failure_shows_the_way(bot: Mind) -> None:
    assert LINK in words(give_up(ROOM, bot, START))


def test_a_way_that_cannot_carry_the_code_says_what_to_write(bot: Mind) -> None:
    at = replace(ROOM, way=Way("c0de", Invitation("https://net.example", carries_code=False)))

    text = words(react(bot, line("/human"), at=at))
    assert text == say(bot, "fr", "public.private_code", address="https://net.example", code="c0de")


def test_a_network_without_a_way(bot: Mind) -> None:
    at = replace(ROOM, way=Way("c0de", None))

    assert words(react(bot, line("/human"), at=at)) == say(bot, "fr", "public.private_unknown")


def test_who_is_being_answered_by_a_person_hears_nothing_of_the_bot(bot: Mind) -> None:
    for text in ("!prix", "qsdf", "merci", "06 12 34 56 78", "[phone]", "/human"):
        assert react(bot, line(text), at=held(LOUD)) == Decision()


# ── what is not for everybody ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text", ["!prix [e-mail]", "qsdf [phone]", "[IBAN]", "un humain svp [card]"]
)
def test_personal_details_are_warned_of(bot: Mind, text: str) -> None:
    decision = react(bot, line(text), at=ROOM, now=START)

    assert (decision.escalate, decision.invites) == (None, True)
    assert words(decision).startswith(say(bot, "fr", "public.personal"))
    assert LINK in words(decision)


def test_in_private_they_are_welcome(bot: Mind) -> None:
    assert react(bot, line("qsdf [phone]")).escalate is Reason.UNSURE


@pytest.mark.parametrize("text", ["/mydata", "/forget", "/forget oui"])
def test_what_is_kept_of_somebody_is_private(bot: Mind, text: str) -> None:
    decision = react(bot, line(text), at=ROOM)

    assert not decision.erases
    assert actions(decision) == []
    assert words(decision).startswith(say(bot, "fr", "public.not_here"))
    assert LINK in words(decision)


@pytest.mark.parametrize("text", ["/help", "/language en"])
def test_other_commands_work_as_ever(bot: Mind, text: str) -> None:
    group = hear([line(text)], bot, ROOM.conversation)

    assert decide(group, ROOM, bot, START) == decide(group, situation(), bot, START)


def test_a_code_that_somebody_says_in_public_stays_good(bot: Mind) -> None:
    carried = Carried("c0de", 1, 1, "combien ?", joins=False, waits=False)
    decision = react(bot, line("/start c0de"), at=replace(ROOM, carried=carried))

    assert not decision.redeems
    assert words(decision) == say(bot, "fr", "conversation.greeting")

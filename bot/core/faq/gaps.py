"""What followers ask and the FAQ does not answer: grouped, ranked by people, with a proposal each.

A gap is a group of questions that were not answered, or whose answer did not help. It goes once the
FAQ answers it, or a person dismisses it; it comes back when as many people again ask the same.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.core.conversation.decisions import Mind
from bot.core.faq.promoting import LIKELY, as_phrasing, as_reply, impersonal
from bot.core.subjects.grouping import ALIKE, Grouping, Question, WordLikeness
from bot.errors import NotFound
from bot.matching.words.common_words import weights
from bot.matching.words.text import fold
from bot.models import Match, VerdictKind
from bot.store import audit
from bot.store.audit import By, Deed
from bot.store.faq import gaps, questions
from bot.store.faq.gaps import Asker, Decision
from bot.store.faq.questions import Asked, Way
from bot.store.protocol import Store, Tx

SINCE = timedelta(days=30)
_MOST = 5000
"""Questions that are looked at, the latest."""
_EXAMPLES = 5
_DEEDS = {Decision.ACCEPTED: Deed.GAP_ACCEPT, Decision.DISMISSED: Deed.GAP_DISMISS}


@dataclass(frozen=True, slots=True)
class Gap:
    """What several people asked without a good answer."""

    id: int
    """The first question's."""
    question: str
    """The first question without personal details, as a way to ask."""
    language: str
    people: int
    times: int
    unhelpful: int
    """So many of them were answered, and the answer did not help."""
    examples: tuple[str, ...]
    """Other ways in which it was asked, without personal details."""
    near: Match | None
    """The entry that it may be another way to ask; None proposes a new entry."""
    answer: str
    """What managers answered last, Markdown without personal details; or empty."""
    members: tuple[int, ...]
    """The ids of all questions."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store has."""

    asked: Sequence[Asked]
    askers: Mapping[int, Asker]
    decided: Mapping[int, Decision]


@dataclass(frozen=True, slots=True)
class _Made:
    """Gaps, and all that they are made of."""

    known: _Known
    mind: Mind
    gaps: tuple[Gap, ...]


class Gaps:
    """Finds gaps, and keeps what is decided about them."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        mind: Callable[[], Mind],
    ) -> None:
        """Begin.

        Args:
            store: where the questions are.
            clock: the time.
            mind: what the bot knows now.
        """
        self._store = store
        self._clock = clock
        self._mind = mind
        self._made: _Made | None = None

    async def found(self) -> tuple[Gap, ...]:
        """The gaps of the last 30 days, those of most people first.

        They are grouped anew where anything that they are made of is not as it was.
        """
        known = await self._store.run(_known, self._clock.now() - SINCE)
        self._made = await asyncio.to_thread(_kept, self._made, known, self._mind())
        return self._made.gaps

    async def one(self, gap_id: int) -> Gap:
        """A gap by its id; raises NotFound where it is none, or none any more."""
        for gap in await self.found():
            if gap.id == gap_id:
                return gap
        raise NotFound(f"there is no open subject {gap_id}: `comptoir subjects list` has them")

    async def decide(self, gap: Gap, decision: Decision, by: By) -> None:
        """Keep that a gap is answered, or is not to be."""
        await self._store.run(_decide, gap, decision, by, self._clock.now())


# ── in a thread ──────────────────────────────────────────────────────────────────────────────────


def _kept(made: _Made | None, known: _Known, mind: Mind) -> _Made:
    """What was made before, where it would be made the same."""
    if made is not None and made.mind is mind and made.known == known:
        return made
    return _Made(known, mind, _found(known, mind))


def _found(known: _Known, mind: Mind) -> tuple[Gap, ...]:
    missed = {one.id: one for one in known.asked if one.id in known.askers and _is_missed(one)}
    asked = [Question(one.id, one.asks, _language(one, mind)) for one in missed.values()]
    spoken = {one.language for one in asked}
    likeness = WordLikeness(asked, {language: weights(language) for language in spoken})
    grouping = Grouping(likeness, ALIKE, likeness.keys)
    for question in asked:
        grouping.add(question)
    made = []
    for group in grouping.groups():
        members = [missed[one] for one in group.ids]
        left = [one for one in members if one.id not in known.decided]
        settled = [one for one in members if one.id in known.decided]
        if _people(left, known) > _people(settled, known):
            gap = _gap(left, known, mind)
            made += [gap] if gap else []
    return tuple(sorted(made, key=lambda gap: (-gap.people, -gap.times, gap.id)))


def _is_missed(one: Asked) -> bool:
    """It was not answered, or without help; what is for a person by design is neither."""
    if one.outcome.way is Way.ANSWER:
        return any(not word.right for word in one.words)
    return one.outcome.way is Way.CHOICE or not one.outcome.entries


def _language(one: Asked, mind: Mind) -> str:
    return one.language or one.spoken or mind.texts.texts[0].language


def _people(asked: Sequence[Asked], known: _Known) -> int:
    return len({known.askers[one.id].person for one in asked})


def _gap(asked: Sequence[Asked], known: _Known, mind: Mind) -> Gap | None:
    """The gap of questions that ask the same; None where the FAQ answers it, or is not to."""
    first = asked[0]
    language = _language(first, mind)
    wordings = [as_phrasing(impersonal(one.asks, known.askers[one.id].name)) for one in asked]
    verdict = mind.matcher.match(first.asks, language)
    unhelpful = sum(one.outcome.way is Way.ANSWER for one in asked)
    answered = verdict.kind is VerdictKind.ANSWER and unhelpful * 2 < len(asked)
    if not wordings[0] or answered or mind.vetting.kept_for_people(first.asks, None, language):
        return None
    return Gap(
        id=first.id,
        question=wordings[0],
        language=language,
        people=_people(asked, known),
        times=len(asked),
        unhelpful=unhelpful,
        examples=_others(wordings)[:_EXAMPLES],
        near=_near(asked, mind, verdict.matches, language),
        answer=_answer(asked, known),
        members=tuple(one.id for one in asked),
    )


def _others(wordings: Sequence[str]) -> tuple[str, ...]:
    """All but the first, each once; neither case nor punctuation tells two apart."""
    by_words = {fold(one): one for one in reversed(wordings)}
    return tuple(one for words, one in reversed(by_words.items()) if words != fold(wordings[0]))


def _near(
    asked: Sequence[Asked], mind: Mind, matches: Sequence[Match], language: str
) -> Match | None:
    """The entry that managers have named most often, else the one that is likely meant."""
    named = Counter(word.entry_id for one in asked for word in one.words if word.right)
    if named and (entry_id := named.most_common(1)[0][0]):
        entry = mind.library.find(entry_id, language)
        return Match(entry, 1.0, entry.question) if entry else None
    if named:  # managers have said that nothing in the FAQ answers
        return None
    wrong = {word.entry_id for one in asked for word in one.words if not word.right}
    likely = [one for one in matches if one.entry.id not in wrong and one.probability >= LIKELY]
    return likely[0] if likely else None


def _answer(asked: Sequence[Asked], known: _Known) -> str:
    for one in reversed(asked):
        if one.replies:
            said = "\n\n".join(one.replies)
            return as_reply(impersonal(said, known.askers[one.id].name))
    return ""


# ── units of work ────────────────────────────────────────────────────────────────────────────────


def _known(tx: Tx, since: datetime) -> _Known:
    asked = questions.asked(tx, since, _MOST, missed=True)
    ids = [one.id for one in asked]
    return _Known(asked, gaps.askers(tx, ids), gaps.decided(tx, since))


def _decide(tx: Tx, gap: Gap, decision: Decision, by: By, now: datetime) -> None:
    gaps.decide(tx, gap.members, decision, by.actor, now)
    audit.write(tx, by, _DEEDS[decision], now, detail=f"{gap.id}: {gap.people}")

"""Greetings, thanks, "no thanks", and asking for a person: what is understood without the FAQ.

The words stand in the texts files (`[understands]`), so a language is added without code. A message
counts as small talk only where nothing else is in it: every word belongs to such a phrase, or to
the words that usually stand around one ("please", "I would like to"), mistyped ones included. Some
phrases ask for a person wherever they stand.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.matching.words import common_words
from bot.matching.words.spelling import reach, repair
from bot.matching.words.text import fold, words
from bot.texts import Languages, Texts

_LONGEST = 14
"""Words; whoever writes more has something to ask."""
_READ = 1500
"""Characters of a message that are read, as much as the matcher reads."""
_OPENING = 100
"""Characters of a greeting, at most."""
_OPENINGS = 3
"""Greetings that are taken off ("Bonjour, j'ai une question : …")."""

Phrase = tuple[str, ...]


class Gist(StrEnum):
    """What a piece of small talk is."""

    PERSON = "person"
    GREETING = "greeting"
    THANKS = "thanks"
    DECLINED = "declined"
    """Nothing more is wanted."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A piece of small talk, and the language it was in."""

    gist: Gist
    language: str


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """The phrases of one language, folded."""

    language: str
    greeting: frozenset[Phrase]
    thanks: frozenset[Phrase]
    declined: frozenset[Phrase]
    person: frozenset[Phrase]
    anywhere: tuple[str, ...]
    """As texts, with a space at both ends."""
    around: frozenset[Phrase]

    known: frozenset[str]
    """All words of all these phrases but `anywhere`."""
    reach: Mapping[int, Sequence[str]]
    """The same, as mistyped ones are mended to."""

    def mended(self, spoken: Sequence[str], others: Collection[Collection[str]]) -> list[str]:
        """The words with mistyped ones as they were meant; empty where one can be no such word.

        Args:
            spoken: the words.
            others: words that are no mistyped ones, whatever they resemble ("argent", "agent").
        """
        result: list[str] = []
        for word in spoken[: _LONGEST + 1]:
            meant: str | None = word
            if word not in self.known:
                real = any(word in known for known in others)
                found = None if real else repair(word, self.reach)
                meant = found.taken_for if found else None
            if meant is None:
                return []
            result.append(meant)
        return result

    def gist(self, spoken: Sequence[str]) -> Gist | None:
        text = f" {' '.join(spoken)} "
        if any(phrase in text for phrase in self.anywhere):
            return Gist.PERSON
        if len(spoken) > _LONGEST or not self.known.issuperset(spoken):  # as nearly all questions
            return None
        polite = self.around | self.greeting | self.thanks
        if _made_of(spoken, self.person, polite | self.declined):
            return Gist.PERSON
        if _made_of(spoken, self.greeting, self.around):
            return Gist.GREETING
        if _made_of(spoken, self.declined, polite):
            return Gist.DECLINED
        if _made_of(spoken, self.thanks, self.around | self.greeting):
            return Gist.THANKS
        return None


class SmallTalk:
    """Understands small talk in every brand language."""

    def __init__(self, languages: Languages) -> None:
        self._vocabularies = tuple(_vocabulary(texts) for texts in languages.texts)
        spoken = [texts.language for texts in languages.texts]
        self._common = tuple(common_words.read(spoken).values())

    def hear(self, text: str, language: str) -> Heard | None:
        """What kind of small talk a message is, None where it is none.

        Args:
            text: the message.
            language: the one to prefer where the words belong to several.
        """
        spoken = words(" ".join(text.split())[:_READ])
        if not spoken:
            return None
        heard = [
            Heard(gist, vocabulary.language)
            for vocabulary in self._vocabularies
            if (gist := vocabulary.gist(spoken))
        ] or [
            Heard(gist, vocabulary.language)
            for vocabulary in self._vocabularies
            if (mended := vocabulary.mended(spoken, self._common))
            and (gist := vocabulary.gist(mended))
        ]
        heard.sort(key=lambda one: one.language != language)
        return heard[0] if heard else None

    def is_all(self, text: str) -> bool:
        """Whether a message is nothing but small talk, with no word beside it."""
        spoken = words(text)
        return any(one.known.issuperset(spoken) and one.gist(spoken) for one in self._vocabularies)

    def without_greeting(self, text: str) -> str:
        """The message without the greetings it begins with, if anything else is in it."""
        tokens = text.split()
        for _ in range(_OPENINGS):
            length = next((length for length in (3, 2, 1) if self._opens(tokens, length)), 0)
            if not length:
                break
            text, tokens = text.split(maxsplit=length)[length], tokens[length:]  # lines stay lines
        return text

    def _opens(self, tokens: Sequence[str], length: int) -> bool:
        """Whether so many words are a greeting before something else."""
        if len(tokens) <= length:
            return False
        opening = tuple(fold(" ".join(tokens[:length])[:_OPENING]).split())
        return any(opening in vocabulary.greeting for vocabulary in self._vocabularies)


def _vocabulary(texts: Texts) -> _Vocabulary:
    def phrases(key: str) -> frozenset[Phrase]:
        folded = (tuple(words(phrase)) for phrase in texts.phrases(f"understands.{key}"))
        return frozenset(filter(None, folded))  # "👍" folds to nothing: it would be everywhere

    greeting, thanks, declined, person, around = map(
        phrases, ("greeting", "thanks", "declined", "person", "around")
    )
    every = greeting | thanks | declined | person | around
    known = frozenset(word for phrase in every for word in phrase)
    return _Vocabulary(
        language=texts.language,
        greeting=greeting,
        thanks=thanks,
        declined=declined,
        person=person,
        anywhere=tuple(f" {' '.join(phrase)} " for phrase in phrases("person_anywhere")),
        around=around,
        known=known,
        reach=reach(sorted(known)),
    )


def _made_of(spoken: Sequence[str], wanted: Iterable[Phrase], around: Iterable[Phrase]) -> bool:
    """Whether the words are phrases of the two sets, end to end, at least one of them wanted."""
    known = [(phrase, True) for phrase in wanted] + [(phrase, False) for phrase in around]
    reached: set[tuple[int, bool]] = {(0, False)}
    for position in range(len(spoken)):
        here = [found for at, found in reached if at == position]
        for phrase, is_wanted in known:
            if here and tuple(spoken[position : position + len(phrase)]) == phrase:
                reached.update((position + len(phrase), found or is_wanted) for found in here)
    return (len(spoken), True) in reached

"""What one word turns round: negation, and saying that something is so instead of asking for it.

"My order is cancelled" has all the words of "cancel my order". Statistics of words and letters
hardly see a difference, so that it is looked for here, by the few words that make it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.matching.lexicon import Token
from bot.matching.text import words

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Turns:
    """The words of one language that turn a sentence round; all folded."""

    negations: frozenset[str] = _NONE
    auxiliaries: frozenset[str] = _NONE
    """Stand before a participle where something is stated."""
    participles: tuple[str, ...] = ()
    """Endings of participles."""
    asking: frozenset[str] = _NONE
    """Where one of these stands, something is asked or wanted."""

    def negates(self, spoken: Iterable[str]) -> bool:
        """Something in these words is negated."""
        return not self.negations.isdisjoint(spoken)

    def states(
        self, tokens: Sequence[Token], stems: Mapping[str, str], phrasings: Iterable[str]
    ) -> bool:
        """The message says that what an entry is about is so already.

        Args:
            tokens: the message.
            stems: the stems of the FAQ's words.
            phrasings: the entry's, folded.
        """
        spoken = [token.repair.word if token.repair else token.word for token in tokens]
        if not self.asking.isdisjoint(spoken) or self.auxiliaries.isdisjoint(spoken):
            return False
        entry = {word for phrasing in phrasings for word in phrasing.split()}
        about = {stems.get(word, word) for word in entry}
        return any(
            word not in entry
            and token.stem in about
            and word.endswith(self.participles)
            and not self.auxiliaries.isdisjoint(spoken[max(0, place - 3) : place])
            for place, (word, token) in enumerate(zip(spoken, tokens, strict=True))
        )


def turns(language: str) -> Turns:
    """Those of a language; none where none are known (English and French are)."""
    return _TURNS.get(language, Turns())


_TURNS = {
    "en": Turns(
        frozenset(
            words(
                "not never no without cannot unable don't doesn't didn't isn't aren't wasn't can't"
                " couldn't won't wouldn't haven't hasn't nothing none"
            )
        ),
        frozenset(words("is are was were been being got gets am I'm it's has have had")),
        ("ed", "en", "sent", "lost", "gone", "paid", "left"),
        frozenset(
            words(
                "how what when where why who which whose can could do does did may might should"
                " would will want wants wanna need like please help if whether"
            )
        ),
    ),
    "fr": Turns(
        frozenset(words("pas jamais aucun aucune sans ni non rien impossible")),
        frozenset(words("est sont été était étaient ont a ai as avons avez suis")),
        ("e", "ee", "es", "ees", "i", "ie", "is", "ies", "u", "ue", "us", "ues"),
        frozenset(
            words(
                "comment quand où pourquoi qui que qu quoi quel quelle quels quelles combien puis"
                " peux peut pouvez pouvons dois doit devons faut faire voudrais veux veut souhaite"
                " aimerais aimerait svp si"
            )
        ),
    ),
}

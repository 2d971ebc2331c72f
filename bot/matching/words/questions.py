"""What one message asks: its questions, found by the words that begin and join them.

Pure, and of regular expressions only: a message of one question costs some 10 microseconds.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a text, by its first character and the one behind its last."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """These characters."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class _Asking:
    """How one language asks; regular expressions without groups."""

    joins: str
    """What stands between two questions of one sentence."""
    asks: str
    """How a question begins."""
    requests: str
    """How a request begins; after a word that joins it still belongs to what stands before."""
    may_ask: str
    """How a question begins that only its mark makes one ("vous livrez … ?")."""


_LANGUAGES = (
    _Asking(
        joins="and|also|plus|&",
        asks=(
            "(?:(?:about|after|at|by|for|from|in|on|to|until|with) )?"
            "(?:how|what|when|where|which|who|whose|why)(?:'?s)?"
            "|(?:is|are|was|were|am|will|would|can|could|do|does|did|should|may|must|shall)(?:n'?t)?"
            " (?:i|you|we|they|he|she|it|there|this|that|these|those|my|your|our|the|an?|any|all)"
            "|(?:have|has) (?:i|you|we|they|he|she|there|any)"
        ),
        requests=(
            "i (?:want|need|would like|wanna|wish)|i'?d like|please|help|tell me|let me know"
            "|explain|show me"
        ),
        may_ask="you|i can|i have to|it's|it is|there's|there is|there are|any",
    ),
    _Asking(
        joins="et|puis|aussi|sinon",
        asks=(
            "(?:(?:à|a|de|en|pour|par|avec|sur|dans|jusqu'à) |d')?"
            "(?:comment|quand|où|qui|quoi|quels?|quelles?|combien|pourquoi)"
            "|qu'est|que (?:faire|dois|faut|puis)|ou (?:est|sont|se|puis|peut|trouver)"
            "|est[- ]ce|y a[- ]t|puis[- ]je|(?:c'est|ça|ca) (?:quoi|combien|où|quand|comment)"
            "|(?:pouvez|avez|livrez|faites|prenez|acceptez|vendez|proposez|êtes) vous"
        ),
        requests=(
            "je (?:veux|voudrais|souhaite|souhaiterais|cherche|aimerais)|j'aimerais|dites|expliquez"
            "|aidez"
        ),
        may_ask=(
            "je (?:peux|pourrais|dois)|on (?:peut|doit)|j'ai|vous|tu|il|elle|ils|elles|c'est|ça|ca"
            "|y a|faut"
        ),
    ),
    _Asking(
        joins="und|auch|außerdem|sowie",
        asks=(
            "(?:(?:ab|an|auf|aus|bei|bis|für|in|mit|nach|von|zu) )?"
            r"(?:wie|wieviel|was|wann|wo|wer|wen|wem|warum|wieso|wohin|woher|welche\w*)"
            r"|(?:kann|können|könnte?n?|darf|dürfen|muss|müssen|soll|ist|sind|gibt|habt|haben|kostet"
            r"|liefert|liefern) (?:ich|ihr|sie|man|es|wir|die|der|das|mein\w*)"
        ),
        requests="ich (?:möchte|will|brauche|würde)|bitte",
        may_ask="ihr|sie|man|ich kann|es gibt|das",
    ),
    _Asking(
        joins="y|también|además",
        asks=(
            "(?:(?:a|en|de|con|para|por|desde|hasta) )?"
            "(?:cómo|cuándo|cuánt[oa]s?|dónde|qué|cuál|cuáles|quién|quiénes)"
            "|puedo|podría|se puede"
        ),
        requests="quiero|quisiera|necesito|me gustaría|por favor",
        may_ask=(
            "como|cuando|cuant[oa]s?|donde|que|cual|quien|hay|es|está|están|son|puede|pueden|podéis"
            "|tienen|tenéis|hacen|hacéis|aceptan|aceptáis|envían|enviáis|venden|tengo que|debo"
        ),
    ),
)
_OPENING = re.compile(
    "(?:(?:and|also|plus|then|so|but|ok|okay|please|hi|hello|hey|bonjour|bonsoir|salut|et|aussi|puis"
    "|sinon|mais|donc|alors|svp|hallo|und|auch|aber|hola|y|también|además|pero)\\b|\\W+)*",
    re.IGNORECASE,
)
"""What may stand before the word by which a question begins."""
_END = re.compile(r"(?<![?!…])[?!…]+(?=\s|[^\W\d_])|(?<=\w\w\w)[.;]+(?=\s)|\n|(?=¿)")
"""Where a sentence ends; no abbreviation and no number has three letters before its point.

This and `_JOIN` are bounded, so that no message takes longer than its length has it."""
_SHORT = 2
"""Who begins with so few words has not asked yet ("what and when is …", "how or where …")."""


def _any(words: Iterable[str]) -> str:
    return rf"(?:{'|'.join(words)})(?!\w)"


_ASKS = re.compile(
    _any(part for one in _LANGUAGES for part in (one.asks, one.requests)), re.IGNORECASE
)
_MAY_ASK = re.compile(_any(one.may_ask for one in _LANGUAGES), re.IGNORECASE)
_JOIN = re.compile(
    "|".join(
        rf"[\s,]{{1,3}}(?:(?:{one.joins})\s{{1,3}}){{1,2}}(?={_any((one.asks, one.may_ask))})"
        for one in _LANGUAGES
    ),
    re.IGNORECASE,
)
_INVERTED = re.compile(
    r"(?<!rendez)-(?:t-)?(?:je|tu|vous|on|il|elle|ils|elles|ce)(?!\w)", re.IGNORECASE
)
"""In French the verb before its subject asks, wherever it stands ("le café est-il bio")."""


def questions(text: str) -> list[Span]:
    """What a message asks, each with the statements before it; the last with what comes after.

    One of the whole text where it asks one thing, or nothing.
    """
    text = text.replace("’", "'")  # as phones write it
    found: list[Span] = []
    waiting: int | None = None  # where statements begin that come before a question
    for sentence in _sentences(text):
        marked = "?" in sentence.of(text)
        for piece in _pieces(text, sentence):
            waiting = piece.start if waiting is None else waiting
            if _is_asked(piece.of(text), marked=marked, first=not found):
                found.append(Span(waiting, piece.end))
                waiting = None
    if len(found) < 2:  # one question is the whole message
        return [Span(0, len(text))]
    return [*found[:-1], Span(found[-1].start, len(text.rstrip()))]


def _sentences(text: str) -> Iterator[Span]:
    start = 0
    for mark in _END.finditer(text):
        yield from _trimmed(text, start, mark.end())
        start = mark.end()
    yield from _trimmed(text, start, len(text))


def _pieces(text: str, sentence: Span) -> Iterator[Span]:
    """A sentence between the words that join its questions."""
    start = sentence.start
    for joint in _JOIN.finditer(text, sentence.start, sentence.end):
        yield from _trimmed(text, start, joint.start())
        start = joint.end()
    yield from _trimmed(text, start, sentence.end)


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    """That piece without spaces around it, if anything is left."""
    piece = text[start:end]
    if piece.strip():
        start += len(piece) - len(piece.lstrip())
        yield Span(start, start + len(piece.strip()))


def _is_asked(piece: str, *, marked: bool, first: bool) -> bool:
    """Whether a piece of a sentence is a question; `marked` where the sentence has its mark."""
    if first and len(piece.split()) <= _SHORT:
        return False
    opening = _OPENING.match(piece)
    begins = opening.end() if opening else 0
    return bool(
        "?" in piece
        or _ASKS.match(piece, begins)
        or (marked and _MAY_ASK.match(piece, begins))
        or _INVERTED.search(piece)
    )

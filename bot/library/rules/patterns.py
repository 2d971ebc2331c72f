"""Wordings that rules are made of, as a person writes them down: no regular expressions.

    nous vous rembours*        these words in a row; `*` is any end (or any beginning) of a word
    rembours* … demain         up to eight words may stand between, in the same sentence
    livr* … [date]             a kind of thing, by its name in brackets

Case, accents and punctuation do not count. Reading takes time in proportion to the text, whatever
the wording.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.library.files.attributes import slug
from bot.library.rules.spotting import Finder, Span
from bot.options import nearest
from bot.sentence import Sentence

KINDS = ("date", "duration", "amount", "number", "link", "e-mail", "phone", "card", "IBAN")
PERSONAL = "personal"
"""Stands for the last four kinds together."""
BETWEEN = 8
"""Words that `…` may stand for, at most."""

_PERSONAL = KINDS[5:]
_NAMES = {name.casefold(): name for name in (*KINDS, PERSONAL)}
_ITEM = re.compile(
    r"\[([^\[\]]*)\]|(\u2026|\.\.\.+)|([^\s\[\]\u2026]+?)(?=\s|\[|\]|\u2026|\.\.\.|$)"
)
_INSIDE = "\u00ad\u200b-\u200d\u2060"
"""Invisible characters that may stand within a word."""
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[\u0300-\u036f{_INSIDE}])*")
_STARRED = re.compile(rf"\*?{_WORD.pattern}\*?")
_MIDST = re.compile(r"\w\*\w")
_UNSEEN = re.compile(f"[{_INSIDE}]")
_SENTENCE_END = re.compile(r"[.!?\u2026]+(?=\s|$)|\n")


class PatternFault(ValueError):
    """A wording cannot be read; `message` says what to mend."""

    def __init__(self, message: Sentence) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Word:
    """One word, folded; `begins` and `ends` say that a word need only begin or end so."""

    text: str
    begins: bool = False
    ends: bool = False

    def fits(self, word: str) -> bool:
        """Whether it is that folded word."""
        if self.begins and self.ends:
            return self.text in word
        if self.begins:
            return word.startswith(self.text)
        return word.endswith(self.text) if self.ends else word == self.text


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing of a kind."""

    name: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A few words, or none."""


Element = Word | Kind | Gap


@dataclass(frozen=True, slots=True)
class Pattern:
    """A wording that can be looked for."""

    text: str
    """As it was written."""
    elements: tuple[Element, ...] = field(repr=False)

    def find(self, reading: "Reading") -> Iterator[Span]:
        """Where it stands in a text; places do not overlap."""
        start = 0
        while start < len(reading.tokens):
            end = reading.shortest(self.elements, start)
            if end is None:
                start += 1
            else:
                yield reading.span(self.elements, start, end)
                start = end


def parse(text: str) -> Pattern:
    """Read a wording; raises PatternFault."""
    elements: list[Element] = []
    at = 0
    for item in _ITEM.finditer(text):
        if text[at : item.start()].strip():
            break
        at = item.end()
        kind, gap, words = item.groups()
        if gap:
            elements.append(Gap())
        elif words is None:
            elements.append(_kind(kind))
        else:
            elements += _words(words)
    if text[at:].strip():
        rest = text[at:].strip()
        raise PatternFault(
            Sentence("cannot read {text!r}: brackets hold a kind, like [date]", text=rest)
        )
    if not any(not isinstance(element, Gap) for element in elements):
        raise PatternFault(Sentence("there is no word in it"))
    if isinstance(elements[0], Gap) or isinstance(elements[-1], Gap):
        raise PatternFault(Sentence("`…` stands between words, not at the beginning or the end"))
    return Pattern(text, tuple(elements))


def _kind(name: str) -> Kind:
    known = _NAMES.get(name.strip().casefold())
    if known is None:
        hint = nearest(name.strip(), dict.fromkeys(_NAMES.values()))
        raise PatternFault(Sentence("unknown kind [{name}]{hint}", name=name, hint=hint))
    return Kind(known)


def _words(text: str) -> Iterator[Word]:
    """The words of a piece without spaces: "l'avocat*" is two."""
    if "*" in _STARRED.sub("", text) or _MIDST.search(text):
        raise PatternFault(
            Sentence(
                "`*` stands right before or behind a word, like rembours*, not as in {text!r}; "
                "for any words between write `…`",
                text=text,
            )
        )
    for found in _STARRED.finditer(text):
        word = found[0]
        yield Word(fold(word.strip("*")), begins=word.endswith("*"), ends=word.startswith("*"))


def fold(word: str) -> str:
    """A word as it is compared: small letters without accents."""
    return slug(_UNSEEN.sub("", word))


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text."""

    word: str
    start: int
    end: int
    sentence: int


class Reading:
    """A text made ready to be looked through for many patterns."""

    def __init__(self, text: str, finders: Mapping[str, Finder]) -> None:
        """Read a text; `finders` finds kinds by name, and a kind without one is never found."""
        self._text = text
        self._finders = finders
        self._kinds: dict[str, dict[int, tuple[int, Span]]] = {}
        self.tokens: Sequence[Token] = tuple(_tokens(text))

    def shortest(self, elements: Sequence[Element], start: int) -> int | None:
        """The token behind the nearest end of the elements, the first of which stands at `start`.

        All ends that elements so far may have are followed together: no wording takes long.
        """
        ends = {start}
        for element in elements:
            if isinstance(element, Gap):
                ends = {end for known in ends for end in self._within(known)}
            else:
                ends = {end for known in ends if (end := self._behind(element, known)) is not None}
            if not ends:
                return None
        return min(ends)

    def span(self, elements: Sequence[Element], start: int, end: int) -> Span:
        """The characters from a token to before another, and all of a thing that stands there."""
        first, last = self.tokens[start].start, self.tokens[end - 1].end
        for element in elements:
            if isinstance(element, Kind):
                for token, (behind, span) in self._things(element.name).items():
                    if start <= token and behind <= end:
                        first, last = min(first, span[0]), max(last, span[1])
        return first, last

    def _within(self, token: int) -> Iterator[int]:
        sentence = self.tokens[token - 1].sentence
        for end in range(token, min(token + BETWEEN, len(self.tokens) - 1) + 1):
            if end == len(self.tokens) or self.tokens[end].sentence != sentence:
                return
            yield end

    def _behind(self, element: Word | Kind, token: int) -> int | None:
        if token >= len(self.tokens):
            return None
        if isinstance(element, Word):
            return token + 1 if element.fits(self.tokens[token].word) else None
        thing = self._things(element.name).get(token)
        return thing[0] if thing else None

    def _things(self, kind: str) -> dict[int, tuple[int, Span]]:
        """The things of a kind: by their first token, the token behind them and their place."""
        if kind not in self._kinds:
            names = _PERSONAL if kind == PERSONAL else (kind,)
            spans = [
                span for name in names for span in self._finders.get(name, _nothing)(self._text)
            ]
            self._kinds[kind] = dict(self._placed(spans))
        return self._kinds[kind]

    def _placed(self, spans: Sequence[Span]) -> Iterator[tuple[int, tuple[int, Span]]]:
        starts = [token.start for token in self.tokens]
        ends = [token.end for token in self.tokens]
        for start, end in spans:
            first, behind = bisect_right(ends, start), bisect_left(starts, end)
            if first < behind:
                yield first, (behind, (start, end))


def _nothing(_: str) -> Sequence[Span]:
    return ()


def _tokens(text: str) -> Iterator[Token]:
    ends = [found.start() for found in _SENTENCE_END.finditer(text)]
    sentence = 0
    for found in _WORD.finditer(text):
        while sentence < len(ends) and ends[sentence] < found.start():
            sentence += 1
        yield Token(fold(found[0]), found.start(), found.end(), sentence)

"""What sentence encoders add to a matcher: a library as vectors.

The bot's own encoder is used for the languages that it has learnt. One that the operator adds goes
beside it, in languages where it proves to be of use.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from bot.matching.indexing.index import Index, telling_answers
from bot.matching.indexing.said import Layout
from bot.matching.indexing.tfidf import Floats
from bot.matching.meaning.encoding import (
    Encoded,
    Encoder,
    Encoding,
    Nearness,
    beginning,
    encoded,
    texts,
)
from bot.matching.meaning.proving import Proof, prove
from bot.models import Entry, Library

Meaning = Callable[[Index, str], Sequence[Nearness]]
"""How near a message, as it was meant, is to what an index holds, by each encoder that can tell."""
MOST_PHRASINGS = 12_000
"""Of a language that the bot's own encoder is asked about: more would take more than seconds."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is said in one language as vectors, by each of these encoders."""

    encoded: tuple[Encoded, ...]
    encodings: tuple[Encoding, ...]
    layout: Layout
    """What is said."""

    def by(self, encoder: Encoder) -> dict[str, Floats]:
        """What that encoder has made of each text; nothing where it is none of these."""
        answers = [beginning(one.answer) for one in self.layout.said]
        told = [place for place, one in enumerate(self.layout.said) if one.telling and one.answer]
        made: dict[str, Floats] = {}
        for encoding, rows in zip(self.encodings, self.encoded, strict=True):
            if encoding.encoder is encoder:
                made = dict(zip(self.layout.phrasings, rows.phrasings, strict=True))
                made |= {answers[place]: rows.answers[place] for place in told}
        return made


@dataclass(frozen=True, slots=True)
class Sense:
    """A library as vectors; immutable."""

    known: Mapping[str, Known]
    """By language; only those in which an encoder is of use."""
    proofs: Mapping[str, Proof]
    """By language, how the encoder that was added did where it was tried."""
    added: Encoding | None

    @property
    def slow(self) -> bool:
        """A question takes so long that others should not wait for it."""
        return any(self.added in known.encodings for known in self.known.values())

    def meaning(self, written_in: str | None) -> Meaning:
        """What a message means; each encoder is asked when that is first needed, and once.

        Args:
            written_in: its language where that is beyond doubt; an encoder may not know it.
        """
        encodings = {id(one): one for known in self.known.values() for one in known.encodings}
        vector = cache(lambda key, read: encodings[key].vector(read))

        def near(index: Index, meant: str) -> Sequence[Nearness]:
            known = self.known.get(index.language)
            if known is None:
                return ()
            made = [
                (rows, vector(id(one), meant))
                for one, rows in zip(known.encodings, known.encoded, strict=True)
                if not written_in or written_in in one.languages
            ]
            return [rows.compare(one) for rows, one in made if one is not None]

        return near


def sense(
    own: Encoding | None,
    added: Encoding | None,
    indexes: Sequence[Index],
    library: Library,
    before: Sense | None = None,
) -> Sense:
    """Encode what the indexes hold, all of it at once, and keep what is of use.

    Args:
        own: the bot's own encoder.
        added: one more, where there is one.
        indexes: one for each language.
        library: what they were built from.
        before: an earlier one; languages in which all is as it was are taken from it.

    Raises:
        EncoderError: an encoder has failed.
    """
    proofs: dict[str, Proof] = {}
    # For questions, which nobody is to remember; what it knows of earlier texts may go.
    asked = own and replace(own, known=own.encoder)
    known = _as_before(before, asked, indexes) if asked and not added else {}
    indexes = [index for index in indexes if index.language not in known]
    by_own = _made(own, [one for one in indexes if len(one.phrasings) <= MOST_PHRASINGS], library)
    by_added = _made(added, indexes, library)
    for index in indexes:
        made: list[tuple[Encoding, Encoded]] = []
        if asked and index.language in by_own:
            made.append((asked, _encoded(index, by_own[index.language])))
        if added and index.language in by_added:
            rows = _encoded(index, by_added[index.language])
            beside = made[0][1] if made else None
            proofs[index.language] = proof = prove(index, rows, beside)
            if proof.useful:
                made.append((added, rows))
        if made:
            encodings, vectors = zip(*made, strict=True)
            known[index.language] = Known(vectors, encodings, index.layout)
    return Sense(known, proofs, added)


def _as_before(before: Sense | None, own: Encoding, indexes: Sequence[Index]) -> dict[str, Known]:
    """What the bot's own encoder alone has made of what these indexes hold, by language."""
    held = before.known if before else {}
    return {
        index.language: replace(known, encodings=(own,))
        for index in indexes
        if (known := held.get(index.language))
        and known.layout is index.layout
        and [one.encoder for one in known.encodings] == [own.encoder]
    }


def _encoded(index: Index, rows: Floats) -> Encoded:
    return encoded(rows, telling_answers(index.entries), index.owners)


def _made(
    encoding: Encoding | None, indexes: Sequence[Index], library: Library
) -> dict[str, Floats]:
    """By language that the encoder knows, what it makes of all that the index says."""
    if encoding is None or not indexes:
        return {}
    said = {
        index.language: texts(index.phrasings, telling_answers(index.entries))
        for index in indexes
        if index.language in encoding.languages
    }
    rows = _rows(encoding, dict.fromkeys(text for one in said.values() for text in one), library)
    return {language: np.stack([rows[text] for text in one]) for language, one in said.items()}


def said_in(entries: Sequence[Entry], languages: Collection[str]) -> list[str]:
    """What an index of the entries in these languages holds, each text once."""
    said: dict[str, None] = {}
    for language in languages:
        own = [entry for entry in entries if entry.language == language]
        wordings = [text for entry in own for text in (entry.question, *entry.phrasings)]
        said.update(dict.fromkeys(texts(wordings, telling_answers(own))))
    return list(said)


def _rows(encoding: Encoding, said: Mapping[str, None], library: Library) -> dict[str, Floats]:
    """What the encoder makes of each text; what followers said is not to be remembered by it."""
    written = {
        text
        for entry in library.entries
        for text in (entry.question, *entry.phrasings, beginning(entry.answer))
    }
    rows: dict[str, Floats] = {}
    for encoder, some in (
        (encoding.known, [text for text in said if text in written]),
        (encoding.encoder, [text for text in said if text not in written]),
    ):
        if some:
            rows.update(zip(some, encoder.encode(some), strict=True))
    return rows

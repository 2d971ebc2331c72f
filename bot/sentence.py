"""Sentences to people that are made where no page's language is known, and put into it later."""

from collections.abc import Mapping, Sequence
from typing import Self


class Sentence(str):
    """A sentence in English, which remembers what it was made of.

    It is the English text wherever nobody asks for another language. `pattern` is that text with
    `{names}` in braces, as `str.format` fills them in, and what a catalogue knows it by.
    """

    __slots__ = ("pattern", "values")
    pattern: str
    values: Mapping[str, object]

    def __new__(cls, pattern: str, **values: object) -> Self:
        """Fill in the values; one that is itself a Sentence is put into a language with it."""
        made = super().__new__(cls, pattern.format(**values))
        made.pattern, made.values = pattern, values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, object]]:
        """What a copy is made of."""
        return (self.pattern,), dict(self.values)


def told(text: str, catalogue: Mapping[str, str]) -> str:
    """A Sentence as a catalogue (pattern to pattern) has it; any other text as it is."""
    if not isinstance(text, Sentence):
        return text
    values = {
        name: told(value, catalogue) if isinstance(value, str) else value
        for name, value in text.values.items()
    }
    return catalogue.get(text.pattern, text.pattern).format(**values)


def joined(sentences: Sequence[Sentence], between: str) -> Sentence:
    """Several as one, so that each is still put into a language."""
    names = [f"part_{number}" for number in range(len(sentences))]
    pattern = between.join(f"{{{name}}}" for name in names)
    return Sentence(pattern, **dict(zip(names, sentences, strict=True)))

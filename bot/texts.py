"""The bot's own words, in every brand language, from `texts/*.toml` in the FAQ folder.

One TOML file a language. A key that a file lacks is taken from the brand's default language, then
from the files that come with Comptoir; so a language is added, or a sentence changed, without code.
What is said where no reader is known yet, of the FAQ's files above all, is English (`bot.sentence`)
and put into other languages by `texts/sentences/*.toml`.
"""

import re
import string
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from babel.dates import format_datetime

from bot import options, shipped
from bot.errors import LibraryError
from bot.models import Fault, Source
from bot.sentence import Sentence, told

FALLBACK = "en"
FOLDER = "texts"
"""Below the FAQ folder."""
SENTENCES = "sentences"
"""Below that: what a language says for sentences that are made in English."""

_HOW = re.compile(r"(?<=\w)[!:][^{}]*(?=\})")
"""How a value is to be shown, which another language may leave out."""

Table = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Texts:
    """All texts of one language, by "section.key"."""

    language: str
    _table: Table
    _brand: str
    _sentences: Mapping[str, str]

    def say(self, key: str, **values: object) -> str:
        """The text of that key, its braces filled in; `{brand}` always is."""
        text = self._table[key]
        assert isinstance(text, str)  # noqa: S101  # `read` has compared it with the shipped one
        return text.format(brand=self._brand, **values)

    def tell(self, text: str) -> str:
        """A Sentence in this language, or in English where it has none; else the text as it is."""
        return told(text, self._sentences)

    def tell_faults(self, faults: Iterable[Fault]) -> str:
        """Faults, a line each, with their places."""
        return "\n".join(f"{fault.source}: {self.tell(fault.message)}" for fault in faults)

    def phrases(self, key: str) -> tuple[str, ...]:
        """The list of that key."""
        phrases = self._table[key]
        assert isinstance(phrases, tuple)  # noqa: S101  # as above
        return phrases

    def section(self, name: str) -> dict[str, str]:
        """All single texts of a section by key, for a page's template."""
        start = f"{name}."
        return {
            key.removeprefix(start): self.say(key)
            for key, text in self._table.items()
            if key.startswith(start) and isinstance(text, str)
        }


@dataclass(frozen=True, slots=True)
class Languages:
    """The texts of every brand language; the first is the default."""

    texts: tuple[Texts, ...]

    def __getitem__(self, language: str) -> Texts:
        """The texts of that language, or of the default where there are none."""
        for texts in self.texts:
            if texts.language == language:
                return texts
        return self.texts[0]


def read(faq: Path, languages: Sequence[str], brand: str) -> Languages:
    """Read the texts of the brand's languages.

    Args:
        faq: the FAQ folder; its `texts/` may be missing or hold some languages only.
        languages: the brand's, default first.
        brand: the brand's name, for `{brand}`.

    Raises:
        LibraryError: a file is no TOML, or has a text that cannot be filled in.
    """
    own = _folder(faq)
    ours = shipped.folder() / "faq" / FOLDER
    model = _file(ours, f"{FALLBACK}.toml")
    layers = {
        language: (written := _file(ours, f"{language}.toml"), _own(own, language, model, written))
        for language in languages
    }
    default = {**model, **_merge(layers[languages[0]])}

    def made(language: str) -> Texts:
        table = MappingProxyType({**default, **_merge(layers[language])})
        return Texts(language, table, brand, sentences(faq, language))

    return Languages(tuple(map(made, languages)))


def untranslated(faq: Path, languages: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """For each language the keys that it has no text of its own for, in order.

    They are said in the default language, and what that has no text for in English.

    Raises:
        LibraryError: a file is no TOML, or holds other values than texts.
    """
    own, ours = _folder(faq), shipped.folder() / "faq" / FOLDER
    model = _file(ours, f"{FALLBACK}.toml")
    missing = {}
    for language in languages:
        there = _merge([_file(folder, f"{language}.toml") for folder in (ours, own)])
        missing[language] = [key for key in model if key not in there]
    return {language: keys for language, keys in missing.items() if keys}


def unused(faq: Path, languages: Sequence[str]) -> list[Fault]:
    """The keys of a brand's own files that nothing says: mistyped, or of another version.

    Raises:
        LibraryError: a file is no TOML, or holds other values than texts.
    """
    own, model = _folder(faq), _file(shipped.folder() / "faq" / FOLDER, f"{FALLBACK}.toml")
    return [
        Fault(
            _source(own, f"{language}.toml", key),
            Sentence(
                "unknown key {key!r}{hint}: nothing says it; correct it, or delete the line",
                key=key,
                hint=options.nearest(key, model),
            ),
        )
        for language in languages
        for key in _file(own, f"{language}.toml")
        if key not in model
    ]


def files(faq: Path) -> list[Path]:
    """The texts files that belong to an FAQ, sorted."""
    folder = _folder(faq)
    return sorted((*folder.glob("*.toml"), *folder.glob(f"{SENTENCES}/*.toml")))


def _folder(faq: Path) -> Path:
    """Beside an FAQ that is one file."""
    return (faq if faq.is_dir() else faq.parent) / FOLDER


def _merge(layers: Sequence[Table]) -> dict[str, str | tuple[str, ...]]:
    return {key: value for layer in layers for key, value in layer.items()}


def _own(folder: Path, language: str, model: Table, ours: Table) -> Table:
    """A brand's own texts; what is still as we wrote it is sound and not looked at.

    What nothing says any more is let be: files made for an earlier version have such keys.
    """
    name = f"{language}.toml"
    table = {key: value for key, value in _file(folder, name).items() if key in model}
    faults = [
        fault
        for key, value in table.items()
        if value != ours.get(key) and (fault := _fault(key, value, model))
    ]
    if faults:
        raise LibraryError([Fault(_source(folder, name, key), text) for key, text in faults])
    return table


def sentences(faq: Path, language: str) -> Mapping[str, str]:
    """How a language says what is made in English; what Comptoir no longer says is let be.

    Args:
        faq: the FAQ folder.
        language: its code; one without a file has no sentences.

    Raises:
        LibraryError: a file is no TOML, or has a text that cannot be filled in.
    """
    name = f"{SENTENCES}/{language}.toml"
    folders = (shipped.folder() / "faq" / FOLDER, _folder(faq))
    table = _merge([_file(folder, name) for folder in folders])
    faults = [
        fault
        for pattern, value in table.items()
        if (fault := _fault(pattern, value, {pattern: pattern + _HOW.sub("", pattern)}))
    ]
    if faults:
        raise LibraryError([Fault(Source(f"{FOLDER}/{name}", 1), text) for _, text in faults])
    said = {pattern: value for pattern, value in table.items() if isinstance(value, str)}
    return MappingProxyType(said)


def _fault(key: str, value: str | tuple[str, ...], model: Table) -> tuple[str, Sentence] | None:
    """The key, and what is wrong with its value, if anything."""
    known = model[key]
    if isinstance(known, tuple) != isinstance(value, tuple):
        return key, Sentence(
            "{key} must be a list" if isinstance(known, tuple) else "{key} must be a text", key=key
        )
    if isinstance(value, tuple) or isinstance(known, tuple):
        return None
    try:
        unknown = _fields(value) - _fields(known) - {"brand"}
    except ValueError as error:
        return key, Sentence(
            "{key}: {error}; write {{{{ and }}}} for plain braces", key=key, error=error
        )
    if unknown:
        return key, Sentence(
            "{key} uses {{{name}}}, which is not filled in here", key=key, name=min(unknown)
        )
    if key.startswith("format.") and not _is_date_pattern(value):
        return key, Sentence(
            "{key}: {value!r} is no date pattern; one is 'd MMMM HH:mm'", key=key, value=value
        )
    return None


def _fields(text: str) -> set[str]:
    """What stands in a text's braces, as it stands there."""
    fields = set()
    for _, name, form, conversion in string.Formatter().parse(text):
        if name is not None:
            how = (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
            fields.add(name + how)
    return fields


def _is_date_pattern(pattern: str) -> bool:
    try:
        return bool(format_datetime(datetime(2026, 1, 31, 12, tzinfo=UTC), pattern, locale="en"))
    except (ValueError, LookupError, AttributeError):
        return False


@lru_cache(maxsize=32)
def _tables(text: str) -> Mapping[str, object]:
    """What TOML says; the same files are read whenever one of the FAQ is saved."""
    return tomllib.loads(text)


def _file(folder: Path, name: str) -> Table:
    """The values of a texts file by "section.key"; nothing where there is no file."""
    try:
        tables = _tables((folder / name).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError) as error:
        line = re.search(r"at line (\d+)", str(error))
        source = Source(f"{FOLDER}/{name}", int(line[1]) if line else 1)
        message = Sentence("the file cannot be read: {reason}", reason=error)
        raise LibraryError([Fault(source, message)]) from None
    values: dict[str, object] = {}
    for section, table in tables.items():
        if isinstance(table, dict):
            values.update({f"{section}.{key}": value for key, value in table.items()})
        else:
            values[section] = table
    if faults := [
        Fault(
            _source(folder, name, key),
            Sentence("{key} must be a text, or a list of texts", key=key),
        )
        for key, value in values.items()
        if not _is_text(value)
    ]:
        raise LibraryError(faults)
    return {
        key: tuple(value) if isinstance(value, list) else str(value)
        for key, value in values.items()
    }


def _is_text(value: object) -> bool:
    items = value if isinstance(value, list) else [value]
    return all(isinstance(item, str) for item in items)


def _source(folder: Path, name: str, key: str) -> Source:
    """Where a key stands in a texts file, for the fault's text."""
    section, _, last = key.rpartition(".")
    file, here = f"{FOLDER}/{name}", ""
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        if line.startswith("["):
            here = line.strip("[").partition("]")[0].strip()
        elif here == section and line.partition("=")[0].strip() == last:
            return Source(file, number)
    return Source(file, 1)

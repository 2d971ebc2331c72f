"""Commands: "/human", "/language fr", as plain text on every network.

Their English names are always understood; other names, and what a network's menu says of each,
stand in the texts files (`[commands]`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from babel import Locale, UnknownLocaleError

from bot.contract import Command, Profile
from bot.matching.words.text import fold
from bot.texts import Languages, Texts

_WRITTEN = re.compile(r"/([^\W\d_]\w*)(?:\s+(.*))?", re.DOTALL)
"""A slash and a word, and what follows: neither "/5" nor "/a/path" is one."""


class Name(StrEnum):
    """The commands, in the order of menus."""

    START = "start"
    HELP = "help"
    ASK = "ask"
    HUMAN = "human"
    LANGUAGE = "language"
    MYDATA = "mydata"
    FORGET = "forget"


_WITH_ARGUMENT = frozenset({Name.ASK, Name.HUMAN, Name.LANGUAGE})
"""What may follow the others ("/start CODE", "/forget yes") is for no menu."""


@dataclass(frozen=True, slots=True)
class Called:
    """A command as somebody wrote it."""

    name: Name
    argument: str = ""
    language: str = ""
    """The one that this name of it belongs to; empty for the English names, which all use."""


class Commands:
    """Understands commands in every brand language."""

    def __init__(self, languages: Languages) -> None:
        self._languages = tuple(texts.language for texts in languages.texts)
        self._names = {str(name): (name, "") for name in Name}
        for texts in languages.texts:
            for name in Name:
                for other in _other_names(name, texts):
                    self._names.setdefault(other, (name, texts.language))
        self._yes = {
            fold(word) for texts in languages.texts for word in texts.phrases("commands.yes")
        }

    def read(self, text: str) -> Called | None:
        """The command that a message is; HELP where nobody knows it, None where it is none."""
        written = _WRITTEN.fullmatch(text.strip())
        if written is None:
            return None
        name, language = self._names.get(_key(written[1]), (Name.HELP, ""))
        return Called(name, (written[2] or "").strip(), language)

    def confirms(self, argument: str) -> bool:
        """Whether what follows "/forget" says that it is meant."""
        return fold(argument) in self._yes

    def language(self, argument: str) -> str:
        """The brand language that is meant by a code or a name; empty where none is."""
        return self._spoken.get(fold(argument), "")

    @cached_property
    def _spoken(self) -> Mapping[str, str]:
        """Looked up when it is first asked for: what Babel knows of two languages takes 4 MB."""
        return _names_of_languages(self._languages)

    @property
    def choices(self) -> Mapping[str, str]:
        """The brand languages by code, each by its own name."""
        return {language: own_name(language) for language in self._languages}


def menu(languages: Languages) -> tuple[Command, ...]:
    """The commands as networks show them; the first language is the default."""
    return tuple(
        Command(
            name,
            {texts.language: texts.say(f"commands.{name}") for texts in languages.texts},
            _arguments(name, languages.texts),
            _titles(name, languages.texts),
            [other for texts in languages.texts for other in _other_names(name, texts)],
        )
        for name in Name
    )


def profile(languages: Languages) -> Profile:
    """What networks show of the bot; a text that somebody has emptied is left out."""
    short = {texts.language: texts.say("profile.short") for texts in languages.texts}
    long = {texts.language: texts.say("profile.long").strip() for texts in languages.texts}
    return Profile(_filled(short), _filled(long))


def _filled(texts: Mapping[str, str]) -> dict[str, str]:
    return {language: text for language, text in texts.items() if text}


def own_name(language: str) -> str:
    """A language's name in itself, with a capital: "Français"."""
    name = _name(language, language)
    return f"{name[:1].upper()}{name[1:]}"


def _arguments(name: Name, languages: tuple[Texts, ...]) -> dict[str, str]:
    if name not in _WITH_ARGUMENT:
        return {}
    return {texts.language: texts.say(f"commands.{name}_argument") for texts in languages}


def _titles(name: Name, languages: tuple[Texts, ...]) -> dict[str, str]:
    if name is not Name.HUMAN:
        return {}
    return {texts.language: texts.say("commands.human_title") for texts in languages}


def _other_names(name: Name, texts: Texts) -> list[str]:
    return [_key(other) for other in texts.phrases(f"commands.{name}_names")]


def _names_of_languages(languages: tuple[str, ...]) -> dict[str, str]:
    """Each language under its code, and under its name in every language."""
    names = {language: language for language in languages}
    for language in languages:
        for speaker in languages:
            names.setdefault(fold(_name(language, speaker)), language)
    return names


def _name(language: str, speaker: str) -> str:
    """A language's name as its speaker says it; its code where babel does not know it."""
    try:
        return Locale.parse(language).get_language_name(speaker) or language
    except (UnknownLocaleError, ValueError):
        return language


def _key(word: str) -> str:
    return fold(word).replace(" ", "")

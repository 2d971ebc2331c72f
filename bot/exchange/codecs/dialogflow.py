"""Dialogflow ES: an agent's exported folder, with a file for each intent and its phrases.

Source: https://cloud.google.com/dialogflow/es/docs/agents-settings#export.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from bot.exchange.codecs.loading import json_of, listed, mapped, mappings, said
from bot.exchange.items import (
    TRAINED,
    Bundle,
    Imported,
    Item,
    counted,
    language_of,
    some,
    unreadable,
)
from bot.library.files.attributes import slug

_PHRASES = "_usersays_"


def is_ours(names: list[str]) -> bool:
    """Whether a folder's files are those of an agent."""
    parts = [PurePosixPath(name) for name in names]
    return any(part.parent.name == "intents" and part.suffix == ".json" for part in parts)


def read(bundle: Bundle) -> Imported:
    """Read an agent's folder or archive."""
    usual = next(
        (
            said(mapped(json_of(content, name)).get("language"))
            for name, content in bundle.files.items()
            if PurePosixPath(name).name == "agent.json"
        ),
        "",
    )
    found = {
        PurePosixPath(name).stem: (name, content)
        for name, content in sorted(bundle.files.items())
        if PurePosixPath(name).parent.name == "intents" and name.endswith(".json")
    }
    items: list[Item] = []
    mute: list[str] = []
    lost: set[str] = set()
    for stem, (name, content) in found.items():
        if _PHRASES in stem:
            continue
        intent = mapped(json_of(content, name))
        made = list(_items(stem, intent, found, language_of(usual)))
        items += made
        lost |= {key for key in _LOST if intent.get(key)}
        if not made:
            mute.append(said(intent.get("name")) or stem)
    if not found:
        raise unreadable(bundle.name, 1, "there is no folder `intents` with an agent's intents")
    return Imported(tuple(items), tuple(_notes(items, mute, lost)))


_PARAMETER = re.compile(r"[$#]\w[\w.-]*")
_LOST = {
    "webhookUsed": "calls to a webhook",
    "parentId": "which intent follows which",
    "contexts": "contexts",
    "events": "events",
}


def _items(
    stem: str, intent: Mapping[str, Any], found: Mapping[str, tuple[str, bytes]], usual: str
) -> Iterator[Item]:
    """The intent in each language that it has both phrases and a text in."""
    if intent.get("fallbackIntent"):
        return
    answers = _answers(intent, usual)
    name = said(intent.get("name")) or stem
    for other, (file, content) in found.items():
        if not other.startswith(f"{stem}{_PHRASES}"):
            continue
        language = language_of(other.removeprefix(f"{stem}{_PHRASES}"))
        phrases = list(dict.fromkeys(_phrases(json_of(content, file))))
        if phrases and language in answers:
            yield Item(
                key=name,
                question=phrases[0],
                answer=answers[language],
                id=slug(name),
                language=language,
                phrasings=tuple(phrases[1:]),
                told=TRAINED,
            )


def _answers(intent: Mapping[str, Any], usual: str) -> dict[str, str]:
    """The text of an intent's first response in each language."""
    told: dict[str, list[str]] = {}
    for response in mappings(intent.get("responses")):
        for message in mappings(response.get("messages")):
            texts = list(filter(None, map(said, listed(message.get("speech")))))
            language = language_of(said(message.get("lang"))) or usual
            if texts and not said(message.get("platform")):
                told.setdefault(language, []).append(texts[0])
    return {language: "\n\n".join(texts) for language, texts in told.items()}


def _phrases(value: object) -> Iterator[str]:
    for phrase in mappings(value):
        if phrase.get("isTemplate"):  # `@entity:name` stands in it
            continue
        text = "".join(said(part.get("text")) for part in mappings(phrase.get("data")))
        if text.strip():
            yield " ".join(text.split())


def _notes(items: list[Item], mute: list[str], lost: set[str]) -> Iterator[str]:
    if items:
        yield "an intent has no title: its first phrase is taken for the question"
        yield "where a response has several wordings, the first is taken"
    filled = sum(bool(_PARAMETER.search(item.answer)) for item in items)
    if filled:
        yield f"{counted(filled, 'answer')} with a parameter (`$name`): put words in its place"
    if mute:
        yield f"left out, since they have no phrases or no text: {some(mute)}"
    if lost:
        yield f"left out: {', '.join(_LOST[key] for key in sorted(lost))}"

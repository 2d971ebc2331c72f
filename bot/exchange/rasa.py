"""Rasa: intents with their examples, and the responses that answer them.

Source: https://legacy-docs-oss.rasa.com/docs/rasa/training-data-format and /responses.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.exchange.items import TRAINED, Bundle, Imported, Item, counted, some, unreadable
from bot.exchange.loading import listed, mapped, mappings, said, yaml_of

_KEYS = frozenset({"nlu", "responses", "rules", "stories", "intents", "actions"})
_ENTITY = re.compile(r"\[([^\[\]]+)\](?:\([^()]*\)|\{[^{}]*\})")
_SLOT = re.compile(r"\{\w+\}")


def is_ours(value: object) -> bool:
    """Whether a YAML value is training data or a domain of Rasa's."""
    return bool(_KEYS & set(mapped(value))) and "entries" not in mapped(value)


def read(bundle: Bundle) -> Imported:
    """Read a project's folder, or one file that has both intents and responses."""
    examples: dict[str, list[str]] = {}
    responses: dict[str, Any] = {}
    answers: dict[str, str] = {}
    for name, content in sorted(bundle.files.items()):
        if not name.lower().endswith((".yml", ".yaml")):
            continue
        value = yaml_of(content, name)
        if not is_ours(value):
            continue
        for block in mappings(mapped(value).get("nlu")):
            if intent := said(block.get("intent")):
                examples.setdefault(intent, []).extend(_examples(block.get("examples")))
        responses.update(mapped(mapped(value).get("responses")))
        for rule in mappings(mapped(value).get("rules")):
            answers.update(_answered(rule))
    if not examples or not responses:
        raise unreadable(
            bundle.name,
            1,
            "a Rasa import needs intents with examples (nlu:) and responses (responses:): name the "
            "project's folder, which has both nlu.yml and domain.yml",
        )
    return _imported(examples, responses, answers)


def _imported(
    examples: Mapping[str, list[str]], responses: Mapping[str, Any], answers: Mapping[str, str]
) -> Imported:
    items: list[Item] = []
    mute: list[str] = []
    chosen = filled = 0
    for intent, phrasings in examples.items():
        name = answers.get(intent, f"utter_{intent}")
        said_so = responses.get(name, responses.get(f"utter_{intent}"))
        texts = list(filter(None, map(_response, mappings(said_so))))
        if not texts or not phrasings:
            mute.append(intent)
            continue
        chosen += len(texts) > 1
        filled += bool(_SLOT.search(texts[0]))
        items.append(
            Item(
                key=intent,
                question=phrasings[0],
                answer=texts[0],
                id=intent.replace("/", "."),
                phrasings=tuple(phrasings[1:]),
                told=TRAINED,
            )
        )
    return Imported(tuple(items), tuple(_notes(items, mute, chosen, filled)))


def _notes(items: list[Item], mute: list[str], chosen: int, filled: int) -> Iterator[str]:
    if items:
        yield "an intent has no title: its first example is taken for the question"
        yield "slots, forms, buttons, stories and synonyms are left out"
    if mute:
        yield f"left out, since they have no examples or no text that answers: {some(mute)}"
    if chosen:
        yield f"{counted(chosen, 'response')} had several wordings: the first is taken"
    if filled:
        yield f"{counted(filled, 'answer')} with a slot in braces: put words in their place"


def _examples(value: object) -> Iterator[str]:
    """Examples, from a text with a line each or a list, without the names of entities."""
    lines = value.splitlines() if isinstance(value, str) else listed(value)
    for line in lines:
        text = said(line) or said(mapped(line).get("text"))
        text = _ENTITY.sub(r"\1", text.strip().removeprefix("-").strip())
        if text:
            yield text


def _answered(rule: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The intent of a rule of two steps, and the response it is answered with."""
    steps = list(mappings(rule.get("steps")))
    intents = [said(step["intent"]) for step in steps if "intent" in step]
    actions = [said(step["action"]) for step in steps if "action" in step]
    if len(intents) == 1 and actions and actions[0].startswith("utter_"):
        yield intents[0], actions[0]


def _response(wording: Mapping[str, Any]) -> str:
    """A wording's text, with its picture's address."""
    text, image = said(wording.get("text")).strip(), said(wording.get("image")).strip()
    return "\n\n".join(filter(None, (text, f"<{image}>" if text and image else image)))

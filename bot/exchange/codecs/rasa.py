"""Rasa: intents with their examples, and the responses that answer them.

Source: https://legacy-docs-oss.rasa.com/docs/rasa/training-data-format and /responses.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.exchange.codecs.loading import listed, mapped, mappings, said, yaml_of
from bot.exchange.items import TRAINED, Bundle, Imported, Item, counted, some, unreadable

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
    rules: list[Mapping[str, Any]] = []
    stories: list[Mapping[str, Any]] = []
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
        rules += mappings(mapped(value).get("rules"))
        stories += mappings(mapped(value).get("stories"))
    if not examples or not responses:
        raise unreadable(
            bundle.name,
            1,
            "a Rasa import needs intents with examples (nlu:) and responses (responses:): name the "
            "project's folder, which has both nlu.yml and domain.yml (in Markdown, as before Rasa "
            "2, they are not read: `rasa data convert nlu` makes YAML of them)",
        )
    return _imported(examples, responses, _Answered(responses, rules, stories))


class _Answered:
    """Which responses an intent is answered with.

    A rule says so; else there is a response of the intent's name; else all stories that begin with
    the intent agree: further on it means what it does ("yes") because of what came before. A rule
    that holds only in a form (`condition`) is none.
    """

    def __init__(
        self,
        responses: Mapping[str, Any],
        rules: Iterable[Mapping[str, Any]],
        stories: Iterable[Mapping[str, Any]],
    ) -> None:
        self._responses = responses
        self._rules = _answered(rule for rule in rules if not rule.get("condition"))
        self._stories = _answered(stories)

    def names(self, intent: str) -> tuple[str, ...]:
        """Their names, in the order in which they are said; none where it cannot be told."""
        for told in (self._rules.get(intent, ()), self._stories.get(intent, ())):
            if len(told) == 1 and all(name in self._responses for name in told[0]):
                return told[0]
            if f"utter_{intent}" in self._responses:
                return (f"utter_{intent}",)
        return ()


def _answered(flows: Iterable[Mapping[str, Any]]) -> dict[str, tuple[tuple[str, ...], ...]]:
    """For each intent that begins one, the different runs of responses right behind it."""
    found: dict[str, dict[tuple[str, ...], None]] = {}
    for flow in flows:
        steps = list(mappings(flow.get("steps")))
        for place, step in enumerate(steps):
            ways = mappings(step.get("or")) if "or" in step else (step,)
            intents = [intent for way in ways if (intent := said(way.get("intent")))]
            run: list[str] = []
            for after in steps[place + 1 :]:
                name = said(after.get("action"))
                if not name.startswith("utter_"):
                    break
                run.append(name)
            for intent in intents:
                found.setdefault(intent, {})[tuple(run)] = None
            if intents:
                break
    return {intent: tuple(filter(None, runs)) for intent, runs in found.items()}


def _imported(
    examples: Mapping[str, list[str]], responses: Mapping[str, Any], answered: _Answered
) -> Imported:
    items: list[Item] = []
    mute: list[str] = []
    chosen = filled = 0
    for intent, phrasings in examples.items():
        ways = [_texts(responses.get(name)) for name in answered.names(intent)]
        texts = [some[0] for some in ways if some]
        if not texts or not phrasings:
            mute.append(intent)
            continue
        answer = "\n\n".join(texts)
        chosen += any(len(some) > 1 for some in ways)
        filled += bool(_SLOT.search(answer))
        items.append(
            Item(
                key=intent,
                question=phrasings[0],
                answer=answer,
                id=intent.replace("/", "."),
                phrasings=tuple(phrasings[1:]),
                told=TRAINED,
            )
        )
    return Imported(tuple(items), tuple(_notes(items, mute, chosen, filled)))


def _texts(response: object) -> list[str]:
    """Its wordings, those first that hold for everybody: on all channels, whatever is known."""
    ways = sorted(
        mappings(response), key=lambda way: bool(way.get("condition") or way.get("channel"))
    )
    return list(filter(None, map(_response, ways)))


def _notes(items: list[Item], mute: list[str], chosen: int, filled: int) -> Iterator[str]:
    if items:
        yield "an intent has no title: its first example is taken for the question"
        yield "slots, forms, buttons, longer stories and synonyms are left out"
    if mute:
        yield f"left out, since they have no examples or no text that answers: {some(mute)}"
    if chosen:
        yield (
            f"{counted(chosen, 'response')} had several wordings: the first is taken, of those "
            "without a condition"
        )
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


def _response(wording: Mapping[str, Any]) -> str:
    """A wording's text, with its picture's address."""
    text, image = said(wording.get("text")).strip(), said(wording.get("image")).strip()
    return "\n\n".join(filter(None, (text, f"<{image}>" if text and image else image)))

"""Small FAQs in the formats of other programs, and reading them."""

import json
from pathlib import Path

from bot.exchange import formats
from bot.exchange.gathering import gather
from bot.exchange.items import Bundle, Imported, Item
from bot.rendering.web import web

RASA_DOMAIN = """\
version: "3.1"
responses:
  utter_greet:
  - text: "Hey! {name}"
  - text: "Hello"
  utter_faq/hours:
  - text: |
      We open at **nine**.
  utter_parking:
  - text: Behind the shop.
    image: https://x.example/p.png
"""

RASA_NLU = """\
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hi
    - hello [Anna](name)
- intent: faq/hours
  examples: |
    - when do you open
    - are you open on [Sunday]{"entity": "day"}
- intent: park
  examples: |
    - where to park
- intent: mute
  examples: |
    - nothing
rules:
- rule: parking
  steps:
  - intent: park
  - action: utter_parking
"""

MICROSOFT = "\n".join(
    "\t".join(row)
    for row in (
        ("Question", "Answer", "Source", "Metadata", "Prompts", "QnaId"),
        ("Mars?", r"Not **yet**.\nAsk later.", "Editorial", "category:space", "[]", "1"),
        ("mars delivery", r"Not **yet**.\nAsk later.", "Editorial", "category:space", "[]", "1"),
        ("Kettle?", "Press.", "a.pdf", '[{"name": "device", "value": "Kettle 2"}]', "[{}]", "2"),
    )
)

INTENT = {
    "name": "Loyalty.points",
    "webhookUsed": True,
    "responses": [
        {
            "messages": [
                {"lang": "en", "speech": ["One a euro.", "One."]},
                {"lang": "en", "speech": "Since 2020."},
                {"lang": "fr", "speech": "Un par euro."},
                {"lang": "en", "platform": "facebook", "speech": "Elsewhere."},
            ]
        }
    ],
}
PHRASES = [
    {"data": [{"text": "points per "}, {"text": "euro", "alias": "x"}]},
    {"data": [{"text": "loyalty"}]},
]

CHATWOOT = {
    "payload": [
        {
            "id": 7,
            "title": "Using it offline",
            "content": "# Offline\n\nOpen it **once** online.",
            "status": "published",
            "slug": "1712345678-using-it-offline",
            "category": {"id": 1, "name": "App", "slug": "app", "locale": "en"},
        },
        {"id": 8, "title": "Draft", "content": "x", "status": "draft"},
    ]
}

ZAMMAD = {
    "KnowledgeBaseLocale": {"3": {"id": 3, "system_locale_id": 9}},
    "Locale": {"9": {"id": 9, "locale": "fr-fr"}},
    "KnowledgeBaseAnswer": {
        "5": {"id": 5, "category_id": 2, "published_at": "2024-01-01", "tags": ["Cafetière"]},
        "6": {"id": 6, "category_id": 2, "published_at": None},
    },
    "KnowledgeBaseCategoryTranslation": {
        "1": {"title": "Machines", "category_id": 2, "kb_locale_id": 3}
    },
    "KnowledgeBaseAnswerTranslation": {
        "6": {"title": "Détartrer", "answer_id": 5, "kb_locale_id": 3, "content_id": 4},
        "7": {"title": "Secret", "answer_id": 6, "kb_locale_id": 3, "content_id": 4},
    },
    "KnowledgeBaseAnswerTranslationContent": {
        "4": {"body": "<p>Du <b>vinaigre</b>.</p><ul><li>Remplir</li><li>Rincer</li></ul>"}
    },
}


def agent(folder: Path) -> Path:
    """A Dialogflow agent's folder."""
    intents = folder / "intents"
    intents.mkdir(parents=True)
    (folder / "agent.json").write_text('{"language": "en"}')
    (intents / "Loyalty.points.json").write_text(json.dumps(INTENT))
    (intents / "Loyalty.points_usersays_en.json").write_text(json.dumps(PHRASES))
    (intents / "Loyalty.points_usersays_fr.json").write_text('[{"data": [{"text": "mes points"}]}]')
    (intents / "Fallback.json").write_text('{"name": "Fallback", "fallbackIntent": true}')
    return folder


def rasa(folder: Path) -> Path:
    """A Rasa project's folder."""
    (folder / "data").mkdir(parents=True)
    (folder / "domain.yml").write_text(RASA_DOMAIN)
    (folder / "data" / "nlu.yml").write_text(RASA_NLU)
    (folder / "config.yml").write_text("pipeline: []\n")
    return folder


def read(content: str | bytes, name: str, format_name: str = "") -> Imported:
    """Read one file of that name."""
    data = content.encode() if isinstance(content, str) else content
    return formats.read(Bundle(name, {name: data}), format_name)


def read_path(path: Path) -> Imported:
    """Read a file or folder on disk."""
    return formats.read(gather(path))


def one(imported: Imported) -> Item:
    """The only item."""
    (item,) = imported.items
    return item


def html(markdown: str) -> str:
    """An answer as a page of the brand has it."""
    return web(markdown, {})

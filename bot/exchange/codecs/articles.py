"""Articles of help centres: Chatwoot's and Zammad's, as their interfaces give them out.

Sources: GET /api/v1/accounts/ID/portals/SLUG/articles of Chatwoot, whose content is Markdown, and
POST /api/v1/knowledge_bases/init of Zammad, whose content is HTML.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.exchange.codecs.html import to_markdown
from bot.exchange.codecs.loading import json_of, listed, mapped, mappings, said
from bot.exchange.items import (
    ASKED,
    Bundle,
    Imported,
    Item,
    counted,
    key_of,
    language_of,
    unreadable,
)
from bot.library.files.attributes import slug

_COUNTS = ("articles_count", "all_articles_count")
_TRANSLATIONS = "KnowledgeBaseAnswerTranslation"


def is_chatwoot(value: object) -> bool:
    """Whether it is a list of articles."""
    return any("title" in one and "content" in one for one in _articles(value))


def is_zammad(value: object) -> bool:
    """Whether it holds a knowledge base's answers."""
    return _TRANSLATIONS in _assets(value)


def read_chatwoot(bundle: Bundle) -> Imported:
    """Read articles; drafts and archived ones are left out."""
    value = json_of(bundle.only, bundle.name)
    found = list(_articles(value))
    items = [_article(one) for one in found if said(one.get("status")) in {"", "published", "1"}]
    kept = [item for item in items if item.question.strip() and item.answer.strip()]
    if not kept:
        raise unreadable(bundle.name, 1, "there is no published article in it")
    left = _left(len(found) - len(kept), "article", "not published, or empty")
    return Imported(tuple(kept), (*left, *_other_pages(value, len(found))))


def _other_pages(value: object, here: int) -> Iterator[str]:
    """Chatwoot gives 25 at a time, and says how many there are."""
    meta = mapped(mapped(value).get("meta"))
    there = max(
        (int(said(meta.get(key)) or 0) for key in _COUNTS if _is_number(meta.get(key))), default=0
    )
    if there > here:
        yield f"{here} of {there} articles are in it: import the other pages too (`?page=2`, …)"


def _is_number(value: object) -> bool:
    return said(value).isdecimal() and len(said(value)) < 10


def _articles(value: object) -> Iterator[Mapping[str, Any]]:
    payload = mapped(value).get("payload", value)
    articles = mapped(payload).get("articles", payload)
    return mappings(articles if isinstance(articles, list) else mapped(articles) or None)


def _article(one: Mapping[str, Any]) -> Item:
    category = mapped(one.get("category"))
    title, name = said(one.get("title")), said(one.get("slug"))
    portal = mapped(mapped(one.get("portal")).get("config"))
    locale = said(one.get("locale")) or said(category.get("locale"))
    told = ASKED | ({"category"} if category.get("name") else set())
    return Item(
        key=f"article-{said(one.get('id'))}" if one.get("id") else name or key_of(title),
        question=title,
        answer=said(one.get("content")),
        id=_unnumbered(name),
        language=language_of(locale or said(portal.get("default_locale"))),
        category=said(category.get("name")),
        told=told,
    )


def _unnumbered(name: str) -> str:
    """A slug without the moment that Chatwoot puts before it."""
    head, _, rest = name.partition("-")
    return slug(rest if head.isdecimal() and len(head) >= 9 and rest else name)


def read_zammad(bundle: Bundle) -> Imported:
    """Read a knowledge base; answers that are not public are left out."""
    assets = _assets(json_of(bundle.only, bundle.name))
    if not assets.get(f"{_TRANSLATIONS}Content") and not _with_contents(assets):
        raise unreadable(bundle.name, 1, _NO_TEXTS)
    answers = mapped(assets.get("KnowledgeBaseAnswer"))
    found = list(mapped(assets.get(_TRANSLATIONS)).values())
    items = [
        item
        for one in found
        if isinstance(one, dict)
        and _published(mapped(answers.get(said(one.get("answer_id")))))
        and (item := _translation(one, assets))
    ]
    if not items:
        raise unreadable(bundle.name, 1, "there is no published answer with a text in it")
    return Imported(tuple(items), _left(len(found) - len(items), "answer", "not public, or empty"))


_NO_TEXTS = (
    "the texts of the answers are not in it: ask knowledge_bases/init once more, with their "
    '`content_id`s as {"answer_translation_content_ids": [1, 2, …]}, and import that answer'
)


def _with_contents(assets: Mapping[str, Any]) -> bool:
    return any(mapped(one).get("content") for one in mapped(assets.get(_TRANSLATIONS)).values())


def _assets(value: object) -> Mapping[str, Any]:
    return mapped(mapped(value).get("assets", value))


def _published(answer: Mapping[str, Any]) -> bool:
    return not answer or (bool(answer.get("published_at")) and not answer.get("archived_at"))


def _translation(one: Mapping[str, Any], assets: Mapping[str, Any]) -> Item | None:
    contents = mapped(assets.get(f"{_TRANSLATIONS}Content"))
    content = mapped(one.get("content")) or mapped(contents.get(said(one.get("content_id"))))
    title, answer = said(one.get("title")).strip(), to_markdown(said(content.get("body")))
    if not title or not answer:
        return None
    parent = mapped(mapped(assets.get("KnowledgeBaseAnswer")).get(said(one.get("answer_id"))))
    locale = said(one.get("kb_locale_id"))
    category = _category(parent, locale, assets)
    tags = [slug(said(tag)) for tag in listed(parent.get("tags"))]
    return Item(
        key=f"answer-{said(one.get('answer_id'))}",
        question=title,
        answer=answer,
        language=_language(locale, assets),
        category=category,
        tags=tuple(filter(None, dict.fromkeys(tags))),
        told=ASKED | ({"category"} if category else set()) | ({"tags"} if tags else set()),
        converted=True,
    )


def _language(locale: str, assets: Mapping[str, Any]) -> str:
    own = mapped(mapped(assets.get("KnowledgeBaseLocale")).get(locale))
    system = mapped(mapped(assets.get("Locale")).get(said(own.get("system_locale_id"))))
    return language_of(said(system.get("locale")))


def _category(answer: Mapping[str, Any], locale: str, assets: Mapping[str, Any]) -> str:
    """The title of an answer's category in that language."""
    for one in mapped(assets.get("KnowledgeBaseCategoryTranslation")).values():
        told = mapped(one)
        if (said(told.get("category_id")), said(told.get("kb_locale_id"))) == (
            said(answer.get("category_id")),
            locale,
        ):
            return said(told.get("title"))
    return ""


def _left(number: int, one: str, why: str) -> tuple[str, ...]:
    return (f"{counted(number, one)} left out: {why}",) if number else ()

"""An entry that is about to be saved: as each network would show it, and what a check finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from markupsafe import Markup

from bot.contract import Handler
from bot.core.charter.vetting import Vetting
from bot.core.conversation.decisions import Mind
from bot.core.faq.curating import Proposal
from bot.library.editing.editor import Edit
from bot.library.rules.charter import dangling
from bot.models import Library, Reply
from bot.rendering import showing, web
from bot.review import links
from bot.review.findings import Finding, Kind, Places, of
from bot.review.replay import Summary, meet_with, replay
from bot.store.faq.questions import Asked


@dataclass(frozen=True, slots=True)
class Preview:
    """An answer on one network, or on several that show it alike."""

    accounts: tuple[str, ...]
    messages: tuple[Markup, ...]
    """The sends that it takes; more than one where it is too long."""
    hosted: bool
    """They are HTML blocks of our own page; else text whose line ends count."""


def previews(answer: str, handlers: Mapping[str, Handler]) -> tuple[Preview, ...]:
    """How these networks would show an answer, Markdown."""
    found: dict[tuple[tuple[Markup, ...], bool], list[str]] = {}
    for account, handler in handlers.items():
        hosted = handler.capabilities.hosting is not None
        parts = handler.parts(Reply(answer))
        render = web if hosted else showing.chat
        messages = tuple(Markup(render(part.text)) for part in parts)  # noqa: S704  # both are safe
        found.setdefault((messages, hosted), []).append(account)
    return tuple(
        Preview(tuple(accounts), messages, hosted) for (messages, hosted), accounts in found.items()
    )


def findings(edit: Edit, vetting: Vetting, faq: Path) -> tuple[Finding, ...]:
    """What `comptoir check` would say of the answer alone: its links and files, and the charter.

    Args:
        edit: that is not written yet.
        vetting: by the charter in force.
        faq: the FAQ folder, or the FAQ where that is one file.
    """

    def contents(path: Path) -> bytes:
        return edit.after if path == edit.path else path.read_bytes()

    entry = edit.entry
    kept = (one if one == entry else replace(one, answer="") for one in edit.library.entries)
    library = Library(tuple(kept), edit.library.hash)
    broken = of(Kind.CHARTER, vetting.answers(Library((entry,), "")))
    return (
        *missed(edit, vetting),
        *broken,
        *links.look(library, Places(faq, contents), whole=True),
    )


def missed(edit: Edit, vetting: Vetting) -> tuple[Finding, ...]:
    """What the charter names and the FAQ will not have: faults, with which nothing goes live."""
    return tuple(of(Kind.FILE, dangling(vetting.charter, edit.library)))


def replayed(questions: Sequence[Asked], mind: Mind, proposal: Proposal) -> Summary:
    """What the edit would change of what is answered now."""
    then = replace(mind, library=proposal.edit.library, matcher=proposal.matcher)
    return replay(questions, meet_with(mind), meet_with(then))

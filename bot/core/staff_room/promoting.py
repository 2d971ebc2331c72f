"""From a staff room to the FAQ: what would be written is shown there, and written at a press."""

from bot.contract import Post
from bot.core.faq.promoting import LIKELY, Draft, Promoting, Proposal, Wish
from bot.core.staff_room.voice import Voice, cut
from bot.errors import ComptoirError, Conflict, LibraryError
from bot.escalation import Escalation
from bot.models import Choice
from bot.store.audit import By

_SHOWN = 24
"""Characters of a difference's digest that a button carries."""
_DIFF = 2500
"""Units of a difference that are shown."""
_FILES = {"+++", "---"}


class FaqDesk:
    """Promotes what was answered, in two presses."""

    def __init__(self, promoting: Promoting) -> None:
        self._promoting = promoting

    async def pressed(self, act: str, about: str, item: Escalation, by: By, voice: Voice) -> Post:
        """Show the difference ("promote"), or write the one that was shown ("faq_write")."""
        try:
            draft = await self._promoting.draft(item.id)
            wish = _wish(draft)
            proposal = await self._promoting.propose(item.id, wish)
            if act == "promote":
                return _shown(draft, proposal, item, voice)
            if not about or not proposal.digest.startswith(about):
                return Post(voice.say("faq_changed"))
            await self._promoting.accept(item.id, wish, proposal.digest, by)
        except Conflict as error:
            return Post(voice.say("undone", reason=voice.texts.tell(error.args[0])))
        except LibraryError as error:
            reason = voice.texts.tell_faults(error.faults)
            return Post(voice.say("faq_desk", reason=reason, address=_page(item, voice)))
        except ComptoirError as error:
            reason = voice.texts.tell(error.args[0])
            return Post(voice.say("faq_desk", reason=reason, address=_page(item, voice)))
        return Post(voice.say("faq_done", entry=proposal.edit.entry.id))


def _wish(draft: Draft) -> Wish:
    """A phrasing of the entry that it asks for already, else an entry of its own."""
    if draft.near and draft.near[0].match.entry.language == draft.language:
        return Wish(draft.language, draft.question, entry_id=draft.near[0].match.entry.id)
    file = draft.files[0] if draft.files else ""
    return Wish(draft.language, draft.question, answer=draft.answer, file=file, id=draft.id)


def _page(item: Escalation, voice: Voice) -> str:
    return f"{voice.address(item.id)}/promote"


def _shown(draft: Draft, proposal: Proposal, item: Escalation, voice: Voice) -> Post:
    if proposal.details:
        reason = voice.say("faq_personal")
        return Post(voice.say("faq_desk", reason=reason, address=_page(item, voice)))
    edit = proposal.edit
    changed = [one for one in edit.diff.splitlines() if one[:1] in "+-" and one[:3] not in _FILES]
    near = [one.match.entry.id for one in draft.near if one.match.probability >= LIKELY]
    text = "\n".join(
        [
            *([voice.say("faq_near", entries=", ".join(near))] if near else []),
            voice.say("faq_diff", file=edit.file),
            cut("\n".join(changed), _DIFF),
            voice.say("desk", address=_page(item, voice)),
        ]
    )
    write = Choice(f"faq_write:{proposal.digest[:_SHOWN]}", voice.say("faq_write"))
    return Post(text, (write,))

"""The page on which an answer becomes part of the FAQ: what is asked, the difference, and a yes."""

from dataclasses import dataclass, replace
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from bot.core.faq.promoting import Draft, Proposal, Wish
from bot.errors import Conflict, LibraryError, NotFound, Unusable
from bot.models import Entry
from bot.web.api.schemas import MAX_REPLY
from bot.web.auth import Session
from bot.web.desk.forms import Id
from bot.web.desk.guard import field
from bot.web.desk.shell import Shell

_PHRASING, _ENTRY = "phrasing", "entry"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What stands in the form, and what came of it."""

    kind: str
    wish: Wish
    proposal: Proposal | None = None
    alert: str = ""
    status: int = 200


class PromotePage:
    """The page, and its two steps."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._services = shell.services

    async def page(self, request: Request, id_: Id) -> Response:
        """The draft of a phrasing or an entry, to be looked at and changed."""
        session = await self._shell.admitted(request)
        return await self._shown(request, session, id_)

    async def step(self, request: Request, id_: Id) -> Response:
        """Show the difference, or write the one that was shown."""
        words = self._shell.words(request)
        session = await self._shell.guard.session(request)
        if session is None:
            return self._shell.login(request, 401, words("session_ended"))
        async with request.form() as form:
            if refusal := self._shell.refusal(request, form, session):
                return refusal
            asked = _read(form)
            digest = field(form, "digest")
        promoting, wish = self._services.aids.promoting, asked.wish
        try:
            if digest:
                proposal = await promoting.accept(id_, wish, digest, session.by)
                entry = quote(proposal.edit.entry.id)
                return RedirectResponse(f"/desk/escalations/{id_}?promoted={entry}", 303)
            asked = replace(asked, proposal=await promoting.propose(id_, wish))
        except NotFound:
            return self._shell.message(request, 404, "missing")
        except Unusable as error:
            alert = words(f"unusable_{error.reason}", most=error.most, detail=words.why(error))
            asked = replace(asked, alert=alert, status=422)
        except LibraryError as error:
            alert = words("promote_faults", detail=words.faults(error))
            asked = replace(asked, alert=alert, status=422)
        except Conflict as error:
            key = f"conflict_{error.why}" if error.why else "promote_conflict"
            asked = await self._again(id_, asked, words(key, detail=words.why(error)))
        return await self._shown(request, session, id_, asked)

    async def _again(self, id_: int, asked: _Asked, alert: str) -> _Asked:
        """The difference to the file as it is now, where it has been changed."""
        try:
            proposal = await self._services.aids.promoting.propose(id_, asked.wish)
        except (Conflict, LibraryError, Unusable):
            return replace(asked, alert=alert, status=409)
        return replace(asked, proposal=proposal, alert=alert, status=409)

    async def _shown(
        self, request: Request, session: Session, id_: int, asked: _Asked | None = None
    ) -> Response:
        words = self._shell.words(request)
        try:
            draft = await self._services.aids.promoting.draft(id_)
        except NotFound:
            return self._shell.message(request, 404, "missing")
        except Conflict as error:
            return self._shell.message(request, 409, "promote_conflict", detail=words.why(error))
        asked = asked or _first(draft)
        context = {
            "session": session,
            "draft": draft,
            "item": draft.item,
            "asked": asked,
            "wish": asked.wish,
            "proposal": asked.proposal,
            "entries": _entries(draft, self._services.aids.promoting.library.entries),
        }
        return self._shell.html("desk/promote.html", words, context, asked.status)


def _first(draft: Draft) -> _Asked:
    """What the form proposes at first: a phrasing where an entry is likely meant."""
    near = [one.match.entry for one in draft.near if one.match.entry.language == draft.language]
    wish = Wish(
        language=draft.language,
        question=draft.question,
        entry_id=near[0].id if near else "",
        answer=draft.answer,
        file=draft.files[0] if draft.files else f"{draft.language}/faq.md",
    )
    return _Asked(_PHRASING if near else _ENTRY, wish)


def _entries(draft: Draft, entries: tuple[Entry, ...]) -> list[Entry]:
    """The entries that may be given a phrasing, the likeliest first."""
    likely = [one.match.entry.id for one in draft.near]
    own = [entry for entry in entries if entry.language == draft.language]
    return sorted(own, key=lambda one: likely.index(one.id) if one.id in likely else len(likely))


def _read(form: FormData) -> _Asked:
    kind = _PHRASING if field(form, "kind") == _PHRASING else _ENTRY
    text = {
        name: field(form, name).replace("\r\n", "\n").strip()[:MAX_REPLY]
        for name in ("language", "question", "entry", "answer", "file", "category", "id", "tags")
    }
    wish = Wish(
        language=text["language"],
        question=text["question"],
        entry_id=text["entry"] if kind == _PHRASING else "",
        answer=text["answer"],
        file=text["file"],
        category=text["category"],
        id=text["id"],
        tags=tuple(text["tags"].split()),
    )
    return _Asked(kind, wish)


def router(shell: Shell) -> APIRouter:
    """The routes of the page."""
    page = PromotePage(shell)
    routes = APIRouter(prefix="/desk", include_in_schema=False)
    routes.add_api_route("/escalations/{id}/promote", page.page, methods=["GET"])
    routes.add_api_route("/escalations/{id}/promote", page.step, methods=["POST"])
    return routes

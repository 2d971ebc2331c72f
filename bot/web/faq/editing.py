"""An entry of the FAQ on its page: as it stands, how it served, and the form that changes it.

Saving takes two steps: what would come of it is shown first, and only what was shown is written.
Whoever saves an entry that somebody else has saved meanwhile is shown both changes put together.
"""

from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from bot.core.faq.correcting import USUAL_DAYS
from bot.core.faq.curating import Addition, Change, Proposal, Removal, Wish
from bot.core.faq.gaps import Gap
from bot.core.privacy.masking import mask
from bot.errors import Conflict, LibraryError, NotFound
from bot.library.editing.changing import Written
from bot.library.editing.editor import NewEntry, unused_id
from bot.library.editing.merging import merge
from bot.models import Entry
from bot.review.findings import Finding
from bot.review.replay import Summary
from bot.store.faq import questions, usage
from bot.store.faq.gaps import Decision
from bot.store.faq.usage import Use
from bot.store.reading import number
from bot.web.auth import Session
from bot.web.desk.guard import field as text_of
from bot.web.faq.browsing import WINDOW, categories
from bot.web.faq.previews import Preview, findings, missed, previews, replayed
from bot.web.faq.shell import HERE, FaqShell

_LONGEST = 20_000
"""Characters of one field."""
_LATELY = 10
_REPLAYED = 300
"""Questions, the latest, that are asked anew before an edit is written."""
_WRITTEN = TypeAdapter(Written)

EntryId = Annotated[str, Path(max_length=200)]
Language = Annotated[str, Path(pattern="^[a-z]{2}$")]


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in the form, and what came of it."""

    written: Written
    base: str = ""
    """The entry as it stood when the form was filled in, so that later changes are noticed."""
    phrasings: str = ""
    """One a line, as they are typed."""
    file: str = ""
    category: str = ""
    entry_id: str = ""
    """Those three of a new entry."""
    proposal: Proposal | None = None
    previews: tuple[Preview, ...] = ()
    findings: tuple[Finding, ...] = ()
    replayed: Summary | None = None
    """What becomes of the latest questions."""
    alert: str = ""
    clashes: tuple[str, ...] = ()
    """Fields that somebody else has changed as well."""
    theirs: Written | None = None
    """What somebody else has saved meanwhile."""
    status: int = 200
    removes: bool = False
    wish: Wish | None = field(default=None, repr=False)
    subject: int | None = None
    """The id of the questions that it is to answer, where it was proposed for some."""


class EditPages:
    """The page of an entry, and that of a new one."""

    def __init__(self, shell: FaqShell) -> None:
        self._shell = shell
        self._services = shell.services
        self._curating = shell.services.aids.curating

    # ── an entry that is there ───────────────────────────────────────────────────────────────────

    async def entry(self, request: Request, language: Language, entry_id: EntryId) -> Response:
        """The entry, and the form."""
        session = await self._shell.admitted(request)
        return await self._shown(request, session, language, entry_id)

    async def _first(self, request: Request, language: str, entry_id: str) -> Form:
        """The entry as it stands, with the wording that is proposed for it; raises LibraryError."""
        now = await self._curating.written(entry_id, language)
        wordings, gap = now.phrasings, await self._gap(request.query_params.get("subject", ""))
        if gap and gap.language == language and gap.question not in wordings:
            wordings = (*wordings, gap.question)
        return Form(now, _dump(now), "\n".join(wordings), subject=gap.id if gap else None)

    async def _gap(self, sent: str) -> Gap | None:
        """The questions that a page was asked for, as far as they are open."""
        gap_id = number(sent)
        if gap_id is None:
            return None
        try:
            return await self._services.aids.gaps.one(gap_id)
        except NotFound:
            return None

    async def _settle(self, gap: Gap | None, session: Session) -> None:
        """What was proposed for some questions is in the FAQ."""
        if gap:
            await self._services.aids.gaps.decide(gap, Decision.ACCEPTED, session.by)

    async def change(self, request: Request, language: Language, entry_id: EntryId) -> Response:
        """Show what a change would do, or write the one that was shown."""
        session, sent = await self._shell.meant(request)
        form = replace(_read(sent), removes=text_of(sent, "do") in {"remove", "removed"})
        try:
            now = await self._curating.written(entry_id, language)
        except LibraryError as error:
            form = replace(form, alert=self._faults(request, error), status=422)
            return await self._shown(request, session, language, entry_id, form)
        form = self._merged(request, form, now)
        if form.removes:
            form = replace(form, written=now, wish=Removal(entry_id, language))
        else:
            form = replace(form, wish=Change(entry_id, language, form.written))
        written = text_of(sent, "do") in {"save", "removed"} and not form.alert
        gap = await self._gap(text_of(sent, "subject")) if written else None
        done = await self._step(request, session, form, text_of(sent, "digest") if written else "")
        if isinstance(done, Form):
            return await self._shown(request, session, language, entry_id, done)
        come = _unkept(done) + await self._waits(entry_id, language)
        if form.removes:
            return RedirectResponse(f"{HERE}?removed={quote(entry_id)}{come}", 303)
        await self._settle(gap, session)
        return RedirectResponse(f"{address(language, entry_id)}?saved=1{come}", 303)

    async def _waits(self, entry_id: str, language: str) -> str:
        """What tells the page that comes next that the files' faults keep an entry from being live.

        Empty where it is.
        """
        live = not self._services.faults() or await self._curating.is_live(entry_id, language)
        return "" if live else "&waits=1"

    def _merged(self, request: Request, form: Form, now: Written) -> Form:
        """The form, with what somebody else has saved since it was filled in."""
        try:
            base = _WRITTEN.validate_json(form.base)
        except ValidationError:
            base = now
        form = replace(form, base=_dump(now))
        if base == now or form.removes:
            return form
        merged = merge(base, form.written, now)
        words = self._shell.desk.words(request)
        return replace(
            form,
            written=merged.written,
            phrasings="\n".join(merged.written.phrasings),
            clashes=merged.clashes,
            theirs=now,
            alert=words("faq_clash" if merged.clashes else "faq_merged"),
            status=409,
        )

    async def _shown(
        self,
        request: Request,
        session: Session,
        language: str,
        entry_id: str,
        form: Form | None = None,
    ) -> Response:
        services = self._services
        entry = services.mind().library.find(entry_id, language)
        if entry is None or entry.language != language:
            return self._shell.desk.message(request, 404, "faq_gone")
        if form is None:
            try:
                form = await self._first(request, language, entry_id)
            except LibraryError as error:
                shown = Written(entry.question, entry.phrasings, entry.answer)
                words = self._shell.desk.words(request)
                alert = words("faq_file_faulty", detail=words.faults(error))
                form = Form(shown, alert=alert, status=503)
        since = services.clock.now() - WINDOW
        uses = await services.store.run(usage.by_entry, since)
        lately = await services.store.run(usage.lately, entry_id, since, _LATELY)
        same = [one for one in services.mind().library.entries if one.id == entry_id]
        plan = await services.correcting.plan(entry_id, USUAL_DAYS)
        saved = "saved" in request.query_params
        context = {
            "tab": "entries",
            "entry": entry,
            "form": form,
            "use": uses.get(entry_id, Use()),
            "days": WINDOW.days,
            "lately": [mask(one) for one in lately],
            "translations": {one.language: one for one in same},
            "saved": saved,
            "told": number(request.query_params.get("told", "")),
            "outdated": plan.number,
            "left": sum(plan.left_out.values()) if saved else 0,
            "unkept": request.query_params.get("unkept", "")[:300],
            "waits": "waits" in request.query_params,
        }
        return await self._shell.html(request, session, "entry", context, form.status)

    # ── a new entry ──────────────────────────────────────────────────────────────────────────────

    async def new(self, request: Request, language: str = "", id: str = "") -> Response:  # noqa: A002  # the address's
        """The form of a new entry, or of a translation of one."""
        session = await self._shell.admitted(request)
        model = next((one for one in self._entries() if one.id == id), None)
        written = Written("", (), "", model.tags if model else (), bool(model and model.human))
        form = Form(written, entry_id=id[:200], file=self._file(language))
        if gap := await self._gap(request.query_params.get("subject", "")):
            written = Written(gap.question, gap.examples, gap.answer)
            wordings = "\n".join(gap.examples)
            form = replace(form, written=written, phrasings=wordings, subject=gap.id)
            if gap.near and gap.near.entry.language == gap.language:  # what it is like stands there
                near = gap.near.entry
                form = replace(form, file=near.source.file, category=near.category)
        return await self._blank(request, session, language, form, model)

    async def add(self, request: Request) -> Response:
        """Show what a new entry would do, or write the one that was shown."""
        session, sent = await self._shell.meant(request)
        form, language = _read(sent), text_of(sent, "language")
        written = form.written
        library = self._services.mind().library
        entry_id = form.entry_id or unused_id(written.question, library)
        new = NewEntry(entry_id, language, **asdict(written))
        wish = Addition(form.file, new, form.category)
        form = replace(form, wish=wish, entry_id=entry_id)
        digest = text_of(sent, "digest") if text_of(sent, "do") == "save" else ""
        gap = await self._gap(text_of(sent, "subject")) if digest else None
        done = await self._step(request, session, form, digest)
        if isinstance(done, Form):
            return await self._blank(request, session, language, done)
        await self._settle(gap, session)
        waits = await self._waits(entry_id, language)
        there = (
            f"{HERE}?added={quote(entry_id)}" if waits else f"{address(language, entry_id)}?saved=1"
        )
        return RedirectResponse(f"{there}{_unkept(done)}{waits}", 303)

    async def _blank(
        self,
        request: Request,
        session: Session,
        language: str,
        form: Form,
        model: Entry | None = None,
    ) -> Response:
        spoken = self._services.brand.languages
        language = language if language in spoken else spoken[0]
        own = [entry for entry in self._entries() if entry.language == language]
        context = {
            "tab": "new",
            "form": form,
            "language": language,
            "model": model,
            "files": tuple(dict.fromkeys(entry.source.file for entry in own)),
            "categories": categories(self._services.mind().library),
        }
        return await self._shell.html(request, session, "new", context, form.status)

    def _entries(self) -> tuple[Entry, ...]:
        return self._services.mind().library.entries

    def _file(self, language: str) -> str:
        """Where a new entry may go: the file of that language that has most entries."""
        files = [one.source.file for one in self._entries() if one.language == language]
        return max(files, key=files.count) if files else ""

    # ── both ─────────────────────────────────────────────────────────────────────────────────────

    async def _step(
        self, request: Request, session: Session, form: Form, digest: str
    ) -> Form | str:
        """Write what was shown, and say why git did not take it; or show what would be written."""
        words, wish = self._shell.desk.words(request), form.wish
        assert wish is not None  # noqa: S101  # both callers make one
        try:
            if digest:
                try:
                    return await self._curating.accept(wish, digest, session.by)
                except Conflict:
                    form = replace(form, alert=words("faq_look_again"), status=409)
            proposal = await self._curating.propose(wish)
        except LibraryError as error:
            return replace(form, alert=self._faults(request, error), status=422)
        services, mind = self._services, self._services.mind()
        since = services.clock.now() - WINDOW
        latest = await services.store.run(questions.asked, since, _REPLAYED)
        summary = await run_in_threadpool(replayed, latest, mind, proposal)
        form = replace(form, proposal=proposal, replayed=summary)
        vetting, faq = mind.vetting, self._curating.faq
        if form.removes:
            return replace(form, findings=missed(proposal.edit, vetting))
        found = await run_in_threadpool(findings, proposal.edit, vetting, faq)
        shown = previews(proposal.edit.entry.answer, services.handlers)
        return replace(form, previews=shown, findings=found)

    def _faults(self, request: Request, error: LibraryError) -> str:
        words = self._shell.desk.words(request)
        return words("faq_cannot", detail=words.faults(error))


def _read(sent: FormData) -> Form:
    text = {
        name: text_of(sent, name).replace("\r\n", "\n")[:_LONGEST]
        for name in (
            *("question", "phrasings", "answer", "tags", "review_by", "human", "base"),
            *("file", "category", "id", "subject"),
        )
    }
    written = Written(
        question=" ".join(text["question"].split()),
        phrasings=tuple(filter(None, map(str.strip, text["phrasings"].split("\n")))),
        answer=text["answer"].strip("\n").rstrip(),
        tags=tuple(text["tags"].replace(",", " ").split()),
        human=bool(text["human"]),
        review_by=_date(text["review_by"]),
    )
    places = (text["file"].strip(), text["category"].strip(), text["id"].strip())
    subject = number(text["subject"])
    return Form(written, text["base"], text["phrasings"], *places, subject=subject)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _dump(written: Written) -> str:
    return _WRITTEN.dump_json(written).decode()


def address(language: str, entry_id: str) -> str:
    """Of an entry's page."""
    return f"{HERE}/entries/{language}/{quote(entry_id, safe='')}"


def _unkept(problem: str) -> str:
    """Why git did not take what is saved, for the page that comes next."""
    return f"&unkept={quote(problem[:300])}" if problem else ""


def router(shell: FaqShell) -> APIRouter:
    """The routes of the two pages."""
    pages = EditPages(shell)
    routes = APIRouter(prefix=HERE, include_in_schema=False)
    routes.add_api_route("/entries/{language}/{entry_id}", pages.entry, methods=["GET"])
    routes.add_api_route("/entries/{language}/{entry_id}", pages.change, methods=["POST"])
    routes.add_api_route("/new", pages.new, methods=["GET"])
    routes.add_api_route("/new", pages.add, methods=["POST"])
    return routes

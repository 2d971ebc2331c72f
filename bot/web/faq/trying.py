"""The sandbox: a question is asked, nobody is answered, and the whole reasoning is shown."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from bot.clock import Clock
from bot.core.conversation.decisions import Mind
from bot.core.faq.reasoning import Reasoning, Weight, reasoning
from bot.core.faq.rehearsing import Session, Turn
from bot.web.faq.shell import HERE, FaqShell

LONGEST = 1500
"""Characters of a question; of a longer one the matcher reads only the beginning, too."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What the bot would do about a question, and why."""

    turn: Turn
    why: tuple[Reasoning, ...]
    """Of each thing that was asked; none for small talk and commands."""

    @property
    def gist(self) -> str:
        """How it was understood where the FAQ was not asked: a command's name, or small talk."""
        group = self.turn.group
        if group is None or group.verdict is not None:
            return ""
        return (
            f"/{group.command.name}"
            if group.command
            else str(group.smalltalk and group.smalltalk.gist)
        )

    @property
    def heaviest(self) -> float:
        """Of all weights, the length that a full bar stands for."""
        weights: list[Weight] = [one for why in self.why for one in why.rank + why.accept]
        return max((abs(one.value) for one in weights), default=1.0)


def trial(question: str, language: str, mind: Mind, clock: Clock) -> Trial:
    """Ask the bot as a follower would who has written before."""
    turn = Session(mind, clock, language=language, introduced=True).say(question)
    verdict = turn.group.verdict if turn.group else None
    met = [(part.text, part.verdict) for part in turn.decision.met]
    asked = met or ([(question, verdict)] if verdict else [])
    return Trial(turn, tuple(reasoning(text, known, mind) for text, known in asked))


class TryPages:
    """The sandbox's page."""

    def __init__(self, shell: FaqShell) -> None:
        self._shell = shell
        self._services = shell.services

    async def page(
        self,
        request: Request,
        q: Annotated[str, Query(max_length=LONGEST)] = "",
        language: str = "",
    ) -> Response:
        """The form, and what would come of the question in it."""
        session = await self._shell.admitted(request)
        question = q.strip()
        spoken = language if language in self._services.brand.languages else ""
        context: dict[str, Any] = {
            "tab": "try",
            "question": question,
            "language": spoken,
            "trial": None,
        }
        if question:
            mind, clock = self._services.mind(), self._services.clock
            context["trial"] = await run_in_threadpool(trial, question, spoken, mind, clock)
        return await self._shell.html(request, session, "try", context)


def router(shell: FaqShell) -> APIRouter:
    """The route of the sandbox."""
    routes = APIRouter(prefix=HERE, include_in_schema=False)
    routes.add_api_route("/try", TryPages(shell).page, methods=["GET"])
    return routes

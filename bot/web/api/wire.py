"""What all parts of the desk's HTTP interface share: who may use it, and how it says no."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from bot.errors import BlankReply, Conflict, FileGone, NotFound, OffCharter, UserError
from bot.store.accounts import SERVING, Token
from bot.store.audit import By, Surface
from bot.web.problems import ANYWHERE, Problem, Responses
from bot.web.services import Services


class Nothing(BaseModel):
    """An action that needs nothing said: `{}`."""

    model_config = ConfigDict(extra="forbid")


class ObjectionOut(BaseModel):
    """What speaks against a reply: a rule of the charter, or a variable that is not filled in."""

    rule: str = Field(description="The rule's id; empty for a variable.")
    name: str
    reason: str = Field(description="Markdown.")
    words: str = Field(description="Those of the reply that it is about.")


class OffCharterOut(Problem):
    """The reply was not sent; with `anyway` it is, and the audit log says so."""

    objections: list[ObjectionOut] = Field(default=[])


class ConflictOut(Problem):
    """Somebody else was first."""

    holder: str | None = Field(description="Who has it, where it is known.")


Id = Annotated[int, Path(alias="id", ge=1, le=2**63 - 1, description="The escalation.")]

MISSING: Responses = {
    404: {"model": Problem, "description": "There is no such thing."},
}
REFUSALS: Responses = {
    **MISSING,
    409: {"model": ConflictOut, "description": "Somebody else was first, or it cannot be done."},
    413: {"model": Problem, "description": "A request may carry 64 kB at most."},
}
VETTED: Responses = {
    **REFUSALS,
    422: {"model": OffCharterOut, "description": "Not usable, or the charter speaks against it."},
}
_READ_ONLY = "this token only reads: make another with `comptoir token create NAME`"
_WITHOUT = "the token is missing or not valid: make one with `comptoir token create NAME`"


def caller(request: Request) -> Token:
    """Who asks, once `interface` has let them in."""
    token: Token = request.state.token
    return token


def acting(token: Token) -> By:
    """Who acts, where a program does."""
    return By(token.name, Surface.API)


def interface(services: Services) -> tuple[APIRouter, Callable[..., Awaitable[By]]]:
    """A router for a part of the interface, and the dependency that tells who asks.

    A token that only reads is let in to read.
    """
    bearer = HTTPBearer(auto_error=False, description="Made by `comptoir token create NAME`.")

    async def manager(
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    ) -> By:
        token = await services.auth.token(credentials.credentials) if credentials else None
        if token is None:
            raise HTTPException(401, _WITHOUT, {"WWW-Authenticate": "Bearer"})
        if request.method != "GET" and token.role not in SERVING:
            raise HTTPException(403, _READ_ONLY)
        if request.method != "GET":  # a program that only looks is nobody at the desk
            services.presence.seen(token.name)
        request.state.token = token
        return acting(token)

    routes = APIRouter(
        prefix="/api/desk",
        tags=["desk"],
        route_class=_Route,
        dependencies=[Depends(manager)],
        responses={
            401: {"model": Problem, "description": "No token, or not one of ours."},
            403: {"model": Problem, "description": "The token's role does not allow it."},
            **ANYWHERE,
        },
    )
    return routes, manager


class _Route(APIRoute):
    """Tells what the desk refuses in the interface's own words and status codes."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the endpoint (https://fastapi.tiangolo.com/how-to/custom-request-and-route/)."""
        endpoint = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await endpoint(request)
            except NotFound as error:
                return JSONResponse({"detail": str(error)}, 404)
            except OffCharter as error:
                objections = [asdict(one) for one in error.objections]
                return JSONResponse({"detail": str(error), "objections": objections}, 422)
            except (BlankReply, UserError) as error:
                return JSONResponse({"detail": str(error)}, 422)
            except FileGone as error:
                return JSONResponse({"detail": str(error)}, 404)
            except Conflict as error:
                return JSONResponse({"detail": str(error), "holder": error.holder}, 409)

        return handle

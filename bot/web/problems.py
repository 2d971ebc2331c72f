"""How the HTTP interface says no: one sentence of what to mend, whatever is wrong."""

import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse

from bot.errors import StoreFailed

_log = logging.getLogger(__name__)

Responses = dict[int | str, dict[str, Any]]
"""What a route may answer besides, for its description."""


class Problem(BaseModel):
    """Why it was refused, in words."""

    detail: str


ANYWHERE: Responses = {
    422: {"model": Problem, "description": "What was sent cannot be used; says what to mend."},
    503: {"model": Problem, "description": "It could not be stored: send it again later."},
}
_AGAIN = {"Retry-After": "5"}
_NO_JSON = "the body must be JSON in UTF-8"


def add_handlers(app: FastAPI) -> None:
    """Have an application tell what it cannot use as a `Problem`."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(StoreFailed, _failed)


async def _invalid(_request: Request, error: Exception) -> Response:
    """Not FastAPI's own: that repeats what was sent, and fails where it is no Unicode text."""
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for these
    detail = "; ".join(_told(one["type"], one["loc"], one["msg"]) for one in error.errors())
    return JSONResponse({"detail": detail.encode(errors="replace").decode()}, 422)


def _told(kind: str, place: Sequence[int | str], message: str) -> str:
    if kind == "json_invalid":
        return f"{_NO_JSON} ({place[-1]} characters in)"
    if place == ("body",):
        return "the body must be a JSON object, sent as application/json"
    where = ".".join(map(str, place[1:]))
    return f"{where}: {message[:1].lower()}{message[1:]}"


async def _refused(request: Request, error: Exception) -> Response:
    """FastAPI answers 400 where it cannot decode a body, which is described nowhere."""
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for these
    if error.status_code == 400 and request.url.path.startswith("/api/"):
        error = HTTPException(422, _NO_JSON)
    return await http_exception_handler(request, error)


async def _failed(request: Request, error: Exception) -> Response:
    _log.error("%s %s: %s", request.method, request.url.path, error)
    if request.url.path.startswith("/api/"):
        return JSONResponse({"detail": str(error)}, 503, _AGAIN)
    return PlainTextResponse(f"Comptoir: {error}", 503, _AGAIN)

"""A strict eye on what the page asks of the server: the HTTP interface of the web chat.

A server may let pass what the interface does not promise; the page must not rely on that.
"""

import json
import re
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Request

_FIELDS = {
    "/conversations": set[str](),
    "/messages": {"client_id", "text"},
    "/choices": {"client_id", "choice"},
    "/read": {"cursor"},
    "/email": {"email"},
    "/invitations": set[str](),
}
_START = "/api/chat"


class Interface:
    """Takes down every request that is not as the interface says."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def heard(self, request: Request) -> None:
        """Look at one request of the page."""
        path = urlsplit(request.url).path
        if path.startswith(_START):
            wrong = _wrong(request, path.removeprefix(_START))
            self.faults += [f"{request.method} {request.url}: {fault}" for fault in wrong]


def _wrong(request: Request, path: str) -> list[str]:
    token = request.headers.get("authorization", "")
    query = parse_qs(urlsplit(request.url).query)
    wrong = []
    if bool(re.fullmatch(r"Bearer [\w.-]+", token)) == (path == "/conversations"):
        wrong.append("a token is given to everything but the beginning of a conversation")
    if path == "/files":  # its body is the file
        return wrong if set(query) == {"name"} else [*wrong, "a file has a name"]
    if request.method == "GET":
        if path not in {"/messages", "/events"} and not re.fullmatch(r"/files/[mr]\d+/\d", path):
            wrong.append("nothing to be read there")
        if set(query) - {"after"} or not all(one.isdecimal() for one in query.get("after", [])):
            wrong.append("only `after`, a cursor of ours, stands in an address")
        return wrong
    if query or request.headers.get("content-type") != "application/json":
        wrong.append("a body in JSON, and no query")
    body = json.loads(request.post_data or "null")
    files = body.pop("files", []) if path == "/messages" else []
    if any(set(file) != {"reference", "name", "media_type"} for file in files):
        wrong.append("a file is told as the server told it")
    if set(body) != _FIELDS[path] or not all(isinstance(value, str) for value in body.values()):
        wrong.append(f"fields {sorted(body)}, not {sorted(_FIELDS[path])}")
    if "client_id" in body and not 16 <= len(body["client_id"]) <= 64:
        wrong.append("client_id is not a good key")
    return wrong

"""The HTTP interface against its own description: whatever is sent, the answer is as described."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from jsonschema import Draft202012Validator

from bot.config import Web
from bot.matching.matcher import Matcher
from bot.web.server import create_app
from tests.support.clock import FakeClock
from tests.web.desk_site import KEY, DeskSite, desk_site

STRANGE: tuple[Any, ...] = (
    *("\ud800", "a\0b", "", "x" * 30_000, "2030-13-40", "NaN"),
    *(2**70, -1, 1.5, float("nan"), None, True, [], {}, ["\ud800"], {"\ud800": 1}),
)
UNLIMITED = Web(conversations_per_minute=10_000, messages_per_minute=10_000)
ENDLESS = "/api/chat/events"

Json = Mapping[str, Any]


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[DeskSite]:
    async with desk_site(tmp_path, FakeClock(), hosted=True) as site:
        matcher = Matcher.build(site.minds[-1].library)
        site.minds.append(replace(site.minds[-1], matcher=matcher))
        yield site


class Described:
    """An operation of the description, and requests for it."""

    def __init__(self, description: Json, path: str, method: str) -> None:
        self._all = description
        self.path, self.method = path, method
        self._operation: Json = description["paths"][path][method]
        body = self._operation.get("requestBody", {}).get("content", {}).get("application/json")
        self._body = self._example(body["schema"]) if body else None
        self._fields = list(self._resolved(body["schema"]).get("properties", {})) if body else []

    def requests(self) -> Iterator[httpx.Request]:
        """An ordinary one, then one for each strange value in each place."""
        yield self._request({}, self._body)
        named = [one for one in self._operation.get("parameters", ()) if one["in"] != "header"]
        for parameter in named:
            for value in STRANGE:
                yield self._request({parameter["name"]: value}, self._body)
        if self._body is not None:
            changed = ({**self._body, name: value} for name in self._fields for value in STRANGE)
            for body in chain(changed, STRANGE):
                yield self._request({}, body)

    def complaint(self, answer: httpx.Response) -> str:
        """What the description does not tell of an answer; empty where it is as described."""
        said = self._operation["responses"].get(str(answer.status_code))
        if said is None:
            return f"{answer.status_code} is not described"
        schema = said.get("content", {}).get("application/json", {}).get("schema")
        if schema is None:
            return "" if answer.status_code < 300 else "a refusal without a schema"
        whole = {**schema, "components": self._all["components"]}
        return "; ".join(
            one.message for one in Draft202012Validator(whole).iter_errors(answer.json())
        )

    def _request(self, values: Json, body: Any) -> httpx.Request:
        path, query = self.path, []
        for one in self._operation.get("parameters", ()):
            value = values.get(one["name"], self._example(one["schema"]))
            written = quote(str(value).encode(errors="surrogatepass"), safe="") or "-"
            if one["in"] == "path":
                path = path.replace(f"{{{one['name']}}}", written)
            elif one["in"] == "query" and (one["name"] in values or one["required"]):
                query.append(f"{one['name']}={written}")
        content = None if self._body is None else json.dumps(body)
        headers = {"Content-Type": "application/json"} if content else {}
        url = f"http://bot{path}?{'&'.join(query)}"
        return httpx.Request(self.method.upper(), url, content=content, headers=headers)

    def _resolved(self, schema: Json) -> Json:
        if reference := schema.get("$ref"):
            found: Json = self._all["components"]["schemas"][reference.rpartition("/")[2]]
            return found
        return schema

    def _example(self, schema: Json) -> Any:
        """Something that fits."""
        schema = self._resolved(schema)
        if "anyOf" in schema:
            return self._example(schema["anyOf"][0])
        if "enum" in schema:
            return schema["enum"][0]
        if schema.get("type") == "object":
            wanted = schema.get("required", ())
            return {name: self._example(schema["properties"][name]) for name in wanted}
        simple: Json = {"integer": 1, "boolean": True, "array": [1], "string": "m1"}
        return simple[schema["type"]]


async def test_every_answer_is_as_described_whatever_is_sent(site: DeskSite) -> None:
    app = create_app(replace(site.services, web=UNLIMITED), KEY)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    follower, robot = await site.chatter("Ma machine fuit"), await site.api("robot")
    complaints = []
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as client:
        description = (await client.get("/openapi.json")).json()
        for described in operations(description):
            asker = robot if described.path.startswith("/api/desk") else follower.client
            for request in described.requests():
                request.headers["Authorization"] = asker.headers["Authorization"]
                if complaint := described.complaint(await client.send(request)):
                    complaints.append(f"{request.method} {request.url}: {complaint}")
    assert complaints == []


def operations(description: Json) -> list[Described]:
    found = [(path, method) for path, its in description["paths"].items() for method in its]
    assert len(found) > 30
    return [Described(description, *one) for one in found if one[0] != ENDLESS]

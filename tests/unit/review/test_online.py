"""Visiting the links of answers, on a real server of this machine."""

import asyncio
from functools import partial
from pathlib import Path

from bot.fetching import Limits, anywhere, fetch
from bot.library.reading import read_library
from bot.review import online
from bot.review.findings import Kind, Places
from tests.fakes.server import FakeServer, Request, Response


class Site(FakeServer):
    """Answers with the status that the path is."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def answer(self, request: Request) -> Response:
        self.asked.append(request.path)
        return Response(int(request.path.strip("/")))


async def test_each_address_is_visited_once_and_what_is_gone_is_told(tmp_path: Path) -> None:
    async with Site() as site:
        here = site.address
        (tmp_path / "a.md").write_text(
            f"## A?\n\n[x]({here}/200#part) [y]({here}/200) [z]({here}/404)\n\n"
            f"[m](mailto:a@b.c) [n](#a) [f]({here}/403)\n\n## B?\n\n{here}/503 [z]({here}/404#b)\n",
            encoding="utf-8",
        )
        library = read_library(tmp_path, ("en",))
        urls = online.addresses(library).values()
        visiting = partial(fetch, limits=Limits(seconds=5, allowed=anywhere))
        problems = dict(await asyncio.to_thread(lambda: list(online.dead(urls, visiting))))
        assert sorted(site.asked) == ["/200", "/403", "/404", "/503"]
        found = list(online.findings(library, Places(tmp_path), problems))
        assert {one.kind for one in found} == {Kind.DEAD_LINK}
        told = "leads nowhere ({}): correct it, or take the link away"
        assert [(one.source.line, one.message) for one in found] == [
            (3, f"{here}/404 {told.format('the site answers 404')}"),
            (9, f"{here}/503 {told.format('the site answers 503 just now')}"),
            (9, f"{here}/404#b {told.format('the site answers 404')}"),
        ]


async def test_addresses_of_this_machine_are_not_visited() -> None:
    async with Site() as site:
        ((_, problem),) = await asyncio.to_thread(
            lambda: list(online.dead([f"{site.address}/200"]))
        )
        assert "not on the public internet" in problem
        assert not site.asked

"""What the tests of one network's handler share."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.discord import FakeDiscord
from tests.support.discord import StoringInbox


@pytest.fixture
async def discord() -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord() as server:
        yield server


@pytest.fixture
def inbox() -> StoringInbox:
    return StoringInbox()

"""The part of the queue that an address asks for."""

import pytest
from starlette.datastructures import QueryParams

from bot.web.board.query import Wanted


def wanted(address: str) -> Wanted:
    return Wanted.of(QueryParams(address))


def test_an_address_and_what_it_asks_for_are_the_same() -> None:
    assert wanted("").query() == "?view=open"
    full = wanted("view=mine&network=net&language=fr&page=3")
    assert full == Wanted("mine", "net", "fr", page=3)
    assert wanted(full.query()[1:]) == full
    assert full.narrowed == {"network": "net", "language": "fr"}


def test_a_subject_and_an_order_are_asked_for() -> None:
    full = wanted("subject=category%3ALivraison&sort=longest")
    assert full == Wanted(subject="category:Livraison", sort="longest")
    assert wanted(full.query()[1:]) == full


def test_another_part_begins_at_its_first_page() -> None:
    found = wanted("view=mine&network=a%26b&page=3")
    assert found.query(view="open") == "?view=open&network=a%26b"
    assert found.query(page=4) == "?view=mine&network=a%26b&page=4"


@pytest.mark.parametrize(
    "address",
    [
        "view=nonsense",
        "priority=7",
        "sort=random",
        "sort=pressing",
        "subject=delai",
        "page=0",
        "page=-3",
        "page=x",
        "page=٣",
        "page=",
        "page=99999999999",
        "z=1",
    ],
)
def test_what_is_said_wrongly_is_not_said(address: str) -> None:
    assert wanted(address) == Wanted()


def test_nothing_is_taken_at_any_length() -> None:
    assert len(wanted("q=" + "x" * 100_000).q) == 200
    assert wanted("page=99999").page == 10_000

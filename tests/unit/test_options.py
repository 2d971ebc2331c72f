"""Tables of bot.toml become dataclasses, or an error that says what to mend."""

from dataclasses import dataclass

import pytest

from bot import options
from bot.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Sample:
    """One field of each kind."""

    name: str
    number: int = 1
    share: float = 0.5
    active: bool = False
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ConfigError("number must not be negative")


def test_all_kinds_of_values() -> None:
    table = {"name": "n", "number": 2, "share": 1, "active": True, "words": ["a", "b"]}
    found = options.read(Sample, table, "[s]")

    assert found == Sample("n", 2, 1.0, active=True, words=("a", "b"))
    assert isinstance(found.share, float)


def test_defaults() -> None:
    assert options.read(Sample, {"name": "n"}, "[s]") == Sample("n")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "[s] needs the key 'name'"),
        ({"name": "n", "numbr": 1}, "[s] has an unknown key 'numbr' (did you mean 'number'?)"),
        ({"name": "n", "zzzzzz": 1}, "(known: active, name, number, share, words)"),
        ({"name": 3}, "[s] name must be a text, not 3"),
        ({"name": "n", "number": 1.5}, "[s] number must be a whole number, not 1.5"),
        ({"name": "n", "number": True}, "[s] number must be a whole number, not True"),
        ({"name": "n", "share": True}, "[s] share must be a number"),
        ({"name": "n", "active": 1}, "[s] active must be true or false"),
        ({"name": "n", "words": "a"}, "[s] words must be a list"),
        ({"name": "n", "words": ["a", 1]}, "[s] words must be a list"),
        ({"name": "n", "number": -1}, "[s] number must not be negative"),
    ],
)
def test_what_to_mend(table: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        options.read(Sample, table, "[s]")
    assert said in str(caught.value)

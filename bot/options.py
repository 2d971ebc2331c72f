"""Reading one table of bot.toml into a frozen dataclass, with errors that say what to mend."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields
from functools import partial
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from bot.errors import ConfigError
from bot.sentence import Sentence

T = TypeVar("T")

_NAMES = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def read(cls: type[T], options: Mapping[str, object], where: str) -> T:
    """Fill a dataclass whose fields are str, int, float, bool or tuple[str, ...].

    Args:
        cls: the dataclass; a field without a default is a key that must be there.
        options: the table's keys and values, as tomllib reads them.
        where: the table's name for error texts, such as "[handlers.example]".

    Raises:
        ConfigError: a key is unknown (the nearest known one is named), missing, or of another type,
            or the dataclass itself refuses the values; a line for each fault.
    """
    types = get_type_hints(cls)
    known = {field.name: field for field in fields(cls)}  # type: ignore[arg-type]  # cls is a dataclass

    def value(key: str) -> object:
        if key not in known:
            raise ConfigError(f"{where} has an unknown key {key!r}{nearest(key, known)}")
        if key not in options:
            raise ConfigError(f"{where} needs the key {key!r}")
        return _value(types[key], options[key], f"{where} {key}")

    wanted = [
        key
        for key, field in known.items()
        if field.default is MISSING and field.default_factory is MISSING
    ]
    keys = list(dict.fromkeys((*options, *wanted)))
    values = dict(zip(keys, all_of(partial(value, key) for key in keys), strict=True))
    try:
        return cls(**values)
    except ConfigError as error:
        raise ConfigError(f"{where} {error}") from None


def all_of(attempts: Iterable[Callable[[], T]]) -> list[T]:
    """What all of them return; raises ConfigError with the faults of all, a line each."""
    found: list[T] = []
    faults: list[str] = []
    for attempt in attempts:
        try:
            found.append(attempt())
        except ConfigError as error:
            faults.append(str(error))
    if faults:
        raise ConfigError("\n".join(faults))
    return found


def nearest(word: str, known: Mapping[str, object]) -> str:
    """A hint for an error text: " (did you mean 'x'?)", or what there is to choose from."""
    from rapidfuzz import process  # noqa: PLC0415  # only who mistypes waits for it

    best = process.extractOne(word, list(known), score_cutoff=60)
    if best:
        return Sentence(" (did you mean {nearest!r}?)", nearest=best[0])
    return Sentence(" (known: {known})", known=", ".join(sorted(known))) if known else ""


def _value(wanted: Any, value: object, where: str) -> object:
    if get_origin(wanted) is tuple:
        item = get_args(wanted)[0]
        if isinstance(value, list | tuple) and all(_fits(item, element) for element in value):
            return tuple(value)
        raise ConfigError(f"{where} must be a list, each element {_NAMES[item]}, not {value!r}")
    if not _fits(wanted, value):
        raise ConfigError(f"{where} must be {_NAMES[wanted]}, not {value!r}")
    return float(value) if wanted is float else value  # type: ignore[arg-type]  # _fits has looked


def _fits(wanted: type, value: object) -> bool:
    if wanted is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if wanted is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, wanted)

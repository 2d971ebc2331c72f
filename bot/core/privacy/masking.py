"""Personal details in public: found, and replaced before anything is stored.

Only what is surely one is replaced: e-mail addresses, telephone numbers, and the numbers of cards
and bank accounts, these with the check digits that they carry.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_EMAIL = re.compile(r"(?<![\w.+@-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
"""Not "@name@server", by which people are called on some networks."""
_ACCOUNT = re.compile(r"\b[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}\b")
_CARD = re.compile(r"(?<![\d+])\d(?:[ .-]?\d){12,18}(?!\d)")
_PHONE = re.compile(
    r"(?<![\w+])(?:"
    r"(?:\+|00)[1-9](?:[ .()/-]{0,3}\d){7,13}"  # as called from abroad
    r"|0[1-9](?:[ .-]?\d{2}){4}"  # ten digits from 0
    r"|\(\d{3}\) ?\d{3}-\d{4}|\d{3}[.-]\d{3}[.-]\d{4}"
    r")(?!\d)"
)
_END_OF_RUN = re.compile(r"(?<=[^\W_])(?![^\W_])")


@dataclass(frozen=True, slots=True)
class Detail:
    """A personal detail in a text, up to before `end`, and the mark that takes its place."""

    start: int
    end: int
    mark: str


def details(text: str) -> list[Detail]:
    """The personal details in a text, in order."""
    found: list[Detail] = []
    for pattern, mark, is_one in _KINDS:
        for start, end in _found(pattern, is_one, text):
            if not any(start < known.end and known.start < end for known in found):
                found.append(Detail(start, end, mark))
    return sorted(found, key=lambda detail: detail.start)


def mask(text: str) -> str:
    """The text with a mark in the place of each personal detail."""
    for detail in reversed(details(text)):
        text = f"{text[: detail.start]}{detail.mark}{text[detail.end :]}"
    return text


def is_masked(text: str) -> bool:
    """Whether `mask` has found something in it (or somebody wrote such a mark)."""
    return any(mark in text for _, mark, _ in _KINDS)


def _found(
    pattern: "re.Pattern[str]", is_one: Callable[[str], bool], text: str
) -> Iterator[tuple[int, int]]:
    """The longest beginning of each match that is one: other words may follow a number."""
    for found in pattern.finditer(text):
        for end in reversed([run.end() for run in _END_OF_RUN.finditer(found[0])]):
            if is_one(found[0][:end]):
                yield found.start(), found.start() + end
                break


def _always(_: str) -> bool:
    return True


def _is_card(number: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1, "Luhn")."""
    digits = [int(one) for one in number if one.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return len(digits) >= 13 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_account(number: str) -> bool:
    """The check digits of bank accounts (ISO 13616, IBAN)."""
    plain = "".join(filter(str.isalnum, number))
    moved = plain[4:] + plain[:4]
    return len(plain) >= 15 and int("".join(str(int(one, 36)) for one in moved)) % 97 == 1


_KINDS = (
    (_EMAIL, "[e-mail]", _always),
    (_ACCOUNT, "[IBAN]", _is_account),
    (_CARD, "[card]", _is_card),
    (_PHONE, "[phone]", _always),
)

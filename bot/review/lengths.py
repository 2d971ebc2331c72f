"""Answers that a network cannot carry in one message."""

from collections.abc import Iterator, Sequence

from bot.contract import Handler
from bot.models import Library, Reply
from bot.review.findings import Finding, Kind
from bot.sentence import Sentence, joined

_SHORT = 4
"""An answer of which so many times the length fits is not measured: no markup makes that of it."""


def look(library: Library, networks: Sequence[Handler]) -> Iterator[Finding]:
    """The answers that come in parts, each with the networks on which they do."""
    for entry in library.entries:
        told = []
        for network in networks:
            most = network.capabilities.max_text
            if len(entry.answer) * _SHORT <= most:
                continue
            parts = len(network.parts(Reply(entry.answer)))
            if parts > 1:
                told.append(
                    Sentence(
                        "{parts} on {network} (at most {most} characters in one)",
                        parts=parts,
                        network=network.account,
                        most=most,
                    )
                )
        if told:
            yield Finding(
                Kind.TOO_LONG,
                entry.source,
                Sentence(
                    "the answer of {entry} takes several messages: {told}. Shorten it, or part it "
                    "into entries of one question each",
                    entry=entry.id,
                    told=joined(told, ", "),
                ),
            )

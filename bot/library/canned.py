"""Canned replies: texts that managers insert, from `canned-replies.md` in the FAQ folder.

They are written like the FAQ: a name, words to find it by, and the text with its variables.

    ## Ask for the order number {#order-number tags="parcel"}

    > which order

    Hello {first_name|there}, could you send me your order number?

    ![Where to find it](files/order-number.png)
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from bot.library.files.attributes import Braces, slug
from bot.library.files.document import Draft, Terms
from bot.library.files.file import Contents, File, read_file
from bot.library.files.plain import escaped
from bot.library.reading import CANNED_REPLIES, files_beside, language_faults, refuse, repeated_ids
from bot.models import Fault, Source
from bot.options import nearest
from bot.sentence import Sentence

TERMS = Terms(
    item="reply",
    heading="name",
    line="search word",
    text="text",
    braces=Braces(("#id", "tags="), '{#my-id tags="a b"}'),
    preamble=True,
)

VARIABLES = ("first_name", "name", "manager", "brand", "question", "network", "date")
"""What a text may have filled in; docs/canned-replies.md tells what each is."""

_VARIABLE = re.compile(r"(?<!\\)\{([^{}\n|]*)(\|[^{}\n]*)?\}")
_LITERAL = re.compile(r"\\\{[^{}\n]*\}")
_STRAY = re.compile(r"(?<!\\)[{}]")
_ATTACHED = re.compile(r"^ {0,3}!\[([^\]\n]*)\]\(<?([^()<>\n]+?)>?\)[ \t]*$", re.MULTILINE)
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|/|\\|#")


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that a reply carries."""

    name: str
    """What stands in the brackets, or the file's own name."""
    path: str
    """Below the FAQ folder, with slashes."""


@dataclass(frozen=True, slots=True)
class CannedReply:
    """A text that managers insert, with its variables still in it."""

    id: str
    name: str
    words: tuple[str, ...]
    """Lines to find it by, besides its name, text and tags."""
    text: str
    """Markdown."""
    attachments: tuple[Attached, ...]
    tags: tuple[str, ...]
    category: str
    language: str
    """Empty where it is for every language."""
    source: Source


@dataclass(frozen=True, slots=True)
class Filled:
    """A canned reply for one follower."""

    text: str
    missing: tuple[str, ...]
    """Variables that nothing is known for; they still stand in the text, in braces."""


def read_canned(
    faq: Path, languages: Sequence[str] = (), contents: Contents = Path.read_bytes
) -> tuple[CannedReply, ...]:
    """Read every `canned-replies.md` in an FAQ folder, or the one beside an FAQ that is one file.

    Raises:
        LibraryError: with every fault, sorted by file and line.
    """
    files = [read_file(path, faq, TERMS, contents) for path in canned_files(faq)]
    faults = [fault for file in files for fault in file.faults]
    faults += language_faults(files, languages, default="every")
    faults += repeated_ids(files, TERMS)
    replies: list[CannedReply] = []
    for file in files:
        for draft in file.drafts:
            source = Source(file.name, draft.line)
            faults += [Fault(source, message) for message in _faults(draft.answer)]
            replies.append(_reply(draft, file, source, faults))
    refuse(faults)
    return tuple(replies)


def canned_files(faq: Path) -> list[Path]:
    """The files that `read_canned` reads, sorted."""
    return files_beside(faq, CANNED_REPLIES)


def missing_attachments(faq: Path, replies: Sequence[CannedReply]) -> list[Fault]:
    """The files that replies carry and that are not there."""
    folder = faq if faq.is_dir() else faq.parent
    return [
        Fault(
            reply.source,
            Sentence(
                "there is no file {path}: add it, or correct its name here", path=attached.path
            ),
        )
        for reply in replies
        for attached in reply.attachments
        if not (folder / attached.path).is_file()
    ]


def fill(text: str, values: Mapping[str, str]) -> Filled:
    """Put a follower's values into a reply's text, as plain words whatever markup is in them.

    A value that is missing or blank is replaced by what stands behind the bar: `{name|there}`.
    Where that is empty, the space before it goes too; where there is no bar, the variable stays in
    the text, for the manager to see, and is named in `missing`.
    """
    missing: list[str] = []

    def value(found: "re.Match[str]") -> str:
        space, name, instead = found.groups()
        known = escaped(values.get(name.strip(), ""))
        if known:
            return f"{space}{known}"
        if instead is None:
            missing.append(name.strip())
            return found[0]
        return f"{space}{instead[1:]}" if instead[1:] else ""

    filled = re.sub(rf"([ \u00a0]?){_VARIABLE.pattern}", value, text)
    return Filled(filled, tuple(dict.fromkeys(missing)))


def unfilled(text: str) -> tuple[str, ...]:
    """The variables that a reply about to be sent still holds."""
    return tuple(
        dict.fromkeys(
            found[1].strip() for found in _VARIABLE.finditer(text) if found[1].strip() in VARIABLES
        )
    )


def search(
    replies: Sequence[CannedReply], words: str, language: str = ""
) -> tuple[CannedReply, ...]:
    """The replies that hold every word, or words that begin so, in any order; best first.

    A word in the name counts more than one in the words to find it by or a tag, and that more than
    one in the text. Case and accents do not count. Without words: all, in the files' order.

    Args:
        replies: as they were read.
        words: what the manager has typed so far.
        language: replies in another are left out; empty leaves none out.
    """
    wanted = [word for word in slug(words).split("-") if word]
    ranked = [
        (score, place, reply)
        for place, reply in enumerate(replies)
        if not language or reply.language in {"", language}
        if (score := _score(reply, wanted)) is not None
    ]
    return tuple(reply for _, _, reply in sorted(ranked, key=lambda one: (-one[0], one[1])))


def _score(reply: CannedReply, wanted: Sequence[str]) -> int | None:
    fields = (
        (4, (reply.name, reply.id)),
        (2, (*reply.words, *reply.tags, reply.category)),
        (1, (reply.text,)),
    )
    held = [(points, slug(" ".join(texts)).split("-")) for points, texts in fields]
    total = 0
    for word in wanted:
        best = max(
            (
                points * (2 if word in held_words else 1)
                for points, held_words in held
                if any(one.startswith(word) for one in held_words)
            ),
            default=0,
        )
        if not best:
            return None
        total += best
    return total


def _reply(draft: Draft, file: File, source: Source, faults: list[Fault]) -> CannedReply:
    attachments: list[Attached] = []

    def attach(found: "re.Match[str]") -> str:
        if _ELSEWHERE.match(found[2]):
            return found[0]
        path = _below(PurePosixPath(file.name).parent / unquote(found[2]))
        if path is None:
            outside = Sentence("{path} lies outside of the FAQ folder: move it in", path=found[2])
            faults.append(Fault(source, outside))
        else:
            attachments.append(Attached(found[1].strip() or path.name, path.as_posix()))
        return ""

    text = re.sub(r"\n{3,}", "\n\n", _ATTACHED.sub(attach, draft.answer)).strip()
    return CannedReply(
        id=draft.id,
        name=draft.question,
        words=draft.phrasings,
        text=text,
        attachments=tuple(attachments),
        tags=draft.attributes.tags or (),
        category=draft.category,
        language=file.language,
        source=source,
    )


def _below(path: PurePosixPath) -> PurePosixPath | None:
    """The path without `..`; None where it leads out of the folder."""
    parts: list[str] = []
    for part in path.parts:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            return None
    return PurePosixPath(*parts)


def _faults(text: str) -> list[Sentence]:
    """What is wrong with the variables of a text."""
    found = [variable[1].strip() for variable in _VARIABLE.finditer(text)]
    known = dict.fromkeys(VARIABLES)
    faults = [
        Sentence(
            "nothing is known to fill in {{{name}}}{hint}; "
            "a brace that belongs to the text is written `\\{{`",
            name=name,
            hint=nearest(name, known),
        )
        for name in dict.fromkeys(found)
        if name not in known
    ]
    if _STRAY.search(_LITERAL.sub("", _VARIABLE.sub("", text))):
        faults.append(
            Sentence(
                "a brace stands alone: write a variable like {{first_name}}, and a brace that "
                "belongs to the text `\\{{`"
            )
        )
    return faults

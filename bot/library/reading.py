"""Reading a folder of FAQ files into a `Library`, and the files beside that are written alike."""

from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath

from bot.errors import LibraryError
from bot.library.files.document import FAQ, Draft, Terms
from bot.library.files.file import Contents, File, Parsed, digest, read_file
from bot.models import Fault, Library, Source
from bot.sentence import Sentence

TEXTS = "texts"
"""The folder below the FAQ folder that holds the bot's own texts, and no entries."""

CHARTER = "charter.md"
CANNED_REPLIES = "canned-replies.md"
_BESIDE = frozenset({CHARTER, CANNED_REPLIES})
"""Files in the FAQ folder, or folders in it, that are for the desk and hold no entries."""

_OTHERWISE = frozenset(
    (
        *(".txt", ".text", ".markdown", ".mdown", ".html", ".htm"),
        *(".doc", ".docx", ".odt", ".rtf", ".pages"),
        *(".csv", ".xls", ".xlsx", ".ods"),
    )
)
"""How names of files end that may be meant as entries and are not read as such."""


def read_library(
    folder: Path,
    languages: Sequence[str] = (),
    contents: Contents = Path.read_bytes,
    new: Sequence[Path] = (),
    parsed: Parsed | None = None,
) -> Library:
    """Read all `*.md` below a folder, or one file.

    A file's language is the one its front matter names, else the nearest folder around it whose
    name is a two-letter language code, else the first of `languages`. Where `languages` is empty,
    that default is the one language that the other files are in; if no file names a language it is
    "en", and if they name several, each file must.

    Args:
        folder: hidden files and folders in it are left out, and so is `texts`.
        languages: the brand's languages, the default first; an entry in another one is a fault.
            Empty: any language will do.
        contents: how a file is read, for those that would like to know what comes of a change.
        new: files that count as being there; `contents` has them.
        parsed: what files held when they were last read, which is kept up to date.

    Raises:
        LibraryError: with every fault of every file, sorted by file and line.
    """
    library, faults = read_what_can(folder, languages, contents, new, parsed)
    refuse(faults)
    return library


def read_what_can(
    folder: Path,
    languages: Sequence[str] = (),
    contents: Contents = Path.read_bytes,
    new: Sequence[Path] = (),
    parsed: Parsed | None = None,
) -> tuple[Library, Sequence[Fault]]:
    """The same, with what could be read in spite of the faults, and these."""
    paths = sorted({*library_files(folder), *new})
    parsed = parsed or Parsed()
    files = [read_file(path, folder, FAQ, contents, parsed) for path in paths]
    parsed.forget({file.name for file in files})
    faults = [fault for file in files for fault in file.faults]
    if not files:
        faults.append(Fault(Source(folder.name or str(folder), 1), _nothing(folder)))
    default = _default_language(files, languages)
    faults += language_faults(files, languages, default)
    told = [told for file in files for told in file.entries(default)]
    faults += repeated_ids(files, FAQ, default)
    entries = tuple(entry for entry, _ in told)
    hashed = digest([hashed for _, hashed in told])
    return Library(entries, hashed, tuple(languages)), faults


def refuse(faults: Sequence[Fault]) -> None:
    """Raise LibraryError with these faults in order, if there are any."""
    if faults:
        raise LibraryError(
            sorted(faults, key=lambda fault: (fault.source.file, fault.source.line, fault.message))
        )


def library_files(folder: Path) -> list[Path]:
    """The files that `read_library` reads, sorted."""
    if not folder.is_dir():
        return [folder] if folder.exists() else []
    return sorted(
        path
        for path in folder.rglob("*")
        if is_entries_file(path.relative_to(folder)) and _is_there(path)
    )


def files_beside(faq: Path, name: str) -> list[Path]:
    """The files of that name (CHARTER, CANNED_REPLIES) in an FAQ folder, or beside an FAQ file."""
    if not faq.is_dir():
        path = faq.with_name(name)
        return [path] if path.is_file() and path != faq else []
    return sorted(
        path
        for path in faq.rglob("*")
        if path.name.lower() == name and _is_read(path.relative_to(faq)) and _is_there(path)
    )


def is_entries_file(relative: PurePath) -> bool:
    """Whether a path below the FAQ folder is that of a file of entries, if there is one."""
    return relative.name.lower() not in _BESIDE and _is_read(relative)


def unread_files(faq: Path) -> list[Path]:
    """The files in an FAQ folder that seem to hold answers, and that nothing reads; sorted.

    They are those that an editor of texts or tables has saved in its own way.
    """
    return sorted(
        path
        for path in (faq.rglob("*") if faq.is_dir() else ())
        if path.suffix.lower() in _OTHERWISE
        and _is_in_sight(path.relative_to(faq))
        and path.is_file()
    )


def _is_read(relative: PurePath) -> bool:
    return _is_in_sight(relative) and relative.suffix.lower() == ".md"


def _is_in_sight(relative: PurePath) -> bool:
    parts = relative.parts
    hidden = any(part.startswith(".") for part in parts)  # ".." among them
    return bool(parts) and not relative.is_absolute() and not hidden and parts[0] != TEXTS


def _is_there(path: Path) -> bool:
    return path.is_file() or path.is_symlink()  # a link to nowhere is a fault, not a silence


def _nothing(folder: Path) -> Sentence:
    if not folder.exists():
        return Sentence("there is no such FAQ file or folder: mend the path, or make it")
    return Sentence("there is no FAQ in this folder: write one, in a file whose name ends with .md")


# ── All files together ───────────────────────────────────────────────────────────────────────────


def _default_language(files: Sequence[File], languages: Sequence[str]) -> str:
    """The language of files that name none; empty where it cannot be told."""
    if languages:
        return languages[0]
    named = {file.language for file in files if file.language}
    return "" if len(named) > 1 else next(iter(named), "en")


def language_faults(
    files: Sequence[File], languages: Sequence[str], default: str
) -> Iterator[Fault]:
    """The files in no language (there is neither their own nor a default), or in one too many."""
    for file in files:
        source = Source(file.name, file.language_line)
        if not (file.language or default):
            yield Fault(
                source,
                Sentence(
                    "which language is this? Begin the file with the lines `---`, `language: en`, "
                    "`---`, or put it into a folder named `en`"
                ),
            )
        elif languages and file.language and file.language not in languages:
            yield Fault(
                source,
                Sentence(
                    "the language {language!r} is not one of the brand's ({languages}): add it to "
                    "`languages` in bot.toml, or write another",
                    language=file.language,
                    languages=", ".join(languages),
                ),
            )


def repeated_ids(files: Sequence[File], terms: Terms, default: str = "") -> Iterator[Fault]:
    """The items that have the id of an earlier one in their language (`default` without one)."""
    first: dict[str, dict[str, Draft]] = {}
    for file in files:
        own = first.setdefault(file.language or default, {})
        for draft in file.drafts:
            earlier = own.setdefault(draft.id, draft)
            if earlier is not draft:
                home = next(one for one in files if any(it is earlier for it in one.drafts))
                yield Fault(
                    Source(file.name, draft.line),
                    Sentence(
                        "the id {entry!r} is already that of {earlier}: give this {item} another, "
                        "like {{#my-id}} at the end of its heading",
                        entry=draft.id,
                        earlier=Source(home.name, earlier.line),
                        item=Sentence(terms.item),
                    ),
                )

"""FAQ files themselves: those of another folder, or entries written anew."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from bot.exchange.items import ALL, Bundle, Imported, Item, item_of, unreadable
from bot.exchange.writing import new_file
from bot.library.files.document import FAQ, Draft
from bot.library.files.file import File, read_file
from bot.library.reading import is_entries_file, refuse, repeated_ids
from bot.models import Entry


def read(bundle: Bundle) -> Imported:
    """Read a file or a folder of FAQ files; raises LibraryError with all their faults."""
    folder = Path(bundle.name)
    places = {folder / name: content for name, content in bundle.files.items()}
    if not bundle.folder:
        places = {folder: bundle.only}
    files = [
        read_file(path, folder, contents=places.__getitem__)
        for path in sorted(places)
        if not bundle.folder or is_entries_file(PurePosixPath(path.relative_to(folder)))
    ]
    if not files:
        raise unreadable(bundle.name, 1, "there is no FAQ file in it")
    faults = [fault for file in files for fault in file.faults]
    refuse([*faults, *repeated_ids(files, FAQ)])
    items = [_item(draft, file, bundle) for file in files for draft in file.drafts]
    commented = any(b"<!--" in content for content in bundle.files.values())
    return Imported(tuple(items), ("comments are left out",) if commented else ())


def _item(draft: Draft, file: File, bundle: Bundle) -> Item:
    return Item(
        key=draft.id,
        question=draft.question,
        answer=draft.answer,
        id=draft.id,
        language=file.language,
        phrasings=draft.phrasings,
        tags=draft.attributes.tags or (),
        human=draft.attributes.human,
        review_by=draft.attributes.review_by,
        category=draft.category,
        file=file.name if bundle.folder else "",
        told=ALL,
    )


def write(entries: Sequence[Entry]) -> str:
    """Entries of one language as one file."""
    return new_file("", [item_of(entry) for entry in entries])


def write_files(entries: Sequence[Entry]) -> Mapping[str, str]:
    """Entries as files, by the path that each has in the FAQ folder."""
    by_file: dict[str, list[Item]] = {}
    for entry in entries:
        by_file.setdefault(entry.source.file, []).append(item_of(entry))
    return {file: new_file(file, items) for file, items in by_file.items()}

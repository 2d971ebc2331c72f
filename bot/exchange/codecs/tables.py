"""CSV and TSV, as spreadsheets write and read them: a row for each entry and language."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from bot.exchange.codecs import fields
from bot.exchange.items import Bundle, Imported, Item, counted, text_of, unreadable
from bot.library.files.attributes import slug
from bot.models import Entry

_NAMES = {
    "question": ("question", "questions", "titre", "title", "q", "frage", "pregunta", "domanda"),
    "answer": ("answer", "answers", "reponse", "reponses", "a", "antwort", "respuesta", "risposta"),
    "phrasings": ("phrasings", "phrasing", "formulations", "alternatives", "variants"),
    "language": ("language", "langue", "lang", "locale"),
    "category": ("category", "categorie", "rubrique", "topic"),
    "tags": ("tags", "tag", "etiquettes", "mots-cles", "keywords"),
    "human": ("human", "humain"),
    "review_by": ("review-by", "a-revoir", "expires"),
    "id": ("id", "identifiant", "key"),
    "file": ("file", "fichier"),
}
_COLUMN = {name: field for field, names in _NAMES.items() for name in names}

_LOOKED_AT = 100
"""Rows from which it is seen what parts cells."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
"""A spreadsheet would take a cell that begins so for a formula; an apostrophe keeps it text."""


def write_csv(entries: Sequence[Entry]) -> str:
    """Entries as comma-separated values, with a header."""
    return _write(entries, ",")


def write_tsv(entries: Sequence[Entry]) -> str:
    """Entries as tab-separated values, with a header."""
    return _write(entries, "\t")


def _write(entries: Sequence[Entry], delimiter: str) -> str:
    held = io.StringIO(newline="")
    table = csv.writer(held, delimiter=delimiter, lineterminator="\r\n")
    table.writerow(fields.COLUMNS)
    for entry in entries:
        row = fields.row(entry)
        row["phrasings"] = "\n".join(row["phrasings"])
        row["tags"] = " ".join(row["tags"])
        row["human"] = "yes" if row["human"] else ""
        table.writerow([_text(row[name]) for name in fields.COLUMNS])
    return held.getvalue()


def _text(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _untext(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_FORMULA) else cell


def read(bundle: Bundle) -> Imported:
    """Read a table with columns for question and answer, in any order, or without a header."""
    text, note = _decoded(bundle.only, bundle.name)
    notes = [note] if note else []
    rows = _rows(text, bundle.name)
    line, head = next(rows, (1, []))
    columns = [_COLUMN.get(slug(cell), "") for cell in head]
    if not {"question", "answer"} <= set(columns):
        if len(head) < 2 or {"question", "answer"} & set(columns):
            raise unreadable(
                bundle.name,
                line,
                "the first line must name the columns, with `question` and `answer` among them",
            )
        columns = ["question", "answer"]
        notes.append("there is no line that names columns: the first two are question and answer")
        rows = _rows(text, bundle.name)
    elif unknown := [cell for cell, column in zip(head, columns, strict=True) if not column]:
        notes.append(f"columns that say nothing to us are left out: {', '.join(unknown)}")
    items = [_item(row, columns, bundle.name, number) for number, row in rows if any(row)]
    blank = [one for one in items if not one.question.strip()]
    if blank:
        notes.append(f"{counted(len(blank), 'row')} without a question left out")
    return Imported(tuple(one for one in items if one.question.strip()), tuple(notes))


def _item(row: Sequence[str], columns: Sequence[str], file: str, line: int) -> Item:
    cells: dict[str, str] = {}
    for column, cell in zip(columns, row, strict=False):
        if column and column not in cells:
            cells[column] = _untext(cell)
    return fields.item(cells, file, line)


def _decoded(content: bytes, file: str) -> tuple[str, str]:
    """The text; what is neither UTF-8 nor UTF-16 is what spreadsheets of Windows write."""
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        if not content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return content.decode("cp1252", "replace"), (
                "the file is not UTF-8 and was read as Windows-1252: look at its accents"
            )
    return text_of(content, file), ""


def delimiter(text: str) -> str:
    """What parts cells: a tab, `;` or `,`."""
    return max("\t;,", key=lambda one: _fit(text, one))


def _fit(text: str, delimiter: str) -> tuple[bool, float, float, int]:
    """How well it parts a text: by its header, then by how many of the first rows it parts alike.

    A comma may stand in any answer, so that counting is not enough.
    """
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [row for row in islice(table, _LOOKED_AT) if any(row)]
    except csv.Error:
        rows = []
    if not rows:
        return False, 0.0, 0.0, 0
    head = {_COLUMN.get(slug(cell), "") for cell in rows[0]}
    widths = Counter(map(len, rows))
    parted = sum(number for width, number in widths.items() if width > 1)
    named = {"question", "answer"} <= head
    return named, parted / len(rows), max(widths.values()) / len(rows), len(rows[0])


def _rows(text: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line it ends on."""
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter(text))
    while True:
        try:
            row = next(table)
        except StopIteration:
            return
        except csv.Error as error:
            raise unreadable(file, table.line_num, f"this row cannot be read: {error}") from None
        yield table.line_num, row

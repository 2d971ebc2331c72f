"""Looking for words in files, whatever their format."""

from pathlib import Path


def traces(folder: Path, words: str) -> list[str]:
    """The names of the files below a folder that hold these words, in either case."""
    sought = words.lower().encode()
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sorted(path.name for path in files if sought in path.read_bytes().lower())

"""The few lines of YAML between `---` and `---` with which an FAQ file may begin."""

from collections.abc import Sequence
from dataclasses import dataclass

import yaml
from babel.localedata import normalize_locale

from bot.models import Fault, Source
from bot.options import nearest
from bot.sentence import Sentence

LONGEST = 1000
"""Characters of front matter: it holds few lines, and reading deep YAML takes very long."""

_KEYS = {"language": None}


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What a file says of itself before its first heading."""

    language: str = ""
    """Two letters, or empty where the file does not say."""
    language_line: int = 1
    lines: int = 0
    """So many lines of the file it takes, with the empty ones above it."""
    faults: tuple[Fault, ...] = ()


def read_front_matter(lines: Sequence[str], file: str) -> FrontMatter:
    """Read the front matter at the beginning of a file, if there is one."""
    start = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    if start == len(lines) or lines[start].rstrip() != "---":
        return FrontMatter()
    for end in range(start + 1, len(lines)):
        if lines[end].rstrip() in {"---", "..."}:
            text = "\n".join(lines[start + 1 : end])
            if len(text) > LONGEST:
                long = Sentence(
                    "the front matter is too long: it holds lines such as `language: fr` only"
                )
                return FrontMatter(lines=end + 1, faults=(Fault(Source(file, start + 1), long),))
            return _read(text, file, start + 2, end + 1)
    unclosed = Sentence("the front matter is not closed: write a line `---` below its last line")
    return FrontMatter(lines=len(lines), faults=(Fault(Source(file, start + 1), unclosed),))


def is_language(code: str) -> bool:
    """Whether it is the two-letter code of a language, in small letters."""
    return len(code) == 2 and code.islower() and normalize_locale(code) == code


def _read(text: str, file: str, first: int, taken: int) -> FrontMatter:
    """Read the YAML `text`, whose first line is the file's line `first`."""
    faults: list[Fault] = []
    language, language_line = "", 1

    def fault(line: int, message: str, **values: object) -> None:
        faults.append(Fault(Source(file, line), Sentence(message, **values)))

    try:
        # Only composed, never constructed: values stay the texts that were written, so that
        # Norwegian is not read as "no" = false, and every key still knows its line.
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        line, reason = first + _line_of(error, text), _reason(error)
        fault(line, "the front matter cannot be read: {reason}", reason=reason)
        return FrontMatter(lines=taken, faults=tuple(faults))
    if node is not None and not isinstance(node, yaml.MappingNode):
        fault(first, "the front matter must be lines such as `language: fr`")
        return FrontMatter(lines=taken, faults=tuple(faults))
    for key, value in node.value if node is not None else ():
        line = first + key.start_mark.line
        if not isinstance(key, yaml.ScalarNode) or key.value not in _KEYS:
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "…"
            hint = nearest(name, _KEYS)
            fault(line, "unknown key {name!r} in the front matter{hint}", name=name, hint=hint)
        elif language:
            fault(line, "the front matter names a second language: keep one, one file each")
        elif not isinstance(value, yaml.ScalarNode) or not is_language(value.value.lower()):
            fault(line, "write the language as its two-letter code, such as `language: fr`")
        else:
            language, language_line = value.value.lower(), line
    return FrontMatter(language, language_line, taken, tuple(faults))


def _line_of(error: Exception, text: str) -> int:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        last = text.count("\n")
        return int(min(error.problem_mark.line, last))
    if isinstance(error, yaml.reader.ReaderError):
        return text.count("\n", 0, error.position)
    return 0


def _reason(error: Exception) -> Sentence:
    if isinstance(error, yaml.MarkedYAMLError):
        problem = error.problem or error.context
        return Sentence("{problem} (write lines such as `language: fr`)", problem=problem)
    if isinstance(error, yaml.reader.ReaderError):
        return Sentence("it holds a character that cannot be shown; delete it")
    return Sentence("write lines such as `language: fr`")

"""What keeps the code simple, looked at in its sources."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import shipped

ROOT = Path(__file__).parents[2]
CORE = ROOT / "bot"
KINDS = {".py", ".html", ".js", ".css", ".toml", ".svg", ".txt"}

OURS = {"webchat"}
"""Not a foreign network: our own pages, which DESIGN.md places in the core."""
ELSEWHERE = {
    *("facebook", "messenger", "instagram", "whatsapp", "mastodon", "activitypub", "fediverse"),
    *("twitter", "tweet", "bluesky", "discord", "telegram", "tiktok", "youtube"),
    *("linkedin", "snapchat", "reddit", "wechat", "skype", "viber", "xmpp", "zulip"),
    *("mattermost", "rocketchat"),
}
"""Names that are no ordinary words. "line", "matrix", "signal", "slack", "teams" and "x" are."""
AS_NAMES = {"Matrix", "Signal", "LINE", "Teams", "Slack"}
"""Ordinary words that would be names if written so, after "on", "from", "to", …"""


def sources(folder: Path, *suffixes: str) -> list[Path]:
    found = [path for path in folder.rglob("*") if path.suffix in suffixes]
    return sorted(path for path in found if not {"_shipped", "__pycache__"} & set(path.parts))


def modules() -> list[Path]:
    return [*sources(CORE, ".py"), *sources(ROOT / "handlers", ".py")]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


# ── the core knows no network ────────────────────────────────────────────────────────────────────


def networks() -> set[str]:
    files = {path.stem for path in (ROOT / "handlers").glob("*.py")}
    return ELSEWHERE | files - OURS - {"__init__"}


def named_in(text: str) -> set[str]:
    words = {
        word.lower() for word in re.findall(r"[A-Za-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text))
    }
    spoken = rf"\b(?:on|from|via|by|to|like|as|in) ({'|'.join(sorted(AS_NAMES))})\b"
    return words & networks() | set(re.findall(spoken, text))


@pytest.mark.parametrize("path", sources(CORE, *KINDS), ids=name)
def test_the_core_names_no_network(path: Path) -> None:
    assert not named_in(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "text",
    ["# as on Telegram", "TELEGRAM_TOKEN", "class TelegramHandler", "import discord", "via Matrix"],
)
def test_a_network_would_be_found(text: str) -> None:
    assert named_in(text)


@pytest.mark.parametrize(
    "text", ["a matrix of counts", "_CLOCK_SLACK", "signal.SIGTERM", "x = 1", "new Line"]
)
def test_ordinary_words_are_no_networks(text: str) -> None:
    assert not named_in(text)


def test_the_bots_words_name_no_network() -> None:
    for path in (shipped.folder() / "faq" / "texts").glob("*.toml"):
        assert not named_in(path.read_text(encoding="utf-8")), path


# ── modules can be read in one sitting ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", modules(), ids=name)
def test_modules_are_short(path: Path) -> None:
    longest = 480 if path.parent.name == "handlers" else 420  # there, one network is one file
    assert len(path.read_text(encoding="utf-8").splitlines()) <= longest


# ── no state between the lines ───────────────────────────────────────────────────────────────────

MUTABLE_CALLS = {
    *("list", "dict", "set", "defaultdict", "deque", "Counter", "OrderedDict", "bytearray"),
    *("Event", "Lock", "Queue", "ContextVar", "WeakValueDictionary", "SimpleQueue", "count"),
}
MUTABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


def assignments(tree: ast.Module) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Target and value of what a module assigns at its top."""
    for node in tree.body:
        if isinstance(node, ast.Assign):
            yield node.targets[0], node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield node.target, node.value


def is_table(target: ast.expr) -> bool:
    """A name in capitals, which nothing changes (see below); or `__all__`."""
    return isinstance(target, ast.Name) and (target.id.isupper() or target.id == "__all__")


def called(value: ast.expr) -> str:
    if not isinstance(value, ast.Call):
        return ""
    return value.func.attr if isinstance(value.func, ast.Attribute) else ast.unparse(value.func)


@pytest.mark.parametrize("path", modules(), ids=name)
def test_modules_keep_no_state(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for target, value in assignments(tree):
        written = f"{name(path)}:{value.lineno} {ast.unparse(target)}"
        assert called(value) not in MUTABLE_CALLS, written
        assert not isinstance(value, MUTABLE) or is_table(target), written
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Global)]


def constants(tree: ast.Module) -> set[str]:
    return {
        target.id
        for target, value in assignments(tree)
        if isinstance(target, ast.Name) and isinstance(value, MUTABLE)
    }


CHANGERS = {
    *("append", "add", "update", "pop", "clear", "extend", "insert", "remove", "discard"),
    *("setdefault", "popitem"),
}


@pytest.mark.parametrize("path", modules(), ids=name)
def test_tables_are_never_changed(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tables = constants(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            changed = node.value.id in tables and node.attr in CHANGERS
            assert not changed, f"{name(path)}:{node.lineno}"
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            assert ast.unparse(node.value) not in tables, f"{name(path)}:{node.lineno}"


# ── time comes from the clock ────────────────────────────────────────────────────────────────────

NEVER = {"time.sleep", "datetime.utcnow", "datetime.today", "date.today", "datetime.fromtimestamp"}
"""Calls that know no time zone (or stop everything), unless they are given one."""
CLOCKS = {"datetime.now", "time.time"}
EDGES = {"clock.py", "cli"}
"""Where time comes from: the clock, and the commands that a person starts."""


def asked(path: Path) -> Iterator[tuple[str, str, bool]]:
    """Every call of a module: where it is, of what, and whether it is given anything."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            zone = bool(node.args) or bool(node.keywords)
            yield f"{name(path)}:{node.lineno}", ast.unparse(node.func), zone


@pytest.mark.parametrize("path", modules(), ids=name)
def test_times_are_aware_and_come_from_the_clock(path: Path) -> None:
    at_the_edge = bool(EDGES & set(path.relative_to(ROOT).parts))
    for where, call, zone in asked(path):
        short = ".".join(call.split(".")[-2:])
        assert short not in NEVER or (short == "datetime.fromtimestamp" and zone), where
        assert short not in CLOCKS or (at_the_edge and zone), where

"""The log of a running bot."""

import logging
import sys
from pathlib import Path

import pytest

from bot.cli import logs
from bot.config import HandlerOptions, Mail, Settings


def record(message: str, *args: object, error: bool = False) -> logging.LogRecord:
    info = sys.exc_info() if error else None
    return logging.LogRecord("bot.x", logging.ERROR, "x.py", 1, message, args, info)


def test_a_record_is_one_line_and_begins_with_its_time() -> None:
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        line = logs.OneLine(()).format(record("%s\nfailed", "it", error=True))
    assert "\n" not in line
    assert line[:4].isdigit()
    assert " ERROR bot.x: it | failed | Traceback" in line
    assert line.endswith("ZeroDivisionError: division by zero")


def test_secrets_that_the_settings_name_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "123:abc")
    (tmp_path / "mail.txt").write_text("hunter2\n", encoding="utf-8")
    network = HandlerOptions("net", enabled=True, options={"token_env": "SECRET_TOKEN"})
    off = HandlerOptions("off", enabled=False, options={"token_env": "HOME"})
    missing = HandlerOptions("other", enabled=True, options={"key_env": "NO_SUCH_VARIABLE"})
    settings = Settings(
        tmp_path, mail=Mail(password_file="mail.txt"), handlers=(network, off, missing)
    )
    found = frozenset(logs.secrets(settings))
    assert found == {"123:abc", "hunter2"}
    line = logs.OneLine(found).format(record("POST https://x/bot123:abc/send with %s", "hunter2"))
    assert line.endswith("POST https://x/bot***/send with ***")

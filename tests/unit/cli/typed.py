"""Typing commands, in this process or in one of their own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from bot.cli import cli

DEMO = Path(__file__).parents[3] / "faq"


def comptoir(*words: object, typed: str = "") -> Result:
    """Run a command in this process; whatever it does not mend itself is raised."""
    result = CliRunner().invoke(
        cli, [str(word) for word in words], input=typed, prog_name="comptoir"
    )
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def document(*words: object, typed: str = "", status: int = 0) -> Any:
    """What a command prints with --json."""
    result = comptoir(*words, "--json", typed=typed)
    assert result.exit_code == status, result.output
    return json.loads(result.stdout)


def process(
    *words: object, folder: Path, typed: bytes = b"", environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a user does, in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *map(str, words)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(DEMO.parent), **(environment or {})},
        input=typed,
        capture_output=True,
        timeout=120,
        check=False,
    )

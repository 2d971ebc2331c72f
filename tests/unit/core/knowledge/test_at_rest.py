"""What a bot that waits for its first message has not loaded: memory that nobody has asked for."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]
LOADED = """
import pathlib, sys, tempfile
from bot import config
from bot.clock import SystemClock
from bot.core.knowledge.live import Knowledge

with tempfile.TemporaryDirectory() as folder:
    file = pathlib.Path(folder, "bot.toml")
    file.write_text(pathlib.Path("bot.toml").read_text().replace('path = "faq"', f'path = "{faq}"'))
    knowledge = Knowledge(config.load(file), SystemClock())
    knowledge.mind.matcher.match("vous livrez en combien de jours ?")
    {then}
    print(*sys.modules)
"""


def loaded(then: str) -> set[str]:
    """What is loaded once the demo brand has answered, and that was done."""
    code = LOADED.replace("{faq}", str(ROOT / "faq")).replace("{then}", then)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(done.stdout.split())


def test_libraries_of_what_nobody_has_asked_for_yet() -> None:
    """Masked arrays come with some functions of numpy; what Babel knows is a file a language."""
    found = loaded("import babel.localedata as known; print('locales:', *known._cache)")
    assert {"numpy", "babel.localedata"} < found
    assert not found & {"numpy.ma", "opening_hours", "fr", "en", "root"}


def test_they_are_there_once_somebody_asks() -> None:
    asking = "knowledge.mind.hours.presence(SystemClock().now());"
    asking += "knowledge.mind.commands.language('english');"
    found = loaded(f"{asking} import babel.localedata as known; print(*known._cache)")
    assert {"opening_hours", "fr", "en"} < found

"""The words of widget.js are the bot's own: in every brand language, and replaceable."""

import json
import re
from pathlib import Path

from bot import texts
from bot.web import widget
from bot.web.widget import script


def words(folder: Path, *languages: str) -> dict[str, dict[str, str]]:
    found = re.search(
        r"const WORDS = (.*);", script(texts.read(folder, languages, "La Marque"), [])
    )
    assert found
    said: dict[str, dict[str, str]] = json.loads(found[1])
    return said


def test_each_language_has_all_that_the_script_says(tmp_path: Path) -> None:
    said = words(tmp_path, "fr", "en")
    assert list(said) == ["fr", "en"]
    assert said["en"]["unread_many"] == "{number} unread messages"
    source = (Path(widget.__file__).parent / "static" / "widget.js").read_text(encoding="utf-8")
    used = set(re.findall(r"\bwords\.(\w+)", source))
    assert used == set(said["fr"]) == set(said["en"])


def test_the_brand_can_say_it_otherwise_and_in_further_languages(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    own = '[widget]\ntitle = "Vraag {brand}"\n'
    (tmp_path / "texts" / "nl.toml").write_text(own, encoding="utf-8")
    said = words(tmp_path, "fr", "nl")
    assert said["nl"]["title"] == "Vraag La Marque"
    assert said["nl"]["close"] == said["fr"]["close"]


def test_the_sites_that_may_embed_the_chat_are_in_it(tmp_path: Path) -> None:
    found = script(texts.read(tmp_path, ["fr"], "B"), ("https://www.example.com",))
    assert 'const sites = ["https://www.example.com"];' in found


def test_what_a_brand_writes_cannot_break_the_script(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    own = "[widget]\ntitle = '\"}};\u2028alert(1)//</script>'\n"
    (tmp_path / "texts" / "fr.toml").write_text(own, encoding="utf-8")
    assert words(tmp_path, "fr")["fr"]["title"] == '"};\u2028alert(1)//</script>'
    assert "\u2028" not in script(texts.read(tmp_path, ["fr"], "B"), [])

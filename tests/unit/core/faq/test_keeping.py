"""The FAQ's files while several people save at once."""

import asyncio
from pathlib import Path

from bot.core.faq.keeping import Keeper
from bot.errors import Conflict
from bot.matching.matcher import Matcher

FAQ = "---\nlanguage: en\n---\n" + "".join(
    f"\n## Where is number {number}? {{#n{number}}}\n\nThere.\n" for number in range(12)
)


async def nothing() -> None:
    """Nothing is to be reloaded."""


async def test_of_those_who_save_at_once_one_succeeds_and_the_others_look_again(
    tmp_path: Path,
) -> None:
    file = tmp_path / "faq.md"
    file.write_text(FAQ)
    keeper = Keeper(tmp_path, ("en",), nothing, Matcher.build)
    edits = [
        keeper.editor.add_phrasing(f"n{number}", "en", f"and {number}?") for number in range(12)
    ]
    saved = await asyncio.gather(
        *(keeper.save(edit, "ann") for edit in edits), return_exceptions=True
    )
    written = [edit for edit, result in zip(edits, saved, strict=True) if result == ""]
    assert [file.read_bytes()] == [edit.after for edit in written]
    refused = [result for result in saved if isinstance(result, Conflict)]
    assert len(refused) == 11

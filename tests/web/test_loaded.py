"""What a bot that serves its pages has not loaded: memory that nobody has use for."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SERVING = """
import asyncio, pathlib, sys, tempfile
from tests.support.whole import whole_bot

async def main():
    with tempfile.TemporaryDirectory() as folder:
        async with whole_bot(pathlib.Path(folder)) as bot:
            await bot.write(await bot.chatter(), "vous livrez en combien de jours ?")
            print(*sys.modules)

asyncio.run(main())
"""


def test_the_first_version_of_pydantic_is_not_loaded() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SERVING], capture_output=True, text=True, check=True, cwd=ROOT
    )
    found = set(done.stdout.split())
    assert "pydantic.main" in found
    assert "pydantic.v1.main" not in found

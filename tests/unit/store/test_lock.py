"""One running bot for each database."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.store.lock import exclusive

HOLDER = """
import sys, time
from pathlib import Path
from bot.store.lock import exclusive
with exclusive(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def test_a_second_bot_is_told_who_runs(tmp_path: Path) -> None:
    database = tmp_path / "var" / "store.db"
    with (
        exclusive(database),
        pytest.raises(UserError, match=f"process {os.getpid()}"),
        exclusive(database),
    ):
        pass
    with exclusive(database):
        pass  # free again


def test_the_lock_dies_with_its_holder(tmp_path: Path) -> None:
    database = tmp_path / "store.db"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, database],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(UserError, match=f"process {holder.pid}"), exclusive(database):
            pass
        holder.kill()
    with exclusive(database):
        pass


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(UserError, match="cannot be written"),
        exclusive(tmp_path / "file" / "store.db"),
    ):
        pass

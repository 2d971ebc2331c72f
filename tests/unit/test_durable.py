"""Files that are there whole or not at all."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bot import durable

ROOT = Path(__file__).parents[2]

COUNTING = """
import sys
from pathlib import Path
from bot.errors import Conflict
from bot.library.files.lines import put

path, done = Path(sys.argv[1]), 0
while done < 100:
    before = path.read_bytes()
    try:
        put("count", path, before, str(int(before) + 1).encode())
    except Conflict:
        continue
    done += 1
"""
"""A process that changes a file 100 times, each time on what it has read."""


def test_a_file_is_replaced_and_is_ours_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "key"
    durable.write(path, b"one")
    durable.write(path, b"two")
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_what_a_killed_process_left_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "key.new").write_bytes(b"ha")
    durable.write(tmp_path / "key", b"whole")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"whole"]


def test_the_old_file_stays_until_the_new_one_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "key"
    durable.write(path, b"old")

    def fails(_: int) -> None:
        assert path.read_bytes() == b"old"
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fails)
        with pytest.raises(OSError, match="no space"):
            durable.write(path, b"new")
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [b"old"]


def test_a_key_is_made_once_and_again_where_its_file_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "var" / "signing.key"
    first = durable.key(path)
    assert len(first) == 32
    assert durable.key(path) == first
    path.write_bytes(b"")
    assert len(durable.key(path)) == 32


def test_a_file_is_exchanged_only_while_it_is_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "new" / "one.md"
    assert not durable.exchange(path, b"", b"one")
    assert durable.exchange(path, None, b"one", 0o644)
    assert not durable.exchange(path, None, b"two", 0o644)
    path.chmod(0o640)
    assert durable.exchange(path, b"one", b"two", 0o644)
    assert path.read_bytes() == b"two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_of_two_processes_neither_undoes_what_the_other_writes(tmp_path: Path) -> None:
    path = tmp_path / "count"
    path.write_bytes(b"0")
    counting = [sys.executable, "-c", COUNTING, str(path)]
    both = [subprocess.Popen(counting, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(2)]
    said = [one.communicate(timeout=60)[1] for one in both]
    assert said == [b"", b""]
    assert path.read_bytes() == b"200"
    assert list(tmp_path.iterdir()) == [path]

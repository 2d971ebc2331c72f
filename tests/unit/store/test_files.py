"""Our own files: whole or not there at all, each once, and gone when nothing names them."""

import hashlib
import os
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import FileRefused
from bot.models import Attachment
from bot.store.files import Files, clean_name

MOST = 1000


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "var" / "files")


async def pieces(*content: bytes) -> AsyncIterator[bytes]:
    for piece in content:
        yield piece


def all_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def later() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


async def test_a_file_is_kept_under_the_hash_of_its_content(files: Files) -> None:
    kept = await files.add(pieces(b"GIF", b"89a"), "chat.gif", "image/gif", MOST)

    digest = hashlib.sha256(b"GIF89a").hexdigest()
    assert kept == Attachment(digest, "chat.gif", "image/gif", 6)
    assert files.path(kept).read_bytes() == b"GIF89a"
    assert stat.S_IMODE(files.path(kept).stat().st_mode) == 0o600


async def test_the_same_content_is_kept_once(files: Files, tmp_path: Path) -> None:
    one = await files.add(pieces(b"same"), "a.txt", "text/plain", MOST)
    two = await files.add(pieces(b"sa", b"me"), "b.pdf", "application/pdf", MOST)

    assert one.reference == two.reference
    assert len(all_files(tmp_path)) == 1


@pytest.mark.parametrize(
    ("content", "reason"), [((b"x" * 600, b"x" * 401), "large"), ((), "empty"), ((b"",), "empty")]
)
async def test_what_is_refused_leaves_nothing(
    files: Files, tmp_path: Path, content: tuple[bytes, ...], reason: str
) -> None:
    with pytest.raises(FileRefused, match=r"a\.txt") as caught:
        await files.add(pieces(*content), "a.txt", "text/plain", MOST)

    assert caught.value.reason == reason
    assert all_files(tmp_path) == []


async def test_as_large_as_may_be(files: Files) -> None:
    kept = await files.add(pieces(b"x" * MOST), "a.txt", "text/plain", MOST)

    assert kept.size == MOST


async def test_a_sender_that_breaks_off_leaves_nothing(files: Files, tmp_path: Path) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await files.add(broken(), "a.txt", "text/plain", MOST)
    assert all_files(tmp_path) == []


@pytest.mark.parametrize("reference", ["0" * 64, "../comptoir.db", "", "0" * 63, "g" * 64])
def test_what_is_none_of_ours_has_no_place(files: Files, reference: str) -> None:
    with pytest.raises(FileNotFoundError, match=r"a\.txt"):
        files.path(Attachment(reference, "a.txt", "text/plain"))
    with pytest.raises(FileNotFoundError, match=r"a\.txt"):
        files.known(reference, "a.txt", "text/plain")


async def test_a_known_file_may_have_another_name(files: Files) -> None:
    kept = await files.add(pieces(b"content"), "a.txt", "text/plain", MOST)

    again = files.known(kept.reference, "../b.pdf", "application/pdf")
    assert again == Attachment(kept.reference, "b.pdf", "application/pdf", 7)


async def test_what_nothing_names_is_swept_away(files: Files, tmp_path: Path) -> None:
    kept = await files.add(pieces(b"kept"), "a.txt", "text/plain", MOST)
    await files.add(pieces(b"dropped"), "b.txt", "text/plain", MOST)
    folder = tmp_path / "var" / "files"
    (folder / "new-0123").write_bytes(b"half a file of a bot that was killed")
    long_ago = datetime.now(UTC) - timedelta(hours=1)

    assert await files.sweep([kept.reference], long_ago) == 0  # it may be on its way to a row
    assert await files.sweep([kept.reference], later()) == 2
    assert all_files(tmp_path) == [files.path(kept)]


async def test_a_file_that_comes_again_is_new_again(files: Files) -> None:
    kept = await files.add(pieces(b"kept"), "a.txt", "text/plain", MOST)
    os.utime(files.path(kept), (0, 0))
    await files.add(pieces(b"kept"), "a.txt", "text/plain", MOST)

    assert await files.sweep([], datetime.now(UTC) - timedelta(hours=1)) == 0


async def test_a_file_that_is_about_to_be_sent_is_new_again(files: Files) -> None:
    kept = await files.add(pieces(b"kept"), "a.txt", "text/plain", MOST)
    os.utime(files.path(kept), (0, 0))
    files.known(kept.reference, "a.txt", "text/plain")

    assert await files.sweep([], datetime.now(UTC) - timedelta(hours=1)) == 0


async def test_only_files_of_ours_are_removed(files: Files, tmp_path: Path) -> None:
    kept = await files.add(pieces(b"kept"), "a.txt", "text/plain", MOST)
    beside = tmp_path / "var" / "comptoir.db"
    beside.write_bytes(b"not a file of ours")
    await files.remove([kept.reference, "../../comptoir.db", "a reference of a network's"])

    assert all_files(tmp_path) == [beside]


async def test_without_a_folder_there_is_nothing_to_sweep(files: Files) -> None:
    assert await files.sweep([], later()) == 0


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("photo.jpg", "photo.jpg"),
        ("l'été à Sète.PDF", "l'été à Sète.PDF"),
        ("/etc/passwd", "passwd"),
        ("C:\\Users\\lea\\photo.jpg", "photo.jpg"),
        ("..", "file"),
        ("", "file"),
        ("a\r\nX-Header: b.txt", "aX-Header: b.txt"),
        ("gpj.\u202eexe.jpg", "gpj.exe.jpg"),
        ("x" * 300 + ".jpeg", "x" * 115 + ".jpeg"),
        (".htaccess", "htaccess"),
        ("\ud800.txt", "txt"),
    ],
)
def test_names_are_made_harmless(given: str, kept: str) -> None:
    assert clean_name(given) == kept


@pytest.mark.parametrize(
    ("told", "name", "kept"),
    [
        ("image/png", "a.jpg", "image/png"),
        ("IMAGE/PNG; x=1", "a", "image/png"),
        ("", "a.jpg", "image/jpeg"),
        ("application/octet-stream", "a.pdf", "application/pdf"),
        ("text/html\r\nX: y", "a.zzz", "application/octet-stream"),
        ("nonsense", "a", "application/octet-stream"),
    ],
)
async def test_the_media_type_is_known_or_none(
    files: Files, told: str, name: str, kept: str
) -> None:
    assert (await files.add(pieces(b"x"), name, told, MOST)).media_type == kept

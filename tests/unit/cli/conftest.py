"""A brand's folder, as `comptoir init` makes it and its bot leaves it."""

from pathlib import Path

import pytest

from tests.support.demo import encoded
from tests.unit.cli.typed import comptoir


@pytest.fixture
def brand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new folder with bot.toml and faq/, which is the current one."""
    folder = tmp_path / "brand"
    assert comptoir("init", folder).exit_code == 0
    encoded(folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with nothing in it, which is the current one."""
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder

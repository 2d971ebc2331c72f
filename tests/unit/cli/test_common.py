import io
import sys

import pytest

from bot.cli.common import watched

ASKED = ["where is my parcel", "hello"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_who_watches_sees_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    assert list(watched(ASKED, "Asking")) == ASKED
    assert "100%" in screen.getvalue()


def test_a_program_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    assert list(watched(ASKED, "Asking")) == ASKED
    assert not pipe.getvalue()

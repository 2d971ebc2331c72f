import io
import sys

import pytest

from bot.cli.measuring import watched
from bot.matching.evaluate import Question

ASKED = [Question("delai", "where is my parcel"), Question("-", "hello")]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_who_watches_sees_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    assert list(watched(ASKED)) == ASKED
    assert "100%" in screen.getvalue()


def test_a_program_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    assert list(watched(ASKED)) == ASKED
    assert not pipe.getvalue()

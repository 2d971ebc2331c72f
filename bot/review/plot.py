"""The precision and coverage of a matcher as a picture: an SVG that stands by itself."""

import math
from collections.abc import Iterator, Sequence
from html import escape

from bot.review.measures import Point, Setting

_WIDTH, _HEIGHT = 720, 440
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 56, 56
_MOST_POINTS = 400
_STYLE = """
svg { font: 14px system-ui, sans-serif; background: #fff; color: #1c1c1c }
text { fill: currentColor } .small { font-size: 12px } .head { font-size: 17px; font-weight: 600 }
.grid { stroke: currentColor; stroke-opacity: .15 } .curve { fill: none; stroke: #1763b6; \
stroke-width: 2.5; stroke-linejoin: round }
.mark { fill: #1763b6 } .now { fill: #b4410e } .wanted { stroke: #b4410e; stroke-dasharray: 6 4 }
@media (prefers-color-scheme: dark) { svg { background: #181818; color: #eee }
.curve { stroke: #7db7f2 } .mark { fill: #7db7f2 } .now { fill: #f2a07d } \
.wanted { stroke: #f2a07d } }
"""


def svg(
    points: Sequence[Point], settings: Sequence[Setting], current: float, wanted: float | None
) -> str:
    """Draw the curve.

    Args:
        points: the curve, the surest question first.
        settings: values of `[matching] precision` that are marked on it.
        current: the one that is set.
        wanted: a share of right answers (0 to 1) that is drawn as a line.
    """
    shares = [one.right for one in points] + [one.right for one in settings if one.right]
    lowest = min([*shares, 1.0] if wanted is None else [*shares, wanted])
    scale = _Scale(min(0.9, math.floor(lowest * 10) / 10))
    box = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-labelledby="title summary"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box}>',
        f'<title id="title">{_TITLE}</title>',
        f'<desc id="summary">{escape(_summary(settings, current))}</desc>',
        f"<style>{_STYLE}</style>",
        f'<text class="head" x="{_LEFT}" y="28">{_TITLE}</text>',
        *_grid(scale),
        *_wanted(scale, wanted),
        _curve(scale, points),
        *_marks(scale, settings, current),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


_TITLE = "Answers that are right, by how many questions are answered"


class _Scale:
    """From shares to places in the picture."""

    def __init__(self, lowest: float) -> None:
        self.lowest = lowest

    def x(self, answered: float) -> float:
        return _LEFT + answered * (_WIDTH - _LEFT - _RIGHT)

    def y(self, right: float) -> float:
        height = _HEIGHT - _TOP - _BOTTOM
        return _TOP + (1 - right) / (1 - self.lowest) * height


def _summary(settings: Sequence[Setting], current: float) -> str:
    told = [
        f"precision = {one.precision:g}{' (now)' if one.precision == current else ''}: "
        f"{one.share:.0%} answered, {one.right:.0%} of them rightly"
        for one in settings
        if one.right is not None
    ]
    return "; ".join(told)


def _grid(scale: _Scale) -> Iterator[str]:
    for step in range(11):
        share = step / 10
        x = scale.x(share)
        yield f'<line class="grid" x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{_HEIGHT - _BOTTOM}"/>'
        yield (
            f'<text class="small" x="{x:.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle">'
            f"{step * 10}</text>"
        )
        if share >= scale.lowest - 1e-9:
            y = scale.y(share)
            yield _level("grid", y)
            yield (
                f'<text class="small" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">'
                f"{step * 10}</text>"
            )
    middle = (_TOP + _HEIGHT - _BOTTOM) / 2
    yield (
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 14}" text-anchor="middle">'
        "questions answered, %</text>"
    )
    yield (
        f'<text x="18" y="{middle}" text-anchor="middle" transform="rotate(-90 18 {middle})">'
        "answers that are right, %</text>"
    )


def _wanted(scale: _Scale, wanted: float | None) -> Iterator[str]:
    if wanted is not None:
        yield _level("wanted", scale.y(wanted))


def _level(kind: str, y: float) -> str:
    return f'<line class="{kind}" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>'


def _curve(scale: _Scale, points: Sequence[Point]) -> str:
    step = max(1, len(points) // _MOST_POINTS)
    kept = [*points[::step], *points[-1:]]
    places = " ".join(f"{scale.x(one.answered):.1f},{scale.y(one.right):.1f}" for one in kept)
    return f'<polyline class="curve" points="{places}"/>'


def _marks(scale: _Scale, settings: Sequence[Setting], current: float) -> Iterator[str]:
    """The settings on the curve; a label that would stand on another is moved, or left out."""
    taken: list[tuple[float, float]] = []
    for one in sorted(settings, key=lambda one: one.precision != current):
        if one.right is None:
            continue
        x, y = scale.x(one.share), scale.y(one.right)
        now = one.precision == current
        kind, label = ("now", f"{one.precision:g} (now)") if now else ("mark", f"{one.precision:g}")
        yield f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{6 if now else 4.5}"/>'
        for dx, dy, anchor in ((9, -8, "start"), (-9, 20, "end"), (9, 20, "start")):
            place = (x + dx + (20 if anchor == "start" else -20), y + dy)
            if not any(abs(place[0] - a) < 46 and abs(place[1] - b) < 13 for a, b in taken):
                taken.append(place)
                yield (
                    f'<text class="small" x="{x + dx:.1f}" y="{y + dy:.1f}"'
                    f' text-anchor="{anchor}">{label}</text>'
                )
                break

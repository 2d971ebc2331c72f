"""The chat's page and its colours, without a browser: rules that need only their text."""

import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.web.chat_steps import BRAND, TEXTS, WEB

VOID = {"meta", "link", "input", "img", "br"}
TOKENS = (WEB / "static" / "tokens.css").read_text(encoding="utf-8")

GROUNDS = ("paper", "card", "sunken")
STATES = ("accent", "human", "ok", "warn", "danger")
# Text and the grounds it stands on: 4.5 to 1 (WCAG 2.2, 1.4.3).
TEXT_PAIRS = [
    *[(text, ground) for text in ("ink", "ink-soft", *STATES) for ground in GROUNDS],
    *[("ink", f"{state}-soft") for state in STATES],
    *[(state, f"{state}-soft") for state in STATES],
    ("accent", "human-soft"),
    ("on-plate", "plate"),
    ("on-plate-soft", "plate"),
    ("on-accent", "accent"),
    ("on-accent", "accent-hover"),
    ("on-mine", "mine"),
]
# Edges of controls and the ring of focus: 3 to 1 (WCAG 2.2, 1.4.11).
EDGE_PAIRS = [
    (edge, ground) for edge in ("line-strong", "focus") for ground in ("paper", "card", "sunken")
]


def render(language: str = "fr", *, allowed_origins: Sequence[str] = (), contact: str = "") -> str:
    """The page as the server renders it."""
    environment = Environment(
        loader=FileSystemLoader(WEB / "templates"), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template("chat.html").render(
        lang=language,
        dir="ltr",
        brand=BRAND,
        t=TEXTS[language],
        embed=False,
        allowed_origins=list(allowed_origins),
        contact=contact,
        networks=["net"],
        mails=True,
        max_files=5,
        max_file_bytes=1000,
    )


class Reader(HTMLParser):
    """Collects the elements of a page, and notes tags that do not close."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


@pytest.fixture(params=["fr", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_page_is_whole_and_in_its_language(language: str) -> None:
    reader = Reader(render(language))
    assert reader.open == []
    assert reader.all("html") == [{"lang": language, "dir": "ltr"}]
    assert len(reader.all("main")) == len(reader.all("h1")) == len(reader.all("title")) == 1
    ids = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_nothing_in_it_needs_a_looser_security_policy(language: str) -> None:
    for tag, attributes in Reader(render(language)).elements:
        assert tag != "style"
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
        if tag == "script":
            assert ("src" in attributes) != (attributes["type"] == "application/json")
        for name in ("src", "href"):
            assert re.match(r"/static/|#|data:|$", attributes.get(name) or ""), attributes


def test_every_field_has_a_label_and_every_button_a_type(language: str) -> None:
    reader = Reader(render(language))
    labels = {attributes.get("for") for attributes in reader.all("label")}
    fields = reader.all("input", "textarea", "select")
    assert fields
    assert all(attributes["id"] in labels for attributes in fields)
    assert all(
        attributes.get("type") in {"button", "submit"} for attributes in reader.all("button")
    )
    assert all(attributes.get("aria-hidden") == "true" for attributes in reader.all("svg"))


def test_the_page_uses_every_text_and_no_other() -> None:
    source = (WEB / "templates" / "chat.html").read_text(encoding="utf-8")
    assert set(re.findall(r"\bt\.(\w+)", source)) == set(TEXTS["fr"]) == set(TEXTS["en"])
    handed = set(re.findall(r'"(\w+)": t\.', source))
    scripts = [path.read_text(encoding="utf-8") for path in (WEB / "static").glob("chat*.js")]
    assert set(re.findall(r"\btexts\.(\w+)", "".join(scripts))) == handed


def test_what_a_brand_writes_cannot_break_out_of_the_page() -> None:
    page = render(contact="</p><b>", allowed_origins=["</script><b>"])
    assert "<b>" not in page
    settings = re.search(r'id="settings">(.*?)</script>', page, re.DOTALL)
    assert settings
    assert json.loads(settings[1])["allowed_origins"] == ["</script><b>"]


def test_the_widget_is_small() -> None:
    assert (WEB / "static" / "widget.js").stat().st_size < 10_000


# ── Colours ──────────────────────────────────────────────────────────────────────────────────────


BLOCK = re.compile(r"(?:@media ([^{]+) \{\s*)?:root \{(.*?)\}", re.DOTALL)
COLOUR = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{3,6});")
CONDITION = re.compile(r"\(prefers-(?:color-)?([^)]+)\)")
THEMES = {
    "light": set[str](),
    "dark": {"scheme: dark"},
    "more contrast": {"contrast: more"},
    "dark, more contrast": {"scheme: dark", "contrast: more"},
}


def colours_of(theme: str) -> dict[str, str]:
    """The tokens' colours in one of the four circumstances, as a browser would stack them."""
    stacked: dict[str, str] = {}
    for condition, body in BLOCK.findall(TOKENS):
        if set(CONDITION.findall(condition)) <= THEMES[theme]:
            stacked |= dict(COLOUR.findall(body))
    return stacked


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1 (WCAG 2.2, definitions)."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_every_pair_of_colours_can_be_read(theme: str) -> None:
    colours = colours_of(theme)
    poor = {
        f"{front} on {ground}": round(contrast(colours[front], colours[ground]), 2)
        for pairs, least in ((TEXT_PAIRS, 4.5), (EDGE_PAIRS, 3.0))
        for front, ground in pairs
        if contrast(colours[front], colours[ground]) < least
    }
    assert poor == {}


def test_the_browsers_own_frame_has_the_plates_colour() -> None:
    frames = re.findall(r'name="theme-color" content="(#\w+)"', render())
    assert frames == [colours_of(name)["plate"] for name in ("light", "dark")]


def test_contrast_is_computed_as_the_standard_says() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#fff") == pytest.approx(4.54, abs=0.01)

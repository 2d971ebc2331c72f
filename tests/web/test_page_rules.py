"""The rules of accessibility find what they are there to find."""

import pytest
from playwright.async_api import Page

from tests.web import page_rules

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

GOOD = """<!doctype html><html lang="fr"><head><title>Page</title></head><body>
<header><h1>Titre</h1></header><main>{}</main></body></html>"""
BUTTON = 'type="button" style="min-width: 44px; height: 44px"'

FAULTS = {
    "<p style='color: #999; background: #fff'>pâle</p>": "contrast 2.85: <p > pâle",
    "<p style='opacity: 0.4'>pâle</p>": "contrast",
    "<p style='color: rgb(0 0 0 / 40%)'>pâle</p>": "contrast",
    f"<button {BUTTON}></button>": "no name: <button",
    f"<button {BUTTON} aria-label='Non'>Oui</button>": "its name is not what it says",
    f"<button {BUTTON}><span tabindex='0'>x</span></button>": "a control within a control",
    f"<div aria-hidden='true'><button {BUTTON}>x</button></div>": "hidden, yet focusable",
    "<button type='button' style='width: 20px; height: 20px'>x</button>": "small: 20x20",
    f"<button {BUTTON.replace('type', 'id')}>x</button>": "no type",
    "<a href='/' style='display: block; height: 12px; font-size: 9px'>x</a>": "small",
    "<input style='height: 44px'>": "no name: <input",
    "<label>x <input style='height: 44px; border: 1px solid #ddd'></label>": "edge 1.36",
    "<h3>trop bas</h3>": "heading 2 jumps to h3",
    "<h1>deux</h1>": "not exactly one h1",
    "<p id='a'>x</p><p id='a'>y</p>": "an id is used twice: a",
    "<p aria-describedby='nothing'>x</p>": "aria-describedby points to nothing: nothing",
    "<p tabindex='3'>x</p>": "a tab order of its own",
    "<p lang='français !'>x</p>": "no language",
    "<ul><p>x</p></ul>": "no item of a list",
    "<li>x</li>": "an item without a list",
    "<svg></svg>": "a picture without a name",
    "<section>x</section>": "no name: <section",
    "<div style='height: 9px; overflow: auto'>a<br>b</div>": "not scrolled by key",
    "<p style='width: 5000px'>x</p>": "the page scrolls sideways",
    "</main><p>x</p><main hidden>": "outside of all landmarks",
}


@pytest.mark.parametrize("body", FAULTS)
async def test_a_fault_is_found(page: Page, body: str) -> None:
    await page.set_content(GOOD.format(body))
    found = await page_rules.faults(page)
    assert any(FAULTS[body] in fault for fault in found), found


async def test_a_good_page_has_none(page: Page) -> None:
    await page.set_content(GOOD.format(f"<h2>Deux</h2><p>x</p><button {BUTTON}>Oui</button>"))
    assert await page_rules.faults(page) == []


async def test_focus_that_cannot_be_seen_is_found(page: Page) -> None:
    hidden = BUTTON.replace("min-width", "outline: none; min-width")
    seen = BUTTON.replace("min-width", "outline: 2px solid; min-width")
    await page.set_content(GOOD.format(f"<button {seen}>1</button><button {hidden}>2</button>"))
    [lost] = await page_rules.unfocused(page, 2)
    assert "outline: none" in lost

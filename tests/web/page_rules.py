"""Rules of accessibility for any page of ours, checked in the browser (see page_rules.js)."""

from pathlib import Path

from playwright.async_api import Frame, Page

_RULES = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")

# What fades in is judged once it is there; what moves for ever goes on.
_ARRIVED = """() => document.getAnimations()
  .filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
  .forEach((one) => one.finish())"""

# The focused element's markup if neither it nor the form around it (a ring of 1 px) shows focus.
_HIDDEN_FOCUS = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const { outlineStyle, outlineColor, outlineWidth } = getComputedStyle(node);
  const isDrawn = outlineStyle !== "none" && outlineColor !== "rgba(0, 0, 0, 0)";
  const form = node.closest("form");
  const isRinged = form && getComputedStyle(form).boxShadow.includes("0px 0px 0px 1px");
  return (isDrawn && parseFloat(outlineWidth) >= 2) || isRinged ? null : node.outerHTML;
}"""


async def faults(page: Page | Frame) -> list[str]:
    """What breaks a rule, one sentence each."""
    await page.wait_for_load_state()  # its style counts
    await page.evaluate(_ARRIVED)
    found: list[str] = await page.evaluate(_RULES)
    return found


async def unfocused(page: Page, steps: int) -> list[str]:
    """Press Tab so many times; the stops at which nothing shows where focus is."""
    lost: list[str] = []
    for _ in range(steps):
        await page.keyboard.press("Tab")
        markup: str | None = await page.evaluate(_HIDDEN_FOCUS)
        if markup:
            lost.append(markup)
    return lost

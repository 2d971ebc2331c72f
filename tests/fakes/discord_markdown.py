"""What people see of Discord's Markdown.

Source: https://support.discord.com/hc/en-us/articles/210298617.
"""

import re

_CODE = re.compile(
    r"```(?:[\w+-]*\n)?(?P<block>.*?)\n?```|(?P<ticks>`{1,2})(?P<code>.+?)(?P=ticks)", re.DOTALL
)
_LINK = re.compile(r"(?<!\\)\[(?P<text>(?:\\.|[^\]\\])+)\]\(<?(?P<href>https?://[^\s>)]+)>?\)")
_ADDRESS = re.compile(r"https?://[^\s<>]+")
_LINE = re.compile(r"^(?:-# |#{1,3} |> |>>> )", re.MULTILINE)
_MARK = re.compile(r"\\([^0-9A-Za-z\s])|\*\*|\*|__|~~|\|\|")
_KEPT = "\ue000{}\ue001"


def shown(source: str) -> str:
    """The text without its markup."""
    kept: list[str] = []

    def keep(text: str) -> str:
        kept.append(text)
        return _KEPT.format(len(kept) - 1)

    def code(found: re.Match[str]) -> str:
        if found["block"] is not None:
            return keep(found["block"])
        inner = found["code"]
        padded = found["ticks"] == "``" and inner.startswith(" ") and inner.endswith(" ")
        return keep(inner[1:-1] if padded else inner)

    text = re.sub(r"\\`", lambda _: keep("`"), source)
    text = _CODE.sub(code, text)
    text = _LINK.sub(lambda found: found["text"], text)
    text = _ADDRESS.sub(lambda found: keep(found[0]), text)
    text = _LINE.sub("", text)
    text = _MARK.sub(lambda found: keep(found[1]) if found[1] else "", text)
    while "\ue000" in text:
        text = re.sub("\ue000(\\d+)\ue001", lambda found: kept[int(found[1])], text)
    return text

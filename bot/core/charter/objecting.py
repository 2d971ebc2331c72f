"""What speaks against a reply as a manager has written it: the charter, and what is left open."""

from bot.core.charter.vetting import Vetting
from bot.errors import Objection
from bot.library.canned import unfilled


def objections(text: str, vetting: Vetting, *, public: bool) -> tuple[Objection, ...]:
    """The rules that a reply breaks, each once, and the variables that nobody has filled in."""
    found: dict[str, Objection] = {}
    for breach in vetting.breaches(text, public=public):
        rule, words = breach.rule, " ".join(text[breach.start : breach.end].split())
        found.setdefault(rule.id, Objection(rule.id, rule.name, rule.reason, words))
    open_ = (Objection("", name, "", f"{{{name}}}") for name in unfilled(text))
    return (*found.values(), *open_)

"""The keys of the desk's page, as its list of them tells.

A key acts on the element that names it in `aria-keyshortcuts`: `static/desk.js` presses a button,
link or fold, and moves to a field. Only moving through the queue, sending and leaving are its own.
"""

from collections.abc import Mapping

KEYS: Mapping[str, tuple[str, ...]] = {
    "move": ("j", "k"),
    "enter": ("o", "enter"),
    "search": ("/",),
    "filter": ("f",),
    "claim": ("c",),
    "release": ("u",),
    "reply": ("r",),
    "send": ("Ctrl", "enter"),
    "send_resolve": ("Ctrl", "shift", "enter"),
    "resolve": ("e",),
    "snooze": ("s",),
    "insert": ("1", "2", "3"),
    "canned": ("t",),
    "card": ("i",),
    "note": ("n",),
    "escape": ("escape",),
    "help": ("?",),
}
"""What each does, as the texts `key_…` say, and its keys; those with a name have it in the texts
`key_…_name`. Keys of one line are pressed together where the first is Ctrl, else each does it."""

NAMED = frozenset({"enter", "escape", "shift"})
"""Keys whose names are in the page's language."""

"""Who acts in tests."""

from bot.store.audit import By, Surface


def by(name: str, surface: Surface = Surface.PAGE) -> By:
    """A manager of that name, on a page of the desk unless it is told."""
    return By(name, surface)

"""Message and library to verdict; pure: no store, no network, no clock."""

from bot.matching.matcher import Matcher

__all__ = ["Matcher"]

"""Message and library to verdict; pure: no store, no network, no clock."""

import os

# Before NumPy is loaded: for matrices as small as these, threads wait for each other many times
# longer than one of them would need, and take the processor from the rest of the bot.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from bot.matching.matcher import Matcher

__all__ = ["Matcher"]

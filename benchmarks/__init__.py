"""Measurements; figures are for people to read, and no test judges them."""

import os

# Before NumPy is loaded, as in the bot (see bot.matching); `first_answer` runs where nothing is
# installed yet, so the bot itself is not imported here.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

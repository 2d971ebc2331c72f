"""Measurements; figures are for people to read, and no test judges them."""

import bot.matching  # noqa: F401  # before NumPy, whose threads it limits as in the bot

"""One file per network; each keeps the contract of `bot.contract`."""

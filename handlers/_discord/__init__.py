"""What `handlers/discord.py` is made of; nothing else uses it."""

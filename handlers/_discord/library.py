"""discord.py, imported in one place."""

import warnings

with warnings.catch_warnings():
    # Its voice part imports a module of Python's that is on its way out; we use no voice.
    warnings.simplefilter("ignore", DeprecationWarning)
    import discord
    from discord.gateway import DiscordWebSocket, ReconnectWebSocket
    from discord.http import HTTPClient, Route

# We use no voice: it need not be said that libraries for it are missing.
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False

__all__ = ["DiscordWebSocket", "HTTPClient", "ReconnectWebSocket", "Route", "discord"]

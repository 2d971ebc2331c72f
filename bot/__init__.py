"""Comptoir's core: it knows followers, messages and answers, and no network."""

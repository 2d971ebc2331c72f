"""Sentence encoders, the bot's own and one that is added: what messages and an FAQ mean by them."""

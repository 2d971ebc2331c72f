"""Sentence encoders that the operator may add: reading a model's files, and running it."""

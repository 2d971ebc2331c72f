"""The FAQ on pages of the desk: browsed, changed, tried out, and what it does not answer.

`shell` is what they share; `routes` lists them.
"""

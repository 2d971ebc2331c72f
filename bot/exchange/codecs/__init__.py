"""A module for each format: it reads a `Bundle` into an `Imported`, writes entries, or does both.

`html` is HTML and Markdown into each other; `fields` and `loading` are what several formats share.
"""

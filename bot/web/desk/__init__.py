"""The desk's pages: who may come in, the board with its forms, and the pages that hang on it.

`shell` is what they share; `routes` lists them.
"""

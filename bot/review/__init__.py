"""The FAQ under review: what is to be mended in its files, and what an edit would change.

Nothing here is needed to answer followers. `comptoir check`, `replay` and `eval` call it, and so do
the pages on which the FAQ is edited.
"""

"""One FAQ file: its lines, its headings with their `attributes`, and the entries that they make.

`file` reads one from its bytes; `document` makes entries of its Markdown, and faults that say what
to mend; `lines` changes what stands there and leaves all else as it is.
"""

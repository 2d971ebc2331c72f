"""FAQs of other programs, files and pages: taken into the FAQ files, and given out of them.

`formats` is the table of what can be read and written, by `codecs`. What is read becomes `items`,
which `planning` compares with the library and `writing` puts into the files.
"""
